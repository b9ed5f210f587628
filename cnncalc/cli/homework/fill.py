"""Scores into the export of a gradebook, for `homework grade --fill`."""

import sys

import typer

from cnncalc.cli import FINDINGS, common
from cnncalc.homework.batch import Result
from cnncalc.homework.gradebook import GradebookError, fill
from cnncalc.report.grading import decimal
from cnncalc.report.text import clean


def fill_gradebook(path: str, assignment: str | None, results: list[Result], output: str | None) -> None:
    """Writes the filled export, to a file or to standard output; who was not found is listed on standard error."""
    assert assignment is not None
    scores = {result.student: decimal(result.score.points) for result in results if not result.error}
    try:
        with open(path, "rb") as file:
            filled = fill(file.read(), assignment, scores)
    except (OSError, GradebookError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(clean(f"cnncalc: {path} cannot be filled: {reason}"), file=sys.stderr)
        raise typer.Exit(FINDINGS) from None
    if output is None:
        sys.stdout.buffer.write(filled.data)
    else:
        with common.written(output) as target:
            target.write(filled.data)
    print(f"{filled.filled} of {len(scores)} scores filled in", file=sys.stderr)
    for what, names in (
        ("no row for", filled.missing),
        ("several rows for", filled.ambiguous),
        ("no score for", filled.empty),
    ):
        if names:
            print(clean(f"{what}: {'; '.join(names)}"), file=sys.stderr)
