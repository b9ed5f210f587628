"""`cnncalc hyperparameters`."""

from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.usage import Rule
from cnncalc.explain.hyperparameter_table import hyperparameter_rows
from cnncalc.report.views.hyperparameters import hyperparameters_document, hyperparameters_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FORMATS = ("text", "markdown", "latex", "json")
TOGETHER = (Rule("--layout", needs=("--input", "--format json")),)


@app.command()
def hyperparameters(
    model: common.Model,
    format: Annotated[str, common.choice(FORMATS, "What to write.", "--format", "-f")] = "text",
    variant: common.Variant = None,
    set: common.Set = None,
    input: common.Input = None,
    convention: common.Convention = None,
    layout: common.Layout = None,
    output: common.Output = None,
    color: common.Color = "auto",
) -> None:
    """What is learned and what is set beforehand, a row a layer; and what is set for the training."""
    spec = common.load(model, common.chosen(input, convention, layout, variant, set))
    table = hyperparameter_rows(analyze(spec))
    if format == "json":
        common.write_json(hyperparameters_json(spec, table), output)
    else:
        common.write_document(hyperparameters_document(spec, table), format, output, color)
