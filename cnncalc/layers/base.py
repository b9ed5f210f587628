"""What a layer kind is: its settings, and the answers to a closed set of questions.

A kind says what its output's shape is, which arrays it learns, how many multiply-adds it takes, and which positions of
its input each position of its output reads. Everything else (totals, receptive fields, memory, explanations) is worked
out from these answers elsewhere. The methods compute with whatever integers they are given: with ints to know, with
`recorded_numbers.Number`s to explain.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Like, Mistake, Reading, Settings
from cnncalc.settings.shape import Shape
from cnncalc.source.yaml_nodes import YamlNode

if TYPE_CHECKING:
    from cnncalc.layers.window import SlidingWindow


class Weight(NamedTuple):
    """An array that belongs to a layer. Statistics are updated while training, but not by the gradient."""

    shape: tuple[int, ...]
    is_statistic: bool = False


class Reads(NamedTuple):
    """Which positions of the input each position of the output reads, along one axis.

    Output position i reads the input from low[i] to high[i]; the pattern repeats every `period` outputs, `advance`
    inputs further on. (low and high have `period` items; an item whose low exceeds its high reads nothing.) The
    intervals are not clipped to the input: padding is read like anything else.
    """

    period: int
    advance: int
    low: tuple[int, ...]
    high: tuple[int, ...]


class Fans(NamedTuple):
    """Weights that are drawn so that sums of so many products keep their variance, forwards and backwards.

    Attributes:
        fan_in: how many products make one output value.
        fan_out: how many output values one input value takes part in.
    """

    fan_in: int
    fan_out: int


class Normal(NamedTuple):
    """Numbers that are drawn from a normal distribution around 0."""

    deviation: float


Initial = Fans | Normal | float
"""What an array holds before training: drawn numbers, or the same number everywhere."""

ITSELF = Reads(1, 1, (0,), (0,))
"""Every position reads the same position of the input."""

NOTHING = (1, 0)
"""The interval of a position that reads nothing."""

MAX_PERIOD = 4096
"""A pattern that repeats only after more positions than this is not followed."""


class PatternTooLong(CnncalcError):
    """What the positions read repeats only after more than MAX_PERIOD of them."""


def pattern(period: int, advance: int, interval: Callable[[int], tuple[int, int]]) -> Reads:
    """Reads from the interval of each position of one period.

    Raises:
        PatternTooLong: the period is longer than MAX_PERIOD.
    """
    if period > MAX_PERIOD:
        raise PatternTooLong
    low, high = zip(*map(interval, range(period)), strict=True)
    return Reads(period, advance, low, high)


class Problem(NamedTuple):
    """Something that keeps a layer from taking its input, told about one of its settings ("" for the kind itself)."""

    code: str
    setting: str
    message: str
    label: str = ""
    help: tuple[str, ...] = ()


class Layer(Settings):
    """Base of the kinds. Shapes are without the batch; sizes count values, not bytes."""

    # -- how it is written

    leads: ClassVar[str] = ""
    """The setting that a table names first, where that is not the first one declared."""
    example: ClassVar[str] = "2"
    """A value that may stand behind the kind."""
    takes: ClassVar[str] = "any"
    """`positions`, `vector` or `any`: which inputs the kind has a meaning for."""
    has_norm: ClassVar[bool] = False
    has_activation: ClassVar[bool] = False
    """Whether entries of this kind may carry `norm` and `activation`."""
    also_called: ClassVar[str] = ""
    """What other tools call it, in lower case and without `_`. (An ending 1d, 2d, 3d or layer is known anyway.)"""
    sized_by: ClassVar[str] = ""
    """The setting (a `SizeOf`) that names a layer whose size the output gets; "" for most."""
    has_last_changes: ClassVar[bool] = False
    """Whether it changes its settings once all are read (`normalise`)."""

    # -- traits, which passes ask for instead of its name

    is_norm: ClassVar[bool] = False
    is_activation: ClassVar[bool] = False
    """Whether the settings `norm` and `activation` accept it."""
    is_merge: ClassVar[bool] = False
    """Whether it takes several tensors."""
    is_transposed: ClassVar[bool] = False
    makes_map: ClassVar[bool] = False
    """Whether its output is, in PyTorch, always a map: its channels stand before its positions."""
    is_depthwise: ClassVar[bool] = False
    """Whether its window works on each channel by itself."""
    is_dense: ClassVar[bool] = False
    """Whether each of its outputs is connected to all channels of a position, by a weight each."""
    border: ClassVar[str] = ""
    """The setting (a `Padding`) that puts a border around the input, or where it `crops` takes one away."""
    crops: ClassVar[bool] = False
    is_gated: ClassVar[bool] = False
    """Whether every position also depends on the whole input, through a few numbers (a mean and a variance)."""
    is_idle: ClassVar[bool] = False
    """Whether every value stays as it is once training is over."""
    rearranges: ClassVar[bool] = False
    """Whether its output holds exactly the values of its input, in other places."""
    centres_channels: ClassVar[bool] = False
    """Whether it subtracts from each channel a mean of that channel alone."""
    is_rectifier: ClassVar[bool] = False
    """Whether it lets about half of its input through, as `relu` does."""
    gives: ClassVar[str] = ""
    """`probabilities` or `log-probabilities`, of an activation that is meant for the end of a classifier."""
    kernel_array: ClassVar[str] = ""
    """Of a kind that multiplies by learned weights and sums: the array whose last axis is the output channels."""

    @classmethod
    def principal_settings(cls, node: YamlNode, at: Reading) -> dict[str, YamlNode]:
        """The settings that the value behind the kind stands for.

        Raises:
            Mistake: the kind has none, or the value cannot be taken apart.
        """
        if not cls.principal:
            settings = [f"settings of `{at.kind}`: {', '.join(cls.settings)}"] if cls.settings else []
            raise Mistake("CNN205", node, f"`{at.kind}` takes no value here", "", f"write `- {at.kind}`", *settings)
        return {cls.principal: node}

    @classmethod
    def principal_schema(cls) -> dict[str, Any] | None:
        """JSON Schema of the value behind the kind; None where the kind takes none."""
        return cls.settings[cls.principal].type.schema() if cls.principal else None

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        """Last changes to the settings once all are read; most kinds need none."""

    @classmethod
    def with_defaults(cls, at: Reading, **settings: Any) -> Self:
        """A layer with these settings, and the others as they are where nobody writes them."""
        at = at._replace(values=settings)
        for declared in cls.reading_order:
            if declared.name not in settings:
                settings[declared.name] = declared.default_value(at)
        return cls(settings)

    def with_settings(self, **settings: Any) -> Self:
        """The same layer under other settings; those that are not given stay."""
        return type(self)({**vars(self), **settings})

    def of_size(self, like: Shape) -> Self:
        """The same layer where the one that `sized_by` names has another size."""
        return self.with_settings(**{self.sized_by: getattr(self, self.sized_by)._replace(spatial=like.spatial)})

    def keeping(self, channels: int) -> Layer:
        """The same layer with as many output channels as come in, of a kind that multiplies by a kernel."""
        return self

    def is_default(self, name: str) -> bool:
        """Whether a setting is what it would be if nobody wrote it; never where that depends on the convention."""
        declared, value = self.settings[name], vars(self)[name]
        if isinstance(declared.default, Like):
            return bool(value == vars(self)[declared.default.setting])
        return isinstance(declared.default, str) and declared.type.show(value) == declared.default

    @classmethod
    def keeps_shape(cls) -> bool:
        """Whether every output is as large as its input, value for value, whatever the settings."""
        return cls.output_shape is Layer.output_shape

    @property
    def sliding_window(self) -> SlidingWindow | None:
        """The window that moves over the input, a stride at a time; None for most kinds."""
        return None

    @property
    def spread_window(self) -> SlidingWindow | None:
        """The window over the output that every input position writes to, of a transposed convolution."""
        return None

    @property
    def drop_rate(self) -> float:
        """The share of the values that it drops at random while training."""
        return 0.0

    def ids(self) -> int | None:
        """How many ids there are, of a kind whose input is ids; None where it is numbers."""
        return None

    def keeps_ids(self) -> bool:
        """Whether ids stay ids: whole numbers from 0 come out as whole numbers from 0, and none is larger."""
        return self.is_idle

    def problems(self, x: Shape) -> Iterator[Problem]:
        """What keeps the layer from taking this input. The input is one that the kind `takes`."""
        return iter(())

    def refused(self, inputs: Sequence[Shape], convention: str) -> Iterator[Problem]:
        """Errors of a layer without `problems`: settings that the framework of this convention never takes together.

        There is one input, of a merge as many as it has branches.
        """
        return iter(())

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        """Warnings of a layer that is right by its formulas: what the framework of this convention would not run."""
        return iter(())

    def remark_on_last_axis(self, x: Shape) -> Problem | None:
        """A warning where the channels are not the last axis: of a kind whose module in PyTorch works on that one."""
        return None

    def output_shape(self, x: Shape) -> Shape:
        """The shape of the output. The input has no `problems`."""
        return x

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        """The arrays of the layer, by name; the parameters are the sum of their sizes."""
        return {}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        """What one of the arrays holds before training."""
        return 0.0

    def macs(self, x: Shape, y: Shape) -> int:
        """Multiply-adds from an input x to an output y, for one sample; 0 for all but convolutions and dense layers."""
        return 0

    def reads(self, x: Shape) -> tuple[Reads, ...] | None:
        """What each position reads, an axis of the output; None where every output sees the whole input.

        Raises:
            PatternTooLong: it repeats too late.
        """
        return (ITSELF,) * len(x.spatial)

    def per_channel(self, xp: Any, weights: Mapping[str, Any]) -> tuple[Any, Any] | None:
        """A factor and an offset for each channel, of a kind that only multiplies and adds these; None for others.

        Such a layer can be folded into the weights of the one before it.
        """
        return None

    @abstractmethod
    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        """The output for an array of inputs, both (batch, *spatial, channels).

        `xp` is NumPy and the engines of convolution and pooling (`forward.engines.arrays`), `weights` the arrays that
        the layer asked for. The input is never changed.
        """


def wide(xp: Any, x: Any) -> Any:
    """The array in a type in which squares fit: those of float16 would overflow from 256 on."""
    return x.astype(xp.float32) if x.dtype == xp.float16 else x


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 filter`, `8 filters`; `nouns` where an s does not do."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {nouns or noun + 's'}"


MOVED_CHANNELS = "`layout: channels_last` says that the channels come last, where the code moves them there"
"""A way out where the last axis is not that of the channels."""


def undivided(count: int, groups: int, noun: str) -> Iterator[Problem]:
    """Groups that do not divide what they are made of."""
    if count % groups:
        message = f"{groups} groups do not divide {plural(count, noun)}"
        yield Problem("CNN302", "groups", message, f"{count} / {groups} is not whole")


def last_axis(x: Shape) -> str:
    """What a module of PyTorch's works on that means the last axis, where that is a spatial one."""
    return f"the last axis, here the {'positions' if len(x.spatial) == 1 else 'width'}, {x.spatial[-1]}"
