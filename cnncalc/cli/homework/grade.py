"""`cnncalc homework grade`."""

import os
import sys
import time
from typing import Annotated

from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import FINDINGS, NOTHING_TO_DO, common
from cnncalc.cli.homework.fill import by_row, fill_gradebook, open_gradebook
from cnncalc.cli.homework.rubric import RubricOption, rubric_in
from cnncalc.cli.homework.sheet import AskOrNot, asked, with_blanks
from cnncalc.cli.options.declared import Option, OptionGroup, Positional
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.homework.gradebook.filenames import distinct
from cnncalc.homework.grading.batch import GradedFile, grade_all, person, settled
from cnncalc.homework.grading.scoring import FOLLOW_THROUGH, Rubric
from cnncalc.homework.handins.attempts import POLICIES
from cnncalc.homework.handins.files import find
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.homework.sheet.record import Keys, made_with
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.progress import progress
from cnncalc.report.text import clean
from cnncalc.report.views.homework.feedback import Feedback, FeedbackReport
from cnncalc.report.views.homework.grade import BY, GradesReport
from cnncalc.spec.reader import Spec, read
from cnncalc.spec.top_level import Overrides

OFFERED = formats_of(GradesReport)
FEEDBACK = formats_of(FeedbackReport)
TOGETHER = (
    Rule("--fill", needs=("--assignment",)),
    Rule("--assignment", needs=("--fill",)),
    Rule("--format", excludes=("--fill",)),
    Rule("--by", excludes=("--fill", "--format json", "--format gradescope")),
    Rule("--feedback-format", needs=("--feedback",)),
)


class Scoring:
    """How many points an answer is worth."""

    def __init__(
        self,
        rubric: RubricOption = None,
        follow_through: Annotated[
            str,
            common.choice(
                tuple(FOLLOW_THROUGH), "Points for what follows from an earlier mistake.", "--follow-through"
            ),
        ] = "full",
    ) -> None:
        self.rubric = rubric
        self.follow_through = follow_through

    def rules(self, sheet: Sheet) -> Rubric:
        """The rubric for a sheet; the mistakes of its file go to standard error, and end the command."""
        rules = rubric_in(self.rubric, with_blanks(sheet)) if self.rubric else Rubric()
        return rules._replace(follow_through=FOLLOW_THROUGH[self.follow_through])


ScoringOptions = Annotated[Scoring, OptionGroup(Scoring)]


class _FeedbackFiles:
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

    def write(self, results: list[GradedFile], writer: Feedback) -> None:
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
                common.Target(path).write(FeedbackReport(writer, result).render(self.format))
                work.step()


def grade(
    answers: Annotated[list[str], Positional("ANSWERS...", help="Students' files, and folders of them.")],
    key: Annotated[str, common.value("MODEL", "The spec that the sheet is about.", "--key")],
    *,
    ask: AskOrNot = None,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    by: Annotated[str, common.choice(BY, "One row per student, or per student and question.", "--by")] = "student",
    scoring: ScoringOptions,
    tolerance: Annotated[
        float, Option("--tolerance", min=0, max=1, help="How far off an answer may be, as a fraction.")
    ] = 0,
    reveal: Annotated[str, common.choice(("never", "always"), "Solutions in the feedback.", "--reveal")] = "never",
    feedback: Annotated[_FeedbackFiles, OptionGroup(_FeedbackFiles)],
    fill: Annotated[
        str | None, common.value("EXPORT", "Put the scores into this export of a gradebook.", "--fill")
    ] = None,
    assignment: Annotated[
        str | None, common.value("COLUMN", "The column of the export to fill.", "--assignment")
    ] = None,
    attempt: Annotated[
        str | None, common.choice(POLICIES, "Which of several hand-ins by a student counts.", "--attempt")
    ] = None,
    force: Annotated[
        bool, Option("--force", help="Also grade sheets of another model, or made with other options.")
    ] = False,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """Grades sheets, and names the mistakes.

    An answer is right, wrong, or right given an earlier mistake.
    """
    started = time.perf_counter()
    spec = common.load(key, overrides)
    book = open_gradebook(fill, assignment) if fill is not None and assignment is not None else None
    files = find(answers, (key, scoring.rubric, fill, feedback.folder, target.output))
    if not files and format != "gradescope":
        print("cnncalc: there are no answer sheets here", file=sys.stderr)
        raise SystemExit(NOTHING_TO_DO)

    is_of_one = format == "gradescope" or (FORMATS[format].form == "document" and len(files) == 1)
    if reveal == "always" and feedback.folder is None and (fill is not None or not is_of_one):
        raise UsageError("a table of scores has no solutions: it needs --feedback too", "--reveal")

    with progress("homework grade", "grading", len(files)) as work:
        batch = grade_all(files, _keys(spec, overrides, ask), scoring.rules, tolerance, force, work.step)
    with_blanks(batch.sheet)
    results = settled(batch.results, attempt, by_row(book) if book else person)
    _tell_of_sheet(batch.sheet, overrides)
    writer = Feedback(batch.sheet, batch.rubric, reveal == "always")
    feedback.write(results, writer)
    if book is not None:
        fill_gradebook(book, results, target.output)
    else:
        target.write_report(GradesReport(writer, results, by, time.perf_counter() - started), format)
    if any(result.error for result in results):
        raise SystemExit(FINDINGS)


def _keys(spec: Spec, given: Overrides, ask: str | None) -> Keys:
    """The sheets that the key stands for: as the caller says, or as the hand-ins say that they were made."""

    def make(overrides: Overrides) -> Analysis | None:
        if spec.variant and overrides.variant != spec.variant:
            return None
        other, _ = read(spec.parsed, overrides)
        return analyze(other) if other else None

    return Keys(analyze(spec), make, given != Overrides(), asked(ask) if ask else None, given)


def _tell_of_sheet(sheet: Sheet, given: Overrides) -> None:
    """Reports it if the sheets themselves said with which input or variables to grade them."""
    if sheet.overrides != given:
        options = made_with(sheet).partition(" ")[2]
        print(clean(f"cnncalc: graded with {options}, as the sheets say"), file=sys.stderr)


def _wishes(path: str) -> list[str]:
    """Possible names for the feedback about a file, the shortest first."""
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    folders = [part for part in folder.split(os.sep) if part not in ("", ".", "..")]
    beside = "_".join([*folders[-1:], stem])
    return [stem, beside, f"{beside}_{suffix[1:]}" if suffix else beside, "_".join([*folders, stem])]
