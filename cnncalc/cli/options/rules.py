"""Which options go together: one that would be ignored is refused.

A command module says in `TOGETHER`, a tuple of `Rule`s, which are refused. A rule may contain:

    "--vary"            the option is given
    "--format text"     it has this value, whether given or by default
    "CODE"              the argument is given
"""

from __future__ import annotations

from collections.abc import Container, Mapping
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
    """Refuses options that would be ignored.

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
