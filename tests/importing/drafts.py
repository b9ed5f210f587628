"""Drafts made from the graphs of specs, as a reader would make them of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncalc.graph import Entry, Node
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.layers import MERGES, class_name
from cnncalc.settings.shape import NamedShapes, Padding
from cnncalc.settings.size_of import SizeOf
from cnncalc.settings.tensor_of import TensorOf
from cnncalc.spec.reader import Spec

Path = tuple[tuple[str, str], ...]


def draft_of(spec: Spec, with_paths: bool = True) -> Draft:
    """The draft of a model file that has the layers of a spec.

    Args:
        with_paths: whether the file knows modules, made of the names of entries.
    """
    draft = Draft(spec.convention, spec.order)
    draft.name = spec.name
    made: dict[Node, Source] = {}
    paths = dict(_paths(spec.graph.entries, ()))
    for node in spec.graph.inputs:
        draft.inputs.append(DraftInput(node.name, node.output))
        made[node] = draft.inputs[-1]
    for node in spec.graph.nodes:
        if node.layer.is_further_output:
            owner, _, output = node.name.rpartition(".")
            made[node] = DraftOutput(next(made[each] for each in made if each.name == owner), output)
            continue
        made[node] = draft.add(_layer(node, made))
        if with_paths:
            made[node].origin = node.name
            made[node].path = paths[node]
    draft.outputs = [made[node] for node in spec.graph.output_nodes]
    return draft


def _paths(entries: list[Entry], around: Path) -> Iterator[tuple[Node, Path]]:
    """The modules of each layer: a block is a class, and merges are functions of the module that they are in."""
    for entry in entries:
        is_function = entry.kind in MERGES or entry.kind == "residual"
        kind = "Sequential" if entry.kind in ("repeat", "group") else class_name(entry.kind)
        own = around if is_function else (*around, (entry.name.rpartition(".")[2], kind))
        yield from ((node, own) for node in entry.nodes)
        yield from _paths(entry.children, own)


def _layer(node: Node, made: dict[Node, Source]) -> DraftLayer:
    layer = DraftLayer(node.kind)
    further = [*node.inputs[1:]]
    layer.inputs = tuple(made[source] for source in node.inputs)
    for name, value in vars(node.layer).items():
        if isinstance(value, SizeOf):
            value = made[node.like]
        elif isinstance(value, TensorOf):
            read = further.pop(0)
            value = _pool(read, value, made) if value.undone else made[read]
            layer.inputs = layer.inputs[:1]
        layer.settings[name] = _plain(value)
    layer.shares = made[node.shares] if node.shares else None
    layer.trainable = not node.is_frozen
    layer.output = node.output
    return layer


def _plain(value: Any) -> Any:
    if isinstance(value, Padding):
        return value.rule or tuple(value)
    if isinstance(value, NamedShapes):
        return dict(value.pairs) if value.names else value.first
    return value


def _pool(read: Node, undone: TensorOf, made: dict[Node, Source]) -> Source:
    """The pool that an unpooling undoes."""
    pools = [node for node in made if node.layer and node.inputs == (read,) and getattr(node.layer, "keeps_places", 0)]
    return next(made[node] for node in pools if node.layer.sliding_window == undone.undone)
