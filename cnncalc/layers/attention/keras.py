"""Attention in Keras."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.attention._equals import AttentionEqual
from cnncalc.layers.equals import Array, Equal, call
from cnncalc.layers.keras import Keras

_ATTENTION = '''\
class Attention(layers.Layer):
    """Attention whose heads have any size, and may share keys and values."""

    def __init__(
        self,
        heads,
        key_size,
        value_size,
        output,
        key_heads,
        bias=True,
        output_bias=True,
        causal=False,
        **options,
    ):
        super().__init__(**options)
        self.heads, self.key_heads, self.causal = heads, key_heads, causal
        self.query = layers.Dense(heads * key_size, use_bias=bias)
        self.key = layers.Dense(key_heads * key_size, use_bias=bias)
        self.value = layers.Dense(key_heads * value_size, use_bias=bias)
        self.mix = layers.Dense(output, use_bias=output_bias)

    def call(self, x, keys=None, values=None):
        keys = x if keys is None else keys
        values = keys if values is None else values
        q = self.by_head(self.query(x), self.heads)
        k = self.by_head(self.key(keys), self.key_heads)
        v = self.by_head(self.value(values), self.key_heads)
        sums = ops.swapaxes(self.attend(q, k, v), 1, 2)
        return self.mix(
            ops.reshape(sums, (-1, *x.shape[1:-1], self.heads * v.shape[-1]))
        )

    def by_head(self, projected, heads):
        positions = math.prod(projected.shape[1:-1])
        split = ops.reshape(
            projected, (-1, positions, heads, projected.shape[-1] // heads)
        )
        return ops.repeat(ops.swapaxes(split, 1, 2), self.heads // heads, 1)

    def attend(self, q, k, v):
        return self.weighted(
            q,
            k,
            v,
            ops.tri(q.shape[2], k.shape[2], dtype="bool") if self.causal else True,
        )

    def weighted(self, q, k, v, seen, bias=0):
        scores = ops.matmul(q, ops.swapaxes(k, -1, -2)) / q.shape[-1] ** 0.5 + bias
        return ops.matmul(ops.softmax(ops.where(seen, scores, -1e9)), v)
'''

_WINDOW_ATTENTION = '''

class WindowAttention(Attention):
    """Attention inside windows, which may be shifted (Swin) or have gaps (MaxViT)."""

    def __init__(self, spatial, window, shift, dilation, position_bias, **options):
        super().__init__(**options)
        axes = [*zip(spatial, window, dilation, strict=True)]
        split = [part for n, w, d in axes for part in (n // w, w // d, d)]
        inside_last = sorted(range(len(split)), key=lambda axis: axis % 3 == 1)
        count = math.prod(w // d for w, d in zip(window, dilation, strict=True))

        def windows(grid):  # a row per window
            for axis, s in enumerate(shift):
                grid = ops.roll(grid, -s, axis)
            return ops.reshape(
                ops.transpose(ops.reshape(grid, split), inside_last), (-1, count)
            )

        grids = ops.meshgrid(*map(ops.arange, spatial), indexing="ij")
        self.places = windows(ops.reshape(ops.arange(math.prod(spatial)), spatial))
        self.seen, differences = True, 0
        for grid, s, w, d in zip(
            map(windows, grids), shift, window, dilation, strict=True
        ):
            is_before = grid < s  # the positions before the first window
            self.seen = ops.logical_and(
                self.seen, is_before[:, :, None] == is_before[:, None, :]
            )
            differences = (
                differences * (2 * (w // d) - 1)
                + (grid[0][:, None] - grid[0] + w) // d
                - 1
            )
        if self.causal:
            self.seen = ops.logical_and(
                self.seen, self.places[:, :, None] >= self.places[:, None, :]
            )
        self.differences, self.position_bias = differences, None
        if position_bias:
            shape = (
                self.heads,
                math.prod(
                    2 * (w // d) - 1 for w, d in zip(window, dilation, strict=True)
                ),
            )
            self.position_bias = self.add_weight(
                shape=shape, initializer="zeros", name="position_bias"
            )

    def attend(self, q, k, v):
        q, k, v = (ops.take(each, self.places, axis=2) for each in (q, k, v))
        bias = 0
        if self.position_bias is not None:
            bias = ops.take(self.position_bias, self.differences, axis=1)[:, None]
        sums = self.weighted(q, k, v, self.seen, bias)
        shape = (-1, self.heads, math.prod(self.places.shape), sums.shape[-1])
        return ops.take(
            ops.reshape(sums, shape), ops.argsort(ops.ravel(self.places)), axis=2
        )
'''


class AttentionKeras(AttentionEqual, Keras):
    """`MultiHeadAttention`, or `GroupQueryAttention` where heads share keys; for all others a layer of one's own."""

    def equal(self) -> Equal:
        if self.is_windowed:
            return self._own("WindowAttention", _ATTENTION + _WINDOW_ATTENTION, *self.windows)
        layer, ranks = self.layer, {len(shape.spatial) for shape in self.inputs}
        if layer.bias == layer.output_bias and len(ranks) == 1:
            if layer.key_heads == layer.heads:
                return self._multi_head()
            if ranks == {1} and self.value_size == self.key_size and self.output.channels == self.x.channels:
                return self._group_query()
        return self._own("Attention", _ATTENTION)

    def _multi_head(self) -> Equal:
        options = {
            "value_dim": (self.value_size, self.key_size),
            "use_bias": (self.layer.bias, True),
            "output_shape": (self.output.channels, self.x.channels),
        }
        return self._of_keras(call("layers.MultiHeadAttention", self.layer.heads, self.key_size, **options), "")

    def _group_query(self) -> Equal:
        layer = self.layer
        sizes = self.key_size, layer.heads, layer.key_heads
        return self._of_keras(call("layers.GroupQueryAttention", *sizes, use_bias=(layer.bias, True)), "_")

    def _of_keras(self, module: str, before: str) -> Equal:
        """A layer that takes the values before the keys.

        Args:
            before: what the names of its parts begin with.
        """
        keys, values = self.key_input, len(self.inputs) - 1
        given = f"{{0}}, {{{values}}}" + (f", {{{keys}}}" if keys != values else "")
        causal = ", use_causal_mask=True" if self.layer.causal else ""
        places = {name: self._place(name, before) for name in self.layer.weights(self.x)}
        return Equal(module, f"{{module}}({given}{causal})", places)

    def _place(self, name: str, before: str) -> Array:
        """Where an array is: with an axis of heads, which ours has in one with that of their sizes."""
        part, _, is_bias = name.partition("_")
        heads = self.layer.heads if part in ("query", "output") else self.layer.key_heads
        by_head = (heads, self.key_size if part in ("query", "key") else self.value_size)
        if part == "output":
            sizes: tuple[int, ...] = (self.output.channels,) if is_bias else (*by_head, self.output.channels)
        else:
            sizes = by_head if is_bias else (-1, *by_head)
        return Array(f"{before}{part}_dense.{'bias' if is_bias else 'kernel'}", shape=sizes)

    def _own(self, name: str, helper: str, *windows: Any) -> Equal:
        module = call(name, *windows, **self.sizes, **self.truths)
        places = {name: self._own_place(name) for name in self.layer.weights(self.x)}
        return Equal(module, f"{{module}}({self.tensors})", places, helper=helper)

    def _own_place(self, name: str) -> Array:
        """Where an array is in a layer of one's own."""
        if name == "position_bias":
            return Array(name, (1, 0))
        part, _, is_bias = name.partition("_")
        return Array(f"{'mix' if part == 'output' else part}.{'bias' if is_bias else 'kernel'}")
