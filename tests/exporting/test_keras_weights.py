"""Weights that go with generated Keras code: the file that Keras itself would write, with the values of our weights."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layers.examples import EXAMPLES
from oracle.random_networks import KNOWN

import cnncalc
from cnncalc.exporting.exported import Wishes
from cnncalc.exporting.keras.writer import as_keras
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.forward.run.weights import flat
from cnncalc.source.open_model import shipped
from cnncalc.spec.reader import Spec

os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[test]')")

import h5py
from exporting.keras_code import FRAMEWORK, model_of
from exporting.smallest import smallest
from exporting.test_keras import COMPARED, REFUSED
from exporting.test_random_blocks import _spec as random_spec
from oracle.agreement import SINGLE, Numbers

pytestmark = pytest.mark.slow

SMALL = ["lenet5", "tiny_vit", "siamese", "m5", "tcn"]
LARGER = [name for name in COMPARED if name not in SMALL]
LARGER += ["tiny_vgg", "wavenet", "pointnet", "dcgan", "mobilevit", "ghostnet"]
"""The others of the twenty models whose values are compared by day."""


def stored(path: Path) -> tuple[dict[str, tuple[tuple[int, ...], str]], dict[str, str]]:
    """By where they are in a file: the sizes of the arrays and the sort of their numbers; the names of objects."""
    arrays, names = {}, {}

    def visit(name: str, each: Any) -> None:
        if isinstance(each, h5py.Dataset):
            arrays[name] = each.shape, each.dtype.kind
        elif "name" in each.attrs:
            names[name] = each.attrs["name"]

    with h5py.File(path) as file:
        file.visititems(visit)
    return arrays, names


def loaded(spec: Spec, path: Path, **wishes: Any) -> Any:
    """The code's model with the weights of the file, which has what Keras' own has, in the same places."""
    is_flat = bool(wishes.get("flat"))
    cnncalc.export(spec, "keras", weights_to=path, **wishes)
    model = model_of(spec, as_keras(spec, Wishes(is_flat=is_flat)))
    own = path.with_name(f"own-{path.name}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras warns of what it leaves out
        warnings.simplefilter("ignore", DeprecationWarning)
        model.save_weights(own)
        model.load_weights(path)
    (arrays, names), (expected, layers) = stored(path), stored(own)
    own.unlink()
    assert arrays == expected
    assert names == {place: layers[place] for place in names}
    return model


def differences(spec: Spec, path: Path, seed: int = 0, **wishes: Any) -> str:
    """How the values of the code with the weights in the file differ from ours; "" if they do not."""
    numbers = Numbers(spec, seed)
    for arrays in numbers.weights.values():
        for array in arrays.values():  # so that sums stay as large as what they are made of
            array /= np.sqrt(np.prod(array.shape[:-1]))
    single = _of_type("float32", numbers.weights)
    with FRAMEWORK.precise(), warnings.catch_warnings():
        model = loaded(spec, path, weights=flat(single), **wishes)
        warnings.simplefilter("ignore")  # of NumPy, about how tensors become arrays
        tensors = [FRAMEWORK.tensor(numbers.inputs[node.name]) for node in spec.graph.inputs]
        outputs = model(tensors if len(tensors) > 1 else tensors[0], training=False)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        theirs = list(map(FRAMEWORK.array, outputs))
    double = _of_type("float64", single)
    with np.errstate(all="ignore"):  # a quotient may have a denominator of 0
        found = {
            each.node: each.output for each in steps(spec.graph, numbers.inputs, double, Arrays(spec.layout, "float64"))
        }
    for node, expected in zip(spec.graph.output_nodes, theirs, strict=True):
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        if not np.allclose(found[node], expected, rtol=0, atol=SINGLE * scale, equal_nan=True):
            return f"{node.name}: values differ by up to {np.abs(found[node] - expected).max():g} of {scale:g}"
    return ""


def _of_type(dtype: str, weights: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, dict[str, np.ndarray]]:
    return {layer: {name: array.astype(dtype) for name, array in arrays.items()} for layer, arrays in weights.items()}


@pytest.mark.parametrize("kind", KNOWN)
def test_every_kind_loads_its_weights(kind, tmp_path):
    refused = []
    for number, example in enumerate(each for each in EXAMPLES if each.kind == kind):
        try:
            assert differences(cnncalc.load(example.text), tmp_path / f"{number}.weights.h5") == "", example.text
        except cnncalc.SpecError as error:
            refused += [each.code for each in error.diagnostics]
    assert {*refused} <= {"CNN160"}


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", SMALL)
def test_small_models(name, flat, tmp_path):
    assert differences(cnncalc.load(name), tmp_path / "model.weights.h5", flat=flat) == ""


@pytest.mark.parametrize("name", LARGER)
def test_larger_models(name, tmp_path):
    assert differences(smallest(cnncalc.load(name)), tmp_path / "model.weights.h5") == ""


@pytest.mark.nightly
@pytest.mark.parametrize("name", shipped())
def test_every_model(name, tmp_path):
    if name in REFUSED:
        pytest.skip(REFUSED[name])
    assert differences(smallest(cnncalc.load(name)), tmp_path / "model.weights.h5") == ""


@pytest.mark.parametrize("seed", range(1, 60, 4))
def test_random_blocks(seed, tmp_path):
    spec = random_spec(seed)
    for is_flat in (False, True):
        assert differences(spec, tmp_path / "model.weights.h5", seed, flat=is_flat) == "", spec.source.text


def test_parts_that_are_shared_are_models_of_their_own(tmp_path):
    spec = cnncalc.load("""
        inputs: {left: 8x8x3, right: 8x8x3}
        blocks:
          unit: [{conv: 3x3x3, padding: 1, name: one}, {conv: 3x3x3, padding: 1}, {add: [[], one]}]
        layers:
          - {conv: 3x3x3, padding: 1, from: left}
          - {unit: , from: left, name: own}
          - {share: own, from: right, name: twin}
          - {concat: [own, twin, conv1]}
          - {conv: 1x1x2}
    """)
    path = tmp_path / "model.weights.h5"
    assert differences(spec, path) == ""
    arrays, names = stored(path)
    assert names["layers/functional/layers/conv2d_1/vars"] == "own_conv1"
    assert arrays["layers/functional/layers/conv2d_1/vars/0"] == ((3, 3, 3, 3), "f")
    assert [*arrays].count("layers/conv2d_1/vars/0") == 1


def test_frozen_and_counted_numbers(tmp_path):
    path = tmp_path / "model.weights.h5"
    text = "{input: 8x3, layers: [normalization, {conv: 3x4, norm: batch_norm, trainable: false}, {lstm: 5}]}"
    assert differences(cnncalc.load(text), path) == ""
    assert stored(path)[0] == {
        **{f"layers/normalization/vars/{number}": ((3,), "f") for number in (0, 1)},  # mean and variance
        "layers/normalization/vars/2": ((), "i"),
        "layers/conv1d/vars/0": ((3, 3, 4), "f"),
        "layers/conv1d/vars/1": ((4,), "f"),
        **{f"layers/batch_normalization/vars/{number}": ((4,), "f") for number in range(4)},
        "layers/lstm/cell/vars/0": ((4, 20), "f"),  # four gates of 5
        "layers/lstm/cell/vars/1": ((5, 20), "f"),
        "layers/lstm/cell/vars/2": ((20,), "f"),
    }


def calculated(model: Any, x: np.ndarray) -> np.ndarray:
    """What a model gives for one sample."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, about how tensors become arrays
        return FRAMEWORK.array(model(x[None], training=False))[0]


