"""A model of Keras in the caller's own interpreter: read as the JSON that it writes, with the values that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.checks.notes import read_with_notes
from cnncalc.importing.json_text import parse_json
from cnncalc.importing.keras._reading import read_live
from cnncalc.importing.opening import model_of
from cnncalc.source.diagnostics import SpecError
from cnncalc.source.files import Unreadable

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec
    from cnncalc.spec.top_level import Overrides


def spec_of_model(model: Any, overrides: Overrides) -> Spec:
    """The spec of a model (see `cnncalc.from_keras`).

    Raises:
        SpecError: something in it is refused, or a size is open.
        TypeError: it is no model of Keras.
    """
    if not callable(to_json := getattr(model, "to_json", None)):
        raise TypeError(f"a model of Keras has a method `to_json`, and a {type(model).__name__} does not")
    file = str(getattr(model, "name", "")) or "model"
    try:
        draft = read_live(model, parse_json(to_json(), file), file, overrides.inputs.sizes())
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None
    spec, findings = read_with_notes(model_of(draft, file), overrides)
    if spec is None:
        raise SpecError(findings)
    return spec
