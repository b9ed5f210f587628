"""A draft as a spec that reads like a person's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from cnncalc.gc_pause import collector_waiting
from cnncalc.graph import Node
from cnncalc.importing.borders import with_borders_inside
from cnncalc.importing.draft import Draft, DraftLayer
from cnncalc.importing.entry_text import in_yaml
from cnncalc.importing.flat import SpecNames, SpecText, flat_spec, lines_before
from cnncalc.importing.structure._agreeing import Correspondence
from cnncalc.importing.structure._blocks import Blocks
from cnncalc.importing.structure._defaults import default_lines, take_defaults
from cnncalc.importing.structure._names import free_name, name_of, name_stages
from cnncalc.importing.structure._pieces import Piece, marks_in, texts_in, walk
from cnncalc.importing.structure._regions import Regions
from cnncalc.importing.structure._rejoined import rejoined_inputs
from cnncalc.importing.structure._writer import WIDTH, FoundBlock, Writer
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source
from cnncalc.spec.reader import Spec, read

MOST_ATTEMPTS = 3
"""How often it is tried again without the blocks that make a spec another network."""
MAX_LAYERS = 20_000
"""Of a larger model nobody reads a spec: it has one line per layer."""


def readable(draft: Draft) -> SpecText:
    """The spec with blocks, copies and residuals. It is read again, and has exactly the layers of the draft; but for
    borders, which are in the layers that read them."""
    with collector_waiting():
        plain = flat_spec(draft)
        if len(draft.layers) > MAX_LAYERS:
            return plain
        spec, _ = read(Source(draft.name, plain.text))
        if spec is None:
            return plain
        structured = _Structured(draft, plain, spec)
        if inside := with_borders_inside(draft, structured.nodes, spec.order):
            text, names = readable(inside.draft)
            return SpecText(text, {inside.originals[layer]: name for layer, name in names.items()})
        return structured.written() or plain


class _Structured:
    """A draft, and its layers as they are computed."""

    def __init__(self, draft: Draft, plain: SpecText, spec: Spec) -> None:
        self.draft = draft
        self.spec = spec
        by_name = {node.name: node for node in spec.graph.nodes}
        self.nodes: dict[DraftLayer, Node] = {layer: by_name[name] for layer, name in plain.names.items()}
        self.inputs = rejoined_inputs(draft)

    def written(self) -> SpecText | None:
        """The spec with blocks; without those that make it another one; None if it is another one without any."""
        banned: set[str] = set()
        for _ in range(MOST_ATTEMPTS):
            attempt = _Attempt(self, banned)
            if written := attempt.written():
                return written
            banned |= attempt.blamed()
        return _Attempt(self, None).written()


class _Attempt:
    """One way to write the spec.

    Args:
        banned: the names of blocks that it may not have; None if it may not have any.
    """

    def __init__(self, structured: _Structured, banned: Collection[str] | None) -> None:
        self.draft, self.nodes = structured.draft, structured.nodes
        self.inputs = structured.inputs
        self.regions = Regions(self.draft, self.nodes, self.inputs)
        top = self.regions.reduced()
        self.order = [layer for piece in top for layer in piece.in_order()]
        is_last = [*self.draft.outputs] == [top[-1].layers[-1]]
        self.ends = [] if is_last else [self.regions.mark(each) for each in self.draft.outputs]
        self.blocks = Blocks(top, self.draft.convention, self.ends, banned or ())
        if banned is not None:
            self.blocks.find()
        self.text = self._text()
        self.different: DraftLayer | None = None
        self.mistakes: list[Diagnostic] = []

    def written(self) -> SpecText | None:
        """The spec, if it has exactly the layers of the draft."""
        found, self.mistakes = read(Source(self.draft.name, self.text))
        if found is None:
            return None
        correspondence = Correspondence(self.draft, self.nodes, self.inputs, self.order, found.graph)
        self.different = correspondence.first_difference()
        if self.different:
            return None
        return SpecText(self.text, {layer: node.name for layer, node in correspondence.pairs})

    def blamed(self) -> set[str]:
        """The blocks of which one makes it another network."""
        if self.different:
            around = [piece for piece in self.blocks.top if self.different in piece.in_order()]
            return {each.kind for piece in around for each in _with_inside(piece)} & self.blocks.found.keys()
        lines = self.text.split("\n")[: self.mistakes[0].span.line]
        is_call = "layers:" in lines
        heads = [lines[-1]] if is_call else [line for line in lines if re.match(r"  \w+:$", line)]
        return set(re.findall(r"\w+", heads[-1])) & self.blocks.found.keys() if heads else set()

    def _text(self) -> str:
        blocks, ends = self.blocks, self.ends
        chains = [blocks.top, *(block.pieces for block in blocks.found.values())]
        texts = [text for chain in chains for text in texts_in(chain)]
        marks = {mark for text in (*texts, *ends) for mark in marks_in(text)}
        writer = Writer(self._names(marks), blocks.found)
        for piece in walk(blocks.top):
            piece.name = writer.names.get(piece.label, "")
        name_stages(blocks.top, {*writer.names.values()}, blocks.found)
        for block in blocks.found.values():
            block.names = _named_inside(block)
        before = lines_before(self.draft, SpecNames(self.draft))
        lines = [line for line in before if self._reads_last_axis or line[0] != "#"]
        if defaults := take_defaults(chains, self.draft.convention, writer.in_line):
            lines += default_lines(defaults, WIDTH)
        if blocks.found:
            lines += ["blocks:", *writer.blocks()]
        lines += ["layers:", *writer.items(blocks.top, 2)]
        if ends:
            lines.append(writer.named(f"outputs: {ends[0] if len(ends) == 1 else '[' + ', '.join(ends) + ']'}"))
        return "\n".join(lines) + "\n"

    @property
    def _reads_last_axis(self) -> bool:
        """Whether there is a layer of which it has to be said that its channels come last."""
        layers = [(node.layer, node.x) for node in self.nodes.values() if node.layer]
        return any(layer.remark_on_last_axis(x) for layer, x in layers if x.spatial)

    def _names(self, marks: set[str]) -> dict[str, str]:
        """What inputs and pieces are called that something names."""
        given = SpecNames(self.draft)
        names = {f"i{number}": in_yaml(given.of[each]) for number, each in enumerate(self.draft.inputs)}
        taken = set(names.values())
        for mark in sorted([mark for mark in marks if mark.isdecimal()], key=int):
            names[mark] = free_name(name_of(self.regions.pieces[int(mark)]), taken, self.blocks.found)
        return names


def _with_inside(piece: Piece) -> Iterator[Piece]:
    """A piece, what is inside it, and what its calls stand for."""
    yield piece
    for chain in (*piece.chains, piece.inside):
        for each in chain:
            yield from _with_inside(each)


def _named_inside(block: FoundBlock) -> dict[str, str]:
    """What the entries of a block are called that others in it name."""
    named = {mark for text in texts_in(block.pieces) for mark in marks_in(text)}
    taken = {argument.name for argument in block.arguments}
    names = {}
    for piece in walk(block.pieces):
        if piece.label in named:
            piece.name = names[piece.label] = free_name(f"{piece.kind}_out", taken, ())
    return names
