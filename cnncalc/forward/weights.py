"""Where weights come from: drawn from a seed, given by the spec, or read from a file."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from math import prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnncalc.forward.convolution import Array
from cnncalc.graph import Graph, Node
from cnncalc.layers import NORMS

if TYPE_CHECKING:
    from cnncalc.layers.base import Weight

_HE = frozenset({"relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "hard_swish", "mish"})
"""Activations that let about half of their input through: the weights before them are drawn twice as far apart."""
_ONES = frozenset({"scale", "variance"})


def initialised(graph: Graph, seed: int, dtype: np.dtype[np.generic]) -> dict[str, dict[str, Array]]:
    """Weights drawn from a seed: He's where a relu (or one of its kin) follows, Glorot's otherwise; biases are 0.

    Each layer draws by itself, from the seed and its name: what is added elsewhere changes nothing here.

    Source: Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks (2010); He et
    al., Delving deep into rectifiers (2015). Both normal.
    """
    before_relu = _before_relu(graph)
    weights = {}
    for node in graph.nodes:
        assert node.layer is not None
        shapes = {} if node.shares else node.layer.weights(node.inputs[0].output)
        if shapes:
            draw = np.random.default_rng([seed, zlib.crc32(node.name.encode())])
            weights[node.name] = {
                name: _drawn(node, name, weight, node in before_relu, draw, dtype) for name, weight in shapes.items()
            }
    return weights


def _before_relu(graph: Graph) -> set[Node]:
    """Layers whose first reader, seen through norms, is a relu or one of its kin."""
    found = set()
    for node in graph.nodes:
        if node.kind in _HE:
            source = node.inputs[0]
            while source.kind in NORMS:
                source = source.inputs[0]
            found.add(source)
    return found


def _drawn(
    node: Node, name: str, weight: Weight, is_before_relu: bool, draw: np.random.Generator, dtype: np.dtype[np.generic]
) -> Array:
    """One array before training."""
    shape = weight.shape
    if name == "table":
        return draw.standard_normal(shape, np.float32).astype(dtype, copy=False)
    if "kernel" in name:
        taps, depth = prod(shape[:-2]), shape[-2]
        if node.kind == "depthwise_conv" or name == "depthwise_kernel":
            taps, depth = prod(shape[:-1]), 1
        fan_in, fan_out = taps * depth, taps * shape[-1]
        deviation = sqrt(2 / fan_in) if is_before_relu else sqrt(2 / (fan_in + fan_out))
        return (draw.standard_normal(shape, np.float32) * np.float32(deviation)).astype(dtype, copy=False)
    initial = getattr(node.layer, "initial", 1.0 if name in _ONES else 0.0)
    return np.full(shape, initial, dtype)


def sizes(weights: Mapping[str, Mapping[str, Array]]) -> dict[str, int]:
    """How many numbers each layer holds."""
    return {layer: sum(array.size for array in arrays.values()) for layer, arrays in weights.items()}
