"""Recurrent layers: one position after the other, one number at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import exp, tanh
from typing import ClassVar

from cnncalc.layers.definition import DefinedArray, Definition, Multiplier, Settings, TensorSizes, TensorValues


def sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ)."""
    return 1 / (1 + exp(-x))


class RecurrentDefinition(Definition):
    """A state h, and numbers h′ from h and from what is read; from either end if it is bidirectional."""

    parts: ClassVar[int]
    """How many numbers are made of the products, for each unit."""

    def directions(self) -> tuple[str, ...]:
        """What the names of the arrays of each direction begin with."""
        return ("forward_", "backward_") if self.bidirectional else ("",)

    def stories(self) -> list[str]:
        """What the names of the arrays of each layer begin with, from the lowest."""
        return (
            [f"layer{1 + story}_" for story in range(self.settings["layers"])] if self.settings["layers"] > 1 else [""]
        )

    def width(self) -> int:
        """How many channels each of the layers makes."""
        return int(self.units) * (2 if self.bidirectional and self.merge == "concat" else 1)

    def biases(self) -> int:
        """How many biases each number has."""
        return (1 + self.recurrent_bias) if self.bias else 0

    def shape(self) -> TensorSizes:
        return TensorSizes(self.x.spatial if self.output == "sequence" else (), self.width())

    def arrays(self) -> dict[str, DefinedArray]:
        found, channels, many = {}, self.x.channels, self.parts * self.units
        for story in self.stories():
            for direction in self.directions():
                found[f"{story}{direction}kernel"] = DefinedArray((channels, many))
                found[f"{story}{direction}recurrent_kernel"] = DefinedArray((self.units, many))
                if self.biases():
                    found[f"{story}{direction}bias"] = DefinedArray((many,) if self.biases() == 1 else (2, many))
            channels = self.width()
        return found

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return None if self.bidirectional or self.output == "last" else (Fraction(1),)

    def multiplications(self) -> int:
        count, channels = 0, self.x.channels
        for _ in self.stories():
            for _ in self.directions():
                for _ in range(self.x.spatial[0]):
                    count += self.parts * self.units * channels + self.parts * self.units * self.units
            channels = self.width()
        return count

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        units, stories = min(self.units, 3), min(self.settings["layers"], 3)
        states = [TensorSizes((), units * stories * len(self.directions())) for _ in self.inputs[1:]]
        yield {"units": units, "layers": stories}, [self.x.at_most(4, 3), *states]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"units": 1, "merge": "sum"}

    @classmethod
    def of_one_channel(cls, settings: Settings, channels: int) -> Settings:
        if settings.get("state") or settings.get("cell"):
            return {}  # whose values are one after the other
        return cls.one_channel(channels) if settings["bidirectional"] else {"units": 1}

    def starts(self, inputs: Sequence[TensorValues], place: int) -> list[list[float]]:
        """The state and the cell before the first position of the direction that has this place among all."""
        given = iter(inputs[1:])
        found = []
        for name in ("state", "cell"):
            values = next(given) if self.settings.get(name) else {}
            found.append([values.get((place * self.units + unit,), 0.0) for unit in range(self.units)])
        return found

    def values(
        self, inputs: Sequence[TensorValues], weights: Mapping[str, TensorValues], times: Multiplier
    ) -> TensorValues:
        n, x, place = self.x.spatial[0], inputs[0], 0
        read = [[x[i, channel] for channel in range(self.x.channels)] for i in range(n)]
        for story in self.stories():
            found, ends = [], list[list[float]]()
            for direction in self.directions():
                own = {
                    name: weights.get(f"{story}{direction}{name}", {})
                    for name in ("kernel", "recurrent_kernel", "bias")
                }
                order = range(n - 1, -1, -1) if direction == "backward_" else range(n)
                after = self.led([read[i] for i in order], self.starts(inputs, place), own, times)
                place += 1
                found.append([state for _, state in sorted(zip(order, after, strict=True))])
                ends.append(after[-1])
            read = [self.merged(states) for states in zip(*found, strict=True)]
        if self.output == "last":
            return {(channel,): value for channel, value in enumerate(self.merged(ends))}
        return {(i, channel): value for i, state in enumerate(read) for channel, value in enumerate(state)}

    def merged(self, states: Sequence[list[float]]) -> list[float]:
        """The states of one position, or the last ones."""
        if self.merge == "sum":
            return [sum(values) for values in zip(*states, strict=True)]
        return [value for state in states for value in state]

    def led(
        self,
        read: Sequence[list[float]],
        start: list[list[float]],
        own: Mapping[str, TensorValues],
        times: Multiplier,
    ) -> list[list[float]]:
        """The state after each of the positions, in this order."""
        (h, memory), after = start, []
        for x in read:
            h, memory = self.next(x, h, memory, own, times)
            after.append(h)
        return after

    def next(
        self, x: list[float], h: list[float], memory: list[float], own: Mapping[str, TensorValues], times: Multiplier
    ) -> tuple[list[float], list[float]]:
        """The state after a position, and what else is remembered."""
        raise NotImplementedError

    def of_input(
        self, x: list[float], part: int, unit: int, own: Mapping[str, TensorValues], times: Multiplier
    ) -> float:
        """The sum of what is read, weighted."""
        at = part * self.units + unit
        total = self.bias_at(own, 0, at)
        for channel, value in enumerate(x):
            total += times(value, own["kernel"][channel, at])
        return total

    def of_state(
        self, h: list[float], part: int, unit: int, own: Mapping[str, TensorValues], times: Multiplier
    ) -> float:
        """The sum of the state, weighted."""
        at = part * self.units + unit
        total = self.bias_at(own, 1, at)
        for other, value in enumerate(h):
            total += times(value, own["recurrent_kernel"][other, at])
        return total

    def bias_at(self, own: Mapping[str, TensorValues], row: int, at: int) -> float:
        """The bias of what is read (row 0), or of the state (row 1)."""
        if self.biases() == 2:
            return own["bias"][row, at]
        return own["bias"][at,] if self.biases() and row == 0 else 0.0


