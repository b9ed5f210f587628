"""Ways to run cnncalc: in this process (fast), as the installed script, and on a pseudo-terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cnncalc.cli import run

SCRIPT = Path(sys.executable).with_name("cnncalc.exe" if os.name == "nt" else "cnncalc")
PRIVATE = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONUNBUFFERED", "TERM")


class Result(NamedTuple):
    """What a command line did."""

    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PRIVATE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Runs a command line in this process. Whatever a user does, a traceback is not the answer."""

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        status = run([str(each) for each in arguments])
        result = Result(status, *capsys.readouterr())
        if status != 4:
            assert "Traceback" not in result.out + result.err
        return result

    return call


@pytest.fixture
def script() -> Callable[..., Result]:
    """Runs the installed script; bytes are read as UTF-8 unless `encoding` says otherwise."""
    if not SCRIPT.exists():
        pytest.skip(f"no script {SCRIPT}")

    def script(
        *arguments: object,
        stdin: bytes = b"",
        encoding: str = "utf-8",
        cwd: Path | None = None,
        **environment: str,
    ) -> Result:
        env = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
        done = subprocess.run(
            [SCRIPT, *map(str, arguments)], input=stdin, capture_output=True, env=env, cwd=cwd, timeout=30
        )
        return Result(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))

    return script


@pytest.fixture
def on_terminal() -> Callable[..., str]:
    """Runs the script on a pseudo-terminal of some width; returns what appears there."""
    if os.name == "nt" or not SCRIPT.exists():
        pytest.skip("needs a pseudo-terminal and the installed script")
    import fcntl
    import pty
    import struct
    import termios

    def on_terminal(columns: int, *arguments: object, **environment: str) -> str:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment}
        process = subprocess.Popen(
            [SCRIPT, *map(str, arguments)], stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=env
        )
        os.close(slave)
        seen = b""
        try:
            while piece := os.read(master, 65536):
                seen += piece
        except OSError:  # Linux' way to say that nobody writes any more
            pass
        os.close(master)
        _, err = process.communicate(timeout=30)
        assert b"Traceback" not in err, err.decode()
        assert process.returncode in (0, 1)
        return seen.decode().replace("\r\n", "\n")

    return on_terminal


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of this test's own."""

    def write(text: str | bytes, name: str = "net.yaml") -> Path:
        path = tmp_path / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
        return path

    return write


@pytest.fixture
def lecture(write: Callable[..., Path]) -> Path:
    """The lecture's network without activations."""
    return write(
        "name: typical-cnn\ninput: 28x28x1\nlayers:\n"
        "  - conv: 3x3x8\n  - max_pool: 2\n  - conv: 3x3x16\n  - max_pool: 2\n"
        "  - flatten\n  - dense: 64\n  - dense: 10\n"
    )


NASTY = (
    r'name: "::error::100%_$x^2 & #1 ~ {a} \\b [bold]red[/bold] <b> | `ü漢🎉 “q” \e[31m \u202e \u009b31m\n##[group]"'
    "\n"
    r'description: "[bold] % _ \\ $ & # ~ ^ { ü 漢 🎉 \e[2J"'
    "\ninput: 28x28x1\nlayers: [conv: 3x3x8, max_pool: 2, flatten, dense: 10]\ntraining:\n"
    r'  optimizer: "ad%am_ \\x $ & # ~ ^ { } ü 漢 🎉 | [red] \e[31m <i> \u202e\u009b::error::"'
    "\n"
    r'  learning_rate: "[link=http://x]1e-3"'
    "\n"
    r'  "my_key %|$\e[1m": "v | w “q”\n::warning::w"'
    "\n"
)


@pytest.fixture
def nasty(write: Callable[..., Path]) -> Path:
    """A spec whose texts mean something to terminals, Rich, GitHub, Markdown, LaTeX and HTML."""
    return write(NASTY, "nasty.yaml")


@pytest.fixture
def bad(write: Callable[..., Path]) -> Path:
    """A spec with mistakes, one with an escape sequence in it."""
    return write(
        'input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n  - dense: "\\e[31mred[bold]"\n  - "\\e[2J\\u202e": 3\n',
        "bad.yaml",
    )


@pytest.fixture
def failing(write: Callable[..., Path]) -> Path:
    """A spec whose expectation does not hold: 3·3·1·8 + 8 = 80."""
    return write("input: 28x28x1\nlayers: [conv: 3x3x8]\nexpect: {params: 81}\n", "failing.yaml")
