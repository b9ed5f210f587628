"""Values against PyTorch on the CPU: every kind, in 1-D to 3-D, with random shapes, settings, inputs and weights."""

from __future__ import annotations

import warnings
from functools import reduce

import numpy as np
import pytest
from forward.running import chain, close, drawn, outputs
from hypothesis import given, reject, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
F = torch.nn.functional

FEW = settings(max_examples=40)
SOME = settings(max_examples=15)


def agree(theirs, input, entry: str, layout: str = "channels_first", ids: int = 0) -> None:
    """The entry and a function of PyTorch make the same of an input, given channels first, without the batch.

    The function gets the batch of inputs and the layer's weights by name; of a merge, all inputs.
    """
    several = input if isinstance(input, list) else [input]
    draw = np.random.default_rng(sum(map(sum, several)) + len(entry))
    batches = [draw.standard_normal((2, *sizes)).astype("float32") * 2 for sizes in several]
    if ids:
        batches = [draw.integers(0, ids, batch.shape).astype("float32") for batch in batches]
    names = "abcd"[: len(several)]
    order = [sizes if layout == "channels_first" else (*sizes[1:], sizes[0]) for sizes in several]
    spec = chain(dict(zip(names, order, strict=True)), entry, convention="pytorch", layout=layout)
    weights = drawn(spec.graph, len(entry))
    last = spec.graph.output_nodes[0]
    own = {name: torch.from_numpy(array) for name, array in weights.get(last.name, {}).items()}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
        expected = theirs(*map(torch.from_numpy, batches), own).numpy()
    ours = outputs(
        spec,
        {name: np.moveaxis(batch, 1, -1) for name, batch in zip(names, batches, strict=True)},
        weights,
    )
    close(np.moveaxis(ours, -1, 1), expected)


def by_rank(name: str, rank: int):
    """`conv` for two axes is F.conv2d."""
    return getattr(F, f"{name}{rank}d")


def written(*sizes) -> str:
    return str([list(size) if isinstance(size, tuple) else size for size in sizes])


def truth(value: bool) -> str:
    return "true" if value else "false"


# -- convolutions


