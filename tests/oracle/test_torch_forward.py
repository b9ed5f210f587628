"""Values against PyTorch on the CPU: every kind, in 1-D to 3-D, with random shapes, settings, inputs and weights."""

from __future__ import annotations

import json
import warnings
from functools import reduce
from math import prod

import numpy as np
import pytest
from data import deform_conv
from forward.running import chain, close, drawn, outputs
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from oracle.built import Network, PyTorch

import cnncalc
from cnncalc import layers as kinds
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import run_layer
from cnncalc.layers.resizing._interpolation import Way

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


def standardized(weight, gain, epsilon: float, gamma: float):
    """As in timm's StdConv2d and ScaledStdConv2d: a batch norm whose channels are the filters, first in `weight`."""
    factors = None if gain is None else gain * gamma * weight[0].numel() ** -0.5
    rows = weight.reshape(1, len(weight), -1)
    return F.batch_norm(rows, None, None, factors, training=True, momentum=0, eps=epsilon).reshape_as(weight)


@FEW
@given(windows(), st.booleans(), st.sampled_from([1e-6, 1e-3]))
def test_filters_that_are_standardised(case, is_scaled, epsilon):
    """(A convolution whose filters have one weight is refused.)"""
    assume(np.prod(case["kernel"]) * case["input"][0] > case["groups"])

    def theirs(x, w):
        kernel = standardized(filters_first(w["kernel"]), w.get("gain"), epsilon, 1.0)
        return conv(case, x, kernel, w.get("bias"), case["groups"])

    how = "scaled, gain: true" if is_scaled else "true"
    entry = f"{{conv: {case['filters']}, {text(case, *WINDOW, 'groups')}, standardize: {how}, epsilon: {epsilon}}}"
    agree(theirs, case["input"], entry)


@SOME
@given(windows(), st.integers(1, 3))
def test_filters_of_a_channel_that_are_standardised(case, multiplier):
    assume(np.prod(case["kernel"]) > 1)
    settings = f"multiplier: {multiplier}, {text(case, *WINDOW[1:])}, standardize: scaled, gain: true"
    agree(
        lambda x, w: conv(
            case, x, standardized(apart(w["kernel"]), w["gain"], 1e-6, 1.0), w.get("bias"), case["input"][0]
        ),
        case["input"],
        f"{{depthwise_conv: {written(*case['kernel'])}, {settings}}}",
    )


@SOME
@given(st.integers(2, 9), st.integers(1, 5))
def test_units_that_are_standardised(inputs, units):
    agree(
        lambda x, w: F.linear(x, standardized(w["kernel"].T, w["gain"], 1e-6, 1.0), w["bias"]),
        (inputs,),
        f"{{dense: {units}, standardize: scaled, gain: true}}",
    )


@pytest.mark.parametrize("case", deform_conv.CASES, ids=str)
def test_deformable_conv(case):
    """Values that torchvision gave: here, and of what stands in for it where it is not installed."""
    recorded = json.loads(deform_conv.FILE.read_text())["cases"]
    expected = np.array(next(each["output"] for each in recorded if case.items() <= each.items()))
    settings = ", ".join(
        f"{name}: {json.dumps(value)}" for name, value in case.items() if name not in ("input", "filters")
    )
    entry = f"{{deformable_conv: {case['filters']}, {settings}}}"
    spec = chain({"input": case["input"]}, entry, convention="lecture", layout="channels_last")
    weights = deform_conv.arrays(case)
    x = weights.pop("x")
    [last] = spec.graph.output_nodes
    ours = run_layer(last, [x[None]], {last.name: weights}, Arrays("channels_last", "float64"))
    np.testing.assert_allclose(ours[0], expected, atol=2e-9)
    with PyTorch().precise():
        theirs = Network(spec.graph, "torch", spec.layout).run({"input": x[None]}, {last.name: weights})
    np.testing.assert_allclose(theirs[last.name][0], expected, atol=2e-9)


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
@given(pools(), st.sampled_from([1, 2, 3]))
def test_lp_pool(case, p):
    """On whole windows, of the sizes of the values: PyTorch sums xᵖ, and we |x|ᵖ."""
    functions = torch.nn.functional
    pool = (functions.lp_pool1d, functions.lp_pool2d, functions.lp_pool3d)[case["rank"] - 1]
    numbers = [sizes if len(sizes) > 1 else sizes[0] for sizes in (case["kernel"], case["stride"])]
    agree(
        lambda x, _: pool(x.abs(), p, *numbers),
        case["input"],
        f"{{lp_pool: {written(*case['kernel'])}, {text(case, 'stride')}, p: {p}}}",
    )


