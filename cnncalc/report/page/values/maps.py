"""The maps of a page: which pictures it has room for, and what stands beside them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from cnncalc.forward.views.pictures import Fineness, are_alike, extremes, picture_of
from cnncalc.layers.words import COORDINATES
from cnncalc.report.text import number
from cnncalc.report.views.running.tensors import largest_shares, short

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.views.pictures import MapPicture
    from cnncalc.graph import Node
    from cnncalc.report.page._context import Texts

ROOM = 150_000
"""The most characters that the maps of a page take, about."""
FINENESSES = tuple(
    Fineness(side, channels)
    for side, channels in ((40, 8), (28, 8), (20, 8), (20, 6), (20, 4), (14, 4), (10, 4), (7, 4))
)
"""How much of each layer is shown: the first that a page has room for. Of inputs, the first."""


def fineness_for(nodes: Sequence[Node], untouched: Sequence[Node], room: int) -> Fineness | None:
    """How much of each tensor a page has room for; None if there is not even room for the least.

    Args:
        untouched: the layers that show the picture of what they read, which takes no room.
    """
    counted = {*nodes}.difference(untouched)
    for fineness in FINENESSES:
        values = sum(_shown(node, fineness).values(node.output.spatial, node.output.channels) for node in counted)
        if encoded_size(values) <= room:
            return fineness
    return None


def _shown(node: Node, fineness: Fineness) -> Fineness:
    """How much of an input or a layer is shown."""
    return fineness if node.layer else FINENESSES[0]


def encoded_size(count: int) -> int:
    """How many characters so many bytes take."""
    return -(-count // 3) * 4


class Maps:
    """The maps of a model, one layer after another.

    Attributes:
        strips: the pictures, each once.
    """

    def __init__(self, texts: Texts, fineness: Fineness | None) -> None:
        self.strips: list[str] = []
        self._texts = texts
        self._fineness = fineness
        self._ids: dict[str, int] = {}
        self._pictures: dict[Node, tuple[MapPicture, int]] = {}

    def of(self, node: Node, values: Array) -> dict[str, Any]:
        """What is shown of a tensor, (*positions, channels)."""
        found: dict[str, Any] = self._range(values)
        if node.layer and node.layer.gives == "probabilities" and values.ndim == 1:
            shown, rest = largest_shares(values)
            found["bars"] = [[index, text] for index, _, text in shown]
            found["rest"] = None if rest is None else self._texts.id(_others(len(values) - len(shown), rest))
        elif self._fineness:
            seen = picture_of(values, _shown(node, self._fineness))
            found |= {
                "strip": self._strip(node, seen),
                "channels": seen.channels,
                "sizes": list(seen.sizes),
                "ends": [short(seen.low), short(seen.high)],
                "colours": _colours(node, seen, values.shape[-1]),
                "caption": self._texts.id(_caption(values.shape, seen)),
            }
        return found

    def _range(self, values: Array) -> dict[str, Any]:
        """The smallest and the largest value, as `forward` has them, and how many are no finite numbers."""
        found = extremes(values)
        ends = [short(found.low), short(found.high)]
        if isfinite(found.low) and isfinite(found.high):
            return {"range": ends}
        counts = [(found.infinite, "infinite"), (found.undefined, "NaN")]
        parts = [f"{number(count)} of {number(values.size)} are {what}" for count, what in counts if count]
        return {"range": ends, "special": self._texts.id(f"{', '.join(parts)}.")}

    def _strip(self, node: Node, seen: MapPicture) -> int:
        """Where the picture is: where that of its input is, if both look the same."""
        source = self._pictures.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if source and are_alike(seen, source[0]):
            strip = source[1]
        else:
            text = base64.b64encode(seen.codes).decode("ascii")
            strip = self._ids.setdefault(text, len(self.strips))
            if strip == len(self.strips):
                self.strips.append(text)
        self._pictures[node] = seen, strip
        return strip


def _colours(node: Node, seen: MapPicture, channels: int) -> str:
    """How values become colours: `grey` and `colour` are images, `both` has white at 0, `one` goes from dark to
    bright."""
    if node.layer is None and len(seen.sizes) == 2:
        if channels == seen.channels == 3:
            return "colour"
        if not seen.is_signed:
            return "grey"
    return "both" if seen.is_signed else "one"


def _others(count: int, share: str) -> str:
    others = "The other class has" if count == 1 else f"The other {number(count)} have"
    return f"{others} {share}{'' if count == 1 else ' together'}."


def _caption(shape: Sequence[int], seen: MapPicture) -> str:
    """`The first 8 of 64 channels, averaged down from 112×112 to 38×38.`"""
    *spatial, channels = shape
    what = "channels" if spatial else "values"
    if seen.channels == channels:
        parts = ["the only channel" if spatial else "the only value"] if channels == 1 else [f"all {channels} {what}"]
    else:
        parts = [f"the first {seen.channels} of {number(channels)} {what}"]
    if seen.plane is not None:
        parts.append(f"{COORDINATES[3][0]} {seen.plane} of 0 to {spatial[0] - 1}")
    sizes = spatial[-2:]
    if tuple(sizes) != seen.sizes:
        unit = " positions" if len(sizes) == 1 else ""
        before, after = ("×".join(map(number, each)) for each in (sizes, seen.sizes))
        parts.append(f"averaged down from {before} to {after}{unit}")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
