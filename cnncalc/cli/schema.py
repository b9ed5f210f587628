"""`cnncalc schema`."""

import typer

from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.report.schemas.spec import spec_schema

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
@with_option_groups
def schema(*, target: common.FileOptions) -> None:
    """The JSON Schema of specs, for completion and checks in editors."""
    target.write_json(spec_schema())
