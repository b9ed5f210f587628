"""Whether running a network takes too long, checked before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.forward.run.given import refuse

if TYPE_CHECKING:
    from cnncalc.graph import Graph

MAX_LAYERS = 20_000
"""The most layers of a network that is run: each takes a moment, however small it is."""


def check_layers(graph: Graph, name: str) -> None:
    """Refuses a model of too many layers.

    Args:
        name: of the model, for the message.

    Raises:
        DataError: it has more.
    """
    if len(graph.nodes) > MAX_LAYERS:
        refuse(
            "CNN326",
            name,
            f"the model has {len(graph.nodes):,} layers; at most {MAX_LAYERS:,} can be run",
            "all its numbers are calculated without running it: `cnncalc summarize`",
        )
