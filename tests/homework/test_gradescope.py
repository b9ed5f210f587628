"""Gradescope: many keys, what a student sees and when, and the number of tries."""

import json
import zipfile
from pathlib import Path

import pytest

from cnncalc.homework.gradebook.gradescope_metadata import read_metadata

NET = "name: net\ninput: 9x9x1\nlayers: [conv: 3x3x8]\n"
"""3 * 3 * 8 + 8 = 80 parameters."""


def results(call, *options: str, params: str = "80", key: str = "net.yaml", student: str = "Ada", head: str = ""):
    Path("in").mkdir(exist_ok=True)
    Path("net.yaml").write_text(NET)
    sheet = f"{head}student: {student}\nanswers:\n conv1:\n  params: {params}\n"
    Path("in/sheet.yaml").write_text(sheet, encoding="utf-8")
    status, out, _ = call("grade", "in", "--key", key, "--ask", "params", "-f", "gradescope", *options)
    assert status in (0, 1)
    return json.loads(out)


def previous(*scores: float | None, names: tuple[str, ...] = ("Ada",)) -> tuple[str, str]:
    """What Gradescope says after hand-ins with these points; None for one that could not be graded."""
    earlier = [
        {
            "submission_time": f"2026-11-{number:02}T14:24:48.087023-07:00",
            "score": 0.0 if score is None else score,
            "results": {"score": score or 0.0, "tests": [] if score is None else [{"name": f"try {number}"}]},
        }
        for number, score in enumerate(scores, 1)
    ]
    users = [{"name": name, "email": "", "id": 1} for name in names]
    Path("metadata.json").write_text(json.dumps({"id": 1, "users": users, "previous_submissions": earlier[::-1]}))
    return "--submission-metadata", "metadata.json"


# -- tries


def test_a_try_is_counted(call):
    found = results(call, *previous(0.0), "--tries", "3")
    assert (found["score"], found["output"]) == (1, "This is try 2 of 3.")


def test_after_the_last_try_its_points_are_kept(call):
    """Not the best ones, nor those of this hand-in: whatever the order in which Gradescope lists them."""
    found = results(call, *previous(0.25, 0.75, 0.5), "--tries", "2")
    assert found["score"] == 0.75
    assert found["output"] == (
        "This hand-in is not graded, because all tries were used (2). The points are those of the last try."
    )
    assert found["tests"] == [{"name": "try 2"}]
    assert "all tries were used (1)" in results(call, *previous(0.5), "--tries", "1")["output"]


def test_what_could_not_be_graded_was_no_try(call):
    found = results(call, *previous(None, None, 0.5), "--tries", "2")
    assert found["output"] == "This is try 2 of 2."


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "null", "[]", "{}", '{"previous_submissions": 3}', '{"previous_submissions": [3, null, {}]}',
        '{"previous_submissions": [{"score": "many", "results": []}]}', "[" * 100_000,
        '{"previous_submissions": [{"score": NaN, "results": {"tests": [1]}}]}',
    ],
)  # fmt: skip
def test_metadata_that_says_nothing(call, text):
    Path("metadata.json").write_text(text)
    found = results(call, "--submission-metadata", "metadata.json", "--tries", "1")
    assert found["score"] == 1
    assert found["output"] in (
        "This is try 1 of 1.",
        "Gradescope does not say how many tries there were before this one.",
    )


@pytest.mark.parametrize("users", [[{"name": None}], [{"name": 5}], [{}], [None], None, {"name": "x"}])
def test_a_student_that_gradescope_does_not_name(users):
    assert read_metadata(json.dumps({"users": users}).encode()).names == ()


def test_scores_as_texts(call):
    Path("metadata.json").write_text('{"previous_submissions": [{"submission_time": "1", "score": "0.5"}]}')
    assert results(call, "--submission-metadata", "metadata.json", "--tries", "1")["score"] == 0.5


# -- what students see, and when


def test_points_at_once_and_feedback_later(call):
    found = results(call, "--feedback-visible", "after_due_date", params="72")
    points, feedback = found["tests"]
    assert (points["visibility"], points["output"]) == ("visible", "72: wrong")
    assert (feedback["name"], feedback["visibility"]) == ("feedback", "after_due_date")
    assert "the biases are missing" in feedback["output"]
    assert "score" not in feedback


