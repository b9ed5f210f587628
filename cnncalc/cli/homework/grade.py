"""`cnncalc homework grade`."""

import os
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import FINDINGS, NOTHING_TO_DO, common
from cnncalc.cli.homework.fill import fill_gradebook
from cnncalc.cli.homework.sheet import DEFAULT, Ask, asked
from cnncalc.cli.usage import Rule
from cnncalc.homework.batch import Result, find_files, grade_all
from cnncalc.homework.questions import Sheet, sheet_of
from cnncalc.homework.scoring import FOLLOW_THROUGH, Rubric, read_rubric
from cnncalc.report.grading import (
    Feedback,
    broken_json,
    class_csv,
    class_document,
    class_json,
    gradescope_json,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FORMATS = ("text", "json", "csv", "gradescope")
TOGETHER = (
    Rule("--fill", needs=("--assignment",)),
    Rule("--assignment", needs=("--fill",)),
    Rule("--format", excludes=("--fill",)),
    Rule("--feedback-format", needs=("--feedback",)),
)
FEEDBACK_FORMATS = {"text": ".txt", "markdown": ".md", "html": ".html"}
MANY = 50
"""From so many files on there is a progress bar."""


@app.command()
def grade(
    answers: Annotated[list[str], typer.Argument(metavar="ANSWERS...", help="Students' files, and folders of them.")],
    key: Annotated[str, typer.Option("--key", metavar="MODEL", help="The spec that the sheet is about.")],
    ask: Ask = DEFAULT,
    format: Annotated[str, common.choice(FORMATS, "What to write.", "--format", "-f")] = "text",
    rubric: Annotated[str | None, typer.Option("--rubric", metavar="FILE", help="Points by column and layer.")] = None,
    follow_through: Annotated[
        str, common.choice(tuple(FOLLOW_THROUGH), "Points for what follows from an earlier slip.", "--follow-through")
    ] = "full",
    tolerance: Annotated[float, typer.Option("--tolerance", min=0, max=1, help="How far off counts as right.")] = 0,
    reveal: Annotated[str, common.choice(("never", "always"), "Solutions in the feedback.", "--reveal")] = "never",
    feedback: Annotated[
        str | None, typer.Option("--feedback", metavar="DIR", help="Write each student's feedback into this folder.")
    ] = None,
    feedback_format: Annotated[
        str, common.choice(tuple(FEEDBACK_FORMATS), "What feedback is written as.", "--feedback-format")
    ] = "text",
    fill: Annotated[
        str | None, typer.Option("--fill", metavar="EXPORT", help="Put the scores into this export of a gradebook.")
    ] = None,
    assignment: Annotated[
        str | None, typer.Option("--assignment", metavar="COLUMN", help="The column of the export to fill.")
    ] = None,
    variant: common.Variant = None,
    set: common.Set = None,
    input: common.Input = None,
    convention: common.Convention = None,
    layout: common.Layout = None,
    output: common.Output = None,
    color: common.Color = "auto",
) -> None:
    """Grades sheets: right, wrong, or right by an earlier slip, with the mistake by its name."""
    started = time.perf_counter()
    spec = common.load(key, common.chosen(input, convention, layout, variant, set))
    sheet = sheet_of(analyze(spec), asked(ask))
    rules = (read_rubric_file(rubric, sheet) if rubric else Rubric())._replace(
        follow_through=FOLLOW_THROUGH[follow_through]
    )
    files = list(find_files(answers))
    if not files:
        print("cnncalc: there are no answer sheets here", file=sys.stderr)
        raise typer.Exit(NOTHING_TO_DO)
    is_of_one = format == "gradescope" or (format == "text" and len(files) == 1)
    if reveal == "always" and feedback is None and (fill is not None or not is_of_one):
        raise typer.BadParameter("a table of scores has no solutions: it needs --feedback too", param_hint="--reveal")
    with common.progress("grading", len(files) if len(files) >= MANY else 0) as seen:
        results = grade_all(files, sheet, rules, tolerance, seen)
    writer = Feedback(sheet, rules, reveal == "always")
    if feedback is not None:
        _write_feedback(results, writer, feedback, feedback_format)
    if fill is not None:
        fill_gradebook(fill, assignment, results, output)
    else:
        _write(results, sheet, rules, writer, format, output, color, time.perf_counter() - started)
    if any(result.error for result in results):
        raise typer.Exit(FINDINGS)


def _write(
    results: list[Result],
    sheet: Sheet,
    rules: Rubric,
    writer: Feedback,
    format: str,
    output: str | None,
    color: str,
    seconds: float,
) -> None:
    if format == "json":
        common.write_json(class_json(sheet, results, rules), output)
    elif format == "csv":
        common.write(class_csv(results), output)
    elif format == "gradescope":
        if len(results) > 1:
            one = broken_json("there is more than one answer sheet: hand in one file", seconds)
        else:
            one = gradescope_json(results[0], writer, seconds)
        common.write_json(one, output)
    elif len(results) == 1:
        common.write_document(writer.document(results[0]), "text", output, color)
    else:
        common.write_document(class_document(sheet, results), "text", output, color)


def read_rubric_file(path: str, sheet: Sheet) -> Rubric:
    """The rubric in a file; its mistakes go to standard error, and end the command."""
    from cnncalc.spec.findings import Findings
    from cnncalc.spec.source import Unreadable, parse, read_file

    try:
        source = read_file(path)
        root, problems = parse(source)
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    findings = Findings(source)
    rubric = read_rubric(root, sheet, findings)
    if problems or findings.items:
        raise common.complain([*problems, *findings.items])
    return rubric


def _write_feedback(results: list[Result], writer: Feedback, folder: str, format: str) -> None:
    """A file a student, under the name of the file that was handed in."""
    from cnncalc.report.html import page
    from cnncalc.report.markdown import markdown
    from cnncalc.report.plain import plain

    os.makedirs(folder, exist_ok=True)
    kinds: dict[str, Callable[[Any], str]] = {
        "text": plain,
        "markdown": markdown,
        "html": lambda document: page(writer.sheet.name, document),
    }
    taken: dict[str, int] = {}
    for result in results:
        name = os.path.splitext(os.path.basename(result.file))[0]
        taken[name] = taken.get(name, 0) + 1
        number = f"_{taken[name]}" if taken[name] > 1 else ""
        common.write(
            kinds[format](writer.document(result)), os.path.join(folder, f"{name}{number}{FEEDBACK_FORMATS[format]}")
        )
