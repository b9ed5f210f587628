"""Folding batch normalisation changes no output, and only what it may."""

from __future__ import annotations

import numpy as np
import pytest
from forward.running import close, drawn, outputs

import cnncalc
from cnncalc.forward.run._fusion import fused


def kinds(graph) -> list[str]:
    return [node.kind for node in graph.nodes]


def run_both(text: str) -> tuple[list[str], list[str]]:
    """The kinds before and after; the outputs agree, and what was given is as it was."""
    spec = cnncalc.load(text)
    weights = drawn(spec.graph, 1)
    graph, folded = fused(spec.graph, weights)
    x = {"input": np.random.default_rng(2).standard_normal((2, *spec.graph.inputs[0].output.sizes("channels_last")))}
    x["input"] = x["input"].astype("float32")
    before = outputs(spec, x, weights)
    close(outputs(spec._replace(graph=graph), x, folded), before, 2e-5)
    np.testing.assert_array_equal(outputs(spec, x, weights), before)
    assert set(folded) == {node.name for node in graph.nodes if not node.shares} & set(weights)
    return kinds(spec.graph), kinds(graph)


@pytest.mark.parametrize(
    "entry",
    [
        "{conv: 3x3x4, norm: batch_norm, activation: relu}",
        "{conv: 3x3x4, bias: false, groups: 2, norm: batch_norm}",
        "{conv: 3x3x4, norm: {batch_norm: {scale: false}}}",
        "{conv: 3x3x4, norm: {batch_norm: {center: false}}}",
        "{depthwise_conv: 3, multiplier: 2, norm: batch_norm}",
        "{separable_conv: 3x3x4, norm: batch_norm}",
        "{conv_transpose: 2x2x4, stride: 2, groups: 2, norm: batch_norm}",
        "{dense: 5, norm: batch_norm}",
    ],
)
def test_folds(entry):
    before, after = run_both(f"input: 8x8x4\nconvention: pytorch\nlayout: channels_last\nlayers:\n  - {entry}\n")
    assert after == [kind for kind in before if kind != "batch_norm"]


@pytest.mark.parametrize(
    "layers",
    [
        "[{conv: 3x3x4, name: c}, batch_norm, {conv: 3x3x4, padding: 1}, {add: [[], {crop: 0, from: c}]}]",
        "[relu, batch_norm]",
        "[{conv: 3x3x4, padding: 1, name: c}, batch_norm, {share: c}]",
        "[max_pool: 2, batch_norm]",
    ],
)
def test_leaves_alone(layers):
    before, after = run_both(f"input: 8x8x4\nlayers: {layers}\n")
    assert after == before


def test_resnet():
    before, after = run_both("input: 3x32x32\n" + RESNET)
    assert before.count("batch_norm") == 4
    assert "batch_norm" not in after


RESNET = """
convention: pytorch
defaults: {conv: {bias: false, norm: batch_norm}}
layers:
  - {conv: 8, kernel: 3, padding: 1, activation: relu}
  - residual: [{conv: 16, kernel: 3, stride: 2, padding: 1, activation: relu}, {conv: 16, kernel: 3, padding: 1}]
    shortcut: {conv: 16, kernel: 1, stride: 2}
    activation: relu
  - global_avg_pool
  - dense: 10
"""
