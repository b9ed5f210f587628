"""What the colours of a figure mean."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.exporting.drawing.figure.bodies import label_width
from cnncalc.exporting.drawing.figure.placing import PlacedFigure
from cnncalc.named_tuple import NamedTuple

COLOURS = {
    "input": "F7F7F7",
    "convolutional": "F6D28B",
    "pooled": "C0503C",
    "connected": "6C93C7",
    "closed": "A5C896",
    "other": "E4E1EE",
}
"""The colour of each look. In grey, each is lighter or darker than all others."""
OUTPUT = "output"
"""What has a thick outline, in a figure with several outputs."""
LEGEND = {
    "input": "input",
    "convolutional": "convolutional layer",
    "pooled": "pooling layer",
    "connected": "dense layer",
    "closed": "several layers",
    "other": "other layer",
    OUTPUT: "output",
}
"""What the legend says of each."""
SWATCH, HIGH, TEXT_AT = 0.28, 0.22, 0.38
"""How wide and how high a patch of colour is, and how far from its left end the text begins."""
ROOM_BELOW = 0.6
"""Between the figure and the middle of the legend."""


class LegendItem(NamedTuple):
    """A patch of colour and what it means.

    Attributes:
        x: its left end.
    """

    look: str
    text: str
    x: float


def marks_outputs(drawn: PlacedFigure) -> bool:
    """Whether outputs have a thick outline: where there are several."""
    return sum(each.stack.is_output for each in drawn.stacks) > 1


def legend_of(drawn: PlacedFigure, texts: Mapping[str, str] = LEGEND) -> tuple[list[LegendItem], float]:
    """What there is in a figure, from left to right, and how wide that is."""
    used = {slab.slab.look for each in drawn.stacks for slab in each.slabs}
    if marks_outputs(drawn):
        used.add(OUTPUT)
    items, x = [], 0.0
    for look, text in texts.items():
        if look in used:
            items.append(LegendItem(look, text, x))
            x += TEXT_AT + label_width(text) + 0.5
    return items, x
