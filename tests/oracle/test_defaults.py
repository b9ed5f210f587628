"""Every default under `keras` and `pytorch` is that of the framework's own signature, or a line here says why not.

`TABLE` names for each kind the framework's class (or function) and for each setting its argument. A kind or setting
that is not in it fails by name. Settings that are required in a spec have to be required there too.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from cnncalc.layers import KINDS, layer_class
from cnncalc.settings.setting import Like, Reading
from cnncalc.settings.shape import Shape
from cnncalc.source.yaml_nodes import YamlScalar

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
os.environ.setdefault("KERAS_BACKEND", "torch")
if importlib.util.find_spec("keras"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
else:
    keras = None


class No(str):
    """Why a kind or a setting has nothing to be compared with."""


class Means(NamedTuple):
    """An argument whose default is written in other words: what of theirs is what of ours."""

    argument: str
    theirs: Any
    ours: Any


class Of(NamedTuple):
    """A framework's class or function, the argument for each setting, and the defaults of others that decide values."""

    name: str
    settings: dict[str, str | No | Means]
    fixed: Mapping[str, Any] = MappingProxyType({})


SPREAD = No("of spec files alone: Keras writes `scale` and `center`")
OF_OURS = No("no layer of the framework: written with its functions")
NO_ARGUMENT = No("the framework has no such argument")
UNNAMED = No("its arguments have no names in the signature: test_single_layers.py leaves them out")
SHAPED = No("given with the input's channels, in one argument")
LAST = No("`normalized_shape`: the last axes of the tensor")
ASKED = No("Keras has a default, PyTorch has none: a spec says it")
WHEN_CALLED = No("given when the layer is called")
_WINDOWS_OF_ATTENTION = dict.fromkeys(("window", "shift", "dilation", "position_bias"), NO_ARGUMENT)

