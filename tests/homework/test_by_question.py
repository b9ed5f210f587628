"""Grades by question: the points of every answer, which add up to the score of every student."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

SHEETS = Path(__file__).resolve().parents[2] / "examples" / "homework" / "sheets"
KEY = ("--key", "typical_cnn")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_points_add_up_to_the_score(call):
    students = {row["student"]: row for row in rows(call("grade", SHEETS, *KEY, "-f", "csv")[1])}
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows(call("grade", SHEETS, *KEY, "-f", "csv", "--by", "question")[1]):
        assert Fraction(row["points"]) <= Fraction(row["max_points"])
        sums[row["student"]] += Fraction(row["points"])
    graded = {name: row for name, row in students.items() if row["status"] == "graded"}
    assert len(graded) > 5
    assert {name: sums[name] for name in graded} == {name: Fraction(row["score"]) for name, row in graded.items()}


def test_a_document_names_what_was_not_graded(call):
    text = call("grade", SHEETS, *KEY, "--by", "question")[1]
    assert "not graded: " in text
    assert "Ada Lovelace" in text


def test_refused_where_it_would_do_nothing(call):
    for format in ("json", "gradescope"):
        status, _, err = call("grade", SHEETS, *KEY, "--by", "question", "-f", format)
        assert status == 2
        assert f"it does not go with --format {format}" in err
