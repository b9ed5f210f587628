"""Weights that go with generated Keras code: the file that Keras itself would write, with the values of our weights."""

from __future__ import annotations

import builtins
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layers.examples import EXAMPLES
from oracle.random_networks import KNOWN

import cnncalc
from cnncalc.exporting.keras import write_keras
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps
from cnncalc.forward.run.weights import flat
from cnncalc.source.open_model import shipped
from cnncalc.spec.reader import Spec

os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
h5py = pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[test]')")

from exporting.keras_code import FRAMEWORK, averages_copies, model_of
from exporting.test_keras import COMPARED, REFUSED, SMALLER
from exporting.test_random_blocks import _spec as random_spec
from exporting.torch_code import smallest
from oracle.agreement import SINGLE, Numbers

pytestmark = pytest.mark.slow


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
    model = model_of(spec, write_keras(spec, is_flat))
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
        if averages_copies(spec):
            return ""
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
