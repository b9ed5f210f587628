"""Model files in the place of specs: from a path, through a pipe, at a revision."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from helpers import run

import cnncalc

EXAMPLES = Path(__file__).parents[2] / "examples" / "import"
FILES = ("digits.pt2", "digits.onnx", "digits.keras")


@pytest.mark.parametrize("file", FILES)
def test_three_files_of_one_network_have_its_numbers(file: str):
    """25·16 + 32, four times 9·16·16 + 32, 16·10 + 10; 14·14·400 + 4·14·14·2304 + 160 multiply-adds."""
    totals = cnncalc.analyze(cnncalc.load(EXAMPLES / file)).totals
    folded = 160 if file.endswith(".onnx") else 0
    statistics = 160 if file.endswith(".keras") else 0
    assert totals.params - statistics + folded // 2 == 9_946
    assert totals.macs == 1_884_896
