"""The engines of convolution against loops, and how they go about it: what is copied, multiplied and held."""

from __future__ import annotations

import tracemalloc
from itertools import product

import numpy as np
import pytest

from cnncalc.forward.engines import convolution
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.convolution import by_tiles, convolve, convolve_depthwise, sum_of_products
from cnncalc.forward.engines.strided_views import padded

draw = np.random.default_rng(4)


def random(*shape: int, dtype: str = "float64") -> np.ndarray:
    return draw.standard_normal(shape).astype(dtype)


def by_loops(x, kernel, stride, padding, dilation, groups=1):
    """A convolution as its definition says it, one multiplication after the other."""
    window, taken, filters = kernel.shape[:-2], kernel.shape[-2], kernel.shape[-1]
    x = np.pad(x, [(0, 0), *padding, (0, 0)])
    spatial = x.shape[1:-1]
    starts = [range(0, n - (k - 1) * d, s) for n, k, s, d in zip(spatial, window, stride, dilation, strict=True)]
    y = np.zeros((len(x), *map(len, starts), filters), x.dtype)
    for sample, filter in product(range(len(x)), range(filters)):
        group = filter // (filters // groups)
        for where in product(*map(range, y.shape[1:-1])):
            corner = [axis[index] for axis, index in zip(starts, where, strict=True)]
            for tap, channel in product(product(*map(range, window)), range(taken)):
                place = tuple(a + i * d for a, i, d in zip(corner, tap, dilation, strict=True))
                y[(sample, *where, filter)] += (
                    x[(sample, *place, group * taken + channel)] * kernel[(*tap, channel, filter)]
                )
    return y


