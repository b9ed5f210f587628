"""What takes minutes: `pytest -m nightly`, by a workflow every night."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.nightly


def _benchmark(*arguments: str) -> str:
    """What a script of benchmarks/ prints; its exit status is 1 where it found something."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT / "benchmarks",
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=3_600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mutated_specs_of_another_seed_every_day():
    """The seed is the date: a report names it, and `benchmarks/fuzz.py --seed` repeats it."""
    assert _benchmark("fuzz.py", "--runs", "20000", "--seed", date.today().strftime("%Y%m%d"))


@pytest.mark.parametrize("format", ["onnx", "pt2", "keras"])
def test_mutated_model_files_of_another_seed_every_day(format: str):
    assert _benchmark("fuzz.py", "--of", format, "--runs", "5000", "--seed", date.today().strftime("%Y%m%d"))
