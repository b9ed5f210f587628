"""What lateness costs: the grammar of policies, the times in names, and the arithmetic."""

import csv
import json
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from cnncalc.homework.grading.lateness import LatenessError, lateness, read_due, read_late_policy

DUE = "2026-11-30T23:59"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("policy", "hours", "share"),
    [
        ("10% per day", 1, 10), ("10% per day", 24, 10), ("10% per day", 25, 20), ("10 % per day", 24 * 30, 100),
        ("5% per hour", 2, 10), ("2.5% per hour, at most 50%", 300, 50), ("5% per hour at most 50%", 3, 15),
        ("10% per day, at most 3 days", 72, 30), ("10% per day, at most 3 days", 73, 100),
        ("0% per day, at most 12 hours", 12, 0), ("0% per day, at most 12 hours", 13, 100), ("200% per day", 1, 100),
    ],
)  # fmt: skip
def test_what_is_deducted(policy, hours, share):
    assert read_late_policy(policy).deduction(hours * HOUR) == Fraction(share, 100)


@pytest.mark.parametrize(
    "text",
    ["", "10", "10%", "ten per day", "-5% per day", "10% per week", "10% per day, at most", "1e3% per day", "٣% per x"],
)
def test_no_policy(text):
    with pytest.raises(LatenessError, match=r"^expected a policy such as `10% per day`, or `5% per hour, at most 50%`"):
        read_late_policy(text)


def test_a_minute_and_a_day_last_until_their_end():
    assert read_due(DUE) == datetime(2026, 11, 30, 23, 59, 59)
    assert read_due("2026-11-30 08:00") == datetime(2026, 11, 30, 8, 0, 59)
    assert read_due("2026-11-30T08:00:00") == datetime(2026, 11, 30, 8)
    assert read_due("2026-11-30") == datetime(2026, 11, 30, 23, 59, 59)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-02-30", "2026-11-30T25:00", "30.11.2026", "2026-11-30T23:59+01:00"]
)
def test_no_date(text):
    with pytest.raises(LatenessError, match=r"^expected a date and a time, such as 2026-11-30T23:59$"):
        read_due(text)


@pytest.mark.parametrize(
    ("file", "hours"),
    [
        ("in/ada_attempt_2026-11-30-23-59-43.yaml", 0), ("in/ada_2026-12-01T00-59-59.yaml", 1),
        ("2026-12-01 00:59:59/ada.yaml", 1),
        # students name their files as they like; an LMS adds its own time
        ("in/HW1_ada_attempt_2026-12-01-00-59-59_2026-11-01T00-00.yaml", 1),
    ],
)  # fmt: skip
def test_the_time_in_a_name(file, hours):
    by = lateness(file, read_due(DUE), read_late_policy("10% per day")).by
    assert (by or timedelta(0)) == hours * HOUR


def test_no_time_is_not_guessed():
    policy = read_late_policy("10% per day")
    found = lateness("in/ada.yaml", read_due(DUE), policy)
    assert (found.by, found.share) == (None, 0)
    assert found.note == "its name does not show when it was handed in, so nothing is deducted"
    marked = lateness("in/lovelaceada_LATE_17_4711_sheet.yaml", read_due(DUE), policy)
    assert (marked.by, marked.share) == (None, 0)
    assert marked.note == (
        "Canvas marked it as late, but its name does not show when it was handed in, so nothing is deducted"
    )


def test_in_the_table_the_feedback_and_the_gradebook(call):
    Path("in").mkdir()
    Path("net.yaml").write_text("input: 9x9x1\nlayers: [conv: 3x3x8]\n")
    for name, day in (("ada", "2026-12-02"), ("bob", "2026-11-30"), ("zoe", "2027-01-01")):
        text = f"student: {name}\nanswers:\n conv1:\n  params: 80\n  output: 7x7x8\n"
        Path(f"in/{name} {day}T12-00.yaml").write_text(text)
    Path("book.csv").write_text("Name,HW\nada,\nbob,\nzoe,\n")
    late = ("--due", DUE, "--late", "10% per day, at most 3 days", "--ask", "params,output", "--key", "net.yaml")
    _, out, _ = call("grade", "in", *late, "-f", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    # two points; 10 % of them for each of the two days that have begun
    assert [(row["student"], row["score"], row["deducted_for_lateness"]) for row in rows] == [
        ("ada", "1.6", "0.4"),
        ("bob", "2", "0"),
        ("zoe", "0", "2"),
    ]
    _, out, _ = call("grade", "in", *late, "-f", "json")
    ada, bob, _ = json.loads(out)["students"]
    assert (ada["late_by_hours"], ada["deducted_for_lateness"], bob["late_by_hours"]) == (36.0, 0.4, None)
    call("grade", "in", *late, "--feedback", "out")
    text = Path("out/ada 2026-12-02T12-00.txt").read_text(encoding="utf-8")
    assert "points  1.6 of 2" in text
    assert "Handed in 1 d 12 h late: 0.4 points are deducted." in text
    call("grade", "in", *late, "--fill", "book.csv", "--assignment", "HW", "-o", "new.csv")
    assert Path("new.csv").read_text() == "Name,HW\nada,1.6\nbob,2\nzoe,0\n"
    _, _, err = call("grade", "in", "--key", "net.yaml", "--late", "10% per day")
    assert "--late: it needs --due too" in err


def test_without_a_policy_lateness_costs_nothing(call):
    Path("net.yaml").write_text("input: 9x9x1\nlayers: [conv: 3x3x8]\n")
    Path("ada 2026-12-01T00-29.yaml").write_text("student: Ada\nanswers:\n conv1:\n  params: 80\n")
    _, out, _ = call("grade", "ada 2026-12-01T00-29.yaml", "--key", "net.yaml", "--ask", "params", "--due", DUE)
    assert "points  1 of 1" in out
    assert "Handed in 30 min late." in out
