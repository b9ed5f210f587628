"""Entries that come out the same are copied instead of placed again: nothing but the time may show it."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.graph import Entry, Graph
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS
from cnncalc.spec.expand import _runs, placement
from cnncalc.spec.expand._copies import Original
from cnncalc.spec.expand.entries import EntryReader


def in_full(monkeypatch: pytest.MonkeyPatch, text: str, **options: object) -> cnncalc.Spec:
    """The spec with every entry placed in full."""
    with monkeypatch.context() as patch:
        patch.setattr(placement, "placed_or_copied", lambda *arguments: arguments[-1]())
        patch.setattr(_runs, "placed_or_copied", lambda *arguments: arguments[-1]())
        return cnncalc.load(text, **options)


def graph_of(graph: Graph) -> list[object]:
    """All that there is to know about a graph, in plain values."""
    nodes = [
        (
            node.name,
            node.kind,
            node.is_frozen,
            node.origin,
            node.layer and vars(node.layer),
            [each.name for each in node.inputs],
            node.output,
            node.like and node.like.name,
            node.shares and node.shares.name,
        )
        for node in graph.nodes
    ]
    ends = {name: node.name for name, node in graph.ends.items()}
    return [nodes, [*map(tree_of, graph.entries)], ends, graph.outputs]


def tree_of(entry: Entry) -> object:
    """An entry with everything inside it, in plain values."""
    nodes = [node.name for node in entry.nodes]
    return entry.name, entry.kind, entry.origin, entry.span, nodes, entry.end.name, [*map(tree_of, entry.children)]


def model_of(spec: cnncalc.Spec) -> object:
    """A graph, and how its layers were written."""
    places = [
        (each.node.name, each.role, each.chain, each.own.head.span, each.entry.head.span, each.texts)
        for each in spec.written.layers
    ]
    return graph_of(spec.graph), places, [(each.entry, each.key, each.span) for each in spec.expectations]


# each takes a moment; all variants on each Python, half a minute
@pytest.mark.parametrize(
    "name", [*shipped(), *(pytest.param(name, marks=pytest.mark.slow) for name in SHIPPED_VARIANTS)]
)
def test_a_shipped_model_is_the_same_in_full(name, monkeypatch):
    assert model_of(cnncalc.load(name)) == model_of(in_full(monkeypatch, name))


CASES = {
    "a name outside": "[{conv: 4, kernel: 1, name: stem}, {add: [[{conv: 4, kernel: 1}], stem], repeat: 3}]",
    "what enters the first copy, by its name": "[{relu: , name: stem}, {group: [{add: [[relu], stem]}], repeat: 3}]",
    "what enters the block": "[{b: , repeat: 2}]",
    "a name inside": "[{group: [{conv: 4, kernel: 1, name: x}, relu, {add: [[], x]}], repeat: 3}]",
    "the number of the copy": "[{conv: $(4 + index), kernel: 1, repeat: 4}]",
    "the number of the copy, as an argument": "[{w: $(4 + index % 2), repeat: 5}]",
    "another first copy": "[{conv: 4, kernel: 3, repeat: 4, first: {stride: 2}}]",
    "sizes that shrink": "[{conv: 4, kernel: 3, repeat: 3}]",
    "copies inside copies": "[{group: [{relu: , repeat: 2}, {w: 4, repeat: 2}], repeat: 3}]",
    "entries that are left out": "[{group: [{conv: 4, kernel: 1, when: $(c_in > 4)}, {relu: , name: r}], repeat: 3}]",
    "no copies inside": "[{group: [{conv: 4, kernel: 1, repeat: $(c_in // 8)}, relu], repeat: 3}]",
    "a branch alone": "[{group: [{add: [[], [{relu: , when: false}]]}, relu], repeat: 3}]",
    "an expectation in each": "[{group: [{conv: 4, kernel: 1, name: x, expect: {params: 20}}], repeat: 3}]",
    "the size of a layer inside": "[{group: [{max_pool: 2, name: s}, {resize_like: input}], repeat: 2}]",
    "the same layers in other calls": "[{w: 4, name: one}, {w: 4, name: two}, {deep: 4}, {deep: 4}]",
    "the same, but text and number": "[{either: 1}, {either: true}, {either: 1}, {either: 'true'}]",
    "a branch as an argument": "[{of: [[relu]]}, {of: [[relu]]}, {of: [[tanh]]}]",
    "the name of a layer as an argument": "[{relu: , name: a}, {onto: a}, {relu: , name: c}, {onto: c}, {onto: c}]",
    "frozen parts": "[{w: 4}, {w: 4, trainable: false}, {w: 4, repeat: 3, trainable: $(index > 1)}, {w: 4}]",
    "other names elsewhere": "[{w: 4, origin: a}, {w: 4}, {w: 4, repeat: 2, origin: b}, {relu: , origin: c}, relu]",
    "copies that differ": "[{w: $n, repeat: 2, for: {n: [4, 8, 4, 8]}}, {w: 4, for: {i: [1, 2, 3]}}]",
    "copies that differ, in blocks": "[{both: [4, [relu, tanh]]}, {both: [4, [relu, tanh]]}, {both: [4, [tanh]]}]",
    "copies side by side": "[{group: [{add: [{w: $n, for: {n: [4, 4]}}, "
    "{max_pool: $k, stride: 1, padding: same, for: {k: [1, 3]}}]}], repeat: 3}]",
    "copies that read something else": "[{relu: , name: a}, {relu: , name: b}, {w: 4, from: $p, for: {p: [a, b, a]}}]",
    "entries as arguments": "[{entry: relu}, {entry: relu}, {entry: none}, {entry: {act: {elu: 2}}}, {entry: none}]",
    "shared weights": "[{w: 4, repeat: 3, name: w}, {share: w.1}, {share: w}]",
}
BLOCKS = """
blocks:
  b: [{relu: , name: r}, {add: [[{conv: $c_in, kernel: 1}], input]}, {group: [{add: [[relu], input]}], repeat: 2}]
  w: {args: [n], layers: [{conv: $n, kernel: 1, norm: batch_norm}, relu]}
  deep: {args: [n], layers: [{w: $n}, {w: $n, repeat: 2}]}
  either: {args: [x], layers: [{conv: "$(8 if x == 1 else 4)", kernel: 1}, {conv: 4, kernel: 1}]}
  both: {args: [n, acts], layers: [{group: [{w: $n}, $act], for: {act: $acts}}]}
  entry: {args: [act], layers: [{w: 4}, $act]}
  of: {args: [branch], layers: [{add: [[], $branch]}]}
  onto: {args: [there], layers: [{add: [[], $there]}]}
