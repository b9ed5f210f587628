"""The report of `specs`: the shipped models, their variants and their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc.analysis import Analysis, analyze
from cnncalc.analysis.field_coverage import last_local, origin
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Cell, Column, Heading, Table
from cnncalc.report._model_json import inputs_json, sizes_json
from cnncalc.report.report import Records, Report
from cnncalc.report.text import per_axis, short_count
from cnncalc.report.views.summarize import inputs_text
from cnncalc.source.files import read_file
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides


class Shipped(NamedTuple):
    """A shipped spec: itself, and its variants; None for a variant of which only the name is known."""

    analysis: Analysis
    variants: Mapping[str, Analysis | None]


class ShippedReport(Report):
    """The shipped specs by name."""

    __slots__ = ("specs",)

    def __init__(self, specs: Mapping[str, Shipped]) -> None:
        self.specs = specs

    @classmethod
    def of_all(cls, with_variants: bool = True) -> ShippedReport:
        """The report on all shipped specs; the numbers of their variants take most of the time."""
        return cls(
            {
                name: Shipped(
                    _analysed(path),
                    {
                        each: _analysed(path, each) if with_variants else None
                        for each, home in SHIPPED_VARIANTS.items()
                        if home == name
                    },
                )
                for name, path in shipped().items()
            }
        )

    def document(self) -> list[Block]:
        """One row per spec, which names its variants; also rows for these if they were analysed."""
        specs = self.specs
        titles = ("name", "input", "parameters", "MACs", "field", "what it is")
        columns = [Column(title, title in ("input", "parameters", "MACs", "field")) for title in titles]
        columns[1:5] = [each._replace(leaves=rank) for each, rank in zip(columns[1:5], (2, 0, 3, 1), strict=True)]
        rows: list[list[str | Cell]] = []
        for name, spec in specs.items():
            analysed = {variant: each for variant, each in spec.variants.items() if each}
            named = "" if analysed or not spec.variants else f" ({', '.join(spec.variants)})"
            rows.append([name, *_numbers(spec.analysis), _first_sentence(spec.analysis.spec.description) + named])
            rows += [[Cell([variant], 1), *_numbers(each), ""] for variant, each in analysed.items()]
        return [Heading("Shipped specs", "cnncalc summarize NAME"), Table(columns, rows)]

    def table(self) -> Records:
        """One row per spec and variant that was analysed."""
        keys = ("name", "input", "params", "macs", "receptive_field", "description")
        return Records(keys, (row for name, spec in self.specs.items() for row in _records(name, spec)))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/specs`, version 1."""
        specs = self.specs
        return {
            "schema": "cnncalc/specs",
            "version": 1,
            "specs": [
                {
                    "name": name,
                    "file": spec.analysis.spec.source.name,
                    "description": spec.analysis.spec.description,
                    **_numbers_json(spec.analysis),
                    "variants": [
                        {"name": variant, **(_numbers_json(each) if each else {})}
                        for variant, each in spec.variants.items()
                    ],
                }
                for name, spec in specs.items()
            ],
        }


def _analysed(path: str, variant: str | None = None) -> Analysis:
    spec, mistakes = read(read_file(path), Overrides(variant=variant))
    assert spec is not None, mistakes
    return analyze(spec)


def _records(name: str, spec: Shipped) -> Iterator[list[Any]]:
    for each, analysis in {name: spec.analysis, **spec.variants}.items():
        if analysis:
            totals = analysis.totals
            inputs, _, _, field = _numbers(analysis)
            about = _first_sentence(analysis.spec.description) if each == name else ""
            yield [each, inputs, totals.params, totals.macs, field, about]


def _numbers(analysis: Analysis) -> Sequence[str]:
    inputs = inputs_text(analysis.spec)
    ends = analysis.end.fields
    others = {name: ends[name].status if name in ends else "global" for name in _fields(analysis)}
    fields = [per_axis(found["size"]) if found else others[name] for name, found in _fields(analysis).items()]
    return inputs, short_count(analysis.totals.params), short_count(analysis.totals.macs), ", ".join(fields)


def _fields(analysis: Analysis) -> dict[str, dict[str, Any] | None]:
    """The last local field in each input, and the layer that made it; None where there is none."""
    found: dict[str, dict[str, Any] | None] = {}
    for source in analysis.spec.graph.inputs:
        end = last_local(analysis, source)
        found[source.name] = end and {
            "layer": origin(analysis, end, source).name,
            "size": sizes_json(end.fields[source.name]),
        }
    return found


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    return re.split(r"\. (?=[A-Z])", line)[0].rstrip(".")  # no sentence ends in `et al. (2015)`


def _numbers_json(analysis: Analysis) -> dict[str, Any]:
    return {
        "inputs": inputs_json(analysis.spec),
        "params": analysis.totals.params,
        "macs": analysis.totals.macs,
        "last_local_field": _fields(analysis),
    }
