"""Files that people fill in, which a report writes itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def answer_file(lines: Iterable[str], _encoding: str = "utf-8") -> Iterator[str]:
    """The lines of the file, unchanged."""
    return (f"{line}\n" for line in lines)
