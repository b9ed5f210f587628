"""Findings as a Code Quality report of GitLab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.checks.validate_files import FileFindings
from cnncalc.report.findings._places import fingerprints, relative
from cnncalc.report.text import printable

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def gitlab_json(results: Sequence[FileFindings]) -> list[dict[str, Any]]:
    """One issue a finding; GitLab tells new from old ones by their fingerprint."""
    findings = [found for result in results for found in result.diagnostics]
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
