"""`cnncalc homework sheet`."""

from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.homework.questions import ASKED, COLUMNS, sheet_of
from cnncalc.report.sheet import sheet_csv, sheet_document, sheet_yaml

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FORMATS = ("yaml", "csv", "markdown", "html")
WORDS = (*COLUMNS, "memory", "total")
DEFAULT = ",".join((*ASKED, "total"))


def asked(text: str) -> list[str]:
    """The words behind `--ask`."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in WORDS:
            raise typer.BadParameter(f"cannot ask for {word!r}; known are {', '.join(WORDS)}")
    if not words:
        raise typer.BadParameter(f"expected some of {', '.join(WORDS)}")
    return words


Ask = Annotated[
    str,
    typer.Option("--ask", metavar="WORDS", callback=lambda text: ",".join(asked(text)), help="What is asked for."),
]


@app.command()
def sheet(
    model: common.Model,
    ask: Ask = DEFAULT,
    key: Annotated[bool, typer.Option("--key", help="With the solutions, and how they come about.")] = False,
    format: Annotated[str, common.choice(FORMATS, "What to write.", "--format", "-f")] = "yaml",
    variant: common.Variant = None,
    set: common.Set = None,
    input: common.Input = None,
    convention: common.Convention = None,
    layout: common.Layout = None,
    output: common.Output = None,
) -> None:
    """A sheet with blanks for what is asked: an answer file, a table for a spreadsheet, or a page to print."""
    spec = common.load(model, common.chosen(input, convention, layout, variant, set))
    worksheet = sheet_of(analyze(spec), asked(ask))
    if format == "html":
        from cnncalc.report.html import page

        common.write(page(spec.name, sheet_document(worksheet, key)), output)
    elif format == "markdown":
        from cnncalc.report.markdown import markdown

        common.write(markdown(sheet_document(worksheet, key)), output)
    else:
        common.write((sheet_csv if format == "csv" else sheet_yaml)(worksheet, key), output)
