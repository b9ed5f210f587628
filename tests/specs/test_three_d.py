"""Shipped networks for films and scans, held against published counts or arithmetic written out."""

from itertools import pairwise
from math import prod

import pytest
from specs.reference import analyzed


def sizes(model, **overrides):
    return {each.name: each.output.sizes("channels_last") for each in analyzed(model, **overrides).walk()}


# -- C3D

C3D = [
    (1, 3, 64), (2, 64, 128), (3, 128, 256), (3, 256, 256), (4, 256, 512), (4, 512, 512), (5, 512, 512), (5, 512, 512),
]  # fmt: skip
"""Stage, channels in, filters of its eight 3×3×3 convolutions."""


def test_parameters_of_c3d():
    convolutions = sum(27 * inside * filters + filters for _, inside, filters in C3D)
    dense = 8192 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 487 + 487  # 1·4·4·512 = 8,192
    assert analyzed("c3d").totals.params == convolutions + dense


def test_multiply_adds_of_c3d():
    maps = {1: (16, 112, 112), 2: (16, 56, 56), 3: (8, 28, 28), 4: (4, 14, 14), 5: (2, 7, 7)}
    macs = sum(prod(maps[stage]) * 27 * inside * filters for stage, inside, filters in C3D)
    assert analyzed("c3d").totals.macs == macs + 8192 * 4096 + 4096 * 4096 + 4096 * 487


def test_time_in_c3d():
    # the paper: 16 frames, halved by every pool but the first
    found = sizes("c3d")
    assert [found[f"max_pool{number}"][0] for number in range(1, 6)] == [16, 8, 4, 2, 1]


# -- 3D U-Net

DOWN = [(3, 32, 64), (64, 64, 128), (128, 128, 256), (256, 256, 512)]
"""Channels in, filters of the first and the second convolution, on the way down."""
UP = [(256 + 512, 256), (128 + 256, 128), (64 + 128, 64)]
"""Channels after the concatenation, filters of both convolutions."""


def test_parameters_of_the_3d_unet():
    down = sum(27 * (c * f + f * g) + f + g for c, f, g in DOWN)
    up = sum(27 * (c * f + f * f) + 2 * f for c, f in UP)
    growing = sum(8 * c * c for c in (512, 256, 128))  # no biases
    # the paper: 19069955 parameters in total
    assert analyzed("unet_3d").totals.params == down + up + growing + 64 * 3 + 3 == 19_069_955


def test_sizes_of_the_3d_unet():
    # figure 2; a pair of convolutions takes 4 off, a pool halves
    found = sizes("unet_3d")
    assert [found[name][:3] for name in ("down1", "down2", "down3", "bottom")] == [
        (128, 128, 112), (60, 60, 52), (26, 26, 22), (9, 9, 7),
    ]  # fmt: skip
    assert [found[f"up{number}"] for number in (1, 2, 3)] == [(14, 14, 10, 256), (24, 24, 16, 128), (44, 44, 28, 64)]
    assert found["conv1"] == (44, 44, 28, 3)


def test_multiply_adds_of_the_3d_unet():
    def pairs(ways, sides):
        for (inside, first, second), (height, depth) in zip(ways, sides, strict=True):
            for c, f, shrunk in ((inside, first, 2), (first, second, 4)):
                yield (height - shrunk) ** 2 * (depth - shrunk) * 27 * c * f

    # height (and width) and depth of what goes into a pair
    macs = sum(pairs(DOWN, [(132, 116), (64, 56), (30, 26), (13, 11)]))
    macs += sum(pairs([(c, f, f) for c, f in UP], [(18, 14), (28, 20), (48, 32)]))
    # every place meets all 2·2·2 weights
    macs += 9 * 9 * 7 * 8 * 512**2 + 14 * 14 * 10 * 8 * 256**2 + 24 * 24 * 16 * 8 * 128**2
    assert analyzed("unet_3d").totals.macs == macs + 44 * 44 * 28 * 64 * 3


# -- Attention U-Net

WIDTHS = [16, 32, 64, 128, 256]
"""Filters of a level of the authors' code, from the finest to the coarsest."""
PAIRS = [
    *zip(range(5), [1, *WIDTHS], WIDTHS, strict=False),
    *((level, fine + coarse, fine) for level, (fine, coarse) in enumerate(pairwise(WIDTHS))),
]
"""Level, channels in, filters of each pair of convolutions, down and up."""


