"""`cnncalc hyperparameters`."""

from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.usage import Rule, with_option_groups
from cnncalc.explain.hyperparameter_table import hyperparameter_rows
from cnncalc.report.views.hyperparameters import hyperparameters_document, hyperparameters_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FORMATS = ("text", "markdown", "latex", "json")
TOGETHER = (Rule("--layout", needs=("--input", "--format json")),)


@app.command()
@with_option_groups
def hyperparameters(
    model: common.Model,
    format: Annotated[str, common.choice(FORMATS, "What to write.", "--format", "-f")] = "text",
    *,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """What is learned and what is set beforehand, a row a layer; and what is set for the training."""
    spec = common.load(model, overrides)
    table = hyperparameter_rows(analyze(spec))
    if format == "json":
        target.write_json(hyperparameters_json(spec, table))
    else:
        target.write_document(hyperparameters_document(spec, table), format)
