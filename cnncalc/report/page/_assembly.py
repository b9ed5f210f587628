"""Writes a page into the template that is built from `web/`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.report.formats.html import html_escaped


class PageParts(NamedTuple):
    """What a page consists of.

    Attributes:
        body: what stands without JavaScript, as pieces of HTML.
        data: what the scripts show.
    """

    title: str
    body: Iterator[str]
    data: dict[str, Any]


def whole_page(parts: PageParts, _encoding: str = "utf-8") -> Iterator[str]:
    """The page, piece by piece."""
    before_title, before_body, before_data, rest = _template()
    yield before_title
    yield html_escaped(parts.title)
    yield before_body
    yield from parts.body
    yield before_data
    yield inert_json(parts.data)
    yield rest


@cache
def _template() -> tuple[str, ...]:
    """What stands before, between and after the title, the body and the data."""
    rest = (Path(__file__).parent / "template.html").read_text("utf-8")
    found = []
    for name in ("title", "body", "data"):
        part, _, rest = rest.partition(f"{{{{{name}}}}}")
        found.append(part)
    return (*found, rest)


def inert_json(data: Any) -> str:
    """JSON that cannot end the element which it is in, nor begin a comment: `<` occurs only in its strings."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
