"""What every drawing asks of entries: what is one box, what it is called, and what is written in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from cnncalc.graph.entry_words import are_set_alike
from cnncalc.layers.merging import Merge
from cnncalc.source.diagnostics import excerpt

if TYPE_CHECKING:
    from cnncalc.graph import Entry, Node

LONGEST = 60
"""The most characters of a text that is not broken."""

ROLES = ("input", "weighted", "plain", "merge", "block")
"""What a box is: an input of the model, a layer with weights, one without, one that joins several tensors, or a block
that is not opened."""


def placed_by(entry: Entry) -> Entry:
    """What `share` places again, under its own name; otherwise the entry itself."""
    return placed_by(entry.children[0]) if entry.kind == "share" else entry


def is_scope(entry: Entry) -> bool:
    """Whether what is inside has names of its own: in a block, a named group, copies, but not in a residual."""
    return entry.children[0].name.startswith(f"{entry.name}.")


def entry_layers(entries: Sequence[Entry]) -> list[Node]:
    """All layers of entries and of what is inside them."""
    return [node for entry in entries for each in entry.walk() for node in each.nodes]


def role_of(node: Node) -> str:
    """One of `ROLES`, for a layer."""
    if isinstance(node.layer, Merge) and len(node.inputs) > 1:
        return "merge"
    return "weighted" if node.weights else "plain"


# -- texts


def printed(text: str, longest: int = LONGEST) -> str:
    """A text of a spec on one line that is not too long, without characters that are not seen."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in excerpt(text, longest))


def short_name(copies: Sequence[Entry], run: Entry | None) -> str:
    """The last part of a name; of copies with that of their run: `body.0`, `body.1…3`."""
    first, last = (entry.name.rpartition(".")[2] for entry in (copies[0], copies[-1]))
    name = first if first == last else f"{first}…{last}"
    return f"{run.name.rpartition('.')[2]}.{name}" if run else name


def words_text(words: tuple[str, Sequence[str]]) -> str:
    """`conv 3×3, 8 filters, relu`."""
    kind, details = words
    return f"{kind} {', '.join(details)}".rstrip()


def broken_words(words: tuple[str, Sequence[str]], longest: int, length: Callable[[str], int] = len) -> Sequence[str]:
    """The same, broken between settings.

    Args:
        longest: how long a line may be, unless a single setting is longer.
        length: how long a text is: by default its characters.
    """
    kind, details = words
    *lines, last = _broken((words_text((kind, details[:1])), *details[1:]), longest, length)
    return [*(f"{line}," for line in lines), last]


@lru_cache(1024)  # copies in many places are the same
def _broken(parts: Sequence[str], longest: int, length: Callable[[str], int]) -> Sequence[str]:
    """Parts on as few lines as there have to be, of about the same length."""
    parts = tuple(map(printed, parts))
    width = longest
    lines = _filled(parts, width, length)
    while fitting := [each for each in map(length, lines) if each <= width]:
        width = max(fitting) - 1  # any line between these is the same
        if len(narrower := _filled(parts, width, length)) > len(lines):
            break
        lines = narrower
    return lines


def _filled(parts: Sequence[str], width: int, length: Callable[[str], int]) -> list[str]:
    """Parts on lines that are no longer than this, unless a part is."""
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]}, {part}"
        if length(joined) > width:
            lines.append(part)
        else:
            lines[-1] = joined
    return lines


# -- equal copies


def equal_ones(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Entries that follow one another and are the same but for their names and what they read, together."""
    start = 0
    for index, entry in enumerate(entries):
        if index and not _are_equal(entries[start], entry):
            yield entries[start:index]
            start = index
    yield entries[start:]


def are_all_equal(entries: Sequence[Entry]) -> bool:
    """Whether all entries are the same in this sense."""
    return len(next(iter(equal_ones(entries)))) == len(entries)


def _are_equal(one: Entry, other: Entry) -> bool:
    if one.kind != other.kind or len(one.nodes) != len(other.nodes) or len(one.children) != len(other.children):
        return False
    return all(map(_are_equal_layers, one.nodes, other.nodes)) and all(map(_are_equal, one.children, other.children))


def _are_equal_layers(one: Node, other: Node) -> bool:
    return one.output == other.output and one.input_shapes == other.input_shapes and are_set_alike(one, other)
