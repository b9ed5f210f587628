"""Collects the mistakes in one text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from cnncalc.settings.setting import Mistake
from cnncalc.source.diagnostics import Diagnostic, Span, nearest
from cnncalc.source.files import MAX_FINDINGS, Source
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar


class ScopeLike(Protocol):
    """Where something is written (a `Scope`): the calls that led there, innermost first, and the names it can use."""

    chain: tuple[str, ...]
    values: dict[str, Any]


class Findings:
    """Collects what is wrong with one text.

    Attributes:
        scope: where the text being read belongs.
        elsewhere: nodes that are used here but written in another text, where mistakes in them belong.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.items: list[Diagnostic] = []
        self.scope: ScopeLike | None = None
        self.elsewhere: dict[YamlNode, Findings] = {}
        self._has_others = False
        self._seen: dict[tuple[str, Span], tuple[ScopeLike | None, set[str]]] = {}

    @contextmanager
    def within(self, scope: ScopeLike) -> Iterator[None]:
        """Everything found meanwhile belongs to this scope."""
        outer, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = outer

    def add(self, code: str, span: Span, message: str, label: str = "", *help: str) -> None:
        # a mistake inside a block is one mistake, however often and with whatever values the block is called
        scope, messages = self._seen.setdefault((code, span), (self.scope, set()))
        if scope is not self.scope or message in messages or self.is_full:
            return
        messages.add(message)
        chain = self.scope.chain if self.scope else ()
        self.items.append(self.source.diagnostic(code, span, message, label, help)._replace(chain=chain))

    def mistake(self, mistake: Mistake) -> None:
        if other := self.elsewhere.get(mistake.node):
            other.mistake(mistake)
            self._has_others = True
            return
        if bare := self._without_quotes(mistake):
            help = f"take the quotes away: {bare}"
            self.add(mistake.code, mistake.span, mistake.message, "the quotes make it a text", help)
            return
        self.add(
            mistake.code, mistake.span, mistake.message, mistake.label, *self._as_expression(mistake), *mistake.help
        )

    def _without_quotes(self, mistake: Mistake) -> str:
        """A list or mapping that was put into quotes, as it was written; "" where it is anything else."""
        line, column, end_line, end_column = mistake.span
        if mistake.code not in ("CNN205", "CNN206") or line != end_line or line > len(self.source.lines):
            return ""
        written = self.source.lines[line - 1][column - 1 : end_column - 1]
        is_quoted = written[:2] in ('"[', "'[", '"{', "'{") and written[-2:] in (']"', "]'", '}"', "}'")
        return written[1:-1] if is_quoted else ""

    def _as_expression(self, mistake: Mistake) -> list[str]:
        """How to write a value that contains the name of a variable without its `$`."""
        if mistake.code != "CNN206" or not isinstance(mistake.node, YamlScalar) or not self.scope:
            return []
        from cnncalc.spec.language.expressions import with_dollar

        text, names = mistake.node.text.strip(), {*self.scope.values, "c_in"}
        if meant := with_dollar(text, names):
            return [f"write `{meant}`"]
        close = nearest(text, self.scope.values) if re.fullmatch(r"[A-Za-z_]\w*", text) else None
        return [f"did you mean `${close}`?"] if close else []

    @property
    def is_full(self) -> bool:
        """Whether no more findings are kept, so that reading on is pointless."""
        return len(self.items) >= MAX_FINDINGS

    @property
    def has_errors(self) -> bool:
        return self._has_others or bool(self.items)
