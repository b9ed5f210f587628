"""CSV."""

from __future__ import annotations

import csv as standard
import io

from cnncalc.report.formats.csv import csv
from cnncalc.report.report import Records


def test_what_is_written_is_read_back():
    rows = [["a,b", 1], ['say "x"', 2], ["new\nline", 3], ["ü漢🎉", 4], ["", -5]]
    text = "".join(csv(Records(["name", "n"], rows)))
    assert "\r" not in text
    assert list(standard.reader(io.StringIO(text, newline=""))) == [["name", "n"], *([a, str(b)] for a, b in rows)]


def test_no_formulas_for_spreadsheets():
    for text in ("=1+1", "+x", "-x", "@x", "\t=x"):
        assert list(csv(Records(["a"], [[text]])))[1].lstrip('"')[0] == "'"
