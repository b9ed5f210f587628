"""What `explain` and the table of hyperparameters say about a layer: one plain sentence about each number.

This module has what most kinds say. A kind that has more to say has a class of its own in the `words.py` of its family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.layers import part
from cnncalc.layers.base import Layer, plural
from cnncalc.layers.standardizing import SCALED
from cnncalc.layers.window import SlidingWindow
from cnncalc.settings.axes import EXTENTS
from cnncalc.settings.shape import Shape

LINES = {
    "channels": ("channel", "channels"),
    "position": ("position", "positions"),
    "length": ("position", "positions"),
    "height": ("row", "rows"),
    "width": ("column", "columns"),
    "depth": ("slice", "slices"),
}
"""What there is along an axis, or along what its size is called: one of them, and several."""
COORDINATES = {rank: tuple(LINES[axis][0] for axis in axes) for rank, axes in EXTENTS.items()}
"""What a position is called along each axis, by their number."""


def words(kind: str, layer: Layer, inputs: Sequence[Shape], output: Shape, names: Sequence[str], layout: str) -> Words:
    """What there is to say about a layer between these tensors; `names` are those of its inputs."""
    own = part(kind, "words") or (MergeWords if layer.is_merge else Words)
    return own(layer, inputs, output, names, layout)


class Words:
    """Sentences about a layer.

    Attributes:
        learned: what training changes, apart from its biases; "" for the names of the arrays.
        called: what the table of hyperparameters calls a setting, if that is not its name.
        statistics: what its parameters are that the gradient does not change.
        gate: what makes a kind that `is_gated` depend on the whole input.
        always: settings that the table shows with their defaults too.
        no_hyperparameters: settings that it does not show.
        parts: the arrays of each part of the layer, where `explain` goes through its parameters part by part.
    """

    learned: ClassVar[str] = ""
    called: ClassVar[Mapping[str, str]] = {}
    gate: ClassVar[str] = ""
    statistics: ClassVar[str] = "the moving mean and variance of each channel, updated but not learned"
    always: ClassVar[frozenset[str]] = frozenset({"stride", "padding"})
    no_hyperparameters: ClassVar[frozenset[str]] = frozenset()
    parts: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, layer: Any, inputs: Sequence[Shape], output: Shape, names: Sequence[str], layout: str) -> None:
        self.layer = layer
        self.inputs = inputs
        self.x = inputs[0]
        self.output = output
        self.names = names
        self.layout = layout

    # -- sizes

    def size(self, axes: Sequence[str], index: int) -> str:
        """What made the output this long along some axes (`index` is the first of them)."""
        window = self.layer.sliding_window
        return _of_window(window, self.x, self.output, axes, index) if window else self.channels()

    def channels(self) -> str:
        """What made the output this deep."""
        return "the same values in another shape"

    def unchanged(self) -> str:
        """An output as large as its input, or one that needs no formula."""
        return "each value keeps its place: the output is as large as the input"

    # -- parameters and work

    def params(self) -> str:
        """What is learned."""
        names = [name for name, weight in self.layer.arrays(self.inputs).items() if not weight.is_statistic]
        return f"the values of its {join(names)}" if names else "nothing to learn"

    def macs(self) -> str:
        """What is multiplied with what."""
        return f"{everywhere(self.output.spatial)} every weight is multiplied once (padding counted, biases not)"

    def left_out(self, setting: str) -> str:
        """Why a size that no setting gives is what it is."""
        return "it follows from the input"

    def params_of(self, part: str) -> str:
        """What is learned in one of the `parts`."""
        return self.params()

    def macs_of(self, part: str) -> str:
        """What is multiplied with what in a step of a layer that has several (`macs_in_parts`)."""
        return self.macs()

    def remarks(self) -> tuple[str, ...]:
        """What is worth noticing beyond the numbers."""
        return ()

    def is_compared(self) -> bool:
        """Whether the lecture compares it with a dense layer and a locally connected one."""
        return False

    # -- the table of hyperparameters

    def before(self) -> Iterator[tuple[str, str]]:
        """What is set beforehand by the choice of the kind: title and value."""
        return iter(())

    def after(self) -> Iterator[tuple[str, str]]:
        """What follows from what is set: title and value."""
        return iter(())


class MergeWords(Words):
    """What all merges say."""

    of: ClassVar[str] = "all of"
    """What a merge makes of its branches: `the sum of`."""
    sign: ClassVar[str] = ""
    """What a drawing shows for it; "" for its name."""

    def made_of(self) -> str:
        """The same, for its settings."""
        return self.of

    def channels(self) -> str:
        return "value by value: as many channels as the branches have"

    def params(self) -> str:
        return "a merge has nothing to learn"

    def remarks(self) -> tuple[str, ...]:
        shapes = [x.text(self.layout) for x in self.inputs]
        spread = [_spread(x, self.output) if self.layer.spreads else "" for x in self.inputs]
        parts = zip(self.names, shapes, spread, strict=True)
        return (f"{self.made_of()} {join([f'{name} ({shape}{over})' for name, shape, over in parts])}",)


def _spread(shape: Shape, merged: Shape) -> str:
    """Over what a tensor is spread in a merge: `, spread over the width`."""
    if len(shape.spatial) != len(merged.spatial):
        return ", spread over all positions"
    pairs = zip(EXTENTS[len(merged.spatial)], shape.spatial, merged.spatial, strict=True)
    over = [f"the {axis}" for axis, own, size in pairs if own != size]
    over += ["the channels"] if shape.channels == 1 < merged.channels and shape.spatial == merged.spatial else []
    return f", spread over {join(over)}" if over else ""


# -- windows


def _of_window(window: SlidingWindow, x: Shape, output: Shape, axes: Sequence[str], index: int) -> str:
    """How often a window fits along an axis, what the rounding did, and what a word means."""
    (before, after), count = window.padding[index], output.spatial[index]
    fits = f"the window fits at {plural(count, 'position')}"
    sentences = [fits + _cut_off(window, x.spatial[index], count, axes, index)]
    if window.padding.rule == "same":
        sentences.append(f"`same` adds {before} before and {after} after")
    if window.padding.rule == "causal":
        sentences.append(f"causal: all {before} zeros come before the sequence, so no output sees a later input")
    return "; ".join(sentences)


def _cut_off(window: SlidingWindow, n: int, count: int, axes: Sequence[str], index: int) -> str:
    """What the rounding did: `4.5 → 4`, and which rows are never read."""
    span, s, (before, after) = window.spans[index], window.stride[index], window.padding[index]
    quotient = Fraction(n + before + after - span, s)
    if quotient.denominator == 1:
        return ""
    rounded = f": {_decimal(quotient)} → {count - 1}"
    left = n + before + after - ((count - 1) * s + span)
    if left < 0:
        return f"{rounded}, the last window is cut short"
    unread = left - after
    if unread <= 0:
        return f"{rounded}, only padding at the end is left out"
    lines = join([LINES[axis][0] if unread == 1 else LINES[axis][1] for axis in axes])
    verb = "is" if unread == 1 and len(axes) == 1 else "are"
    number = "" if unread == 1 else f"{unread} "
    return f"{rounded}, the last {number}{lines} of the input {verb} never read"


def _decimal(quotient: Fraction) -> str:
    """The quotient as a short decimal."""
    return f"{float(quotient):.2f}".rstrip("0").rstrip(".").replace("-", "−")


# -- parts of sentences


def times(sizes: Sequence[int]) -> str:
    """Sizes joined by ×."""
    return "×".join(map(str, sizes))


def each_of(count: int, noun: str) -> str:
    """`1 unit`, `each of 64 units`."""
    return f"1 {noun}" if count == 1 else f"each of {count} {noun}s"


def of_each(per: str, x: Shape) -> str:
    """Of what each has a learned number of its own: `each channel`, `all values`."""
    if per == "all":
        return "all values"
    return "each value, of every channel at every position" if per == "value" and x.spatial else f"each {per}"


def everywhere(sizes: tuple[int, ...]) -> str:
    """`at the only position`, `at each of 26×26 positions`."""
    return "at the only position" if formulas.product(sizes) == 1 else f"at each of {times(sizes)} positions"


def join(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def biases(layer: Any) -> str:
    """What follows the weights: whether each output has a bias, and a gain."""
    gain = "a gain" if getattr(layer, "gain", False) else ""
    own = " and ".join(filter(None, ["a bias" if layer.bias else "", gain]))
    return f", and {own} each" + (", no biases" if not layer.bias else "") if own else ", no biases"


def standardized(layer: Any, x: Shape, noun: str = "filter") -> tuple[str, ...]:
    """What happens to the filters of a layer before they are used, if anything does."""
    if not layer.standardize:
        return ()
    *own, _ = layer.weights(x)["kernel"].shape
    count = formulas.product(own)
    root = f" and by √{count:,}, for their number" if layer.standardize == SCALED else ""
    used = f"the {plural(count, 'weight')} of each {noun} are used minus their mean, divided by their deviation{root}"
    return (f"{used}; this adds neither parameters nor multiply-adds",)
