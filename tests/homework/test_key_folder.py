"""A class with a sheet each: every hand-in finds its own key, and nobody gets points for another's sheet."""

import csv
import json
from pathlib import Path

import pytest

from cnncalc.analysis import analyze
from cnncalc.homework.sheet import key_folder

SECRET = "a sentence that nobody else in the course knows"
ADA = "input: 9x9x1\nlayers: [{conv: 3x3x8, name: first}]\n"
"""(9 - 3 + 1)² positions, 3 * 3 * 8 + 8 = 80 parameters."""
BOB = "input: 9x9x1\nlayers: [{conv: 5x5x2, name: first}, {conv: 1x1x3, name: second}]\n"
"""5 * 5 * 2 + 2 = 52 parameters, and 2 * 3 + 3 = 9."""


def hand_in(name: str, worksheet: str = "", student: str = "", params: str = "80", more: str = "") -> None:
    """A sheet with one answer or two."""
    path = Path("in", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    head = (f"worksheet: {worksheet}\n" if worksheet else "") + f"student: {student}\n"
    path.write_text(f"{head}answers:\n first:\n  params: {params}\n{more}", encoding="utf-8")


@pytest.fixture
def keys(call):
    """Two keys, for nobody in particular."""
    Path("keys").mkdir()
    Path("keys/ada.yaml").write_text(ADA)
    Path("keys/bob.yaml").write_text(BOB)
    return call


@pytest.fixture
def course(call):
    """Three students, each with an own network, as the command makes them."""
    Path("roster.csv").write_text("Student,ID\nAda Lovelace,1\nGrace Hopper,2\nAlan Turing,3\n")
    Path("secret").write_text(SECRET)
    roster = ("--roster", "roster.csv", "--assignment", "HW1", "--secret-file", "secret")
    assert call("exercise", "--level", "2", *roster, "-o", "keys")[0] == 0
    Path("in").mkdir()
    for key in Path("keys").glob("*-key.yaml"):
        text = key.read_text(encoding="utf-8").replace("solutions for ", "")
        Path("in", key.name.replace("-key", "")).write_text(text, encoding="utf-8")
    return call


def rows(call, *options: str) -> dict[str, dict[str, str]]:
    _, out, _ = call("grade", "in", "--key", "keys", "-f", "csv", *options)
    return {row["student"]: row for row in csv.DictReader(out.splitlines())}


def problems(call, *options: str) -> dict[str, tuple[str | None, list[str]]]:
    """Why files are not graded, and the notes on them."""
    _, out, _ = call("grade", "in", "--key", "keys", "-f", "json", *options)
    return {Path(each["file"]).stem: (each["error"], each["notes"]) for each in json.loads(out)["students"]}


def test_each_is_graded_with_the_own_key(course):
    found = rows(course)
    assert {name: (row["percent"], row["worksheet"]) for name, row in found.items()} == {
        "Ada Lovelace": ("100", "ada-lovelace"),
        "Grace Hopper": ("100", "grace-hopper"),
        "Alan Turing": ("100", "alan-turing"),
    }


def test_one_table_and_statistics_by_kind(keys):
    hand_in("a.yaml", "ada", "Ada", "80")
    hand_in("b.yaml", "bob", "Bob", "50")  # the biases are missing
    _, out, _ = keys("grade", "in", "--key", "keys", "--ask", "params")
    assert out.startswith("keys  2 sheets\n")
    assert "conv    parameters      1   2  0.33/1               –" in out
    _, out, _ = keys("grade", "in", "--key", "keys", "--ask", "params", "-f", "json")
    found = json.loads(out)
    assert (found["worksheet"], found["made_with"]) == ("keys", "")
    assert [(each["worksheet"], each["layer"], each["right"], each["asked"]) for each in found["questions"]] == [
        ("ada", "first", 1, 1),
        ("bob", "first", 0, 1),
        ("bob", "second", 0, 1),
    ]
    (kind,) = found["kinds"]
    assert (kind["layer"], kind["right"], kind["answered"], kind["asked"]) == ("conv", 1, 2, 3)
    assert (kind["points"], kind["discrimination"]) == (0.3333, None)


def test_a_gradebook_and_feedback_of_all(course):
    Path("book.csv").write_text("Student,ID,HW1\nAda Lovelace,1,\nGrace Hopper,2,\nAlan Turing,3,\n")
    fill = ("--fill", "book.csv", "--assignment", "HW1", "-o", "new.csv")
    status, _, err = course("grade", "in", "--key", "keys", *fill, "--feedback", "out")
    assert (status, err) == (0, "3 of 3 scores filled in\n")
    assert all(row["HW1"] for row in csv.DictReader(Path("new.csv").read_text().splitlines()))
    assert Path("out/ada-lovelace.txt").read_text(encoding="utf-8").startswith("ada-lovelace  Ada Lovelace\n")


# -- hand-ins that have no key


def test_another_students_sheet_gets_no_points(course):
    sheet = Path("in/ada-lovelace.yaml")
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("Ada Lovelace", "Charles Babbage"), encoding="utf-8")
    reason = "the sheet was made for another student: hand in your own"
    assert problems(course)["ada-lovelace"] == (reason, ["the sheet was made for Ada Lovelace"])
    assert rows(course)["Grace Hopper"]["percent"] == "100"
    assert problems(course, "--force")["ada-lovelace"] == (
        None,
        [f"{reason}; graded nevertheless", "the sheet was made for Ada Lovelace"],
    )


