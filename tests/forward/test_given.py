"""Damaged files of arrays: whatever is in them, there are arrays or a DataError, and nothing is unpickled."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cnncalc.forward.run.given import stored_arrays
from cnncalc.source.diagnostics import DataError


@pytest.mark.parametrize("kind", ["npy", "npz", "compressed"])
def test_random_damage(kind, tmp_path):
    path = tmp_path / "data"
    array = np.random.default_rng(0).random((4, 5))
    with path.open("wb") as file:
        if kind == "npy":
            np.save(file, array)
        else:
            (np.savez if kind == "npz" else np.savez_compressed)(file, one=array, two=array[0])
    whole = path.read_bytes()
    draw = random.Random(kind)
    ends = set()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(draw.choice([1, 1, 2, 5, 20])):
            place = draw.randrange(len(data))
            data[place : place + draw.choice([0, 1, 1, 1])] = bytes([draw.randrange(256)])
        path.write_bytes(data[: draw.randrange(len(data))] if draw.random() < 0.2 else data)
        try:
            for stored in stored_arrays(str(path)).arrays.values():
                assert not stored.dtype.hasobject
                if np.prod(stored.shape, dtype=float) < 1e6:  # others are refused for their shape
                    assert isinstance(stored.read(), np.ndarray)
            ends.add("read")
        except DataError as error:
            ends.update(each.code for each in error.diagnostics)
    assert ends == {"read", "CNN121"}
