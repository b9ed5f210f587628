"""The report of `forward`: the values of a network's inputs and layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.report.document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.views.columns import settings_text
from cnncalc.report.views.running._tensors import bars, is_small, map_blocks, short, value_statistics

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node

JSON_VALUES = 100_000
"""JSON gives the statistics alone of a tensor with more values."""


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


def forward_document(
    network: Network, shown: Sequence[ShownTensor], summaries: Sequence[Summary], seed: int, hint: bool
) -> list[Block]:
    """The tensors shown, each under its name; then the statistics of all layers, where they are wanted."""
    blocks: list[Block] = [Heading(network.spec.name, _sources(network, seed))]
    for each in shown:
        blocks.extend(_tensor(network, each))
    if summaries:
        blocks.append(_table(network, summaries))
    broken = [each.node.name for each in summaries if not isfinite(each.mean)]
    broken += [
        each.node.name for each in shown if not summaries and not isfinite(value_statistics(each.values)["mean"])
    ]
    if broken:
        blocks.append(Paragraph(f"The numbers grew too large for {network.dtype}, first in {broken[0]}."))
    if hint:
        blocks.append(Paragraph("`--layer NAME` shows another layer, `--all` a line for each of them."))
    return blocks


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


def _table(network: Network, summaries: Sequence[Summary]) -> Table:
    layout = network.spec.layout
    columns = [Column("layer"), Column("kind"), *(Column(name, True) for name in ("output", "min", "mean", "max"))]
    rows = [
        [
            each.node.name,
            f"{each.node.kind} {settings_text(each.node.layer, layout)}".rstrip() if each.node.layer else "input",
            each.node.output.text(layout),
            *map(short, (each.least, each.mean, each.largest)),
        ]
        for each in summaries
    ]
    return Table(columns, rows)


def head_json(network: Network, seed: int) -> dict[str, Any]:
    """What all reports of `forward` begin with."""
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


def forward_json(
    network: Network, shown: Sequence[ShownTensor], summaries: Sequence[Summary], seed: int
) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/forward`, version 1."""
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


def _values(network: Network, shown: ShownTensor | None) -> Any:
    """Nested lists in the order of the layout; None for what is not shown, or too large."""
    if shown is None or prod(shown.values.shape) > JSON_VALUES:
        return None
    return nested_lists(network.shown(shown.values[None]))


def nested_lists(array: Array) -> Any:
    """Nested lists of numbers as JSON has them."""
    return _finite_all(array.tolist())


def _finite_all(values: Any) -> Any:
    return [_finite_all(each) for each in values] if isinstance(values, list) else finite(values)


def finite(value: float) -> float | int | None:
    """A number as JSON has it: whole ones whole, none for NaN and infinity."""
    if not isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else value
