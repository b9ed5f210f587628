"""What formats for pipelines need to say where a finding is: a path from here, and a mark that stays."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator

from cnncalc.source.diagnostics import Diagnostic


def relative(path: str) -> str:
    """The path from the working directory, with slashes; as it is where there is no such way."""
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def fingerprints(findings: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Each finding with a mark that stays when lines above it come or go: of its code, message, and own line's text."""
    seen: dict[str, int] = {}
    for found in findings:
        line = found.source[found.span.line - 1].strip() if 0 < found.span.line <= len(found.source) else ""
        text = "\0".join((relative(found.file), found.code, found.message, line))
        seen[text] = seen.get(text, 0) + 1
        yield found, hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()
