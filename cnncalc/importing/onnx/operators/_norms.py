"""Normalisations and softmax."""

from __future__ import annotations

from math import prod

from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import axis_from_front, reduced_sizes
from cnncalc.importing.onnx.operators._views import reshape_to
from cnncalc.importing.operations import Tensor


def _batch_norm(call: OperatorCall) -> list[Tensor]:
    channels = call.sizes(0)[1:2]
    if any(call.sizes(place) != channels for place in range(1, 5)):
        call.refuse(f"its arrays do not have one number for each of {channels} channels")
    inputs = [call.input(0), _affine(call, 1, 1), _affine(call, 2, 0)]
    inputs += [call.parameter(place, statistic=True) for place in (3, 4)]
    found = call.add("batch_norm", inputs, call.sizes(0), epsilon=call.number("epsilon", 1e-5))
    return [found]


def _affine(call: OperatorCall, place: int, nothing: float) -> Tensor | None:
    """A scale or center; none if it is a number of the program that changes nothing, because something had to be
    written."""
    tensor = call.maybe(place)
    if tensor is None or tensor.constant is None:
        return tensor
    identity = tensor.constant.identity
    if identity and identity not in call.ledger.literals:
        return call.parameter(place)
    if call.ledger.fills.get(tensor) == nothing or {*(call.known(place) or (None,))} == {nothing}:
        return None
    return call.parameter(place) if identity else tensor


def _instance_norm(call: OperatorCall) -> Tensor:
    inputs = [call.input(0), *(None if _does_nothing(call) else _affine(call, place, 2 - place) for place in (1, 2))]
    return call.add("instance_norm", inputs, call.sizes(0), epsilon=call.number("epsilon", 1e-5))


def _does_nothing(call: OperatorCall) -> bool:
    """Whether scale and center are 1 and 0 because an exporter had to write something."""
    identities = [each.constant.identity for each in call.inputs[1:3] if each is not None and each.constant is not None]
    if any(each and call.ledger.is_of_a_module(each) for each in identities) or call.ledger.roles.keys() & {
        *identities
    }:
        return False
    return {*(call.known(1) or (0,))} == {1} and {*(call.known(2) or (1,))} == {0}


def _layer_norm(call: OperatorCall) -> list[Tensor]:
    rank = len(call.sizes(0))
    axes = tuple(range(axis_from_front(call.integer("axis", -1), rank), rank))
    settings = {"axes": axes, "epsilon": call.number("epsilon", 1e-5)}
    scale = _affine(call, 1, 1)
    if call.node.operator == "RMSNormalization":
        return [call.add("rms_norm", [call.input(0), scale], call.sizes(0), **settings)]
    return [call.add("layer_norm", [call.input(0), scale, _affine(call, 2, 0)], call.sizes(0), **settings)]


def _group_norm(call: OperatorCall) -> Tensor:
    """Before opset 21 the scale has a number per group, since then per channel."""
    x, sizes, groups = call.input(0), call.sizes(0), call.integer("num_groups")
    settings = {"groups": groups, "epsilon": call.number("epsilon", 1e-5)}
    if call.sizes(1) == (sizes[1],) and (call.opset >= 21 or groups == sizes[1]):
        return call.add("group_norm", [x, call.parameter(1), call.parameter(2)], sizes, **settings)
    if call.sizes(1) != (groups,):
        call.refuse(f"its scale of {call.sizes(1)} does not fit {groups} groups")
    plain = call.add("group_norm", [x, None, None], sizes, **settings)
    wide = (sizes[0], groups, prod(sizes[1:]) // groups)
    found = reshape_to(call, plain, wide)
    for name, place in (("mul", 1), ("add", 2)):
        found = call.add(name, [found, call.as_parameter(reshape_to(call, call.input(place), (groups, 1)))], wide)
    return reshape_to(call, found, sizes)


def _mean_variance_norm(call: OperatorCall) -> Tensor | None:
    """The default axes include the batch: it is only an instance norm without them."""
    rank = len(call.sizes(0))
    axes = sorted(axis_from_front(axis, rank) for axis in call.integers("axes", (0, 2, 3)) or ())
    if axes != list(range(2, rank)):
        return None
    return call.add("instance_norm", [call.input(0), None, None], call.sizes(0), epsilon=1e-9)


def _lp_norm(call: OperatorCall) -> Tensor | None:
    sizes = call.sizes(0)
    axis, how = axis_from_front(call.integer("axis", -1), len(sizes)), {1: "l1", 2: "l2"}.get(call.integer("p", 2))
    if how is None:
        return None
    length = call.add(
        "reduce", [call.input(0)], reduced_sizes(sizes, [axis], True), how=how, axes=(axis,), keep_dims=True
    )
    return call.add("div", [call.input(0), length], sizes)


def _local_response_norm(call: OperatorCall) -> Tensor | None:
    if call.integer("size") % 2 == 0:
        return None  # its window has one channel more after than before, that of PyTorch before than after
    settings = {"alpha": call.number("alpha", 1e-4), "beta": call.number("beta", 0.75), "k": call.number("bias", 1.0)}
    return call.add("local_response_norm", [call.input(0)], call.sizes(0), size=call.integer("size"), **settings)


def translate_softmax(call: OperatorCall) -> Tensor:
    """Before opset 13 over all axes from one on together, since then over one."""
    name = "log_softmax" if call.node.operator == "LogSoftmax" else "softmax"
    x, sizes = call.operand(0), call.sizes(0)
    axis = axis_from_front(call.integer("axis", 1 if call.opset < 13 else -1), len(sizes))
    if call.opset >= 13 or prod(sizes[axis + 1 :]) == 1:
        return call.add(name, [x], sizes, axis=axis)
    if prod(sizes[axis:]) == sizes[-1]:
        return call.add(name, [x], sizes, axis=len(sizes) - 1)
    flat = reshape_to(call, x, (*sizes[:axis], prod(sizes[axis:])))
    return reshape_to(call, call.add(name, [flat], flat.sizes or (), axis=axis), sizes)


TRANSLATIONS: dict[str, Translation] = {
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "MeanVarianceNormalization": _mean_variance_norm,
    "LpNormalization": _lp_norm,
    "LRN": _local_response_norm,
    "Softmax": translate_softmax,
    "LogSoftmax": translate_softmax,
}
