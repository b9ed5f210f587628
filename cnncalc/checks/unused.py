"""What is unused in a spec: outputs and inputs that nobody reads; blocks, variables and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Finding, check, layers
from cnncalc.source.diagnostics import Span

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Entry, Node


@check(
    "CNN504",
    "an output that nobody reads",
    "No later layer reads it, and it is not an output of the model: a dead branch. Its parameters and MACs are counted "
    "nevertheless.",
    wrong=layers("conv: 3x3x8", "{conv: 3x3x8, from: input}"),
    right=layers("conv: 3x3x8", "{conv: 3x3x8, from: input}", "add: [[], conv1]"),
)
def unread_entries(model: Model) -> Iterator[Finding]:
    """Outputs that nobody reads; an entry of a block only where this is so in every call.

    Those of a model inside are not looked at: it was written for others too, of whom some read them.
    """
    read = _read(model)
    unread: dict[Span, Entry] = {}
    alive: set[Span] = set()
    pending = list(reversed(model.graph.entries))
    while pending:
        entry = pending.pop()
        if entry.kind == "repeat" and {"for", "from"} <= entry.written.by_name.keys():
            pending.extend(reversed(entry.children))  # each copy reads something else, and may be read by itself
        elif entry.end in read:
            alive.add(entry.span)
            pending.extend(() if entry.inside else reversed(entry.children))
        else:
            unread.setdefault(entry.span, entry)
    for span, entry in unread.items():
        if span not in alive:
            help = "read it in a later layer, name it under `outputs`, or remove it"
            asked = any(node.like is entry.end for node in model.graph.nodes)
            label = "only its size is used" if asked else "and it is not an output of the model"
            yield Finding(span, "", f"nobody reads `{entry.name}`", label, (help,))


@check(
    "CNN505",
    "an input that nobody reads",
    "The model would be the same without this input.",
    wrong="inputs: {image: 8x8x3, age: 1}\nlayers:\n  - {conv: 3x3x8, from: image}\n",
    right="inputs: {image: 8x8x3, age: 1}\nlayers:\n  - {conv: 3x3x8, from: image}\n  - multiply: [[], age]\n",
)
def unread_inputs(model: Model) -> Iterator[Finding]:
    """Inputs that nobody reads. (One whose size is used does matter to the model.)"""
    read = _read(model) | {node.like for node in model.graph.nodes if node.like}
    for node in model.graph.inputs:
        if node not in read:
            help = f"read it with `from: {node.name}`, or remove it"
            place = model.written.definitions.place_of_input(node.name)
            yield Finding(place, "", f"nobody reads the input `{node.name}`", "", (help,))


def _read(model: Model) -> set[Node]:
    return {source for node in model.graph.nodes for source in node.inputs} | model.outputs


@check(
    "CNN506",
    "a block that is never called",
    "Nothing under `layers` leads to it. Its entries are checked as far as that is possible without an input.",
    wrong="blocks: {unit: [relu]}\n" + layers("conv: 3x3x8"),
    right="blocks: {unit: [relu]}\n" + layers("conv: 3x3x8", "unit"),
)
def uncalled_blocks(model: Model) -> Iterator[Finding]:
    """Blocks that nothing under `layers` leads to."""
    for name, place in model.written.definitions.uncalled_blocks:
        help = f"write `- {name}` under `layers`, or remove it"
        yield Finding(place, "", f"the block `{name}` is never called", "", (help,))


@check(
    "CNN507",
    "a variable that is never used",
    "No expression uses this name, in any variant; it may be misspelt there, or lack its `$`.",
    wrong="vars: {width: 8}\n" + layers("conv: 3x3x8"),
    right="vars: {width: 8}\n" + layers("conv: 3x3x$width"),
)
def unused_variables(model: Model) -> Iterator[Finding]:
    """Variables that are in no expression."""
    for name, place in model.written.definitions.unused_variables:
        help = f"write `${name}` where its value belongs, or remove it"
        yield Finding(place, "", f"the variable `{name}` is never used", "", (help,))


@check(
    "CNN508",
    "an argument that is never used",
    "The block is the same whatever is passed for it.",
    wrong="blocks: {unit: {args: [width], layers: [{conv: 3x3x8}]}}\n" + layers("unit: 8"),
    right="blocks: {unit: {args: [width], layers: [{conv: 3x3x$width}]}}\n" + layers("unit: 8"),
)
def unused_arguments(model: Model) -> Iterator[Finding]:
    """Arguments that are in no expression of their block."""
    for block, name, place in model.written.definitions.unused_arguments:
        help = f"write `${name}` in the block, or remove it"
        yield Finding(place, "", f"the argument `{name}` of `{block}` is never used", "", (help,))
