"""`cnncalc homework` as a person or a pipeline calls it: sheets, classes, gradebooks, Gradescope, and hostile files."""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import typer

SHEETS = Path(__file__).parents[2] / "examples" / "homework" / "sheets"


def filled(call, model, format):
    """The key as a sheet that a student could have handed in."""
    suffix = ".csv" if format == "csv" else ".yaml"
    path = Path(f"key{suffix}")
    assert (
        call("sheet", model, "--key", "--ask", "output,params,receptive_field,macs,total", "-f", format, "-o", path)[0]
        == 0
    )
    return path


@pytest.mark.parametrize("format", ["yaml", "csv"])
@pytest.mark.parametrize("model", ["typical_cnn", "keras_cnn", "one_d", "three_d", "unet"])
def test_the_key_itself_is_all_right(call, model, format):
    path = filled(call, model, format)
    status, out, err = call(
        "grade", path, "--key", model, "--ask", "output,params,receptive_field,macs,total", "-f", "json"
    )
    assert (status, err) == (0, "")
    (student,) = json.loads(out)["students"]
    assert student["score"] == student["max_score"] > 0
    assert {answer["status"] for answer in student["answers"]} == {"right"}


def test_the_class(call):
    status, out, _ = call("grade", SHEETS, "--key", "typical_cnn", "-f", "csv")
    assert status == 1  # photo.yaml is no sheet
    rows = {row["student"]: row for row in csv.DictReader(out.splitlines())}
    assert list(next(iter(rows.values()))) == [
        *("student", "score", "max_score", "percent", "status", "mistakes"),
        *("worksheet", "deducted_for_lateness"),
    ]
    assert {name: row["mistakes"] for name, row in rows.items()} == {
        "Ada Lovelace": "",
        "Alan Turing": "ceil for floor or size before the layer before",
        "Barbara Liskov": "",
        "Dorothy Vaughan": "plus k instead of k − 1; input channels forgotten or channels of the layer before",
        "Emmy Nöther": "field without the strides below",
        "Grace Hopper": "bias forgotten; dense bias forgotten",
        "Hedy Lamarr": "channels not written",
        "Katherine Johnson": "channels first for last",
        "Mary Jackson": "",
        "photo": "it is not text",
        "Sophie Germain": "parameters given to a pool",
    }
    # 21 answers and the total: 22; four of Grace's are wrong, her total follows from them
    assert (rows["Grace Hopper"]["score"], rows["Grace Hopper"]["max_score"]) == ("18", "22")


@pytest.mark.parametrize(("share", "score"), [("full", 21), ("half", 19.5), ("none", 18)])
def test_follow_through(call, share, score):
    # one answer is wrong, three follow from it
    _, out, _ = call("grade", SHEETS / "alan.yaml", "--key", "typical_cnn", "--follow-through", share, "-f", "json")
    assert json.loads(out)["students"][0]["score"] == score


def test_a_rubric_with_mistakes_in_it(call):
    Path("rubric.yaml").write_text("points: {parms: 2, params: many}\nmistake: {}\nskip: [nowhere]\n", encoding="utf-8")
    status, out, err = call("grade", SHEETS / "ada.yaml", "--key", "typical_cnn", "--rubric", "rubric.yaml")
    assert (status, out) == (1, "")
    assert "there is no layer or column `parms`" in err
    assert "did you mean `params`?" in err
    assert "found `many`" in err
    assert "there is no key of a rubric `mistake`" in err
    assert "there is no layer or column `nowhere`" in err


def test_feedback_for_everyone(call):
    status, _, _ = call("grade", SHEETS, "--key", "typical_cnn", "--feedback", "out", "--feedback-format", "html")
    assert status == 1
    assert len(os.listdir("out")) == 12
    page = Path("out/grace.html").read_text(encoding="utf-8")
    assert "the biases are missing" in page
    assert "80" not in page.split("conv1")[1].split("conv2")[0]  # no solution


def test_solutions_where_the_teacher_wants_them(call):
    _, hidden, _ = call("grade", SHEETS / "grace.yaml", "--key", "typical_cnn")
    _, shown, _ = call("grade", SHEETS / "grace.yaml", "--key", "typical_cnn", "--reveal", "always")
    assert "25,664" not in hidden
    assert "25,664" in shown


def test_hostile_and_broken_files_get_their_row(call):
    folder = Path("sheets")
    folder.mkdir()
    shutil.copy(SHEETS / "ada.yaml", folder)
    (folder / "a_huge.yaml").write_bytes(b"x: 1\n" * 300_000)
    (folder / "b_deep.json").write_text("[" * 100_000)
    (folder / "c_markup.yaml").write_text("student: '[red]<b>::error\x1b[31m'\nanswers:\n conv1:\n  params: <script>\n")
    (folder / "d_bomb.yaml").write_text(
        "student: x\nanswers:\n conv1:\n  params: 9**9**9**9\n  output: 99999999999x1x1\n"
    )
    (folder / "e_empty.yaml").write_text("")
    (folder / "f.csv").write_text('layer,params\n"unclosed,1\n')
    os.symlink(folder.resolve(), folder / "loop")
    status, out, err = call("grade", folder, "--key", "typical_cnn", "-f", "csv")
    assert status == 1
    assert err == ""
    assert "\x1b" not in out
    rows = list(csv.DictReader(out.splitlines()))
    assert len(rows) == 8  # the link is one
    assert rows[0]["mistakes"] == "it is larger than 1,000,000 bytes"
    assert [row["status"] for row in rows].count("graded") >= 3
    assert any(row["student"] == "Ada Lovelace" and row["score"] == "22" for row in rows)


