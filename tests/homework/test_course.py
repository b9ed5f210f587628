"""The course of docs/homework.md, from roster to feedback: its commands, and what is in the files that they write."""

import csv
import zipfile
from pathlib import Path

import pytest
from helpers import neighbour

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder in which the commands of the section were run, and their exit statuses."""
    generate = neighbour(DOCS / "test_docs.py", "generate")
    page = generate.read(generate.HOMEWORK)
    section = page.split("## A course, from roster to feedback\n")[1].split("\n## ")[0]
    session = generate.Session(tmp_path_factory.mktemp("course"))
    statuses = []
    for fence in generate.fences(section):
        for command, _ in generate.commands(fence.text):
            session.output(command)
            statuses.append(session.status)
    return session.folder, statuses


@pytest.mark.slow
def test_its_commands_end_as_the_text_says(course):
    """1 as long as something is not graded: Alan handed in another's sheet."""
    assert course[1] == [0, 1, 1, 0]


def test_everyone_has_an_exercise(course):
    names = {path.name for path in (course[0] / "sheet2").iterdir()}
    students = ("ada-lovelace", "grace-hopper", "alan-turing", "mary-jackson")
    assert names == {f"{name}{part}.yaml" for name in students for part in ("", "-sheet", "-key")}
    assert len({(course[0] / "sheet2" / f"{name}.yaml").read_text("utf-8").split("\n", 2)[2] for name in students}) == 4


def test_the_worksheet_is_filled(course):
    """Of 13 points, Grace lost those for two counts without biases: 3·3·2·3 = 54, not 57, and 48·6 = 288, not 294."""
    with open(course[0] / "graded.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["Full name"]: row["Grade"] for row in rows} == {
        "Ada Lovelace": "13",
        "Grace Hopper": "11",
        "Alan Turing": "",
        "Mary Jackson": "",
    }
    comments = {row["Full name"]: row["Feedback comments"] for row in rows}
    assert "conv1 (parameters): the biases are missing" in comments["Grace Hopper"]
    assert comments["Alan Turing"] == "not graded: the sheet was made for another student: hand in your own"
    assert comments["Mary Jackson"] == ""


def test_the_zip_is_moodles(course):
    with zipfile.ZipFile(course[0] / "feedback.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert sorted(texts) == [
        "Ada Lovelace_501_assignfeedback_file/feedback.txt",
        "Alan Turing_503_assignfeedback_file/feedback.txt",
        "Grace Hopper_502_assignfeedback_file/feedback.txt",
    ]
    for name, text in texts.items():
        own = name.split("_")[0]
        assert own in text
        assert [student for student in ("Ada Lovelace", "Alan Turing", "Grace Hopper") if student in text] == [own]


def test_the_statistics_are_nobodys(course):
    text = (course[0] / "statistics.csv").read_text(encoding="utf-8")
    assert "conv,params,1,2,2,0.5,1" in text
    assert not [name for name in ("ada", "grace", "alan", "mary") if name in text.lower()]
