"""Recurrent layers, and `Bidirectional` around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, Variable
from cnncalc.importing.keras._entries import KerasEntry, name_among
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._shapes import sliced
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
    def states(self) -> int:
        """How many states it has."""
        return 2 if self.kind == "lstm" else 1

    @property
    def returns_state(self) -> bool:
        """Whether its states are outputs, too."""
        return self.config.get("return_state") is True

    @property
    def essence(self) -> tuple[Any, ...]:
        """What makes two layers alike, but for their direction."""
        return self.kind, self.is_cudnn, self.settings, self.is_plain

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
    _freeze(call, [(own, own.params(x.channels))])
    count = 1 + own.states
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
    n = made.sizes[0]
    return call.reshaped(sliced(call, made, 0, n - 1, n, from_end=(True, True)), (own.units,))


def _unknown(call: KerasCall, own: Recurrent, read: Sequence[KerasTensor], count: int) -> list[KerasTensor]:
    """A layer that a spec has no kind for; what it makes is known all the same."""
    x = read[0]
    states = [(own.units,)] * (count - 1) if max(call.used, default=0) else []
    return _several(call, read, [own.output_sizes(x), *states], own.params(x.channels))


def _several(
    call: KerasCall, read: Sequence[KerasTensor], outputs: Sequence[tuple[int, ...]], params: int
) -> list[KerasTensor]:
    """An `opaque` layer with these outputs."""
    lead = read[0].sizes[: call.lead]
    return call.opaque(read, *((*lead, *sizes) for sizes in outputs), params=params)


def _bidirectional(call: KerasCall) -> Any:
    """`Bidirectional`, with the same layer in both directions."""
    entry = call.entry.inside("layer")
    ways = [_direction(call, each) for each in (entry, call.entry.inside("backward_layer") or entry)]
    return _both_ways(call, [each for each in ways if each])


def _freeze(call: KerasCall, parts: Sequence[tuple[Recurrent, int]]) -> None:
    """What is frozen of a layer by its parts, each with the number of its parameters: all of it, or so many of them."""
    frozen = [params for part, params in parts if not part.entry.trainable]
    if len(frozen) == len(parts):
        call.is_trainable = False
    elif frozen:
        call.say_what_is_frozen(sum(frozen))


def _direction(call: KerasCall, entry: KerasEntry | None) -> Recurrent | None:
    """One direction of a layer; None if it is of a class that is not known."""
    if entry is None or not entry.is_keras_own:
        return None
    cell = entry.inside("cell") if entry.class_name == "RNN" else None
    if cell and _is_known(cell):
        return _with_cell(call, cell, entry)
    return Recurrent(call, entry) if entry.class_name in _KINDS else None


def _both_ways(call: KerasCall, ways: Sequence[Recurrent]) -> Any:
    if len(ways) < 2:
        return call.opaque()
    own, other = ways
    mode = call.config.get("merge_mode", "concat")
    x, states = _sequence(call, call.x), call.tensors[1:]
    _freeze(call, [(each, each.params(x.channels)) for each in ways])
    width = own.units + other.units if mode == "concat" else own.units
    sizes = (x.sizes[0], width) if own.sequence else (width,)
    of_each = own.states
    more = max(call.used, default=0)
    differs = own.essence != other.essence or mode not in ("concat", "sum") or not own.is_plain
    if more or differs or own.backwards or call.lead or len(states) not in (0, 2 * of_each):
        first = [sizes] if mode is not None else [each.output_sizes(x) for each in ways]
        after = [(each.units,) for each in ways for _ in range(of_each) if own.returns_state]
        return _several(call, [x, *states], [*first, *after], sum(each.params(x.channels) for each in ways))
    starts = {
        name: call.add("concat", [states[place], states[place + of_each]], (2 * own.units,), 0).source
        for place, name in enumerate(("state", "cell")[: of_each if states else 0])
    }
    arrays = {
        f"{way}_{name}": each for way in ("forward", "backward") for name, each in own.arrays(f"{way}_layer").items()
    }
    settings = own.settings | {"bidirectional": True, "merge": mode} | starts
    return call.add(own.kind, x, sizes, len(sizes) - 1, arrays=arrays, **settings)


def _rnn(call: KerasCall) -> Any:
    """`RNN` around a cell that a layer of its own has, too."""
    cell = call.entry.inside("cell")
    if cell and cell.class_name == "StackedRNNCells" and cell.is_keras_own:
        return _stacked(call, cell)
    if cell is None or not _is_known(cell):
        return call.opaque()
    return _run(call, _with_cell(call, cell, call.entry))


def _is_known(cell: KerasEntry) -> bool:
    return cell.class_name.removesuffix("Cell") in _KINDS and cell.is_keras_own


def _with_cell(call: KerasCall, cell: KerasEntry, around: KerasEntry) -> Recurrent:
    """The layer that is what `RNN` makes of a cell."""
    settings = {**cell.config, **{key: value for key, value in around.config.items() if key != "cell"}}
    settings["trainable"] = around.trainable and cell.trainable
    return Recurrent(call, KerasEntry({"class_name": cell.class_name.removesuffix("Cell"), "config": settings}))


def _stacked(call: KerasCall, stack: KerasEntry) -> Any:
    """Several cells, each of which reads the states of the one before: as many layers."""
    entries = [KerasEntry(each) for each in stack.config.get("cells") or () if isinstance(each, dict)]
    cells = [_with_cell(call, each, call.entry) for each in entries if _is_known(each)]
    if not cells or len(cells) < len(entries):
        return call.opaque()
    call.is_trainable = call.is_trainable and stack.trainable
    x, *states = call.tensors
    x, sizes = _sequence(call, x), cells[-1].output_sizes(x)
    if states or call.lead or max(call.used, default=0) or any(each.backwards or not each.is_plain for each in cells):
        read = [x.channels, *(each.units for each in cells)]
        params = [each.params(channels) for each, channels in zip(cells, read, strict=False)]
        _freeze(call, list(zip(cells, params, strict=True)))
        after = [(each.units,) for each in cells for _ in range(each.states) if each.returns_state]
        return _several(call, [x, *states], [sizes, *after], sum(params))
    owners, is_trainable = _numbered_cells(entries), call.is_trainable
    for each in cells:
        call.is_trainable = is_trainable and each.entry.trainable
        settings = each.settings | ({} if each is cells[-1] else {"output": "sequence"})
        sizes = (x.sizes[0], each.units) if settings["output"] == "sequence" else (each.units,)
        x = call.add(each.kind, x, sizes, len(sizes) - 1, arrays=each.arrays_in(next(owners)), **settings)
    return x


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
