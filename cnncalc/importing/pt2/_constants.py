"""Parameters, buffers and constants of a program, and what is calculated from those that are small and not learned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.pt2._arrays import SmallArray
from cnncalc.importing.pt2._folding import Folding
from cnncalc.importing.pt2._nodes import AtenNode, NotTranslatedError
from cnncalc.importing.pt2._program import Program
from cnncalc.importing.pt2._scope import NamedTensors
from cnncalc.importing.pt2._weights import stored_array
from cnncalc.importing.pt2.rules import MAKERS
from cnncalc.source.diagnostics import name_text

_STATISTICS = ("running_mean", "running_var")


class Constants:
    """The constants of one program.

    Attributes:
        parameters: in the order of the file.
    """

    def __init__(self, program: Program) -> None:
        self.parameters: list[Tensor] = []
        self._program = program
        self._folding = Folding()
        self._arrays: dict[int, SmallArray | None] = {}
        self._statistics = _statistics(program)

    def take(self, spec: Mapping[str, Any], kind: str, scope: NamedTensors) -> None:
        """Puts a parameter, a buffer or a constant under its name."""
        name, called = spec["arg"]["name"], spec[f"{kind}_name"]
        tensor = scope.new_tensor(name)
        member, payload = self._program.arrays.get(called, ("", {}))
        stored = stored_array(self._program.archive, called, member, payload)
        if stored is not None and (stored.sizes, stored.dtype) != (tensor.sizes, tensor.dtype):
            message = f"`{name_text(called)}` has other sizes in the graph than among the weights"
            self._program.refuse("CNN150", message)
        tensor.name = called
        tensor.constant = Constant(
            stored,
            is_parameter=kind == "parameter",
            is_statistic=kind == "buffer" and not self._statistics.isdisjoint((name, called, called.split(".")[-1])),
            trainable=kind == "parameter" and bool(scope.metas[name]["requires_grad"]),
            identity=called,
        )
        if kind == "parameter":
            self.parameters.append(tensor)
        scope.put(name, tensor)

    def folded(self, node: AtenNode) -> Sequence[SmallArray] | None:
        """What a node of small constants alone gives; None if it reads anything else, or is not calculated."""
        if node.op not in MAKERS and any(map(_is_calculated, node.arguments.values())):
            return None
        arguments = {name: self._as_array(value) for name, value in node.arguments.items()}
        if node.op in MAKERS:
            arguments.pop("self", None)
        if not node.outputs or any(output.sizes is None for output in node.outputs) or _has_tensors(arguments.values()):
            return None
        whole, node.arguments = node.arguments, arguments
        made = self._folding.fold(node)
        node.arguments = whole
        return made

    def settle(self, node: AtenNode) -> None:
        """Makes all that a node reads tensors, and lets small constants have their numbers."""
        for name, value in node.arguments.items():
            label = f"{node.output.name}.{name}" if node.outputs else name
            if isinstance(value, list):
                node.arguments[name] = [self._tensor(each, f"{label}.{place}") for place, each in enumerate(value)]
            else:
                node.arguments[name] = self._tensor(value, label)

    def _tensor(self, value: Any, label: str) -> Any:
        if isinstance(value, SmallArray):
            return value.tensor(label)
        if isinstance(value, Tensor) and value.constant is not None and (array := self._array_of(value)):
            made = array.tensor(value.name).constant
            value.constant.values = made.values if made else None
        return value

    def _as_array(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._as_array(each) for each in value]
        return (self._array_of(value) or value) if isinstance(value, Tensor) else value

    def _array_of(self, tensor: Tensor) -> SmallArray | None:
        """A constant as an array to calculate with; None if it is large, learned, or not in the file."""
        constant = tensor.constant
        if constant is None or constant.is_parameter or constant.is_statistic or constant.stored is None:
            return None
        if id(tensor) not in self._arrays:
            try:
                self._arrays[id(tensor)] = SmallArray.of_stored(constant.stored)
            except NotTranslatedError:
                self._arrays[id(tensor)] = None
        return self._arrays[id(tensor)]


def _is_calculated(value: Any) -> bool:
    return isinstance(value, Tensor) and value.constant is None


def _has_tensors(values: Iterable[Any]) -> bool:
    return any(isinstance(each, Tensor) for value in values for each in (value if isinstance(value, list) else [value]))


def _statistics(program: Program) -> set[str]:
    """The buffers that training changes: by their use, by their name, or because the program writes them."""
    found = {*_STATISTICS}
    for output in program.signature["output_specs"]:
        if "buffer_mutation" in output:
            found.add(output["buffer_mutation"]["buffer_name"])
    for node in program.graph["nodes"]:
        for each in node["inputs"]:
            if each["name"] in _STATISTICS and "as_tensor" in each["arg"]:
                found.add(each["arg"]["as_tensor"]["name"])
    return found
