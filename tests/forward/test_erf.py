"""The error function against Python's own, and `gelu` where it matters."""

import math

import numpy as np
import pytest

import cnncalc
from cnncalc.forward.engines._erf import erf

ENDS = (0.84375, 1.25, 1 / 0.35, 3.832506856900711, 3.92, 6.0)
"""Where one fit ends and the next begins."""


def test_in_float64_to_the_last_digits():
    near = [end * (1 + step * 2**-52) for end in ENDS for step in range(-4, 5)]
    x = np.array([*np.linspace(-7, 7, 20_000), *np.logspace(-300, 2, 2001), *near, *(-each for each in near)])
    expected = np.array([math.erf(each) for each in x])
    assert np.abs(erf(x) / expected - 1).max() < 4e-16


def test_in_float32_to_less_than_a_unit_in_the_last_place_of_1():
    x = np.linspace(-6, 6, 200_001).astype(np.float32)
    found = erf(x)
    expected = np.array([math.erf(float(each)) for each in x])
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 2**-24  # half of the distance between 1 and the next number
    assert (np.abs(found - expected) <= 1.5 * np.spacing(np.abs(expected).astype(np.float32))).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_at_the_ends(dtype):
    x = np.array([0.0, -0.0, np.inf, -np.inf, 60_000, -60_000, 6e-8], dtype)
    found = erf(x)
    assert found.dtype == dtype
    assert found[:6].tolist() == [0, 0, 1, -1, 1, -1]
    assert np.signbit(found[:2]).tolist() == [False, True]
    assert np.isnan(erf(np.array([np.nan], dtype))).all()
    assert erf(np.empty((0, 3), dtype)).shape == (0, 3)


def test_gelu():
    # x · Φ(x), and Φ(x) = erfc(−x / √2) / 2 without the digits that 1 + erf loses
    x = np.linspace(-8, 8, 4001)
    found = cnncalc.run(cnncalc.load("input: 4001\nlayers: [gelu]"), x, dtype="float64")["gelu1"]
    expected = np.array([each * math.erfc(-each / math.sqrt(2)) / 2 for each in x])
    assert np.abs(found - expected).max() < 1e-15


@pytest.mark.parametrize("x", [-500, -1e30, 500, 1e30])
def test_gelu_far_out(x):
    for dtype in ("float32", "float64"):
        found = cnncalc.run(cnncalc.load("input: 1\nlayers: [gelu]"), np.array([x]), dtype=dtype)["gelu1"][0]
        assert found == np.dtype(dtype).type(max(x, 0))


@pytest.mark.parametrize(
    "kind", ["layer_norm", "instance_norm", "{group_norm: 2}", "batch_norm", "local_response_norm"]
)
def test_norms_of_float16_do_not_overflow(kind):
    # from 256 on squares do not fit into float16
    x = np.random.default_rng(0).standard_normal((4, 4, 6)).astype("float16") * np.float16(3000)
    spec = cnncalc.load(f"input: 4x4x6\nlayers: [{kind}]")
    half, single = (next(iter(cnncalc.run(spec, x, dtype=dtype).values())) for dtype in ("float16", "float32"))
    assert half.dtype == np.float16
    np.testing.assert_allclose(half.astype("float32"), single, rtol=4e-3, atol=4e-3)
