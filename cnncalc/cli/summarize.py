"""`cnncalc summarize`."""

from typing import Annotated

from cnncalc.analysis import DTYPES, analyze
from cnncalc.checks.model import Model
from cnncalc.checks.registry import findings
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, listing_options
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.views.columns import COLUMNS, DEFAULT_COLUMNS
from cnncalc.report.views.rows import Listing
from cnncalc.report.views.summarize import SummaryReport

OFFERED = formats_of(SummaryReport)
TOGETHER = (*LISTED_FOR_PEOPLE, Rule("--sort", excludes=("--format json",)))


def summarize(
    model: common.Model,
    listing: Annotated[Listing, listing_options(tuple(COLUMNS))],
    sort: Annotated[
        str | None,
        common.choice(
            list(COLUMNS), "Sort by a column: numbers from the largest, names from A.", "--sort", metavar="NAME"
        ),
    ] = None,
    dtype: Annotated[
        str, common.choice(list(DTYPES), "Type of parameters and activations, for the memory.", "--dtype")
    ] = "float32",
    batch: Annotated[int, Option("--batch", min=1, help="Samples in a batch, for the memory of activations.")] = 1,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """One row per layer, and the totals.

    The columns are output, parameters, MACs and receptive field, or those of --columns.
    """
    spec = common.load(model, overrides)
    analysis = analyze(spec, dtype=dtype, batch=batch)
    if FORMATS[format].form == "table":
        keys = listing.columns or DEFAULT_COLUMNS
        option = "--batch" if batch != 1 else "--dtype" if dtype != "float32" else ""
        if option and "memory" not in keys:
            _refuse(option, format, "memory")
        if overrides.layout is not None and not overrides.inputs.pairs and not {"input", "output"} & {*keys}:
            _refuse("--layout", format, "output")
    target.write_report(SummaryReport(analysis, listing, sort), format)
    if spec.expectations and (failed := findings(Model.of(analysis.spec, analysis), ["CNN401"])):
        raise common.complain(failed)


def _refuse(option: str, format: str, column: str) -> None:
    """Refuses an option that would change nothing, because the only column that it changes is not shown."""
    message = f"in {format} it only changes the column {column}: add that to --columns"
    raise UsageError(message, option)
