"""What the panel shows of a layer as tables: its numbers, what it sees, and its settings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import AtLeast
from cnncalc.report.page._context import Distinct
from cnncalc.report.text import MANY_TEXTS, number, printable, size_in_bytes
from cnncalc.report.views.columns import share_text
from cnncalc.report.views.field_columns import FIELD_COLUMNS, OF_ONE_LAYER
from cnncalc.settings.setting import ByConvention

if TYPE_CHECKING:
    from cnncalc.analysis import LayerNumbers
    from cnncalc.analysis.field_coverage import Seen, Sight
    from cnncalc.layers.base import Layer
    from cnncalc.report.page._context import PageModel


class LayerTables:
    """Tables of labels and values, as ids of texts; equal rows and equal tables are there once."""

    def __init__(self, model: PageModel) -> None:
        self._model = model
        self._analysis = model.analysis
        self._id = model.texts.id
        self._layout = model.spec.layout
        self._rows: Distinct[tuple[int, ...]] = Distinct()
        self._tables: Distinct[tuple[int, ...]] = Distinct()
        self.settings_id = lru_cache(MANY_TEXTS)(self._settings_id)
        self._fields: dict[Sight, int] = {}
        self._titles = [self._id(FIELD_COLUMNS[key].head.title) for key in OF_ONE_LAYER]
        self._none = self._id("")

    def data(self) -> dict[str, Any]:
        """The lists that ids refer to: rows, and tables of them."""
        return {"rows": self._rows.all(), "tables": self._tables.all()}

    def _table(self, rows: Iterable[tuple[str, ...]]) -> int:
        return self._tables.id(tuple([self._rows.id(tuple(map(self._id, row))) for row in rows]))

    def numbers_id(self, layer: LayerNumbers) -> int:
        """The counts of a layer: label, value, and its share of the model's."""
        totals = self._analysis.totals
        rows = [
            ("values", number(layer.node.output.values), ""),
            ("parameters", number(layer.params), _of_all(totals.share("params", layer.params), layer.params)),
        ]
        if layer.non_trainable_params:
            rows += [
                ("trainable", number(layer.trainable_params), ""),
                ("non-trainable", number(layer.non_trainable_params), ""),
            ]
        memory = totals.share("activation_bytes", layer.activation_bytes)
        alive = totals.share("peak_activation_bytes", layer.alive_bytes)
        rows += [
            ("MACs", number(layer.macs), _of_all(totals.share("macs", layer.macs), layer.macs)),
            ("memory of its output", size_in_bytes(layer.activation_bytes), f"{share_text(memory)} of all"),
            ("alive while it runs", size_in_bytes(layer.alive_bytes), f"{share_text(alive)} of the peak"),
        ]
        return self._table(rows)

    def field_ids(self, seen: Iterable[Seen]) -> list[int]:
        """What a layer sees of each input: the id of the input's name and that of the table, in turn."""
        ids = []
        for each in seen:
            if each.sight not in self._fields:
                self._fields[each.sight] = self._field_table(each.sight)
            ids += [self._id(each.input.name), self._fields[each.sight]]
        return ids

    def _field_table(self, sight: Sight) -> int:
        """The facts that have something to say."""
        facts = zip(self._titles, self._model.field_facts(sight), strict=True)
        return self._tables.id(
            tuple([self._rows.id((title, text, self._none)) for title, text in facts if text != self._none])
        )

    def _settings_id(self, layer: Layer, convention: str) -> int:
        """The settings of a layer: name, value, whether that is the default, and what the setting means."""
        return self._table([self._setting(layer, name, value, convention) for name, value in vars(layer).items()])

    def _setting(self, layer: Layer, name: str, value: Any, convention: str) -> tuple[str, ...]:
        declared = layer.settings[name]
        text = printable(declared.show(value, self._layout))
        return name, text, _default_note(layer, name, convention), declared.meaning


def _of_all(share: float | None, value: int) -> str:
    """A share, where there is anything to share."""
    return f"{share_text(share)} of all" if value and not isinstance(value, AtLeast) else ""


def _default_note(layer: Layer, name: str, convention: str) -> str:
    """Whether a setting has the value that it has if nothing is written."""
    if layer.is_default(name):
        return "default"
    declared, text = layer.settings[name], layer.settings[name].default_text(convention)
    is_usual = text is not None and declared.type.is_written_as(vars(layer)[name], text)
    return f"default under {convention}" if isinstance(declared.default, ByConvention) and is_usual else ""
