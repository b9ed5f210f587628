"""What several tests share: windows that slide one by one, toy layers in pure Python, and a reader of formulas.

Nothing here uses a formula of cnncalc. Positions are input positions: those below 0 and from n on are padding.
"""

from __future__ import annotations

import importlib.util
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import count, product
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import cnncalc
from cnncalc.analysis import Analysis

T = TypeVar("T")

TYPICAL = """\
name: typical-cnn
input: 28x28x1
layers:
  - conv: 3x3x8
  - max_pool: 2
  - conv: 3x3x16
  - max_pool: 2
  - flatten
  - dense: 64
  - dense: 10
"""
"""The lecture's network, without activations."""


def neighbour(test: str, name: str) -> ModuleType:
    """A module in the folder of a test. Tests are imported by path, so that it cannot be named in an import."""
    path = Path(test).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def each(check: Callable[[T], object], cases: Iterable[T], name: Callable[[T], str]) -> None:
    """Runs a check on each of many small cases, and raises what all of them raised, each with its name.

    As tests of their own they would take longer to be collected and reported than to run.
    """
    failures = []
    for case in cases:
        try:
            check(case)
        except Exception as failure:
            failure.add_note(f"this was {name(case)}")
            failures.append(failure)
    if failures:
        raise ExceptionGroup("checked one after the other", failures)


# -- one axis, by brute force


def slide(n: int, k: int, s: int, before: int = 0, after: int = 0, d: int = 1) -> list[list[int]]:
    """The input positions that each window reads: a window is moved on while all of it is in the padded input."""
    windows = []
    start = -before
    while all(-before <= start + tap * d < n + after for tap in range(k)):
        windows.append([start + tap * d for tap in range(k)])
        start += s
    return windows


def slide_ceil(n: int, k: int, s: int, before: int = 0, after: int = 0, d: int = 1) -> list[list[int]]:
    """The same with a last window that is cut short, where positions are left over and it begins before the padding."""
    windows = slide(n, k, s, before, after, d)
    last = windows[-1]
    start = last[0] + s
    if last[-1] < n + after - 1 and start < n:
        windows.append([start + tap * d for tap in range(k)])
    return windows


def scatter(
    n: int, k: int, s: int, before: int = 0, after: int = 0, d: int = 1, extra: int = 0
) -> list[list[tuple[int, int]]]:
    """For each output position the (input position, tap) pairs that write to it, inputs beyond the borders too."""
    raw: dict[int, list[tuple[int, int]]] = defaultdict(list)
    reach = k * d + extra + before + after + 1
    for position, tap in product(range(-reach, n + reach), range(k)):
        raw[position * s + tap * d].append((position, tap))
    written = [place for place, pairs in raw.items() if any(0 <= position < n for position, _ in pairs)]
    first, last = min(written) + before, max(written) - after + extra
    return [raw[place] for place in range(first, last + 1)]


def half(positions: int) -> int:
    """How often one position can be taken off both ends."""
    left = list(range(positions))
    peeled = 0
    while len(left) > 1:
        left = left[1:-1]
        peeled += 1
    return peeled


def keras_same(n: int, k: int, s: int, d: int = 1) -> tuple[int, int]:
    """The fewest zeros with which a window stands at as many places as the input has steps; the odd one goes after."""
    wanted = len(range(0, n, s))
    total = next(total for total in count() if len(slide(n, k, s, 0, total, d)) == wanted)
    return half(total), total - half(total)


# -- whole layers

Position = tuple[int, ...]
Unit = tuple[Position, Any]
"""A position and a channel. A vector's values are channels at the position (). What a merge reads has
(input, channel) for the channel."""


