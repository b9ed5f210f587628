"""How large things in a figure are, in centimetres, wherever they are.

The height and the width of a slab are those of its map, its thickness are the channels; what has no width is flat. All
are on compressed scales: of the positions the root, so that 7 can be seen beside 224, of the channels a lower power, so
that 3 can be seen beside 2048.
"""

from __future__ import annotations

from math import sqrt

from cnncalc.exporting.drawing.figure.stacks import Figure, Stack
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

SLANT = (0.32, 0.24)
"""How far to the right and upwards what leads away from the viewer is drawn, per length."""
RADIUS = 0.17
"""Of the sign of a merge."""
LINE = 0.3
"""How high a line of a label is."""
APART = 0.16
"""Between a slab and its texts."""
_TALLEST, _LEAST = 2.6, 0.22
"""The height of the largest map and, at least, of any."""
_BAR = 0.14
"""The thickness of a vector."""
_ALIKE, _THIN = 1.5, 0.3
"""The height and the thickness of all blocks where there are no sizes."""


def label_width(text: str) -> float:
    """About how wide a text of a label is."""
    return sum(0.22 if each == "×" else 0.132 if each.isdigit() else 0.114 for each in text)


class FigureScale:
    """How large a slab is drawn."""

    def __init__(self, figure: Figure) -> None:
        self.has_sizes = figure.has_sizes
        self.largest: dict[int, int] = {}
        """The largest size of the positions, by how many axes there are."""
        for stack in figure.stacks:
            if spatial := stack.shape.spatial:
                self.largest[len(spatial)] = max(self.largest.get(len(spatial), 1), *spatial)

    def sizes(self, shape: Shape) -> tuple[float, float, float]:
        """The thickness, the height and the width of a slab."""
        spatial = shape.spatial
        if not self.has_sizes:
            return _BAR if shape.is_vector else _THIN, _ALIKE, _ALIKE if len(spatial) > 1 else 0.0
        if shape.is_vector:
            return _BAR, min(0.34 * shape.channels**0.25, _TALLEST), 0.0
        lengths = [self._length(size, len(spatial)) for size in spatial]
        channels = min(max(0.05 * shape.channels**0.4, 0.07), 1.2)
        if len(lengths) == 1:
            return channels, lengths[0], 0.0
        if len(lengths) == 2:
            return channels, lengths[0], lengths[1]
        first, second, third = (0.8 * length for length in lengths[:3])  # three of them make a large block
        return first, second, third

    def _length(self, size: int, rank: int) -> float:
        return max(_TALLEST * sqrt(size / self.largest[rank]), _LEAST)


class StackBody(NamedTuple):
    """A stack that is not placed yet.

    Attributes:
        slabs: the thickness, height and width of each; none for a merge.
        above: lines of text above it; `below`: below it.
    """

    slabs: tuple[tuple[float, float, float], ...]
    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def width(self) -> float:
        """From its left end to its right one, without texts."""
        if not self.slabs:
            return 2 * RADIUS
        return sum(thickness for thickness, _, _ in self.slabs) + self.slabs[-1][2] * SLANT[0]

    @property
    def half(self) -> float:
        """From its middle to its upper end."""
        if not self.slabs:
            return RADIUS
        _, height, width = self.slabs[0]
        return (height + width * SLANT[1]) / 2

    @property
    def room(self) -> float:
        """How wide it is with its texts."""
        return max(self.width, *map(label_width, (*self.above, *self.below)), 0.3)

    @property
    def up(self) -> float:
        """From its middle to the upper end of its texts."""
        return self.half + (len(self.above) * LINE + APART if self.above else 0)

    @property
    def down(self) -> float:
        """From its middle to the lower end of its texts."""
        return self.half + (len(self.below) * LINE + APART if self.below else 0)


def stack_body(stack: Stack, figure: Figure, scale: FigureScale) -> StackBody:
    label = tuple(stack.label())
    size = (stack.shape.text(figure.layout),) if figure.has_sizes else ()
    if stack.is_merge:
        return StackBody((), (), (*label, *(() if stack.keeps_shape else size)))
    return StackBody(tuple(scale.sizes(slab.shape) for slab in stack.slabs), label, size)
