"""Values, for `web/src/values.ts`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.report.formats.html import html_escaped
from cnncalc.source.diagnostics import DataError

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.report.page._context import PageModel


def values_data(model: PageModel) -> dict[str, Any] | None:
    """What the page knows of the values of a model; None if it was asked to leave them out."""
    if model.network:
        return _run(model, model.network)
    return {"missing": model.texts.id(_left_out(model.not_run))} if model.not_run else None


def values_notice(model: PageModel) -> Iterator[str]:
    """What has to be known before any value is looked at, as HTML."""
    notices = [_left_out(model.not_run)] if model.not_run else []
    if model.network:
        from cnncalc.report.page.values.provenance import Provenance

        notices = list(Provenance(model.network).notices())
    if notices:
        yield f'<p class="notice">{" ".join(map(_html, notices))}</p>'


def _left_out(reason: str) -> str:
    return f"Values are left out: {reason}."


def _html(text: str) -> str:
    """A text with `code` in it."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html_escaped(text))


def _run(model: PageModel, network: Network) -> dict[str, Any]:
    """Runs the network and keeps what the page shows of each tensor."""
    from cnncalc.forward.run.overflow import quiet
    from cnncalc.forward.views.trace import is_traceable
    from cnncalc.report.page.values import maps, steps
    from cnncalc.report.page.values.networks import TOO_LITTLE_MEMORY, finding_text
    from cnncalc.report.page.values.provenance import Provenance
    from cnncalc.report.progress import progress

    graph, texts = network.graph, model.texts
    nodes = [*graph.inputs, *graph.nodes]
    provenance = Provenance(network)
    untouched = [node for node in graph.nodes if node.layer and (node.layer.is_idle or provenance.is_neutral(node))]
    shown = maps.Maps(texts, maps.fineness_for(nodes, untouched, maps.ROOM // model.page_models))
    stepped = steps.WindowSteps(network, model.ids, texts, steps.ROOM / model.page_models)
    found: dict[int, dict[str, Any]] = {}
    unknown = _unknown(model)
    try:
        with progress("report", f"running {network.spec.name}", len(nodes)) as work, quiet():
            for node, values in network.tensors():
                about = found[model.ids[node]] = shown.of(node, values[0])
                about["from"] = texts.id(provenance.of(node))
                if node not in stepped and is_traceable(node):
                    about["first"] = ",".join("0" for _ in node.output.spatial)
                stepped.see(node, values[0])
                work.step()
    except DataError as error:
        unknown = finding_text(error.diagnostics[0])
    except MemoryError:
        unknown = TOO_LITTLE_MEMORY
    return {
        "strips": shown.strips,
        "layers": [found.get(number) for number in range(len(model.nodes))],
        "unknown": texts.id(f"The values of this layer are unknown: {unknown}."),
        "steps": stepped.layers,
        "maps": stepped.maps,
    }


def _unknown(model: PageModel) -> str:
    """Why some layers have no values, where some are opaque."""
    from cnncalc.graph.known_part import known_part

    opaque = [node.name for node in known_part(model.spec.graph).opaque]
    names = ", ".join(opaque[:3]) + (f" and {len(opaque) - 3} more" if len(opaque) > 3 else "")
    return f"nobody knows what {names} calculates" if opaque else "the run ended before it"
