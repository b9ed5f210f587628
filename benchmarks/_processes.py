"""Whole processes, measured: from their start to their end, with the processor time and the memory that they took."""

from __future__ import annotations

import compileall
import contextlib
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

WARM_UP = 2
"""Runs of each command before the first that counts; they also write the bytecode that an installer left out."""
KEPT = 1_000_000
"""Bytes of output to keep. The rest is read and dropped: where a system counts the parent's peak of memory as the
child's, what measures must stay smaller than what it measures."""


class Command(NamedTuple):
    """A process to measure.

    Attributes:
        expects: what the beginning of its output must contain.
        on_terminal: whether it writes to a (pseudo) terminal rather than a pipe.
        may_refuse: whether it may end with a status other than 0, as for a mistake in the file.
    """

    title: str
    arguments: tuple[str, ...]
    expects: str = ""
    on_terminal: bool = False
    may_refuse: bool = False


class Usage(NamedTuple):
    """What a process took.

    Attributes:
        clock: seconds from its start to its end, its output read.
        processor: seconds of the processor, its own children's included; 0 where the system does not say.
        megabytes: of memory, at its peak; 0 where the system does not say.
        status: its exit status.
        output: the first `KEPT` bytes of it.
    """

    clock: float
    processor: float
    megabytes: float
    status: int
    output: str


class CommandError(Exception):
    """A command ended badly, or did not say what it should; the text is for the reader."""


@contextlib.contextmanager
def failures_reported() -> Iterator[None]:
    """Ends the program with what a `CommandError` says."""
    try:
        yield
    except CommandError as failure:
        sys.exit(f"{Path(sys.argv[0]).stem}: {failure}")


def installed() -> str:
    """The command next to this interpreter, with its package compiled."""
    compile_package()
    return str(Path(sys.executable).with_name("cnncalc.exe" if os.name == "nt" else "cnncalc"))


def compile_package() -> None:
    """Compiles cnncalc, as an installer does; an editable install may lack it.

    Raises:
        CommandError: it is not installed.
    """
    spec = importlib.util.find_spec("cnncalc")
    if spec is None or not spec.submodule_search_locations:
        raise CommandError(f"cnncalc is not installed for {sys.executable}")
    for folder in spec.submodule_search_locations:
        compileall.compile_dir(folder, quiet=2)


def pin() -> str:
    """Keeps this process and its children on two processors where that can be done; says what there is."""
    cores = f"{os.cpu_count()} CPUs"
    if hasattr(os, "sched_setaffinity"):
        two = sorted(os.sched_getaffinity(0))[:2]
        os.sched_setaffinity(0, two)
        cores = f"{len(two)} of {cores}"
    return f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {cores}"


def in_turn(commands: Sequence[Command], runs: int, warm_up: int = WARM_UP) -> list[list[Usage]]:
    """What each run of each command took; they run in turn, so that a busy moment meets all of them alike.

    Raises:
        CommandError: one of them failed.
    """
    taken: list[list[Usage]] = [[] for _ in commands]
    # an empty folder: nothing in it can be imported, or be taken for the shipped model
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(warm_up + runs):
            for command, usages in zip(commands, taken, strict=True):
                usage = run(command, folder)
                if turn >= warm_up:
                    usages.append(usage)
    return taken


def reason_against(commands: Sequence[Command]) -> str:
    """Why one of them fails, in a line; "" where none does. Each runs once, which also writes its bytecode."""
    try:
        in_turn(commands, 1, warm_up=0)
    except CommandError as failure:
        first, *lines = str(failure).strip().splitlines()
        return " ".join([first, *lines[-1:]])
    return ""


_UNWANTED = frozenset({"PYTHONDONTWRITEBYTECODE", "NO_COLOR", "FORCE_COLOR", "COLUMNS"})
"""Variables that would slow a start down, or change what is shown."""
_WANTED = {"KERAS_BACKEND": "torch", "PYTHONIOENCODING": "utf-8", "TERM": "xterm-256color"}


def run(command: Command, folder: str) -> Usage:
    """Runs it once, in this folder.

    Raises:
        CommandError: it ended badly, or did not say what it should.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _UNWANTED} | _WANTED
    execute = _on_terminal if command.on_terminal else _piped
    try:
        usage = execute(command.arguments, environment, folder)
    except OSError as error:
        raise CommandError(f"{command.arguments[0]}: {error.strerror}") from None
    is_fine = usage.status == 0 or (command.may_refuse and usage.status in (1, 2) and "Traceback" not in usage.output)
    if not is_fine:
        raise CommandError(f"{command.title} ended with status {usage.status}:\n{usage.output[-2000:]}")
    if command.expects not in usage.output:
        raise CommandError(f"{command.title} says nothing of {command.expects!r}:\n{usage.output[-2000:]}")
    return usage


def _piped(arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> Usage:
    start = time.perf_counter()
    process = subprocess.Popen(
        arguments, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as pipe:
        output = _beginning(pipe)
    return _ended(process, start, output)


def _on_terminal(arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> Usage:
    import pty  # there is none on Windows
    import termios

    terminal, end = pty.openpty()
    start = time.perf_counter()
    try:
        termios.tcsetwinsize(end, (40, 120))
        process = subprocess.Popen(arguments, env=environment, cwd=folder, stdin=end, stdout=end, stderr=end)
    except BaseException:
        os.close(terminal)
        raise
    finally:
        os.close(end)
    output = b""
    with contextlib.suppress(OSError):  # Linux reports the other end's closing as an error, macOS as an empty read
        while read := os.read(terminal, 65536):
            output += read
    os.close(terminal)
    return _ended(process, start, output)


def _beginning(pipe: IO[bytes]) -> bytes:
    """The first `KEPT` bytes; the rest is read too."""
    kept = pipe.read(KEPT)
    while pipe.read(KEPT):
        pass
    return kept


def _ended(process: subprocess.Popen[bytes], start: float, output: bytes) -> Usage:
    """Waits for the end, and asks the system what the process took."""
    processor = megabytes = 0.0
    if hasattr(os, "wait4"):
        _, code, spent = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        processor = spent.ru_utime + spent.ru_stime
        megabytes = spent.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    else:
        process.wait()
    clock = time.perf_counter() - start
    return Usage(clock, processor, megabytes, process.returncode, output.decode("utf-8", "replace"))
