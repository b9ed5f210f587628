"""Comments in the text of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence


def is_comment(line: str) -> bool:
    """Whether a line has nothing but a comment."""
    return line.lstrip().startswith("#")


def remark_in(line: str) -> str:
    """The comment at the end of a line, "" if there is none."""
    plain = re.sub(r"\"(\\.|[^\"\\])*\"|'[^']*'", lambda quoted: "x" * len(quoted[0]), line)
    found = re.search(r"(?<=\s)#.*$", plain)
    return line[found.start() :].rstrip() if found else ""


def without_remark(line: str) -> str:
    """A line without the comment at its end."""
    return line[: len(line.rstrip()) - len(remark_in(line))].rstrip()


def above(lines: Sequence[str], line: int) -> tuple[str, ...]:
    """The comments and blank lines above a line, in order."""
    first = line - 1
    while first and (not lines[first - 1].strip() or is_comment(lines[first - 1])):
        first -= 1
    return tuple(each.strip() for each in lines[first : line - 1])


def comments_in(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """All comments in lines, each with the number of its line, the first of which has the number `first`."""
    for number, line in enumerate(lines, first):
        if comment := line.strip() if is_comment(line) else remark_in(line):
            yield number, comment
