"""Small Functional models, made at random: parameters, trainable ones and the shapes of all outputs are Keras' own."""

from __future__ import annotations

import json
import os
import warnings

import pytest
from helpers import each
from importing.keras.keras_values import parameters

import cnncalc
from cnncalc.importing.draft import DraftOutput
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.keras import read_keras, read_keras_config
from cnncalc.importing.structure import readable

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
    pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
NUMBERS = [number for number in range(48) if number not in (43, 46, 47)]
"""Of the models; Keras refuses to make the others."""


def test_of_files(tmp_path):
    def check(number):
        from importing.keras.random_functional import random_model

        model, path = random_model(number), str(tmp_path / f"{number}.keras")
        model.save(path)
        draft = read_keras(path)
        draft.give_back_inputs()
        spec = cnncalc.load(path)
        check_everything(model, draft, spec)
        check_totals(model, cnncalc.load(readable(draft).text), spec.remarks)
        live = cnncalc.from_keras(model)
        check_totals(model, live, live.remarks)

    each(check, NUMBERS, lambda number: f"model {number}")


def test_of_descriptions_as_older_versions_write_them():
    def check(number):
        from importing.keras.random_functional import random_model

        model = random_model(number, operators=False)
        draft = read_keras_config(as_keras_2(json.loads(model.to_json())), "net.json")
        draft.give_back_inputs()
        check_everything(model, draft, None)

    each(check, NUMBERS[::2], lambda number: f"model {number}")


def check_everything(model, draft, spec):
    """All that is known of a model from its file."""
    written = flat_spec(draft)
    flat = cnncalc.load(written.text)
    remarks = draft.remarks if spec is None else spec.remarks
    check_totals(model, flat, remarks)
    assert not [found for found in remarks if found.code == "CNN157"], remarks
    nodes = {node.name: node for node in flat.graph.nodes}
    for source, output in zip(draft.outputs, model.outputs, strict=True):
        name = (
            f"{written.names[source.layer]}.{source.name}" if isinstance(source, DraftOutput) else written.names[source]
        )
        found = nodes[name].output.sizes("channels_last")
        assert [theirs for theirs, _ in zip(output.shape[1:], found, strict=True)] == [
            None if theirs is None else ours for theirs, ours in zip(output.shape[1:], found, strict=True)
        ]


def check_totals(model, spec, remarks):
    """Parameters, and those that are trained; what is said not to be counted so is added."""
    totals = cnncalc.analyze(spec).totals
    left_out = sum(parameters([each.vector_u]) for each in normalised(model))
    frozen = [each.message for each in remarks if "frozen as trainable" in each.message]
    too_many = sum(int(text.split()[3].replace(",", "")) for text in frozen)
    assert totals.params + left_out == model.count_params()
    assert totals.trainable_params - too_many == parameters(model.trainable_weights)


def normalised(model):
    return {
        id(layer): layer
        for layer in model._flatten_layers(recursive=True)
        if type(layer).__name__ == "SpectralNormalization"
    }.values()


def as_keras_2(model):
    """The description of a model as Keras 2 writes it: calls as lists, and neither modules nor shapes."""
    return {"keras_version": "2.15.0", "backend": "tensorflow", **old(model)}


def old(data):
    """A part of it."""
    if isinstance(data, list):
        return [old(each) for each in data]
    if not isinstance(data, dict):
        return data
    if data.get("class_name") == "DTypePolicy":
        return data["config"]["name"]
    if data.get("class_name") == "__tuple__":
        return old(data["items"])
    made = {key: old(each) for key, each in data.items() if key not in NEW}
    if made.get("class_name") == "InputLayer":
        made["config"]["batch_input_shape"] = made["config"].pop("batch_shape")
    if "inbound_nodes" in data:
        made["inbound_nodes"] = [old_call(each) for each in data["inbound_nodes"]]
    for name in ("input_layers", "output_layers"):
        places = made.get(name)
        if places and not isinstance(places[0], list):
            made[name] = [places]
    return made


NEW = ("module", "registered_name", "build_config", "compile_config", "inbound_nodes", "shared_object_id")


def old_call(node):
    """One call: all tensors that are read, with further arguments beside the first."""
    first, *others = node["args"]
    kwargs = {key: old_argument(value) for key, value in node["kwargs"].items() if value is not None}
    names = ("value", "key")
    kwargs |= {name: old_argument(each) for name, each in zip(names, others, strict=False) if each is not None}
    read = [old_argument(each) for each in first] if isinstance(first, list) else [old_argument(first)]
    read[0] = [*read[0], kwargs]
    return read if len(read) == 1 else [read[0], *([*each, {}] for each in read[1:])]


def old_argument(value):
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return value["config"]["keras_history"]
    return [old_argument(each) for each in value] if isinstance(value, list) else value
