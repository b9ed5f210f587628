"""A commented spec to start from."""

from __future__ import annotations

import shlex

from cnncalc.report.text import clean

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


def quoted(path: str) -> str:
    """A path as one would type it after a command."""
    return shlex.quote(clean(f"./{path}" if path.startswith("-") else path))


def write_starter(path: str) -> None:
    """Writes the spec, never over a file.

    Raises:
        FileExistsError: there is one.
        OSError: it cannot be written.
    """
    # "x" refuses an existing file, even one that appears at this moment
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        file.write(STARTER.replace("{path}", quoted(path)))