OF_ONES_OWN = No("a subclass of one's own: the framework's layers use their weights as they are")
FILTERS: dict[str, Any] = {"standardize": OF_ONES_OWN, "gain": OF_ONES_OWN, "epsilon": OF_ONES_OWN}
KERAS_WINDOW: dict[str, Any] = {
    "kernel": "kernel_size",
    "stride": "strides",
    "padding": Means("padding", "valid", ((0, 0), (0, 0))),
    "dilation": "dilation_rate",
    "bias": "use_bias",
}
KERAS_POOL: dict[str, Any] = {
    "stride": Means("strides", None, "window"),
    "padding": Means("padding", "valid", ((0, 0), (0, 0))),
    "rounding": NO_ARGUMENT,
}
KERAS_NORM: dict[str, Any] = {"epsilon": "epsilon", "scale": "scale", "center": "center", "affine": SPREAD}
AROUND = No("of `Bidirectional`, a layer around it")
CALLED = No("`initial_state` and `hx` are given with each call")
KERAS_RECURRENT: dict[str, Any] = {
    "units": "units",
    "bias": "use_bias",
    "bidirectional": AROUND,
    "merge": AROUND,
    "output": No("`return_sequences` is False: here the default is the same in all conventions"),
    "layers": No("one after the other"),
    "state": CALLED,
}
KERAS: dict[str, Of | No] = {
    "conv": Of("Conv2D", {"filters": "filters", **KERAS_WINDOW, "groups": "groups", **FILTERS}),
    "depthwise_conv": Of("DepthwiseConv2D", {**KERAS_WINDOW, "multiplier": "depth_multiplier", **FILTERS}),
    "separable_conv": Of("SeparableConv2D", {"filters": "filters", **KERAS_WINDOW, "multiplier": "depth_multiplier"}),
    "conv_transpose": Of(
        "Conv2DTranspose",
        {
            "filters": "filters",
            **KERAS_WINDOW,
            "groups": NO_ARGUMENT,
            "output_padding": No("None, which is not 0: tests/specs/test_conventions.py has the sizes"),
        },
        {"output_padding": None},
    ),
    "deformable_conv": No("no layer of Keras"),
    "max_unpool": No("no layer of Keras"),
    "max_pool": Of("MaxPooling2D", {"window": ASKED, **KERAS_POOL, "dilation": NO_ARGUMENT}),
    "avg_pool": Of("AveragePooling2D", {"window": "pool_size", **KERAS_POOL, "count_padding": NO_ARGUMENT}),
    "lp_pool": No("no layer of Keras"),
    "global_avg_pool": Of("GlobalAveragePooling2D", {"keep_dims": "keepdims"}),
    "global_max_pool": Of("GlobalMaxPooling2D", {"keep_dims": "keepdims"}),
    "adaptive_avg_pool": No("new in Keras 3.14, its one argument required"),
    "adaptive_max_pool": No("new in Keras 3.14, its one argument required"),
    "dense": Of("Dense", {"units": "units", "bias": "use_bias", **FILTERS}),
    "embedding": Of("Embedding", {"width": "output_dim", "vocabulary": "input_dim"}),
    "lstm": Of(
        "LSTM",
        {**KERAS_RECURRENT, "recurrent_bias": NO_ARGUMENT, "cell": CALLED},
        {"activation": "tanh", "recurrent_activation": "sigmoid", "go_backwards": False},
    ),
    "gru": Of(
        "GRU",
        {**KERAS_RECURRENT, "reset_after": "reset_after"},
        {"activation": "tanh", "recurrent_activation": "sigmoid", "go_backwards": False},
    ),
    "rnn": Of(
        "SimpleRNN",
        {**KERAS_RECURRENT, "recurrent_bias": NO_ARGUMENT, "nonlinearity": "activation"},
        {"go_backwards": False},
    ),
    "flatten": Of("Flatten", {"positions": NO_ARGUMENT}),
    "reshape": Of("Reshape", {"shape": "target_shape"}),
    "identity": Of("Identity", {}),
    "pad": Of("ZeroPadding2D", {"amounts": ASKED, "mode": NO_ARGUMENT, "value": NO_ARGUMENT, "channels": NO_ARGUMENT}),
    "crop": Of("Cropping2D", {"amounts": ASKED}),
    "upsample": Of("UpSampling2D", {"factor": ASKED, "mode": "interpolation"}),
    "resize": No("`Resizing` asks for a height and a width; its values are compared in test_keras_forward.py"),
    "depth_to_space": No("tf.nn.depth_to_space, whose order is `blocks`"),
    "space_to_depth": No("tf.nn.space_to_depth, whose order is `blocks`"),
    "channel_shuffle": OF_OURS,
    "opaque": OF_OURS,
    "slice": OF_OURS,
    "permute": No("`Permute` asks for the numbers of the axes"),
    "reduce": OF_OURS,
    "batch_norm": Of("BatchNormalization", KERAS_NORM, {"axis": -1}),
    "layer_norm": Of("LayerNormalization", {**KERAS_NORM, "axes": Means("axis", -1, ("channels",))}),
    "instance_norm": Of("GroupNormalization", KERAS_NORM, {"axis": -1}),  # with groups=-1
    "group_norm": Of("GroupNormalization", {"groups": ASKED, **KERAS_NORM}, {"axis": -1}),
    "local_response_norm": No("tf.nn.local_response_normalization, of other arguments"),
    "global_response_norm": OF_OURS,
    "rms_norm": Of(
        "RMSNormalization",
        {"epsilon": "epsilon", "scale": NO_ARGUMENT, "axes": Means("axis", -1, ("channels",))},
    ),
    "l2_norm": Of("UnitNormalization", {"epsilon": NO_ARGUMENT}, {"axis": -1}),
    "scale": OF_OURS,
    "offset": OF_OURS,
    "normalization": Of("Normalization", {}, {"axis": -1, "mean": None, "variance": None, "invert": False}),
    "rescale": Of("Rescaling", {"factor": "scale", "offset": "offset"}),
    "relu": Of("ReLU", {}, {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}),
    "relu6": Of("activations.relu6", {}),
    "leaky_relu": Of("LeakyReLU", {"slope": "negative_slope"}),
    "prelu": Of(
        "PReLU", {"initial": Means("alpha_initializer", "Zeros", 0.0), "per": Means("shared_axes", None, "value")}
    ),
    "elu": Of("ELU", {"alpha": "alpha"}),
    "selu": Of("activations.selu", {}),
    "gelu": Of("activations.gelu", {}, {"approximate": False}),
    "sigmoid": Of("activations.sigmoid", {}),
    "log_sigmoid": Of("activations.log_sigmoid", {}),
    "hard_sigmoid": Of("activations.hard_sigmoid", {"slope": NO_ARGUMENT}),
    "tanh": Of("activations.tanh", {}),
    "hard_tanh": Of("activations.hard_tanh", {}),
    "clip": No("no layer of Keras"),
    "softsign": Of("activations.softsign", {}),
    "softplus": Of("activations.softplus", {}),
    "silu": Of("activations.silu", {}),
    "hard_swish": Of("activations.hard_swish", {}),
    "mish": Of("activations.mish", {}),
    "softmax": Of("Softmax", {"axis": Means("axis", -1, "channels")}),
    "log_softmax": Of("activations.log_softmax", {"axis": Means("axis", -1, "channels")}),
    "glu": Of("activations.glu", {"gate": NO_ARGUMENT}, {"axis": -1}),
    "learned": OF_OURS,
    "prepend": OF_OURS,
    "attention": Of(
        "MultiHeadAttention",
        {
            "heads": "num_heads",
            "key_size": No("required there; here the heads divide the channels"),
            "value_size": Means("value_dim", None, "key_size"),
            "output": Means("output_shape", None, None),
            "bias": "use_bias",
            "output_bias": NO_ARGUMENT,
            "key_heads": No("`num_key_value_heads` of GroupQueryAttention, required there"),
            "keys": WHEN_CALLED,
            "values": WHEN_CALLED,
            "causal": WHEN_CALLED,
            **_WINDOWS_OF_ATTENTION,
        },
        {"attention_axes": None, "use_gate": False},
    ),
    "dropout": Of("Dropout", {"rate": "rate"}),
    "spatial_dropout": Of("SpatialDropout2D", {"rate": "rate"}),
    "drop_path": OF_OURS,
    "add": Of("Add", {}),
    "subtract": Of("Subtract", {}),
    "multiply": Of("Multiply", {}),
    "divide": No("`ops.divide`, no layer"),
    "weighted_add": OF_OURS,
    "matmul": No("`ops.matmul`, no layer"),
    "average": Of("Average", {}),
    "maximum": Of("Maximum", {}),
    "minimum": Of("Minimum", {}),
    "concat": Of("Concatenate", {"axis": Means("axis", -1, "channels")}),
}

