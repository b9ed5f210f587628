"""The inverse questions about a whole model, answered by reading it again with other values."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from cnncalc.analysis import Analysis, analyze
from cnncalc.analysis.layer_names import find_layer
from cnncalc.source.diagnostics import did_you_mean
from cnncalc.spec.reader import read
from cnncalc.whatif.solving import Largest, QuestionError, largest_value

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec

_BOUND = r"(<=|<|>=|>)?\s*([0-9]+(?:\.[0-9]+)?)\s*([kMG]?)"
_UNITS = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}

Rebuild = Callable[[tuple[str, str]], Analysis | None]
"""A model's numbers with another variable; None where it cannot be built."""


def rebuilding(spec: Spec) -> Rebuild:
    """Reads the model again, each time with another variable, and everything else as it was."""

    @cache
    def rebuild(variable: tuple[str, str]) -> Analysis | None:
        other, _ = read(spec.parsed, spec.overrides._replace(vars=(*spec.overrides.vars, variable)))
        return analyze(other) if other else None

    return rebuild


def layer_to_change(analysis: Analysis, name: str) -> Node:
    """The layer of this name, or the own one of an entry, without its norm and activation.

    Raises:
        QuestionError: there is none.
    """
    known = {entry.name: entry.layers[0].node for entry in analysis.walk() if entry.layers}
    known |= {each.name: each.node for each in analysis.layers}
    try:
        return find_layer(name, known, analysis.spec.graph)
    except ValueError as error:
        raise QuestionError(str(error), "layer") from None


def sizes_wanted(node: Node, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of a layer's output, one per axis.

    Raises:
        QuestionError: they are too many or too few, or it reads nothing that could make them others.
    """
    if node.layer and node.layer.reads_nothing:
        raise QuestionError(f"{node.name} reads nothing: it is as large as its shape says", "output")
    rank = len(node.x.spatial)
    if len(sizes) == 1:
        sizes = sizes * rank
    if len(sizes) != rank or not rank:
        raise QuestionError(f"{node.name} has {rank} spatial sizes", "output")
    return sizes


def read_step(text: str) -> Decimal:
    """What a variable grows by.

    Raises:
        QuestionError: it is not a number above 0.
    """
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4})?", text, re.ASCII) or not Decimal(text):
        raise QuestionError(f"expected a number such as 1 or 0.05, found {text!r}", "step")
    return Decimal(text)


def largest_variable(spec: Spec, vary: str, key: str, bound: str, step: Decimal) -> Largest:
    """The largest value of a variable with which a total keeps a bound.

    Args:
        key: `params` or `macs`.
        bound: as in `<= 1M`.

    Raises:
        QuestionError: there is no such variable, it is set already, or the bound cannot be read.
    """
    keeps = _read_bound(bound, key)
    if vary in dict(spec.overrides.vars):
        raise QuestionError(f"{vary} is to vary, and is set too: leave one of them out", "vary")
    variables = list(spec.written.definitions.variables)
    if vary not in variables:
        known = did_you_mean(vary, variables, "") or f"variables: {', '.join(variables) or 'none'}"
        raise QuestionError(f"there is no variable {vary!r}; {known}", "vary")
    rebuild = rebuilding(spec)

    def count(value: int) -> int | None:
        analysis = rebuild((vary, f"{(value * step).normalize():f}"))
        return getattr(analysis.totals, key) if analysis else None

    return largest_value(count, keeps, vary)._replace(step=step)


def _read_bound(text: str, key: str) -> Callable[[int], bool]:
    found = re.fullmatch(_BOUND, text.strip(), re.ASCII)
    if not found or found.group(1) in (">", ">="):
        raise QuestionError(f'expected a bound such as "<= 1M", found {text!r}', key)
    limit = float(found.group(2)) * _UNITS[found.group(3)]
    return (lambda n: n < limit) if found.group(1) == "<" else (lambda n: n <= limit)
