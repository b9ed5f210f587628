"""`defaults`: settings that most layers of a kind have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from cnncalc.importing.structure._pieces import MARK, Piece, walk
from cnncalc.importing.structure._slots import FOLLOWERS, usual_text
from cnncalc.layers import KINDS, layer_class

SIZES = frozenset(
    {"", "kernel", "window", "stride", "dilation", "groups", "padding", "multiplier", "axis", "axes", "output"}
    | {"step", "range", "factor", "shape"}
)
"""Settings that a reader looks for in the entry itself."""
FEWEST = 3
"""The fewest entries that a default is for."""
Defaults = dict[str, dict[str, str]]


def take_defaults(chains: Sequence[Sequence[Piece]], convention: str, in_line: Callable[[Piece], str]) -> Defaults:
    """Takes out of entries what `defaults` can say for all of them, and returns that, by kind and setting.

    Args:
        chains: the layers, and the entries of each block.
        in_line: writes a norm or activation as a text.
    """
    entries: dict[str, list[Piece]] = defaultdict(list)
    followers: dict[str, list[Piece]] = defaultdict(list)
    for chain in chains:
        for piece in walk(chain):
            if piece.kind in KINDS:
                entries[piece.kind].append(piece)
            for role in FOLLOWERS:
                if isinstance(follower := getattr(piece, role), Piece):
                    followers[follower.kind].append(follower)
    found: Defaults = {}
    for kind in sorted(entries.keys() | followers.keys(), key=lambda kind: kind in entries):
        own = dict(_of_kind(kind, [*entries[kind], *followers[kind]], convention, in_line))
        if own:
            found[kind] = own
    return dict(sorted(found.items(), key=lambda pair: list(KINDS).index(pair[0])))


def _of_kind(
    kind: str, pieces: Sequence[Piece], convention: str, in_line: Callable[[Piece], str]
) -> Iterator[tuple[str, str]]:
    for name in [*layer_class(kind).settings, *FOLLOWERS]:
        texts = [_text(piece, name, in_line) for piece in pieces]
        text, times = Counter(texts).most_common(1)[0]
        usual = "none" if name in FOLLOWERS else usual_text(kind, name, convention)
        if not text or not _may_be_default(name, text) or times < FEWEST:
            continue
        absent = texts.count("")
        if times * len(f", {name}: {text}") <= absent * len(f", {name}: {usual}") + len(f"{kind}: {{{name}: {text}}}"):
            continue
        if absent * 2 > times:
            continue
        for piece, own in zip(pieces, texts, strict=True):
            _override(piece, name, usual) if not own else _take_out(piece, name) if own == text else None
        yield name, text


def _text(piece: Piece, name: str, in_line: Callable[[Piece], str]) -> str:
    """What an entry says of a setting; "" if it says nothing."""
    follower = getattr(piece, name) if name in FOLLOWERS else None
    return in_line(follower) if follower else piece.settings.get(name, "")


def _may_be_default(name: str, text: str) -> bool:
    is_size = name in SIZES and text not in ("same", "causal")
    return not is_size and "$" not in text and MARK not in text


def _override(piece: Piece, name: str, usual: str) -> None:
    piece.settings[name] = usual


def _take_out(piece: Piece, name: str) -> None:
    if name in FOLLOWERS:
        setattr(piece, name, None)
    piece.settings.pop(name, None)


def default_lines(defaults: Defaults, width: int) -> Iterator[str]:
    """The lines of `defaults`."""
    texts = [
        f"{kind}: {{{', '.join([f'{name}: {text}' for name, text in own.items()])}}}" for kind, own in defaults.items()
    ]
    line = f"defaults: {{{', '.join(texts)}}}"
    if len(line) <= width:
        yield line
        return
    yield "defaults:"
    yield from (f"  {text}" for text in texts)