class LstmDefinition(RecurrentDefinition):
    """i, f and o are sigmoids, g is a tanh: the cell becomes f·c + i·g, the state o·tanh(c)."""

    parts = 4

    def next(
        self, x: list[float], h: list[float], memory: list[float], own: Mapping[str, TensorValues], times: Multiplier
    ) -> tuple[list[float], list[float]]:
        state, cell = [], []
        for unit in range(self.units):
            i, f, g, o = (
                self.of_input(x, part, unit, own, times) + self.of_state(h, part, unit, own, times) for part in range(4)
            )
            cell.append(sigmoid(f) * memory[unit] + sigmoid(i) * tanh(g))
            state.append(sigmoid(o) * tanh(cell[unit]))
        return state, cell


class GruDefinition(RecurrentDefinition):
    """z and r are sigmoids, the candidate is a tanh: the state becomes z·h + (1 − z)·candidate.

    r is multiplied with the state before its product with the kernel, or with the product.
    """

    parts = 3

    def biases(self) -> int:
        return (1 + self.reset_after) if self.bias else 0

    def next(
        self, x: list[float], h: list[float], memory: list[float], own: Mapping[str, TensorValues], times: Multiplier
    ) -> tuple[list[float], list[float]]:
        z, r = (
            [
                sigmoid(self.of_input(x, part, unit, own, times) + self.of_state(h, part, unit, own, times))
                for unit in range(self.units)
            ]
            for part in range(2)
        )
        before = [a * b for a, b in zip(r, h, strict=True)]
        state = []
        for unit in range(self.units):
            read = self.of_input(x, 2, unit, own, times)
            if self.reset_after:
                candidate = tanh(read + r[unit] * self.of_state(h, 2, unit, own, times))
            else:
                candidate = tanh(read + self.of_state(before, 2, unit, own, times))
            state.append(z[unit] * h[unit] + (1 - z[unit]) * candidate)
        return state, memory


class RnnDefinition(RecurrentDefinition):
    """The state becomes the activation of the sums."""

    parts = 1

    def next(
        self, x: list[float], h: list[float], memory: list[float], own: Mapping[str, TensorValues], times: Multiplier
    ) -> tuple[list[float], list[float]]:
        sums = [
            self.of_input(x, 0, unit, own, times) + self.of_state(h, 0, unit, own, times) for unit in range(self.units)
        ]
        if self.nonlinearity == "relu":
            return [max(each, 0.0) for each in sums], memory
        return [tanh(each) for each in sums], memory
