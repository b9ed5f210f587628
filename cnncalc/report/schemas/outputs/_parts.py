"""What the schemas are made of: closed records, lists, maps and values; and the parts that several schemas share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

ID = "https://json-schema.org/draft/2020-12/schema"


# -- values


def _about(text: str) -> Schema:
    return {"description": text} if text else {}


def a_record(about: str, **fields: Schema) -> Schema:
    """An object that always has these fields, and no others."""
    return {
        **_about(about),
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def not_always(record: Schema, *names: str) -> Schema:
    """The same record, in which these fields are optional."""
    return {**record, "required": [name for name in record["required"] if name not in names]}


def maybe_unknown(record: Schema, *names: str) -> Schema:
    """The same record, in which these counts are null if an opaque layer makes them unknown; `at_least` has what is
    known of them."""
    known = {name: form for name, form in record["properties"].items() if name in names}
    bounds = not_always(a_record(AT_LEAST, **known), *names)
    return {**record, "properties": {**record["properties"], **_all_or_null(known), "at_least": bounds}}


def _all_or_null(fields: Mapping[str, Schema]) -> dict[str, Schema]:
    return {name: form if "null" in form["type"] else or_null(form) for name, form in fields.items()}


AT_LEAST = "Only if a number here is null, because an opaque layer makes it unknown: lower bounds, by name."


def a_map(about: str, each: Schema) -> Schema:
    """An object whose keys are the user's names."""
    return {**_about(about), "type": "object", "additionalProperties": each}


def a_list(about: str, each: Schema) -> Schema:
    """A list of such items."""
    return {**_about(about), "type": "array", "items": each}


def a_pair(about: str = "", low: int | None = None) -> Schema:
    """Two whole numbers, of at least `low`."""
    return {**a_list(about, a_count(low=low)), "minItems": 2, "maxItems": 2}


def a_text(about: str = "") -> Schema:
    """Any text."""
    return {**_about(about), "type": "string"}


def a_count(about: str = "", low: int | None = 0) -> Schema:
    """A whole number, of at least `low`."""
    return {**_about(about), "type": "integer", **({} if low is None else {"minimum": low})}


def a_real(about: str = "", low: float | None = None, high: float | None = None) -> Schema:
    """A number, whole or not."""
    bounds = {"minimum": low, "maximum": high}
    return {**_about(about), "type": "number", **{key: each for key, each in bounds.items() if each is not None}}


def a_truth(about: str) -> Schema:
    """true or false."""
    return {**_about(about), "type": "boolean"}


def one_word(about: str, *words: str) -> Schema:
    """One of these words."""
    return {**_about(about), "enum": list(words)}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*types, "null"]}
    about = {key: value for key, value in schema.items() if key == "description"}
    rest = {key: value for key, value in schema.items() if key != "description"}
    return {**about, "anyOf": [rest, {"type": "null"}]}


def either(about: str, *schemas: Schema) -> Schema:
    """One of several forms."""
    return {"description": about, "anyOf": list(schemas)}


def nested_numbers(about: str) -> Schema:
    """Nested lists of numbers; null for NaN and infinity."""
    return {"description": about, **_ref("numbers")}


# -- parts that several schemas share


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def shared(name: str, about: str = "") -> Schema:
    """One of the `PARTS`, with a description for this place."""
    return {**({"description": about} if about else {}), **_ref(name)}


_STATUS = (
    "What each unit sees: `local`, a box; `global`, the whole input; `unknown`, a pattern too long to follow, or an "
    "opaque layer on the way."
)
FIELD = {
    "size": a_list(
        "Positions of the input that a unit sees, along each axis: the most that any does, or `all`.",
        {"type": ["integer", "string"], "minimum": 0, "pattern": "^all$"},
    ),
    "stride": a_list(
        "Positions of the input from one unit to the next, along each axis: whole, or a fraction as a text; null if "
        "each sees all of them.",
        {"type": ["integer", "string", "null"], "pattern": "^[0-9]+/[0-9]+$"},
    ),
    "stride_fractions": a_list("The same as pairs of numerator and denominator.", or_null(_ref("fraction"))),
    "padding": a_list(
        "Positions by which the field of unit 0 begins outside the input, along each axis; null if it sees nothing, or "
        "all.",
        or_null(a_count(low=None)),
    ),
    "aligned": a_truth("False after a merge whose branches look at different places."),
    "uniform": a_truth("Whether all units see boxes of one size."),
    "period": a_list(
        "Only if they do not all see boxes of one size: what the units of one period see, along each axis; null if "
        "they see all.",
        or_null(
            not_always(
                a_record(
                    "The pattern along an axis.",
                    units=a_count("How many units have boxes of their own.", 1),
                    advance=a_count(
                        "The number of input positions by which the boxes move from one period of units to the next."
                    ),
                    boxes=a_list(
                        "The first and last positions of the input that each sees; null if it sees nothing.",
                        or_null(a_pair()),
                    ),
                    start=a_count(
                        "Only if each unit sees all that those before it see: where all boxes begin; only their ends "
                        "move."
                    ),
                ),
                "start",
            )
        ),
    ),
    "gated": a_truth("Whether each unit also depends on the whole input, through a few numbers."),
    "moves_along": a_list(
        "Only if axes have moved: for each axis of the input, that of the layer along which its places are now: a "
        "number, or `channels`.",
        {"type": ["integer", "string"], "minimum": 0, "pattern": "^channels$"},
    ),
}
"""The fields of a local receptive field, except for its status."""


