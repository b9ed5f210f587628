"""How receptive fields are measured: with few runs and few patterns, without losing any mistake."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import analyzed

import cnncalc
from cnncalc.forward.proof import _measurement
from cnncalc.forward.proof._measurement import _Bordered
from cnncalc.forward.proof._other_sizes import shrunk
from cnncalc.forward.proof.field_comparison import check_fields
from cnncalc.forward.proof.verification import verify
from cnncalc.layers.base import Reads
from cnncalc.layers.convolution.kinds import Conv
from cnncalc.layers.pooling.kinds import MaxPool
from cnncalc.layers.resizing.kinds import Upsample


@pytest.fixture
def runs(monkeypatch):
    """The axis and the number of patterns of each run."""
    found = []
    original = _measurement._measured

    def counted(copy, source, axis, patterns, places):
        found.append((axis, len(patterns)))
        return original(copy, source, axis, patterns, places)

    monkeypatch.setattr(_measurement, "_measured", counted)
    return found


SQUARE = ["{conv: 3x3x4, padding: 1, activation: relu}", "{max_pool: 2}", "{conv: 3x3x4}"]


def test_axes_that_are_equal_are_measured_once(runs):
    assert verify(analyzed("24x24x2", *SQUARE)).is_right
    assert runs == [(0, 24)]


def test_of_three_axes_the_two_that_are_equal_are_measured_once(runs):
    assert verify(analyzed("5x12x12x1", "{conv: 3x3x3x2}", "{conv: 2x3x3x2}")).is_right
    assert runs == [(0, 5), (1, 12)]


def test_a_longer_input_is_measured_once_too(runs):
    # every unit of 9 positions reads a border: a field of 11 needs an input of 11 and twice the step of 1
    assert verify(analyzed("9x9x1", "{conv: 11x11x2, padding: 5}")).is_right
    assert [axis for axis, _ in runs] == [0, 0]


@pytest.mark.parametrize(
    ("size", "layers"),
    [
        ("24x20x2", SQUARE),
        ("24x24x2", ["{conv: 3x5x4, padding: 1x2}"]),
        ("24x24x2", ["{conv: 4x4x4, padding: [[0, 2], [2, 0]]}"]),
        ("24x24x2", ["{conv: 3x3x4, stride: 1x2, padding: [[0, 0], [12, 11]]}"]),
        ("24x24x2", ["{conv: 3x5x4, dilation: 2x1}"]),
        ("24x24x2", ["{conv_transpose: 2x2x4, stride: 2, output_padding: 0x1}"]),
        ("24x24x2", ["{conv_transpose: 3x3x4, padding: [[0, 1], [1, 0]]}"]),
        ("24x24x2", ["{pad: [[0, 1], [1, 0]]}"]),
        ("24x24x2", ["{crop: [[0, 1], [1, 0]]}"]),
        ("24x24x2", ["{upsample: 1x2}"]),
        ("24x24x2", ["{adaptive_avg_pool: 5x4}"]),
        ("24x24x2", ["{max_pool: 3, stride: 2, padding: [[1, 0], [0, 1]]}"]),
    ],
)
def test_axes_that_differ_in_anything_are_measured_each(runs, size, layers):
    assert verify(analyzed(size, *layers)).is_right
    assert [axis for axis, _ in runs] == [0, 1]


AXES = {"too large": Reads(1, 1, (0,), (3,)), "elsewhere": Reads(1, 1, (1,), (3,)), "moved": Reads(1, 2, (0,), (2,))}


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("what", AXES)
def test_a_wrong_claim_about_one_of_two_equal_axes_is_found(monkeypatch, axis, what):
    reads = [Reads(1, 1, (0,), (2,))] * 2
    reads[axis] = AXES[what]
    monkeypatch.setattr(Conv, "reads", lambda *_: tuple(reads))
    found = verify(analyzed("24x24x2", "{conv: 3x3x4}", "relu"))
    first = found.differences[0]
    assert (first.layer, first.quantity, first.measured.difference.axis) == ("conv1", "receptive_field", axis)


@pytest.mark.slow
@pytest.mark.parametrize("axis", [0, 1])
def test_a_wrong_claim_about_one_axis_is_found_beyond_the_input(monkeypatch, axis):
    # on 12 positions every unit reads a border and sees all of them, of 41 or of 43
    reads = [Reads(1, 1, (-20,), (20,))] * 2
    reads[axis] = Reads(1, 1, (-21,), (21,))
    monkeypatch.setattr(Conv, "reads", lambda *_: tuple(reads))
    found = verify(analyzed("12x12x1", "{conv: 41x41x1, padding: 20}"))
    (difference,) = found.differences
    assert difference.measured.difference.axis == axis


def test_an_engine_that_treats_one_axis_differently_is_found(monkeypatch):
    # one axis is measured for both, so that the values have to show it
    original = _measurement._Bordered.__mro__[1].bordered

    def turned(self, x, amounts, fill=0):
        return original(self, x, [pair if axis == 0 else pair[::-1] for axis, pair in enumerate(amounts)], fill)

    monkeypatch.setattr("cnncalc.forward.engines.arrays.Arrays.bordered", turned)
    found = verify(analyzed("8x8x1", "{conv: 2x2x1, padding: [[0, 1], [0, 1]]}"))
    assert "values" in {each.quantity for each in found.differences}


# -- few patterns

EXCHANGE = """
input: 64x64x3
blocks:
  same: {args: [width], layers: [{conv: $width, kernel: 3, padding: 1}]}
  unit: {args: [width], layers: [{residual: [{same: $width, repeat: 2}]}]}
