"""A model of Keras in the caller's own interpreter."""

from __future__ import annotations

from typing import Any

from cnncalc.errors import ArgumentError
from cnncalc.importing.json_text import parse_json
from cnncalc.importing.keras._entries import KerasEntry
from cnncalc.importing.keras._reading import Sizes, read_live
from cnncalc.importing.opening import ImportedModel, model_of
from cnncalc.source.diagnostics import START, Diagnostic, excerpt
from cnncalc.source.files import Unreadable
from cnncalc.source.live_objects import described

Json = dict[str, Any]


def live_model(model: object, sizes: Sizes | None) -> ImportedModel:
    """The spec that a model is read as (see `read_live_model`)."""
    to_json = getattr(model, "to_json", None)
    if isinstance(model, type) or not callable(to_json):
        raise ArgumentError(f"expected a model of Keras, found {described(model)}")
    file = str(getattr(model, "name", "")) or "model"
    try:
        text = to_json()
    except Exception as error:  # whatever the code of its layers raises
        message = f"Keras cannot describe the model: {type(error).__name__}: {excerpt(str(error), 300)}"
        help = "a layer of a class of your own needs a `get_config`"
        raise Unreadable(Diagnostic("CNN152", message, file, START, "", (help,))) from error
    config = parse_json(text, file)
    _say_what_is_repeated(model, config)
    return model_of(read_live(model, config, file, sizes), file)


def _say_what_is_repeated(model: Any, config: Json) -> None:
    """Adds what `to_json` leaves out: which layers are one object in several places, in rows of layers again and again.

    Args:
        config: what it writes; changed in place.
    """
    places: dict[int, list[Json]] = {}
    waiting: list[tuple[Any, Json]] = [(model, config)]
    while waiting:
        around, data = waiting.pop()
        for layer, part in _layers(around, KerasEntry(data)):
            places.setdefault(id(layer), []).append(part)
            waiting.append((layer, part))
    for identity, several in places.items():
        if len(several) > 1:
            for data in several:
                data["shared_object_id"] = identity


def _layers(around: Any, entry: KerasEntry) -> list[tuple[Any, Json]]:
    """The layers inside a model or a layer, each with what describes it."""
    inside = entry.config.get("layer")
    if isinstance(inside, dict):
        return [(around.layer, inside)] if hasattr(around, "layer") else []
    if not entry.is_model:
        return []
    listed = [each for each in entry.config["layers"] if isinstance(each, dict)]
    by_name = {KerasEntry(each).name: each for each in listed}
    found = [(each, by_name[each.name]) for each in getattr(around, "layers", ()) if each.name in by_name]
    if entry.is_sequential:
        inputs = [each for each in listed if KerasEntry(each).is_input]
        entry.config["layers"][:] = [*inputs, *(part for _, part in found if part not in inputs)]
    return found