def test_imported_weights_go_with_the_code(tmp_path):
    source = Path(__file__).parents[2] / "examples" / "import" / "digits.pt2"
    spec = cnncalc.load(source)
    model = loaded(spec, tmp_path / "digits.weights.h5")
    x = np.random.default_rng(0).standard_normal((28, 28, 1)).astype("float32")
    ours = cnncalc.run(spec, np.moveaxis(x, -1, 0))[spec.graph.output_nodes[0].name]
    np.testing.assert_allclose(calculated(model, x), ours, rtol=1e-4, atol=1e-5)


def test_drawn_weights_are_those_of_the_seed(tmp_path):
    spec = cnncalc.load("lenet5")
    paths = [tmp_path / f"{name}.weights.h5" for name in ("first", "second", "third")]
    for path, seed in zip(paths, (0, 0, 1), strict=True):
        cnncalc.export(spec, "keras", seed=seed, weights_to=path)
    first, second, third = (path.read_bytes() for path in paths)
    assert first == second != third
    x = np.random.default_rng(0).standard_normal((32, 32, 1)).astype("float32")
    ours = cnncalc.run(spec, x)[spec.graph.output_nodes[0].name]
    np.testing.assert_allclose(calculated(loaded(spec, paths[0]), x), ours, rtol=1e-4, atol=1e-5)


def test_what_is_missing_is_refused(tmp_path):
    spec, path = cnncalc.load("lenet5"), tmp_path / "model.weights.h5"
    model = loaded(spec, path)
    with h5py.File(path, "r+") as file:
        del file["layers/dense_1"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="could not be loaded"):
            model.load_weights(path)


def test_without_h5py(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.delitem(sys.modules, "cnncalc.exporting.weights.keras_file", raising=False)
    monkeypatch.delattr("cnncalc.exporting.weights.keras_file", raising=False)
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.export(cnncalc.load("lenet5"), "keras", weights_to=tmp_path / "model.weights.h5")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.help) == (
        "CNN155",
        "`.weights.h5` files are written by the `h5py` package, which is not installed",
        ('pip install "cnncalc[h5]"',),
    )
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("to", ["torch", "keras"])
def test_the_ending_says_what_loads_it(to, tmp_path):
    other, own = {"torch": (".weights.h5", ".safetensors"), "keras": (".safetensors", ".weights.h5")}[to]
    message = f"{to} loads weights from files that end in {own}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cnncalc.export(cnncalc.load("lenet5"), to, weights_to=tmp_path / f"net{other}")