class Toy:
    """A forward pass that notes what it touches.

    Attributes:
        reads: for each unit of the output the units of the input that it depends on.
        weights: the weights that were used, by the name of their array.
        macs: how often a weight was multiplied with a value that is really there (padding included).
        keeps_positions: whether "where" still means something in the output.
    """

    def __init__(self, keeps_positions: bool = True) -> None:
        self.reads: dict[Unit, set[Unit]] = {}
        self.weights: dict[str, set[object]] = defaultdict(set)
        self.macs = 0
        self.keeps_positions = keeps_positions

    def multiply(self, to: Unit, value: Unit, array: str, weight: object) -> None:
        self.read(to, value)
        self.weights[array].add(weight)
        self.macs += 1

    def read(self, to: Unit, *values: Unit) -> None:
        self.reads.setdefault(to, set()).update(values)

    @property
    def spatial(self) -> tuple[int, ...]:
        """The output's spatial sizes: positions counted."""
        axes = zip(*(position for position, _ in self.reads), strict=True)
        return tuple(len(set(axis)) for axis in axes)

    @property
    def channels(self) -> int:
        return len({channel for _, channel in self.reads})

    def of_input(self, index: int) -> Toy:
        """What a merge did with one of its inputs."""
        part = Toy(self.keeps_positions)
        for unit, values in self.reads.items():
            part.read(unit, *((where, channel) for where, (number, channel) in values if number == index))
        return part

    def hull(self, unit: Unit) -> tuple[tuple[int, int], ...] | None:
        """First and last input position that a unit reads, per axis; None if it reads nothing."""
        positions = [position for position, _ in self.reads[unit]]
        return tuple((min(axis), max(axis)) for axis in zip(*positions, strict=True)) if positions else None


Forward = Callable[[tuple[int, ...], int], Toy]
"""From an input's spatial sizes and channels to what a layer did with it."""
Pairs = tuple[tuple[int, int], ...]
Sizes = tuple[int, ...]


def positions_of(sizes: Iterable[int]) -> list[Position]:
    return list(product(*(range(size) for size in sizes)))


def _windows(
    spatial: Sizes, kernel: Sizes, stride: Sizes, pad: Pairs, dilation: Sizes, ceil: bool = False
) -> dict[Position, list[tuple[Position, Position]]]:
    """For each output position the (input position, tap) pairs of its window."""
    one = slide_ceil if ceil else slide
    axes = [
        one(n, k, s, before, after, d)
        for n, k, s, (before, after), d in zip(spatial, kernel, stride, pad, dilation, strict=True)
    ]
    return {
        where: [
            (tuple(axis[index][tap] for axis, index, tap in zip(axes, where, taps, strict=True)), taps)
            for taps in positions_of(kernel)
        ]
        for where in positions_of(map(len, axes))
    }


def _filled(kernel: Sizes, stride: Sizes, pad: Pairs, dilation: Sizes) -> tuple[Sizes, Pairs, Sizes]:
    rank = len(kernel)
    return stride or (1,) * rank, pad or ((0, 0),) * rank, dilation or (1,) * rank


def _add_bias(toy: Toy, channels: int, bias: bool) -> Toy:
    if bias:
        toy.weights["bias"].update(range(channels))
    return toy


def conv(
    kernel: Sizes,
    filters: int,
    stride: Sizes = (),
    pad: Pairs = (),
    dilation: Sizes = (),
    groups: int = 1,
    bias: bool = True,
) -> Forward:
    stride, pad, dilation = _filled(kernel, stride, pad, dilation)

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for where, window in _windows(spatial, kernel, stride, pad, dilation).items():
            for filter in range(filters):
                group = filter * groups // filters
                for (position, tap), channel in product(window, range(channels)):
                    if channel * groups // channels == group:
                        toy.multiply((where, filter), (position, channel), "kernel", (filter, tap, channel))
        return _add_bias(toy, filters, bias)

    return forward


def depthwise(
    kernel: Sizes, multiplier: int = 1, stride: Sizes = (), pad: Pairs = (), dilation: Sizes = (), bias: bool = True
) -> Forward:
    stride, pad, dilation = _filled(kernel, stride, pad, dilation)

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for where, window in _windows(spatial, kernel, stride, pad, dilation).items():
            for channel, copy in product(range(channels), range(multiplier)):
                to = (where, channel * multiplier + copy)
                for position, tap in window:
                    toy.multiply(to, (position, channel), "kernel", (channel, copy, tap))
        return _add_bias(toy, channels * multiplier, bias)

    return forward


