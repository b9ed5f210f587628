"""Findings as a Code Quality report of GitLab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.report.findings._places import fingerprints, relative
from cnncalc.report.formats.json import json_file
from cnncalc.report.text import printable

if TYPE_CHECKING:
    from cnncalc.report.findings.validation import FoundInFiles

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def gitlab_file(files: FoundInFiles, encoding: str = "utf-8") -> Iterator[str]:
    """The report as a file."""
    return json_file(gitlab_json(files), encoding)


def gitlab_json(files: FoundInFiles) -> list[dict[str, Any]]:
    """One issue per finding; GitLab distinguishes new ones from old ones by their fingerprints."""
    findings = [found for result in files.results for found in result.diagnostics]
    return [
        {
            "description": printable(f"{found.code}: {found.message}"),
            "check_name": found.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[found.severity],
            "location": {
                "path": relative(found.file),
                "lines": {"begin": found.span.line, "end": found.span.end_line},
            },
        }
        for found, fingerprint in fingerprints(findings)
    ]
