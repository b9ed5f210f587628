"""What goes back to students: comments, a zip that Moodle or Canvas takes, a mail merge; and nothing about others."""

import csv
import json
import re
import zipfile
from pathlib import Path

import pytest

NET = "name: net\ninput: 9x9x1\nlayers: [conv: 3x3x8]\n"
"""3 * 3 * 8 + 8 = 80 parameters."""
WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade",'
    '"Last modified (grade)","Feedback comments"\r\n'
    'Participant 501,"Ada Lovelace",ada@x.org,Submitted,,1.00,-,\r\n'
    'Participant 502,"Bob <Miller>",bob@x.org,Submitted,,1.00,-,""\r\n'
    'Participant 503,"Zoe, Nobody",zoe@x.org,None,,1.00,-,\r\n'
)
"""As Moodle's "Download grading worksheet" writes it."""
KEY = ("--key", "net.yaml", "--ask", "params")


def sheet(path: str, student: str, params: str = "80") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(f"student: {student}\nanswers:\n conv1:\n  params: {params}\n", encoding="utf-8")


@pytest.fixture
def grade(call):
    Path("net.yaml").write_text(NET)
    Path("book.csv").write_bytes(WORKSHEET.encode())
    sheet("in/ada.yaml", "Ada Lovelace")
    sheet("in/bob.yaml", "Bob <Miller>", "72")
    return lambda *options: call("grade", "in", *KEY, *options)


def test_moodles_worksheet(grade):
    fill = ("--fill", "book.csv", "--assignment", "Grade", "--comments", "Feedback comments", "-o", "new.csv")
    status, _, err = grade(*fill)
    assert (status, err) == (0, "2 of 2 scores filled in\nno score for: Zoe, Nobody\n")
    rows = list(csv.DictReader(Path("new.csv").read_bytes().decode().splitlines()))
    assert [(row["Grade"], row["Feedback comments"]) for row in rows] == [
        ("1", "points: 1 of 1<br>Everything is right."),
        (
            "0",
            "points: 0 of 1<br>Nothing is right yet.<br>conv1 (parameters): perhaps the biases are missing. "
            "Each filter (or unit) also has one number that is added to its sums. The rule: k·k·c_in·filters + filters",
        ),
        ("", ""),
    ]
    # all else is as it was, to the byte
    plain = re.sub(rb',("[^"]*"|[^,]*)\r\n', b",\r\n", Path("new.csv").read_bytes())
    assert plain.replace(b",1,1.00", b",,1.00").replace(b",0,1.00", b",,1.00") == re.sub(
        rb',("[^"]*"|[^,]*)\r\n', b",\r\n", WORKSHEET.encode()
    )


