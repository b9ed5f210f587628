"""What a framework refuses under its own convention cnncalc reports, and what it runs is not called refused.

A row is an entry, its input (channels first), the code that is expected ("" for none), and the layer of the framework.
Where a code is expected the framework has to raise, where none is it has to run.
"""

from __future__ import annotations

import importlib.util
import os
import warnings

import numpy as np
import pytest
from helpers import analyzed, written

import cnncalc

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
nn = torch.nn
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = None
if importlib.util.find_spec("keras"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras

TORCH = [
    ("{max_pool: 3, padding: 1}", (4, 8, 8), "", lambda: nn.MaxPool2d(3, padding=1)),
    ("{max_pool: 3, padding: 2}", (4, 8, 8), "CNN531", lambda: nn.MaxPool2d(3, padding=2)),
    ("{max_pool: 3x5, padding: 1x2}", (4, 8, 8), "", lambda: nn.MaxPool2d((3, 5), padding=(1, 2))),
    ("{max_pool: 5x3, padding: 1x2}", (4, 8, 8), "CNN531", lambda: nn.MaxPool2d((5, 3), padding=(1, 2))),
    ("{max_pool: 3, padding: 3}", (4, 8, 8), "CNN307", lambda: nn.MaxPool2d(3, padding=3)),
    # half of the window as it is, not of the dilated one
    ("{max_pool: 2, padding: 1, dilation: 3}", (4, 8, 8), "", lambda: nn.MaxPool2d(2, padding=1, dilation=3)),
    ("{max_pool: 2, padding: 2, dilation: 3}", (4, 8, 8), "CNN531", lambda: nn.MaxPool2d(2, padding=2, dilation=3)),
    ("{max_pool: 3, padding: 2}", (4, 8), "CNN531", lambda: nn.MaxPool1d(3, padding=2)),
    ("{max_pool: 3, padding: 2}", (4, 8, 8, 8), "CNN531", lambda: nn.MaxPool3d(3, padding=2)),
    ("{avg_pool: 4, padding: 2}", (4, 8, 8), "", lambda: nn.AvgPool2d(4, padding=2)),
    ("{avg_pool: 5, padding: 3}", (4, 8), "CNN531", lambda: nn.AvgPool1d(5, padding=3)),
    ("{avg_pool: 5, padding: 3}", (4, 8, 8), "CNN531", lambda: nn.AvgPool2d(5, padding=3)),
    ("{avg_pool: 3, padding: 1}", (4, 2, 5, 5), "CNN531", lambda: nn.AvgPool3d(3, padding=1)),
    ("{avg_pool: 3, padding: 1}", (4, 2, 5), "", lambda: nn.AvgPool2d(3, padding=1)),
    ("{max_pool: 3, stride: 1, padding: same}", (4, 8, 8), "CNN531", lambda: nn.MaxPool2d(3, 1, "same")),
    ("{avg_pool: 3, stride: 1, padding: same}", (4, 8, 8), "CNN531", lambda: nn.AvgPool2d(3, 1, "same")),
    ("{conv: 3x4, padding: causal}", (4, 8), "CNN531", lambda: nn.Conv1d(4, 4, 3, padding="causal")),
    ("{depthwise_conv: 3, padding: causal}", (4, 8), "CNN531", lambda: nn.Conv1d(4, 4, 3, padding="causal", groups=4)),
    ("{conv: 3x3x4, padding: same}", (4, 8, 8), "", lambda: nn.Conv2d(4, 4, 3, padding="same")),
    ("{conv: 3x3x4, padding: same, stride: 2}", (4, 8, 8), "CNN305", lambda: nn.Conv2d(4, 4, 3, 2, "same")),
    ("{conv: 3x3x4, stride: 2, dilation: 2}", (4, 8, 8), "", lambda: nn.Conv2d(4, 4, 3, 2, dilation=2)),
    ("{conv: 3x3x6, groups: 3}", (4, 8, 8), "CNN302", lambda: nn.Conv2d(4, 6, 3, groups=3)),
    ("{conv: 9x9x4}", (4, 8, 8), "CNN301", lambda: nn.Conv2d(4, 4, 9)),
    (
        "{conv_transpose: 3x3x4, stride: 2, output_padding: 1}",
        (4, 8, 8),
        "",
        lambda: nn.ConvTranspose2d(4, 4, 3, 2, 0, 1),
    ),
    (
        "{conv_transpose: 3x3x4, stride: 2, output_padding: 2}",
        (4, 8, 8),
        "CNN307",
        lambda: nn.ConvTranspose2d(4, 4, 3, 2, 0, 2),
    ),
    (
        "{conv_transpose: 3x3x4, stride: 2, dilation: 3, output_padding: 2}",
        (4, 8, 8),
        "",
        lambda: nn.ConvTranspose2d(4, 4, 3, 2, 0, 2, dilation=3),
    ),
    (
        "{conv_transpose: 3x3x4, padding: same}",
        (4, 8, 8),
        "CNN305",
        lambda: nn.ConvTranspose2d(4, 4, 3, padding="same"),
    ),
    ("{conv_transpose: 3x3x4, padding: 5}", (4, 8, 8), "CNN301", lambda: nn.ConvTranspose2d(4, 4, 3, padding=5)),
    ("instance_norm", (4, 1, 1), "CNN533", lambda: nn.InstanceNorm2d(4)),
    ("instance_norm", (4, 1), "CNN533", lambda: nn.InstanceNorm1d(4)),
    ("instance_norm", (4, 1, 2), "", lambda: nn.InstanceNorm2d(4)),
    ("{group_norm: 4}", (4, 1, 1), "CNN533", lambda: nn.GroupNorm(4, 4)),
    ("{group_norm: 4}", (4,), "CNN533", lambda: nn.GroupNorm(4, 4)),
    ("{group_norm: 2}", (4,), "", lambda: nn.GroupNorm(2, 4)),
    ("{group_norm: 3}", (4, 8, 8), "CNN302", lambda: nn.GroupNorm(3, 4)),
    ("layer_norm", (1,), "", lambda: nn.LayerNorm(1)),
    ("batch_norm", (4,), "", lambda: nn.BatchNorm1d(4).eval()),  # to train it takes a batch of two
    ("{local_response_norm: 3}", (4,), "CNN531", lambda: nn.LocalResponseNorm(3)),
    ("{local_response_norm: 3}", (4, 1), "", lambda: nn.LocalResponseNorm(3)),
    ("{pad: 3, mode: reflect}", (4, 3, 3), "CNN309", lambda: nn.ReflectionPad2d(3)),
    ("{pad: 2, mode: reflect}", (4, 3, 3), "", lambda: nn.ReflectionPad2d(2)),
    ("{pad: 4, mode: replicate}", (4, 3, 3), "", lambda: nn.ReplicationPad2d(4)),
    ("{depth_to_space: 2}", (6, 3, 3), "CNN302", lambda: nn.PixelShuffle(2)),
    ("{space_to_depth: 2}", (6, 3, 4), "CNN302", lambda: nn.PixelUnshuffle(2)),
    ("{channel_shuffle: 4}", (6, 3, 4), "CNN302", lambda: nn.ChannelShuffle(4)),
]


def _keras(name, *arguments, **more):
    return lambda: getattr(keras.layers, name)(*arguments, **more)


KERAS = [
    ("{conv: 3x3x4, stride: 2}", (4, 9, 9), "", _keras("Conv2D", 4, 3, 2)),
    ("{conv: 3x3x4, dilation: 2}", (4, 9, 9), "", _keras("Conv2D", 4, 3, dilation_rate=2)),
    ("{conv: 3x3x4, stride: 2, dilation: 2}", (4, 9, 9), "CNN315", _keras("Conv2D", 4, 3, 2, dilation_rate=2)),
    ("{conv: 3x4, stride: 2, dilation: 2}", (4, 9), "CNN315", _keras("Conv1D", 4, 3, 2, dilation_rate=2)),
    (
        "{conv: 3x3x4, stride: 2x1, dilation: 1x2}",
        (4, 9, 9),
        "CNN315",
        _keras("Conv2D", 4, 3, (2, 1), dilation_rate=(1, 2)),
    ),
    (
        "{conv_transpose: 3x3x4, stride: 2, dilation: 2}",
        (4, 9, 9),
        "CNN315",
        _keras("Conv2DTranspose", 4, 3, 2, dilation_rate=2),
    ),
    ("{depthwise_conv: 3, stride: 2, dilation: 2}", (4, 9, 9), "", _keras("DepthwiseConv2D", 3, 2, dilation_rate=2)),
    (
        "{separable_conv: 3x3x4, stride: 2, dilation: 2}",
        (4, 9, 9),
        "",
        _keras("SeparableConv2D", 4, 3, 2, dilation_rate=2),
    ),
    ("{conv: 3x4, padding: causal}", (4, 9), "", _keras("Conv1D", 4, 3, padding="causal")),
    ("{depthwise_conv: 3, padding: causal}", (4, 9), "CNN531", _keras("DepthwiseConv1D", 3, padding="causal")),
    ("{separable_conv: 3x4, padding: causal}", (4, 9), "CNN531", _keras("SeparableConv1D", 4, 3, padding="causal")),
    ("{conv: 3x3x4, padding: causal}", (4, 9, 9), "CNN305", _keras("Conv2D", 4, 3, padding="causal")),
    ("{conv: 3x3x6, groups: 3}", (4, 9, 9), "CNN302", _keras("Conv2D", 6, 3, groups=3)),
    (
        "{conv_transpose: 3x3x4, stride: 2, output_padding: 2}",
        (4, 9, 9),
        "CNN307",
        _keras("Conv2DTranspose", 4, 3, 2, output_padding=2),
    ),
    (
        "{conv_transpose: 3x3x4, stride: 3, padding: same, output_padding: 2}",
        (4, 9, 9),
        "",
        _keras("Conv2DTranspose", 4, 3, 3, "same", output_padding=2),
    ),
    ("{group_norm: 3}", (4, 9, 9), "CNN302", _keras("GroupNormalization", 3)),
    ("{group_norm: 4}", (4,), "", _keras("GroupNormalization", 4)),
    ("{crop: 5}", (4, 9, 9), "CNN306", _keras("Cropping2D", 5)),
    ("{reshape: [5, -1]}", (4, 9, 9), "CNN304", _keras("Reshape", (5, -1))),
]


def _reported(entry: str, sizes: tuple[int, ...], convention: str, layout: str) -> list[str]:
    """The codes of errors and warnings."""
    try:
        found = [
            each.code for each in analyzed(written(sizes), entry, convention=convention, layout=layout).spec.remarks
        ]
    except cnncalc.SpecError as error:
        found = [each.code for each in error.diagnostics]
    return [code for code in found if code not in ("CNN502", "CNN503", "CNN532")]


@pytest.mark.parametrize(("entry", "sizes", "code", "build"), TORCH, ids=[f"{row[0]} on {row[1]}" for row in TORCH])
def test_torch(entry, sizes, code, build):
    assert _reported(entry, sizes, "pytorch", "channels_first") == ([code] if code else [])
    refused = False
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            build()(torch.zeros(1, *sizes))
    except (RuntimeError, ValueError, TypeError):
        refused = True
    assert refused is bool(code)


@pytest.mark.skipif(keras is None, reason="Keras is not installed (pip install -e '.[oracle]')")
@pytest.mark.parametrize(("entry", "sizes", "code", "build"), KERAS, ids=[f"{row[0]} on {row[1]}" for row in KERAS])
def test_keras(entry, sizes, code, build):
    sizes = (*sizes[1:], sizes[0])
    assert _reported(entry, sizes, "keras", "channels_last") == ([code] if code else [])
    refused = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            build()(np.zeros((1, *sizes), "float32"))
    except (RuntimeError, ValueError, TypeError):
        refused = True
    assert refused is bool(code)


@pytest.mark.skipif(keras is None, reason="Keras is not installed (pip install -e '.[oracle]')")
def test_subtract():
    x = np.zeros((1, 4), "float32")
    for count, entry in ((2, "subtract: [[], [relu]]"), (3, "subtract: [[], [relu], [tanh]]")):
        is_refused = False
        try:
            keras.layers.Subtract()([x] * count)
        except ValueError:
            is_refused = True
        assert _reported(entry, (4,), "keras", "channels_last") == (["CNN531"] if is_refused else [])
