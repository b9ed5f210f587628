"""Attention written out in PyTorch: every setting, in 1-D to 3-D, its values and its multiply-adds.

The windows are cut out as Swin's and MaxViT's own code does it, with rolls, views and a mask of numbered regions.
"""

from __future__ import annotations

import re
from itertools import product
from math import prod
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.test_torch_forward import agree, truth

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
F = torch.nn.functional

SOME = settings(max_examples=25)


def rows(x):
    """(batch, channels, *positions) as (batch, positions, channels)."""
    return x.flatten(2).transpose(1, 2)


def projected(x, weights, name):
    """A projection of rows."""
    return F.linear(x, weights[name].T, weights.get(f"{name}_bias"))


def by_head(x, heads):
    """(batch, positions, heads · size) as (batch, heads, positions, size)."""
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)


def attended(query, key, value, weights, heads, key_heads=None, mask=None, causal=False):
    """Attention of rows to rows; `mask` is added to the scores."""
    q = by_head(projected(query, weights, "query"), heads)
    k, v = (
        by_head(projected(x, weights, name), key_heads or heads).repeat_interleave(heads // (key_heads or heads), -3)
        for x, name in ((key, "key"), (value, "value"))
    )
    found = F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal)
    return projected(found.transpose(-3, -2).flatten(-2), weights, "output")


def in_place(x, like):
    """Rows as a tensor with the positions of another."""
    return x.transpose(1, 2).unflatten(2, like.shape[2:])


@st.composite
def heads(draw):
    """Heads, key heads, the sizes of keys and values, and channels."""
    count = draw(st.integers(1, 4))
    shared = draw(st.sampled_from([n for n in range(1, count + 1) if count % n == 0]))
    return count, shared, draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 7))


positions = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@SOME
@given(heads(), positions, st.integers(1, 7), st.booleans(), st.booleans())
def test_heads_of_any_size(sizes, spatial, channels, bias, output_bias):
    count, shared, key_size, value_size, output = sizes
    entry = (
        f"{{attention: {count}, key_heads: {shared}, key_size: {key_size}, value_size: {value_size}, "
        f"output: {output}, bias: {truth(bias)}, output_bias: {truth(output_bias)}}}"
    )
    agree(lambda x, w: in_place(attended(rows(x), rows(x), rows(x), w, count, shared), x), (channels, *spatial), entry)


@SOME
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 9))
def test_causal(count, key_size, n):
    agree(
        lambda x, w: in_place(attended(rows(x), rows(x), rows(x), w, count, causal=True), x),
        (count * key_size, n),
        f"{{attention: {count}, causal: true}}",
    )


@SOME
@given(heads(), positions, positions, st.integers(1, 5), st.integers(1, 5))
def test_keys_from_elsewhere(sizes, spatial, others, channels, further):
    count, shared, key_size, value_size, output = sizes
    entry = f"attention: {count}, key_heads: {shared}, key_size: {key_size}, value_size: {value_size}, output: {output}"
    agree(
        lambda x, m, w: in_place(attended(rows(x), rows(m), rows(m), w, count, shared), x),
        [(channels, *spatial), (further, *others)],
        f"{{{entry}, from: a, keys: b}}",
    )
    agree(
        lambda x, k, v, w: in_place(attended(rows(x), rows(k), rows(v), w, count, shared), x),
        [(channels, *spatial), (further, *others), (further + 1, *others)],
        f"{{{entry}, from: a, keys: b, values: c}}",
    )


