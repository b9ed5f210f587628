"""Which options go together: one that would be ignored is refused.

A command module says in `TOGETHER`, a tuple of `Rule`s, which are refused. A rule may contain:

    "--vary"            the option is given
    "--format text"     it has this value, whether given or by default
    "CODE"              the argument is given

Without any rule, the file that a command writes is none that its line names to be read.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.cli.options.declared import Command


class UsageError(CnncalcError):
    """A command line asks for what cannot be.

    Attributes:
        option: the option or argument that it is about; None if that is clear, as where its own value is checked.
    """

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option


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


def check_rules(command: Command, values: Mapping[str, Any], given: Container[str]) -> None:
    """Refuses options that would be ignored, and an output that would replace what is read.

    Args:
        command: the command that is called.
        values: the value of each parameter, by name.
        given: the parameters that the command line gives.

    Raises:
        UsageError: an option does not go with another one.
    """
    line = _Given(command, values, given)
    for rule in command.rules:
        line.check(rule)
    _check_output(command, values)


OUTPUT = "-o"
"""The option that names the file to write, in every command that has one."""


def _check_output(command: Command, values: Mapping[str, Any]) -> None:
    """Refuses to write over a file that the same line names to be read: a model would be lost with its weights."""
    written = next((each for each in command.parameters if OUTPUT in each.written), None)
    output = values[written.name] if written else None
    if written is None or not output or not os.path.isfile(output):
        return
    for each in command.parameters:
        if each is written or each.option.is_in_place:
            continue
        given = values[each.name]
        for text in given if isinstance(given, (list, tuple)) else [given]:
            if isinstance(text, str) and any(_is_same(path, output) for path in _paths_in(text)):
                message = f"{output} is the file that is read, and would be lost; name another one"
                raise UsageError(message, written.written[0])


def _paths_in(text: str) -> Iterator[str]:
    """What may be a path in a value: all of it, what is before the name of a variant, what is after a name."""
    yield text
    yield text.rpartition("@")[0]
    yield text.partition("=")[2]


def _is_same(path: str, file: str) -> bool:
    try:
        return os.path.samefile(path, file)
    except (OSError, ValueError):  # there is no such file, or it is no path
        return False


class _Given:
    """What a command line says."""

    def __init__(self, command: Command, values: Mapping[str, Any], given: Container[str]) -> None:
        self.names = {written: each.name for each in command.parameters for written in each.written}
        self.values = values
        self.given = given

    def holds(self, text: str, is_given: bool = False) -> bool:
        """Whether a term of a rule is true; with `is_given`, because the command line says so."""
        written, _, value = text.partition(" ")
        name = self.names.get(written)
        if name is None:
            return False
        was_given = name in self.given
        if not value:
            return was_given
        return bool(self.values[name] == value) and (was_given or not is_given)

    def check(self, rule: Rule) -> None:
        """Refuses an option that a rule does not allow."""
        if not self.holds(rule.option, is_given=True):
            return
        for other in rule.excludes:
            if self.holds(other):
                raise UsageError(f"it does not go with {other}", rule.option)
        needs = [other for other in rule.needs if other.partition(" ")[0] in self.names]
        if needs and not any(map(self.holds, needs)):
            raise UsageError(f"it needs {_either(needs)}{' too' if len(needs) == 1 else ''}", rule.option)


def _either(words: list[str]) -> str:
    """`--a`, `--a or --b`, `--format text, csv or markdown`."""
    option = words[0].partition(" ")[0]
    if len(words) > 1 and all(word.startswith(f"{option} ") for word in words):
        words = [words[0], *(word.partition(" ")[2] for word in words[1:])]
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
