"""What positions read in PyTorch; a whole chain next to torchinfo. (All settings of single layers: `single_layers`.)"""

from __future__ import annotations

import warnings

import pytest
from helpers import analyzed, written

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
nn = torch.nn


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
