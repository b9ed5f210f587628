"""The variables of a model, as each place has them that a model may be in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property, partial
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import Variable
from cnncalc.importing.keras._entries import name_among
from cnncalc.importing.keras._hdf5 import Hdf5
from cnncalc.importing.keras._weights import WeightPlace
from cnncalc.importing.stored import Stored

_DRAWING = ("seed_generator", "StateVar:0")
"""Parts of the names of what a layer draws at random from, which is no parameter."""


class VariablesByPath:
    """Those in a file of today: by the places of the objects that have them."""

    are_once = True

    def __init__(self, file: Hdf5) -> None:
        self._file = file

    def of(self, place: WeightPlace) -> Sequence[Stored]:
        arrays, begin = self._file.arrays(), f"{place.path}/"
        found = []
        for path in self._paths[bisect_left(self._paths, begin) :]:
            if not path.startswith(begin):
                break
            if not _draws(path):
                found.append(arrays[path])
        return found

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._file.arrays())

    def one(self, place: WeightPlace, variables: Sequence[Variable], number: int) -> Stored:
        arrays, variable = self._file.arrays(), variables[number]
        for owner in _owners(variable):
            path = "/".join(filter(None, (place.path, owner, "vars", str(variable.place))))
            if path in arrays:
                return arrays[path]
        raise KeyError(f"{place.path}: {variable.owner} {variable.place}")


class VariablesInOrder:
    """Those in an older file: listed by the layers of the model, in the order in which they were made."""

    are_once = False

    def __init__(self, file: Hdf5) -> None:
        self._file = file

    def of(self, place: WeightPlace) -> Sequence[Stored]:
        inside = place.names[1:]
        return [
            each
            for name, each in self._file.listed(place.names[0]).items()
            if not _draws(name) and (not inside or inside[-1] in name.split("/")[:-1])
        ]

    def one(self, place: WeightPlace, variables: Sequence[Variable], number: int) -> Stored:
        found = self.of(place)
        if len(found) != len(variables):
            raise KeyError(f"{place.path}: {len(found)} variables for {len(variables)}")
        return found[number]


class LiveVariables:
    """Those of a model in memory: their values are those that they have when they are asked for."""

    are_once = False

    def __init__(self, model: Any) -> None:
        self._model = model

    def of(self, place: WeightPlace) -> Sequence[Stored]:
        return [_stored(each) for each in self._layer(place).weights]

    def one(self, place: WeightPlace, variables: Sequence[Variable], number: int) -> Stored:
        layer, variable = self._layer(place), variables[number]
        for owner in _owners(variable):
            part = layer
            for name in filter(None, owner.split("/")):
                part = _part(part, name)
            kept: dict[str, Any] = {}
            if part is not None:
                part.save_own_variables(kept)
            if (key := str(variable.place)) in kept:
                return _stored(kept[key])
        raise KeyError(f"{place.path}: {variable.owner} {variable.place}")

    def trainable(self, place: WeightPlace) -> int:
        """How many numbers of a layer training changes, by what its variables say."""
        return sum(prod(map(int, each.shape)) for each in self._layer(place).trainable_weights)

    def _layer(self, place: WeightPlace) -> Any:
        """The layer that has a place."""
        found = self._model
        for name in place.names:
            inside = found if hasattr(found, "layers") else found.layer
            found = next(each for each in inside.layers if each.name == name)
        return found.layer if place.is_wrapped else found


def _part(owner: Any, name: str) -> Any:
    """What files call so of a layer, or of a list of layers."""
    if not isinstance(owner, list):
        return getattr(owner, name, None)
    counts: dict[str, int] = {}
    return next((each for each in owner if name_among(type(each).__name__, counts) == name), None)


def _draws(name: str) -> bool:
    return any(each in _DRAWING for each in name.split("/"))


def _owners(variable: Variable) -> tuple[str, ...]:
    """What the part of a layer may be called that has a variable: Keras 3 changed the names of some."""
    return (variable.owner, f"_{variable.owner}") if variable.owner else ("",)


def _stored(variable: Any) -> Stored:
    """An array of which nothing is read yet."""
    kept = "float64" if "float64" in str(variable.dtype) else "float32"
    return Stored(tuple(map(int, variable.shape)), kept, partial(_bytes_of, variable, kept), variable.name)


def _bytes_of(variable: Any, dtype: str) -> bytes:
    values = variable.numpy() if callable(getattr(variable, "numpy", None)) else variable
    return bytes(values.astype(dtype).tobytes())
