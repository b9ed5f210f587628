"""`--review` writes the answers that are in doubt, `--decisions` honours what a teacher decided about any answer."""

import csv
import json
from pathlib import Path

import pytest

SHEET = "student: {}\nanswers:\n conv1:\n  output: {}\n  params: {}\n  receptive_field: {}\n"
HEAD = "student,file,layer,column,answer,read_as,why,points,max_points,decision\n"


@pytest.fixture
def graded(call):
    Path("in").mkdir()
    Path("in/ada.yaml").write_text(SHEET.format("Ada", "torch.Size([1, 8, 26, 26])", "eighty", "3"))
    Path("in/bob.yaml").write_text(SHEET.format("Bob", "26x26x8", "80?", "=1+"))

    def grade(*options):
        return call("grade", "in", "--key", "typical_cnn", "--ask", "output,params,receptive_field", *options)

    return grade


def rows(path):
    return list(csv.reader(Path(path).read_text(encoding="utf-8").splitlines()))


def answers(grade, *options):
    status, out, err = grade("-f", "json", *options)
    assert (status, err) == (0, "")
    return {
        (student["student"], each["layer"], each["column"]): (each["points"], each["decided"])
        for student in json.loads(out)["students"]
        for each in student["answers"]
        if each["answer"]
    }


def test_the_review_has_what_is_in_doubt_or_unreadable(graded):
    assert graded("--review", "review.csv", "-f", "csv")[0] == 0
    cannot = "cannot be calculated: an operator or bracket is missing in it, or there is one too many"
    number = "is not a number: write digits, or arithmetic such as A*B + C"
    assert rows("review.csv") == [
        HEAD.strip().split(","),
        ["Ada", "in/ada.yaml", "conv1", "output", "torch.Size([1, 8, 26, 26])", "26x26x8",
         "it may mean 26x26x8 or 8x26x26", "1", "1", ""],
        ["Ada", "in/ada.yaml", "conv1", "params", "eighty", "", f"`eighty` {number}", "0", "1", ""],
        ["Bob", "in/bob.yaml", "conv1", "params", "80?", "80", "`?` stands after it", "1", "1", ""],
        ["Bob", "in/bob.yaml", "conv1", "receptive_field", "'=1+", "", f"`=1+` {cannot}", "0", "1", ""],
    ]  # fmt: skip


def test_nothing_is_written_that_was_not_asked_for(graded):
    before = {path.name for path in Path().iterdir()}
    graded()
    assert {path.name for path in Path().iterdir()} == before


def test_decisions_override_points_and_are_marked(graded):
    graded("--review", "review.csv")
    lines = Path("review.csv").read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2][:-1] + ",0.5"  # Ada's `eighty`
    lines[3] = lines[3][:-1] + ",0"  # Bob's `80?`
    Path("decided.csv").write_text("\n".join([*lines, "Bob,,conv1,output,,,,,,0.25"]), encoding="utf-8")
    found = answers(graded, "--decisions", "decided.csv")
    assert found["Ada", "conv1", "params"] == (0.5, True)
    assert found["Ada", "conv1", "output"] == (1, False)
    assert found["Bob", "conv1", "params"] == (0, True)
    assert found["Bob", "conv1", "output"] == (0.25, True)
    scores = {row[0]: row[1] for row in csv.reader(graded("--decisions", "decided.csv", "-f", "csv")[1].splitlines())}
    assert (scores["Ada"], scores["Bob"]) == ("2.5", "0.25")
    graded("--decisions", "decided.csv", "--feedback", "fb", "--review", "again.csv")
    assert "cannot be read; points decided by hand" in Path("fb/ada.txt").read_text(encoding="utf-8")
    assert [row[-1] for row in rows("again.csv")] == ["decision", "", "0.5", "0.25", "0", ""]


@pytest.mark.parametrize(
    "table",
    [
        HEAD + "Ada,in/ada.yaml,conv1,params,,,,,,1\n",
        "file;layer;column;decision\nin/ada.yaml;conv1;params;1,0\n",
        "\ufeffStudent\tLayer\tColumn\tDecision\r\nADA\tconv1\tparameters\t1\r\n",
        "student,layer,column,decision,notes\n\nAda,conv1,params,1.00,fine\n,,,,\nBob,conv1,params,,\n",
        HEAD + "Ada,elsewhere/ada.yaml,conv1,params,,,,,,1\n",
        "file,layer,column,decision\n./in/ada.yaml,conv1,params,1\n",
        "file,layer,column,decision\nada.yaml,conv1,params,1\n",
    ],
    ids=["review", "semicolons", "tabs", "blank", "moved", "dotted", "name alone"],
)
def test_however_the_table_is_written(graded, table):
    Path("d.csv").write_text(table, encoding="utf-8")
    found = answers(graded, "--decisions", "d.csv")
    assert {place for place, (_, decided) in found.items() if decided} == {("Ada", "conv1", "params")}
    assert found["Ada", "conv1", "params"] == (1, True)


