"""Models and the models inside them: every call of every layer, each after those that it reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.keras._calls import MASKED, Frame, KerasCall, KerasNetwork
from cnncalc.importing.keras._entries import CalledWith, KerasEntry, Reference, all_of, places_in, replaced
from cnncalc.importing.keras._tensors import KerasTensor, shape_of
from cnncalc.importing.keras.translating.table import translator_of

MAX_DEPTH = 40
"""How deep models may be inside one another."""

Outputs = list[Any]
"""What a call makes, in order: tensors, and of Keras 2 values that are calculated from shapes."""


def run_model(
    entry: KerasEntry, inputs: Sequence[Any], network: KerasNetwork, frame: Frame, stated: bool = True
) -> Outputs:
    """The outputs of a model.

    Args:
        entry: the model.
        inputs: what it is called on, in order.
        network: that its layers are added to.
        frame: the models around its layers, itself included.
        stated: whether the shapes in the file are those of this call.
    """
    if len(frame.path) > MAX_DEPTH:
        raise network.refuse("CNN156", f"models are inside one another more than {MAX_DEPTH} deep")
    stated = stated and not network.is_resized
    if entry.is_sequential:
        return _run_sequential(entry, inputs, network, frame, stated)
    return _Graph(entry, network, frame, stated).run(inputs)


def _run_sequential(
    entry: KerasEntry, inputs: Sequence[Any], network: KerasNetwork, frame: Frame, stated: bool
) -> Outputs:
    layers = [each for each in entry.entries() if not each.is_input]
    network.count_calls(len(layers))
    outputs = list(inputs)
    for place, layer in enumerate(layers):
        after = layers[place + 1].built_for if stated and place + 1 < len(layers) else []
        call = KerasCall(
            layer,
            CalledWith([outputs[0] if len(outputs) == 1 else outputs], {}),
            network,
            frame,
            stated=dict(enumerate(after[:1])),
        )
        outputs = outputs_of_call(call)
    return outputs


def outputs_of_call(call: KerasCall) -> Outputs:
    """The outputs of one call."""
    network, entry = call.network, call.entry
    if entry.is_model:
        if entry.registered and not entry.is_keras_own:
            network.remark(
                "CNN573",
                f"{call.place} is a model of a class of your own: read are its layers, not what else the class does",
                severity="warning",
            )
        outputs = run_model(entry, call.tensors, network, _inside(call, entry))
    elif entry.class_name in _WRAPPERS and entry.is_keras_own:
        outputs = _WRAPPERS[entry.class_name](call)
    else:
        network.draft.operations += 1
        _say_what_was_changed(call)
        outputs = _translated(call)
        network.made.setdefault(call.key, call.layers)
        call.finish()
    _state(call, outputs)
    return outputs


def _say_what_was_changed(call: KerasCall) -> None:
    """Notes that a layer was given other parameters after it was made: `enable_lora()`, `quantize()`."""
    rank, dtype = call.config.get("lora_rank"), call.config.get("dtype")
    policy = dtype.get("class_name") if isinstance(dtype, dict) else None
    if rank:
        what = (
            f"its LoRA of rank {rank}: these parameters are not counted, and those that it freezes count as trainable"
        )
    elif policy == "QuantizedDTypePolicy" or call.config.get("quantization_config"):
        what = "it was quantised: the scales of its weights are not counted, and all its parameters count as trainable"
    else:
        return
    call.network.remark("CNN573", f"{call.place}: it is read as before {what}", severity="warning")


def _normalised(call: KerasCall) -> Outputs:
    """`SpectralNormalization`: outside training, its layer is one like any other."""
    inside = call.entry.inside("layer")
    if inside is None or inside.is_model:
        return call.opaque()
    call.network.remark(
        "CNN573",
        f"{call.place}: read is the layer that it normalises; its vector, which is not trained, is not counted",
        severity="warning",
    )
    return _in_place_of(call, inside, call.lead)


def _in_place_of(call: KerasCall, inside: KerasEntry, lead: int) -> Outputs:
    """What a layer makes that another one is around."""
    frame = Frame(call.frame.path, call.frame.trainable and call.entry.trainable, call.key, lead)
    inner = KerasCall(inside, CalledWith(call.args, call.kwargs), call.network, frame, call.used)
    before = len(call.network.draft.layers)
    outputs = outputs_of_call(inner)
    for layer in call.network.draft.layers[before:]:
        layer.origin = layer.origin and call.name
        layer.place = call.place
    call.layers = inner.layers
    return outputs


def _inside(call: KerasCall, entry: KerasEntry, lead: int | None = None) -> Frame:
    """What is around the layers of a model."""
    frame = call.frame
    return Frame(
        (*frame.path, (call.entry.name, entry.class_name)),
        frame.trainable and call.entry.trainable and entry.trainable,
        call.key,
        frame.lead if lead is None else lead,
    )


def _over_time(call: KerasCall) -> Outputs:
    """`TimeDistributed`: its layer works on each position alike."""
    inside = call.entry.inside("layer")
    if inside is None or call.lead:
        return call.opaque()
    if inside.is_model:
        return run_model(inside, call.tensors, call.network, _inside(call, inside, 1), stated=False)
    return _in_place_of(call, inside, 1)


_WRAPPERS = {"TimeDistributed": _over_time, "SpectralNormalization": _normalised}
"""Layers around others, by their classes."""

_ODD = (TypeError, ValueError, ArithmeticError)
"""What calculating with settings causes that are of other types than Keras writes, or out of bounds."""


def _translated(call: KerasCall) -> Outputs:
    """What a layer makes.

    Raises:
        Unreadable: it is refused, or its settings are none of such a layer.
    """
    try:
        made = translator_of(call)(call)
    except _ODD as error:
        for each in call.tensors:
            call.check_rank(each.sizes)
        message = f"its settings are damaged, or of a version that is not known: {' '.join(str(error).split())[:100]}"
        raise call.refuse(message, code="CNN150") from None
    return list(made) if isinstance(made, list | tuple) else [made]


def _state(call: KerasCall, outputs: Outputs) -> None:
    """Notes the shapes that the file states of what was made; open sizes are those that were worked out."""
    for place, tensor in enumerate(outputs):
        sizes = call.stated.get(place, ())
        if not sizes or not isinstance(tensor, KerasTensor) or call.lead:
            continue
        is_whole = None not in sizes[1:] or len(sizes) == tensor.rank + 1
        if isinstance(tensor.source, DraftLayer) and tensor.source in call.layers and not tensor.row and is_whole:
            known = tuple(n if n is not None else tensor.sizes[axis] for axis, n in enumerate(sizes[1:]))
            channel = tensor.channel if len(known) == tensor.rank else call.channel_of(known)
            tensor.source.output = shape_of(known, channel)
        else:  # it is what the layer reads, or made by the layers of a model
            call.network.compare(call.place, "output", sizes, tensor)


class _Graph:
    """A functional model."""

    def __init__(self, entry: KerasEntry, network: KerasNetwork, frame: Frame, stated: bool) -> None:
        self.entry = entry
        self.network = network
        self.frame = frame
        self.name = "/".join(name for name, _ in frame.path) or entry.name or "the model"
        self.entries = entry.entries()
        names = {each.name: place for place, each in enumerate(self.entries)}
        self.calls = [each.calls(names) for each in self.entries]
        network.count_calls(sum(map(len, self.calls)))
        self.reads = [[list(call.references()) for call in calls] for calls in self.calls]
        self.places = names
        outputs = places_in(entry.config.get("output_layers"))
        self.first = self._first_nodes([*self._read_everywhere(), *outputs])
        self.first_output = self._first_nodes(outputs, are_outputs=True)
        self.outputs_of: dict[tuple[int, int], Outputs] = {}
        self.stated: dict[tuple[int, int], dict[int, tuple[int | None, ...]]] = {}
        self.used: dict[tuple[int, int], set[int]] = {}
        self.is_stated = stated
        self._look_ahead()

    def _first_nodes(self, read: Iterable[Reference], are_outputs: bool = False) -> list[int]:
        """From what number the calls of each layer are counted, which are read so.

        Those of a model are counted from 1 by Keras 2, if it was built; by Keras 3 only where outputs are listed.
        """
        numbers: dict[str, set[int]] = {}
        for each in read:
            numbers.setdefault(each.name, set()).add(each.node)
        from_one = [
            entry.is_model and (are_outputs or not entry.counts_from_zero) and 0 not in numbers.get(entry.name, (0,))
            for entry in self.entries
        ]
        return [int(each) for each in from_one]

    def _read_everywhere(self) -> Iterator[Reference]:
        return (each for reads in self.reads for read in reads for each in read)

    def _node(self, reference: Reference, is_output: bool = False) -> tuple[int, int]:
        """Which call of which layer makes a tensor.

        Raises:
            Unreadable: there is none.
        """
        place = self.places.get(reference.name)
        if place is None:
            raise self._damaged(f"it reads `{reference.name}`, which is not there")
        entry = self.entries[place]
        node = reference.node - (self.first_output if is_output else self.first)[place]
        count = 1 if entry.is_input else len(self.calls[place])
        if not 0 <= node < count:
            raise self._damaged(f"it reads call {reference.node} of `{reference.name}`, which is not there")
        return place, node

    def _damaged(self, what: str) -> Exception:
        return self.network.refuse("CNN150", f"the graph of `{self.name}` is damaged: {what}")

    def _look_ahead(self) -> None:
        """Finds out which outputs are read, and which shapes the file has for them."""
        read = [(each, False) for each in self._read_everywhere()]
        read += [(each, True) for each in places_in(self.entry.config.get("output_layers"))]
        for reference, is_output in read:
            node = self._node(reference, is_output)
            self.used.setdefault(node, set()).add(reference.place)
            if reference.sizes is not None and self.is_stated:
                self.stated.setdefault(node, {})[reference.place] = reference.sizes
        for entry, reads in zip(self.entries, self.reads, strict=True):
            built_for = entry.built_for
            if self.is_stated and len(reads) == 1 and len(reads[0]) == len(built_for):
                for own, sizes in zip(reads[0], built_for, strict=True):
                    self.stated.setdefault(self._node(own), {}).setdefault(own.place, sizes)

    def run(self, inputs: Sequence[Any]) -> Outputs:
        """The outputs of the model."""
        places = places_in(self.entry.config.get("input_layers"))
        if len(places) != len(inputs):
            raise self._damaged(f"it has {len(places)} inputs, and is called on {len(inputs)}")
        for reference, tensor in zip(places, inputs, strict=True):
            self.outputs_of[self._node(reference)] = [tensor]
            self._compare_input(reference.name, tensor)
        for node in self._in_order():
            self._run(node)
        return [self._made(each, is_output=True) for each in places_in(self.entry.config.get("output_layers"))]

    def _compare_input(self, name: str, tensor: Any) -> None:
        """Compares what the model is called on with what it was made for."""
        sizes = self.entries[self.places[name]].input_sizes if self.is_stated else None
        if sizes and isinstance(tensor, KerasTensor):
            self.network.compare(f"the model `{self.name}`", "input", sizes, tensor)

    def _made(self, reference: Reference, is_output: bool = False) -> Any:
        outputs = self.outputs_of[self._node(reference, is_output)]
        if reference.place >= len(outputs):
            raise self._damaged(f"`{reference.name}` has no output {reference.place}")
        return outputs[reference.place]

    def _needed(self) -> set[tuple[int, int]]:
        """The calls that lead to an output; those of operators are made for masks alone that do not."""
        waiting = [self._node(each, is_output=True) for each in places_in(self.entry.config.get("output_layers"))]
        found = set(waiting)
        while waiting:
            place, number = waiting.pop()
            read = self.reads[place][number] if self.reads[place] else []
            more = {self._node(each) for each in read} - found
            found |= more
            waiting += more
        return found

    def _in_order(self) -> Iterator[tuple[int, int]]:
        """All calls, each after those that it reads, otherwise in the order of the file."""
        waiting_for: dict[tuple[int, int], set[tuple[int, int]]] = {}
        readers: dict[tuple[int, int], list[tuple[int, int]]] = {}
        ready: list[tuple[int, int]] = []
        needed_at_all = self._needed()
        for place, reads in enumerate(self.reads):
            for number, read in enumerate(reads):
                node = place, number
                if node in self.outputs_of or (node not in needed_at_all and self.entries[place].is_operator):
                    continue
                needed = {own for each in read if (own := self._node(each)) not in self.outputs_of}
                waiting_for[node] = needed
                for each in needed:
                    readers.setdefault(each, []).append(node)
                if not needed:
                    ready.append(node)
        heapq.heapify(ready)
        while ready:
            node = heapq.heappop(ready)
            del waiting_for[node]
            yield node
            for reader in readers.get(node, ()):
                waiting_for[reader].discard(node)
                if not waiting_for[reader]:
                    heapq.heappush(ready, reader)
        if waiting_for:
            place, _ = next(iter(waiting_for))
            raise self._damaged(f"`{self.entries[place].name}` reads what is made after it, or nowhere")

    def _run(self, node: tuple[int, int]) -> None:
        place, number = node
        given = self.calls[place][number]
        if given.masks:
            self.network.remark("CNN573", MASKED)
        made: Mapping[Reference, Any] = {each: self._made(each) for each in self.reads[place][number]}
        call = KerasCall(
            self.entries[place],
            CalledWith(replaced(given.args, made), replaced(given.kwargs, made)),
            self.network,
            self.frame,
            frozenset(self.used.get(node, ())),
            self.stated.get(node),
        )
        if self.entries[place].is_input:
            raise self._damaged(f"the input `{self.entries[place].name}` is called like a layer")
        self.outputs_of[node] = outputs_of_call(call)


def tensors_in(values: Any) -> list[KerasTensor]:
    """All tensors among values."""
    return list(all_of(values, KerasTensor))
