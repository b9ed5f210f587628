"""The code of an export to Keras, executed, and compared layer by layer with what the spec says."""

from __future__ import annotations

import importlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from oracle.agreement import LARGEST, SINGLE, Numbers
from oracle.built import Keras

from cnncalc.exporting.exported import Exported
from cnncalc.exporting.keras.framework import KerasCode
from cnncalc.forward.engines.arrays import Arrays as Engine
from cnncalc.forward.run.executor import steps
from cnncalc.layers.equals import equal
from cnncalc.spec.reader import Spec

FRAMEWORK = Keras()
to_snake_case = importlib.import_module("keras.src.utils.naming").to_snake_case
LARGE = 10**7
"""Weights of a model, before which what is left of others is thrown away."""


def model_of(spec: Spec, exported: Exported) -> Any:
    """The model that the code makes."""
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(exported.content, "exported.py", "exec"), scope)
    is_large = sum(prod(each.shape) for node in spec.graph.nodes for each in node.weights.values()) > LARGE
    FRAMEWORK.keras.utils.clear_session(free_memory=is_large)  # a collection takes longer than to build a small model
    *_, name, _ = re.findall(r"^def (\w+)", exported.content, re.MULTILINE)  # `main` is the last
    assert name.startswith(KerasCode().name_of(spec.name).rstrip("_"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return scope[name]()


def layers_of(model: Any) -> dict[str, Any]:
    """All layers of a model and of models in it, by name."""
    found = {}
    for layer in model.layers:
        found[layer.name] = layer
        if isinstance(layer, FRAMEWORK.keras.Model):
            found |= layers_of(layer)
    return found


def groups_of(layers: Sequence[Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The groups of a `.weights.h5` that Keras finds the weights of layers in, as `_save_container_state` of
    keras.src.saving.saving_lib calls them."""
    counts: Counter[str] = Counter()
    for layer in layers:
        snake = to_snake_case(type(layer).__name__)
        group = f"{above}layers/{snake}{f'_{counts[snake]}' if counts[snake] else ''}"
        counts[snake] += 1
        yield layer.name, group
        if isinstance(layer, FRAMEWORK.keras.Model):
            yield from groups_of(layer.layers, f"{group}/")


def at(layer: Any, path: str) -> Any:
    for part in path.split("."):
        layer = layer[int(part)] if part.isdigit() else getattr(layer, part)
    return layer


def load(model: Any, exported: Exported, weights: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Gives the model our weights."""
    layers = layers_of(model)
    for name, arrays in weights.items():
        for array, values in arrays.items():
            for place in exported.places[name][array]:
                FRAMEWORK.load(layers[place.module], place.array, values if place.row is None else values[place.row])


def differences(spec: Spec, exported: Exported) -> Iterator[str]:
    """What is not as the spec says: what layers are called and give, their parameters, and what the model gives."""
    model = model_of(spec, exported)
    layers, seen, otherwise = layers_of(model), set(), []
    for node in spec.graph.nodes:
        assert node.layer
        owner = node.shares or node
        if node.layer.is_opaque:
            continue
        own = equal(node.kind, "keras", node.layer, node.input_shapes, node.output, spec.layout)
        if not own.module:
            continue
        arrays = exported.places.get(owner.name)
        name = next(iter(arrays.values()))[0].module if arrays else owner.name.replace(".", "_")
        if name != owner.name.replace(".", "_") or name not in layers:
            otherwise.append(node.name)
        if name not in layers:
            continue
        layer = layers[name]
        if own.forward.startswith("{module}(") and own.forward.count("{module}") == 1 and own.forward.endswith(")"):
            gives = {tuple(each.shape[1:]) for call in layer._inbound_nodes for each in call.output_tensors}
            if node.output.sizes("channels_last") not in gives and "ops.moveaxis({module}" not in own.forward:
                yield f"{node.name}: {gives}, and not {node.output.sizes('channels_last')}"
        if owner is not node:
            continue
        seen.add(name)
        counts = {True: 0, False: 0}
        for weight in node.weights.values():
            counts[not (weight.is_statistic or node.is_frozen)] += int(np.prod(weight.shape))
        found = [
            sum(int(np.prod(each.shape)) for each in of)
            for of in (layer.trainable_weights, layer.non_trainable_weights)
        ]
        if found != [counts[True], counts[False]]:
            yield f"{node.name}: {found} parameters, and not {[*counts.values()]}"
    of_others = [name for name, each in layers.items() if each.weights and name not in seen]
    if any(not isinstance(layers[name], FRAMEWORK.keras.Model) for name in of_others):
        yield f"layers with weights that the spec does not have: {of_others}"
    groups = dict(groups_of(model.layers))
    elsewhere = [name for name in seen if exported.groups[name] != groups[name] and layers[name].weights]
    if elsewhere:
        yield f"{len(elsewhere)} whose weights are elsewhere in a file: {elsewhere[0]}"
    if otherwise:
        yield f"{len(otherwise)} with other names: {otherwise[0]}"
    expected = [node.output.sizes("channels_last") for node in spec.graph.output_nodes]
    if [tuple(each.shape[1:]) for each in model.outputs] != expected:
        yield f"outputs {[each.shape for each in model.outputs]}, and not {expected}"


def values_differ(spec: Spec, exported: Exported, seed: int = 0) -> str:
    """How the values of the outputs differ, with the same random inputs and weights; "" if they do not."""
    numbers = Numbers(spec, seed)
    for arrays in numbers.weights.values():
        for array in arrays.values():  # so that sums stay as large as what they are made of
            array /= np.sqrt(np.prod(array.shape[:-1]))
    with FRAMEWORK.precise(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, about how tensors become arrays
        model = model_of(spec, exported)
        load(model, exported, numbers.weights)
        tensors = [FRAMEWORK.tensor(numbers.inputs[node.name]) for node in spec.graph.inputs]
        outputs = model(tensors if len(tensors) > 1 else tensors[0], training=False)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        theirs = list(map(FRAMEWORK.array, outputs))
    with np.errstate(all="ignore"):  # a quotient may have a denominator of 0
        found = steps(spec.graph, numbers.inputs, numbers.weights, Engine(spec.layout, "float64"))
        wanted = {node.name for node in spec.graph.output_nodes}
        ours = {step.node.name: step.output for step in found if step.node.name in wanted}
    for node, expected in zip(spec.graph.output_nodes, theirs, strict=True):
        own = ours[node.name]
        if expected.shape != own.shape:
            return f"{node.name}: {own.shape}, and the code gives {expected.shape}"
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        if scale < LARGEST and not np.allclose(own, expected, rtol=0, atol=SINGLE * scale, equal_nan=True):
            return f"{node.name}: values differ by up to {np.abs(own - expected).max():g} of {scale:g}"
    return ""