def test_where_lp_pool_of_pytorch_is_another():
    """A cut window's mean is multiplied by the size of a whole one; with an odd power the sum keeps the signs."""
    x = torch.tensor([[[3.0, 4.0, 5.0]]])
    cut = torch.nn.functional.lp_pool1d(x, 2, 2, 2, ceil_mode=True)
    assert cut.flatten().tolist() == pytest.approx([5.0, (2 * 25) ** 0.5])
    spec = cnncalc.load("input: 3x1\nlayout: channels_last\nlayers: [{lp_pool: 2, rounding: ceil}]")
    assert cnncalc.run(spec, x.numpy().reshape(3, 1))["lp_pool1"].ravel().tolist() == pytest.approx([5.0, 5.0])
    one, three = (torch.nn.functional.lp_pool1d(torch.tensor([[[-3.0, 1.0]]]), p, 2).item() for p in (1, 3))
    assert one == -2  # −3 + 1, where Σ|x| is 4
    assert three != three  # no root of −27 + 1


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
    learned = f"{{rms_norm: {{scale: {truth(scale)}, epsilon: {epsilon}}}}}"
    agree(channels_last(lambda x, w: F.rms_norm(x, (6,), w.get("scale"), epsilon)), input, learned)
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
@given(positions, st.sampled_from([1e-6, 0.1]))
def test_global_response_norm(input, epsilon):
    """As Woo et al., ConvNeXt V2 (2023), define it in their algorithm 1."""

    def response(x, w):
        norms = torch.norm(x, p=2, dim=tuple(range(2, x.ndim)), keepdim=True)
        shares = norms / (norms.mean(dim=1, keepdim=True) + epsilon)
        per_channel = (-1, *(1,) * (x.ndim - 2))
        return w["scale"].reshape(per_channel) * (x * shares) + w["center"].reshape(per_channel) + x

    agree(response, input, f"{{global_response_norm: {{epsilon: {epsilon}}}}}")


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
    "{hard_sigmoid: 0.2}": lambda x: (0.2 * x + 0.5).clamp(0, 1),
    "log_sigmoid": F.logsigmoid,
    "tanh": F.tanh,
    "hard_tanh": F.hardtanh,
    "{clip: [-0.5, 2]}": lambda x: x.clamp(-0.5, 2),
    "softsign": F.softsign,
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
    "l2_norm": F.normalize,
    "{l2_norm: {epsilon: 3}}": lambda x: F.normalize(x, eps=3),
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
    agree(channels_last(lambda x, w: x * w["scale"]), input, "scale")
    for per in ("channel", "value", "position", "all"):
        agree(
            channels_last(lambda x, w: x * w["scale"] + w["center"]),
            input,
            f"{{scale: {{per: {per}, center: true}}}}",
        )
        agree(channels_last(lambda x, w: x + w["offset"]), input, f"{{offset: {{per: {per}}}}}")
        agree(channels_last(lambda x, w: torch.where(x < 0, w["slope"] * x, x)), input, f"{{prelu: {{per: {per}}}}}")
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
    agree(lambda x, _: F.pad(x, flat, value=0.5), input, f"{{pad: {amounts}, mode: constant, value: 0.5}}")
    if all(max(pair) <= n for pair, n in zip(pairs, input[1:], strict=True)):
        agree(lambda x, _: F.pad(x, flat, mode="circular"), input, f"{{pad: {amounts}, mode: circular}}")
    before, after = pairs[0]
    every = [*flat, before, after]
    agree(lambda x, _: F.pad(x, every), input, f"{{pad: {amounts}, channels: [{before}, {after}]}}")
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


@FEW
@given(positions, st.data())
def test_resize(input, data):
    """To any size, by each mode of PyTorch; the second input has the size."""
    sizes = tuple(data.draw(st.integers(1, 9)) for _ in input[1:])
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(sizes)]
    ways = [
        ("", {"mode": "nearest"}),
        (", centers: true", {"mode": "nearest-exact"}),
        (", mode: bilinear", {"mode": linear, "align_corners": False}),
        (", mode: bilinear, align_corners: true", {"mode": linear, "align_corners": True}),
    ]
    for more, options in ways:
        agree(
            lambda x, *_, options=options: F.interpolate(x, sizes, **options),
            [input, (2, *sizes)],
            f"{{resize: {{like: b{more}}}, from: a}}",
        )


@pytest.mark.parametrize("n", [1, 7, 49, 64, 100, 129])
def test_resize_nearest_finds_the_positions_of_pytorch_at_every_size(n):
    x = np.arange(n, dtype="float64").reshape(n, 1)
    for m in range(1, 260):
        theirs = F.interpolate(torch.from_numpy(x.T[None]), m, mode="nearest")[0, 0].numpy()
        assert Way("nearest").values(Arrays(), x, 0, m)[:, 0].tolist() == theirs.tolist(), m