def test_every_row_that_cannot_be_honoured_is_reported_and_nothing_is_graded(graded):
    Path("in/bob2.yaml").write_text(SHEET.format("Bob", "1", "2", "3"))
    Path("in/photo.yaml").write_bytes(b"\0")
    Path("d.csv").write_text(
        "student,file,layer,column,decision\nEve,,conv1,params,1\nAda,,conv9,params,1\nAda,,conv1,macs,1\n"
        "Ada,,conv1,params,2\nAda,,conv1,params,-1\nAda,,conv1,params,much\nAda,in/bob.yaml,conv1,params,1\n"
        "Bob,,conv1,params,1\nAda,,conv1,output,0.5\nAda,,conv1,output,1\n,in/photo.yaml,conv1,params,1\n"
        "Ada,,conv1,params,nan\nAda,,conv1,params,1e9\n"
    )
    status, out, err = graded("--decisions", "d.csv", "-f", "csv", "-o", "out.csv", "--feedback", "fb")
    assert (status, out, Path("out.csv").exists(), Path("fb").exists()) == (1, "", False, False)
    wrong = "is not a number of points: write 0, 0.5 or 1"
    assert err.splitlines() == [
        "cnncalc: d.csv: line 2: there is no hand-in by `Eve`",
        "cnncalc: d.csv: line 3: there is no layer `conv9` in what was asked of `Ada`",
        "cnncalc: d.csv: line 4: there is no column `macs` at conv1; columns: output, params, receptive_field",
        "cnncalc: d.csv: line 5: 2 is more than the answer is worth, 1",
        f"cnncalc: d.csv: line 6: `-1` {wrong}",
        f"cnncalc: d.csv: line 7: `much` {wrong}",
        "cnncalc: d.csv: line 8: `in/bob.yaml` was not handed in by `Ada`",
        "cnncalc: d.csv: line 9: there are 2 hand-ins by `Bob`: say in a column `file` which one",
        "cnncalc: d.csv: line 11: the same answer has other points in line 10",
        "cnncalc: d.csv: line 12: `in/photo.yaml` was not graded: it is not text",
        f"cnncalc: d.csv: line 13: `nan` {wrong}",
        f"cnncalc: d.csv: line 14: `1e9` {wrong}",
        "cnncalc: nothing was graded: correct these rows, or leave them out",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "line 1: a heading is missing: student, layer, column, decision"),
        (b"student,layer,column\nAda,conv1,params\n", "line 1: a heading is missing: decision"),
        (b"layer,column,decision\nconv1,params,1\n", "line 1: a heading is missing: student"),
        (b"\0\1", "it is not text"),
        (
            b'student,layer,column,decision\nAda,"conv1,params,1\n',
            "line 2: a quote is missing, or there is one too many",
        ),
    ],
)
def test_what_is_no_table_of_decisions(graded, data, reason):
    Path("d.csv").write_bytes(data)
    assert graded("--decisions", "d.csv") == (1, "", f"cnncalc: d.csv cannot be used: {reason}\n")
    assert graded("--decisions", "nowhere.csv")[0] == 1


def test_a_decision_counts_before_the_best_attempt_is_chosen(graded):
    Path("in/ada2.yaml").write_text(SHEET.format("Ada", "1", "2", "3"))
    decisions = [f"Ada,in/ada2.yaml,conv1,{column},1" for column in ("output", "params")]
    Path("d.csv").write_text("\n".join(["student,file,layer,column,decision", *decisions]))
    _, out, _ = graded("--attempt", "best", "--decisions", "d.csv", "-f", "csv")
    assert [row[4] for row in csv.reader(out.splitlines()) if row[0] == "Ada"] == ["superseded", "graded"]


def test_the_commands_own_tables_are_no_hand_ins(graded):
    Path("in/d.csv").write_text("student,layer,column,decision\nAda,conv1,params,1\n")
    status, out, _ = graded("--decisions", "in/d.csv", "--review", "in/review.csv", "-f", "csv")
    assert (status, len(out.splitlines())) == (0, 3)
