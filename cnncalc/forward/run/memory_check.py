"""Whether a network fits in memory, checked before anything is allocated."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from cnncalc.forward.run.given import refuse
from cnncalc.forward.run.memory_estimate import ONCE, Use, estimated_memory

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

_MIB = 2**20


def check_memory(spec: Spec, dtype: str, use: Use = ONCE) -> None:
    """Refuses a model that needs more memory than is free.

    Args:
        dtype: the type of the numbers.

    Raises:
        DataError: it needs more.
    """
    free = available()
    needed = estimated_memory(spec.graph, spec.order, dtype, use)
    if free is not None and needed.total > free:
        parameters, activations, work = map(_mib, needed)
        refuse(
            "CNN325",
            spec.name,
            f"the model needs about {_mib(needed.total)}, but only {_mib(free)} are free",
            f"parameters {parameters}, activations {activations}, working memory {work}",
            "a smaller `--input` or `--dtype float16` needs less",
        )


def check_weights(name: str, needed: int) -> None:
    """Refuses a model whose weights alone need more memory than is free.

    Args:
        needed: their bytes.

    Raises:
        DataError: they need more.
    """
    free = available()
    if free is not None and needed > free:
        refuse("CNN325", name, f"the weights need about {_mib(needed)}, but only {_mib(free)} are free")


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
