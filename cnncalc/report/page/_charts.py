"""Charts of parameters, MACs and memory, for `web/src/charts.ts`: what each bar stands for, and how high it is.

A chart has a bar per entry of the spec, per layer, or per group of entries to a depth as with `--depth`: a *level*.
Bars are in the order of the forward pass. Of a level with more bars than can be told apart, the page shows what is
inside one bar of a coarser level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.results import NOTES
from cnncalc.at_least import AtLeast
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.page._ticks import byte_ticks, count_ticks
from cnncalc.report.text import UNKNOWN, number, size_in_bytes
from cnncalc.report.views.columns import share_text
from cnncalc.report.views.rows import spanned
from cnncalc.report.views.summarize import total_facts

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers, LayerNumbers
    from cnncalc.report.page._context import PageModel

MOST_BARS = 200
"""More bars than this are not drawn next to each other."""

ALL_ENTRIES = "all entries"


class Bar(NamedTuple):
    """What a bar stands for; `layers` are in the order of the forward pass."""

    name: str
    layers: Sequence[LayerNumbers]


class ChartLevel(NamedTuple):
    """A way to divide a model into bars.

    Attributes:
        is_named: whether a bar may have another name than its first layer.
    """

    title: str
    bars: Sequence[Bar]
    is_named: bool = True


def charts_data(model: PageModel) -> dict[str, Any]:
    """What the charts of a model show."""
    found = levels(model.analysis)
    return {
        "most": MOST_BARS,
        "inputs": len(model.spec.graph.inputs),
        "quantities": _quantities_data(model, [bar for level in found for bar in level.bars]),
        "levels": [_level_data(model, level) for level in found],
        "entries": next(place for place, level in enumerate(found) if level.title == ALL_ENTRIES),
        "peak": _peak_data(model),
    }


# -- what the bars stand for


def levels(analysis: Analysis) -> list[ChartLevel]:
    """The levels, from the coarsest: entries to ever greater depths, all entries, all layers."""
    places = {layer.node: place for place, layer in enumerate(analysis.layers)}

    def in_order(bars: Iterable[Bar]) -> list[Bar]:
        return sorted(bars, key=lambda bar: places[bar.layers[0].node])

    layers = [Bar(layer.name, [layer]) for layer in analysis.layers]
    entries = in_order(Bar(entry.name, entry.layers) for entry in analysis.walk() if entry.layers)
    found: list[ChartLevel] = []
    depth = 1
    while len(bars := in_order(_to_depth(analysis.entries, depth, places))) < len(entries):
        if not found or len(bars) > len(found[-1].bars):
            found.append(ChartLevel("outermost entries" if depth == 1 else f"entries to depth {depth}", bars))
        if len(bars) > MOST_BARS:
            break
        depth += 1
    found += [ChartLevel(ALL_ENTRIES, entries, is_named=False), ChartLevel("all layers", layers, is_named=False)]
    if len(layers) == len(entries):
        found.pop()
    if len(found[0].bars) > MOST_BARS:
        found.insert(0, ChartLevel("runs of entries", list(_runs(found[0].bars))))
    return found


def _to_depth(entries: Iterable[EntryNumbers], depth: int, places: dict[Any, int]) -> Iterator[Bar]:
    """The entries that are not below that depth, the deepest with everything inside them."""
    for entry in entries:
        if depth > 1 and entry.children:
            if entry.layers:
                yield Bar(entry.name, entry.layers)
            yield from _to_depth(entry.children, depth - 1, places)
        elif layers := {layer.node: layer for each in entry.walk() for layer in each.layers}:
            yield Bar(entry.name, sorted(layers.values(), key=lambda layer: places[layer.node]))


def _runs(bars: Sequence[Bar]) -> Iterator[Bar]:
    """As few bars as are drawn, each of several that follow one another."""
    length = -(-len(bars) // MOST_BARS)
    for start in range(0, len(bars), length):
        run = bars[start : start + length]
        yield Bar(spanned(run[0].name, run[-1].name), [layer for bar in run for layer in bar.layers])


def _level_data(model: PageModel, level: ChartLevel) -> dict[str, Any]:
    texts, ids, first = model.texts, model.ids, model.analysis.layers[0].node
    owners = {layer.node: place for place, bar in enumerate(level.bars) for layer in bar.layers}
    in_order = (owners[node] for node in model.nodes[ids[first] :])
    peaks = [max(bar.layers, key=lambda layer: layer.alive_bytes) for bar in level.bars]
    params = [sum(layer.params for layer in bar.layers) for bar in level.bars]
    macs = [sum(layer.macs for layer in bar.layers) for bar in level.bars]
    totals = model.analysis.totals
    is_per_layer = len(level.bars) == len(owners)
    return {
        "title": texts.id(level.title),
        "names": [texts.id(bar.name) for bar in level.bars] if level.is_named else None,
        "layers": [ids[bar.layers[0].node] for bar in level.bars],
        # the bar of each layer, each as often as it follows itself
        "owners": None if is_per_layer else [each for bar, run in groupby(in_order) for each in (bar, len(list(run)))],
        "heights": [
            _heights(params, [texts.id(_counted(each, "parameter", totals.share("params", each))) for each in params]),
            _heights(macs, [texts.id(_counted(each, "MAC", totals.share("macs", each))) for each in macs]),
            _heights([each.alive_bytes for each in peaks], [texts.id(_alive(each)) for each in peaks]),
        ],
        "peaks": None if is_per_layer else [ids[each.node] for each in peaks],
        "outputs": [each.activation_bytes for each in peaks],
    }


def _heights(values: Sequence[int], words: Sequence[int]) -> dict[str, Any]:
    """The values; of those of which only a lower bound is known, that, by the number of the bar."""
    bounds = [[place, int(value)] for place, value in enumerate(values) if isinstance(value, AtLeast)]
    known = [None if isinstance(value, AtLeast) else value for value in values]
    return {"values": known, "bounds": bounds, "words": words}


# -- in words


def _counted(value: int, what: str, share: float | None) -> str:
    """`1,168 parameters, 4.2%`."""
    if isinstance(value, AtLeast) and value.is_unknown:
        return f"{what}s {UNKNOWN}"
    counted = f"{number(value)} {what}{'' if value == 1 else 's'}"
    return f"{counted}, {share_text(share)}" if share else counted


def _alive(layer: LayerNumbers) -> str:
    """`42.2 KiB alive, 21.1 KiB of it the output`."""
    return f"{size_in_bytes(layer.alive_bytes)} alive, {size_in_bytes(layer.activation_bytes)} of it the output"


def _quantities_data(model: PageModel, bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """Title, what stands beside it, and the ticks of the axis, of each chart."""
    analysis, texts = model.analysis, model.texts
    totals, facts = analysis.totals, dict(total_facts(analysis))
    of_bars: tuple[Callable[[Bar], int], ...] = (
        lambda bar: sum(int(layer.params) for layer in bar.layers),
        lambda bar: sum(int(layer.macs) for layer in bar.layers),
    )
    tops = [max(map(of_bar, bars)) for of_bar in of_bars]
    ticks = [*map(count_ticks, tops), byte_ticks(totals.peak_activation_bytes)]
    beside = (facts["parameters"], facts["MACs"], _memory_words(analysis))
    return [
        {
            "title": texts.id(title),
            "beside": texts.id(words),
            "ticks": [[step, [texts.id(text) for text in steps]] for step, steps in ladder],
        }
        for title, words, ladder in zip(("Parameters", "MACs", "Memory alive"), beside, ticks, strict=True)
    ]


def _memory_words(analysis: Analysis) -> str:
    """What the memory is of: `float32, batch of 4; the parameters take another 107.7 KiB`."""
    note = f" ({NOTES[analysis.dtype]})" if analysis.dtype in NOTES else ""
    batch = "" if analysis.batch == 1 else f", batch of {analysis.batch}"
    params = size_in_bytes(analysis.totals.param_bytes)
    return (
        f"of activations while each layer runs, in {analysis.dtype}{note}{batch}; the parameters take another {params}"
    )


def _peak_data(model: PageModel) -> dict[str, int]:
    totals = model.analysis.totals
    layer = next(layer for layer in model.analysis.layers if layer.name == totals.peak_at)
    text = f"peak {size_in_bytes(totals.peak_activation_bytes)} at {totals.peak_at}"
    return {"layer": model.ids[layer.node], "text": model.texts.id(text)}
