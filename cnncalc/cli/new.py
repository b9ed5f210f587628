"""`cnncalc new`."""

from typing import Annotated

import typer

from cnncalc.cli import FINDINGS
from cnncalc.report.starter import quoted, write_starter
from cnncalc.report.text import clean

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def new(
    path: Annotated[str, typer.Argument(metavar="[FILE]", help="The file to write; it must not exist.")] = "model.yaml",
) -> None:
    """Writes a commented spec to start from.

    It never overwrites a file.
    """
    try:
        write_starter(path)
    except FileExistsError:
        typer.echo(f"cnncalc: {clean(path)} already exists and was left alone; choose another name", err=True)
        raise typer.Exit(FINDINGS) from None
    except OSError as error:
        typer.echo(f"cnncalc: {clean(path)} was not written: {error.strerror or error}", err=True)
        raise typer.Exit(FINDINGS) from None
    typer.echo(f"wrote {clean(path)}; now: cnncalc summarize {quoted(path)}")
