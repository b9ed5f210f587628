"""What each layer sees of each input: maps, fields and what layers see, each of which is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import extent
from cnncalc.analysis.receptive_field import input_fields, units_along
from cnncalc.layers.words import LINES
from cnncalc.report.page._context import Distinct
from cnncalc.report.page._field._ways import ways_data
from cnncalc.report.views.field_box import GATED, PATTERN_TOO_LONG, reasons_unknown
from cnncalc.report.views.field_columns import FIELD_COLUMNS, OF_ONE_LAYER
from cnncalc.settings.axes import AXES

if TYPE_CHECKING:
    from cnncalc.analysis.field_coverage import Sight
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.graph import Node
    from cnncalc.layers.base import Reads
    from cnncalc.report.page._context import PageModel, Texts
    from cnncalc.settings.shape import Shape

EXACT = 2**53
"""Up to here a script's numbers are exact. What reaches further, after scores of strides on a single position, is said
to be vast, and not drawn."""
VAST = ("vast",)


def field_data(model: PageModel) -> dict[str, Any]:
    """What the page knows of receptive fields."""
    return _FieldsOfModel(model).data()


class _FieldsOfModel:
    def __init__(self, model: PageModel) -> None:
        self.model = model
        self.texts: Texts = model.texts
        self.inputs = {node: index for index, node in enumerate(model.spec.graph.inputs)}
        self.maps: Distinct[Any] = Distinct()
        self.fields: Distinct[Any] = Distinct()
        self.views: Distinct[Any] = Distinct()
        self.reasons = reasons_unknown(model.spec.graph)

    def data(self) -> dict[str, Any]:
        layers = self._layers()
        ways = ways_data(self.model, is_vast=VAST in self.fields)
        return {
            "inputs": [self._input(node) for node in self.inputs],
            "lines": [[[*map(self.texts.id, LINES[axis])] for axis in AXES[rank]] for rank in sorted(AXES)],
            "gated": self.texts.id(GATED),
            "facts": [self.texts.id(FIELD_COLUMNS[key].head.title) for key in OF_ONE_LAYER],
            "maps": self.maps.all(),
            "fields": self.fields.all(),
            "views": self.views.all(),
            "layers": layers,
            **ways,
        }

    def _input(self, node: Node) -> dict[str, Any]:
        return {"sizes": extent(node), "pixels": self._pixels(node)}

    def _pixels(self, node: Node) -> dict[str, Any] | None:
        if self.model.network is None:
            return None
        from cnncalc.forward.views.input_pixels import pixels_of

        found = pixels_of(self.model.network, node)
        return found and {
            "sizes": found.sizes,
            "steps": found.steps,
            "channels": found.channels,
            "values": found.base64,
            "words": self.texts.id(found.words),
        }

    def _layers(self) -> list[int]:
        """What each layer sees, as an index: the inputs, then the layers in the order of the forward pass."""
        own = input_fields(self.model.spec.graph)
        found: dict[Node, list[tuple[Any, ...]]] = {node: [] for node in self.model.nodes}
        for node in self.inputs:
            found[node].append(self._entry(node, node, own[node][node.name], None))
        for node, seen in self.model.seen.items():
            found[node] += [self._entry(node, source, sight.field, sight) for _, source, sight in seen]
        return [self.views.id((node.output.spatial, tuple(entries))) for node, entries in found.items()]

    def _entry(self, node: Node, source: Node, field: Field, sight: Sight | None) -> tuple[Any, ...]:
        """What a layer sees of an input: which, how, whether the layer changed that, facts, and why it is unknown."""
        how = self._field(field, node.output)
        why = self.texts.id(self.reasons.get(node, PATTERN_TOO_LONG)) if field.status == "unknown" else None
        is_changed = int(sight.is_changed) if sight else 0
        facts = self.model.field_facts(sight) if sight and how != VAST else ()
        return self.inputs[source], self.fields.id(how), is_changed, facts, why

    def _field(self, field: Field, output: Shape) -> tuple[Any, ...]:
        """Its status; per axis of the input, the map (None: all of it) and the axis of the layer along which it moves;
        whether it is gated.
        """
        if field.status != "local":
            return (field.status,)
        axes = [(field.along(axis), field.carrier(axis)) for axis in range(len(field.axes))]
        if not all(reads is None or _is_exact(reads, units_along(output, carrier)) for reads, carrier in axes):
            return VAST
        maps = [reads and self._map(reads, units_along(output, carrier)) for reads, carrier in axes]
        return "local", tuple(maps), tuple(carrier for _, carrier in axes), int(field.is_gated)

    def _map(self, reads: Reads, units: int) -> int:
        """How far it advances in a period, where it starts if it is causal, and the first and last positions.

        Of a period that is longer than the layer, no unit has the rest.
        """
        return self.maps.id((reads.advance, reads.start, reads.low[:units], reads.high[:units]))


def _is_exact(reads: Reads, units: int) -> bool:
    """Whether all positions that so many units see are numbers that scripts calculate with."""
    furthest = max(*map(abs, reads.low), *map(abs, reads.high))
    return furthest + reads.advance * (units // reads.period + 1) < EXACT
