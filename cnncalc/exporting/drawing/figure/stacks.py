"""What stands together in a figure: slabs, one per layer, against one another where their outputs are equally large.

A norm, an activation or dropout that is an entry of its own is not drawn: it is named in the code of the figure only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, groupby
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.drawn import DrawnBox, DrawnEdge, DrawnFrame, ModelDrawing, drawing
from cnncalc.exporting.drawing.entries import printed
from cnncalc.layers.base import ReadsUnknown
from cnncalc.layers.words import MergeWords, words
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.spec.reader import Spec

LOOKS = ("input", "convolutional", "pooled", "connected", "closed", "other")
"""What a slab is: an input, a convolution, a pool, a dense layer, several layers in one, or anything else."""

_SHOWN = ("stride", "dilation", "heads")
"""What a label says of a layer besides its window."""
_LABEL = 13
"""How many characters of a label stand on a line, unless a word is longer."""
_LINES = 4
"""The most lines of a label about different slabs."""
_ALIKE = 8
"""How many slabs that are called the same stand against one another; more are one."""
_MANY, _FIRST, _LAST = 300, 30, 10
"""Of more boxes than can be looked at, the first and last are drawn, and all that is between them is one."""


class Slab(NamedTuple):
    """A layer, or several that are drawn as one.

    Attributes:
        boxes: the layer, and those after it that only change values.
        shape: of what it gives.
        look: one of `LOOKS`.
        label: what it is, in a few short lines.
    """

    boxes: tuple[DrawnBox, ...]
    shape: Shape
    look: str
    label: tuple[str, ...]

    @property
    def box(self) -> DrawnBox:
        """The layer itself."""
        return self.boxes[0]


class Stack:
    """Slabs against one another, or a merge, which is drawn as a sign.

    Attributes:
        number: its place in the order of the forward pass.
        slabs: one or more; of a merge the only one, which is not drawn.
        sign: that of a merge, `+`, or the letter that its kind begins with.
        reads: the stacks that it reads, each with whether it reads their sizes alone.
        readers: those that read it.
    """

    __slots__ = ("is_merge", "number", "readers", "reads", "sign", "slabs")

    def __init__(self, number: int, slabs: Sequence[Slab]) -> None:
        self.number = number
        self.slabs = slabs
        self.is_merge = slabs[0].box.role == "merge"
        self.sign = _sign(node := slabs[0].box.nodes[0]) or node.kind[:1] if self.is_merge else ""
        self.reads: dict[Stack, bool] = {}
        self.readers: list[Stack] = []

    @property
    def shape(self) -> Shape:
        """The shape of what it gives."""
        return self.slabs[-1].shape

    @property
    def boxes(self) -> list[DrawnBox]:
        """Everything in it."""
        return [box for slab in self.slabs for box in slab.boxes]

    @property
    def is_output(self) -> bool:
        """Whether its values leave the model."""
        return any(box.is_output for box in self.boxes)

    @property
    def blocks(self) -> int:
        """How many slabs are drawn."""
        return 0 if self.is_merge else len(self.slabs)

    @property
    def keeps_shape(self) -> bool:
        """Whether it gives what has the shape of something that it reads."""
        return any(stack.shape == self.shape for stack in self.reads)

    def label(self) -> list[str]:
        """What it is: lines that several slabs have in common stand there once, with how often."""
        counts = Counter(slab.label for slab in self.slabs)
        labels = [_times(label, often) for label, often in counts.items() if label]
        last = len(labels) - 1
        lines = [line for index, label in enumerate(labels) for line in _with_comma(label, index < last)]
        return lines if last <= 0 or len(lines) <= _LINES else [*lines[: _LINES - 1], "…"]


def _with_comma(label: list[str], is_followed: bool) -> list[str]:
    return [*label[:-1], f"{label[-1]},"] if is_followed else label


def _times(label: tuple[str, ...], often: int) -> list[str]:
    return [*label[:-1], *_filled([label[-1], f"×{often}"])] if often > 1 else [*label]


class Figure(NamedTuple):
    """What a figure shows.

    Attributes:
        title: the model's name.
        layout: the order of its sizes.
        has_sizes: whether it shows how large anything is.
    """

    title: str
    layout: str
    stacks: Sequence[Stack]
    has_sizes: bool = True


def figures_of(spec: Spec) -> Iterator[Figure]:
    """What figures show of a model, each with one more level opened."""
    most, boxes = len(_boxes(drawing(spec).members)), 0
    for levels in count(1):
        drawn = drawing(spec, levels)
        if boxes != (boxes := len(_boxes(drawn.members))):
            yield _figure(spec, drawn)
        if boxes == most:
            return


def figure_of(spec: Spec, depth: int) -> Figure:
    """What a figure shows of a model with so many levels opened."""
    return _figure(spec, drawing(spec, depth))


def figure_by_layer(spec: Spec, labels: Mapping[Node, Sequence[str]], has_sizes: bool) -> Figure:
    """What a figure shows of a model if every layer stands by itself.

    Args:
        labels: what is said of entries, by their own layers.
        has_sizes: whether it shows how large anything is; otherwise all blocks are alike, and no size can be read off.
    """
    drawn = drawing(spec)
    boxes, edges = _few(_boxes(drawn.members), drawn.edges)
    own = [() if box.role == "block" else labels.get(box.nodes[0], ()) for box in boxes]
    slabs = [[_slab(box, label or (box.name,))] for box, label in zip(boxes, own, strict=True)]
    return Figure(drawn.title, spec.layout, _linked(slabs, edges), has_sizes)


def _figure(spec: Spec, drawn: ModelDrawing) -> Figure:
    boxes, edges = _few(_boxes(drawn.members), drawn.edges)
    return Figure(drawn.title, spec.layout, _linked(_together(boxes, edges, spec.layout), edges))


def _boxes(members: Sequence[DrawnBox | DrawnFrame]) -> list[DrawnBox]:
    """All boxes, in order. One that is alone in its frame and not opened is called what the frame is called."""
    boxes: list[DrawnBox] = []
    for member in members:
        if isinstance(member, DrawnBox):
            boxes.append(member)
            continue
        inside = _boxes(member.members)
        if len(inside) == 1 and inside[0].role == "block":
            inside = [inside[0]._replace(name=member.name, lines=(member.about,))]
        boxes += inside
    return boxes


def _few(boxes: list[DrawnBox], edges: tuple[DrawnEdge, ...]) -> tuple[list[DrawnBox], tuple[DrawnEdge, ...]]:
    """Boxes that can be looked at: of too many the first ones, one for all those between, and the last."""
    if len(boxes) <= _MANY:
        return boxes, edges
    between = boxes[_FIRST:-_LAST]
    nodes = tuple(node for box in between for node in box.nodes)
    about = f"{len(nodes):,} layers"
    is_output = any(box.is_output for box in between)
    last = between[-1]
    one = DrawnBox(last.number, "…", (about,), last.shape, "block", is_output, nodes, output=last.output)
    numbers = {box.number: last.number for box in between}
    moved = (
        edge._replace(source=numbers.get(edge.source, edge.source), target=numbers.get(edge.target, edge.target))
        for edge in edges
    )
    kept = tuple(dict.fromkeys(each for each in moved if each.source != each.target))
    return [*boxes[:_FIRST], one, *boxes[-_LAST:]], kept


def _together(boxes: Sequence[DrawnBox], edges: Sequence[DrawnEdge], layout: str) -> list[list[Slab]]:
    """The slabs of each stack."""
    sources: dict[int, list[int]] = {box.number: [] for box in boxes}
    readers: dict[int, list[int]] = {box.number: [] for box in boxes}
    for edge in edges:
        sources[edge.target].append(edge.source)
        readers[edge.source].append(edge.target)
    stacks: list[list[Slab]] = []
    ends: dict[int, list[Slab]] = {}
    """The stack that ends in a box."""
    for box in boxes:
        before = sources[box.number]
        stack = ends.get(before[0]) if len(before) == 1 and readers[before[0]] == [box.number] else None
        is_closed = box.role == "block"
        if stack and not is_closed and _only_changes_values(box.nodes[0]) and stack[-1].look != "input":
            stack[-1] = stack[-1]._replace(boxes=(*stack[-1].boxes, box))
        elif stack and _stands_against(box, stack[-1]):
            stack.append(_slab(box, _label(box, layout)))
        else:
            stack = [_slab(box, _label(box, layout))]
            stacks.append(stack)
        ends[box.number] = stack
    return [_thinned(stack) for stack in stacks]


def _thinned(stack: Sequence[Slab]) -> list[Slab]:
    """Slabs of which many that are called the same are one."""
    thin: list[Slab] = []
    for label, alike in groupby(stack, lambda slab: slab.label):
        slabs = list(alike)
        if len(slabs) > _ALIKE:
            boxes = tuple(box for slab in slabs for box in slab.boxes)
            slabs = [slabs[0]._replace(boxes=boxes, label=tuple(_times(label, len(slabs))))]
        thin += slabs
    return thin


def _only_changes_values(node: Node) -> bool:
    """Whether it is a norm, an activation or dropout: nothing that has a form."""
    layer = node.layer
    return layer is not None and layer.keeps_shape() and (layer.is_norm or layer.is_activation or layer.is_idle)


def _stands_against(box: DrawnBox, slab: Slab) -> bool:
    """Whether a layer is drawn against the one before it: vectors never are."""
    shape, look = box.output, _look(box)
    return shape == slab.shape and not shape.is_vector and look == slab.look and box.role not in ("merge", "input")


def _linked(stacks: Sequence[Sequence[Slab]], edges: Sequence[DrawnEdge]) -> list[Stack]:
    """Stacks that know one another. (A merge is never against a slab.)"""
    linked = [Stack(number, slabs) for number, slabs in enumerate(stacks)]
    of_box = {box.number: stack for stack in linked for box in stack.boxes}
    for edge in edges:
        source, target = of_box[edge.source], of_box[edge.target]
        if source.number < target.number:  # closed blocks may read one another
            target.reads[source] = target.reads.get(source, True) and edge.is_size_alone
    for stack in linked:
        for source in stack.reads:
            source.readers.append(stack)
    return linked


# -- a slab


def _slab(box: DrawnBox, label: Sequence[str]) -> Slab:
    return Slab((box,), box.output, _look(box), tuple(label))


def _look(box: DrawnBox) -> str:
    if box.role == "input":
        return "input"
    if box.role == "block":
        inside = {_look_of_layer(node) for node in box.nodes if not _only_changes_values(node)}
        return inside.pop() if len(inside) == 1 else "closed"
    return _look_of_layer(box.nodes[0])


def _look_of_layer(node: Node) -> str:
    layer = node.layer
    assert layer is not None
    if layer.kernel_array and (layer.sliding_window or layer.spread_window):
        return "convolutional"
    if layer.is_dense:
        return "connected"
    return "pooled" if _is_pool(node, layer) else "other"


def _is_pool(node: Node, layer: Layer) -> bool:
    """Whether it makes one value of several, channel by channel, and learns nothing.

    An adaptive pool that has nothing to do reads several if its input is larger.
    """
    x, y = node.x, node.output
    if (
        node.weights
        or layer.keeps_shape()
        or layer.rearranges
        or not x.spatial
        or x.channels != y.channels
        or y.values > x.values
    ):
        return False
    try:
        read = layer.reads(Shape(tuple(2 * size for size in x.spatial), x.channels))
    except ReadsUnknown:
        return False
    return read is None or any(axis is None or axis.low != axis.high for axis in read)


def _label(box: DrawnBox, layout: str) -> list[str]:
    """`conv 3×3`, `stride 2`; of what is not opened its name, and what it consists of."""
    if box.role == "input":
        return [box.name]
    node = box.nodes[0]
    if box.role == "block":
        return _closed_label(box)
    layer = node.layer
    assert layer is not None
    if box.role == "merge":
        return [] if _sign(node) else [printed(node.kind)]
    parts = [*_window(layer, layout), *_settings(layer, layout), *([f"×{box.times}"] if box.times > 1 else ())]
    return _filled([printed(node.kind.replace("_", " ")), *map(printed, parts)])


def _closed_label(box: DrawnBox) -> list[str]:
    """The name of something that is not opened, and what it is; of a copy only that, as it is what all of them are."""
    about = " ".join(box.lines)
    if box.times > 1:
        about = about.replace(f"(×{box.times})", f"×{box.times}")
    if "." in box.name:
        return _filled(about.split())
    kind = about.split(" ")[0]
    rest = about.removeprefix(kind).split() if box.name.startswith(kind) else about.split()
    return _filled([box.name, *rest])


def _window(layer: Layer, layout: str) -> Iterator[str]:
    """The size of its window."""
    if window := layer.sliding_window or layer.spread_window:
        yield layer.settings[window.setting].in_short(vars(layer)[window.setting], layout)


def _settings(layer: Layer, layout: str) -> Iterator[str]:
    for name in _SHOWN:
        if name in layer.settings and not layer.is_default(name):
            yield layer.settings[name].in_short(vars(layer)[name], layout)


def _filled(words: Sequence[str]) -> list[str]:
    """Words on lines of about `_LABEL` characters."""
    lines = [words[0]]
    for word in filter(None, words[1:]):
        if len(joined := f"{lines[-1]} {word}") <= _LABEL:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _sign(node: Node) -> str:
    """The sign of a merge; "" if it has none."""
    assert node.layer is not None
    names = [source.name for source in node.inputs]
    said = words(node.kind, node.layer, node.input_shapes, node.output, names, "channels_last")
    return said.sign if isinstance(said, MergeWords) else ""
