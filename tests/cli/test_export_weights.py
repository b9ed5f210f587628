"""`cnncalc export --weights-to`: the code and its weights are written both or not at all."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import cnncalc
from cnncalc.exporting.targets import TARGETS
from cnncalc.forward.run.network import weights_alone
from cnncalc.forward.run.weights import flat


@pytest.fixture(params=[name for name, target in TARGETS.items() if target.weights])
def to(request) -> str:
    """Code that weights are saved for."""
    if request.param == "keras":
        pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[test]')")
    return request.param


@pytest.fixture
def suffix(to) -> str:
    return TARGETS[to].weights_suffix


def test_the_command_writes_both(call, lecture, tmp_path, to, suffix):
    code, weights = tmp_path / "net.py", tmp_path / f"net{suffix}"
    assert call("export", lecture, "--to", to, "-o", code, "--weights-to", weights, "--seed", "3") == (0, "", "")
    expected = tmp_path / f"expected{suffix}"
    assert code.read_text() == cnncalc.export(cnncalc.load(lecture), to, seed=3, weights_to=expected)
    assert weights.read_bytes() == expected.read_bytes()


def test_given_weights(call, lecture, tmp_path, to, suffix):
    arrays = flat(weights_alone(cnncalc.load(lecture), seed=7))
    np.savez(tmp_path / "all.npz", **arrays)
    made = tmp_path / f"net{suffix}"
    given = ("--weights", tmp_path / "all.npz", "--weights-to", made, "-o", tmp_path / "net.py")
    assert call("export", lecture, "--to", to, *given) == (0, "", "")
    seed = tmp_path / f"seed{suffix}"
    cnncalc.export(cnncalc.load(lecture), to, seed=7, weights_to=seed)
    assert made.read_bytes() == seed.read_bytes()


def test_without_h5py_nothing_is_written(call, lecture, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.delitem(sys.modules, "cnncalc.exporting.weights.keras_file", raising=False)
    monkeypatch.delattr("cnncalc.exporting.weights.keras_file", raising=False)
    given = ("-o", tmp_path / "net.py", "--weights-to", tmp_path / "net.weights.h5")
    result = call("export", lecture, "--to", "keras", *given)
    assert (result.status, result.out) == (1, "")
    assert result.err.splitlines()[0] == (
        "error[CNN155]: `.weights.h5` files are written by the `h5py` package, which is not installed"
    )
    assert 'pip install "cnncalc[h5]"' in result.err
    assert [each.name for each in tmp_path.iterdir()] == [lecture.name]


def test_weights_that_do_not_fit(call, lecture, tmp_path):
    np.savez(tmp_path / "all.npz", **{"conv1.kernel": np.zeros((3, 3, 1, 8), "float32")})
    given = ("--weights", tmp_path / "all.npz", "--weights-to", tmp_path / "new.safetensors", "-o", tmp_path / "net.py")
    result = call("export", lecture, "--to", "torch", *given)
    assert (result.status, result.out) == (1, "")
    assert result.err.splitlines()[:2] == [
        "error[CNN323]: no array for `conv1.bias`, `conv2.kernel`, `conv2.bias`, `dense1.kernel`, `dense1.bias`,"
        " `dense2.kernel`, `dense2.bias`",
        f" --> {tmp_path / 'all.npz'}",
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.npz", lecture.name]


def test_weights_that_cannot_be_written(call, lecture, tmp_path):
    weights = tmp_path / "no" / "net.safetensors"
    result = call("export", lecture, "--to", "torch", "-o", tmp_path / "net.py", "--weights-to", weights)
    assert result == (1, "", f"cnncalc: {weights} was not written: No such file or directory\n")
    assert not (tmp_path / "net.py").exists()


def test_code_that_cannot_be_written_leaves_no_weights(call, lecture, tmp_path):
    code, weights = tmp_path / "no" / "net.py", tmp_path / "net.safetensors"
    result = call("export", lecture, "--to", "torch", "-o", code, "--weights-to", weights)
    assert result == (1, "", f"cnncalc: {code} was not written: No such file or directory\n")
    assert [each.name for each in tmp_path.iterdir()] == [lecture.name]
