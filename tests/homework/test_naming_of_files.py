"""Names of files: legal everywhere, one for each, and none that says another student's.

The rules of Windows are those of Microsoft, "Naming Files, Paths, and Namespaces":
https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
"""

import random
import unicodedata
import zipfile
from pathlib import Path

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


# "Do not use the following reserved names for the name of a file: CON, PRN, AUX, NUL, COM0, …, LPT9"; "the superscript
# digits ¹, ², and ³" too; "also avoid these names followed immediately by an extension"
DEVICES = ["CON", "PRN", "AUX", "NUL", *(f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³")]
# "The following reserved characters", and "integer value zero" and "integer representations … from 1 through 31"
FORBIDDEN = [*'<>:"/\\|?*', *map(chr, range(32))]


def breaks_a_rule(name):
    """What Microsoft's page says against a name, in words of its own: no code of the module is asked."""
    if not name or set(name) & set(FORBIDDEN):
        return "empty, or a reserved character"
    if name[-1] in " .":
        return "do not end a file or directory name with a space or a period"
    if name.partition(".")[0].rstrip(" ").upper() in DEVICES:
        return "a reserved name, with an extension or without"
    return "longer than 255 bytes" if len(name.encode()) > 255 else ""


@pytest.mark.parametrize("form", [str.upper, str.lower, str.title])
@pytest.mark.parametrize("suffix", ["", ".txt", ".tar.gz", ".", " ", " .x"])
def test_no_device_is_called(form, suffix):
    for device in DEVICES:
        assert breaks_a_rule(form(device) + suffix)
        assert not breaks_a_rule(legal(form(device) + suffix) + ".txt")


def test_what_only_begins_like_a_device_keeps_its_name():
    for name in ("CONV", "console", "COM", "COM10", "LPT", "nul_", "aux-1", "Auxilia", "a.con"):
        assert legal(name) == name


@pytest.mark.parametrize("character", FORBIDDEN, ids=ascii)
def test_no_reserved_character(character):
    assert legal(f"a{character}b") == "a_b"


def test_any_text_makes_a_legal_name():
    draw = random.Random(14)
    pieces = [*DEVICES, *FORBIDDEN, *" ..~aAzéßıİſ漢😀", "e\u0301", "\u200d", "\u202e", "\ud800", "x" * 70, "漢" * 70]
    names = ["".join(draw.choices(pieces, k=draw.randrange(6))) for _ in range(5_000)]
    made = [legal(name) for name in names]
    assert not [name for name in made if breaks_a_rule(name) or breaks_a_rule(f"{name}.markdown")]
    assert [legal(name) for name in made] == made
    files = distinct([[name, f"in_{name}"] for name in names])
    assert not [name for name in files if breaks_a_rule(f"{name}.markdown")]
    for same in (str.upper, str.lower, str.casefold):  # NTFS, and macOS
        for form in ("NFC", "NFD"):
            assert (
                len({unicodedata.normalize(form, same(unicodedata.normalize(form, name))) for name in files}) == 5_000
            )


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


def test_students_of_a_roster_have_files_of_their_own():
    """Also one who is called as somebody else's second name: of two Adas, the one with the id 1 is ada-6b86b273."""
    students = read_roster(b"Student,ID\nAda,1\nada,2\nAda 6B86B273,3\nAUX,4\n\xe6\xbc\xa2,5\n" + b"x" * 300 + b",6\n")
    files = [f"{each.file}{part}.yaml" for each in students for part in ("", "-sheet", "-key")]
    assert len(set(map(folded, files))) == len(files) == 18
    assert not any(map(breaks_a_rule, files))


@pytest.mark.parametrize(
    ("model", "member"),
    [
        ("con", "key/_con.yaml"), ("Übung 1", "key/Übung-1.yaml"), ("a$(b)`c`", "key/a-b-c-.yaml"),
        ("n" * 99, f"key/{'n' * 99}.yaml"),
    ],
)  # fmt: skip
def test_the_key_of_a_kit(tmp_path, monkeypatch, capsys, model, member):
    """Sheets carry the name of the model; where that is the name of its file, it is still theirs."""
    monkeypatch.chdir(tmp_path)
    Path(f"{model}.yaml").write_text("input: 9x9x1\nlayers: [conv: 3x3x8]\n")
    assert run(["homework", "sheet", f"{model}.yaml", "-o", "sheet.yaml"]) == 0
    assert run(["homework", "gradescope-kit", f"{model}.yaml", "-o", "kit.zip"]) == 0
    with zipfile.ZipFile("kit.zip") as archive:
        assert member in archive.namelist()
        assert not [part for name in archive.namelist() for part in name.split("/") if breaks_a_rule(part)]
        archive.extract(member)
    Path("sheet.yaml").write_text(Path("sheet.yaml").read_text().replace("student:", "student: Ada"))
    assert run(["homework", "grade", "sheet.yaml", "--key", member, "--format", "csv"]) == 0
    assert ",graded," in capsys.readouterr().out
