"""What every benchmark measures, as rows: the printed table and the JSON of `--json` are both made of them."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

SCHEMA, VERSION = "cnncalc/benchmark", 1
"""The document's form: results.schema.json."""


class Limit(NamedTuple):
    """What a figure should keep to; a benchmark says whether it does, and fails only where its page says so.

    Attributes:
        of: whether the median itself is meant, or its ratio to the other side's.
    """

    value: float
    of: Literal["median", "ratio"] = "median"
    least: bool = False

    def __str__(self) -> str:
        return f"at {'least' if self.least else 'most'} {figure(self.value)}{' ×' * (self.of == 'ratio')}"

    def verdict(self, value: float) -> str:
        """`ok`, `over` or `under`."""
        if self.least:
            return "ok" if value >= self.value else "under"
        return "ok" if value <= self.value else "over"


class Other(NamedTuple):
    """What ours is compared with, in the same unit."""

    name: str
    runs: Sequence[float]


@dataclass
class Row:
    """One figure.

    Attributes:
        runs: what was measured, run by run; nothing where the row was skipped.
        note: why it was skipped, or what else there is to say.
    """

    name: str
    unit: str
    runs: Sequence[float] = ()
    other: Other | None = None
    limit: Limit | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the other's, of the medians."""
        if self.other is None or not self.runs or not median(self.other.runs):
            return None
        return median(self.runs) / median(self.other.runs)

    @property
    def verdict(self) -> str | None:
        """`ok`, `over`, `under` or `skipped`; None where there is no limit, or nothing to hold against it."""
        if not self.runs:
            return "skipped"
        value = median(self.runs) if self.limit and self.limit.of == "median" else self.ratio
        return self.limit.verdict(value) if self.limit and value is not None else None

    def line(self) -> str:
        """As a line of the table."""
        ours = f"{figure(median(self.runs))} {self.unit}" if self.runs else ""
        other = f"{self.other.name}  {figure(median(self.other.runs))} {self.unit}" if self.other else ""
        ratio = "" if self.ratio is None else f"{figure(self.ratio)} ×"
        limit = f"{self.limit}  " if self.limit else ""
        return (
            f"{self.name:<48} {ours:>16}   {other:<52} {ratio:>9}   {limit}{self.verdict or ''}  {self.note}".rstrip()
        )

    def document(self) -> dict[str, Any]:
        """As an object of the JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": _side(self.runs) if self.runs else None,
            "other": {"name": self.other.name, **_side(self.other.runs)} if self.other else None,
            "ratio": self.ratio,
            "limit": None
            if self.limit is None
            else {"of": self.limit.of, "at_least" if self.limit.least else "at_most": self.limit.value},
            "verdict": self.verdict,
            "note": self.note,
        }


def figure(value: float) -> str:
    """A number as people read it: three significant digits, all of those before the point."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.2e}"


def _side(runs: Sequence[float]) -> dict[str, Any]:
    return {"median": median(runs), "min": min(runs), "runs": list(runs)}


@dataclass
class Results:
    """The rows of one run, each printed as soon as it is there."""

    benchmark: str
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Keeps a row, and prints it."""
        self.rows.append(row)
        print(row.line(), flush=True)

    def document(self) -> dict[str, Any]:
        """The whole run."""
        import cnncalc

        return {
            "schema": SCHEMA,
            "version": VERSION,
            "benchmark": self.benchmark,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "cnncalc": {"version": cnncalc.__version__, "commit": _commit()},
            "python": platform.python_version(),
            "machine": {
                "system": platform.system(),
                "release": platform.release(),
                "processor": platform.machine(),
                "cores": _cores(),
            },
            "rows": [row.document() for row in self.rows],
        }


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A command line of a benchmark, with what all of them have."""
    made = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    made.add_argument("--json", type=Path, metavar="FILE", help="write the results here too")
    return made


@contextlib.contextmanager
def results(benchmark: str, file: Path | None) -> Iterator[Results]:
    """A place for the rows; a run that reaches its end is written to the file."""
    made = Results(benchmark)
    yield made
    if file is not None:
        file.write_text(json.dumps(made.document(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _commit() -> str | None:
    """The commit that these files are at, `-dirty` where they were changed since; None where that is not known."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
