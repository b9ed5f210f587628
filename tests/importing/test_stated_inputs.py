"""What is said of sizes that a file leaves open: the same for every format, with the options to type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from importing.keras.described import functional, image, layer

import cnncalc
from cnncalc.importing.stated_inputs import StatedInput, no_such_input, sizes_open


def keras_file(path: Path) -> None:
    inputs = [image(None, None, 3, name=name) for name in ("left", "right")]
    path.write_text(json.dumps(functional(*inputs, layer("Add", "sum", ["left", "right"]))))


def pt2_file(path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

    class Sum(torch.nn.Module):  # type: ignore[name-defined]
        def forward(self, left: Any, right: Any) -> Any:
            return left + right

    pair = (torch.zeros(2, 3, 9, 7),) * 2
    axes = {0: torch.export.Dim.AUTO, 2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    torch.export.save(torch.export.export(Sum(), pair, dynamic_shapes=(axes, axes)), path)


def onnx_file(path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed (pip install -e '.[oracle]')")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    left, right, out = (
        helper.make_tensor_value_info(name, kind, ["N", 3, "h", "w"]) for name in ("left", "right", "out")
    )
    graph = helper.make_graph([helper.make_node("Add", ["left", "right"], ["out"])], "sum", [left, right], [out])
    onnx.save(helper.make_model(graph), path)


FILES: Mapping[str, tuple[Callable[[Path], None], str, str]] = {
    "sum.json": (keras_file, "?×?×3", "224x224x3"),
    "sum.pt2": (pt2_file, "3×?×?", "3x224x224"),
    "sum.onnx": (onnx_file, "3×h×w", "3x224x224"),
}


@pytest.mark.parametrize("name", FILES)
def test_open_sizes_are_said_alike(name: str, tmp_path: Path) -> None:
    make, sizes, example = FILES[name]
    make(tmp_path / name)
    (found,) = cnncalc.check(tmp_path / name).findings
    assert (found.code, found.message) == (
        "CNN153",
        f"the file leaves sizes open: `left` ({sizes}), `right` ({sizes})",
    )
    assert found.help == (f"give them, for example: `--input left={example} --input right={example}`",)
    given = cnncalc.load(tmp_path / name, input={"left": example, "right": example})
    assert [node.output.spatial for node in given.graph.inputs] == [(224, 224)] * 2


@pytest.mark.parametrize("name", FILES)
def test_an_input_that_does_not_exist(name: str, tmp_path: Path) -> None:
    make, sizes, example = FILES[name]
    make(tmp_path / name)
    (found,) = cnncalc.check(tmp_path / name, input={"lefd": example}).findings
    assert (found.code, found.message) == ("CNN153", "there is no input `lefd`")
    inputs = f"inputs of the file, without the batch: `left` ({sizes}), `right` ({sizes})"
    assert found.help == ("did you mean `left`?", inputs)


@pytest.mark.parametrize("name", FILES)
def test_too_many_sizes(name: str, tmp_path: Path) -> None:
    make, sizes, _ = FILES[name]
    make(tmp_path / name)
    (found,) = cnncalc.check(tmp_path / name, input={"left": "3x9x9x9", "right": "3x9x9x9"}).findings
    assert (found.code, found.message) == ("CNN153", "`left` has 3 sizes besides the batch, not 4")
    assert found.help[0].startswith(f"inputs of the file, without the batch: `left` ({sizes})")


def ids_in_pt2(path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    axes = {0: torch.export.Dim.AUTO, 1: torch.export.Dim.DYNAMIC}
    ids = torch.zeros(2, 9, dtype=torch.int64)
    torch.export.save(torch.export.export(torch.nn.Embedding(20, 4), (ids,), dynamic_shapes=(axes,)), path)


def ids_in_onnx(path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed (pip install -e '.[oracle]')")
    helper, numbers = onnx.helper, onnx.numpy_helper
    ids = helper.make_tensor_value_info("x", onnx.TensorProto.INT64, ["batch", "t"])
    out = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    table = numbers.from_array(np.ones((20, 4), "float32"), "table")
    graph = helper.make_graph([helper.make_node("Gather", ["table", "x"], ["y"])], "ids", [ids], [out], [table])
    onnx.save(helper.make_model(graph), path)


@pytest.mark.parametrize(("make", "name"), [(ids_in_pt2, "ids.pt2"), (ids_in_onnx, "ids.onnx")])
def test_ids_of_open_length_take_the_size_that_is_proposed(
    make: Callable[[Path], None], name: str, tmp_path: Path
) -> None:
    make(tmp_path / name)
    (found,) = cnncalc.check(tmp_path / name).findings
    assert (found.code, found.help) == ("CNN153", ("give them, for example: `--input 128`",))
    given = cnncalc.load(tmp_path / name, input="128")
    assert [(node.kind, node.output.values) for node in given.graph.nodes] == [("embedding", 128 * 4)]


@pytest.mark.parametrize(
    ("part", "texts"),
    [
        ((slice(None), -1), {9: "8…8", 20: "19…19"}),
        ((slice(None), slice(1, None)), {9: "1…8", 20: "1…19"}),
        ((slice(None), slice(None, -2)), {9: "0…6", 20: "0…17"}),
        ((slice(None), slice(2, 5)), {9: "2…4", 20: "2…4"}),
    ],
)
def test_what_is_counted_from_the_end_is_so_at_another_size(
    part: Any, texts: Mapping[int, str], tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

    class Part(torch.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(20, 4)

        def forward(self, ids: Any) -> Any:
            return self.table(ids)[part]

    path = tmp_path / "part.pt2"
    torch.export.save(torch.export.export(Part(), (torch.zeros(1, 9, dtype=torch.int64),)), path)
    for size, text in texts.items():
        node = cnncalc.load(path, input=str(size)).graph.nodes[1]
        first, last = map(int, text.split("…"))
        assert (node.kind, node.layer.range) == ("slice", (first, last + 1))


def test_examples_are_what_one_would_type() -> None:
    text = StatedInput("the text", ("length",))
    length = StatedInput("length", ())
    assert sizes_open([text], [text, length], "channels_first") == (
        "the file leaves sizes open: `the text` (length)",
        "give them, for example: `--input 'the text=128'`",
    )
    unknown = StatedInput("x", None)
    assert sizes_open([unknown], [unknown], "channels_last") == (
        "the file leaves sizes open: `x` (sizes not stated)",
        "give them, for example: `--input 224x224x3`",
    )
    assert no_such_input("y", []) == ("there is no input `y`", "inputs of the file, without the batch: none")
