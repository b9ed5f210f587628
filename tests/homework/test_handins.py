"""A folder of hand-ins: each file has its row, whatever it is, and takes nothing from the others."""

import csv
import json
import os
import sys
from pathlib import Path

import pytest
from grades import sheet

from cnncalc.cli import run
from cnncalc.homework.grading.batch import grade_all
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.handins.files import find
from cnncalc.homework.sheet.record import Keys

GOOD = "student: Good\nanswers:\n  conv1:\n    output: 26x26x8\n    params: 80\n"
"""Of the lecture's network: (28 - 3 + 1)² positions, 8 filters, 3 * 3 * 1 * 8 + 8 parameters."""


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()

    def _call(*arguments):
        status = run(["homework", "grade", *map(str, arguments), "--key", "typical_cnn"])
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call


def rows(out):
    return {row["student"]: row for row in csv.DictReader(out.splitlines())}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x.xls", ".xls is not read; save the spreadsheet as .xlsx or CSV, and hand in that file"),
        ("x.xlsm", ".xlsm is not read; save the spreadsheet as .xlsx or CSV, and hand in that file"),
        ("x.pdf", ".pdf is not read; hand in the filled-in sheet as .yaml, .csv, .json or .txt"),
        ("x.docx", ".docx is not read; hand in the filled-in sheet as .yaml, .csv, .json or .txt"),
        ("x.IPYNB", ".ipynb is not read; hand in the filled-in sheet as .yaml, .csv, .json or .txt"),
        ("x.zip", ".zip is not unpacked; hand in the sheet that is in it"),
        ("x", "a file without an extension; hand in the filled-in sheet as .yaml, .csv, .json or .txt"),
    ],
)
def test_what_cannot_be_read_is_a_row_in_every_output(call, name, reason):
    Path("in/good.yaml").write_text(GOOD)
    Path("in", name).write_bytes(b"PK\3\4")
    status, out, _ = call("in", "-f", "csv", "--feedback", "fb")
    assert (status, rows(out)["x"]["status"], rows(out)["x"]["mistakes"]) == (1, "not graded", reason)
    assert rows(out)["Good"]["score"] == "2"
    for format in ("text", "markdown", "json"):
        status, out, _ = call("in", "-f", format)
        assert status == 1
        assert "not graded" in out
        assert reason.replace("-", "\\-") in out or reason in out
    assert Path("fb/x.txt").read_text() == f"typical-cnn  x\n\nnot graded: {reason}\n"
    one = json.loads(call("in/" + name, "-f", "gradescope")[1])
    assert (one["score"], one["output"]) == (0, f"{name}: not graded: {reason}")


def test_clutter_and_the_commands_own_files_are_no_hand_ins(call):
    for name in (".DS_Store", "._good.yaml", "Thumbs.db", "desktop.ini", "~$good.xlsx", "__MACOSX/x.yaml"):
        Path("in", name).parent.mkdir(exist_ok=True)
        Path("in", name).write_text(GOOD)
    Path("in/good.yaml").write_text(GOOD)
    Path("in/rubric.yaml").write_text("points: {params: 2}\n")
    for _ in range(2):  # the second time the feedback and the output are there already
        status, _, err = call(
            "in", "in/good.yaml", "--rubric", "in/rubric.yaml", "--feedback", "in/fb", "-o", "in/o.txt"
        )
        assert (status, err) == (0, "")
    assert os.listdir("in/fb") == ["good.txt"]


def test_a_gradescope_hand_in_of_nothing_of_one_and_of_several(call):
    assert json.loads(call("in", "-f", "gradescope")[1])["output"] == (
        "nothing was handed in: hand in the filled-in sheet"
    )
    Path("in/good.yaml").write_text(GOOD)
    Path("in/notes.pdf").write_text("%PDF")
    one = json.loads(call("in", "-f", "gradescope")[1])
    assert one["score"] == 2
    assert one["output"].startswith("notes.pdf: not graded: .pdf is not read")
    Path("in/more.csv").write_text("layer,params\nconv1,80\n")
    several = json.loads(call("in", "-f", "gradescope")[1])
    assert several["score"] == 0
    assert several["output"] == "there is more than one answer sheet (good.yaml, more.csv): hand in one file"


