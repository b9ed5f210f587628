"""Warnings and notes on a layer that is right as far as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cnncalc import rules
from cnncalc.graph import Node
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer, Problem, plural
from cnncalc.layers.merging import Merge
from cnncalc.spec.orders import Ordered, in_words, kernel_and_stride, misordered, misread, without_batch, written
from cnncalc.spec.settings import Padding, Shape
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import pieces, split_same

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
        while node not in self._known and node.layer and node.layer.keeps_shape():
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


def idle_settings(layer: Any, settings: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Warnings of settings that are written and change nothing; `settings` are their names and texts."""
    values = vars(layer)
    for name, text in settings:
        if text.lower() == "true" and values.get(name) is False:
            message = f"`{name}: true` changes nothing beside `affine: false`"
            yield Problem("CNN543", name, message, "`affine: false` leaves out both", ("remove one of the two",))
        if name == "dilation" and "kernel" in values:
            axes = zip(values["kernel"], layer.dilation, strict=True)
            if max(layer.dilation) > 1 and all(k == 1 for k, d in axes if d > 1):
                message = "a kernel of one tap has nothing to spread: the dilation changes nothing"
                yield Problem("CNN543", name, message, "", ("remove it, or use a larger kernel",))


# -- values in another order


def order_remarks(node: YamlNode | None, layer: Any, x: Shape, layout: str) -> Iterator[Problem]:
    """Warnings of values that were almost surely meant in another order; `node` is what stands behind the kind."""
    parts = _numbers(node)
    if len(parts) < 2:
        return
    if isinstance(node, Sequence) and "window" in layer.settings and kernel_and_stride(parts, x.spatial):
        if layer.stride == layer.window:
            label = "window and stride, as in PyTorch and Keras?"
            ways = ("write `3` and `stride: 2`", "or `3x2`, if the window is meant")
            yield Problem("CNN542", layer.principal, "`[3, 2]` is read as a window of 3×2", label, ways)
    elif layer.principal == "shape":
        yield from _order_of_shape(parts, layer.principal, layout, layer.output_shape(x))
    else:
        for order in _orders(parts, layer, x):
            yield _misordered(parts, layer, x, order)
            return


def order_helps(problem: Problem, node: YamlNode | None, layer: Layer, x: Shape) -> tuple[str, ...]:
    """What to say of an error of a layer whose values may have been meant in another order."""
    parts = _numbers(node)
    is_kernel = problem.setting == "kernel"
    return tuple(order.help for order in _orders(parts, layer, x, is_kernel)) if len(parts) > 1 else ()


def _orders(parts: tuple[int, ...], layer: Layer, x: Shape, is_error: bool = False) -> Iterator[Ordered]:
    if "kernel" in layer.settings:
        yield from misordered(parts, len(x.spatial), x.channels, "filters" in layer.settings, is_error)


def _misordered(parts: tuple[int, ...], layer: Layer, x: Shape, order: Ordered) -> Problem:
    takes_filters = "filters" in layer.settings
    kernel = "×".join(map(str, parts[: len(x.spatial)]))
    what = f"`{written(parts)}` is read as a kernel of {kernel}"
    what += f" and {plural(parts[-1], 'filter')}" if takes_filters else ""
    label = "kernel sizes, then filters" if takes_filters else "kernel sizes alone"
    return Problem("CNN542", layer.principal, what, label, (order.help,))


def _order_of_shape(parts: tuple[int, ...], setting: str, layout: str, shape: Shape) -> Iterator[Problem]:
    """`reshape`: the same orders as those of an input, and a -1 for a batch."""
    sizes = shape.sizes(layout)
    if parts[0] == -1 and sizes[0] == 1 < max(sizes):
        rest = without_batch(sizes[1:], layout)
        message = f"the -1 is worked out as 1, and makes this {in_words(shape)}"
        label = "the batch is left out of a shape"
        yield Problem("CNN541", setting, message, label, (f"write `{written(rest)}`",))
    elif meant := misread(sizes, layout):
        message = f"`{written(parts)}` is read as {in_words(shape)}"
        yield Problem(meant.code, setting, message, meant.label, (f"write `{written(meant.sizes)}`",))


def _numbers(node: YamlNode | None) -> tuple[int, ...]:
    """The whole numbers in `3x3x8` or `[3, 3, 8]`; none where there is anything else."""
    if isinstance(node, Scalar) and (not node.text or node.text[0] not in "-123456789"):
        return ()
    parts = pieces(node, "") if isinstance(node, Scalar | Sequence) else []
    texts = [part.text.strip() for part in parts if isinstance(part, Scalar)]
    good = len(texts) == len(parts) and all(text == "-1" or text.isdecimal() for text in texts)
    return tuple(map(int, texts)) if good else ()


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


def _amounts(pads: Iterable[tuple[int, ...]]) -> str:
    """`1 before and 1 after`, each pair once."""
    return ", ".join(f"{before} before and {after} after" for before, after in dict.fromkeys(pads))