def separable(
    kernel: Sizes,
    filters: int,
    multiplier: int = 1,
    stride: Sizes = (),
    pad: Pairs = (),
    dilation: Sizes = (),
    bias: bool = True,
) -> Forward:
    first = depthwise(kernel, multiplier, stride, pad, dilation, bias=False)

    def forward(spatial: Sizes, channels: int) -> Toy:
        inner = first(spatial, channels)
        toy = Toy()
        toy.weights["depthwise_kernel"] = inner.weights["kernel"]
        for (where, channel), filter in product(inner.reads, range(filters)):
            toy.multiply((where, filter), (where, channel), "pointwise_kernel", (channel, filter))
        for (where, filter), between in toy.reads.items():
            toy.reads[where, filter] = set().union(*(inner.reads[unit] for unit in between))
        toy.macs += inner.macs
        return _add_bias(toy, filters, bias)

    return forward


def transposed(
    kernel: Sizes,
    filters: int,
    stride: Sizes = (),
    pad: Pairs = (),
    dilation: Sizes = (),
    extra: Sizes = (),
    groups: int = 1,
    bias: bool = True,
) -> Forward:
    stride, pad, dilation = _filled(kernel, stride, pad, dilation)
    extra = extra or (0,) * len(kernel)

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        axes = [
            scatter(n, k, s, before, after, d, more)
            for n, k, s, (before, after), d, more in zip(spatial, kernel, stride, pad, dilation, extra, strict=True)
        ]
        connected = [
            (channel, filter)
            for channel, filter in product(range(channels), range(filters))
            if channel * groups // channels == filter * groups // filters
        ]
        for where, filter in product(positions_of(map(len, axes)), range(filters)):
            toy.read((where, filter))
            for pairs in product(*(axis[index] for axis, index in zip(axes, where, strict=True))):
                position = tuple(pair[0] for pair in pairs)
                toy.read((where, filter), *((position, channel) for channel, other in connected if other == filter))
        # the work is done where the input is, whatever is cut off afterwards
        for position, tap, (channel, filter) in product(positions_of(spatial), positions_of(kernel), connected):
            assert position is not None
            toy.weights["kernel"].add((tap, channel, filter))
            toy.macs += 1
        return _add_bias(toy, filters, bias)

    return forward


def pool(kernel: Sizes, stride: Sizes = (), pad: Pairs = (), dilation: Sizes = (), ceil: bool = False) -> Forward:
    _, pad, dilation = _filled(kernel, stride, pad, dilation)
    stride = stride or kernel

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for where, window in _windows(spatial, kernel, stride, pad, dilation, ceil).items():
            for channel in range(channels):
                toy.read((where, channel), *((position, channel) for position, _ in window))
        return toy

    return forward


def unpooled(kernel: Sizes, stride: Sizes = (), pad: Pairs = (), dilation: Sizes = ()) -> Forward:
    """A pool and what undoes it: each place depends on all that are in a window with it, also one that does not fit."""
    _, pad, dilation = _filled(kernel, stride, pad, dilation)
    stride = stride or kernel

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for unit in product(positions_of(spatial), range(channels)):
            toy.read(unit)
        spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
        around = [(before + n * s, n + s) for (before, _), n, s in zip(pad, spans, stride, strict=True)]
        for window in _windows(spatial, kernel, stride, around, dilation).values():
            for (place, _), channel in product(window, range(channels)):
                if (place, channel) in toy.reads:
                    toy.read((place, channel), *((position, channel) for position, _ in window))
        return toy

    return forward


def global_pool(keep_dims: bool = False) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy(keeps_positions=False)
        for channel in range(channels):
            where = (0,) * len(spatial) if keep_dims else ()
            toy.read((where, channel), *((position, channel) for position in positions_of(spatial)))
        return toy

    return forward


def adaptive_axis(n: int, m: int) -> list[list[int]]:
    """The n positions cut into m equal lengths: window i reads every position that its stretch touches."""
    stretches = [(Fraction(i * n, m), Fraction((i + 1) * n, m)) for i in range(m)]
    return [[j for j in range(n) if j + 1 > start and j < stop] for start, stop in stretches]


def adaptive(output: Sizes) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy(keeps_positions=any(size > 1 for size in output))
        axes = [adaptive_axis(n, m) for n, m in zip(spatial, output, strict=True)]
        for where, channel in product(positions_of(output), range(channels)):
            window = product(*(axis[index] for axis, index in zip(axes, where, strict=True)))
            toy.read((where, channel), *((position, channel) for position in window))
        return toy

    return forward


