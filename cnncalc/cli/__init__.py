"""The command line: load → compute → render → exit status. One module per command, imported when it is called."""

import gc
import os
import sys

# Imports make many objects and no garbage: collecting while or after they run would be a fifth of the start-up.
gc.disable()

try:
    from importlib import import_module
    from typing import Annotated, Any

    import typer
    from typer.core import TyperGroup

    import cnncalc
    from cnncalc.gc_pause import collector_on
    from cnncalc.report.text import clean  # (it also registers the error handler of the streams)
except KeyboardInterrupt:  # before there is anything that could handle it
    raise SystemExit(130) from None

collector_on()

COMMANDS = (
    "summarize", "explain", "hyperparameters", "receptive-field", "forward", "verify", "compare", "validate", "schema",
    "rule", "homework", "solve", "specs", "new",
)  # fmt: skip
FINE, FINDINGS, USAGE, NOTHING_TO_DO, BUG, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 4, 130, 143
"""Exit statuses; the last two, as shells count, are 128 and the number of the signal."""
SHELLS = ("bash", "zsh", "fish", "powershell")
COMPLETE = "_CNNCALC_COMPLETE"
"""The variable through which a shell asks for completions."""


class LazyGroup(TyperGroup):
    """A group that imports only the command that is called: the module of that name in `room`."""

    commands_by_name: tuple[str, ...] = COMMANDS
    room = "cnncalc.cli"

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands_by_name)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands_by_name:
            from cnncalc.source.diagnostics import did_you_mean

            known = did_you_mean(cmd_name, self.commands_by_name, "") or f"commands: {', '.join(self.commands_by_name)}"
            ctx.fail(f"there is no command '{cmd_name}'; {known}")
        from cnncalc.cli.options.usage import Command

        module = import_module(f"{self.room}.{cmd_name.replace('-', '_')}")
        for each in module.app.registered_commands:
            each.cls = Command
        command: Any = typer.main.get_command(module.app)
        command.rules = getattr(module, "TOGETHER", ())
        command.name = cmd_name
        collector_on()
        return command


app = typer.Typer(cls=LazyGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"cnncalc {cnncalc.__version__}")
        raise typer.Exit


def _completion(shell: str | None) -> None:
    if shell is None:
        return
    if shell not in SHELLS:
        raise typer.BadParameter(f"expected {', '.join(SHELLS[:-1])} or {SHELLS[-1]}, found {shell!r}")
    from typer._completion_shared import get_completion_script

    print(get_completion_script(prog_name="cnncalc", complete_var=COMPLETE, shell=shell))
    raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    completion: Annotated[
        str | None,
        typer.Option(
            "--show-completion",
            metavar="SHELL",
            callback=_completion,
            is_eager=True,
            help=f"Print a script that makes a shell complete commands ({', '.join(SHELLS)}).",
        ),
    ] = None,
) -> None:
    """Every number of a convolutional network, before anyone trains it."""


def main() -> None:
    """Runs the command line and exits with its status."""
    try:
        status = run(sys.argv[1:])
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != TERMINATED:
            raise
        status = TERMINATED if isinstance(end, SystemExit) else INTERRUPTED
    if status in (INTERRUPTED, TERMINATED):
        os._exit(status)  # waits neither for threads that still multiply, nor for a pipe that nobody reads
    gc.freeze()  # there is nothing to collect: collections at the interpreter's end take a tenth of the whole time
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Runs a command line; returns its exit status."""
    _prepare_streams()
    gc.disable()  # until the command's own modules are in, see LazyGroup
    status = FINE
    try:
        status = _call(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        silence_stdout()  # the reader has seen enough (`| head -1`)
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        silence_stdout()
        sys.stderr.write(f"cnncalc: the output cannot be written: {error.strerror or error}\n")
        return FINDINGS
    except Exception:
        return _report_bug(arguments)
    finally:
        gc.enable()


def _call(arguments: list[str]) -> int:
    if COMPLETE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        # not standalone: that would turn a closed pipe into a failure
        result = typer.main.get_command(app)(args=arguments, prog_name="cnncalc", standalone_mode=False)
        return result if isinstance(result, int) else FINE
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:
        if not isinstance(error, _USAGE_ERRORS):
            raise
        error.message = clean(error.message)
        error.show(sys.stderr)
        return USAGE


_USAGE_ERRORS: Any = typer.BadParameter.__mro__[1]  # UsageError, which typer does not export


def _prepare_streams() -> None:
    """Makes a closed stream swallow what is written, and one that lacks a character write its ASCII form."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="cnncalc")


def silence_stdout() -> None:
    """Discards buffered output, which must not fail at the interpreter's end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _report_bug(arguments: list[str]) -> int:
    import platform
    import traceback

    print(
        "cnncalc: this is a bug in cnncalc, not a mistake of yours. Please report it with the spec and this text:",
        file=sys.stderr,
    )
    print(f"  cnncalc {cnncalc.__version__}, Python {platform.python_version()}, {platform.system()}", file=sys.stderr)
    for line in (f"arguments: {arguments}", *traceback.format_exc().splitlines()):
        print(f"  {clean(line)}", file=sys.stderr)
    return BUG
