"""A command and its options as plain data, which the function of the command declares.

A command is the function that has its module's name. Each parameter says in its annotation how it is written:

    def draw(
        model: Annotated[str, Positional("MODEL", help="What to draw.")],
        scale: Annotated[int, Option("--scale", min=1, help="How large.")] = 1,
        *,
        target: Annotated[Target, OptionGroup(Target)],
    ) -> None: ...

`plain_lines` reads the usual command lines by these declarations. `typer_lines` makes typer's commands of them, for
help, completion, mistakes and everything else that is not usual.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType, UnionType
from typing import Any

from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.gc_pause import collector_on
from cnncalc.named_tuple import NamedTuple

REQUIRED: Any = ...
"""The default of a parameter that has none."""


class Option:
    """How a parameter is written.

    Attributes:
        names: as in `("--format", "-f")`.
        help: one sentence.
        metavar: what the help calls its value; by default the words that it may be, if there are few.
        words: the only values that are taken.
        suggestions: what a shell offers; by default the words.
        min: the least number that is taken.
        max: the largest number that is taken.
        check: makes the final value of what is given, or of the default; raises a UsageError.
        is_in_place: whether its value is a file that is read to be written anew, so that the output may be the same.
    """

    def __init__(
        self,
        *names: str,
        help: str,
        metavar: str = "",
        words: Sequence[str] = (),
        suggestions: Sequence[str] = (),
        min: float | None = None,
        max: float | None = None,
        check: Callable[[Any], Any] | None = None,
        is_in_place: bool = False,
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar or "|".join(words)
        self.words = words
        self.suggestions = suggestions or words
        self.min, self.max = min, max
        self.check = check
        self.is_in_place = is_in_place

    def checked(self, value: Any) -> Any:
        """The final value.

        Raises:
            UsageError: it is refused.
        """
        if self.words and value is not None and value not in self.words:
            raise UsageError(f"expected {', '.join(self.words[:-1])} or {self.words[-1]}, found {value!r}")
        return self.check(value) if self.check else value


class Positional(Option):
    """How a parameter is written that has a place and no name."""

    def __init__(
        self, metavar: str, *, help: str, suggestions: Sequence[str] = (), check: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(metavar=metavar, help=help, suggestions=suggestions, check=check)


class OptionGroup:
    """Marks a parameter of a command as made of options: the parameters of the function or class that makes it.

    Attributes:
        make: takes the values of the options by name.
        without: options that this command does not have; they keep their defaults.
    """

    def __init__(self, make: Callable[..., Any], *without: str) -> None:
        self.make = make
        self.without = without


class Parameter(NamedTuple):
    """A parameter of a command that one option or argument gives its value.

    Attributes:
        name: its name in Python.
        type: of its values: str, int, float or bool.
        is_list: whether it takes several.
        annotation: its type as declared.
        default: `REQUIRED` if it has none.
        option: how it is written.
    """

    name: str
    type: type
    is_list: bool
    annotation: Any
    default: Any
    option: Option

    @property
    def written(self) -> tuple[str, ...]:
        """How rules call it: an option by its names, an argument by its own in capitals."""
        return self.option.names or (self.name.upper(),)


class Command(NamedTuple):
    """A command, as its module declares it.

    Attributes:
        function: is called with the values of its parameters.
        parameters: its options and arguments; those of a group in the group's place.
        rules: which of them go together.
    """

    function: Callable[..., None]
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, module: ModuleType) -> "Command":
        """The command of a module."""
        function = getattr(module, module.__name__.rpartition(".")[2])
        return cls(function, tuple(_parameters(function)), getattr(module, "TOGETHER", ()))

    def call(self, values: Mapping[str, Any]) -> None:
        """Runs the command with the value of each parameter."""
        _call(self.function, values)


def module_name(command: str) -> str:
    """The name of the module of a command. That of `import`, which is a word of Python, is `import_model`."""
    path = command.replace(" ", ".").replace("-", "_")
    return f"cnncalc.cli.{'import_model' if path == 'import' else path}"


def command_module(name: str) -> ModuleType:
    """The module of a command, or of a group, which has `COMMANDS`: `homework sheet`."""
    module = import_module(module_name(name))
    collector_on()  # what a start imports is in
    return module


def _parameters(function: Callable[..., Any]) -> Iterator[Parameter]:
    defaults = _defaults(function)
    for name, annotation, mark in _declarations(function):
        if isinstance(mark, OptionGroup):
            yield from (each for each in _parameters(mark.make) if each.name not in mark.without)
        else:
            yield Parameter(name, *_types(annotation), annotation, defaults.get(name, REQUIRED), mark)


def _call(function: Callable[..., Any], values: Mapping[str, Any], without: tuple[str, ...] = ()) -> Any:
    """Calls a function with the values of its parameters; groups are made first."""
    arguments = {
        name: _call(mark.make, values, mark.without) if isinstance(mark, OptionGroup) else values[name]
        for name, _, mark in _declarations(function)
        if name not in without
    }
    return function(**arguments)


def _declarations(function: Callable[..., Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each parameter: its name, its type, and what is declared about it."""
    for name, annotation in _plain(function).__annotations__.items():
        if name != "return":
            yield name, annotation.__origin__, annotation.__metadata__[0]


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of a function's parameters (`inspect.signature` imports more than all else that a start needs)."""
    code, defaults = _plain(function).__code__, _plain(function).__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    return {**dict(zip(names, defaults, strict=True)), **(_plain(function).__kwdefaults__ or {})}


def _plain(made_by: Callable[..., Any]) -> Any:
    """The function itself, or the constructor of a class."""
    return made_by.__init__ if isinstance(made_by, type) else made_by  # type: ignore[misc]


def _types(annotation: Any) -> tuple[type, bool]:
    """The type of values, and whether there are several: str and True for `list[str] | None`."""
    given = annotation.__args__[0] if isinstance(annotation, UnionType) else annotation
    is_list = getattr(given, "__origin__", None) is list
    return given.__args__[0] if is_list else given, is_list
