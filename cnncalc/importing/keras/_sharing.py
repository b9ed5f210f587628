"""Layers that a model has in several places, where the file has lost the mark of the first one.

Keras 3 gives the later places of an object a number, and the first one too, unless that is inside a model or wrapper
that was already written: a copy was made of it before. So the first place of such an object is a layer with the same
settings and name, inside something that does not have the later one in it, that comes earlier and has no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.importing.keras._entries import Json, KerasEntry
from cnncalc.named_tuple import NamedTuple

_SHARED = "shared_object_id"


class _Occurrence(NamedTuple):
    """A layer in one place.

    Attributes:
        data: its part of the file.
        around: the models and wrappers that it is in, outermost first, as numbers that tell them apart.
    """

    data: dict[str, Any]
    around: tuple[int, ...]

    @property
    def number(self) -> Any:
        """Of the object; None if the file has none."""
        return self.data.get(_SHARED)

    def is_closed_to(self, other: _Occurrence) -> bool:
        """Whether the models and wrappers around it do not contain the other layer."""
        return self.around != other.around[: len(self.around)]


def restore_sharing(config: Mapping[str, Any]) -> list[str]:
    """Gives the first place of each object the number that the later ones have.

    Args:
        config: of a whole model; changed in place.

    Returns:
        The names of layers of which several may be the first place.
    """
    found = list(_occurrences(KerasEntry(config)))
    numbered = [place for place, each in enumerate(found) if each.number is not None]
    first = {found[place].number: place for place in reversed(numbered)}
    if not first:
        return []
    unnumbered: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(found):
        if each.number is None:
            unnumbered.setdefault(_signature(each.data), []).append(place)
    unsure = []
    for number, place in first.items():
        later = found[place]
        alike = [found[each] for each in unnumbered.get(_signature(later.data), ()) if each < place]
        essence = _essence(later.data)
        candidates = [each for each in alike if each.is_closed_to(later) and _essence(each.data) == essence]
        if len(candidates) == 1:
            candidates[0].data[_SHARED] = number
        elif candidates:
            unsure.append(KerasEntry(later.data).name)
    return unsure


def possibly_shared(config: Mapping[str, Any]) -> list[str]:
    """The names of layers that may be one layer in several places, where the file numbers no objects at all, as older
    versions of Keras write it: inside different models, and alike.

    Args:
        config: of a whole model.
    """
    found = list(_occurrences(KerasEntry(config)))
    if any(each.number is not None for each in found):
        return []
    alike: dict[tuple[str, str], list[_Occurrence]] = {}
    for each in found:
        alike.setdefault(_signature(each.data), []).append(each)
    names = []
    for several in alike.values():
        first, essence = several[0], _essence(several[0].data)
        if any(each.around != first.around and _essence(each.data) == essence for each in several[1:]):
            names.append(KerasEntry(first.data).name)
    return names


def _occurrences(model: KerasEntry) -> Iterator[_Occurrence]:
    """All layers in the order in which Keras finished writing them: what is inside one comes before it."""
    waiting: list[tuple[_Occurrence, bool]] = [(_Occurrence(each, (0,)), False) for each in reversed(_parts(model))]
    count = 0
    while waiting:
        each, is_finished = waiting.pop()
        parts = [] if is_finished else _parts(KerasEntry(each.data))
        if not parts:
            yield each
            continue
        waiting.append((each, True))
        count += 1
        waiting += [(_Occurrence(part, (*each.around, count)), False) for part in reversed(parts)]


def _parts(entry: KerasEntry) -> list[dict[str, Any]]:
    """What describes the layers inside a model or a wrapper."""
    listed = entry.config["layers"] if entry.is_model else [entry.config.get("layer")]
    return [each for each in listed if isinstance(each, dict) and "class_name" in each]


def _signature(data: Json) -> tuple[str, str]:
    entry = KerasEntry(data)
    return entry.class_name, entry.name


def _essence(value: Any) -> Any:
    """A part of the file without what differs between the places of an object: its number, and how it is called."""
    if isinstance(value, dict):
        of_place = (_SHARED, "inbound_nodes", "name") if "class_name" in value else ()
        return {key: _essence(each) for key, each in value.items() if key not in of_place}
    return [_essence(each) for each in value] if isinstance(value, list) else value
