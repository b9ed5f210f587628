"""The report of `validate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import plural
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Drawing, Paragraph
from cnncalc.report.findings.text_and_json import counted, diagnostic_json, diagnostic_lines
from cnncalc.report.report import Records, Report
from cnncalc.source.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cnncalc.checks.checked import Checked
    from cnncalc.checks.validate_files import FileFindings


def _is_error(found: Diagnostic) -> bool:
    return found.is_error


class FoundInFiles(NamedTuple):
    """What was found in files, for the formats that tools read.

    Attributes:
        fails: whether a finding makes the run fail.
    """

    results: Sequence[FileFindings]
    fails: Callable[[Diagnostic], bool]


class ValidationReport(Report):
    """What was found in files.

    Attributes:
        fails: whether a finding makes the run fail.
        is_summed_up: whether a line at the end summarises the findings.
    """

    __slots__ = ("fails", "is_summed_up", "results")

    def __init__(
        self,
        results: Sequence[FileFindings],
        fails: Callable[[Diagnostic], bool] = _is_error,
        is_summed_up: bool = True,
    ) -> None:
        self.results = results
        self.fails = fails
        self.is_summed_up = is_summed_up

    def document(self) -> list[Block]:
        """Every finding with its place, and a summary line."""
        found = [each for result in self.results for each in result.diagnostics]
        blocks: list[Block] = [Drawing([*diagnostic_lines(each)], partial(diagnostic_lines, each)) for each in found]
        return [*blocks, Paragraph(_summary(self.results))] if self.is_summed_up else blocks

    def table(self) -> Records:
        """One row per finding."""
        keys = ("file", "line", "column", "code", "severity", "message", "label", "help")
        found = (diagnostic_json(each) for result in self.results for each in result.diagnostics)
        return Records(keys, ([_one_line(each[key]) for key in keys] for each in found))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/validate`, version 1."""
        return _validation_json(self.results)

    def findings(self) -> FoundInFiles:
        """The findings, for the formats that other tools read."""
        return FoundInFiles(self.results, self.fails)


def report_on_checked(checked: Checked) -> ValidationReport:
    """What `validate` reports of the one spec that was checked."""
    from cnncalc.checks.validate_files import FileFindings

    return ValidationReport([FileFindings(checked.file, checked.name, list(checked.findings))])


def _one_line(value: Any) -> Any:
    return "; ".join(value) if isinstance(value, list) else value


def _summary(results: Sequence[FileFindings]) -> str:
    findings = [found for result in results for found in result.diagnostics]
    bad = sum(not result.is_ok for result in results)
    failed = f", {bad} with errors" if bad and len(results) > 1 else ""
    return f"{plural(len(results), 'spec')}{failed}: {counted(findings) or 'no findings'}"


def _validation_json(results: Sequence[FileFindings]) -> dict[str, Any]:
    return {
        "schema": "cnncalc/validate",
        "version": 1,
        "files": [
            {"file": result.file, "name": result.name or None, "ok": result.is_ok, "findings": len(result.diagnostics)}
            for result in results
        ],
        "diagnostics": [diagnostic_json(found) for result in results for found in result.diagnostics],
        "totals": {
            "files": len(results),
            "failed": sum(not result.is_ok for result in results),
            "errors": sum(found.is_error for result in results for found in result.diagnostics),
        },
    }
