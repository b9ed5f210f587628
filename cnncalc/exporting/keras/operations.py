"""The operations of a Keras model, in the order in which Keras has them.

Keras sorts what a model is made of by the distance from its outputs, and what is equally far away by when it is found
on the way back from them (`map_graph` in `keras.src.ops.function`). This order decides two things that cannot be asked
without Keras. A file of weights has a group for each layer, called by its class and by how many layers of that class
come before it, whatever the layer's own name is. And the way back is a recursion, a call for each operation, for which
a deep model needs more calls inside one another than Python allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.exporting.code.classes.blueprint import Member
from cnncalc.exporting.code.classes.instances import is_inline
from cnncalc.exporting.code.expressions import Bracketed, Call, Expression, Identifier, Phrase
from cnncalc.exporting.code.parts import MODULE, Item, Leaf, Section, Series, argument
from cnncalc.exporting.keras.functions import KerasFunction
from cnncalc.exporting.keras.names import snake_case
from cnncalc.graph import Node
from cnncalc.named_tuple import NamedTuple

_OTHER_NAMES = {"GroupQueryAttention": "GroupedQueryAttention", "Model": "Functional"}
"""Classes with another name inside Keras."""


class KerasOperation:
    """A layer, a model that is applied like one, or what is calculated without a layer.

    Attributes:
        kind: the name of its class; "" if it is no layer.
        name: what it is called; "" if nothing asks for it by name.
        inside: the operations of a model, in order.
    """

    __slots__ = ("inside", "kind", "name")

    def __init__(self, kind: str = "", name: str = "", inside: Sequence[KerasOperation] = ()) -> None:
        self.kind = _OTHER_NAMES.get(kind, kind)
        self.name = name
        self.inside = inside


class Applied:
    """An operation as it is applied once.

    Attributes:
        parents: what made the tensors that it reads, in order.
    """

    __slots__ = ("operation", "parents")

    def __init__(self, operation: KerasOperation, parents: Sequence[Applied] = ()) -> None:
        self.operation = operation
        self.parents = parents


class KerasOrder(NamedTuple):
    """The operations of a model in Keras' order.

    Attributes:
        depth: how many of them are found one inside the search of the other.
    """

    operations: list[KerasOperation]
    depth: int


def keras_order(outputs: Sequence[Applied]) -> KerasOrder:
    """All operations that lead to some outputs."""
    found, indices, deepest = _searched(outputs)
    depths: dict[Applied, int] = {}
    of_operations: dict[KerasOperation, int] = {}
    for each in reversed(found):
        depth = max(depths.get(each, 0), of_operations.get(each.operation, 0))
        depths[each] = of_operations[each.operation] = depth
        for parent in each.parents:
            depths[parent] = max(depth + 1, depths.get(parent, 0))
    operations = sorted(of_operations, key=lambda each: (-of_operations[each], indices[each]))
    return KerasOrder(operations, deepest)


def _searched(outputs: Sequence[Applied]) -> tuple[list[Applied], dict[KerasOperation, int], int]:
    """A search back from the outputs: in which order it leaves and enters operations, and its depth."""
    finished: dict[Applied, None] = {}
    indices: dict[KerasOperation, int] = {}
    deepest = 0
    for output in outputs:
        way = [(output, iter(output.parents))] if output not in finished else []
        indices.setdefault(output.operation, len(indices))
        while way:
            deepest = max(deepest, len(way))
            each, parents = way[-1]
            parent = next((parent for parent in parents if parent not in finished), None)
            if parent is None:
                finished[each] = None
                way.pop()
            else:
                indices.setdefault(parent.operation, len(indices))
                way.append((parent, iter(parent.parents)))
    return [*finished], indices, deepest


def groups(operations: Sequence[KerasOperation], above: str = "") -> Iterator[tuple[str, str]]:
    """The layers, and the groups that their weights are in, in a `.weights.h5` of Keras."""
    counts: dict[str, int] = {}
    for each in operations:
        if not each.kind:
            continue
        snake = snake_case(each.kind)
        number = counts[snake] = counts.get(snake, -1) + 1
        group = f"{above}layers/{snake}{f'_{number}' if number else ''}"
        yield each.name, group
        yield from groups(each.inside, f"{group}/")


class ModelOperations:
    """What the functions of a model do, followed from its inputs to its outputs.

    Attributes:
        values: what makes the value of each layer.
    """

    def __init__(self, functions: Mapping[int, KerasFunction], names: Mapping[int, str]) -> None:
        """Takes what the code is made of.

        Args:
            functions: by the identity of the part that each is for.
            names: what layers are called, by the identity of their leaves.
        """
        self._functions = functions
        self._names = names
        self.values: dict[Node, Applied] = {}
        self._kept: dict[object, KerasOperation] = {}

    def of_model(self, model: Section) -> KerasOrder:
        """Those of a part that is a model, in order."""
        self.values |= {node: Applied(KerasOperation("InputLayer")) for node in model.reads}
        self._section(model)
        return keras_order([self.values[node] for node in model.gives])

    def _section(self, section: Section) -> None:
        """Follows the items of a part."""
        function = self._functions[id(section)]
        number = next(i for i, each in enumerate(function.blueprint.instances) if each is section)
        for row in function.blueprint.rows:
            item = row.items[number]
            if isinstance(item, Section) and function.is_kept(row):
                self._model(item)
            elif item is not None:
                self._item(item, row)

    def _item(self, item: Item, row: Member) -> None:
        if isinstance(item, Leaf):
            self._leaf(item)
        elif isinstance(item, Series):
            for copy in item.copies:
                self._item(copy, row)
        elif is_inline(item):
            for leaf in item.leaves():
                self._leaf(leaf)
        else:
            self._section(item)

    def _model(self, section: Section) -> None:
        """A part that is a model of its own, applied once more if it is another part again."""
        original = id(section.like or section)
        if original not in self._kept:
            inner = ModelOperations(self._functions, self._names)
            if is_inline(section):
                made = [inner.layer(leaf) for leaf in section.leaves()]
                self._kept[original] = KerasOperation("Sequential", inside=made)
            else:
                self._kept[original] = KerasOperation("Functional", inside=inner.of_model(section).operations)
        applied = Applied(self._kept[original], [self.values[node] for node in section.reads])
        self.values |= dict.fromkeys(section.gives, applied)

    def layer(self, leaf: Leaf) -> KerasOperation:
        """The layer of a leaf, the same for all that share it."""
        key = leaf.node.shares or leaf.node
        if key not in self._kept:
            make, name = leaf.make, self._names.get(id(leaf), "")
            assert isinstance(make, Call)
            self._kept[key] = KerasOperation(_class_of(make), name, _inside(make, name))
        return self._kept[key]

    def _leaf(self, leaf: Leaf) -> None:
        known = {argument(place): self.values[node] for place, node in enumerate(leaf.reads)}
        (self.values[leaf.node],) = self._tensors(leaf.apply, leaf, known)

    def _tensors(self, tree: Expression, leaf: Leaf, known: Mapping[str, Applied]) -> list[Applied]:
        """What makes the tensors in an expression: each call, index or sign of tensors is an operation."""
        if isinstance(tree, Identifier):
            return [known[tree.text]] if tree.text in known else []
        if isinstance(tree, Bracketed):
            return [each for item in tree.items for each in self._tensors(item, leaf, known)]
        if isinstance(tree, Phrase):
            parts: Sequence[Expression] = tree.parts
        elif isinstance(tree, Call):
            parts = [*tree.values, *(each.value for each in sorted(tree.keywords, key=lambda each: each.name))]
        else:
            return []
        read = [each for part in parts for each in self._tensors(part, leaf, known)]
        if not read or (isinstance(tree, Phrase) and tree.pattern.startswith("{}.")):
            return []
        return [Applied(self._operation(tree, leaf), read)]

    def _operation(self, tree: Call | Phrase, leaf: Leaf) -> KerasOperation:
        if isinstance(tree, Phrase):
            return KerasOperation()
        if tree.function == Identifier(MODULE):
            return self.layer(leaf)
        return KerasOperation(_class_of(tree.function)) if isinstance(tree.function, Call) else KerasOperation()


def _class_of(make: Call) -> str:
    assert isinstance(make.function, Identifier)
    return make.function.text.rpartition(".")[2]


def _inside(make: Call, name: str) -> Sequence[KerasOperation]:
    """The layers of a `Sequential` that stands for one of ours; called as their arrays say where they are."""
    layers = make.values[0] if make.values else None
    if not isinstance(layers, Bracketed) or _class_of(make) != "Sequential":
        return ()
    made = (each for each in layers.items if isinstance(each, Call))
    return [KerasOperation(_class_of(each), f"{name}.layers.{number}") for number, each in enumerate(made)]
