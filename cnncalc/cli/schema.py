"""`cnncalc schema`."""

from typing import Annotated

import typer

from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.report.schemas.catalogue import SCHEMA_NAMES, SPEC, json_schema, schema_named

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def _known(name: str) -> str:
    try:
        return schema_named(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
@with_option_groups
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            callback=_known,
            autocompletion=lambda: list(SCHEMA_NAMES),
            help="Of the JSON that a command writes, as in summary.",
        ),
    ] = SPEC,
    *,
    target: common.FileOptions,
) -> None:
    """The JSON Schema of specs, or of a command's JSON.

    Editors use that of specs for completion and checks.
    """
    target.write_json(json_schema(name))
