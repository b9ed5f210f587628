"""`cnncalc homework grade`."""

import sys
import time
from typing import Annotated

from cnncalc.cli import FINDINGS, NOTHING_TO_DO, common
from cnncalc.cli.homework import _counting, _course, _gradescope, _returning
from cnncalc.cli.homework._counting import CountingOptions
from cnncalc.cli.homework._course import CourseOptions, fill_gradebook
from cnncalc.cli.homework._feedback import ONE_SPELLING, FeedbackSaidOptions
from cnncalc.cli.homework._gradescope import GradescopeOptions
from cnncalc.cli.homework._keys import files_of, open_keys, refuse_mixture
from cnncalc.cli.homework._returning import ReturningOptions
from cnncalc.cli.homework._review import ReviewOptions
from cnncalc.cli.homework._scoring import ScoringOptions
from cnncalc.cli.homework.sheet import AskOrNot, with_blanks
from cnncalc.cli.options.declared import Option, Positional
from cnncalc.cli.options.rules import Rule
from cnncalc.homework.grading.batch import Batch, grade_all
from cnncalc.homework.handins.files import find
from cnncalc.homework.sheet.record import made_with
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.progress import progress
from cnncalc.report.text import clean
from cnncalc.report.views.homework.grade import BY, GradesReport, StatisticsReport
from cnncalc.report.views.homework.writers import FeedbackWriters
from cnncalc.spec.top_level import Overrides

OFFERED = formats_of(GradesReport)
TOGETHER = (
    ONE_SPELLING,
    Rule("--format", excludes=("--fill",)),
    Rule("--by", excludes=("--fill", "--format json", "--format gradescope")),
    *_course.RULES,
    *_counting.RULES,
    *_returning.RULES,
    *_gradescope.RULES,
)


def grade(
    answers: Annotated[list[str], Positional("ANSWERS...", help="Students' files, and folders of them.")],
    key: Annotated[str, common.value("MODEL", "The spec that the sheets are about, or a folder of specs.", "--key")],
    *,
    ask: AskOrNot = None,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    by: Annotated[str, common.choice(BY, "One row per student, or per student and question.", "--by")] = "student",
    scoring: ScoringOptions,
    tolerance: Annotated[
        float, Option("--tolerance", min=0, max=1, help="How far off an answer may be, as a fraction.")
    ] = 0,
    said: FeedbackSaidOptions,
    returning: ReturningOptions,
    course: CourseOptions,
    counting: CountingOptions,
    reviewing: ReviewOptions,
    statistics: Annotated[
        str | None, common.value("CSV", "Write the statistics of each question.", "--statistics")
    ] = None,
    force: Annotated[
        bool, Option("--force", help="Also grade sheets of another model, or made with other options.")
    ] = False,
    gradescope: GradescopeOptions,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """Grades sheets, and names the mistakes.

    An answer is right, wrong, or right given an earlier mistake.
    """
    started = time.perf_counter()
    refuse_mixture(key, answers)
    keys = open_keys(key, overrides, ask, course.people.is_same, gradescope.students)
    others = (scoring.rubric, statistics, *course.files, *reviewing.files, *returning.files, target.output)
    files = find(answers, (*files_of(key, keys), *others))
    if not files and format != "gradescope":
        print("cnncalc: there are no answer sheets here", file=sys.stderr)
        raise SystemExit(NOTHING_TO_DO)

    is_of_one = format == "gradescope" or (FORMATS[format].form == "document" and len(files) == 1)
    is_read = course.has_comments or bool(returning.files) or (is_of_one and course.book is None)
    if not is_read:
        said.refuse()

    with progress("homework grade", "grading", len(files)) as work:
        batch = grade_all(files, keys, scoring.rules, tolerance, force, work.step)
    _tell_of_sheets(batch, overrides)
    batch = batch._replace(results=counting.applied(reviewing.applied(batch.results), course.people.who))
    writers = FeedbackWriters(said.writer, said.say)
    returning.write(batch.results, writers, course.people.contact, course.people.participant)
    reviewing.write(batch)
    if statistics is not None:
        common.Target(statistics).write_report(StatisticsReport(batch), "csv")
    if course.book is not None:
        fill_gradebook(course.book, course.people, batch.results, writers.comment, target.output)
    else:
        target.write_report(GradesReport(writers, batch, by, time.perf_counter() - started, gradescope), format)
    if any(result.error for result in batch.results):
        raise SystemExit(FINDINGS)


def _tell_of_sheets(batch: Batch, given: Overrides) -> None:
    """Reports what the table has no room for: with which options a sheet says that it was made, and about a single
    hand-in what only the teacher should know. A sheet without blanks ends the command."""
    for key in batch.keys:
        with_blanks(key.sheet)
    if len(batch.keys) == 1 and batch.keys[0].sheet.overrides != given:
        options = made_with(batch.keys[0].sheet, with_files=False).partition(" ")[2]
        print(clean(f"cnncalc: graded with {options}, as the sheets say"), file=sys.stderr)
    if len(batch.results) == 1:
        for note in batch.results[0].asides:
            print(clean(f"cnncalc: {batch.results[0].file}: {note}"), file=sys.stderr)
