"""What the kinds have in common in PyTorch. Tensors there are always (batch, channels, *positions)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.layers.equals import Array, AsIs, CallText, Equal, InFramework, call, row
from cnncalc.layers.standardizing import SCALED
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import CHANNELS, place_of_axis
from cnncalc.settings.shape import Shape

Pairs = Sequence[tuple[int, int]]

ON_CHANNELS = "{module}({0}.movedim(1, -1)).movedim(-1, 1)"
"""How a module that works on the last axis is applied to the channels of a map."""


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

    @property
    def rank(self) -> str:
        """The end of a module's name: `2d` for a map, and `1d` for a vector too."""
        return f"{max(len(self.x.spatial), 1)}d"

    def dimension(self, axis: str) -> int:
        """The number of an axis."""
        return 1 if axis == CHANNELS else 2 + place_of_axis(axis, len(self.x.spatial))

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


class ParameterPer(NamedTuple):
    """A parameter with one number for each channel, value or position, or for all.

    Attributes:
        sizes: with which it is broadcast over a batch: (channels, 1, 1) for a map.
        axes: the order of our axes there; () if it is the same.
    """

    sizes: tuple[int, ...]
    axes: tuple[int, ...] = ()

    @classmethod
    def of(cls, per: str, x: Shape) -> ParameterPer:
        """The parameter for an input."""
        rank = len(x.spatial)
        if per in ("value", "position"):
            return cls((x.channels if per == "value" else 1, *x.spatial), (rank, *range(rank)))
        return cls((x.channels, *(1,) * rank) if per == "channel" else (1,))

    def parameter(self, initial: float) -> str:
        """The text that makes it."""
        return f"nn.Parameter({call('torch.full', AsIs(row(self.sizes)), AsIs(float(initial)))})"

    def array(self, path: str = "") -> Array:
        """Where our array is in a module."""
        return Array(path, self.axes, shape=self.sizes)
