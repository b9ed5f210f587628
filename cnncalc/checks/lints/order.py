"""Lints about which layer follows which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Finding, check, layers
from cnncalc.checks.lints._vocabulary import is_convolution, is_linear
from cnncalc.layers.base import plural

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.layers.window import SlidingWindow


def _is_between(node: Node) -> bool:
    """Whether a layer only passes its values on, wherever it puts them."""
    return bool(node.layer and (node.layer.rearranges or node.layer.is_idle))


def _is_dense(node: Node) -> bool:
    return bool(node.layer and node.layer.is_dense)


@check(
    "CNN512",
    "a bias before batch_norm",
    "batch_norm subtracts each channel's mean, and with it any bias; its own `center` is the offset that counts. "
    "The bias costs parameters and does nothing. The same is true before an instance_norm. Some published models have "
    "one nevertheless.",
    wrong=layers("{conv: 3x3x8, norm: batch_norm}"),
    right=layers("{conv: 3x3x8, bias: false, norm: batch_norm}"),
)
def bias_before_norm(model: Model) -> Iterator[Finding]:
    """A bias that a norm removes again with each channel's mean, before it adds its own offset."""
    for node, _ in model.having(is_linear):
        readers = model.readers.get(node, ())
        norms = [each for each in readers if each.layer and each.layer.centres_channels and _has(each, "center")]
        if _has(node, "bias") and readers and len(norms) == len(readers) and node not in model.outputs:
            message = f"`{norms[0].name}` cancels the bias of `{node.name}`"
            count = plural(node.output.channels, "number")
            label = f"{count}, subtracted with each channel's mean; its own `center` is the offset"
            yield Finding(node, "bias", message, label, (f"add `bias: false` to `{node.kind}`",))


@check(
    "CNN513",
    "two activations in a row",
    "Nothing is learned between them: a ReLU of a ReLU is the same ReLU, and a softmax of a ReLU has lost every "
    "negative score. Probably one was added without noticing the other.",
    wrong=layers("{conv: 3x3x8, activation: relu}", "relu"),
    right=layers("{conv: 3x3x8, activation: relu}"),
)
def two_activations(model: Model) -> Iterator[Finding]:
    """An activation of an activation."""
    for node, _ in model.having(lambda layer: layer.is_activation):
        before = model.before(node, lambda each: bool(each.layer and each.layer.is_idle))
        if before.layer and before.layer.is_activation:
            what = "twice" if before.kind == node.kind else f"after `{before.kind}`"
            message = f"`{node.kind}` {what}, with nothing learned in between"
            label = f"it reads `{before.name}`, which is an activation already"
            # an entry's own activation is a setting of the entry
            yield Finding(node, "activation", message, label, ("remove one of the two",))


@check(
    "CNN514",
    "two dense layers with nothing in between",
    "Without an activation between them, two linear layers amount to a single one with more parameters. An inner layer "
    "narrower than both ends is a factorisation, and is not reported.",
    wrong=layers("flatten", "dense: 64", "{dense: 10, activation: softmax}"),
    right=layers("flatten", "{dense: 64, activation: relu}", "{dense: 10, activation: softmax}"),
)
def two_dense(model: Model) -> Iterator[Finding]:
    """Two dense layers that amount to one: linear maps in a row, the inner one not narrower than both ends."""
    for node, _ in model.having(lambda layer: layer.is_dense):
        before = model.before(node, _is_between)
        if not _is_dense(before) or not node.x.is_vector or before.output.spatial:
            continue
        n_in, inner, n_out = before.x.channels, before.output.channels, node.output.channels
        is_read_by_others = before in model.outputs or any(
            not _is_dense(reader) and not _is_between(reader) for reader in model.readers[before]
        )
        # a narrow middle is a factorisation, and saves parameters
        if is_read_by_others or inner < min(n_in, n_out):
            continue
        message = f"`{before.name}` and `{node.name}` are dense layers with nothing between them"
        label = f"{n_in:,} → {inner:,} → {n_out:,} without an activation is one linear layer, {n_in:,} → {n_out:,}"
        yield Finding(node, "", message, label, (f"give `{before.name}` an activation, or remove it",))


@check(
    "CNN515",
    "a softmax that is not last",
    "Its outputs sum to 1, so they are small and compete, and the layers after it learn slowly. It belongs at the end. "
    "As a factor (attention), as a branch of a merge, or along positions, which it then weighs, it is not reported.",
    wrong=layers("flatten", "{dense: 64, activation: softmax}", "dense: 10"),
    right=layers("flatten", "{dense: 64, activation: relu}", "{dense: 10, activation: softmax}"),
)
def softmax_inside(model: Model) -> Iterator[Finding]:
    """A softmax over channels that a layer with weights or a norm reads. (As a factor or a branch it is attention.)"""
    for node, layer in model.having(lambda layer: layer.gives):
        if node in model.outputs or layer.reads_channels(node.x) is not None:
            continue
        pending = list(model.readers.get(node, ()))
        while pending:
            reader = pending.pop()
            if reader.layer and (is_linear(reader.layer) or reader.layer.is_norm):
                message = f"`{node.kind}` is not last: `{reader.name}` reads it"
                label = f"its {plural(node.output.channels, 'number')} sum to 1, which leaves little to learn from"
                yield Finding(
                    node, "activation", message, label, ("keep softmax for the end; use `relu` between layers",)
                )
                break
            if _is_between(reader):
                pending += model.readers.get(reader, ())


def _keeps_positions(node: Node) -> bool:
    """Whether each position of a layer reads only the same position, of an input of the same shape."""
    return bool(node.layer and node.layer.keeps_shape())


@check(
    "CNN525",
    "equal dilations in a row",
    "Layers with the same dilation read the same sparse grid of positions: neighbours in the output have no inputs in "
    "common, which shows as a grid (Wang et al., Understanding Convolution for Semantic Segmentation, 2018).",
    wrong=layers("{conv: 3x3x8, dilation: 2}", "{conv: 3x3x8, dilation: 2}"),
    right=layers("conv: 3x3x8", "{conv: 3x3x8, dilation: 2}"),
    severity="note",
)
def gridding(model: Model) -> Iterator[Finding]:
    """Consecutive convolutions with the same dilation: they read the same sparse grid of positions."""
    for node, _ in model.having(is_convolution):
        own = _kernel_of(node)
        if not own or max(own.stride) > 1 or not any(d > 1 < k for d, k in zip(own.dilation, own.kernel, strict=True)):
            continue
        before = model.before(node, _keeps_positions)
        while (window := _kernel_of(before)) and max(window.kernel) == 1:
            before = model.before(before, _keeps_positions)
        if window is None:
            continue
        pairs = zip(own.dilation, window.dilation, own.kernel, strict=True)
        shared = [d for d, other, k in pairs if d == other > 1 and k > 1]
        if shared:
            message = f"`{node.name}` has the same dilation, {shared[0]}, as `{before.name}` before it"
            label = f"both read only every {_nth(shared[0])} position, and never those in between"
            yield Finding(node, "dilation", message, label, ("use different dilations, such as 1, 2, 3 or 1, 2, 5",))


def _has(node: Node, array: str) -> bool:
    """Whether the layer has an array of this name."""
    return array in node.weights


def _kernel_of(node: Node) -> SlidingWindow | None:
    """The window of a convolution."""
    return node.layer.sliding_window if node.layer and is_convolution(node.layer) else None


def _nth(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
