"""The garbage collector, asked to wait while much is built and little thrown away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
