"""Operators that the vocabulary lacks: what sizes they give, and whether they multiply anything."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnncalc.importing.onnx._call import OperatorCall
from cnncalc.importing.onnx._sizes import Sizes, axis_from_front, reduced_sizes, spread_sizes
from cnncalc.importing.onnx.operators._recurrent import arrays_fit
from cnncalc.importing.onnx.operators._windows import pooled_sizes, resized_sizes
from cnncalc.named_tuple import NamedTuple

AllSizes = list[Sizes | None]
"""The sizes of each output; None where they depend on values."""


class Lacking(NamedTuple):
    """What is known of an operator without a translation.

    Attributes:
        sizes: gives those of its outputs, from those of what it reads; too few if they are not known.
        does: "elementwise" or "no products"; "" if it multiplies.
        dtypes: of its outputs; "" for that of its first input.
        numbers: which of its inputs are never learned: bounds, windows, tables of the program.
        products: gives its multiply-adds for all samples together, if they are known.
    """

    sizes: Callable[[OperatorCall], AllSizes]
    does: str = "no products"
    dtypes: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    products: Callable[[OperatorCall], int | None] = lambda _: None


def _not_known(_: OperatorCall) -> AllSizes:
    """They depend on values."""
    return []


def _same(call: OperatorCall) -> AllSizes:
    return [call.sizes(0)]


def _spread(call: OperatorCall) -> AllSizes:
    """Each value is calculated from those in the same place."""
    return [spread_sizes(*(call.sizes(place) for place in range(len(call.inputs)) if call.has(place)))]


def _as_indices(call: OperatorCall) -> AllSizes:
    return [call.sizes(1)]


def _largest(call: OperatorCall) -> AllSizes:
    """TopK: values and indices."""
    count, sizes = call.whole(1), call.sizes(0)
    if count is None or len(count) != 1:
        return []
    axis = axis_from_front(call.integer("axis", -1), len(sizes))
    new = (*sizes[:axis], int(count[0]), *sizes[axis + 1 :])
    return [new, new]


def _grid(call: OperatorCall) -> AllSizes:
    """AffineGrid: where each position of a map is taken from."""
    target = call.whole(1)
    return [(call.sizes(0)[0], *target[2:], len(target) - 2)] if target else []


def _sampled(call: OperatorCall) -> AllSizes:
    """GridSample: a value of each channel for each place of the grid."""
    return [(*call.sizes(0)[:2], *call.sizes(1)[1:-1])]


def _cropped(call: OperatorCall) -> AllSizes:
    target, sizes = call.whole(1), list(call.sizes(0))
    if target is None:
        return []
    axes = call.integers("axes", range(len(sizes))) or []
    for axis, size in zip(axes, target, strict=True):
        sizes[axis_from_front(axis, len(sizes))] = size
    return [tuple(sizes)]


def _folded_windows(call: OperatorCall) -> AllSizes:
    """Col2Im: windows, summed up where they overlap."""
    image, window = call.whole(1), call.whole(2)
    batch, channels, _ = call.sizes(0)
    return [(batch, channels // prod(window), *image)] if image and window else []


def _regions(call: OperatorCall, *size: int) -> AllSizes:
    return [(call.sizes(1)[0], call.sizes(0)[1], *size)]


def _one_hot(call: OperatorCall) -> AllSizes:
    depth, sizes = call.scalar(1), call.sizes(0)
    axis = axis_from_front(call.integer("axis", -1), len(sizes) + 1)
    return [] if depth is None else [(*sizes[:axis], int(depth), *sizes[axis:])]


def _gathered(call: OperatorCall) -> AllSizes:
    """GatherND: each row of indices says where in the first axes."""
    (*outer, depth), batch_axes = call.sizes(1), call.integer("batch_dims")
    return [(*outer, *call.sizes(0)[batch_axes + depth :])]


def _frequencies(call: OperatorCall) -> AllSizes:
    """DFT: real and imaginary parts, of half the frequencies where the others are the same."""
    sizes = list(call.sizes(0))
    axis, length = call.scalar(2) if call.has(2) else -2, call.scalar(1)
    axis = call.integer("axis", 1) if call.opset < 20 else axis
    if axis is None or (call.has(1) and length is None) or (call.integer("onesided") and call.integer("inverse")):
        return []
    place = axis_from_front(int(axis), len(sizes))
    count = sizes[place] if length is None else int(length)
    sizes[place], sizes[-1] = count // 2 + 1 if call.integer("onesided") else count, 2
    return [tuple(sizes)]


def _frequencies_of_frames(call: OperatorCall) -> AllSizes:
    """STFT: the frequencies of windows that may overlap."""
    step, length = call.scalar(1), call.scalar(3)
    if call.has(2):
        length = call.sizes(2)[0]
    if step is None or length is None:
        return []
    batch, signal = call.sizes(0)[:2]
    count = int(length) // 2 + 1 if call.integer("onesided", 1) else int(length)
    return [(batch, (signal - int(length)) // int(step) + 1, count, 2)]


def _stated_shape(call: OperatorCall) -> AllSizes:
    shape = call.integers("shape")
    return [] if shape is None else [tuple(shape)]


def _window(call: OperatorCall) -> AllSizes:
    """A window function of this many values."""
    size = call.scalar(0)
    return [] if size is None else [(int(size),)]


def _mel(call: OperatorCall) -> AllSizes:
    count, length = call.scalar(0), call.scalar(1)
    return [] if count is None or length is None else [(int(length) // 2 + 1, int(count))]


def _loss(call: OperatorCall) -> AllSizes:
    """A loss, as one number or for each target."""
    whole = call.sizes(1) if call.text("reduction", "mean") == "none" else ()
    return [whole, call.sizes(0)]


# -- products


def _einsum_terms(call: OperatorCall) -> tuple[list[str], str] | None:
    """The axes of the inputs and of the output as letters; capitals stand for what `...` is."""
    left, arrow, out = call.text("equation").replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(call.inputs) or any("A" <= each <= "Z" for each in left):
        return None
    spare = "ABCDEFGH"
    for place, term in enumerate(terms):
        rank = len(call.sizes(place)) - len(term.replace("...", ""))
        terms[place] = term.replace("...", spare[len(spare) - rank :] if rank else "")
    every = "".join(terms)
    longest = "".join(sorted({each for each in every if each.isupper()}))
    if not arrow:
        out = "..." + "".join(sorted(each for each in set(every) - {*longest} if every.count(each) == 1))
    return terms, out.replace("...", longest)


def _einsum_letters(call: OperatorCall) -> tuple[str, dict[str, int]] | None:
    """The axes of the output, and how long each axis is."""
    found = _einsum_terms(call)
    if found is None:
        return None
    sizes: dict[str, int] = {}
    for place, term in enumerate(found[0]):
        for letter, size in zip(term, call.sizes(place), strict=True):
            sizes[letter] = max(size, sizes.get(letter, 1))
    return found[1], sizes


def _einsum_sizes(call: OperatorCall) -> AllSizes:
    found = _einsum_letters(call)
    return [] if found is None else [tuple(found[1][letter] for letter in found[0])]


def _einsum_products(call: OperatorCall) -> int | None:
    """One for each combination of axes, where two tensors are multiplied; for more, the runtime chooses the order."""
    found = _einsum_letters(call)
    if found is None or len(call.inputs) > 2:
        return None
    is_product = len(call.inputs) == 2 and len(found[1]) > len(found[0])
    return prod(found[1].values()) if is_product else 0


def _heads(call: OperatorCall) -> list[Sizes]:
    """The sizes of queries, keys and values: batch, heads, positions, and the numbers of each."""
    counts = [call.integer("q_num_heads"), call.integer("kv_num_heads"), call.integer("kv_num_heads")]
    found = []
    for place, count in enumerate(counts):
        sizes = call.sizes(place)
        found.append(sizes if len(sizes) == 4 else (sizes[0], count, sizes[1], sizes[2] // count))
    past = call.sizes(4)[2] if call.has(4) else 0
    return [found[0], *((*each[:2], past + each[2], each[3]) for each in found[1:])]


def _attention_sizes(call: OperatorCall) -> AllSizes:
    """The outputs of attention that is no layer here: also the keys and values, and the scores."""
    (batch, heads, positions, _), keys, values = _heads(call)
    is_flat = len(call.sizes(0)) == 3
    made = (batch, positions, heads * values[3]) if is_flat else (batch, heads, positions, values[3])
    return [made, keys, values, (batch, heads, positions, keys[2])]


def _attention_products(call: OperatorCall) -> int:
    """Each score is a product of a query and a key, and weighs a value."""
    queries, keys, values = _heads(call)
    return prod(queries) * keys[2] + prod(queries[:3]) * keys[2] * values[3]


def _linear_attention(call: OperatorCall) -> AllSizes:
    heads, groups = call.integer("q_num_heads"), call.integer("kv_num_heads")
    (batch, positions, channels), values = call.sizes(0), call.sizes(2)[2]
    state = (batch, groups, channels // heads, values // groups)
    return [(batch, positions, heads * state[3]), state]


def _causal_conv_sizes(call: OperatorCall) -> AllSizes:
    """The positions, and the last of them for the next call."""
    sizes = call.sizes(0)
    return [sizes, (*sizes[:2], call.sizes(1)[2] - 1)]


def _causal_conv_products(call: OperatorCall) -> int:
    return prod(call.sizes(0)) * call.sizes(1)[2]


def _recurrent_sizes(call: OperatorCall) -> AllSizes:
    """The outputs of an LSTM, GRU or RNN that is no layer here: all states, and the last ones."""
    if not arrays_fit(call):
        return []
    is_batch_first = call.integer("layout") == 1
    first, second = call.sizes(0)[:2]
    directions, _, hidden = call.sizes(2)
    length, batch = (second, first) if is_batch_first else (first, second)
    last = (batch, directions, hidden) if is_batch_first else (directions, batch, hidden)
    return [(length, directions, batch, hidden) if not is_batch_first else (batch, length, *last[1:]), last, last]


def _recurrent_products(call: OperatorCall) -> int | None:
    """One for each weight, at each position."""
    return prod(call.sizes(0)[:2]) * (prod(call.sizes(1)) + prod(call.sizes(2))) if arrays_fit(call) else None


def _found(call: OperatorCall) -> AllSizes:
    """ArgMax and ArgMin."""
    axis = axis_from_front(call.integer("axis"), len(call.sizes(0)))
    return [reduced_sizes(call.sizes(0), [axis], call.integer("keepdims", 1) == 1)]


_ELEMENTWISE = (
    *("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr"),
    *("BitwiseXor", "Clip", "Cosh", "Dropout", "HardSigmoid", "Mod", "PRelu", "Selu", "Shrink", "Sinh", "Swish", "Tan"),
)
_OF_THE_SAME_SIZES = (
    *("Bernoulli", "CumProd", "CumSum", "EyeLike", "Hardmax", "RandomNormalLike", "RandomUniformLike"),
    *("ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "TensorScatter"),
)
_DECIDED_BY_VALUES = (
    *("Compress", "Concat", "Expand", "Gather", "MaxUnpool", "NonMaxSuppression", "NonZero"),
    *("Pad", "Range", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean"),
    *("ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Reshape", "Slice", "Split", "Squeeze", "Tile"),
    *("Trilu", "Unique", "Unsqueeze"),
)

LACKING: dict[str, Lacking] = {
    **dict.fromkeys(_ELEMENTWISE, Lacking(_spread, "elementwise")),
    **dict.fromkeys(("IsInf", "IsNaN", "Xor"), Lacking(_spread, "elementwise", ("bool",))),
    **dict.fromkeys(_OF_THE_SAME_SIZES, Lacking(_same)),
    **dict.fromkeys(_DECIDED_BY_VALUES, Lacking(_not_known)),
    **dict.fromkeys(("ArgMax", "ArgMin"), Lacking(_found, dtypes=("int64",))),
    **dict.fromkeys(("LRN", "MeanVarianceNormalization"), Lacking(_same, "")),
    **dict.fromkeys(("AveragePool", "LpPool"), Lacking(pooled_sizes)),
    **dict.fromkeys(("BlackmanWindow", "HammingWindow", "HannWindow"), Lacking(_window, dtypes=("float32",))),
    **dict.fromkeys(("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"), Lacking(_loss)),
    **dict.fromkeys(("RandomNormal", "RandomUniform"), Lacking(_stated_shape, dtypes=("float32",))),
    **dict.fromkeys(("Resize", "Upsample"), Lacking(resized_sizes, numbers=(1, 2))),
    **dict.fromkeys(("GRU", "LSTM", "RNN"), Lacking(_recurrent_sizes, "", products=_recurrent_products)),
    "AffineGrid": Lacking(_grid),
    "Attention": Lacking(_attention_sizes, "", products=_attention_products),
    "CausalConvWithState": Lacking(_causal_conv_sizes, "", products=_causal_conv_products),
    "CenterCropPad": Lacking(_cropped),
    "Col2Im": Lacking(_folded_windows),
    "DFT": Lacking(_frequencies, ""),
    "DequantizeLinear": Lacking(_same, "elementwise", ("float32",), (1,)),
    "Det": Lacking(lambda call: [call.sizes(0)[:-2]], ""),
    "Einsum": Lacking(_einsum_sizes, "", products=_einsum_products),
    "GatherElements": Lacking(_as_indices),
    "GatherND": Lacking(_gathered),
    "GridSample": Lacking(_sampled),
    "LinearAttention": Lacking(_linear_attention, ""),
    "MaxRoiPool": Lacking(lambda call: _regions(call, *(call.integers("pooled_shape") or ())), numbers=(1,)),
    "MelWeightMatrix": Lacking(_mel, dtypes=("float32",), numbers=(3, 4)),
    "Multinomial": Lacking(lambda call: [(call.sizes(0)[0], call.integer("sample_size", 1))], dtypes=("int32",)),
    "OneHot": Lacking(_one_hot, dtypes=("float32",), numbers=(2,)),
    "RoiAlign": Lacking(
        lambda call: _regions(call, call.integer("output_height", 1), call.integer("output_width", 1)), numbers=(1,)
    ),
    "RotaryEmbedding": Lacking(_same, "elementwise", numbers=(1, 2)),
    "STFT": Lacking(_frequencies_of_frames, "", numbers=(2,)),
    "TopK": Lacking(_largest, dtypes=("", "int64")),
}
"""Asked after all translations, which leave out what they have no word for."""
