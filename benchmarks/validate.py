"""How long `cnncalc validate` takes: one file next to what it imports, and a thousand specs of fifty layers.

Whole processes are timed, one of each kind in turn; README.md here says more.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from _processes import Command, failures_reported, in_turn, installed, pin
from _results import Limit, Results, Row, parser, results
from cold_start import LIBRARIES, TABLE_LIMIT, compare_imports

LIMIT = 6.0
"""Seconds that `MANY` specs may take."""
MANY, LAYERS = 1_000, 50


def main() -> None:
    """Times everything and prints the rows."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=21, metavar="N", help="runs of one file (default: 21)")
    options.add_argument("--many-runs", type=int, default=5, metavar="N", help="runs of all specs (default: 5)")
    given = options.parse_args()
    with failures_reported(), results("validate", given.json) as found:
        measure(found, given.runs, given.many_runs)


def measure(found: Results, runs: int, many_runs: int) -> None:
    """Times everything.

    Raises:
        CommandError: a command failed.
    """
    cnncalc = installed()
    print(f"{pin()}\n")
    with tempfile.TemporaryDirectory() as folder:
        specs = write_specs(Path(folder))
        one = Command("one file", (cnncalc, "validate", str(specs[0])), "1 spec: no findings")
        compare_imports(found, one, LIBRARIES, runs, TABLE_LIMIT)
        plain = Command(f"{MANY:,} specs", (cnncalc, "validate", folder), f"{MANY:,} specs: no findings")
        sarif = Command("the same, sarif", (cnncalc, "validate", folder, "-f", "sarif"), '"2.1.0"')
        for command, usages in zip([plain, sarif], in_turn([plain, sarif], many_runs), strict=True):
            seconds = [usage.clock for usage in usages]
            found.add(Row(command.title, "s", seconds, limit=Limit(LIMIT), note=f"{LAYERS} layers each"))


def write_specs(folder: Path) -> list[Path]:
    """Specs of as many layers, each different from the others."""
    paths = []
    for number in range(MANY):
        lines = [f"name: net-{number}", "input: 64x64x3", "layers:"]
        for layer in range((LAYERS - 2) // 4):
            width = 8 + (number + layer) % 24
            lines.append(f"  - {{conv: 3x3x{width}, padding: 1, bias: false, norm: batch_norm, activation: relu}}")
            lines.append("  - {dropout: 0.1}")
        path = folder / f"net{number}.yaml"
        path.write_text("\n".join([*lines, "  - global_avg_pool", "  - {dense: 10}"]) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    main()
