"""Whether a network fits in memory, checked before anything is allocated."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.memory import alive_values, peak_of
from cnncalc.forward.engines.convolution import MAX_BUFFER
from cnncalc.forward.run.given import refuse
from cnncalc.forward.run.weights import learned

if TYPE_CHECKING:
    from cnncalc.graph import Graph

_MIB = 2**20


def check_memory(
    graph: Graph, name: str, number_bytes: int, batch: int = 1, keeps_all: bool = False, runs: int = 1
) -> None:
    """Refuses a model that needs more memory than is free.

    Args:
        name: of the model, for the message.
        number_bytes: bytes of a number.
        batch: samples.
        runs: how many runs take place at the same time.
        keeps_all: whether the outputs of all layers are kept.

    Raises:
        DataError: it needs more.
    """
    free = available()
    parameters = number_bytes * sum(prod(weight.shape) for _, _, weight in learned(graph))
    values = sum(node.output.values for node in graph.nodes) if keeps_all else peak_of(alive_values(graph))[0]
    activations = number_bytes * batch * values * runs
    # the windows of a convolution, its padded input, its sums
    largest = max((node.output.values + node.inputs[0].output.values for node in graph.nodes), default=0)
    work = min(batch * number_bytes * largest, MAX_BUFFER) + batch * number_bytes * largest
    needed = parameters + activations + work
    if free is not None and needed > free:
        refuse(
            "CNN325",
            name,
            f"the model needs about {_mib(needed)}, but only {_mib(free)} are free",
            f"parameters {_mib(parameters)}, activations {_mib(activations)}, working memory {_mib(work)}",
            "a smaller `--input` or `--dtype float16` needs less",
        )


def _mib(count: int) -> str:
    return f"{-(-count // _MIB):,} MiB"


def available() -> int | None:
    """Bytes that this process may still allocate; None if unknown."""
    return min(_limits(), default=None)


def _limits() -> Iterator[int]:
    """The free memory, and the limits of the process and of its group."""
    with suppress(OSError, ValueError, StopIteration), open("/proc/meminfo", encoding="ascii") as file:
        yield next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
    if not os.path.exists("/proc/meminfo"):
        with suppress(OSError, ValueError, AttributeError):
            yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with (
        suppress(OSError, ValueError),
        open("/sys/fs/cgroup/memory.max", encoding="ascii") as most,
        open("/sys/fs/cgroup/memory.current", encoding="ascii") as now,
    ):
        yield max(int(most.read()) - int(now.read()), 0)
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            with open("/proc/self/statm", encoding="ascii") as file:
                yield max(limit - int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE"), 0)
