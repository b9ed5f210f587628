"""What the panel shows while no layer is selected: the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import AtLeast, layers_text
from cnncalc.report.page.panel._places import base_name
from cnncalc.report.text import number, printable
from cnncalc.report.views.summarize import inputs_text, outputs_text, total_facts

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel

_MOST_REMARKS = 20
_LAYOUTS = {"channels_last": "channels last", "channels_first": "channels first"}


def model_data(model: PageModel) -> dict[str, Any]:
    """Labels and values, each with the layer that it names if it names one, and sentences."""
    id = model.texts.id
    return {
        "description": id(printable(model.spec.description.strip())),
        "facts": [[id(label), id(printable(value)), *_named(model, label)] for label, value in _facts(model)],
        "notes": [id(note) for note in _notes(model)],
    }


def _facts(model: PageModel) -> Iterator[tuple[str, str]]:
    spec, analysis = model.spec, model.analysis
    graph = spec.graph
    yield ("input" if len(graph.inputs) == 1 else "inputs"), inputs_text(spec)
    yield ("output" if len(graph.outputs) == 1 else "outputs"), outputs_text(spec, is_named=True)
    entries = sum(1 for entry in analysis.walk() if entry.layers)
    yield "layers", f"{number(len(analysis.layers))} in {number(entries)} {'entry' if entries == 1 else 'entries'}"
    yield from total_facts(analysis)
    yield "convention", spec.convention
    yield "layout", _LAYOUTS[spec.layout]
    yield "numbers", analysis.dtype if analysis.batch == 1 else f"{analysis.dtype}, batch of {analysis.batch}"
    if spec.variant:
        yield "variant", spec.variant
    yield "file", base_name(spec.source)


def _named(model: PageModel, label: str) -> list[int]:
    peak_at = model.analysis.totals.peak_at
    return [model.ids[each.node] for each in model.analysis.layers if label == "peak" and each.name == peak_at]


def _notes(model: PageModel) -> Iterator[str]:
    """What is unknown, and what was found while the file was read."""
    unknown = [total for total in (model.analysis.totals.params, model.analysis.totals.macs) if type(total) is AtLeast]
    if unknown:
        layers = layers_text(max(total.layers for total in unknown))
        yield f"The totals are lower bounds: {layers}. Unknown is never counted as 0."
    remarks = [each for each in model.spec.remarks if not each.is_error]
    for each in remarks[:_MOST_REMARKS]:
        yield printable(f"Line {each.span.line}: {each.message} ({each.code}).")
    if len(remarks) > _MOST_REMARKS:
        yield f"{number(len(remarks) - _MOST_REMARKS)} more: `cnncalc validate` lists them."
