"""Several hand-ins of one student: nobody's score takes the place of another's without a word."""

import csv
import json
from pathlib import Path

import pytest

from cnncalc.cli import run
from cnncalc.homework.handins.attempts import last_attempts

BOOK = 'Student,ID,HW (1)\n"Wei, Li",7,\n"Lovelace, Ada",8,\n'
SHEET = "student: {}\nanswers:\n conv1:\n  params: {}\n  output: {}\n"


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("book.csv").write_text(BOOK)

    def _call(files, *arguments):
        for name, (student, points) in files.items():
            path = Path("in", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            answers = ("80", "26x26x8")[:points]
            path.write_text(SHEET.format(student, *answers, *["?"] * (2 - points)))
        status = run(["homework", "grade", "in", "--key", "typical_cnn", *arguments])
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["ann.yaml", "ann_2.yaml"], 1),
        (["ann-10.yaml", "ann-9.csv"], 0),
        (["x/ann.yaml", "x/ann (1).yaml", "x/ANN 2.yaml"], 2),
        (["attempt 2/ann.yaml", "attempt 1/ann.yaml"], 0),
        (["s/ann_Attempt3.yaml", "t/a_attempt-12.yaml"], 1),
        (["HW_ann_attempt_2026-11-25-03-38-43_a.yaml", "HW_ann_attempt_2026-11-24-23-59-59_b.yaml"], 0),
        (["2026-11-25T03:38/a.yaml", "2026-11-25T03:39/a.yaml"], 1),
        (["a_20261125_033843.yaml", "a_20261125_033842.yaml"], 0),
        (["a/ann.yaml", "b/ann.yaml"], None),  # the same name
        (["ann.yaml", "bob_2.yaml"], None),  # not the same but for the number
        (["ann.yaml", "attempt 2.yaml"], None),  # one without
        (["2026-99-99-03-38-43.yaml", "2026-98-98-03-38-43.yaml"], None),  # no dates
        (["a/sheet_2.yaml", "b/sheet_1.yaml"], None),  # other folders
        (["x_12345.yaml", "x_12346.yaml"], None),  # numbers of students
    ],
)
def test_the_last_by_name(paths, expected):
    assert last_attempts(paths) == expected
    assert last_attempts(paths[::-1]) == (None if expected is None else len(paths) - 1 - expected)


SEVERAL = [
    {"a.yaml": ("Li Wei", 2), "b.yaml": ("Wei Li", 0)},
    {"a.yaml": ("Li Wei", 2), "b.yaml": ("LI  WEI", 0)},
    {"a.yaml": ("Li Wei", 2), "b.yaml": ("Wei, Li", 0), "c.yaml": ("wei_li", 1)},
    {"a.yaml": ("Li Wei", 2), "b.yaml": ("7", 0)},  # a name and an id
    {"x/7.yaml": ("", 2), "y/7.yaml": ("", 1)},  # only their names say who
]


@pytest.mark.parametrize("files", SEVERAL)
def test_neither_is_filled_in(call, files):
    fill = ("--fill", "book.csv", "--assignment", "HW")
    status, out, err = call({**files, "z.yaml": ("Ada Lovelace", 1)}, *fill)
    assert (status, out) == (0, BOOK.replace("8,", "8,1"))
    assert err.startswith("1 of ")
    assert "several hand-ins, so none was filled in: " in err
    assert all(f"in/{name}" in err for name in files)
    assert call(files, *fill, "--attempt", "best")[1] == BOOK.replace("8,", "8,1").replace("7,", "7,2")


def test_last_where_the_names_tell(call):
    files = {"li.yaml": ("Li Wei", 2), "li_2.yaml": ("Li Wei", 1)}
    fill = ("--fill", "book.csv", "--assignment", "HW")
    assert call(files, *fill, "--attempt", "last")[1] == BOOK.replace("7,", "7,1")
    assert call({**files, "x.yaml": ("Wei Li", 0)}, *fill, "--attempt", "last")[1] == BOOK


def test_the_standing_is_in_every_output(call):
    files = {"a.yaml": ("Li Wei", 2), "a_2.yaml": ("Wei Li", 1), "b.yaml": ("Ada", 1)}
    _, out, _ = call(files, "-f", "csv")
    assert [row["status"] for row in csv.DictReader(out.splitlines())] == ["several", "several", "graded"]
    _, out, _ = call(files, "-f", "csv", "--attempt", "last")
    assert [row["status"] for row in csv.DictReader(out.splitlines())] == ["superseded", "graded", "graded"]
    found = json.loads(call(files, "-f", "json", "--attempt", "last")[1])
    assert found["students"][0]["notes"] == ["2 files by this student; in/a_2.yaml counts"]
    assert found["students"][1]["notes"] == ["2 files by this student; this one counts"]
    assert [each["answered"] for each in found["questions"]][:2] == [0, 2]  # of what counts
    _, out, _ = call(files, "--attempt", "last")
    assert "another hand-in counts" in out
    assert "mean  4.5%" in out  # 1 of 22, twice


def test_files_that_name_nobody_are_nobody_elses(call):
    files = {"x/sheet.yaml": ("", 1), "y/sheet.yaml": ("", 2)}
    _, out, _ = call(files, "-f", "csv", "--attempt", "best")
    assert [row["status"] for row in csv.DictReader(out.splitlines())] == ["graded", "graded"]


def test_a_file_that_is_named_twice_is_one_hand_in(call):
    call({"a.yaml": ("Ada", 1)})
    assert call({}, "in/a.yaml", "./in", "-f", "csv")[1].count("Ada,1,22,4.55,graded") == 1
