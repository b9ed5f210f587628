"""The shapes that the caller gives for inputs instead of those of the file: one for all inputs, or each by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from typing import SupportsIndex

from cnncalc.errors import ArgumentError
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Mistake, Reading
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import ShapeType
from cnncalc.source.diagnostics import START, Diagnostic, did_you_mean, excerpt, listed
from cnncalc.source.files import Unreadable
from cnncalc.source.yaml_nodes import YamlScalar

ALL = ""
"""The name under which a shape is given for all inputs."""


class GivenInputs(NamedTuple):
    """Shapes as they were written, by the name of the input; that under `ALL` is for every other input.

    Attributes:
        pairs: names and texts, in the order in which they were given.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_options(cls, texts: Sequence[str]) -> GivenInputs:
        """What `SHAPE` says, or one `NAME=SHAPE` or several.

        Raises:
            ValueError: these do not go together, or one of them is neither.
        """
        given = cls()
        for text in texts:
            name, equals, shape = text.rpartition("=")
            if equals and not (name and shape):
                raise ValueError(f"expected SHAPE or NAME=SHAPE, found {text!r}")
            given = given.with_pair(name, shape)
        return given

    def with_pair(self, name: str, text: str) -> GivenInputs:
        """The same with the shape of one more input.

        Raises:
            ValueError: it has one already, or all inputs have.
        """
        if self.pairs and (name == ALL) != (self.pairs[0][0] == ALL):
            raise ValueError("one shape for all inputs does not go with NAME=SHAPE: give each input its own")
        if self.text(name) is not None:
            raise ValueError(f"{name or 'it'} is given twice; leave one out")
        return GivenInputs((*self.pairs, (name, text)))

    @classmethod
    def of_argument(cls, given: object) -> GivenInputs:
        """What Python's callers say: one shape, or shapes by name; each a text, its sizes, or a single size.

        Raises:
            ArgumentError: it is neither, or a name is empty.
        """
        if given is None:
            return cls()
        if not isinstance(given, Mapping):
            return cls(((ALL, _shape_text(given, "input")),))
        if not all(isinstance(name, str) and name for name in given):
            raise ArgumentError(f"input: the names of inputs are texts that are not empty, found {_shown(list(given))}")
        return cls(tuple((name, _shape_text(shape, f"input {name!r}")) for name, shape in given.items()))

    def text(self, name: str) -> str | None:
        """The shape of an input as written; None if none is given for it."""
        texts = dict(self.pairs)
        return texts.get(name, texts.get(ALL))

    @property
    def for_all(self) -> bool:
        """Whether there is one shape for all inputs."""
        return ALL in dict(self.pairs)

    @property
    def values(self) -> list[str]:
        """What follows `--input`, once for each: `64x64`, `left=64x64`."""
        return [f"{name}={text}" if name else text for name, text in self.pairs]

    @property
    def option(self) -> str:
        """As one would type it."""
        return " ".join(f"--input {each}" for each in self.values)

    def sizes(self) -> Mapping[str, tuple[int, ...]]:
        """The sizes by the names of inputs, in the order as written: for whoever has not read the model yet.

        Raises:
            Unreadable: a text is no shape.
        """
        sizes, findings = {}, []
        for name, text in self.pairs:
            try:
                sizes[name] = read_shape(text, "channels_last").sizes("channels_last")
            except Mistake as mistake:
                findings.append(mistake_of(name, mistake.message, mistake.label))
        if findings:
            raise Unreadable(*findings)
        return sizes

    def unknown(self, known: Iterable[str]) -> list[Diagnostic]:
        """Findings about names that are not among those of the model's inputs."""
        names = list(known)
        help = f"inputs of the model: {listed(names)}"
        return [
            mistake_of(ALL, f"there is no input `{excerpt(name)}`", did_you_mean(name, names), help)
            for name, _ in self.pairs
            if name != ALL and name not in names
        ]


def _shape_text(given: object, what: str) -> str:
    """A shape as one would write it.

    Raises:
        ArgumentError: it is none.
    """
    sizes = [given] if isinstance(given, int) else given
    if isinstance(sizes, str):
        return sizes
    if isinstance(sizes, Sequence) and sizes and all(isinstance(n, SupportsIndex) and index(n) > 0 for n in sizes):
        return "x".join(str(index(n)) for n in sizes)
    raise ArgumentError(f'{what}: expected a shape, such as "224x224x3" or (224, 224, 3), found {_shown(given)}')


def _shown(given: object) -> str:
    return excerpt(repr(given), 80)


def option_of(name: str) -> str:
    """How findings call the option that gives an input its shape."""
    return f"--input {excerpt(name)}" if name else "--input"


def mistake_of(name: str, message: str, label: str = "", *help: str) -> Diagnostic:
    """A finding about the shape that the caller gives for an input."""
    return Diagnostic("CNN216", f"{option_of(name)}: {message}", "command line", START, label, help)


def read_shape(text: str, layout: str) -> Shape:
    """A shape as the caller wrote it.

    Raises:
        Mistake: it is none.
    """
    return ShapeType().read(YamlScalar(text, 1, 1, 1, 1 + len(text)), Reading(layout=layout))
