"""Fields of graphs with branches: the article's five, gates, skip connections, merges out of line.

Figures come from Araujo et al. (Distill, 2019), the tests that accompany it, or arithmetic written out.
"""

from fractions import Fraction

import pytest
from helpers import analyzed

import cnncalc
from cnncalc.analysis.field_coverage import misalignments, seen
from cnncalc.forward.proof.verification import verify
from cnncalc.whatif.align_branches import Aligner
from cnncalc.whatif.coverage import answers


def field_of(input, *entries, convention="lecture"):
    return analyzed(input, *entries, convention=convention).end.fields["input"]


def numbers(field):
    """Size, stride and padding, which must be the same along both axes."""
    assert field.status == "local"
    (same,) = {*zip(field.size, field.stride, field.padding, strict=True)}
    return same


# -- the five graphs

POINT = "{conv: 1, kernel: 1, stride: 4}"
PADDED = "{pad: [[1, 0], [1, 0]]}"
GRAPH_3 = (
    "{add: [[{pad: [[2, 1], [2, 1]]}, {conv: 1, kernel: 5, stride: 2}], [{conv: 1, kernel: 3}, {conv: 1, kernel: 3}]]}"
)
GRAPH_4 = f"{{add: [{POINT}, [{{conv: 1, kernel: 3, stride: 2, padding: same}}, {{conv: 1, kernel: 1, stride: 2}}]]}}"


@pytest.mark.parametrize("size", [12, 16, 32])
@pytest.mark.parametrize(
    "chain",
    [
        "{conv: 1, kernel: 3, stride: 2}, {conv: 1, kernel: 1, stride: 2}",
        "{max_pool: 3, stride: 2}, {max_pool: 1, stride: 2}",
    ],
    ids=["graph 1", "graph 2"],
)
def test_two_ways_to_a_stride_of_4(chain, size):
    field = field_of(f"{size}x{size}x1", f"{{add: [{POINT}, [{PADDED}, {chain}]]}}")
    assert (numbers(field), field.is_aligned, field.is_uniform) == ((3, 4, 1), True, True)


def test_graph_3_is_misaligned_and_has_the_hull():
    analysis = analyzed("8x8x1", GRAPH_3)
    field = analysis.end.fields["input"]
    # unit i of one branch reads 2i − 2 … 2i + 2, of the other i … i + 4
    boxes = [(min(2 * i - 2, i), max(2 * i + 2, i + 4)) for i in range(4)]
    assert [field.box((i, i)) for i in range(4)] == [(box, box) for box in boxes]
    assert not field.is_aligned
    (found,) = misalignments(analysis)
    assert (found.merge.name, [node.name for node in found.branches]) == ("add1", ["conv1", "conv3"])
    assert [each.stride for each in found.fields] == [(2, 2), (1, 1)]
    assert Aligner(analysis).alignment(found) is None  # no padding changes a stride


@pytest.mark.parametrize("size", [6, 9, 10, 11])
def test_graph_3_fits_together_on_few_inputs(size):
    # ⌊(n + 3 − 5) / 2⌋ + 1 positions against n − 4: the same for 8 (and 7)
    assert (size - 2) // 2 + 1 != size - 4
    with pytest.raises(cnncalc.SpecError, match="CNN312"):
        analyzed(f"{size}x{size}x1", GRAPH_3)


def test_graph_4_is_aligned_on_9():
    field = field_of("9x9x1", GRAPH_4, convention="keras")
    assert (numbers(field), field.is_aligned) == ((3, 4, 1), True)


def test_graph_4_is_misaligned_on_8_and_one_zero_moved_aligns_it():
    analysis = analyzed("8x8x1", GRAPH_4, convention="keras")
    assert not analysis.end.fields["input"].is_aligned
    (found,) = misalignments(analysis)
    assert [node.name for node in found.branches] == ["conv1", "conv3"]
    # `same` puts the one zero after: unit 0 reads 0 … 2 with its centre at 1; the other branch reads 0
    assert [each.box((0, 0))[0] for each in found.fields] == [(0, 0), (0, 2)]
    fix = Aligner(analysis).alignment(found)
    assert (fix.at, fix.setting, fix.padding) == ("conv2", "padding", ((1, 0), (1, 0)))
    mended = GRAPH_4.replace("same", "[[1, 0], [1, 0]]")
    field = field_of("8x8x1", mended, convention="keras")
    assert (numbers(field), field.is_aligned) == ((3, 4, 1), True)


