"""Random single layers of every kind against PyTorch and Keras: shapes, parameters, values, and what is refused.

A few of each here; `python benchmarks/single_layers.py` runs thousands.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from random import Random

import pytest
from oracle.single_layers import Case, Draw, cases, compare

from cnncalc.layers import KINDS

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
from oracle import torch_layers

os.environ.setdefault("KERAS_BACKEND", "torch")
if importlib.util.find_spec("keras"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oracle import keras_layers

    KERAS = keras_layers.MAKERS
else:
    KERAS = {}

EACH = 15
"""Layers of a kind."""

WITHOUT = {
    "depth_to_space": "an operation of TensorFlow, no layer of Keras",
    "space_to_depth": "likewise",
    "opaque": "nobody knows what it calculates",
    "channel_shuffle": "written with Reshape and Permute",
    "slice": "written with indices",
    "permute": "by the numbers of axes: test_equals.py",
    "reduce": "functions: test_equals.py",
    "resize": "of another layer's size: test_keras_forward.py",
    "local_response_norm": "an operation of TensorFlow",
    "scale": "a layer of one's own",
    "offset": "a layer of one's own",
    "clip": "a function",
    "divide": "a function",
    "weighted_add": "a layer of one's own",
    "glu": "a function, whose only gate is sigmoid: test_equals.py",
    "learned": "a layer of one's own",
    "prepend": "a layer of one's own",
    "matmul": "a function: test_equals.py",
    "lp_pool": "no layer of Keras",
    "deformable_conv": "no layer of Keras",
    "max_unpool": "no layer of Keras",
    "global_response_norm": "a layer of one's own",
    "drop_path": "of KerasCV and KerasHub",
    "adaptive_avg_pool": "new in Keras 3.14",
    "adaptive_max_pool": "new in Keras 3.14",
}
"""Kinds that Keras has no layer for, at least not in all versions."""


def differences(maker, kind: str, convention: str, layout: str) -> list[str]:
    found = []
    for case in cases({kind: maker}, 1, EACH):
        how, difference = compare(case, convention, layout)
        if how == "differs" and not _is_known(case, convention):
            found.append(str(difference))
    return found


def _is_known(case: Case, convention: str) -> bool:
    """Keras' torch backend averages copies of the border where `same` pads unevenly; its other backends do as we do."""
    return convention == "keras" and case.kind == "avg_pool" and "same" in case.text


@pytest.mark.parametrize("kind", KINDS)
def test_torch(kind):
    if kind == "resize":
        pytest.skip("of another layer's size: test_torch_forward.py")
    if kind == "opaque":
        pytest.skip(WITHOUT[kind])
    assert kind in torch_layers.MAKERS, f"`{kind}` is not compared with PyTorch"
    assert differences(torch_layers.MAKERS[kind], kind, "pytorch", "channels_first") == []


@pytest.mark.skipif(not KERAS, reason="Keras is not installed (pip install -e '.[oracle]')")
@pytest.mark.parametrize("kind", KINDS)
def test_keras(kind):
    if kind not in KERAS:
        assert kind in WITHOUT, f"`{kind}` is not compared with Keras"
        pytest.skip(WITHOUT[kind])
    assert differences(KERAS[kind], kind, "keras", "channels_last") == []


def test_a_difference_is_seen():
    """The comparison itself: another slope, one more parameter, another size, and a refusal that nobody reports."""
    good = torch_layers.MAKERS["leaky_relu"](Random(2))
    wrong = {
        "values": good._replace(text="{leaky_relu: 0.9}"),
        "parameters": good._replace(text="prelu", params=lambda _: 7),
        "the framework makes": good._replace(text="{slice: [0, 1]}", shape=(4, *good.shape[1:])),
        "refused, and not reported": good._replace(text="relu", build=lambda: 1 / 0),
    }
    assert compare(good, "pytorch", "channels_first") == ("same", None)
    for what, case in wrong.items():
        how, difference = compare(case, "pytorch", "channels_first")
        assert how == "differs"
        assert what in str(difference)


def test_what_is_left_out_is_left_out_of_both():
    draw = Draw(Random(0), 2)
    draw.give("stride", "strides", (1, 2), 1)
    draw.give("padding", "padding", "same", 0)
    assert (draw.text("conv", 4), draw.arguments) == ("{conv: 4, stride: [1, 2]}", {"strides": (1, 2)})
