"""`cnncalc hyperparameters`."""

from typing import Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, listing_options
from cnncalc.cli.options.rules import Rule
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.hyperparameters import KEYS, HyperparametersReport
from cnncalc.report.views.rows import Listing

OFFERED = formats_of(HyperparametersReport)
TOGETHER = (*LISTED_FOR_PEOPLE, Rule("--layout", needs=("--input", "--format json")))


def hyperparameters(
    model: common.Model,
    *,
    listing: Annotated[Listing, listing_options(KEYS)],
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """What is learned, and what is set beforehand.

    One row per layer, and what is set for training.
    """
    target.write_report(HyperparametersReport(analyze(common.load(model, overrides)), listing), format)
