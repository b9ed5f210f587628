"""JSON Schema (2020-12) of the spec language, made of what the kinds say of their settings.

Editors complete and check specs with it and show what each setting means. It sees less than `cnncalc validate`: shapes,
names, values of expressions, and the order of keys are beyond it. An entry's kind is told by the key that is one; where
a file has `blocks`, a key that is none may be a call.
"""

from __future__ import annotations

from keyword import kwlist
from typing import Any

from cnncalc.layers import ACTIVATIONS, KINDS, MERGES, NORMS, layer_class
from cnncalc.layers.base import Layer
from cnncalc.settings.setting import CONVENTIONS, LAYOUTS, ByConvention, Like, Setting
from cnncalc.settings.types import AMOUNT, EXPRESSION, TRUTH, Real, ShapeType, sizes_schema
from cnncalc.spec.expand.entries import COMMON, followers
from cnncalc.spec.expect import COUNTS
from cnncalc.spec.language.blocks import TAKEN
from cnncalc.spec.language.names import STRUCTURES
from cnncalc.spec.top_level import TRAINING

Schema = dict[str, Any]

ID = "https://json-schema.org/draft/2020-12/schema"
ALL = (*KINDS, *sorted(STRUCTURES))
"""Every kind of entry but block calls."""
_ABOUT = {
    "residual": "Entries whose output is added to their input, or to the `shortcut`.",
    "group": "Entries under one name.",
    "share": "An earlier layer, group or call once more, with the same weights.",
}
_SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
_MEANINGS = {
    "name": "names the layer: letters, digits, `_` and `-`",
    "from": "the earlier layer or input to read, instead of the entry before",
    "when": "where false, the entry is as if it were not written",
    "repeat": "copies in a row; 0 drops the entry",
    "first": "settings, arguments or the value behind the kind for the first copy",
    "expect": "what must hold for this entry",
}


