"""Weights that go with generated PyTorch code: loaded by it, with the values of the forward pass for every kind."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from layers.examples import EXAMPLES
from oracle.random_networks import KNOWN

import cnncalc
from cnncalc.exporting.exported import Exported
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.forward.run.weights import flat
from cnncalc.spec.reader import Spec

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
pytest.importorskip("safetensors", reason="safetensors is not installed (pip install -e '.[oracle]')")

import torch
from exporting.torch_code import model_of
from oracle.agreement import Numbers
from oracle.built import PyTorch
from safetensors import torch as package


def loaded(spec: Spec, path: Path, **wishes: object) -> torch.nn.Module:
    """The code's model with the state in the file, which is all that it has."""
    code = cnncalc.export(spec, "torch", weights_to=path, **wishes)
    model = model_of(spec, Exported(code))
    model.load_state_dict(package.load_file(path), strict=True)
    return model


def check_values(spec: Spec, path: Path, seed: int = 0, **wishes: object) -> None:
    """What the code calculates with the weights of the file is what we calculate with those that it is made of."""
    numbers, framework = Numbers(spec, seed), PyTorch()
    single = {
        layer: {name: array.astype("float32") for name, array in arrays.items()}
        for layer, arrays in numbers.weights.items()
    }
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
        model = loaded(spec, path, weights=flat(single), **wishes).double()
        for module in model.modules():
            framework.ready(module)
        tensors = [(framework.tensor(numbers.inputs[node.name]), node.name) for node in spec.graph.inputs]
        outputs = model(*(each.long() if name in numbers.ids else each for each, name in tensors))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    double = {
        layer: {name: array.astype("float64") for name, array in arrays.items()} for layer, arrays in single.items()
    }
    with np.errstate(all="ignore"):  # a quotient may have a denominator of 0
        found = {
            each.node: each.output for each in steps(spec.graph, numbers.inputs, double, Arrays(spec.layout, "float64"))
        }
    for node, output in zip(spec.graph.output_nodes, outputs, strict=True):
        expected = framework.array(output)
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        np.testing.assert_allclose(found[node], expected, rtol=0, atol=1e-9 * scale)


@pytest.mark.parametrize("kind", KNOWN)
def test_every_kind_loads_its_weights(kind, tmp_path):
    refused = []
    for number, example in enumerate(each for each in EXAMPLES if each.kind == kind):
        try:
            check_values(cnncalc.load(example.text), tmp_path / f"{number}.safetensors")
        except cnncalc.SpecError as error:
            refused += [each.code for each in error.diagnostics]
    assert {*refused} <= {"CNN160"}


@pytest.mark.slow
@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", ["lenet5", "tiny_vit", "siamese", "crnn", "m5", "tcn"])
def test_whole_models(name, flat, tmp_path):
    check_values(cnncalc.load(name), tmp_path / "state.safetensors", flat=flat)


def test_the_file_is_what_the_package_writes(tmp_path):
    path = tmp_path / "state.safetensors"
    text = "input: 8x8x3\nlayers: [{conv: 3x3x4, norm: batch_norm}, flatten, dense: 5]"
    loaded(cnncalc.load(text), path)
    state = package.load_file(path)
    assert {name: (tuple(each.shape), each.dtype) for name, each in state.items()} == {
        "norm1.num_batches_tracked": ((), torch.int64),
        "conv1.weight": ((4, 3, 3, 3), torch.float32),
        "conv1.bias": ((4,), torch.float32),
        **{f"norm1.{name}": ((4,), torch.float32) for name in ("weight", "bias", "running_mean", "running_var")},
        "dense1.weight": ((5, 144), torch.float32),  # 6·6·4
        "dense1.bias": ((5,), torch.float32),
    }
    assert path.read_bytes() == package.save(state, metadata={"format": "pt"})


def test_drawn_weights_are_those_of_the_seed(tmp_path):
    paths = [tmp_path / f"{name}.safetensors" for name in ("first", "second", "third")]
    spec = cnncalc.load("lenet5")
    for path, seed in zip(paths, (0, 0, 1), strict=True):
        cnncalc.export(spec, "torch", seed=seed, weights_to=path)
    first, second, third = (path.read_bytes() for path in paths)
    assert first == second != third
    x = np.random.default_rng(0).standard_normal((32, 32, 1)).astype("float32")
    with torch.no_grad():
        theirs = loaded(spec, paths[0])(torch.from_numpy(np.moveaxis(x, -1, 0)[None].copy()))
    np.testing.assert_allclose(cnncalc.run(spec, x)[spec.graph.output_nodes[0].name], theirs[0], rtol=1e-4, atol=1e-5)


def test_imported_weights_go_with_the_code(tmp_path):
    source = Path(__file__).parents[2] / "examples" / "import" / "digits.pt2"
    original = torch.export.load(source)
    x = torch.randn(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = original.module()(x)
        found = loaded(cnncalc.load(source), tmp_path / "digits.safetensors")(x)
    torch.testing.assert_close(found, expected)


def test_a_failure_on_the_way_keeps_what_was_there(monkeypatch, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_text("kept")

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(PermissionError):
        cnncalc.export(cnncalc.load("lenet5"), "torch", weights_to=path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("net.safetensors", "kept")]


@pytest.mark.parametrize(
    ("to", "path", "message"),
    [
        ("torch", "net.pt", "torch loads weights from files that end in .safetensors"),
        ("dot", "net.safetensors", "weights are saved only for torch and keras, not for dot"),
    ],
)
def test_what_is_no_file_of_weights(to, path, message, tmp_path):
    with pytest.raises(ValueError, match=f"^{message}$"):
        cnncalc.export(cnncalc.load("lenet5"), to, weights_to=tmp_path / path)


def test_more_weights_than_memory(tmp_path):
    spec = cnncalc.load("input: 1000000\nlayers: [dense: 1000000]")
    with pytest.raises(cnncalc.DataError) as caught:
        cnncalc.export(spec, "torch", weights_to=tmp_path / "net.safetensors")
    (found,) = caught.value.diagnostics
    assert found.code == "CNN325"
    # 10⁶·10⁶ + 10⁶ numbers of four bytes are 3,814,701 times 2²⁰, rounded up
    assert found.message.startswith("the weights need about 3,814,702 MiB, but only ")
    assert not [*tmp_path.iterdir()]
