"""Recurrent layers in Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cnncalc.layers.equals import Array, AsIs, Equal, NoEqual, Places, call
from cnncalc.layers.keras import Keras
from cnncalc.layers.recurrent._directions import NAMES


class _RecurrentKeras(Keras):
    """A layer, in `Bidirectional` if there are two directions; several one after the other in a `Sequential`."""

    name: ClassVar[str]

    def equal(self) -> Equal:
        count = self.layer.layers
        made = [self.one(is_last=number == count) for number in range(1, count + 1)]
        if count == 1:
            return Equal(made[0], f"{{module}}({{0}}{self.start()})", dict(self.arrays()))
        if self.layer.further:
            raise NoEqual("`Sequential` takes no initial states")
        return Equal(f"keras.Sequential([{', '.join(made)}])", arrays=dict(self.arrays()))

    def one(self, is_last: bool) -> str:
        """One of the layers on top of one another."""
        layer = self.layer
        options = {**self.options(), "use_bias": (layer.bias, True)}
        sequence = not is_last or layer.output == "sequence"
        made = call(f"layers.{self.name}", layer.units, **options, return_sequences=(sequence, False))
        if not layer.bidirectional:
            return made
        mode = "sum" if layer.merge == "sum" else "concat"
        return call("layers.Bidirectional", AsIs(made), merge_mode=(mode, "concat"))

    def options(self) -> dict[str, tuple[object, object]]:
        """Arguments that other layers do not have."""
        return {}

    def start(self) -> str:
        """The states before the first position, as a further argument: those of one direction after the other."""
        if not self.layer.further:
            return ""
        u, places = self.layer.units, iter(range(1, 3))
        tensors = [f"{{{next(places)}}}" if getattr(self.layer, name) else "" for name in self.layer.also_reads]
        tensors = [each or "ops.zeros_like({1})" for each in tensors]
        parts = [f"[:, :{u}]", f"[:, {u}:]"] if self.layer.bidirectional else [""]
        states = [each + part for part in parts for each in tensors]
        return f", initial_state={states[0] if len(states) == 1 else '[' + ', '.join(states) + ']'}"

    def arrays(self) -> Iterator[tuple[str, Places]]:
        """Where the arrays of each direction are."""
        layer = self.layer
        for number, directions in enumerate(layer.directions(self.x.channels)):
            inside = f"layers.{number}." if layer.layers > 1 else ""
            for each in directions:
                way = ("backward_layer." if each.is_backward else "forward_layer.") if layer.bidirectional else ""
                for name in NAMES[: 3 if layer.bias else 2]:
                    yield each.name + name, Array(f"{inside}{way}cell.{name}")


class _OneBiasKeras(_RecurrentKeras):
    def equal(self) -> Equal:
        if self.layer.bias and self.layer.bias_sets == 2:
            raise NoEqual(f"`{self.name}` has one bias per gate")
        return super().equal()


class LstmKeras(_OneBiasKeras):
    """`LSTM`, whose gates have our order."""

    name = "LSTM"


class GruKeras(_RecurrentKeras):
    """`GRU`, whose gates have our order."""

    name = "GRU"

    def options(self) -> dict[str, tuple[object, object]]:
        return {"reset_after": (self.layer.reset_after, True)}


class RnnKeras(_OneBiasKeras):
    """`SimpleRNN`."""

    name = "SimpleRNN"

    def options(self) -> dict[str, tuple[object, object]]:
        return {"activation": (self.layer.nonlinearity, "tanh")}