def deformable(offsets: int, kernel: Sizes, filters: int, stride: Sizes = (), pad: Pairs = (), **more: Any) -> Forward:
    """A convolution, and another one of the same window that makes so many offsets and factors."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = conv(kernel, filters, stride, pad, **more)(spatial, channels)
        moves = conv(kernel, offsets, stride, pad, more.get("dilation", ()))(spatial, channels)
        toy.weights |= {"offset_kernel": moves.weights["kernel"], "offset_bias": moves.weights["bias"]}
        toy.macs += moves.macs
        return toy

    return forward


def gained(layer: Forward) -> Forward:
    """A layer with filters that has one more number for each of its output channels."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = layer(spatial, channels)
        toy.weights["gain"].update(filter for _, filter in toy.reads)
        return toy

    return forward


def dense(units: int, bias: bool = True) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy(keeps_positions=bool(spatial))
        for where, unit, channel in product(positions_of(spatial), range(units), range(channels)):
            toy.multiply((where, unit), (where, channel), "kernel", (channel, unit))
        return _add_bias(toy, units, bias)

    return forward


def recurrent(
    gates: int,
    units: int,
    *,
    directions: int = 1,
    adds: bool = False,
    last: bool = False,
    layers: int = 1,
    biases: int = 1,
) -> Callable[..., Toy]:
    """A state that goes along a sequence, from either end if there are two `directions`. Of several inputs, all but the
    first are states to begin with, in which those of the directions follow one another."""

    def led(toy: Toy, name: str, order: Iterable[int], seen: list[set[Unit]], state: set[Unit], channels: int) -> dict:
        after = {}
        for i in order:
            for to in product(range(gates), range(units)):
                toy.weights[f"{name}kernel"].update((channel, to) for channel in range(channels))
                toy.weights[f"{name}recurrent_kernel"].update((other, to) for other in range(units))
                toy.weights[f"{name}bias"].update((row, to) for row in range(biases))
                toy.macs += channels + units
            after[i] = state = state | seen[i]
        return after

    def forward(first: Any, channels: int = 0) -> Toy:
        (spatial, channels), *starts = first if isinstance(first, list) else [(first, channels)]
        (n,) = spatial
        toy = Toy(keeps_positions=directions == 1 and not last)
        seen = [{((i,), (0, channel) if starts else channel) for channel in range(channels)} for i in range(n)]
        given = iter(
            {((), (number, place * units + unit)) for number in range(1, 1 + len(starts)) for unit in range(units)}
            for place in range(layers * directions)
        )
        for layer in range(layers):
            name = f"layer{layer + 1}_" if layers > 1 else ""
            ways = [led(toy, f"{name}forward_" if directions == 2 else name, range(n), seen, next(given), channels)]
            if directions == 2:
                ways.append(led(toy, f"{name}backward_", reversed(range(n)), seen, next(given), channels))
            seen = [set().union(*(way[i] for way in ways)) for i in range(n)]
            channels = units * (1 if adds else directions)
        for i, channel in product([n - 1] if last else range(n), range(channels)):
            toy.read(((), channel) if last else ((i,), channel), *(set().union(*seen) if last else seen[i]))
        return toy

    return forward


Axis = tuple[tuple[tuple[int, ...], ...], ...]
"""The windows along an axis, each with its parts: positions of different parts are compared, but not seen."""