def test_comments_of_any_table_are_text(grade):
    Path("book.csv").write_text("Name,HW,Remarks\nAda Lovelace,,\nBob <Miller>,,\n")
    grade("--fill", "book.csv", "--assignment", "HW", "--comments", "Remarks", "-o", "new.csv")
    with open("new.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["Remarks"] == "points: 1 of 1\nEverything is right."
    assert rows[1]["Remarks"].startswith(
        "points: 0 of 1\nNothing is right yet.\nconv1 (parameters): perhaps the biases are missing."
    )


def test_who_was_not_graded_reads_why(grade):
    Path("in/bob.yaml").write_text("worksheet: other\nstudent: Bob <Miller>\nanswers:\n conv1:\n  params: 80\n")
    sheet("in/zoe.yaml", "", "?")  # named after nobody for sure
    grade("--fill", "book.csv", "--assignment", "Grade", "--comments", "Feedback comments", "-o", "new.csv")
    rows = list(csv.DictReader(Path("new.csv").read_bytes().decode().splitlines()))
    assert rows[1]["Grade"] == ""
    assert rows[1]["Feedback comments"] == "not graded: the sheet is for `other`, but the key is for `net`"
    assert rows[2]["Feedback comments"] == ""


def test_a_worksheet_in_german(grade):
    german = WORKSHEET.replace("Participant ", "Teilnehmer/in").replace("Feedback comments", "Feedback als Kommentar")
    Path("book.csv").write_text(german.replace("Identifier", "ID").replace("Grade", "Bewertung"), encoding="utf-8")
    grade(
        *("--fill", "book.csv", "--assignment", "Bewertung", "--comments", "Feedback als Kommentar", "-o", "new.csv"),
        *("--feedback-zip", "out.zip"),
    )
    assert "<br>conv1 (parameters): perhaps the biases are missing" in Path("new.csv").read_text(encoding="utf-8")
    assert zipfile.ZipFile("out.zip").namelist() == [
        "ada_501_assignfeedback_file/feedback.txt",
        "bob_502_assignfeedback_file/feedback.txt",
    ]


# -- a zip


def moodle_finds(name: str) -> int | None:
    """The participant that Moodle sees in a name in a zip, as the documentation of `is_valid_filename_for_import` says:
    the first part of the path that is FULLNAME_ID_PLUGINTYPE_PLUGINNAME, with or without an underscore at its end."""
    for part in name.split("/"):
        fields = part.split("_", 4)
        if len(fields) >= 4 and fields[1].isdigit():
            assert fields[2:4] == ["assignfeedback", "file"]
            return int(fields[1])
    return None


def canvas_finds(name: str) -> list[int]:
    """The numbers of student and file that Canvas sees: the first two parts that are digits alone."""
    return [int(each) for each in Path(name).name.split("_") if each.isdigit()][:2]


def names_in_zip(call, *options: str) -> list[str]:
    call("grade", "in", *KEY, "--feedback-zip", "out.zip", *options)
    with zipfile.ZipFile("out.zip") as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_hand_ins_as_moodle_names_them(call):
    Path("net.yaml").write_text(NET)
    sheet("in/Ada Lovelace_501_assignsubmission_file/sheet.yaml", "Ada")
    sheet("in/Bob Miller_502_assignsubmission_file_/sheet.yaml", "Bob")
    sheet("in/Participant_503_assignsubmission_file_/sheet.yaml", "")
    sheet("in/Zoe_504_assignsubmission_file_my_sheet.yaml", "Zoe")
    names = names_in_zip(call)
    assert sorted(map(moodle_finds, names)) == [501, 502, 503, 504]
    assert "Ada Lovelace_501_assignfeedback_file/feedback.txt" in names
    with zipfile.ZipFile("out.zip") as archive:
        text = archive.read("Ada Lovelace_501_assignfeedback_file/feedback.txt").decode()
    assert text.startswith("net  Ada\n")


def test_hand_ins_as_canvas_names_them(call):
    Path("net.yaml").write_text(NET)
    sheet("in/lovelaceada_17_4711_sheet.yaml", "Ada")
    sheet("in/millerbob_LATE_18_4712_my_sheet-1.yaml", "Bob")
    names = names_in_zip(call, "--feedback-format", "html")
    assert names == ["lovelaceada_17_4711_sheet.html", "millerbob_LATE_18_4712_my_sheet-1.html"]
    assert list(map(canvas_finds, names)) == [[17, 4711], [18, 4712]]


def test_names_that_no_lms_gave(grade):
    status, _, err = grade("--feedback-zip", "out.zip")
    assert status == 0
    assert err == (
        "cnncalc: 2 of 2 files in out.zip have names that neither Moodle nor Canvas knows: grade what you download "
        "there, under the names that it gives\n"
    )
    assert zipfile.ZipFile("out.zip").namelist() == ["ada.txt", "bob.txt"]


def test_moodle_says_who_handed_in(grade):
    """Whatever name the hand-in gives."""
    Path("in/bob.yaml").unlink()
    sheet("in/Bob Miller_502_assignsubmission_file/sheet.yaml", "Ada Lovelace", "72")
    grade("--fill", "book.csv", "--assignment", "Grade", "-o", "new.csv")
    rows = list(csv.DictReader(Path("new.csv").read_bytes().decode().splitlines()))
    assert [row["Grade"] for row in rows] == ["1", "0", ""]


def test_a_name_that_the_lms_does_not_know(call):
    """Bob writes Ada's name into his sheet: hers counts, and so does his."""
    Path("net.yaml").write_text(NET)
    sheet("in/lovelaceada_17_4711_sheet.yaml", "Ada Lovelace")
    sheet("in/millerbob_18_4712_sheet.yaml", "Ada Lovelace", "72")
    _, out, _ = call("grade", "in", *KEY, "-f", "json")
    ada, bob = json.loads(out)["students"]
    assert (ada["status"], ada["notes"]) == ("graded", [])
    note = "the name in it is Ada Lovelace, but Canvas says that it is from millerbob"
    assert (bob["status"], bob["notes"]) == ("graded", [note])
    Path("book.csv").write_text('Student,ID,HW\n"Lovelace, Ada",17,\n"Miller, Bob",18,\n')
    call("grade", "in", *KEY, "--fill", "book.csv", "--assignment", "HW", "-o", "new.csv")
    assert Path("new.csv").read_text() == 'Student,ID,HW\n"Lovelace, Ada",17,1\n"Miller, Bob",18,0\n'


# -- a mail merge


def test_a_mail_merge(grade):
    sheet("in/eve.yaml", "=HYPERLINK(1)", "@SUM(1)")
    Path("roster.csv").write_text(
        "Name,Email,Username,ID\nAda Lovelace,ada@x.org,ada,1\nBob <Miller>,bob@x.org,bob,2\n"
    )
    grade("--mail-merge", "mail.csv", "--roster", "roster.csv", "--feedback", "out")
    with open("mail.csv", newline="", encoding="utf-8") as file:
        ada, bob, eve = csv.DictReader(file)
    assert {key: ada[key] for key in ("student", "email", "login", "id", "points", "of", "percent", "file")} == {
        "student": "Ada Lovelace", "email": "ada@x.org", "login": "ada", "id": "1",
        "points": "1", "of": "1", "percent": "100", "file": "ada.txt",
    }  # fmt: skip
    assert bob["feedback"].startswith(
        "points: 0 of 1\nNothing is right yet.\nconv1 (parameters): perhaps the biases are missing."
    )
    assert (eve["student"], eve["email"]) == ("'=HYPERLINK(1)", "")
    assert not [cell for cell in eve.values() if cell.startswith(("=", "+", "-", "@"))]


# -- nothing about others


def test_a_students_file_holds_nothing_of_anothers(grade):
    sheet("in/bob_2.yaml", "Bob <Miller>", "81")
    sheet("in/zoe.yaml", "Zoe Secret", "7654321")
    Path("in/eve.yaml").write_text("worksheet: other\nstudent: Eve Hidden\nanswers:\n conv1:\n  params: 80\n")
    files = {"ada": "Ada", "bob": "Bob", "bob_2": "Bob", "zoe": "Zoe Secret", "eve": "Eve Hidden"}
    for options in ((), ("--attempt", "best"), ("--attempt", "last"), ("--force",)):
        grade("--feedback", "out", *options)
        for name in files:
            text = Path(f"out/{name}.txt").read_text(encoding="utf-8")
            for other, student in files.items():
                assert student in text if other == name else f"{other}.yaml" not in text
                if student != files[name]:
                    assert student not in text
            assert name == "zoe" or "7654321" not in text
    grade("--feedback", "out", "--attempt", "last")
    assert "Another hand-in with your name counts instead of this one." in Path("out/bob.txt").read_text("utf-8")
    grade("--feedback", "out")
    assert "There are several hand-ins with your name, and none of them counts yet." in Path("out/bob.txt").read_text()


def test_nothing_is_written_but_what_is_asked_for(grade):
    before = set(Path().rglob("*"))
    grade()
    grade("-f", "json")
    assert set(Path().rglob("*")) == before
    grade("--statistics", "statistics.csv")
    assert {path.name for path in set(Path().rglob("*")) - before} == {"statistics.csv"}


def test_pseudonyms(grade):
    Path("secret").write_text("a sentence that is long enough")
    Path("other").write_text("another sentence, as long as that")
    names = []
    for secret in ("secret", "secret", "other"):
        grade("--feedback", "out", "--mail-merge", "mail.csv", "--pseudonyms", "--secret-file", secret)
        with open("mail.csv", newline="", encoding="utf-8") as file:
            names.append([row["file"] for row in csv.DictReader(file)])
    assert names[0] == names[1]
    assert not set(names[0]) & set(names[2])
    assert {path.name for path in Path("out").iterdir()} == {*names[0], *names[2]}
    assert all(re.fullmatch(r"[0-9a-f]{12}\.txt", name) for name in (*names[0], *names[2]))
    assert "--pseudonyms: it needs --secret-file too" in grade("--feedback", "out", "--pseudonyms")[2]


def test_points_and_comments_need_a_column_each(grade):
    status, _, err = grade("--fill", "book.csv", "--assignment", "Grade", "--comments", "Grade", "-o", "new.csv")
    assert (status, Path("new.csv").exists()) == (1, False)
    assert err == "cnncalc: book.csv cannot be filled: the column `Grade` cannot have both points and comments\n"


@pytest.mark.parametrize(
    "name",
    [
        "a\udcff_b.yaml", "x\ny.yaml", "millerbob_18_4712_\udcff.yaml", "=cmd_17_4711_x.yaml", "con.yaml",
        "é" * 100 + ".yaml", "<b>_1_assignsubmission_file_x.yaml", "_1_assignsubmission_file_x.yaml",
    ],
)  # fmt: skip
def test_any_name_of_a_file(grade, name):
    """Ada's feedback is there, whatever the others call their files."""
    sheet(f"in/{name}", "=Eve\t@x")
    fill = ("--fill", "book.csv", "--assignment", "Grade", "--comments", "Feedback comments", "-o", "new.csv")
    status, _, err = grade(*fill, "--feedback", "out", "--feedback-zip", "out.zip", "--mail-merge", "mail.csv")
    assert (status, "Traceback" in err) == (0, False)
    assert 'Participant 501,"Ada Lovelace",ada@x.org,Submitted,1,' in Path("new.csv").read_text(encoding="utf-8")
    with zipfile.ZipFile("out.zip") as archive:
        names = archive.namelist()
    assert len(set(map(str.casefold, names))) == 3
    assert not [each for each in names if each.startswith("/") or ".." in each.split("/") or "\n" in each]
    with open("mail.csv", newline="", encoding="utf-8") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("option", ["--feedback-zip", "--mail-merge", "--statistics"])
def test_a_file_that_cannot_be_written(grade, option):
    status, _, err = grade(option, "nowhere/file")
    assert status == 1
    assert "nowhere/file was not written: No such file or directory" in err
