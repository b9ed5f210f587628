"""What large models take: time a layer as they grow, memory, and ResNet-152 in this process.

    python benchmarks/scale.py            # about two minutes

Each size runs in a process of its own: memory is that process's peak; time is the median of several runs after one that
does not count, and the processor's (waiting for other programs does not count).
Limits are printed as `ok` or `over` and never fail the run: a busy machine is no bug.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from _results import Limit, Other, Results, Row, parser, results

SMALL, LARGE = 1_000, 100_000
RATIO, MEGABYTES, MILLISECONDS = 1.3, 1_000, 60
"""The limits of issue 3: time a layer, large against small; peak memory; ResNet-152."""


def written_out(count: int) -> str:
    """A spec whose layers are all written: as many as `count`, or as the reader takes."""
    return "input: 8x8x4\nlayers:\n" + "- relu\n- conv: 1x1x4\n" * (count // 2)


def repeated(count: int) -> str:
    """The same two layers, the second one from a block that is repeated."""
    return f"input: 8x8x4\nblocks: {{pair: [relu, {{conv: 1x1x4}}]}}\nlayers:\n- {{pair: , repeat: {count // 2}}}\n"


def plainly_repeated(count: int) -> str:
    """One layer, repeated."""
    return f"input: 8x8x4\nlayers:\n- {{conv: 3x3x4, padding: 1, repeat: {count}}}\n"


SPECS: dict[str, Callable[[int], str]] = {
    "written out": written_out,
    "a block, repeated": repeated,
    "a layer, repeated": plainly_repeated,
}


def measure(model: str, count: int, runs: int) -> dict[str, Any]:
    """Seconds to load and analyse, run by run, layers, and the peak memory of this process in MB (0: not known)."""
    import cnncalc

    source = SPECS[model](count) if model in SPECS else model
    taken = []
    layers = 0
    cnncalc.analyze(cnncalc.load("input: 8x8x4\nlayers:\n- relu\n- conv: 1x1x4\n"))
    for turn in range(runs + 1):
        start = time.process_time()
        analysis = cnncalc.analyze(cnncalc.load(source))
        seconds = time.process_time() - start
        layers = len(analysis.layers)
        del analysis
        if turn or not runs:
            taken.append(seconds)
    return {"seconds": taken, "layers": layers, "megabytes": peak_megabytes()}


def peak_megabytes() -> float:
    """The most memory that this process had, in MB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most / 1e3


def in_its_own_process(model: str, count: int, runs: int) -> dict[str, Any]:
    """`measure` in a fresh interpreter.

    Raises:
        subprocess.CalledProcessError: it failed; its message is on standard error.
    """
    arguments = [sys.executable, __file__, "--measure", model, str(count), str(runs)]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, check=True, text=True)
    numbers: dict[str, Any] = json.loads(done.stdout)
    return numbers


def compare_sizes(found: Results, model: str) -> None:
    """Two rows: time a layer, and the peak memory of the large one."""
    small = in_its_own_process(model, SMALL, 9)
    large = in_its_own_process(model, LARGE, 2)
    each, other = ([seconds / numbers["layers"] * 1e6 for seconds in numbers["seconds"]] for numbers in (large, small))
    name = f"{model}, {large['layers']:,} layers"
    found.add(Row(name, "µs each", each, Other(f"{small['layers']:,} layers", other), Limit(RATIO, "ratio")))
    found.add(Row(f"{name}, memory", "MB", [large["megabytes"]], limit=Limit(MEGABYTES)))


def resnet(found: Results, name: str, runs: int) -> None:
    """A row: ResNet in process, load and analyse."""
    numbers = in_its_own_process(name, 0, runs)
    taken = [seconds * 1000 for seconds in numbers["seconds"]]
    found.add(Row(name, "ms", taken, limit=Limit(MILLISECONDS), note=f"{numbers['layers']:,} layers"))


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=21, help="how often ResNet-152 runs (21)")
    options.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.measure:
        model, count, runs = given.measure
        print(json.dumps(measure(model, int(count), int(runs))))
        return
    with results("scale", given.json) as found:
        resnet(found, "resnet152", given.runs)
        for model in SPECS:
            compare_sizes(found, model)


if __name__ == "__main__":
    main()
