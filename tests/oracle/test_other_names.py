"""Every layer and argument of PyTorch and Keras, written into a spec as people write them: what is said of it is true.

The lists come from the installed frameworks; which name means which kind, and which argument which setting, is in
tables here, written from the frameworks' documentation. What is in no table has no equal in the language: it must be
said to be missing, and nothing else may be offered.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import warnings
from collections.abc import Iterator

import pytest

import cnncalc
from cnncalc.layers import KINDS, layer_class
from cnncalc.source.diagnostics import Diagnostic

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = None
if importlib.util.find_spec("keras"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras

RANKS = "1d 2d 3d"

TORCH_KINDS = {
    "conv": "Conv# LazyConv#",
    "conv_transpose": "ConvTranspose# LazyConvTranspose#",
    "max_pool": "MaxPool#",
    "avg_pool": "AvgPool#",
    "lp_pool": "LPPool#",
    "max_unpool": "MaxUnpool#",
    "adaptive_avg_pool": "AdaptiveAvgPool#",
    "adaptive_max_pool": "AdaptiveMaxPool#",
    "dense": "Linear LazyLinear",
    "embedding": "Embedding",
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
    "flatten": "Flatten",
    "reshape": "Unflatten",
    "pad": "ZeroPad# ReflectionPad# ReplicationPad# ConstantPad# CircularPad#",
    "upsample": "Upsample UpsamplingNearest2d UpsamplingBilinear2d",
    "depth_to_space": "PixelShuffle",
    "space_to_depth": "PixelUnshuffle",
    "channel_shuffle": "ChannelShuffle",
    "identity": "Identity",
    "batch_norm": "BatchNorm# LazyBatchNorm# SyncBatchNorm",
    "layer_norm": "LayerNorm",
    "instance_norm": "InstanceNorm# LazyInstanceNorm#",
    "group_norm": "GroupNorm",
    "local_response_norm": "LocalResponseNorm CrossMapLRN2d",
    "rms_norm": "RMSNorm",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "sigmoid": "Sigmoid",
    "hard_sigmoid": "Hardsigmoid",
    "log_sigmoid": "LogSigmoid",
    "tanh": "Tanh",
    "hard_tanh": "Hardtanh",
    "softsign": "Softsign",
    "softplus": "Softplus",
    "silu": "SiLU",
    "hard_swish": "Hardswish",
    "mish": "Mish",
    "glu": "GLU",
    "softmax": "Softmax Softmax2d",
    "log_softmax": "LogSoftmax",
    "attention": "MultiheadAttention",
    "dropout": "Dropout",
    "spatial_dropout": "Dropout#",
}
KERAS_KINDS = {
    "conv": "Conv# Convolution#",
    "depthwise_conv": "DepthwiseConv#",
    "separable_conv": "SeparableConv# SeparableConvolution#",
    "conv_transpose": "Conv#Transpose Convolution#Transpose",
    "max_pool": "MaxPool# MaxPooling#",
    "avg_pool": "AvgPool# AveragePooling#",
    "global_avg_pool": "GlobalAvgPool# GlobalAveragePooling#",
    "global_max_pool": "GlobalMaxPool# GlobalMaxPooling#",
    "adaptive_avg_pool": "AdaptiveAveragePooling#",
    "adaptive_max_pool": "AdaptiveMaxPooling#",
    "dense": "Dense",
    "embedding": "Embedding",
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "SimpleRNN RNN",
    "flatten": "Flatten",
    "reshape": "Reshape",
    "permute": "Permute",
    "pad": "ZeroPadding#",
    "crop": "Cropping#",
    "upsample": "UpSampling#",
    "resize": "Resizing",
    "identity": "Identity",
    "batch_norm": "BatchNormalization",
    "layer_norm": "LayerNormalization",
    "group_norm": "GroupNormalization",
    "rms_norm": "RMSNormalization",
    "normalization": "Normalization",
    "l2_norm": "UnitNormalization",
    "rescale": "Rescaling",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "softmax": "Softmax",
    "attention": "MultiHeadAttention GroupQueryAttention Attention",
    "dropout": "Dropout",
    "spatial_dropout": "SpatialDropout#",
    "add": "Add",
    "subtract": "Subtract",
    "multiply": "Multiply",
    "average": "Average",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "concat": "Concatenate",
    "matmul": "Dot",
}
FUNCTION_KINDS = {
    "conv": "conv#",
    "conv_transpose": "conv_transpose#",
    "max_pool": "max_pool# max_pool#_with_indices",
    "max_unpool": "max_unpool#",
    "avg_pool": "avg_pool#",
    "lp_pool": "lp_pool#",
    "adaptive_avg_pool": "adaptive_avg_pool#",
    "adaptive_max_pool": "adaptive_max_pool# adaptive_max_pool#_with_indices",
    "dense": "linear",
    "embedding": "embedding",
    "pad": "pad",
    "upsample": "upsample upsample_nearest upsample_bilinear",
    "resize": "interpolate",
    "depth_to_space": "pixel_shuffle",
    "space_to_depth": "pixel_unshuffle",
    "channel_shuffle": "channel_shuffle native_channel_shuffle",
    "batch_norm": "batch_norm",
    "layer_norm": "layer_norm",
    "instance_norm": "instance_norm",
    "group_norm": "group_norm",
    "local_response_norm": "local_response_norm",
    "rms_norm": "rms_norm",
    "l2_norm": "normalize",
    "relu": "relu relu_",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu leaky_relu_",
    "prelu": "prelu",
    "elu": "elu elu_",
    "selu": "selu selu_",
    "gelu": "gelu",
    "sigmoid": "sigmoid",
    "hard_sigmoid": "hardsigmoid",
    "log_sigmoid": "logsigmoid",
    "tanh": "tanh",
    "hard_tanh": "hardtanh hardtanh_",
    "softsign": "softsign",
    "softplus": "softplus",
    "silu": "silu",
    "hard_swish": "hardswish",
    "mish": "mish",
    "glu": "glu",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "attention": "scaled_dot_product_attention multi_head_attention_forward",
    "dropout": "dropout",
    "spatial_dropout": "dropout#",
}
OTHER_KINDS = {
    "concat": "torch.cat torch.concat torch.concatenate tf.concat",
    "add": "torch.add tf.add",
    "multiply": "torch.mul torch.multiply tf.multiply",
    "subtract": "torch.sub torch.subtract",
    "maximum": "torch.maximum tf.maximum",
    "minimum": "torch.minimum",
    "divide": "torch.div torch.divide torch.true_divide",
    "matmul": "torch.matmul torch.bmm torch.mm tf.matmul",
    "flatten": "torch.flatten",
    "permute": "torch.permute",
    "reshape": "torch.reshape",
    "pad": "tf.pad",
    "relu": "torch.relu tf.nn.relu",
    "conv": "tf.nn.conv2d",
    "clip": "torch.clamp torch.clip tf.clip_by_value",
}
"""Functions elsewhere in the two libraries."""
OTHER_MISSING = (
    "torch.transpose torch.split torch.chunk torch.stack torch.squeeze torch.unsqueeze "
    " torch.einsum torch.tensordot torch.exp torch.where torch.argmax torch.topk"
    " torch.norm torch.square"
    " tf.transpose tf.reduce_mean tf.split tf.tile tf.expand_dims"
)
NO_LAYERS = {"Callable", "DType", "Optional", "ScalingType", "SwizzleType", "Tensor", "assert_int_or_pair"} | {
    "boolean_dispatch",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
}
"""What else `torch.nn.functional` happens to hold."""


def by_name(table: dict[str, str]) -> dict[str, str]:
    """name → kind; `#` stands for 1d, 2d and 3d."""
    found: dict[str, str] = {}
    for kind, names in table.items():
        for name in names.split():
            for rank in RANKS.split() if "#" in name else [""]:
                found[name.replace("#", rank)] = kind
                found[name.replace("#", rank.upper())] = kind
    return found


def snake(name: str) -> str:
    """`MaxPool2d` is `max_pool2d`, `LSTMCell` is `lstm_cell`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().replace("2_d", "2d")


