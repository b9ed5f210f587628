"""The inputs of a model, and their sizes: those of the file, or those that are given for what it leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnncalc.importing.draft import DraftInput
from cnncalc.importing.keras._calls import KerasNetwork
from cnncalc.importing.keras._entries import KerasEntry, OpenSizes, open_sizes, places_in
from cnncalc.importing.keras._tensors import KerasTensor, shape_of
from cnncalc.importing.stated_inputs import (
    OPEN,
    StatedInput,
    batch_fixed,
    no_such_input,
    other_axes,
    other_size,
    sizes_open,
)


class Declared:
    """An input as the file has it.

    Attributes:
        name: of the input.
        sizes: with the batch; None where they are open, and altogether if the file does not have them.
    """

    def __init__(self, name: str, sizes: OpenSizes | None) -> None:
        self.name = name
        self.sizes = sizes

    @property
    def stated(self) -> StatedInput:
        """The input for findings."""
        sizes = None if self.sizes is None else tuple(OPEN if n is None else n for n in self.sizes[1:])
        return StatedInput(self.name, sizes)


def declared(model: KerasEntry) -> list[Declared]:
    """The inputs of a model, in order."""
    entries = model.entries()
    if model.is_sequential:
        return [_of_sequential(model, entries)]
    by_name = {each.name: each for each in entries}
    names = [each.name for each in places_in(model.config.get("input_layers"))]
    return [Declared(name, by_name[name].input_sizes if name in by_name else None) for name in names]


def _of_sequential(model: KerasEntry, entries: Sequence[KerasEntry]) -> Declared:
    """The input of a model whose layers are in a row: an input of its own, or what its first layer was built for."""
    if not entries:
        return Declared("input", None)
    first = entries[0]
    while first.is_model and not first.input_sizes and first.entries():
        first = first.entries()[0] if first.is_sequential else _input_of(first)
    own = first.input_sizes
    if own is None:
        own = open_sizes(first.build_config.get("input_shape"))
    for config, name in ((model.config, "build_input_shape"), (model.build_config, "input_shape")):
        own = own or open_sizes(config.get(name))
    return Declared(first.name if first.is_input else "input", own)


def _input_of(model: KerasEntry) -> KerasEntry:
    found = [each for each in model.entries() if each.is_input]
    return found[0] if found else KerasEntry({})


def given_inputs(
    found: Sequence[Declared], sizes: Mapping[str, Sequence[int | None]] | None, network: KerasNetwork
) -> list[KerasTensor]:
    """The inputs with all their sizes.

    Args:
        found: as the file has them.
        sizes: those that are given, in the order of the file, by the names of inputs; of the name "" for all of them.
        network: that the inputs are added to.

    Raises:
        Unreadable: a size is open, or there is no such input.
    """
    given = dict(sizes or {})
    stated = [each.stated for each in found]
    if unknown := sorted(set(given) - {"", *(each.name for each in found)}):
        raise network.refuse("CNN153", *no_such_input(unknown[0], stated))
    whole = [
        _filled(each, given.get(each.name, given.get("") if _is_for_all(each) else None), network) for each in found
    ]
    if missing := [each for each, known in zip(stated, whole, strict=True) if known is None]:
        raise network.refuse("CNN153", *sizes_open(missing, stated, network.draft.layout))
    return [_added(each.name, known, network) for each, known in zip(found, whole, strict=True) if known is not None]


def _is_for_all(input: Declared) -> bool:
    """Whether sizes for all inputs are for this one: not if it is a vector of known size."""
    return input.sizes is None or len(input.sizes) > 2 or None in input.sizes[1:]


def _filled(input: Declared, given: Sequence[int | None] | None, network: KerasNetwork) -> tuple[int, ...] | None:
    """The sizes of an input without its batch; None if one of them is open."""
    if input.sizes is not None and input.sizes[0] is not None:
        network.batch = input.sizes[0]
        network.remark("CNN571", batch_fixed(input.sizes[0]))
    own: OpenSizes | None = None if input.sizes is None else input.sizes[1:]
    if given is not None and own is None:
        own = tuple(given)
    elif given is not None and own is not None:
        own = _merged(input, own, given, network)
    if own is None or None in own:
        return None
    if any(n is not None and n < 1 for n in own):
        raise network.refuse("CNN150", f"an input has sizes that are no sizes: {input.stated.text()}")
    return tuple(n for n in own if n is not None)


def _merged(input: Declared, own: OpenSizes, given: Sequence[int | None], network: KerasNetwork) -> OpenSizes:
    """The sizes of the file with those that are given: of all axes, or of all but the channels."""
    channel = 0 if network.draft.layout == "channels_first" else len(own) - 1
    if len(given) == len(own) - 1:
        given = (*given[:channel], None, *given[channel:])
    if len(given) != len(own):
        raise network.refuse("CNN153", *other_axes(input.stated, len(given), [input.stated]))
    merged = tuple(old if new is None else new for old, new in zip(own, given, strict=True))
    if own[channel] not in (None, merged[channel]):
        raise network.refuse("CNN153", *other_size(input.stated, own[channel], merged[channel] or 0, [input.stated]))
    if any(old is not None and old != new for old, new in zip(own, merged, strict=True)):
        network.is_resized = True
    return merged


def _added(name: str, sizes: tuple[int, ...], network: KerasNetwork) -> KerasTensor:
    channel = 0 if network.draft.layout == "channels_first" else max(len(sizes) - 1, 0)
    if len(sizes) > 4:
        raise network.refuse("CNN152", f"the input `{name}` has {len(sizes)} axes besides the batch, more than 4")
    source = DraftInput(name, shape_of(sizes, channel))
    network.draft.inputs.append(source)
    return KerasTensor(source, sizes, channel)
