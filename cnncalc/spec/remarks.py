"""Warnings and notes on a layer that is right as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc import rules
from cnncalc.graph import Node
from cnncalc.layers import ACTIVATIONS, KINDS, NORMS
from cnncalc.layers.base import Problem, plural
from cnncalc.layers.merge import Merge
from cnncalc.spec.settings import Padding, Shape
from cnncalc.spec.types import split_same

_FLATTEN = "put a `flatten` before it to connect everything with everything"


def remarks(node: Node, convention: str, layout: str, is_map: bool) -> Iterator[Problem]:
    """What should be said of this layer.

    `is_map` is whether PyTorch has its input with the channels before the positions (see `Maps`).
    """
    layer: Any = node.layer
    kind, x = node.kind, node.inputs[0].output
    yield from layer.refused([source.output for source in node.inputs], convention)
    if isinstance(layer, Merge):
        yield from _not_spread(node, convention, layout)
    if is_map and kind in _OF_THE_LAST_AXIS:
        yield _last_axis(kind, layer, x)
    if kind == "dense" and x.spatial and convention == "lecture":
        yield Problem(
            "CNN501",
            "",
            f"`dense` reads {x.text(layout)} position by position",
            f"the same {x.channels}×{layer.units} weights at each of them",
            (_FLATTEN,),
        )
    padding = getattr(layer, "padding", None)
    if isinstance(padding, Padding) and padding.rule == "same" and not layer.is_transposed:
        yield from _same(layer, x)


def _not_spread(node: Node, convention: str, layout: str) -> Iterator[Problem]:
    """A vector beside a map, which the framework whose convention holds lines up with the last axis."""
    ranks = [len(source.output.spatial) for source in node.inputs]
    few = next((source for source, rank in zip(node.inputs, ranks, strict=True) if rank < max(ranks)), None)
    refuses = {"pytorch": "PyTorch", "keras": "Keras with channels first" if layout == "channels_first" else ""}
    if few is not None and (framework := refuses.get(convention)):
        yield Problem(
            "CNN531",
            "",
            f"{framework} does not spread `{few.name}`, {few.output.text(layout)}, over the positions of the others",
            "tensors with fewer axes are lined up at the last one there",
            ("keep the axes: `global_avg_pool: {keep_dims: true}`, with `conv: {kernel: 1}` for `dense`",),
        )


_OF_THE_LAST_AXIS = frozenset({"dense", "layer_norm"})
"""Kinds that work on the channels of each position, and whose module in PyTorch works on the last axis."""
_KEEPS_A_MAP = frozenset(
    {*ACTIVATIONS, *NORMS, "scale", "rescale", "identity", "dropout", "spatial_dropout", "drop_path"}
)
_MAKES_A_MAP = frozenset({kind for kind, family in KINDS.items() if family in ("convolution", "pooling")})


class Maps:
    """Which tensors are maps as PyTorch has them, the channels before the positions.

    That much is sure of images, and of what convolutions and pools make of anything, activations, norms and dropout
    behind them included. Elsewhere (behind a `reshape`, an `embedding`, a merge) the channels may be the last axis.
    """

    def __init__(self, convention: str, layout: str) -> None:
        self._is_asked = convention == "pytorch" and layout == "channels_first"
        self._known: dict[Node, bool] = {}

    def has(self, node: Node | None) -> bool:
        """Whether the output of a layer (or an input of the model) is such a map."""
        if not self._is_asked or node is None or node.output.is_vector:
            return False
        passed = []
        while node not in self._known and node.kind in _KEEPS_A_MAP:
            passed.append(node)
            node = node.inputs[0]
        is_image = not node.inputs and len(node.output.spatial) > 1
        found = self._known.setdefault(node, is_image or node.kind in _MAKES_A_MAP)
        self._known.update(dict.fromkeys(passed, found))
        return found


_LAST_AXIS = {1: "positions", 2: "width", 3: "width"}


def _last_axis(kind: str, layer: Any, x: Shape) -> Problem:
    """A layer of the channels that would be one of the last axis in PyTorch's code."""
    last = f"the last axis, here the {_LAST_AXIS[len(x.spatial)]}, {x.spatial[-1]}"
    moved = "`layout: channels_last` says that the channels come last, where the code moves them there"
    if kind == "dense":
        message = f"`nn.Linear` reads {last}"
        label = f"this `dense` reads the {plural(x.channels, 'channel')} of each position"
        way = f"`{{conv: {layer.units}, kernel: 1}}` is the same layer in PyTorch too"
        return Problem("CNN532", "", message, label, (_FLATTEN, way, moved))
    message = f"`nn.LayerNorm` normalises {last}"
    label = f"this `layer_norm` normalises the {plural(x.channels, 'channel')} of each position"
    return Problem("CNN532", "", message, label, ("`group_norm: 1` normalises channels and positions together", moved))


def _same(layer: Any, x: Shape) -> Iterator[Problem]:
    """Where the conventions' rules of `same` differ for this layer."""
    window = getattr(layer, "kernel", None) or layer.window
    axes = list(zip(x.spatial, window, layer.stride, getattr(layer, "dilation", (1,) * len(window)), strict=True))
    halves = [(rules.half_padding(k, d),) * 2 for _, k, _, d in axes]
    fitted = [split_same(rules.same_padding(n, k, s, d)) for n, k, s, d in axes]
    if halves == fitted:
        return
    here, there = (
        "×".join(str(rules.windows(n, k, s, *pad, d)) for (n, k, s, d), pad in zip(axes, pads, strict=True))
        for pads in (halves, fitted)
    )
    zeros = f"{_amounts(halves)} under `lecture`, {_amounts(fitted)} under `keras`"
    if here != there:
        message = f"`same` makes this {here} under `lecture`, and {there} under `keras` and `pytorch`"
        yield Problem("CNN502", "", message, zeros, ("use an odd kernel, or write the padding as a number",))
    else:
        message = "`same` places its zeros differently under each convention"
        yield Problem("CNN503", "", message, zeros, ("the sizes agree, what each unit sees does not",))


def _amounts(pads: Sequence[tuple[int, ...]]) -> str:
    """`1 before and 1 after`, each pair once."""
    return ", ".join(f"{before} before and {after} after" for before, after in dict.fromkeys(pads))
