"""`opaque`: a layer of which only what is written is known, with several inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.graph import Entry, Node, misfits, place
from cnncalc.layers import KINDS, layer_class
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlNode, YamlSequence
from cnncalc.spec.language.scope import Scope

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer
    from cnncalc.spec.expand.placement import Placed, Placement

MAX_INPUTS = 1_000
"""The most tensors that a layer may read."""


def reads_several(written: Written) -> bool:
    """Whether an entry's `from` may be a list, and is one."""
    node = written.value("from")
    return isinstance(node, YamlSequence) and written.kind in KINDS and layer_class(written.kind).is_opaque


def first_read(to: Placement, written: Written, node: YamlSequence, is_checked: bool) -> YamlNode | None:
    """The first name in a `from` that is a list (of another kind the list itself, which is no name).

    None if the list is wrong, with a finding if it `is_checked`.
    """
    if not reads_several(written):
        return node
    if not is_checked:
        return node.items[0] if node.items else None
    if "repeat" in written.by_name:
        message = f"`{written.kind}` cannot be repeated where it reads several tensors"
        label = "the next copy would read only one"
        to.findings.add("CNN205", node.span, message, label, "write an entry for each copy")
        return None
    if not node.items or len(node.items) > MAX_INPUTS:
        found = f"a list of {len(node.items):,}" if node.items else "an empty list"
        message = f"expected the names of 1 to {MAX_INPUTS:,} layers or inputs, found {found}"
        to.findings.add("CNN205", node.span, message, "", "as in `from: [boxes, scores]`")
        return None
    return node.items[0]


def place_opaque(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """The layer, and its outputs after the first as layers of their own below it.

    Args:
        source: what it reads first.
    """
    others = written.value("from")
    further = others.items[1:] if isinstance(others, YamlSequence) else []
    found = [to.names.find(each, scope) for each in further]
    nodes = to.reader.nodes(written, path, source)
    sources = tuple(each for each in (source, *found) if each)
    if not nodes or len(sources) < 1 + len(found):
        return None, None
    (node,) = nodes
    assert node.layer is not None
    node.inputs = sources
    outputs = {name: _output(to, written, path, node, name, layer) for name, layer in node.layer.outputs().items()}
    if None in outputs.values():
        return None, None
    to.count(written.head.span, len(sources) + len(outputs))
    for name, each in outputs.items():
        to.names.register(f"{path}.{name}", written.head.span)
        to.names.ends[f"{path}.{name}"] = each
    own = [each for each in outputs.values() if each and each is not node]
    for each in own:
        to.reader.remember(each, written)
    to.nodes += [node, *own]
    children = [Entry(each.name, each.kind, written, [each]) for each in own]
    return Entry(path, written.kind, written, [node], children), node


def _output(to: Placement, written: Written, path: str, node: Node, name: str, layer: Layer) -> Node | None:
    """One of the named outputs; the first is the layer itself."""
    if layer is node.layer:
        return node
    shapes = node.input_shapes
    for problem in misfits(node.kind, layer, shapes, [], to.reader.layout):
        to.findings.add(problem.code, written.head.span, problem.message, f"its output `{name}`", *problem.help)
        return None
    return place(f"{path}.{name}", node.kind, layer, node.inputs)
