"""Where the values of a model's layers are in its file: found when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.importing.keras._calls import KerasNetwork, Variable
from cnncalc.importing.keras._entries import KerasEntry, name_among
from cnncalc.importing.keras._hdf5 import Hdf5
from cnncalc.importing.stored import Stored
from cnncalc.named_tuple import NamedTuple

Key = tuple[Any, ...]


_AROUND = ("TimeDistributed", "SpectralNormalization")
"""Wrappers whose layer is read as a layer of its own."""


class WeightPlace(NamedTuple):
    """Where the variables of a layer are.

    Attributes:
        path: in files of today.
        top: the name of the layer of the model that has it or is it, by which older files list variables.
        inside: the name of the layer in a model inside the model; "" for layers of the model itself.
    """

    path: str
    top: str
    inside: str = ""


def attach(network: KerasNetwork, model: KerasEntry, weights: Hdf5, is_legacy: bool) -> None:
    """Says of every layer where its values are; nothing is opened before they are asked for."""
    places = dict(weight_places(model))
    for layer, (key, variables) in network.variables.items():
        if key in places and layer.shares is None:
            layer.weights = StoredWeights(weights, places[key], variables, is_legacy)


class StoredWeights(Mapping[str, Stored]):
    """The arrays of a layer; whoever asks for one opens the file."""

    def __init__(self, file: Hdf5, place: WeightPlace, variables: Mapping[str, Variable], is_legacy: bool) -> None:
        self._file = file
        self._place = place
        self._variables = variables
        self._is_legacy = is_legacy

    def __len__(self) -> int:
        return len(self._variables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __getitem__(self, name: str) -> Stored:
        variable = self._variables[name]
        found = self._listed(name) if self._is_legacy else self._at(variable)
        return found.then(*variable.steps)

    def _at(self, variable: Variable) -> Stored:
        arrays = self._file.arrays()
        for owner in (variable.owner, f"_{variable.owner}"):  # Keras 3 changed the names of some
            path = "/".join(filter(None, (self._place.path, owner, "vars", str(variable.place))))
            if path in arrays:
                return arrays[path]
        raise KeyError(f"{self._place.path}: {variable.owner} {variable.place}")

    def _listed(self, name: str) -> Stored:
        """The array in a file that lists those of a layer in the order that our arrays have, too."""
        names = self._file.weight_names(self._place.top)
        if self._place.inside:
            names = [each for each in names if self._place.inside in each.split("/")[2:-1]]
        if len(names) != len(self._variables):
            raise KeyError(name)
        return self._file.arrays()[names[list(self._variables).index(name)]]


def weight_places(model: KerasEntry) -> Iterator[tuple[Key, WeightPlace]]:
    """Where the variables of every layer are, by the keys of layers."""
    waiting: list[tuple[KerasEntry, Key, str, str]] = [(model, (), "", "")]
    while waiting:
        entry, key, path, top = waiting.pop()
        counts: dict[str, int] = {}
        for each in entry.entries():
            if each.is_operator:
                continue
            own = f"{path}layers/{name_among(each.class_name, counts)}"
            own_key = ("shared", each.shared) if each.shared is not None else (*key, each.name)
            place = WeightPlace(own, top or each.name, each.name if top else "")
            yield own_key, place
            inside = each.inside("layer") if each.class_name in _AROUND else None
            if each.is_model:
                waiting.append((each, own_key, f"{own}/", place.top))
            elif inside is not None and inside.is_model:
                waiting.append((inside, own_key, f"{own}/layer/", place.top))
            elif inside is not None:
                yield (*own_key, inside.name), place._replace(path=f"{own}/layer")
