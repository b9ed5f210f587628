"""Receptive fields that see a whole axis, follow axes to other places, or go through the channels: worked out by
hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnncalc
from cnncalc.analysis.receptive_field import Field
from cnncalc.checks.validate_files import validate_file
from cnncalc.explanation.derivation import explain
from cnncalc.forward.proof.verification import verify
from cnncalc.layers.base import CHANNEL_AXIS
from cnncalc.report.views.receptive_field import FieldReport


def fields(input: str, *entries: str, head: str = "") -> list[Field]:
    """The field of each layer; what it claims is measured too."""
    lines = "".join(f"  - {entry}\n" for entry in entries)
    analysis = cnncalc.analyze(cnncalc.load(f"input: {input}\n{head}layers:\n{lines}"))
    assert verify(analysis).is_right
    return [layer.fields["input"] for layer in analysis.layers]


SWAP = "permute: {channels: position, position: channels}"
TURN = "permute: {height: width, width: height}"


def test_a_reduced_axis_is_seen_whole_and_the_other_stays():
    conv, reduced, last = fields("9x12x2", "{conv: 3x5x4, stride: 1x2}", "{reduce: sum, axes: height}", "conv: 3x4")
    assert conv.size == (3, 5)
    assert (reduced.status, reduced.size, reduced.stride, reduced.padding) == ("local", (None, 5), (None, 2), (None, 0))
    # of the map (height, width) a sequence is left, along which the width moves
    assert reduced.carriers == (0, 0)
    assert reduced.box((1,)) == (None, (2, 6))
    assert last.size == (None, 9)  # 5 + 2·2
    assert reduced.is_aligned


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_all_axes_reduced_are_a_global_field(rank: int):
    assert fields("x".join(["5"] * rank + ["2"]), "{reduce: mean}", "dense: 3")[0] == Field("global")


def test_softmax_sees_the_axis_along_which_it_sums():
    height, channels = fields("6x7x3", "{conv: 3x3x4}", "{softmax, axis: height}", "softmax")[1:]
    assert height.size == channels.size == (None, 3)


def test_axes_change_places_and_are_followed():
    turned, conv, back, pooled = fields("12x14x3", TURN, "{conv: 3x5x2}", TURN, "{max_pool: 2x1}")
    assert turned.size == (1, 1)
    assert turned.carriers == (1, 0)
    # the window is 3 along what was the width and 5 along what was the height
    assert conv.size == (5, 3)
    assert conv.carriers == (1, 0)
    assert conv.box((2, 4)) == ((4, 8), (2, 4))
    assert back.carriers == ()
    assert (back.size, pooled.size) == ((5, 3), (6, 3))


def test_places_become_channels_and_come_back():
    first, apart, still, back = fields("10x4", "{conv: 4, kernel: 3}", SWAP, "{depthwise_conv: 1}", SWAP)
    assert apart.carriers == still.carriers == (CHANNEL_AXIS,)
    assert first.size == apart.size == still.size == back.size == (3,)
    assert back == first
    assert apart.box((1,)) == (None,)  # a position, with all its channels, sees all


def test_what_mixes_the_channels_sees_all_of_the_axis_in_them():
    dense, conv, back = fields("10x4", SWAP, "{conv: 5, kernel: 1}", "{conv: 5, kernel: 2}", SWAP)[1:]
    assert dense.status == conv.status == back.status == "global"


def test_one_axis_in_the_channels_is_mixed_and_the_other_stays():
    swap = "permute: {channels: height, height: channels}"
    moved, mixed, back = fields("6x8x4", "{conv: 3x3x4, padding: 1}", swap, "{conv: 1x3x6}", swap)[1:]
    assert (moved.size, moved.carriers) == ((3, 3), (CHANNEL_AXIS, 1))
    assert (mixed.size, back.size) == ((None, 5), (None, 5))


@pytest.mark.parametrize(
    ("entry", "box"),
    [
        # of 12 channels, each with one place of the input: which places a channel reads then
        ("slice: [4, end]", (4, 4)),
        ("{slice: [2, end], step: 3}", (2, 2)),
        ("channel_shuffle: 3", (0, 0)),
        ("{conv: 6, kernel: 1, groups: 3}", (0, 3)),
        ("{depthwise_conv: 1, multiplier: 2}", (0, 0)),
        ("local_response_norm: 3", (-1, 1)),
        ("{pad: 0, channels: [2, 1]}", (-2, -2)),
        ("global_max_pool", (0, 0)),
        ("relu", (0, 0)),
    ],
)
def test_channels_that_stay_apart(entry: str, box: tuple[int, int]):
    last = fields("12x3", SWAP, entry)[-1]
    assert last.axes[0]
    assert (last.axes[0].low[0], last.axes[0].high[0]) == box


@pytest.mark.parametrize("entry", ["dense: 2", "layer_norm", "rms_norm", "softmax", "{reduce: max, axes: channels}"])
def test_channels_that_are_mixed(entry: str):
    assert fields("12x3", SWAP, entry)[-1].status == "global"


def test_all_positions_in_a_row():
    row, window = fields("4x5x2", "{flatten: {positions: true}}", "{conv: 2, kernel: 2}")
    # position p stands for row p // 5 and column p % 5
    assert row.box((7,)) == ((1, 1), (2, 2))
    assert row.carriers == (0, 0)
    # 4 and 5 are the end of one row and the beginning of the next: all columns lie between them
    assert [window.box((unit,)) for unit in (3, 4)] == [((0, 0), (3, 4)), ((0, 1), (0, 4))]
    assert window.size == (2, 5)


def test_tensors_one_after_another_keep_their_fields():
    entries = "{conv: 2, kernel: 3, padding: 1, name: a}", "{slice: [6, end], axis: position, from: input, name: b}"
    joined = fields("9x2", *entries, "{concat: [a, b], axis: position}")[-1]
    assert [joined.box((unit,)) for unit in (0, 8, 9, 11)] == [((-1, 1),), ((7, 9),), ((6, 6),), ((8, 8),)]
    assert joined.is_aligned


def test_padding_around_tensors_one_after_another_sees_neither():
    """Before the first and after the last there is nothing: no unit sees the other end of what was joined."""
    entries = "  - {concat: [a, b], axis: position}\n  - {conv: 1, kernel: 3, padding: 1}\n"
    spec = f"inputs: {{a: 2x4, b: 3x4}}\nlayers:\n{entries}"
    seen = cnncalc.analyze(cnncalc.load(spec)).end.fields
    # unit u reads places u - 1 to u + 1 of a0 a1 b0 b1 b2
    inside = {"a": [(0, 1), (0, 1), (1, 1), None, None], "b": [None, (0, 0), (0, 1), (0, 2), (1, 2)]}
    for (name, boxes), extent in zip(inside.items(), (2, 3), strict=True):
        found = [seen[name].box((unit,))[0] for unit in range(5)]
        clipped = [(max(low, 0), min(high, extent - 1)) for low, high in found]
        assert [box if box[0] <= box[1] else None for box in clipped] == boxes


def test_what_follows_a_global_part_is_unknown():
    spec = "input: 9x2\nlayers:\n  - {concat: [[], [{reduce: max, keep_dims: true}]], axis: position}\n"
    assert cnncalc.analyze(cnncalc.load(spec)).end.fields["input"].status == "unknown"


def test_branches_that_move_along_different_axes_are_unknown():
    spec = f"input: 6x6x2\nlayers:\n  - {{add: [[], [{{{TURN}}}]]}}\n"
    assert cnncalc.analyze(cnncalc.load(spec)).end.fields["input"].status == "unknown"


def test_a_gate_along_one_axis():
    """Coordinate attention: what a row sees altogether weights it."""
    gate = "[{reduce: mean, axes: width, keep_dims: true}, {conv: 1x1x4}, sigmoid]"
    last = fields("6x7x4", "{conv: 3x3x4, padding: 1}", f"multiply: [[], {gate}]")[-1]
    assert last.size == (3, 3)
    assert last.is_gated


@pytest.mark.parametrize(
    "branch", ["{attention: 2}", f"{{{SWAP}}}, {{dense: 6}}, {{{SWAP}}}", "{gru: 2, bidirectional: true}"]
)
def test_a_branch_that_weighs_everything_at_each_position_is_no_gate(branch: str):
    first, *_, last = fields("6x4", "{conv: 4, kernel: 3, padding: 1}", f"residual: [{branch}]")
    assert (first.size, last.status, last.is_gated) == ((3,), "global", False)


def test_what_is_spread_after_attention_is_a_gate():
    *_, gated = fields("6x4", "{conv: 4, kernel: 3, padding: 1}", "multiply: [[], [{attention: 2}, global_avg_pool]]")
    assert (gated.status, gated.size, gated.is_gated) == ("local", (3,), True)


def test_attention_along_one_axis_and_around_it():
    inside, around = fields("5x6x4", "{conv: 4, kernel: 3, padding: 1}", "residual: [{attention: 2, window: 1x6}]")[1:]
    assert inside.size == around.size == (3, None)
    assert not around.is_gated


def test_queries_and_keys_are_seen_together():
    # a query sees rows i − 1 to i + 1; its keys are whole rows, 2⌊i/2⌋ and 2⌊i/2⌋ + 1, which are among these
    image = "{conv: 4, kernel: 3, padding: 1, name: a}", "{attention: 2, window: 1x8, from: input, name: b}"
    *_, together = fields("6x8x4", *image, "{attention: 2, from: a, keys: b, window: 2x4}")
    assert (together.status, together.size) == ("local", (3, None))


def test_all_branches_see_the_whole_axis():
    gate = "{reduce: mean, axes: width, keep_dims: true}"
    last = fields("6x7x4", gate, "{conv: 3x1x4, padding: 1x0, name: a}", "add: [reduce1, a]")[-1]
    assert (last.size, last.is_gated) == ((3, None), False)


@pytest.mark.parametrize(
    ("expected", "holds"),
    [("allx5", True), ("[all, 5]", True), ("5x5", False), ("global", False), ('">= 5"', True), ('"<= 5"', False)],
)
def test_what_must_hold(expected: str, holds: bool, tmp_path: Path):
    reduced = f"{{reduce: mean, axes: height, expect: {{receptive_field: {expected}}}}}"
    path = tmp_path / "model.yaml"
    path.write_text(f"input: 9x9x1\nlayers:\n  - conv: 5x5x1\n  - {reduced}\n", encoding="utf-8")
    found = validate_file(str(path)).diagnostics
    assert [each.code for each in found] == ([] if holds else ["CNN401"])


TEXT = f"""input: 12x10x4
layers:
  - {{conv: 3x3x4, padding: 1, name: c}}
  - {{reduce: mean, axes: height}}
  - {{softmax, axis: width, from: c}}
  - {{{TURN}, from: c}}
  - {{permute: {{channels: height, height: channels}}, from: c}}
  - {{multiply: [c, [{{reduce: max, axes: width, keep_dims: true}}]], from: c}}
  - {{add: [softmax1, softmax1]}}
"""


def test_every_report_shows_them():
    analysis = cnncalc.analyze(cnncalc.load(TEXT))
    report = FieldReport.of(analysis)
    text = report.render()
    assert "all×3" in text
    assert "3×all" in text
    json.dumps(report.to_dict())
    for layer in analysis.layers:
        assert explain(analysis, layer)


def test_a_sheet_does_not_ask_for_them():
    from cnncalc.homework.sheet.questions import sheet_of

    sheet = sheet_of(cnncalc.analyze(cnncalc.load(TEXT)), ["receptive_field"])
    asked = {item.name for item in sheet.items for question in item.questions if question.column == "receptive_field"}
    assert "c" in asked
    assert asked.isdisjoint({"reduce1", "softmax1", "permute1", "permute2"})
