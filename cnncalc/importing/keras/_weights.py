"""Where the values of a model's layers are: looked for by the places that its layers have in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, Protocol

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.keras._calls import LEARNED, KerasNetwork, Variable
from cnncalc.importing.keras._entries import KerasEntry, name_among
from cnncalc.importing.stored import Stored
from cnncalc.named_tuple import NamedTuple

Key = tuple[Any, ...]


_AROUND = ("TimeDistributed", "SpectralNormalization")
"""Wrappers whose layer is read as a layer of its own."""


class WeightPlace(NamedTuple):
    """Where the variables of a layer are.

    Attributes:
        path: in files of today.
        names: of the models and wrappers that it is in, outermost first, and of the layer.
        is_wrapped: whether it is the layer inside the wrapper of that name.
    """

    path: str
    names: tuple[str, ...]
    is_wrapped: bool = False


class KerasVariables(Protocol):
    """All variables of a model: in a file of today, in an older one, or in memory.

    Attributes:
        are_once: whether those of a layer that is in several places are in one of them alone.
    """

    are_once: bool

    def of(self, place: WeightPlace) -> Sequence[Stored]:
        """Those of a layer; none of what it draws at random is among them."""

    def one(self, place: WeightPlace, variables: Sequence[Variable], number: int) -> Stored:
        """One of those of a layer.

        Args:
            variables: all of the layer, in the order in which it makes them.
            number: which of them.

        Raises:
            KeyError: there is none.
        """


def attach(network: KerasNetwork, model: KerasEntry, found: KerasVariables) -> None:
    """Says of every layer where its values are; nothing is opened before they are asked for."""
    places = weight_places(model)
    of_one: dict[Key, list[Variable]] = {}
    frozen_last = sorted(network.variables.items(), key=lambda each: not each[0].trainable)  # as Keras lists variables
    for layer, (key, variables) in frozen_last:
        if key in places and layer.shares is None:
            among = of_one.setdefault(key, [])
            among += variables.values()
            layer.weights = StoredWeights(found, places[key], variables, among)


def state_sizes(network: KerasNetwork, model: KerasEntry, found: KerasVariables) -> None:
    """Says of every layer how many numbers there are for it.

    Raises:
        Unreadable: the file of the weights is damaged, or cannot be read here.
    """
    places = weight_places(model)
    for key, layers in network.made.items():
        stored = [each for each in map(found.of, places.get(key, ())) if each]
        if found.are_once and len(stored) > 1:
            name = "/".join(places[key][0].names)
            network.draft.contradictions.append(
                f'layer "{name}": the file has {len(stored)} copies of its weights, as of layers that share none'
            )
        variables = stored[0] if stored else ()
        total = sum(prod(each.sizes) for each in variables)
        learned = [each for each in layers if each.kind in LEARNED and not each.shares]
        if learned or layers:
            _state(learned or layers[-1:], total)
        elif total:
            name = "/".join(places[key][0].names)
            network.draft.contradictions.append(
                f'layer "{name}": the file has {total:,} parameters for it, computed are 0'
            )


def _state(layers: Sequence[DraftLayer], total: int) -> None:
    """Gives the numbers of one layer of Keras to those that it became: what none of them takes belongs to the first."""
    first, *others = layers
    for layer in others:
        layer.params = sum(prod(each.sizes) for each in layer.weights.values())
        total -= layer.params
    first.params = total
    if first.kind == "opaque":
        first.settings.setdefault("params", total)


class StoredWeights(Mapping[str, Stored]):
    """The arrays of a layer; whoever asks for one opens the file.

    Args:
        found: the variables of the model.
        places: where those of the layer of Keras may be.
        variables: which of them each array is.
        among: all of them, of which a layer of Keras that becomes several has more than one of ours.
    """

    def __init__(
        self,
        found: KerasVariables,
        places: Sequence[WeightPlace],
        variables: Mapping[str, Variable],
        among: Sequence[Variable],
    ) -> None:
        self._found = found
        self._places = places
        self._variables = variables
        self._among = among

    def __len__(self) -> int:
        return len(self._variables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __getitem__(self, name: str) -> Stored:
        variable = self._variables[name]
        which = self._among, self._among.index(variable)
        for place in self._places[:-1]:
            try:
                return self._found.one(place, *which).then(*variable.steps)
            except KeyError:
                continue
        return self._found.one(self._places[-1], *which).then(*variable.steps)


def weight_places(model: KerasEntry) -> dict[Key, list[WeightPlace]]:
    """Where the variables of every layer may be, by its key: one that is in several models is stored in one place."""
    found: dict[Key, list[WeightPlace]] = {}
    waiting: list[tuple[KerasEntry, Key, str, tuple[str, ...]]] = [(model, (), "", ())]
    while waiting:
        entry, key, path, names = waiting.pop()
        counts: dict[str, int] = {}
        for each in entry.entries():
            if each.is_operator:
                continue
            own_key = each.key_in(key)
            place = WeightPlace(f"{path}layers/{name_among(each.class_name, counts)}", (*names, each.name))
            found.setdefault(own_key, []).append(place)
            inside = each.inside("layer") if each.class_name in _AROUND else None
            if each.is_model:
                waiting.append((each, own_key, f"{place.path}/", place.names))
            elif inside is not None and inside.is_model:
                waiting.append((inside, own_key, f"{place.path}/layer/", place.names))
            elif inside is not None:
                wrapped = place._replace(path=f"{place.path}/layer", is_wrapped=True)
                found.setdefault(inside.key_in(own_key), []).append(wrapped)
    return found
