"""`cnncalc specs`."""

from typing import Annotated

import typer

from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.specs import ShippedReport

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = formats_of(ShippedReport)


@app.command()
@with_option_groups
def specs(
    all_: Annotated[bool, typer.Option("--all", help="Also one row per variant.")] = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    target: common.TargetOptions,
) -> None:
    """The specs that ship with cnncalc.

    Every command takes them, and their variants, by name.
    """
    target.write_report(ShippedReport.of_all(all_ or format == "json"), format)