def attention(
    *axes: Axis,
    heads: int,
    key: int,
    value: int = 0,
    output: int = 0,
    key_heads: int = 0,
    bias: bool = True,
    output_bias: bool | None = None,
    causal: bool = False,
    relative: bool = False,
) -> Callable[..., Toy]:
    """Every query with every key of its window, head by head; without axes, with all keys. Of several inputs, the
    second has the keys, and the last the values."""
    value, key_heads = value or key, key_heads or heads
    output_bias = bias if output_bias is None else output_bias

    def forward(first: Any, channels: int = 0) -> Toy:
        shapes = first if isinstance(first, list) else [(first, channels)]
        is_alone = len(shapes) == 1
        (own, taken), (keys, of_keys), (_, of_values) = shapes[0], shapes[0 if is_alone else 1], shapes[-1]
        made = output or taken
        toy = Toy(keeps_positions=causal or not is_alone or any(len(axis) > 1 or len(axis[0]) > 1 for axis in axes))
        _project(toy, "query", taken, heads * key, bias, own)
        _project(toy, "key", of_keys, key_heads * key, bias, keys)
        _project(toy, "value", of_values, key_heads * value, bias, keys)
        _project(toy, "output", heads * value, made, output_bias, own)
        for where, there, steps, is_seen in _compared(axes, own, keys):
            toy.macs += heads * (key + value)
            if relative:
                toy.weights["position_bias"].update((*steps, head) for head in range(heads))
            if is_seen and not (causal and there > where):
                for channel in range(made):
                    for number, (_, count) in enumerate(shapes):
                        place = there if number or is_alone else where
                        unit = range(count) if is_alone else [(number, each) for each in range(count)]
                        toy.read((where, channel), *((place, each) for each in unit))
        return toy

    return forward


def _compared(
    axes: tuple[Axis, ...], own: Sizes, keys: Sizes
) -> Iterable[tuple[Position, Position, tuple[int, ...], bool]]:
    """A query and a key, how many steps they are apart along each axis, and whether the key is seen."""
    if not axes:
        for where, there in product(positions_of(own), positions_of(keys)):
            yield where, there, (), True
        return
    for windows in product(*axes):
        rows = [[(place, part) for part, own in enumerate(window) for place in own] for window in windows]
        for query, other in product(product(*rows), repeat=2):
            where, there = tuple(place for place, _ in query), tuple(place for place, _ in other)
            steps = tuple(row.index(one) - row.index(two) for row, one, two in zip(rows, query, other, strict=True))
            yield where, there, steps, all(one[1] == two[1] for one, two in zip(query, other, strict=True))


def _project(toy: Toy, name: str, taken: int, made: int, bias: bool, spatial: Sizes) -> None:
    """A matrix that all positions are multiplied by."""
    toy.weights[name].update(product(range(taken), range(made)))
    toy.macs += len(positions_of(spatial)) * taken * made
    if bias:
        toy.weights[f"{name}_bias"].update(range(made))


def embedding(width: int, vocabulary: int) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        assert spatial == ()
        toy = Toy()
        toy.weights["table"].update(product(range(vocabulary), range(width)))
        for index, column in product(range(channels), range(width)):
            toy.read(((index,), column), ((index,), 0))
        return toy

    return forward


def moved(sources: Callable[[int, Sizes], tuple[Sizes, list[list[list[int]]]]]) -> Forward:
    """Only positions change: `sources` gives, per axis, the input positions of each output position."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        sizes, axes = sources(channels, spatial)
        for where, channel in product(positions_of(sizes), range(channels)):
            window = product(*(axis[index] for axis, index in zip(axes, where, strict=True)))
            toy.read((where, channel), *((position, channel) for position in window))
        return toy

    return forward


def pad(amounts: Pairs) -> Forward:
    def sources(_: int, spatial: Sizes) -> tuple[Sizes, list[list[list[int]]]]:
        axes = [[[j] for j in range(-before, n + after)] for n, (before, after) in zip(spatial, amounts, strict=True)]
        return tuple(map(len, axes)), axes

    return moved(sources)


def pad_channels(before: int, after: int) -> Forward:
    """As with positions, what is added counts as read."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for where, channel in product(positions_of(spatial), range(-before, channels + after)):
            toy.read((where, channel + before), (where, channel))
        return toy

    return forward


def crop(amounts: Pairs) -> Forward:
    def sources(_: int, spatial: Sizes) -> tuple[Sizes, list[list[list[int]]]]:
        axes = [
            [[j] for j in range(n)][before : n - after] for n, (before, after) in zip(spatial, amounts, strict=True)
        ]
        return tuple(map(len, axes)), axes

    return moved(sources)


def bilinear_axis(f: int, index: int) -> list[int]:
    """The input pixels whose centres are next to that of an output pixel; one where they coincide."""
    centre = Fraction(2 * index + 1, 2 * f) - Fraction(1, 2)
    return sorted({math.floor(centre), math.ceil(centre)})


