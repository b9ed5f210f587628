"""Settings of a kind as JSON Schema: what each means, and the ways to write it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnncalc.settings.setting import ByConvention, Like, Setting, SettingType
from cnncalc.settings.types import EXPRESSION, PaddingType

Schema = dict[str, Any]

EXPRESSION_SCHEMA: Schema = {"type": "string", "pattern": EXPRESSION, "errorMessage": "Expected $name or $(…)."}


def ref(name: str) -> Schema:
    """A definition of the schema."""
    return {"$ref": f"#/$defs/{name}"}


def alternatives(title: str, **ways: Schema) -> Schema:
    """Several ways to write something, the usual one first; `_` in the other names stands for a space.

    Each has a title of its own, and every title begins alike: an editor shows the one that was taken, and
    yaml-language-server mistakes alternatives without a title for each other.
    """
    usual, *_ = ways
    named = {way: title if way == usual else f"{title}, {way.replace('_', ' ')}" for way in ways}
    return {"title": title, "anyOf": [{"title": named[way], **schema} for way, schema in ways.items()]}


def or_expression(schema: Schema, *words: str) -> Schema:
    """What may also be an expression or one of these words; the schema has a pattern for texts, or takes none."""
    own = [schema["pattern"]] if "pattern" in schema else []
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    texts = [] if "string" in types else ["string"]
    patterns = "|".join([*own, *(f"^{word}$" for word in words), EXPRESSION])
    return {**schema, "type": [*types, *texts], "pattern": patterns}


def type_name(type: SettingType[Any]) -> str:
    """The name under which the definitions have a type whose values are numbers or texts of one form."""
    words = "".join(sign if sign.isalnum() else " " for sign in type.expects)
    return "-".join(words.split())


def has_form(type: SettingType[Any]) -> bool:
    """Whether all values of a type have one form: no choice of words, no lists of another form."""
    return "enum" not in type.schema() and "anyOf" not in type.schema()


def type_definitions(types: Iterable[SettingType[Any]]) -> dict[str, Schema]:
    """The types that several settings have, as the value after a kind, and as a setting, which may also be `none`."""
    found: dict[str, Schema] = {"amounts": _amounts(), "pairs": PaddingType().schema()["anyOf"][-1]}
    for type in types:
        if has_form(type):
            schema = {"errorMessage": f"Expected {type.expects}.", **type.schema()}
            is_any_text = "minLength" in schema
            found[type_name(type)] = schema if is_any_text else or_expression(schema)
            found[f"{type_name(type)}-or-none"] = schema if is_any_text else or_expression(schema, "none")
    return found


def _amounts() -> Schema:
    padding = PaddingType(())
    return {"errorMessage": f"Expected {padding.expects}.", **or_expression(padding.schema()["anyOf"][0])}


def padding_ways() -> dict[str, Schema]:
    """The ways to write a padding, its words apart."""
    return {"in_numbers": ref("amounts"), "in_pairs": ref("pairs")}


def _typed(title: str, type: SettingType[Any]) -> Schema:
    """The values of a setting of this type; `title` is its name in messages."""
    if has_form(type):
        return {"title": title, **ref(f"{type_name(type)}-or-none")}
    schema = type.schema()
    if not isinstance(type, PaddingType) and all("type" in part for part in schema.get("anyOf", [{}])):
        usual, *others = schema["anyOf"]
        several = {f"several{number or ''}": each for number, each in enumerate(others)}
        return alternatives(title, one=or_expression(usual, "none"), **several)
    words = [part["enum"] for part in (schema, *schema.get("anyOf", ())) if "enum" in part]
    none = [] if type.none_is else ["none"]
    word = {"enum": [*(words[0] if words else []), *none], "errorMessage": f"Expected {type.expects}."}
    others = padding_ways() if "anyOf" in schema else {"an_expression": ref("expression")}
    return alternatives(title, word=word, **others)


def setting_schema(declared: Setting[Any]) -> Schema:
    """A setting: its meaning, its default as an editor inserts it, and its values."""
    default = declared.default
    usual = {"default": _plain(default)} if isinstance(default, str) else {}
    return {**_typed(declared.name, declared.type), "description": _about(declared), **usual}


def _about(declared: Setting[Any]) -> str:
    expects = declared.type.expects
    return f"{_sentence(declared.meaning)}\n\n{_sentence(expects)} {_default_text(declared.default)}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _default_text(default: str | Like | ByConvention | None) -> str:
    if default is None:
        return "Required."
    if isinstance(default, Like):
        return f"Default: the {default.setting}."
    if isinstance(default, str):
        return f"Default: {default}."
    if len(set(default)) == 1:
        return f"Default: {default.lecture}."
    return f"Default: {', '.join(f'{value} under {name}' for name, value in default._asdict().items())}."


def _plain(text: str) -> bool | int | float | str:
    """A default as an editor inserts it."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text
