"""The receptive fields of merges: what a unit sees through each branch, and the hull of it."""

from __future__ import annotations

import re

import pytest
from helpers import analyzed, evaluate, evaluate_latex

import cnncalc
from cnncalc.explanation.derivation import Explanation, explain
from cnncalc.recorded_numbers import latex_numeric, numeric, symbolic


def merge_of(analysis: cnncalc.Analysis, name: str) -> Explanation:
    (layer,) = [layer for layer in analysis.layers if layer.name == name]
    return explain(analysis, layer)


def fields(explanation: Explanation) -> list[tuple[str, str, int, str]]:
    """The steps about fields: quantity, rule, value, sentence."""
    return [
        (step.quantity, symbolic(step.number), int(step.number), step.words)
        for step in explanation.steps
        if "field" in step.quantity
    ]


def boxes(explanation: Explanation) -> dict[str, tuple]:
    (hull,) = explanation.hulls
    return {branch.name: branch.box for branch in hull.branches} | {"": hull.box}


def test_a_residual_block_whose_shortcut_is_the_tensor_itself():
    # two windows of 3 at padding 1: −1 − 1 = −2 to 1 + 1 = 2
    analysis = analyzed("8x8x4", "{residual: [{conv: 3x3x4, padding: 1}, {conv: 3x3x4, padding: 1}]}")
    assert fields(merge_of(analysis, "residual1")) == [
        (
            "field through conv2",
            "last_1 − first_1 + 1",
            5,
            "through it, unit (0, 0) sees rows and columns −2 to 2 of the input",
        ),
        (
            "field through input",
            "last_2 − first_2 + 1",
            1,
            "through it, unit (0, 0) sees row and column 0 of the input",
        ),
        (
            "receptive field",
            "last_1 − first_1 + 1",
            5,
            "the hull of what its branches see: rows and columns −2 to 2 (positions below 0 are padding)",
        ),
        ("field stride", "1", 1, "from one unit to the next the field moves by 1 position of the input"),
    ]


def test_the_hull_reaches_from_one_branch_to_the_other():
    # −2 to 0 and 0 to 1: the first begins the hull, the second ends it
    analysis = analyzed("9x2", "{add: [{conv: 3x2, padding: causal}, {conv: 2x2, padding: [[0, 1]]}]}")
    merge = merge_of(analysis, "add1")
    assert boxes(merge) == {"conv1": ((-2, 0),), "conv2": ((0, 1),), "": ((-2, 1),)}
    (step,) = [step for step in merge.steps if step.quantity == "receptive field"]
    assert (symbolic(step.number), numeric(step.number), int(step.number)) == (
        "last_2 − first_1 + 1",
        "1 − (−2) + 1",
        4,
    )
    # centres −1 and 0.5
    assert step.words == (
        "the hull of what its branches see: positions −2 to 1 (positions below 0 are padding); "
        "the branches are misaligned: the centres of conv1 and conv2 are 1.5 positions apart"
    )


def test_branches_of_an_inception_block():
    branches = (
        "{conv: 1x1x2}, {conv: 3x3x2, padding: 1}, {conv: 5x5x2, padding: 2}, {max_pool: 3, stride: 1, padding: 1}"
    )
    merge = merge_of(analyzed("8x8x4", f"{{concat: [{branches}]}}"), "concat1")
    assert [int(step.number) for step in merge.steps if "field through" in step.quantity] == [1, 3, 5, 3]
    assert boxes(merge)[""] == ((-2, 2), (-2, 2))


def test_axes_that_differ_are_told_apart():
    merge = merge_of(analyzed("8x9x2", "{residual: [{conv: 3x5x2, padding: same}]}"), "residual1")
    assert [(quantity, size) for quantity, _, size, _ in fields(merge)] == [
        ("field through conv1 (height)", 3),
        ("field through input (height)", 1),
        ("receptive field (height)", 3),
        ("field stride (height)", 1),
        ("field through conv1 (width)", 5),
        ("field through input (width)", 1),
        ("receptive field (width)", 5),
        ("field stride (width)", 1),
    ]


def test_three_axes():
    merge = merge_of(analyzed("6x6x6x2", "{residual: [{conv: 3x3x3x2, padding: 1}]}"), "residual1")
    assert fields(merge)[0][3] == "through it, unit (0, 0, 0) sees slices, rows and columns −1 to 1 of the input"


UNET = ("{conv: 3x2, padding: 1, name: enc}", "{max_pool: 2}", "{upsample: 2}", "{concat: [[], enc]}")


def test_a_skip_around_a_pool_and_its_upsampling():
    # enc: unit i sees i − 1 to i + 1; the pool's unit j 2j − 1 to 2j + 2, and so do 2j and 2j + 1 after the upsampling.
    # The hulls of the units 0 and 1: −1 to 2; of all others two positions further on each time.
    merge = merge_of(analyzed("8x2", *UNET), "concat1")
    assert boxes(merge) == {"upsample1": ((-1, 2),), "enc": ((-1, 1),), "": ((-1, 2),)}
    quantities = [quantity for quantity, *_ in fields(merge)]
    assert quantities == ["field through upsample1", "field through enc", "receptive field", "field stride"]
    assert fields(merge)[-1][2:] == (
        1,
        "from one unit to the next the field moves by 1 position of the input, on average",
    )


