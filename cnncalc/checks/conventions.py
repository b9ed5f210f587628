"""Where conventions differ: layers that a framework would not run, or would run differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.checks.check import Finding, InText, check, layers
from cnncalc.layers.merging import Merge
from cnncalc.settings.types import split_same

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node
    from cnncalc.layers.window import SlidingWindow
    from cnncalc.spec.written import WrittenLayer


@check(
    "CNN501",
    "a dense layer on a tensor with positions",
    "Under the lecture's convention a dense layer follows a `flatten`. On a tensor with positions it works on the "
    "channels at each position, which is a 1×1 convolution and seldom what was meant. It is meant where the "
    "positions of a map were made one row, as in a vision transformer: there is no warning then.",
    wrong=layers("conv: 3x3x8", "dense: 10"),
    right=layers("conv: 3x3x8", "flatten", "dense: 10"),
)
def dense_at_positions(model: Model) -> Iterator[Finding]:
    """Dense layers that work on each position separately, and may have been meant to read all of them."""
    found = [(said, group) for said, group in model.remarks if said.code == "CNN501"]
    rows = _after_rows(model) if found else set()
    for said, group in found:
        if places := [each for each in group if each.node.source not in rows]:
            yield Finding(places, said.setting, said.message, said.label, said.help)


def _after_rows(model: Model) -> set[Node]:
    """Layers that make the positions of a map one row, and all that is calculated from these."""
    rows: set[Node] = set()
    for node in (each.node for each in model.written.layers):
        if _makes_row(node) or not rows.isdisjoint(node.inputs):
            rows.add(node)
    return rows


def _makes_row(node: Node) -> bool:
    return bool(node.inputs) and 0 < len(node.output.spatial) < len(node.x.spatial)


@check(
    "CNN502",
    "`same` gives different sizes",
    "The lecture pads ⌊k/2⌋ zeros on every side; Keras and PyTorch pad as much as makes ⌈n/s⌉ outputs. For odd kernels "
    "the sizes agree; for an even (dilated) kernel the lecture's rule makes the output larger by one.",
    wrong=layers("{conv: 4x4x8, padding: same}"),
    right=layers("{conv: 3x3x8, padding: same}"),
    severity="note",
)
def other_sizes(model: Model) -> Iterator[Finding]:
    """Layers with `same` that have more outputs under the lecture's convention."""
    for group, here, there, zeros in _padded_differently(model):
        if here != there:
            message = f"`same` makes this {here} under `lecture`, and {there} under `keras` and `pytorch`"
            help = "use an odd kernel, or write the padding as a number"
            yield Finding(group, "", message, zeros, (help,))


@check(
    "CNN503",
    "`same` places its zeros differently",
    "The conventions agree on the output's size, but not on where the zeros go, so units see different parts of the "
    "input. Write the padding as a number where the receptive field's position matters.",
    wrong=layers("{conv: 3x3x8, stride: 2, padding: same}"),
    right=layers("{conv: 3x3x8, stride: 2, padding: 1}"),
    severity="note",
)
def other_places(model: Model) -> Iterator[Finding]:
    """Layers with `same` that have their zeros elsewhere under another convention."""
    for group, here, there, zeros in _padded_differently(model):
        if here == there:
            message = "`same` places its zeros differently under each convention"
            help = "the sizes agree, but what each unit sees does not"
            yield Finding(group, "", message, zeros, (help,))


@check(
    "CNN531",
    "a layer that the framework refuses",
    "The layer's formulas make sense, but the framework whose convention is in use does not run it: PyTorch "
    "pads a pool by at most half its window, and has no `same` for pools and no `causal`; Keras has `causal` only for "
    "plain convolutions and subtracts exactly two tensors, and TensorFlow accepts no output padding of 0 with `same` "
    "and an even kernel. In arithmetic between a map and a vector, PyTorch, and Keras with channels first, line the "
    "vector up with the last axis.",
    wrong="convention: pytorch\ninput: 1x28x28\nlayers: [{max_pool: 3, padding: 2}]\n",
    right="convention: pytorch\ninput: 1x28x28\nlayers: [{max_pool: 3, padding: 1}]\n",
)
def refused_by_framework(model: Model) -> Iterator[Finding]:
    """Layers that the framework whose convention is in use does not run."""
    yield from _said_by_kinds(model, "CNN531")
    yield from _not_spread(model)


@check(
    "CNN532",
    "a layer that reads another axis in PyTorch",
    "`dense` and `layer_norm` work on the channels of each position. PyTorch's `nn.Linear` and `nn.LayerNorm` "
    "work on the last axis, and the last axis of an image, or of what a convolution or pool made, is the width. "
    "Most often a `flatten` was forgotten.",
    wrong="convention: pytorch\ninput: 1x28x28\nlayers: [conv: 3x3x8, dense: 10]\n",
    right="convention: pytorch\ninput: 1x28x28\nlayers: [conv: 3x3x8, flatten, dense: 10]\n",
)
def reads_last_axis(model: Model) -> Iterator[Finding]:
    """Layers that work on the channels here, and on the last axis in PyTorch."""
    maps = _Maps()
    for each in model.written.layers:
        home = model.home(each)
        if home.convention != "pytorch" or home.layout != "channels_first":
            continue
        assert each.node.layer is not None
        source = each.node.source
        found = None if source.output.is_vector else each.node.layer.remark_on_last_axis(source.output)
        if found and maps.has(source):
            yield Finding([each], found.setting, found.message, found.label, found.help)


