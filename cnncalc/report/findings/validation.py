"""The report of `validate`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import plural
from cnncalc.report.findings.text_and_json import counted, diagnostic_json, diagnostics_text

if TYPE_CHECKING:
    from cnncalc.checks.validate_files import FileFindings


def validation_text(results: Sequence[FileFindings], is_summed_up: bool = True) -> str:
    """Every finding with its place, and a line that sums up."""
    findings = [found for result in results for found in result.diagnostics]
    text = diagnostics_text(findings)
    return text + ("\n" if text else "") + _summary(results) + "\n" if is_summed_up else text


def _summary(results: Sequence[FileFindings]) -> str:
    findings = [found for result in results for found in result.diagnostics]
    bad = sum(not result.is_ok for result in results)
    failed = f", {bad} with errors" if bad and len(results) > 1 else ""
    return f"{plural(len(results), 'spec')}{failed}: {counted(findings) or 'no findings'}"


def validation_json(results: Sequence[FileFindings]) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/validate`, version 1."""
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
