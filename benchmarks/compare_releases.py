"""Whether a release is slower than the one before: both measured on the same machine, in turn.

    python benchmarks/compare_releases.py --before PYTHON --after PYTHON

PYTHON is the interpreter of an environment that the release is installed in. Exit status 1 where a row is more than
10 % slower, or where what comes after cannot do it at all; a row that the release before cannot do is skipped. Times
are the processor's: a busy machine disturbs them least.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from _processes import Command, Usage, failures_reported, in_turn, pin, reason_against
from _results import Limit, Other, Results, Row, figure, parser, results
from _warm import seconds, timed, use_one_thread

PERCENT = 10
"""A row that is this much slower is reported."""
SLOWER = 1 + PERCENT / 100
FAILS = "FAILS"
"""How the note begins where the later release cannot do what is measured."""
RESNET = Path(__file__).parents[1] / "specs" / "residual" / "resnet.yaml"
"""Read by both releases, so that a spec that was changed since is no difference."""
SMALL = "input: 16x16x3\nlayers: [conv: 3x3x8, max_pool: 2, conv: 3x3x8, relu, flatten, dense: 10]"


class Measured(NamedTuple):
    """A row's work.

    Attributes:
        command: the process that does it with an interpreter.
        milliseconds: what counts of it.
    """

    name: str
    command: Callable[[str], Command]
    milliseconds: Callable[[Usage], float]


def warm(name: str, work: str, setup: str = "", times: int = 5) -> Measured:
    """Code that runs again and again in one process."""
    return Measured(name, lambda python: timed(name, python, work, setup, times), lambda usage: seconds(usage) * 1e3)


def start(python: str) -> Command:
    """From nothing to the numbers of a small model."""
    return Command("start", (python, "-m", "cnncalc", "summarize", "typical_cnn", "--format", "json"), "27562")


_LOADED = f"spec = cnncalc.load({str(RESNET)!r}, variant={{!r}})"
WORK = (
    Measured("start", start, lambda usage: usage.processor * 1e3),
    warm("load", f"cnncalc.load({str(RESNET)!r}, variant='resnet152')"),
    warm("analyze", "cnncalc.analyze(spec)", _LOADED.format("resnet152")),
    warm("forward", "cnncalc.run(spec)", _LOADED.format("resnet18"), 2),
    warm("verify", "assert cnncalc.verify(spec).is_right", f"spec = cnncalc.load({SMALL!r})", 2),
)


def measured(work: Measured, before: str, after: str, runs: int) -> Row:
    """The row of one kind of work: skipped, with the reason, where one of the releases cannot do it."""
    commands = [work.command(after), work.command(before)]
    if failure := reason_against(commands[:1]):
        return compared(work.name, note=f"{FAILS}: {failure}")
    if failure := reason_against(commands[1:]):
        return compared(work.name, note=f"the release before cannot do it: {failure}")
    sides = in_turn(commands, runs, warm_up=1)
    return compared(work.name, *([work.milliseconds(usage) for usage in usages] for usages in sides))


def compared(name: str, after: Sequence[float] = (), before: Sequence[float] = (), note: str = "") -> Row:
    """A row of what was measured, in milliseconds; skipped where nothing was."""
    other = Other("before", before) if before else None
    return Row(name, "ms", after, other, Limit(SLOWER, "ratio"), note)


def words(row: Row) -> str:
    """What there is to say of a row: slower, faster, as fast, or skipped."""
    if row.ratio is None:
        return f"{row.name}: {row.note}"
    change = f"{figure(row.ratio)} × the time of the release before"
    if row.verdict == "over":
        return f"{row.name}: SLOWER by more than {PERCENT} %: {change}"
    if row.ratio < 1 / SLOWER:
        return f"{row.name}: faster: {change}"
    return f"{row.name}: as fast: {change}"


def markdown(found: Results) -> str:
    """The table, and a line per row, for a page."""
    document = found.document()["rows"]
    lines = ["| work | before | after | ratio |", "|---|--:|--:|--:|"]
    for row in document:
        sides = (f"{figure(side['median'])} ms" if side else "–" for side in (row["other"], row["ours"]))
        ratio = "–" if row["ratio"] is None else f"{figure(row['ratio'])} ×"
        lines.append(f"| {row['name']} | {' | '.join(sides)} | {ratio} |")
    return "\n".join([*lines, "", *(f"- {words(row)}" for row in found.rows), ""])


def is_worse(row: Row) -> bool:
    """Whether it is slower, or no longer works."""
    return row.verdict == "over" or row.note.startswith(FAILS)


def main() -> int:
    """Measures both; 1 where the later one is slower."""
    line = parser(__doc__)
    line.add_argument("--before", required=True, metavar="PYTHON", help="the interpreter of the earlier release")
    line.add_argument("--after", default=sys.executable, metavar="PYTHON", help="of the later one (default: this one)")
    line.add_argument("--runs", type=int, default=15, metavar="N", help="processes per row and release (default: 15)")
    line.add_argument("--only", nargs="+", choices=[work.name for work in WORK], metavar="ROW", help="some of the rows")
    line.add_argument("--markdown", type=Path, metavar="FILE", help="append the table to this file")
    options = line.parse_args()
    if options.runs < 1:
        line.error("--runs is a number from 1")
    use_one_thread()
    with failures_reported(), results("compare_releases", options.json) as found:
        print(f"{pin()}; processor time, medians of {options.runs} processes each, in turn\n")
        for work in WORK:
            if options.only is None or work.name in options.only:
                found.add(measured(work, options.before, options.after, options.runs))
    print("", *map(words, found.rows), sep="\n")
    if options.markdown:
        with options.markdown.open("a", encoding="utf-8") as file:
            file.write(markdown(found))
    return int(any(map(is_worse, found.rows)))


if __name__ == "__main__":
    sys.exit(main())