def test_branches_of_different_strides_drift_apart():
    # strided: unit i sees 2i. plain: i to i + 3. Unit 0 sees 0 and 0 to 3, unit 3 sees 6 and 3 to 6: 4 positions each.
    # The means of their centres agree (0, 2, 4, 6 and 1.5, 2.5, 3.5, 4.5: 3), and yet they drift apart.
    analysis = cnncalc.analyze(
        cnncalc.load(
            "input: 7x2\nlayers:\n"
            "  - {group: [{conv: 4x2, name: plain}], name: g}\n"
            "  - {conv: 1x2, name: strided, stride: 2, from: input}\n"
            "  - add: [[], g]\n"
        )
    )
    merge = merge_of(analysis, "add1")
    (hull,) = merge.hulls
    assert not hull.field.is_aligned
    assert boxes(merge) == {"strided": ((0, 0),), "g.plain": ((0, 3),), "": ((0, 3),)}
    (words,) = [words for quantity, _, _, words in fields(merge) if quantity == "receptive field"]
    assert words.split("; ")[1] == (
        "the branches drift apart: "
        "from one unit to the next the field moves by 2 through strided, but by 1 through g.plain"
    )


def test_gates_are_no_part_of_the_hull():
    analysis = analyzed(
        "8x8x4", "{multiply: [{conv: 3x3x4, padding: 1}, [global_avg_pool, {dense: 4}]]}", "{add: [[], []]}"
    )
    merge = merge_of(analysis, "multiply1")
    assert boxes(merge) == {"conv1": ((-1, 1),) * 2, "dense1": (None, None), "": ((-1, 1),) * 2}
    assert merge.remarks[:-1] == (
        "all units share the same values of dense1, a gate: through it each of them also depends on all of the input",
    )
    assert merge_of(analysis, "add1").remarks[:-1] == ("through multiply1 every unit also depends on all of the input",)


def test_a_gate_along_one_axis():
    merge = merge_of(analyzed("8x8x4", "{add: [[], {max_pool: 1x8}]}"), "add1")
    # along the height both see row i, along the width the pool sees all columns from everywhere
    assert boxes(merge) == {"input": ((0, 0), (0, 0)), "max_pool1": ((0, 0), None), "": ((0, 0), (0, 0))}
    assert merge.remarks[0] == (
        "all units along the width share the same values of max_pool1, a gate: "
        "through it each of them also depends on what it sees"
    )


def test_a_global_field():
    merge = merge_of(analyzed("8x8x4", "{add: [[global_avg_pool], [global_max_pool]]}"), "add1")
    assert fields(merge) == []
    assert merge.remarks[0] == "through global_avg_pool1 and global_max_pool1 every unit sees all of the input"


TWO = """
inputs: {left: 8x8x2, right: 8x8x2}
layers:
  - {conv: 3x3x2, padding: 1, from: left, name: seen}
  - concat: [[], right]
"""


def test_a_branch_that_does_not_see_an_input():
    merge = merge_of(cnncalc.analyze(cnncalc.load(TWO)), "concat1")
    assert [(quantity, size) for quantity, _, size, _ in fields(merge)] == [
        ("field in left through seen", 3),
        ("receptive field in left", 3),
        ("field stride in left", 1),
        ("field in right through right", 1),
        ("receptive field in right", 1),
        ("field stride in right", 1),
    ]
    assert merge.remarks[:-1] == ("nothing of `left` reaches right", "nothing of `right` reaches seen")


def test_any_layer_names_the_input_where_there_are_several():
    analysis = cnncalc.analyze(cnncalc.load(TWO + "  - {conv: 3x3x2}\n"))
    quantities = [quantity for quantity, *_ in fields(merge_of(analysis, "conv1"))]
    assert quantities == [
        "receptive field in left",
        "field stride in left",
        "receptive field in right",
        "field stride in right",
    ]


@pytest.mark.parametrize("model", ["googlenet", "resnet_v1", "unet", "unet_3d", "densenet", "wavenet", "yolov3_neck"])
def test_every_merge_comes_to_its_field(model):
    analysis = cnncalc.analyze(cnncalc.load(model))
    for layer in analysis.layers:
        if not layer.node.layer.is_merge:
            continue
        explanation = explain(analysis, layer)
        for hull in explanation.hulls:
            assert hull.field == layer.fields[hull.input]
            assert tuple(high - low + 1 for low, high in hull.box) == hull.field.size
            for axis, (low, high) in enumerate(hull.box):
                parts = [branch.box[axis] for branch in hull.branches if branch.box[axis]]
                assert (low, high) == (min(part[0] for part in parts), max(part[1] for part in parts))
        for step in explanation.steps:
            if re.match("field|receptive", step.quantity):
                assert evaluate(numeric(step.number)) == int(step.number)
                assert evaluate_latex(latex_numeric(step.number)) == int(step.number)
