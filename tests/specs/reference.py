"""What others published of known models, as tests/data has it: counts, layers, receptive fields."""

import csv
import json
from pathlib import Path

import pytest

import cnncalc

DATA = Path(__file__).parents[1] / "data"


def table(name):
    """The rows of a table of tests/data."""
    with open(DATA / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def analyzed(model, **overrides):
    """A spec of tests/data/specs, or else a shipped one, or a variant of one."""
    own = DATA / "specs" / f"{model}.yaml"
    return cnncalc.analyze(cnncalc.load(own if own.exists() else model, **overrides))


# -- layers

KINDS = {
    "Conv2d": "conv", "Conv2D": "conv", "DepthwiseConv2D": "depthwise_conv", "Linear": "dense", "Dense": "dense",
    "SeparableConv2D": "separable_conv", "BatchNorm2d": "batch_norm", "BatchNormalization": "batch_norm",
    "LayerNorm": "layer_norm", "LayerNorm2d": "layer_norm", "MaxPool2d": "max_pool", "MaxPooling2D": "max_pool",
    "AvgPool2d": "avg_pool", "AveragePooling2D": "avg_pool", "AdaptiveAvgPool2d": "adaptive_avg_pool",
    "GlobalAveragePooling2D": "global_avg_pool",
    "GlobalResponseNorm": "global_response_norm",
    "FrozenBatchNorm2d": "batch_norm",
    "BatchNormAct2d": "batch_norm",
    "MultiheadAttention": "attention", "ShiftedWindowAttention": "attention", "Attention": "attention",
    "Attention2d": "attention",
    "Conv3d": "conv", "Conv3DSimple": "conv", "BatchNorm3d": "batch_norm", "AdaptiveAvgPool3d": "adaptive_avg_pool",
    "ScaledStdConv2d": "conv",
}  # fmt: skip
LAST = {"LayerNorm", "Linear", "MultiheadAttention", "ShiftedWindowAttention", "Attention"}
"""PyTorch's layers that read the channels last, whatever the layout of the model."""


def reference(file):
    """A model as others have measured it."""
    return json.loads((DATA / "layers" / file).read_text(encoding="utf-8"))


def reference_layers(model):
    """A row for each layer that has weights or pools, in their order; with its MACs where they were measured."""
    rows = []
    for layer in model["layers"]:
        each = dict(zip(model["columns"], layer, strict=True))
        if each["class"] in KINDS:
            sizes = each.get("output") or each["outputs"][0]
            if model["layout"] == "channels_first" and each["class"] not in LAST:
                sizes = [*sizes[1:], sizes[0]]
            trainable = each.get("trainable_params", each["params"])
            row = in_common(KINDS[each["class"]], tuple(sizes), each["params"], trainable)
            rows.append((*row, each["macs"]) if "macs" in each else row)
    return rows


def own_layers(analysis, macs):
    """The same of our layers."""
    rows = []
    for each in analysis.layers:
        if each.node.kind in KINDS.values():
            sizes = each.node.output.sizes("channels_last")
            row = in_common(each.node.kind, sizes, each.params, each.trainable_params)
            rows.append((*row, each.macs) if macs else row)
    return rows


def in_common(kind, sizes, params, trainable):
    """A row as either side can say it: a depthwise convolution is grouped, and what has one position is a vector."""
    if set(sizes[:-1]) <= {1}:
        sizes = sizes[-1:]
        kind = "global_avg_pool" if kind == "adaptive_avg_pool" else kind
    return "conv" if kind == "depthwise_conv" else kind, sizes, params, trainable


# -- counts and receptive fields

COUNTS = {(row["published_by"], row["model"]): row for row in table("published_counts")}
"""By publisher and model; the row of the model's own input size where there are two."""
KERAS = {
    "DenseNet121": "densenet121",
    "EfficientNetV2S": "efficientnet_v2_s",
    "InceptionV3": "inception_v3_keras",
    "MobileNet": "mobilenet_v1",
    "MobileNetV2": "mobilenet_v2_keras",
    "ResNet50": "resnet50_keras",
    "ResNet50V2": "resnet50_v2",
    "VGG16": "vgg16",
    "Xception": "xception",
}
TIMM = {
    "vit_tiny_patch16_224": "vit_ti_16",
    "vit_small_patch16_224": "vit_s_16",
    **{f"mixer_{size}_224": f"mixer_{size}" for size in ("s32", "s16", "b32", "b16", "l32", "l16")},
    **{f"coatnet_{size}_224": f"coatnet_{size}" for size in range(5)},
}
"""timm's name → ours, where ours is another."""
OURS = KERAS | TIMM
"""The publisher's name → ours; torchvision's names are ours."""
KERAS_REFUSES = {"skresnet18", "skresnet34", "skresnext50_32x4d"}
"""For convolutions with both a stride and a dilation."""
PUBLISHED_FIELDS = {(row["published_by"], row["model"], row["layer"]): row for row in table("receptive_fields")}


def check_counts(row, model):
    """Holds a spec against a row of published counts, at the input of the row and under its convention."""
    analysis = analyzed(model, convention=row["convention"])
    assert "x".join(map(str, analysis.spec.graph.inputs[0].output.sizes("channels_last"))) == row["input_h_w_c"]
    totals = analysis.totals
    assert totals.params == int(row["params"])
    if row["macs"]:
        assert totals.macs == int(row["macs"])
    # torchvision's statistics are buffers; under `keras` they are counted, whatever the file's own convention
    if model not in KERAS_REFUSES:
        statistics = analyzed(model, convention="keras").totals.non_trainable_params
        assert statistics == int(row["buffers_or_non_trainable"])


def summary(model, entry, **overrides):
    """Size, stride, padding of an entry's field, which must be the same along both axes."""
    field = next(each for each in analyzed(model, **overrides).walk() if each.name == entry).fields["input"]
    assert field.status == "local"
    assert field.is_uniform
    assert not field.is_gated
    (across,) = {*zip(field.size, field.stride, field.padding, strict=True)}
    return across


# -- sizes

SMALLER = {
    "alexnet": "63x63",
    "alexnet_v2": "195x195",
    "inception_v3": "75x75",
    "inception_v3_keras": "75x75",
    "zfnet": "48x48",
    "fcn_32s": "20x20",
    "unet": "188x188",
    "unet_3d": "92x92x92",
    "attention_unet": "16x16x16",
    "deepspeech2": "161x16",
    "c3d": "4x16x16",
    "r3d_18": "2x16x16",
    "x3d": "4x32x32",
    "m5": "1000",
    "wavenet": "64",
    "pix2pix": "256x256",
    "ssd300": "257x257",
    "efficientdet_d0": "128x128",
    "edsr": "8x8",
    "quartznet": "64",
    "tcn": "64",
    "yolov8": "64x64",
    "swin": "64x64",
    "coatnet": "64x64",
    "mobilevit": "128x128",
}
"""Sizes that keep the test quick; others of more than 32 pixels run at 32×32, and small ones at their own size."""
NARROWER = {
    "unet_3d": {"width": 2},
    "pix2pix": {"width": 4},
    "edsr": {"width": 8},
    "deepspeech2": {"width": 8},
    "detr": {"height": 64, "width": 64},
    "mlp_mixer": {"patches": 4},
    "swin": {"window": 2},
}


BY_DAY = (
    "typical_cnn", "siamese", "one_d", "wavenet", "googlenet", "resnet", "mobilenet_v2", "vit", "unet", "unet_3d",
    "yolov3_neck",
)  # fmt: skip
"""Shipped specs of every sort: with all of them each command is called by night."""


def mostly_by_night(names):
    """Shipped specs as parameters of a test; those that are not of `BY_DAY` are left to the night."""
    return [name if name in BY_DAY else pytest.param(name, marks=pytest.mark.nightly) for name in names]


def smaller(name):
    """What makes a shipped spec run quickly: another input, other vars, or None for either."""
    inputs = cnncalc.load(name).graph.inputs
    sizes = inputs[0].output.spatial
    size = "32x32" if len(sizes) == 2 and max(sizes) > 32 and len(inputs) == 1 else None
    return SMALLER.get(name, size), NARROWER.get(name)


def small(name):
    """A shipped spec at a size at which it runs quickly."""
    input, values = smaller(name)
    return cnncalc.load(name, input=input, vars=values)
