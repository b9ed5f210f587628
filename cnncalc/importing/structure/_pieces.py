"""Pieces: entries of the spec that is being written, and what is inside them.

A layer that is read by name is `mark`ed in texts until it is known what it is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from cnncalc.graph import Node
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.importing.entry_text import setting_texts
from cnncalc.importing.structure._modules import Path, common_path, modules_of
from cnncalc.importing.structure._rejoined import Inputs
from cnncalc.layers import KINDS, layer_class
from cnncalc.settings.axes import AXES, CHANNELS, axes_of

POSITIONS = "positions"
"""All axes but the channels."""
MARK = "\0"
"""What a mark begins and ends with; no name has it."""

INSIDE = f"{MARK}@"
"""What the mark of a piece of a block begins with."""


class Piece:
    """An entry.

    Attributes:
        kind: of its own layer; `residual`, `share`, or the name of a block.
        settings: texts by name; of "", the value after the kind.
        branches: of a merge; of a residual, its entries and its shortcut. A branch that is a text is a mark.
        norm, activation: those that follow its own layer.
        layers: its own layer, its norm and its activation, as far as it has them.
        source: the mark of what it reads; "" if that is the entry before it.
        number: where it is in the order of the draft.
        label: what marks call what it ends in.
        path: the modules that it is in.
        c_in: how many channels enter it.
        inside: of the call of a block, and of copies, what they stand for.
        first: what is different in the first of several copies, by setting.
    """

    def __init__(self, kind: str, settings: dict[str, str], layers: list[DraftLayer], number: int) -> None:
        self.kind = kind
        self.settings = settings
        self.layers = layers
        self.number = number
        self.label = str(number)
        self.branches: list[Branch] = []
        self.norm: Piece | None = None
        self.activation: Piece | None = None
        self.source = ""
        self.name = ""
        self.inside: list[Piece] = []
        self.first: dict[str, str] = {}
        self.path: Path = ()
        self.c_in = 0

    @property
    def chains(self) -> list[list[Piece]]:
        """Its branches that are entries."""
        return [branch for branch in self.branches if isinstance(branch, list)]

    @property
    def size(self) -> int:
        """How many entries it is, with those inside it."""
        return 1 + sum([piece.size for chain in self.chains for piece in chain])

    @property
    def depth(self) -> int:
        """How many entries are inside one another."""
        return 1 + max([piece.depth for chain in self.chains for piece in chain], default=0)

    def in_order(self) -> Iterator[DraftLayer]:
        """All layers, in the order in which the reader of a spec places them."""
        for chain in [self.inside] if self.inside else self.chains:
            for piece in chain:
                yield from piece.in_order()
        yield from self.layers

    def __repr__(self) -> str:
        return f"<{self.kind} {self.settings} {self.branches}>"


Branch = list[Piece] | str
Mark = Callable[[Source], str]


class Read:
    """How often each output is read, and which of them by name.

    An output that a setting, a `share` or `outputs` names counts as read by name.

    Args:
        inputs: what each layer reads.
    """

    def __init__(self, draft: Draft, inputs: Inputs) -> None:
        self.times: dict[Source, int] = {}
        self.shared: set[DraftLayer] = set()
        for layer in draft.layers:
            for source in inputs[layer]:
                self._count(source)
            for value in layer.settings.values():
                if isinstance(value, DraftInput | DraftLayer | DraftOutput):
                    self._count(value)
            if layer.shares:
                self._count(layer.shares)
                self.shared |= {layer, layer.shares}
        if [*draft.outputs] != draft.layers[-1:]:
            for output in draft.outputs:
                self._count(output)

    def _count(self, source: Source) -> None:
        self.times[source] = self.times.get(source, 0) + 1
        if isinstance(source, DraftOutput):
            self._count(source.layer)


def pieces_of(draft: Draft, nodes: Mapping[DraftLayer, Node], read: Read) -> tuple[list[Piece], dict[Source, Piece]]:
    """A piece for each layer, its norm and activation inside; and the piece that each output comes from."""
    pieces: list[Piece] = []
    of: dict[Source, Piece] = {}
    number_of: dict[Source, str] = {each: f"i{number}" for number, each in enumerate(draft.inputs)}

    def mark(source: Source) -> str:
        layer, output = (source.layer, f".{source.name}") if isinstance(source, DraftOutput) else (source, "")
        return f"{MARK}{number_of[layer]}{MARK}{output}"

    for layer in draft.layers:
        before = of.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
        texts = _texts(layer, nodes[layer], draft, mark)
        if before and _follows(layer, before, read):
            _follow(before, layer, texts, bool(nodes[layer].weights))
            of[layer] = before
        else:
            of[layer] = Piece("share" if layer.shares else layer.kind, texts, [layer], len(pieces))
            of[layer].path = modules_of(layer)
            pieces.append(of[layer])
        number_of[layer] = str(of[layer].number)
    return pieces, of


def _texts(layer: DraftLayer, node: Node, draft: Draft, mark: Mark) -> dict[str, str]:
    """What is written for a layer, in words that depend on its input where these are shorter."""
    texts = setting_texts(layer, draft.convention, draft.layout, mark)
    axes = axes_of(len(node.x.spatial)) if len(node.x.spatial) in AXES else ()
    if "axes" in texts and tuple(layer.settings["axes"]) == axes[:-1]:
        texts["axes"] = POSITIONS
        if layer_class(layer.kind).settings["axes"].default == POSITIONS:
            del texts["axes"]
    taken, along = layer.settings.get("range"), layer.settings.get("axis", CHANNELS)
    if (
        isinstance(taken, tuple) and along == CHANNELS and taken[1] == node.x.channels
    ):  # positions have other sizes with `--input`
        texts[""] = f"[{taken[0]}, end]"
    return {**texts, "trainable": "false"} if node.is_frozen and not layer.shares else texts


def _follows(layer: DraftLayer, before: Piece, read: Read) -> bool:
    """Whether a layer can be the norm or activation of a piece."""
    last = before.layers[-1]
    if read.times.get(last) != 1 or not read.shared.isdisjoint((layer, last)) or before.kind not in KINDS:
        return False
    kind, own = layer_class(layer.kind), layer_class(before.kind)
    if layer.settings and any(isinstance(each, DraftInput | DraftLayer) for each in layer.settings.values()):
        return False
    is_norm = kind.is_norm and own.has_norm and not before.norm and not before.activation
    return is_norm or (kind.is_activation and own.has_activation and not before.activation)


def _follow(before: Piece, layer: DraftLayer, texts: dict[str, str], is_learned: bool) -> None:
    """Puts a norm or activation into a piece."""
    piece = Piece(layer.kind, texts, [], before.number)
    if layer_class(layer.kind).is_norm:
        before.norm = piece
    else:
        before.activation = piece
    if is_learned and "trainable" in before.settings:
        texts.setdefault("trainable", "true")  # what is inside an entry is frozen with it
    before.layers.append(layer)
    if not layer_class(before.kind).is_merge:
        before.path = common_path(before.path, modules_of(layer))


def walk(chain: Sequence[Piece]) -> Iterator[Piece]:
    """All pieces of a chain and inside them, outermost first."""
    pending = [*reversed(chain)]
    while pending:
        piece = pending.pop()
        yield piece
        for inner in reversed(piece.chains):
            pending.extend(reversed(inner))


def texts_in(chain: Sequence[Piece]) -> Iterator[str]:
    """All texts of settings and branches in a chain."""
    for piece in walk(chain):
        yield from (branch for branch in piece.branches if isinstance(branch, str))
        yield piece.source
        for each in (piece, piece.norm, piece.activation):
            if each:
                yield from each.settings.values()
        yield from piece.first.values()


def marks_in(text: str) -> Iterator[str]:
    """What is marked in a text."""
    yield from text.split(MARK)[1::2]


def as_block(pieces: Sequence[Piece], entering: str) -> list[Piece]:
    """Copies of pieces as they are in a block: what they read of one another is marked by where it is among them.

    Args:
        entering: the label of what enters; "" if it has none.
    """
    labels = {piece.label: f"{INSIDE}{place}{MARK}" for place, piece in enumerate(walk(pieces))}
    labels[entering] = "input"

    def renamed(text: str) -> str:
        if MARK not in text:
            return text
        return re.sub(f"{MARK}(.*?){MARK}", lambda mark: labels.get(mark[1], mark[0]), text)

    copies = [copied(piece, renamed) for piece in pieces]
    copies[0].source = ""
    for place, piece in enumerate(walk(copies)):
        piece.label = f"@{place}"
    return copies


def copied(piece: Piece, renamed: Callable[[str], str]) -> Piece:
    """The same entry with other texts."""
    copy = Piece(piece.kind, {name: renamed(text) for name, text in piece.settings.items()}, [], piece.number)
    copy.first = {name: renamed(text) for name, text in piece.first.items()}
    copy.source, copy.path, copy.c_in = renamed(piece.source), piece.path, piece.c_in
    copy.norm = piece.norm and copied(piece.norm, renamed)
    copy.activation = piece.activation and copied(piece.activation, renamed)
    copy.branches = [
        renamed(branch) if isinstance(branch, str) else [copied(each, renamed) for each in branch]
        for branch in piece.branches
    ]
    return copy
