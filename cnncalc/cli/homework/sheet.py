"""`cnncalc homework sheet`."""

from typing import Annotated, Any

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.homework.sheet.questions import ASKED, COLUMNS, Sheet, sheet_of
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.homework.sheet import SheetReport

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = formats_of(SheetReport)
WORDS = (*COLUMNS, "memory", "total")
DEFAULT = ",".join((*ASKED, "total"))


def asked(text: str) -> list[str]:
    """The words after `--ask`, each once."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in WORDS:
            raise typer.BadParameter(f"cannot ask for {word!r}; expected some of {', '.join(WORDS)}")
    if not words:
        raise typer.BadParameter(f"expected some of {', '.join(WORDS)}")
    return list(dict.fromkeys(words))


def _checked(text: str | None) -> str | None:
    return text and ",".join(asked(text))


_OPTION: Any = typer.Option("--ask", metavar="WORDS", callback=_checked, help="What is asked for.")
Ask = Annotated[str, _OPTION]
AskOrNot = Annotated[str | None, _OPTION]
"""The same option if the sheets themselves say it."""


def with_blanks(sheet: Sheet) -> Sheet:
    """The sheet; one that asks for nothing is refused, with advice."""
    if sheet.questions:
        return sheet
    message = f"a sheet about {sheet.name} would have no blanks: ask for output or params"
    raise typer.BadParameter(message, param_hint="--ask")


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
    """A sheet with blanks for what is asked: an answer file, a table for a spreadsheet, or a page to print."""
    spec = common.load(model, overrides)
    worksheet = with_blanks(sheet_of(analyze(spec), asked(ask), overrides))
    target.write_report(SheetReport(worksheet, key), format)
