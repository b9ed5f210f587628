"""Who handed in, by the table of a course, and scores that are put into it: the options of `homework grade`."""

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Annotated

from cnncalc.cli import FINDINGS, common
from cnncalc.cli.homework._reading import read_or_exit
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.cli.options.rules import Rule
from cnncalc.homework.gradebook.exports import MAX_BYTES, ClassList, Contact, Gradebook, GradebookError
from cnncalc.homework.gradebook.identity import may_be
from cnncalc.homework.grading.batch import SEVERAL, GradedFile
from cnncalc.homework.grading.standing import person
from cnncalc.homework.handins.lms_names import LmsName, named_by_lms
from cnncalc.report.text import clean, decimal

RULES = (
    Rule("--fill", needs=("--assignment",)),
    Rule("--assignment", needs=("--fill",)),
    Rule("--comments", needs=("--fill",)),
    Rule("--roster", excludes=("--fill",)),
)


class Course:
    """The table of a course: an export to fill, or a roster.

    Attributes:
        files: the table.
        book: the export; None if there is none to fill.
        people: the students in it.
        has_comments: whether feedback goes into it.
    """

    def __init__(
        self,
        fill: Annotated[
            str | None, common.value("EXPORT", "Put the scores into this export of a gradebook.", "--fill")
        ] = None,
        assignment: Annotated[
            str | None, common.value("COLUMN", "The column of the export to fill.", "--assignment")
        ] = None,
        comments: Annotated[
            str | None, common.value("COLUMN", "Put the feedback into this column of the export too.", "--comments")
        ] = None,
        roster: Annotated[
            str | None, common.value("CSV", "Who is in the course, if there is no export to fill.", "--roster")
        ] = None,
    ) -> None:
        self.files = [each for each in (fill, roster) if each is not None]
        self.book = None if fill is None or assignment is None else _opened(fill, assignment, comments)
        self.people = People(self.book or (read_or_exit(roster, ClassList) if roster is not None else None))
        self.has_comments = comments is not None


CourseOptions = Annotated[Course, OptionGroup(Course)]


def _opened(path: str, assignment: str, comments: str | None) -> Gradebook:
    """The export; the reason why it cannot be filled goes to standard error, and ends the command."""
    try:
        with open(path, "rb") as file:
            return Gradebook(file.read(MAX_BYTES + 1), assignment, comments)
    except (OSError, GradebookError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(clean(f"cnncalc: {path} cannot be filled: {reason}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None


class People:
    """Who handed in, by the table of a course if there is one."""

    def __init__(self, table: ClassList | None) -> None:
        self._table = table

    def rows_of(self, result: GradedFile) -> list[int]:
        """The rows that may be about the student: what the LMS says counts more than what the hand-in says."""
        if self._table is None:
            return []
        rows = self._rows_by_lms(self._table, named_by_lms(result.file))
        return rows if len(rows) == 1 else self._table.rows_of(result.student, result.lms_number)

    @staticmethod
    def _rows_by_lms(table: ClassList, lms: LmsName | None) -> list[int]:
        if lms is None:
            return []
        if lms.system == "moodle" and table.is_worksheet:
            row = table.row_of_participant(int(lms.number))
            return [] if row is None else [row]
        return table.rows_of(lms.student, lms.number)

    def who(self, result: GradedFile) -> Hashable:
        """The student of a row, or the one that the LMS names, whatever name the hand-in gives; otherwise by name."""
        rows = self.rows_of(result)
        if len(rows) == 1:
            return "row", rows[0]
        lms = named_by_lms(result.file)
        return (lms.system, lms.number or lms.student) if lms else person(result)

    def is_same(self, name: str, other: str) -> bool:
        """Whether two names are those of one student: as people write them, or because they mean the same row."""
        rows, others = (self._table.rows_of(each) if self._table else [] for each in (name, other))
        return rows == others if len(rows) == len(others) == 1 else may_be(name, other)

    def contact(self, result: GradedFile) -> Contact:
        """Where the student can be reached."""
        rows = self.rows_of(result)
        return self._table.contact(rows[0]) if self._table and len(rows) == 1 else Contact()

    def participant(self, result: GradedFile) -> int | None:
        """The number of the student in Moodle; None if it is not known."""
        rows = self.rows_of(result)
        return self._table.participant(rows[0]) if self._table and len(rows) == 1 else None


def fill_gradebook(
    book: Gradebook,
    people: People,
    results: Sequence[GradedFile],
    comment: Callable[[GradedFile], Sequence[str]],
    output: str | None,
) -> None:
    """Writes the filled export to a file or to standard output; students without a score are listed on standard
    error."""
    graded = [result for result in results if not result.error]
    counted = [result for result in graded if not result.standing]
    rows = {result.file: people.rows_of(result) for result in results}
    filled = 0
    for result in counted:
        if len(rows[result.file]) == 1:
            (row,) = rows[result.file]
            book.put(row, decimal(result.total.points))
            book.comment(row, comment(result))
            filled += 1
    for result in results:
        if result.error and is_known(result) and len(rows[result.file]) == 1 and rows[result.file][0] not in book.done:
            book.comment(rows[result.file][0], comment(result))
    if output is None:
        sys.stdout.buffer.write(book.data)
    else:
        with common.written_file(output) as target:
            target.write(book.data)
    several = [result for result in graded if result.standing == SEVERAL]
    out_of = len(counted) + len({result.student for result in several})
    print(f"{filled} of {out_of} scores filled in", file=sys.stderr)
    _tell("no row for", (each.student for each in counted if not rows[each.file]))
    _tell("several rows for", (each.student for each in counted if len(rows[each.file]) > 1))
    _tell("several hand-ins, so none was filled in", (f"{each.student} ({each.file})" for each in several))
    _tell("no score for", book.empty)
    _tell("not graded", (f"{each.file} ({each.error})" for each in results if each.error))


def is_known(result: GradedFile) -> bool:
    """Whether the hand-in or the LMS says whose it is: the name of a file alone may be anybody's."""
    is_named = result.submission is not None and not result.submission.is_nameless
    return is_named or named_by_lms(result.file) is not None


def _tell(what: str, names: Iterable[str]) -> None:
    """Prints a list of names; one that occurs several times with its count."""
    texts = [name if times == 1 else f"{name} ({times}×)" for name, times in Counter(names).items()]
    if texts:
        print(clean(f"{what}: {'; '.join(texts)}"), file=sys.stderr)
