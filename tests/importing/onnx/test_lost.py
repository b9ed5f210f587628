"""Parameters that the program had and an ONNX file of it has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.importing.onnx._lost import modules_with_fewer_parameters

ROLES = dict.fromkeys(["a.weight", "a.gain", "a.bias", "b.norm.weight", "b.norm.bias"], "PARAMETER")


@pytest.mark.parametrize(
    ("arrays", "nodes", "fewer"),
    [
        ([*ROLES], [], []),
        (["view_8", "a.bias"], [("a", "Conv", ["x", "view_8", "a.bias"])], ["a"]),
        (["view_8", "a.bias"], [("", "Mul", ["view_8"]), ("a", "Add", ["a.bias"]), ("a", "Mul", ["view_8"])], []),
        (["val_3", "a.bias"], [("", "Mul", ["x", "val_3"]), ("a", "Conv", ["x", "val_3", "a.bias"])], []),
        (["a.gain"], [("a", "Conv", ["x", "a.gain"])], ["a"]),
        (["a.gain"], [("a", "LSTM", ["x", "a.gain"])], []),
        (["a.gain"], [("c", "Relu", ["x"])], []),
    ],
    ids=["all", "a gain", "read around it", "transposed", "two", "packed", "never used"],
)
def test_modules_with_fewer_parameters(arrays: Any, nodes: Any, fewer: list[str]) -> None:
    norm = ["b.norm.weight", "b.norm.bias"]
    assert modules_with_fewer_parameters(ROLES, {*arrays, *norm}, [*nodes, ("b.norm", "Mul", norm)]) == fewer


def test_projections_of_recurrent_layers_are_in_no_file() -> None:
    """ONNX has none, and PyTorch's exporter writes the layer without it all the same."""
    roles = dict.fromkeys(["a.weight_ih_l0", "a.weight_hh_l0", "b.weight_ih_l0", "b.weight_hr_l0"], "PARAMETER")
    nodes = [(module, "LSTM", [f"{module}_1", f"{module}_2", f"{module}_3"]) for module in "ab"]
    arrays = {name for _, _, names in nodes for name in names}
    assert modules_with_fewer_parameters(roles, arrays, nodes) == ["b"]


def test_batch_norms_are_folded_and_nothing_more() -> None:
    roles = {**dict.fromkeys(["bn.weight", "bn.bias"], "PARAMETER"), "bn.running_mean": "BUFFER"}
    assert modules_with_fewer_parameters(roles, {"val_1"}, [("bn", "Conv", ["x", "val_1"])]) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the exporter
def test_what_the_exporter_calculated_is_said(tmp_path: Path) -> None:
    """The gains of a weight norm are in the weights: 216 + 8 parameters are left of 216 + 8 + 8."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    module = torch.nn.Sequential(torch.nn.utils.parametrizations.weight_norm(torch.nn.Conv2d(3, 8, 3)))
    file = tmp_path / "net.onnx"
    torch.onnx.export(module.eval(), (torch.randn(1, 3, 6, 6),), str(file), dynamo=True, verbose=False)
    spec = cnncalc.load(file)
    assert cnncalc.analyze(spec).totals.params == 224
    where = "`0.parametrizations.weight`"
    text = f"the exporter has calculated with parameters of {where}: the file may have fewer than the model"
    doubt = "`mul` may be a buffer: the file does not say what is learned, and it is counted as 216 parameters"
    assert [each.message for each in spec.remarks if each.code == "CNN573"] == [text, doubt]