@st.composite
def windows(draw, smallest: int = 1):
    """Rank, input, and settings with which at least one window fits."""
    rank = draw(st.integers(1, 3))

    def sizes(low, high):
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    kernel, dilation, padding = sizes(1, 4), sizes(1, 3), sizes(0, 3)
    needed = [max(d * (k - 1) + 1 - 2 * p, smallest) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    more = sizes(0, 7 if rank < 3 else 4)
    return {
        "rank": rank,
        "input": (groups * draw(st.integers(1, 4)), *map(sum, zip(needed, more, strict=True))),
        "filters": groups * draw(st.integers(1, 4)),
        "kernel": kernel,
        "stride": sizes(1, 3),
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "bias": draw(st.booleans()),
    }


def text(case, *names: str) -> str:
    values = {name: truth(case[name]) if name == "bias" else case[name] for name in names}
    return ", ".join(f"{name}: {written(*v) if isinstance(v, tuple) else v}" for name, v in values.items())


WINDOW = ("kernel", "stride", "padding", "dilation", "bias")


def filters_first(kernel):
    """(*window, channels, filters) as (filters, channels, *window)."""
    return kernel.movedim((-1, -2), (0, 1))


def apart(kernel):
    """(*window, channels) as (channels, 1, *window)."""
    return kernel.movedim(-1, 0)[:, None]


def conv(case, x, kernel, bias, groups):
    numbers = (case["stride"], case["padding"], case["dilation"])
    return by_rank("conv", case["rank"])(x, kernel, bias, *numbers, groups)


@settings(max_examples=100)
@given(windows())
def test_conv(case):
    agree(
        lambda x, w: conv(case, x, filters_first(w["kernel"]), w.get("bias"), case["groups"]),
        case["input"],
        f"{{conv: {case['filters']}, {text(case, *WINDOW, 'groups')}}}",
    )


@SOME
@given(windows(), st.integers(1, 3))
def test_conv_with_a_group_a_channel(case, multiplier):
    channels = case["input"][0]
    agree(
        lambda x, w: conv(case, x, filters_first(w["kernel"]), w.get("bias"), channels),
        case["input"],
        f"{{conv: {channels * multiplier}, {text(case, *WINDOW)}, groups: {channels}}}",
    )


@FEW
@given(windows(), st.integers(1, 3))
def test_depthwise_conv(case, multiplier):
    agree(
        lambda x, w: conv(case, x, apart(w["kernel"]), w.get("bias"), case["input"][0]),
        case["input"],
        f"{{depthwise_conv: {written(*case['kernel'])}, multiplier: {multiplier}, {text(case, *WINDOW[1:])}}}",
    )


@FEW
@given(windows(), st.integers(1, 3))
def test_separable_conv(case, multiplier):
    def both(x, w):
        between = conv(case, x, apart(w["depthwise_kernel"]), None, case["input"][0])
        pointwise = w["pointwise_kernel"].T.reshape(case["filters"], -1, *(1,) * case["rank"])
        return by_rank("conv", case["rank"])(between, pointwise, w.get("bias"))

    agree(
        both, case["input"], f"{{separable_conv: {case['filters']}, multiplier: {multiplier}, {text(case, *WINDOW)}}}"
    )


@FEW
@given(windows(), st.data())
def test_conv_with_a_padding_a_side(case, data):
    if case["rank"] == 1 and data.draw(st.booleans()):
        before = (case["kernel"][0] - 1) * case["dilation"][0]
        pairs, padding = [(before, 0)], "causal"
    else:
        pairs = [(p, p + data.draw(st.integers(0, 2))) for p in case["padding"]]
        padding = written(*pairs)
    around = dict(case, padding=(0,) * case["rank"])
    agree(
        lambda x, w: conv(around, F.pad(x, last_first(pairs)), filters_first(w["kernel"]), w.get("bias"), 1),
        case["input"],
        f"{{conv: {case['filters']}, {text(case, 'kernel', 'stride', 'dilation', 'bias')}, padding: {padding}}}",
    )


@FEW
@given(windows())
def test_conv_same(case):
    agree(
        lambda x, w: by_rank("conv", case["rank"])(
            x, filters_first(w["kernel"]), w["bias"], padding="same", dilation=case["dilation"]
        ),
        case["input"],
        f"{{conv: {case['filters']}, {text(case, 'kernel', 'dilation')}, padding: same}}",
    )


def last_first(pairs):
    """Pairs an axis as PyTorch wants them: the last axis first, all in one row."""
    return [amount for pair in reversed(pairs) for amount in pair]


@settings(max_examples=100)
@given(windows(), st.data())
def test_conv_transpose(case, data):
    groups, filters = case["groups"], case["filters"]
    # the input is large enough that something is left when the padding is cut off
    limits = [max(s, d) - 1 for s, d in zip(case["stride"], case["dilation"], strict=True)]
    extra = tuple(data.draw(st.integers(0, limit)) for limit in limits)
    sizes = zip(
        case["input"][1:], *(case[key] for key in ("stride", "kernel", "dilation", "padding")), extra, strict=True
    )
    if any((n - 1) * s + d * (k - 1) + 1 - 2 * p + e < 1 for n, s, k, d, p, e in sizes):
        reject()

    def transposed(x, w):
        kernel = w["kernel"].movedim((-2, -1), (0, 1))  # (channels / groups, filters, *window)
        kernel = kernel.unflatten(1, (groups, filters // groups)).transpose(0, 1).flatten(0, 1)
        return by_rank("conv_transpose", case["rank"])(
            x, kernel, w.get("bias"), case["stride"], case["padding"], extra, groups, case["dilation"]
        )

    entry = f"conv_transpose: {filters}, {text(case, *WINDOW, 'groups')}, output_padding: {written(*extra)}"
    agree(transposed, case["input"], f"{{{entry}}}")


# -- pools


@st.composite
def pools(draw):
    """A window, and a padding that leaves something of every window."""
    case = draw(windows(smallest=3))
    padding = tuple(draw(st.integers(0, k // 2)) for k in case["kernel"])
    needed = [d * (k - 1) + 1 for k, d in zip(case["kernel"], case["dilation"], strict=True)]
    spatial = tuple(map(max, zip(case["input"][1:], needed, strict=True)))
    return dict(case, padding=padding, input=(case["input"][0], *spatial), ceil=draw(st.booleans()))


def rounding(case) -> str:
    return f"rounding: {'ceil' if case['ceil'] else 'floor'}"


@settings(max_examples=80)
@given(pools())
def test_max_pool(case):
    numbers = case["kernel"], case["stride"], case["padding"], case["dilation"], case["ceil"]
    agree(
        lambda x, _: by_rank("max_pool", case["rank"])(x, *numbers),
        case["input"],
        f"{{max_pool: {written(*case['kernel'])}, {text(case, 'stride', 'padding', 'dilation')}, {rounding(case)}}}",
    )


@settings(max_examples=80)
@given(pools(), st.booleans())
def test_avg_pool(case, counts):
    numbers = case["kernel"], case["stride"], case["padding"], case["ceil"], counts
    agree(
        lambda x, _: by_rank("avg_pool", case["rank"])(x, *numbers),
        case["input"],
        f"{{avg_pool: {written(*case['kernel'])}, {text(case, 'stride', 'padding')}, {rounding(case)}, "
        f"count_padding: {truth(counts)}}}",
    )


@FEW
@given(windows())
def test_adaptive_and_global_pools(case):
    rank, input = case["rank"], case["input"]
    axes = tuple(range(2, 2 + rank))
    entry = written(*case["kernel"])
    agree(lambda x, _: by_rank("adaptive_avg_pool", rank)(x, case["kernel"]), input, f"{{adaptive_avg_pool: {entry}}}")
    agree(lambda x, _: by_rank("adaptive_max_pool", rank)(x, case["kernel"]), input, f"{{adaptive_max_pool: {entry}}}")
    agree(lambda x, _: x.mean(axes), input, "global_avg_pool")
    agree(lambda x, _: x.amax(axes, keepdim=True), input, "{global_max_pool: {keep_dims: true}}")


# -- norms, activations


inputs = st.integers(0, 3).flatmap(lambda rank: st.tuples(st.just(6), *[st.integers(1, 5)] * rank))
positions = st.integers(1, 3).flatmap(lambda rank: st.tuples(st.just(6), *[st.integers(1, 5)] * rank))


def channels_last(function):
    """Where PyTorch works on the last axis, the channels are put there."""
    return lambda x, w: function(x.movedim(1, -1), w).movedim(-1, 1)


@FEW
@given(inputs, st.booleans(), st.booleans(), st.sampled_from([1e-5, 1e-3, 0.5]))
def test_norms_of_vectors_too(input, scale, center, epsilon):
    common = f"scale: {truth(scale)}, center: {truth(center)}, epsilon: {epsilon}"
    agree(
        lambda x, w: F.batch_norm(x, w["mean"], w["variance"], w.get("scale"), w.get("center"), eps=epsilon),
        input,
        f"{{batch_norm: {{{common}}}}}",
    )
    agree(
        channels_last(lambda x, w: F.layer_norm(x, (6,), w.get("scale"), w.get("center"), epsilon)),
        input,
        f"{{layer_norm: {{{common}}}}}",
    )
    for groups in (1, 2, 3):
        agree(
            lambda x, w, groups=groups: F.group_norm(x, groups, w.get("scale"), w.get("center"), epsilon),
            input,
            f"{{group_norm: {groups}, {common}}}",
        )


@FEW
@given(positions, st.booleans(), st.booleans())
def test_instance_norm(input, scale, center):
    if np.prod(input[1:]) == 1:
        reject()  # PyTorch refuses a single position
    agree(
        lambda x, w: F.instance_norm(x, weight=w.get("scale"), bias=w.get("center")),
        input,
        f"{{instance_norm: {{scale: {truth(scale)}, center: {truth(center)}}}}}",
    )


@FEW
@given(positions, st.integers(1, 7), st.floats(0.1, 2), st.floats(0.1, 1), st.floats(0.5, 2))
def test_local_response_norm(input, size, alpha, beta, k):
    agree(
        lambda x, _: F.local_response_norm(x, size, alpha, beta, k),
        input,
        f"{{local_response_norm: {size}, alpha: {alpha}, beta: {beta}, k: {k}}}",
    )


ACTIVATIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "{leaky_relu: 0.3}": lambda x: F.leaky_relu(x, 0.3),
    "elu": F.elu,
    "{elu: 0.7}": lambda x: F.elu(x, 0.7),
    "selu": F.selu,
    "gelu": F.gelu,
    "sigmoid": F.sigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "tanh": F.tanh,
    "softplus": F.softplus,
    "silu": F.silu,
    "hard_swish": F.hardswish,
    "mish": F.mish,
    "softmax": lambda x: F.softmax(x, 1),
    "log_softmax": lambda x: F.log_softmax(x, 1),
    "{dropout: 0.5}": lambda x: x,
    "{drop_path: 0.5}": lambda x: x,
    "identity": lambda x: x,
    "{rescale: 0.5, offset: -3}": lambda x: 0.5 * x - 3,
}


@pytest.mark.parametrize("entry", ACTIVATIONS)
def test_activations(entry):
    for input in ((50,), (4, 60), (4, 16, 15), (2, 3, 4, 5)):
        # over the whole range: 2 · 30 is where eˣ alone would lose all digits
        agree(lambda x, _: ACTIVATIONS[entry](30 * x), input, f"group: [{{rescale: 30}}, {entry}]")
        agree(lambda x, _: ACTIVATIONS[entry](x), input, entry)


@pytest.mark.parametrize("input", [(5,), (4, 6), (4, 6, 5), (2, 3, 4, 5)])
def test_layers_with_a_number_a_channel(input):
    agree(lambda x, w: F.prelu(x, w["slope"]), input, "prelu")
    agree(lambda x, w: F.prelu(x, w["slope"]), input, "{prelu: {per: channel}}")
    # PyTorch has no slope per value
    agree(lambda x, w: torch.where(x < 0, w["slope"].movedim(-1, 0) * x, x), input, "{prelu: {per: value}}")
    agree(channels_last(lambda x, w: x * w["scale"]), input, "scale")
    agree(channels_last(lambda x, w: F.linear(x, w["kernel"].T, w["bias"])), input, "dense: 7")
    agree(channels_last(lambda x, w: F.linear(x, w["kernel"].T)), input, "{dense: 7, bias: false}")


@SOME
@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 50))
def test_embedding(ids, width, vocabulary):
    agree(
        lambda x, w: F.embedding(x.long(), w["table"]).movedim(-1, 1),
        (ids,),
        f"{{embedding: {width}, vocabulary: {vocabulary}}}",
        ids=vocabulary,
    )


# -- layers that move values


@FEW
@given(positions, st.data())
def test_borders(input, data):
    pairs = [(data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))) for _ in input[1:]]
    amounts, flat = written(*pairs), last_first(pairs)
    agree(lambda x, _: F.pad(x, flat), input, f"{{pad: {amounts}}}")
    agree(lambda x, _: F.pad(x, flat, mode="replicate"), input, f"{{pad: {amounts}, mode: replicate}}")
    if all(max(pair) < n for pair, n in zip(pairs, input[1:], strict=True)):
        agree(lambda x, _: F.pad(x, flat, mode="reflect"), input, f"{{pad: {amounts}, mode: reflect}}")
    larger = (input[0], *(n + sum(pair) for n, pair in zip(input[1:], pairs, strict=True)))
    agree(lambda x, _: F.pad(x, [-amount for amount in flat]), larger, f"{{crop: {amounts}}}")


@FEW
@given(positions, st.data())
def test_upsample(input, data):
    factors = tuple(data.draw(st.integers(1, 4)) for _ in input[1:])
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(factors)]
    agree(
        lambda x, _: F.interpolate(x, scale_factor=factors, mode="nearest"),
        input,
        f"{{upsample: {written(*factors)}}}",
    )
    agree(
        lambda x, _: F.interpolate(x, scale_factor=factors, mode=linear, align_corners=False),
        input,
        f"{{upsample: {written(*factors)}, mode: bilinear}}",
    )


