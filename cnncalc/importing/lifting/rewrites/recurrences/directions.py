"""Both directions of a recurrent layer, added: what the layer gives itself, if its directions are merged by a sum."""

from __future__ import annotations

from cnncalc.importing.lifting.rewrites._rules import Rules, Written, instead
from cnncalc.importing.lifting.rewrites._terms import made_by
from cnncalc.importing.operations import Operation, Tensor

_RECURRENT = ("lstm", "gru", "rnn")


def summed_directions(operation: Operation) -> Written:
    """A sum along the axis of the directions: of the states at all positions, or of the last ones."""
    x, settings = operation.inputs[0], operation.settings
    if x is None or settings["how"] != "sum" or settings["keep_dims"]:
        return None
    if tuple(settings["axes"]) == (0,) and (last := _both_ways(x)) and last.outputs[1] is x:
        is_one = last.settings["layers"] == 1
        return _merged(operation, last, "last") if is_one else None
    turned = made_by(x, "transpose")
    apart = made_by(turned.inputs[0] if turned else x, "reshape")
    axis = 2 if turned is None else 1 if tuple(turned.settings["axes"]) == (0, 2, 1, 3) else -1
    states = apart.inputs[0] if apart else None
    if states is None or tuple(settings["axes"]) != (axis,) or not (layer := _both_ways(states)):
        return None
    is_apart = apart is not None and apart.output.sizes == (*(states.sizes or ())[:2], 2, layer.settings["hidden"])
    return _merged(operation, layer, "sequence") if is_apart and layer.output is states else None


def added_directions(operation: Operation) -> Written:
    """The sum of both halves of the states at all positions."""
    parts = [made_by(each, "slice") for each in operation.inputs]
    starts = [each.settings["start"] or 0 for each in parts if each and each.settings["axis"] == 2]
    sources = {each.inputs[0] for each in parts if each}
    if len(starts) < 2 or len(sources) != 1 or not (states := sources.pop()) or not (layer := _both_ways(states)):
        return None
    half = layer.settings["hidden"]
    are_halves = sorted(starts) == [0, half] and all(
        each and (each.output.sizes or ())[-1:] == (half,) for each in parts
    )
    return _merged(operation, layer, "sequence") if are_halves and layer.output is states else None


def _both_ways(tensor: Tensor) -> Operation | None:
    """The recurrent layer that makes a tensor, if it has two directions."""
    layer = tensor.operation
    is_so = layer is not None and layer.name in _RECURRENT and layer.settings["directions"] in (2, "both")
    return layer if layer and is_so and "merged" not in layer.settings else None


def _merged(operation: Operation, layer: Operation, gives: str) -> Written:
    return [instead(operation, layer.name, layer.inputs, **layer.settings, merged=gives)]


RULES: Rules = {"reduce": (summed_directions,), "add": (added_directions,)}