TORCH_WINDOW: dict[str, Any] = {
    "kernel": "kernel_size",
    "stride": "stride",
    "padding": "padding",
    "dilation": "dilation",
    "bias": "bias",
}
TORCH_POOL: dict[str, Any] = {
    "window": "kernel_size",
    "stride": Means("stride", None, "window"),
    "padding": "padding",
    "rounding": Means("ceil_mode", False, "floor"),
}
ZEROS = {"padding_mode": "zeros"}
TORCH: dict[str, Of | No] = {
    "conv": Of("Conv2d", {"filters": "out_channels", **TORCH_WINDOW, "groups": "groups", **FILTERS}, ZEROS),
    "depthwise_conv": Of("Conv2d", {**TORCH_WINDOW, "multiplier": SHAPED, **FILTERS}, ZEROS),
    "separable_conv": Of("Conv2d", {"filters": "out_channels", **TORCH_WINDOW, "multiplier": SHAPED}, ZEROS),
    "conv_transpose": Of(
        "ConvTranspose2d",
        {"filters": "out_channels", **TORCH_WINDOW, "groups": "groups", "output_padding": "output_padding"},
        ZEROS,
    ),
    "deformable_conv": No("torchvision's `DeformConv2d`, which takes the offsets as an input"),
    "max_unpool": No("`MaxUnpool2d` asks for the window again"),
    "max_pool": Of("MaxPool2d", {**TORCH_POOL, "dilation": "dilation"}),
    "avg_pool": Of("AvgPool2d", {**TORCH_POOL, "count_padding": "count_include_pad"}, {"divisor_override": None}),
    "lp_pool": Of(
        "LPPool2d",
        {**TORCH_POOL, "padding": NO_ARGUMENT, "p": No("PyTorch has no default")},
    ),
    "global_avg_pool": OF_OURS,
    "global_max_pool": OF_OURS,
    "adaptive_avg_pool": Of("AdaptiveAvgPool2d", {"output": "output_size"}),
    "adaptive_max_pool": Of("AdaptiveMaxPool2d", {"output": "output_size"}),
    "dense": Of("Linear", {"units": "out_features", "bias": "bias", **FILTERS}),
    "embedding": Of("Embedding", {"width": "embedding_dim", "vocabulary": "num_embeddings"}),
    "lstm": UNNAMED,
    "gru": UNNAMED,
    "rnn": UNNAMED,
    "flatten": Of("Flatten", {"positions": Means("start_dim", 1, False)}, {"end_dim": -1}),
    "reshape": OF_OURS,
    "identity": Of("Identity", {}),
    "pad": Of(
        "ZeroPad2d",
        {
            "amounts": "padding",
            "mode": No("a class of its own for each"),
            "value": No("`ConstantPad2d` asks for it"),
            "channels": NO_ARGUMENT,
        },
    ),
    "crop": OF_OURS,
    "upsample": Of(
        "Upsample", {"factor": No("or a size: neither is required"), "mode": "mode"}, {"align_corners": None}
    ),
    "resize": No("`interpolate`, a function that asks for a size; its default mode, too, is nearest"),
    "depth_to_space": Of("PixelShuffle", {"block": "upscale_factor", "order": No("its one order is `channels`")}),
    "space_to_depth": Of("PixelUnshuffle", {"block": "downscale_factor", "order": No("its one order is `channels`")}),
    "opaque": OF_OURS,
    "channel_shuffle": Of("ChannelShuffle", {"groups": "groups"}),
    "slice": OF_OURS,
    "permute": OF_OURS,
    "reduce": OF_OURS,
    "batch_norm": Of(
        "BatchNorm2d",
        {"epsilon": "eps", "scale": "affine", "center": "affine", "affine": "affine"},
        {"track_running_stats": True},
    ),
    "layer_norm": Of(
        "LayerNorm",
        {
            "epsilon": "eps",
            "scale": "elementwise_affine",
            "center": "bias",
            "affine": "elementwise_affine",
            "axes": LAST,
        },
    ),
    "instance_norm": Of(
        "InstanceNorm2d",
        {"epsilon": "eps", "scale": "affine", "center": "affine", "affine": "affine"},
        {"track_running_stats": False},
    ),
    "group_norm": Of(
        "GroupNorm",
        {"groups": "num_groups", "epsilon": "eps", "scale": "affine", "center": "affine", "affine": "affine"},
    ),
    "local_response_norm": Of(
        "LocalResponseNorm",
        {"size": No("required there; 5 is AlexNet's, in every convention"), "alpha": "alpha", "beta": "beta", "k": "k"},
    ),
    "global_response_norm": OF_OURS,
    "rms_norm": Of(
        "RMSNorm",
        {"epsilon": No("None, which is the smallest step of the type"), "scale": "elementwise_affine", "axes": LAST},
        {"eps": None},
    ),
    "l2_norm": Of("functional.normalize", {"epsilon": "eps"}, {"p": 2.0, "dim": 1}),
    "scale": OF_OURS,
    "offset": OF_OURS,
    "normalization": OF_OURS,
    "rescale": OF_OURS,
    "relu": Of("ReLU", {}),
    "relu6": Of("ReLU6", {}),
    "leaky_relu": Of("LeakyReLU", {"slope": "negative_slope"}),
    "prelu": Of("PReLU", {"initial": "init", "per": Means("num_parameters", 1, "all")}),
    "elu": Of("ELU", {"alpha": "alpha"}),
    "selu": Of("SELU", {}),
    "gelu": Of("GELU", {}, {"approximate": "none"}),
    "sigmoid": Of("Sigmoid", {}),
    "log_sigmoid": Of("LogSigmoid", {}),
    "hard_sigmoid": Of("Hardsigmoid", {"slope": NO_ARGUMENT}),
    "tanh": Of("Tanh", {}),
    "hard_tanh": Of("Hardtanh", {}, {"min_val": -1.0, "max_val": 1.0}),
    "clip": OF_OURS,
    "softsign": Of("Softsign", {}),
    "softplus": Of("Softplus", {}, {"beta": 1.0}),
    "silu": Of("SiLU", {}),
    "hard_swish": Of("Hardswish", {}),
    "mish": Of("Mish", {}),
    "softmax": Of("Softmax", {"axis": Means("dim", None, "channels")}),  # PyTorch asks for the axis
    "log_softmax": Of("LogSoftmax", {"axis": Means("dim", None, "channels")}),
    "glu": Of("GLU", {"gate": NO_ARGUMENT}, {"dim": -1}),
    "learned": OF_OURS,
    "prepend": OF_OURS,
    "attention": Of(
        "MultiheadAttention",
        {
            "heads": "num_heads",
            **dict.fromkeys(("key_size", "value_size", "output"), SHAPED),
            "bias": "bias",
            "output_bias": NO_ARGUMENT,
            "key_heads": NO_ARGUMENT,
            "keys": WHEN_CALLED,
            "values": WHEN_CALLED,
            "causal": WHEN_CALLED,
            **_WINDOWS_OF_ATTENTION,
        },
        {"add_bias_kv": False, "add_zero_attn": False, "kdim": None, "vdim": None},
    ),
    "dropout": Of("Dropout", {"rate": No("0.5 there, required in Keras: a spec says it")}),
    "spatial_dropout": Of("Dropout2d", {"rate": No("0.5 there, required in Keras: a spec says it")}),
    "drop_path": OF_OURS,
    "add": OF_OURS,
    "subtract": OF_OURS,
    "multiply": OF_OURS,
    "divide": OF_OURS,
    "weighted_add": OF_OURS,
    "matmul": OF_OURS,
    "average": OF_OURS,
    "maximum": OF_OURS,
    "minimum": OF_OURS,
    "concat": OF_OURS,
}

