"""How long cnncalc takes from nothing to an answer, next to what it imports and to what else answers the question.

Whole processes are timed, one of each kind in turn, and compared by their medians; README.md here says more.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence

# next to this file, as for all benchmarks
from _processes import Command, Usage, failures_reported, in_turn, installed, pin
from _results import Limit, Other, Results, Row, parser, results

PARAMETERS = 27562
"""What every summary must say, so that nothing is timed that has not done the work."""

JSON_LIMIT, TABLE_LIMIT, PEER_LIMIT = 1.15, 1.2, 1 / 20
"""Times as long as the imports at most, and as the peers."""
FILE_LIMITS = {".onnx": 1.3, ".pt2": 1.5}
"""Times as long as the same network's spec at most, by the format of a model file."""

LIBRARIES = "import typer, yaml, dataclasses"
_TORCHINFO = """
from torch import nn
from torchinfo import summary

model = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(dim=1),
)
print(summary(model, (1, 1, 28, 28), verbose=0))
"""
_KERAS = """
from keras import Input, Sequential, layers

Sequential([
    Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2),
    layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(2),
    layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax"),
]).summary()
"""


def main() -> None:
    """Times everything and prints the ratios."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=21, metavar="N", help="runs of each command (default: 21)")
    options.add_argument("--peers", action="store_true", help="torchinfo and Keras too, where they are installed")
    files = "model files next to the shipped spec of the same network, instead of everything else"
    options.add_argument("--files", nargs="+", default=[], metavar="SPEC=FILE", help=files)
    given = options.parse_args()
    if given.runs < 1:
        options.error("--runs is a number from 1")
    with failures_reported(), results("cold_start", given.json) as found:
        if given.files:
            compare_files(found, dict(each.split("=", 1)[::-1] for each in given.files), given.runs)
        else:
            compare(found, given.runs, given.peers)


def compare(found: Results, runs: int, peers: bool) -> None:
    """Times everything.

    Raises:
        CommandError: a command failed.
    """
    cnncalc = installed()
    print(f"{pin()}; medians of {runs} interleaved runs, whole processes\n")

    summarize = (cnncalc, "summarize", "typical_cnn")
    piped = Command("JSON, to a pipe", (*summarize, "--format", "json"), str(PARAMETERS))
    compare_imports(found, piped, LIBRARIES, runs, JSON_LIMIT)
    if os.name == "nt":
        shown = Command("table, coloured", (*summarize, "--color", "always"), "\x1b[")
    else:
        shown = Command("table, on a terminal", summarize, "\x1b[", on_terminal=True)
    compare_imports(found, shown, f"{LIBRARIES}, rich.table, rich.console", runs, TABLE_LIMIT)
    if peers:
        compare_peers(found, Command("table, to a pipe", summarize, f"{PARAMETERS:,}"), runs)


def compare_imports(found: Results, ours: Command, imports: str, runs: int, limit: float) -> None:
    """A row: a command of ours next to the bare import of the libraries that it stands on."""
    theirs = Command(imports, (sys.executable, "-c", imports), on_terminal=ours.on_terminal)
    mine, other = map(milliseconds, in_turn([ours, theirs], runs))
    found.add(Row(ours.title, "ms", mine, Other(imports, other), Limit(limit, "ratio")))


def compare_peers(found: Results, ours: Command, runs: int) -> None:
    """A row a peer: for which part of its time ours takes for the same network."""
    known = {"torchinfo": _TORCHINFO, "keras": _KERAS}
    here = [name for name in known if importlib.util.find_spec(name) and importlib.util.find_spec("torch")]
    theirs = [Command(name, (sys.executable, "-c", known[name]), f"{PARAMETERS:,}") for name in here]
    mine, *others = map(milliseconds, in_turn([ours, *theirs], runs))
    for name, other in zip(here, others, strict=True):
        found.add(Row(f"{ours.title}, next to {name}", "ms", mine, Other(name, other), Limit(PEER_LIMIT, "ratio")))
    for name in known.keys() - here:
        found.add(Row(f"{ours.title}, next to {name}", "ms", note=f"{name} is not installed"))


def compare_files(found: Results, specs: Mapping[str, str], runs: int) -> None:
    """A row a model file: next to the spec of the same network, by the time of the processor.

    Args:
        specs: the name of the spec, by the path of the file.
    """
    cnncalc = installed()
    print(f"{pin()}; medians of {runs} interleaved runs, processor time of whole processes\n")
    for path, spec in specs.items():
        file = os.path.abspath(path)
        pair = [Command(each, (cnncalc, "summarize", each), "MACs") for each in (file, spec)]
        mine, other = ([usage.processor * 1000 for usage in usages] for usages in in_turn(pair, runs))
        limit = FILE_LIMITS.get(os.path.splitext(file)[1], max(FILE_LIMITS.values()))
        row = Row(f"summarize {os.path.basename(file)}", "ms", mine, Other(spec, other), Limit(limit, "ratio"))
        found.add(row)


def milliseconds(usages: Sequence[Usage]) -> list[float]:
    """From start to end, of each run."""
    return [usage.clock * 1000 for usage in usages]


if __name__ == "__main__":
    main()
