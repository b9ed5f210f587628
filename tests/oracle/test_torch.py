"""Output shapes and parameter counts against PyTorch: random settings of every layer that both know."""

from __future__ import annotations

import warnings

import pytest
from helpers import analyzed, written
from hypothesis import given, reject, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
nn = torch.nn

FEW = settings(max_examples=60)


def agree(module, input: tuple[int, ...], entry: str, *, ids: int = 0) -> None:
    """The entry and the module make the same of an input (channels, then spatial sizes)."""
    # not on meta tensors: there PyTorch leaves out some of its checks
    batch = torch.zeros((2, *input), dtype=torch.long if ids else torch.float32)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
            output = module(batch)
    except (RuntimeError, ValueError):
        reject()  # PyTorch refuses it
    if not output.numel():
        reject()  # … or should have
    layer = analyzed(written(input), entry, convention="pytorch", layout="channels_first").layers[0]
    assert layer.node.output.sizes("channels_first") == tuple(output.shape[1:])
    assert layer.params == layer.trainable_params == sum(parameter.numel() for parameter in module.parameters())


def yaml(sizes) -> str:
    return str(list(sizes))


def truth(value: bool) -> str:
    return "true" if value else "false"


@st.composite
def windows(draw, transposed: bool = False):
    """Rank, input, and what a convolution needs."""
    rank = draw(st.integers(1, 3))

    def sizes(low, high):
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    return {
        "rank": rank,
        "input": (groups * draw(st.integers(1, 3)), *sizes(1, 14)),
        "filters": groups * draw(st.integers(1, 3)),
        "kernel": sizes(1, 5),
        "stride": sizes(1, 4),
        "padding": sizes(0, 3),
        "dilation": sizes(1, 3),
        "groups": groups,
        "bias": draw(st.booleans()),
        "extra": sizes(0, 2) if transposed else (),
    }


@FEW
@given(windows())
def test_conv(case):
    module = getattr(nn, f"Conv{case['rank']}d")(
        case["input"][0],
        case["filters"],
        case["kernel"],
        case["stride"],
        case["padding"],
        case["dilation"],
        case["groups"],
        case["bias"],
    )
    agree(
        module,
        case["input"],
        f"{{conv: {case['filters']}, kernel: {yaml(case['kernel'])}, stride: {yaml(case['stride'])}, "
        f"padding: {yaml(case['padding'])}, dilation: {yaml(case['dilation'])}, groups: {case['groups']}, "
        f"bias: {truth(case['bias'])}}}",
    )


@FEW
@given(windows())
def test_conv_same(case):
    module = getattr(nn, f"Conv{case['rank']}d")(
        case["input"][0], case["filters"], case["kernel"], 1, "same", case["dilation"]
    )
    window = f"kernel: {yaml(case['kernel'])}, dilation: {yaml(case['dilation'])}"
    agree(module, case["input"], f"{{conv: {case['filters']}, {window}, padding: same}}")


@FEW
@given(windows())
def test_depthwise_conv(case):
    channels, multiplier = case["input"][0], case["filters"]
    module = getattr(nn, f"Conv{case['rank']}d")(
        channels,
        channels * multiplier,
        case["kernel"],
        case["stride"],
        case["padding"],
        case["dilation"],
        channels,
        case["bias"],
    )
    agree(
        module,
        case["input"],
        f"{{depthwise_conv: {yaml(case['kernel'])}, multiplier: {multiplier}, stride: {yaml(case['stride'])}, "
        f"padding: {yaml(case['padding'])}, dilation: {yaml(case['dilation'])}, bias: {truth(case['bias'])}}}",
    )


@FEW
@given(windows(transposed=True))
def test_conv_transpose(case):
    module = getattr(nn, f"ConvTranspose{case['rank']}d")(
        case["input"][0],
        case["filters"],
        case["kernel"],
        case["stride"],
        case["padding"],
        case["extra"],
        case["groups"],
        case["bias"],
        case["dilation"],
    )
    agree(
        module,
        case["input"],
        f"{{conv_transpose: {case['filters']}, kernel: {yaml(case['kernel'])}, stride: {yaml(case['stride'])}, "
        f"padding: {yaml(case['padding'])}, output_padding: {yaml(case['extra'])}, dilation: {yaml(case['dilation'])}, "
        f"groups: {case['groups']}, bias: {truth(case['bias'])}}}",
    )


@settings(max_examples=120)
@given(windows(), st.booleans())
def test_max_pool(case, ceil):
    module = getattr(nn, f"MaxPool{case['rank']}d")(
        case["kernel"], case["stride"], case["padding"], case["dilation"], ceil_mode=ceil
    )
    agree(
        module,
        case["input"],
        f"{{max_pool: {yaml(case['kernel'])}, stride: {yaml(case['stride'])}, padding: {yaml(case['padding'])}, "
        f"dilation: {yaml(case['dilation'])}, rounding: {'ceil' if ceil else 'floor'}}}",
    )


