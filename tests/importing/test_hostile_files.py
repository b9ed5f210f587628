"""Files of every format that are made to take long, or much: each is a finding, as the commands report it."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path

import pytest
from importing.onnx.models import model
from onnx import helper

from cnncalc.checks.notes import open_any, read_with_notes
from cnncalc.source.files import Unreadable

DEEP = "[" * 100_000 + "]" * 100_000
KERAS = '{"class_name": "Functional", "config": '
ONNX_HEAD = b"\x08\x0a\x42\x02\x10\x12"
"""The version of the format, and opset 18."""


def codes(path: Path) -> list[str]:
    """What is found about a file."""
    try:
        found = read_with_notes(open_any(path)[0])[1]
    except Unreadable as refused:
        found = list(refused.diagnostics)
    return [each.code for each in found if each.is_error]


def archive(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return path


def pt2(folder: Path, text: str, **others: str) -> Path:
    members = {"m/models/model.json": text, "m/archive_format": "pt2", **others}
    return archive(folder / "model.pt2", members)


def keras(folder: Path, text: str, **others: str) -> Path:
    return archive(folder / "model.keras", {"config.json": text, "metadata.json": "{}", **others})


@pytest.mark.parametrize("make", [pt2, keras])
def test_json_a_hundred_thousand_deep(make, tmp_path: Path) -> None:
    assert codes(make(tmp_path, f'{{"a": {DEEP}}}')) == ["CNN156"]


def test_json_of_keras_a_hundred_thousand_deep(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(f"{KERAS}{DEEP}}}")
    assert codes(tmp_path / "model.json") == ["CNN156"]


@pytest.mark.parametrize("make", [pt2, keras])
@pytest.mark.parametrize("item", ["0", "{}", '"x"'])
def test_json_of_millions_of_values(make, item: str, tmp_path: Path) -> None:
    assert codes(make(tmp_path, f'{{"a": [{",".join([item] * 4_000_000)}]}}')) == ["CNN156"]


@pytest.mark.slow
@pytest.mark.parametrize("make", [pt2, keras])
def test_a_hundred_thousand_members(make, tmp_path: Path) -> None:
    assert codes(make(tmp_path, "{}", **{f"data/{number}": "" for number in range(100_000)})) == ["CNN156"]


@pytest.mark.parametrize("make", [pt2, keras])
def test_a_member_of_sixty_million_zeros(make, tmp_path: Path) -> None:
    assert codes(make(tmp_path, "\0" * 60_000_000)) == ["CNN156"]


@pytest.mark.slow
def test_a_million_numbers_of_ten_bytes(tmp_path: Path) -> None:
    fields = (b"\x08" + b"\xff" * 9 + b"\x01") * 1_100_000
    size = len(fields)
    length = bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14 & 127 | 128, size >> 21])
    (tmp_path / "model.onnx").write_bytes(ONNX_HEAD + b"\x3a" + length + fields)
    assert codes(tmp_path / "model.onnx") == ["CNN156"]


@pytest.mark.parametrize(
    ("operator", "attributes", "code"),
    [
        ("LeakyRelu", {"alpha": math.nan}, "CNN206"),
        ("LeakyRelu", {"alpha": math.inf}, "CNN206"),
        ("Elu", {"alpha": math.nan}, "CNN206"),
    ],
)
def test_attributes_that_are_no_numbers(operator: str, attributes: dict[str, float], code: str, tmp_path: Path) -> None:
    proto = model([helper.make_node(operator, ["x"], ["y"], **attributes)], {"x": ("N", 3, 8, 8)}, ["y"])
    (tmp_path / "model.onnx").write_bytes(proto.SerializeToString())
    assert codes(tmp_path / "model.onnx") == [code]


def test_layers_of_keras_in_a_circle(tmp_path: Path) -> None:
    def layer(name: str, reads: str) -> dict[str, object]:
        return {"class_name": "Dense", "name": name, "config": {"units": 4}, "inbound_nodes": [[[reads, 0, 0, {}]]]}

    given = {"class_name": "InputLayer", "name": "i", "config": {"batch_input_shape": [None, 4]}, "inbound_nodes": []}
    config = {"layers": [given, layer("a", "b"), layer("b", "a")]}
    config |= {"input_layers": [["i", 0, 0]], "output_layers": [["b", 0, 0]]}
    (tmp_path / "model.json").write_text(json.dumps({"class_name": "Functional", "config": config}))
    assert codes(tmp_path / "model.json") == ["CNN150"]


@pytest.mark.parametrize("name", ["model.onnx", "model.pt2", "model.keras", "model.h5"])
def test_a_folder_and_an_empty_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert codes(tmp_path / name) == ["CNN101"]
    (tmp_path / f"empty_{name}").write_bytes(b"")
    assert codes(tmp_path / f"empty_{name}") == ["CNN103"]