def torch_layers() -> list[str]:
    layers = vars(torch.nn).items()
    return sorted(name for name, each in layers if inspect.isclass(each) and issubclass(each, torch.nn.Module))


def keras_layers() -> list[str]:
    if keras is None:
        return []
    names = vars(keras.layers).items()
    return sorted(name for name, each in names if inspect.isclass(each) and issubclass(each, keras.layers.Layer))


def functions() -> list[str]:
    names = vars(torch.nn.functional).items()
    return sorted(name for name, each in names if callable(each) and name[0] != "_" and name not in NO_LAYERS)


def found(text: str) -> list[Diagnostic]:
    try:
        cnncalc.load(text)
    except cnncalc.SpecError as error:
        return list(error.diagnostics)
    return []


def said(word: str, value: str = "") -> Diagnostic | None:
    """What is reported of a word where a kind is expected; None if it is one."""
    entry = f"{{{word}: {value}}}" if value else word
    findings = found(f"input: 16x16x8\nlayers:\n  - {entry}\n")
    return next((each for each in findings if each.code == "CNN201"), None)


IN_ANOTHER_WAY = {"Activation": "the kind itself"}
"""What is no layer of its own here: words of the way out."""


def judge(word: str, kind: str) -> None:
    """A word that means a kind is understood as that kind; any other is said to be missing, with what to do."""
    finding = said(word)
    if kind:
        if word == kind:
            return
        if kind in ("add", "subtract", "multiply", "average", "maximum", "minimum", "divide", "concat", "matmul"):
            finding = said(word, "[[], []]")
        assert finding, word
        assert finding.label == f"did you mean `{kind}`?", (word, finding)
    else:
        if way := IN_ANOTHER_WAY.get(word.rpartition(".")[2].capitalize()):
            assert finding
            assert way in finding.help[0]
            return
        assert finding, f"{word} is a kind, but does not mean the same"
        assert finding.label, f"{word}: nothing is said of it but the list of kinds"
        assert "did you mean" not in finding.label, (word, finding.label)
        assert finding.help, word
        assert not any(line.startswith("kinds: ") for line in finding.help), word


