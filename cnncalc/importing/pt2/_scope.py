"""What names stand for in a graph of the program: tensors, and numbers that may depend on sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.importing.operations import Tensor
from cnncalc.importing.pt2._aliases import Aliases
from cnncalc.importing.pt2._arrays import SmallArray
from cnncalc.importing.pt2._program import Program
from cnncalc.importing.pt2._sizes import SymbolicSizes
from cnncalc.importing.pt2._weights import DTYPES
from cnncalc.source.diagnostics import name_text

_AS_THEY_ARE = ("as_int", "as_ints", "as_floats", "as_bool", "as_bools", "as_string")
_SINGLE = ("as_sym_int", "as_sym_float", "as_sym_bool", "as_optional_tensor", "as_tensor")
_LISTS = ("as_tensors", "as_optional_tensors", "as_sym_ints", "as_sym_floats")


class NamedTensors:
    """The names of one graph; a graph within it has names of its own.

    Attributes:
        metas: what the file states about each tensor.
        aliases: which of them share values.
    """

    def __init__(self, graph: Mapping[str, Any], sizes: SymbolicSizes, program: Program) -> None:
        self.metas: Mapping[str, Any] = graph["tensor_values"]
        self.aliases = Aliases(self)
        self._sizes = sizes
        self._program = program
        self._numbers: dict[str, Any] = {}
        for kind in ("sym_float_values", "sym_bool_values", "sym_int_values"):
            self._numbers |= graph.get(kind) or {}
        self._tensors: dict[str, Tensor | SmallArray] = {}
        self._names: dict[int, list[str]] = {}

    def put(self, name: str, tensor: Tensor | SmallArray) -> None:
        """Lets a name stand for a tensor; another may do so, too."""
        self._tensors[name] = tensor
        self._names.setdefault(id(tensor), []).append(name)

    def names_of(self, tensor: Tensor) -> list[str]:
        """The names that stand for a tensor."""
        return [name for name in self._names.get(id(tensor), ()) if self._tensors[name] is tensor]

    def read(self, name: str) -> Tensor | SmallArray:
        """What a name stands for.

        Raises:
            Unreadable: it is not what was calculated any more.
        """
        if self.aliases.is_stale(name):
            self._program.refuse(
                "CNN152",
                f"it reads `{name_text(name)}`, the values of which were replaced in place by way of another name",
                "save the program after `.run_decompositions()`, which writes nothing in place",
            )
        if name not in self._tensors:
            raise ValueError(f"nothing gives `{name}`")
        return self._tensors[name]

    def new_tensor(self, name: str) -> Tensor:
        """A tensor as the file states it; an output that nothing reads may have no sizes."""
        if name in self._tensors:
            raise ValueError(f"`{name}` is given twice")
        meta = self.metas.get(name)
        if meta is None:
            return Tensor(name, None)
        sizes = self._sizes.all_of(meta["sizes"])
        if min(sizes, default=0) < 0:
            raise ValueError(f"{name}: {sizes}")
        return Tensor(name, sizes, DTYPES.get(meta["dtype"], "unknown"), stated=True)

    def strides(self, argument: Mapping[str, Any]) -> tuple[int, ...]:
        """How a tensor lies in memory."""
        return self._sizes.all_of(self.metas[argument["as_tensor"]["name"]]["strides"])

    def argument(self, argument: Mapping[str, Any]) -> Any:
        """An argument of a node: a tensor, something plain, or a list; None if it is left out or of no interest."""
        ((kind, value),) = argument.items()
        if kind in _SINGLE:
            return self._single(value)
        if kind in _LISTS:
            return [self._single(each) for each in value]
        if kind == "as_float":
            return float(value)
        if kind == "as_scalar_type":
            return DTYPES.get(value)
        return value if kind in _AS_THEY_ARE else None

    def _single(self, value: Mapping[str, Any]) -> Any:
        """A tensor, or a number that may be an expression."""
        if "as_name" in value:
            return self._number(self._numbers[value["as_name"]])
        if "as_tensor" in value:
            return self.read(value["as_tensor"]["name"])
        if "name" in value:
            return self.read(value["name"])
        return next((value[key] for key in ("as_int", "as_float", "as_bool") if key in value), None)

    def _number(self, number: Mapping[str, Any]) -> Any:
        for key in ("as_float", "as_bool"):
            if key in number:
                return number[key]
        return self._sizes.of(number)


def tensor_names(argument: Mapping[str, Any]) -> list[str]:
    """The tensors that an output is: one, several, or none."""
    ((kind, value),) = argument.items()
    if kind == "as_optional_tensor":
        ((kind, value),) = value.items()
    if kind in ("as_tensors", "as_optional_tensors"):
        return [each.get("name") or each["as_tensor"]["name"] for each in value if "as_none" not in each]
    return [value["name"]] if kind == "as_tensor" else []
