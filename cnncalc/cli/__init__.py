"""The command line: load → compute → render → exit status. One module per command, imported when it is called."""

import gc
import os
import sys

try:
    import cnncalc
    from cnncalc.report.text import clean  # (it also registers the error handler of the streams)
except KeyboardInterrupt:  # before there is anything that could handle it
    raise SystemExit(130) from None

COMMANDS = (
    "summarize", "explain", "hyperparameters", "receptive-field", "forward", "verify", "compare", "validate", "schema",
    "rule", "homework", "solve", "specs", "new", "import", "export", "report",
)  # fmt: skip
FINE, FINDINGS, USAGE, NOTHING_TO_DO, BUG, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 4, 130, 143
"""Exit statuses; the last two, as shells count, are 128 and the number of the signal."""
SHELLS = ("bash", "zsh", "fish", "powershell")
COMPLETE = "_CNNCALC_COMPLETE"
"""The variable through which a shell asks for completions."""


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
    gc.disable()  # until the command's own modules are in, see `command_module`
    status = FINE
    try:
        status = _call(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        silence("stdout")  # the reader has seen enough (`| head -1`)
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        silence("stdout")
        sys.stderr.write(f"cnncalc: the output cannot be written: {error.strerror or error}\n")
        return FINDINGS
    except Exception:
        return _report_bug(arguments)
    finally:
        gc.enable()


def _call(arguments: list[str]) -> int:
    try:
        return _carry_out(arguments)
    except SystemExit as end:  # how a command ends early
        return int(end.code or FINE)


def _carry_out(arguments: list[str]) -> int:
    from cnncalc.cli.options.plain_lines import read_plainly
    from cnncalc.cli.options.rules import UsageError

    line = None if COMPLETE in os.environ else read_plainly(arguments)
    if line is None:
        from cnncalc.cli.options.typer_lines import run_with_typer

        return run_with_typer(arguments)
    try:
        line.command.call(line.values)
        return FINE
    except UsageError as error:
        from cnncalc.cli.options.typer_lines import show_usage_error

        return show_usage_error(arguments, error)
    except BrokenPipeError:  # in the middle of a command; this and the next are what typer does too
        silence("stdout", "stderr")
        return FINDINGS
    except EOFError:
        print(file=sys.stderr)
        return INTERRUPTED


def _prepare_streams() -> None:
    """Makes a closed stream swallow what is written, and one that lacks a character write its ASCII form."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="cnncalc")


def silence(*streams: str) -> None:
    """Discards buffered output, which must not fail at the interpreter's end."""
    for name in streams:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), getattr(sys, name).fileno())
        except (OSError, ValueError):
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


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
