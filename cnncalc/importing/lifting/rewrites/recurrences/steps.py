"""The steps of recurrent layers, as PyTorch decomposes them: what is calculated at one position from the state before.

Every step has a product of the state, with the same weights each time, and one position of a product of the whole
sequence. The gates are parts of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnncalc.importing.lifting.rewrites._terms import are_one, input_of
from cnncalc.importing.lifting.rewrites.recurrences.zeros import is_zero
from cnncalc.importing.operations import Operation, Tensor
from cnncalc.named_tuple import NamedTuple

_LAST_OF = {"add": "gru", "mul": "lstm", "tanh": "rnn", "relu": "rnn"}
"""The operation that a step ends with."""


class RecurrentStep(NamedTuple):
    """What happens at one position.

    Attributes:
        kind: of the layer.
        made: the state after it.
        state: the state before it.
        product: of the state, with the recurrent weights.
        sequence: the products of all positions.
        place: of the position among them.
        nonlinearity: of an `rnn`.
        cells: before the step and after it, of an `lstm`.
    """

    kind: str
    made: Tensor
    state: Tensor
    product: Operation
    sequence: Tensor
    place: int
    nonlinearity: str = ""
    cells: tuple[Tensor, Tensor] | None = None


def chains_of_steps(operations: Iterable[Operation]) -> list[list[RecurrentStep]]:
    """The steps of each layer and direction, in the order in which they are taken."""
    steps = {}
    for operation in operations:
        if operation.name in _LAST_OF and (step := _step(operation)) is not None:
            steps[step.made] = step
    before = {step.made: steps[step.state] for step in steps.values() if _follows(step, steps.get(step.state))}
    continued = {step.made for step in before.values()}
    chains = []
    for step in steps.values():
        if step.made not in continued:
            chain = [step]
            while (earlier := before.get(chain[-1].made)) is not None:
                chain.append(earlier)
            chains.append(chain[::-1])
    return chains


def _follows(step: RecurrentStep, before: RecurrentStep | None) -> bool:
    """Whether a step is the next of the same layer."""
    if before is None or (step.kind, step.nonlinearity) != (before.kind, before.nonlinearity):
        return False
    if step.sequence is not before.sequence or step.place != before.place + 1:
        return False
    if step.cells is not None and before.cells is not None and step.cells[0] is not before.cells[1]:
        return False
    one, other = arrays_of(step.product), arrays_of(before.product)
    return len(one) == len(other) and all(map(are_one, one, other))


def arrays_of(product: Operation) -> list[Tensor]:
    """The weights of a product, and its biases if it has any."""
    return [each for each in product.inputs[1:] if each is not None]


def learned_product(tensor: Tensor) -> Operation | None:
    """The product with weights of the file that a tensor is."""
    operation = _plain(tensor).operation
    if operation is None or operation.name != "linear" or any(each.constant is None for each in arrays_of(operation)):
        return None
    return operation


# -- what a step calculates


def _step(operation: Operation) -> RecurrentStep | None:
    kind = _LAST_OF[operation.name]
    if kind == "lstm":
        return _step_of_lstm(operation.output)
    return _step_of_gru(operation.output) if kind == "gru" else _step_of_rnn(operation)


def _step_of_lstm(made: Tensor) -> RecurrentStep | None:
    """o · tanh(c), with c = f · c' + i · g; the gates are parts of one sum."""
    for gate, squashed in _operands(made, "mul"):
        o, cell = _part(_inside(gate, "sigmoid")), _inside(squashed, "tanh")
        for kept, added in _operands(cell, "add") if o and cell else ():
            for forget, before in _operands(kept, "mul"):
                for entry, candidate in _operands(added, "mul"):
                    i, f = (_part(_inside(each, "sigmoid")) for each in (entry, forget))
                    g = _part(_inside(candidate, "tanh"))
                    if o and cell and [i, f, g, o] == [(o[0], place) for place in range(4)]:
                        return _of_sum("lstm", made, input_of(o[0], 0), cells=(before, cell))
    return None


