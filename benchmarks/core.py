"""What the core takes: reading, placing and analysing, and every command on files as large as the bounds allow.

    python benchmarks/core.py
    python benchmarks/core.py --before PYTHON      # next to another release, in turn
    python benchmarks/core.py --only sizes

Times are the processor's, medians of several processes; memory is a process's peak. Whole commands run as
`python -m cnncalc`. README.md here says what the rows mean.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from _processes import Command, CommandError, Usage, compile_package, failures_reported, in_turn, pin, reason_against
from _results import Limit, Other, Results, Row, parser, results
from _warm import seconds, timed, use_one_thread
from scale import written_out

LINEAR = 1.3
"""Times as long a layer may take where there are several times as many."""
LONGEST = 199_999
"""Layers of the longest model that may be written in a line."""
FACTORS = {"ms": 1e3, "µs": 1e6}
"""What a second is multiplied by."""
HRNET = Path(__file__).with_name("hrnet_w18.yaml")

Line = tuple[str, ...]
"""A command line of cnncalc, without its name."""


@dataclass
class Side:
    """A release.

    Attributes:
        python: the interpreter that it is installed for.
    """

    name: str
    python: str

    def command(self, line: Line, may_refuse: bool = False) -> Command:
        """A command of it as a process."""
        title = f"{self.name}: {' '.join(('cnncalc', *line))}"
        return Command(title, (self.python, "-m", "cnncalc", *line), may_refuse=may_refuse)


@dataclass
class Bench:
    """Where the rows go, and what is measured.

    Attributes:
        before: a release to compare with.
        folder: for specs.
    """

    found: Results
    ours: Side
    before: Side | None
    runs: int
    folder: Path

    def spec(self, name: str, text: str) -> str:
        """Writes a spec; its path."""
        path = self.folder / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def measure(self, commands_of: Callable[[Side], Sequence[Command]]) -> list[list[list[Usage]]]:
        """Of each side each command's runs, all in turn; a side before that cannot do it is left out.

        Raises:
            CommandError: ours cannot.
        """
        sides = [commands_of(side) for side in (self.ours, self.before) if side]
        if failure := reason_against(sides[0]):
            raise CommandError(failure)
        if sides[1:] and (failure := reason_against(sides[1])):
            print(f"{'':<48} left out: {failure}")
            del sides[1:]
        runs = iter(in_turn([command for side in sides for command in side], self.runs, warm_up=0))
        return [[next(runs) for _ in side] for side in sides]

    def add(
        self, name: str, unit: str, sides: Sequence[Sequence[float]], limit: Limit | None = None, note: str = ""
    ) -> None:
        """A row: of each side the runs."""
        other = Other("before", sides[1]) if sides[1:] else None
        self.found.add(Row(name, unit, sides[0], other, limit, note))

    def warm(self, name: str, unit: str, factor: float, limit: Limit, *code: str) -> None:
        """A row of code that runs again and again in one process."""
        sides = self.measure(lambda side: [timed(f"{side.name}: {name}", side.python, *code)])
        self.add(name, unit, [[seconds(usage) * factor for usage in usages] for [usages] in sides], limit)

    def whole(self, name: str, line: Line, most_seconds: float, most_memory: float | None = None) -> None:
        """Rows of a command: its time, and the memory at its peak."""
        self.add_usage(
            name, [usages for [usages] in self.measure(lambda side: [side.command(line)])], most_seconds, most_memory
        )

    def bounded(self, name: str, line: Line) -> None:
        """The same of a command that may refuse its file: then it has less time, and less memory."""
        sides = [usages for [usages] in self.measure(lambda side: [side.command(line, may_refuse=True)])]
        if sides[0][0].status:
            self.add_usage(name, sides, 2, 300, "refused")
        else:
            self.add_usage(name, sides, 5, 500, "answered")

    def add_usage(
        self, name: str, sides: list[list[Usage]], most_seconds: float, most_memory: float | None, note: str = ""
    ) -> None:
        """A row of time and a row of memory."""
        memory = Limit(most_memory) if most_memory else None
        self.add(name, "s", [[usage.processor for usage in usages] for usages in sides], Limit(most_seconds), note)
        self.add(f"{name}, memory", "MB", [[usage.megabytes for usage in usages] for usages in sides], memory, note)

    def growing(self, name: str, lines: dict[int, Line], unit: str, most: Limit | None, growth: float) -> None:
        """Rows of a command on files of three sizes: what an entry takes in the largest, next to the second.

        The smallest file has one entry or few: its time is that of starting, and is subtracted. The name has a place
        for the number of entries.
        """
        sides = self.measure(lambda side: list(map(side.command, lines.values())))
        *_, medium, large = lines
        title, factor, unit = name.format(large), FACTORS[unit], f"{unit} each"
        ours, *before = [_per_entry(usages, (medium, large), factor) for usages in sides]
        self.add(f"{title}, each", unit, [runs[large] for runs in (ours, *before)], most)
        fewer = Other(f"{medium:,}", ours[medium])
        self.found.add(Row(f"{title}, next to {medium:,}", unit, ours[large], fewer, Limit(growth, "ratio")))


def _per_entry(usages: list[list[Usage]], counts: tuple[int, int], factor: float) -> dict[int, list[float]]:
    """What an entry takes, without the start, by the number of entries."""
    start = median(usage.processor for usage in usages[0])
    return {
        count: [(usage.processor - start) / count * factor for usage in runs]
        for count, runs in zip(counts, usages[1:], strict=True)
    }


# -- the rows


def load(bench: Bench) -> None:
    """Read and analysed, from a process that has done it before."""
    for name, part in {"resnet152": 2.5, "efficientnet_b7": 2.5, "densenet201": 1.6}.items():
        work = f"cnncalc.analyze(cnncalc.load({name!r}))"
        bench.warm(f"load and analyze {name}", "ms", 1e3, Limit(1 / part, "ratio"), work)
    bench.warm("load vit_b_16", "ms", 1e3, Limit(15), "cnncalc.load('vit_b_16')")


_AT = """
def points(name):
    spec = cnncalc.load(name)
    for point in range(100):
        width = 0.5 + point / 100
        placed = spec.at(width=width) if hasattr(spec, "at") else cnncalc.load(name, vars={"width": width})
        cnncalc.analyze(placed)
