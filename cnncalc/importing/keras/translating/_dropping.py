"""Layers that leave values as they are outside training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.keras._calls import KerasCall


def _dropout(call: KerasCall) -> Any:
    """`Dropout`: of single values, of channels, or with one number per sample of the whole tensor."""
    x, rate, noise = call.x, call.number("rate"), call.config.get("noise_shape")
    if noise is None:
        return call.add("dropout", x, rate=rate)
    own = list(noise)[1:] if isinstance(noise, list) else []
    sizes = [size if each is None else each for each, size in zip(own, x.sizes, strict=False)]
    if len(sizes) == x.rank and all(each == 1 for each in sizes):
        return call.add("drop_path", x, rate=rate)
    if sizes == list(x.sizes):
        return call.add("dropout", x, rate=rate)
    if sizes == list(x.with_spatial((1,) * len(x.spatial))):
        return call.add("spatial_dropout", x, rate=rate)
    return call.opaque([x], x.sizes, params=0, macs=0)


def _spatial_dropout(call: KerasCall) -> Any:
    """`SpatialDropout2D`."""
    x = call.facing(call.x, call.channel_axis(call.x.rank))
    return call.add("spatial_dropout", x, rate=call.number("rate"))


def _stochastic_depth(call: KerasCall) -> Any:
    """`StochasticDepth` of Keras' own ConvNeXt."""
    return call.add("drop_path", call.x, rate=call.number("drop_path_rate"))


def _unchanged(call: KerasCall) -> Any:
    """A layer that does nothing outside training."""
    return call.add("identity", call.x)


RANDOM = (
    *("AugMix", "CutMix", "Equalization", "Solarization", "MixUp", "RandAugment", "RandomBrightness", "RandomFlip"),
    *("RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing"),
    *("RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization"),
    *("RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom"),
    *("RandomHeight", "RandomWidth"),
)
"""Augmentations, which happen in training alone and keep all sizes."""

LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "Dropout": _dropout,
    **{f"SpatialDropout{rank}D": _spatial_dropout for rank in (1, 2, 3)},
    "StochasticDepth": _stochastic_depth,
    **dict.fromkeys(
        ("Identity", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", *RANDOM), _unchanged
    ),
}
