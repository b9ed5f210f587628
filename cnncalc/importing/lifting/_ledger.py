"""Which parameters of the file belong to which layer, so that none is counted twice or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.lifting._values import Fixed
from cnncalc.importing.operations import Constant, OperationGraph
from cnncalc.source.diagnostics import START, Diagnostic

Key = tuple[str, tuple[tuple[str, str], ...]]


class Ledger:
    """The parameters of a model.

    Attributes:
        graph: which has them.
    """

    def __init__(self, graph: OperationGraph) -> None:
        self.graph = graph
        self._operations = list(graph.operations)
        self._used: dict[str, int] = {}
        self._owners: dict[Key, DraftLayer] = {}

    def enter(self, layer: DraftLayer, arrays: Mapping[str, Fixed]) -> None:
        """Gives a layer its arrays."""
        learned = {name: array for name, array in arrays.items() if array.is_learned}
        layer.params = sum(array.total for array in learned.values())
        layer.weights = {name: stored for name, array in arrays.items() if (stored := array.stored)}
        parameters = [array for array in learned.values() if array.constant.is_parameter]
        layer.trainable = not parameters or any(array.constant.trainable for array in parameters)
        self._use([*learned.values()])
        self._share(layer, learned)

    def enter_more(self, layer: DraftLayer, arrays: Mapping[str, Fixed]) -> None:
        """Gives a layer further arrays."""
        learned = [array for array in arrays.values() if array.is_learned]
        layer.params = (layer.params or 0) + sum(array.total for array in learned)
        layer.weights = {**layer.weights, **{name: own for name, array in arrays.items() if (own := array.stored)}}
        self._use(learned)

    def enter_opaque(self, layer: DraftLayer, arrays: Sequence[Fixed]) -> None:
        """Gives an `opaque` layer what it reads of the file."""
        learned = [array for array in arrays if array.is_learned]
        layer.params = sum(array.total for array in learned)
        layer.settings["params"] = layer.params
        self._use(learned)

    def _use(self, arrays: Sequence[Fixed]) -> None:
        for array in arrays:
            identity = array.constant.identity
            self._used[identity] = self._used.get(identity, 0) + array.total

    def _share(self, layer: DraftLayer, learned: Mapping[str, Fixed]) -> None:
        """Finds the layer whose weights it reuses."""
        if not learned or not getattr(self.graph, "repeats_are_shared", False):
            return
        key = layer.kind, tuple(sorted((name, array.constant.identity) for name, array in learned.items()))
        first = self._owners.setdefault(key, layer)
        if first is not layer and first.settings == layer.settings:
            layer.shares = first
            layer.params = 0

    def remarks(self) -> Iterator[Diagnostic]:
        """What is said of parameters that no layer has."""
        lost = [name for name, _ in self._learned() if name not in self._used]
        if lost:
            named = ", ".join(f"`{name}`" for name in lost[:3]) + (", …" if len(lost) > 3 else "")
            message = f"parameters of the file that no layer uses: {named}"
            yield Diagnostic("CNN573", message, self.graph.name, START, severity="note")

    def _learned(self) -> Iterator[tuple[str, Constant]]:
        """All parameters that an operation of the file reads."""
        seen = set()
        for operation in self._operations:
            for tensor in operation.inputs:
                constant = tensor.constant if tensor is not None else None
                if constant and (constant.is_parameter or constant.is_statistic) and constant.identity not in seen:
                    seen.add(constant.identity)
                    yield constant.identity, constant
