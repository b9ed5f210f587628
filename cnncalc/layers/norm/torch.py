"""Normalisations in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.layers.equals import FIRST, LAST, Array, AsIs, Equal, FrozenArray, NoEqual, call, code, row
from cnncalc.layers.torch import ParameterPer, Torch, TorchInAnyOrder, TorchOfRows
from cnncalc.settings.axes import CHANNELS

_NAMES = {"scale": "weight", "center": "bias", "mean": "running_mean", "variance": "running_var"}

_GLOBAL_RESPONSE_NORM = '''\
class GlobalResponseNorm(nn.Module):
    """Each channel times its share of the response (ConvNeXt V2)."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        axes = tuple(range(1, x.ndim - 1))
        norms = x.square().sum(axes, keepdim=True).sqrt()
        shares = norms / (norms.mean(-1, keepdim=True) + self.eps)
        return x + self.bias + self.weight * x * shares
'''

_SCALE = '''\
class Scale(nn.Module):
    """Learned factors and offsets."""

    def __init__(self, sizes: tuple[int, ...], initial: float = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(sizes, float(initial)))
        self.bias = nn.Parameter(torch.zeros(sizes))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight + self.bias
'''


_NORMALIZATION = '''\
class Normalization(nn.Module):
    """Minus a mean and divided by a deviation per channel, measured before."""

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        shape = (-1, *[1] * (x.ndim - 2))
        deviation = self.variance.view(shape).sqrt().clamp(min=1e-7)
        return (x - self.mean.view(shape)) / deviation
