"""What a spec says in vain: outputs and inputs that nobody reads; blocks, variables and arguments without a use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Diagnostic, Span
from cnncalc.spec.expressions import is_expression, names_in, size_parts
from cnncalc.spec.source import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from cnncalc.graph import Entry
    from cnncalc.graph import Node as GraphNode
    from cnncalc.spec.reader import Spec


UNUSED = frozenset({"CNN504", "CNN505", "CNN506", "CNN507", "CNN508"})


def unused(spec: Spec) -> Iterator[Diagnostic]:
    """A finding for each thing that could be removed and nothing would change."""
    yield from _unread_entries(spec)
    yield from _unread_inputs(spec)
    yield from _uncalled_blocks(spec)
    yield from _unused_variables(spec)
    yield from _unused_arguments(spec)


# -- of the graph


def _unread_entries(spec: Spec) -> Iterator[Diagnostic]:
    read = _read(spec)
    unread: dict[Span, Entry] = {}
    alive: set[Span] = set()
    pending = list(reversed(spec.graph.entries))
    while pending:
        entry = pending.pop()
        if entry.end in read:
            alive.add(entry.span)
            pending.extend(reversed(entry.children))
        else:
            unread.setdefault(entry.span, entry)
    # an entry of a block is only in vain where it is so in every call
    for span, entry in unread.items():
        if span not in alive:
            help = "read it in a later layer, name it under `outputs`, or remove it"
            message = f"nobody reads `{entry.name}`"
            asked = any(node.like is entry.end for node in spec.graph.nodes)
            label = "only its size is asked for" if asked else "and it is no output of the model"
            yield spec.source.diagnostic("CNN504", span, message, label, [help])


def _unread_inputs(spec: Spec) -> Iterator[Diagnostic]:
    # without an input of which only the size is asked for the model would not be the same
    read = _read(spec) | {node.like for node in spec.graph.nodes if node.like}
    for node in spec.graph.inputs:
        if node not in read:
            help = f"read it with `from: {node.name}`, or remove it"
            yield spec.source.diagnostic(
                "CNN505", _place_of_input(spec, node.name), f"nobody reads the input `{node.name}`", "", [help]
            )


def _read(spec: Spec) -> set[GraphNode]:
    return {source for node in spec.graph.nodes for source in node.inputs} | set(spec.graph.output_nodes)


def _place_of_input(spec: Spec, name: str) -> Span:
    for mapping in (*_mappings(spec.root.get("variants")), spec.root):
        inputs = mapping.get("inputs")
        for key, _ in inputs.pairs if isinstance(inputs, Mapping) else ():
            if key.text == name:
                return key.span
    return next((key.span for key, _ in spec.root.pairs if key.text == "input"), spec.root.span)


# -- of the text


def _uncalled_blocks(spec: Spec) -> Iterator[Diagnostic]:
    blocks = spec.root.get("blocks")
    if not isinstance(blocks, Mapping):
        return
    called = set(_words([spec.root.get("layers")]))
    for key, value in blocks.pairs:
        called |= set(_words([value])) - {key.text}
    for key, _ in blocks.pairs:
        if key.text not in called:
            help = f"write `- {key.text}` under `layers`, or remove it"
            yield spec.source.diagnostic("CNN506", key.span, f"the block `{key.text}` is never called", "", [help])


def _unused_variables(spec: Spec) -> Iterator[Diagnostic]:
    variables = spec.root.get("vars")
    if not isinstance(variables, Mapping):
        return
    used = set(_names([spec.root]))
    for key, _ in variables.pairs:
        if key.text not in used:
            help = f"write `${key.text}` where its value belongs, or remove it"
            yield spec.source.diagnostic("CNN507", key.span, f"the variable `{key.text}` is never used", "", [help])


def _unused_arguments(spec: Spec) -> Iterator[Diagnostic]:
    for name, block in _pairs(spec.root.get("blocks")):
        arguments = block.get("args") if isinstance(block, Mapping) else None
        if not isinstance(block, Mapping) or arguments is None:
            continue
        used = set(_names([block]))
        for argument in arguments.items if isinstance(arguments, Sequence) else [arguments]:
            word, _, default = argument.text.partition("=") if isinstance(argument, Scalar) else ("", "", "")
            used |= names_in(default.strip())
            if word and word.strip() not in used:
                message = f"the argument `{word.strip()}` of `{name}` is never used"
                help = f"write `${word.strip()}` in the block, or remove it"
                yield spec.source.diagnostic("CNN508", argument.span, message, "", [help])


def _pairs(node: Node | None) -> list[tuple[str, Node]]:
    return [(key.text, value) for key, value in node.pairs] if isinstance(node, Mapping) else []


def _mappings(node: Node | None) -> list[Mapping]:
    return [value for _, value in _pairs(node) if isinstance(value, Mapping)]


def _nodes(roots: Iterable[Node | None]) -> Iterator[Node]:
    """All nodes below these, keys included."""
    pending = list(roots)
    while pending:
        node = pending.pop()
        if isinstance(node, Sequence):
            pending.extend(node.items)
        elif isinstance(node, Mapping):
            pending.extend(each for pair in node.pairs for each in pair)
        if node is not None:
            yield node


def _words(roots: Iterable[Node | None]) -> Iterator[str]:
    return (node.text for node in _nodes(roots) if isinstance(node, Scalar))


def _names(roots: Iterable[Node | None]) -> Iterator[str]:
    """The names that expressions use, those in the defaults of arguments too."""
    for word in _words(roots):
        if "$" in word:
            written = word if is_expression(word) or "=" not in word else word.partition("=")[2].strip()
            for part in size_parts(written):
                yield from names_in(part)
