"""A node of the program while it is translated: its arguments by name, and the operations that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.importing.operations import Constant, Operation, OperationGraph, Tensor
from cnncalc.importing.pt2._agreeing import disagreement

Ints = tuple[int, ...]


class NotTranslatedError(CnncalcError):
    """The vocabulary has no operation for this node, or not with these arguments; or a constant is not calculated."""


class AtenNode:
    """A node.

    Attributes:
        op: the name of the operation without its namespace and overload, `max_pool2d`; without the `_` of one that
            writes in place.
        overload: as in `default`, `Tensor`, `dim`.
        arguments: by name; those that have their default are left out. Tensors are tensors, all else is plain.
        outputs: its tensors, in a row.
        made: the operations that it was translated to.
    """

    def __init__(
        self,
        graph: OperationGraph,
        called: str,
        arguments: dict[str, Any],
        outputs: list[Tensor],
        place: str,
        path: tuple[tuple[str, str], ...],
    ) -> None:
        self.graph = graph
        self.called = called
        self.namespace, _, rest = self.called.partition(".")
        name, _, self.overload = rest.partition(".")
        self.writes_in_place = name.endswith("_") and not name.endswith("__")
        self.op = name.removesuffix("_") if self.writes_in_place else name
        self.arguments = arguments
        self.outputs = outputs
        self.place = place
        self.path = path
        self.made: list[Operation] = []

    # -- arguments

    def get(self, name: str, default: Any = None) -> Any:
        """An argument, or its default where it is left out."""
        value = self.arguments.get(name)
        return default if value is None else value

    def tensor(self, name: str) -> Tensor:
        """An argument that is a tensor.

        Raises:
            NotTranslatedError: it is none.
        """
        value = self.arguments.get(name)
        if not isinstance(value, Tensor):
            raise NotTranslatedError(name)
        return value

    def optional(self, name: str) -> Tensor | None:
        """An argument that is a tensor or left out."""
        value = self.arguments.get(name)
        return value if isinstance(value, Tensor) else None

    def operand(self, name: str) -> Tensor:
        """An argument that is a tensor or a number, as a tensor."""
        value = self.arguments.get(name)
        if isinstance(value, Tensor):
            return value
        if isinstance(value, int | float):
            return self.number(value)
        raise NotTranslatedError(name)

    def tensors(self, name: str) -> list[Tensor]:
        """An argument that is a list of tensors."""
        value = self.arguments.get(name)
        if not isinstance(value, list) or not all(isinstance(each, Tensor) for each in value):
            raise NotTranslatedError(name)
        return value

    def per_axis(self, name: str, rank: int, default: int) -> Ints:
        """An argument with a number per axis, or one for all; an empty one is the default."""
        value = self.get(name, ())
        numbers = (value,) if isinstance(value, int) else tuple(value)
        if len(numbers) <= 1:
            return (numbers[0] if numbers else default,) * rank
        if len(numbers) != rank:
            raise NotTranslatedError(name)
        return numbers

    @property
    def inputs(self) -> list[Tensor]:
        """All tensors among its arguments."""
        found: list[Tensor] = []
        for value in self.arguments.values():
            found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Tensor)]
        return found

    # -- what comes of it

    @property
    def output(self) -> Tensor:
        """Its first output."""
        return self.outputs[0]

    def emit(
        self,
        operation: str,
        /,
        inputs: Sequence[Tensor | None],
        outputs: Tensor | Sequence[Tensor] | None = None,
        **settings: Any,
    ) -> Tensor:
        """Adds an operation; it makes the node's first output unless others are given.

        Raises:
            ValueError: it does not make what the file states.
        """
        made = [self.output] if outputs is None else [outputs] if isinstance(outputs, Tensor) else list(outputs)
        added = self.graph.add(Operation(operation, inputs, made, settings, self.called, self.place, self.path))
        self.made.append(added)
        if wrong := disagreement(added):
            raise ValueError(wrong)
        return added.output

    def between(self, sizes: Ints | None, dtype: str = "") -> Tensor:
        """A new tensor between two operations of this node."""
        name = f"{self.output.name}:{len(self.made)}" if self.outputs else self.place
        return Tensor(name, sizes, dtype or (self.output.dtype if self.outputs else "float32"))

    def number(self, value: int | float) -> Tensor:
        """A number as a tensor."""
        dtype = "float32" if isinstance(value, float) else "bool" if isinstance(value, bool) else "int64"
        return Tensor(f"{value}", (), dtype, Constant(None, [value]))

    def reshaped(self, tensor: Tensor, sizes: Ints, output: Tensor | None = None) -> Tensor:
        """A tensor with other sizes, in a new tensor or in this one."""
        if output is None and tensor.sizes == sizes:
            return tensor
        return self.emit("reshape", [tensor], output or self.between(sizes, tensor.dtype), sizes=sizes)


def known_sizes(tensor: Tensor) -> Ints:
    """The sizes of a tensor.

    Raises:
        NotTranslatedError: they are unknown.
    """
    if tensor.sizes is None:
        raise NotTranslatedError(tensor.name)
    return tensor.sizes


def counted_axis(axis: int, rank: int) -> int:
    """An axis counted from 0.

    Raises:
        NotTranslatedError: there is no such axis.
    """
    if not -rank <= axis < max(rank, 1):
        raise NotTranslatedError(f"axis {axis}")
    return axis % rank if rank else 0


def counted_axes(axes: int | Sequence[int] | None, rank: int) -> Ints:
    """Axes counted from 0, in order; all where none are named."""
    if axes is None or axes == [] or axes == ():
        return tuple(range(rank))
    return tuple(sorted({counted_axis(axis, rank) for axis in ((axes,) if isinstance(axes, int) else axes)}))


def with_part(node: AtenNode, whole: Tensor, part: Tensor, axis: int, start: int) -> Tensor:
    """A tensor with another part from a place on: what is before it, the part, what is after it."""
    sizes = known_sizes(whole)
    stop, size = start + known_sizes(part)[axis], sizes[axis]
    parts: list[Tensor] = []
    for low, high in ((0, start), (start, stop), (stop, size)):
        if low == start and high == stop:
            parts.append(part)
        elif high > low:
            between = node.between((*sizes[:axis], high - low, *sizes[axis + 1 :]), whole.dtype)
            parts.append(node.emit("slice", [whole], between, axis=axis, start=low, stop=high, step=1))
    if len(parts) == 1:
        return part
    return node.emit("concat", parts, node.between(sizes, whole.dtype), axis=axis)


def is_one_number(tensor: Tensor, value: float) -> bool:
    """Whether a tensor has this number everywhere, whatever its sizes."""
    while (made := tensor.operation) is not None and made.name in ("expand", "reshape", "identity", "transpose"):
        if made.inputs[0] is None:
            return False
        tensor = made.inputs[0]
    values = tensor.constant.values if tensor.constant else None
    return bool(values) and set(values or ()) == {value}