def test_an_lms_knows_who_hands_in(course):
    """Charles hands in Ada's sheet, with her name on it."""
    for folder in ("Charles Babbage_501_assignsubmission_file", "Ada Lovelace_502_assignsubmission_file"):
        Path("in", folder).mkdir()
        text = Path("in/ada-lovelace.yaml").read_text(encoding="utf-8")
        Path("in", folder, f"{folder[:3]}.yaml").write_text(text, encoding="utf-8")
    Path("in/babbagecharles_17_4711_x.yaml").write_text(text, encoding="utf-8")
    Path("in/lovelaceada_18_4712_y.yaml").write_text(text, encoding="utf-8")
    errors = {name: error for name, (error, _) in problems(course).items()}
    reason = "the sheet was made for another student: hand in your own"
    assert (errors["Cha"], errors["babbagecharles_17_4711_x"]) == (reason, reason)
    assert (errors["Ada"], errors["lovelaceada_18_4712_y"]) == (None, None)


@pytest.mark.parametrize("name", ["lovelace, ada", "Ada", "Ada King Lovelace", "lovelaceada"])
def test_a_name_written_differently_is_the_same_person(course, name):
    sheet = Path("in/ada-lovelace.yaml")
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("Ada Lovelace", name), encoding="utf-8")
    assert rows(course)[name]["percent"] == "100"


def test_a_login_in_the_gradebook_is_the_same_person(course):
    Path("book.csv").write_text("Student,Login,HW1\nAda Lovelace,al17,\nGrace Hopper,gh2,\n")
    sheet = Path("in/ada-lovelace.yaml")
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("Ada Lovelace", "al17"), encoding="utf-8")
    fill = ("--fill", "book.csv", "--assignment", "HW1", "-o", "new.csv")
    assert course("grade", "in", "--key", "keys", *fill)[2].startswith("2 of 3 scores filled in\n")
    assert problems(course)["ada-lovelace"][0] == "the sheet was made for another student: hand in your own"


def test_without_a_name_nobody_is_guessed(course):
    sheet = Path("in/ada-lovelace.yaml")
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("student: Ada Lovelace", "student:"), encoding="utf-8")
    assert problems(course)["ada-lovelace"] == (None, ["it gives no name; the sheet was made for Ada Lovelace"])
    assert rows(course)["ada-lovelace"]["percent"] == "100"


