"""What a rule is, and how rules are applied to a whole graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnncalc.importing.operations import Operation, OperationGraph, Tensor

Written = Operation | list[Operation] | Tensor | None
"""What a rule makes of an operation: another one, or several of which the last makes the same tensors; a tensor that
is the same as what it makes; None if the rule does not apply."""

Rule = Callable[[Operation], Written]
Rules = Mapping[str, Sequence[Rule]]
"""Rules by the name of the operation that they begin with: the last one of what they replace."""

MOST_TURNS = 60
"""How often one operation, and those that are written for it, may be rewritten."""


def instead(operation: Operation, name: str, inputs: Sequence[Tensor | None], /, **settings: Any) -> Operation:
    """An operation that makes the tensors of another."""
    return _like(operation, name, inputs, operation.outputs, settings)


def before(operation: Operation, name: str, x: Tensor, sizes: tuple[int, ...], /, **settings: Any) -> Operation:
    """An operation on the way to another, which makes a tensor of its own."""
    made = Tensor(f"{operation.output.name}:{name}", sizes, x.dtype)
    return _like(operation, name, (x,), (made,), settings)


def _like(
    operation: Operation,
    name: str,
    inputs: Sequence[Tensor | None],
    outputs: Sequence[Tensor],
    settings: dict[str, Any],
) -> Operation:
    return Operation(name, inputs, outputs, settings, operation.called, operation.place, operation.path)


class Rewriter:
    """Applies rules to the operations of a graph, in order: what an operation reads has been rewritten before it."""

    def __init__(self, graph: OperationGraph, rules: Rules) -> None:
        self.graph = graph
        self.rules = rules
        self._same: dict[Tensor, Tensor] = {}
        self._made: list[Operation] = []

    def run(self) -> None:
        """Rewrites the graph."""
        for operation in self.graph.operations:
            self._take(operation)
        self.graph.operations = self._made
        self.graph.outputs = [self._same.get(each, each) for each in self.graph.outputs]

    def _take(self, operation: Operation) -> None:
        waiting = [operation]
        for _ in range(MOST_TURNS):
            if not waiting:
                return
            operation = waiting.pop()
            self._read_what_is_written(operation)
            written = self._written(operation)
            if written is None:
                self._made.append(operation)
            elif isinstance(written, Tensor):
                self._same[operation.output] = self._same.get(written, written)
            else:
                waiting += reversed(written) if isinstance(written, list) else [written]
        for left in reversed(waiting):
            self._read_what_is_written(left)
            self._made.append(left)

    def _read_what_is_written(self, operation: Operation) -> None:
        operation.inputs = [each and self._same.get(each, each) for each in operation.inputs]

    def _written(self, operation: Operation) -> Written:
        for rule in self.rules.get(operation.name, ()):
            if (written := rule(operation)) is not None:
                return written
        return None


def drop_unread(graph: OperationGraph) -> None:
    """Leaves out what no output needs."""
    needed = set(graph.outputs)
    kept = []
    for operation in reversed(graph.operations):
        if not needed.isdisjoint(operation.outputs):
            kept.append(operation)
            needed.update(each for each in operation.inputs if each is not None)
    graph.operations = kept[::-1]
