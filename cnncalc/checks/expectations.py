"""Holds the `expect` of a spec against its analysis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncalc.diagnostics import START, Diagnostic
from cnncalc.spec.expectations import KEYS, Expectation, holds, read_expectation
from cnncalc.spec.settings import Mistake, Reading, Shape
from cnncalc.spec.source import Scalar

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.analysis.receptive_field import Field

_RELATIONS = {"=": "", "<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least ", "~": "about "}


def failed_expectations(analysis: Analysis) -> list[Diagnostic]:
    """A finding for each expectation that does not hold. A model changed from outside has none."""
    if analysis.spec.is_overridden:
        return []
    entries = {row.name: row for row in analysis.walk()}
    findings = []
    for expectation in analysis.spec.expectations:
        row = entries[expectation.entry] if expectation.entry else None
        found = _found(expectation, row, analysis)
        if found is not None:
            findings.append(_finding(expectation, found, analysis))
    return findings


def failed_demands(analysis: Analysis, demands: Sequence[Expectation]) -> list[Diagnostic]:
    """The same for what a command line expects of the whole model."""
    findings = []
    for demand in demands:
        found = _found(demand, None, analysis)
        if found is not None:
            about = _finding(demand, found, analysis)
            findings.append(about._replace(span=START, label="", source=(), chain=(f"--expect {demand.text!r}",)))
    return findings


def read_demand(text: str) -> Expectation:
    """What a command line expects, as in `params <= 5M`.

    Raises:
        Mistake: it cannot be read.
    """
    found = re.fullmatch(r"\s*([a-z_]+)\s*(.*?)\s*", text)
    key, rest = (found.group(1), found.group(2)) if found else ("", "")
    node = Scalar(rest.removeprefix("=").strip() if key == "output" else rest, 1, 1, 1, 1 + len(rest))
    if key not in KEYS or not rest:
        raise Mistake("CNN204", node, f"expected {', '.join(KEYS)} and a value, as in `params <= 5M`, found `{text}`")
    return read_expectation("", key, node, Reading())._replace(text=" ".join(text.split()))


def _found(expectation: Expectation, row: EntryNumbers | None, analysis: Analysis) -> str | None:
    """What was found instead of what was expected; None where it holds."""
    end = row.end if row else analysis.end
    if expectation.key == "output":
        assert isinstance(expectation.value, Shape)
        layout = analysis.spec.layout
        return None if end.node.output == expectation.value else end.node.output.text(layout)
    if expectation.key == "receptive_field":
        return _found_field(expectation, end.fields)
    value: int = getattr(row if row else analysis.totals, expectation.key)
    return None if holds(expectation, value) else f"{value:,}"


def _found_field(expectation: Expectation, fields: dict[str, Field]) -> str | None:
    wanted = expectation.value
    assert isinstance(wanted, tuple)
    for field in fields.values():
        if field.status != "local":
            if expectation.relation in (">", ">=") or (wanted == () and field.status == "global"):
                continue
            return field.status
        size = field.size
        if wanted == ():
            return "×".join(map(str, size))
        good = (
            (wanted in (size, size[:1]) and len(set(size)) <= max(len(wanted), 1)) or tuple(wanted) * len(size) == size
            if expectation.relation == "="
            else all(holds(expectation, length) for length in size)
        )
        if not good:
            return "×".join(map(str, size)) if len(set(size)) > 1 else str(size[0])
    return None


def _finding(expectation: Expectation, found: str, analysis: Analysis) -> Diagnostic:
    subject = f"`{expectation.entry}`" if expectation.entry else "the model"
    value = expectation.value
    wanted = expectation.text.lstrip("<>=~ ") if isinstance(value, tuple) else f"{value:,}"
    name = expectation.key.replace("_", " ")
    variant = f"--variant {analysis.spec.variant}" if analysis.spec.variant else ""
    target = " ".join(filter(None, (analysis.spec.source.name, expectation.entry, variant)))
    return analysis.spec.source.diagnostic(
        "CNN401",
        expectation.span,
        f"{name} of {subject}: expected {_RELATIONS[expectation.relation]}{wanted}, found {found}",
        "this does not hold",
        [f"`cnncalc explain {target}` shows how the number comes about"],
    )
