"""`cnncalc report`."""

from typing import TYPE_CHECKING, Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup, Positional
from cnncalc.cli.options.rules import Rule
from cnncalc.cli.options.run_data import RunData
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.page.model_page import ModelPage
from cnncalc.source.diagnostics import DataError

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.spec.reader import Spec

OFFERED = formats_of(ModelPage)
TOGETHER = (Rule("--resize", needs=("--input-data",)),)


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
    no_values: Annotated[
        bool, Option("--no-values", help="Leave out feature maps and everything else that is run.")
    ] = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "html",
    *,
    overrides: common.ModelOptions,
    target: common.FileOptions,
) -> None:
    """One page to look at, offline: graph, layers, fields, charts, values.

    Or the graph alone, as SVG or as a figure for a paper.
    """
    specs = common.load_together(models, overrides, "MODEL...")
    networks = [None if no_values else _network(spec, data) for spec in specs]
    target.write_report(ModelPage(list(map(analyze, specs)), networks), format)


def _network(spec: "Spec", data: RunData) -> "Network | None":
    """The model with its numbers."""
    from cnncalc.forward.run.memory_estimate import Use

    try:
        return data.network(spec, Use(is_summed_up=True))
    except DataError as error:
        raise common.complain(error.diagnostics) from None
