"""How long `cnncalc validate` takes: one file next to what it imports, and a thousand specs of fifty layers.

Whole processes are timed, one of each kind in turn; README.md here says more.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

# next to this file; so that both measure in the same way
from cold_start import (
    Command,
    compare_imports,
    failures_reported,
    installed,
    interleaved,
    pin,
    print_row,
)

LIMIT = 6.0
"""Seconds that `MANY` specs may take."""
MANY, LAYERS = 1_000, 50
_LIBRARIES = "import typer, yaml, dataclasses"


def main() -> None:
    """Times everything and prints the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=21, metavar="N", help="runs of one file (default: 21)")
    parser.add_argument("--many-runs", type=int, default=5, metavar="N", help="runs of all specs (default: 5)")
    options = parser.parse_args()
    with failures_reported():
        measure(options.runs, options.many_runs)


def measure(runs: int, many_runs: int) -> None:
    """Times everything and prints the rows.

    Raises:
        CommandError: a command failed.
    """
    cnncalc = installed()
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {pin()}\n")
    print_row("cnncalc validate", "", "next to", "", "ratio", "limit")
    with tempfile.TemporaryDirectory() as folder:
        specs = write_specs(Path(folder))
        one = Command("one file", (cnncalc, "validate", str(specs[0])), "1 spec: no findings")
        compare_imports(one, _LIBRARIES, runs)
        plain = Command(f"{MANY:,} specs", (cnncalc, "validate", folder), f"{MANY:,} specs: no findings")
        sarif = Command("the same, sarif", (cnncalc, "validate", folder, "-f", "sarif"), '"2.1.0"')
        for command, seconds in zip([plain, sarif], interleaved([plain, sarif], many_runs), strict=True):
            verdict = "ok" if seconds < LIMIT else "over"
            print_row(
                command.title, f"{seconds:.2f} s", f"{LAYERS} layers each", "", "", f"under {LIMIT:g} s  {verdict}"
            )


def write_specs(folder: Path) -> list[Path]:
    """Specs of as many layers, each different from the others."""
    paths = []
    for number in range(MANY):
        lines = [f"name: net-{number}", "input: 64x64x3", "layers:"]
        for layer in range((LAYERS - 2) // 4):
            width = 8 + (number + layer) % 24
            lines.append(f"  - {{conv: 3x3x{width}, padding: 1, norm: batch_norm, activation: relu}}")
            lines.append("  - {dropout: 0.1}")
        path = folder / f"net{number}.yaml"
        path.write_text("\n".join([*lines, "  - global_avg_pool", "  - {dense: 10}"]) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    main()
