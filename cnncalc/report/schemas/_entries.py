"""Entries of `layers` as JSON Schema.

The key that is a kind says what the other keys may be. If an entry has none yet, all kinds are offered. A file without
`blocks` has `known-entry` besides `entry`: there, a key that is not a kind cannot be a call, and is misspelt.

Some parts say nothing about what is valid: yaml-language-server completes from them (`offered_kinds`). It completes
keys from every `properties` that it meets, so anything that is only to be checked is under `patternProperties`.
"""

from __future__ import annotations

from cnncalc.layers import ACTIVATIONS, KINDS, MERGES, NORMS, layer_class
from cnncalc.layers.base import Layer
from cnncalc.report.schemas._settings import (
    Schema,
    alternatives,
    has_form,
    or_expression,
    padding_ways,
    ref,
    setting_schema,
    type_name,
)
from cnncalc.settings.types import AMOUNT, TRUTH, sizes_schema
from cnncalc.spec.expand.entries import COMMON, followers
from cnncalc.spec.language.blocks import is_taken
from cnncalc.spec.language.names import STRUCTURES

ALL = (*KINDS, *sorted(STRUCTURES))
"""Every kind of entry except block calls."""
NAME: Schema = {"pattern": r"^[^\x00-,./:-@\[-^`{-\x7f]{1,100}$"}
"""Letters and digits of any script, `_` and `-`: said by what is left out, for `\\w` of JavaScript is ASCII alone."""
_ABOUT = {
    "residual": "Entries whose output is added to their input, or to the `shortcut`.",
    "group": "Entries under one name.",
    "share": "An earlier layer, group or call again, with the same weights.",
    "model": "Another spec: one that ships, or a file below this one's folder.",
}
_WITH_ENTRIES = sorted(MERGES | STRUCTURES)
"""Kinds that never come without a value, as in `- add`."""
_CHAIN: Schema = {"items": ref("entry"), "allOf": [{"items": ref("offered-kinds")}]}
_NO_KIND: Schema = {"type": "string", "errorMessage": "The layer kind is missing: it comes first, as in `conv: 3x3x8`."}
_CALL: Schema = {
    "title": "call",
    "description": "Not a layer kind. If `blocks` has a block with this name, a call of it.",
}
_COMMON = ("name", "from", "when", "repeat", "first", "expect", "trainable", "origin", "for")
_FIRST = "Settings, arguments or the value after the kind, for the first copy."


def definitions() -> dict[str, Schema]:
    """Everything that an entry refers to, except the types of settings."""
    kinds = {name: part for kind in ALL for name, part in _kind(kind).items()}
    return {**_entries(), **_known_entries(), **_common(), **_followers(), **kinds}


def about_kind(kind: str) -> str:
    """What a kind is, in a sentence."""
    return _summary(layer_class(kind)) if kind in KINDS else _ABOUT[kind]


def _summary(cls: type[Layer]) -> str:
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def chain(low: int) -> Schema:
    """Entries in a row, at least this many."""
    return {"type": "array", **_CHAIN, **({"minItems": low} if low else {})}


# -- an entry, whatever its kind


def _entries() -> dict[str, Schema]:
    branch = {"type": ["string", "number", "array", "object"], **_CHAIN, **_if_object(ref("entry"))}
    of_its_kind = {"if": _has(ALL), "then": _of_its_kind(ALL), **_else_object(ref("entry-without-a-kind"))}
    return {
        "entry": {
            "type": ["string", "object"],
            "errorMessage": "Expected a layer, such as `flatten` or `{conv: 3x3x8, stride: 2}`.",
            "dependentRequired": {"first": ["repeat"]},
            "if": {"title": "layer", "type": "string"},
            "then": ref("kind-alone"),
            "else": of_its_kind,
        },
        "offered-kinds": offered_kinds(ALL),
        "kind-alone": _kind_alone(),
        "entry-without-a-kind": _entry_without_a_kind(),
        "kernel-and-filters": _kernel_and_filters(),
        "branch": branch,
        "branches": or_expression({"type": "array", "items": ref("branch"), "minItems": 1}),
    }


