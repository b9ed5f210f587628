"""Each operator in its versions: what it becomes is calculated by PyTorch, and gives what ONNX defines."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from importing.onnx.models import read, single
from onnx.reference import ReferenceEvaluator

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

import torch
from importing.onnx.running import Run
from torch.nn import functional

from cnncalc.importing.operations import BATCH as OPEN_BATCH

BATCH = 2


def values(*sizes):
    return np.random.default_rng(1).normal(size=sizes).astype(np.float32)


X4, X3, X2 = (BATCH, 4, 7, 6), (BATCH, 4, 9), (BATCH, 6)
W, B = values(6, 4, 3, 3), values(6)
I = np.array  # noqa: E741


CASES = {
    # convolutions
    "conv": single("Conv", X4, W, B, pads=[1, 0, 2, 1], strides=[2, 1]),
    "conv without bias": single("Conv", X4, W, dilations=[2, 1], kernel_shape=[3, 3]),
    "conv in groups": single("Conv", X4, values(6, 2, 3, 2), B, group=2),
    "conv 1d": single("Conv", X3, values(5, 4, 3)),
    "conv upper": single("Conv", X4, values(6, 4, 4, 3), auto_pad="SAME_UPPER", strides=[3, 2]),
    "conv lower": single("Conv", X4, values(6, 4, 4, 2), auto_pad="SAME_LOWER", strides=[2, 1]),
    "conv valid": single("Conv", X4, W, auto_pad="VALID", strides=[2, 2]),
    "transposed": single("ConvTranspose", X4, values(4, 5, 3, 3), values(5), strides=[2, 3], pads=[1, 0, 0, 1]),
    "transposed with more": single(
        "ConvTranspose", X4, values(4, 2, 3, 3), strides=[2, 2], output_padding=[1, 0], group=2
    ),
    "transposed to a shape": single("ConvTranspose", X4, values(4, 2, 3, 3), strides=[2, 2], output_shape=[14, 12]),
    "transposed upper": single("ConvTranspose", X4, values(4, 2, 4, 4), strides=[3, 2], auto_pad="SAME_UPPER"),
    # pools
    "max_pool": single("MaxPool", X4, kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1]),
    "max_pool up": single("MaxPool", X4, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, opset=22),
    "max_pool with gaps": single("MaxPool", X4, kernel_shape=[2, 2], dilations=[2, 3]),
    "avg_pool": single("AveragePool", X4, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "avg_pool counting": single("AveragePool", X4, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "avg_pool upper": single("AveragePool", X4, kernel_shape=[2, 2], auto_pad="SAME_UPPER", strides=[2, 2]),
    "lp_pool": single("LpPool", X4, kernel_shape=[3, 3], p=2, strides=[2, 2]),
    "global mean": single("GlobalAveragePool", X4),
    "global max": single("GlobalMaxPool", X3),
    "global length": single("GlobalLpPool", X4, p=2),
    # activations
    **{name: single(name, X4) for name in ("Relu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Erf", "Exp", "Abs")},
    **{name: single(name, X4) for name in ("Neg", "Floor", "Ceil", "Round", "Sign", "Sin", "Cos", "HardSwish")},
    **{name: single(name, X4) for name in ("Mish", "Selu", "Elu", "Celu", "LeakyRelu", "ThresholdedRelu")},
    "HardSigmoid": single("HardSigmoid", X4),
    "HardSigmoid of PyTorch": single("HardSigmoid", X4, alpha=1 / 6),
    "Elu with alpha": single("Elu", X4, alpha=0.3),
    "LeakyRelu with alpha": single("LeakyRelu", X4, alpha=0.3),
    "Celu with alpha": single("Celu", X4, alpha=0.3),
    "Gelu": single("Gelu", X4, opset=20),
    "Gelu by tanh": single("Gelu", X4, approximate="tanh", opset=20),
    "Swish": single("Swish", X4, opset=24),
    "Clip": single("Clip", X4, np.float32(-0.5), np.float32(0.7)),
    "Clip above": single("Clip", X4, None, np.float32(0.7)),
    "Clip of opset 9": single("Clip", X4, min=-0.5, max=0.25, opset=9),
    "PRelu": single("PRelu", X4, values(4, 1, 1)),
    "PRelu along columns": single("PRelu", X4, values(6)),
    "PRelu alike": single("PRelu", X4, values(1)),
    "Dropout": single("Dropout", X4),
    "Dropout of opset 9": single("Dropout", X4, ratio=0.3, opset=9),
    # two and more
    **{name: single(name, X4, values(4, 1, 1)) for name in ("Add", "Sub", "Mul", "Div")},
    **{name: single(name, X4, X4) for name in ("Sum", "Max", "Min", "Mean")},
    "Pow": single("Pow", X4, np.float32(2)),
    "Pow 3": single("Pow", X4, np.float32(3)),
    # products
    "MatMul": single("MatMul", (BATCH, 5, 4), values(4, 3)),
    "MatMul of two": single("MatMul", (BATCH, 5, 4), (BATCH, 4, 3)),
    "MatMul of a vector": single("MatMul", (BATCH, 5, 4), values(4)),
    "Gemm": single("Gemm", X2, values(5, 6), values(5), transB=1),
    "Gemm with factors": single("Gemm", X2, values(6, 5), values(5), alpha=0.5, beta=2.0),
    "Gemm with one bias": single("Gemm", X2, values(6, 5), values(1)),
    "Gemm without bias": single("Gemm", X2, values(6, 5)),
    "Gemm of two": single("Gemm", X2, X2, transB=1, alpha=0.25),
    "Einsum": single("Einsum", (BATCH, 3, 4), (BATCH, 5, 4), equation="bij,bkj->bik"),
    "Einsum of heads": single("Einsum", (BATCH, 5, 2, 3), (BATCH, 4, 2, 3), equation="bqhd,bkhd->bhqk"),
    "Einsum with weights": single("Einsum", (BATCH, 5, 6), values(6, 2, 3), equation="abc,cde->abde"),
    "Einsum with weights for each head": single(
        "Einsum", (BATCH, 3, 2, 5, 4), values(2, 6, 4), equation="byhwc,hkc->byhwk"
    ),
    "Einsum of one": single("Einsum", (BATCH, 3, 4), equation="abc->acb"),
    "Attention": single("Attention", (BATCH, 2, 5, 4), (BATCH, 2, 6, 4), (BATCH, 2, 6, 3), opset=23),
    "Attention, flat": single(
        "Attention", (BATCH, 5, 8), (BATCH, 6, 4), (BATCH, 6, 4), opset=23, q_num_heads=4, kv_num_heads=2, is_causal=1
    ),
    # norms
    "BatchNormalization": single(
        "BatchNormalization", X4, values(4), values(4), values(4), abs(values(4)), epsilon=1e-3
    ),
    "InstanceNormalization": single("InstanceNormalization", X4, values(4), values(4)),
    "LayerNormalization": single("LayerNormalization", (BATCH, 5, 6), values(6), values(6)),
    "LayerNormalization over two": single("LayerNormalization", (BATCH, 5, 6), values(5, 6), axis=1),
    "RMSNormalization": single("RMSNormalization", (BATCH, 5, 6), values(6), opset=23),
    "GroupNormalization per group": single("GroupNormalization", X4, values(2), values(2), num_groups=2),
    "GroupNormalization": single("GroupNormalization", X4, values(4), values(4), num_groups=2, opset=21),
    "MeanVarianceNormalization": single("MeanVarianceNormalization", X4, axes=[2, 3]),
    "LpNormalization": single("LpNormalization", X4, axis=1),
    "LRN": single("LRN", X4, size=3, alpha=0.1, bias=2.0),
    "Softmax": single("Softmax", X4),
    "Softmax along channels": single("Softmax", X4, axis=1),
    "Softmax of opset 11": single("Softmax", (BATCH, 3, 4), opset=11),
    "Softmax of opset 11, last": single("Softmax", (BATCH, 3, 4), axis=2, opset=11),
    "LogSoftmax": single("LogSoftmax", X2, axis=1),
    # reductions
    **{name: single(name, X4, I([2, 3])) for name in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd")},
    **{name: single(name, X4, I([-1]), keepdims=0) for name in ("ReduceSum", "ReduceL1", "ReduceL2")},
    **{name: single(name, X4, I([1, 2])) for name in ("ReduceLogSumExp", "ReduceSumSquare")},
    "ReduceMean of opset 13": single("ReduceMean", X4, axes=[-1, -2], keepdims=0, opset=13),
    "ReduceSum of opset 11": single("ReduceSum", X4, axes=[1], opset=11),
    "ArgMax": single("ArgMax", X4, axis=1, keepdims=0),
    "CumSum": single("CumSum", X4, I(2)),
    # arrangement
    "Reshape": single("Reshape", X4, I([0, 2, -1])),
    "Reshape with a batch": single("Reshape", X4, I([-1, 4 * 7 * 6])),
    "Flatten": single("Flatten", X4),
    "Flatten from 2": single("Flatten", X4, axis=2),
    "Squeeze": single("Squeeze", (BATCH, 1, 3, 1), I([1])),
    "Squeeze of opset 11": single("Squeeze", (BATCH, 1, 3, 1), axes=[1, -1], opset=11),
    "Unsqueeze": single("Unsqueeze", X2, I([1, -1])),
    "Transpose": single("Transpose", X4, perm=[0, 2, 3, 1]),
    "Expand": single("Expand", (BATCH, 1, 3), I([1, 4, 1])),
    "Tile": single("Tile", X3, I([1, 2, 3])),
    "Slice": single("Slice", X4, I([1, -2]), I([3, 2**40]), I([1, -1])),
    "Slice in steps": single("Slice", X4, I([0]), I([7]), I([2]), I([3])),
    "Slice backwards": single("Slice", X4, I([-1]), I([-(2**40)]), I([2]), I([-2])),
    "Slice of opset 9": single("Slice", X4, starts=[1], ends=[3], axes=[1], opset=9),
    "Split": single("Split", X4, I([1, 3]), axis=1, outputs=2),
    "Split evenly": single("Split", X4, axis=2, num_outputs=2, outputs=2),
    "Split of opset 11": single("Split", X4, axis=1, split=[3, 1], opset=11, outputs=2),
    "Concat": single("Concat", X4, X4, axis=-1),
    "Gather one": single("Gather", X4, I(1), axis=1),
    "Gather some": single("Gather", X4, I([[0, 3], [-1, 1]]), axis=1),
    "GatherND": single("GatherND", values(5, 3), I([[[4], [0]], [[1], [1]]])),
    "Gather a range": single("Gather", X4, I([1, 2, 3]), axis=2),
    "Pad": single("Pad", X4, I([0, 0, 1, 2, 0, 0, 3, 0]), np.float32(1.5)),
    "Pad with edges": single("Pad", X4, I([0, 0, 1, 2, 0, 0, 3, 0]), mode="edge"),
    "Pad reflected": single("Pad", X4, I([0, 0, 1, 2, 0, 0, 3, 0]), mode="reflect"),
    "Pad along axes": single("Pad", X4, I([1, 2]), None, I([-1])),
    "Pad and cut": single("Pad", X4, I([0, 0, -1, 2, 0, 0, 3, -1])),
    "Pad of opset 9": single("Pad", X4, pads=[0, 0, 1, 2, 0, 0, 3, 0], value=0.5, opset=9),
    "DepthToSpace": single("DepthToSpace", (BATCH, 8, 2, 3), blocksize=2),
    "DepthToSpace of PyTorch": single("DepthToSpace", (BATCH, 8, 2, 3), blocksize=2, mode="CRD"),
    "SpaceToDepth": single("SpaceToDepth", (BATCH, 2, 4, 6), blocksize=2),
    "Where": single("Where", I([True, False, True, True, False, True]), X2, values(6)),
    # resizing
    "Resize": single("Resize", X4, None, np.float32([1, 1, 2, 2])),
    "Resize along axes": single("Resize", X4, None, None, I([9, 5]), axes=[2, 3], mode="linear"),
    "Resize aligned": single(
        "Resize", X4, None, np.float32([1, 1, 1.7, 2]), mode="linear", coordinate_transformation_mode="align_corners"
    ),
    "Resize as PyTorch's nearest": single(
        "Resize",
        X4,
        None,
        np.float32([1, 1, 2.5, 1.5]),
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    "Resize cubic": single("Resize", X4, None, np.float32([1, 1, 2, 2]), mode="cubic"),
    "Resize of opset 10": single("Resize", X4, np.float32([1, 1, 2, 2]), opset=10),
    "Resize of channels last": single("Resize", X4, None, np.float32([1, 2, 3, 1]), mode="linear"),
    "Upsample": single("Upsample", X4, np.float32([1, 1, 2, 3]), opset=9),
    # recurrent
    "LSTM": single("LSTM", (5, BATCH, 3), values(1, 16, 3), values(1, 16, 4), values(1, 32), hidden_size=4, outputs=3),
    "GRU": single(
        "GRU",
        *((5, BATCH, 3), values(1, 12, 3), values(1, 12, 4), values(1, 24)),
        hidden_size=4,
        linear_before_reset=1,
        outputs=2,
    ),
    "RNN": single("RNN", (5, BATCH, 3), values(1, 4, 3), values(1, 4, 4), values(1, 8), hidden_size=4, outputs=2),
}


def tensor(array):
    return torch.tensor(array)


BY_HAND = {
    # where the package's own evaluator is wrong or has nothing; onnxruntime gives these values
    "transposed with more": lambda x: functional.conv_transpose2d(
        tensor(x), tensor(values(4, 2, 3, 3)), None, (2, 2), 0, (1, 0), groups=2
    ),
    "transposed to a shape": lambda x: functional.conv_transpose2d(tensor(x), tensor(values(4, 2, 3, 3)), None, 2)[
        ..., 1:, 1:
    ],
    "global max": lambda x: x.max(2, keepdims=True),
    "global length": lambda x: (x**2).sum((2, 3), keepdims=True) ** 0.5,
    "LRN": lambda x: functional.local_response_norm(tensor(x), 3, 0.1, 0.75, 2.0),
    "Softmax of opset 11": lambda x: tensor(x).flatten(1).softmax(1).reshape(x.shape),
    "Pad and cut": lambda x: np.pad(x[:, :, 1:, :-1], [(0, 0), (0, 0), (0, 3), (2, 0)]),
    "Resize aligned": lambda x: functional.interpolate(tensor(x), size=(11, 12), mode="bilinear", align_corners=True),
    "Resize of opset 10": lambda x: x.repeat(2, 2).repeat(2, 3),
}


@pytest.mark.parametrize("name", CASES)
def test_operator_gives_the_same_values(name, tmp_path):
    proto = CASES[name]
    graph = read(proto, tmp_path)
    assert not [each for each in graph.operations if each.name == "unknown"]
    rng = np.random.default_rng(0)
    sizes = {each.name: [BATCH if size > 1e6 else size for size in each.sizes] for each in graph.inputs}
    given = {name: rng.normal(size=each).astype("f") for name, each in sizes.items()}
    by_hand = BY_HAND.get(name)
    wanted = [np.asarray(by_hand(given["in0"]))] if by_hand else ReferenceEvaluator(proto).run(None, given)
    for one, other in zip(wanted, Run(graph, given, BATCH).outputs(), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-5)


LSTM_OF_4 = (5, BATCH, 3), values(1, 16, 3), values(1, 16, 4)
LSTM_PRODUCTS = 2 * OPEN_BATCH * 16 * (3 + 4)
"""The first axis, of 5 positions, is the open one here; the batch is 2."""


@pytest.mark.parametrize(
    ("does", "proto"),
    [
        ("elementwise", single("HardSigmoid", X4, beta=0.4)),
        ("elementwise", single("Selu", X4, alpha=2.0)),
        ("elementwise", single("Swish", X4, alpha=2.0, opset=24)),
        ("elementwise", single("Mod", X4, X4, fmod=1)),
        ("elementwise", single("Tan", X4)),
        ("elementwise", single("Xor", X4, X4)),
        ("no products", single("CumSum", X4, I(2), reverse=1)),
        ("no products", single("ArgMax", X4, axis=1, select_last_index=1)),
        ("no products", single("TopK", X4, I([2]), outputs=2)),
        ("no products", single("NonZero", X4)),
        ("no products", single("GridSample", X4, (BATCH, 3, 3, 2), opset=20)),
        (None, single("LRN", X4, size=4)),
        (None, single("MeanVarianceNormalization", X4)),
        ("no products", single("AveragePool", X4, kernel_shape=[2, 2], dilations=[2, 2], opset=19)),
        ("no products", single("Resize", X4, None, np.float32([1, 1, 2, 2]), mode="cubic", exclude_outside=1)),
        (LSTM_PRODUCTS, single("LSTM", *LSTM_OF_4, hidden_size=4, clip=2.0)),
        (LSTM_PRODUCTS, single("LSTM", *LSTM_OF_4, hidden_size=4, input_forget=1)),
    ],
    ids=lambda each: each.graph.node[0].op_type if isinstance(each, onnx.ModelProto) else "",
)
def test_what_nothing_here_means_is_unknown(does, proto, tmp_path):
    (operation,) = read(proto, tmp_path).operations
    known = {"does": does} if isinstance(does, str) else {"products": does} if does else {}
    assert operation.settings == {"name": proto.graph.node[0].op_type, "custom": "", **known}


@pytest.mark.parametrize(
    ("operator", "sizes", "settings"),
    [
        ("LSTM", ((1, 12, 8), (1, 12, 3), (1, 24)), {"hidden_size": 6}),
        ("LSTM", ((1, 24, 8), (1, 24, 3), (1, 48)), {"hidden_size": 6}),  # its projection is left out
        ("LSTM", ((1, 24, 7), (1, 24, 6), (1, 48)), {"hidden_size": 6}),
        ("LSTM", ((1, 24, 8), (1, 24, 6), (1, 24)), {"hidden_size": 6}),
        ("LSTM", ((1, 24, 8), (1, 24, 6), (1, 48)), {"hidden_size": 6, "direction": "bidirectional"}),
        ("LSTM", ((2, 24, 8), (2, 24, 6), (2, 48)), {"hidden_size": 6, "direction": "forward"}),
        ("GRU", ((1, 12, 8), (1, 12, 6)), {"hidden_size": 6}),
        ("RNN", ((1, 6, 8), (1, 6, 5)), {"hidden_size": 6}),
    ],
)
def test_recurrent_layers_whose_arrays_do_not_fit_their_settings_are_unknown(operator, sizes, settings, tmp_path):
    proto = single(operator, (7, BATCH, 8), *(values(*each) for each in sizes), **settings)
    (operation,) = read(proto, tmp_path).operations
    assert operation.settings == {"name": operator, "custom": ""}
    assert [each.sizes for each in operation.inputs[1:]] == list(sizes)  # all that the file has is counted


def test_a_recurrent_layer_whose_states_are_of_another_size_is_unknown(tmp_path):
    """As PyTorch writes an LSTM of 6 units with a projection to 3: of the weights it keeps those of 3."""
    arrays = (values(*each) for each in ((1, 12, 8), (1, 12, 3), (1, 24)))
    proto = single("LSTM", (7, BATCH, 8), *arrays, None, values(1, BATCH, 3), values(1, BATCH, 6), hidden_size=3)
    (operation,) = read(proto, tmp_path).operations
    assert operation.settings == {"name": "LSTM", "custom": ""}


@pytest.mark.parametrize("name", CASES)
def test_sizes_are_those_that_onnx_infers(name, tmp_path):
    proto = CASES[name]
    del proto.graph.output[:]  # they have the wrong types
    proto.graph.output.extend(onnx.ValueInfoProto(name=each) for each in proto.graph.node[0].output)
    inferred = onnx.shape_inference.infer_shapes(proto, strict_mode=True, data_prop=True)
    for info, made in zip(inferred.graph.output, read(proto, tmp_path).outputs, strict=True):
        sizes = [each.dim_value or None for each in info.type.tensor_type.shape.dim]
        assert len(sizes) in (0, len(made.sizes))
        assert all(one in (None, other) for one, other in zip(sizes, made.sizes, strict=False))
