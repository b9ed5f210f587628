"""Layers that read a sequence one position after the other and keep a state: `lstm`, `gru` and `rnn`.

At each position a gate is made of two products: that of what is read with the `kernel`, and that of the state so far
with the `recurrent_kernel`. Both kernels have the gates side by side, as Keras has them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.layers.base import Fans, Initial, Layer, Problem, Reads, Weight, causal, plural
from cnncalc.layers.recurrent._directions import Arrays, Direction
from cnncalc.settings.setting import ByConvention, Reading, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import NONE
from cnncalc.settings.tensor_of import TENSOR, TensorOf
from cnncalc.settings.types import COUNT, TRUTH, Choice

MAX_LAYERS = 100
"""How many layers may be on top of one another in one entry."""


class _Recurrent(Layer):
    since = 2
    takes = "sequence"
    also_reads: ClassVar[tuple[str, ...]] = ("state",)
    principal = "units"
    example = "64"
    gates: ClassVar[int] = 1
    """How many times the products of one gate are calculated for each unit."""
    units = setting(COUNT, "the numbers in the state (units)", symbol="units", short=lambda n: plural(n, "unit"))
    bidirectional = setting(
        TRUTH, "whether a second state is led through the sequence, from its end", "false", short=lambda _: "both ways"
    )
    merge = setting(
        Choice("concat", "sum"), "what is made of the two states, if it is `bidirectional`", "concat", short="{}"
    )
    output = setting(
        Choice("sequence", "last"),
        "the states at all positions, or the one after all of them (from either end, if it is `bidirectional`)",
        "sequence",
        short="{} state",
    )
    layers = setting(
        COUNT, "how many are on top of one another; each reads the states of the one below", "1", short="{} layers"
    )
    bias = setting(TRUTH, "a number added in each gate", "true", short=lambda _: "no bias")
    state = setting(
        TENSOR,
        "a layer or input, a vector with the state before the first position: `units` values for each direction of "
        "each of the layers; zeros where it is left out",
        NONE,
        short=lambda tensor: f"state from {tensor.name}" if tensor else "",
    )

    @property
    @abstractmethod
    def bias_sets(self) -> int:
        """How many biases each gate has."""

    def problems(self, x: Shape) -> Iterator[Problem]:
        if self.merge != "concat" and not self.bidirectional:
            help = "leave it out, or add `bidirectional: true`"
            yield Problem("CNN219", "merge", "`merge` has no meaning for one direction", "", (help,))
        if self.layers > MAX_LAYERS:
            help = "`repeat` copies an entry as often as you like"
            yield Problem("CNN207", "layers", f"{self.layers:,} is too large", f"at most {MAX_LAYERS}", (help,))
            return
        for name in self.also_reads:
            if tensor := getattr(self, name):
                yield from self._unfit(name, tensor)

    def _unfit(self, name: str, tensor: TensorOf) -> Iterator[Problem]:
        """The problem of a state of another size."""
        each, found = self.layers * (2 if self.bidirectional else 1), tensor.shape
        if found == Shape((), each * self.units):
            return
        message = f"the {name} is a vector of {each * self.units:,} values, and `{tensor.name}` is not"
        label = f"it has {plural(found.channels, 'value')}" if found.is_vector else "it has positions"
        of_each = f", {self.units} for each direction of each layer" if each > 1 else ""
        ways = [f"put `dense: {each * self.units}` after it, and name that{of_each}"]
        ways = ways if found.is_vector else ["a layer with `output: last`, a `flatten` or a global pool makes a vector"]
        yield Problem("CNN318", name, message, label, tuple(ways))

    # -- sizes

    @property
    def made(self) -> int:
        """The channels that one of the layers makes."""
        return 2 * self.units if self.bidirectional and self.merge == "concat" else self.units

    def output_shape(self, x: Shape) -> Shape:
        return Shape(x.spatial if self.output == "sequence" else (), self.made)

    def directions(self, channels: int) -> Iterator[tuple[Direction, ...]]:
        """The directions of each of the layers; the first reads this many channels."""
        for number in range(1, self.layers + 1):
            name = f"layer{number}_" if self.layers > 1 else ""
            if self.bidirectional:
                yield Direction(f"{name}forward_", channels, False), Direction(f"{name}backward_", channels, True)
            else:
                yield (Direction(name, channels, False),)
            channels = self.made

    def _all_directions(self, channels: int) -> Iterator[Direction]:
        return (each for directions in self.directions(channels) for each in directions)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        side_by_side = self.gates * self.units if self.gates > 1 else self.units
        biases = (2, side_by_side) if self.bias_sets == 2 else (side_by_side,)
        found = {}
        for each in self._all_directions(x.channels):
            found[f"{each.name}kernel"] = Weight((each.channels, side_by_side))
            found[f"{each.name}recurrent_kernel"] = Weight((self.units, side_by_side))
            if self.bias:
                found[f"{each.name}bias"] = Weight(biases)
        return found

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return Fans(shape[0], shape[1] // self.gates) if name.endswith("kernel") else 0.0

    def macs(self, x: Shape, y: Shape) -> int:
        several = [self.gates] if self.gates > 1 else []
        once = [
            formulas.product([*x.spatial, *several, self.units, each.channels + self.units])
            for each in self._all_directions(x.channels)
        ]
        return formulas.total(once)

    # -- fields

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return None if self.bidirectional or self.output == "last" else (causal(x.spatial[0]),)

    def reads_channels(self, x: Shape) -> Reads | None:
        return None

    # -- values

    def run(self, xp: Any, x: Any, weights: Arrays) -> Any:
        x, *others = x
        given = dict(zip((name for name in self.also_reads if getattr(self, name)), others, strict=True))
        number = count()
        for directions in self.directions(x.shape[-1]):
            starts = [self._start(xp, x, given, next(number)) for _ in directions]
            ways = [
                self._states(xp, x, each.of(weights), each.is_backward, start)
                for each, start in zip(directions, starts, strict=True)
            ]
            x = self._merged(xp, ways)
        if self.output == "sequence":
            return x
        return self._merged(xp, [states[:, end] for states, end in zip(ways, (-1, 0), strict=False)])

    def _merged(self, xp: Any, ways: Sequence[Any]) -> Any:
        """The states of both directions, if there are two, as one."""
        if len(ways) == 1:
            return ways[0]
        return ways[0] + ways[1] if self.merge == "sum" else xp.concatenate(ways, -1)

    def _start(self, xp: Any, x: Any, given: Arrays, number: int) -> tuple[Any, ...]:
        """The state before the first position, in one of all directions."""
        return tuple(
            given[name][:, self._part(number)] if name in given else xp.zeros_for(x, self.units)
            for name in self.also_reads
        )

    def _states(self, xp: Any, x: Any, arrays: Arrays, is_backward: bool, state: tuple[Any, ...]) -> Any:
        """The state after each position, in one direction."""
        n = x.shape[1]
        sums = xp.matmul(x, arrays["kernel"])
        if self.bias:
            sums += self._first_bias(arrays["bias"])
        states = xp.zeros_for(x, n, self.units)
        for i in reversed(range(n)) if is_backward else range(n):
            state = self._next(xp, sums[:, i], state, arrays)
            states[:, i] = state[0]
        return states

    def _first_bias(self, bias: Any) -> Any:
        """What is added to the products with what is read."""
        return bias.sum(0) if self.bias_sets == 2 else bias

    @abstractmethod
    def _next(self, xp: Any, sums: Any, state: tuple[Any, ...], arrays: Arrays) -> tuple[Any, ...]:
        """The state after a position, given its sums (of the products with what is read) and the state before it."""

    def _part(self, number: int) -> slice:
        """Where one of several gates or states is among all of them."""
        return slice(number * self.units, (number + 1) * self.units)


_RECURRENT_BIAS = ByConvention("false", "false", "true")


class _BiasByConvention(_Recurrent):
    has_last_changes = True
    recurrent_bias = setting(
        TRUTH,
        "whether the products with the state have a bias of their own as well",
        _RECURRENT_BIAS,
        short=lambda own: "two biases" if own else "",
    )

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        if "recurrent_bias" not in at.written:
            values["recurrent_bias"] = values["recurrent_bias"] and values["bias"]  # no second one without a first

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from super().problems(x)
        if self.recurrent_bias and not self.bias:
            message = "`recurrent_bias` has no meaning without `bias`"
            yield Problem("CNN219", "recurrent_bias", message, "", ("leave it out, or write `bias: true`",))

    @property
    def bias_sets(self) -> int:
        return 2 if self.recurrent_bias else 1

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if self.bias and convention != "lecture" and self.recurrent_bias is not (convention == "pytorch"):
            message = (
                "PyTorch always has two biases per gate" if convention == "pytorch" else "Keras has one bias per gate"
            )
            yield Problem("CNN531", "recurrent_bias", message, "", ("leave `recurrent_bias` out",))


class Lstm(_BiasByConvention):
    """Long short-term memory: a state and a cell, led along the sequence through four gates."""

    also_called = "longshorttermmemory"
    also_reads = ("state", "cell")
    gates = 4
    cell = setting(
        TENSOR,
        "the same for the cell, which has as many values",
        NONE,
        short=lambda tensor: f"cell from {tensor.name}" if tensor else "",
    )

    def _next(self, xp: Any, sums: Any, state: tuple[Any, ...], arrays: Arrays) -> tuple[Any, ...]:
        h, cell = state
        sums = sums + xp.matmul(h, arrays["recurrent_kernel"])
        takes, keeps, new, shows = (sums[:, self._part(number)] for number in range(self.gates))
        cell = xp.sigmoid(keeps) * cell + xp.sigmoid(takes) * xp.tanh(new)
        return xp.sigmoid(shows) * xp.tanh(cell), cell


class Gru(_Recurrent):
    """Gated recurrent unit: a state that two gates reset and update, and a candidate for the new one."""

    also_called = "gatedrecurrentunit"
    gates = 3
    reset_after = setting(
        TRUTH,
        "whether the reset gate is applied after the product of the state with the kernel, which then has a bias of "
        "its own, or before it",
        ByConvention("false", "true", "true"),
        short=lambda after: "reset after" if after else "",
    )

    @property
    def bias_sets(self) -> int:
        return 2 if self.reset_after else 1

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention == "pytorch" and not self.reset_after:
            message = "PyTorch's `nn.GRU` resets after the product"
            yield Problem("CNN531", "reset_after", message, "", ("leave `reset_after` out",))

    def _first_bias(self, bias: Any) -> Any:
        return bias[0] if self.bias_sets == 2 else bias

    def _next(self, xp: Any, sums: Any, state: tuple[Any, ...], arrays: Arrays) -> tuple[Any, ...]:
        (h,) = state
        update, reset, candidate = (sums[:, self._part(number)] for number in range(self.gates))
        if self.reset_after:
            products = xp.matmul(h, arrays["recurrent_kernel"])
            if self.bias:
                products += arrays["bias"][1]
            update, reset = (xp.sigmoid(each + products[:, self._part(i)]) for i, each in enumerate((update, reset)))
            candidate = xp.tanh(candidate + reset * products[:, self._part(2)])
        else:
            kernels = [arrays["recurrent_kernel"][:, self._part(number)] for number in range(self.gates)]
            update = xp.sigmoid(update + xp.matmul(h, kernels[0]))
            reset = xp.sigmoid(reset + xp.matmul(h, kernels[1]))
            candidate = xp.tanh(candidate + xp.matmul(reset * h, kernels[2]))
        return (update * h + (1 - update) * candidate,)


class Rnn(_BiasByConvention):
    """A simple recurrent layer: the new state is an activation of what is read and the state before."""

    also_called = "simplernn elman"
    nonlinearity = setting(Choice("tanh", "relu"), "the activation that makes the new state", "tanh", short="{}")

    def _next(self, xp: Any, sums: Any, state: tuple[Any, ...], arrays: Arrays) -> tuple[Any, ...]:
        sums = sums + xp.matmul(state[0], arrays["recurrent_kernel"])
        return (xp.tanh(sums) if self.nonlinearity == "tanh" else xp.maximum(sums, 0),)
