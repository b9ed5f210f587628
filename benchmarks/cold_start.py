"""How long cnncalc takes from nothing to an answer, next to what it imports and to what else answers the question.

Whole processes are timed, one of each kind in turn, and compared by their medians; README.md here says more.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

WARM_UP = 2
"""Runs of each command before the first that counts; they also write the bytecode that an installer left out."""
PARAMETERS = 27562
"""What every summary must say, so that nothing is timed that has not done the work."""

_LIBRARIES = "import typer, yaml, dataclasses"
_TORCHINFO = """
from torch import nn
from torchinfo import summary

model = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(dim=1),
)
print(summary(model, (1, 1, 28, 28), verbose=0))
"""
_KERAS = """
from keras import Input, Sequential, layers

Sequential([
    Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2),
    layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(2),
    layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax"),
]).summary()
"""


class Command(NamedTuple):
    """A process to time.

    Attributes:
        expects: what its output must contain.
        on_terminal: whether it writes to a (pseudo) terminal rather than a pipe.
    """

    title: str
    arguments: tuple[str, ...]
    expects: str = ""
    on_terminal: bool = False


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


def main() -> None:
    """Times everything and prints the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=21, metavar="N", help="runs of each command (default: 21)")
    parser.add_argument("--peers", action="store_true", help="torchinfo and Keras too, where they are installed")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs is a number from 1")
    with failures_reported():
        compare(options.runs, options.peers)


def compare(runs: int, peers: bool) -> None:
    """Times everything and prints the ratios.

    Raises:
        CommandError: a command failed.
    """
    cnncalc = installed()
    cpus = pin()
    print(
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {cpus}; "
        f"medians of {runs} interleaved runs, whole processes\n"
    )
    print_row("cnncalc", "", "next to", "", "ratio", "limit")

    summarize = (cnncalc, "summarize", "typical_cnn")
    piped = Command("JSON, to a pipe", (*summarize, "--format", "json"), str(PARAMETERS))
    compare_imports(piped, _LIBRARIES, runs)
    if os.name == "nt":
        shown = Command("table, coloured", (*summarize, "--color", "always"), "\x1b[")
    else:
        shown = Command("table, on a terminal", summarize, "\x1b[", on_terminal=True)
    compare_imports(shown, f"{_LIBRARIES}, rich.table, rich.console", runs)
    if peers:
        compare_peers(Command("table, to a pipe", summarize, f"{PARAMETERS:,}"), runs)


def compare_imports(ours: Command, imports: str, runs: int) -> None:
    """A row: a command of ours next to the bare import of the libraries that it stands on."""
    theirs = Command(imports, (sys.executable, "-c", imports), on_terminal=ours.on_terminal)
    mine, other = interleaved([ours, theirs], runs)
    ratio = mine / other
    verdict = "ok" if ratio <= 1.2 else "over"
    print_row(
        ours.title, milliseconds(mine), theirs.title, milliseconds(other), f"{ratio:.2f}", f"at most 1.2  {verdict}"
    )


def compare_peers(ours: Command, runs: int) -> None:
    """A row a peer that is installed: how many times as long as ours it takes for the same network."""
    known = {"torchinfo": ("torch", _TORCHINFO), "keras": ("torch", _KERAS)}
    theirs = []
    for name, (needs, code) in known.items():
        if importlib.util.find_spec(name) and importlib.util.find_spec(needs):
            theirs.append(Command(name, (sys.executable, "-c", code), f"{PARAMETERS:,}"))
        else:
            print_row(ours.title, "", name, "not here", "", "")
    mine, *others = interleaved([ours, *theirs], runs)
    for command, other in zip(theirs, others, strict=True):
        ratio = other / mine
        verdict = "ok" if ratio >= 20 else "under"
        title, ours_ms, other_ms = command.title, milliseconds(mine), milliseconds(other)
        print_row(ours.title, ours_ms, title, other_ms, f"{ratio:.1f}", f"at least 20  {verdict}")


def print_row(ours: str, mine: str, theirs: str, other: str, ratio: str, limit: str) -> None:
    """A line of the table."""
    print(f"{ours:<20}  {mine:>8}   {theirs:<57}  {other:>8}  {ratio:>6}  {limit}".rstrip(), flush=True)


def milliseconds(seconds: float) -> str:
    """0.0712 as 71.2 ms."""
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds * 1000:,.0f} ms"


# -- running


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
    count = os.cpu_count()
    if not hasattr(os, "sched_setaffinity"):
        return f"{count} CPUs"
    two = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, two)
    return f"{len(two)} of {count} CPUs"


def interleaved(commands: list[Command], runs: int) -> list[float]:
    """The median time of each command, in seconds, run in turn so that a busy moment meets all of them alike.

    Raises:
        CommandError: one of them failed.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _UNWANTED}
    environment |= {"KERAS_BACKEND": "torch", "PYTHONIOENCODING": "utf-8", "TERM": "xterm-256color"}
    times: list[list[float]] = [[] for _ in commands]
    # an empty folder: nothing in it can be imported, or be taken for the shipped model
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(WARM_UP + runs):
            for command, taken in zip(commands, times, strict=True):
                seconds = run(command, environment, folder)
                if turn >= WARM_UP:
                    taken.append(seconds)
    return list(map(median, times))


_UNWANTED = frozenset({"PYTHONDONTWRITEBYTECODE", "NO_COLOR", "FORCE_COLOR", "COLUMNS"})
"""Variables that would slow a start down, or change what is shown."""


def run(command: Command, environment: dict[str, str], folder: str) -> float:
    """Seconds from the start of a process to its end, its output read.

    Raises:
        CommandError: it ended with a status other than 0, or did not say what it should.
    """
    execute = _on_terminal if command.on_terminal else _piped
    start = time.perf_counter()
    try:
        status, output = execute(command.arguments, environment, folder)
    except OSError as error:
        raise CommandError(f"{command.arguments[0]}: {error.strerror}") from None
    seconds = time.perf_counter() - start
    text = output.decode("utf-8", "replace")
    if status != 0:
        raise CommandError(f"{command.title} ended with status {status}:\n{text[-2000:]}")
    if command.expects not in text:
        raise CommandError(f"{command.title} says nothing of {command.expects!r}:\n{text[-2000:]}")
    return seconds


def _piped(arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> tuple[int, bytes]:
    done = subprocess.run(
        arguments, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def _on_terminal(arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> tuple[int, bytes]:
    import pty  # there is none on Windows
    import termios

    terminal, end = pty.openpty()
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
    return process.wait(), output


if __name__ == "__main__":
    main()
