"""The findings of one text, as they are collected."""

from __future__ import annotations

from cnncalc.diagnostics import Diagnostic, Span
from cnncalc.spec.settings import Mistake
from cnncalc.spec.source import MAX_FINDINGS, Source


class Findings:
    """Collects what is wrong with one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.items: list[Diagnostic] = []
        self.chain: tuple[str, ...] = ()
        """The block calls that led to what is being read."""
        self._seen: set[tuple[str, Span, str]] = set()

    def add(self, code: str, span: Span, message: str, label: str = "", *help: str) -> None:
        # a mistake inside a block is one mistake, however often the block is called
        if (code, span, message) not in self._seen and not self.is_full:
            self._seen.add((code, span, message))
            self.items.append(self.source.diagnostic(code, span, message, label, help)._replace(chain=self.chain))

    def mistake(self, mistake: Mistake) -> None:
        self.add(mistake.code, mistake.span, mistake.message, mistake.label, *mistake.help)

    @property
    def is_full(self) -> bool:
        """Whether no more findings are kept, so that reading on is of no use."""
        return len(self.items) >= MAX_FINDINGS

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self.items)
