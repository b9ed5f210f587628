"""Drafts written with one entry per layer, and read again."""

from __future__ import annotations

import cnncalc
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput
from cnncalc.importing.flat import as_name, flat_spec, in_rows
from cnncalc.settings.shape import Shape


def draft_of_a_block():
    draft = Draft("pytorch", "channels_first")
    draft.inputs.append(DraftInput("x", Shape((32, 32), 3)))
    conv = draft.add(
        DraftLayer("conv", (draft.inputs[0],), filters=8, kernel=(3, 3), padding=((1, 1), (1, 1)), bias=False)
    )
    conv.origin = "layer1.0.conv1"
    norm = draft.add(DraftLayer("batch_norm", (conv,), epsilon=1e-5))
    norm.origin = "layer1.0.bn1"
    relu = draft.add(DraftLayer("relu", (norm,)))
    total = draft.add(DraftLayer("add", (relu, conv)))
    boxes = draft.add(
        DraftLayer("opaque", (total, conv), operation="Foo", output={"boxes": Shape((4,), 5), "scores": Shape((), 4)})
    )
    last = draft.add(DraftLayer("dense", (DraftOutput(boxes, "scores"),), units=7))
    last.output = Shape((), 7)
    draft.outputs = [last, total]
    return draft


def test_one_line_per_layer():
    assert flat_spec(draft_of_a_block()).text.splitlines() == [
        "convention: pytorch",
        "input: 3x32x32",
        "layers:",
        "  - {conv: 8, kernel: 3, padding: 1, bias: false, name: layer1_0_conv1, origin: layer1.0.conv1}",
        "  - {batch_norm, name: layer1_0_bn1, origin: layer1.0.bn1}",
        "  - {relu, name: relu}",
        "  - {add: [[], layer1_0_conv1], name: add}",
        "  - {opaque: Foo, output: {boxes: 5x4, scores: 4}, from: [add, layer1_0_conv1], name: opaque}",
        "  - {dense: 7, from: opaque.scores, name: dense}",
        "outputs: [dense, add]",
    ]


def test_the_graph_has_the_layers_of_the_draft():
    written = flat_spec(draft_of_a_block())
    graph = cnncalc.load(written.text).graph
    assert [node.name for node in graph.nodes if node.layer and not node.layer.is_further_output] == [
        *written.names.values()
    ]
    assert [node.name for node in graph.output_nodes] == ["dense", "add"]


def test_names_are_free_and_may_be_written():
    assert as_name("/layer1/layer1.0/conv1/Conv") == "layer1_layer1_0_conv1_Conv"
    assert as_name("…") == ""
    draft = Draft("keras", "channels_last")
    draft.inputs += [DraftInput("a b", Shape((), 3)), DraftInput("a:b", Shape((), 3))]
    for origin in ("a/b", "a.b", "relu", "", "input"):
        draft.add(DraftLayer("relu", (draft.inputs[0],))).origin = origin
    written = flat_spec(draft)
    assert [*written.names.values()] == ["a_b_3", "a_b_4", "relu", "relu_2", "input_2"]
    spec = cnncalc.load(written.text)
    assert [node.name for node in spec.graph.inputs] == ["a_b", "a_b_2"]
    assert [node.origin for node in spec.graph.nodes] == ["a/b", "a.b", "", "", "input"]


def test_norms_and_activations_that_nothing_else_reads_are_part_of_the_entry():
    draft = draft_of_a_block()
    written = in_rows(draft)
    lines = written.text.splitlines()
    assert lines[3] == "  - {conv: 8, kernel: 3, padding: 1, bias: false, name: layer1_0_conv1, origin: layer1.0.conv1}"
    assert lines[4] == "  - {batch_norm, name: layer1_0_bn1, origin: layer1.0.bn1}"  # the convolution is read twice
    draft.layers[3].inputs = (draft.layers[2], draft.layers[2])
    draft.layers[4].inputs = (draft.layers[3],)
    written = in_rows(draft)
    lines = written.text.splitlines()
    assert lines[3] == (
        "  - {conv: 8, kernel: 3, padding: 1, bias: false, norm: batch_norm, activation: relu, "
        "name: layer1_0_conv1, origin: layer1.0.conv1}"
    )
    assert lines[4] == "  - {add: [[], []], name: add}"
    graph = cnncalc.load(written.text).graph
    assert [node.name for node in graph.nodes][:3] == [*written.names.values()][:3]
