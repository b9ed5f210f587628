"""How much work it is to measure all receptive fields of a model; too much is refused before anything is computed."""

from __future__ import annotations

from math import prod

from cnncalc.forward.proof._one_channel import Fields, has_places_in_channels, turns_axes
from cnncalc.forward.run.given import refuse
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Reads

MAX_WORK = 2 * 10**9
"""The most values that are calculated: about as many as in ten seconds."""
FEW = 16
"""About how many items a batch on a larger input has."""


def check_field_work(graph: Graph, fields: Fields, name: str) -> None:
    """Refuses a model whose receptive fields take too long to measure.

    Args:
        fields: what is claimed; where a claim is wrong, the work may be more.
        name: of the model, for the message.

    Raises:
        DataError: it takes too long.
    """
    axes = [(source, axis, size) for source in graph.inputs for axis, size in enumerate(positions_along(source))]
    work = sum(_work(graph, fields, *each) for each in axes)
    if work > MAX_WORK:
        refuse(
            "CNN326",
            name,
            f"measuring all receptive fields takes {work:,} values; at most {MAX_WORK:,} are calculated",
            "`--quick` leaves them out",
            "a smaller `--input` needs less",
        )


def positions_along(source: Node) -> tuple[int, ...]:
    """The positions of an input, per axis; the values of a vector are positions too."""
    return source.output.spatial or (source.output.channels,)


def reach_of(claimed: Reads) -> int:
    """The size of an input on which fields of all phases are seen whole, with a step to spare."""
    return max(claimed.high) - min(claimed.low) + 2 * claimed.advance


def _work(graph: Graph, fields: Fields, source: Node, axis: int, size: int) -> int:
    """About how many values are calculated to measure along one axis.

    Every layer is run for each position of the input; and for a few patterns on a larger input, if a claimed field is
    larger.
    """
    places = sum(_places(node, source, axis) for node in graph.nodes)
    if has_places_in_channels(fields, source.name):
        places = sum(node.output.values for node in graph.nodes)
    elif any(node.layer and turns_axes(node.layer, node.x) for node in graph.nodes):
        places = sum(prod(node.output.spatial) for node in graph.nodes)
    claims = [fields[node.name].get(source.name) for node in graph.nodes]
    local = [each.axes[axis] for each in claims if each and each.status == "local"]
    reach = max((reach_of(each) for each in local if each), default=0)
    return size * places + (FEW * places * reach // size if reach > size else 0)


def _places(node: Node, source: Node, axis: int) -> int:
    """The values of a layer in the copy that is measured: one per position, and one per value of a vector it reads."""
    read = sum(each.output.channels for each in node.inputs if each is source and each.output.is_vector)
    return max(prod(node.output.spatial[axis : axis + 1]), read)
