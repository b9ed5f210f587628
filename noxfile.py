"""One command each: `nox -s setup`, `fast`, `tests`, `lint`, `regenerate`, on every system.

They use the environment that nox itself is in; `setup` fills it: `python3 -m venv .venv && .venv/bin/pip install nox`.
"""

import sys
from pathlib import Path

import nox

BIN = Path(sys.executable).parent

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "fast"]


@nox.session
def setup(session: nox.Session) -> None:
    """Installs cnncalc, editable, with everything that tests and lint need, and the hooks of pre-commit."""
    session.run(sys.executable, "-m", "pip", "install", "-q", "-e", ".[dev]")
    session.run(sys.executable, "-m", "pre_commit", "install")


@nox.session
def fast(session: nox.Session) -> None:
    """The tests that take under a second each."""
    session.run(sys.executable, "-m", "pytest", "-m", "not slow and not network", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests but those of the network and the night, two at a time."""
    session.run(sys.executable, "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, and which room imports which."""
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"]):
        session.run(str(BIN / command[0]), *command[1:])


@nox.session
def regenerate(session: nox.Session) -> None:
    """Everything that is generated."""
    session.run(sys.executable, "tests/regenerate.py", *session.posargs)
