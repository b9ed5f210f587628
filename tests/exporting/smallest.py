"""Shipped specs on inputs that keep a test quick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cnncalc
from cnncalc.spec.reader import Spec

SIZES = {0: (64,), 1: (64, 128, 256, 1000), 2: (32, 28, 64, 92, 128, 188, 224), 3: (32, 64, 92, 128)}
"""What is tried, by the number of axes: multiples of small windows and patches, or just large enough for them; a vector
is one of ids."""


def smallest(spec: Spec, values: Mapping[str, Any] | None = None) -> Spec:
    """The spec with the smallest of some inputs that it takes; one of several inputs as it is.

    An input is too small where a branch of one position is only broadcast because of it: that is another network.

    Args:
        values: for its vars.
    """
    axes = max(len(node.output.spatial) for node in spec.graph.inputs)
    for size in () if len(spec.graph.inputs) > 1 else SIZES.get(axes, ()):
        try:
            found = _loaded(spec, "x".join([str(size)] * max(axes, 1)), values)
        except cnncalc.SpecError:
            continue
        if _broadcasting(found) <= _broadcasting(spec):
            return found
    return _loaded(spec, None, values)


def _broadcasting(spec: Spec) -> set[str]:
    """The merges of branches with different positions."""
    merges = (node for node in spec.graph.nodes if node.layer and node.layer.is_merge)
    return {node.name for node in merges if len({shape.spatial for shape in node.input_shapes}) > 1}


def _loaded(spec: Spec, input: str | None, values: Mapping[str, Any] | None) -> Spec:
    return cnncalc.load(spec.source.name, input=input, variant=spec.variant or None, vars=values)
