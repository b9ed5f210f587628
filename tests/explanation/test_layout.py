"""Shapes are shown in the model's own layout, wherever a report speaks of them."""

from __future__ import annotations

import json

import cnncalc
from cnncalc.comparison.differences import compare
from cnncalc.explanation.derivation import explain
from cnncalc.report.views.compare import ComparisonReport
from cnncalc.report.views.explain import ExplainReport
from cnncalc.report.views.hyperparameters import HyperparametersReport
from cnncalc.report.views.summarize import SummaryReport

SPEC = """
name: channels-first
layout: channels_first
input: 4x8x12
layers:
  - conv: 3x3x2
  - add: [[], [conv: 1x1x1], [global_avg_pool]]
  - concat: [[], [conv: 1x1x5]]
  - reshape: [10, 6, 7]
"""
# 8 − 2 = 6 and 12 − 2 = 10 positions; 2 + 5 = 7 channels; 7·6·10 = 420 = 10·6·7


def analysis() -> cnncalc.Analysis:
    return cnncalc.analyze(cnncalc.load(SPEC))


def test_merges_and_reshape():
    found = analysis()
    explanations = [explain(found, layer) for layer in found.layers]
    remarks = {each.numbers.name: each.remarks for each in explanations}
    assert remarks["add1"][-1] == (
        "the sum of conv1 (2×6×10), conv2 (1×6×10, spread over the channels) "
        "and global_avg_pool1 (2, spread over all positions)"
    )
    assert remarks["concat1"][-1] == "the channels of add1 (2×6×10) and conv3 (5×6×10)"
    report = ExplainReport(found.spec, explanations)
    text = report.render()
    assert "reshape1  reshape to 10×6×7   7×6×10 → 10×6×7" in text
    data = report.to_dict()["layers"]
    assert data[-2]["input_shapes"] == [[2, 6, 10], [5, 6, 10]]
    assert [(each["input"], each["output"]) for each in data if each["name"] == "concat1"] == [([2, 6, 10], [7, 6, 10])]
    shapes = ("8×12", "6×10×", "6×7×10")
    assert not [shape for shape in shapes if shape in json.dumps(data, ensure_ascii=False)]


def test_settings_that_are_shapes():
    found = analysis()
    assert dict(HyperparametersReport(found).layers[-1].beforehand) == {"shape": "10×6×7"}
    assert "reshape to 10×6×7" in SummaryReport(found).render()
    other = cnncalc.analyze(cnncalc.load(SPEC.replace("[10, 6, 7]", "[20, 3, 7]")))
    assert "shape 10×6×7 → 20×3×7" in ComparisonReport(compare([found, other])).render()


def test_a_merge_is_headed_by_all_that_it_merges():
    text = ExplainReport.of(analysis(), ["concat1"]).render()
    assert "concat1  concat   2×6×10, 5×6×10 → 7×6×10" in text