def test_where_pytorch_rounds_a_position_away():
    # ⌊41·2/82⌋ = 1; in float32 41·(2/82) is a little less than 1
    x = torch.arange(2.0)[None, None]
    assert F.interpolate(x, 82, mode="nearest")[0, 0, 41] == 0
    assert F.interpolate(x.double(), 82, mode="nearest")[0, 0, 41] == 1
    assert Way("nearest").values(Arrays(), np.arange(2.0), 0, 82)[41] == 1


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
    """Two to four tensors, some without positions, with a single channel, or with a single position along any axes."""
    channels, spatial = input[0], input[1:]

    def shape(kind):
        if kind == "vector":
            return (channels,)
        thin = [data.draw(st.booleans()) if kind == "thin" else False for _ in spatial]
        sizes = [1 if is_one else n for is_one, n in zip(thin, spatial, strict=True)]
        return (1 if kind == "channel" else channels, *sizes)

    kinds = st.sampled_from(["whole", "vector", "thin", "channel"])
    inputs = [shape(kind) for kind in data.draw(st.lists(kinds, min_size=2, max_size=4))]
    if all(len(each) == 1 for each in inputs):
        reject()

    def spread(x):
        return x if x.ndim == len(input) + 1 else x.reshape(*x.shape, *(1,) * len(spatial))

    functions = {
        "add": lambda parts: reduce(torch.add, parts),
        "subtract": lambda parts: reduce(torch.subtract, parts),
        "multiply": lambda parts: reduce(torch.multiply, parts),
        "average": lambda parts: sum(parts) / len(parts),
        "maximum": lambda parts: reduce(torch.maximum, parts),
        "minimum": lambda parts: reduce(torch.minimum, parts),
    }
    names = ", ".join("abcd"[: len(inputs)])
    for kind, function in functions.items():
        agree(lambda *parts, function=function: function([spread(x) for x in parts[:-1]]), inputs, f"{kind}: [{names}]")
    weighted = {
        "none": lambda own: own,
        "sum": lambda own: F.relu(own) / (F.relu(own).sum() + 1e-4),
        "softmax": lambda own: F.softmax(own, 0),
    }
    for normalize, shares in weighted.items():
        agree(
            lambda *parts, shares=shares: sum(
                share * spread(x) for share, x in zip(shares(parts[-1]["weight"]), parts[:-1], strict=True)
            ),
            inputs,
            f"{{weighted_add: [{names}], normalize: {normalize}}}",
        )
    joined = [(each[0], *spatial) for each in inputs]
    agree(lambda *parts: torch.cat(parts[:-1], 1), joined, f"concat: [{names}]")


@SOME
@given(positions, st.integers(1, 5), st.sampled_from(["none", "first", "second"]))
def test_products_of_matrices(input, size, transpose):
    """A map or sequence and a sequence: by columns of it, by its rows, or column by column."""
    channels, *spatial = input
    rows = prod(spatial)
    other, equation = {
        "none": ((size, channels), "bnc,bcd->bnd"),
        "first": ((size, rows), "bnc,bnd->bcd"),
        "second": ((channels, size), "bnc,bmc->bnm"),
    }[transpose]

    def product(a, b, _):
        y = torch.einsum(equation, a.flatten(2).mT, b.flatten(2).mT).mT
        return y if transpose == "first" else y.unflatten(2, spatial)

    agree(product, [input, other], f"{{matmul: [a, b], transpose: {transpose}}}")


@SOME
@given(positions, st.sampled_from(["sigmoid", "tanh", "relu", "gelu", "silu"]))
def test_gated_linear_units(input, gate):
    function = {**SMOOTH, "sigmoid": torch.sigmoid}[gate]
    input = (2 * input[0], *input[1:])
    agree(lambda x, _: x.chunk(2, 1)[0] * function(x.chunk(2, 1)[1]), input, f"glu: {gate}")


@SOME
@given(st.integers(1, 6), st.integers(1, 9), st.integers(1, 4))
def test_learned_numbers(channels, length, count):
    tokens = lambda weights: weights["value"].T.expand(2, channels, count)  # noqa: E731
    agree(lambda x, own: torch.cat((tokens(own), x), 2), (channels, length), f"prepend: {count}")
    agree(lambda _, own: tokens(own), (channels, length), f"learned: [{channels}, {count}]")