@FEW
@given(windows(), st.booleans(), st.booleans())
def test_avg_pool(case, ceil, stride_is_window):
    stride = None if stride_is_window else case["stride"]
    module = getattr(nn, f"AvgPool{case['rank']}d")(case["kernel"], stride, case["padding"], ceil)
    written_stride = "" if stride_is_window else f"stride: {yaml(case['stride'])}, "
    agree(
        module,
        case["input"],
        f"{{avg_pool: {yaml(case['kernel'])}, {written_stride}padding: {yaml(case['padding'])}, "
        f"rounding: {'ceil' if ceil else 'floor'}}}",
    )


@FEW
@given(windows(), st.sampled_from(["Avg", "Max"]))
def test_adaptive_pools(case, method):
    module = getattr(nn, f"Adaptive{method}Pool{case['rank']}d")(case["kernel"])
    agree(module, case["input"], f"{{adaptive_{method.lower()}_pool: {yaml(case['kernel'])}}}")


@pytest.mark.parametrize("n", range(1, 12))
@pytest.mark.parametrize("m", range(1, 8))
def test_adaptive_windows(n, m):
    """Which inputs an adaptive pool reads: those whose change PyTorch's output notices."""
    field = field_of(f"{{adaptive_avg_pool: {m}}}", 1, n)
    noticed = nn.AdaptiveAvgPool1d(m)(torch.eye(n)[:, None, :])[:, 0, :] != 0
    for unit in range(m):
        read = noticed[:, unit].nonzero().flatten().tolist()
        if m == 1:
            assert read == list(range(n))
            assert field.status == "global"
        else:
            low, high = field.box((unit,))[0]
            assert read == list(range(low, high + 1))


@pytest.mark.parametrize("s", [1, 2, 3])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize(("p", "d"), [(0, 1), (1, 1), (0, 2), (2, 3)])
def test_transposed_convolution_reads_what_torch_reads(k, s, p, d):
    module = nn.ConvTranspose1d(1, 1, k, s, p, dilation=d, bias=False)
    torch.nn.init.ones_(module.weight)
    n = 9
    try:
        noticed = module(torch.eye(n)[:, None, :])[:, 0, :] != 0
    except RuntimeError:
        pytest.skip("PyTorch refuses it")
    entry = f"{{conv_transpose: 1, kernel: {k}, stride: {s}, padding: {p}, dilation: {d}}}"
    field = field_of(entry, 1, n)
    for unit in range(noticed.shape[1]):
        read = noticed[:, unit].nonzero().flatten().tolist()
        low, high = field.box((unit,))[0]
        if read and low >= 0 and high < n:
            assert (read[0], read[-1]) == (low, high)
        inside = range(max(low, 0), min(high, n - 1) + 1)
        assert set(read) <= set(inside)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_upsampling_reads_what_torch_reads(factor, mode):
    n = 6
    image = torch.eye(n)[:, None, :, None].expand(n, 1, n, n).contiguous()
    noticed = nn.Upsample(scale_factor=factor, mode=mode)(image)[:, 0, :, 0] > 1e-4  # 0 but for rounding
    field = field_of(f"{{upsample: {factor}, mode: {mode}}}", 1, n, n)
    for unit in range(n * factor):
        low, high = field.box((unit, 0))[0]
        read = noticed[:, unit].nonzero().flatten().tolist()
        assert read == list(range(max(low, 0), min(high, n - 1) + 1))


inputs = st.integers(0, 3).flatmap(lambda rank: st.tuples(st.just(4), *[st.integers(1, 6)] * rank))
positions = st.integers(1, 3).flatmap(lambda rank: st.tuples(st.just(4), *[st.integers(1, 6)] * rank))


@FEW
@given(positions, st.booleans())
def test_norms(input, affine):
    channels, rank = input[0], len(input) - 1
    setting = f"affine: {truth(affine)}"
    agree(getattr(nn, f"BatchNorm{rank}d")(channels, affine=affine), input, f"{{batch_norm: {{{setting}}}}}")
    agree(
        getattr(nn, f"InstanceNorm{rank}d")(channels, affine=affine).eval(), input, f"{{instance_norm: {{{setting}}}}}"
    )
    agree(getattr(nn, f"InstanceNorm{rank}d")(channels).eval(), input, "instance_norm")
    agree(nn.GroupNorm(2, channels, affine=affine), input, f"{{group_norm: 2, {setting}}}")
    agree(nn.LocalResponseNorm(3), input, "{local_response_norm: 3}")


@FEW
@given(inputs, st.integers(1, 9), st.booleans())
def test_layers_of_the_last_axis(input, units, bias):
    """PyTorch's Linear and LayerNorm work on the last axis: there the channels are put for them."""

    class Last(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x.movedim(1, -1)).movedim(-1, 1)

    agree(Last(nn.Linear(input[0], units, bias)), input, f"{{dense: {units}, bias: {truth(bias)}}}")
    agree(Last(nn.LayerNorm(input[0], elementwise_affine=bias)), input, f"{{layer_norm: {{affine: {truth(bias)}}}}}")
    agree(nn.Flatten(), input, "flatten")
    agree(nn.PReLU(), input, "prelu")
    agree(nn.PReLU(input[0]), input, "{prelu: {per: channel}}")


