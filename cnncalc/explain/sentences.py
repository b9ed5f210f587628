"""One plain sentence about each number of a layer."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc import rules
from cnncalc.layers.base import plural
from cnncalc.spec.settings import Shape

if TYPE_CHECKING:
    from cnncalc.graph import Node

AXES = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What the spatial axes are called, by their number."""
_LINES = {
    "length": ("position", "positions"),
    "height": ("row", "rows"),
    "width": ("column", "columns"),
    "depth": ("slice", "slices"),
}
_UNCHANGED = {
    "pad": "the border adds to every side",
    "crop": "the border is cut off",
    "upsample": "every position becomes several",
    "depth_to_space": "channels are laid out as blocks of positions",
    "space_to_depth": "blocks of positions are stacked as channels",
}


STATISTICS = "the moving mean and variance of each channel, updated but not learned"
"""What training updates without a gradient."""


def times(sizes: tuple[int, ...]) -> str:
    """Sizes joined by ×."""
    return "×".join(map(str, sizes))


def _window(kernel: tuple[int, ...]) -> str:
    """`a 3×3 kernel`, `an 8×8 kernel`, `a kernel of 3`."""
    if len(kernel) == 1:
        return f"a kernel of {kernel[0]}"
    first = str(kernel[0])
    return f"{'an' if first[0] == '8' or first in ('11', '18') else 'a'} {times(kernel)} kernel"


def _each(count: int, noun: str) -> str:
    """`1 unit`, `each of 64 units`."""
    return f"1 {noun}" if count == 1 else f"each of {count} {noun}s"


def _everywhere(sizes: tuple[int, ...]) -> str:
    """`at the one position`, `at each of 26×26 positions`."""
    return "at the one position" if rules.product(sizes) == 1 else f"at each of {times(sizes)} positions"


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _decimal(quotient: Fraction) -> str:
    """The quotient as a short decimal."""
    return f"{float(quotient):.2f}".rstrip("0").rstrip(".").replace("-", "−")


# -- sizes


def size(node: Node, x: Shape, axes: list[str], index: int) -> str:
    """What made the output this long along some axes (`index` is the first of them)."""
    layer: Any = node.layer
    if node.kind in _UNCHANGED:
        return _UNCHANGED[node.kind]
    if node.kind == "conv_transpose":
        every = "every input position writes a window into the output, a stride apart; overlaps are added up"
        return "; ".join([every, *_kept(layer, index)])
    window = getattr(layer, "kernel", None) or layer.window
    k, s, d = window[index], layer.stride[index], getattr(layer, "dilation", (1,) * len(window))[index]
    before, after = layer.padding[index]
    count = node.output.spatial[index]
    fits = f"the window fits at {plural(count, 'position')}"
    return "; ".join(
        [fits + _cut_off(x.spatial[index], k, s, d, before, after, axes, count), *_same(layer, before, after)]
    )


def _kept(layer: Any, index: int) -> list[str]:
    """What Keras' rules keep of all that the windows of a transposed convolution write along an axis."""
    rule, (before, after) = layer.padding.rule, layer.padding[index]
    extra = vars(layer)["output_padding"][index] if "output_padding" in vars(layer) else None
    if not rule:
        return []
    short = 0 if extra is not None else layer.stride[index] - rules.span(layer.kernel[index], layer.dilation[index])
    if short > 0:
        return [f"`{rule}` fills up to n·s: no window reaches the last{_count(short)}"]
    rest = before, after - (extra or 0)
    if not any(rest):
        return []
    if rest[1] < 0:
        cut = f"{before} are cut off before, and " if before else ""
        return [f"{cut}no window reaches the last{_count(-rest[1])}"]
    cuts = [f"{count} {side}" for count, side in zip(rest, ("before", "after"), strict=True) if count]
    keeps = "" if extra is not None else "keeps n·s of it, and "
    return [f"`{rule}` {keeps}cuts off {_join(cuts)}"]


def _count(count: int) -> str:
    """What comes after `the last`: nothing for one."""
    return "" if count == 1 else f" {count}"


