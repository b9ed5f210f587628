"""One call of a Keras layer, and how the layers of a draft are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from cnncalc.importing.draft import Draft, DraftLayer, DraftOutput, Source, too_many
from cnncalc.importing.keras._entries import CalledWith, KerasEntry, OpenSizes, all_of
from cnncalc.importing.keras._tensors import MAX_RANK, KerasTensor, axis_names, shape_of
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

MASKED = "masks are left out: every position counts, whatever is in it"

LEARNED = frozenset(
    (
        *("conv", "depthwise_conv", "separable_conv", "conv_transpose", "dense", "embedding", "lstm", "gru", "rnn"),
        *("batch_norm", "layer_norm", "instance_norm", "group_norm", "rms_norm", "scale", "offset", "normalization"),
        *("prelu", "attention", "opaque"),
    )
)
"""The kinds that have parameters, and so weights that calls share."""


class Variable(NamedTuple):
    """Which variable of a Keras layer an array of ours is.

    Attributes:
        owner: the part of the layer that has it, as files name it: `cell`; "" for the layer itself.
        place: which of its variables.
        steps: what makes our array of it, as in `Stored`.
    """

    owner: str
    place: int
    steps: tuple[tuple[str, Any], ...] = ()


class Frame(NamedTuple):
    """The models around a layer.

    Attributes:
        path: their names and classes, outermost first.
        trainable: whether all of them are.
        key: tells the layers of one model from those of another with the same names.
        lead: how many axes before a layer's own are treated like the batch: 1 in a `TimeDistributed`.
    """

    path: tuple[tuple[str, str], ...] = ()
    trainable: bool = True
    key: tuple[Any, ...] = ()
    lead: int = 0


class KerasNetwork:
    """What all calls have in common: the draft that they add to, and the layers that were called before.

    Attributes:
        draft: what is made.
        file: the name of the file, for findings.
        generation: of Keras, 2 or 3: some defaults differ.
        variables: which variables the arrays of a layer are, by layer, with the layer's key in the file.
        batch: the size of the batch if the file fixes it.
        frozen_in_part: of layers that are counted as trainable, how many parameters are not; with names, by key.
        is_resized: whether an input has another size than the file has, so that no shape in it is right any more.
    """

    def __init__(self, draft: Draft, file: str, generation: int) -> None:
        self.draft = draft
        self.file = file
        self.generation = generation
        self.variables: dict[DraftLayer, tuple[tuple[Any, ...], Mapping[str, Variable]]] = {}
        self.batch: int | None = None
        self.frozen_in_part: dict[tuple[Any, ...], tuple[str, int]] = {}
        self.is_resized = False
        self.made: dict[tuple[Any, ...], list[DraftLayer]] = {}
        self.count = 0

    def refuse(self, code: str, message: str, *help: str) -> Unreadable:
        """The exception for something in the file."""
        return Unreadable(Diagnostic(code, message, self.file, START, "", help))

    def remark(self, code: str, message: str, *help: str, severity: str = "note") -> None:
        """Notes something, once."""
        found = Diagnostic(code, message, self.file, START, "", help, severity=severity)
        if found not in self.draft.remarks:
            self.draft.remarks.append(found)

    def compare(self, place: str, what: str, sizes: OpenSizes, tensor: KerasTensor) -> None:
        """Notes where the file states other sizes, the batch included, than a tensor has."""
        own = sizes[1:]
        is_same = len(own) == tensor.rank and all(n in (None, m) for n, m in zip(own, tensor.sizes, strict=True))
        if not is_same:
            stated, computed = (
                "×".join("?" if n is None else str(n) for n in each) or "1" for each in (own, tensor.sizes)
            )
            self.draft.contradictions.append(f"{place}: the file states an {what} of {stated}, computed is {computed}")

    def count_calls(self, number: int) -> None:
        """Counts calls.

        Raises:
            Unreadable: there are too many.
        """
        self.count += number
        if message := too_many(self.count, "calls of layers"):
            raise self.refuse("CNN156", message)


class KerasCall:
    """One call of a layer.

    Attributes:
        entry: the layer.
        args: what it is called on, with tensors and plain values.
        kwargs: the same.
        network: that it is part of.
        frame: the models around it.
        used: which of its outputs anything reads.
        stated: the sizes of its outputs as the file has them, by their places; the batch included.
        key: of the layer, the same for every call of it.
        is_trainable: whether training changes what is added next.
    """

    def __init__(
        self,
        entry: KerasEntry,
        given: CalledWith,
        network: KerasNetwork,
        frame: Frame,
        used: frozenset[int] = frozenset((0,)),
        stated: Mapping[int, tuple[int | None, ...]] | None = None,
    ) -> None:
        self.entry = entry
        self.args = given.args
        self.kwargs = given.kwargs
        self.network = network
        self.frame = frame
        self.used = used
        self.stated = stated or {}
        self.key = entry.key_in(frame.key)
        self.is_trainable = frame.trainable and entry.trainable
        self.layers: list[DraftLayer] = []
        self._earlier = iter(network.made.get(self.key, ()))

    # -- what it is called with

    @property
    def config(self) -> Mapping[str, Any]:
        """What the layer was made with."""
        return self.entry.config

    @property
    def lead(self) -> int:
        """How many axes before the layer's own are treated like the batch."""
        return self.frame.lead

    @property
    def tensors(self) -> list[KerasTensor]:
        """All tensors that it reads, in order."""
        return list(all_of([self.args, self.kwargs], KerasTensor))

    @property
    def x(self) -> KerasTensor:
        """The first tensor that it reads."""
        tensors = self.tensors
        if not tensors:
            raise self.refuse("it reads no tensor")
        return tensors[0]

    def argument(self, place: int | None, *names: str, default: Any = None) -> Any:
        """An argument: by one of its names, by its place, or as the layer was made with it."""
        for name in names:
            if name in self.kwargs:
                return self.kwargs[name]
        if place is not None and place < len(self.args):
            return self.args[place]
        for name in names:
            if self.config.get(name) is not None:
                return self.config[name]
        return default

    def number(self, name: str, default: float = 0) -> float:
        """A setting that is a number: of float32 as Keras 2 writes it, too."""
        found = single_number(self.config.get(name, default))
        if found is None:
            raise self.refuse(f"its `{name}` is no number", code="CNN150")
        return found

    def whole(self, name: str, default: int | None = None) -> int:
        """A setting that is a size."""
        value = self.config.get(name)
        value = default if value is None else value
        if type(value) is not int or value < 1:
            raise self.refuse(f"its `{name}` is no whole number of at least 1", code="CNN150")
        return value

    def row(self, name: str, length: int, default: int = 1, least: int = 1) -> tuple[int, ...]:
        """A setting with one whole number per axis, which may be written as a single one for all."""
        value = self.config.get(name)
        value = default if value is None else value
        sizes = tuple(value) if isinstance(value, list | tuple) else (value,) * length
        if len(sizes) != length or any(type(each) is not int or each < least for each in sizes):
            message = f"its `{name}` has not one whole number of at least {least} for each of {length} axes"
            raise self.refuse(message, code="CNN150")
        return sizes

    # -- findings

    @property
    def name(self) -> str:
        """The layer's name, with those of the models around it."""
        return "/".join([*(name for name, _ in self.frame.path), self.entry.name or self.entry.class_name])

    @property
    def place(self) -> str:
        """Where the layer is, for findings."""
        return f'layer "{self.name}" ({self.entry.class_name})'

    def refuse(self, message: str, *help: str, code: str = "CNN152") -> Unreadable:
        """The exception for this layer."""
        return self.network.refuse(code, f"{self.place}: {message}", *help)

    # -- what is made of it

    def add(
        self,
        kind: str,
        inputs: KerasTensor | Sequence[KerasTensor],
        sizes: tuple[int, ...] | None = None,
        channel: int | None = None,
        /,
        *,
        arrays: Mapping[str, Variable] | None = None,
        **settings: Any,
    ) -> KerasTensor:
        """Adds a layer, and gives its output.

        Args:
            inputs: what it reads.
            sizes: of the output; by default those of the first input.
            channel: which of them is that of the channels; by default as in the first input.
            arrays: which variable of the Keras layer each array is.
        """
        read = (inputs,) if isinstance(inputs, KerasTensor) else tuple(inputs)
        sizes = read[0].sizes if sizes is None else sizes
        channel = channel if channel is not None else read[0].channel
        for each in (*(tensor.sizes for tensor in read), sizes):
            self.check_rank(each)
        layer = self._layer(kind, tuple(each.source for each in read), settings)
        if arrays:
            self.network.variables[layer] = self.key, arrays
        return KerasTensor(layer, sizes, channel)

    def check_rank(self, sizes: tuple[int, ...]) -> None:
        """Refuses tensors with more axes than a spec has names for.

        Raises:
            Unreadable: it is one.
        """
        if len(sizes) > MAX_RANK:
            shape = "×".join(map(str, sizes))
            raise self.refuse(f"{shape} has more axes than the {MAX_RANK} that a tensor has here besides the batch")
        if any(each < 1 for each in sizes):
            raise self.refuse(f"its output has no values: {'×'.join(map(str, sizes))}", code="CNN150")

    def _layer(self, kind: str, inputs: tuple[Source, ...], settings: dict[str, Any]) -> DraftLayer:
        layer = DraftLayer(kind, inputs, **settings)
        layer.path = (*self.frame.path, (self.entry.name, self.entry.class_name))
        layer.place = self.place
        layer.trainable = self.is_trainable
        if kind in LEARNED:
            self._share(layer)
        self.layers.append(layer)
        return self.network.draft.add(layer)

    def say_what_is_frozen(self, params: int) -> None:
        """Notes how many parameters are frozen of a layer of which the others are not, unless all of it is."""
        if self.is_trainable:
            self.network.frozen_in_part[self.key] = self.name, params

    def finish(self) -> None:
        """Gives the layer that stands for the Keras layer its name: that which has parameters, or the last one."""
        learned = [each for each in self.layers if each.kind in LEARNED]
        for layer in [*learned, *self.layers[-1:]][:1]:
            layer.origin = self.name

    def _share(self, layer: DraftLayer) -> None:
        """Gives a layer the weights of that which an earlier call of the same Keras layer made."""
        first = next((each for each in self._earlier if each.kind in LEARNED), None)
        if first is None:
            return
        first = first.shares or first
        if first.kind == layer.kind and layer.settings == first.settings and len(layer.inputs) == 1:
            layer.shares = first
            first.trainable = first.trainable or layer.trainable  # in one of the models that it is in, it is trained
        elif layer.kind == "opaque":
            layer.settings["params"] = 0
        else:
            raise self.refuse("it is called again in another way, and shares its weights")

    def opaque(
        self,
        inputs: Sequence[KerasTensor] | None = None,
        sizes: tuple[int, ...] | None = None,
        *more_sizes: tuple[int, ...],
        params: int | None = None,
        macs: int | None = None,
        called: str = "",
    ) -> list[KerasTensor]:
        """Adds a layer that cnncalc has no kind for, and gives its outputs.

        Args:
            inputs: what it reads; all tensors of the call by default.
            sizes: of its output; as the file states them by default.
            more_sizes: of further outputs.
            params: how many parameters it has, if that is known.
            macs: the same for its multiply-adds.
            called: what it is called; by default the name of its class.
        """
        called = called.strip() or self.entry.class_name.strip() or "unknown"
        read = self.tensors if inputs is None else list(inputs)
        if not read:
            raise self.refuse("it reads nothing, and what it does is not known")
        outputs = [sizes, *more_sizes] if sizes is not None else self._stated_outputs(called)
        for each in (*(tensor.sizes for tensor in read), *outputs):
            self.check_rank(each)
        known = {name: value for name, value in (("params", params), ("macs", macs)) if value is not None}
        shapes = [self.natural(each) for each in outputs]
        whole: Any = shapes[0] if len(shapes) == 1 else {f"output{i}": each for i, each in enumerate(shapes, 1)}
        layer = self._layer(
            "opaque", tuple(each.source for each in read), {"operation": called, "output": whole} | known
        )
        counts = self.network.draft.not_understood
        counts[called] = counts.get(called, 0) + 1
        sources: list[Source] = [layer, *(DraftOutput(layer, f"output{i}") for i in range(2, len(outputs) + 1))]
        return [KerasTensor(source, each, self.channel_of(each)) for source, each in zip(sources, outputs, strict=True)]

    def _stated_outputs(self, called: str) -> list[tuple[int, ...]]:
        """The sizes of all outputs, as the file has them."""
        count = max([*self.used, *self.stated, 0]) + 1
        found = [self.stated_sizes(place) for place in range(len(self.stated))]  # the file may count to any number
        known = [each for each in found if each is not None]
        if len(known) < count:
            raise self.refuse(
                f"what `{called}` does is not known, and the file does not say what it makes",
                "models that Keras 3 writes say so of layers that others read",
                "or build the model without this layer, up to it or after it",
            )
        return known

    def stated_sizes(self, place: int = 0) -> tuple[int, ...] | None:
        """The sizes of an output as the file has them, without the batch; None if it does not, or leaves some open."""
        sizes = self.stated.get(place, ())[1:]
        known = tuple(each for each in sizes if each is not None)
        return known if place in self.stated and len(known) == len(sizes) and not self.lead else None

    # -- channels, and the order of axes

    def channel_of(self, sizes: tuple[int, ...]) -> int:
        """Which axis the channels are by the model's layout."""
        return 0 if self.network.draft.layout == "channels_first" else max(len(sizes) - 1, 0)

    def natural(self, sizes: tuple[int, ...]) -> Shape:
        """The shape of a tensor by the model's layout."""
        return shape_of(sizes, self.channel_of(sizes))

    def channel_axis(self, rank: int) -> int:
        """Which axis of an input the layer treats as the channels, by its `data_format`."""
        return self.lead if self.config.get("data_format") == "channels_first" else rank - 1

    def axis(self, number: Any, rank: int) -> int:
        """One of Keras' axes, which count the batch as 0, counted without it.

        Raises:
            Unreadable: it is the batch, or there is no such axis.
        """
        own = rank + 1 - self.lead
        if type(number) is not int or not -own <= number < own:
            raise self.refuse(f"there is no axis {number} among {own}", code="CNN150")
        if number % own == 0:
            raise self.refuse(
                "it works along the batch, and so mixes samples",
                "a spec describes what happens to one sample",
                code="CNN154",
            )
        return number % own - 1 + self.lead

    def facing(self, x: KerasTensor, channel: int) -> KerasTensor:
        """The same tensor with this one of Keras' axes as its channels, by a permutation if need be."""
        return x if x.channel == channel or x.rank < 2 or x.row else self.permuted(x, tuple(range(x.rank)), channel)

    def plain(self, x: KerasTensor) -> KerasTensor:
        """The same tensor with its axes in the order that a row of its values has."""
        return self.facing(x, self.channel_of(x.sizes))

    def permuted(self, x: KerasTensor, order: Sequence[int], channel: int) -> KerasTensor:
        """The tensor with its axes in another order; nothing is added where that changes nothing.

        Args:
            order: the old place of each new axis.
            channel: which of the new ones is the channels.
        """
        sizes = tuple(x.sizes[axis] for axis in order)
        names = zip(axis_names(x.rank, channel), order, strict=True)
        moves: dict[str, Any] = {new: old for new, axis in names if new != (old := x.axis_name(axis))}
        return self.add("permute", x, sizes, channel, **moves) if moves else KerasTensor(x.source, sizes, channel)

    def reshaped(self, x: KerasTensor, sizes: tuple[int, ...]) -> KerasTensor:
        """The values of a tensor in other sizes, in the same order."""
        x = x.row or self.plain(x)
        if sizes == x.sizes:
            return x
        if prod(sizes) != prod(x.sizes):
            raise self.refuse(f"{prod(x.sizes)} values do not fit into {'×'.join(map(str, sizes))}", code="CNN150")
        if len(sizes) > MAX_RANK:
            return KerasTensor(x.source, sizes, self.channel_of(sizes), x)
        if len(sizes) < 2:
            made = self.add("flatten", x, (prod(x.sizes),), 0) if x.rank > 1 else x
            return KerasTensor(made.source, sizes, 0)
        return self.add("reshape", x, sizes, self.channel_of(sizes), shape=self.natural(sizes))


def single_number(value: Any) -> float | None:
    """A number, which Keras 2 may write as an array; None if it is none."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config.get("value") if isinstance(config, dict) else value.get("value")
    if isinstance(value, list) and len(value) == 1:
        return single_number(value[0])
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def numbers_of_array(value: Any) -> Iterator[float]:
    """The numbers of an array that is written as nested lists."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config.get("value") if isinstance(config, dict) else value.get("value")
    return map(float, all_of(value, (int, float)))
