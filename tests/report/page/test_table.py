"""The table of everything: its HTML, as it stands without scripts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from helpers import each, neighbour

import cnncalc
from cnncalc.analysis import Analysis, analyze
from cnncalc.report.page import _table
from cnncalc.report.page._context import PageModel, Texts

MODELS = neighbour(__file__, "ten_models").MODELS


class Table(HTMLParser):
    """The rows of a table: the attributes of each, the address of its link, and its cells as texts."""

    def __init__(self, analysis: Analysis, number: int = 1) -> None:
        super().__init__()
        self.rows: list[tuple[dict[str, str | None], str, list[str]]] = []
        self.sorted_by: list[list[str | None]] = []
        self.caption = ""
        self.tags: list[str] = []
        self.html = "".join(_table.table_html(PageModel(analysis, Texts(), None), number))
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "tr":
            self.rows.append((found, "", []))
            self.sorted_by.append([])
        elif tag in ("th", "td"):
            self.rows[-1][2].append("")
            self.sorted_by[-1].append(found.get("data-v"))
        elif tag == "a":
            attributes, _, cells = self.rows[-1]
            self.rows[-1] = attributes, found["href"] or "", cells
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1][2]:
            self.rows[-1][2][-1] += data.strip("\n")
        elif self.tags[-1] == "caption":
            self.caption += data

    @property
    def body(self) -> list[tuple[dict[str, str | None], str, list[str]]]:
        return self.rows[1:-1]


def table(text: str, number: int = 1) -> Table:
    return Table(analyze(cnncalc.load(text)), number)


def _count(cell: str) -> int:
    """The number in a cell, without the mark of a sum and without its share."""
    return int(re.match(r"(?:Σ )?([\d,]+)", cell)[1].replace(",", ""))


def test_the_rows_are_those_of_summarize():
    each(_check_rows, MODELS, str)


def _check_rows(model: str) -> None:
    analysis = analyze(cnncalc.load(model))
    found = Table(analysis)
    entries = {name: entry for entry in _all(analysis.to_dict()["entries"]) for name in [entry["name"]]}
    rows = [row for row in found.body if "itself" not in row[2][0]]
    assert [unquote(address[1:]) for _, address, _ in rows] == list(entries)
    layers = {layer["name"]: layer for layer in analysis.to_dict()["layers"]}
    for attributes, address, (_, kind, output, params, macs, *_rest) in rows:
        entry = entries[unquote(address[1:])]
        assert kind == entry["words"]
        assert _count(params) == sum(layers[name]["params"] for name in entry["layers"])
        assert _count(macs) == sum(layers[name]["macs"] for name in entry["layers"])
        assert output == "×".join(map(str, layers[entry["layers"][-1]]["output"])) or attributes.get("class") == "sum"


def _all(entries):
    for entry in entries:
        yield entry
        inside = entry["entries"]
        # what `share` reuses has its name: one row covers both
        yield from _all(inside[0]["entries"] if [each["name"] for each in inside] == [entry["name"]] else inside)


def test_all_rows_but_sums_add_up_to_the_totals():
    each(_check_totals, MODELS, str)


def _check_totals(model: str) -> None:
    found = Table(analyze(cnncalc.load(model)))
    leaves = [cells for attributes, _, cells in found.body if attributes.get("class") != "sum"]
    *_, (_, _, total) = found.rows
    for column in (3, 4):
        assert sum(_count(cells[column]) for cells in leaves) == _count(total[column])


TREE = """\
name: tree
input: 8x8x4
layers:
  - group: [{conv: 3x3x4, padding: same}, {max_pool: 2}]
    name: stem
  - {residual: [{conv: 1x1x4, activation: relu}], activation: relu}
  - {dense: 10}