def _cut_off(n: int, k: int, s: int, d: int, before: int, after: int, axes: list[str], count: int) -> str:
    """What the rounding did: `4.5 → 4`, and which rows are never read."""
    quotient = Fraction(n + before + after - rules.span(k, d), s)
    if quotient.denominator == 1:
        return ""
    rounded = f": {_decimal(quotient)} → {count - 1}"
    left = n + before + after - ((count - 1) * s + rules.span(k, d))
    if left < 0:
        return f"{rounded}, the last window is cut short"
    unread = left - after
    if unread <= 0:
        return f"{rounded}, only padding at the end is left out"
    lines = _join([_LINES[axis][0] if unread == 1 else _LINES[axis][1] for axis in axes])
    verb = "is" if unread == 1 and len(axes) == 1 else "are"
    number = "" if unread == 1 else f"{unread} "
    return f"{rounded}, the last {number}{lines} of the input {verb} never read"


def _same(layer: Any, before: int, after: int) -> list[str]:
    if layer.padding.rule == "same":
        return [f"`same` stands for {before} before and {after} after"]
    if layer.padding.rule == "causal":
        return [f"causal: all {before} zeros stand before the sequence, so that no output sees a later input"]
    return []


def channels(node: Node) -> str:
    """What made the output this deep."""
    layer: Any = node.layer
    if node.kind == "flatten":
        return "every value of the input, in one vector"
    if node.kind in ("conv", "separable_conv", "conv_transpose"):
        return "one channel (feature map) for each filter"
    if node.kind == "dense":
        return "one value for each unit"
    if node.kind == "depthwise_conv":
        return f"every channel has {plural(layer.multiplier, 'kernel')} of its own"
    if node.kind == "embedding":
        return "every id becomes a vector of this width"
    if node.kind == "slice":
        return f"channels {layer.channels[0]} to {layer.channels[1] - 1}"
    return _UNCHANGED.get(node.kind, "the same values under other sizes")


def unchanged(node: Node) -> str:
    """An output as large as its input, or one that needs no formula."""
    if node.kind == "dense":
        return "one value for each unit"
    if node.kind in ("global_avg_pool", "global_max_pool"):
        return "one value for each channel, over all positions"
    if node.kind in ("adaptive_avg_pool", "adaptive_max_pool"):
        return "as many windows as asked for, spread evenly over the input"
    if node.kind == "resize":
        return f"as many positions as {node.layer.like.name} has, {times(node.output.spatial)}"  # type: ignore[union-attr]
    if node.kind == "reshape":
        return "the same values under other sizes"
    if node.kind in ("conv", "separable_conv", "conv_transpose"):
        return "one channel (feature map) for each filter"
    if node.kind == "channel_shuffle":
        return "the same channels in another order: the output is as large as the input"
    return "each value keeps its place: the output is as large as the input"


def merge(node: Node) -> str:
    """What a merge puts together."""
    shapes = [times((*source.output.spatial, source.output.channels)) for source in node.inputs]
    spread = [_spread(source.output, node.output) if node.kind != "concat" else "" for source in node.inputs]
    parts = zip(node.inputs, shapes, spread, strict=True)
    return f"{_MERGES[node.kind]} {_join([f'{source.name} ({shape}{over})' for source, shape, over in parts])}"


def _spread(shape: Shape, merged: Shape) -> str:
    """Over what a tensor is spread in a merge: `, spread over the width`."""
    if len(shape.spatial) != len(merged.spatial):
        return ", spread over all positions"
    pairs = zip(AXES[len(merged.spatial)], shape.spatial, merged.spatial, strict=True)
    over = [f"the {axis}" for axis, own, size in pairs if own != size]
    over += ["the channels"] if shape.channels == 1 < merged.channels and shape.spatial == merged.spatial else []
    return f", spread over {_join(over)}" if over else ""


def merged_channels(node: Node) -> str:
    """How many channels a merge has."""
    if node.kind == "concat":
        return "the channels of all branches, one behind the other"
    return "value by value: as many channels as the branches have"


_MERGES = {
    "add": "the sum of",
    "subtract": "the first minus the others:",
    "multiply": "the product of",
    "average": "the mean of",
    "maximum": "the largest of",
    "concat": "the channels of",
}


# -- parameters


def params(node: Node, x: Shape) -> str:
    """What is learned."""
    describe = _LEARNED.get(node.kind)
    if describe:
        return describe(node, x)
    return "a pool has nothing to learn" if "pool" in node.kind else "nothing to learn"