@check(
    "CNN533",
    "a norm of single values",
    "A single value minus its own mean is 0, whatever it was. PyTorch refuses `instance_norm` at a single "
    "position, and `group_norm` with one value per group for a batch of one.",
    wrong="convention: pytorch\ninput: 8x1x1\nlayers: [instance_norm]\n",
    right="convention: pytorch\ninput: 8x2x2\nlayers: [instance_norm]\n",
)
def single_values(model: Model) -> Iterator[Finding]:
    """Norms of single values."""
    return _said_by_kinds(model, "CNN533")


@check(
    "CNN551",
    "a model inside has another convention",
    "A model inside another one keeps the rules that it was written and tested with: how it pads, and what its layers "
    "do by default. Parameters are counted by the convention of the model around it: only under `keras` are the "
    "statistics of a batch normalisation among them.",
    wrong=layers("model: resnet50", input="224x224x3"),
    right="convention: pytorch\n" + layers("model: resnet50", input="3x224x224"),
    severity="note",
)
def other_conventions(model: Model) -> Iterator[Finding]:
    """Models inside one with another convention."""
    outer = model.written
    for call in outer.models:
        around = next((each.inside for each in outer.models if each.parsed.source is call.source), outer)
        its, own = call.inside.convention, around.convention
        if its != own:
            where = InText(call.source, call.called.head.span, call.chain)
            message = f"`{call.name}` keeps its own convention, `{its}`"
            label = f"the rest of this file is read by that of `{own}`"
            yield Finding(where, "", message, label, (f"parameters are counted as under `{outer.convention}`",))


def _said_by_kinds(model: Model, code: str) -> Iterator[Finding]:
    """What the layers themselves have to say under a code."""
    for said, group in model.remarks:
        if said.code == code:
            yield Finding(group, said.setting, said.message, said.label, said.help)


# -- `same`

Pads = list[tuple[int, int]]


def _padded_differently(model: Model) -> Iterator[tuple[list[WrittenLayer], str, str, str]]:
    """Layers for which `same` pads differently in the lecture (half the kernel) than elsewhere (what fits).

    Each with its sizes under the one rule and under the other, and a description of the zeros.
    """
    for group in model.alike:
        node = group[0].node
        window = node.layer.sliding_window if node.layer else None
        if window is None or window.padding.rule != "same":
            continue
        spatial = node.x.spatial
        axes = list(zip(spatial, window.kernel, window.stride, window.dilation, strict=True))
        halves = [(formulas.half_padding(k, d),) * 2 for _, k, _, d in axes]
        fitted = [split_same(formulas.same_padding(n, k, s, d)) for n, k, s, d in axes]
        if halves != fitted:
            zeros = f"{_amounts(halves)} under `lecture`, {_amounts(fitted)} under `keras`"
            yield group, _sizes(window, spatial, halves), _sizes(window, spatial, fitted), zeros


def _sizes(window: SlidingWindow, spatial: tuple[int, ...], pads: Pads) -> str:
    axes = zip(spatial, window.kernel, window.stride, pads, window.dilation, strict=True)
    return "×".join(str(formulas.windows(n, k, s, *pad, d)) for n, k, s, pad, d in axes)


def _amounts(pads: Iterable[tuple[int, ...]]) -> str:
    """`1 before and 1 after`, each pair once."""
    return ", ".join(f"{before} before and {after} after" for before, after in dict.fromkeys(pads))


# -- the last axis


def _not_spread(model: Model) -> Iterator[Finding]:
    """A vector merged with a map, which the framework whose convention is in use lines up with the last axis."""
    for group in model.alike:
        node, home = group[0].node, model.home(group[0])
        layout = home.layout
        refuses = {"pytorch": "PyTorch", "keras": "Keras with channels first" if layout == "channels_first" else ""}
        framework = refuses.get(home.convention)
        if not framework or not isinstance(node.layer, Merge) or not node.layer.spreads:
            continue
        ranks = [len(source.output.spatial) for source in node.inputs]
        few = next((source for source, rank in zip(node.inputs, ranks, strict=True) if rank < max(ranks)), None)
        if few:
            what = f"`{few.name}`, {few.output.text(layout)}"
            message = f"{framework} does not broadcast {what}, over the positions of the others"
            label = "there, tensors with fewer axes are lined up at the last one"
            help = "keep the axes: `global_avg_pool: {keep_dims: true}`, with `conv: {kernel: 1}` for `dense`"
            yield Finding(group, "", message, label, (help,))


class _Maps:
    """Which tensors are maps in PyTorch's sense, with the channels before the positions.

    This is certain only of images and of the outputs of convolutions and pools, also after activations, norms and
    dropout. Elsewhere (after a `reshape`, an `embedding`, a merge) the channels may be the last axis.
    """

    def __init__(self) -> None:
        self._known: dict[Node, bool] = {}

    def has(self, node: Node) -> bool:
        """Whether the output of a layer (or an input of the model) is such a map."""
        if node.output.is_vector:
            return False
        passed = []
        while node not in self._known and node.layer and node.layer.keeps_shape():
            passed.append(node)
            node = node.source
        is_image = not node.inputs and len(node.output.spatial) > 1
        found = self._known.setdefault(node, is_image or bool(node.layer and node.layer.makes_map))
        self._known.update(dict.fromkeys(passed, found))
        return found
