"""Two hundred random networks against PyTorch, half as many against Keras. (Thousands: benchmarks/random_networks.py.)

For each kind there are some that contain it. One that differs is shown by
`python benchmarks/random_networks.py FRAMEWORK KIND --seed N --show`.
"""

from __future__ import annotations

import importlib.util
from random import Random

import numpy as np
import pytest
from oracle.agreement import agreement, is_small, oddly
from oracle.random_networks import KNOWN, network

import cnncalc
from cnncalc.layers import layer_class
from cnncalc.layers.base import Reads
from cnncalc.layers.equals import NoEqual

pytestmark = pytest.mark.slow

EACH = {"torch": -(-200 // len(KNOWN)), "keras": -(-100 // len(KNOWN))}
"""Networks in which a kind is."""


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_random_networks(framework, kind):
    if not importlib.util.find_spec(framework):
        pytest.skip(f"{framework} is not installed (pip install -e '.[oracle]')")
    for seed in range(EACH[framework]):
        spec = network(seed, kind).spec
        try:
            found = agreement(spec, framework, seed, has_fields=is_small(spec))
        except NoEqual:
            continue
        assert found.differences == [], f"seed {seed}"


def test_arrays_of_every_form_are_handed_in():
    array = np.arange(24.0).reshape(2, 3, 4)
    forms = [oddly(array, Random(seed)) for seed in range(30)]
    assert all(np.array_equal(each, array) for each in forms)
    strides = {each.strides for each in forms}
    assert any(min(each) < 0 for each in strides)
    assert array.strides in strides
    assert len(strides) > 5


TEXT = """
convention: pytorch
input: 3x9x9
layers:
  - {conv: 3x3x4, padding: 1, dilation: 2}
  - {max_pool: 2}
  - {add: [[], [{conv: 4, kernel: 3, padding: 1}]]}
"""


@pytest.mark.parametrize(
    ("kind", "method", "wrong", "expected"),
    [
        ("conv", "run", lambda *_: np.zeros((2, 7, 7, 4)), "values differ"),
        ("conv", "macs", lambda *_: 7, "conv1: 7 multiply-adds, and PyTorch counts"),
        ("max_pool", "reads", lambda *_: (Reads(1, 2, (0,), (2,)),) * 2, "in PyTorch"),
        ("max_pool", "reads", lambda *_: (Reads(1, 2, (0,), (0,)),) * 2, "in PyTorch"),
    ],
)
def test_a_difference_is_seen(monkeypatch, kind, method, wrong, expected):
    pytest.importorskip("torch")
    assert agreement(cnncalc.load(TEXT), "torch", 1, has_fields=True).differences == []
    monkeypatch.setattr(layer_class(kind), method, wrong)
    found = agreement(cnncalc.load(TEXT), "torch", 1, has_fields=True)
    assert expected in found.differences[0]
