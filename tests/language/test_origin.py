"""`origin`: what a layer is called elsewhere."""

import pytest
from language.reading import analyzed, codes

from cnncalc.graph.rebuild import Change, rebuilt


def origins(*entries, **settings):
    """The origins of all layers."""
    return {each.name: each.node.origin for each in analyzed(*entries, **settings).layers}


def test_of_an_entry_and_its_norm():
    entry = "{conv: 3x3x4, origin: layer1.0.conv1, norm: {batch_norm, origin: layer1.0.bn1}, activation: relu}"
    assert origins(entry) == {"conv1": "layer1.0.conv1", "conv1.batch_norm": "layer1.0.bn1", "conv1.relu": ""}


def test_of_a_group_or_call_it_is_not_that_of_what_is_inside():
    top = "blocks: {unit: [{conv: 1x1x4}]}"
    analysis = analyzed("{unit, origin: blk/c1}", "unit", "{group: [relu], origin: tail}", top=top)
    assert [entry.entry.origin for entry in analysis.entries] == ["blk/c1", "", "tail"]
    assert [each.node.origin for each in analysis.layers] == ["", "", ""]


def test_of_a_merge():
    assert origins("{add: [[], relu: {}], origin: sum}".replace("relu: {}", "[relu]"))["add1"] == "sum"
    assert origins("{residual: [relu], origin: sum, activation: relu}") == {
        "relu1": "",
        "residual1": "sum",
        "residual1.relu": "",
    }


def test_changed_copies_keep_it():
    graph = analyzed("{conv: 1x1x4, origin: a}").spec.graph
    assert [node.origin for node in rebuilt(graph, Change()).graph.nodes] == ["a"]


def test_the_same_layer_with_another_origin():
    assert list(origins("{conv: 1x1x4, origin: a}", "{conv: 1x1x4}", "{conv: 1x1x4, origin: b}").values()) == [
        "a",
        "",
        "b",
    ]


@pytest.mark.parametrize("value", ["[a]", "{}", ""])
def test_what_is_not_a_text(value):
    assert codes(f"{{conv: 1x1x4, origin: {value}}}") == ["CNN205"]


def test_too_long():
    assert codes(f"{{conv: 1x1x4, origin: {'a' * 200}}}") == []
    assert codes(f"{{conv: 1x1x4, origin: {'a' * 201}}}") == ["CNN206"]
