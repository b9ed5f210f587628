"""`cnncalc verify`: its table, its verdicts, its JSON, its exit status."""

from __future__ import annotations

import json

import pytest

from cnncalc.cli import run
from cnncalc.layers.base import Reads
from cnncalc.layers.convolution.kinds import Conv

QUANTITIES = ("output", "params", "macs", "values", "receptive_field", "memory")


@pytest.fixture
def call(capsys):
    def call(*arguments):
        status = run(list(arguments))
        done = capsys.readouterr()
        assert "Traceback" not in done.out + done.err
        return status, done.out, done.err

    return call


def verdicts(text):
    """The last block: what was checked, and what came of it."""
    return dict(line.split("  ", 1) for line in text.strip().split("\n\n")[-1].splitlines())


def test_all_is_right(call):
    status, out, err = call("verify", "typical_cnn")
    assert (status, err) == (0, "")
    assert {name: text.strip() for name, text in verdicts(out).items()} == {
        "output sizes": "✓ 11 layers",
        "parameters": "✓ 27,562",
        "MACs": "✓ 214,304",
        "values": "✓ 9 settings",
        "receptive fields": "✓ 11 fields",
        "peak memory": "✓ 42.2 KiB  (at conv1.relu)",
    }


def test_quick_says_what_it_did_not_check(call):
    status, out, _ = call("verify", "typical_cnn", "--quick")
    assert status == 0
    assert "receptive field " not in out.splitlines()[2]
    assert [name for name, text in verdicts(out).items() if text.strip() == "not checked"] == [
        "receptive fields",
        "peak memory",
    ]


def test_a_difference_is_named_and_ends_with_1(call, monkeypatch):
    monkeypatch.setattr(Conv, "macs", lambda *_: 7)
    monkeypatch.setattr(Conv, "reads", lambda *_: (Reads(1, 1, (0,), (4,)),) * 2)
    status, out, _ = call("verify", "two_filters")
    assert status == 1
    lines = out.splitlines()
    assert any(line.startswith("conv1 ") and "288 ≠ 7" in line and "3 ≠ 5" in line for line in lines)
    assert any(line.split() == ["conv1", "MACs", "288", "7"] for line in lines)
    assert "conv1 receptive field in input, axis 1, unit 0 0 to 2 0 to 4" in [" ".join(line.split()) for line in lines]
    assert verdicts(out)["MACs"].strip() == "✗ at conv1"
    assert verdicts(out)["output sizes"].strip().startswith("✓")


def test_what_cannot_run_is_said(call, monkeypatch):
    monkeypatch.setattr(Conv, "run", lambda _self, _xp, _x, weights: weights["filters"])
    status, out, _ = call("verify", "two_filters")
    assert status == 1
    assert "conv1 could not run, and nothing after it did: KeyError: 'filters'" in out


def test_json_has_every_measurement(call):
    status, out, _ = call("verify", "typical_cnn", "--format", "json")
    assert status == 0
    found = json.loads(out)
    assert (found["schema"], found["version"], found["ok"]) == ("cnncalc/verify", 1, True)
    assert found["verdicts"] == dict.fromkeys(QUANTITIES, True)
    assert found["differences"] == []
    assert found["failure"] is None
    assert found["peak"] == {"bytes": 2 * 26 * 26 * 8 * 4, "layer": "conv1.relu"}
    assert found["layers"][0] == {
        "name": "conv1",
        "kind": "conv",
        "output": [26, 26, 8],
        "trainable_params": 3 * 3 * 8 + 8,
        "non_trainable_params": 0,
        "macs": 26 * 26 * 3 * 3 * 8,
        "output_bytes": 26 * 26 * 8 * 4,
        "held_bytes": (28 * 28 + 26 * 26 * 8) * 4,
        "receptive_fields": {"input": {"status": "local", "size": [3, 3], "padding": [0, 0]}},
    }


def test_json_of_a_difference(call, monkeypatch):
    monkeypatch.setattr(Conv, "reads", lambda *_: (Reads(1, 1, (0,), (4,)),) * 2)
    status, out, _ = call("verify", "two_filters", "-f", "json")
    assert status == 1
    found = json.loads(out)
    assert found["ok"] is False
    assert found["verdicts"]["receptive_field"] is False
    assert found["verdicts"]["macs"] is True
    (difference,) = found["differences"]
    assert {key: difference[key] for key in ("layer", "quantity", "input", "axis", "unit", "measured", "claimed")} == {
        "layer": "conv1",
        "quantity": "receptive_field",
        "input": "input",
        "axis": 0,
        "unit": 0,
        "measured": [0, 2],
        "claimed": [0, 4],
    }


def test_quick_json(call):
    _, out, _ = call("verify", "typical_cnn", "-f", "json", "--quick")
    found = json.loads(out)
    assert found["verdicts"] == dict.fromkeys(QUANTITIES[:4], True) | {"receptive_field": None, "memory": None}
    assert found["peak"] is None
    assert found["layers"][0]["receptive_fields"] is None


def test_options_of_a_model(call, tmp_path):
    assert call("verify", "resnet50", "--input", "64x64", "--depth", "1", "--quick")[0] == 0
    target = tmp_path / "out.txt"
    status, out, _ = call("verify", "typical_cnn", "--convention", "keras", "-o", str(target))
    assert (status, out) == (0, "")
    assert "✓ 27,562" in target.read_text(encoding="utf-8")
