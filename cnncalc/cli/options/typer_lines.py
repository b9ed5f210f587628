"""Reads any command line, with typer: for help, completion, mistakes, and whatever is not usual.

typer's commands are made of the same declarations that `plain_lines` reads by.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import cnncalc
from cnncalc import cli
from cnncalc.cli import COMPLETE, FINE, INTERRUPTED, SHELLS, USAGE
from cnncalc.cli.options.declared import Command, Parameter, command_module
from cnncalc.cli.options.rules import UsageError, check_rules
from cnncalc.report.text import clean

Call = Callable[[Command, Mapping[str, Any]], None]
"""What is done with a command line that has been read."""


def run_with_typer(arguments: list[str], call: Call = Command.call) -> int:
    """Runs a command line; returns its exit status."""
    if COMPLETE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        # not standalone: that would turn a closed pipe into a failure
        result = _root_group(call)(args=arguments, prog_name="cnncalc", standalone_mode=False)
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


def show_usage_error(arguments: list[str], error: UsageError) -> int:
    """Shows, as typer does, what a command found wrong while it ran."""

    def fail(command: Command, values: Mapping[str, Any]) -> None:
        raise error

    return run_with_typer(arguments, fail)


@contextmanager
def _as_typers() -> Iterator[None]:
    """Turns usage errors into typer's."""
    try:
        yield
    except UsageError as error:
        raise typer.BadParameter(str(error), param_hint=error.option) from None


# -- groups


class _LazyGroup(TyperGroup):
    """A group that imports only the command that is called."""

    path = ""
    names: tuple[str, ...]
    call: Call

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.names:
            from cnncalc.source.diagnostics import did_you_mean

            known = did_you_mean(cmd_name, self.names, "") or f"commands: {', '.join(self.names)}"
            ctx.fail(f"there is no command '{cmd_name}'; {known}")
        path = f"{self.path} {cmd_name}".strip()
        module = command_module(path)
        made = _group(module, path, self.call) if hasattr(module, "COMMANDS") else _command(module, self.call)
        made.name = cmd_name
        return made


def _root_group(call: Call) -> Any:
    return _group(cli, "", call)


def _group(module: ModuleType, path: str, call: Call) -> Any:
    app = typer.Typer(cls=_LazyGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None)
    app.callback()(getattr(module, path) if path else _root)
    group: Any = typer.main.get_command(app)
    group.path, group.names, group.call = path, module.COMMANDS, call
    return group


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


# -- commands


class _CheckedCommand(TyperCommand):
    """A command that refuses options that would be ignored."""

    declared: Command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments, and refuses an option that is given twice or that needs something that is not given."""
        # (read twice: once processed, only the last of several values is remembered)
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        rest: list[str] = super().parse_args(ctx, args)
        if ctx.resilient_parsing:
            return rest
        for param in order:
            if order.count(param) > 1 and not param.multiple and param.nargs == 1:
                message = "it is given twice; leave one out"
                raise typer.BadParameter(message, param_hint=param.opts[0])
        given = [name for name in ctx.params if ctx.get_parameter_source(name).name == "COMMANDLINE"]
        with _as_typers():
            check_rules(self.declared, ctx.params, given)
        return rest


def _command(module: ModuleType, call: Call) -> Any:
    declared = Command.of(module)

    def run(**values: Any) -> None:
        with _as_typers():
            call(declared, values)

    run.__name__, run.__doc__ = declared.function.__name__, declared.function.__doc__
    run.__signature__ = inspect.Signature(list(map(_parameter, declared.parameters)))  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=_CheckedCommand)(run)
    command: Any = typer.main.get_command(app)
    command.declared = declared
    return command


def _parameter(declared: Parameter) -> inspect.Parameter:
    """A parameter as typer reads it; by keyword, so that one with a default may come before one without."""
    option = declared.option

    def checked(value: Any) -> Any:
        with _as_typers():
            if value != value:  # nan, which is neither below a least nor above a most
                raise UsageError(f"expected a number, found {value}", option.names[0])
            return option.checked(value)

    make: Any = typer.Option if option.names else typer.Argument
    default = make(
        declared.default,  # typer, too, writes `...` where there is none
        *option.names,
        help=option.help,
        metavar=option.metavar or None,
        callback=checked,
        autocompletion=(lambda: list(option.suggestions)) if option.suggestions else None,
        min=option.min,
        max=option.max,
    )
    return inspect.Parameter(
        declared.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=declared.annotation
    )