def _of_conv(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    depth = x.channels // layer.groups
    part = f" (one of {layer.groups} groups)" if layer.groups > 1 else ""
    biases = f" and {plural(layer.filters, 'bias', 'biases')}" if layer.bias else ", no biases"
    kernel = f"{_window(layer.kernel)} for {plural(depth, 'channel')}{part}"
    return f"{kernel}, {plural(layer.filters, 'such filter')}{biases}"


def _of_depthwise(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    return f"{_window(layer.kernel)} for {_each(node.output.channels, 'output channel')}{_biases(layer)}"


def _of_separable(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    pointwise = f"a 1×1 convolution to {plural(layer.filters, 'filter')}"
    return f"{_window(layer.kernel)} for each channel, then {pointwise}{_biases(layer)}"


def _of_dense(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    return f"{plural(x.channels, 'weight')} for {_each(layer.units, 'unit')}{_biases(layer)}"


def _of_embedding(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    return f"a vector of {layer.width} for {_each(layer.vocabulary, 'id')}"


def _of_norm(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    learned = [word for word, present in (("scale", layer.scale), ("center", layer.center)) if present]
    return f"a {_join(learned)} for each channel" if learned else "nothing is learned: neither scale nor center"


def _of_factors(node: Node, x: Shape) -> str:
    return "one learned factor for each channel"


def _of_slopes(node: Node, x: Shape) -> str:
    layer: Any = node.layer
    if layer.per == "all":
        return "one learned slope for all values"
    each = "value, of every channel at every position" if layer.per == "value" and x.spatial else layer.per
    return f"one learned slope for each {each}"


def _biases(layer: Any) -> str:
    return ", and a bias each" if layer.bias else ", no biases"


_LEARNED: dict[str, Callable[[Node, Shape], str]] = {
    "conv": _of_conv,
    "conv_transpose": _of_conv,
    "depthwise_conv": _of_depthwise,
    "separable_conv": _of_separable,
    "dense": _of_dense,
    "embedding": _of_embedding,
    "batch_norm": _of_norm,
    "layer_norm": _of_norm,
    "instance_norm": _of_norm,
    "group_norm": _of_norm,
    "scale": _of_factors,
    "prelu": _of_slopes,
}


# -- work and field


def macs(node: Node, x: Shape) -> str:
    """What is multiplied with what."""
    if node.kind == "dense":
        return (f"{_everywhere(x.spatial)}, " if x.spatial else "") + "every weight is multiplied once"
    if node.kind == "conv_transpose":
        return f"{_everywhere(x.spatial)} of the input every weight is multiplied once"
    where = _everywhere(node.output.spatial)
    if node.kind == "separable_conv":
        return f"{where}: the kernels of all channels, then the 1×1 convolution"
    return f"{where} every weight is multiplied once (padding counted, biases not)"


def field(before: int, after: int, stride: int) -> str:
    """How the window widened the receptive field."""
    if after == before:
        return f"a window of one position adds nothing: still {after}"
    each = (
        "each further tap of the window" if stride == 1 else f"each further tap of the window, {stride} positions on,"
    )
    return f"one unit sees {after} positions of the input: {each} adds {plural(stride, 'position')}"


def field_without_rule(size: tuple[int, ...], stride: str) -> str:
    """A field that no single window made: after upsampling, or where units see differently."""
    positions = "position" if rules.product(size) == 1 else "positions"
    sees = f"a unit sees up to {times(size)} {positions} of the input"
    return f"{sees}; from unit to unit the field moves by {stride}, on average"


def unchanged_field(is_gated: bool) -> str:
    """A layer that looks at one position."""
    also = "; through the mean and variance it also depends on the whole input" if is_gated else ""
    return f"it reads one position of its input: the field stays{also}"


def field_stride(stride: int) -> str:
    """How far apart two units look."""
    return f"from one unit to the next the field moves on by {plural(stride, 'position')} of the input"


def remarks(node: Node, x: Shape) -> tuple[str, ...]:
    """What is worth noticing beyond the numbers."""
    layer: Any = node.layer
    if node.kind != "conv":
        return ()
    said = []
    depth = x.channels // layer.groups
    if depth > 1:
        each = "the filter" if layer.filters == 1 else f"each of the {layer.filters} filters"
        said.append(
            f"{each} is a collection of {depth} kernels, one per channel; their results are added up to one feature map"
        )
    own = sum(rules.product(weight.shape) for weight in layer.weights(x).values())
    positions = rules.product(node.output.spatial)
    if positions > 1:
        said.append(f"{plural(own, 'parameter')}, used again at {positions} positions")
    return tuple(said)
