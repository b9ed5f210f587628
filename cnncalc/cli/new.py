"""`cnncalc new`."""

import shlex
from typing import Annotated

import typer

from cnncalc.cli import FINDINGS
from cnncalc.report.text import clean

app = typer.Typer(add_completion=False, rich_markup_mode=None)

STARTER = """\
# A model for cnncalc. Try:
#   cnncalc summarize {path}        every number, one row per layer
#   cnncalc explain {path} conv1    how each number is calculated
name: my-network
input: 28x28x1                # height x width x channels; the batch is left out

layers:
  - conv: 3x3x8               # kernel height x kernel width x filters
    activation: relu          # a separate layer, shown in the same row
  - max_pool: 2               # window; the stride defaults to the window
  - conv: 3x3x16
    padding: same             # or a number; 0 by default
    activation: relu
  - max_pool: 2
  - flatten                   # a vector of all values, for the dense layers
  - {dense: 64, activation: relu}
  - dropout: 0.5
  - {dense: 10, activation: softmax}

training:                     # hyperparameters outside the layers; all are optional
  optimizer: adam
  learning_rate: 0.001
  loss: cross-entropy
  batch_size: 32
  epochs: 10

expect:                       # what must hold; otherwise `cnncalc validate {path}` fails
  output: 10
  params: "<= 50k"
"""


@app.command()
def new(
    path: Annotated[str, typer.Argument(metavar="[FILE]", help="The file to write; it must not exist.")] = "model.yaml",
) -> None:
    """Writes a commented spec to start from; never overwrites a file."""
    shown = shlex.quote(clean(f"./{path}" if path.startswith("-") else path))
    text = STARTER.replace("{path}", shown)
    try:
        # "x" refuses an existing file, even one that appears at this moment
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        typer.echo(f"cnncalc: {clean(path)} already exists and was left alone; choose another name", err=True)
        raise typer.Exit(FINDINGS) from None
    except OSError as error:
        typer.echo(f"cnncalc: {clean(path)} was not written: {error.strerror or error}", err=True)
        raise typer.Exit(FINDINGS) from None
    typer.echo(f"wrote {clean(path)}; now: cnncalc summarize {shown}")