@pytest.mark.parametrize("when", ["visible", "after_due_date", "after_published", "hidden"])
def test_all_at_one_time(call, when):
    (test,) = results(call, "--visible", when, params="72")["tests"]
    assert test["visibility"] == when
    assert "the biases are missing" in test["output"]


def test_only_for_gradescope(call):
    Path("in").mkdir()
    for options in (("--tries", "2"), ("--visible", "hidden")):
        status, _, err = call("grade", "in", "--key", "typical_cnn", *options)
        assert (status, f"{options[0]}: it needs --format gradescope" in err) == (2, True)


# -- many keys


@pytest.fixture
def folder(call):
    """Two exercises, each for one student."""
    Path("roster.csv").write_text("Student,ID\nAda Lovelace,1\nGrace Hopper,2\n")
    Path("secret").write_text("a sentence that nobody else knows")
    roster = ("--roster", "roster.csv", "--assignment", "HW1", "--secret-file", "secret")
    assert call("exercise", *roster, "-o", "keys")[0] == 0
    assert call("gradescope-kit", "keys", "-o", "kit.zip", "--tries", "2", "--visible", "after_due_date")[0] == 0
    with zipfile.ZipFile("kit.zip") as archive:
        archive.extractall("kit")
    return call


def test_a_kit_of_many_keys(folder):
    assert sorted(path.name for path in Path("kit/keys").iterdir()) == [
        "ada-lovelace-sheet.yaml", "ada-lovelace.yaml", "grace-hopper-sheet.yaml", "grace-hopper.yaml",
    ]  # fmt: skip
    script = Path("kit/run_autograder").read_text()
    assert '--key "$root/source/keys"' in script
    assert "--visible after_due_date --feedback-visible after_due_date --tries 2" in script
    assert '--submission-metadata "$root/submission_metadata.json"' in script
    assert "solutions" not in "".join(path.read_text("utf-8") for path in Path("kit/keys").iterdir())
    text = Path("keys/grace-hopper-key.yaml").read_text(encoding="utf-8").replace("solutions for ", "")
    Path("in").mkdir()
    Path("in/grace.yaml").write_text(text, encoding="utf-8")
    _, out, _ = folder("grade", "in", "--key", "kit/keys", "-f", "gradescope")
    found = json.loads(out)
    assert found["score"] == sum(test["max_score"] for test in found["tests"]) > 0


@pytest.mark.parametrize("name", ["Grace Hopper", "Ada Lovelace", ""])
def test_gradescope_says_who_hands_in(folder, name):
    """Whatever name is on the sheet: Ada hands in Grace's."""
    text = Path("keys/grace-hopper-key.yaml").read_text(encoding="utf-8")
    Path("in").mkdir()
    Path("in/sheet.yaml").write_text(text.replace("solutions for Grace Hopper", name), encoding="utf-8")
    grade = ("grade", "in", "--key", "kit/keys", "-f", "gradescope")
    found = json.loads(folder(*grade, *previous(names=("Ada Lovelace",)))[1])
    assert found["output"] == "sheet.yaml: not graded: the sheet was made for another student: hand in your own"
    assert found["score"] == 0
    group = json.loads(folder(*grade, *previous(names=("Ada Lovelace", "Grace B. Hopper")))[1])
    assert group["score"] > 0


def test_a_kit_has_no_key_that_cannot_be_used(folder):
    Path("keys/ada-lovelace.yaml").write_text("input: 9x9x1\nlayers: [{cnv: 3x3x8}]\n")
    Path("keys/grace.yaml").write_text("name: grace-hopper\ninput: 9x9x1\nlayers: [{conv: 3x3x8}]\n")
    status, _, err = folder("gradescope-kit", "keys", "-o", "new.zip")
    assert status == 1
    assert err == (
        "cnncalc: keys/ada-lovelace.yaml cannot be used as a key: there is no layer kind `cnv`\n"
        "cnncalc: `grace-hopper` is the name of keys/grace-hopper.yaml, keys/grace.yaml: leave one in the folder, or "
        "rename the others\n"
    )
    assert not Path("new.zip").exists()
