"""Shows on standard error how far long work is: a bar on a terminal, elsewhere a line every ten seconds.

A thread of its own shows it, so that a single long step shows too. What is soon done shows nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

PATIENCE, FRAME = 1.0, 0.2
"""On a terminal: seconds until something is shown, and from then on between two pictures."""
INTERVAL = 10.0
"""Elsewhere: seconds between two lines, and before the first."""
BAR = 24
"""Width of the bar."""


class Work:
    """What is being done: `reported` by whoever does it, `shown` meanwhile in another thread."""

    def __init__(self, command: str, what: str, total: int) -> None:
        self._command = command
        self._state = what, 0, total

    def reported(self, what: str, done: int, total: int) -> None:
        """Says what is being done, and how far it is."""
        self._state = what, done, total

    def step(self) -> None:
        """Says that one more is done."""
        what, done, total = self._state
        self._state = what, done + 1, total

    def shown(self, seconds: float, *, has_bar: bool) -> str:
        """One line: `cnncalc verify: running layers, 340 of 1,108, 21 s`."""
        from cnncalc.report.text import clean

        what, done, total = self._state
        filled = BAR * min(done, total) // max(total, 1)
        bar = f" [{'#' * filled}{'.' * (BAR - filled)}] " if has_bar and total else ": "
        parts = [what] if what else []
        parts += [f"{done:,} of {total:,}"] if total else []
        return clean(f"cnncalc {self._command}{bar}{', '.join([*parts, f'{seconds:.0f} s'])}")


@contextmanager
def progress(command: str, what: str = "", total: int = 0, *, is_quiet: bool = False) -> Iterator[Work]:
    """Shows progress while the block runs; nothing else may be written meanwhile.

    Args:
        command: whose work it is.
        what: what is done first, for example `grading`.
        total: of how many steps; 0 if unknown.
        is_quiet: shows nothing.
    """
    from threading import Event, Thread

    work, over = Work(command, what, total), Event()
    if is_quiet:
        yield work
        return
    thread = Thread(target=_show, args=(work, over, sys.stderr), daemon=True)
    thread.start()
    try:
        yield work
    finally:
        over.set()
        thread.join()


def _show(work: Work, over: object, stream: TextIO) -> None:
    """Shows work until it is over; a stream that cannot be written to is left alone."""
    from threading import Event
    from time import monotonic

    assert isinstance(over, Event)
    start, widest = monotonic(), 0
    with suppress(OSError, ValueError):
        on_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        wait = PATIENCE if on_terminal else INTERVAL
        while not over.wait(wait):
            text = work.shown(monotonic() - start, has_bar=on_terminal)
            if on_terminal:
                text = text[: os.get_terminal_size(stream.fileno()).columns - 1]
                widest, wait = max(widest, len(text)), FRAME
            stream.write(f"\r{text:{widest}}" if on_terminal else f"{text}\n")
            stream.flush()
        if widest:
            stream.write(f"\r{'':{widest}}\r")
            stream.flush()