'''


class _TorchNorm(Torch):
    def arrays(self) -> dict[str, Array]:
        """Where the layer's arrays are."""
        return {name: Array(_NAMES[name]) for name in self.layer.weights(self.x)}

    def frozen(self) -> dict[str, FrozenArray]:
        """What the module has of scale and center, which it has both or neither, and the layer has not."""
        layer, sizes = self.layer, (self.x.channels,)
        if layer.scale == layer.center:
            return {}
        return {"bias": FrozenArray(sizes, 0)} if layer.scale else {"weight": FrozenArray(sizes, 1)}

    def norm(self, name: str, *values: Any, epsilon: float = 1e-5, **affine: tuple[Any, Any]) -> str:
        """The module."""
        return call(f"nn.{name}", *values, eps=(self.layer.epsilon, epsilon), **affine)

    @property
    def has_any(self) -> bool:
        """Whether anything is learned."""
        return bool(self.layer.scale or self.layer.center)


class BatchNormTorch(_TorchNorm):
    """`BatchNorm2d`."""

    def equal(self) -> Equal:
        module = self.norm(f"BatchNorm{self.rank}", self.x.channels, affine=(self.has_any, True))
        return Equal(module, arrays=self.arrays(), frozen=self.frozen(), counters=("num_batches_tracked",))


class _TorchOverAxes(Torch):
    """A norm over the last axes: the channels, or all."""

    def orders(self) -> tuple[str, ...]:
        return (FIRST,) if self.layer.is_gated else (LAST,)

    @property
    def last_axes(self) -> tuple[int, ...]:
        """Their sizes."""
        return (self.x.channels, *self.x.spatial) if self.layer.is_gated else (self.x.channels,)

    @property
    def sizes(self) -> Any:
        """The same as a person would write them."""
        return AsIs(row(self.last_axes)) if self.layer.is_gated else self.x.channels

    def learned(self, name: str) -> Array:
        """Where what is learned is in the module."""
        rank = len(self.x.spatial)
        return Array(name, (rank, *range(rank)) if self.layer.is_gated else ())


class LayerNormTorch(_TorchOverAxes, _TorchNorm):
    """`LayerNorm`, which works on the last axes."""

    def equal(self) -> Equal:
        layer = self.layer
        affine, bias = (self.has_any, True), (layer.center or not layer.scale, True)
        module = self.norm("LayerNorm", self.sizes, elementwise_affine=affine, bias=bias)
        frozen = {} if layer.scale or not layer.center else {"weight": FrozenArray(self.last_axes, 1)}
        arrays = {name: self.learned(place.path) for name, place in self.arrays().items()}
        return Equal(module, arrays=arrays, frozen=frozen)


class InstanceNormTorch(_TorchNorm):
    """`InstanceNorm2d`."""

    def equal(self) -> Equal:
        if set(self.x.spatial) == {1}:
            raise NoEqual("PyTorch refuses to normalise a single value")
        module = self.norm(f"InstanceNorm{self.rank}", self.x.channels, affine=(self.has_any, False))
        return Equal(module, arrays=self.arrays(), frozen=self.frozen())


class GroupNormTorch(_TorchNorm):
    """`GroupNorm`."""

    def equal(self) -> Equal:
        module = self.norm("GroupNorm", self.layer.groups, self.x.channels, affine=(self.has_any, True))
        return Equal(module, arrays=self.arrays(), frozen=self.frozen())


class LocalResponseNormTorch(Torch):
    """`LocalResponseNorm`."""

    def equal(self) -> Equal:
        layer = self.layer
        if self.x.is_vector:
            raise NoEqual("PyTorch's LocalResponseNorm needs positions")
        numbers = {"alpha": (layer.alpha, 1e-4), "beta": (layer.beta, 0.75), "k": (layer.k, 1)}
        return Equal(call("nn.LocalResponseNorm", layer.size, **numbers))


class GlobalResponseNormTorch(TorchOfRows):
    """A module of one's own, as in ConvNeXt V2."""

    def equal(self) -> Equal:
        module = call("GlobalResponseNorm", self.x.channels, eps=(self.layer.epsilon, 1e-6))
        arrays: Mapping[str, Array] = {"scale": Array("weight"), "center": Array("bias")}
        return Equal(module, arrays=arrays, helper=_GLOBAL_RESPONSE_NORM)


class RmsNormTorch(_TorchOverAxes):
    """`RMSNorm`, which works on the last axes."""

    def equal(self) -> Equal:
        layer = self.layer
        module = call("nn.RMSNorm", self.sizes, eps=(layer.epsilon, None), elementwise_affine=(layer.scale, True))
        return Equal(module, arrays={"scale": self.learned("weight")} if layer.scale else {})


class L2NormTorch(TorchInAnyOrder):
    """`F.normalize`."""

    def equal(self) -> Equal:
        dim = (self.dimension(CHANNELS), 1)
        return Equal(forward=call("F.normalize", AsIs("{0}"), dim=dim, eps=(self.layer.epsilon, 1e-12)))


class ScaleTorch(TorchInAnyOrder):
    """A parameter; a module of one's own for two."""

    def equal(self) -> Equal:
        learned, initial = ParameterPer.of(self.layer.per, self.x, self.order), self.layer.initial
        if not self.layer.center:
            return Equal(learned.parameter(initial), "{0} * {module}", {"scale": learned.array()})
        arrays = {"scale": learned.array("weight"), "center": learned.array("bias")}
        return Equal(call("Scale", AsIs(row(learned.sizes)), initial=(initial, 1)), arrays=arrays, helper=_SCALE)


class OffsetTorch(TorchInAnyOrder):
    """A parameter."""

    def equal(self) -> Equal:
        learned = ParameterPer.of(self.layer.per, self.x, self.order)
        return Equal(learned.parameter(self.layer.initial), "{0} + {module}", {"offset": learned.array()})


class NormalizationTorch(Torch):
    """A module of one's own: PyTorch prepares data outside the network."""

    def equal(self) -> Equal:
        arrays = {name: Array(name, is_count=name == "count") for name in ("mean", "variance", "count")}
        return Equal(call("Normalization", self.x.channels), arrays=arrays, helper=_NORMALIZATION)


class RescaleTorch(TorchInAnyOrder):
    """Two constants."""

    def equal(self) -> Equal:
        factor, offset = self.layer.factor, self.layer.offset
        if isinstance(offset, tuple):
            added = f" + {self._constant(offset)}"
        else:
            added = f" {'-' if offset < 0 else '+'} {code(abs(offset))}" if offset else ""
        return Equal(forward=f"{{0}} * {self._constant(factor)}{added}")

    def _constant(self, numbers: float | tuple[float, ...]) -> str:
        """A number, or one per channel."""
        if not isinstance(numbers, tuple):
            return code(numbers)
        view = f".view{row((-1, *(1,) * len(self.x.spatial)))}" if self.x.spatial and self.order == FIRST else ""
        return f"{{0}}.new_tensor([{', '.join(map(code, numbers))}]){view}"
