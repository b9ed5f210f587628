"""`cnncalc receptive-field`."""

import shutil
from typing import Annotated

import typer

from cnncalc.analysis import Analysis, LayerNumbers, analyze
from cnncalc.analysis.field_coverage import misalignments, seen
from cnncalc.cli import common
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, LISTING_OPTIONS, TABLES, listing_options
from cnncalc.cli.options.usage import Rule, formats, with_option_groups
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.field_box import Unit, UnitReport
from cnncalc.report.views.field_columns import KEYS
from cnncalc.report.views.receptive_field import FieldReport
from cnncalc.report.views.rows import Listing
from cnncalc.whatif.align_branches import alignment
from cnncalc.whatif.coverage import answers

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = formats_of(FieldReport)
TOGETHER = (
    *LISTED_FOR_PEOPLE,
    Rule("--at", needs=("--layer",)),
    Rule("--cover", excludes=("--layer", *TABLES)),
    Rule("--all", excludes=("--layer",)),
    *(Rule(option, excludes=("--layer",)) for option in LISTING_OPTIONS),
    Rule("--fold", excludes=TABLES),
    Rule("--layout", needs=("--input", "--columns", *formats(*OFFERED[: OFFERED.index("csv")]))),
)


@app.command()
@with_option_groups
def receptive_field(
    model: common.Model,
    layer: Annotated[str | None, common.value("NAME", "Draw the box of one unit of this layer.", "--layer")] = None,
    at: Annotated[
        str | None, common.value("5,7", "Which unit, counted from 0 on each axis; the middle one by default.", "--at")
    ] = None,
    cover: Annotated[
        str | None, common.value("SIZE", "Ask for this size (64, 64x32) instead of the input's.", "--cover")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also list layers that do not change the field.")] = False,
    *,
    listing: Annotated[Listing, listing_options(KEYS)],
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """What each layer sees of the input, whether that covers it, and what it would take to cover it."""
    analysis = analyze(common.load(model, overrides))
    if layer is not None:
        width = max(shutil.get_terminal_size((80, 24)).columns, 40)
        target.write_report(UnitReport(_unit(analysis, layer, at), width), format)
        return
    wanted = _cover(analysis, cover)
    found = [(each, alignment(analysis, each)) for each in misalignments(analysis)]
    report = FieldReport(analysis, seen(analysis), answers(analysis, wanted), found, all_, listing)
    target.write_report(report, format)


def _cover(analysis: Analysis, text: str | None) -> tuple[int, ...] | None:
    """The size to cover: one for all axes, or one per axis."""
    if text is None:
        return None
    sizes = common.option_numbers(text, "[x×]", "--cover", "64 or 64x32")
    ranks = {len(node.output.spatial) or 1 for node in analysis.spec.graph.inputs}
    if min(sizes) < 1 or (len(sizes) > 1 and ranks != {len(sizes)}):
        axes = " or ".join(map(str, sorted(ranks)))
        raise typer.BadParameter(
            f"expected one size of at least 1, or one for each of {axes} axes, found {text!r}", param_hint="--cover"
        )
    return sizes


def _unit(analysis: Analysis, name: str, at: str | None) -> Unit:
    """The unit of a layer (or of the layer that an entry ends in)."""
    numbers = _layer(analysis, name)
    spatial = numbers.node.output.spatial
    if at is None:
        return Unit(analysis, numbers, tuple((size - 1) // 2 for size in spatial))
    position = common.option_numbers(at, ",", "--at", "5,7")
    shape = numbers.node.output.text(analysis.spec.layout)
    if len(position) != len(spatial):
        raise typer.BadParameter(
            f"{numbers.name} has {len(spatial)} axes ({shape}), found {len(position)} in {at!r}", param_hint="--at"
        )
    if any(index >= size for index, size in zip(position, spatial, strict=True)):
        raise typer.BadParameter(f"{numbers.name} is {shape}, units count from 0: no unit {at}", param_hint="--at")
    return Unit(analysis, numbers, position)


def _layer(analysis: Analysis, name: str) -> LayerNumbers:
    by_name = {layer.name: layer for layer in analysis.layers}
    by_name |= {entry.name: entry.end for entry in analysis.walk()}
    return common.layer_named(name, by_name, analysis.spec.graph, "--layer")
