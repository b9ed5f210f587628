"""The order of axes of each tensor in PyTorch code: channels first as convolutions read it, or last, as rows.

A layer works in one of these orders, or in either. Tensors are turned where the orders of two layers meet; regions are
chosen so that this is written as rarely as possible. What is written once, in a block that is called several times, has
the same order in all calls, and so has what enters a block.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise

from cnncalc.exporting.code.classes.instances import slots_of
from cnncalc.exporting.code.expressions import Expression, tree_of
from cnncalc.exporting.code.parts import Item, Leaf, Section, Series, argument
from cnncalc.exporting.torch.cut import reached
from cnncalc.graph import Node
from cnncalc.layers.equals import FIRST, LAST, in_other_order, orders
from cnncalc.named_tuple import NamedTuple

_NEVER = 1_000_000_000
"""The cost of transposing a tensor where the code has no place for it: more than everything else together."""
_LATE, _USUAL, _BEST = 101_000, 100_000, 99_000
"""The cost of transposing before a layer with one input, before any other, and next to one that makes rows of a map."""
_UNUSUAL = 1
"""The cost of a map whose channels are last: in other PyTorch code they are first."""


class _Meeting(NamedTuple):
    """A value that something reads.

    Attributes:
        value: where it is written that the value is made, and in which part it is read.
        given: where its order is decided: in a layer, or where it enters a part.
        wanted: where the order is decided in which it is read.
        item: what reads it; None for the model itself, which gives it.
        place: which of what that reads.
    """

    value: Hashable
    node: Node
    given: Hashable
    wanted: Hashable
    item: Item | None
    place: int
    cost: int


def arrange(model: Section, layouts: Mapping[Node, str]) -> Mapping[Node, str]:
    """Notes at the items of a model what they have to transpose; returns the orders of the layers.

    Args:
        layouts: the order in which the spec has the values of each layer.
    """
    possible = {leaf.node: _possible(leaf.node, layouts[leaf.node]) for leaf in model.leaves()}
    if not any(each == (LAST,) for each in possible.values()):
        return dict.fromkeys(possible, FIRST)
    decided = _Deciding(model, possible)
    meetings = [*decided.meetings(model, dict.fromkeys(model.reads, FIRST))]
    outside = [node for node in model.gives if node.output.spatial]
    meetings += [_Meeting(node, node, decided.of[node], FIRST, None, 0, _USUAL) for node in outside]
    costs = _costs(meetings)
    first = reached(FIRST, LAST, costs)
    last = {side for pair in costs for side in pair} - first
    layers = {node: LAST if side in last else FIRST for node, side in decided.of.items()}
    turned: dict[tuple[int, int], Expression] = {}
    for each in meetings:
        own, other = (LAST if side in last else FIRST for side in (each.given, each.wanted))
        if own != other and each.item is not None:
            turned[id(each.item), each.place] = _turned(each.node, other)
        elif own != other:
            model.turned_results[each.node] = _turned(each.node, other)
    for item in _items(model):
        if any((id(item), place) in turned for place in range(len(item.reads))):
            item.turned = tuple(turned.get((id(item), place)) for place in range(len(item.reads)))
        sides = [decided.reading(item, place) for place in range(len(item.reads))]
        entering = [LAST if side in last else FIRST for side in sides]
        item.axes = (*entering, *(layers[node] for node in item.gives))
    return layers


def _costs(meetings: Sequence[_Meeting]) -> dict[tuple[Hashable, Hashable], int]:
    """The cost of two deciders that differ. A value is transposed once for everything in a part that reads it so: it
    costs the same whether one of them has the other order or several; `of_last` and `of_first` stand for any of them.
    """
    costs: dict[tuple[Hashable, Hashable], int] = {}
    for each in meetings:
        of_first, of_last = (FIRST, each.value), (LAST, each.value)
        costs[each.given, of_last] = min(costs.get((each.given, of_last), _NEVER), each.cost)
        costs[of_first, each.given] = costs[each.given, of_last]
        costs[of_last, each.wanted] = costs[each.wanted, of_first] = _NEVER
        if len(each.node.output.spatial) > 1:
            costs[FIRST, each.given] = _UNUSUAL
    return costs


def _possible(node: Node, layout: str) -> tuple[str, ...]:
    """The orders that a layer works in; any if there are no positions."""
    assert node.layer
    if not node.output.spatial and not any(x.spatial for x in node.input_shapes):
        return (FIRST, LAST)
    return orders(node.kind, node.layer, node.input_shapes, node.output, layout)


def _turned(node: Node, order: str) -> Expression:
    """What transposes a tensor into this order."""
    return tree_of(in_other_order(argument(0), node.output, order))


class _Deciding:
    """What decides orders.

    Attributes:
        of: for each layer: an order if it has no choice, or else the text that it comes from.
    """

    def __init__(self, model: Section, possible: Mapping[Node, tuple[str, ...]]) -> None:
        self.of: dict[Node, Hashable] = {}
        sections = [model, *(item for item in _items(model) if isinstance(item, Section))]
        texts = {
            item.node: (section.text, slot, item.node.kind)
            for section in sections
            for slot, item in slots_of(section)
            if isinstance(item, Leaf)
        }
        for leaf in model.leaves():
            works_in = possible[leaf.node]
            own = works_in[0] if len(works_in) == 1 else texts[leaf.node]
            self.of[leaf.node] = self.of[leaf.node.shares] if leaf.node.shares else own
        for item in _items(model):
            if isinstance(item, Section) and item.like:
                twins = zip(item.leaves(), item.like.leaves(), strict=True)
                self.of.update({own.node: self.of[other.node] for own, other in twins})

    def meetings(self, section: Section, entering: Mapping[Node, Hashable]) -> Iterator[_Meeting]:
        """All values that are read in a part, given the deciders of those that enter."""
        values: dict[Node, Hashable] = dict(entering)
        for slot, item in slots_of(section):
            for place, node in enumerate(item.reads):
                if node.output.spatial and not (isinstance(item, Leaf) and item.any):
                    given = entering[node] if node in entering else self.of[node]
                    value = values[node], section.text
                    yield _Meeting(value, node, given, self.reading(item, place), item, place, _cost(item, node))
            values |= dict.fromkeys(item.gives, slot)
            if isinstance(item, Leaf):
                continue
            copies = item.copies if isinstance(item, Series) else [item]
            for copy in copies if copies[0].like is None else ():
                yield from self.meetings(copy, {node: _door(copy, place) for place, node in enumerate(copy.reads)})
            for before, copy in pairwise(copies):
                (node,) = before.gives
                if node.output.spatial:
                    yield _Meeting(item, node, self.of[node], _door(copy, copy.reads.index(node)), copy, 0, _NEVER)

    def reading(self, item: Item, place: int) -> Hashable:
        """What decides in which order something is read."""
        if isinstance(item, Leaf):
            return self.of[item.node]
        first = item.copies[0] if isinstance(item, Series) else item
        return _door(first, first.reads.index(item.reads[place]))


def _cost(item: Item, node: Node) -> int:
    """The cost of transposing a value before something reads it."""
    is_row = len(node.output.spatial) == 1
    if is_row and (_changes_positions(node) or (isinstance(item, Leaf) and _changes_positions(item.node))):
        return _BEST
    return _LATE if isinstance(item, Leaf) and len(item.reads) == 1 else _USUAL


def _changes_positions(node: Node) -> bool:
    """Whether a layer makes a row of a map, or a map of a row."""
    return bool(node.inputs and node.output.spatial) and len(node.output.spatial) != len(node.x.spatial)


def _door(section: Section, place: int) -> Hashable:
    """What decides in which order something enters a part."""
    return (section.like or section).text, place


def _items(section: Section) -> Iterator[Item]:
    """All items in a part, at any depth, and the copies in runs."""
    for item in section.items:
        yield item
        if isinstance(item, Series):
            yield from item.copies
        for part in item.copies if isinstance(item, Series) else [item]:
            if isinstance(part, Section):
                yield from _items(part)