def test_without_the_line_the_name_decides(course):
    for sheet in Path("in").iterdir():
        text = sheet.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith(("worksheet", "made_with"))]
        sheet.write_text("\n".join(lines), encoding="utf-8")
    assert {row["percent"] for row in rows(course).values()} == {"100"}
    hand_in("zoe.yaml", "", "Zoe")
    reason = "it does not say which sheet it is: hand in the sheet that you were given, with its line `worksheet: NAME`"
    assert problems(course)["zoe"] == (reason, [])
    assert problems(course)["ada-lovelace"] == (None, [])


def test_there_is_no_such_key(keys):
    hand_in("a.yaml", "ada", "Ada")
    hand_in("z.yaml", "zoe", "Zoe")
    reason = "there is no key for this sheet: hand in the sheet that you were given"
    assert problems(keys)["z"] == (reason, ["put the spec of `zoe` into the folder of keys"])
    assert rows(keys)["Ada"]["status"] == "graded"


def test_two_keys_of_a_name(keys):
    Path("keys/other.yaml").write_text("name: ada\n" + BOB)
    hand_in("a.yaml", "ada", "Ada")
    hand_in("b.yaml", "bob", "Bob", "52")
    error, notes = problems(keys)["a"]
    assert error == "several keys are for this sheet, and your teacher has to say which one it is"
    assert notes == [
        "`ada` is the name of keys/ada.yaml, keys/other.yaml: leave one in the folder, or rename the others"
    ]
    assert rows(keys)["Bob"]["status"] == "graded"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("input: 9x9x1\nlayers: [{cnv: 3x3x8}]\n", "there is no layer kind `cnv`"),
        ("layers: [", "`[` is never closed"),
        ("", "the file is empty"),
        ("input: 9x9x1\nlayers: [{relu: , repeat: 20001}]\n", "a sheet is about at most 20,000 layers"),
    ],
)
def test_a_broken_key_costs_its_own_hand_ins_alone(keys, text, why):
    Path("keys/ada.yaml").write_text(text)
    hand_in("a.yaml", "ada", "Ada")
    hand_in("b.yaml", "bob", "Bob", "52")
    error, (note,) = problems(keys)["a"]
    assert error == "the key for this sheet has a mistake, which your teacher has to correct"
    assert note.startswith("keys/ada.yaml cannot be used as a key: ")
    assert why in note, note
    assert rows(keys)["Bob"]["status"] == "graded"


def test_a_broken_key_that_nobody_needs_is_not_read(keys):
    Path("keys/zoe.yaml").write_bytes(b"\xff\xfe\0")
    hand_in("a.yaml", "ada", "Ada")
    assert rows(keys)["Ada"]["status"] == "graded"


# -- what students could try


def test_nobody_chooses_an_easier_input_or_fewer_questions(keys):
    """A sheet that is the only one of its key has no others that it could be compared with."""
    assert keys("sheet", "keys/ada.yaml", "--input", "3x3x1", "-o", "easy.yaml", "--key")[0] == 0
    assert keys("sheet", "keys/ada.yaml", "--ask", "params", "-o", "less.yaml", "--key")[0] == 0
    assert keys("sheet", "keys/bob.yaml", "--key", "-o", "bob.yaml")[0] == 0
    assert keys("sheet", "keys/bob.yaml", "--key", "-o", "bo.yaml")[0] == 0
    Path("in").mkdir()
    for name in ("easy", "less", "bob", "bo"):
        text = Path(f"{name}.yaml").read_text(encoding="utf-8").replace("solutions", name)
        Path(f"in/{name}.yaml").write_text(text, encoding="utf-8")
    found = rows(keys)
    assert found["easy"]["mistakes"] == "the sheet was made with --input 3x3x1, but the key with --input 9x9x1"
    # of size, parameters, field and total, one is answered
    assert (found["less"]["score"], found["less"]["max_score"]) == ("1", "4")
    assert found["bob"]["percent"] == "100"


