"""Receptive fields of random chains, against dependencies followed unit by unit.

The brute force knows, for each kind, which positions of its input one position of its output reads, padding and places
beyond the borders included; it follows them down to the input. What a unit reads is filled up to an interval after each
layer, as docs define it; for chains in which that makes no difference it is held against plain sets, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import pytest
from helpers import analyzed, bilinear_axis, slide, slide_ceil
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis.receptive_field import _shortest, compose, interval
from cnncalc.layers.base import ITSELF, NOTHING, Reads


class Op(NamedTuple):
    """One layer along one axis."""

    entry: str
    size: int
    """Of its output."""
    sources: Callable[[int], set[int]]
    """The input positions that one output position reads."""
    turn: int = 1
    """After this many outputs, what is read repeats."""
    is_plain: bool = True
    """Whether positions read something each, and never begin before the position in front of them."""


def window_op(entry: str, size: int, k: int, s: int, before: int, d: int) -> Op:
    return Op(entry, size, lambda i: {i * s - before + tap * d for tap in range(k)})


def transposed_op(entry: str, size: int, k: int, s: int, before: int, d: int) -> Op:
    def sources(i: int) -> set[int]:
        # input j writes to j·s + tap·d of the uncut output
        return {(i + before - tap * d) // s for tap in range(k) if (i + before - tap * d) % s == 0}

    return Op(entry, size, sources, s, d == 1 and k >= s)


def adaptive_op(entry: str, n: int, m: int) -> Op:
    def sources(i: int) -> set[int]:
        start, stop = Fraction(i * n, m), Fraction((i + 1) * n, m)
        return set(range(math.floor(start), math.ceil(stop)))

    return Op(entry, m, sources, m)


@st.composite
def ops(draw, n: int) -> Op | None:
    """A layer for an input of n positions; None where what was drawn does not fit."""
    kind = draw(
        st.sampled_from(
            ["conv"] * 3
            + ["max_pool", "max_pool", "conv_transpose", "conv_transpose", "upsample", "upsample", "bilinear"]
            + ["crop", "pad", "depth_to_space", "space_to_depth", "adaptive_avg_pool", "depthwise_conv", "relu"]
        )
    )
    k, s, d = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    before, after = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    pad = f"padding: [[{before}, {after}]]"
    if kind in ("conv", "depthwise_conv"):
        size = len(slide(n, k, s, before, after, d))
        head = f"conv: 4, kernel: {k}" if kind == "conv" else f"depthwise_conv: {k}"
        op = window_op(f"{{{head}, stride: {s}, dilation: {d}, {pad}}}", size, k, s, before, d)
    elif kind == "max_pool":
        ceil = draw(st.booleans())
        if not slide(n, k, s, before, after, d) or max(before, after) >= d * (k - 1) + 1:
            return None
        size = len((slide_ceil if ceil else slide)(n, k, s, before, after, d))
        rounding = "ceil" if ceil else "floor"
        op = window_op(
            f"{{max_pool: {k}, stride: {s}, dilation: {d}, {pad}, rounding: {rounding}}}", size, k, s, before, d
        )
    elif kind == "conv_transpose":
        extra = draw(st.integers(0, max(s, d) - 1))
        size = len({*range((n - 1) * s + (k - 1) * d + 1)}) - before - after + extra
        op = transposed_op(
            f"{{conv_transpose: 4, kernel: {k}, stride: {s}, dilation: {d}, {pad}, output_padding: {extra}}}",
            size,
            k,
            s,
            before,
            d,
        )
    elif kind == "upsample":
        op = Op(f"{{upsample: {s}}}", n * s, lambda i: {i // s}, s)
    elif kind == "bilinear":
        op = Op(f"{{upsample: {s}, mode: bilinear}}", n * s, lambda i: set(bilinear_axis(s, i)), s)
    elif kind == "crop":
        op = Op(f"{{crop: [[{before}, {after}]]}}", n - before - after, lambda i: {i + before})
    elif kind == "pad":
        op = Op(f"{{pad: [[{before}, {after}]]}}", n + before + after, lambda i: {i - before})
    elif kind == "depth_to_space":
        op = Op("{depth_to_space: 2}", n * 2, lambda i: {i // 2}, 2)
    elif kind == "space_to_depth":
        op = Op("{space_to_depth: 2}", n // 2 if n % 2 == 0 else 0, lambda i: {2 * i, 2 * i + 1})
    elif kind == "adaptive_avg_pool":
        op = adaptive_op(f"{{adaptive_avg_pool: {k + 1}}}", n, k + 1)
    else:
        op = Op("relu", n, lambda i: {i})
    return op if 1 <= op.size <= 200 else None


@st.composite
def chains(draw) -> tuple[int, list[Op]]:
    n = size = draw(st.integers(1, 30))
    chain: list[Op] = []
    # depth_to_space needs an even number of channels: each layer is put after one that makes 4
    for _ in range(draw(st.integers(1, 5))):
        op = draw(ops(size))
        if op is not None:
            chain.append(op)
            size = op.size
    return n, chain


def followed(chain: list[Op], unit: int, fill: bool) -> set[int]:
    """The input positions that a unit after the chain depends on."""
    if fill:
        return filled(chain, unit, {})
    seen = {unit}
    for op in reversed(chain):
        seen = set().union(*(op.sources(position) for position in seen))
    return seen


def filled(chain: list[Op], unit: int, known: dict[tuple[int, int], set[int]]) -> set[int]:
    """The same with gaps filled up after each layer, from the input on: what a unit reads is an interval of units."""
    if not chain:
        return {unit}
    if (len(chain), unit) not in known:
        *before, op = chain
        read = op.sources(unit)
        seen = set().union(*(filled(before, each, known) for each in span(read)))
        known[len(chain), unit] = set(span(seen))
    return known[len(chain), unit]


def span(positions: set[int]) -> range:
    return range(min(positions), max(positions) + 1) if positions else range(0)


def ends(seen: set[int]) -> tuple[int, int] | None:
    return (min(seen), max(seen)) if seen else None


def boxes_of(field, units):
    """The field's boxes along its one axis; None where a unit reads nothing."""
    boxes = [field.box((unit,))[0] for unit in units]
    return [box if box[0] <= box[1] else None for box in boxes]