@pytest.mark.skipif(os.name == "nt", reason="needs links and pipes")
def test_nothing_leads_out_of_the_folder(call):
    Path("secret.yaml").write_text("student: Secret\nanswers:\n conv1:\n  params: 12345\n")
    Path("far").mkdir()
    Path("far/secret.yaml").write_text(Path("secret.yaml").read_text())
    os.symlink(Path("secret.yaml").resolve(), "in/a.yaml")
    os.symlink(Path("far").resolve(), "in/b")
    os.symlink("nowhere", "in/c.yaml")
    os.symlink(Path("in").resolve(), "in/d")
    os.mkfifo("in/e.yaml")
    Path("in/f.yaml").mkdir()
    Path("in/good.yaml").write_text(GOOD)
    status, out, err = call("in", "-f", "csv", "--feedback", "fb")
    found = rows(out)
    assert (status, err, list(found)) == (1, "", ["a", "c", "e", "Good", "b", "d", "f"])
    link = "a link, which is not followed; hand in the file itself"
    assert [found[name]["mistakes"] for name in "abcd"] == [link] * 4
    assert (found["e"]["mistakes"], found["f"]["mistakes"]) == ("it is not a file", "an empty folder")
    assert "12345" not in out + "".join(path.read_text() for path in Path("fb").iterdir())
    os.symlink("secret.yaml", "link.yaml")  # the teacher's own
    assert "Secret" in call("link.yaml", "-f", "csv")[1]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may open everything")
def test_what_may_not_be_opened(call):
    Path("in/good.yaml").write_text(GOOD)
    Path("in/closed.yaml").write_text(GOOD)
    Path("in/closed.yaml").chmod(0)
    Path("in/folder").mkdir(mode=0)
    status, out, _ = call("in", "-f", "csv")
    assert status == 1
    assert rows(out)["closed"]["mistakes"] == "Permission denied"
    assert rows(out)["folder"]["mistakes"] == "a folder that cannot be opened: Permission denied"


