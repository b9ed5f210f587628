"""Normalisations, and layers that only scale and add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import (
    MOVED_CHANNELS,
    Initial,
    Layer,
    Problem,
    Reads,
    Weight,
    last_axis,
    normalised,
    plural,
    undivided,
    wide,
)
from cnncalc.layers.per import PER, WHAT_PER, in_short, shape_per
from cnncalc.settings.axes import CHANNELS, SOME_AXES, axes_of
from cnncalc.settings.numbers import PerChannel
from cnncalc.settings.setting import ByConvention, Reading, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import COUNT, TRUTH, Real


class _Norm(Layer):
    """Subtract a mean, divide by a deviation, then a learned factor and offset per channel."""

    is_norm = True
    has_last_changes = True
    epsilon = setting(
        Real(above=0), "a small number that keeps the division from failing", ByConvention("1e-3", "1e-3", "1e-5")
    )
    scale = setting(TRUTH, "a learned factor per channel", "true", short=lambda _: "no scale")
    center = setting(TRUTH, "a learned offset per channel", "true", short=lambda _: "no center")
    affine = setting(TRUTH, "`false` leaves out both the scale and the center", "true")

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        affine = values.pop("affine")
        if "affine" in at.written:
            for name in ("scale", "center"):
                values[name] = affine and (values[name] or name not in at.written)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        weights = {"scale": self.scale, "center": self.center}
        return {name: Weight((x.channels,)) for name, present in weights.items() if present}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return 1.0 if name in ("scale", "variance") else 0.0

    def _normalised(self, xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
        return normalised(xp, x, axes, self.epsilon)

    def _scaled(self, y: Any, weights: Mapping[str, Any]) -> Any:
        """The array times the factors plus the offsets, as a new array."""
        if self.scale:
            y *= weights["scale"]
        if self.center:
            y += weights["center"]
        return y


class BatchNorm(_Norm):
    """Normalisation of each channel by the statistics of the batch during training, and by their moving averages
    afterwards."""

    also_called = "bn batchnormalization batchnormalisation syncbn syncbatchnorm syncbatchnormalization"
    centres_channels = True

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        statistic = Weight((x.channels,), is_statistic=True)
        return {**super().weights(x), "mean": statistic, "variance": statistic}

    def per_channel(self, xp: Any, weights: Mapping[str, Any]) -> tuple[Any, Any]:
        variance = wide(xp, weights["variance"])
        factor = 1 / xp.sqrt(variance + variance.dtype.type(self.epsilon))
        if self.scale:
            factor = factor * weights["scale"]
        offset = -weights["mean"] * factor
        if self.center:
            offset = offset + weights["center"]
        return factor, offset

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        factor, offset = self.per_channel(xp, weights)  # so that the large array is traversed only once
        return xp.affine(x, factor.astype(x.dtype, copy=False), offset.astype(x.dtype, copy=False))


_AXES = setting(
    SOME_AXES,
    "the axes whose values are normalised together: the channels, or all axes; what is learned has one number for each "
    "place along them",
    CHANNELS,
    short=lambda axes: "" if axes == (CHANNELS,) else f"over {' and '.join(axes)}",
    since=2,
)


class _OverAxes(Layer):
    """A norm over the channels of each position, or over all values."""

    axes: tuple[str, ...]

    @property
    def is_gated(self) -> bool:  # type: ignore[override]
        return self.axes != (CHANNELS,)

    def problems(self, x: Shape) -> Iterator[Problem]:
        every = axes_of(len(x.spatial))
        if self.axes not in ((CHANNELS,), every):
            message = "it normalises the channels of each position, or all values"
            help = (
                f"write `axes: channels`, or `axes: [{', '.join(every)}]`",
                "`instance_norm` normalises the positions of each channel",
            )
            yield Problem("CNN319", "axes", message, "", help)

    def _sizes(self, x: Shape) -> tuple[int, ...]:
        """The sizes of what is learned, which is broadcast over a batch."""
        return (*x.spatial, x.channels) if self.is_gated else (x.channels,)

    def _places(self, x: Any) -> tuple[int, ...]:
        """Where the axes are in an array."""
        return tuple(range(1, x.ndim)) if self.is_gated else (-1,)


class LayerNorm(_Norm, _OverAxes):
    """Normalisation over the channels of each position, or over all values."""

    also_called = "ln layernormalization layernormalisation"
    axes = _AXES

    def remark_on_last_axis(self, x: Shape) -> Problem | None:
        if self.is_gated:
            return None
        message = f"`nn.LayerNorm` normalises {last_axis(x)}"
        label = f"this `layer_norm` normalises the {plural(x.channels, 'channel')} of each position"
        help = ("`group_norm: 1` normalises channels and positions together", MOVED_CHANNELS)
        return Problem("CNN532", "", message, label, help)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return dict.fromkeys(super().weights(x), Weight(self._sizes(x)))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return self._scaled(self._normalised(xp, x, self._places(x)), weights)

    def reads_channels(self, x: Shape) -> Reads | None:
        return None


def _of_one_value(what: str) -> Problem:
    """The warning about statistics of a single value in PyTorch."""
    return Problem(
        "CNN533",
        "",
        f"PyTorch refuses to normalise a single value, but here each {what} has only one",
        "minus its own mean, a value is 0, whatever it was",
        ("normalise before the positions are lost, or use `layer_norm` or `batch_norm`",),
    )


_ONLY_IF_ASKED = ByConvention("true", "true", "false")


class InstanceNorm(_Norm):
    """Normalisation of each channel over the positions of the sample."""

    also_called = "instancenormalization"
    centres_channels = True
    takes = "positions"
    is_gated = True
    scale = setting(TRUTH, "a learned factor per channel", _ONLY_IF_ASKED, short=lambda on: "" if on else "no scale")
    center = setting(TRUTH, "a learned offset per channel", _ONLY_IF_ASKED, short=lambda on: "" if on else "no center")
    affine = setting(TRUTH, "`true` for both the scale and the center, `false` for neither", _ONLY_IF_ASKED)

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention == "pytorch" and formulas.product(inputs[0].spatial) == 1:
            yield _of_one_value("channel")

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return self._scaled(self._normalised(xp, x, tuple(range(1, x.ndim - 1))), weights)


class GroupNorm(_Norm):
    """Normalisation over groups of channels and all positions of the sample."""

    also_called = "gn groupnormalization"
    principal = "groups"
    is_gated = True
    groups = setting(COUNT, "parts into which the channels are divided", short="{} groups")

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from undivided(x.channels, self.groups, "channel")

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention == "pytorch" and inputs[0].values == self.groups:
            yield _of_one_value("group")

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        grouped = x.reshape(*x.shape[:-1], self.groups, x.shape[-1] // self.groups)
        axes = (*range(1, x.ndim - 1), x.ndim)  # all axes but the batch and the groups
        return self._scaled(self._normalised(xp, grouped, axes).reshape(x.shape), weights)


class LocalResponseNorm(Layer):
    """Division by the activity of neighbouring channels at the same position (AlexNet)."""

    also_called = "lrn localresponsenormalization crossmaplrn"
    is_norm = True
    principal = "size"
    size = setting(COUNT, "how many neighbouring channels count", "5", short="size {}")
    alpha = setting(Real(), "weight of the activity", "1e-4")
    beta = setting(Real(), "exponent", "0.75")
    k = setting(Real(), "constant added before the power", "1")

    def remarks(self, inputs: Sequence[Shape], convention: str, layout: str) -> Iterator[Problem]:
        if convention == "pytorch" and inputs[0].is_vector:
            help = ("leave it out here, or put it before the layer that made the vector",)
            yield Problem("CNN531", "", "PyTorch's LocalResponseNorm needs positions, but gets a vector", "", help)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        # the mean of the squares of `size` channels around each; those outside count as zero, and change no sum
        before, after = (min(each, x.shape[-1] - 1) for each in (self.size // 2, self.size - 1 - self.size // 2))

        def normalised(part: Any, out: Any) -> None:
            values = wide(xp, part)
            squares = xp.pad(values * values, [(0, 0), (before, after)])
            activity = sum(squares[:, i : i + x.shape[-1]] for i in range(before + 1 + after))
            xp.copyto(out, values / (self.k + self.alpha / self.size * activity) ** self.beta)

        return xp.rows(normalised, x)

    def reads_channels(self, x: Shape) -> Reads | None:
        return Reads(1, 1, (-(self.size // 2),), (self.size - 1 - self.size // 2,))


class GlobalResponseNorm(Layer):
    """Each channel times its share of the response: its norm over all positions, divided by the mean of all norms
    (ConvNeXt V2)."""

    since = 2
    also_called = "grn globalresponsenormalization"
    is_norm = True
    is_gated = True
    takes = "positions"
    epsilon = setting(Real(above=0), "a small number that keeps the division from failing", "1e-6")

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"scale": Weight((x.channels,)), "center": Weight((x.channels,))}  # both 0 before training

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        values = wide(xp, x)
        norms = xp.sqrt(xp.sum(values * values, tuple(range(1, x.ndim - 1)), keepdims=True))
        shares = norms / (norms.mean(-1, keepdims=True) + values.dtype.type(self.epsilon))
        return xp.affine(x * (1 + weights["scale"] * shares).astype(x.dtype, copy=False), None, weights["center"])


class RmsNorm(_OverAxes):
    """The channels of each position (or all values) divided by the root of the mean of their squares; no mean is
    subtracted."""

    since = 2
    also_called = "rmsnormalization rootmeansquarenorm"
    is_norm = True
    epsilon = setting(
        Real(above=0),
        "a small number that keeps the division from failing",
        ByConvention("1e-6", "1e-6", "1.1920929e-07"),
    )
    scale = setting(TRUTH, "a learned factor per channel", "true", short=lambda on: "" if on else "no scale")
    axes = _AXES

    def remark_on_last_axis(self, x: Shape) -> Problem | None:
        if self.is_gated:
            return None
        message = f"`nn.RMSNorm` normalises {last_axis(x)}"
        label = f"this `rms_norm` normalises the {plural(x.channels, 'channel')} of each position"
        return Problem("CNN532", "", message, label, (MOVED_CHANNELS,))

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"scale": Weight(self._sizes(x))} if self.scale else {}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return 1.0

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        values = wide(xp, x)
        size = xp.sqrt(xp.mean(values * values, self._places(x), keepdims=True) + values.dtype.type(self.epsilon))
        y = (values / size).astype(x.dtype, copy=False)
        return y * weights["scale"] if self.scale else y

    def reads_channels(self, x: Shape) -> Reads | None:
        return None


class L2Norm(Layer):
    """The channels of each position divided by the root of the sum of their squares, or by epsilon if that is larger
    (SSD)."""

    since = 2
    also_called = "l2normalize l2normalization unitnormalization unitnorm normalize"
    is_norm = True
    epsilon = setting(Real(above=0), "a small number that keeps the division from failing", "1e-12")

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        values = wide(xp, x)
        size = xp.sqrt(xp.sum(values * values, -1, keepdims=True))
        return (values / xp.maximum(size, values.dtype.type(self.epsilon))).astype(x.dtype, copy=False)

    def reads_channels(self, x: Shape) -> Reads | None:
        return None


class Scale(Layer):
    """A learned factor, for each channel or per something else; a learned offset too if asked for."""

    also_called = "layerscale learnedscale"
    per = setting(
        PER,
        WHAT_PER,
        "channel",
        short=in_short("factor").__getitem__,
        since=2,
    )
    center = setting(TRUTH, "a learned offset as well", "false", short=lambda on: "with center" if on else "", since=2)
    initial = setting(Real(), "value of the factors before training", "1")

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return dict.fromkeys(("scale", *(["center"] if self.center else [])), Weight(shape_per(self.per, x)))

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return self.initial if name == "scale" else 0.0

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        y = x * weights["scale"]
        return y + weights["center"] if self.center else y


class Offset(Layer):
    """A learned number that is added, for each channel or per something else: biases, position embeddings."""

    since = 2
    also_called = "positionembedding positionalembedding learnedposition biasadd addbias"
    per = setting(
        PER,
        WHAT_PER,
        "channel",
        short=in_short("number").__getitem__,
    )
    initial = setting(Real(), "value of the numbers before training", "0")

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        return {"offset": Weight(shape_per(self.per, x))}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return self.initial

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x + weights["offset"]


class Normalization(Layer):
    """Each channel minus the mean of a data set, divided by its deviation: Keras' preprocessing layer, which takes both
    from the data before training."""

    since = 2
    also_called = "normalisation featurenormalization datanormalization"

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        each = Weight((x.channels,), is_statistic=True)
        return {"mean": each, "variance": each, "count": Weight((), is_statistic=True)}

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return 1.0 if name == "variance" else 0.0

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        mean, variance, _ = (weights[name] for name in ("mean", "variance", "count"))  # the count changes nothing
        factor = (1 / xp.maximum(xp.sqrt(wide(xp, variance)), _LEAST_DEVIATION)).astype(x.dtype, copy=False)
        return xp.affine(x, factor, -mean * factor)


_LEAST_DEVIATION = 1e-7
"""What Keras divides by at least: its `epsilon()`."""


class Rescale(Layer):
    """A constant factor and offset, factor · x + offset, as for pixels from 0 to 255; the same for all channels, or a
    list with one number per channel."""

    also_called = "rescaling"
    principal = "factor"
    example = "0.00392"
    factor = setting(PerChannel(), "what each value is multiplied by", short="× {}")
    offset = setting(PerChannel(), "what is added afterwards", "0", short="+ {}")

    def problems(self, x: Shape) -> Iterator[Problem]:
        for name in ("factor", "offset"):
            numbers = getattr(self, name)
            if isinstance(numbers, tuple) and len(numbers) != x.channels:
                message = f"{plural(len(numbers), 'number')} for {plural(x.channels, 'channel')}"
                yield Problem("CNN215", name, message, "", ("write one number for all channels, or one per channel",))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        if isinstance(self.factor, tuple) or isinstance(self.offset, tuple):
            ones = xp.ones(x.shape[-1:], x.dtype)
            factor, offset = (ones * xp.asarray(each, x.dtype) for each in (self.factor, self.offset))
            return xp.affine(x, factor, offset)
        return xp.values(lambda part, out: xp.add(self.factor * part, self.offset, out=out), x)
