"""Normalisations, and what multiplies and adds numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, Variable, numbers_of_array
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._merges import merge_of

_EPSILON = 1e-7
"""Keras' own smallest deviation, `keras.config.epsilon()`."""


def _axes_in(call: KerasCall, x: KerasTensor, default: Any = -1) -> tuple[int, ...]:
    """The axes of a norm, in order."""
    value = call.config.get("axis", default)
    axes = value if isinstance(value, list) else [value]
    if not axes:
        raise call.refuse("its `axis` names none", code="CNN150")
    return tuple(sorted(call.axis(each, x.rank) for each in axes))


def _learned(call: KerasCall, first: int = 0) -> dict[str, Variable]:
    """The factor and the offset of a norm, as far as it has them."""
    names = [each for each in ("scale", "center") if call.config.get(each, True) is not False]
    return {name: Variable("", place) for place, name in enumerate(names, first)}


def _has(arrays: dict[str, Variable]) -> dict[str, Any]:
    """The settings that say which of them there are."""
    return {"scale": "scale" in arrays, "center": "center" in arrays}


def _batch_normalization(call: KerasCall) -> Any:
    """`BatchNormalization`."""
    axes = _axes_in(call, call.x)
    if len(axes) > 1 or call.config.get("renorm"):
        return call.opaque(sizes=call.x.sizes)
    x, arrays = call.facing(call.x, axes[0]), _learned(call)
    statistics = {name: Variable("", len(arrays) + place) for place, name in enumerate(("mean", "variance"))}
    epsilon = call.number("epsilon", 1e-3)
    return call.add("batch_norm", x, arrays=arrays | statistics, epsilon=epsilon, **_has(arrays))


def _layer_normalization(call: KerasCall) -> Any:
    """`LayerNormalization`."""
    axes, epsilon = _axes_in(call, call.x), call.number("epsilon", 1e-3)
    arrays = _learned(call)
    if call.config.get("rms_scaling") is True:
        return call.opaque(sizes=call.x.sizes, params=prod(call.x.sizes[axis] for axis in axes))
    return _over(call, "layer_norm", axes, arrays, epsilon=epsilon, **_has(arrays))


def _rms_normalization(call: KerasCall) -> Any:
    """`RMSNormalization`."""
    arrays = {"scale": Variable("", 0)}
    return _over(call, "rms_norm", _axes_in(call, call.x), arrays, epsilon=call.number("epsilon", 1e-6), scale=True)


def _over(call: KerasCall, kind: str, axes: tuple[int, ...], arrays: dict[str, Variable], **settings: Any) -> Any:
    """A norm over one axis, which are the channels then, or over all."""
    x = call.x
    if len(axes) == 1:
        return call.add(kind, call.facing(x, axes[0]), arrays=arrays, **settings)
    if len(axes) < x.rank:
        return call.opaque(sizes=x.sizes, params=len(arrays) * prod(x.sizes[axis] for axis in axes))
    facing_last = (*(axis for axis in range(x.rank) if axis != x.channel), x.channel)
    turned = {name: each._replace(steps=(("transpose", facing_last),)) for name, each in arrays.items()}
    return call.add(kind, x, arrays=turned, axes=tuple(map(x.axis_name, facing_last)), **settings)


def _group_normalization(call: KerasCall) -> Any:
    """`GroupNormalization`; as many groups as channels are those of an instance norm."""
    axes = _axes_in(call, call.x)
    if len(axes) > 1 or call.lead:
        return call.opaque(sizes=call.x.sizes)
    x, arrays, epsilon = call.facing(call.x, axes[0]), _learned(call), call.number("epsilon", 1e-3)
    groups = call.config.get("groups", 32)
    if groups == -1 and x.spatial:
        return call.add("instance_norm", x, arrays=arrays, epsilon=epsilon, **_has(arrays))
    groups = x.channels if groups == -1 else call.whole("groups")
    return call.add("group_norm", x, arrays=arrays, groups=groups, epsilon=epsilon, **_has(arrays))


