"""Pauses the garbage collector while much is built and little is thrown away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def collector_on() -> None:
    """Turns the cyclic collector on; existing objects count as old, so that they are not scanned immediately."""
    gc.freeze()
    gc.unfreeze()  # also what was frozen before: only for the command line, whose process is its own
    gc.enable()


@contextmanager
def collector_waiting() -> Iterator[None]:
    """Turns the cyclic collector off for a while, if it is on.

    A model is a hundred thousand objects that all stay alive. As their number grows, the collector would scan them
    again and again, find nothing, and take a third of the time. The size of a model is limited, so garbage cannot pile
    up; most of it is freed immediately by reference counting.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