def _if_object(then: Schema) -> Schema:
    return {"if": {"type": "object"}, "then": then}


def _else_object(then: Schema) -> Schema:
    return {"else": _if_object(then)}


def _has(kinds: tuple[str, ...]) -> Schema:
    """A mapping with one of these keys; yaml-language-server takes the beginning of a word for it in an `enum`."""
    return {"type": "object", "not": {"propertyNames": {"not": {"pattern": f"^({'|'.join(kinds)})$"}}}}


def offered_kinds(kinds: tuple[str, ...]) -> Schema:
    """Anything; these kinds are offered, with what they are.

    `allOf` keeps yaml-language-server from offering the alternatives again as items of a list.
    """
    words = {"enum": list(kinds), "enumDescriptions": [about_kind(kind) for kind in kinds]}
    return {"anyOf": [{"title": "", "allOf": [True]}, {"title": "kinds", **words, "allOf": [False]}]}


def _offered_keys(kinds: tuple[str, ...]) -> dict[str, Schema]:
    """The kinds as the first key of an entry. One that needs a value is offered with its colon."""
    return {
        kind: {"description": about_kind(kind), **({"type": "string"} if _needs_a_value(kind) else {})}
        for kind in kinds
    }


def _needs_a_value(kind: str) -> bool:
    return kind in _WITH_ENTRIES or any(each.is_required for each in layer_class(kind).settings.values())


def _of_its_kind(kinds: tuple[str, ...]) -> Schema:
    """The key that is a kind says what the others may be."""
    # `scale` is a kind, and a setting of others: those come first
    others = {kind: [each for each in kinds if each in KINDS and kind in layer_class(each).settings] for kind in kinds}
    cases = [
        {"if": {"required": [kind], **({"not": _has(tuple(others[kind]))} if others[kind] else {})}, "then": ref(kind)}
        for kind in kinds
    ]
    return {"allOf": cases}


def _kind_alone() -> Schema:
    """An entry that is one word, a kind or the name of a block, which a kind that is newer than the file may be."""
    words = [kind for kind in ALL if kind not in _WITH_ENTRIES]
    known = [{"title": kind, "description": f"{kind}: {about_kind(kind)}", "pattern": f"^{kind}$"} for kind in words]
    return {
        "pattern": f"^(?!({'|'.join(each for each in _WITH_ENTRIES if is_taken(each, None))})?$)",
        "errorMessage": "What is inside is missing, as in `residual: [relu]` or `add: [[], [relu]]`.",
        "anyOf": [*known, _CALL],
    }


def _entry_without_a_kind() -> Schema:
    """A mapping with no kind among its keys: one whose kind is still to be written, or a call of a block."""
    is_empty = {"if": {"maxProperties": 0}, "then": _NO_KIND}
    is_being_written = {"title": "layer", "maxProperties": 1, "additionalProperties": {"type": "null"}}
    common = {"properties": {key: ref(key) for key in _COMMON if key != "first"}, "additionalProperties": _CALL}
    return {"allOf": [is_empty], "properties": _offered_keys(ALL), "if": is_being_written, "else": common}


def _known_entries() -> dict[str, Schema]:
    """Entries that each have a kind, at any depth."""
    own = ("shortcut", "skip", "norm", "activation", "weights", *settings_of("model"))
    keys = sorted({*COMMON, *own, *_setting_names()})
    nested = {
        f"^({'|'.join(sorted(MERGES))})$": {"items": ref("known-branch")},
        "^residual$": {"items": ref("known-entry"), **_if_object(ref("known-entry"))},
        "^group$": {"items": ref("known-entry")},
        "^shortcut$": ref("known-branch"),
    }
    setting = f"^({'|'.join(keys)})$"
    misspelt = {
        "patternProperties": {setting: True},
        "additionalProperties": False,
        "errorMessage": "There is no layer kind like this, and no setting either.",
    }
    mapping = {
        "if": _has(ALL),
        "then": {"patternProperties": nested},
        "else": {"if": {"propertyNames": {"pattern": setting}}, "then": _NO_KIND, "else": misspelt},
    }
    word = {"pattern": rf"^({'|'.join(ALL)}|\$.*)?$", "errorMessage": "There is no layer kind like this."}
    return {
        "known-entry": {"if": {"type": "string"}, "then": word, **_else_object(mapping)},
        "known-branch": {"items": ref("known-entry"), **_if_object(ref("known-entry"))},
    }