def spellings(name: str, prefixes: str) -> Iterator[str]:
    yield name
    yield snake(name)
    for prefix in prefixes.split():
        yield f"{prefix}.{name}"


@pytest.mark.parametrize("name", torch_layers())
def test_layers_of_torch(name: str):
    for word in spellings(name, "nn torch.nn"):
        judge(word, by_name(TORCH_KINDS).get(name, ""))


@pytest.mark.skipif(keras is None, reason="Keras is not installed")
@pytest.mark.parametrize("name", keras_layers())
def test_layers_of_keras(name: str):
    for word in spellings(name, "layers keras.layers tf.keras.layers"):
        judge(word, by_name(KERAS_KINDS).get(name, ""))


@pytest.mark.parametrize("name", functions())
def test_functions_of_torch(name: str):
    for word in (name, f"F.{name}", f"torch.nn.functional.{name}"):
        judge(word, by_name(FUNCTION_KINDS).get(name, ""))


def test_functions_elsewhere():
    for word, kind in by_name(OTHER_KINDS).items():
        judge(word, kind)
    for word in OTHER_MISSING.split():
        judge(word, "")


def test_the_tables_name_what_there_is():
    assert by_name(TORCH_KINDS).keys() & {name.replace("D", "d") for name in torch_layers()}
    for names, table in ((torch_layers(), TORCH_KINDS), (functions(), FUNCTION_KINDS), (keras_layers(), KERAS_KINDS)):
        for kind, words in table.items():
            assert kind in KINDS
            for word in words.split() if names else ():
                ranks = [f"{each}" for rank in RANKS.split() for each in (rank, rank.upper())] if "#" in word else [""]
                assert any(word.replace("#", rank) in names for rank in ranks), f"there is no {word}"


# -- arguments

