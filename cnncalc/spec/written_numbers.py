"""Numbers written out in a spec: example inputs (`sample`) and the weights of a layer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING

from cnncalc.layers import layer_class
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Mistake, Reading
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Real
from cnncalc.source.diagnostics import did_you_mean, excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.spec.findings import Findings

_NUMBER = Real()


class Values(NamedTuple):
    """An array: its sizes, and its numbers with the last axis varying fastest.

    A sample has the axes (*positions, channels); a weight has those that its layer asks for.
    """

    shape: tuple[int, ...]
    numbers: tuple[float, ...]


class _Axis(NamedTuple):
    """One level of nested lists: what its items are called, how many there are, and which axis of the array it is."""

    noun: str
    size: int
    axis: int


def read_samples(findings: Findings, node: YamlNode, inputs: Mapping[str, Shape], layout: str) -> Mapping[str, Values]:
    """Example inputs by name; with a single input, the name may be left out."""
    if not isinstance(node, YamlMapping):
        if len(inputs) == 1:
            ((name, shape),) = inputs.items()
            return _read_all(findings, {name: (node, _sample_axes(shape, layout))})
        message = "the model has several inputs; whose sample is this?"
        findings.add("CNN205", node.span, message, "", f"write `sample: {{{next(iter(inputs))}: …}}`")
        return {}
    wanted = {}
    for key, value in node.pairs:
        if key.text in inputs:
            wanted[key.text] = (value, _sample_axes(inputs[key.text], layout))
        else:
            label = did_you_mean(key.text, inputs)
            message = f"there is no input `{excerpt(key.text)}`"
            findings.add("CNN310", key.span, message, label, f"inputs: {', '.join(inputs)}")
    return _read_all(findings, wanted)


def read_weights(
    findings: Findings, node: YamlNode, kind: str, layer: Layer, source: Node, layout: str
) -> Mapping[str, Values]:
    """The weights of a layer after `source`, by name."""
    x = source.output
    shapes = {name: weight.shape for name, weight in layer.weights(x).items()}
    if not shapes:
        findings.add("CNN204", node.span, f"this `{kind}` has no weights", "", "remove it")
        return {}
    if not isinstance(node, YamlMapping):
        message = f"expected weights and their values, found a {node.what}"
        findings.add("CNN205", node.span, message, "", f"write `weights: {{{next(iter(shapes))}: …}}`")
        return {}
    wanted = {}
    for key, value in node.pairs:
        if key.text in shapes:
            shape = shapes[key.text]
            # numbers per value or position are written as an input would be
            is_map = "kernel" not in key.text and shape[:-1] == x.spatial and shape[-1] in (1, x.channels)
            axes = (
                _sample_axes(Shape(x.spatial, shape[-1]), layout)
                if is_map
                else _weight_axes(kind, key.text, shape, len(x.spatial), layout)
            )
            wanted[key.text] = (value, axes)
        else:
            label = did_you_mean(key.text, shapes)
            message = f"this `{kind}` has no weight `{excerpt(key.text)}`"
            findings.add("CNN204", key.span, message, label, f"its weights: {', '.join(shapes)}")
    return _read_all(findings, wanted)


def _read_all(findings: Findings, wanted: Mapping[str, tuple[YamlNode, list[_Axis]]]) -> dict[str, Values]:
    return {name: _Lists(findings, node, axes).values for name, (node, axes) in wanted.items()}


# -- how arrays are nested


def _sample_axes(shape: Shape, layout: str) -> list[_Axis]:
    """Rows of columns of channels; or channels of rows of columns."""
    rank = len(shape.spatial)
    if not rank:
        return [_Axis("value", shape.channels, 0)]
    positions = [_Axis(noun, n, i) for i, (noun, n) in enumerate(zip(_POSITIONS[rank], shape.spatial, strict=True))]
    channels = _Axis("channel", shape.channels, rank)
    return [channels, *positions] if layout == "channels_first" else [*positions, channels]


def _weight_axes(kind: str, name: str, shape: tuple[int, ...], rank: int, layout: str) -> list[_Axis]:
    """A kernel is a list of filters, each written as an input would be; other arrays have the layer's own axes."""
    axes = [_Axis("value", size, axis) for axis, size in enumerate(shape)]
    if "kernel" not in name:
        return [*(axis._replace(noun="row") for axis in axes[:-1]), *axes[-1:]]
    first = axes.pop()._replace(noun="unit" if layer_class(kind).is_dense else "filter")
    if len(axes) == 1:
        return [first, *axes]
    positions = [axis._replace(noun=noun) for axis, noun in zip(axes, _POSITIONS[rank], strict=False)]
    channels = [axis._replace(noun="input channel") for axis in axes[rank:]]
    return [first, *channels, *positions] if layout == "channels_first" else [first, *positions, *channels]


