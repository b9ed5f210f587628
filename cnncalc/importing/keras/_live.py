"""A model of Keras in the caller's own interpreter."""

from __future__ import annotations

from cnncalc.errors import ArgumentError
from cnncalc.importing.json_text import parse_json
from cnncalc.importing.keras._reading import Sizes, read_live
from cnncalc.importing.opening import ImportedModel, model_of
from cnncalc.source.diagnostics import START, Diagnostic, excerpt
from cnncalc.source.files import Unreadable
from cnncalc.source.live_objects import described


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
    return model_of(read_live(model, parse_json(text, file), file, sizes), file)