def _setting_names() -> set[str]:
    return {name for kind in KINDS for name in layer_class(kind).settings}


# -- what entries of several kinds may have


def _common() -> dict[str, Schema]:
    name = or_expression({"type": ["string", "integer"], **NAME})
    truth = {"type": ["boolean", "integer", "string"], "minimum": 0, "maximum": 1, "pattern": TRUTH.schema()["pattern"]}
    return {
        "name": {
            "title": "name",
            "description": "Names the layer: letters, digits, `_` and `-`.",
            "errorMessage": "Expected letters, digits, `_` and `-`.",
            **name,
            "pattern": rf"{name['pattern']}|\$",  # of which an expression may be a part
        },
        "from": {
            "title": "from",
            "description": "The earlier layer or input to read, instead of the entry before.",
            "type": ["string", "number"],
            "minLength": 1,
        },
        "when": {
            "title": "when",
            "description": "If false, the entry is left out.",
            "errorMessage": "Expected true or false.",
            **or_expression(truth),
        },
        "repeat": {
            "title": "repeat",
            "description": "Copies in a row; 0 leaves the entry out.",
            "errorMessage": f"Expected {AMOUNT.expects}.",
            **or_expression(AMOUNT.schema()),
        },
        "trainable": {
            "title": "trainable",
            "description": "If false, training leaves its parameters, and those inside it, as they are.",
            "errorMessage": "Expected true or false.",
            **or_expression(truth),
        },
        "origin": {
            "title": "origin",
            "description": "What it is called elsewhere, as in layer1.0.conv1.",
            "type": ["string", "number"],
            "minLength": 1,
        },
        "for": {
            "title": "for",
            "description": "Copies that differ: names, each with a list of values for the copies.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": or_expression({"type": "array"}),
        },
        "weights": {
            "title": "weights",
            "description": "Explicit values for the forward pass, by name.",
            "type": "object",
        },
        **_of_models(),
    }


def _of_models() -> dict[str, Schema]:
    """What a model inside may have."""
    about = {
        "until": "The last of its entries that is kept.",
        "after": "Its entry after which those begin that are kept.",
        "variant": "A variant of the model.",
    }
    names = {
        name: {"title": name, "description": text, "type": ["string", "number"], "minLength": 1}
        for name, text in about.items()
    }
    return {
        **names,
        "with": {"title": "with", "description": "Values of its variables.", "type": "object"},
        "defaults": {
            "title": "defaults",
            "description": "Settings that apply to every layer of a kind.",
            "type": "object",
            "properties": {kind: _default(kind) for kind in KINDS},
            "additionalProperties": False,
        },
    }


def _default(kind: str) -> Schema:
    own = {name: setting_ref(kind, name) for name in settings_of(kind)} | {"trainable": ref("trainable")}
    about = {"title": kind, "description": about_kind(kind)}
    return {**about, "type": "object", "properties": own, "additionalProperties": False}


def _several_sources() -> Schema:
    """What an opaque layer reads, of which there may be several."""
    one = ref("from")
    return alternatives("from", one=one, several={"type": "array", "items": one, "minItems": 1})


def _followers() -> dict[str, Schema]:
    return {"norm": _follower("norm", NORMS), "activation": _follower("activation", ACTIVATIONS)}


