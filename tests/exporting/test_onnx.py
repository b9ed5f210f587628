"""Models as ONNX files: checked by the `onnx` package, run by ONNX Runtime, and imported again."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from layers.examples import EXAMPLES
from oracle.random_networks import KNOWN, network

import cnncalc
from cnncalc.cli import run as command
from cnncalc.layers import part
from cnncalc.sameness.networks import compare_networks
from cnncalc.source.open_model import shipped

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (pip install -e '.[oracle]')")

from exporting import onnx_runs

QUICK = ["lenet5", "typical_cnn", "resnet_v2", "mobilenet_v2", "squeezenet", "unet_3d", "vit", "swin", "siamese"]
"""Shipped specs that are imported again in every run; all others in the nightly one."""
OTHERWISE = {
    "detr": "decoders whose first input is the same for all samples",
    "efficientdet_d0": "sums with learned weights",
    "mlp_mixer": "axes that are swapped before a sum, and after it",
    "pointnet": "a matrix whose rows and columns are swapped where it is multiplied",
}
"""Those that come back with the same values and parameters, but with other layers."""


@pytest.mark.parametrize("kind", KNOWN)
def test_every_kind_says_what_it_is_there(kind):
    assert part(kind, "onnx"), f"`{kind}` has no part in its family's onnx.py"


@pytest.mark.parametrize("kind", KNOWN)
def test_values_of_every_example(kind):
    refused = []
    for example in (each for each in EXAMPLES if each.kind == kind):
        try:
            onnx_runs.check_values(cnncalc.load(example.text))
        except cnncalc.SpecError as error:
            refused.append(error.diagnostics[0])
    assert [each.code for each in refused if "cubics" not in each.label] == []


@pytest.mark.parametrize("kind", KNOWN)
def test_values_of_random_networks(kind):
    refused: list[str] = []
    for seed in range(2):
        spec = network(seed, kind).spec
        if kind != "divide" and "divide" in {node.kind for node in spec.graph.nodes}:
            continue  # by numbers near 0, the last digits become the first
        try:
            onnx_runs.check_values(spec, tolerance=1e-4)
        except cnncalc.SpecError as error:
            refused += [each.code for each in error.diagnostics]
    assert {*refused} <= {"CNN160"}


def _again(name: str, folder: Path) -> cnncalc.Spec:
    """A shipped model, exported and imported."""
    path = folder / f"{name}.onnx"
    content = cnncalc.export(cnncalc.load(name), "onnx")
    assert isinstance(content, bytes)
    path.write_bytes(content)
    return cnncalc.load(path)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.nightly) for name in sorted(shipped())]
)
def test_what_is_exported_and_imported_again_is_the_same_network(name, tmp_path):
    spec, again = cnncalc.load(name), _again(name, tmp_path)
    found = compare_networks(spec, again)
    assert (found.verdict, found.parting) == ("same", None) or name in OTHERWISE, found.text
    ours, theirs = (cnncalc.analyze(each).totals for each in (spec, again))
    if name not in OTHERWISE:
        assert (theirs.trainable_params, theirs.macs) == (ours.trainable_params, ours.macs)


def test_twice_is_the_same_file():
    spec = cnncalc.load("lenet5")
    assert cnncalc.export(spec, "onnx") == cnncalc.export(spec, "onnx")
    assert cnncalc.export(spec, "onnx") != cnncalc.export(spec, "onnx", seed=1)


def test_what_is_in_the_file():
    import onnx

    content = cnncalc.export(
        cnncalc.load("input: 8x8x3\nname: tiny\nlayers: [conv: 3x3x4, relu, flatten, dense: 5]"), "onnx"
    )
    assert isinstance(content, bytes)
    model = onnx.load_from_string(content)
    arrays = {each.name: tuple(each.dims) for each in model.graph.initializer}
    assert arrays == {
        "conv1.kernel": (4, 3, 3, 3),
        "conv1.bias": (4,),
        "dense1.kernel": (5, 144),  # 6·6·4
        "dense1.bias": (5,),
    }
    (x,), (y,) = model.graph.input, model.graph.output
    assert [each.dim_param or each.dim_value for each in x.type.tensor_type.shape.dim] == ["batch", 3, 8, 8]
    assert (x.name, y.name, model.graph.name, model.producer_name) == ("input", "dense1", "tiny", "cnncalc")
    operators = [node.op_type for node in model.graph.node if node.op_type != "Constant"]
    assert operators == ["Conv", "Relu", "Transpose", "Flatten", "Gemm"]


def test_imported_weights_go_with_it():
    source = Path(__file__).parents[2] / "examples" / "import" / "digits.pt2"
    spec = cnncalc.load(source)
    content = cnncalc.export(spec, "onnx")
    assert isinstance(content, bytes)
    x = np.random.default_rng(0).standard_normal((1, 1, 28, 28)).astype("float32")
    ours = cnncalc.run(spec, x)[spec.graph.output_nodes[0].name]
    (theirs,) = onnx_runs.run(content, {spec.graph.inputs[0].name: np.moveaxis(x, 1, -1)})
    np.testing.assert_allclose(theirs, np.reshape(ours, theirs.shape), rtol=1e-4, atol=1e-5)


def test_layers_that_nobody_knows_are_refused_with_their_places(tmp_path, capsys):
    path = tmp_path / "net.yaml"
    opaque = "  - {opaque: Roi, output: 4x4x4}\n", "  - relu\n", "  - {opaque: Nms, output: 5}\n"
    text = "".join(("input: 8x8x3\nlayers:\n  - conv: 3x3x4\n", *opaque))
    path.write_text(text)
    assert command(["export", str(path), "-o", str(tmp_path / "net.onnx")]) == 1
    assert capsys.readouterr().err == (
        "error[CNN160]: `opaque1` (opaque) cannot be said in ONNX\n"
        f"  --> {path}:4:6\n"
        "   |\n"
        " 4 |   - {opaque: Roi, output: 4x4x4}\n"
        "   |      ^^^^^^ nobody knows what it calculates\n"
        "\n"
        "error[CNN160]: `opaque2` (opaque) cannot be said in ONNX\n"
        f"  --> {path}:6:6\n"
        "   |\n"
        " 6 |   - {opaque: Nms, output: 5}\n"
        "   |      ^^^^^^ nobody knows what it calculates\n"
    )
    assert not (tmp_path / "net.onnx").exists()


def test_without_the_package_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.export(cnncalc.load("lenet5"), "onnx")
    (found,) = caught.value.diagnostics
    assert found.code == "CNN155"
    assert found.message == "ONNX files are written by the `onnx` package, which is not installed"
    assert found.help == ('pip install "cnncalc[onnx]"',)
