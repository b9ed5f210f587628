"""What the tests of whole networks share: weights that are alike on both sides, and our values."""

from __future__ import annotations

import zlib

import numpy as np

from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps


def values(name, shape):
    """Weights drawn from what they are and how many: alike on both sides, whatever the layers are called."""
    kind = "kernel" if "kernel" in name else name
    size = int(np.prod(shape))
    drawn = np.random.default_rng(zlib.crc32(f"{kind}{size}".encode())).standard_normal(size, np.float32)
    if kind == "kernel":
        depth = size / max(shape[-1], shape[-2] if shape[-1] == 1 else 1)  # of a depthwise kernel: its window
        drawn *= np.float32((2 / depth) ** 0.5)
    elif kind == "variance":
        drawn = np.abs(drawn) / 2 + 0.75
    else:
        drawn = drawn / 10 + (kind == "scale")
    return drawn.reshape(shape).astype(np.float32)


def alike(graph):
    """These weights for each layer of a graph that has some of its own."""
    return {
        node.name: {name: values(name, weight.shape) for name, weight in shapes.items()}
        for node in graph.nodes
        if not node.shares and (shapes := node.weights)
    }


def run(spec, inputs):
    """Each step of the forward pass on arrays, (batch, *positions, channels), with these weights."""
    return steps(spec.graph, inputs, alike(spec.graph), Arrays(spec.layout, "float32"))
