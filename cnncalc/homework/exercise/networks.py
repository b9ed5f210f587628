"""Exercises: networks that can be calculated by hand, drawn from a seed.

Layers are drawn first; then the sizes are calculated from the last layer back to the input, so that every window
divides evenly. If the floor is to matter, one layer gets left-over rows on purpose. The result is read and analysed
like any other spec, and drawn again if it is not sensible.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.analysis import Analysis, analyze
from cnncalc.analysis.receptive_field import Field
from cnncalc.checks.notes import read_with_notes
from cnncalc.homework.exercise._drawing import Draw
from cnncalc.homework.language import ENGLISH, Language
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.files import decode

if TYPE_CHECKING:
    from cnncalc.graph import Node

VERSION = 1
"""The generator's version: any change to what a seed gives is a new version, and files say which one made them."""
MAX_LAYERS = 8
MAX_SIZE, MAX_VECTOR, MAX_PARAMS = 64, 1024, 100_000
"""Limits for calculating by hand: positions along an axis, the length of a vector, parameters of one layer."""
_MAX_HALVINGS = 3
_MAX_DRAWS = 1000


class Level(NamedTuple):
    """What may come up at a level of difficulty.

    Attributes:
        title: in a few words.
        layers: how many entries, if not given.
        least: the fewest entries that the level needs.
        halves: whether convolutions may have strides and paddings, and the floor may matter.
    """

    title: str
    layers: tuple[int, ...]
    least: int
    ranks: tuple[int, ...] = (2,)
    kernels: tuple[int, ...] = (3,)
    filters: tuple[int, ...] = (4, 6, 8, 10, 12, 16)
    dilations: tuple[int, ...] = (1,)
    halves: bool = True


LEVELS = {
    1: Level("one layer", (1,), 1, kernels=(2, 3, 5), filters=(2, 3, 4, 5, 6, 8), halves=False),
    2: Level("a chain", (4, 5), 2, kernels=(2, 3, 3, 5), filters=(2, 3, 4, 5, 6, 8), halves=False),
    3: Level("padding and stride", (5, 6), 2, kernels=(3, 3, 5)),
    4: Level("dilation, one and three dimensions", (6, 7), 2, ranks=(1, 3, 3), dilations=(1, 2, 2)),
    5: Level("branches and transposed convolutions", (6, 7), 4, filters=(8, 12, 16, 24)),
}


class ExercisePart(NamedTuple):
    """An entry of an exercise.

    Attributes:
        text: as the spec has it.
        channels: of its output.
        kernel, stride, padding, dilation: its window along every axis.
        is_transposed: whether its output is `stride` times its input.
    """

    text: str
    channels: int
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    is_transposed: bool = False

    def input_size(self, output: int) -> int:
        """The input size along an axis that divides evenly; 0 if there is none."""
        if self.is_transposed:
            return 0 if output % self.stride else output // self.stride
        return (output - 1) * self.stride + formulas.span(self.kernel, self.dilation) - 2 * self.padding


class Exercise(NamedTuple):
    """An exercise.

    Attributes:
        text: the spec, with the generator's version and the seed at its head.
        analysis: all of its numbers.
        floor: whether one layer has left-over rows on purpose.
    """

    name: str
    text: str
    analysis: Analysis
    floor: bool


def exercise(
    level: int,
    seed: int | str,
    layers: int | None = None,
    name: str = "",
    origin: str = "",
    say: Language = ENGLISH,
) -> Exercise:
    """The exercise of a seed.

    Args:
        level: from 1 to 5.
        seed: a number, or a text such as a hash.
        layers: how many entries; drawn if not given.
        name: of the model.
        origin: how to make it again, for the head of the spec.
        say: the language of what the spec says to students.

    Raises:
        ValueError: there is no such level, or it does not allow this number of layers.
    """
    if level not in LEVELS:
        raise ValueError(f"expected a level from {min(LEVELS)} to {max(LEVELS)}, found {level!r}")
    known = LEVELS[level]
    most = 1 if level == 1 else MAX_LAYERS
    if layers is not None and not known.least <= layers <= most:
        raise ValueError(f"level {level} takes {known.least} to {most} layers" if most > 1 else "level 1 is one layer")
    name = name or f"level{level}-seed{seed}"
    origin = origin or f"--level {level}{f' --layers {layers}' if layers else ''} --seed {seed}"
    for attempt in range(_MAX_DRAWS):
        draw = Draw("cnncalc exercise", VERSION, level, layers or 0, seed, attempt)
        drawn = _Drawn(draw, level, layers or draw.pick(known.layers))
        text = f"# cnncalc homework exercise {origin} (generator {VERSION})\n{drawn.text(name, say)}"
        analysis = _analysis(text) if drawn.fits else None
        if analysis is not None and _is_sensible(analysis, drawn.over is not None):
            return Exercise(name, text, analysis, drawn.over is not None)
    raise AssertionError(f"no sensible exercise in {_MAX_DRAWS} draws: level {level}, {layers} layers, seed {seed}")


