"""What a layer kind is: its settings, and the answers to a closed set of questions.

A kind says what shape its output has, which arrays it learns, how many multiply-adds it takes, and which positions of
its input each position of its output reads. Everything else (totals, receptive fields, memory, explanations) is
calculated from these answers elsewhere. The methods work with whatever integers they are given: ints for the result,
`recorded_numbers.Number`s for the explanation.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cnncalc import formulas
from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Like, Mistake, Reading, Settings
from cnncalc.settings.shape import Shape
from cnncalc.source.yaml_nodes import YamlNode

if TYPE_CHECKING:
    from cnncalc.layers.window import SlidingWindow
    from cnncalc.settings.tensor_of import TensorOf


class Weight(NamedTuple):
    """An array that belongs to a layer. Statistics are updated during training, but not by the gradient."""

    shape: tuple[int, ...]
    is_statistic: bool = False


class Reads(NamedTuple):
    """Which positions of the input each position of the output reads, along one axis.

    Output position i reads the input from low[i] to high[i]; the pattern repeats every `period` outputs, `advance`
    inputs further on. (low and high have `period` items; an item whose low exceeds its high reads nothing.) The
    intervals are not clipped to the input: padding is read like anything else.

    In a causal map each position reads everything up to its `high`, and all begin at the same place, the `start`. Then
    `low` is that of a window as long as what the last one reads, which is the only one that begins there.
    """

    period: int
    advance: int
    low: tuple[int, ...]
    high: tuple[int, ...]
    start: int | None = None

    @property
    def is_causal(self) -> bool:
        """Whether each position reads all that those before it read."""
        return self.start is not None


class Fans(NamedTuple):
    """Weights that are drawn so that sums of products keep their variance, forwards and backwards.

    Attributes:
        fan_in: how many products are summed for one output value.
        fan_out: how many output values one input value takes part in.
    """

    fan_in: int
    fan_out: int


class Normal(NamedTuple):
    """Numbers that are drawn from a normal distribution around 0."""

    deviation: float


Initial = Fans | Normal | float
"""The values of an array before training: drawn numbers, or the same number everywhere."""

ITSELF = Reads(1, 1, (0,), (0,))
"""Every position reads the same position of the input."""

CHANNEL_AXIS = -1
"""The number of the channels among the axes of a tensor: they come last."""

NOTHING = (1, 0)
"""The interval of a position that reads nothing."""

NO_INPUT = Shape((), 0)
"""The input of a layer that `reads_nothing`: an empty vector."""

MAX_PERIOD = 4096
"""Patterns that repeat only after more positions than this are not followed."""


def causal(positions: int) -> Reads:
    """Every one of so many positions reads itself and all before it."""
    return Reads(1, 1, (1 - positions,), (0,), start=0)


class ReadsUnknown(CnncalcError):
    """Nothing is known about what the positions of a layer read."""


class PatternTooLong(ReadsUnknown):
    """What positions read repeats only after more than MAX_PERIOD of them, or is too far away."""


def pattern(period: int, advance: int, interval: Callable[[int], tuple[int, int]]) -> Reads:
    """Reads from the interval of each position of one period.

    Raises:
        PatternTooLong: the period is longer than MAX_PERIOD.
    """
    if period > MAX_PERIOD:
        raise PatternTooLong
    low, high = zip(*map(interval, range(period)), strict=True)
    return Reads(period, advance, low, high)


def reads_in_a_row(spatial: tuple[int, ...]) -> tuple[Reads, ...]:
    """What is read along each axis where all positions stand in a row, in reading order.

    Raises:
        PatternTooLong: there are more than MAX_PERIOD beside one along the first axis.
    """
    # the places along an axis follow one another, each as often as there are positions along the later axes
    inner = [prod(spatial[axis + 1 :]) for axis in range(len(spatial))]
    later = zip(spatial[1:], inner[1:], strict=True)
    return (pattern(inner[0], 1, lambda place: (0, 0)), *(_again_and_again(n, each) for n, each in later))


def _again_and_again(n: int, times: int) -> Reads:
    """Each of n places so many times, and then all over again."""
    return pattern(n * times, 0, lambda place: (place // times, place // times))


class Problem(NamedTuple):
    """A reason why a layer does not accept its input, about one of its settings ("" for the kind itself)."""

    code: str
    setting: str
    message: str
    label: str = ""
    help: tuple[str, ...] = ()


class Layer(Settings):
    """Base of the kinds. Shapes are without the batch; sizes count values, not bytes."""

    # -- how it is written

    since: ClassVar[int] = 1
    """The version of the language that the kind came with."""
    leads: ClassVar[str] = ""
    """The setting that tables show first, if that is not the first one declared."""
    example: ClassVar[str] = "2"
    """An example of a value after the kind."""
    takes: ClassVar[str] = "any"
    """`positions`, `sequence`, `map` (two axes), `vector` or `any`: which inputs the kind makes sense for."""
    has_norm: ClassVar[bool] = False
    has_activation: ClassVar[bool] = False
    """Whether entries of this kind may have `norm` and `activation`."""
    also_called: ClassVar[str] = ""
    """Its names in other tools, in lower case and without `_`. (Endings 1d, 2d, 3d and layer are recognised anyway.)"""
    sized_by: ClassVar[str] = ""
    """The setting (a `SizeOf`) that names a layer whose size the output gets; "" for most."""
    also_reads: ClassVar[tuple[str, ...]] = ()
    """The settings that name further tensors (`TensorOf`) whose values it reads after those of its input."""
    has_last_changes: ClassVar[bool] = False
    """Whether it changes its settings once all are read (`normalise`)."""

    # -- traits, which passes ask for instead of its name

    is_norm: ClassVar[bool] = False
    is_activation: ClassVar[bool] = False
    """Whether the settings `norm` and `activation` accept it."""
    is_merge: ClassVar[bool] = False
    """Whether it takes several tensors."""
    reads_nothing: ClassVar[bool] = False
    """Whether it has no input: the same numbers for each sample. Questions about its input are about `NO_INPUT`."""
    is_opaque: ClassVar[bool] = False
    """Whether nobody knows how it calculates its output; it may read several tensors and have several outputs."""
    is_further_output: ClassVar[bool] = False
    """Whether it stands for an output after the first of a layer with several; everything else counts at the first."""
    is_transposed: ClassVar[bool] = False
    makes_map: ClassVar[bool] = False
    """Whether its output is always a map in PyTorch, with the channels before the positions."""
    is_depthwise: ClassVar[bool] = False
    """Whether its window works on each channel separately."""
    is_dense: ClassVar[bool] = False
    """Whether each of its outputs is connected to all channels of a position, each with its own weight."""
    multiplies_tensors: ClassVar[bool] = False
    """Whether some of its multiply-adds multiply numbers of which neither is a weight."""
    border: ClassVar[str] = ""
    """The setting (a `Padding`) that puts a border around the input, or removes one if it `crops`."""
    crops: ClassVar[bool] = False
    is_gated: ClassVar[bool] = False
    """Whether every position also depends on the whole input, through a few numbers (a mean and a variance)."""
    is_idle: ClassVar[bool] = False
    """Whether every value stays as it is once training is over."""
    rearranges: ClassVar[bool] = False
    """Whether its output has exactly the values of its input, in other places."""
    centres_channels: ClassVar[bool] = False
    """Whether it subtracts from each channel a mean of just that channel."""
    is_rectifier: ClassVar[bool] = False
    """Whether it lets about half of its input through, like `relu`."""
    gives: ClassVar[str] = ""
    """`probabilities` or `log-probabilities`, for an activation that is meant for the end of a classifier."""
    keeps_places: ClassVar[bool] = False
    """Whether each output is one value of its window, so that it has a place in the input to which it can go back."""
    kernel_array: ClassVar[str] = ""
    """For a kind that multiplies by learned weights and sums: the array whose last axis is the output channels."""

    @classmethod
    def principal_settings(cls, node: YamlNode, at: Reading) -> dict[str, YamlNode]:
        """The settings that the value after the kind stands for.

        Raises:
            Mistake: the kind has none, or the value cannot be taken apart.
        """
        if not cls.principal:
            settings = [f"settings of `{at.kind}`: {', '.join(cls.settings)}"] if cls.settings else []
            raise Mistake("CNN205", node, f"`{at.kind}` takes no value here", "", f"write `- {at.kind}`", *settings)
        return {cls.principal: node}

    @classmethod
    def principal_schema(cls) -> dict[str, Any] | None:
        """A JSON Schema of the value after the kind; None if the kind takes none."""
        return cls.settings[cls.principal].type.schema() if cls.principal else None

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        """Final changes to the settings once all are read; most kinds need none."""

    @classmethod
    def with_defaults(cls, at: Reading, **settings: Any) -> Self:
        """A layer with these settings, and defaults for the others."""
        at = at._replace(values=settings)
        for declared in cls.reading_order:
            if declared.name not in settings:
                settings[declared.name] = declared.default_value(at)
        return cls(settings)

    def with_settings(self, **settings: Any) -> Self:
        """The same layer with other settings; those that are not given stay the same."""
        return type(self)({**vars(self), **settings})

    def of_size(self, like: Shape) -> Self:
        """The same layer for another size of the layer that `sized_by` names."""
        return self.with_settings(**{self.sized_by: getattr(self, self.sized_by)._replace(spatial=like.spatial)})

    @property
    def further(self) -> list[TensorOf]:
        """The tensors that it reads besides its input, in the order in which it reads them."""
        return [value for name in self.also_reads if (value := getattr(self, name))]

    def reading(self, others: Sequence[Shape]) -> Self:
        """The same layer for other shapes of the tensors that it reads besides its input."""
        names = [name for name in self.also_reads if getattr(self, name)]
        read = zip(names, self.further, others, strict=True)
        return self.with_settings(**{name: tensor._replace(shape=shape) for name, tensor, shape in read})

    def keeping(self, channels: int) -> Layer:
        """The same layer with this many output channels, for a kind that multiplies by a kernel."""
        return self

    def is_default(self, name: str) -> bool:
        """Whether a setting has the value it would have if not written; never if that depends on the convention."""
        declared, value = self.settings[name], vars(self)[name]
        if isinstance(declared.default, Like):
            return bool(value == vars(self)[declared.default.setting])
        return isinstance(declared.default, str) and declared.type.is_written_as(value, declared.default)

    @classmethod
    def keeps_shape(cls) -> bool:
        """Whether every output has the same shape as its input, whatever the settings."""
        return cls.output_shape is Layer.output_shape

    @property
    def sliding_window(self) -> SlidingWindow | None:
        """The window that moves over the input, one stride at a time; None for most kinds."""
        return None

    @property
    def why_unknown(self) -> str:
        """Why nobody knows what its outputs read, for a kind of which that is so whatever its input."""
        return ""

    @property
    def spread_window(self) -> SlidingWindow | None:
        """The window of the output to which every input position writes, for a transposed convolution."""
        return None

    @property
    def unlisted_params(self) -> int:
        """How many numbers it learns besides those of its arrays, for a kind whose arrays are unknown."""
        return 0

    @property
    def drop_rate(self) -> float:
        """The share of the values that it drops at random during training."""
        return 0.0

    def ids(self) -> int | None:
        """How many ids there are, for a kind whose input is ids; None if it is numbers."""
        return None

    def keeps_ids(self) -> bool:
        """Whether ids stay ids: whole numbers from 0 come out as whole numbers from 0, and none is larger."""
        return self.is_idle

    def filled_in(self, x: Shape) -> Layer:
        """The same layer with the sizes that its settings leave to the input; most leave none."""
        return self

    def problems(self, x: Shape) -> Iterator[Problem]:
        """Why the layer does not accept this input. The input is one that the kind `takes`."""
        return iter(())

    def refused(self, inputs: Sequence[Shape], convention: str) -> Iterator[Problem]:
        """Errors of a layer without `problems`: settings that the framework of this convention never accepts together.

        There is one input, or for a merge one per branch.
        """
        return iter(())

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        """Warnings about a layer whose formulas are fine: what the framework of this convention would not run."""
        return iter(())

    def remark_on_last_axis(self, x: Shape) -> Problem | None:
        """A warning if the channels are not the last axis, for a kind whose module in PyTorch works on the last
        axis."""
        return None

    def output_shape(self, x: Shape) -> Shape:
        """The shape of the output. The input has no `problems`."""
        return x

    def outputs(self) -> Mapping[str, Layer]:
        """Its outputs by name, for a kind that names them: the layer itself for the first, and a layer for each other
        one."""
        return {}

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        """The arrays of the layer, by name; the parameters are the sum of their sizes."""
        return {}

    def arrays(self, inputs: Sequence[Shape]) -> Mapping[str, Weight]:
        """The arrays of the layer after these inputs: those of the only one, except for a merge."""
        return self.weights(inputs[0])

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        """The values of one of the arrays before training."""
        return 0.0

    def macs(self, x: Shape, y: Shape) -> int:
        """Multiply-adds from an input x to an output y, for one sample; 0 for all but convolutions and dense layers."""
        return formulas.total(self.macs_in_parts(x, y).values())

    def macs_in_parts(self, x: Shape, y: Shape) -> Mapping[str, int]:
        """The same by what they are for, in order, for a kind that multiplies in several steps; {} for others."""
        return {}

    def multiply_adds(self, inputs: Sequence[Shape], y: Shape) -> int:
        """Multiply-adds from these inputs to an output y, for one sample: those from the only one, except for a
        merge."""
        return self.macs(inputs[0], y)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        """What each output reads, along each spatial axis of the input; None for an axis that every output sees whole,
        and instead of the tuple if that is all of them.

        Raises:
            ReadsUnknown: it is unknown, or its period is too long.
        """
        return (ITSELF,) * len(x.spatial)

    def reads_channels(self, x: Shape) -> Reads | None:
        """What each output reads along the channels of the input; None if all of them.

        Raises:
            PatternTooLong: its period is too long.
        """
        return ITSELF

    def reads_further(self, name: str, x: Shape) -> tuple[Reads | None, ...] | None:
        """What each output reads of the tensor that a setting names, in the form of `reads`."""
        return None

    def moves_along(self, x: Shape) -> tuple[int, ...]:
        """For each axis of the input, the channels last: along which axis of the output the place moves at which it is
        read. (For an axis that is seen whole, any.)"""
        return (*range(len(x.spatial)), CHANNEL_AXIS)

    def per_channel(self, xp: Any, weights: Mapping[str, Any]) -> tuple[Any, Any] | None:
        """A factor and an offset per channel, for a kind that only multiplies by and adds these; None for others.

        Such a layer can be folded into the weights of the one before it.
        """
        return None

    @property
    def prepares_kernel(self) -> bool:
        """Whether it multiplies by something else than the kernel that it learns: `used_kernel`."""
        return False

    def used_kernel(self, xp: Any, weights: Mapping[str, Any]) -> Any:
        """What it multiplies by, made of its arrays, for a kind with a `kernel_array`."""
        return weights[self.kernel_array]

    @abstractmethod
    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        """The output for an array of inputs, both (batch, *spatial, channels).

        `xp` is NumPy with the convolution and pooling engines (`forward.engines.arrays`); `weights` are the arrays
        that the layer asked for. The input is never changed. A kind that `also_reads` gets a list, its input first.
        """


def wide(xp: Any, x: Any) -> Any:
    """The array in a type in which squares fit: those of float16 would overflow from 256 upwards."""
    return x.astype(xp.float32) if x.dtype == xp.float16 else x


def normalised(xp: Any, x: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    """The array minus its mean, divided by its deviation, over these axes; always a new one."""
    values = wide(xp, x)
    centred = values - values.mean(axes, keepdims=True)
    centred /= xp.sqrt(xp.mean(centred * centred, axes, keepdims=True) + values.dtype.type(epsilon))
    return centred.astype(x.dtype, copy=False)


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 filter`, `8 filters`; `nouns` is the plural if it does not just add an s."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {nouns or noun + 's'}"


MOVED_CHANNELS = "use `layout: channels_last` if your code moves the channels to the end"
"""What to do if the last axis is not that of the channels."""


def undivided(count: int, groups: int, noun: str) -> Iterator[Problem]:
    """The problem of groups that do not divide a number of channels."""
    if count % groups:
        message = f"{groups} groups do not divide {plural(count, noun)}"
        yield Problem("CNN302", "groups", message, f"{count} / {groups} is not whole")


def last_axis(x: Shape) -> str:
    """The last axis, which a PyTorch module works on, in words, if it is a spatial one."""
    return f"the last axis, here the {'positions' if len(x.spatial) == 1 else 'width'}, {x.spatial[-1]}"
