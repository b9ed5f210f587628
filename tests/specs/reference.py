"""What others published of known models, as tests/data has it: counts, layers, receptive fields."""

import csv
import json
from pathlib import Path

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
    "BatchNorm2d": "batch_norm", "BatchNormalization": "batch_norm", "MaxPool2d": "max_pool", "AvgPool2d": "avg_pool",
    "MaxPooling2D": "max_pool", "AdaptiveAvgPool2d": "adaptive_avg_pool", "GlobalAveragePooling2D": "global_avg_pool",
    "ZeroPadding2D": "pad", "Dropout": "dropout",
}  # fmt: skip
POOLS = {"max_pool", "avg_pool", "adaptive_avg_pool", "global_avg_pool"}


def reference_layers(file):
    """Layout, and (kind, output, params, trainable) of each layer; activations and new shapes left out."""
    model = json.loads((DATA / "layers" / file).read_text(encoding="utf-8"))
    layers = [dict(zip(model["columns"], layer, strict=True)) for layer in model["layers"]]
    rows = [
        (KINDS[each["class"]], tuple(each.get("output") or each["outputs"][0]), each["params"],
         each.get("trainable_params", each["params"]))
        for each in layers if each["class"] in KINDS
    ]  # fmt: skip
    return model["layout"], rows


def own_layers(analysis, layout, kinds):
    """The same of our layers of these kinds."""
    return [
        (each.node.kind, each.node.output.sizes(layout), each.params, each.trainable_params)
        for each in analysis.layers
        if each.node.kind in kinds
    ]


# -- counts and receptive fields

COUNTS = {(row["published_by"], row["model"]): row for row in table("published_counts")}
"""By publisher and model; the row of the model's own input size where there are two."""
PUBLISHED_FIELDS = {(row["published_by"], row["model"], row["layer"]): row for row in table("receptive_fields")}


def check_counts(row, model):
    """Holds a spec against a row of published counts."""
    totals = analyzed(model).totals
    assert totals.params == int(row["params"])
    if row["macs"]:
        assert totals.macs == int(row["macs"])
    # torchvision's statistics are buffers; under `keras` they are counted, whatever the file's own convention
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