"""


@pytest.mark.parametrize("layers", CASES.values(), ids=CASES)
def test_a_model_is_the_same_in_full(layers, monkeypatch):
    text = f"input: 16x16x4\n{BLOCKS}layers: {layers}\n".replace("resize_like: input", "upsample: 2")
    assert model_of(cnncalc.load(text)) == model_of(in_full(monkeypatch, text))


WRONG = {
    "a name given twice": "[{relu: , name: a, repeat: 2}, {relu: , name: a, repeat: 2}]",
    "names given twice inside": "[{group: [{relu: , name: x}], repeat: 2, name: a}, "
    "{group: [{relu: , name: x}], repeat: 2, name: a}]",
    "a size that no longer fits": "[{conv: 4, kernel: 3, repeat: 9}]",
    "a block inside itself, in one of two calls": "[{a: false}, {b: true}]",
    "too many layers": "[{group: [relu, relu], repeat: 150000}]",
    "too many layers in calls": "[{thousand: , repeat: 150}, {thousand: , repeat: 60}]",
}


@pytest.mark.parametrize("layers", WRONG.values(), ids=WRONG)
def test_mistakes_are_the_same_in_full(layers, monkeypatch):
    blocks = """
blocks:
  a: {args: [more], layers: [relu, {b: false, when: $more}]}
  b: {args: [more], layers: [tanh, {a: true, when: $more}]}
  thousand: [{relu: , repeat: 1000}]
"""
    text = f"input: 16x16x4\n{blocks}layers: {layers}\n"
    with pytest.raises(cnncalc.SpecError) as quick:
        cnncalc.load(text)
    with pytest.raises(cnncalc.SpecError) as slow:
        in_full(monkeypatch, text)
    assert quick.value.diagnostics == slow.value.diagnostics


def test_a_network_is_read_by_its_different_layers(monkeypatch):
    """ResNet-152 has 12 different bottlenecks (each stage's first has two forms, with and without a stride) at most,
    of 3 convolutions, 3 norms, 3 activations, an addition and perhaps a shortcut with its norm."""
    read = []
    monkeypatch.setattr(EntryReader, "_read_layer", counted(EntryReader._read_layer, read))
    copied = []
    monkeypatch.setattr(Original, "copied", counted(Original.copied, copied))
    spec = cnncalc.load("resnet152")
    assert len(spec.graph.nodes) == 514
    assert len(read) <= 12 * 12
    assert len(copied) == 3 + 8 + 36 + 3 - 4 * 2, "all bottlenecks but the first two of each stage"


def counted(function, calls):
    """The function, which notes each call."""

    def call(*arguments):
        calls.append(arguments)
        return function(*arguments)

    return call
