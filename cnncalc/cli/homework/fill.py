"""Puts scores into the export of a gradebook, for `homework grade --fill`."""

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable

from cnncalc.cli import FINDINGS, common
from cnncalc.homework.gradebook.exports import MAX_BYTES, Gradebook, GradebookError
from cnncalc.homework.gradebook.identity import may_be
from cnncalc.homework.grading.batch import SEVERAL, GradedFile
from cnncalc.homework.grading.standing import person
from cnncalc.report.text import clean, decimal


def open_gradebook(path: str, assignment: str) -> Gradebook:
    """The export; the reason why it cannot be filled goes to standard error, and ends the command."""
    try:
        with open(path, "rb") as file:
            return Gradebook(file.read(MAX_BYTES + 1), assignment)
    except (OSError, GradebookError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(clean(f"cnncalc: {path} cannot be filled: {reason}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None


def by_row(book: Gradebook) -> Callable[[GradedFile], Hashable]:
    """Who handed in: the student of a row, whatever name the hand-in gives; otherwise by name."""

    def who(result: GradedFile) -> Hashable:
        rows = book.rows_of(result.student)
        return ("row", rows[0]) if len(rows) == 1 else person(result)

    return who


def same_row(book: Gradebook) -> Callable[[str, str], bool]:
    """Whether two names are those of one student: as people write them, or because they mean the same row."""

    def is_same(name: str, other: str) -> bool:
        rows, others = book.rows_of(name), book.rows_of(other)
        return rows == others if len(rows) == len(others) == 1 else may_be(name, other)

    return is_same


def fill_gradebook(book: Gradebook, results: list[GradedFile], output: str | None) -> None:
    """Writes the filled export to a file or to standard output; students without a score are listed on standard
    error."""
    graded = [result for result in results if not result.error]
    counted = [result for result in graded if not result.standing]
    rows = {result.file: book.rows_of(result.student) for result in graded}
    filled = 0
    for result in counted:
        if len(rows[result.file]) == 1:
            book.put(rows[result.file][0], decimal(result.total.points))
            filled += 1
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


def _tell(what: str, names: Iterable[str]) -> None:
    """Prints a list of names; one that occurs several times with its count."""
    texts = [name if times == 1 else f"{name} ({times}×)" for name, times in Counter(names).items()]
    if texts:
        print(clean(f"{what}: {'; '.join(texts)}"), file=sys.stderr)
