"""Recurrent layers in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cnncalc.layers.equals import Array, Equal, FrozenArray, NoEqual, Places, call
from cnncalc.layers.recurrent._directions import Direction
from cnncalc.layers.torch import TorchOfRows

_ONE_BIAS = '''\
class {name}WithOneBias(nn.{name}):
    """A layer whose second bias, that of the products with the state, stays 0."""

    def __init__(self, *sizes: Any, **options: Any) -> None:
        super().__init__(*sizes, **options)
        for name, parameter in self.named_parameters():
            if name.startswith("bias_hh"):
                nn.init.zeros_(parameter).requires_grad_(False)
'''


class _RecurrentTorch(TorchOfRows):
    """A module that reads (batch, positions, channels); it gives the states at all positions, and the last ones."""

    name: ClassVar[str]
    last: ClassVar[str] = "[1]"
    """Which of what it gives are the last states: (layers and directions, batch, units)."""
    gate_order: ClassVar[tuple[int, ...]] = ()
    """The order of the gates there."""

    def equal(self) -> Equal:
        layer = self.layer
        if layer.bidirectional and layer.merge == "sum" and layer.layers > 1:
            raise NoEqual(f"`nn.{self.name}` joins the directions between its layers")
        has_one = layer.bias and layer.bias_sets == 1
        second = FrozenArray((layer.gates * layer.units,), 0)
        return Equal(
            call(
                f"{self.name}WithOneBias" if has_one else f"nn.{self.name}",
                self.x.channels,
                layer.units,
                num_layers=(layer.layers, 1),
                **self.options(),
                bias=(layer.bias, True),
                batch_first=(True, False),
                bidirectional=(layer.bidirectional, False),
            ),
            self.applied(),
            dict(self.arrays()),
            {f"bias_hh_{end}": second for _, end in self.ends()} if has_one else {},
            _ONE_BIAS.format(name=self.name) if has_one else "",
        )

    def options(self) -> dict[str, tuple[object, object]]:
        """Arguments that other modules do not have."""
        return {}

    def start(self) -> str:
        """The states before the first position, as a further argument."""
        return f", {self.state(1)}" if self.layer.state else ""

    def state(self, number: int) -> str:
        """One of the tensors that are read, as (layers and directions, batch, units)."""
        each = self.layer.layers * (2 if self.layer.bidirectional else 1)
        if each == 1:
            return f"{{{number}}}[None]"
        return f"{{{number}}}.unflatten(-1, ({each}, {self.layer.units})).movedim(1, 0).contiguous()"

    def applied(self) -> str:
        """The text that applies it."""
        layer = self.layer
        made = f"{{module}}({{0}}{self.start()})"
        if layer.output == "last":
            if not layer.bidirectional:
                return f"{made}{self.last}[-1]"
            return f"{made}{self.last}[-2:]" + (".sum(0)" if layer.merge == "sum" else ".movedim(0, 1).flatten(1)")
        states = f"{made}[0]"
        if layer.bidirectional and layer.merge == "sum":
            states += f".unflatten(-1, (2, {layer.units})).sum(-2)"
        return states

    def ends(self) -> Iterator[tuple[Direction, str]]:
        """The directions of all layers, and what the names of their arrays end with there."""
        for number, directions in enumerate(self.layer.directions(self.x.channels)):
            for each in directions:
                yield each, f"l{number}" + "_reverse" * each.is_backward

    def arrays(self) -> Iterator[tuple[str, Places]]:
        """Where the arrays of each direction are."""
        layer = self.layer
        for each, end in self.ends():
            yield f"{each.name}kernel", self.kernel(f"weight_ih_{end}", each.channels)
            yield f"{each.name}recurrent_kernel", self.kernel(f"weight_hh_{end}", layer.units)
            if layer.bias:
                own, of_state = self.bias(f"bias_ih_{end}"), self.bias(f"bias_hh_{end}")
                yield f"{each.name}bias", (own, of_state) if layer.bias_sets == 2 else own

    def kernel(self, path: str, rows: int) -> Array:
        """Our kernel (rows, gates · units) is (gates · units, rows) there."""
        gates, units = self.layer.gates, self.layer.units
        return Array(path, (1, 2, 0), (rows, gates, units), (gates * units, rows), self.gate_order)

    def bias(self, path: str) -> Array:
        """One set of biases."""
        gates, units = self.layer.gates, self.layer.units
        return Array(path, (), (gates, units), (gates * units,), self.gate_order)


class LstmTorch(_RecurrentTorch):
    """`LSTM`, whose gates have our order."""

    name = "LSTM"
    last = "[1][0]"

    def start(self) -> str:
        has_state, has_cell = bool(self.layer.state), bool(self.layer.cell)
        if not (has_state or has_cell):
            return ""
        state = self.state(1)
        cell = self.state(2) if has_state and has_cell else state
        zeros = f"torch.zeros_like({state})"
        return f", ({state if has_state else zeros}, {cell if has_cell else zeros})"


class GruTorch(_RecurrentTorch):
    """`GRU`, whose reset gate comes first."""

    name = "GRU"
    gate_order = (1, 0, 2)

    def equal(self) -> Equal:
        if not self.layer.reset_after:
            raise NoEqual("`nn.GRU` applies its reset gate after the product")
        return super().equal()


class RnnTorch(_RecurrentTorch):
    """`RNN`."""

    name = "RNN"

    def options(self) -> dict[str, tuple[object, object]]:
        return {"nonlinearity": (self.layer.nonlinearity, "tanh")}
