"""The data of a page is written as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.report.page.model_page import ModelPage

OPAQUE = """\
input: 8x8x3
layers:
  - {conv: 3x3x8, name: first}
  - {opaque: Mystery, name: one, output: 6x6x8}
  - {opaque: Counted, name: two, output: 6x6x8, params: 12}
  - {residual: [{opaque: Other, name: other, output: 6x6x8}, {conv: 1x1x8, name: last}], name: around, repeat: 3}
  - {dense: 10, name: end}
"""
JSON_TYPES = {dict, list, tuple, str, int, float, bool, type(None)}


def _types(data: Any) -> Iterator[type]:
    yield type(data)
    inside = [*data, *data.values()] if isinstance(data, dict) else data if isinstance(data, list | tuple) else ()
    for each in inside:
        yield from _types(each)


@pytest.mark.parametrize("specs", [[OPAQUE], ["detr"], ["siamese"], ["three_d"], [OPAQUE, "typical_cnn"]])
def test_everything_in_it_has_a_type_of_json(specs):
    """`json` would write an `AtLeast`, which is a number too, as if it were known."""
    analyses = [analyze(cnncalc.load(spec)) for spec in specs]
    assert set(_types(ModelPage(analyses, [None] * len(specs)).page().data)) <= JSON_TYPES
