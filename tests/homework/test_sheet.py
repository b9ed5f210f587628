"""What a sheet says: the order of its layers, what is assumed, symbols, points, and room for working."""

import pytest
from grades import sheet

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.sheet.questions import sheet_of
from cnncalc.source.open_model import shipped

RESIDUAL = [
    "{conv: 3x3x8, padding: 1}",
    "residual: [{conv: 3x3x8, padding: 1}, {residual: [{conv: 3x3x8, padding: 1}], name: inner}]",
    "concat: [[conv: 1x1x2, conv: 1x1x3], {max_pool: 3, stride: 1, padding: 1}]",
]


def test_what_lies_inside_a_residual_comes_before_the_sum():
    items = sheet(RESIDUAL).items
    assert [(item.name, [*item.reads], item.inside) for item in items] == [
        ("conv1", ["input"], ""),
        ("conv2", ["conv1"], "residual1"),
        ("conv3", ["conv2"], "inner"),
        ("inner", ["conv3", "conv2"], "residual1"),
        ("residual1", ["inner", "conv1"], ""),
        ("conv4", ["residual1"], "concat1"),
        ("conv5", ["conv4"], "concat1"),
        ("max_pool1", ["residual1"], "concat1"),
        ("concat1", ["conv5", "max_pool1"], ""),
    ]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_no_layer_is_asked_about_before_what_it_reads(name):
    items = sheet_of(analyze(cnncalc.load(name))).items
    known = {item.name for item in items}
    asked = set()
    for item in items:
        assert {name for name in item.reads if name in known} <= asked
        asked.add(item.name)
