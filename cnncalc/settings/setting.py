"""Settings of layer kinds: how a kind declares them, and what they may depend on.

A kind declares its settings once (`filters = setting(COUNT, "output channels")`); the reader, the JSON output, the
documentation and the schema all come from that declaration. The types that a setting can have are in `settings.types`.
"""

from __future__ import annotations

from abc import update_abstractmethods
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar, cast

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import NamedShapes, Shape
from cnncalc.source.diagnostics import Span
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar

T = TypeVar("T")

CONVENTIONS = ("lecture", "keras", "pytorch")
LATEST = 2
"""The version of the language."""
LAYOUTS = ("channels_last", "channels_first")


class Mistake(CnncalcError):
    """A value that cannot be read. Caught where the setting is read, and turned into a Diagnostic there."""

    def __init__(
        self, code: str, node: YamlNode, message: str, label: str = "", *help: str, span: Span | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.node = node
        self.span = span or node.span
        self.message = message
        self.label = label
        self.help = help


class InputUnknown(CnncalcError):
    """The value depends on the layer's input, which is unknown because of an earlier mistake."""


class NamedLayer(NamedTuple):
    """A layer or input that an entry names: the shape of its output, what it is, and the shape of its input.

    An input of the model has only an output.
    """

    output: Shape
    layer: Settings | None = None
    input: Shape | None = None


class Reading(NamedTuple):
    """What a value may depend on: the layer's input, the conventions in use, and the settings already read.

    `written` are the settings that the entry or `defaults` gives, known once all are read: leaving a setting out is
    not always the same as writing its default.
    """

    convention: str = "lecture"
    layout: str = "channels_last"
    shape: Shape | None = None
    kind: str = ""
    is_transposed: bool = False
    values: Mapping[str, Any] = {}
    named: Mapping[str, NamedLayer] = {}
    """The layers and inputs that the entry names, by their names as written, apart from those that failed."""
    written: frozenset[str] = frozenset()

    @property
    def rank(self) -> int | None:
        """The number of spatial axes; None where the input is unknown."""
        return None if self.shape is None else len(self.shape.spatial)


class SettingType(Generic[T]):
    """Base of the types. `expects` is what messages call a valid value."""

    expects: str = "a value"
    is_name: bool = False
    """Whether a value is the name of a layer or input."""
    counts_channels: bool = False
    """Whether a value may depend on how many channels the input has; on its positions any value may."""
    none_is: str = ""
    """The value that a reader would take `none` for, where that is not the default: `none` is then a mistake."""
    comes_last: bool = False
    """Whether it is read after the others, because it depends on them."""

    def is_relative(self, texts: list[str], values: Mapping[str, Any]) -> bool:
        """Whether what is written stands for another value after an input with other positions.

        Args:
            texts: all that is written for it.
            values: all settings of the layer.
        """
        return False

    def read(self, node: YamlNode, at: Reading) -> T:
        """The value of a node.

        Raises:
            Mistake: it is not a value of this type.
            InputUnknown: it depends on an input that is unknown.
        """
        raise NotImplementedError

    def show(self, value: T) -> str:
        """The value as a person would write it."""
        return str(value)

    def is_written_as(self, value: T, text: str) -> bool:
        """Whether a text stands for this value."""
        return self.show(value) == text

    def json(self, value: T) -> Any:
        """The value as it appears in JSON."""
        return value

    def json_schema(self) -> dict[str, Any]:
        """A JSON Schema of what `json` gives."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """A JSON Schema of all ways to write it."""
        raise NotImplementedError


class Like(NamedTuple):
    """A default that repeats another setting."""

    setting: str


class ByConvention(NamedTuple):
    """A default that depends on the convention."""

    lecture: str
    keras: str
    pytorch: str


Default = str | Like | ByConvention | None
"""A default is given as a spec would write it. None: the setting is required."""


class Setting(Generic[T]):
    """A setting of a kind: its type, meaning, default, symbol in formulas, and how a table shows it.

    `since` is the version of the language that it came with.
    """

    __slots__ = ("_default_values", "default", "meaning", "name", "short", "since", "symbol", "type")

    def __init__(
        self,
        type: SettingType[T],
        meaning: str,
        default: Default,
        symbol: str,
        short: str | Callable[[T], str],
        since: int,
    ) -> None:
        self.type = type
        self.since = since
        self.meaning = meaning
        self.default = default
        self.symbol = symbol
        self.short = short
        self.name = ""
        self._default_values: dict[tuple[str, int | None], T] = {}

    @property
    def is_required(self) -> bool:
        return self.default is None

    def show(self, value: T, layout: str) -> str:
        """A value as a person would write it in a spec of this layout, which orders the sizes of a shape."""
        return value.text(layout) if isinstance(value, Shape | NamedShapes) else self.type.show(value)

    def json(self, value: T, layout: str) -> Any:
        """A value as JSON has it, with the sizes of a shape in the order of this layout."""
        if isinstance(value, NamedShapes):
            return value.json(layout)
        return list(value.sizes(layout)) if isinstance(value, Shape) else self.type.json(value)

    def in_short(self, value: T, layout: str) -> str:
        """What a table says of a value, `stride 2`; "" for nothing."""
        if callable(self.short):
            return self.short(value)
        return self.short and self.short.replace("{}", self.show(value, layout))

    def default_text(self, convention: str) -> str | None:
        """The default as a spec would write it; None where there is none, or where it repeats another setting."""
        if isinstance(self.default, ByConvention):
            return cast(str, getattr(self.default, convention))
        return self.default if isinstance(self.default, str) else None

    def default_value(self, at: Reading) -> T:
        """The value if none is written.

        Raises:
            InputUnknown: it repeats a setting that could not be read.
        """
        if isinstance(self.default, Like):
            if self.default.setting not in at.values:
                raise InputUnknown
            return cast(T, at.values[self.default.setting])
        text = self.default_text(at.convention)
        assert text is not None
        key = text, at.rank
        if key not in self._default_values:
            self._default_values[key] = self.type.read(YamlScalar(text, 1, 1, 1, 1), at)
        return self._default_values[key]


def setting(
    type: SettingType[T],
    meaning: str,
    default: Default = None,
    symbol: str = "",
    short: str | Callable[[T], str] = "",
    since: int = 1,
) -> T:
    """Declares a setting in the body of a kind. Its static type is that of the value that layers have."""
    return cast(T, Setting(type, meaning, default, symbol, short, since))


class Settings:
    """Base of the kinds: collects the declared settings and holds their values.

    The principal setting is the first; those that came with a later version follow the others.
    """

    principal: ClassVar[str] = ""
    """The setting whose value comes directly after the kind, as in `dense: 64`."""
    settings: ClassVar[dict[str, Setting[Any]]] = {}
    counts_channels: ClassVar[bool] = False
    """Whether a setting may depend on how many channels the input has."""
    names_layers: ClassVar[tuple[str, ...]] = ()
    """The settings whose values are names of layers or inputs."""
    reading_order: ClassVar[list[Setting[Any]]] = []
    """The settings in the order in which they are read."""
    __slots__ = ("__dict__", "__weakref__", "_read")

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Setting)}
        for name, declared in own.items():
            declared.name = name
            delattr(cls, name)  # values belong to the instances
        inherited = {name: each for base in cls.__bases__ for name, each in getattr(base, "settings", {}).items()}
        all_of_them = sorted({**inherited, **own}.items(), key=lambda named: named[1].since)
        first = [named for named in all_of_them if named[0] == cls.principal]
        cls.settings = dict((*first, *all_of_them))
        cls.counts_channels = any(each.type.counts_channels for each in cls.settings.values())
        cls.names_layers = tuple([name for name, each in cls.settings.items() if each.type.is_name])
        cls.reading_order = sorted(cls.settings.values(), key=lambda each: each.type.comes_last)
        # as with `abc.ABC`, a class that lacks an abstract method cannot be instantiated; this needs no metaclass
        cls.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
        update_abstractmethods(cls)

    def __init__(self, values: Mapping[str, Any], read: Mapping[str, Any] | None = None) -> None:
        self.__dict__.update(values)
        self._read = read

    @property
    def as_read(self) -> Mapping[str, Any]:
        """The settings before the kind made its final changes; if it makes any, also the names `written`."""
        return vars(self) if self._read is None else self._read