"""


def at(bench: Bench) -> None:
    """A hundred widths: read once with `spec.at`, or again and again where a release has none."""
    for name, most in {"efficientnet_b0": 14, "mobilenet_v1": 5}.items():
        work = f"points({name!r})"
        bench.warm(f"100 widths of {name}", "ms a point", 1e3 / 100, Limit(most), work, _AT, "1")


def json(bench: Bench) -> None:
    """Entries that are all written out, as JSON."""
    lines: dict[int, Line] = {
        count: ("summarize", bench.spec(f"written-{count}", written_out(count)), "--format", "json")
        for count in (2, 2_000, 80_000)
    }
    bench.growing("summarize --format json, {:,} entries", lines, "µs", Limit(50), 1.1)
    bench.whole("summarize --format json, 80,000 entries", lines[80_000], 50e-6 * 80_000, 400)


def variants(bench: Bench) -> None:
    """Variants of one model; and some that are each as large as a model may be."""
    lines: dict[int, Line] = {
        count: ("validate", bench.spec(f"variants-{count}", with_variants(count))) for count in (1, 200, 1_000)
    }
    bench.growing("validate, {:,} variants", lines, "ms", Limit(1), LINEAR)
    large = bench.spec("large-variants", with_large_variants())
    bench.bounded("validate, 4 variants of 199,998 layers", ("validate", large))


def with_variants(count: int) -> str:
    """Ten layers, whose width differs from variant to variant."""
    named = "".join(f"  v{number}: {{vars: {{width: {number + 1}}}}}\n" for number in range(count))
    return f"input: 16x16x3\nvars: {{width: 1}}\nvariants:\n{named}layers:\n" + 5 * "- conv: 1x1x$width\n- relu\n"


def with_large_variants() -> str:
    """Four variants, each of 199,998 layers."""
    named = "".join(f"  v{number}: {{vars: {{width: {number}}}}}\n" for number in range(1, 5))
    layers = f"- conv: 1x1x$width\n- {{relu: , repeat: {LONGEST - 2}}}\n"
    return f"input: 8x8x4\nvars: {{width: 4}}\nvariants:\n{named}layers:\n{layers}"


def sizes(bench: Bench) -> None:
    """Which sizes fit a deep network."""
    text = "input: 64x64x4\nlayers:\n" + 2_000 * "- {conv: 3x3x4, padding: 1}\n"
    bench.whole("solve --sizes, 2,000 convolutions", ("solve", bench.spec("deep", text), "--sizes"), 2, 60)


def explain(bench: Bench) -> None:
    """Every layer explained."""
    lines: dict[int, Line] = {
        count: ("explain", bench.spec(f"explained-{count}", written_out(count))) for count in (2, 3_000, 12_000)
    }
    bench.growing("explain, {:,} layers", lines, "µs", None, LINEAR)
    bench.whole("explain, 12,000 layers", lines[12_000], 4)


def sheet(bench: Bench) -> None:
    """A key of a whole model, as a document."""
    options = ("--key", "--format", "markdown")
    lines: dict[int, Line] = {
        count: ("homework", "sheet", bench.spec(f"sheet-{count}", written_out(count)), *options)
        for count in (2, 2_000, 8_000)
    }
    bench.growing("homework sheet --key, {:,} layers", lines, "µs", None, LINEAR)


def repeat(bench: Bench) -> None:
    """Every command on the longest model that can be written in a line: refused soon, or answered."""
    model = bench.spec("repeated", f"name: repeated\ninput: 8x8x4\nlayers:\n- {{relu: , repeat: {LONGEST}}}\n")
    answers = bench.spec("answers", "worksheet: repeated\nstudent: one\nanswers:\n  total:\n    params: 0\n")
    kit = str(bench.folder / "kit.zip")
    lines: list[Line] = [
        *(("summarize", model, "--format", each) for each in ("text", "json", "csv", "html")),
        ("explain", model),
        ("hyperparameters", model),
        ("receptive-field", model),
        ("forward", model),
        ("verify", model),
        ("compare", model, model),
        ("validate", model),
        ("solve", model, "--sizes"),
        ("solve", model, "--cover"),
        ("homework", "sheet", model),
        ("homework", "sheet", model, "--key", "--format", "markdown"),
        ("homework", "grade", answers, "--key", model),
        ("homework", "gradescope-kit", model, "--output", kit),
    ]
    for line in lines:
        words = " ".join("MODEL" if word == model else word for word in line if word not in (answers, kit))
        bench.bounded(words, line)


def verify(bench: Bench) -> None:
    """Parallel resolutions that exchange maps."""
    bench.whole("verify hrnet_w18.yaml", ("verify", str(HRNET)), 10)


ROWS: dict[str, Callable[[Bench], None]] = {
    made.__name__: made for made in (load, at, json, variants, sizes, explain, sheet, repeat, verify)
}


def main() -> None:
    """Measures everything and prints the rows."""
    line = parser(__doc__)
    line.add_argument("--runs", type=int, default=3, metavar="N", help="processes per figure and side (default: 3)")
    line.add_argument("--before", metavar="PYTHON", help="the interpreter of an environment with another release")
    line.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    options = line.parse_args()
    if options.runs < 1:
        line.error("--runs is a number from 1")
    use_one_thread()
    with failures_reported(), results("core", options.json) as found, tempfile.TemporaryDirectory() as folder:
        compile_package()
        print(f"{pin()}; {options.runs} processes each\n")
        before = Side("before", options.before) if options.before else None
        bench = Bench(found, Side("ours", sys.executable), before, options.runs, Path(folder))
        for name in options.only:
            ROWS[name](bench)


if __name__ == "__main__":
    main()