def test_the_page_of_the_worked_example(capsys):
    """The code that docs/attention.md shows prints what is worked out there."""
    page = (Path(__file__).parents[2] / "docs" / "attention.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"(?:^    .*\n|^\n)+(?=^\n## What settings change)", page, re.MULTILINE)
    exec(dedent(code), {})
    assert capsys.readouterr().out == "80 264\n"


# -- windows


def regions(spatial, window, shift):
    """The number of the region of each position of a rolled map, as Swin's code has them: along each axis those before
    the last window, of its first part, and of what was rolled round."""
    found = torch.zeros(spatial)
    cuts = [
        [slice(0, -w), slice(-w, -s), slice(-s, None)] if s else [slice(None)]
        for w, s in zip(window, shift, strict=True)
    ]
    for number, place in enumerate(product(*cuts)):
        found[place] = number
    return found


def cut(x, window, dilation):
    """(batch, *positions, channels) as (batch · windows, positions of a window, channels)."""
    rank = len(window)
    sizes = [part for n, w, d in zip(x.shape[1:-1], window, dilation, strict=True) for part in (n // w, w // d, d)]
    x = x.reshape(len(x), *sizes, x.shape[-1])
    blocks, inside, gaps = ([1 + 3 * axis + part for axis in range(rank)] for part in range(3))
    x = x.permute(0, *blocks, *gaps, *inside, 1 + 3 * rank)
    return x.reshape(-1, prod(w // d for w, d in zip(window, dilation, strict=True)), x.shape[-1])


def put_together(x, spatial, window, dilation):
    """The reverse of `cut`: where each position went is read off their numbers."""
    numbers = torch.arange(prod(spatial)).reshape(1, *spatial, 1)
    order = cut(numbers, window, dilation).flatten()
    whole = torch.empty(len(x) * x.shape[1] // len(order), len(order), x.shape[-1])
    whole[:, order] = x.reshape(whole.shape)
    return whole.reshape(-1, *spatial, x.shape[-1])


def relative(table, sizes, heads):
    """(heads, positions, positions): Swin's table of biases, looked up by differences of coordinates."""
    places = torch.stack(torch.meshgrid(*map(torch.arange, sizes), indexing="ij")).flatten(1)
    differences = places[:, :, None] - places[:, None, :]
    index = torch.zeros_like(differences[0])
    for difference, n in zip(differences, sizes, strict=True):
        index = index * (2 * n - 1) + difference + n - 1
    return table[index.flatten()].view(*index.shape, heads).permute(2, 0, 1)


def windowed(x, weights, count, window, shift, dilation, causal=False):
    spatial, axes = x.shape[2:], [*range(1, x.ndim - 1)]
    shift = [0 if w == n else s for n, w, s in zip(spatial, window, shift, strict=True)]
    rolled = torch.roll(x.movedim(1, -1), [-s for s in shift], axes)
    own = cut(rolled, window, dilation)
    region = cut(regions(spatial, window, shift)[None, ..., None], window, dilation)[..., 0]
    mask = torch.where(region[:, :, None] == region[:, None, :], 0.0, -torch.inf)[:, None]
    if causal:
        mask = mask + torch.full(mask.shape[-2:], -torch.inf).triu(1)
    mask = mask.repeat(len(x), 1, 1, 1)
    if "position_bias" in weights:
        sizes = [w // d for w, d in zip(window, dilation, strict=True)]
        mask = mask + relative(weights["position_bias"], sizes, count)
    found = put_together(attended(own, own, own, weights, count, mask=mask), spatial, window, dilation)
    return torch.roll(found, shift, axes).movedim(-1, 1)


@st.composite
def windows(draw):
    """Maps, windows, shifts and dilations, per axis."""
    axes = []
    for _ in range(draw(st.integers(1, 3))):
        dilation = draw(st.sampled_from([1, 1, 2]))
        window = dilation * draw(st.integers(1, 4 // dilation))
        axes.append((window * draw(st.integers(1, 3)), window, draw(st.integers(0, window - 1)), dilation))
    return [list(each) for each in zip(*axes, strict=True)]


@SOME
@given(windows(), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_windows(sizes, count, key_size, has_bias):
    spatial, window, shift, dilation = sizes
    bias = ", position_bias: relative" if has_bias else ""
    agree(
        lambda x, w: windowed(x, w, count, window, shift, dilation),
        (count * key_size, *spatial),
        f"{{attention: {count}, window: {window}, shift: {shift}, dilation: {dilation}{bias}}}",
    )


@SOME
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.booleans())
def test_causal_windows(count, blocks, shift, has_bias):
    bias = ", position_bias: relative" if has_bias else ""
    agree(
        lambda x, w: windowed(x, w, count, [3], [shift], [1], causal=True),
        (2 * count, 3 * blocks),
        f"{{attention: {count}, window: 3, shift: {shift}, causal: true{bias}}}",
    )


@SOME
@given(positions, st.integers(1, 3), st.booleans())
def test_position_bias_and_dilation_of_a_whole_tensor(blocks, count, has_bias):
    spatial = [2 * n for n in blocks]
    for dilation in (1, 2):
        steps = [dilation] * len(spatial)
        bias = ", position_bias: relative" if has_bias else ""
        agree(
            lambda x, w, steps=steps: windowed(x, w, count, spatial, [0] * len(spatial), steps),
            (2 * count, *spatial),
            f"{{attention: {count}, dilation: {steps}{bias}}}",
        )