@SOME
@given(positions, st.integers(1, 3))
def test_blocks_of_positions(input, block):
    """In one and three dimensions, and with `order: blocks`, written out: PyTorch has two dimensions and one order."""
    rank = len(input) - 1
    channels, sizes = input[0], [n * block for n in input[1:]]
    wide = (channels * block**rank, *input[1:])
    outer = [2 + 2 * axis for axis in range(rank)]
    split = [size for n in input[1:] for size in (n, block)]

    def to_space(x, order):
        blocks, spatial = [block] * rank, list(range(2 + rank, 2 + 2 * rank))
        if order == "channels":
            y, inside, kept = x.reshape(2, channels, *blocks, *input[1:]), range(2, 2 + rank), 1
        else:
            y, inside, kept = x.reshape(2, *blocks, channels, *input[1:]), range(1, 1 + rank), 1 + rank
        turned = [axis for pair in zip(spatial, inside, strict=True) for axis in pair]
        return y.permute(0, kept, *turned).reshape(2, channels, *sizes)

    def to_depth(x, order):
        y, inside = x.reshape(2, channels, *split), [axis + 1 for axis in outer]
        first = [1, *inside] if order == "channels" else [*inside, 1]
        return y.permute(0, *first, *outer).reshape(2, -1, *input[1:])

    for order in ("channels", "blocks"):
        agree(lambda x, _, order=order: to_space(x, order), wide, f"{{depth_to_space: {block}, order: {order}}}")
        agree(
            lambda x, _, order=order: to_depth(x, order),
            (channels, *sizes),
            f"{{space_to_depth: {block}, order: {order}}}",
        )
    if rank == 2:
        agree(lambda x, _: F.pixel_shuffle(x, block), wide, f"depth_to_space: {block}")
        agree(lambda x, _: F.pixel_unshuffle(x, block), (channels, *sizes), f"space_to_depth: {block}")


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
@pytest.mark.parametrize("input", [(6,), (6, 4), (6, 4, 5), (6, 3, 2, 4)])
def test_layers_that_rename_values(input, layout):
    def laid_out(x, back=False):
        if layout == "channels_first":
            return x
        return x.movedim(-1, 1) if back else x.movedim(1, -1)

    agree(lambda x, _: laid_out(x).flatten(1), input, "flatten", layout)
    count = int(np.prod(input))
    for shape in ((count,), (2, count // 2), (count // 6, 3, 2), (count // 6, 1, 3, 2)):
        agree(
            lambda x, _, shape=shape: laid_out(laid_out(x).reshape(2, *shape), back=True),
            input,
            f"reshape: {'x'.join(map(str, shape))}",
            layout,
        )
    agree(lambda x, _: x[:, 2:5], input, "slice: [2, 5]", layout)
    if len(input) > 1:
        agree(lambda x, _: F.channel_shuffle(x, 3), input, "channel_shuffle: 3", layout)


# -- merges


@SOME
@given(positions, st.data())
def test_merges(input, data):
    """Two or three tensors, some without positions, with a single one, or with a single channel."""
    channels, spatial = input[0], input[1:]
    kinds = data.draw(st.lists(st.sampled_from(["whole", "vector", "dot", "channel"]), min_size=1, max_size=3))
    shapes = {"vector": (channels,), "dot": (channels, *(1,) * len(spatial)), "channel": (1, *spatial)}
    inputs = [input, *(shapes.get(kind, input) for kind in kinds)]

    def spread(x):
        return x if x.ndim == len(input) + 1 else x.reshape(*x.shape, *(1,) * len(spatial))

    def whole(parts):
        return [part.expand(2, part.shape[1], *spatial) for part in parts]  # channels stay as they are

    functions = {
        "add": lambda parts: reduce(torch.add, parts),
        "subtract": lambda parts: reduce(torch.subtract, parts),
        "multiply": lambda parts: reduce(torch.multiply, parts),
        "average": lambda parts: sum(parts) / len(parts),
        "maximum": lambda parts: reduce(torch.maximum, parts),
        "concat": lambda parts: torch.cat(whole(parts), 1),
    }
    for kind, function in functions.items():
        names = ", ".join("abcd"[: len(inputs)])
        agree(lambda *parts, function=function: function([spread(x) for x in parts[:-1]]), inputs, f"{kind}: [{names}]")
