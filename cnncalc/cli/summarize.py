"""`cnncalc summarize`."""

from typing import Annotated

import typer

from cnncalc.analysis import DTYPES, analyze
from cnncalc.checks.model import Model
from cnncalc.checks.registry import findings
from cnncalc.cli import common
from cnncalc.cli.options.usage import Rule, formats, with_option_groups
from cnncalc.report.views.columns import COLUMNS, DEFAULT_COLUMNS
from cnncalc.report.views.summarize import Shown, summary_csv, summary_document, summary_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FORMATS = ("text", "json", "csv", "markdown")
TOGETHER = tuple(
    Rule(option, needs=formats("text", "csv", "markdown")) for option in ("--columns", "--sort", "--depth", "--fold")
)


def _columns(text: str | None) -> str | None:
    for key in (text or "").split(",") if text is not None else []:
        if key.strip() not in COLUMNS:
            raise typer.BadParameter(f"no column {key.strip()!r}; known are {', '.join(COLUMNS)}")
    return text


@app.command()
@with_option_groups
def summarize(
    model: common.Model,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="NAMES", callback=_columns, help=f"Of {', '.join(COLUMNS)}; with commas between."
        ),
    ] = None,
    sort: Annotated[
        str | None, common.choice(list(COLUMNS), "Sort by a column: numbers from the largest, names from A.", "--sort")
    ] = None,
    depth: Annotated[
        int | None, typer.Option("--depth", min=1, help="Levels of the tree; the numbers below are added up.")
    ] = None,
    fold: Annotated[bool, typer.Option("--fold", help="One row for identical copies.")] = False,
    dtype: Annotated[
        str, common.choice(list(DTYPES), "Type of parameters and activations, for the memory.", "--dtype")
    ] = "float32",
    batch: Annotated[
        int, typer.Option("--batch", min=1, help="Samples in a batch, for the memory of activations.")
    ] = 1,
    format: Annotated[str, common.choice(FORMATS, "What to write.", "--format", "-f")] = "text",
    *,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """A row a layer: output, parameters, MACs, receptive field; and the totals."""
    spec = common.load(model, overrides)
    analysis = analyze(spec, dtype=dtype, batch=batch)
    keys = [key.strip() for key in columns.split(",")] if columns else DEFAULT_COLUMNS
    if format == "csv" and "memory" not in keys and (dtype, batch) != ("float32", 1):
        option = "--batch" if batch != 1 else "--dtype"
        raise typer.BadParameter("in csv it changes the column memory alone: add it to --columns", param_hint=option)
    if format == "csv" and "output" not in keys and overrides.layout is not None and overrides.input is None:
        message = "in csv it changes the column output alone: add it to --columns"
        raise typer.BadParameter(message, param_hint="--layout")
    shown = Shown(keys, sort, depth, fold)
    if format == "json":
        target.write_json(summary_json(analysis))
    elif format == "csv":
        target.write(summary_csv(analysis, shown))
    else:
        target.write_document(summary_document(analysis, shown), format)
    if spec.expectations and (failed := findings(Model.of(analysis.spec, analysis), ["CNN401"])):
        raise common.complain(failed)
