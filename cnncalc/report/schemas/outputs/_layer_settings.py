"""The settings of layers as JSON has them, of all kinds together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from cnncalc.layers import KINDS, layer_class
from cnncalc.report.schemas.outputs._parts import Schema

_Each = TypeVar("_Each")


def settings_record() -> Schema:
    """An object with the settings of any kind: what each means, and its values."""
    meanings: dict[str, list[str]] = {}
    forms: dict[str, list[Schema]] = {}
    for name, meaning, form in _declared():
        meanings.setdefault(name, []).append(meaning)
        forms.setdefault(name, []).append(form)
    properties = {name: _setting(_distinct(meanings[name]), _distinct(forms[name])) for name in sorted(forms)}
    return {
        "description": "All settings of the layer, defaults included; those with one value per axis are lists.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _declared() -> Iterator[tuple[str, str, Schema]]:
    for kind in KINDS:
        for name, declared in layer_class(kind).settings.items():
            yield name, declared.meaning, declared.type.json_schema()


def _distinct(values: list[_Each]) -> list[_Each]:
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _setting(meanings: list[str], forms: list[Schema]) -> Schema:
    about = f"{'; or '.join(meanings)}."
    about = about[0].upper() + about[1:]
    return {"description": about, **forms[0]} if len(forms) == 1 else {"description": about, "anyOf": forms}
