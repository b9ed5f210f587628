"""What is written in a box, and how large the box is that this fits in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.entries import broken_words, printed, words_text
from cnncalc.exporting.drawing.layout.placed import LINE_HEIGHT, NAME_SIZE, NO_FOOT, PAD, Foot
from cnncalc.exporting.drawing.layout.text_width import helvetica_width, shortened
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.exporting.drawing.layout._contents import Content

_WIDEST = 236
"""The longest line of a box."""
_LINE = 190
"""The longest line that is made of several settings."""
_BESIDE_TEXT = 12
_NARROWEST = 56


class WrittenBox(NamedTuple):
    """The texts of a `PlacedBox`, and its size."""

    name: str
    lines: tuple[str, ...]
    shape: str
    title: str
    w: float
    h: float


def written_box(content: Content, least: float, foot: Foot) -> WrittenBox:
    """What is written in a box.

    Args:
        least: how wide it has to be for the edges that end at it.
        foot: what else it has room for.
    """
    times = f" ×{content.times:,}" if content.times > 1 else ""
    whole = printed(content.name)
    name = shortened(whole, _WIDEST - helvetica_width(times, NAME_SIZE, True), NAME_SIZE, True) + times
    lines = tuple(shortened(line, _WIDEST) for line in broken_words(content.words, _LINE, helvetica_width) if line)
    shape = shortened(content.shape, _WIDEST)
    widths = [helvetica_width(name, NAME_SIZE, True), *map(helvetica_width, (*lines, shape))]
    if content.role == "input":
        foot = NO_FOOT
    width = max(max(widths) + 2 * _BESIDE_TEXT, _NARROWEST, least, foot.width)
    height = LINE_HEIGHT * (len(lines) + bool(name) + bool(shape)) + 2 * PAD + foot.height
    said = [printed(words_text(content.words), 300), content.shape]
    title = ": ".join(filter(None, [whole + times, ", ".join(filter(None, said))]))
    return WrittenBox(name, lines, shape, title, float(width + width % 2), float(height))
