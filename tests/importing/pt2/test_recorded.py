"""Files that PyTorch wrote, read where PyTorch is not installed; and the same files, damaged.

Their origin is in `tests/data/pt2/small.py`, which also printed the values.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pytest

import cnncalc
from cnncalc.importing.operations import BATCH
from cnncalc.importing.pt2.reader import read_pt2
from cnncalc.source.files import Unreadable

FILES = sorted((Path(__file__).parents[2] / "data" / "pt2").glob("*.pt2"))
VALUES = [0.09401297569274902, 0.3187112808227539, -0.24256980419158936, -0.16474652290344238, 0.40836459398269653]
PARAMS = (3 * 9 * 4 + 4) + 2 * (4 * 9 * 4 + 2 * 4) + (4 * 5 + 5)
MACS = 16 * 3 * 9 * 4 + 2 * 16 * 4 * 9 * 4 + 4 * 5

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@each_file
def test_what_is_in_it(file: Path) -> None:
    graph = read_pt2(str(file))
    assert graph.inputs[0].sizes == (BATCH, 3, 8, 8)
    assert graph.outputs[0].sizes == (BATCH, 5)
    names = [operation.name for operation in graph.operations]
    assert names[:5] == ["conv", "conv", "batch_norm", "add", "relu"]
    assert names[-1] == "linear"
    assert graph.operations[1].path == (("blocks", "Sequential"), ("0", "Residual"), ("conv", "Conv2d"))
    assert not graph.remarks


@each_file
def test_its_numbers_and_values(file: Path) -> None:
    spec = cnncalc.load(str(file))
    totals = cnncalc.analyze(spec).totals
    assert (totals.trainable_params, totals.macs) == (PARAMS, MACS)
    made = cnncalc.run(spec, numpy.linspace(-1, 1, 3 * 8 * 8, dtype="float32").reshape(1, 3, 8, 8))
    numpy.testing.assert_allclose(list(made.values())[-1].ravel(), VALUES, rtol=1e-5)


def test_damaged_files() -> None:
    """Cut, with bits flipped, and with other things in the program: a graph or a finding, quickly."""
    draw = random.Random(19)
    wholes = [file.read_bytes() for file in FILES]
    found = {"graphs": 0, "findings": 0}
    for _ in range(400):
        data = _damaged(draw.choice(wholes), draw)
        try:
            graph = read_pt2(data)
            for operation in graph.operations[:3]:
                for tensor in operation.inputs:
                    if tensor is not None and tensor.constant is not None and tensor.constant.stored is not None:
                        tensor.constant.stored.read()
            found["graphs"] += 1
        except Unreadable:
            found["findings"] += 1
    assert min(found.values()) > 50


SURPRISES: list[Any] = [
    *(None, True, -1, 0, 10**6, 2**40, 10**30, 1.5, float("nan"), "", "x", [], {}, [1, 2], {"as_int": -7}),
    *({"as_name": "y"}, {"as_none": True}, {"as_tensor": {"name": "x"}}, {"as_ints": [10**9] * 4}),
    {"as_expr": {"expr_str": "Mul(Symbol('s77'), Symbol('q'))"}},
]


def _damaged(whole: bytes, draw: random.Random) -> bytes:
    if (how := draw.random()) < 0.2:
        return whole[: draw.randrange(len(whole))]
    if how < 0.4:
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 8)):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        return bytes(data)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            is_program = "/models/" in name
            new.writestr(name, _surprising(old.read(name), draw) if is_program else old.read(name))
    return buffer.getvalue()


def _surprising(text: bytes, draw: random.Random) -> bytes:
    """The same JSON, in which something is missing, is something else, or is where it should not be."""
    program = json.loads(text)
    places = list(_places(program))
    for _ in range(draw.choice([1, 1, 2, 5])):
        holder, key = draw.choice(places)
        if draw.random() < 0.2:
            holder[key] = draw.choice(places)[0]
        else:
            holder[key] = draw.choice(SURPRISES)
    try:
        return json.dumps(program).encode()
    except (ValueError, RecursionError):  # something is within itself
        return text


def _places(value: Any) -> Any:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])
