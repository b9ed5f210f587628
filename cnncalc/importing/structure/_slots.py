"""What is different where the same entries occur several times: pieces put on top of one another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from cnncalc.errors import CnncalcError
from cnncalc.importing.structure._pieces import INSIDE, Branch, Piece
from cnncalc.layers import KINDS, layer_class

ABSENT = None
"""The value of a slot in an occurrence that does not have the entry."""
Value = str | None
MOST_MISSING = 2
"""The most entries in a row of a block that an occurrence does not have."""
FOLLOWERS = ("norm", "activation")


class Unlike(CnncalcError):
    """Entries that cannot be written as one."""


class Slot:
    """A place in a block whose text may differ.

    Attributes:
        piece: the entry that it is in.
        name: of the setting; `when` for whether the entry is there at all; `layer` for what a branch names.
        values: what is written in each occurrence.
        usual: what a text stands for that is not written.
        branch: which one that is.
        is_copied: whether it is in an entry with `repeat`, so that `c_in` is what enters each copy.
    """

    is_copied = False
    branch: int | None = None

    def __init__(self, piece: Piece, name: str, values: Sequence[Value], usual: str) -> None:
        self.piece = piece
        self.name = name
        self.values = tuple(values)
        self.usual = usual

    @property
    def known(self) -> list[str]:
        """The texts of the occurrences that have the entry."""
        return [value for value in self.values if value is not None]

    @property
    def is_constant(self) -> bool:
        return len(set(self.values) - {ABSENT}) <= 1

    def write(self, text: str) -> None:
        """Puts a text into the place."""
        if self.branch is not None:
            self.piece.branches[self.branch] = text
        elif self.name == "source":
            self.piece.source = text
        elif self.name.startswith("first."):
            self.piece.first[self.name.removeprefix("first.")] = text
        elif self.name in FOLLOWERS:
            self.piece.settings.pop(self.name, None)
            if text != self.usual:
                self.piece.settings[self.name] = text
        elif text == self.usual:
            self.piece.settings.pop(self.name, None)
        else:
            self.piece.settings[self.name] = text


class Template:
    """Entries that stand for several occurrences, with a slot wherever these may differ.

    Args:
        occurrences: the chains.
        in_line: writes a norm or activation as a text.
        usual: what a setting is where it is not written, by kind and name.
    """

    def __init__(
        self,
        occurrences: Sequence[Sequence[Piece]],
        in_line: Callable[[Piece], str],
        usual: Callable[[str, str], str],
    ) -> None:
        self.count = len(occurrences)
        self.slots: list[Slot] = []
        self._is_copied = False
        self._in_line = in_line
        self._usual = usual
        self.pieces = self._chain([list(each) for each in occurrences])

    def _slot(self, piece: Piece, name: str, values: Sequence[Value], usual: str) -> None:
        if len(set(values) - {ABSENT}) > 1 and any(value and INSIDE in value for value in values):
            raise Unlike  # they read different entries of the block
        self.slots.append(Slot(piece, name, values, usual))
        self.slots[-1].is_copied = self._is_copied

    def _chain(self, chains: Sequence[Sequence[Piece] | None]) -> list[Piece]:
        """The longest chain, with the pieces of the others that correspond to its own.

        Raises:
            Unlike: one of the others has a piece that it does not have.
        """
        longest = max([chain for chain in chains if chain is not None], key=len)
        keys = [key_of(piece) for piece in longest]
        aligned = [_aligned(chain, keys) for chain in chains]
        made = []
        for index in range(len(longest)):
            each = [None if chain is None else chain[index] for chain in aligned]
            made.append(self._piece(each, [chain is not None for chain in chains]))
        return made

    def _piece(self, pieces: Sequence[Piece | None], is_around: Sequence[bool]) -> Piece:
        """One piece for all.

        Args:
            is_around: in which occurrences there is the chain that it is in.
        """
        own = [piece for piece in pieces if piece]
        first = own[0]
        made = Piece(first.kind, dict(first.settings), [], first.number)
        made.label, made.c_in = first.label, first.c_in
        was_copied, self._is_copied = self._is_copied, self._is_copied or "repeat" in first.settings
        if len(own) < sum(is_around):
            present = [
                None if not around else "true" if piece else "false"
                for piece, around in zip(pieces, is_around, strict=True)
            ]
            self._slot(made, "when", present, "true")
        if any(piece.source for piece in own):
            if not all(piece.source for piece in own):
                raise Unlike
            self._slot(made, "source", [piece.source if piece else None for piece in pieces], "")
        self._settings(made, pieces)
        self._firsts(made, own, pieces)
        for role in FOLLOWERS:
            self._follower(made, role, pieces)
        self._branches(made, pieces)
        self._is_copied = was_copied
        return made

    def _settings(self, made: Piece, pieces: Sequence[Piece | None]) -> None:
        names = dict.fromkeys(name for piece in pieces if piece for name in piece.settings)
        for name in names:
            usual = self._usual(made.kind, name)
            self._slot(made, name, [piece.settings.get(name, usual) if piece else ABSENT for piece in pieces], usual)

    def _firsts(self, made: Piece, own: Sequence[Piece], pieces: Sequence[Piece | None]) -> None:
        """What is different in the first of several copies."""
        if len({tuple(piece.first) for piece in own}) > 1:
            raise Unlike
        for name in own[0].first:
            self._slot(made, f"first.{name}", [piece.first[name] if piece else ABSENT for piece in pieces], "")

    def _follower(self, made: Piece, role: str, pieces: Sequence[Piece | None]) -> None:
        """A norm or activation: its settings where all have the same; otherwise the whole of it."""
        each = [piece and getattr(piece, role) for piece in pieces]
        present = [piece for piece in pieces if piece]
        kinds = {getattr(piece, role) and getattr(piece, role).kind for piece in present}
        if kinds == {None}:
            return
        if len(kinds) == 1:
            first = next(follower for follower in each if follower)
            follower = Piece(first.kind, dict(first.settings), [], first.number)
            setattr(made, role, follower)
            self._settings(follower, each)
            return
        self._slot(made, role, [self._text(piece, role) if piece else ABSENT for piece in pieces], "none")

    def _text(self, piece: Piece, role: str) -> str:
        follower = getattr(piece, role)
        return self._in_line(follower) if follower else "none"

    def _branches(self, made: Piece, pieces: Sequence[Piece | None]) -> None:
        each = [piece.branches if piece else None for piece in pieces]
        counts = {len(branches) for branches in each if branches is not None}
        if len(counts) > 1:
            raise Unlike
        for index in range(counts.pop()):
            own = [None if branches is None else branches[index] for branches in each]
            made.branches.append(self._branch(made, index, own))

    def _branch(self, made: Piece, index: int, branches: Sequence[Branch | None]) -> Branch:
        own = [branch for branch in branches if branch is not None]
        if any(isinstance(branch, str) for branch in own):
            if not all(isinstance(branch, str) for branch in own):
                raise Unlike
            self._slot(made, "layer", [branch if isinstance(branch, str) else ABSENT for branch in branches], "")
            self.slots[-1].branch = index
            return str(own[0])
        is_shortcut = made.kind == "residual" and index == 1
        if any(own) and not all(own) and not is_shortcut:
            raise Unlike
        return self._chain([branch if isinstance(branch, list) else None for branch in branches]) if any(own) else []


def _aligned(chain: Sequence[Piece] | None, keys: Sequence[Hashable]) -> list[Piece | None] | None:
    """The pieces of a chain in the places of those with the same keys, the first that fits."""
    if chain is None:
        return None
    if len(keys) - len(chain) > MOST_MISSING and chain:
        raise Unlike
    left = list(chain)
    found: list[Piece | None] = []
    for place, key in enumerate(keys):
        fits = left and key_of(left[0]) == key and len(left) <= len(keys) - place
        found.append(left.pop(0) if fits else None)
    if left:
        raise Unlike
    return found


def key_of(piece: Piece) -> Hashable:
    """What two pieces have in common that may be one entry of a block."""
    is_point = piece.settings.get("kernel", piece.settings.get("", "")) == "1" if piece.kind in KINDS else False
    return piece.kind, is_point


def likeness_of(piece: Piece) -> Hashable:
    """What two pieces have in common that differ in nothing but texts of settings, or in a shortcut."""
    return plain_likeness(piece), piece.norm.kind if piece.norm else "", piece.activation is not None


def plain_likeness(piece: Piece) -> Hashable:
    """The same, whatever norm and activation follow."""
    branches = piece.branches[:1] if piece.kind == "residual" else piece.branches
    inner = tuple(["name" if isinstance(branch, str) else tuple(map(likeness_of, branch)) for branch in branches])
    return key_of(piece), tuple(piece.first), inner


def usual_text(kind: str, name: str, convention: str) -> str:
    """What a setting of a layer is where it is not written."""
    if name == "trainable":
        return "true"
    if name in ("repeat", "skip"):
        return {"repeat": "1", "skip": "true"}[name]
    if kind not in KINDS or name not in layer_class(kind).settings:
        return "none"
    return layer_class(kind).settings[name].default_text(convention) or "none"
