"""Recurrent layers, and `Bidirectional` around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, Variable
from cnncalc.importing.keras._entries import KerasEntry, name_among
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._windows import KerasWindows

_KINDS = {"LSTM": "lstm", "CuDNNLSTM": "lstm", "GRU": "gru", "CuDNNGRU": "gru", "SimpleRNN": "rnn"}
_GATES = {"lstm": 4, "gru": 3, "rnn": 1}
_ARRAYS = ("kernel", "recurrent_kernel", "bias")


class Recurrent:
    """A recurrent layer, as its settings have it."""

    def __init__(self, call: KerasCall, entry: KerasEntry) -> None:
        self.call = call
        self.entry = entry
        self.kind = _KINDS[entry.class_name]
        self.is_cudnn = entry.class_name.startswith("CuDNN")
        self.config: Mapping[str, Any] = entry.config
        units = self.config.get("units")
        if type(units) is not int or units < 1:
            raise call.refuse("its `units` are no whole number of at least 1", code="CNN150")
        self.units = units
        self.bias = self.config.get("use_bias", True) is not False
        self.sequence = self.config.get("return_sequences") is True
        self.backwards = self.config.get("go_backwards") is True or self.config.get("time_major") is True

    @property
    def reset_after(self) -> bool:
        """Where a GRU applies its reset gate; Keras 2 says so unless it is of its first years."""
        return self.is_cudnn or bool(self.config.get("reset_after", self.call.network.generation > 2))

    @property
    def is_plain(self) -> bool:
        """Whether its functions are those of the kind."""
        function, of_gates = self.config.get("activation", "tanh"), self.config.get("recurrent_activation", "sigmoid")
        if self.kind == "rnn":
            return function in ("tanh", "relu")
        return (function, of_gates) == ("tanh", "sigmoid")

    @property
    def settings(self) -> dict[str, Any]:
        """What the kind is given."""
        own: dict[str, Any] = {}
        if self.kind == "gru":
            own = {"reset_after": self.reset_after}
        if self.kind == "rnn":
            own = {"nonlinearity": self.config.get("activation", "tanh")}
        return {"units": self.units, "output": "sequence" if self.sequence else "last", "bias": self.bias} | own

    def params(self, channels: int) -> int:
        """How many parameters one direction has."""
        bias = (2 if self.kind == "gru" and self.reset_after else 1) if self.bias else 0
        return _GATES[self.kind] * self.units * (channels + self.units + bias)

    def arrays(self, owner: str) -> dict[str, Variable]:
        """Where its arrays are."""
        return self.arrays_in(owner if self.is_cudnn else f"{owner}/cell".lstrip("/"))

    def arrays_in(self, inside: str) -> dict[str, Variable]:
        """Where its arrays are, in this part of the layer."""
        return {name: Variable(inside, place) for place, name in enumerate(_ARRAYS[: 3 if self.bias else 2])}

    def output_sizes(self, x: KerasTensor) -> tuple[int, ...]:
        """Of one direction."""
        return (x.sizes[0], self.units) if self.sequence else (self.units,)


def _recurrent(call: KerasCall) -> Any:
    """`LSTM`, `GRU`, `SimpleRNN`."""
    return _run(call, Recurrent(call, call.entry))


def _run(call: KerasCall, own: Recurrent) -> Any:
    x, states = _sequence(call, call.x), call.tensors[1:]
    count = 3 if own.kind == "lstm" else 2
    reads_cell = own.kind == "lstm" and 2 in call.used
    if own.backwards or not own.is_plain or call.lead or len(states) > count - 1 or reads_cell:
        return _unknown(call, own, [x, *states], count)
    starts = dict(zip(("state", "cell"), (each.source for each in states), strict=False))
    made = call.add(
        own.kind, x, own.output_sizes(x), len(own.output_sizes(x)) - 1, arrays=own.arrays(""), **own.settings, **starts
    )
    return [made, _last(call, made, own) if 1 in call.used else made]


def _sequence(call: KerasCall, x: KerasTensor) -> KerasTensor:
    if x.rank != 2 + call.lead:
        raise call.refuse(f"it reads a sequence of vectors, not a tensor of {x.rank} axes", code="CNN150")
    return call.facing(x, x.rank - 1)


def _last(call: KerasCall, made: KerasTensor, own: Recurrent) -> KerasTensor:
    """The state after the last position."""
    if not own.sequence:
        return made
    taken = call.add("slice", made, (1, own.units), range=(made.sizes[0] - 1, made.sizes[0]), axis="position")
    return call.reshaped(taken, (own.units,))


def _unknown(call: KerasCall, own: Recurrent, read: Sequence[KerasTensor], count: int) -> list[KerasTensor]:
    """A layer that a spec has no kind for; what it makes is known all the same."""
    x = read[0]
    outputs = [own.output_sizes(x), *[(own.units,)] * (count - 1)] if max(call.used, default=0) else None
    return _several(call, read, outputs or [own.output_sizes(x)], own.params(x.channels))


def _several(
    call: KerasCall, read: Sequence[KerasTensor], outputs: Sequence[tuple[int, ...]], params: int
) -> list[KerasTensor]:
    """An `opaque` layer with these outputs."""
    call.stated = {place: (None, *(_with_lead(call, read[0], sizes))) for place, sizes in enumerate(outputs)}
    call.used = frozenset(range(len(outputs)))
    return (
        call.opaque(read, params=params)
        if not call.lead
        else call.opaque(read, _with_lead(call, read[0], outputs[0]), params=params)
    )


def _with_lead(call: KerasCall, x: KerasTensor, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (*x.sizes[: call.lead], *sizes)


def _bidirectional(call: KerasCall) -> Any:
    """`Bidirectional`, with the same layer in both directions."""
    entry, other = call.entry.inside("layer"), call.entry.inside("backward_layer")
    if entry is None or entry.class_name not in _KINDS or not entry.is_keras_own:
        return call.opaque()
    own = Recurrent(call, entry)
    mode = call.config.get("merge_mode", "concat")
    x, states = _sequence(call, call.x), call.tensors[1:]
    differs = other is not None and _essence(other) != _essence(entry)
    width = 2 * own.units if mode == "concat" else own.units
    sizes = (x.sizes[0], width) if own.sequence else (width,)
    of_each = 2 if own.kind == "lstm" else 1
    more = max(call.used, default=0)
    if differs or more or mode not in ("concat", "sum") or own.backwards or not own.is_plain or call.lead:
        if more or differs or mode is None:
            return call.opaque([x, *states])
        return call.opaque([x, *states], _with_lead(call, x, sizes), params=2 * own.params(x.channels))
    if len(states) not in (0, 2 * of_each):
        return call.opaque([x, *states], sizes, params=2 * own.params(x.channels))
    starts = {
        name: call.add("concat", [states[place], states[place + of_each]], (2 * own.units,), 0).source
        for place, name in enumerate(("state", "cell")[: of_each if states else 0])
    }
    arrays = {
        f"{way}_{name}": each for way in ("forward", "backward") for name, each in own.arrays(f"{way}_layer").items()
    }
    settings = own.settings | {"bidirectional": True, "merge": mode} | starts
    return call.add(own.kind, x, sizes, len(sizes) - 1, arrays=arrays, **settings)


def _essence(entry: KerasEntry) -> tuple[Any, ...]:
    """What makes two layers alike, but for their direction."""
    names = ("units", "use_bias", "activation", "recurrent_activation", "reset_after", "return_sequences")
    return entry.class_name, *(entry.config.get(each) for each in names)


def _rnn(call: KerasCall) -> Any:
    """`RNN` around a cell that a layer of its own has, too."""
    cell = call.entry.inside("cell")
    if cell and cell.class_name == "StackedRNNCells" and cell.is_keras_own:
        return _stacked(call, cell)
    if cell is None or not _is_known(cell):
        return call.opaque()
    return _run(call, _with_cell(call, cell, call.config))


def _is_known(cell: KerasEntry) -> bool:
    return cell.class_name.removesuffix("Cell") in _KINDS and cell.is_keras_own


def _with_cell(call: KerasCall, cell: KerasEntry, around: Mapping[str, Any]) -> Recurrent:
    """The layer that is what `RNN` makes of a cell."""
    settings = {**cell.config, **{key: value for key, value in around.items() if key != "cell"}}
    return Recurrent(call, KerasEntry({"class_name": cell.class_name.removesuffix("Cell"), "config": settings}))


def _stacked(call: KerasCall, stack: KerasEntry) -> Any:
    """Several cells, each of which reads the states of the one before: as many layers."""
    cells = [KerasEntry(each) for each in stack.config.get("cells") or ()]
    *before, last = [_with_cell(call, each, call.config) for each in cells if _is_known(each)]
    x, *states = call.tensors
    odd = [each for each in (*before, last) if each.backwards or not each.is_plain]
    if len(before) + 1 < len(cells) or odd or states or call.lead or max(call.used, default=0):
        return call.opaque()
    x = _sequence(call, x)
    owners = _numbered_cells(cells)
    for each in before:
        settings = each.settings | {"output": "sequence"}
        x = call.add(each.kind, x, (x.sizes[0], each.units), 1, arrays=each.arrays_in(next(owners)), **settings)
    sizes = last.output_sizes(x)
    made = call.add(last.kind, x, sizes, len(sizes) - 1, arrays=last.arrays_in(next(owners)), **last.settings)
    for layer, cell in zip(call.layers[-len(cells) :], cells, strict=True):
        layer.trainable = layer.trainable and cell.trainable
    return made


def _numbered_cells(cells: Sequence[KerasEntry]) -> Iterator[str]:
    """Where files have the variables of each of several cells."""
    counts: dict[str, int] = {}
    return (f"cell/cells/{name_among(each.class_name, counts)}" for each in cells)


def _conv_lstm(call: KerasCall, rank: int) -> Any:
    """`ConvLSTM2D`, which has no kind; how many parameters it has is known."""
    filters, windows = call.whole("filters"), KerasWindows(call, rank, "kernel_size")
    is_first = call.config.get("data_format") == "channels_first"
    x = call.facing(call.x, 1 if is_first else call.x.rank - 1)
    if call.lead or x.rank != rank + 2 or max(call.used, default=0):
        return call.opaque([x])
    bias = 0 if call.config.get("use_bias") is False else 1
    params = 4 * filters * (prod(windows.window) * (x.channels + filters) + bias)
    spatial = windows.over(x.spatial[1:])
    one = (filters, *spatial) if is_first else (*spatial, filters)
    sizes = (x.sizes[0], *one) if call.config.get("return_sequences") is True else one
    return call.opaque([x], sizes, params=params)


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    **dict.fromkeys(_KINDS, _recurrent),
    "Bidirectional": _bidirectional,
    "RNN": _rnn,
    **{f"ConvLSTM{rank}D": partial(_conv_lstm, rank=rank) for rank in (1, 2, 3)},
}