def test_graph_5():
    field = field_of("40x40x1", "{conv: [3, 5, 1], stride: 2}", "{conv: [3, 1, 1], stride: 2}")
    assert (field.size, field.stride, field.padding) == ((7, 5), (4, 4), (0, 0))


def test_the_chain_of_the_article():
    field = field_of("9x1", "{conv: 1, kernel: 3, padding: 1, stride: 3}", "{conv: 1, kernel: 2}")
    assert field.box((0,)) == ((-1, 4),)


# -- gates


@pytest.mark.parametrize(
    "gate",
    [
        "{multiply: [[], [global_avg_pool, {dense: 2}, {dense: 4, activation: sigmoid}]]}",
        "{multiply: [[], [{global_avg_pool: {keep_dims: true}}, {conv: 4, kernel: 1, activation: sigmoid}]]}",
        "{multiply: [[global_avg_pool, {dense: 4}], []]}",
        "{concat: [[], [{adaptive_avg_pool: 1}, {conv: 4, kernel: 1}, {resize: {like: conv1}}]]}",
    ],
)
def test_squeeze_and_excitation_stays_local_and_is_gated(gate):
    analysis = analyzed("16x16x4", "{conv: 3x3x4}", gate, "{conv: 3x3x4}")
    before, after = analysis.entries[0].fields["input"], analysis.end.fields["input"]
    assert (numbers(before), before.is_gated) == ((3, 1, 0), False)
    assert (numbers(after), after.is_gated, after.is_aligned) == ((5, 1, 0), True, True)


def test_coordinate_attention_is_a_gate_along_each_axis():
    # the mean of each row, with 3 rows together, gates the columns; the mean of each column, with 5, the rows
    rows, columns = "[{avg_pool: 1x8}, {conv: 3x1x4, padding: 1x0}]", "[{avg_pool: 8x1}, {conv: 1x5x4, padding: 0x2}]"
    for branches in (f"[{rows}, {columns}]", f"[[], {columns}, {rows}]"):
        analysis = analyzed("8x8x4", f"{{multiply: {branches}}}", "{conv: 3x3x4, padding: 1}")
        merged, after = (layer.fields["input"] for layer in analysis.layers[-2:])
        assert (merged.size, merged.stride, merged.padding) == ((3, 5), (1, 1), (1, 2))
        assert after.size == (5, 7)
        assert after.is_gated
        assert after.is_aligned
        assert verify(analysis).is_right
        assert not list(misalignments(analysis))


def test_what_is_spread_over_an_axis_is_seen_by_all_along_it():
    text = """
inputs: {rows: 8x1x4, columns: 1x6x4}
layers:
  - add: [rows, columns]
  - {conv: 3x3x4, padding: 1}
  - upsample: 2
"""
    analysis = cnncalc.analyze(cnncalc.load(text))
    merged = analysis.layers[0].fields
    assert (merged["rows"].size, merged["rows"].stride) == ((1, 1), (1, 0))
    assert (merged["columns"].size, merged["columns"].stride) == ((1, 1), (0, 1))
    assert [merged["rows"].box(unit) for unit in ((2, 0), (2, 5))] == [((2, 2), (0, 0))] * 2
    assert not merged["rows"].is_gated
    after = analysis.layers[1].fields
    assert (after["rows"].size, after["columns"].size) == ((3, 1), (1, 3))
    assert verify(analysis).is_right
    # and what is wider: a window over all columns, whose border all units see too
    field = field_of("8x8x4", "{conv: 3x8x4, padding: [[1, 1], [0, 0]]}", "{add: [[], input]}")
    assert (field.size, field.is_gated) == ((3, 1), True)


def test_ways_to_widen_and_to_align_where_units_see_the_same():
    # no division by a stride of 0
    text = "inputs: {a: 30x1x4, b: 1x30x4}\nlayers:\n  - add: [a, b]\n  - {conv: 3x3x4, padding: 1}\n"
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert {each.field.size for each in seen(analysis)} == {(1, 1), (3, 1), (1, 3)}
    assert [answer.input.name for answer in answers(analysis)] == ["a", "b"]


