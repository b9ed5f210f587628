"""The report of `forward`: the values of a network's inputs and layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

from cnncalc.graph.entry_words import settings_parts
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Cell, Column, Facts, Heading, Hint, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.views.columns import layer_cell, settings_text, shorter_forms
from cnncalc.report.views.rows import WHOLE, Listing, flat_names
from cnncalc.report.views.running.tensors import bars, is_small, map_blocks, short, value_statistics

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Entry, Node

JSON_VALUES = 100_000
"""For a tensor with more values, JSON gives only the statistics."""


class ShownTensor(NamedTuple):
    """A tensor of the run: (*positions, channels), and whether it was asked for by name."""

    node: Node
    values: Array
    asked_for: bool = False


class Summary(NamedTuple):
    """A tensor of which only the statistics are kept."""

    node: Node
    least: float
    mean: float
    largest: float

    @classmethod
    def of(cls, node: Node, values: Array) -> Summary:
        """The statistics of an array."""
        return cls(node, *value_statistics(values).values())


class _ListedTensor(NamedTuple):
    """A line of the statistics."""

    summary: Summary
    name: str
    kind: Cell


class ForwardReport(Report):
    """The values of a network: tensors, and statistics of all layers."""

    __slots__ = (
        "hint",
        "is_summed_up",
        "listing",
        "network",
        "seed",
        "shown",
        "summaries",
    )

    def __init__(
        self,
        network: Network,
        shown: Sequence[ShownTensor],
        summaries: Sequence[Summary],
        seed: int,
        hint: bool = False,
        is_summed_up: bool = True,
        listing: Listing = WHOLE,
    ) -> None:
        self.network = network
        self.shown = shown
        self.summaries = summaries
        self.seed = seed
        self.hint = hint
        self.is_summed_up = is_summed_up
        self.listing = listing

    def document(self) -> list[Block]:
        """The tensors shown, each under its name; then the statistics of all layers, if wanted."""
        network, shown, summaries, seed, hint = self.network, self.shown, self.summaries, self.seed, self.hint
        blocks: list[Block] = [Heading(network.spec.name, _sources(network, seed))]
        for each in shown:
            blocks.extend(_tensor(network, each))
        if self.is_summed_up:
            blocks.append(_table(network, self._listed(), self.listing))
        if self.is_summed_up:
            broken = [each.node.name for each in summaries if not isfinite(each.mean)]
        else:
            broken = [each.node.name for each in shown if not isfinite(value_statistics(each.values)["mean"])]
        if broken:
            blocks.append(Paragraph(f"The numbers grew too large for {network.dtype}, first in {broken[0]}."))
        if hint:
            blocks.append(Hint("`--layer NAME` shows another layer, `--all` one line per layer."))
        return blocks

    def table(self) -> Records:
        """One row per layer: the least, the mean and the largest value."""
        keys = self.listing.columns or KEYS
        return Records(keys, ([_recorded(self.network, each)[key] for key in keys] for each in self._listed()))

    def _listed(self) -> list[_ListedTensor]:
        """The layers that are listed; to a depth, the entries, each with the values that it ends in."""
        layout, depth = self.network.spec.layout, self.listing.depth
        graph = self.network.graph
        if depth is None:
            return [_ListedTensor(each, self._name(each.node), _kind(each.node, layout)) for each in self.summaries]
        ends = {node: (node.name, _kind(node, layout)) for node in graph.inputs}
        entries = _to_depth(graph.entries, depth)
        ends |= {entry.end: (self._name(entry), _entry_kind(entry, layout)) for entry in entries}
        return [_ListedTensor(each, *ends[each.node]) for each in self.summaries if each.node in ends]

    def _name(self, listed: Node | Entry) -> str:
        return (self.listing.names == "origin" and listed.origin) or listed.name

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/forward`, version 1."""
        network, shown, summaries, seed = self.network, self.shown, self.summaries, self.seed
        values = {each.node: each for each in shown}
        return {
            **head_json(network, seed),
            "tensors": [
                {
                    "name": each.node.name,
                    "kind": each.node.kind,
                    "shape": list(each.node.output.sizes(network.spec.layout)),
                    "min": finite(each.least),
                    "mean": finite(each.mean),
                    "max": finite(each.largest),
                    "values": _values(network, values.get(each.node)),
                }
                for each in summaries
            ],
            "outputs": list(network.graph.outputs),
        }


