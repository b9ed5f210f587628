"""What the kinds have in common in PyTorch.

Convolutions, pools and most norms work on tensors (batch, channels, *positions); what works on the channels of each
position, such as `nn.Linear`, on (batch, *positions, channels). What does either can be written for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from cnncalc.layers.equals import ANY, FIRST, LAST, Array, AsIs, CallText, Equal, InFramework, call, row
from cnncalc.layers.standardizing import SCALED
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import AXES, CHANNELS, place_of_axis
from cnncalc.settings.shape import Shape

Pairs = Sequence[tuple[int, int]]

_FILTERS = '''\
class Filters(nn.Module):
    """Filters as they are used: standardised, and times a learned factor each."""

    def __init__(
        self,
        standardize: bool = True,
        scale: float = 1,
        gains: int = 0,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.standardize, self.scale, self.eps = standardize, scale, eps
        self.gain = nn.Parameter(torch.ones(gains)) if gains else None

    def forward(self, weight: Tensor) -> Tensor:
        if self.standardize:
            own = weight.flatten(1)
            variance, mean = torch.var_mean(own, 1, correction=0, keepdim=True)
            own = (own - mean) * torch.rsqrt(variance + self.eps) * self.scale
            weight = own.reshape(weight.shape)
        if self.gain is None:
            return weight
        return self.gain.reshape(-1, *(1,) * (weight.ndim - 1)) * weight
'''


class Torch(InFramework):
    """How PyTorch has a kind."""

    works_in: ClassVar[tuple[str, ...]] = (FIRST,)

    @property
    def rank(self) -> str:
        """The end of a module's name: `2d` for a map, and `1d` for a vector too."""
        return f"{max(len(self.x.spatial), 1)}d"

    def dimension(self, axis: str) -> int:
        """The number of an axis."""
        if axis == CHANNELS:
            return 1 if self.order == FIRST else -1
        return place_of_axis(axis, len(self.x.spatial)) + (2 if self.order == FIRST else 1)

    @property
    def positions(self) -> tuple[int, ...]:
        """The numbers of the axes of positions."""
        return tuple(map(self.dimension, AXES[len(self.x.spatial)]))

    def begins_at(self, axis: str) -> str:
        """What stands before the place of an axis between the brackets of an index."""
        return "..., " if self.dimension(axis) < 0 else ":, " * self.dimension(axis)

    def with_filters(self, equal: Equal) -> Equal:
        """A module that uses its weight as it is, as one that standardises its filters or learns factors for them."""
        layer = self.layer
        if not layer.prepares_kernel:
            return equal
        kernel = layer.weights(self.x)["kernel"].shape
        filters = call(
            "Filters",
            standardize=(bool(layer.standardize), True),
            scale=(AsIs(f"{prod(kernel[:-1])} ** -0.5") if layer.standardize == SCALED else 1, 1),
            gains=(kernel[-1] if layer.gain else 0, 0),
            eps=(layer.epsilon, 1e-6),
        )
        made = equal.module if isinstance(equal.module, CallText) else AsIs(equal.module)
        module = call("nn.utils.parametrize.register_parametrization", made, "weight", filters)
        of_weight = "parametrizations.weight"
        own = equal.arrays["kernel"]
        assert isinstance(own, Array)
        arrays = {**equal.arrays, "kernel": own._replace(path=f"{of_weight}.original")}
        if layer.gain:
            arrays["gain"] = Array(f"{of_weight}.0.gain")
        return Equal(module, equal.forward, arrays, equal.frozen, _FILTERS)


class TorchInAnyOrder(Torch):
    """What does not matter to a kind: where the channels are."""

    works_in = ANY


class TorchOfRows(Torch):
    """What works on the last axis: the channels."""

    works_in = (LAST,)


def with_border(x: str, pairs: Pairs, value: float = 0, mode: str = "constant") -> str:
    """The text of a tensor with a border; amounts below 0 cut something off."""
    if not any(map(any, pairs)):
        return x
    return call("F.pad", AsIs(x), AsIs(last_first(pairs)), mode=(mode, "constant"), value=(value, 0))


def last_first(pairs: Pairs) -> str:
    """Amounts before and after, as PyTorch wants them: the last axis first, all in one row."""
    return row([amount for pair in reversed(pairs) for amount in pair])


def symmetric(pairs: Pairs) -> tuple[int, ...] | None:
    """One amount per axis; None if one before an axis differs from that after it."""
    return tuple(before for before, _ in pairs) if all(before == after for before, after in pairs) else None


def parameter(sizes: Sequence[int], initial: float) -> str:
    """The text that makes a parameter, all of whose numbers are the same at first."""
    shape = AsIs(row(sizes))
    if initial in (0, 1):
        return f"nn.Parameter({call('torch.ones' if initial else 'torch.zeros', shape)})"
    return f"nn.Parameter({call('torch.full', shape, AsIs(float(initial)))})"


class ParameterPer(NamedTuple):
    """A parameter with one number for each channel, value or position, or for all.

    Attributes:
        sizes: with which it is broadcast over a batch: (channels, 1, 1) for a map.
        axes: the order of our axes there; () if it is the same.
    """

    sizes: tuple[int, ...]
    axes: tuple[int, ...] = ()

    @classmethod
    def of(cls, per: str, x: Shape, order: str) -> ParameterPer:
        """The parameter for an input with its axes in this order."""
        rank = len(x.spatial)
        if per in ("value", "position"):
            sizes = Shape(x.spatial, x.channels if per == "value" else 1).sizes(order)
            return cls(sizes, (rank, *range(rank)) if order == FIRST else ())
        if per == "all":
            return cls((1,))
        return cls((x.channels, *(1,) * rank) if order == FIRST else (x.channels,))

    def parameter(self, initial: float) -> str:
        """The text that makes it."""
        return parameter(self.sizes, initial)

    def array(self, path: str = "") -> Array:
        """Where our array is in a module."""
        return Array(path, self.axes, shape=self.sizes)
