"""Documents for streams that lack characters: their ASCII forms, before anything is aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.report._document import Document


def in_encoding(document: Document, encoding: str) -> Document:
    """The document with the ASCII form of each character that the encoding lacks."""
    return [_carried(block, encoding) for block in document]


def _carried(value: Any, encoding: str) -> Any:
    """The same for a text, list or tuple; blocks are nested named tuples."""
    if isinstance(value, str):
        return value.encode(encoding, "cnncalc").decode(encoding)
    if hasattr(value, "_fields"):
        return type(value)(*(_carried(each, encoding) for each in value))
    if isinstance(value, list | tuple):
        return type(value)(_carried(each, encoding) for each in value)
    return value