@pytest.mark.slow
@settings(max_examples=250)
@given(chains())
def test_random_chains_against_units_followed_one_by_one(case):
    n, chain = case
    # a 1×1 convolution, which reads what it writes, keeps 4 channels for depth_to_space
    entries = [entry for op in chain for entry in ("{conv: 4, kernel: 1}", op.entry)]
    if not entries:
        return
    layer = analyzed(f"{n}x1", *entries).layers[-1]
    field = layer.fields["input"]
    size = chain[-1].size
    assert layer.node.output.spatial == (size,)
    assert field.status == "local"

    boxes = [ends(followed(chain, unit, fill=True)) for unit in range(size)]
    assert boxes_of(field, range(size)) == boxes
    for unit, box in enumerate(boxes):
        exact = ends(followed(chain, unit, fill=False))
        if all(op.is_plain for op in chain):
            assert exact == box
        elif exact:
            assert box is not None
            assert box[0] <= exact[0] <= exact[1] <= box[1]

    # the summary speaks of all units, wherever the output happens to end: look at one full turn
    turn = math.prod(op.turn for op in chain)
    one_turn = [ends(followed(chain, unit, fill=True)) for unit in range(turn)]
    lengths = [len(range(box[0], box[1] + 1)) if box else 0 for box in one_turn]
    assert field.size == (max(lengths),)
    assert field.is_uniform is (len(set(lengths)) == 1)
    assert field.padding == (-boxes[0][0] if boxes[0] else None,)
    first = next((unit for unit, box in enumerate(one_turn) if box), None)
    if first is not None:
        later = ends(followed(chain, first + turn, fill=True))
        assert field.stride == (Fraction(later[0] - one_turn[first][0], turn),)


def test_a_unit_between_whose_positions_alone_something_is_read_reads_nothing():
    # every second position after the transposed convolution is empty; −1 and 1 are, 0 between them is stepped over
    entries = ("{conv_transpose: 1x1, stride: 2, output_padding: 1}", "{conv: 1x1, stride: 2, padding: [[1, 0]]}")
    field = analyzed("1x1", *entries, "{conv: 2x1}").end.fields["input"]
    assert boxes_of(field, [0]) == [None]


@given(chains(), chains())
def test_axes_do_not_know_of_each_other(vertical, horizontal):
    """A 2-D chain of windows is two 1-D chains."""
    heights = [op for op in vertical[1] if op.entry.startswith("{conv:")]
    widths = [op for op in horizontal[1] if op.entry.startswith("{conv:")]
    pairs = list(zip(heights, widths, strict=False))
    if not pairs:
        return

    def numbers(entry):
        import re

        return [int(number) for number in re.findall(r"[0-9]+", entry)][1:]

    entries = []
    for up, across in pairs:
        (k1, s1, d1, b1, a1), (k2, s2, d2, b2, a2) = numbers(up.entry), numbers(across.entry)
        entries.append(
            f"{{conv: [{k1}, {k2}, 1], stride: {s1}x{s2}, dilation: {d1}x{d2}, padding: [[{b1}, {a1}], [{b2}, {a2}]]}}"
        )
    field = analyzed("2000x2000x1", *entries).layers[-1].fields["input"]
    for axis, chain in enumerate(([up for up, _ in pairs], [across for _, across in pairs])):
        for unit in (0, 1, 7):
            assert field.box((unit, unit))[axis] == ends(followed(chain, unit, fill=True))


