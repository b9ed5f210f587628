"""The lines of a spec as the import writes them, and what is put into them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from cnncalc.layers import KINDS

_BEGINS = r"(\s*(?:- )*(?:shortcut: )?)(.*)"
"""A line: what is before its entry, and the entry."""


class SpecLines:
    """A text to which names and comments are added; lines are counted as they were at first."""

    def __init__(self, text: str) -> None:
        self._lines = text.removesuffix("\n").split("\n")
        self._above: dict[int, list[str]] = defaultdict(list)
        self._remarks: dict[int, str] = {}
        self._settings: dict[int, dict[str, str]] = defaultdict(dict)
        self._names = set(re.findall(r"\bname: ([\w-]+)", text))
        self._renamed: dict[str, str] = {}

    def begins_entry(self, line: int, column: int) -> bool:
        """Whether an entry begins a line, apart from signs."""
        return re.fullmatch(r"\s*(- )*(shortcut: )?\{?", self._lines[line - 1][: column - 1]) is not None

    def rename(self, line: int, name: str) -> bool:
        """Gives an entry a name; returns whether it can have it."""
        given = re.search(r"\bname: ([\w-]+)", self._lines[line - 1])
        if given and given[1] == name:
            return True
        if name in self._names or name.rstrip("0123456789") in KINDS or "name" in self._settings[line]:
            return False
        self._names.add(name)
        if given:
            self._renamed[given[1]] = name
        else:
            self._settings[line]["name"] = name
        return True

    def add(self, line: int, setting: str, text: str) -> bool:
        """Adds a setting to an entry; returns whether it did not have it."""
        return self._settings[line].setdefault(setting, text) == text

    def comment(self, line: int, remark: str, above: Sequence[str]) -> None:
        """Adds comments behind an entry and above it."""
        if remark:
            self._remarks.setdefault(line, remark)
        self._above[line] += [each for each in above if not each or each not in self._above[line]]

    def written(self, first: int, last: int) -> Iterator[str]:
        """The lines from one to another with all that was added to them."""
        ends: dict[int, list[str]] = defaultdict(list)
        for number in range(first, last + 1):
            line = self._lines[number - 1]
            indent = " " * (len(line) - len(line.lstrip()))
            yield from ((indent + each).rstrip() for each in self._above.get(number, ()))
            line, later = self._with_settings(number, line)
            remark = self._remarks.get(number, "")
            yield self._with_names(line) + (f"  {remark}" if remark else "")
            if later:
                ends[self._end(number)] += later
            yield from ends.pop(number, ())

    def _with_settings(self, number: int, line: str) -> tuple[str, list[str]]:
        """A line with what is added to its entry, and what has to stand after the entry."""
        settings = self._settings.get(number)
        if not settings:
            return line, []
        added = ", ".join([f"{name}: {text}" for name, text in settings.items()])
        found = re.fullmatch(_BEGINS, line)
        assert found
        begin, entry = found.groups()
        if self._end(number) > number:
            margin = " " * len(begin)
            return line, [f"{margin}{name}: {text}" for name, text in settings.items()]
        inner = entry[1:-1] if entry.startswith("{") else entry
        return f"{begin}{{{inner}, {added}}}", []

    def _end(self, number: int) -> int:
        """The last line of the entry that begins on a line."""
        found = re.fullmatch(_BEGINS, self._lines[number - 1])
        assert found
        depth = len(found[1])
        last = number
        while last < len(self._lines) and len(self._lines[last]) - len(self._lines[last].lstrip()) >= depth:
            last += 1
        return last

    def _with_names(self, line: str) -> str:
        for old, new in self._renamed.items():
            line = re.sub(rf"(?<![\w.-]){re.escape(old)}(?![\w-]*:)(?![\w-])", new, line)
        return line
