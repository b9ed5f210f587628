"""The report of `specs`: the shipped models, their variants and their numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import last_local, origin
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.document import Block, Column, Heading, Table
from cnncalc.report.text import per_axis, short_count

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis


class Shipped(NamedTuple):
    """A shipped spec: as it stands, and its variants; None for one that is known by name alone."""

    analysis: Analysis
    variants: Mapping[str, Analysis | None]


def specs_document(specs: Mapping[str, Shipped]) -> list[Block]:
    """A row a spec that names its variants, or rows for these too where they were analysed."""
    titles = ("name", "input", "parameters", "MACs", "field", "what it is")
    columns = [Column(title, title in ("input", "parameters", "MACs", "field")) for title in titles]
    rows = []
    for name, spec in specs.items():
        analysed = {variant: each for variant, each in spec.variants.items() if each}
        named = "" if analysed or not spec.variants else f" ({', '.join(spec.variants)})"
        rows.append([name, *_numbers(spec.analysis), _first_sentence(spec.analysis.spec.description) + named])
        rows += [[f"  {variant}", *_numbers(each), ""] for variant, each in analysed.items()]
    return [Heading("Shipped specs", "cnncalc summarize NAME"), Table(columns, rows)]


def _numbers(analysis: Analysis) -> Sequence[str]:
    inputs = ", ".join(node.output.text(analysis.spec.layout) for node in analysis.spec.graph.inputs)
    fields = [per_axis(found["size"]) if found else "global" for found in _fields(analysis).values()]
    return inputs, short_count(analysis.totals.params), short_count(analysis.totals.macs), ", ".join(fields)


def _fields(analysis: Analysis) -> dict[str, dict[str, Any] | None]:
    """The last local field in each input, and the layer that made it; None where there is none."""
    found: dict[str, dict[str, Any] | None] = {}
    for source in analysis.spec.graph.inputs:
        end = last_local(analysis, source)
        found[source.name] = end and {
            "layer": origin(analysis, end, source).name,
            "size": list(end.fields[source.name].size),
        }
    return found


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    return re.split(r"\. (?=[A-Z])", line)[0].rstrip(".")  # in `et al. (2015)` none ends


def specs_json(specs: Mapping[str, Shipped]) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/specs`, version 1."""
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


def _numbers_json(analysis: Analysis) -> dict[str, Any]:
    layout = analysis.spec.layout
    return {
        "inputs": [
            {"name": node.name, "shape": list(node.output.sizes(layout))} for node in analysis.spec.graph.inputs
        ],
        "params": analysis.totals.params,
        "macs": analysis.totals.macs,
        "last_local_field": _fields(analysis),
    }
