"""`cnncalc receptive-field`."""

import shutil
from typing import Annotated

from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, LISTING_OPTIONS, TABLES, listing_options
from cnncalc.cli.options.rules import Rule, UsageError, formats
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.views.field_box import UnitReport
from cnncalc.report.views.field_columns import KEYS
from cnncalc.report.views.receptive_field import FieldReport
from cnncalc.report.views.rows import Listing

OFFERED = formats_of(FieldReport)
TOGETHER = (
    *LISTED_FOR_PEOPLE,
    Rule("--at", needs=("--layer",)),
    Rule("--cover", excludes=("--layer", *TABLES)),
    Rule("--all", excludes=("--layer",)),
    *(Rule(option, excludes=("--layer",)) for option in LISTING_OPTIONS),
    Rule("--fold", excludes=TABLES),
    Rule(
        "--layout",
        needs=("--input", "--columns", *formats(*(name for name in OFFERED if FORMATS[name].form != "table"))),
    ),
)


def receptive_field(
    model: common.Model,
    layer: Annotated[str | None, common.value("NAME", "Draw the box of one unit of this layer.", "--layer")] = None,
    at: Annotated[
        str | None, common.value("5,7", "Which unit, counted from 0 on each axis; the middle one by default.", "--at")
    ] = None,
    cover: Annotated[
        str | None, common.value("SIZE", "Ask for this size (64, 64x32) instead of the input's.", "--cover")
    ] = None,
    all_: Annotated[bool, Option("--all", help="Also list layers that do not change the field.")] = False,
    *,
    listing: Annotated[Listing, listing_options(KEYS)],
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """What each layer sees of the input.

    Also whether that covers the input, and what it would take to cover it.
    """
    analysis = analyze(common.load(model, overrides))
    if layer is not None:
        target.write_report(_unit(analysis, layer, at), format)
        return
    wanted = None if cover is None else common.option_numbers(cover, "[x×]", "--cover", "64 or 64x32")
    try:
        report = FieldReport.of(analysis, wanted, all_, listing)
    except ValueError as error:
        raise UsageError(str(error), "--cover") from None
    target.write_report(report, format)


def _unit(analysis: Analysis, layer: str, at: str | None) -> UnitReport:
    position = None if at is None else common.option_numbers(at, ",", "--at", "5,7")
    width = max(shutil.get_terminal_size((80, 24)).columns, 40)
    try:
        return UnitReport.of(analysis, layer, position, width)
    except ValueError as error:
        raise UsageError(str(error), "--layer") from None
    except IndexError as error:
        raise UsageError(str(error), "--at") from None