def upsample(factor: Sizes, bilinear: bool = False) -> Forward:
    def sources(_: int, spatial: Sizes) -> tuple[Sizes, list[list[list[int]]]]:
        if bilinear:
            axes = [[bilinear_axis(f, i) for i in range(n * f)] for n, f in zip(spatial, factor, strict=True)]
        else:
            axes = [[[j] for j in range(n) for _ in range(f)] for n, f in zip(spatial, factor, strict=True)]
        return tuple(map(len, axes)), axes

    return moved(sources)


def resized_axis(mode: str, n: int, m: int, index: int, factor: Fraction | None = None) -> list[int]:
    """The positions of n that make position `index` of m: two where a line is drawn between them, four for a cubic."""
    if n == 1:
        return [0]
    factor = factor or Fraction(m, n)
    edge, centre = index / factor, (index + Fraction(1, 2)) / factor
    if mode in ("nearest", "centers"):
        return [math.floor(edge if mode == "nearest" else centre)]
    place = Fraction(index * (n - 1), max(m - 1, 1)) if mode == "corners" else centre - Fraction(1, 2)
    low = math.floor(place)
    if mode == "cubic" and place != low:
        return list(range(low - 1, low + 3))
    return sorted({low, math.ceil(place)})


def resize(sizes: Sizes, mode: str = "nearest", factors: tuple[str, ...] = ()) -> Forward:
    ratios = tuple(map(Fraction, factors)) or (None,) * len(sizes)

    def sources(_: int, spatial: Sizes) -> tuple[Sizes, list[list[list[int]]]]:
        axes = zip(spatial, sizes, ratios, strict=True)
        return sizes, [[resized_axis(mode, n, m, index, ratio) for index in range(m)] for n, m, ratio in axes]

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = moved(sources)(spatial, channels)
        toy.keeps_positions = max(spatial) > 1 or max(sizes) == 1  # of a single position nobody can tell where it was
        return toy

    return forward