def _step_of_gru(made: Tensor) -> RecurrentStep | None:
    """(h - n) · z + n, with n = tanh(x + r · y); x and y are parts of two products."""
    for product, new in _operands(made, "add"):
        for change, update in _operands(product, "mul"):
            for x, gated in _operands(_inside(new, "tanh"), "add") if _subtracts(change, new) else ():
                for y, reset in _operands(gated, "mul"):
                    gates = (_inside(reset, "sigmoid"), _inside(update, "sigmoid"))
                    step = _of_parts(made, x, y, gates)
                    if step and _are_same(step.state, input_of(change.operation, 0)):  # type: ignore[arg-type]
                        return step
    return None


def _subtracts(tensor: Tensor, what: Tensor) -> bool:
    operation = tensor.operation
    return operation is not None and operation.name == "sub" and _plain(input_of(operation, 1)) is what


def _of_parts(made: Tensor, x: Tensor, y: Tensor, gates: tuple[Tensor | None, Tensor | None]) -> RecurrentStep | None:
    """A step of a `gru` whose gates are sums of the parts of both products."""
    outer, inner = _part(x), _part(y)
    if outer is None or inner is None or (outer[1], inner[1]) != (2, 2):
        return None
    for place, gate in enumerate(gates):
        wanted = ((outer[0], place), (inner[0], place))
        if not any((_part(one), _part(other)) == wanted for one, other in _operands(gate, "add")):
            return None
    product, position = learned_product(input_of(inner[0], 0)), _position(input_of(outer[0], 0))
    if product is None or position is None:
        return None
    return RecurrentStep("gru", made, _plain(input_of(product, 0)), product, *position)


def _step_of_rnn(operation: Operation) -> RecurrentStep | None:
    """tanh or relu of the sum of both products."""
    return _of_sum("rnn", operation.output, input_of(operation, 0), nonlinearity=operation.name)


def _of_sum(
    kind: str, made: Tensor, total: Tensor, nonlinearity: str = "", cells: tuple[Tensor, Tensor] | None = None
) -> RecurrentStep | None:
    """A step whose gates are the sum of both products."""
    for one, other in _operands(total, "add"):
        product, position = learned_product(one), _position(other)
        if product is not None and position is not None:
            return RecurrentStep(kind, made, _plain(input_of(product, 0)), product, *position, nonlinearity, cells)
    return None


# -- terms


def _plain(tensor: Tensor) -> Tensor:
    """A tensor before axes of size 1 came or went."""
    while (by := tensor.operation) is not None and by.name in ("reshape", "identity"):
        x = input_of(by, 0)
        if _large(x) != _large(tensor):
            break
        tensor = x
    return tensor


def _large(tensor: Tensor) -> list[int]:
    return [size for size in tensor.sizes or () if size != 1]


def _are_same(one: Tensor, other: Tensor) -> bool:
    return _plain(one) is _plain(other) or (is_zero(one) and is_zero(other))


def _inside(tensor: Tensor | None, name: str) -> Tensor | None:
    """What the function of this name is taken of."""
    operation = _plain(tensor).operation if tensor is not None else None
    return _plain(input_of(operation, 0)) if operation is not None and operation.name == name else None


def _operands(tensor: Tensor | None, name: str) -> Iterator[tuple[Tensor, Tensor]]:
    """What is added or multiplied, in both orders."""
    operation = _plain(tensor).operation if tensor is not None else None
    if operation is not None and operation.name == name:
        one, other = (_plain(input_of(operation, place)) for place in (0, 1))
        yield one, other
        yield other, one


def _part(tensor: Tensor | None) -> tuple[Operation, int] | None:
    """Of which split in equal parts along the last axis a tensor is a part, and which."""
    split = tensor.operation if tensor is not None else None
    if tensor is None or split is None or split.name != "split" or len(set(split.settings["sizes"])) > 1:
        return None
    is_last = split.settings["axis"] == len(tensor.sizes or ()) - 1
    return (split, split.outputs.index(tensor)) if is_last else None


def _position(tensor: Tensor) -> tuple[Tensor, int] | None:
    """Of what a tensor is one position along the first axis, and which."""
    cut = _plain(tensor).operation
    if cut is None or cut.name != "slice" or cut.settings["axis"] != 0 or (cut.output.sizes or (0,))[0] != 1:
        return None
    return input_of(cut, 0), cut.settings["start"] or 0