def _unit_normalization(call: KerasCall) -> Any:
    """`UnitNormalization`."""
    axes = _axes_in(call, call.x)
    if len(axes) > 1:
        return call.opaque(sizes=call.x.sizes, params=0)
    return call.add("l2_norm", call.facing(call.x, axes[0]), epsilon=1e-12)


def _normalization(call: KerasCall) -> Any:
    """`Normalization`: numbers that are known are a factor and an offset; others are found out, and not trained."""
    axes = _axes_in(call, call.x) if call.config.get("axis", -1) not in (None, []) else ()
    if call.config.get("mean") is not None:
        return _known(call, axes)
    x, call.is_trainable = call.x, False
    axes = axes or ((x.channel,) if x.channels == 1 else ())
    if len(axes) != 1 or call.config.get("invert"):
        kept = prod(x.sizes[axis] for axis in axes)
        return call.opaque([x], x.sizes, params=2 * kept + 1)  # mean and variance, and how many samples were seen
    row = (("reshape", (x.sizes[axes[0]],)),)
    arrays = {"mean": Variable("", 0, row), "variance": Variable("", 1, row), "count": Variable("", 2)}
    return call.add("normalization", call.facing(x, axes[0]), arrays=arrays)


def _known(call: KerasCall, axes: tuple[int, ...]) -> Any:
    mean, variance = (list(numbers_of_array(call.config.get(each))) for each in ("mean", "variance"))
    longest = max(len(mean), len(variance))
    if longest > 1 and len(axes) != 1:
        return call.opaque([call.x], call.x.sizes, params=0)
    x = call.facing(call.x, axes[0]) if len(axes) == 1 else call.x
    if not {len(mean), len(variance)} <= {1, longest} or longest not in (1, x.channels):
        return call.opaque([x], x.sizes, params=0)
    means = mean * (longest // len(mean))
    deviations = [max(sqrt(max(each, 0.0)), _EPSILON) for each in variance * (longest // len(variance))]
    if call.config.get("invert"):
        return times_and_plus(call, x, deviations, means)
    return times_and_plus(
        call, x, [1 / each for each in deviations], [-m / s for m, s in zip(means, deviations, strict=True)]
    )


def _rescaling(call: KerasCall) -> Any:
    """`Rescaling`."""
    factor, offset = (list(numbers_of_array([call.config.get(each, 0)])) for each in ("scale", "offset"))
    return times_and_plus(call, call.facing(call.x, call.x.rank - 1), factor, offset)


def times_and_plus(call: KerasCall, x: KerasTensor, factor: list[float], offset: list[float]) -> Any:
    """A tensor times constants, plus constants: one of each, or one per channel."""
    if not {len(factor), len(offset)} <= {1, x.channels}:
        return call.opaque([x], x.sizes, params=0)
    return call.add("rescale", x, factor=_listed(factor), offset=_listed(offset))


def _listed(numbers: list[float]) -> float | tuple[float, ...]:
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def _layer_scale(call: KerasCall) -> Any:
    """`LayerScale` of Keras' own ConvNeXt."""
    x = call.facing(call.x, call.x.rank - 1)
    initial = next(numbers_of_array([call.config.get("init_values")]), 1e-6)
    return call.add("scale", x, arrays={"scale": Variable("", 0)}, initial=initial)


def _custom_scale(call: KerasCall) -> Any:
    """`CustomScaleLayer` of Keras' own Inception-ResNet: the second tensor is added to the first, made smaller."""
    x, y = call.tensors
    return merge_of(
        call, "add", [x, times_and_plus(call, y, list(numbers_of_array([call.config.get("scale")])), [0.0])]
    )


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "BatchNormalization": _batch_normalization,
    "SyncBatchNormalization": _batch_normalization,
    "BatchNormalizationV1": _batch_normalization,
    "BatchNormalizationV2": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "RMSNormalization": _rms_normalization,
    "GroupNormalization": _group_normalization,
    "UnitNormalization": _unit_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "LayerScale": _layer_scale,
    "CustomScaleLayer": _custom_scale,
}
