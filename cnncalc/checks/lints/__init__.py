"""Lints: what is right as a spec, and yet almost surely a mistake (or, asked for, what could be designed better).

A lint is a function from a `Model` to what it finds, a family a module; `LINTS` is the registry. What each is for, with
wrong and right, stands in `codes`, and so does whether it is advice (`codes.DESIGN`) that must be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.lints import fields, order, parameters, windows
from cnncalc.checks.lints.model import Found, Model
from cnncalc.collector import collector_waiting
from cnncalc.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis

Lint = Callable[[Model], Iterator[Found]]

LINTS: dict[str, Lint] = {
    "CNN509": windows.dropped_input,
    "CNN510": windows.gaps,
    "CNN511": windows.nothing_but_padding,
    "CNN512": order.bias_before_norm,
    "CNN513": order.two_activations,
    "CNN514": order.two_dense,
    "CNN515": order.softmax_inside,
    "CNN516": fields.misaligned,
    "CNN521": parameters.mostly_dense,
    "CNN522": fields.too_small,
    "CNN523": fields.too_large,
    "CNN524": windows.checkerboard,
    "CNN525": order.gridding,
    "CNN526": windows.cut_pool,
}
"""code → the lint that finds it."""


def lints(analysis: Analysis, wants: Callable[[str], bool]) -> list[Diagnostic]:
    """What the wanted lints find: each mistake once, however often its entry is repeated or its block called."""
    with collector_waiting():
        model = Model(analysis)
        first: dict[tuple[str, Span], Found] = {}
        for code, lint in LINTS.items():
            for found in lint(model) if wants(code) else ():
                first.setdefault((code, model.span(found)), found)
        return [model.diagnostic(code, span, found) for (code, span), found in first.items()]
