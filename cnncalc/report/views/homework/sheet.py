"""Homework sheets: the network with blanks for what is asked, or with the solutions and how they are calculated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import ENGLISH, LANGUAGES, Language
from cnncalc.homework.sheet.questions import Sheet, known_words, refuse_large, refuse_without_blanks, sheet_of
from cnncalc.report._document import Block
from cnncalc.report.report import Records, Report
from cnncalc.report.views.homework._answer_file import answer_lines
from cnncalc.report.views.homework._printed import printed_sheet
from cnncalc.report.views.homework._sheet_texts import SheetTexts

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.spec.top_level import Overrides


class SheetReport(Report):
    """A sheet with blanks, or with the key.

    Attributes:
        texts: what it says.
        has_figure: whether it draws the network, in a document.
    """

    __slots__ = ("has_figure", "texts")

    def __init__(
        self,
        sheet: Sheet,
        with_key: bool = False,
        student: str = "",
        say: Language = ENGLISH,
        rubric: Rubric | None = None,
        has_figure: bool = False,
    ) -> None:
        self.has_figure = has_figure
        self.texts = SheetTexts(sheet, with_key, student, say, rubric or Rubric())

    @classmethod
    def of(
        cls,
        analysis: Analysis,
        ask: Sequence[str],
        overrides: Overrides,
        with_key: bool = False,
        language: str = "en",
        has_figure: bool = False,
    ) -> SheetReport:
        """The sheet about a model.

        Args:
            overrides: what was set instead of the model's file.
            language: a key of `LANGUAGES`.
            has_figure: whether it draws the network.

        Raises:
            ValueError: a word or the language is unknown, nothing is left to ask, or the model is too large for a
                sheet.
        """
        if language not in LANGUAGES:
            raise ValueError(f"expected one of {', '.join(LANGUAGES)}, found {language!r}")
        refuse_large(analysis.spec)
        sheet = sheet_of(analysis, known_words(ask), overrides)
        refuse_without_blanks(sheet)
        return cls(sheet, with_key, say=Language(language), has_figure=has_figure)

    def document(self) -> list[Block]:
        """The sheet to print: a table with blanks; with the key, how each answer is calculated below it."""
        return list(printed_sheet(self.texts, self.has_figure))

    def table(self) -> Records:
        """The sheet for a spreadsheet, to fill in: one row per layer, after what is assumed. The headings are the same
        in every language, so that grading reads them."""
        texts = self.texts
        head = [
            ["made_with", texts.made_with],
            ["student", texts.who],
            ["points", texts.points()],
            *(["note", sentence] for sentence in texts.assumed),
            ["layer", "settings", *texts.columns, *([] if texts.is_uniform else ["points"])],
        ]
        return Records(["worksheet", texts.sheet.name], chain(head, texts.cells()))

    def answer_file(self) -> Iterator[str]:
        """The lines of the sheet to fill in in an editor: one answer per line."""
        return answer_lines(self.texts)