def _sources(network: Network, seed: int) -> str:
    """`input: the spec's sample · weights: seed 0 · float32`."""
    words = {"seed": f"seed {seed}", "sample": "the spec's sample", "spec": "the spec"}
    data = dict.fromkeys(words.get(source, source) for source in network.sources.values())
    weights = [words.get(source, source) for source in network.weight_sources]
    parts = [f"input: {', '.join(data)}", *([f"weights: {', '.join(weights)}"] if weights else [])]
    return " · ".join([*parts, network.dtype])


def _tensor(network: Network, shown: ShownTensor) -> Iterator[Block]:
    node, values, layout = shown.node, shown.values, network.spec.layout
    about = f"{node.kind} {settings_text(node.layer, layout)}".rstrip() if node.layer else "input"
    yield Heading(node.name, f"{about}   {node.output.text(layout)}", level=2)
    if node.layer and node.layer.gives == "probabilities" and values.size == values.shape[-1]:
        yield from bars(values)
    elif is_small(values, shown.asked_for):
        yield from map_blocks(values)
    else:
        yield Facts([(name, short(value)) for name, value in value_statistics(values).items()])


KEYS = ("layer", "kind", "output", "min", "mean", "max")
"""The columns of the statistics."""


def _table(network: Network, listed: Sequence[_ListedTensor], listing: Listing) -> Table:
    keys = listing.columns or KEYS
    names = flat_names([each.name for each in listed], listing.names)
    heads = {"layer": Column("layer", narrows=2), "kind": Column("kind", narrows=1, is_uniform=False)}
    rows = []
    for each, name in zip(listed, names, strict=True):
        cells: dict[str, str | Cell] = {**_statistics_cells(network, each.summary), "layer": name, "kind": each.kind}
        rows.append([cells[key] for key in keys])
    return Table([heads.get(key, Column(key, True)) for key in keys], rows)


def _statistics_cells(network: Network, each: Summary) -> dict[str, str]:
    return {
        "output": each.node.output.text(network.spec.layout),
        "min": short(each.least),
        "mean": short(each.mean),
        "max": short(each.largest),
    }


def _recorded(network: Network, each: _ListedTensor) -> dict[str, Any]:
    summary = each.summary
    return {
        "layer": each.name,
        "kind": each.kind.forms[-1],
        "output": summary.node.output.text(network.spec.layout),
        "min": finite(summary.least),
        "mean": finite(summary.mean),
        "max": finite(summary.largest),
    }


def _kind(node: Node, layout: str) -> Cell:
    return layer_cell(node.layer, node.kind, layout)


def _entry_kind(entry: Entry, layout: str) -> Cell:
    """The kind of an entry, with settings and followers unless it has entries inside."""
    if entry.children or not entry.nodes:
        return Cell([entry.kind])
    first, *others = entry.nodes
    details = settings_parts(first.layer, layout) if first.layer else ()
    return shorter_forms(entry.kind, (*details, *(node.kind for node in others)))


def _to_depth(entries: Iterable[Entry], depth: int) -> Iterator[Entry]:
    """The entries that are not opened, and the layers of those that are."""
    for entry in entries:
        if depth > 1 and entry.children:
            if entry.nodes:
                yield entry
            yield from _to_depth(entry.children, depth - 1)
        else:
            yield entry


def head_json(network: Network, seed: int) -> dict[str, Any]:
    """The beginning of all reports of `forward`."""
    from cnncalc.report.formats.json import about_model

    spec = network.spec
    return {
        **about_model("forward", spec),
        "dtype": network.dtype,
        "seed": seed,
        "weights": list(network.weight_sources),
        "inputs": [
            {"name": node.name, "shape": list(node.output.sizes(spec.layout)), "source": network.sources[node.name]}
            for node in spec.graph.inputs
        ],
    }


def _values(network: Network, shown: ShownTensor | None) -> Any:
    """Nested lists in the order of the layout; None for tensors that are not shown, or too large."""
    if shown is None or prod(shown.values.shape) > JSON_VALUES:
        return None
    return nested_lists(network.shown(shown.values[None]))


def nested_lists(array: Array) -> Any:
    """Nested lists of numbers for JSON."""
    return _finite_all(array.tolist())


def _finite_all(values: Any) -> Any:
    return [_finite_all(each) for each in values] if isinstance(values, list) else finite(values)


def finite(value: float) -> float | int | None:
    """A number for JSON: whole numbers as integers, null for NaN and infinity."""
    if not isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else value
