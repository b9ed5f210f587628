"""Answers in doubt, and what the teacher decides about them: the options of `homework grade`."""

import sys
from collections.abc import Sequence
from typing import Annotated

from cnncalc.cli import FINDINGS, common
from cnncalc.cli.homework._reading import read_or_exit
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.homework.grading.batch import Batch, GradedFile
from cnncalc.homework.grading.decisions import DecisionsError, decided, read_decisions
from cnncalc.report.text import clean
from cnncalc.report.views.homework.review import ReviewReport


class Reviewing:
    """The file with what was decided, and the one that is written for the next decisions."""

    def __init__(
        self,
        review: Annotated[
            str | None, common.value("CSV", "Write the answers that are in doubt or unreadable.", "--review")
        ] = None,
        decisions: Annotated[
            str | None, common.value("CSV", "The points of single answers, in a filled-in review.", "--decisions")
        ] = None,
    ) -> None:
        self._review, self._path = review, decisions
        self._decisions = [] if decisions is None else read_or_exit(decisions, read_decisions)

    @property
    def files(self) -> list[str]:
        """What is read and written."""
        return [each for each in (self._review, self._path) if each is not None]

    def applied(self, results: Sequence[GradedFile]) -> list[GradedFile]:
        """The results with what was decided; rows that cannot be honoured go to standard error, and end the command."""
        try:
            return decided(results, self._decisions)
        except DecisionsError as error:
            for problem in error.problems:
                print(clean(f"cnncalc: {self._path}: {problem}"), file=sys.stderr)
            print("cnncalc: nothing was graded: correct these rows, or leave them out", file=sys.stderr)
            raise SystemExit(FINDINGS) from None

    def write(self, batch: Batch) -> None:
        """Writes the review, if it is asked for."""
        if self._review is not None:
            common.Target(self._review).write_report(ReviewReport(batch), "csv")


ReviewOptions = Annotated[Reviewing, OptionGroup(Reviewing)]