def biased(taps, inside, filters):
    """A convolution with biases."""
    return taps * inside * filters + filters


def test_parameters_of_the_attention_unet():
    pairs = sum(biased(27, c, f) + biased(27, f, f) + 4 * f for _, c, f in PAIRS)
    answers = sum(biased(1, f, 4) for f in WIDTHS[:-1]) + biased(1, 16, 4)
    # Oktay et al., table 2: 5.88 M for the U-Net
    assert analyzed("attention_unet_ungated").totals.params == pairs + answers == 5_888_004
    # on three skips: 2×2×2 of the skip and 1×1×1 of the signal, a number of their sum, 1×1×1 of what passes
    gates = [8 * f**2 + biased(1, 2 * f, f) + biased(1, f, 1) + biased(1, f, f) + 2 * f for f in (32, 64, 128)]
    joins = [biased(1, f, f) + 2 * f for f in (32, 64, 128)]
    signal = biased(1, 256, 256) + 2 * 256
    assert analyzed("attention_unet").totals.params == pairs + answers + sum(gates) + sum(joins) + signal
    second = sum(gates) + sum(f**2 for f in (32, 64, 128))  # and the layer after them reads both
    two = analyzed("attention_unet_two_gates").totals.params
    assert two == analyzed("attention_unet").totals.params + second


def test_multiply_adds_of_the_attention_unet():
    places = [160 * 160 * 96 // 8**level for level in range(5)]
    work = sum(places[level] * 27 * (c * f + f * f) for level, c, f in PAIRS)
    work += sum(n * f * 4 for n, f in zip(places, WIDTHS, strict=False) if f < 256) + places[0] * 16 * 4
    assert analyzed("attention_unet_ungated").totals.macs == work
    for level in (1, 2, 3):
        f, fine, coarse = WIDTHS[level], places[level], places[level + 1]
        work += coarse * (8 * f * f + 2 * f * f + f) + 2 * fine * f * f
    assert analyzed("attention_unet").totals.macs == work + places[4] * 256 * 256


def test_what_the_gates_of_the_attention_unet_see():
    # a gate sees what the coarser level sees, and a linear upsampling two neighbours of it
    entries = {each.name: each.fields["input"].size for each in analyzed("attention_unet").walk()}
    assert entries["bottom"] == entries["signal"] == (140,) * 3  # 5, 6 after the pool, 14, 16, 32, 36, 68, 76, 140
    assert entries["up4.skipped"] == (140 + 16,) * 3


# -- R3D-18


def test_receptive_field_of_r3d_18():
    # 3×7×7 with steps of 1, 2, 2; then 4 convolutions of 3 a stage, the first of each later stage with a step of 2
    time, space, step = 3, 7, 1
    found = {each.name: each.fields["input"] for each in analyzed("r3d_18").walk()}
    for number in (1, 2, 3, 4):
        before, step = step, step * (1 if number == 1 else 2)
        time += 2 * before + 3 * 2 * step
        space += 2 * (2 * before + 3 * 2 * step)
        assert found[f"stage{number}"].size == (time, space, space)


def test_r3d_18_takes_any_film():
    assert sizes("r3d_18", input="3x8x64x64")["dense1"] == (400,)


# -- X3D


@pytest.mark.parametrize(
    ("model", "params", "macs"),
    [("x3d_xs", 3.76, 0.60), ("x3d_s", 3.76, 1.96), ("x3d_m", 3.76, 4.73), ("x3d_l", 6.08, 18.37)],
)
def test_counts_of_x3d(model, params, macs):
    # the paper, table 3, in millions and thousand millions: the parameters of norms are not among them
    analysis = analyzed(model)
    norms = sum(each.params for each in analysis.layers if each.node.kind == "batch_norm")
    assert (analysis.totals.params - norms) / 1e6 == pytest.approx(params, abs=0.01)
    assert analysis.totals.macs / 1e9 == pytest.approx(macs, abs=0.01)


def test_receptive_field_of_x3d():
    # 3×3 with steps of 2, then 5 frames; a 3×3×3 a unit, the first of each stage with a step of 2 in space
    time, space, step = 5, 3, 2
    found = {each.name: each.fields["input"] for each in analyzed("x3d").walk()}
    for number, units in enumerate((3, 5, 11, 7)):
        time += 2 * units
        space += 2 * step + (units - 1) * 2 * 2 * step
        step *= 2
        assert found[f"stage.{number}.{units - 1}"].size == (time, space, space)