def test_a_folder_that_cannot_be_opened_is_a_row(call, monkeypatch):
    Path("in/closed").mkdir()
    Path("in/good.yaml").write_text(GOOD)
    scandir = os.scandir

    def guarded(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    _, out, _ = call("in", "-f", "csv")
    assert rows(out)["closed"]["mistakes"] == "a folder that cannot be opened: Permission denied"
    assert rows(out)["Good"]["score"] == "2"


def test_a_file_that_vanishes(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    files = find([str(tmp_path)])
    (tmp_path / "a.yaml").unlink()
    assert [result.error for result in _graded(files)] == ["there is no such file", ""]


def test_a_bug_of_ours_costs_nobody_else(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text(GOOD.replace("Good", "Bad"))
    (tmp_path / "b.yaml").write_text(GOOD)

    def read(hand_in):
        if hand_in.path.endswith("a.yaml"):
            raise KeyError("x")
        return READ(hand_in)

    from cnncalc.homework.grading import batch

    READ = batch.read_hand_in  # noqa: N806
    monkeypatch.setattr(batch, "read_hand_in", read)
    bad, good = _graded(find([str(tmp_path)]))
    assert bad.error == "cnncalc failed on it (KeyError), which is a bug: please report it, with this file"
    assert good.score.points == 1  # the size; its 80 parameters are another network's


# -- mutations of a hand-in


CSV = 'worksheet,net\nstudent,"Ada L"\nlayer,settings,output,params\nconv1,,26x26x8,"2,168"\ntotal,,,"2,168"\n'
JSON = '{"student": "Ada", "answers": {"conv1": {"output": [26, 26, 8], "params": 2168}, "total": {"params": 1e3}}}'
MUTANTS = [b"", b'"', b"'", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x81", b",", b";", b"\t", b":", b"{",
           b"[", b"#", b"\\", b"=", b"9" * 10_000, b"x" * 140_000, b" " * 50_000, b"[" * 3_000, b"\n\n- - -",
           b"&a [*a]", b"$(1)", b"\\ud800", "\u2028".encode(), "\u202e".encode(), b"\x1b[31m"]  # fmt: skip


def _mutants(text, step):
    data = text.encode()
    for place in range(0, len(data) + 1, step):
        yield data[:place]  # cut off
        yield data[:place] + data[place + 1 :]
        yield data[:place] + bytes([data[place % len(data)] ^ 0x80]) + data[place + 1 :]
        for insert in MUTANTS:
            yield data[:place] + insert + data[place:]
    for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037"):
        yield text.encode(encoding)


def _graded(files):
    net = sheet(["conv: 3x3x8"], input="28x28x30", ask=("output", "params", "total"))
    return grade_all(files, Keys(net.analysis, lambda _: None, ask=net.ask), lambda _: Rubric()).results


@pytest.mark.parametrize(("suffix", "text"), [(".yaml", GOOD), (".csv", CSV), (".json", JSON)])
def test_no_mutation_of_a_hand_in_changes_the_grade_of_another(tmp_path, suffix, text):
    """(3 * 3 * 30) * 8 + 8 = 2168."""
    (tmp_path / "zoe.yaml").write_text(
        "student: Zoe\nanswers:\n  conv1:\n    output: 26x26x8\n    params: 2168\n  total:\n    params: 2168\n"
    )
    for number, data in enumerate(_mutants(text, 7)):
        (tmp_path / f"a{number:05}{suffix}").write_bytes(data)
    results = _graded(find([str(tmp_path)]))
    assert len(results) > 150
    assert (results[-1].student, results[-1].score.points, results[-1].notes) == ("Zoe", 3, ())
    assert [result.error for result in results if "bug" in result.error] == []
    for result in results:
        assert result.error or 0 <= result.score.points <= 3
        assert len(result.notes) < 50
        assert len(result.student) <= 100


def test_a_lost_quote_and_a_cell_without_end(call):
    Path("in/a.csv").write_text('student,"Ada\nlayer,params\nconv1,80\n')
    Path("in/b.csv").write_text(f'student,Big\nlayer,params\nconv1,"{"8" * 140_000}"\nconv2,1168\n')
    Path("in/c.csv").write_text('student,Cy\nlayer,params\nconv1,"80\nconv2,"1168\n')
    Path("in/d.csv").write_text('student,Di\nlayer,"params\nconv1,80\n')
    Path("in/e.csv").write_text('student,Eve\nlayer,params\nconv1,"80\nconv2,1168\nmax_pool1,"\n')
    status, out, err = call("in", "-f", "csv")
    assert (status, err) == (0, "")
    scores = {name: row["score"] for name, row in rows(out).items()}
    assert scores == {"Ada": "1", "Big": "1", "Cy": "2", "Di": "1", "Eve": "2"}


def test_time_does_not_grow_with_the_square_of_a_line(call):
    """A line of 900,000 spaces took a quarter of an hour."""
    Path("in/a.yaml").write_text(f"{GOOD}a{' ' * 900_000}b\n")
    Path("in/b.yaml").write_text(f"{GOOD.replace('Good', 'B')}  conv2: {{params: 1168, {' ' * 4_000}x}}\n")
    assert call("in", "-f", "csv")[0] == 0


def test_numbers_longer_than_python_takes(call):
    Path("in/a.json").write_text(f'{{"student": "A", "answers": {{"conv1": {{"params": {"9" * 10_000}}}}}}}')
    Path("in/b.yaml").write_text(f"student: B\nanswers:\n conv1:\n  params: {'9' * 4_900}\n")
    status, out, err = call("in", "-f", "csv")
    assert (status, err, sorted(rows(out))) == (0, "", ["A", "B"])
    assert str(sys.get_int_max_str_digits()) not in out
    _, out, _ = call("in/b.yaml", "-f", "json")
    assert f'"{"9" * 40}…"' in out
    assert "9" * 41 not in out


def test_what_a_student_wrote_stays_a_text(call):
    evil = "student: =HYPERLINK('http://x')\nanswers:\n conv1:\n  params: <b>|`x`\x1b[31m\n  output: '::error::y'\n"
    Path("in/a.yaml").write_text(evil)
    Path("in/::warning::x.yaml" if os.name != "nt" else "in/b.yaml").write_text("answers:\n conv1:\n  params: 3\n")
    _, out, _ = call("in", "-f", "csv")
    assert "'=HYPERLINK" in out
    assert all(not line.startswith(("=", "::")) for line in out.splitlines())
    for format in ("text", "markdown", "html"):
        call("in", "--feedback", f"fb-{format}", "--feedback-format", format)
        texts = "".join(path.read_text(encoding="utf-8") for path in Path(f"fb-{format}").iterdir())
        assert "\x1b" not in texts
        assert format != "html" or "<b>" not in texts
        assert format != "markdown" or "<b>" not in texts.replace("\\<b\\>", "")
