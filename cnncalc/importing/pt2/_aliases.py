"""Which tensors share values: after one of them is written in place, the others are not what they were."""

from __future__ import annotations

from collections.abc import Iterable

VIEWS = frozenset(
    (
        *("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as", "reshape_as", "_unsafe_view"),
        *("permute", "transpose", "swapaxes", "swapdims", "t", "mT", "numpy_T", "movedim", "moveaxis", "adjoint"),
        *("expand", "expand_as", "broadcast_to", "slice", "narrow", "select", "split", "split_with_sizes", "chunk"),
        *("tensor_split", "unbind", "alias", "detach", "contiguous", "to", "dropout", "feature_dropout", "as_strided"),
        *("lift_fresh", "unfold", "diagonal", "_reshape_alias", "type_as"),
    )
)
"""Operations whose outputs share values with their first argument, or may."""


class Aliases:
    """Names of tensors that share values."""

    def __init__(self) -> None:
        self._groups: dict[str, set[str]] = {}
        self._stale: set[str] = set()

    def is_view(self, outputs: Iterable[str], of: str) -> None:
        """Notes that the outputs share values with a tensor."""
        group = self._groups.setdefault(of, {of})
        for output in outputs:
            group.add(output)
            self._groups[output] = group

    def is_written(self, name: str) -> None:
        """Notes that a tensor is written: all that share values with it hold something else than was calculated."""
        self._stale |= self._groups.get(name, set()) - {name}
        self._groups[name] = {name}

    def is_stale(self, name: str) -> bool:
        """Whether a tensor was written by way of another name."""
        return name in self._stale
