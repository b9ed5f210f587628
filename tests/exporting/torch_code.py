"""The code of an export, executed, and compared layer by layer with what the spec says."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from oracle.agreement import DOUBLE, LARGEST, Multiplications, Numbers
from oracle.built import PyTorch

from cnncalc.exporting.code.identifiers import class_like
from cnncalc.exporting.exported import Exported
from cnncalc.forward.engines.arrays import Arrays as Engine
from cnncalc.forward.run.executor import steps
from cnncalc.graph import Node
from cnncalc.spec.reader import Spec

Arrays = Mapping[str, Mapping[str, np.ndarray]]


def model_of(spec: Spec, exported: Exported) -> torch.nn.Module:
    """The model that the code makes."""
    PyTorch()  # (brings what torchvision has, where it is not installed)
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(exported.content, "exported.py", "exec"), scope)
    *_, name = re.findall(r"^class (\w+)", exported.content, re.MULTILINE)
    assert name.startswith(class_like(spec.name).rstrip("_"))
    return scope[name]().eval()


def on_meta(spec: Spec, exported: Exported) -> torch.nn.Module:
    """The model with sizes, and no values."""
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model_of(spec, exported)


def tensor_at(model: torch.nn.Module, path: str) -> Any:
    """A module, parameter or buffer."""
    found: Any = model
    for name in filter(None, path.split(".")):
        found = found[int(name)] if name.isdigit() and not hasattr(found, name) else getattr(found, name)
    return found


def joined(path: str, more: str) -> str:
    return ".".join(filter(None, (path, more)))


def load(model: torch.nn.Module, exported: Exported, weights: Arrays) -> None:
    """Gives the model our weights."""
    with torch.no_grad():
        for name, arrays in weights.items():
            for array, values in arrays.items():
                for path, place, row in exported.places[name][array]:
                    own = place.part(tensor_at(model, joined(path, place.path)))
                    part = values if row is None else values[row]
                    own.copy_(torch.from_numpy(place.there(part).copy(order="C")))


def inputs_of(spec: Spec, batch: int, device: str) -> list[torch.Tensor]:
    readers = {node for node in spec.graph.nodes if node.layer and node.layer.ids()}
    tensors = []
    for node in spec.graph.inputs:
        tensor = torch.zeros((batch, *node.output.sizes("channels_first")), device=device)
        tensors.append(tensor.long() if any(node in reader.inputs for reader in readers) else tensor)
    return tensors


def differences(spec: Spec, exported: Exported) -> Iterator[str]:
    """What is not as the spec says: parameters of layers, what they give, and what the model gives."""
    model = on_meta(spec, exported)
    learned, seen = 0, {}
    for node in spec.graph.nodes:
        if node.shares:
            continue
        for name, weight in node.weights.items():
            whole = np.zeros(weight.shape, np.int8)
            for path, place, row in exported.places[node.name][name]:
                part = whole if row is None else whole[row]
                tensor = tensor_at(model, joined(path, place.path))
                if place.part(tensor).shape != place.there(part).shape:
                    yield f"{node.name}.{name}: {tuple(tensor.shape)}"
                if tensor.requires_grad == (weight.is_statistic or node.is_frozen):
                    yield f"{node.name}.{name}: requires_grad is {tensor.requires_grad}"
            learned += 0 if weight.is_statistic or node.is_frozen else np.zeros(weight.shape, np.int8).size
            seen[node.name] = path
    counted = sum(each.numel() for each in model.parameters() if each.requires_grad)
    if counted != learned:
        yield f"{counted} trainable parameters, and not {learned}"
    sizes = _sizes_given(spec, model, seen)
    outputs = model(*inputs_of(spec, 2, "meta"))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    expected = [(2, *node.output.sizes("channels_first")) for node in spec.graph.output_nodes]
    if [tuple(each.shape) for each in outputs] != expected:
        yield f"outputs {[tuple(each.shape) for each in outputs]}, and not {expected}"
    for name, (found, wanted) in sizes.items():
        if sorted(found) != sorted(wanted):
            yield f"{name}: values {found}, and not {wanted}"


def _sizes_given(spec: Spec, model: torch.nn.Module, places: Mapping[str, str]) -> dict[str, tuple[list, list]]:
    """How many values each module gives whenever it is called (filled in then), and how many its layers have."""
    found: dict[str, tuple[list, list]] = {}
    for node in spec.graph.nodes:
        owner = node.shares or node
        module = tensor_at(model, places[owner.name]) if owner.name in places else None
        if not isinstance(module, torch.nn.Module):
            continue
        if owner.name not in found:
            found[owner.name] = [], []
            module.register_forward_hook(lambda _, __, given, to=found[owner.name][0]: to.append(_values(given)))
        found[owner.name][1].append(_expected(node))
    return found


def _values(given: Any) -> int:
    tensor = given[0] if isinstance(given, tuple) else given
    return tensor.numel()


def _expected(node: Node) -> int:
    layer = node.layer
    if getattr(layer, "layers", None) and getattr(layer, "units", None):  # all states, of both directions
        positions = node.x.values // node.x.channels
        return 2 * positions * layer.units * (2 if layer.bidirectional else 1)
    return 2 * node.output.values


def multiply_adds(spec: Spec, model: torch.nn.Module) -> float:
    """The multiply-adds that PyTorch counts for one sample."""
    counter = Multiplications()
    node = spec.graph.nodes[-1]
    model.requires_grad_(False)  # PyTorch's counter wants to follow gradients, and parameters have none yet
    with counter, torch.no_grad():
        counter(node, lambda: model(*inputs_of(spec, 2, "meta")))
    return counter.counts[node.name]


def values_differ(spec: Spec, exported: Exported, seed: int = 0) -> str:
    """How the values of the outputs differ, with the same random inputs and weights; "" if they do not."""
    numbers, framework = Numbers(spec, seed), PyTorch()
    for arrays in numbers.weights.values():
        for array in arrays.values():  # so that sums stay as large as what they are made of
            array /= np.sqrt(np.prod(array.shape[:-1]))
    with framework.precise(), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
        model = model_of(spec, exported)
        load(model, exported, numbers.weights)
        for module in model.modules():
            framework.ready(module)
        tensors = [framework.tensor(numbers.inputs[node.name]) for node in spec.graph.inputs]
        of_ids = [node.name in numbers.ids for node in spec.graph.inputs]
        outputs = model(*(each.long() if ids else each for each, ids in zip(tensors, of_ids, strict=True)))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    with np.errstate(all="ignore"):  # a quotient may have a denominator of 0
        found = steps(spec.graph, numbers.inputs, numbers.weights, Engine(spec.layout, "float64"))
        wanted = {node.name for node in spec.graph.output_nodes}
        ours = {step.node.name: step.output for step in found if step.node.name in wanted}
    for node, output in zip(spec.graph.output_nodes, outputs, strict=True):
        expected, own = framework.array(output), ours[node.name]
        if expected.shape != own.shape:
            return f"{node.name}: {own.shape}, and the code gives {expected.shape}"
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        if scale < LARGEST and not np.allclose(own, expected, rtol=0, atol=DOUBLE * scale, equal_nan=True):
            return f"{node.name}: values differ by up to {np.abs(own - expected).max():g} of {scale:g}"
    return ""