SETTINGS = {
    "out_channels": "filters",
    "kernel_size": "kernel window",
    "pool_size": "window",
    "strides": "stride",
    "dilation_rate": "dilation",
    "use_bias": "bias",
    "depth_multiplier": "multiplier",
    "count_include_pad": "count_padding",
    "norm_type": "p",
    "out_features": "units",
    "p": "rate",
    "eps": "epsilon",
    "elementwise_affine": "affine",
    "num_groups": "groups",
    "negative_slope": "slope",
    "init": "initial",
    "scale_factor": "factor",
    "interpolation": "mode",
    "upscale_factor": "block",
    "downscale_factor": "block",
    "output_size": "output",
    "dim": "axis axes",
    "keepdims": "keep_dims",
    "target_shape": "shape",
    "unflattened_size": "shape",
    "num_embeddings": "vocabulary",
    "input_dim": "vocabulary",
    "embedding_dim": "width",
    "num_heads": "heads",
    "num_query_heads": "heads",
    "num_key_value_heads": "key_heads",
    "key_dim": "key_size",
    "head_dim": "key_size",
    "value_dim": "value_size",
    "output_shape": "output",
    "output_dim": "width",
}
"""An argument → the setting that means the same (of several, the one that the kind has)."""
OF_ONE = {
    ("pad", "padding"): "amounts",
    ("crop", "cropping"): "amounts",
    ("rescale", "scale"): "factor",
    ("batch_norm", "bias"): "center",
    ("layer_norm", "bias"): "center",
    ("instance_norm", "bias"): "center",
    ("group_norm", "bias"): "center",
    ("layer_norm", "axis"): "axes",
    ("rms_norm", "axis"): "axes",
    ("embedding", "_freeze"): "trainable",
}
OTHERWISE = {
    "ceil_mode": "write `rounding: ceil`",
    "padding_mode": "put a `pad` before this entry",
    "size": "`factor` is how many times as large (Keras' `size`)",
    "align_corners": "align_corners: true",
    "data_format": "layout: channels_first",
    "shared_axes": "write `per: channel`",
    "num_parameters": "per: all",
    "elementwise_affine": "`scale`",
    "mean": "rescale: {factor",
    "variance": "rescale: {factor",
    "max_value": "clip: [0, 1]",
    "min_val": "clip: [0, 1]",
    "max_val": "clip: [0, 1]",
    "min_value": "clip: [0, 1]",
    "noise_shape": "spatial_dropout",
    "normalized_shape": "remove it if it names only those",
    "axis": "remove it if it names the channels",
    "start_dim": "positions: true",
    "dropout": "begin a new entry for it",
    "cell": "`lstm`, `gru` or `rnn`",
    "dims": "permute: {height: width, width: height}",
    "end_dim": "positions: true",
    "height": "resize: 65x65",
    "width": "resize: 65x65",
    "negative_slope": "leaky_relu: 0.1",
    "_weight": "`weights`",
}
"""An argument that is said in another way: words of the way out. Any other that is no setting is to be removed."""
ENTRY_KEYS = {"name", "weights", "activation"}


def arguments(layer: type) -> set[str]:
    return set(inspect.signature(layer.__init__).parameters) - {"self", "args", "kwargs"}


def pairs() -> list[tuple[str, str]]:
    """Each kind with the arguments of all layers that mean it."""
    found: dict[tuple[str, str], None] = {}
    for module, names, table in (
        (torch.nn, torch_layers(), TORCH_KINDS),
        (keras and keras.layers, keras_layers(), KERAS_KINDS),
    ):
        for name in names:
            kind = by_name(table).get(name)
            if kind:
                found |= dict.fromkeys((kind, argument) for argument in sorted(arguments(getattr(module, name))))
    return list(found)


def test_something_is_compared():
    assert len(pairs()) > 250


@pytest.mark.parametrize(("kind", "argument"), pairs())
def test_arguments(kind: str, argument: str):
    """An argument has its setting, or is to be removed, or is said in another way that is the right one."""
    settings = layer_class(kind).settings
    if argument in settings or argument in ENTRY_KEYS:
        return
    written = "[[], []], " if layer_class(kind).is_merge else ""
    entry = f"{{{kind}: {written}{argument}: 2}}" if written else f"{{{kind}: {{{argument}: 2}}}}"
    findings = found(f"input: 16x16x8\nlayers:\n  - {entry}\n")
    [finding] = [each for each in findings if each.code == "CNN204" and f"`{argument}`" in each.message]
    meant = OF_ONE.get((kind, argument)) or next(
        (name for name in SETTINGS.get(argument, "").split() if name in settings), ""
    )
    if meant:
        assert finding.label == f"here it is called `{meant}`"
        return
    assert "here it is called" not in finding.label
    ways = " ".join(finding.help)
    assert OTHERWISE.get(argument, "remove it") in ways, finding
