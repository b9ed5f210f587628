"""`cnncalc explain`."""

from typing import Annotated

import typer

from cnncalc.analysis import Analysis, LayerNumbers, analyze
from cnncalc.cli import common
from cnncalc.cli.options.usage import with_option_groups
from cnncalc.explain.derivation import explain as explain_layer
from cnncalc.report.formats.registry import offered
from cnncalc.report.views.explain import ExplainReport

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = offered(ExplainReport)


@app.command()
@with_option_groups
def explain(
    model: common.Model,
    layers: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER]...", help="Names of layers; all of them where left out.")
    ] = None,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """Each number of a layer: the rule, the rule with its numbers, the result, and a plain sentence."""
    spec = common.load(model, overrides)
    analysis = analyze(spec)
    explanations = [explain_layer(analysis, layer) for layer in _chosen(analysis, layers or [])]
    target.write_report(ExplainReport(spec, explanations), format)


def _chosen(analysis: Analysis, names: list[str]) -> list[LayerNumbers]:
    """The layers of these names; an entry's name stands for all of its layers."""
    if not names:
        return analysis.layers
    by_name = {layer.name: [layer] for layer in analysis.layers}
    by_name |= {row.name: [layer for each in row.walk() for layer in each.layers] for row in analysis.walk()}
    graph = analysis.spec.graph
    return list(
        {layer.name: layer for name in names for layer in common.layer_named(name, by_name, graph, "LAYER")}.values()
    )
