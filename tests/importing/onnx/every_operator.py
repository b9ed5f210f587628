"""A tiny model for each operator that ONNX has had since opset 9, and the numbers that are known of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from importing.onnx.models import model
from onnx import TensorProto, helper

I = np.array  # noqa: E741


class Given:
    """An input of the model: its sizes, `"N"` for the batch, and the type of its numbers."""

    def __init__(self, *sizes: Any, dtype: int = TensorProto.FLOAT) -> None:
        self.sizes, self.dtype = sizes, dtype


class Example:
    """A model of one node; how many numbers its arrays have that are learned or statistics; the multiply-adds, where no
    layer says them; and why the model is refused, if it is."""

    def __init__(
        self,
        operator: str,
        *inputs: Any,
        params: int = 0,
        macs: int | None = None,
        refused: str = "",
        opset: int = 23,
        outputs: int = 1,
        **attributes: Any,
    ) -> None:
        self.operator, self.params, self.macs, self.refused = operator, params, macs, refused
        given = {f"in{place}": each for place, each in enumerate(inputs) if isinstance(each, Given)}
        arrays = {f"in{place}": each for place, each in enumerate(inputs) if isinstance(each, np.ndarray | np.generic)}
        names = [f"in{place}" if each is not None else "" for place, each in enumerate(inputs)]
        node = helper.make_node(operator, names, [f"out{place}" for place in range(outputs)], "it", **attributes)
        self.proto = model([node], {}, [], arrays, opset)
        infos = [helper.make_tensor_value_info(name, each.dtype, each.sizes) for name, each in given.items()]
        self.proto.graph.input.extend(infos)
        self.proto.graph.output.extend(onnx.ValueInfoProto(name=each) for each in node.output)


def floats(*sizes: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=sizes).astype(np.float32)


def _graph(*nodes: Any, inputs: Any = (), outputs: Any = (), arrays: Any = ()) -> onnx.GraphProto:
    def infos(names: Any) -> list[Any]:
        return [helper.make_tensor_value_info(name, kind, sizes) for name, kind, sizes in names]

    return helper.make_graph(list(nodes), "inner", infos(inputs), infos(outputs), list(arrays))


FLOAT, INT, BOOL, BYTE, TEXT = (
    TensorProto.FLOAT,
    TensorProto.INT64,
    TensorProto.BOOL,
    TensorProto.UINT8,
    TensorProto.STRING,
)
X4, X3, X2 = Given("N", 4, 7, 6), Given("N", 4, 9), Given("N", 6)
IDS, BITS, BYTES = Given("N", 5, dtype=INT), Given("N", 5, dtype=BOOL), Given("N", 4, 7, 6, dtype=BYTE)
WORDS = Given("N", 5, dtype=TEXT)
SEQUENCE = Given(5, "N", 3)
NOTHING_DONE = "it gives back what it reads: it has no layers"
NO_INPUT = "it has no inputs: all that it returns is constant"
OPEN_SIZES = 'the sizes of `out0` are not known, and the file does not state them for this input (node 0 ({}, "it"))'
SAME = (
    *("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp"),
    *("Floor", "Gelu", "HardSigmoid", "HardSwish", "Hardmax", "LeakyRelu", "Log", "LogSoftmax"),
    *("Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softmax"),
    *("Softplus", "Softsign", "Sqrt", "Tan", "Tanh", "ThresholdedRelu", "Bernoulli", "IsInf", "IsNaN"),
    *("Dropout", "RandomNormalLike", "RandomUniformLike", "LpNormalization"),
)
WINDOWED = {"kernel_shape": [3, 2], "strides": [2, 2]}

EXAMPLES = [
    *(Example(name, X4) for name in SAME),
    Example("Identity", X4, refused=NOTHING_DONE),
    Example("MeanVarianceNormalization", X4, axes=[2, 3], opset=13),
    Example("Add", X4, floats(4, 1, 1), params=4),
    Example("Sub", X4, floats(4, 1, 1), params=4),
    Example("Mul", X4, floats(4, 1, 1), params=4),
    Example("Div", X4, floats(4, 1, 1), params=4),
    *(Example(name, X4, X4) for name in ("Max", "Min", "Mean", "Sum", "Mod", "Pow") if name != "Mod"),
    Example("Mod", X4, X4, fmod=1),
    *(Example(name, X4, X4) for name in ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")),
    *(Example(name, BITS, BITS) for name in ("And", "Or", "Xor")),
    Example("Not", BITS),
    *(Example(name, IDS, IDS) for name in ("BitwiseAnd", "BitwiseOr", "BitwiseXor")),
    Example("BitwiseNot", IDS),
    Example("BitShift", Given("N", 5, dtype=BYTE), Given("N", 5, dtype=BYTE), direction="LEFT"),
    Example("AffineGrid", Given(2, 2, 3), I([2, 4, 7, 6])),
    Example("ArgMax", X4, axis=2),
    Example("ArgMin", X4, axis=1, keepdims=0),
    Example("Attention", Given("N", 2, 5, 4), Given("N", 2, 6, 4), Given("N", 2, 6, 3)),
    Example("AveragePool", X4, **WINDOWED),
    Example("BatchNormalization", X4, floats(4), floats(4), floats(4), abs(floats(4)), params=16),
    *(Example(name, I(8), refused=NO_INPUT) for name in ("BlackmanWindow", "HammingWindow", "HannWindow")),
    Example("Cast", X4, to=INT),
    Example("CastLike", X4, IDS),
    Example("CenterCropPad", X4, I([5, 9]), axes=[2, 3]),
    Example("Clip", X4, np.float32(-1), np.float32(1)),
    Example("Col2Im", Given("N", 12, 30), I([7, 6]), I([3, 2])),
    Example("Compress", X4, BITS, axis=1, refused=OPEN_SIZES),
    Example("Concat", X4, X4, axis=2),
    Example("Constant", value_floats=[1.0, 2.0], refused=NO_INPUT),
    Example("ConstantOfShape", I([3, 4]), refused=NO_INPUT),
    Example("Conv", X4, floats(6, 4, 3, 3), floats(6), params=4 * 6 * 9 + 6),
    Example("ConvInteger", BYTES, np.ones((6, 4, 3, 3), "u1"), params=4 * 6 * 9),
    Example("ConvTranspose", X4, floats(4, 5, 3, 3), floats(5), params=4 * 5 * 9 + 5),
    Example("CumSum", X4, I(2)),
    Example("DFT", Given("N", 16, 1), None, I(1), onesided=1),
    Example("DeformConv", X4, floats(6, 4, 3, 3), Given("N", 18, 5, 4), floats(6), params=4 * 6 * 9 + 6),
    Example("DepthToSpace", Given("N", 8, 2, 3), blocksize=2),
    Example("DequantizeLinear", BYTES, np.float32(0.1), np.uint8(3)),
    Example("Det", Given("N", 4, 4)),
    Example("DynamicQuantizeLinear", X4, outputs=3),
    Example("Einsum", Given("N", 3, 4), Given("N", 5, 4), equation="bij,bkj->bik"),
    Example("Expand", Given("N", 1, 3), I([1, 4, 1]), refused=NOTHING_DONE),
    Example("EyeLike", Given(4, 6)),
    Example("Flatten", X4),
    Example("GRU", SEQUENCE, floats(1, 12, 3), floats(1, 12, 4), hidden_size=4, outputs=2, params=12 * 7),
    Example("Gather", X4, I([2, 0]), axis=1),
    Example("GatherElements", X2, Given("N", 4, dtype=INT), axis=1),
    Example("GatherND", X4, Given("N", 3, 2, dtype=INT), batch_dims=1),
    Example("Gemm", X2, floats(5, 6), floats(5), transB=1, params=35),
    *(Example(name, X4) for name in ("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool")),
    Example("GridSample", X4, Given("N", 3, 5, 2)),
    Example("GroupNormalization", X4, floats(4), floats(4), num_groups=2, params=8),
    Example("InstanceNormalization", X4, floats(4), floats(4), params=8),
    Example("LRN", X4, size=3),
    Example("LSTM", SEQUENCE, floats(1, 16, 3), floats(1, 16, 4), hidden_size=4, outputs=3, params=16 * 7),
    Example("LayerNormalization", X3, floats(9), floats(9), params=18),
    Example("LpPool", X4, **WINDOWED),
    Example("MatMul", X3, floats(9, 5), params=45),
    Example("MatMulInteger", Given("N", 4, dtype=BYTE), np.ones((4, 3), "u1"), params=12),
    Example("MaxPool", X4, **WINDOWED),
    Example("MaxRoiPool", X4, Given(5, 5), pooled_shape=[2, 3]),
    Example("MaxUnpool", X4, Given("N", 4, 7, 6, dtype=INT), kernel_shape=[2, 2], strides=[2, 2]),
    Example("MelWeightMatrix", I(4), I(16), I(8000), np.float32(0), np.float32(4000), refused=NO_INPUT),
    Example("Multinomial", X2, sample_size=3),
    Example("NegativeLogLikelihoodLoss", Given("N", 6), Given("N", dtype=INT)),
    Example(
        "NonMaxSuppression",
        Given("N", 6, 4),
        Given("N", 2, 6),
        I(3),
        np.float32(0.5),
        np.float32(0.1),
        refused=OPEN_SIZES,
    ),
    Example("NonZero", X4, refused=OPEN_SIZES),
    Example("OneHot", IDS, I(7), np.float32([0, 1])),
    Example("PRelu", X4, floats(4, 1, 1), params=4),
    Example("Pad", X4, I([0, 0, 1, 2, 0, 0, 3, 0])),
    Example(
        "QLinearConv",
        BYTES,
        np.float32(0.1),
        np.uint8(3),
        np.ones((6, 4, 3, 3), "u1"),
        np.float32(0.2),
        np.uint8(0),
        np.float32(0.3),
        np.uint8(1),
        params=4 * 6 * 9,
    ),
    Example(
        "QLinearMatMul",
        Given("N", 4, dtype=BYTE),
        np.float32(0.1),
        np.uint8(3),
        np.ones((4, 3), "u1"),
        np.float32(0.2),
        np.uint8(0),
        np.float32(0.3),
        np.uint8(1),
        params=12,
    ),
    Example("QuantizeLinear", X4, np.float32(0.1), np.uint8(3), refused=NOTHING_DONE),
    Example("RMSNormalization", X3, floats(9), params=9),
    Example("RNN", SEQUENCE, floats(1, 4, 3), floats(1, 4, 4), hidden_size=4, outputs=2, params=28),
    Example("RandomNormal", shape=[3, 4], refused=NO_INPUT),
    Example("RandomUniform", shape=[3, 4], refused=NO_INPUT),
    Example("Range", I(2), I(9), I(3), refused=NO_INPUT),
    *(Example(name, X4, I([2]), keepdims=0) for name in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin")),
    *(Example(name, X4, I([1, 2])) for name in ("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp")),
    *(Example(name, X4, I([3])) for name in ("ReduceProd", "ReduceSumSquare")),
    Example("Reshape", X4, I([0, 2, -1])),
    Example("Resize", X4, None, np.float32([1, 1, 2, 2])),
    Example("ReverseSequence", Given("N", 5, 3), Given("N", dtype=INT), batch_axis=0, time_axis=1),
    Example("RoiAlign", X4, Given(5, 4), Given(5, dtype=INT), output_height=3, output_width=2),
    Example("RotaryEmbedding", Given("N", 2, 5, 8), floats(5, 4), floats(5, 4)),
    Example("STFT", Given("N", 64, 1), I(16), floats(16)),
    Example("Scatter", X2, Given("N", 3, dtype=INT), Given("N", 3), axis=1, opset=9),
    Example("ScatterElements", X2, Given("N", 3, dtype=INT), Given("N", 3), axis=1),
    Example("ScatterND", X2, Given("N", 1, dtype=INT), Given("N", 6)),
    Example("Shape", X4),
    Example("Size", X4),
    Example("Slice", X4, I([1]), I([5]), I([2])),
    Example("SoftmaxCrossEntropyLoss", Given("N", 6), Given("N", dtype=INT)),
    Example("SpaceToDepth", Given("N", 2, 4, 6), blocksize=2),
    Example("Split", X4, I([1, 3]), axis=1, outputs=2),
    Example("Squeeze", Given("N", 1, 3), I([1])),
    Example("Tile", X3, I([1, 2, 3])),
    Example("TopK", X4, I([2]), outputs=2),
    Example("Transpose", X4, perm=[0, 2, 3, 1], refused=NOTHING_DONE),
    Example("Trilu", X4),
    Example("Unique", X2, outputs=4, refused=OPEN_SIZES),
    Example("Unsqueeze", X2, I([1])),
    Example("Upsample", X4, np.float32([1, 1, 2, 3]), opset=9),
    Example("Where", Given("N", 6, dtype=BOOL), X2, X2),
    # branches, loops, and what is no tensor
    Example(
        "If",
        Given(dtype=BOOL),
        then_branch=_graph(helper.make_node("Constant", [], ["a"], value_floats=[1.0]), outputs=[("a", FLOAT, [1])]),
        else_branch=_graph(helper.make_node("Constant", [], ["b"], value_floats=[2.0]), outputs=[("b", FLOAT, [1])]),
    ),
    Example(
        "Loop",
        I(3),
        I(True),
        X2,
        body=_graph(
            helper.make_node("Identity", ["on"], ["still"]),
            helper.make_node("Relu", ["before"], ["after"]),
            inputs=[("n", INT, []), ("on", BOOL, []), ("before", FLOAT, ["N", 6])],
            outputs=[("still", BOOL, []), ("after", FLOAT, ["N", 6])],
        ),
    ),
    Example(
        "Scan",
        SEQUENCE,
        num_scan_inputs=1,
        refused=OPEN_SIZES,
        body=_graph(
            helper.make_node("Relu", ["a"], ["b"]), inputs=[("a", FLOAT, ["N", 3])], outputs=[("b", FLOAT, ["N", 3])]
        ),
    ),
    Example("ImageDecoder", Given(100, dtype=BYTE), refused=OPEN_SIZES),
    Example("RegexFullMatch", WORDS, pattern="a+", refused=OPEN_SIZES),
    Example("StringConcat", WORDS, WORDS, refused=OPEN_SIZES),
    Example("StringNormalizer", Given("N", dtype=TEXT), refused=OPEN_SIZES),
    Example("StringSplit", WORDS, outputs=2, refused=OPEN_SIZES),
    Example(
        "TfIdfVectorizer",
        IDS,
        max_gram_length=1,
        max_skip_count=0,
        min_gram_length=1,
        mode="TF",
        ngram_counts=[0],
        ngram_indexes=[0, 1, 2],
        pool_int64s=[4, 5, 6],
        refused=OPEN_SIZES,
    ),
    Example("Optional", X2, refused=OPEN_SIZES),
    Example("OptionalGetElement", X2, refused=OPEN_SIZES),
    Example("OptionalHasElement", X2, refused=OPEN_SIZES),
    Example("SequenceConstruct", X2, X2, refused=OPEN_SIZES),
    Example("SequenceEmpty", refused=NO_INPUT),
    Example("SplitToSequence", X4, I([2, 2]), axis=1, refused=OPEN_SIZES),
    # with what no layer has: at each of 5 positions, a product for each weight
    Example(
        "LSTM",
        SEQUENCE,
        floats(1, 16, 3),
        floats(1, 16, 4),
        None,
        None,
        None,
        None,
        floats(1, 12),
        hidden_size=4,
        outputs=3,
        params=16 * 7 + 12,
        macs=5 * 16 * 7,
    ),
    Example(
        "LSTM",
        Given("N", 5, 3),
        floats(2, 16, 3),
        floats(2, 16, 4),
        hidden_size=4,
        outputs=3,
        layout=1,
        clip=2.0,
        direction="bidirectional",
        params=2 * 16 * 7,
        macs=5 * 2 * 16 * 7,
    ),
    Example(
        "GRU", Given("N", 5, 3), floats(1, 12, 3), floats(1, 12, 4), hidden_size=4, outputs=2, layout=1, params=12 * 7
    ),
    Example(
        "RNN",
        SEQUENCE,
        floats(1, 4, 3),
        floats(1, 4, 4),
        hidden_size=4,
        outputs=2,
        activations=["Sigmoid"],
        params=4 * 7,
        macs=5 * 4 * 7,
    ),
    # 2 heads of 5 queries and 6 + 4 keys, of 4 numbers and 3
    Example(
        "Attention",
        Given("N", 2, 5, 4),
        Given("N", 2, 6, 4),
        Given("N", 2, 6, 3),
        None,
        Given("N", 2, 4, 4),
        Given("N", 2, 4, 3),
        outputs=3,
        macs=2 * 5 * 10 * (4 + 3),
    ),
    Example(
        "Attention",
        Given("N", 5, 8),
        Given("N", 6, 4),
        Given("N", 6, 4),
        q_num_heads=4,
        kv_num_heads=2,
        softcap=3.0,
        macs=4 * 5 * 6 * (2 + 2),
    ),
    Example("Einsum", Given("N", 3, 4), Given("N", 3, 4), equation="bij,bij->bi", macs=3 * 4),
    Example("Einsum", Given("N", 2, 3, 4), Given("N", 2, 4, 5), equation="...ij,...jk", macs=2 * 3 * 4 * 5),
    Example("Einsum", Given("N", 3, 4), equation="bij->bj", macs=0),
    Example("Einsum", Given("N", 3), Given("N", 4), equation="bi,bj->bij", macs=0),
    Example("Resize", X4, None, np.float32([1, 1, 1.5, 2]), mode="cubic", cubic_coeff_a=-0.5, macs=0),
    Example("Resize", X4, None, np.float32([0.5, 0.5]), mode="linear", antialias=1, axes=[2, 3], macs=0),
    Example("Resize", X4, None, None, I([9, 9]), axes=[2, 3], keep_aspect_ratio_policy="not_larger", macs=0),
    Example("Resize", X4, None, None, I([9, 9]), axes=[3, 2], keep_aspect_ratio_policy="not_smaller", macs=0),
    Example(
        "Resize",
        X4,
        floats(8),
        np.float32([1, 1, 0.5, 0.5]),
        mode="linear",
        coordinate_transformation_mode="tf_crop_and_resize",
        macs=0,
    ),
    Example("CenterCropPad", X4, I([3, 9, 4]), axes=[-3, 2, 3], macs=0),
    Example("Col2Im", Given("N", 12, 12), I([8, 8]), I([3, 2]), dilations=[1, 2], strides=[2, 2], macs=0),
    Example("GridSample", Given("N", 4, 3, 7, 6), Given("N", 2, 3, 5, 3), macs=0),
    Example("AffineGrid", Given(2, 3, 4), I([2, 4, 3, 7, 6]), macs=0),
    Example("TopK", X4, I([3]), axis=1, outputs=2, macs=0),
    Example("OneHot", IDS, I([7]), np.float32([0, 1]), axis=1, macs=0),
    Example("DFT", Given("N", 16, 6, 1), None, I(-3), macs=None),
    Example("DFT", Given("N", 16, 1), axis=1, opset=17),
    Example("ArgMax", X4, axis=3, keepdims=0, select_last_index=1, macs=0),
    Example("AveragePool", X4, kernel_shape=[2, 2], dilations=[2, 3], macs=0),
    Example("LpPool", X4, kernel_shape=[2, 2], dilations=[2, 3], macs=0),
    Example("RotaryEmbedding", Given("N", 5, 16), floats(5, 4), floats(5, 4), num_heads=2, macs=0),
]
"""One for each operator, but for those of sequences; and some with settings that no layer has."""

OF_SEQUENCES = (
    *("ConcatFromSequence", "SequenceAt", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap"),
)
"""What reads a sequence, which only another operator makes."""
