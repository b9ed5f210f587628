"""Which tensors share values, and what writing one of them in place does to the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from cnncalc.importing.operations import Operation, Tensor
from cnncalc.importing.pt2._nodes import AtenNode, known_sizes, with_part

_ALWAYS = frozenset(
    (
        *("view", "view_as", "squeeze", "unsqueeze", "unflatten", "permute", "transpose", "swapaxes", "swapdims", "t"),
        *("mT", "numpy_T", "movedim", "moveaxis", "adjoint", "slice", "narrow", "select", "alias", "detach"),
    )
)
_MAYBE = frozenset(
    (
        *("reshape", "reshape_as", "flatten", "_unsafe_view", "_reshape_alias", "expand", "expand_as", "broadcast_to"),
        *("split", "split_with_sizes", "chunk", "tensor_split", "unbind", "contiguous", "to", "type_as", "dropout"),
        *("feature_dropout", "as_strided", "lift_fresh", "unfold", "diagonal"),
    )
)
"""Operations whose outputs share values with their first argument, and those of which some do, or in another way."""


class NameTable(Protocol):
    """What names stand for."""

    def names_of(self, tensor: Tensor) -> list[str]:
        """The names that stand for a tensor."""

    def put(self, name: str, tensor: Tensor) -> None:
        """Lets a name stand for a tensor."""


class Aliases:
    """NameTable of tensors that share values."""

    def __init__(self, names: NameTable) -> None:
        self._names = names
        self._groups: dict[str, set[str]] = {}
        self._stale: set[str] = set()
        self._views: set[int] = set()

    def is_stale(self, name: str) -> bool:
        """Whether a tensor was written by way of another name, and holds something else than was calculated."""
        return name in self._stale

    def note(self, node: AtenNode) -> None:
        """Notes what a node does: it makes a view, or writes its first argument in place."""
        source = next((each for each in node.arguments.values() if isinstance(each, Tensor)), None)
        if source is None or not node.outputs:
            return
        if node.op in _ALWAYS and not node.writes_in_place:
            self._views |= {id(operation) for operation in node.made}
        if node.writes_in_place:
            self._write(node, source)
        elif node.op in _ALWAYS or node.op in _MAYBE:
            self._join([output.name for output in node.outputs], self._names.names_of(source))

    def _join(self, outputs: Iterable[str], sources: Iterable[str]) -> None:
        for source in sources:
            group = self._groups.setdefault(source, {source})
            for output in outputs:
                group.add(output)
                self._groups[output] = group

    def _write(self, node: AtenNode, source: Tensor) -> None:
        """After a tensor was written, its names stand for what it is now; so do those of what it is a view of."""
        names = self._names.names_of(source)
        for name in names:
            self._stale |= self._groups.get(name, set())
        self._join([node.output.name], names)
        self._renew(names, node.output)
        old, new = source, node.output
        while (view := old.operation) is not None and id(view) in self._views and (whole := view.inputs[0]) is not None:
            made = _undone(node, view, whole, new)
            if made is None:
                return
            self._renew(self._names.names_of(whole), made)
            old, new = whole, made

    def _renew(self, names: Collection[str], tensor: Tensor) -> None:
        self._stale.difference_update(names)
        for name in list(names):
            self._names.put(name, tensor)


def _undone(node: AtenNode, view: Operation, whole: Tensor, part: Tensor) -> Tensor | None:
    """The whole with this part in the place of the view; None where that is not known."""
    if view.name == "identity":
        return part
    if view.name == "reshape":
        return node.reshaped(part, known_sizes(whole))
    if view.name == "transpose":
        axes = view.settings["axes"]
        return node.emit(
            "transpose", [part], node.between(whole.sizes, whole.dtype), axes=tuple(map(axes.index, range(len(axes))))
        )
    if view.name == "slice" and view.settings["step"] == 1:
        return with_part(node, whole, part, view.settings["axis"], view.settings["start"])
    return None
