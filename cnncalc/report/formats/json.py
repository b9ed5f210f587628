"""JSON, indented by two spaces per level; a list of numbers stays on one line, and so does a list of such lists.

It is written piece by piece: one for each item of a list that a report makes item by item (see `Report.data`).
The standard library cannot write this form, and importing it takes a fiftieth of the start-up time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import AtLeast
from cnncalc.report.report import Joined, Shared, with_bounds
from cnncalc.report.text import BRACKET, MANY_TEXTS

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

Strings = Callable[[str], str]
"""How a text is written."""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}
_WORDS = {
    "None": "null",
    "True": "true",
    "False": "false",
    # JSON has no word for these; others write those of JavaScript
    "nan": "NaN",
    "inf": "Infinity",
    "-inf": "-Infinity",
}


def about_model(schema: str, spec: Spec) -> dict[str, Any]:
    """The beginning of JSON about a model; `schema` names what follows, in its version 1."""
    return {
        "schema": f"cnncalc/{schema}",
        "version": 1,
        "model": {"name": spec.name, "convention": spec.convention, "layout": spec.layout, **spec.overrides.cut},
    }


def json(value: Any, ascii_only: bool = False) -> str:
    """The text of a value, without characters that are unsafe on a terminal, and without commands of a build server."""
    return "".join(_pieces(value, "\n", _ascii if ascii_only else _string))


def json_file(value: Any, encoding: str = "utf-8") -> Iterator[str]:
    """The text of a value piece by piece, for a file, or for a stream with this encoding."""
    yield from _pieces(value, "\n", _string if encoding.lower().startswith("utf") else _ascii)
    yield "\n"


def _pieces(value: Any, line: str, string: Strings) -> Iterator[str]:
    """The text of a value that begins on a line indented like this, piece by piece."""
    if isinstance(value, GeneratorType):
        yield from _items(value, line, string)
    elif _has_generators(value):
        inner, begin = f"{line}  ", "{"
        for key, each in with_bounds(value).items():
            yield f"{begin}{inner}{_key(key, string)}"
            yield from _pieces(each, inner, string)
            begin = ","
        yield f"{line}}}"
    else:
        yield _json(value, line, string)


def _has_generators(value: Any) -> bool:
    """Whether it is an object that has lists that are made item by item."""
    return isinstance(value, dict) and GeneratorType in map(type, value.values())


def _items(values: Iterator[Any], line: str, string: Strings) -> Iterator[str]:
    """The text of a list that is made item by item, unless it may belong on one line."""
    first = list(islice(values, 1))
    if not first or not isinstance(first[0], _ON_LINES):
        yield _json([*first, *values], line, string)
        return
    inner, begin = f"{line}  ", "["
    for each in chain(first, values):
        if _has_generators(each):
            yield f"{begin}{inner}"
            yield from _pieces(each, inner, string)
        else:
            yield f"{begin}{inner}{_json(each, inner, string)}"
        begin = ","
    yield f"{line}]"


def _json(value: Any, line: str, string: Strings) -> str:
    """The whole text of a value."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, int):
        return _number(value)
    if isinstance(value, dict):
        return _object(value, line, string)
    if isinstance(value, Joined):
        return _object(value, line, string)
    if isinstance(value, Sequence):
        return _list(value, line, string)
    return _object(value, line, string) if isinstance(value, Mapping) else _number(value)


def _object(value: Mapping[str, Any] | Joined, line: str, string: Strings) -> str:
    """The text of an object."""
    inner = f"{line}  "
    if isinstance(value, Joined):
        fields = ",".join([_fields(part, inner, string) for part in value if part])
    else:
        fields = _fields(value, inner, string)
    return f"{{{fields}{line}}}" if fields else "{}"


def _fields(fields: Mapping[str, Any], line: str, string: Strings) -> str:
    """The text of fields, each on a line indented like this; of shared ones, the text that was made before."""
    if isinstance(fields, Shared):
        key = line, string
        if key not in fields.written:
            fields.written[key] = _fields(dict(fields), line, string)
        return fields.written[key]
    if AtLeast in map(type, fields.values()):
        fields = with_bounds(fields)
    # most values are whole numbers: these at once
    values = [repr(each) if type(each) is int else _json(each, line, string) for each in fields.values()]
    return _around(tuple(fields), line, string) % tuple(values)


@lru_cache(MANY_TEXTS)
def _around(keys: tuple[object, ...], line: str, string: Strings) -> str:
    """The text of fields with `%s` for each value: the objects of a list have the same keys."""
    return ",".join([f"{line}{_key(key, string)}".replace("%", "%%") + "%s" for key in keys])


def _key(key: object, string: Strings) -> str:
    return f"{string(str(key))}: "


# tuples of types: a union would be made anew each time that a value is asked for its type
_NUMBERS = (int, float, type(None))
_ON_LINES = (str, dict, Joined)
"""What is never on a line with others: a list that begins with it has a line for each item."""


def _list(values: Sequence[Any], line: str, string: Strings) -> str:
    """The text of a list."""
    if not values:
        return "[]"
    if not isinstance(values[0], _ON_LINES):
        if _is_row(values):
            return _row(values)
        if all(isinstance(each, list | tuple) and _is_row(each) for each in values):
            return f"[{', '.join(map(_row, values))}]"
    inner = f"{line}  "
    return f"[{','.join([f'{inner}{_json(each, inner, string)}' for each in values])}{line}]"


def _is_row(values: Sequence[Any]) -> bool:
    return all(isinstance(each, _NUMBERS) for each in values)


def _row(values: Sequence[Any]) -> str:
    return f"[{', '.join(map(_number, values))}]"


def _number(value: Any) -> str:
    """A number, a boolean or null."""
    if not isinstance(value, _NUMBERS):
        raise TypeError(f"JSON has no {type(value).__name__}")
    if isinstance(value, AtLeast):
        return "null"
    text = repr(value)
    return _WORDS.get(text, text)


def _string(text: str) -> str:
    if '"' in text or "\\" in text or not text.isprintable():
        text = "".join(character if character.isprintable() else _code(character) for character in _escaped(text))
    return _without_commands(text) if "##" in text else f'"{text}"'


def _ascii(text: str) -> str:
    return _without_commands("".join(each if " " <= each <= "~" else _code(each) for each in _escaped(text)))


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _code(character: str) -> str:
    """The JSON escape of a character: its code, or those of its two surrogates."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _without_commands(text: str) -> str:
    """The text in quotation marks; build servers look for commands in everything that they log."""
    return '"' + re.sub(BRACKET, r"\1\\u005b", text) + '"'
