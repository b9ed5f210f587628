"""Files that people fill in, which a report writes itself."""

from __future__ import annotations


def answer_file(text: str, _encoding: str = "utf-8") -> str:
    """The file, unchanged."""
    return text
