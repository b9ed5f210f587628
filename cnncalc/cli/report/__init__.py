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
    from cnncalc.analysis import Analysis
    from cnncalc.forward.run.network import Network

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
        Positional(
            "MODEL...",
            check=common.read_once,
            help="One model, or several to be shown side by side; NET.yaml@b1 is a variant.",
        ),
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
    """One page to look at: graph, layers, charts, values.

    It works offline. Or the graph alone, as SVG or as a figure for a paper.
    """
    if len(models) > 1:
        _refuse_several(format, overrides.variant)
    if format == "html" and target.output is None and sys.stdout.isatty():
        raise UsageError("a page is not for a terminal: name a file, as in -o report.html", "--output")
    specs = common.load_together(models, overrides, "MODEL...")
    has_values = format == "html" and not no_values
    analyses = list(map(analyze, specs))
    networks = [_network(analysis, data) if has_values else None for analysis in analyses]
    target.write_report(ModelPage(analyses, networks, depth), format)
    for network in networks:
        if network is not None and not isinstance(network, str):
            common.warn(network.findings)


def _refuse_several(format: str, variant: str | None) -> None:
    """Refuses what only one model can have."""
    if format != "html":
        raise UsageError(f"{format} is a drawing of one model", "MODEL...")
    if variant:
        raise UsageError(f"which model? NET.yaml@{variant} is that variant of a file", "--variant")


def _network(analysis: "Analysis", data: RunData) -> "Network | str":
    """The model with its numbers, or why it is not run."""
    from cnncalc.report.page.values.networks import network_or_reason

    try:
        return network_or_reason(analysis, lambda use: data.network(analysis.spec, use), is_asked_for=data.is_given)
    except DataError as error:
        raise common.complain(error.diagnostics) from None
