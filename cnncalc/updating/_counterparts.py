"""Which layer of a model is which layer of another one, as far as they are still the same."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

from cnncalc.graph import Graph, Node

MOST_COMPARED = 4_000_000
"""The most pairs of layers that are compared between a beginning and an end that are the same."""


def counterparts(old: Graph, new: Graph) -> dict[Node, Node]:
    """The layers of the old model that are still the same, with those of the new one."""
    olds, news = [_signature(node) for node in old.nodes], [_signature(node) for node in new.nodes]
    first = _common(olds, news)
    last = _common(olds[first:][::-1], news[first:][::-1])
    pairs = [*zip(old.nodes[:first], new.nodes[:first], strict=True)]
    if last:
        pairs += zip(old.nodes[-last:], new.nodes[-last:], strict=True)
    left, right = (len(each) - first - last for each in (olds, news))
    if left * right <= MOST_COMPARED:
        matcher = SequenceMatcher(None, olds[first : first + left], news[first : first + right], autojunk=False)
        for at, to, length in matcher.get_matching_blocks():
            pairs += [(old.nodes[first + at + i], new.nodes[first + to + i]) for i in range(length)]
    return dict(pairs)


def _common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """How many items two lists have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _signature(node: Node) -> Hashable:
    """What makes a layer the same: its kind, its settings and its shapes."""
    assert node.layer
    names = node.layer.names_layers
    settings = {name: str(value) for name, value in vars(node.layer).items() if name not in names}
    return node.kind, tuple(sorted(settings.items())), node.input_shapes, node.output
