"""A draft as a spec that reads like a person's."""

from __future__ import annotations

from cnncalc.gc_pause import collector_waiting
from cnncalc.graph import Node
from cnncalc.importing.draft import Draft, DraftLayer
from cnncalc.importing.entry_text import quoted
from cnncalc.importing.flat import Names, Written, flat, head
from cnncalc.importing.structure.agreeing import Comparison
from cnncalc.importing.structure.blocks import Blocks
from cnncalc.importing.structure.defaults import default_lines, take_defaults
from cnncalc.importing.structure.names import free_name, name_of, name_stages
from cnncalc.importing.structure.pieces import marks_in, texts_in, walk
from cnncalc.importing.structure.regions import Regions
from cnncalc.importing.structure.rejoined import rejoined_inputs
from cnncalc.importing.structure.writer import WIDTH, FoundBlock, Writer
from cnncalc.source.files import Source
from cnncalc.spec.reader import Spec, read

MAX_LAYERS = 20_000
"""Of a larger model nobody reads a spec: it has one line per layer."""


def readable(draft: Draft) -> Written:
    """The spec with blocks, copies and residuals. It is read again, and has exactly the layers of the draft."""
    with collector_waiting():
        plain = flat(draft)
        if len(draft.layers) > MAX_LAYERS:
            return plain
        spec, _ = read(Source(draft.name, plain.text))
        if spec is None:
            return plain
        return _Structured(draft, plain, spec).written() or plain


class _Structured:
    """A draft, and its layers as they are computed."""

    def __init__(self, draft: Draft, plain: Written, spec: Spec) -> None:
        self.draft = draft
        self.spec = spec
        by_name = {node.name: node for node in spec.graph.nodes}
        self.nodes: dict[DraftLayer, Node] = {layer: by_name[name] for layer, name in plain.names.items()}
        self.inputs = rejoined_inputs(draft)

    def written(self) -> Written | None:
        """The spec with blocks; without those if one of them is not the same; None if nothing is."""
        return self._attempt(is_plain=False) or self._attempt(is_plain=True)

    def _attempt(self, is_plain: bool) -> Written | None:
        regions = Regions(self.draft, self.nodes, self.inputs)
        top = regions.reduced()
        order = [layer for piece in top for layer in piece.in_order()]
        last = top[-1].layers[-1]
        ends = [] if [*self.draft.outputs] == [last] else [regions.mark(each) for each in self.draft.outputs]
        blocks = Blocks(top, self.draft.convention, ends)
        if not is_plain:
            blocks.find()
        text = self._text(regions, blocks, ends)
        found, _ = read(Source(self.draft.name, text))
        if found is None:
            return None
        comparison = Comparison(self.draft, self.nodes, self.inputs, order, found.graph)
        if comparison.first_difference():
            return None
        return Written(text, {layer: node.name for layer, node in comparison.pairs})

    def _text(self, regions: Regions, blocks: Blocks, ends: list[str]) -> str:
        chains = [blocks.top, *(block.pieces for block in blocks.found.values())]
        texts = [text for chain in chains for text in texts_in(chain)]
        writer = Writer(
            self._names(regions, {mark for text in (*texts, *ends) for mark in marks_in(text)}), blocks.found
        )
        for piece in walk(blocks.top):
            piece.name = writer.names.get(piece.label, "")
        name_stages(blocks.top, {*writer.names.values()})
        for block in blocks.found.values():
            block.names = _named_inside(block)
        lines = [*head(self.draft, Names(self.draft))]
        if defaults := take_defaults(chains, self.draft.convention, writer.in_line):
            lines += default_lines(defaults, WIDTH)
        if blocks.found:
            lines += ["blocks:", *writer.blocks()]
        lines += ["layers:", *writer.items(blocks.top, 2)]
        if ends:
            lines.append(writer.named(f"outputs: {ends[0] if len(ends) == 1 else '[' + ', '.join(ends) + ']'}"))
        return "\n".join(lines) + "\n"

    def _names(self, regions: Regions, marks: set[str]) -> dict[str, str]:
        """What inputs and pieces are called that something names."""
        given = Names(self.draft)
        names = {f"i{number}": quoted(given.of[each]) for number, each in enumerate(self.draft.inputs)}
        taken = set(names.values())
        for mark in sorted([mark for mark in marks if mark.isdecimal()], key=int):
            names[mark] = free_name(name_of(regions.pieces[int(mark)]), taken)
        return names


def _named_inside(block: FoundBlock) -> dict[str, str]:
    """What the entries of a block are called that others in it name."""
    named = {mark for text in texts_in(block.pieces) for mark in marks_in(text)}
    taken = {argument.name for argument in block.arguments}
    names = {}
    for piece in walk(block.pieces):
        if piece.label in named:
            piece.name = names[piece.label] = free_name(f"{piece.kind}_out", taken)
    return names
