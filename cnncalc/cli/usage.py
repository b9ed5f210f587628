"""Which options go together: one that would be ignored is refused, with a sentence that says what it goes with.

A command module says so in `TOGETHER`, a tuple of `Rule`s. What may stand in one:

    "--vary"            the option is given
    "--format text"     it has this value, whether given or by default
    "CODE"              the argument is given
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand

from cnncalc.named_tuple import NamedTuple


class Rule(NamedTuple):
    """What an option goes with.

    Attributes:
        option: the option that would do nothing.
        needs: it takes one of these.
        excludes: it takes none of these.
    """

    option: str
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


def formats(*names: str) -> tuple[str, ...]:
    """One of these formats."""
    return tuple(f"--format {name}" for name in names)


class Command(TyperCommand):
    """A command that refuses options that would be ignored."""

    rules: tuple[Rule, ...] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments, and refuses an option that stands twice or that goes with what is not there."""
        # (read twice: what is processed remembers only the last of several values)
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        rest: list[str] = super().parse_args(ctx, args)
        if ctx.resilient_parsing:
            return rest
        for param in order:
            if order.count(param) > 1 and not param.multiple and param.nargs == 1:
                message = "it is given twice, and only one of them can hold; leave one out"
                raise typer.BadParameter(message, param_hint=param.opts[0])
        given = _Given(ctx, self.params)
        for rule in self.rules:
            given.check(rule)
        return rest


class _Given:
    """What a command line says."""

    def __init__(self, ctx: Any, params: Iterable[Any]) -> None:
        self.ctx = ctx
        self.params = {name: param for param in params for name in _names(param)}

    def has(self, name: str) -> bool:
        """Whether the command has such an option."""
        return name in self.params

    def holds(self, text: str, is_given: bool = False) -> bool:
        """Whether what stands in a rule is so; with `is_given`, because the command line says it."""
        name, _, value = text.partition(" ")
        param = self.params.get(name)
        if param is None:
            return False
        was_given: bool = self.ctx.get_parameter_source(param.name).name == "COMMANDLINE"
        if not value:
            return was_given
        return bool(self.ctx.params[param.name] == value) and (was_given or not is_given)

    def check(self, rule: Rule) -> None:
        """Refuses an option that a rule does not let stand."""
        if not self.holds(rule.option, is_given=True):
            return
        for other in rule.excludes:
            if self.holds(other):
                raise typer.BadParameter(f"it does not go with {other}", param_hint=rule.option)
        needs = [other for other in rule.needs if self.has(other.partition(" ")[0])]
        if needs and not any(map(self.holds, needs)):
            raise typer.BadParameter(
                f"it needs {_either(needs)}{' too' if len(needs) == 1 else ''}", param_hint=rule.option
            )


def _names(param: Any) -> list[str]:
    """How an option is written; an argument by its name in capitals."""
    return list(param.opts) if param.param_type_name == "option" else [param.name.upper()]


def _either(words: list[str]) -> str:
    """`--a`, `--a or --b`, `--format text, csv or markdown`."""
    option = words[0].partition(" ")[0]
    if len(words) > 1 and all(word.startswith(f"{option} ") for word in words):
        words = [words[0], *(word.partition(" ")[2] for word in words[1:])]
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
