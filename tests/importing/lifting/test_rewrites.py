"""Functions and norms that files write as arithmetic are found, whichever way they are written; others are not."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import pytest

from cnncalc.importing.lifting.rewrites import rewrite
from cnncalc.importing.operations import BATCH, Constant, Operation, OperationGraph, Tensor


class Writing:
    """A graph that is written operation by operation."""

    def __init__(self, *sizes: int) -> None:
        self.graph = OperationGraph()
        self.x = self.input(*sizes)

    def input(self, *sizes: int) -> Tensor:
        tensor = Tensor(f"input{len(self.graph.inputs)}", (BATCH, *sizes))
        self.graph.inputs.append(tensor)
        return tensor

    def parameter(self, name: str, *sizes: int) -> Tensor:
        return Tensor(name, sizes, constant=Constant(None, is_parameter=True, identity=name))

    def __call__(
        self, name: str, *inputs: Tensor | float, sizes: tuple[int, ...] | None = None, **settings: Any
    ) -> Tensor:
        tensors = [each if isinstance(each, Tensor) else _number(each) for each in inputs]
        largest = max((each.sizes or () for each in tensors), key=len)
        made = Tensor(f"{name}{len(self.graph.operations)}", sizes or largest)
        self.graph.add(Operation(name, tensors, [made], settings))
        return made

    def mean(self, x: Tensor, *axes: int, how: str = "mean", **settings: Any) -> Tensor:
        sizes = tuple(1 if axis in axes else size for axis, size in enumerate(x.sizes or ()))
        return self("reduce", x, sizes=sizes, how=how, axes=axes, keep_dims=True, **settings)

    def names(self, output: Tensor) -> list[str]:
        """The operations after rewriting."""
        self.graph.outputs = [output]
        rewrite(self.graph)
        return [each.name for each in self.graph.operations]

    @property
    def last(self) -> Operation:
        return self.graph.operations[-1]


def _number(value: float) -> Tensor:
    return Tensor("", (), constant=Constant(None, [value]))


def _half_and_error(w: Writing) -> Tensor:
    return w("add", w("erf", w("div", w.x, sqrt(2))), 1)


def _cubic(w: Writing) -> Tensor:
    return w("mul", w("add", w.x, w("mul", w("pow", w.x, 3), 0.044715)), sqrt(2 / pi))


WAYS: dict[str, tuple[str, Callable[[Writing], Tensor]]] = {
    "silu": ("silu", lambda w: w("mul", w.x, w("sigmoid", w.x))),
    "silu, the gate first": ("silu", lambda w: w("mul", w("sigmoid", w.x), w.x)),
    "silu as a quotient": ("silu", lambda w: w("div", w.x, w("add", w("exp", w("neg", w.x)), 1))),
    "gelu: (x/2)(1 + erf)": ("gelu", lambda w: w("mul", w("mul", w.x, 0.5), _half_and_error(w))),
    "gelu: x(1 + erf) / 2": ("gelu", lambda w: w("mul", w("mul", w.x, _half_and_error(w)), 0.5)),
    "gelu: x((1 + erf) / 2)": ("gelu", lambda w: w("mul", w.x, w("mul", _half_and_error(w), 0.5))),
    "gelu: x(erf/2 + 1/2)": (
        "gelu",
        lambda w: w("mul", w.x, w("add", w("mul", w("erf", w("mul", w.x, sqrt(0.5))), 0.5), 0.5)),
    ),
    "gelu by tanh": ("gelu", lambda w: w("mul", w("mul", w.x, 0.5), w("add", w("tanh", _cubic(w)), 1))),
    "hard_swish: x · relu6(x + 3) / 6": (
        "hard_swish",
        lambda w: w("div", w("mul", w.x, w("clip", w("add", w.x, 3), bounds=(0, 6))), 6),
    ),
    "hard_swish by two limits": (
        "hard_swish",
        lambda w: w(
            "div", w("mul", w.x, w("clip", w("clip", w("add", w.x, 3), bounds=(0, None)), bounds=(None, 6))), 6
        ),
    ),
    "hard_swish by hard_sigmoid": ("hard_swish", lambda w: w("mul", w.x, w("hard_sigmoid", w.x, slope=1 / 6))),
    "hard_sigmoid": ("hard_sigmoid", lambda w: w("div", w("clip", w("add", w.x, 3), bounds=(0, 6)), 6)),
    "hard_sigmoid of Keras 2": (
        "hard_sigmoid",
        lambda w: w("clip", w("add", w("mul", w.x, 0.2), 0.5), bounds=(0, 1)),
    ),
    "mish": ("mish", lambda w: w("mul", w.x, w("tanh", w("softplus", w.x)))),
    "relu6": ("relu6", lambda w: w("clip", w.x, bounds=(0, 6))),
    "relu": ("relu", lambda w: w("maximum", w.x, 0)),
    "sigmoid": ("sigmoid", lambda w: w("div", 1, w("add", w("exp", w("neg", w.x)), 1))),
    "softmax": (
        "softmax",
        lambda w: (lambda e: w("div", e, w.mean(e, 3, how="sum")))(w("exp", w("sub", w.x, w.mean(w.x, 3, how="max")))),
    ),
}


@pytest.mark.parametrize(("name", "way"), WAYS.values(), ids=WAYS)
def test_functions_are_found(name: str, way: Callable[[Writing], Tensor]):
    writing = Writing(8, 6, 4)
    assert writing.names(way(writing)) == [name]
    assert writing.last.inputs == [writing.x]


def test_the_approximation_of_gelu_keeps_its_name():
    writing = Writing(8, 6, 4)
    writing.names(WAYS["gelu by tanh"][1](writing))
    assert writing.last.settings["approximate"] == "tanh"


UNLIKE: dict[str, Callable[[Writing], Tensor]] = {
    "a gate of another tensor": lambda w: w("mul", w.x, w("sigmoid", w("mul", w.x, 2))),
    "gelu with another factor": lambda w: w("mul", w("mul", w.x, 0.6), _half_and_error(w)),
    "gelu of another number": lambda w: w("mul", w("mul", w.x, 0.5), w("add", w("erf", w.x), 1)),
    "a limit at 5": lambda w: w("div", w("clip", w("add", w.x, 3), bounds=(0, 5)), 6),
    "a softmax of two axes": lambda w: (lambda e: w("div", e, w.mean(e, 2, 3, how="sum")))(w("exp", w.x)),
}


@pytest.mark.parametrize("way", UNLIKE.values(), ids=UNLIKE)
def test_other_functions_stay_as_they_are(way: Callable[[Writing], Tensor]):
    writing = Writing(8, 6, 4)
    named = {"silu", "gelu", "hard_sigmoid", "hard_swish", "softmax"}
    assert not named & set(writing.names(way(writing)))


def _layer_norm(w: Writing, axis: int, sizes: tuple[int, ...]) -> Tensor:
    centered = w("sub", w.x, w.mean(w.x, axis))
    deviation = w("sqrt", w("add", w.mean(w("pow", centered, 2), axis), 1e-6))
    scaled = w("mul", w("div", centered, deviation), w.parameter("scale", *sizes))
    return w("add", scaled, w.parameter("center", *sizes))


def test_a_layer_norm_of_the_last_axis():
    writing = Writing(8, 6, 4)
    assert writing.names(_layer_norm(writing, 3, (4,))) == ["layer_norm"]
    assert writing.last.settings == {"axes": (3,), "epsilon": 1e-6}
    assert [each and each.name for each in writing.last.inputs] == ["input0", "scale", "center"]


def test_a_layer_norm_of_the_channels_of_a_map_is_turned():
    writing = Writing(4, 8, 6)
    assert writing.names(_layer_norm(writing, 1, (4, 1, 1))) == ["transpose", "layer_norm", "transpose"]
    norm = writing.graph.operations[1]
    assert (norm.settings["axes"], norm.inputs[1] and norm.inputs[1].sizes) == ((3,), (4,))
    assert writing.last.settings["axes"] == (0, 3, 1, 2)


def test_a_variance_with_a_correction_is_no_layer_norm():
    writing = Writing(8, 6, 4)
    centered = writing("sub", writing.x, writing.mean(writing.x, 3))
    variance = writing.mean(writing.x, 3, how="var", correction=1)
    names = writing.names(writing("div", centered, writing("sqrt", writing("add", variance, 1e-6))))
    assert "layer_norm" not in names


def test_rms_norm():
    writing = Writing(8, 4)
    spread = writing("rsqrt", writing("add", writing.mean(writing("square", writing.x), 2), 1e-6))
    scaled = writing("mul", writing("mul", writing.x, spread), writing.parameter("scale", 4))
    assert writing.names(scaled) == ["rms_norm"]
    assert writing.last.settings == {"axes": (2,), "epsilon": 1e-6}


def test_l2_norm():
    writing = Writing(8, 4)
    length = writing("maximum", writing.mean(writing.x, 2, how="l2"), 1e-12)
    assert writing.names(writing("div", writing.x, length)) == ["l2_norm"]
    assert writing.last.settings == {"axes": (2,), "epsilon": 1e-12}


def test_group_norm_by_an_instance_norm_of_groups():
    writing = Writing(8, 6, 4)
    groups = writing("reshape", writing.x, sizes=(BATCH, 2, 96))
    normed = writing("instance_norm", groups, epsilon=1e-5)
    back = writing("reshape", normed, sizes=(BATCH, 8, 6, 4))
    scaled = writing("mul", back, writing.parameter("scale", 8, 1, 1))
    assert writing.names(writing("add", scaled, writing.parameter("center", 8, 1, 1))) == ["group_norm"]
    assert writing.last.settings == {"groups": 2, "epsilon": 1e-5, "again": ()}


def test_a_frozen_batch_norm():
    writing = Writing(6, 5, 4)
    gain, center, mean, variance = (writing.parameter(name, 6) for name in ("gain", "center", "mean", "variance"))
    scale = writing("mul", gain, writing("rsqrt", writing("add", variance, 1e-5)))
    moved = writing("sub", center, writing("mul", mean, scale))
    scale, moved = (writing("reshape", each, sizes=(1, 6, 1, 1)) for each in (scale, moved))
    assert writing.names(writing("add", writing("mul", writing.x, scale), moved)) == ["batch_norm"]
    assert [each and each.name for each in writing.last.inputs] == ["input0", "gain", "center", "mean", "variance"]


def test_products_become_linear():
    writing = Writing(8, 4)
    product = writing("matmul", writing.x, writing.parameter("matrix", 4, 6), sizes=(BATCH, 8, 6))
    assert writing.names(writing("add", product, writing.parameter("bias", 6))) == ["linear"]
    assert [each and each.sizes for each in writing.last.inputs] == [(BATCH, 8, 4), (6, 4), (6,)]


def test_a_roll_in_two_parts():
    writing = Writing(8, 6, 4)
    end = writing("slice", writing.x, sizes=(BATCH, 5, 6, 4), axis=1, start=3, stop=8, step=1)
    begin = writing("slice", writing.x, sizes=(BATCH, 3, 6, 4), axis=1, start=0, stop=3, step=1)
    assert writing.names(writing("concat", end, begin, sizes=(BATCH, 8, 6, 4), axis=1)) == ["roll"]
    assert writing.last.settings == {"shifts": (-3,), "axes": (1,)}


def test_parts_in_another_order_are_no_roll():
    writing = Writing(8, 6, 4)
    parts = [
        writing("slice", writing.x, sizes=(BATCH, 2, 6, 4), axis=1, start=start, stop=start + 2, step=1)
        for start in (2, 0, 6, 4)
    ]
    assert "roll" not in writing.names(writing("concat", *parts, sizes=(BATCH, 8, 6, 4), axis=1))


def test_what_changes_nothing_goes():
    writing = Writing(8, 6)
    there = writing("transpose", writing.x, sizes=(BATCH, 6, 8), axes=(0, 2, 1))
    back = writing("transpose", writing("identity", there), sizes=(BATCH, 8, 6), axes=(0, 2, 1))
    assert writing.names(writing("relu", back)) == ["relu"]
    assert writing.last.inputs == [writing.x]


@pytest.mark.parametrize(
    ("hows", "starts", "name"),
    [
        ("mean mean mean", (0, 1, 3), "adaptive_avg_pool"),  # 0 to 5/3, 5/3 to 10/3, 10/3 to 5, rounded outwards
        ("max max max", (0, 1, 3), "adaptive_max_pool"),
        ("sum sum sum", (0, 1, 3), "concat"),
        ("mean max mean", (0, 1, 3), "concat"),
        ("mean mean mean", (0, 2, 3), "concat"),
    ],
)
def test_windows_of_a_pool_that_is_told_how_many_there_are(hows, starts, name):
    w = Writing(4, 5)
    parts = []
    for how, start, length in zip(hows.split(), starts, (2, 3, 2), strict=True):
        cut = (start, min(start + length, 5))
        part = w("slice", w.x, sizes=(BATCH, 4, cut[1] - cut[0]), axis=2, start=cut[0], stop=cut[1], step=1)
        parts.append(w.mean(part, 2, how=how))
    assert w.names(w("concat", *parts, sizes=(BATCH, 4, 3), axis=2))[-1] == name
    assert name == "concat" or w.last.settings == {"size": (3,)}
