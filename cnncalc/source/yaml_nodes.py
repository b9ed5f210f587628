"""The nodes of a YAML text: scalars, sequences and mappings, each with its place."""

from __future__ import annotations

from cnncalc.source.diagnostics import Span


class YamlNode:
    """A value in the document, with its place."""

    __slots__ = ("column", "end_column", "end_line", "line")
    what = "value"

    def __init__(self, line: int, column: int, end_line: int, end_column: int) -> None:
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column

    @property
    def span(self) -> Span:
        return Span(self.line, self.column, self.end_line, self.end_column)


class YamlScalar(YamlNode):
    """A text as it was written, quotes removed."""

    __slots__ = ("quoted", "text")
    what = "text"

    def __init__(self, text: str, line: int, column: int, end_line: int, end_column: int, quoted: bool = False) -> None:
        # written out instead of calling super(): a large spec has a hundred thousand of these
        self.text = text
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column
        self.quoted = quoted

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return not self.quoted and self.text in ("", "~", "null")

    def part(self, start: int, stop: int) -> YamlScalar:
        """The characters from start to stop as a separate scalar, with its own place."""
        if self.line != self.end_line or self.quoted or self.end_column - self.column != len(self.text):
            return YamlScalar(self.text[start:stop], self.line, self.column, self.end_line, self.end_column)
        return YamlScalar(self.text[start:stop], self.line, self.column + start, self.line, self.column + stop)


class YamlSequence(YamlNode):
    """A list."""

    __slots__ = ("items",)
    what = "list"

    def __init__(self, items: list[YamlNode], line: int, column: int, end_line: int, end_column: int) -> None:
        super().__init__(line, column, end_line, end_column)
        self.items = items


class YamlMapping(YamlNode):
    """Keys and values in the order of the file; every key is a scalar and occurs once."""

    __slots__ = ("pairs",)
    what = "mapping"

    def __init__(
        self, pairs: list[tuple[YamlScalar, YamlNode]], line: int, column: int, end_line: int, end_column: int
    ) -> None:
        super().__init__(line, column, end_line, end_column)
        self.pairs = pairs

    def get(self, key: str) -> YamlNode | None:
        """The value of a key; None if there is none."""
        for name, value in self.pairs:
            if name.text == key:
                return value
        return None
