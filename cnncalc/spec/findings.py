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

    def add(self, code: str, span: Span, message: str, label: str = "", *help: str) -> None:
        if len(self.items) < MAX_FINDINGS:
            self.items.append(self.source.diagnostic(code, span, message, label, help))

    def mistake(self, mistake: Mistake) -> None:
        self.add(mistake.code, mistake.span, mistake.message, mistake.label, *mistake.help)

    @property
    def is_full(self) -> bool:
        """Whether no more findings are kept, so that reading on is of no use."""
        return len(self.items) >= MAX_FINDINGS

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self.items)