# -- figures worked out elsewhere


@pytest.mark.parametrize(
    ("entries", "size", "stride", "padding"),
    [
        # Araujo et al.: r = 1 + Σ (k − 1)·Π s, padding Σ p·Π s
        (["{conv: 3x1}"], 3, 1, 0),
        (["{conv: 3x1, stride: 2, padding: 1}", "{conv: 3x1, stride: 2, padding: 1}"], 1 + 2 + 2 * 2, 4, 1 + 1 * 2),
        (["{conv: 7x1, stride: 2, padding: 3}", "{max_pool: 3, stride: 2, padding: 1}"], 1 + 6 + 2 * 2, 4, 3 + 1 * 2),
        (["{conv: 3x1, dilation: 2}"], 5, 1, 0),
        (["{conv: 3x1, padding: 1}"] * 5, 11, 1, 5),
        (["{upsample: 2}"], 1, Fraction(1, 2), 0),
        (["{max_pool: 2}", "{upsample: 2}"], 2, 1, 0),
        # three fine positions are within two coarse ones
        (["{upsample: 2}", "{conv: 3x1, padding: 1}"], 2, Fraction(1, 2), 1),
    ],
)
def test_closed_forms(entries, size, stride, padding):
    field = analyzed("64x1", *entries).layers[-1].fields["input"]
    assert (field.size, field.stride, field.padding) == ((size,), (stride,), (padding,))


def test_the_1x7_convolution_that_torch_scan_gives_a_field_of_1():
    field = analyzed("16x16x1", "{conv: 1x7x1}").layers[-1].fields["input"]
    assert field.size == (1, 7)


@pytest.mark.parametrize(
    ("entries", "statuses"),
    [
        (["{conv: 3x1}", "flatten", "{dense: 2}"], ["local", "global", "global"]),
        (["global_avg_pool", "relu"], ["global", "global"]),
        (["{global_max_pool: {keep_dims: true}}", "{upsample: 4}"], ["global", "global"]),
        (["{adaptive_avg_pool: 1}", "{conv: 1x2}"], ["global", "global"]),
        (["{dense: 3}"], ["local"]),  # on positions it is a 1×1 convolution
    ],
)
def test_fields_become_global_and_stay_so(entries, statuses):
    assert [layer.fields["input"].status for layer in analyzed("9x1", *entries).layers] == statuses


def test_norms_over_the_sample_gate_all_that_follows():
    layers = analyzed("9x4", "{conv: 3x4}", "{group_norm: 2}", "{conv: 3x4}").layers
    assert [layer.fields["input"].is_gated for layer in layers] == [False, True, True]
    assert [layer.fields["input"].size for layer in layers] == [(3,), (3,), (5,)]


def test_an_embeddings_ids_are_positions():
    layers = analyzed("59", "{embedding: 8, vocabulary: 100}", "{conv: 3x4}", "{max_pool: 2}").layers
    assert [layer.fields["input"].size for layer in layers] == [(1,), (3,), (4,)]


# -- holes: a kernel smaller than its stride leaves positions that nothing writes to


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize(("k", "s", "d"), [(1, 2, 1), (1, 3, 1), (2, 3, 1), (2, 4, 2), (2, 5, 3), (3, 4, 2)])
def test_units_that_nothing_writes_to_read_nothing(k, s, d, padding):
    entry = f"{{conv_transpose: 1, kernel: {k}, stride: {s}, dilation: {d}, padding: {padding}}}"
    layer = analyzed("9x1", entry).layers[0]
    field = layer.fields["input"]
    (size,) = layer.node.output.spatial
    written = {j * s + tap * d - padding for j in range(-9, 20) for tap in range(k)}
    boxes = boxes_of(field, range(size))
    assert [box is not None for box in boxes] == [unit in written for unit in range(size)]
    assert not field.is_uniform


def test_a_window_over_holes_reads_what_is_there():
    # of 0, 1, 2 … only 0, 3, 6 … are written; a window of two sees one of them or none
    field = analyzed("9x1", "{conv_transpose: 1, kernel: 1, stride: 3}", "{conv: 2x1}").layers[-1].fields["input"]
    assert boxes_of(field, range(6)) == [(0, 0), None, (1, 1), (1, 1), None, (2, 2)]


