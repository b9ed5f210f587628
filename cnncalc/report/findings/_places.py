"""What formats for pipelines need to say where a finding is: a relative path, and a stable fingerprint."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator

from cnncalc.source.diagnostics import Diagnostic


def relative(path: str) -> str:
    """The path relative to the working directory, with slashes; unchanged if there is none."""
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def fingerprints(findings: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Each finding with a fingerprint, made from its code, message and line, that stays when lines above it change."""
    seen: dict[str, int] = {}
    for found in findings:
        line = found.source[found.span.line - 1].strip() if 0 < found.span.line <= len(found.source) else ""
        text = "\0".join((relative(found.file), found.code, found.message, line))
        seen[text] = seen.get(text, 0) + 1
        yield found, hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()
