"""`cnncalc report`."""

import sys
from typing import TYPE_CHECKING, Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup, Positional
from cnncalc.cli.options.rules import Rule, UsageError, formats
from cnncalc.cli.options.run_data import RunData
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.page.model_page import ModelPage
from cnncalc.source.diagnostics import DataError

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.spec.reader import Spec

OFFERED = formats_of(ModelPage)
DRAWINGS = formats(*(name for name in OFFERED if name != "html"))
OF_VALUES = ("--input-data", "--weights", "--seed", "--dtype")
TOGETHER = (
    Rule("--resize", needs=("--input-data",)),
    *(Rule(option, excludes=("--no-values", *DRAWINGS)) for option in OF_VALUES),
    Rule("--no-values", excludes=DRAWINGS),
    Rule("--depth", needs=DRAWINGS),
)


def report(
    models: Annotated[
        list[str],
        Positional("MODEL...", help="One model, or several to be shown side by side; NET.yaml@b1 is a variant."),
    ],
    data: Annotated[RunData, OptionGroup(RunData)],
    no_values: Annotated[bool, Option("--no-values", help="Leave out feature maps: nothing is run.")] = False,
    depth: Annotated[
        int | None, Option("--depth", min=1, help="Levels of the tree in a drawing; what is below is one box.")
    ] = None,
    format: Annotated[str, common.format_choice(OFFERED, "A page, or the graph alone.")] = "html",
    *,
    overrides: common.ModelOptions,
    target: common.FileOptions,
) -> None:
    """One page to look at: graph, layers, fields, charts, values.

    It works offline. Or the graph alone, as SVG or as a figure for a paper.
    """
    if len(models) > 1:
        _refuse_several(format, overrides.variant)
    if format == "html" and target.output is None and sys.stdout.isatty():
        raise UsageError("a page is not for a terminal: name a file, as in -o report.html", "--output")
    specs = [common.load(model, overrides) for model in models]
    has_values = format == "html" and not no_values
    networks = [_network(spec, data) if has_values else None for spec in specs]
    target.write_report(ModelPage(list(map(analyze, specs)), networks, depth), format)


def _refuse_several(format: str, variant: str | None) -> None:
    """Refuses what only one model can have."""
    if format != "html":
        raise UsageError(f"{format} is a drawing of one model", "MODEL...")
    if variant:
        raise UsageError(f"which model? NET.yaml@{variant} is that variant of a file", "--variant")


def _network(spec: "Spec", data: RunData) -> "Network | None":
    """The model with its numbers."""
    from cnncalc.forward.run.memory_estimate import Use

    try:
        return data.network(spec, Use(is_summed_up=True))
    except DataError as error:
        raise common.complain(error.diagnostics) from None
