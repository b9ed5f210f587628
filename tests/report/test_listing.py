"""What tables list: sums of open entries, folded copies and their ranges, names, columns; the numbers written out."""

from __future__ import annotations

import csv
import io

import pytest

import cnncalc
from cnncalc.analysis import Analysis
from cnncalc.report._document import Table, text_of
from cnncalc.report.views.hyperparameters import HyperparametersReport
from cnncalc.report.views.rows import Listing, flat_names
from cnncalc.report.views.summarize import SummaryReport

SPEC = """
input: 8x8x1
blocks: {unit: [{conv: 3x3x4, padding: 1, name: c}, relu]}
layers:
  - {unit, repeat: 3, name: body}
  - flatten
  - {dense: 10, name: last}
"""
FIRST, OTHER = 3 * 3 * 1 * 4 + 4, 3 * 3 * 4 * 4 + 4
DENSE = 8 * 8 * 4 * 10 + 10


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return cnncalc.analyze(cnncalc.load(SPEC))


def table(analysis: Analysis, *columns: str, **listing: object) -> list[list[str]]:
    report = SummaryReport(analysis, Listing(columns or None, **listing))  # type: ignore[arg-type]
    (found,) = (block for block in report.document() if isinstance(block, Table))
    return [[text_of(cell) for cell in row] for row in found.rows]


def test_open_entries_show_the_sum_of_what_is_inside(analysis):
    rows = dict(table(analysis, "name", "params"))
    assert rows["body"] == f"Σ {FIRST + 2 * OTHER}"
    assert rows["body.1"] == f"Σ {OTHER}"
    assert rows["body.1.c"] == str(OTHER)
    assert rows["last"] == f"{DENSE:,}"


def test_closed_entries_show_it_as_their_own(analysis):
    assert dict(table(analysis, "name", "params", depth=1))["body"] == str(FIRST + 2 * OTHER)


def test_copies_are_folded_with_their_number_and_the_range_of_their_fields(analysis):
    rows = {name: rest for name, *rest in table(analysis, "name", "params", "receptive_field", fold=True)}
    # 3, then 2 more with each convolution
    assert rows["body.0.c"] == [str(FIRST), "3"]
    assert rows["body.1…2"] == [f"2 × Σ {OTHER}", "5…7"]
    assert rows["body.1…2.c"] == [f"2 × {OTHER}", "5…7"]
    assert rows["body"] == [f"Σ {FIRST + 2 * OTHER}", "7"]


def test_a_column_of_values_adds_up_to_the_total(analysis):
    for listing in (Listing(), Listing(fold=True), Listing(depth=1), Listing(depth=2, fold=True)):
        text = SummaryReport(analysis, listing._replace(columns=("name", "params", "macs", "percent"))).render("csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert sum(int(row["params"]) for row in rows) == FIRST + 2 * OTHER + DENSE
        assert sum(int(row["macs"]) for row in rows) == 64 * (FIRST - 4) + 2 * 64 * (OTHER - 4) + DENSE - 10
        assert abs(sum(float(row["percent"]) for row in rows) - 100) < 1e-3


def test_names(analysis):
    assert [name for (name,) in table(analysis, "name", names="short")][:4] == ["body", "0", "c", "relu1"]
    assert [name for (name,) in table(analysis, "name")][:4] == ["body", "body.0", "body.0.c", "body.0.relu1"]
    cells = flat_names(["a.0.c", "a.0.d", "a.1.c", "b"])
    assert [cell.forms[-1] for cell in cells] == ["a.0.c", "    d", "  1.c", "b"]


def test_what_is_read_and_through_which_window(analysis):
    rows = {name: rest for name, *rest in table(analysis, "name", "input", "kernel", "output")}
    assert rows["body"] == ["8×8×1", "", "8×8×4"]
    assert rows["body.1.c"] == ["8×8×4", "3×3", "8×8×4"]
    assert rows["last"] == ["256", "", "10"]


def test_copies_that_read_other_shapes_are_not_folded_where_that_is_shown():
    # 8·8, 4·4 and 2·2 positions, and the same numbers of everything but inputs and outputs
    pools = cnncalc.analyze(cnncalc.load("input: 8x8x1\nlayers: [{max_pool: 2, repeat: 3, name: p}]\n"))
    assert [name for (name,) in table(pools, "name", fold=True)] == ["p", "p.0", "p.1", "p.2"]


def test_a_share_of_nothing_is_nothing():
    nothing = cnncalc.analyze(cnncalc.load("input: 8x8x1\nlayers: [relu]\n"))
    assert table(nothing, "percent", "macs_percent") == [["0.0%", "0.0%"]]


def test_sorted_rows_show_what_is_their_own(analysis):
    report = SummaryReport(analysis, Listing(("name", "params")), "params")
    assert [[text_of(cell) for cell in row] for row in report.document()[1].rows][:3] == [
        ["last", f"{DENSE:,}"],
        ["body.1.c", str(OTHER)],
        ["body.2.c", str(OTHER)],
    ]


def test_several_inputs_are_named_in_the_order_of_the_file():
    spec = "inputs: {z: 8x8x1, a: 8x8x1}\nlayers: [{conv: 3x3x1, from: a, name: c}, {add: [{crop: 1, from: z}, c]}]\n"
    found = cnncalc.analyze(cnncalc.load(spec))
    rows = dict(table(found, "name", "receptive_field"))
    assert rows["c"] == "a: 3"  # named, though it sees one alone
    assert rows["add1"] == "z: 1, a: 3"


def test_long_tables_say_how_to_make_them_shorter():
    long = SummaryReport(cnncalc.analyze(cnncalc.load("resnet50")))
    assert (
        "`--depth 1` shows only the outermost entries, `--fold` one row per group of identical copies." in long.render()
    )
    assert "--fold" not in long.render("markdown")
    assert "--depth" not in SummaryReport(cnncalc.analyze(cnncalc.load("typical_cnn"))).render()


def test_a_closed_entry_of_hyperparameters(analysis):
    rows = list(csv.DictReader(io.StringIO(HyperparametersReport(analysis, Listing(depth=1)).render("csv"))))
    # three convolutions and three activations
    assert rows[0]["learned"] == "in 6 layers"
    assert rows[0]["params"] == str(FIRST + 2 * OTHER)
