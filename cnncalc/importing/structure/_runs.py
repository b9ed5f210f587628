"""Copies one after the other: `repeat`, `first` and `for`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import reduce

from cnncalc.importing.structure._modules import common_path, stage_of
from cnncalc.importing.structure._pieces import MARK, Piece, texts_in

MOST_FIRST = 2
"""The most settings that may be different in the first copy."""


class Runs:
    """Writes equal entries one after the other as one, with `repeat`.

    Args:
        text_of: writes an entry on one line.
        may_differ: the arguments of a block that may be different in the first copy.
        is_named: whether something reads an entry by its name.
        usual: what an argument or setting is where it is not written, by kind and name.
    """

    def __init__(
        self,
        text_of: Callable[[Piece], str],
        may_differ: Callable[[str], Collection[str]],
        is_named: Callable[[Piece], bool],
        usual: Callable[[str, str], str],
    ) -> None:
        self._text_of = text_of
        self._may_differ = may_differ
        self._is_named = is_named
        self._usual = usual

    def joined(self, chain: Sequence[Piece]) -> list[Piece]:
        """The chain with runs in the place of their copies."""
        found: list[Piece] = []
        texts = [self._text_of(piece) for piece in chain]
        place = 0
        while place < len(chain):
            stop = self._end(chain, texts, place)
            run = chain[place:stop]
            found.append(self._repeated(run) if len(run) > 1 else run[0])
            place = stop
        return found

    def _end(self, chain: Sequence[Piece], texts: Sequence[str], start: int) -> int:
        """The place after the last copy of the run that begins at `start`."""
        stop = start + 1
        while stop < len(chain) and self._goes_on(chain[stop - 1], chain[stop]):
            is_first = stop == start + 1
            if texts[stop] != texts[stop - 1] and not (is_first and self._is_other_first(chain[start], chain[stop])):
                break
            stop += 1
        return stop

    def _goes_on(self, before: Piece, piece: Piece) -> bool:
        """Whether an entry may be the next copy of the one before it."""
        is_new = "repeat" not in before.settings and "repeat" not in piece.settings and not piece.source
        texts = [text for text in texts_in([before]) if text != before.source]
        is_closed = not self._is_named(before) and not any(MARK in text or "c_in" in text for text in texts)
        return is_new and is_closed and stage_of(before.path) == stage_of(piece.path)

    def _is_other_first(self, first: Piece, second: Piece) -> bool:
        """Whether the first call of a block may be a copy of the second with other settings."""
        different = differing(first, second)
        allowed = self._may_differ(first.kind)
        return (
            first.kind == second.kind
            and len(different) <= MOST_FIRST
            and all(name in allowed for name in different)
            and bool(allowed)
        )

    def _repeated(self, run: Sequence[Piece]) -> Piece:
        """One entry for all copies."""
        first, last = run[0], run[-1]
        piece = Piece(last.kind, dict(last.settings), [], last.number)
        piece.branches, piece.norm, piece.activation = last.branches, last.norm, last.activation
        piece.label = last.label
        piece.source, piece.c_in = first.source, first.c_in
        piece.path = reduce(common_path, [each.path for each in run])
        piece.first = {
            name: first.settings.get(name) or self._usual(first.kind, name) for name in sorted(differing(first, last))
        }
        piece.settings["repeat"] = str(len(run))
        piece.inside = list(run)
        return piece


def differing(one: Piece, other: Piece) -> set[str]:
    """The settings in which two entries differ."""
    return {
        name
        for name in one.settings.keys() | other.settings.keys()
        if one.settings.get(name) != other.settings.get(name)
    }
