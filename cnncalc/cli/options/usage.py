"""Which options go together: some reach a command as one object, and one that would be ignored is refused.

A command asks for the object; its command line has the options that the object is made of:

    class Target:
        def __init__(self, output: Output = None, color: Color = "auto") -> None: ...

    @app.command()
    @with_option_groups
    def draw(model: Model, *, target: Annotated[Target, OptionGroup(Target)]) -> None: ...

A command module says in `TOGETHER`, a tuple of `Rule`s, which are refused. A rule may contain:

    "--vary"            the option is given
    "--format text"     it has this value, whether given or by default
    "CODE"              the argument is given
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import typer
from typer.core import TyperCommand

from cnncalc.named_tuple import NamedTuple


class OptionGroup:
    """Marks a parameter of a command as made of options: the parameters of the function or class that makes it.

    Attributes:
        make: takes the values of the options by name.
        without: options that this command does not have; they keep their defaults.
    """

    def __init__(self, make: Callable[..., Any], *without: str) -> None:
        self.make = make
        self.without = without

    def options(self) -> list[inspect.Parameter]:
        """The options, as typer reads them."""
        parameters = inspect.signature(self.make, eval_str=True).parameters.values()
        return [each for each in parameters if each.name not in self.without]


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """A decorator, below typer's, that spells out a command's groups: their options take the place of each group."""
    parameters: list[inspect.Parameter] = []
    groups: list[tuple[str, Callable[..., Any], list[str]]] = []
    for parameter in inspect.signature(command).parameters.values():
        marks = [mark for mark in getattr(parameter.annotation, "__metadata__", ()) if isinstance(mark, OptionGroup)]
        options = marks[0].options() if marks else [parameter]
        parameters += options
        if marks:
            groups.append((parameter.name, marks[0].make, [option.name for option in options]))

    @functools.wraps(command)
    def call(**values: Any) -> None:
        for name, make, options in groups:
            values[name] = make(**{option: values.pop(option) for option in options})
        command(**values)

    # by keyword, as typer calls, so that an option with a default may come before an argument without
    by_keyword = [each.replace(kind=each.KEYWORD_ONLY) for each in parameters]
    call.__signature__ = inspect.Signature(by_keyword)  # type: ignore[attr-defined]
    return call


class Rule(NamedTuple):
    """What an option can be combined with.

    Attributes:
        option: the option that would do nothing.
        needs: it needs one of these.
        excludes: it does not go with any of these.
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
        """Whether a term of a rule is true; with `is_given`, because the command line says so."""
        name, _, value = text.partition(" ")
        param = self.params.get(name)
        if param is None:
            return False
        was_given: bool = self.ctx.get_parameter_source(param.name).name == "COMMANDLINE"
        if not value:
            return was_given
        return bool(self.ctx.params[param.name] == value) and (was_given or not is_given)

    def check(self, rule: Rule) -> None:
        """Refuses an option that a rule does not allow."""
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