def test_branches_that_are_all_global_stay_global():
    field = field_of("8x8x4", "{add: [[global_avg_pool], [global_max_pool]]}")
    assert field.status == "global"


# -- skip connections


def test_the_u_of_a_u_net():
    analysis = analyzed(
        "16x16x4",
        "{conv: 3x3x4, padding: 1, name: across}",
        "{max_pool: 2}",
        "{conv: 3x3x4, padding: 1}",
        "{conv_transpose: 2x2x4, stride: 2}",
        "{concat: [across, []]}",
        "{conv: 3x3x4, padding: 1}",
    )
    fields = {entry.name: entry.fields["input"] for entry in analysis.entries}
    # 3 wide, the pool 4 with steps of 2, a 3×3 on those 4 + 2·2 = 8; back up, two units share each
    assert [fields[name].size[0] for name in ("across", "max_pool1", "conv1", "conv_transpose1")] == [3, 4, 8, 8]
    up = fields["concat1"]
    assert [up.box((unit, 0))[0] for unit in range(4)] == [(-3, 4), (-3, 4), (-1, 6), (-1, 6)]
    assert up.stride == (Fraction(1), Fraction(1))
    # a 3×3 over two pairs, whichever way it is oriented: 8 + 2
    assert fields["conv2"].size == (10, 10)
    assert [fields["conv2"].box((unit, 0))[0] for unit in (0, 1, 2)] == [(-5, 4), (-3, 6), (-3, 6)]


def test_a_skip_connection_of_the_same_field_adds_nothing():
    analysis = analyzed("16x16x4", "{conv: 3x3x4, padding: 1}", "{residual: [{conv: 4, kernel: 1}]}")
    rows = {row.layer.name: row for row in seen(analysis)}
    assert [rows[name].is_changed for name in ("conv1", "conv2", "residual1")] == [True, False, False]
    assert rows["residual1"].added == (0, 0)


# -- misaligned merges


def test_a_crop_on_one_side_and_the_crop_that_aligns_it():
    # without padding a 3×3 reads i … i + 2, centre i + 1; what is cut after the input alone keeps centre i
    analysis = analyzed("8x8x1", "{add: [{conv: 1, kernel: 3}, {crop: [[0, 2], [0, 2]]}]}")
    (found,) = misalignments(analysis)
    fix = Aligner(analysis).alignment(found)
    assert (fix.at, fix.setting, fix.padding) == ("crop1", "amounts", ((1, 1), (1, 1)))
    assert field_of("8x8x1", "{add: [{conv: 1, kernel: 3}, {crop: 1}]}").is_aligned


def test_centres_half_a_position_apart_cannot_be_aligned():
    # 2×2 windows have their centres between positions, 1×1 windows on them
    analysis = analyzed("8x8x1", "{add: [{conv: 1, kernel: 2, stride: 2}, {conv: 1, kernel: 1, stride: 2}]}")
    (found,) = misalignments(analysis)
    assert Aligner(analysis).alignment(found) is None


def test_misaligned_stays_misaligned_and_is_told_once():
    branches = "{add: [{conv: 1, kernel: 2, stride: 2}, {conv: 1, kernel: 1, stride: 2}]}"
    analysis = analyzed("32x32x1", branches, "{conv: 3x3x1, padding: 1}", "{add: [[], {conv: 1, kernel: 1}]}")
    assert not analysis.end.fields["input"].is_aligned
    assert [found.merge.name for found in misalignments(analysis)] == ["add1"]


def test_each_merge_out_of_line_is_told():
    # after the first, a window of 2 and one of 1 are half a step apart again
    first = "{add: [{conv: 1, kernel: 3}, {crop: [[0, 2], [0, 2]]}]}"
    second = "{add: [{conv: 1, kernel: 2, stride: 2}, {conv: 1, kernel: 1, stride: 2}]}"
    analysis = analyzed("16x16x1", first, second)
    assert [found.merge.name for found in misalignments(analysis)] == ["add1", "add2"]