layers:
  - {conv: 3x3x4, stride: 2, padding: 1, name: fine}
  - {conv: 3x3x8, stride: 2, padding: 1, name: coarse}
  - {unit: 4, repeat: 3, from: fine, name: a}
  - {unit: 8, repeat: 3, from: coarse, name: b}
  - {add: [a, [{conv: 1x1x4, from: b}, {upsample: 2}]], name: c}
  - {add: [b, {conv: 3x3x8, stride: 2, padding: 1, from: a}], name: d}
  - {unit: 4, repeat: 4, from: c, name: e}
  - {unit: 8, repeat: 4, from: d, name: f}
  - {concat: [e, [{upsample: 2, from: f}]]}
"""


def test_few_patterns_answer_for_many_layers(runs):
    analysis = cnncalc.analyze(cnncalc.load(EXCHANGE))
    found = verify(analysis)
    assert found.is_right
    assert all(each.fields["input"].measured for each in found.layers.values())
    claims = {each.fields["input"].axes[0] for each in analysis.layers}
    assert len(claims) > 20
    # units of the two resolutions move by 2 and 4: their fields begin at 2 places of 4 at most, and end at as many
    assert runs[0] == (0, 64)
    assert len(runs) == 2
    assert runs[1][1] <= 2 * (2 + 2)


def test_more_layers_need_no_more_patterns(runs):
    counts = []
    for more in (4, 8):
        runs.clear()
        assert verify(cnncalc.analyze(cnncalc.load(EXCHANGE.replace("repeat: 4", f"repeat: {more}")))).is_right
        counts.append(runs[1][1])
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Upsample, Reads(2, 1, (0, 0), (0, 1))),
        (MaxPool, Reads(1, 2, (-1,), (1,))),
        (MaxPool, Reads(1, 2, (0,), (2,))),
        (MaxPool, Reads(2, 4, (0, 2), (1, 4))),
    ],
)
def test_a_wrong_end_of_one_phase_is_found_beyond_the_input(monkeypatch, kind, wrong):
    # after a window of 41 no unit of 16 positions is without border
    monkeypatch.setattr(kind, "reads", lambda *_: (wrong,))
    found = verify(analyzed("16x1", "{conv: 41x1, padding: 20}", "{max_pool: 2}", "{upsample: 2}"))
    layer = "max_pool1" if kind is MaxPool else "upsample1"
    assert found.differences[0].layer == layer


# -- narrow copies


@pytest.mark.parametrize("axis", [0, 1])
def test_a_copy_is_one_position_wide(axis):
    # without padding, windows need 30 positions; the branches fit only if a size can be halved three times
    entries = ["{conv: 7x7x4, stride: 2}", "{conv: 5x5x4, dilation: 3}", "{add: [[], [{max_pool: 2}, {upsample: 2}]]}"]
    graph = analyzed("65x65x1", *entries).spec.graph
    small = shrunk(graph, "input", axis)
    for node, original in zip(small.nodes, graph.nodes, strict=True):
        assert node.output.spatial[axis] == original.output.spatial[axis]
        assert node.output.spatial[1 - axis] == 1


def test_where_windows_of_one_do_not_fit_a_copy_is_as_narrow_as_can_be(runs):
    entries = ["{add: [[], [{space_to_depth: 2}, {conv: 1x1x4}, {depth_to_space: 2}]]}", "{conv: 3x3x2}"]
    analysis = analyzed("12x12x1", *entries)
    assert verify(analysis).is_right
    assert [node.output.spatial for node in shrunk(analysis.spec.graph, "input", 0).inputs] == [(12, 4)]
    assert [axis for axis, _ in runs] == [0]


# -- no threads that wait


def test_fields_are_measured_without_blas(monkeypatch):
    analysis = analyzed("24x24x2", *SQUARE)
    calls = []
    multiply = np.matmul
    monkeypatch.setattr(np, "matmul", lambda *arguments: calls.append(1) or multiply(*arguments))
    verify(analysis, quick=True)
    quick = len(calls)
    calls.clear()
    assert verify(analysis).is_right
    assert len(calls) == quick


@pytest.mark.parametrize("shapes", [((7, 9), (9, 1)), ((2, 7, 9), (2, 9, 4)), ((7, 1), (1, 3))])
def test_the_product_without_blas(shapes):
    a, b = (np.arange(np.prod(shape), dtype=np.float32).reshape(shape) for shape in shapes)
    assert np.array_equal(_Bordered.product(a, b), np.matmul(a, b))


# -- axes that move, are seen whole, or went into the channels; what attention sees


TURNED = {
    "permute": ("6x7x2", "{permute: {height: width, width: height}}", "{conv: 1x3x2}"),
    "channels": ("8x3", "{permute: {channels: position, position: channels}}", "{slice: [2, end]}"),
    "row": ("3x4x2", "{flatten: {positions: true}}", "relu"),
    "reduce": ("6x7x2", "{conv: 3x3x2}", "{reduce: mean, axes: width}"),
    "windows": ("6x4", "{attention: 2, window: 3}"),
    "shifted": ("3x6x4", "{attention: 2, window: 3, shift: 1}"),
    "dilated": ("6x4", "{attention: 2, dilation: 2}"),
    "causal": ("6x4", "{attention: 2, causal: true}"),
}


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        *((model, fault) for model in TURNED for fault in ("too large", "elsewhere", "whole")),
        ("reduce", "not whole"),
        ("shifted", "not whole"),
    ],
)
def test_a_false_claim_is_found(model: str, fault: str):
    input, *entries = TURNED[model]
    analysis = cnncalc.analyze(cnncalc.load(f"input: {input}\nlayers: [{', '.join(entries)}]\n"))
    graph = analysis.spec.graph
    claims = {layer.name: dict(layer.fields) for layer in analysis.layers}
    last = analysis.layers[-1].name
    assert not any(each.difference for check in check_fields(graph, claims).values() for each in check.values())
    field = claims[last]["input"]
    axis = next(index for index, reads in enumerate(field.axes) if (reads is None) is (fault == "not whole"))
    reads = field.axes[axis]
    wrong = {
        "too large": lambda: reads._replace(high=tuple(high + 1 for high in reads.high)),
        "elsewhere": lambda: reads._replace(
            low=tuple(low + 1 for low in reads.low), high=tuple(high + 1 for high in reads.high)
        ),
        "whole": lambda: None,
        "not whole": lambda: Reads(1, 1, (0,), (2,)),
    }[fault]()
    axes = (*field.axes[:axis], wrong, *field.axes[axis + 1 :])
    claims[last]["input"] = field._replace(axes=axes, carriers=field.carriers or tuple(range(len(axes))))
    found = check_fields(graph, claims)
    assert found[last]["input"].difference
    assert found[last]["input"].difference.axis == axis