TABLE = {"keras": KERAS, "pytorch": TORCH}


def signature(convention: str, name: str) -> dict[str, Any]:
    """The arguments of a class or function, and their defaults."""
    where: Any = torch.nn if convention == "pytorch" else keras.layers
    if name.startswith("activations."):
        where, name = keras.activations, name.removeprefix("activations.")
    if name.startswith("functional."):
        where, name = torch.nn.functional, name.removeprefix("functional.")
    parameters = inspect.signature(getattr(where, name)).parameters
    return {each.name: each.default for each in parameters.values()}


def own_default(kind: str, name: str, convention: str) -> Any:
    """A setting that nobody wrote, on an image; the name of the setting that it repeats."""
    declared = layer_class(kind).settings[name]
    if isinstance(declared.default, Like):
        return declared.default.setting
    text = declared.default_text(convention)
    assert text is not None
    at = Reading(convention, "channels_last", Shape((8, 8), 4), kind)
    return declared.type.read(YamlScalar(text, 1, 1, 1, 1), at)


def is_like(ours: Any, theirs: Any) -> bool:
    """Whether they are equal, a single number standing for all axes and both sides."""
    if isinstance(ours, tuple) and not isinstance(theirs, tuple | list):
        return all(is_like(each, theirs) for each in ours)
    if isinstance(ours, tuple):
        return len(ours) == len(theirs) and all(map(is_like, ours, theirs))
    return bool(ours == theirs)


