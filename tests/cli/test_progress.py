"""Long work shows itself, and an interrupt leaves nothing behind."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncalc.report import progress as shown
from cnncalc.report.progress import Work, progress

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and pseudo terminals")

HASTY = """\
import sys, time
from cnncalc.report import progress
progress.PATIENCE = progress.FRAME = progress.INTERVAL = 0.01
from cnncalc.cli import main
sys.argv[0] = "cnncalc"
"""
"""A command line that shows progress at once."""
SLOW_FILES = """\
from cnncalc.cli import validate
real = validate.validate_file
def validate_file(*arguments):
    time.sleep(0.1)
    return real(*arguments)
validate.validate_file = validate_file
"""
"""Each file takes long."""
SPEC = "input: 8x8x1\nlayers: [{conv: 3x3x4}, {conv: 3x3x4}]\n"
ENDLESS = """\
from cnncalc.forward.run import executor
real = executor.run_layer
def run_layer(node, *rest):
    if node.name == "conv2":
        print("here", file=sys.stderr, flush=True)
        while True:
            time.sleep(0.01)
    return real(node, *rest)
executor.run_layer = run_layer
"""
"""The second layer never ends."""


def arguments(code: str, *command: str) -> list[str]:
    """A process that runs a command line after some code."""
    return [sys.executable, "-c", f"{HASTY}{code}main()\n", *map(str, command)]


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A folder of five specs."""
    for index in range(5):
        (tmp_path / f"net{index}.yaml").write_text(SPEC)
    return tmp_path


def test_lines_in_a_pipe(specs):
    done = subprocess.run(
        arguments(SLOW_FILES, "validate", specs, "-f", "json"), capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()
    assert all(re.fullmatch(r"cnncalc validate: checking files, [0-5] of 5, [0-9]+ s", line) for line in lines), lines
    assert any("3 of 5" in line for line in lines)
    assert done.stdout.startswith("{")  # only JSON
    assert "checking" not in done.stdout


def test_quiet(specs):
    done = subprocess.run(arguments(SLOW_FILES, "validate", specs, "-q"), capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("command", [("verify",), ("forward",), ("explain",), ("solve", "--sizes")], ids=" ".join)
def test_what_is_soon_done_shows_nothing(command, specs, call):
    result = call(command[0], specs / "net0.yaml", *command[1:])
    assert result.status == 0
    assert result.err == ""


def on_terminal(command: list[str], **environment: str) -> tuple[int, str]:
    """The status of a process, and what it writes to a pseudo terminal as standard error."""
    import pty

    ours, its = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("TERM", "NO_COLOR")}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=its, env={**clean, "TERM": "xterm", **environment}
    ) as process:
        os.close(its)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:  # how Linux says that the other end is closed
            pass
        status = process.wait(60)
    os.close(ours)
    return status, written.decode()


@posix
@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_a_bar_on_a_terminal(specs, environment):
    status, text = on_terminal(arguments(SLOW_FILES, "validate", str(specs)), **environment)
    assert status == 0
    frames = [frame for frame in text.split("\r") if frame.strip()]
    assert any(frame.startswith(f"cnncalc validate [{'#' * 9}{'.' * 15}] checking files, 2 of 5") for frame in frames)
    assert "\n" not in text
    assert "\x1b" not in text
    assert re.search(r"\r +\r$", text)  # at the end it is gone


@posix
def test_a_terminal_without_a_cursor_gets_lines(specs):
    status, text = on_terminal(arguments(SLOW_FILES, "validate", str(specs)), TERM="dumb")
    assert status == 0
    assert re.search(r"^cnncalc validate: checking files, 2 of 5, [0-9] s\r\n", text, re.MULTILINE)
    assert "[" not in text


def test_a_line():
    work = Work("homework grade", "", 0)
    assert work.shown(21.4, has_bar=True) == "cnncalc homework grade: 21 s"
    work.reported("running layers", 340, 1108)
    assert work.shown(21.4, has_bar=False) == "cnncalc homework grade: running layers, 340 of 1,108, 21 s"
    work.step()
    bar = "#" * 7 + "." * 17  # 341 / 1108 of 24 is 7.4
    assert work.shown(3, has_bar=True) == f"cnncalc homework grade [{bar}] running layers, 341 of 1,108, 3 s"
    work.reported("fields in \x1b[31m", 0, 0)
    assert "\x1b" not in work.shown(0, has_bar=False)


def test_a_stream_that_cannot_be_written_to(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(shown, "INTERVAL", 0.001)
    monkeypatch.setattr(sys, "stderr", closed)
    with progress("forward"):
        time.sleep(0.05)


@posix
@pytest.mark.parametrize(
    "command",
    [
        ("forward", "net0.yaml", "--save", "out.npz", "--seed", "1"),
        ("forward", "net0.yaml", "-o", "out.txt"),
        ("verify", "net0.yaml", "-o", "out.txt"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_an_interrupt_while_a_layer_runs(specs, command, number, status):
    before = sorted(path.name for path in specs.iterdir())
    with subprocess.Popen(
        arguments(ENDLESS, *command), cwd=specs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        while "here" not in process.stderr.readline():
            pass
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert out == ""
    assert "Traceback" not in err
    assert "bug" not in err
    assert process.returncode == status or (number == signal.SIGTERM and process.returncode == -signal.SIGTERM)
    assert sorted(path.name for path in specs.iterdir()) == before


@posix
@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8])
def test_an_interrupt_at_any_moment(specs, delay):
    """Also while modules are imported; only before Python reaches cnncalc is the traceback Python's own."""
    with subprocess.Popen(
        [sys.executable, "-m", "cnncalc", "forward", "alexnet", "--save", "out.npz"], cwd=specs,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    if "Traceback" in err:
        assert "cnncalc/cli" not in err
    else:
        assert process.returncode in (0, 130, -signal.SIGINT)  # -SIGINT: before or after Python could handle it
        assert len(err.splitlines()) <= 1
    assert not list(specs.glob(".cnncalc-*"))
    assert (specs / "out.npz").exists() == (process.returncode == 0)