def test_a_window_over_nothing_reads_nothing():
    # every second position of the first is written, and the second reads the others
    nothing = ["{conv_transpose: 1, kernel: 1, stride: 2}", "{conv: 1x1, stride: 2, padding: 1}"]
    layers = analyzed("9x1", *nothing, "{conv: 3x1}", "{conv_transpose: 2x1, stride: 2}").layers
    assert [layer.fields["input"].size for layer in layers] == [(1,), (0,), (0,), (0,)]


# -- the maps themselves

maps = st.integers(1, 6).flatmap(
    lambda period: st.builds(
        Reads,
        st.just(period),
        st.integers(1, 6),
        st.lists(st.integers(-5, 5), min_size=period, max_size=period).map(tuple),
        st.lists(st.integers(-5, 8), min_size=period, max_size=period).map(tuple),
        start=st.none(),
    )
)
"""Any patterns, those with holes and those that move backwards too."""


def unrolled(reads: Reads, index: int) -> tuple[int, int] | None:
    """What a position reads: the pattern, laid out one period after the other."""
    item, turn = index, 0
    while item >= reads.period:
        item, turn = item - reads.period, turn + 1
    while item < 0:
        item, turn = item + reads.period, turn - 1
    low, high = reads.low[item] + turn * reads.advance, reads.high[item] + turn * reads.advance
    return (low, high) if low <= high else None


@given(maps, st.integers(-20, 20))
def test_intervals_are_the_pattern_laid_out(reads, index):
    low, high = interval(reads, index)
    assert ((low, high) if low <= high else None) == unrolled(reads, index)


@pytest.mark.slow
@settings(max_examples=200)
@given(maps, maps)
def test_composing_is_reading_through(upper, lower):
    through = compose(upper, lower)
    for index in range(-2 * through.period, 2 * through.period):
        expected = None
        if (read := unrolled(upper, index)) is not None:
            found = [box for box in (unrolled(lower, middle) for middle in range(read[0], read[1] + 1)) if box]
            expected = (min(low for low, _ in found), max(high for _, high in found)) if found else None
        assert unrolled(through, index) == expected


@given(maps)
def test_composing_with_itself_changes_nothing(reads):
    for through in (compose(reads, ITSELF), compose(ITSELF, reads)):
        for index in range(12):
            assert unrolled(through, index) == unrolled(reads, index)


@given(maps, st.integers(1, 4))
def test_the_shortest_pattern_is_the_same_map_and_the_shortest(reads, copies):
    span = range(copies * reads.period)
    boxes = [interval(reads, index) for index in span]
    long = Reads(
        copies * reads.period, copies * reads.advance, tuple(low for low, _ in boxes), tuple(high for _, high in boxes)
    )
    short = _shortest(long)
    assert [unrolled(short, index) for index in range(24)] == [unrolled(reads, index) for index in range(24)]
    assert Fraction(short.advance, short.period) == Fraction(reads.advance, reads.period)
    shortest = next(period for period in range(1, reads.period + 1) if repeats(reads, period))
    assert short.period == shortest


def repeats(reads: Reads, period: int) -> bool:
    """Whether after this many positions everything repeats, some whole number further on."""
    boxes = [interval(reads, index) for index in range(4 * reads.period)]
    steps = {(later[0] - box[0], later[1] - box[1]) for box, later in zip(boxes, boxes[period:], strict=False)}
    return len(steps) == 1 and len(set(*steps)) == 1


def test_a_pattern_that_repeats_too_late_is_unknown():
    # a period of 100·100 positions is beyond the bound of 4096; the field is then unknown, never 0, and stays so
    layers = analyzed("2x1", "{upsample: 100}", "{upsample: 100}", "{conv: 3x1}", "flatten").layers
    assert [layer.fields["input"].status for layer in layers[:3]] == ["local", "unknown", "unknown"]


def test_a_field_that_reaches_too_far_is_unknown():
    # each layer doubles the step: 2⁹⁹⁶ < 10³⁰⁰ < 2⁹⁹⁷
    layers = analyzed("8x8x1", "{group: [{conv: 3x3x1, padding: 1, stride: 2}], repeat: 1000}").layers
    fields = [layer.fields["input"] for layer in layers]
    assert [field.status for field in fields[994:998]] == ["local", "local", "unknown", "unknown"]
    assert fields[995].stride == (2**996, 2**996)
    assert fields[995].size == (2**997 - 1, 2**997 - 1)  # 1 + 2·(1 + 2 + … + 2⁹⁹⁵)


def test_nothing_is_an_empty_interval():
    assert NOTHING[0] > NOTHING[1]