CASES = {
    "1-D": ((2, 9, 3), (3, 3, 4), (1,), ((1, 1),), (1,), 1),
    "1-D, causal and dilated": ((2, 9, 3), (3, 3, 4), (1,), ((4, 0),), (2,), 1),
    "2-D": ((2, 6, 5, 3), (3, 3, 3, 4), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "2-D, strides": ((2, 7, 6, 2), (3, 2, 2, 3), (2, 3), ((1, 0), (0, 2)), (1, 1), 1),
    "2-D, dilated": ((1, 8, 7, 2), (3, 2, 2, 3), (1, 1), ((0, 0), (0, 0)), (2, 3), 1),
    "1×1": ((2, 4, 5, 6), (1, 1, 6, 4), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "1×1, strides": ((2, 4, 5, 6), (1, 1, 6, 4), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
    "groups": ((2, 5, 5, 6), (3, 3, 2, 9), (1, 1), ((1, 1), (1, 1)), (1, 1), 3),
    "1×1, groups": ((2, 5, 5, 6), (1, 1, 3, 4), (1, 1), ((0, 0), (0, 0)), (1, 1), 2),
    "3-D": ((2, 4, 3, 5, 2), (2, 3, 2, 2, 3), (1, 1, 2), ((1, 0), (1, 1), (0, 0)), (1, 1, 1), 1),
}


@pytest.fixture(params=[None, 1, 700], ids=["one tile", "a window a tile", "several tiles"])
def tiles(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(convolution, "MAX_BUFFER", request.param)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("case", CASES)
def test_convolution(case):
    shape, kernel_shape, *settings = CASES[case]
    x, kernel = random(*shape), random(*kernel_shape)
    before = x.copy()
    expected = by_loops(x, kernel, *settings)
    stride, padding, *others = settings
    np.testing.assert_allclose(convolve(np.matmul, padded(x, padding), kernel, stride, *others), expected, atol=1e-12)
    # an input that is not contiguous, as channels first seen as channels last
    turned = np.moveaxis(np.moveaxis(padded(x, padding), -1, 1).copy(), 1, -1)
    np.testing.assert_allclose(convolve(np.matmul, turned, kernel, stride, *others), expected, atol=1e-12)
    np.testing.assert_array_equal(x, before)


DEPTHWISE = [name for name in CASES if "groups" not in name]


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("case", DEPTHWISE)
def test_depthwise(case, multiplier, threads, monkeypatch):
    monkeypatch.setattr(convolution, "WORTH_A_THREAD", 1 if threads else 10**9)
    shape, (*window, _, _), *settings, _ = CASES[case]
    channels = shape[-1]
    x, kernel = random(*shape), random(*window, channels * multiplier)
    expected = by_loops(x, kernel[..., None, :], *settings, channels)
    stride, padding, dilation = settings
    x = padded(x, padding)
    np.testing.assert_allclose(convolve_depthwise(sum_of_products, x, kernel, stride, dilation), expected, atol=1e-12)
    turned = np.moveaxis(np.moveaxis(x, -1, 1).copy(), 1, -1)
    found = convolve_depthwise(sum_of_products, turned, kernel, stride, dilation)
    np.testing.assert_allclose(found, expected, atol=1e-12)


class Watched(Arrays):
    """Notes the operands of every product."""

    def __init__(self):
        super().__init__()
        self.operands: list[tuple[np.ndarray, np.ndarray]] = []

    def matmul(self, a, b, out=None):
        self.operands.append((a, b))
        return super().matmul(a, b, out)


def test_one_by_one_copies_nothing():
    xp, x = Watched(), random(2, 8, 8, 16)
    y = xp.convolve(x, random(1, 1, 16, 4), (1, 1), (1, 1))
    [(rows, _)] = xp.operands
    assert np.shares_memory(rows, x)
    assert y.flags.c_contiguous


@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_has_no_products_of_size_one(multiplier):
    xp, x = Watched(), random(2, 8, 8, 4)
    kernel = random(3, 3, 1, 4 * multiplier)
    as_groups = xp.convolve(x, kernel, (1, 1), (1, 1), groups=4)
    as_depthwise = xp.convolve_depthwise(x, kernel[..., 0, :], (1, 1), (1, 1))
    np.testing.assert_array_equal(as_groups, as_depthwise)
    assert not xp.operands
    assert xp.macs == 2 * (2 * 6 * 6 * 3 * 3 * 4 * multiplier)


@pytest.mark.parametrize("case", CASES)
def test_products_are_counted_by_their_operands(case, monkeypatch):
    monkeypatch.setattr(convolution, "MAX_BUFFER", 700)
    shape, kernel_shape, stride, padding, dilation, groups = CASES[case]
    xp = Watched()
    y = xp.convolve(padded(random(*shape), padding), random(*kernel_shape), stride, dilation, groups)
    # each output value is a sum over one window of its group's channels
    assert xp.macs == y.size * np.prod(kernel_shape[:-1])


def test_few_products_whatever_the_positions():
    """A tile at a time, not a position."""
    xp = Watched()
    xp.convolve(random(1, 64, 64, 4, dtype="float32"), random(3, 3, 4, 8, dtype="float32"), (1, 1), (1, 1))
    assert len(xp.operands) == 1


@pytest.mark.parametrize(
    ("x", "kernel"),
    [
        ((1, 160, 160, 64), (3, 3, 64, 8)),  # all windows would be 57 MB
        ((4, 96, 96, 32), (5, 5, 32, 2)),  # 110 MB
        ((1, 12, 48, 48, 32), (3, 3, 3, 32, 2)),  # one index of the first axis is 8 MB, all 80 MB
    ],
)
def test_windows_are_copied_a_tile_at_a_time(x, kernel):
    x, kernel = random(*x, dtype="float32"), random(*kernel, dtype="float32")
    rank = x.ndim - 2
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = convolve(np.matmul, x, kernel, (1,) * rank, (1,) * rank)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert y.nbytes <= peak < y.nbytes + 8 * 2**20  # far under 64 MB


def test_a_window_larger_than_the_buffer():
    x, kernel = random(1, 3, 2, 150_000, dtype="float32"), random(2, 2, 150_000, 1, dtype="float32")
    assert kernel.nbytes > convolution.MAX_BUFFER
    y = convolve(np.matmul, x, kernel, (1, 1), (1, 1))
    expected = [np.vdot(x[0, row : row + 2], kernel[..., 0]) for row in range(2)]
    np.testing.assert_allclose(y.ravel(), expected, rtol=1e-3, atol=1)


def test_threads_are_as_quiet_as_the_rest():
    """Overflow is seen in the values; NumPy's warnings are set for each thread by itself."""
    x = np.full((1, 1000, 1500), 3e38, "float32")
    y = Arrays().values(lambda part, out: np.multiply(part, 10, out=out), x)
    assert np.isinf(y).all()


def test_tiles_cover_all_rows_once(monkeypatch):
    monkeypatch.setattr(convolution, "WORTH_A_THREAD", 1)
    seen = np.zeros(1001, int)
    by_tiles(lambda tile: np.add(seen[tile], 1, out=seen[tile]), len(seen), convolution.CACHE // 7, 1)
    assert (seen == 1).all()


@pytest.mark.parametrize("shape", [(2, 5), (2, 4, 5), (2, 3, 4, 5), (1, 2, 3, 4, 5)])
def test_a_factor_and_an_offset_a_channel(shape):
    x, factor, offset = random(*shape), random(5), random(5)
    xp = Arrays(dtype="float64")
    np.testing.assert_allclose(xp.affine(x, factor, offset), x * factor + offset)
    np.testing.assert_allclose(xp.affine(x, None, offset), x + offset)
    np.testing.assert_allclose(xp.affine(x, factor, None), x * factor)
    y = x.copy()
    np.testing.assert_allclose(xp.affine(y, None, offset, out=y), x + offset)
    np.testing.assert_allclose(y, x + offset)
