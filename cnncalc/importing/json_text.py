"""JSON from files, of which nothing is believed: parsed within bounds."""

from __future__ import annotations

import json
from typing import Any

from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

_MOST_CONTAINERS = 1_500_000
_MOST_VALUES = 3_000_000
"""A byte of JSON may take some twenty in memory: both together keep that below 300 MB."""


def parse_json(data: bytes | str, file: str, place: str = "") -> dict[str, Any]:
    """The object that a text is in JSON.

    Args:
        data: the text.
        file: the name of the file, for findings.
        place: which part of the file it is, for findings: a member of an archive.

    Raises:
        Unreadable: it is not JSON, no object, or over a bound.
    """
    about = f"`{place}`" if place else "the file"
    text = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    if text.count(b"{") + text.count(b"[") > _MOST_CONTAINERS or text.count(b",") > _MOST_VALUES:
        raise _finding("CNN156", f"{about} has more than {_MOST_VALUES:,} values, or {_MOST_CONTAINERS:,} lists", file)
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise _finding("CNN156", f"{about} is nested too deeply", file) from None
    except ValueError as error:
        raise _finding("CNN150", f"{about} is not JSON: {str(error)[:200]}", file) from None
    if not isinstance(parsed, dict):
        raise _finding("CNN150", f"{about} is JSON, but not an object", file)
    return parsed


def _finding(code: str, message: str, file: str) -> Unreadable:
    return Unreadable(Diagnostic(code, message, file, START, "", ("save or download the file again",)))
