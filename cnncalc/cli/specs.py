"""`cnncalc specs`."""

from typing import Annotated

import typer

from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.specs import Shipped, ShippedReport
from cnncalc.source.open_model import shipped, variants
from cnncalc.spec.top_level import Overrides

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
    """The specs that ship with cnncalc; every command takes them, and their variants, by name."""
    homes = variants()
    is_wanted = all_ or format == "json"
    found = {
        name: Shipped(
            analyze(common.load(path)),
            # variants would take most of the time, so only if they are shown
            {each: _variant(path, each) if is_wanted else None for each, home in homes.items() if home == name},
        )
        for name, path in shipped().items()
    }
    target.write_report(ShippedReport(found), format)


def _variant(path: str, name: str) -> Analysis:
    return analyze(common.load(path, Overrides(variant=name)))