def a_field(about: str, **others: Schema) -> Schema:
    """A receptive field: a local one has all the `FIELD`s, any other none of them; both have the other fields."""
    return fields_apart(about, others, {})


def fields_apart(about: str, others: dict[str, Schema], local: dict[str, Schema]) -> Schema:
    """The same, with some fields only for a local one."""
    here = not_always(
        a_record(about, **others, status=one_word(_STATUS, "local"), **FIELD, **local), "period", "moves_along"
    )
    return either(about, here, a_record(about, **others, status=one_word(_STATUS, "global", "unknown")))


PARTS: dict[str, Schema] = {
    "shape": a_list("Sizes in the order of the model's layout, without the batch.", a_count(low=1)),
    "fraction": a_pair("Numerator and denominator."),
    "numbers": {
        "description": "A number, or nested lists of numbers; null for NaN and infinity.",
        "type": ["number", "null", "array"],
        "items": _ref("numbers"),
    },
    "model": not_always(
        a_record(
            "The model.",
            name=a_text("Its name."),
            convention=one_word("The rules that were applied.", "lecture", "keras", "pytorch"),
            layout=one_word("The order of the sizes in shapes.", "channels_last", "channels_first"),
            after=a_text("The entry up to which it is left out; only with `--after`."),
            until=a_text("The entry after which it is left out; only with `--until`."),
        ),
        "after",
        "until",
    ),
    "inputs": a_list(
        "The inputs of the model.",
        a_record("An input.", name=a_text("Its name."), shape=_ref("shape")),
    ),
    "field": a_field("A receptive field."),
    "fields": either(
        "The receptive field; for a layer that sees several inputs or none, one for each input, by its name.",
        _ref("field"),
        a_map("Fields by input.", _ref("field")),
    ),
    "box": a_list(
        "The first and last positions of the input, along each axis; null if there are none.", or_null(a_pair())
    ),
}
"""By the name that they have among the definitions of a schema."""


# -- whole schemas


def head(name: str) -> dict[str, Schema]:
    """What every JSON begins with."""
    return {
        "schema": {"description": "What this is.", "const": f"cnncalc/{name}"},
        "version": {"description": "Within a version fields are only added.", "const": 1},
    }


def of_model(name: str) -> dict[str, Schema]:
    """The same for JSON about a model."""
    return {**head(name), "model": shared("model")}


def complete(name: str, command: str, schema: Schema, **own: Schema) -> Schema:
    """A schema with all that it refers to.

    Args:
        own: definitions that no other schema has.
    """
    known = {**PARTS, **own}
    used = dict.fromkeys(_used(schema, known, set()))
    about = schema.get("description", "")
    rest = {key: each for key, each in schema.items() if key != "description"}
    return {
        "$schema": ID,
        "title": f"cnncalc/{name}, version 1",
        "description": f"What `{command}` writes. {about}".strip(),
        **rest,
        **({"$defs": {each: known[each] for each in sorted(used)}} if used else {}),
    }


def _used(schema: Any, known: dict[str, Schema], seen: set[str]) -> Iterator[str]:
    """The names of all definitions that a schema refers to, directly or not."""
    if isinstance(schema, list):
        for each in schema:
            yield from _used(each, known, seen)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
        if name and name not in seen:
            seen.add(name)
            yield name
            yield from _used(known[name], known, seen)
        for each in schema.values():
            yield from _used(each, known, seen)