def test_nothing_to_grade(call):
    Path("empty").mkdir()
    assert call("grade", "empty", "--key", "typical_cnn") == (3, "", "cnncalc: there are no answer sheets here\n")
    status, out, _ = call("grade", "missing.yaml", "--key", "typical_cnn", "-f", "csv")
    assert status == 1
    assert "there is no such file" in out


def test_another_models_sheet_is_not_graded(call):
    Path("x.yaml").write_text("worksheet: other\nanswers:\n conv1:\n  params: 80\n", encoding="utf-8")
    status, out, _ = call("grade", "x.yaml", "--key", "typical_cnn", "-f", "json")
    (student,) = json.loads(out)["students"]
    assert (status, student["status"], student["answers"]) == (1, "not graded", [])
    assert student["error"] == "the sheet is for `other`, but the key is for `typical-cnn`"
    status, out, _ = call("grade", "x.yaml", "--key", "typical_cnn", "--force", "-f", "json")
    (student,) = json.loads(out)["students"]
    assert (status, student["score"]) == (0, 1)
    assert student["notes"] == ["the sheet is for `other`, but the key is for `typical-cnn`; graded nevertheless"]


def test_a_gradebook(call):
    export = SHEETS.parent / "gradebook.csv"
    status, out, err = call(
        "grade",
        SHEETS / "grace.yaml",
        "--key",
        "typical_cnn",
        "--fill",
        export,
        "--assignment",
        "Sheet 1",
        "-o",
        "new.csv",
    )
    assert (status, out) == (0, "")
    assert "1 of 1 scores filled in" in err
    assert Path("new.csv").read_bytes() == export.read_bytes().replace(b"grace,CNN-A,,", b"grace,CNN-A,18,")
    assert call("grade", SHEETS / "grace.yaml", "--key", "typical_cnn", "--fill", export)[0] == 2
    status, _, err = call(
        "grade", SHEETS / "grace.yaml", "--key", "typical_cnn", "--fill", export, "--assignment", "Sheet 9"
    )
    assert status == 1
    assert "there is no column `Sheet 9`" in err


# -- Gradescope


@pytest.fixture
def autograder(call, tmp_path):
    """A folder laid out like theirs, with the kit unpacked and set up."""
    assert call("gradescope-kit", "typical_cnn", "-o", "kit.zip", "--rubric", SHEETS.parent / "rubric.yaml")[0] == 0
    root = tmp_path / "auto grader"
    (root / "submission").mkdir(parents=True)
    with zipfile.ZipFile("kit.zip") as archive:
        archive.extractall(root / "source")
    # dependencies come from the environment of this test, so that no index is asked
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    subprocess.run(["bash", root / "source" / "setup.sh"], check=True, env=environment, capture_output=True)
    environment["PYTHONPATH"] = str(Path(typer.__file__).parents[1])  # where the dependencies are

    def grade():
        subprocess.run(["bash", root / "source" / "run_autograder"], check=True, env=environment, capture_output=True)
        return json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))

    return root, grade


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or shutil.which("bash") is None, reason="Gradescope runs bash")
def test_the_kit_where_gradescope_unpacks_it(autograder):
    root, grade = autograder
    hand_in = root / "submission"
    shutil.copy(SHEETS / "grace.yaml", hand_in)
    results = grade()
    # params count 2 (dense1's 4), the total 3; the four wrong ones keep half; flatten and two fields are skipped
    assert results["score"] == 27 - (2 + 2 + 4 + 2) / 2
    assert sum(test["max_score"] for test in results["tests"]) == 27
    first = next(test for test in results["tests"] if test["name"] == "conv1: parameters")
    assert set(first) == {"name", "score", "max_score", "status", "output", "output_format", "visibility"}
    assert (first["score"], first["max_score"], first["status"]) == (1, 2, "failed")
    assert "the biases are missing" in first["output"]
    assert isinstance(results["execution_time"], float)

    (hand_in / "grace.yaml").unlink()
    empty = grade()
    assert (empty["score"], empty["output"]) == (0, "nothing was handed in: hand in the filled-in sheet")
    (hand_in / "grace.xls").write_bytes(b"PK\3\4")
    reason = "grace.xls: not graded: .xls is not read; save the spreadsheet as .xlsx or CSV, and hand in that file"
    assert grade()["output"] == reason
    (hand_in / "grace.xls").unlink()
    shutil.copy(SHEETS / "photo.yaml", hand_in)
    assert grade()["output"] == (
        "photo.yaml: not graded: it is not text. Hand in the filled-in sheet as .yaml, .csv, .json or .txt."
    )
    (root / "source" / "key.yaml").write_text("broken")
    broken = grade()
    assert (broken["score"], broken["tests"]) == (0, [])


@pytest.mark.parametrize("tolerance", ["nan", "inf", "-1", "2", "1e999", "x"])
def test_a_tolerance_is_a_number_from_0_to_1(call, tolerance):
    Path("ada.yaml").write_text("student: Ada\nanswers:\n conv1:\n  params: 80\n")
    status, out, err = call("grade", "ada.yaml", "--key", "typical_cnn", "--tolerance", tolerance)
    assert (status, out) == (2, "")
    assert "--tolerance" in err


def test_a_refusal_says_what_to_hand_in_in_the_students_language(call):
    Path("photo.yaml").write_bytes(b"\x89PNG\r\n\x00\x81")
    Path("keys").mkdir()
    Path("keys/net.yaml").write_text("name: net\ninput: 9x9x1\nlayers: [conv: 3x3x8]\n")
    for key in ("typical_cnn", "keys"):
        assert "Hand in the filled-in sheet as .yaml" in call("grade", "photo.yaml", "--key", key)[1]
        german = call("grade", "photo.yaml", "--key", key, "--language", "de")[1]
        assert "Bitte das ausgefüllte Blatt" in german
        assert "Hand in" not in german
