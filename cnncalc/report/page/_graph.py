"""The graph, for `web/src/graph.ts`: drawings of which one holds the others, and the numbers of what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.exporting.drawing.layout import HEAD, LINE_HEIGHT, MARGIN, SIDE
from cnncalc.layers import FAMILY_WORDS, family_words
from cnncalc.layers.base import plural
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.page._context import FOOT
from cnncalc.report.text import short_count, size_in_bytes
from cnncalc.report.views.columns import share_text

if TYPE_CHECKING:
    from cnncalc.exporting.drawing.layout import PlacedBox, PlacedDrawing, PlacedEdge
    from cnncalc.graph import Node
    from cnncalc.report.page._context import PageModel


class _Quantity(NamedTuple):
    """What a box has a share of.

    Attributes:
        key: the attribute of layers and of the totals.
        short: a number as it is written in a box.
        full: the same with every digit, and with what it counts.
    """

    name: str
    key: str
    short: Callable[[int], str]
    full: Callable[[int], str]


_QUANTITIES = (
    _Quantity("parameters", "params", short_count, lambda value: plural(value, "parameter")),
    _Quantity("MACs", "macs", short_count, lambda value: plural(value, "MAC")),
    _Quantity("memory", "activation_bytes", size_in_bytes, lambda value: f"{size_in_bytes(value)} of activations"),
)
_FAMILIES = ("input", *FAMILY_WORDS, "group")


def graph_data(model: PageModel) -> dict[str, Any]:
    """All drawings; the first is the model with its groups closed."""
    drawings = _Drawings(model)
    drawings.add(model.drawing)
    return drawings.data()


class _Drawings:
    """Drawings in columns. What several boxes have in common is there once, and they say where."""

    def __init__(self, model: PageModel) -> None:
        self.model = model
        self.drawings: list[dict[str, Any]] = []
        self.sets: dict[tuple[int, ...], int] = {}

    def data(self) -> dict[str, Any]:
        """What the page gets."""
        id = self.model.texts.id
        return {
            "drawings": self.drawings,
            "families": [{"key": words.partition(" ")[0], "words": id(words)} for words in _FAMILIES],
            "quantities": [self._quantity_data(quantity) for quantity in _QUANTITIES],
            "numbers": [self._numbers_data(values) for values in self.sets],
            "measures": {"head": HEAD, "side": SIDE, "margin": MARGIN, "line": LINE_HEIGHT, "foot": FOOT.height},
        }

    def add(self, drawing: PlacedDrawing) -> int:
        """Adds a drawing and those in it; its index."""
        index = len(self.drawings)
        self.drawings.append({})
        self.drawings[index] = {
            "width": _short(drawing.width),
            "height": _short(drawing.height),
            "rows": [_short(edge) for row in drawing.rows for edge in row],
            "ins": list(map(_short, drawing.ins)),
            "outs": list(map(_short, drawing.outs)),
            "boxes": self._boxes_data(drawing.boxes),
            "edges": _edges_data(drawing.edges),
        }
        return index

    def _quantity_data(self, quantity: _Quantity) -> dict[str, int]:
        id = self.model.texts.id
        total = getattr(self.model.analysis.totals, quantity.key)
        return {"name": id(quantity.name), "whole": id(f"share of {quantity.full(total)}")}

    def _boxes_data(self, boxes: Sequence[PlacedBox]) -> dict[str, Any]:
        id = self.model.texts.id
        return {
            "x": [_short(box.x) for box in boxes],
            "y": [_short(box.y) for box in boxes],
            "width": [_short(box.w) for box in boxes],
            "height": [_short(box.h) for box in boxes],
            "row": [box.row for box in boxes],
            "name": [id(box.name) for box in boxes],
            "lines": [list(map(id, box.lines)) for box in boxes],
            "shape": [id(box.shape) for box in boxes],
            "words": [id(box.title) for box in boxes],
            "family": [_family(box) for box in boxes],
            "layers": [self._runs(box.nodes) for box in boxes],
            "numbers": [self._set(box) for box in boxes],
            "times": {place: box.times for place, box in enumerate(boxes) if box.times > 1},
            "copies": {place: list(map(self._runs, box.copies)) for place, box in enumerate(boxes) if box.copies},
            "inside": {place: self.add(box.inside) for place, box in enumerate(boxes) if box.inside},
            "outputs": {place: 1 for place, box in enumerate(boxes) if box.is_output},
        }

    def _runs(self, nodes: Iterable[Node]) -> list[int]:
        """Layers as runs: the id of the first and how many follow one another, then the next run."""
        runs: list[int] = []
        for id in (self.model.ids[node] for node in nodes):
            if runs and id == runs[-2] + runs[-1]:
                runs[-1] += 1
            else:
                runs += [id, 1]
        return runs

    # -- numbers

    def _set(self, box: PlacedBox) -> int:
        """Which numbers a box has; -1 for an input."""
        values = box_numbers(self.model, box)
        return self.sets.setdefault(values, len(self.sets)) if values else -1

    def _numbers_data(self, values: tuple[int, ...]) -> dict[str, Any]:
        shares = [self._share_data(quantity, value) for quantity, value in zip(_QUANTITIES, values, strict=True)]
        return {"byKind": self.model.texts.id(params_note(values)), "shares": shares}

    def _share_data(self, quantity: _Quantity, value: int) -> dict[str, Any]:
        id = self.model.texts.id
        share = self.model.analysis.totals.share(quantity.key, value) if value else 0.0
        of_all = [share_text(share)] if share else []
        return {
            "short": id(" · ".join([quantity.short(value), *of_all])),
            "full": id(", ".join([quantity.full(value), *of_all])),
            "share": share if share is None else round(share, 4),
        }


def box_numbers(model: PageModel, box: PlacedBox) -> tuple[int, ...]:
    """What a box has of each quantity, with all the copies that it stands for; nothing for an input."""
    copies = (box.nodes, *box.copies[: box.times - 1])
    layers = [model.numbers[node] for nodes in copies for node in nodes if node in model.numbers]
    return tuple(sum(getattr(layer, quantity.key) for layer in layers) for quantity in _QUANTITIES if layers)


def params_note(values: tuple[int, ...]) -> str:
    """What is written in a box that is coloured by kind."""
    return f"{short_count(values[0])} params"


def family_key(box: PlacedBox) -> str:
    """What a box is told apart by where boxes are coloured by kind: `convolution`, as a class of CSS."""
    return _FAMILIES[_family(box)].partition(" ")[0]


def _family(box: PlacedBox) -> int:
    if box.role == "input":
        return 0
    return _FAMILIES.index("group" if box.inside else family_words(box.nodes[0].kind))


def _short(length: float) -> float:
    """The same number; JSON would write a whole one as `84.0`."""
    return int(length) if length == int(length) else length


def _edges_data(edges: Sequence[PlacedEdge]) -> dict[str, Any]:
    return {
        "source": [edge.source for edge in edges],
        "target": [edge.target for edge in edges],
        "sourcePort": [edge.source_port for edge in edges],
        "targetPort": [edge.target_port for edge in edges],
        "leaves": [_short(edge.leaves) for edge in edges],
        "enters": [_short(edge.enters) for edge in edges],
        "lanes": {place: list(map(_short, edge.lanes)) for place, edge in enumerate(edges) if edge.lanes},
        "sizeAlone": {place: 1 for place, edge in enumerate(edges) if edge.is_size_alone},
    }
