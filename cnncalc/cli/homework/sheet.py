"""`cnncalc homework sheet`."""

from typing import Annotated, Any

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.homework.sheet.questions import ASKED, Sheet, known_words, refuse_without_blanks, sheet_of
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.homework.sheet import SheetReport

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = formats_of(SheetReport)
DEFAULT = ",".join((*ASKED, "total"))


def asked(text: str) -> list[str]:
    """The words after `--ask`, each once."""
    try:
        return known_words(word.strip() for word in text.split(",") if word.strip())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _checked(text: str | None) -> str | None:
    return text and ",".join(asked(text))


_OPTION: Any = typer.Option("--ask", metavar="WORDS", callback=_checked, help="What is asked for.")
Ask = Annotated[str, _OPTION]
AskOrNot = Annotated[str | None, _OPTION]
"""The same option if the sheets themselves say it."""


def with_blanks(sheet: Sheet) -> Sheet:
    """The sheet, unless it asks for nothing."""
    try:
        refuse_without_blanks(sheet)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--ask") from None
    return sheet


@app.command()
@with_option_groups
def sheet(
    model: common.Model,
    ask: Ask = DEFAULT,
    key: Annotated[bool, typer.Option("--key", help="With the solutions, and how they are calculated.")] = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "yaml",
    *,
    overrides: common.ModelOptions,
    target: common.FileOptions,
) -> None:
    """A sheet with blanks for what is asked.

    An answer file, a table for a spreadsheet, or a page to print.
    """
    spec = common.load(model, overrides)
    worksheet = with_blanks(sheet_of(analyze(spec), asked(ask), overrides))
    target.write_report(SheetReport(worksheet, key), format)