def _analysis(text: str) -> Analysis | None:
    spec, findings = read_with_notes(decode(text.encode(), "<exercise>"))
    assert spec is not None, f"{findings}\n{text}"
    return None if findings else analyze(spec)


def _is_sensible(analysis: Analysis, floor: bool) -> bool:
    """Whether it can be calculated by hand, and no floor matters but the intended one."""
    for layer in analysis.layers:
        shape = layer.node.output
        if max(shape.spatial, default=0) > MAX_SIZE or (shape.is_vector and shape.channels > MAX_VECTOR):
            return False
        if layer.params > MAX_PARAMS or not all(map(_is_plain, layer.fields.values())):
            return False
    return sum(map(has_leftover, analysis.spec.graph.nodes)) == floor


def has_leftover(node: Node) -> bool:
    """Whether the floor matters: a division leaves a remainder, be it rows of the input or of its padding."""
    window = node.layer.sliding_window if node.layer else None
    if window is None or window.rounding == "ceil":
        return False
    return any(window.counts(node.x.spatial, formulas.leftover))


def _is_plain(field: Field) -> bool:
    """Whether one number per layer describes the field."""
    return field.status == "global" or (field.is_plain and field.is_aligned and field.is_uniform)


class _Drawn:
    """One draw: entries, and the sizes that go with them.

    Attributes:
        parts: the entries.
        over: which of them has left-over rows, and how many; None if none has.
        sizes: the sizes of the input, per axis.
    """

    def __init__(self, draw: Draw, level: int, layers: int) -> None:
        self.draw, self.level, self.known = draw, level, LEVELS[level]
        self.rank = draw.pick(self.known.ranks)
        self.channels = draw.pick((1, 2, 3, 3)) if self.rank < 3 else draw.pick((1, 2))
        self.over: tuple[int, int] | None = None
        if level == 1 and draw.below(6) == 0:
            self.rank, self.channels = 0, 2 + draw.below(15)
            self.parts, self.sizes = [self._dense()], []
            return
        self.parts = list(self._network(layers))
        if self.known.halves and level < 5 and draw.below(2):
            self.over = self._rows_over()
        self.sizes = self._input_sizes()

    @property
    def fits(self) -> bool:
        """Whether sizes were found, and the topic of the level came up."""
        if self.level == 3 and not (any(p.padding for p in self.parts) and any(_is_strided(p) for p in self.parts)):
            return False
        if self.level == 4 and all(part.dilation == 1 for part in self.parts):
            return False
        return all(0 < size <= MAX_SIZE for size in self.sizes)

    def text(self, name: str, say: Language) -> str:
        """The spec."""
        hint = f"# {say('At one layer the windows do not come out even, on purpose.')}\n" if self.over else ""
        shape = "x".join(map(str, [*self.sizes, self.channels]))
        layers = "".join(f"  - {part.text}\n" for part in self.parts)
        return f"{hint}name: {name}\ninput: {shape}\nlayers:\n{layers}"

    # -- sizes, from the last layer to the input

    def _rows_over(self) -> tuple[int, int] | None:
        strided = [i for i, part in enumerate(self.parts) if part.stride > 1]
        if not strided:
            return None
        where = self.draw.pick(strided)
        return where, 1 + self.draw.below(self.parts[where].stride - 1)

    def _input_sizes(self) -> list[int]:
        last = (2, 3, 4) if self.rank == 3 or len(self.parts) > 3 else (3, 4, 5, 6, 8)
        if self.level == 5:
            last = (8, 12, 16)
        size = self.draw.pick(last)
        sizes = [size] * self.rank
        if self.rank == 2 and self.known.halves and self.draw.below(4) == 0:
            sizes[1] = self.draw.pick(last)
        return [self._input_size(size) for size in sizes]

    def _input_size(self, size: int) -> int:
        for index in range(len(self.parts) - 1, -1, -1):
            part = self.parts[index]
            size = part.input_size(size) + (self.over[1] if self.over and self.over[0] == index else 0)
            if size < (1 if part.is_transposed else formulas.span(part.kernel, part.dilation)):
                return 0  # a window that hangs over on both sides would be a trick
        return size

    # -- entries

    def _network(self, layers: int) -> Iterator[ExercisePart]:
        if self.level == 1:
            yield self._conv(self.channels) if self.draw.below(3) else self._pool(self.channels)
        elif self.level == 5:
            yield from self._branched(layers)
        else:
            yield from self._chain(layers)

    def _chain(self, layers: int) -> Iterator[ExercisePart]:
        """Convolutions with pools between them, and a dense layer at the end if there is room for it."""
        has_head = layers >= 4
        channels, halvings = self.channels, 0
        for index in range(layers - 2 if has_head else layers):
            room = halvings < _MAX_HALVINGS
            part = self._pool(channels) if index % 2 and room else self._conv(channels, room)
            halvings += part.stride > 1
            channels = part.channels
            yield part
        if has_head:
            yield ExercisePart("flatten", 0)
            yield self._dense()

    def _branched(self, layers: int) -> Iterator[ExercisePart]:
        """A convolution, branches and pools, and the way up again: a transposed and a 1×1 convolution."""
        stem = self._padded(self.draw.pick((1, 2)))
        yield stem
        channels, halvings = stem.channels, int(stem.stride > 1)
        for index in range(layers - 3):
            branch = index % 2 == 0
            part = self._branches(channels, halvings < 2) if branch else self._middle(channels, halvings < 2)
            channels = part.channels
            halvings += part.stride > 1
            yield part
        filters = self.draw.pick(self.known.filters)
        kernel, padding = self.draw.pick(((2, ""), (4, ", padding: 1")))
        yield ExercisePart(
            f"{{conv_transpose: {kernel}x{kernel}x{filters}, stride: 2{padding}}}", filters, 2, 2, is_transposed=True
        )
        classes = self.draw.pick((2, 3, 4, 5))
        yield ExercisePart(f"{{conv: 1x1x{classes}}}", classes)

    def _conv(self, channels: int, may_halve: bool = False) -> ExercisePart:
        known, draw = self.known, self.draw
        kernel = draw.pick(known.kernels if self.rank < 3 else (2, 3, 3))
        filters = draw.pick([f for f in known.filters if f >= channels] or [max(known.filters)])
        dilation = draw.pick(known.dilations)
        stride = draw.pick((1, 2)) if known.halves and may_halve and dilation == 1 else 1
        padding = draw.below(formulas.span(kernel, dilation) // 2 + 1) if known.halves else 0
        settings = (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1))
        words = [f"{setting}: {value}" for setting, value, default in settings if value != default]
        words += ["activation: relu"] if self.level > 1 and draw.below(2) else []
        sizes = "x".join(map(str, [*[kernel] * self.rank, filters]))
        text = f"{{{', '.join([f'conv: {sizes}', *words])}}}" if words else f"conv: {sizes}"
        return ExercisePart(text, filters, kernel, stride, padding, dilation)

    def _pool(self, channels: int) -> ExercisePart:
        kind = self.draw.pick(("max_pool", "max_pool", "avg_pool"))
        if self.known.halves and self.draw.below(3) == 0:
            return ExercisePart(f"{{{kind}: 3, stride: 2}}", channels, 3, 2)
        window = self.draw.pick((2, 2, 3)) if self.level < 3 else 2
        return ExercisePart(f"{kind}: {window}", channels, window, window)

    def _dense(self) -> ExercisePart:
        units = self.draw.pick((3, 4, 5, 6, 8, 10))
        return ExercisePart(f"dense: {units}", units)

    def _padded(self, stride: int) -> ExercisePart:
        filters = self.draw.pick(self.known.filters)
        step = ", stride: 2" if stride > 1 else ""
        return ExercisePart(f"{{conv: 3x3x{filters}{step}, padding: 1, activation: relu}}", filters, 3, stride, 1)

    def _middle(self, channels: int, may_halve: bool) -> ExercisePart:
        if may_halve and self.draw.below(2):
            return ExercisePart("max_pool: 2", channels, 2, 2)
        return self._padded(1)

    def _branches(self, channels: int, may_halve: bool) -> ExercisePart:
        """Something that splits and merges again: an inception module, or a residual block."""
        draw = self.draw
        if draw.below(2):
            return self._concat(channels)
        halves = may_halve and draw.below(2) == 1
        filters = draw.pick(self.known.filters) if halves else channels
        lines = [
            "residual:",
            f"{{conv: 3x3x{filters}{', stride: 2' if halves else ''}, padding: 1, activation: relu}}",
            f"{{conv: 3x3x{filters}, padding: 1}}",
        ]
        text = "\n      - ".join(lines)
        if halves:
            text += f"\n    shortcut: {{conv: 1x1x{filters}, stride: 2}}"
        return ExercisePart(text, filters, 3, 2 if halves else 1, 1)

    def _concat(self, channels: int) -> ExercisePart:
        first, reduced, second, third = (self.draw.pick((2, 4, 6, 8)) for _ in range(4))
        branches = [
            f"{{conv: 1x1x{first}}}",
            f"[{{conv: 1x1x{reduced}}}, {{conv: 3x3x{second}, padding: 1}}]",
        ]
        together = first + second
        last = self.draw.pick(("none", "pool", "itself"))
        if last == "pool":
            branches.append(f"[{{max_pool: 3, stride: 1, padding: 1}}, {{conv: 1x1x{third}}}]")
            together += third
        elif last == "itself":
            branches.append("[]")
            together += channels
        return ExercisePart("\n      - ".join(["concat:", *branches]), together)


def _is_strided(part: ExercisePart) -> bool:
    """Whether the stride is not a pool's default."""
    return part.stride > 1 and part.stride != part.kernel
