"""Tables on terminals of any width: no word breaks, nothing is lost in silence, and columns give way in order."""

from __future__ import annotations

import io
import re

import pytest

import cnncalc
from cnncalc.comparison.differences import compare
from cnncalc.report._document import Cell, Column, Table
from cnncalc.report.formats._fitting import GAP, fit_table
from cnncalc.report.formats.terminal import show
from cnncalc.report.report import Report
from cnncalc.report.text import width
from cnncalc.report.views.compare import ComparisonReport
from cnncalc.report.views.hyperparameters import HyperparametersReport
from cnncalc.report.views.receptive_field import FieldReport
from cnncalc.report.views.rows import Listing
from cnncalc.report.views.summarize import SummaryReport

KINDS = ["conv 3×3, 8 filters, relu", "conv 3×3, 8 filters", "conv 3×3", "conv"]
TABLE = Table(
    [
        Column("layer", narrows=2),
        Column("kind", narrows=1, is_uniform=False),
        Column("params", True, narrows=3),
        Column("field", True, leaves=1),
        Column("a remark"),
    ],
    [
        [Cell(["stage1.conv1", "conv1"], 1), Cell(KINDS), Cell(["1,234,567", "1.23 M"]), "3", "it was in the way"],
        [Cell(["dense1"]), Cell(["dense"]), Cell(["10"]), "4", ""],
    ],
)
NATURAL = 14 + 25 + 9 + 5 + 17 + 4 * GAP
"""`  stage1.conv1`, the longest kind, `1,234,567`, `field`, the remark."""


def cells(room: int) -> list[str]:
    (fitted,) = fit_table(TABLE, room)
    return [text.strip() for text in fitted.rows[0]]


def test_the_order_in_which_columns_give_way():
    whole = ["stage1.conv1", KINDS[0], "1,234,567", "3", "it was in the way"]
    assert cells(NATURAL) == whole
    # kinds are shortened, as far as they must be, then to the bare kind
    assert cells(NATURAL - 1) == [whole[0], KINDS[1], *whole[2:]]
    assert cells(NATURAL - 7) == [whole[0], KINDS[2], *whole[2:]]
    assert cells(NATURAL - 20) == [whole[0], "conv", *whole[2:]]
    # then names: two blanks of the tree and `conv1`
    assert cells(NATURAL - 21) == ["conv1", "conv", *whole[2:]]
    # then numbers: 7 + 5 (`dense`) + 9 + 5 + 17 and the gaps are 51 = NATURAL - 27
    assert cells(NATURAL - 27)[2] == "1,234,567"
    assert cells(NATURAL - 28) == ["conv1", "conv", "1.23 M", *whole[3:]]


def test_a_column_that_leaves_is_named():
    (fitted,) = fit_table(TABLE, 7 + 5 + 6 + 6 + 3 * GAP)
    assert [column.title for column in fitted.columns] == ["layer", "kind", "params", "a remark"]
    assert fitted.left_out == ["field"]


def test_where_nothing_may_leave_the_table_is_cut():
    kept = Table([column._replace(leaves=0) for column in TABLE.columns], TABLE.rows)
    parts = fit_table(kept, 26)
    assert len(parts) > 1
    assert {part.columns[0].title for part in parts} == {"layer"}
    assert [column.title for part in parts for column in part.columns[1:]] == [c.title for c in TABLE.columns[1:]]


def reports() -> dict[str, Report]:
    found: dict[str, Report] = {}
    for name in ("typical_cnn", "resnet50", "mobilenet_v2", "unet", "googlenet", "densenet121"):
        analysis = cnncalc.analyze(cnncalc.load(name))
        found[f"summarize {name}"] = SummaryReport(analysis)
        found[f"summarize --fold {name}"] = SummaryReport(analysis, Listing(fold=True))
        found[f"hyperparameters {name}"] = HyperparametersReport(analysis)
        if name in ("typical_cnn", "resnet50", "unet"):
            from cnncalc.analysis.field_coverage import seen

            found[f"receptive-field {name}"] = FieldReport(analysis, seen(analysis), [], [])
    two = [cnncalc.analyze(cnncalc.load(name)) for name in ("resnet18", "resnet34")]
    found["compare"] = ComparisonReport(compare(two))
    return found


class Narrow(io.StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def lines(report: Report, columns: int, monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8") -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Narrow()
    terminal.encoding = encoding
    show(report.document(), terminal, color=False)
    return terminal.getvalue().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_no_name_breaks(columns: int, monkeypatch: pytest.MonkeyPatch):
    for name, report in reports().items():
        shown = lines(report, columns, monkeypatch)
        assert max(map(width, shown)) <= columns, name
        whole = {word for block in report.document() if isinstance(block, Table) for word in _words(block)}
        inside = [line for line in shown[1:] if not line.startswith(("Left out", " ")) and "─" not in line]
        first = {line.split()[0] for line in inside if line.split()}
        table_rows = {word for word in first if re.fullmatch(r"[a-z_]+[0-9]+(\.[\w…]+)*", word)}
        assert table_rows <= whole, name


def _words(block: Table) -> set[str]:
    texts = [form for row in block.rows for cell in row for form in ([cell] if isinstance(cell, str) else cell.forms)]
    return {word for text in texts for word in text.split()}


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "latin-1"])
def test_a_console_that_lacks_characters_is_aligned_all_the_same(encoding: str, monkeypatch: pytest.MonkeyPatch):
    for name, report in reports().items():
        for line in lines(report, 80, monkeypatch, encoding):
            line.encode(encoding)
            assert width(line) <= 80, name
            assert "?" not in line, name
        text = report.render() if encoding == "utf-8" else _plain(report, encoding)
        assert "?" not in text, name


def _plain(report: Report, encoding: str) -> str:
    from cnncalc.report.formats.plain import plain

    text = "".join(plain(report.document(), encoding))
    text.encode(encoding)
    return text