@pytest.mark.parametrize("convention", TABLE)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_and_setting_is_in_the_table(kind, convention):
    assert kind in TABLE[convention], f"`{kind}` is not compared with the signature of {convention}"
    entry = TABLE[convention][kind]
    if isinstance(entry, Of):
        missing = set(layer_class(kind).settings) - set(entry.settings)
        assert not missing, f"{missing} of `{kind}` are not compared with the signature of {convention}"
        assert set(entry.settings) <= set(layer_class(kind).settings)


@pytest.mark.parametrize("convention", TABLE)
def test_the_table_has_no_other_kinds(convention):
    assert set(TABLE[convention]) == set(KINDS)


COMPARED = [
    (convention, kind, name)
    for convention, table in TABLE.items()
    for kind, entry in table.items()
    if isinstance(entry, Of)
    for name, argument in entry.settings.items()
    if not isinstance(argument, No)
]


@pytest.mark.parametrize(("convention", "kind", "name"), COMPARED)
def test_defaults(convention, kind, name):
    if convention == "keras" and keras is None:
        pytest.skip("Keras is not installed (pip install -e '.[oracle]')")
    entry = TABLE[convention][kind]
    argument = entry.settings[name]
    declared = layer_class(kind).settings[name]
    theirs = signature(convention, entry.name)[argument.argument if isinstance(argument, Means) else argument]
    if declared.is_required or theirs is inspect.Parameter.empty:
        assert declared.is_required, "required there, and here it is not"
        assert theirs is inspect.Parameter.empty, f"{theirs} there, and here it is required"
        return
    ours = own_default(kind, name, convention)
    if isinstance(argument, Means):
        assert (theirs, ours) == (argument.theirs, argument.ours)
    else:
        assert is_like(ours, theirs), f"{ours} here, {theirs} there"


@pytest.mark.parametrize(
    ("convention", "kind"),
    [
        (convention, kind)
        for convention, table in TABLE.items()
        for kind, entry in table.items()
        if isinstance(entry, Of)
    ],
)
def test_other_arguments_that_decide_values_have_the_defaults_that_we_build(convention, kind):
    if convention == "keras" and keras is None:
        pytest.skip("Keras is not installed (pip install -e '.[oracle]')")
    entry = TABLE[convention][kind]
    assert {name: signature(convention, entry.name)[name] for name in entry.fixed} == entry.fixed


def test_a_new_kind_is_named(monkeypatch):
    monkeypatch.delitem(TORCH, "conv")
    with pytest.raises(AssertionError, match="`conv`"):
        test_each_kind_and_setting_is_in_the_table("conv", "pytorch")


def test_a_new_setting_is_named(monkeypatch):
    monkeypatch.setitem(KERAS, "conv", KERAS["conv"]._replace(settings={}))
    with pytest.raises(AssertionError, match="groups"):
        test_each_kind_and_setting_is_in_the_table("conv", "keras")


def test_the_epsilon_of_rms_norm_is_the_smallest_step_of_float32():
    assert own_default("rms_norm", "epsilon", "pytorch") == pytest.approx(torch.finfo(torch.float32).eps, rel=1e-7)
