"""Hand-ins as Canvas, Moodle and Blackboard name them, where the sheet does not say whose it is.

The forms are those of Canvas' "Download Submissions" and of Moodle's "Download all submissions".
"""

from pathlib import Path

import pytest

from cnncalc.homework.gradebook.exports import Gradebook
from cnncalc.homework.handins.lms_names import named_by_lms
from cnncalc.homework.handins.submissions import read_submission

SHEET = "student:\nanswers:\n conv1:\n  params: 80\n"


@pytest.mark.parametrize(
    ("path", "student", "number"),
    [
        ("lovelaceada_12345_678901_sheet.yaml", "lovelaceada", "12345"),
        ("in/lovelaceada_LATE_12345_678901_sheet.yaml", "lovelaceada", "12345"),
        ("lovelaceada_12345_678901_sheet-2.yaml", "lovelaceada", "12345"),
        ("nöther-meieremmy_12345_678901_my_sheet_1_2.csv", "nöther-meieremmy", "12345"),
        ("anon_x1y2z_678901_sheet.yaml", "anon x1y2z", "x1y2z"),
        ("anon_LATE_x1y2z_678901_sheet.yaml", "anon x1y2z", "x1y2z"),
        ("Ada Lovelace_1234567_assignsubmission_file_/sheet.yaml", "Ada Lovelace", "1234567"),
        ("in/Ada Lovelace_1234567_assignsubmission_file/sheet.yaml", "Ada Lovelace", "1234567"),
        ("Ada Lovelace_1234567_assignsubmission_file_sheet.yaml", "Ada Lovelace", "1234567"),
        ("Participant_1234567_assignsubmission_file_/sheet.yaml", "Participant 1234567", "1234567"),
        ("HW1_alovelace_attempt_2026-11-25-03-38-43_sheet.yaml", "alovelace", ""),
        ("My Homework_1_alovelace_attempt_2026-11-25-03-38-43.csv", "alovelace", ""),
    ],
)
def test_the_student_by_the_name_of_the_file(path, student, number):
    found = named_by_lms(path)
    assert found
    assert (found.student, found.number) == (student, number)


@pytest.mark.parametrize("path", ["sheet.yaml", "ada_lovelace.yaml", "ada_2.yaml", "hw_1_2_ada.yaml", "1_2_3.yaml",
                                  "ada_12345_sheet.yaml", "_12345_678901_sheet.yaml", "ada_attempt_2.yaml",
                                  "2026-11-25_ada.yaml", "x" * 300 + ".yaml", ""])  # fmt: skip
def test_other_names(path):
    assert named_by_lms(path) is None


def test_what_the_sheet_says_counts_more(tmp_path):
    path = tmp_path / "lovelaceada_12345_678901_sheet.yaml"
    path.write_text(SHEET)
    found = read_submission(str(path))
    assert (found.student, found.lms_number, found.is_nameless) == ("lovelaceada", "12345", False)
    path.write_text(SHEET.replace("student:", "student: Ada Lovelace"))
    found = read_submission(str(path))
    assert (found.student, found.lms_number) == ("Ada Lovelace", "")


CANVAS = (
    b"Student,ID,SIS User ID,SIS Login ID,Section,HW1 (77)\nPoints Possible,,,,,22\n"
    b'"Lovelace, Ada",12345,s1,ada@x.org,A,\n"van Rossum, Guido",222,s2,guido,A,\n'
    b'"Li, Wei",333,s3,wei,A,\n"Li, Wei",444,s4,wei2,A,\n"\xe7\x8e\x8b, \xe8\x8a\xb3",555,s5,wf,A,\n'
)


@pytest.mark.parametrize(
    ("student", "number", "rows"),
    [
        ("lovelaceada", "", [2]), ("lovelaceada", "12345", [2]), ("vanrossumguido", "222", [3]), ("liwei", "", [4, 5]),
        ("liwei", "444", [5]), ("liwei", "999", []), ("wangfang", "555", [6]), ("nobody", "", []), ("nobody", "9", []),
        ("Ada Lovelace", "", [2]), ("adalovelace", "", [2]),
    ],
)  # fmt: skip
def test_a_squashed_name_finds_its_row(student, number, rows):
    assert Gradebook(CANVAS, "HW1").rows_of(student, number) == rows


def test_hand_ins_from_canvas_and_moodle_fill_a_gradebook(call):
    Path("in/Emmy Nöther_7654321_assignsubmission_file_").mkdir(parents=True)
    Path("in/Emmy Nöther_7654321_assignsubmission_file_/sheet.yaml").write_text(SHEET)
    Path("in/lovelaceada_LATE_12345_678901_sheet.yaml").write_text(SHEET)
    Path("in/liwei_444_678902_sheet.yaml").write_text(SHEET)
    Path("book.csv").write_bytes(CANVAS + '"Nöther, Emmy",666,s6,emmy,A,\n'.encode())
    status, _, err = call(
        "grade", "in", "--key", "typical_cnn", "--fill", "book.csv", "--assignment", "HW1", "-o", "filled.csv"
    )
    assert (status, err.splitlines()[0]) == (0, "3 of 3 scores filled in")
    lines = Path("filled.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["HW1 (77)", "22", "1", "", "", "1", "", "1"]
