"""`learned`: a layer that reads nothing, wherever a layer may stand."""

from __future__ import annotations

import numpy as np
import pytest

import cnncalc
from cnncalc.checks.model import Model
from cnncalc.checks.registry import LINTS, findings
from cnncalc.settings.shape import Shape

EVERYWHERE = """\
inputs: {image: 16x16x8, other: 9}
blocks:
  asks: {args: [n], layers: [{learned: $(n)x8}, {attention: 2, keys: row}]}
layers:
  - {learned: 4x8, initial: 0.5, name: first}
  - {flatten: {positions: true}, from: image, name: row}
  - {asks: 3, name: block}
  - {asks: $n, name: run, for: {n: [2, 5]}}
  - {learned: 6x8, repeat: 2, name: again}
  - {share: first, name: shared}
  - {attention: 4, keys: row}
  - {concat: [[], {learned: 2x8}, shared, block, again], axis: position}
"""


@pytest.fixture(scope="module")
def everywhere():
    return cnncalc.analyze(cnncalc.load(EVERYWHERE))


def numbers(analysis, name):
    return next(layer for layer in analysis.layers if layer.name == name)


def test_where_it_may_stand(everywhere):
    """First in a model of several inputs, in a block, in copies, shared, and in a branch."""
    read = {layer.name: len(layer.node.inputs) for layer in everywhere.layers if layer.node.kind == "learned"}
    names = ["first", "block.learned1", "run.0.learned1", "run.1.learned1", "again.0", "again.1", "shared", "learned1"]
    assert read == dict.fromkeys(names, 0)
    assert numbers(everywhere, "run.1.learned1").node.output == Shape((5,), 8)
    assert everywhere.end.node.output == Shape((4 + 2 + 4 + 3 + 6,), 8)


def test_what_it_counts(everywhere):
    attention = 4 * (8 * 8 + 8)
    assert numbers(everywhere, "first").params == 4 * 8
    assert numbers(everywhere, "shared").params == 0
    assert numbers(everywhere, "first").macs == 0
    assert everywhere.totals.params == (4 + 3 + 2 + 5 + 6 + 6 + 2) * 8 + 4 * attention


def test_it_sees_nothing_and_neither_does_what_reads_it_alone():
    text = "input: 6x4\nlayers: [{learned: 5x4}, {conv: 4, kernel: 3}, relu, {matmul: [[], input], transpose: second}]"
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert [layer.fields for layer in analysis.layers[:3]] == [{}, {}, {}]
    assert analysis.end.fields["input"].carriers == (-1,)  # its positions have become channels


def test_a_merge_with_it_sees_what_the_others_see():
    entries = (
        "{conv: 4, kernel: 3, padding: 1, name: a}, {add: [[], {learned: 6x4}]}, {learned: [4]}, {multiply: [[], a]}"
    )
    analysis = cnncalc.analyze(cnncalc.load(f"input: 6x4\nlayers: [{entries}]"))
    for name in ("add1", "multiply1"):
        field = numbers(analysis, name).fields["input"]
        assert (field.size, field.is_gated, field.is_aligned) == ((3,), False, True)


def test_it_is_the_same_for_each_sample():
    spec = cnncalc.load("input: 3x2\nlayers: [{learned: 3x2, initial: 0.5}, {add: [[], input]}]")
    batch = np.arange(12.0).reshape(2, 3, 2)
    assert np.array_equal(cnncalc.run(spec, batch)["add1"], batch + 0.5)


def test_inside_a_model(tmp_path):
    inner = "input: 5x8\nlayers: [{learned: 3x8, name: slots}, {attention: 2, keys: input}]\n"
    outer = "input: 7x8\nlayers: [relu, {model: inner.yaml, name: reader}, {dense: 2}]\n"
    (tmp_path / "inner.yaml").write_text(inner, encoding="utf-8")
    (tmp_path / "outer.yaml").write_text(outer, encoding="utf-8")
    analysis = cnncalc.analyze(cnncalc.load(tmp_path / "outer.yaml"))
    assert [node.name for node in numbers(analysis, "reader.attention1").node.inputs] == ["reader.slots", "relu1"]


def test_layout_is_that_of_the_file():
    spec = cnncalc.load("convention: pytorch\ninput: 8x16x16\nlayers: [{learned: 8x4x5}]")
    assert spec.graph.nodes[0].output == Shape((4, 5), 8)


def test_one_that_nobody_reads_is_reported():
    spec = cnncalc.load("input: 6\nlayers: [{learned: [4], name: lost}, {dense: 2, from: input}]")
    (found,) = findings(Model.of(spec), LINTS["unused"])
    assert (found.code, found.message) == ("CNN504", "nobody reads `lost`")
