"""The command line: load → compute → render → exit status. A module a command, imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import cnncalc

COMMANDS = ("summarize", "explain", "hyperparameters", "validate", "rule", "specs", "new")
FINE, FINDINGS, USAGE, NOTHING_TO_DO, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit statuses."""


class LazyGroup(TyperGroup):
    """A group that imports only the command that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            from cnncalc.diagnostics import nearest

            close = nearest(cmd_name, COMMANDS)
            known = f"did you mean {close}?" if close else f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command '{cmd_name}'; {known}")
        command: Any = typer.main.get_command(import_module(f"cnncalc.cli.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=LazyGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"cnncalc {cnncalc.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Every number of a convolutional network, before anyone trains it."""


def main() -> None:
    """Runs the command line and exits with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs a command line; returns its exit status."""
    import cnncalc.report.text  # noqa: F401 (it registers what streams do with characters that they lack)

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="cnncalc")
    try:
        status = _call(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # the reader has seen enough (`| head -1`); nothing may be written at exit either
        _silence_stdout()
        return FINE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        return _report_bug(arguments)


def _call(arguments: list[str]) -> int:
    try:
        result = typer.main.get_command(app)(args=arguments, prog_name="cnncalc", standalone_mode=True)
        return int(result or FINE)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FINE


def _silence_stdout() -> None:
    import os

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None


def _report_bug(arguments: list[str]) -> int:
    import platform
    import traceback

    print(
        "cnncalc: this is a bug of ours, not a mistake of yours. Please report it with the spec and this text:",
        file=sys.stderr,
    )
    print(f"  cnncalc {cnncalc.__version__}, Python {platform.python_version()}, {platform.system()}", file=sys.stderr)
    print(f"  arguments: {arguments}", file=sys.stderr)
    print("".join(f"  {line}" for line in traceback.format_exc().splitlines(keepends=True)), file=sys.stderr)
    return BUG
