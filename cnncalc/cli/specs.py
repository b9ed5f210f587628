"""`cnncalc specs`."""

from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import Option
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.specs import ShippedReport

OFFERED = formats_of(ShippedReport)


def specs(
    all_: Annotated[bool, Option("--all", help="Also one row per variant.")] = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    target: common.TargetOptions,
) -> None:
    """The specs that ship with cnncalc.

    Every command takes them, and their variants, by name.
    """
    target.write_report(ShippedReport.of_all(all_ or format == "json"), format)