def test_a_hand_in_is_no_key(keys):
    """Also in a folder below that of the keys."""
    hand_in("a.yaml", "ada", "Ada")
    Path("keys/in").mkdir()
    Path("keys/in/a.yaml").write_text("worksheet: ada\nstudent: A\nanswers: {}\nname: bob\n" + ADA)
    Path("keys/in/bob.yaml").write_text("name: bob\n" + ADA)
    status, _, err = keys("grade", "keys", "--key", "keys")
    assert status == 2
    assert "--key: keys and hand-ins need a folder each" in err
    hand_in("b.yaml", "bob", "Bob", "52")
    assert rows(keys)["Bob"]["status"] == "graded"
    _, out, _ = keys("grade", "keys/in", "--key", "keys", "-f", "csv")
    assert len(out.splitlines()) == 3


def test_a_name_cannot_lead_out_of_the_folder(keys):
    Path("ada.yaml").write_text(BOB)
    for number, worksheet in enumerate(("../ada", "/etc/passwd", "keys/ada.yaml", "ada.yaml", "a" * 5000, "\0")):
        hand_in(f"{number}.yaml", worksheet, f"S{number}")
    found = rows(keys, "--ask", "params")
    # the first is like `ada` but for punctuation, and so it is the `ada` in the folder, with 80 parameters
    assert [name for name, row in found.items() if row["status"] == "graded"] == ["S0"]
    assert found["S0"]["percent"] == "100"


def test_two_students_of_one_name(call):
    Path("roster.csv").write_text("Student,ID\nAda Lovelace,1\nAda Lovelace,2\n")
    Path("secret").write_text(SECRET)
    roster = ("--roster", "roster.csv", "--assignment", "HW1", "--secret-file", "secret")
    assert call("exercise", *roster, "-o", "keys")[0] == 0
    Path("in").mkdir()
    for key in Path("keys").glob("*-key.yaml"):
        text = key.read_text(encoding="utf-8").replace("solutions for ", "")
        Path("in", key.name).write_text(text, encoding="utf-8")
    _, out, _ = call("grade", "in", "--key", "keys", "-f", "csv")
    assert [row["status"] for row in csv.DictReader(out.splitlines())] == ["graded", "graded"]


def test_a_folder_without_keys(call):
    Path("keys").mkdir()
    hand_in("a.yaml", "ada", "Ada")
    status, _, err = call("grade", "in", "--key", "keys")
    assert (status, "there are no specs in keys" in err) == (2, True)


def test_a_rubric_may_name_the_layers_of_any_key(keys):
    Path("rubric.yaml").write_text("points: {second: 3}\n")
    hand_in("a.yaml", "ada", "Ada")
    hand_in("b.yaml", "bob", "Bob", "52", " second:\n  params: 9\n")
    found = rows(keys, "--rubric", "rubric.yaml", "--ask", "params")
    assert (found["Bob"]["score"], found["Bob"]["max_score"]) == ("4", "4")


def test_a_key_is_read_once_however_many_hand_in(call, monkeypatch):
    """A key for each of thirty, each handed in twice."""
    names = [f"Student{number} Name{number}" for number in range(30)]
    Path("roster.csv").write_text("Student\n" + "".join(f"{name}\n" for name in names))
    Path("secret").write_text(SECRET)
    roster = ("--roster", "roster.csv", "--assignment", "HW1", "--secret-file", "secret")
    assert call("exercise", "--level", "3", *roster, "-o", "keys")[0] == 0
    Path("in").mkdir()
    for key in sorted(Path("keys").glob("*-key.yaml")):
        text = key.read_text(encoding="utf-8").replace("solutions for ", "")
        Path("in", key.name).write_text(text, encoding="utf-8")
        Path("in", f"again-{key.name}").write_text(text.replace("params: 0", "params: 4"), encoding="utf-8")
    analyzed = []
    monkeypatch.setattr(key_folder, "analyze", lambda spec: analyzed.append(spec.name) or analyze(spec))
    _, out, _ = call("grade", "in", "--key", "keys", "-f", "json")
    assert len(json.loads(out)["students"]) == 60
    assert len(analyzed) == len(set(analyzed)) == 30