def _follower(key: str, kinds: frozenset[str]) -> Schema:
    some = tuple(sorted(kinds))
    word = {
        "enum": [*some, "none"],
        "enumDescriptions": [*map(about_kind, some), f"no {key}, whatever `defaults` say"],
        "errorMessage": f"There is no {key} like this. Expected {', '.join(some)} or none.",
    }
    with_settings = {
        "type": "object",
        "if": _has(some),
        "then": _of_its_kind(some),
        "else": {"properties": _offered_keys(some), "required": [some[0]]},
    }
    return {
        **alternatives(key, word=word, an_expression=ref("expression"), with_settings=with_settings),
        "description": f"The {key} directly after the entry's layer.",
    }


# -- a kind


def settings_of(kind: str) -> dict[str, Schema]:
    """What a kind's entries may have besides the keys that all may have."""
    if kind == "residual":
        shortcut = {"title": "shortcut", "description": "What the output is added to, instead of the input."}
        skip = {
            "title": "skip",
            "description": "Whether the shortcut is added at all.",
            **or_expression(TRUTH.schema()),
        }
        return {
            "shortcut": {**shortcut, **ref("branch")},
            "skip": skip,
            "norm": ref("norm"),
            "activation": ref("activation"),
        }
    if kind == "model":
        return {key: ref(key) for key in ("until", "after", "variant", "with", "defaults")}
    if kind in STRUCTURES:
        return {}
    cls = layer_class(kind)
    own = {name: setting_schema(declared) for name, declared in cls.settings.items()}
    return {**own, **{key: ref(key) for key in sorted(followers(cls))}}


def setting_ref(kind: str, name: str) -> Schema:
    """A setting in the definition of a kind's settings."""
    return ref(f"{kind}-settings/properties/{name}")


def _value(kind: str) -> dict[str, Schema]:
    """The ways to write the value after a kind, except for settings in braces."""
    if kind in MERGES:
        return {"branches": ref("branches")}
    if kind == "residual":
        one = {"type": "object", **ref("entry")}
        return {"entries": chain(0), "one_entry": one, "an_expression": ref("expression")}
    if kind == "group":
        return {"entries": chain(0), "an_expression": ref("expression")}
    if kind == "model":
        return {"spec": {"type": "string", "minLength": 1}}
    if kind == "share":
        return {"earlier": {"type": ["string", "number"]}}
    return _principal_value(layer_class(kind))


def _principal_value(cls: type[Layer]) -> dict[str, Schema]:
    schema = cls.principal_schema()
    if schema is None:
        return {}
    type = cls.settings[cls.principal].type
    if schema != type.schema():
        return {"value": ref("kernel-and-filters")}
    return {"value": ref(type_name(type))} if has_form(type) else padding_ways()


def _kernel_and_filters() -> Schema:
    message = "Expected the kernel and the filters, as in 3x3x8, or the filters alone."
    return {"errorMessage": message, **or_expression(sizes_schema(1, 4))}


def _kind(kind: str) -> dict[str, Schema]:
    """The definitions of a kind: an entry of it, and just its settings."""
    is_layer = kind in KINDS and kind not in MERGES
    value = _value(kind)
    first = alternatives("first", **value, with_settings={"type": "object", **ref(kind)})
    settings = {
        **settings_of(kind),
        **({"weights": ref("weights")} if is_layer else {}),
        **{key: ref(key) for key in _COMMON if key != "first"},
        "first": {**first, "description": _FIRST},
    }
    if kind in KINDS and layer_class(kind).is_opaque:
        settings["from"] = _several_sources()
    # a list of entries is always there
    empty = {"alone": {"type": "null"}, "with_settings": ref(f"{kind}-settings")} if is_layer else {}
    # what has a definition of its own is not referred to twice
    names = {name: part if set(part) == {"$ref"} else setting_ref(kind, name) for name, part in settings.items()}
    own = {**alternatives(kind, **value, **empty), "description": about_kind(kind)}
    return {
        kind: {"type": "object", "properties": {**names, kind: own}, "additionalProperties": False},
        f"{kind}-settings": {"type": "object", "properties": settings, "additionalProperties": False},
    }
