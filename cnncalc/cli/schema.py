"""`cnncalc schema`."""

import typer

from cnncalc.cli import common
from cnncalc.report.views.schema import spec_schema

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def schema(output: common.Output = None) -> None:
    """The JSON Schema of specs, for completion and checks in editors."""
    common.write_json(spec_schema(), output)
