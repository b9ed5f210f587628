"""Python code measured inside a process: again and again after a first time that does not count, in processor time."""

from __future__ import annotations

import json
import os
from statistics import median

from _processes import Command, Usage

_TIMED = """
import json, time
import cnncalc
{setup}
taken = []
for turn in range({times} + 1):
    start = time.process_time()
    {work}
    taken.append(time.process_time() - start)
print("\\n" + json.dumps(taken[1:]))
"""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def timed(title: str, python: str, work: str, setup: str = "", times: int = 5) -> Command:
    """A process that runs some code so many times, one statement of it timed."""
    return Command(title, (python, "-c", _TIMED.format(setup=setup, work=work, times=times)))


def seconds(usage: Usage) -> float:
    """The median of what such a process measured."""
    return median(json.loads(usage.output.splitlines()[-1]))


def use_one_thread() -> None:
    """For BLAS in all processes from here on: threads that wait for others take processor time too."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