@FEW
@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 50))
def test_embedding(ids, width, vocabulary):
    class First(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(vocabulary, width)

        def forward(self, x):
            return self.table(x).movedim(-1, 1)

    agree(First(), (ids,), f"{{embedding: {width}, vocabulary: {vocabulary}}}", ids=vocabulary)


@FEW
@given(positions, st.data())
def test_layers_that_move_values(input, data):
    rank = len(input) - 1
    factors = tuple(data.draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)))
    agree(nn.Upsample(scale_factor=factors), input, f"{{upsample: {yaml(factors)}}}")
    amounts = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=rank, max_size=rank))
    flat = [amount for pair in reversed(amounts) for amount in pair]  # PyTorch begins with the last axis
    pairs = str([list(pair) for pair in amounts])
    agree(getattr(nn, f"ConstantPad{rank}d")(tuple(flat), 0.0), input, f"{{pad: {pairs}}}")
    agree(getattr(nn, f"ReplicationPad{rank}d")(tuple(flat)), input, f"{{pad: {pairs}, mode: replicate}}")
    if all(max(pair) < n for pair, n in zip(amounts, input[1:], strict=True)):
        agree(getattr(nn, f"ReflectionPad{rank}d")(tuple(flat)), input, f"{{pad: {pairs}, mode: reflect}}")
    if rank == 2:
        b = data.draw(st.integers(1, 3))
        wide = (input[0] * b * b, *input[1:])
        agree(nn.PixelShuffle(b), wide, f"{{depth_to_space: {b}}}")
        agree(nn.PixelUnshuffle(b), (input[0], *(n * b for n in input[1:])), f"{{space_to_depth: {b}}}")
        agree(nn.ChannelShuffle(2), input, "{channel_shuffle: 2}")


ACTIVATIONS = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "sigmoid": nn.Sigmoid,
    "hard_sigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "silu": nn.SiLU,
    "hard_swish": nn.Hardswish,
    "mish": nn.Mish,
    "softmax": lambda: nn.Softmax(1),
    "log_softmax": lambda: nn.LogSoftmax(1),
    "{dropout: 0.5}": nn.Dropout,
    "identity": nn.Identity,
}


@pytest.mark.parametrize("entry", ACTIVATIONS)
def test_activations(entry):
    for input in ((5,), (4, 6), (4, 6, 5), (2, 3, 4, 5)):
        agree(ACTIVATIONS[entry](), input, entry)


def field_of(entry: str, *input: int):
    """The receptive field of one layer; the input's channels come first."""
    analysis = analyzed(written(input), entry, convention="pytorch", layout="channels_first")
    return analysis.layers[0].fields["input"]


# -- whole chains


def vgg(channels: list[int | str], size: int):
    """A chain of VGG's kind as PyTorch modules, and as the text of a spec."""
    modules, lines, before = [], [f"input: 3x{size}x{size}", "convention: pytorch", "layers:"], 3
    for step in channels:
        if step == "M":
            modules.append(nn.MaxPool2d(2))
            lines.append("  - max_pool: 2")
            size //= 2
        else:
            modules += [nn.Conv2d(before, step, 3, padding=1), nn.BatchNorm2d(step), nn.ReLU()]
            lines.append(f"  - {{conv: {step}, kernel: 3, padding: 1, norm: batch_norm, activation: relu}}")
            before = step
    modules += [nn.Flatten(), nn.Linear(before * size * size, 40), nn.ReLU(), nn.Linear(40, 10)]
    lines += ["  - flatten", "  - {dense: 40, activation: relu}", "  - dense: 10", ""]
    return nn.Sequential(*modules), "\n".join(lines)


@pytest.mark.parametrize("channels", [[8, "M", 16, "M"], [8, 8, "M", 16, 16, "M", 32, 32, 32, "M"]])
def test_torchinfo_counts_the_same_parameters(channels):
    import cnncalc

    torchinfo = pytest.importorskip("torchinfo", reason="torchinfo is not installed (pip install -e '.[oracle]')")
    model, text = vgg(channels, 32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted = torchinfo.summary(model, (1, 3, 32, 32), verbose=0)
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert analysis.totals.params == counted.total_params == sum(parameter.numel() for parameter in model.parameters())
    leaves = [info for info in counted.summary_list if info.is_leaf_layer]
    assert [layer.params for layer in analysis.layers] == [max(info.num_params, 0) for info in leaves]
    assert [layer.node.output.sizes("channels_first") for layer in analysis.layers] == [
        tuple(info.output_size[1:]) for info in leaves
    ]
