"""Feedback that goes back to students: the options of `homework grade`."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cnncalc.cli import FINDINGS, common
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.homework.gradebook.filenames import distinct
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.progress import progress
from cnncalc.report.text import clean
from cnncalc.report.views.homework.writers import FeedbackWriters, HandInReport

FEEDBACK = formats_of(HandInReport)


class Returning:
    """The folder that feedback goes into, if any."""

    def __init__(
        self,
        feedback: Annotated[
            str | None,
            common.value("DIR", "Write each student's feedback into this folder.", "--feedback"),
        ] = None,
        feedback_format: Annotated[
            str, common.choice(FEEDBACK, "The format of the feedback.", "--feedback-format")
        ] = "text",
    ) -> None:
        self.folder = feedback
        self.format = feedback_format

    @property
    def files(self) -> list[str]:
        """What is written."""
        return [each for each in (self.folder,) if each is not None]

    def write(self, results: Sequence[GradedFile], writers: FeedbackWriters) -> None:
        """Writes a file for each hand-in, under its name, with that of its folder if several have the same name."""
        if self.folder is None:
            return
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError as error:
            print(clean(f"cnncalc: {self.folder} was not written: {error.strerror or error}"), file=sys.stderr)
            raise SystemExit(FINDINGS) from None
        names = distinct([_wishes(result.file) for result in results])
        with progress("homework grade", "writing feedback", len(results)) as work:
            for result, name in zip(results, names, strict=True):
                path = os.path.join(self.folder, name + FORMATS[self.format].suffix)
                common.Target(path).write(HandInReport(writers, result).render(self.format))
                work.step()


ReturningOptions = Annotated[Returning, OptionGroup(Returning)]


def _wishes(path: str) -> list[str]:
    """Possible names for the feedback about a file, the shortest first."""
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    folders = [part for part in folder.split(os.sep) if part not in ("", ".", "..")]
    beside = "_".join([*folders[-1:], stem])
    return [stem, beside, f"{beside}_{suffix[1:]}" if suffix else beside, "_".join([*folders, stem])]