@pytest.mark.parametrize("other", [(3,), (3, 5), (3, 5, 5), (3, 4, 1, 1), (3, 4, 5, 5)])
def test_concat_refuses_what_pytorch_refuses(other):
    whole = torch.zeros(2, 3, 4, 5)
    with pytest.raises((RuntimeError, IndexError)):
        torch.cat([whole, torch.zeros(2, *other)], 1)
    with pytest.raises(cnncalc.SpecError):
        chain({"a": (3, 4, 5), "b": other}, "concat: [a, b]", convention="pytorch", layout="channels_first")


def test_a_vector_beside_a_map_is_a_warning_where_pytorch_refuses_it():
    with pytest.raises(RuntimeError):
        torch.zeros(2, 3, 4, 5) * torch.zeros(2, 3)
    inputs = {"a": (3, 4, 5), "b": (3,)}
    spec = chain(inputs, "multiply: [a, b]", convention="pytorch", layout="channels_first")
    assert [each.code for each in spec.remarks] == ["CNN531"]


# -- to the last digits


SMOOTH = {
    "relu": F.relu, "relu6": F.relu6, "leaky_relu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "gelu": F.gelu,
    "sigmoid": torch.sigmoid, "hard_sigmoid": F.hardsigmoid, "tanh": torch.tanh, "silu": F.silu,
    "log_sigmoid": F.logsigmoid, "hard_tanh": F.hardtanh, "{clip: [-0.5, 2]}": lambda x: x.clamp(-0.5, 2),
    "softsign": F.softsign,
    "hard_swish": F.hardswish, "mish": F.mish, "softmax": lambda x: F.softmax(x, 1),
    "log_softmax": lambda x: F.log_softmax(x, 1),
    # PyTorch's own threshold, beyond which it returns its input, is off by 2 · 10⁻⁹
    "softplus": lambda x: F.softplus(x, threshold=1e9),
    "layer_norm": lambda x: F.layer_norm(x.movedim(1, -1), x.shape[1:2]).movedim(-1, 1),
    "{rms_norm: {epsilon: 1e-5}}": lambda x: F.rms_norm(x.movedim(1, -1), x.shape[1:2], eps=1e-5).movedim(-1, 1),
    "l2_norm": F.normalize,
    "{instance_norm, affine: false}": F.instance_norm, "{group_norm: 3}": lambda x: F.group_norm(x, 3),
    "global_response_norm": torch.clone,  # its scale and center are 0 before training
    "{local_response_norm: 3}": lambda x: F.local_response_norm(x, 3),
    "batch_norm": lambda x: F.batch_norm(x, torch.zeros(6, dtype=x.dtype), torch.ones(6, dtype=x.dtype)),
}  # fmt: skip


def test_every_activation_and_norm_is_compared_to_the_last_digits():
    named = {entry.strip("{").partition(":")[0].partition(",")[0] for entry in SMOOTH}
    assert named | {"prelu"} == kinds.ACTIVATIONS | kinds.NORMS  # `prelu` has a learned slope, and is compared above


@pytest.mark.parametrize("scale", [1e-3, 1, 20, 1e4])
@pytest.mark.parametrize("entry", SMOOTH)
def test_in_every_type(entry, scale):
    spec = cnncalc.load(f"convention: pytorch\ninput: 6x5x4\nlayers: [{entry}]")
    x = np.random.default_rng(len(entry)).standard_normal((2, 6, 5, 4)) * scale
    for dtype, limit in (("float64", 1e-12), ("float32", 2e-6), ("float16", 4e-3)):
        part = x.astype(dtype)
        ours = next(reversed(cnncalc.run(spec, part, dtype=dtype).values()))
        # what float16 should give is what float32 gives of the same numbers
        theirs = SMOOTH[entry](torch.from_numpy(part.astype("float32") if dtype == "float16" else part)).numpy()
        assert ours.dtype == dtype
        assert np.abs(ours.astype(float) - theirs).max() <= limit * max(1, np.abs(theirs).max())


def test_infinite_values():
    x = np.array([[np.inf, -np.inf, np.nan, 0.0, -0.0, 1e300, -1e300]])
    for kind in sorted(kinds.ACTIVATIONS - {"prelu", "softmax", "log_softmax"}):
        entry = "{clip: [-0.5, 2]}" if kind == "clip" else kind
        layer = cnncalc.load(f"convention: pytorch\ninput: 7\nlayers: [{entry}]").graph.nodes[0].layer
        with np.errstate(all="ignore"):
            ours = layer.run(Arrays(dtype="float64"), x, {})
        np.testing.assert_array_equal(ours, SMOOTH[entry](torch.from_numpy(x)).numpy(), kind)