def depth_to_space(block: int) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        inside = positions_of((block,) * len(spatial))
        for where, channel in product(positions_of(spatial), range(channels)):
            offset = inside[channel % len(inside)]
            to = tuple(position * block + more for position, more in zip(where, offset, strict=True))
            toy.read((to, channel // len(inside)), (where, channel))
        return toy

    return forward


def space_to_depth(block: int) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        inside = positions_of((block,) * len(spatial))
        for position, channel in product(positions_of(spatial), range(channels)):
            where = tuple(index // block for index in position)
            offset = inside.index(tuple(index % block for index in position))
            toy.read((where, channel * len(inside) + offset), (position, channel))
        # a position reads its whole block, through one channel or another
        for where, channel in toy.reads:
            toy.reads[where, channel] = {
                (tuple(index * block + more for index, more in zip(where, offset, strict=True)), 0) for offset in inside
            }
        return toy

    return forward


def pointwise(*arrays: str, per: str = "channel") -> Forward:
    """Every value from the values of its position.

    Args:
        arrays: what is learned.
        per: what has a number of its own in each of them: a `channel`, `value` or `position`, or `all` together.
    """

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for where, channel in product(positions_of(spatial), range(channels)):
            toy.read((where, channel), (where, channel))
            own = {"channel": channel, "value": (where, channel), "position": where, "all": None}[per]
            for array in arrays:
                toy.weights[array].add(own)
        return toy

    return forward


def normalization(spatial: Sizes, channels: int) -> Toy:
    """A mean and a variance a channel, and a count that changes nothing."""
    toy = pointwise("mean", "variance")(spatial, channels)
    toy.weights["count"].add(None)
    return toy


def renamed(spatial_after: Sizes, channels_after: int) -> Forward:
    """The same values, counted off under other sizes."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy(keeps_positions=spatial == spatial_after != ())
        before = [(where, channel) for where in positions_of(spatial) for channel in range(channels)]
        after = [(where, channel) for where in positions_of(spatial_after) for channel in range(channels_after)]
        for to, value in zip(after, before, strict=True):
            toy.read(to, value)
        return toy

    return forward


def glu(spatial: Sizes, channels: int) -> Toy:
    """Two channels for each: itself, and the one half of them further on."""
    toy = Toy()
    for where, channel in product(positions_of(spatial), range(channels // 2)):
        toy.read((where, channel), (where, channel), (where, channel + channels // 2))
    return toy


def prepend(count: int) -> Forward:
    """Learned positions, which read nothing, before the others."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for place, channel in product(range(-count, spatial[0]), range(channels)):
            # as with padding, what is added counts as read
            toy.read(((place + count,), channel), ((place,), channel))
            if place < 0:
                toy.weights["value"].add((place, channel))
        return toy

    return forward


def learned(*sizes: int) -> Forward:
    """Numbers that read nothing."""

    def forward(_: Sizes, __: int) -> Toy:
        toy = Toy()
        for *where, channel in product(*map(range, sizes)):
            toy.read((tuple(where), channel))
            toy.weights["value"].add((*where, channel))
        return toy

    return forward


def matmul(transpose: str = "") -> Callable[[list[tuple[Sizes, int]]], Toy]:
    """Rows, the positions in reading order, times columns, the channels; or the other way round."""

    def forward(shapes: list[tuple[Sizes, int]]) -> Toy:
        toy = Toy()
        first, second = (positions_of(spatial) for spatial, _ in shapes)
        if transpose == "first":
            for i, j, k in product(range(shapes[0][1]), range(shapes[1][1]), range(len(first))):
                toy.read(((i,), j), (first[k], (0, i)), (second[k], (1, j)))
                toy.macs += 1
            return toy
        columns = range(len(second) if transpose == "second" else shapes[1][1])
        for where, j, k in product(first, columns, range(shapes[0][1])):
            at, channel = (j, k) if transpose == "second" else (k, j)
            toy.read((where, j), (where, (0, k)), (second[at], (1, channel)))
            toy.macs += 1
        return toy

    return forward


def each_value(place: Callable[[tuple[int, ...]], tuple[int, ...] | None]) -> Forward:
    """Every value of the input goes to one place of the output, if any; places are positions and a channel in one."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for *where, channel in positions_of((*spatial, channels)):
            if (to := place((*where, channel))) is not None:
                toy.read((to[:-1], to[-1]), (tuple(where), channel))
        return toy

    return forward


def permute(*old: int) -> Forward:
    """Each axis has the values of an old one."""
    return each_value(lambda at: tuple(at[axis] for axis in old))


def reduce(*over: int, keep: tuple[int, ...] = ()) -> Forward:
    """One value for all that differ only along some axes; of these, those to keep stay, with one place."""
    return each_value(
        lambda at: tuple(
            0 if axis in over else place for axis, place in enumerate(at) if axis not in over or axis in keep
        )
    )


def sliced(along: int, start: int, stop: int, step: int = 1) -> Forward:
    """Every so many places along an axis."""
    kept = list(range(start, stop, step))

    def place(at: tuple[int, ...]) -> tuple[int, ...] | None:
        return (*at[:along], kept.index(at[along]), *at[along + 1 :]) if at[along] in kept else None

    return each_value(place)


def in_a_row() -> Forward:
    """The positions in reading order, each with its channels."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        order = positions_of(spatial)
        return each_value(lambda at: (order.index(at[:-1]), at[-1]))(spatial, channels)

    return forward


def together(along: int) -> Forward:
    """Every value from all that differ from it only along an axis."""

    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        sizes = (*spatial, channels)
        for at in positions_of(sizes):
            for place in range(sizes[along]):
                other = (*at[:along], place, *at[along + 1 :])
                toy.read((at[:-1], at[-1]), (other[:-1], other[-1]))
        return toy

    return forward


def channels_from(start: int, stop: int) -> Forward:
    def forward(spatial: Sizes, channels: int) -> Toy:
        toy = Toy()
        for where in positions_of(spatial):
            for index, channel in enumerate(list(range(channels))[start:stop]):
                toy.read((where, index), (where, channel))
        return toy

    return forward


def merge(shapes: list[tuple[Sizes, int]]) -> Toy:
    """Value by value: where a tensor has one position or one channel, that one is read everywhere.

    Channels of what is read carry the number of their input: (input, channel).
    """
    toy = Toy()
    for where, channel in product(_everywhere(shapes), range(max(channels for _, channels in shapes))):
        for index, (spatial, channels) in enumerate(shapes):
            toy.read((where, channel), (_there(where, spatial), (index, channel if channel < channels else 0)))
    return toy


def weighted(shapes: list[tuple[Sizes, int]]) -> Toy:
    """The same, with a weight for each tensor."""
    toy = merge(shapes)
    toy.weights["weight"].update(range(len(shapes)))
    return toy


def concat(shapes: list[tuple[Sizes, int]]) -> Toy:
    """One channel after another."""
    toy = Toy()
    behind = [(index, channel) for index, (_, channels) in enumerate(shapes) for channel in range(channels)]
    for where, (place, (index, channel)) in product(_everywhere(shapes), enumerate(behind)):
        toy.read((where, place), (_there(where, shapes[index][0]), (index, channel)))
    return toy


def concat_along(axis: int) -> Callable[[list[tuple[Sizes, int]]], Toy]:
    """One position after another, along an axis."""

    def forward(shapes: list[tuple[Sizes, int]]) -> Toy:
        toy, start = Toy(), 0
        for index, (spatial, channels) in enumerate(shapes):
            for where, channel in product(positions_of(spatial), range(channels)):
                moved = (*where[:axis], where[axis] + start, *where[axis + 1 :])
                toy.read((moved, channel), (where, (index, channel)))
            start += spatial[axis]
        return toy

    return forward


def _everywhere(shapes: list[tuple[Sizes, int]]) -> list[Position]:
    """The positions of all tensors together: along each axis those of the one that has most."""
    spatials = [spatial for spatial, _ in shapes if len(spatial) == max(len(each) for each, _ in shapes)]
    return positions_of(tuple(map(max, *spatials)) if len(spatials) > 1 else spatials[0])


def _there(where: Position, spatial: Sizes) -> Position:
    return tuple(0 if size == 1 else position for position, size in zip(where, spatial, strict=False))


# -- models


def analyzed(input: str, *entries: str, convention: str = "lecture", layout: str = "channels_last") -> Analysis:
    """The analysis of a chain of entries, each written as YAML in one line."""
    lines = [f"input: {input}", f"convention: {convention}", f"layout: {layout}", "layers:"]
    return cnncalc.analyze(cnncalc.load("\n".join([*lines, *(f"  - {entry}" for entry in entries), ""])))


def written(shape: Iterable[int]) -> str:
    """Sizes as a spec writes them."""
    return "x".join(map(str, shape))


# -- formulas, read back


def evaluate(text: str) -> Fraction:
    """The value of a calculation as `explain` writes it: `⌊(28 − 3 + 2·0) / 1⌋ + 1`."""
    code = re.sub(r"[0-9]+", lambda digits: f"F({digits[0]})", text)
    for sign, replacement in (("−", "-"), ("·", "*"), ("⌊", "floor("), ("⌋", ")"), ("⌈", "ceil("), ("⌉", ")")):
        code = code.replace(sign, replacement)
    assert not re.search(r"[^-+*/() F0-9a-z]", code), text
    rounding = {"floor": lambda value: Fraction(math.floor(value)), "ceil": lambda value: Fraction(math.ceil(value))}
    return Fraction(eval(code, {"F": Fraction, "__builtins__": {}, **rounding}))


def evaluate_latex(text: str) -> Fraction:
    """The same for LaTeX."""
    while (start := text.rfind(r"\frac{")) >= 0:
        numerator, rest = _braces(text, start + len(r"\frac"))
        denominator, end = _braces(text, rest)
        text = f"{text[:start]}(({numerator}) / ({denominator})){text[end:]}"
    for sign, replacement in (
        (r"\left\lfloor", "⌊"),
        (r"\right\rfloor", "⌋"),
        (r"\left\lceil", "⌈"),
        (r"\right\rceil", "⌉"),
        (r"\left(", "("),
        (r"\right)", ")"),
        (r"\cdot", "·"),
    ):
        text = text.replace(sign, replacement)
    assert "\\" not in text
    return evaluate(text)


def _braces(text: str, start: int) -> tuple[str, int]:
    """The text between the brace at `start` and its partner, and the place after that."""
    assert text[start] == "{"
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place], place + 1
    raise AssertionError(f"no closing brace: {text}")
