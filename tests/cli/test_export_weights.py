"""`cnncalc export --weights-to`: the code and its weights are written both or not at all."""

from __future__ import annotations

import numpy as np

import cnncalc
from cnncalc.forward.run.network import weights_alone
from cnncalc.forward.run.weights import flat


def test_the_command_writes_both(call, lecture, tmp_path):
    code, weights = tmp_path / "net.py", tmp_path / "net.safetensors"
    assert call("export", lecture, "--to", "torch", "-o", code, "--weights-to", weights, "--seed", "3") == (0, "", "")
    expected = tmp_path / "expected.safetensors"
    assert code.read_text() == cnncalc.export(cnncalc.load(lecture), "torch", seed=3, weights_to=expected)
    assert weights.read_bytes() == expected.read_bytes()


def test_given_weights(call, lecture, tmp_path):
    arrays = flat(weights_alone(cnncalc.load(lecture), seed=7))
    np.savez(tmp_path / "all.npz", **arrays)
    made = tmp_path / "net.safetensors"
    given = ("--weights", tmp_path / "all.npz", "--weights-to", made, "-o", tmp_path / "net.py")
    assert call("export", lecture, "--to", "torch", *given) == (0, "", "")
    seed = tmp_path / "seed.safetensors"
    cnncalc.export(cnncalc.load(lecture), "torch", seed=7, weights_to=seed)
    assert made.read_bytes() == seed.read_bytes()


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