def spec_schema() -> Schema:
    """The schema of a spec."""
    return {
        "$schema": ID,
        "title": "cnncalc spec",
        "description": "A convolutional network, for cnncalc.",
        "type": "object",
        "properties": _top_level(),
        "additionalProperties": False,
        "required": ["layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        # without blocks, an entry that has no kind has a misspelt one
        "if": {"not": {"required": ["blocks"]}},
        "then": {"properties": {"layers": {"items": _ref("known-entry")}}},
        "$defs": {**_general(), **_known(), **{name: part for kind in ALL for name, part in _kind(kind).items()}},
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_expression(*parts: Schema) -> Schema:
    return {"anyOf": [*parts, _ref("expression")]}


# -- the top level


def _top_level() -> dict[str, Schema]:
    shape = {"description": "one shape, as in 28x28x1", **_or_expression(ShapeType().schema())}
    by_name = {"type": "object", "minProperties": 1, "propertyNames": _NAME, "additionalProperties": shape}
    inputs = {"description": "the inputs by name", "anyOf": [by_name, *shape["anyOf"]]}
    expect = {"description": "what must hold for the model", **_ref("expect")}
    changes = {"vars": _ref("vars"), "input": shape, "inputs": inputs, "expect": expect, "description": _SCALAR}
    return {
        "cnncalc": {"description": "version of the language", "enum": [1, "1"]},
        "name": {"description": "the model's name", **_SCALAR},
        "description": {"description": "what the model is", **_SCALAR},
        "input": shape,
        "inputs": inputs,
        "layers": {"description": "the entries, in order", "type": "array", "minItems": 1, "items": _ref("entry")},
        "outputs": {
            "description": "names of the output layers; the last entry where left out",
            "type": ["string", "number", "array"],
            "items": {"type": ["string", "number"]},
            "minItems": 1,
        },
        "convention": {"description": "the rules for padding, parameters and defaults", "enum": list(CONVENTIONS)},
        "layout": {"description": "the order of sizes in this file", "enum": list(LAYOUTS)},
        "vars": {"description": "values for expressions", **_ref("vars")},
        "variants": {
            "description": "variants of the model by name, and what they change",
            "type": "object",
            "additionalProperties": {"type": ["object", "null"], "properties": changes, "additionalProperties": False},
        },
        "defaults": {
            "description": "settings that reach every layer of a kind",
            "type": "object",
            "properties": {kind: _default(kind) for kind in KINDS},
            "additionalProperties": False,
        },
        "blocks": {
            "description": "reusable groups of entries",
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z_][\w-]*$", "not": {"enum": list(ALL)}},
            "additionalProperties": {"anyOf": [_chain(0), _block()]},
        },
        "expect": expect,
        "training": {
            "description": "hyperparameters outside the layers",
            "type": "object",
            "properties": dict.fromkeys(TRAINING, _SCALAR),
            "additionalProperties": _SCALAR,
        },
        "sample": {
            "description": "example input values for the forward pass",
            "anyOf": [_ref("values"), {"type": "object", "additionalProperties": _ref("values")}],
        },
    }


def _default(kind: str) -> Schema:
    own = _settings(kind)
    return {
        "type": "object",
        "properties": {name: _setting_ref(kind, name) for name in own},
        "additionalProperties": False,
    }


def _block() -> Schema:
    taken = "|".join([*TAKEN, *kwlist, *sorted(COMMON)])
    argument = {
        "type": "string",
        "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(=|$)",
        "not": {"pattern": rf"^\s*({taken})\s*(=|$)"},
    }
    return {
        "type": "object",
        "properties": {
            "args": {
                "description": "names of the arguments, as in [width, stride=1]",
                "anyOf": [{"type": "array", "items": argument}, argument, {"type": "null"}],
            },
            "layers": {"description": "the entries of the block", **_chain(0)},
            "description": _SCALAR,
        },
        "required": ["layers"],
        "additionalProperties": False,
    }


# -- what several places need

_NAME: Schema = {"pattern": r"^[\w-]{1,100}$"}


def _chain(low: int) -> Schema:
    return {"type": "array", "items": _ref("entry"), **({"minItems": low} if low else {})}


def _general() -> dict[str, Schema]:
    """The parts that entries of all kinds share."""
    relation = r"^((<=|>=|<|>|=|~)?\s*[0-9]+(\.[0-9]+)?\s*[kMG]?|\$.*)$"
    count = {"type": ["integer", "string"], "minimum": 0, "pattern": relation}
    field = {"anyOf": [{"const": "global"}, sizes_schema(1, 3), {"type": "string", "pattern": relation}]}
    shape = _or_expression(ShapeType().schema())
    word = {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$", "not": {"enum": [*TAKEN, *kwlist]}}
    number = {**Real().schema(), "type": ["number", "string", "array"]}
    branch = {"type": ["string", "number", "array", "object"], "items": _ref("entry"), **_if_object(_ref("entry"))}
    return {
        "expression": {"description": "an expression: $name or $(…)", "type": "string", "pattern": EXPRESSION},
        "vars": {"type": "object", "propertyNames": word, "additionalProperties": _SCALAR},
        "expect": {
            "type": "object",
            "properties": {"output": shape, **dict.fromkeys(COUNTS, count), "receptive_field": field},
            "additionalProperties": False,
        },
        "entry": {
            **_any_kind(ALL, {"type": ["string", "object"], "minProperties": 1}),
            "not": {"enum": [*sorted(MERGES | STRUCTURES), ""]},
            "dependentRequired": {"first": ["repeat"]},
        },
        "values": _or_expression({**number, "items": _ref("values"), "minItems": 1}),
        "branch": branch,
        "branches": _or_expression({"type": "array", "items": _ref("branch"), "minItems": 1}),
        "norm": _follower("norm", NORMS),
        "activation": _follower("activation", ACTIVATIONS),
        "weights": {"description": "explicit values for the forward pass, by name", "type": "object"},
        "name": {"description": _MEANINGS["name"], **_or_expression({"type": ["string", "integer"], **_NAME})},
        "from": {"description": _MEANINGS["from"], "type": ["string", "number"], "minLength": 1},
        "when": {"description": _MEANINGS["when"], **_or_expression(TRUTH.schema(), {"enum": [0, 1]})},
        "repeat": {"description": _MEANINGS["repeat"], **_or_expression(AMOUNT.schema())},
    }


def _if_object(then: Schema) -> Schema:
    return {"if": {"type": "object"}, "then": then}


def _any_kind(kinds: tuple[str, ...], base: Schema) -> Schema:
    """An entry (or norm, activation) of one of these kinds: the key that is a kind says what the others may be."""
    has = {kind: {"required": [kind]} for kind in kinds}
    # `scale` is a kind, and a setting of others: those come first
    others = {
        kind: [has[each] for each in kinds if each in KINDS and kind in layer_class(each).settings] for kind in kinds
    }
    cases = [
        {"if": {"type": "object", **has[kind], **({"not": {"anyOf": others[kind]}} if others[kind] else {})},
         "then": _ref(kind)}
        for kind in kinds
    ]  # fmt: skip
    return {**base, "allOf": cases}


def _follower(key: str, kinds: frozenset[str]) -> Schema:
    some = tuple(sorted(kinds))
    known = {"type": "object", "anyOf": [{"required": [kind]} for kind in some]}
    return {
        "description": f"the {key} right after the entry's layer",
        "anyOf": [{"enum": [*some, "none"]}, _ref("expression"), _any_kind(some, known)],
    }


def _known() -> dict[str, Schema]:
    """Entries of which each has a kind, however deep: where a file has no blocks."""
    nested = [{"properties": {kind: {"items": _ref("known-branch")} for kind in sorted(MERGES)}}]
    one = {"properties": {"residual": {"items": _ref("known-entry"), **_if_object(_ref("known-entry"))}}}
    rest = {"properties": {"group": {"items": _ref("known-entry")}, "shortcut": _ref("known-branch")}}
    entry = {
        "if": {"type": "string"},
        "then": {"enum": list(ALL)},
        "else": {"anyOf": [{"required": [kind]} for kind in ALL], "allOf": [*nested, one, rest]},
    }
    return {
        "known-entry": entry,
        "known-branch": {"items": _ref("known-entry"), **_if_object(_ref("known-entry"))},
    }


# -- a kind


def _settings(kind: str) -> dict[str, Schema]:
    """What a kind's entries may carry besides the keys that all may have."""
    if kind == "residual":
        skip = {"description": "whether the shortcut is added at all", **_or_expression(TRUTH.schema())}
        return {"shortcut": _ref("branch"), "skip": skip, "activation": _ref("activation")}
    if kind in STRUCTURES:
        return {}
    cls = layer_class(kind)
    own = {name: _setting(declared) for name, declared in cls.settings.items()}
    return {**own, **{key: _ref(key) for key in sorted(followers(cls))}}


def _setting(declared: Setting[Any]) -> Schema:
    about, default = declared.meaning, declared.default
    if isinstance(default, ByConvention) and len(set(default)) > 1:
        about += f" (default: {', '.join(f'{value} under {name}' for name, value in default._asdict().items())})"
    if isinstance(default, Like):
        about += f" (default: the {default.setting})"
    return {
        "description": about,
        **({"default": _plain(default)} if isinstance(default, str) else {}),
        **_or_expression(declared.type.schema(), {"const": "none"}),
    }


def _plain(text: str) -> bool | int | float | str:
    """A default as an editor inserts it."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text


def _setting_ref(kind: str, name: str) -> Schema:
    return _ref(f"{kind}-settings/properties/{name}")


def _value(kind: str) -> list[Schema]:
    """The ways to write what stands behind a kind, its settings in braces apart."""
    if kind in MERGES:
        return [_ref("branches")]
    if kind == "residual":
        return [_chain(0), {"type": "object", **_ref("entry")}, _ref("expression")]
    if kind == "group":
        return [_chain(0), _ref("expression")]
    if kind == "share":
        return [{"type": ["string", "number"]}]
    principal = layer_class(kind).principal_schema()
    return [principal, _ref("expression")] if principal else []


def _kind(kind: str) -> dict[str, Schema]:
    """The definitions of a kind: an entry of it, and its settings alone."""
    is_layer = kind in KINDS and kind not in MERGES
    value = _value(kind)
    common = {key: _ref(key) for key in ("name", "from", "when", "repeat", "expect")}
    first = {"description": _MEANINGS["first"], "anyOf": [*value, {"type": "object", **_ref(kind)}]}
    settings = {**_settings(kind), **({"weights": _ref("weights")} if is_layer else {}), **common, "first": first}
    # a list of entries is always there
    empty = [{"type": "null"}, _ref(f"{kind}-settings")] if is_layer else []
    about = _about(layer_class(kind)) if kind in KINDS else _ABOUT[kind]
    names = {name: _setting_ref(kind, name) for name in settings}
    return {
        kind: {
            "type": "object",
            "properties": {**names, kind: {"description": about, "anyOf": [*value, *empty]}},
            "additionalProperties": False,
        },
        f"{kind}-settings": {"type": "object", "properties": settings, "additionalProperties": False},
    }


def _about(cls: type[Layer]) -> str:
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())
