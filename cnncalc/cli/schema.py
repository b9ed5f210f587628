"""`cnncalc schema`."""

from typing import Annotated

import typer

from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.report.schemas.catalogue import SCHEMA_NAMES, SPEC, json_schema
from cnncalc.source.diagnostics import nearest

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def _known(name: str) -> str:
    """The name of a schema, as JSON has it too: `cnncalc/summary`."""
    wanted = name.removeprefix("cnncalc/")
    if wanted not in SCHEMA_NAMES:
        close = nearest(wanted, SCHEMA_NAMES)
        hint = f"did you mean {close}?" if close else f"known are {', '.join(SCHEMA_NAMES)}"
        raise typer.BadParameter(f"there is no schema {name!r}; {hint}")
    return wanted


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
    """The JSON Schema of specs, for completion and checks in editors; or of the JSON that a command writes."""
    target.write_json(json_schema(name))
