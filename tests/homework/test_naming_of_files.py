"""Names of files: legal everywhere, one for each, and none that says another student's."""

import pytest

from cnncalc.cli import run
from cnncalc.homework.gradebook.filenames import distinct, folded, is_reserved, legal
from cnncalc.homework.gradebook.roster import read_roster

KEY = "student: {}\nanswers:\n conv1:\n  params: {}\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ada", "ada"), ("Zoë Ünal", "Zoë Ünal"), ("CON", "_CON"), ("nul.v2", "_nul.v2"), ("com1", "_com1"),
        ("LPT³", "_LPT³"),
        ("console", "console"), ("a.", "a"), ("a ", "a"), ("...", "file"), ("", "file"), (".hidden", "_.hidden"),
        ('a<b>c:d"e/f\\g|h?i*j', "a_b_c_d_e_f_g_h_i_j"), ("a\0b\n", "a_b_"), ("e\u0301", "é"), ("x" * 300, "x" * 80),
        ("漢" * 80, "漢" * 66), ("\udcff", "_"), ("\u202etxt", "_txt"),
    ],
)  # fmt: skip
def test_a_legal_name(name, expected):
    assert legal(name) == expected


def test_reserved_names():
    assert all(map(is_reserved, ["con", "Prn", "AUX", "nul", "COM9", "lpt0", "con.txt", "nul .x", "CONIN$"]))
    assert not any(map(is_reserved, ["conv", "com10", "null", "ada.con"]))


def test_names_that_several_wish_for_go_to_none():
    names = distinct(
        [["ann", "a_ann"], ["ann", "b_ann"], ["ann_2"], ["Bob", "a_Bob"], ["bob", "b_bob"], ["ann", "a_ann"]]
    )
    assert names == ["a_ann_1", "b_ann", "ann_2", "a_Bob", "b_bob", "a_ann_2"]
    assert len(set(map(folded, names))) == len(names)


@pytest.mark.parametrize("form", [str.upper, str.title, lambda text: text.replace("é", "e\u0301")])
def test_names_that_a_file_system_takes_for_the_same(form):
    names = distinct([["rené", "x_rené"], [form("rené"), form("y_rené")]])
    assert names[0] == "x_rené"
    assert folded(names[1]) == "y_rené"


def test_feedback_is_nobody_elses(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = {
        "a/ann.yaml": "A",
        "b/ann.yaml": "B",
        "ann_2.yaml": "C",
        "ANN.csv": "D",
        "con.yaml": "E",
        "x.yaml": "F",
        "x.yml": "G",
    }
    for name, student in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        text = f"student,{student}\nlayer,params\nconv1,80\n" if name.endswith("csv") else KEY.format(student, 80)
        (tmp_path / "in" / name).write_text(text)
    assert run(["homework", "grade", "in", "--key", "typical_cnn", "--feedback", "fb"]) == 0
    found = {path.name: path.read_text().splitlines()[0] for path in (tmp_path / "fb").iterdir()}
    assert found == {
        "a_ann.txt": "typical-cnn  A",
        "b_ann.txt": "typical-cnn  B",
        "ann_2.txt": "typical-cnn  C",
        "in_ANN.txt": "typical-cnn  D",
        "_con.txt": "typical-cnn  E",
        "in_x_yaml.txt": "typical-cnn  F",
        "in_x_yml.txt": "typical-cnn  G",
    }
    capsys.readouterr()
    (tmp_path / "file").write_text("")
    assert run(["homework", "grade", "in", "--key", "typical_cnn", "--feedback", "file"]) == 1
    assert capsys.readouterr().err == "cnncalc: file was not written: File exists\n"


def test_no_students_key_is_called_as_anothers_spec():
    """Of Ada's exercise come ada.yaml, ada-sheet.yaml and ada-key.yaml."""
    students = read_roster(b"Student,ID\nAda,1\nAda Key,2\nAda Sheet,3\nCon,4\nADA,5\nNul,6\n")
    files = [f"{each.file}{part}" for each in students for part in ("", "-sheet", "-key")]
    assert len(set(files)) == len(files)
    assert not any(is_reserved(each.file) for each in students)
