"""The garbage collector, asked to wait while much is built and little thrown away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def collector_on() -> None:
    """Turns the cyclic collector on; what is there counts as old, so that it is not looked through at once."""
    gc.freeze()
    gc.unfreeze()  # as much of it as was frozen before, too: for the command line alone, whose process is its own
    gc.enable()


@contextmanager
def collector_waiting() -> Iterator[None]:
    """Turns the cyclic collector off for a while, if it is on.

    A model is a hundred thousand objects that all stay. The collector would look through them again and again as they
    become more, find nothing, and take a third of the time. What a spec may make is bounded, so nothing piles up
    meanwhile; what is thrown away is mostly freed at once, by its reference count.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