_POSITIONS = {1: ("value",), 2: ("row", "column"), 3: ("slice", "row", "column")}


# -- reading them

_MAY_BE_LEFT_OUT = frozenset({"channel", "input channel", "filter"})


class _Lists:
    """Nested lists of numbers; a level of a single channel or filter may be left out."""

    def __init__(self, findings: Findings, node: YamlNode, axes: list[_Axis]) -> None:
        self.findings = findings
        self.levels = list(axes)
        for axis in reversed(axes):
            if len(self.levels) > _depth(node) and axis.size == 1 and axis.noun in _MAY_BE_LEFT_OUT:
                self.levels.remove(axis)
        self.fits = True
        numbers: list[float] = []
        self._collect(node, 0, "", numbers)
        is_good = len(numbers) == prod(axis.size for axis in axes)
        self.values = _in_order(numbers, self.levels, axes) if is_good else Values((), ())

    def _collect(self, node: YamlNode, level: int, place: str, numbers: list[float]) -> None:
        if not self.fits:
            return  # lists of the wrong form would all be reported for the same reason
        if level == len(self.levels):
            self._number(node, place, numbers)
            return
        axis = self.levels[level]
        if not isinstance(node, YamlSequence):
            what = f"`{excerpt(node.text)}`" if isinstance(node, YamlScalar) else f"a {node.what}"
            self._misfit(node, f"expected a list of {_counted(axis)}{place}, found {what}")
        elif len(node.items) != axis.size:
            self._misfit(node, f"expected {_counted(axis)}{place}, found {len(node.items):,}")
        else:
            is_last = level + 1 == len(self.levels)
            for i, item in enumerate(node.items, 1):
                self._collect(item, level + 1, place if is_last else f" in {axis.noun} {i}", numbers)

    def _number(self, node: YamlNode, place: str, numbers: list[float]) -> None:
        if isinstance(node, YamlSequence):
            self._misfit(node, f"expected a number{place}, found a list")
            return
        try:
            numbers.append(_NUMBER.read(node, Reading()))
        except Mistake as mistake:
            self.findings.mistake(mistake)

    def _misfit(self, node: YamlNode, message: str) -> None:
        self.fits = False
        nesting = ", each a list of ".join(map(_counted, self.levels))
        help = [f"write a list of {nesting}"] if len(self.levels) > 1 else []
        self.findings.add("CNN314", node.span, message, "", *help)


def _counted(axis: _Axis) -> str:
    return f"{axis.size:,} {axis.noun}{'' if axis.size == 1 else 's'}"


def _depth(node: YamlNode) -> int:
    """How deeply lists are nested, following the first items."""
    depth = 0
    while isinstance(node, YamlSequence) and node.items:
        node, depth = node.items[0], depth + 1
    return depth


def _in_order(numbers: list[float], written: list[_Axis], axes: list[_Axis]) -> Values:
    """Numbers in the file's order, rearranged into the order of the array's axes."""
    step = {axis.axis: prod(inner.size for inner in written[i + 1 :]) for i, axis in enumerate(written)}
    shape = tuple(axis.size for axis in sorted(axes, key=lambda axis: axis.axis))
    steps = [range(0, size * step.get(i, 1), step.get(i, 1)) for i, size in enumerate(shape)]
    return Values(shape, tuple(numbers[sum(place)] for place in itertools.product(*steps)))
