"""Reads the usual command line, without typer: its import takes longer than most answers.

Usual is: the names of a command, options by their whole names, with values after them or after `=`, arguments in their
places, all of them valid. A line with anything else in it (a mistake, `--help`, `--`, `-fjson`, a shell that asks for
completions) is not read here at all: typer reads it from its beginning, and says what there is to say. So there is one
voice for help and mistakes; a test compares what both read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc.cli import COMMANDS
from cnncalc.cli.options.declared import REQUIRED, Command, Parameter, command_module
from cnncalc.cli.options.rules import UsageError, check_rules
from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple


class UnusualLine(CnncalcError):
    """A command line that is left to typer."""


class PlainLine(NamedTuple):
    """A command line that has been read: the command, and the value of each of its parameters."""

    command: Command
    values: Mapping[str, Any]


def read_plainly(words: Sequence[str]) -> PlainLine | None:
    """What a command line asks for; None if it is not usual, or has a mistake."""
    try:
        command, rest = _command(words)
        given = _given(command.parameters, rest)
        values = {each.name: _value(each, given.get(each.name)) for each in command.parameters}
        check_rules(command, values, given)
        return PlainLine(command, values)
    except (UnusualLine, UsageError, ValueError):  # the last: thousands of digits
        return None


def _command(words: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """The command that the first words name, and the words after them."""
    known = COMMANDS
    for count, word in enumerate(words, 1):
        if word not in known:
            break
        module = command_module(" ".join(words[:count]))
        if not hasattr(module, "COMMANDS"):
            return Command.of(module), words[count:]
        known = module.COMMANDS
    raise UnusualLine


def _given(parameters: Sequence[Parameter], words: Sequence[str]) -> dict[str, list[str]]:
    """The words that are given to each parameter; none to a flag."""
    options = {name: each for each in parameters for name in each.option.names}
    given: dict[str, list[str]] = {}
    loose = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            loose.append(word)
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        option = options.get(name)
        if option is None or (option.name in given and not option.is_list):
            raise UnusualLine
        own = given.setdefault(option.name, [])
        if option.type is not bool:
            own.append(value if equals else _next(rest))
        elif equals:
            raise UnusualLine
    return given | _in_places([each for each in parameters if not each.option.names], loose)


def _next(words: Iterator[str]) -> str:
    for word in words:
        return word
    raise UnusualLine


def _in_places(arguments: Sequence[Parameter], words: Sequence[str]) -> dict[str, list[str]]:
    """The words of each argument; one that takes several is the last."""
    given = {}
    for each in arguments:
        count = len(words) if each.is_list else 1
        if own := words[:count]:
            given[each.name] = list(own)
        words = words[count:]
    if words:
        raise UnusualLine
    return given


def _value(parameter: Parameter, words: list[str] | None) -> Any:
    """The value of a parameter, from the words that are given to it; a flag's is True.

    Raises:
        UsageError: it is refused.
    """
    value = parameter.default
    if words is not None:
        values = [_read(parameter, word) for word in words]
        value = values if parameter.is_list else values[0] if values else True
    elif value is REQUIRED:
        raise UnusualLine
    elif value is not None:
        value = parameter.type(value)  # 0 as a fraction is 0.0
    return parameter.option.checked(value)


def _read(parameter: Parameter, word: str) -> Any:
    """A word as text or as a number; numbers other than 12 and 0.5, as in `1e3` or ` 1_000`, are not usual."""
    if parameter.type is str:
        return word
    digits = word.replace(".", "", 1) if parameter.type is float else word
    if not (digits.isascii() and digits.isdigit()):
        raise UnusualLine
    value, option = parameter.type(word), parameter.option
    if (option.min is not None and value < option.min) or (option.max is not None and value > option.max):
        raise UnusualLine
    return value
