"""Findings as SARIF 2.1.0, for GitHub's code scanning and other viewers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import cnncalc
from cnncalc.checks.registry import about
from cnncalc.report.findings._places import fingerprints, relative
from cnncalc.report.formats.json import json_file
from cnncalc.report.text import printable
from cnncalc.source.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cnncalc.report.findings.validation import FoundInFiles

HOME = "https://github.com/cnncalc/cnncalc"
"""Where a viewer of the log leads people who want to know more."""
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def sarif_file(files: FoundInFiles, encoding: str = "utf-8") -> Iterator[str]:
    """The report as a file."""
    return json_file(sarif_json(files), encoding)


def sarif_json(files: FoundInFiles) -> dict[str, Any]:
    """A run with the rules that were broken and where."""
    findings = [found for result in files.results for found in result.diagnostics]
    codes = sorted({found.code for found in findings})
    driver = {
        "name": "cnncalc",
        "informationUri": HOME,
        "version": cnncalc.__version__,
        "semanticVersion": cnncalc.__version__,
        "rules": [_rule(code) for code in codes],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(found, mark, codes.index(found.code)) for found, mark in fingerprints(findings)],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    known = about(code)
    shown = [(title, text) for title, text in (("Wrong", known.wrong), ("Right", known.right)) if text]
    plain = [f"{title}:\n{text}" for title, text in shown]
    fenced = [f"{title}:\n\n```yaml\n{text}```" for title, text in shown]
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.explanation},
        "help": {
            "text": "\n\n".join([known.explanation, *plain]),
            "markdown": "\n\n".join([known.explanation, *fenced]),
        },
        "helpUri": f"{HOME}/blob/main/docs/rules.md",
        "defaultConfiguration": {"level": _LEVELS[known.severity]},
        "properties": {"tags": ["cnncalc"]},
    }


def _result(found: Diagnostic, fingerprint: str, index: int) -> dict[str, Any]:
    span = found.span
    lines = [found.message, *filter(None, [found.label]), *found.chain, *(f"help: {help}" for help in found.help)]
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region["endColumn"] = span.end_column
    return {
        "ruleId": found.code,
        "ruleIndex": index,
        "level": _LEVELS[found.severity],
        "message": {"text": "\n".join(map(printable, lines))},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": quote(relative(found.file))}, "region": region}}
        ],
        "partialFingerprints": {"cnncalcFinding/v1": fingerprint},
    }
