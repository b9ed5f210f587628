"""Attention in ONNX: products, a softmax, and what moves windows to the front."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from cnncalc.layers.attention._equals import AttentionEqual
from cnncalc.layers.attention._windows import Windows
from cnncalc.layers.equals import InFramework
from cnncalc.layers.onnx import Onnx
from cnncalc.settings.shape import Shape


class AttentionOnnx(Onnx):
    """As frameworks' exporters write it, per head: (batch, heads, positions, size)."""

    def write(self) -> str:
        layer, sizes = self.layer, self._sizes
        windows = layer.windows(self.x.spatial)
        key, value = sizes.key_input, len(self.tensors) - 1
        read = zip(self.tensors, self.inputs, strict=True)
        rows = [self._in_groups(tensor, shape, windows) for tensor, shape in read]
        query = self._by_head(self._projected(rows[0], "query"), layer.heads, sizes.key_size)
        keys = self._by_head(self._projected(rows[key], "key"), layer.key_heads, sizes.key_size)
        values = self._by_head(self._projected(rows[value], "value"), layer.key_heads, sizes.value_size)
        if layer.key_heads < layer.heads:
            keys, values = self._shared(keys, sizes.key_size), self._shared(values, sizes.value_size)
        scores = self.op("MatMul", query, self.op("Transpose", keys, perm=[0, 1, 3, 2]))
        scores = self.op("Mul", scores, self.number(sizes.key_size**-0.5))
        scores = self._with_places(scores, windows)
        sums = self.op("MatMul", self.op("Softmax", scores, axis=-1), values)
        sums = self.op("Transpose", sums, perm=[0, 2, 1, 3])
        sums = self.op("Reshape", sums, self.integers(0, 0, layer.heads * sizes.value_size))
        return self._joined(self._projected(sums, "output"), windows)

    @property
    def _sizes(self) -> AttentionEqual:
        """The sizes of what is multiplied."""

        class Sizes(AttentionEqual, InFramework):
            pass

        return Sizes(self.layer, self.inputs, self.output, self.layout)

    def _projected(self, x: str, name: str) -> str:
        y = self.op("MatMul", x, self.learned(name))
        has_bias = f"{name}_bias" in self.layer.weights(self.x)
        return self.op("Add", y, self.learned(f"{name}_bias")) if has_bias else y

    def _by_head(self, x: str, heads: int, size: int) -> str:
        return self.op("Transpose", self.op("Reshape", x, self.integers(0, 0, heads, size)), perm=[0, 2, 1, 3])

    def _shared(self, x: str, size: int) -> str:
        """Keys or values, once for each of the heads that share them."""
        each = self.layer.heads // self.layer.key_heads
        spread = self.op("Unsqueeze", x, self.integers(2))
        spread = self.op("Expand", spread, self.integers(1, 1, each, 1, 1))
        count = -1
        return self.op("Reshape", spread, self.integers(0, self.layer.heads, count, size))

    # -- windows

    def _in_groups(self, x: str, shape: Shape, windows: Windows) -> str:
        """(batch · groups, positions, channels): a row for each position, in groups of those that see each other."""
        if not self._sizes.is_windowed or shape.spatial != windows.spatial:
            return self.rows(x, shape)
        x = self._rolled(self.channels_last(x), [-s for s in windows.shift])
        parts = [(n // w, w // d, d) for n, w, d in windows.axes]
        rank, split = self.rank, [size for each in parts for size in each]
        x = self.reshaped(x, *split, shape.channels)
        order = [1 + 3 * axis + part for part in (0, 2, 1) for axis in range(rank)]
        x = self.transposed(x, 0, *order, 1 + 3 * rank)
        return self.op("Reshape", x, self.integers(-1, prod(windows.taken), shape.channels))

    def _joined(self, y: str, windows: Windows) -> str:
        """The reverse for the output."""
        x, channels, rank = self.x, self.output.channels, self.rank
        if not self._sizes.is_windowed:
            return self.of_rows(y, x.spatial, channels)
        parts = [(n // w, w // d, d) for n, w, d in windows.axes]
        grouped = [each[part] for part in (0, 2, 1) for each in parts]
        y = self.op("Reshape", y, self.integers(-1, *grouped, channels))
        places = [1 + part * rank + axis for axis in range(rank) for part in (0, 2, 1)]
        y = self.transposed(y, 0, *places, 1 + 3 * rank)
        y = self._rolled(self.reshaped(y, *x.spatial, channels), windows.shift)
        return self.channels_first(y)

    def _rolled(self, x: str, shifts: Sequence[int]) -> str:
        """A tensor with its channels last, moved round along each axis."""
        for axis, (shift, n) in enumerate(zip(shifts, self.x.spatial, strict=True), 1):
            if shift % n:
                cut = -shift % n
                x = self.op("Concat", self.sliced(x, axis, cut, n), self.sliced(x, axis, 0, cut), axis=axis)
        return x

    def _with_places(self, scores: str, windows: Windows) -> str:
        """The scores with what places add: learned numbers for their differences, and -∞ where a key is not seen."""
        layer, seen = self.layer, windows.visible(np)
        n = prod(windows.taken)
        if layer.position_bias != "none":
            table = self.learned("position_bias")
            places = self.operations.constant(np.asarray(windows.places_of_offsets(np), np.int64).ravel())
            biases = self.op("Reshape", self.op("Gather", table, places, axis=0), self.integers(n, n, layer.heads))
            biases = self.op("Unsqueeze", self.op("Transpose", biases, perm=[2, 0, 1]), self.integers(0))
            scores = self.op("Add", scores, biases)
        if layer.causal:
            queries, keys = (prod(shape.spatial) for shape in (self.x, self.inputs[self._sizes.key_input]))
            if self._sizes.is_windowed:
                queries = keys = n
            before = np.tri(queries, keys, dtype=bool)
            seen = before[None] if seen is None else seen & before
        if seen is None:
            return scores
        hidden = np.where(seen, 0, -np.inf).astype(np.float32)
        if len(hidden) == 1:
            return self.op("Add", scores, self.numbers(hidden[0]))
        groups = self.op("Reshape", scores, self.integers(-1, len(hidden), layer.heads, n, n))
        groups = self.op("Add", groups, self.numbers(hidden[:, None]))
        return self.op("Reshape", groups, self.integers(-1, layer.heads, n, n))