outputs: [stem, dense1]
"""


def test_a_merge_has_a_row_of_its_own_after_what_is_inside_it():
    found = table(TREE)
    assert [cells[0] for _, _, cells in found.body] == [
        "stem →", "conv1", "max_pool1", "residual1", "conv1", "residual1 itself", "dense1 →",
    ]  # fmt: skip
    assert found.body[5][2][1:6] == ["add relu", "4×4×4", "0", "0", "512 B"]  # two outputs of 64 numbers
    assert found.body[3][2][5] == "Σ 1.0 KiB"  # with two more
    assert found.caption.startswith("Σ marks sums of the rows below. → marks what the model returns: stem 4×4×4")


def test_numbers_have_what_they_are_sorted_by_unless_they_say_it():
    found = table(TREE)
    conv = found.sorted_by[2]
    # 3·3·4·4 + 4 parameters of 148 + 20 + 50, and 64·144 MACs of 9,216 + 256 + 640, are as they stand, and so are
    # 8·8·4 values; 1,024 bytes are not
    assert found.body[1][2][2:6] == ["8×8×4", "148 67.9%", "9,216 91.1%", "1.0 KiB"]
    assert conv[2:6] == [None, None, None, "1024"]
    assert [cells[7] for _, _, cells in found.body] == ["4", "3", "4", "4", "4", "4", "4"]
    assert found.sorted_by[2][7] is None


def test_what_is_global_comes_before_and_what_is_unknown_after_all_others():
    found = table("input: 8x8x4\nlayers:\n  - global_avg_pool\n  - {opaque: Mystery, output: 8}\n")
    assert (found.body[0][2][7], found.sorted_by[1][7]) == ("global", "Infinity")
    assert (found.body[1][2][3], found.sorted_by[2][3]) == ("unknown", None)
    assert found.rows[-1][2][3] == "unknown"


def test_sums_with_something_unknown_are_lower_bounds_and_come_last():
    found = table(
        "input: 8x8x4\nlayers:\n"
        "  - {group: [{conv: 1x1x4}, {opaque: Mystery, output: 8x8x4}], name: part}\n"
        "  - {group: [{opaque: Mystery, output: 8x8x4}], name: rest}\n"
    )
    # 4·4 + 4 parameters and 64·16 MACs are known of the first group, and nothing of the second
    assert [cells[3:5] for _, _, cells in found.body if cells[0] in ("part", "rest")] == [
        ["Σ ≥ 20", "Σ ≥ 1,024"],
        ["unknown", "unknown"],
    ]
    assert [found.sorted_by[row][3] for row in (1, 4)] == [None, None]
    assert found.rows[-1][2][3:5] == ["≥ 20", "≥ 1,024"]


def test_an_address_leads_to_a_row():
    found = table("input: 8x8x4\nlayers:\n  - {conv: 1x1x4, name: слой}\n  - conv: 1x1x4\n", number=2)
    (first, address, _), (second, _, _) = found.body
    assert first["id"] == "2:слой"
    assert address == "#2:%D1%81%D0%BB%D0%BE%D0%B9"
    assert second["id"] == "2:conv1"


def test_no_two_rows_have_the_same_address():
    def check(model: str) -> None:
        ids = re.findall(r'<tr id="([^"]*)"', Table(analyze(cnncalc.load(model))).html)
        assert len(set(ids)) == len(ids)

    each(check, MODELS, str)


LONG = """\
input: 8x8x4
layers:
  - {{group: [{{conv: 3x3x4, padding: same, activation: relu}}, {{conv: 1x1x4}}], name: body, repeat: {copies}}}
"""


def test_a_long_table_has_one_row_for_equal_copies(monkeypatch):
    assert len(table(LONG.format(copies=20)).body) == 61
    monkeypatch.setattr(_table, "MOST_ROWS", 20)
    found = table(LONG.format(copies=20))
    assert [cells[0] for _, _, cells in found.body] == ["body", "0…19", "conv1", "conv2"]
    assert "Equal copies are one row." in found.caption
    assert found.body[2][2][3] == "20 × 148 88.1%"  # 148 of 148 + 20, twenty times
    assert found.sorted_by[3][3] == "2960"
    assert found.body[2][1] == "#body.0.conv1"
    monkeypatch.setattr(_table, "MOST_ROWS", 3)
    found = table(LONG.format(copies=20))
    assert len(found.body) == 3
    assert found.caption.strip().endswith("1 more row is left out: `cnncalc summarize` lists them all.")


def test_texts_of_a_spec_are_inert():
    spec = cnncalc.load("name: '<b>\"&'\ninput: 8x8x4\nlayers:\n  - {opaque: '<img src=x>', output: 8x8x4}\n")
    found = Table(analyze(spec))
    assert "img" not in found.tags
    assert "<img src=x>" in found.body[0][2][1]
