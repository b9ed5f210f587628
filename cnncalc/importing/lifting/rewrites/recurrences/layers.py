"""Recurrent layers of their steps: `lstm`, `gru`, `rnn`, of one direction or both.

What a file has of the states is given again as parts of what the layer makes: its states at all positions, and the
last ones. Whatever else read a single state goes on doing so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc.importing.lifting.rewrites._rules import drop_unread
from cnncalc.importing.lifting.rewrites._terms import input_of
from cnncalc.importing.lifting.rewrites.recurrences.steps import (
    RecurrentStep,
    arrays_of,
    chains_of_steps,
    learned_product,
)
from cnncalc.importing.lifting.rewrites.recurrences.zeros import is_zero
from cnncalc.importing.operations import Operation, OperationGraph, Tensor
from cnncalc.named_tuple import NamedTuple

_GATES = {"lstm": 4, "gru": 3, "rnn": 1}
_PARTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def roll_up(graph: OperationGraph) -> None:
    """Puts one operation in the place of all steps of a recurrent layer."""
    found = [each for steps in chains_of_steps(graph.operations) if (each := _direction(steps)) is not None]
    if not found:
        return
    readers = defaultdict[Tensor, list[Operation]](list)
    for operation in graph.operations:
        for tensor in operation.inputs:
            if tensor is not None:
                readers[tensor].append(operation)
    writings = [_Layers(directions, readers) for directions in _paired(found)]
    written = {writing.place: writing.operations for writing in writings}
    graph.operations = [each for operation in graph.operations for each in (*written.get(operation, ()), operation)]
    same = {old: new for writing in writings for old, new in writing.same.items()}
    for operation in graph.operations:
        operation.inputs = [each and same.get(each, each) for each in operation.inputs]
    graph.outputs = [same.get(each, each) for each in graph.outputs]
    drop_unread(graph)


class _Direction(NamedTuple):
    """All steps of a direction.

    Attributes:
        steps: in the order in which they are taken.
        x: the sequence, (positions, batch, channels).
        arrays: the weights, in PyTorch's order.
        is_backward: whether it is read from its end.
    """

    steps: Sequence[RecurrentStep]
    x: Tensor
    arrays: list[Tensor]
    is_backward: bool

    @property
    def begins(self) -> list[Tensor | None]:
        """The state and the cell before the first step, None where they are zero."""
        first = self.steps[0]
        given = [first.state, first.cells[0] if first.cells else None]
        return [None if each is None or is_zero(each) else each for each in given]


def _direction(steps: Sequence[RecurrentStep]) -> _Direction | None:
    """The direction that steps are, if they are all of a sequence."""
    first = steps[0]
    flip = first.sequence.operation
    is_backward = flip is not None and flip.name == "flip" and tuple(flip.settings["axes"]) == (0,)
    product = learned_product(input_of(flip, 0) if flip and is_backward else first.sequence)
    sizes = first.sequence.sizes or ()
    if product is None or len(sizes) != 3 or not 1 < len(steps) == sizes[0] or first.place:
        return None
    outer, inner = arrays_of(product), arrays_of(first.product)
    units = (inner[0].sizes or (0,))[-1]
    if product.output.sizes != sizes or len(outer) != len(inner) or sizes[2] != _GATES[first.kind] * units:
        return None
    arrays = [each for pair in zip(outer, inner, strict=True) for each in pair]
    return _Direction(steps, input_of(product, 0), arrays, is_backward)


def _paired(found: Sequence[_Direction]) -> Iterator[tuple[_Direction, ...]]:
    """The directions of each layer, the forward one first."""
    left = list(found)
    while left:
        one = left.pop(0)
        other = next((each for each in left if _are_of_one(one, each)), None)
        if other is not None:
            left.remove(other)
            yield (other, one) if one.is_backward else (one, other)
        elif not one.is_backward:
            yield (one,)


def _are_of_one(one: _Direction, other: _Direction) -> bool:
    """Whether two directions read the same sequence from its two ends, and begin with zeros."""
    if one.x is not other.x or one.is_backward == other.is_backward or any((*one.begins, *other.begins)):
        return False
    a, b = one.steps[0], other.steps[0]
    return (a.kind, a.nonlinearity, a.sequence.sizes) == (b.kind, b.nonlinearity, b.sequence.sizes)


class _Layers:
    """A layer that is written.

    Attributes:
        place: the operation before which it is put.
        operations: the layer, and those that take its states apart.
        same: what is now in the place of tensors of the steps.
    """

    def __init__(self, directions: Sequence[_Direction], readers: dict[Tensor, list[Operation]]) -> None:
        self._readers = readers
        self.place = directions[0].steps[0].product
        self.operations: list[Operation] = []
        self.same: dict[Tensor, Tensor] = {}
        whole, *ends = self._layer(directions)
        units = (ends[0].sizes or (0,))[-1]
        joined = list[Tensor | None]()
        for number, direction in enumerate(directions):
            last = direction.steps[-1]
            own = self._part(whole, 2, number * units, (number + 1) * units)
            for end, old in zip(ends, [last.made, *(last.cells or ())[1:]], strict=True):
                self._replace(old, self._part(end, 0, number, number + 1))
            joined.append(self._give_states(direction, own))
        self._join(whole, joined)

    def _layer(self, directions: Sequence[_Direction]) -> list[Tensor]:
        """The layer itself; what it makes: the states at all positions, and the last states and cells."""
        steps = directions[0].steps
        step, product = steps[0], steps[0].product
        positions, batch = (directions[0].x.sizes or ())[:2]
        units = (step.made.sizes or (0,))[-1]
        ends = [(len(directions), batch, units)] * (2 if step.cells else 1)
        name = steps[-1].made.name
        made = [
            Tensor(f"{name}:{place}", sizes)
            for place, sizes in enumerate([(positions, batch, len(directions) * units), *ends])
        ]
        begins = [each and self._reshaped(each, ends[0]) for each in directions[0].begins]
        names = [name + end for _, end in zip(directions, ("", "_reverse"), strict=False) for name in _PARTS]
        settings = {
            "hidden": units,
            "layers": 1,
            "directions": len(directions),
            "batch_first": False,
            "arrays": tuple(name for name in names if len(directions[0].arrays) > 2 or not name.startswith("bias")),
        }
        settings |= {"reset_after": True} if step.kind == "gru" else {}
        settings |= {"nonlinearity": step.nonlinearity} if step.kind == "rnn" else {}
        inputs = [directions[0].x, *begins, *(array for each in directions for array in each.arrays)]
        self.operations.append(Operation(step.kind, inputs, made, settings, "", product.place, product.path))
        return made

    def _give_states(self, direction: _Direction, own: Tensor) -> Tensor | None:
        """Lets single states, and all of them in a row, be parts of what the layer makes in this direction; what has
        them in a row in the order of the positions, if anything does."""
        count = len(direction.steps)
        for step in direction.steps[:-1]:
            place = count - 1 - step.place if direction.is_backward else step.place
            self._replace(step.made, self._part(own, 0, place, place + 1))
        states = [step.made for step in (direction.steps[::-1] if direction.is_backward else direction.steps)]
        row = next((each for each in self._readers[states[0]] if each.name == "concat" and each.inputs == states), None)
        if row is None or row.settings["axis"] != 0 or row.output.sizes != own.sizes:
            return None
        self.same[row.output] = own
        return row.output

    def _join(self, whole: Tensor, joined: Sequence[Tensor | None]) -> None:
        """Lets both directions side by side be what the layer makes."""
        first = joined[0]
        for each in self._readers[first] if first is not None and len(joined) > 1 else ():
            if each.name == "concat" and each.inputs == joined and each.settings["axis"] == 2:
                self.same[each.output] = whole

    def _replace(self, old: Tensor, new: Tensor) -> None:
        self.same[old] = self._reshaped(new, old.sizes or ())

    def _part(self, tensor: Tensor, axis: int, start: int, stop: int) -> Tensor:
        sizes = tensor.sizes or ()
        if (start, stop) == (0, sizes[axis]):
            return tensor
        settings = {"axis": axis, "start": start, "stop": stop, "step": 1}
        return self._made("slice", tensor, (*sizes[:axis], stop - start, *sizes[axis + 1 :]), settings)

    def _reshaped(self, tensor: Tensor, sizes: tuple[int, ...]) -> Tensor:
        return tensor if tensor.sizes == sizes else self._made("reshape", tensor, sizes, {"sizes": sizes})

    def _made(self, name: str, x: Tensor, sizes: tuple[int, ...], settings: dict[str, Any]) -> Tensor:
        made = Tensor(f"{x.name}:{len(self.operations)}", sizes, x.dtype)
        about = self.place
        self.operations.append(Operation(name, [x], [made], settings, about.called, about.place, about.path))
        return made
