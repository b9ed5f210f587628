"""What a run frees is there for the next layer, and the next run."""

from __future__ import annotations

import ctypes
import mmap
import subprocess
import sys

import pytest

CODE = """
import resource
import numpy as np
import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.forward.run.weights import initialised

spec = cnncalc.load("input: 256x256x16\\nlayers: [{conv: 3x3x16, padding: 1}, relu, relu, relu, relu]\\n")
weights = initialised(spec.graph, 0, np.dtype("float32"))
x = np.zeros((1, 256, 256, 16), "float32")
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for step in steps(spec.graph, {"input": x}, weights, Arrays()):
        pass
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def has_mallopt() -> bool:
    try:
        return hasattr(ctypes.CDLL(None), "mallopt") and sys.platform == "linux"
    except TypeError:
        return False  # Windows


@pytest.mark.skipif(not has_mallopt(), reason="the C library is not glibc")
def test_a_run_uses_the_memory_of_the_one_before():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    *_, last = map(int, done.stdout.split())
    pages = 5 * 256 * 256 * 16 * 4 / mmap.PAGESIZE
    assert last < pages / 10  # each fresh output would be faulted in, page by page
