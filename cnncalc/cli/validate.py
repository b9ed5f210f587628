"""`cnncalc validate`."""

from typing import Annotated

import typer

from cnncalc.checks.validation import find_specs, validate_file
from cnncalc.cli import FINDINGS, NOTHING_TO_DO, common
from cnncalc.report.validation import validation_json, validation_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def validate(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Specs, or directories to search for *.yaml and *.yml.")
    ],
    format: Annotated[str, common.choice(("text", "json"), "What to write.", "--format", "-f")] = "text",
    output: common.Output = None,
) -> None:
    """Checks specs: every mistake of every file, and whether what they expect holds."""
    files = find_specs(paths)
    if not files:
        typer.echo(f"cnncalc: no spec in {', '.join(paths)}", err=True)
        raise typer.Exit(NOTHING_TO_DO)
    results = [validate_file(path) for path in files]
    if format == "json":
        common.write_json(validation_json(results), output)
    else:
        common.write(validation_text(results), output)
    if any(not result.is_ok for result in results):
        raise typer.Exit(FINDINGS)
