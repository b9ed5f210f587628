"""How a value of a dense layer is calculated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.layers.tracing import Term, Tracing


class DenseTracing(Tracing):
    """A sum of products of all channels."""

    has_window = False

    def terms(self, weights: Mapping[str, Any], channel: int) -> Iterator[Term]:
        yield Term(0, weights["kernel"][:, channel])
