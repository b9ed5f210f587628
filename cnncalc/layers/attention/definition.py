"""Attention: for each head and query the weighted mean of the values that it sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import exp, sqrt

from cnncalc.layers.definition import (
    DefinedArray,
    Definition,
    Index,
    Multiplier,
    Settings,
    TensorSizes,
    TensorValues,
    numbers_in,
)

Vectors = dict[Index, list[float]]
"""A vector for each position."""


class AttentionDefinition(Definition):
    """A position is compared with those of its window whose distance the dilation divides along every axis.

    Windows lie on a ring: the last of shifted ones goes on at the other end, where positions are compared, too, but not
    seen.
    """

    # -- sizes

    def sizes(self) -> tuple[int, int, int]:
        """The lengths of a key and of a value, and the channels of the output."""
        key = self.key_size or len(range(0, self.x.channels, self.heads))
        return key, self.value_size or key, self.output or self.x.channels

    def sources(self) -> tuple[TensorSizes, TensorSizes]:
        """The sizes of what the keys and the values are made from."""
        keys = self.inputs[1] if self.keys else self.x
        return keys, self.inputs[-1] if self.settings["values"] else keys

    def is_among_own(self) -> bool:
        """Whether there is a key at each position of the input, and nowhere else."""
        return self.sources()[0].spatial == self.x.spatial

    def shape(self) -> TensorSizes:
        return TensorSizes(self.x.spatial, self.sizes()[2])

    def arrays(self) -> dict[str, DefinedArray]:
        (key, value, channels), (keys, values) = self.sizes(), self.sources()
        arrays = {
            **self.projection("query", self.x.channels, self.heads * key, self.bias),
            **self.projection("key", keys.channels, self.key_heads * key, self.bias),
            **self.projection("value", values.channels, self.key_heads * value, self.bias),
            **self.projection("output", self.heads * value, channels, self.output_bias),
        }
        if self.position_bias == "relative":
            arrays["position_bias"] = DefinedArray((len(self.differences()), self.heads))
        return arrays

    @staticmethod
    def projection(name: str, taken: int, made: int, has_bias: bool) -> dict[str, DefinedArray]:
        """A matrix, and its biases if it has any."""
        matrix = {name: DefinedArray((taken, made))}
        return {**matrix, f"{name}_bias": DefinedArray((made,))} if has_bias else matrix

    # -- which positions are compared, and which are seen

    def axes(self) -> list[tuple[int, int, int, int]]:
        """For each axis its size, and the window, the shift and the dilation along it."""
        axes = zip(self.x.spatial, self.window or self.x.spatial, self.shift, self.dilation, strict=True)
        return [(n, w, 0 if w >= n else s, d) for n, w, s, d in axes]

    def along(self, axis: int, place: int) -> list[int]:
        """The places along an axis that are compared with one, in the order of their window."""
        n, w, s, d = self.axes()[axis]
        begin = s
        while (place - begin) % n >= w:
            begin += w
        window = [(begin + step) % n for step in range(w)]
        return window[window.index(place) % d :: d]

    def compared(self, position: Index) -> Iterator[Index]:
        """The positions whose keys a query is compared with."""
        if not self.is_among_own():
            return self.sources()[0].positions()
        return product(*(self.along(axis, place) for axis, place in enumerate(position)))

    def steps(self, position: Index, other: Index) -> Index:
        """How many steps of the dilation one compared position is after the other, per axis."""
        rows = [self.along(axis, place) for axis, place in enumerate(position)]
        return tuple(row.index(p) - row.index(q) for row, p, q in zip(rows, position, other, strict=True))

    def sees(self, position: Index, other: Index) -> bool:
        """Whether a compared position is seen: the window does not go round between them, nor is it later if causal."""
        if self.causal and other > position:
            return False
        if not self.is_among_own():
            return True
        axes = zip(position, other, self.steps(position, other), strict=True)
        return all((p < q) == (step < 0) for p, q, step in axes)

    def differences(self) -> list[Index]:
        """All differences between two compared positions, from the lowest; the last axis runs fastest."""
        counts = [len(self.along(axis, 0)) for axis in range(len(self.x.spatial))]
        return list(product(*(range(1 - count, count) for count in counts)))

    def moves(self) -> tuple[Fraction | None, ...] | None:
        if self.keys:
            return super().moves()
        whole = [w >= n and d == 1 and not self.causal for n, w, _, d in self.axes()]
        return None if all(whole) else tuple(None if each else Fraction(1) for each in whole)

    # -- values

    def multiplications(self) -> int:
        (key, value, channels), (keys, values) = self.sizes(), self.sources()
        own, others = numbers_in(self.x.spatial), numbers_in(keys.spatial)
        count = own * self.heads * (self.x.channels * key + value * channels)
        count += others * self.key_heads * (keys.channels * key + values.channels * value)
        pairs = sum(len(list(self.compared(position))) for position in self.x.positions())
        return int(count + pairs * self.heads * (key + value))

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        def projected(name: str, vectors: Vectors) -> Vectors:
            matrix, taken_made = weights[name], self.arrays()[name].shape
            biases = weights.get(f"{name}_bias", {})
            return {
                position: [
                    biases.get((made,), 0.0) + sum(times(vector[i], matrix[i, made]) for i in range(taken_made[0]))
                    for made in range(taken_made[1])
                ]
                for position, vector in vectors.items()
            }

        own, *others = map(vectors_of, self.inputs, inputs)
        keys = others[0] if self.keys else own
        query, key = projected("query", own), projected("key", keys)
        value = projected("value", others[-1] if self.settings["values"] else keys)
        means = {
            position: [
                each
                for head in range(self.heads)
                for each in self.mean(position, head, query, key, value, weights.get("position_bias"), times)
            ]
            for position in query
        }
        y = projected("output", means)
        return {(*position, i): number for position, vector in y.items() for i, number in enumerate(vector)}

    def mean(
        self,
        position: Index,
        head: int,
        query: Vectors,
        key: Vectors,
        value: Vectors,
        biases: TensorValues | None,
        times: Multiplier,
    ) -> list[float]:
        """The mean of the values for one query of a head."""
        length, value_length, _ = self.sizes()
        shared = head * self.key_heads // self.heads
        own = query[position][head * length : (head + 1) * length]
        weights = {}
        for other in self.compared(position):
            its = key[other][shared * length : (shared + 1) * length]
            score = sum(times(a, b) for a, b in zip(own, its, strict=True)) / sqrt(length)
            if biases is not None:
                score += biases[self.differences().index(self.steps(position, other)), head]
            weights[other] = exp(score) if self.sees(position, other) else 0.0
        whole = sum(weights.values())
        return [
            sum(times(weight / whole, value[other][shared * value_length + i]) for other, weight in weights.items())
            for i in range(value_length)
        ]

    # -- how it is compared

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        shared, each = min(self.key_heads, 2), min(len(range(0, self.heads, self.key_heads)), 2)
        heads, channels = shared * each, min(self.x.channels, 3)
        changed: Settings = {"heads": heads, "key_heads": shared}
        if self.key_size:
            changed["key_size"] = min(self.key_size, 2)
        else:
            channels = heads * min(len(range(0, self.x.channels, self.heads)), 2)
        if self.value_size:
            changed["value_size"] = min(self.value_size, 3)
        if self.output:
            changed["output"] = min(self.output, 2)
        most = 2 if len(self.x.spatial) > 2 else 3
        few = [self.few_along(*axis, most) for axis in self.axes()]
        changed["dilation"] = tuple(d for *_, d in few)
        if self.window:
            changed["window"] = tuple(w for _, w, *_ in few)
            changed["shift"] = tuple(s for _, _, s, _ in few)
        own = TensorSizes(tuple(n for n, *_ in few), channels)
        others = [
            TensorSizes(own.spatial if self.is_among_own() else each.at_most(4, 1).spatial, min(each.channels, 3))
            for each in self.inputs[1:]
        ]
        yield changed, [own, *others]

    @staticmethod
    def few_along(n: int, w: int, s: int, d: int, most: int) -> tuple[int, int, int, int]:
        """A size, a window, a shift and a dilation that are smaller: two windows, with at most so many positions that
        are compared."""
        dilation = min(d, 2)
        window = dilation * min(len(range(0, w, d)), most)
        return window * min(len(range(0, n, w)), 2), window, min(s, window - 1), dilation

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"heads": 1, "key_heads": 1, "key_size": 1, "value_size": 1, "output": 1}


def vectors_of(sizes: TensorSizes, x: TensorValues) -> Vectors:
    """The channels at each position."""
    return {position: [x[*position, i] for i in range(sizes.channels)] for position in sizes.positions()}
