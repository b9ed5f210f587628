"""A model of Keras in the caller's own interpreter: read as the JSON that it writes, with the values that it has."""

from __future__ import annotations

from typing import Any

from cnncalc.importing.json_text import parse_json
from cnncalc.importing.keras._reading import read_live
from cnncalc.importing.opening import ImportedModel, InputSizes, model_of


def imported_live(model: Any, sizes: InputSizes) -> ImportedModel:
    """The spec that a model in memory is read as.

    Raises:
        Unreadable: something in it is refused, or a size is open.
        TypeError: it is no model of Keras.
    """
    if not callable(to_json := getattr(model, "to_json", None)):
        raise TypeError(f"a model of Keras has a method `to_json`, and a {type(model).__name__} does not")
    name = str(getattr(model, "name", "")) or "model"
    return model_of(read_live(model, parse_json(to_json(), name), name, sizes), name)
