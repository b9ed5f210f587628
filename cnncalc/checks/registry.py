"""Which module has the check of which code, and when each check runs; its module is imported only then.

A new check is a function in one of these modules (or in a new one), and its code here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from cnncalc.checks.check import Check, Code, declared
from cnncalc.checks.model import Model
from cnncalc.gc_pause import collector_waiting
from cnncalc.source.diagnostics import Diagnostic, Span, nearest

if TYPE_CHECKING:
    from cnncalc.graph import Node

ByModule = Mapping[str, tuple[str, ...]]

NOTES: ByModule = {
    "conventions": ("CNN501", "CNN502", "CNN503", "CNN531", "CNN532", "CNN533", "CNN551"),
    "orders": ("CNN540", "CNN541", "CNN542"),
    "idle": ("CNN543", "CNN550"),
}
"""Run on every model that is read, as far as its layers could be placed."""

LINTS: ByModule = {
    "expectations": ("CNN401",),
    "unused": ("CNN504", "CNN505", "CNN506", "CNN507", "CNN508"),
    "lints.windows": ("CNN509", "CNN510", "CNN511"),
    "lints.order": ("CNN512", "CNN513", "CNN514", "CNN515"),
    "lints.fields": ("CNN516",),
    "lints.dropout": ("CNN517",),
}
"""Run by `validate` on every model without errors."""

ADVICE: ByModule = {
    "lints.parameters": ("CNN521",),
    "lints.fields": ("CNN522", "CNN523"),
    "lints.windows": ("CNN524", "CNN526"),
    "lints.order": ("CNN525",),
}
"""The same, but only on request: what could be designed better."""

PROOF: ByModule = {
    "proof": ("CNN402", "CNN560"),
}
"""Run by `validate --verify`, which runs every model."""

ON_INPUT: ByModule = {
    "resizing": ("CNN530",),
}
"""Run where `--input` gives a model another input."""


def codes_in(*tables: ByModule) -> list[str]:
    """The codes of these tables, in order."""
    return sorted(code for table in tables for codes in table.values() for code in codes)


_TABLES = (NOTES, LINTS, ADVICE, PROOF, ON_INPUT)
MODULES = {code: module for table in _TABLES for module, codes in table.items() for code in codes}
"""code → the module of `cnncalc.checks` that has its check."""


def check_of(code: str) -> Check:
    """The check of a code.

    Raises:
        KeyError: no check has this code.
    """
    if code not in declared:
        import_module(f"cnncalc.checks.{MODULES[code]}")
    return declared[code]


def findings(model: Model, codes: Iterable[str]) -> list[Diagnostic]:
    """What the checks of these codes find, each only once however often its entry is repeated or its block called."""
    with collector_waiting():
        return [each for code in codes for each in _found(model, code)]


def _found(model: Model, code: str) -> Iterator[Diagnostic]:
    check = check_of(code)
    first: dict[tuple[str, Span], Node] = {}
    for each in check.search(model):
        for place in model.places(each):
            if check.severity == "note" and place.node and place.source is not model.written.source:
                continue  # of a model inside, whose own checks note it
            if place.node is None or first.setdefault(place.place, place.node) is place.node:
                yield model.diagnostic(code, check.severity, each, place)


# -- the codes


def all_codes() -> list[str]:
    """Every code of a finding, in order."""
    from cnncalc.checks._errors import ERRORS

    return sorted([*ERRORS, *MODULES])


def code_named(text: str) -> str:
    """The code that a user names, in either case.

    Raises:
        ValueError: there is no such code.
    """
    code = text.upper()
    if code not in all_codes():
        close = nearest(code, all_codes())
        raise ValueError(f"there is no code {text!r}{f'; did you mean {close}?' if close else ''}")
    return code


def about(code: str) -> Code:
    """What a code means.

    Raises:
        KeyError: there is no such code.
    """
    if code in MODULES:
        return check_of(code)
    from cnncalc.checks._errors import ERRORS

    return ERRORS[code]
