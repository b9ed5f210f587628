"""A changed copy of a graph: what is changed, what follows from it, and what stays."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.graph import Graph, Node
from cnncalc.graph.rebuild import Change, DoesNotFit, checked, rebuilt
from cnncalc.layers import layer_class
from cnncalc.settings.shape import Shape

CHAIN = "{input: 8x8x1, layers: [{conv: 3x3x4, name: c}, {relu: , name: r}, {conv: 1x1x2, name: d}]}"
RELU = layer_class("relu")({})


def graph_of(text: str) -> Graph:
    return cnncalc.load(f"{text}\n").graph


def node(graph: Graph, name: str) -> Node:
    return next(each for each in [*graph.inputs, *graph.nodes] if each.name == name)


def shapes(graph: Graph) -> dict[str, str]:
    return {each.name: each.output.text() for each in graph.nodes}


def test_no_change_is_the_same_graph_in_new_layers():
    graph = graph_of(CHAIN)
    copy, ends = rebuilt(graph, Change())
    assert shapes(copy) == shapes(graph) == {"c": "6×6×4", "r": "6×6×4", "d": "6×6×2"}
    assert copy.inputs == graph.inputs
    assert [ends[each] for each in graph.nodes] == copy.nodes == [node(copy, name) for name in "crd"]
    assert not set(copy.nodes) & set(graph.nodes)
    assert [each.layer for each in copy.nodes] == [each.layer for each in graph.nodes]
    assert copy.output_nodes == [node(copy, "d")]
    assert copy.entries == []


def test_another_layer_changes_what_follows_and_not_the_original():
    graph = graph_of(CHAIN)
    c = node(graph, "c")
    copy, ends = rebuilt(graph, Change(replaced={c: c.layer.with_settings(filters=7, stride=(2, 2))}))
    assert shapes(copy) == {"c": "3×3×7", "r": "3×3×7", "d": "3×3×2"}
    assert ends[c].layer.filters == 7
    assert (c.layer.filters, c.layer.stride) == (4, (1, 1))


def test_other_inputs():
    graph = graph_of(CHAIN)
    copy, ends = rebuilt(graph, Change(inputs={graph.inputs[0]: Shape((10, 5), 1)}))
    assert shapes(copy) == {"c": "8×3×4", "r": "8×3×4", "d": "8×3×2"}
    assert copy.inputs == [ends[graph.inputs[0]]]
    assert copy.inputs[0].name == "input"


def test_a_layer_left_out_is_passed_over_by_what_read_it():
    graph = graph_of(CHAIN)
    copy, ends = rebuilt(graph, Change(replaced={node(graph, "r"): None}))
    assert [each.name for each in copy.nodes] == ["c", "d"]
    assert node(copy, "d").inputs == (node(copy, "c"),) == (ends[node(graph, "r")],)


def test_what_is_inserted_stands_behind_its_layer_in_order():
    graph = graph_of(CHAIN)
    c, d = node(graph, "c"), node(graph, "d")
    copy, ends = rebuilt(graph, Change(inserted={c: [("relu", RELU), ("conv", d.layer)], d: [("relu", RELU)]}))
    kinds = [(each.name, each.kind) for each in copy.nodes]
    assert kinds == [("c", "conv"), ("", "relu"), ("", "conv"), ("r", "relu"), ("d", "conv"), ("", "relu")]
    assert all(after.inputs == (before,) for before, after in zip(copy.nodes, copy.nodes[1:], strict=False))
    assert ends[c] is copy.nodes[2]
    assert copy.output_nodes == [copy.nodes[-1]], "what the model returns ends in it"


def test_shared_weights_are_those_of_the_layer_itself_not_of_what_is_behind_it():
    graph = graph_of("{input: 8x8x4, layers: [{conv: 3x3x4, name: c, padding: 1}, {share: c, name: s}]}")
    c = node(graph, "c")
    copy, _ = rebuilt(graph, Change(inserted={c: [("relu", RELU)]}))
    (shared,) = (each for each in copy.nodes if each.shares)
    assert shared.shares is node(copy, "c")


def test_a_named_size_is_that_of_the_copy():
    text = "{input: 8x8x1, layers: [{conv: 3x3x4, name: c}, {max_pool: 2, name: p}, {resize: {like: c}, name: u}]}"
    graph = graph_of(text)
    copy, _ = rebuilt(graph, Change(inputs={graph.inputs[0]: Shape((12, 12), 1)}), checked)
    assert shapes(copy) == {"c": "10×10×4", "p": "5×5×4", "u": "10×10×4"}
    assert node(copy, "u").like is node(copy, "c")


def test_merges_read_the_new_layers():
    graph = graph_of("{input: 8x8x4, layers: [{conv: 3x3x4, name: c, padding: 1}, {concat: [[], [relu]], name: m}]}")
    c = node(graph, "c")
    copy, _ = rebuilt(graph, Change(replaced={c: c.layer.with_settings(filters=3)}))
    assert shapes(copy)["m"] == "8×8×6"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("[{conv: 3x3x4}, {conv: 3x3x4}]", 4, id="the second window is too large"),
        pytest.param("[{add: [{conv: 3x3x4, padding: 1}, {reshape: 8x8x4}]}]", 9, id="values that cannot be reshaped"),
        pytest.param("[{add: [{conv: 1x1x4, stride: 2}, {adaptive_avg_pool: 4}]}]", 10, id="branches differ"),
    ],
)
def test_checked_finds_what_does_not_fit(text: str, size: int):
    graph = graph_of(f"{{input: 8x8x4, layers: {text}}}")
    rebuilt(graph, Change(), checked)
    with pytest.raises(DoesNotFit):
        rebuilt(graph, Change(inputs={graph.inputs[0]: Shape((size, size), 4)}), checked)


def test_layers_of_models_inside_keep_their_rules():
    """LeNet-5 under the lecture's rules inside a model of PyTorch, at another size."""
    text = "convention: pytorch\ninput: 1x40x40\nlayers: [{conv: 1, kernel: 1}, {model: lenet5, until: avg_pool2}]\n"
    graph = cnncalc.load(text).graph
    copy, _ = rebuilt(graph, Change(inputs={graph.inputs[0]: Shape((32, 32), 1)}), checked)
    assert [node.rules and node.rules.convention for node in copy.nodes] == [None] + ["lecture"] * 6
    assert copy.nodes[-1].output == Shape((5, 5), 16)
