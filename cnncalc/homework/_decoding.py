"""The text of a file of unknown encoding."""

from __future__ import annotations

from collections.abc import Iterable


def decoded(data: bytes, encodings: Iterable[str]) -> tuple[str, str] | None:
    """The text in the first encoding that fits, and that encoding; None if none fits, or it is not text."""
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else (text, encoding)
    return None
