"""`cnncalc import`."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.cli import run

EXAMPLES = Path(__file__).parents[2] / "examples" / "import"
DIGITS = str(EXAMPLES / "digits.pt2")


def test_what_is_written_is_a_spec_of_the_same_numbers(tmp_path: Path, capsys):
    path = tmp_path / "net.yaml"
    assert run(["import", DIGITS, "-o", str(path)]) == 0
    assert capsys.readouterr().err == f"wrote {path}: {path.read_text().count(chr(10))} lines, 9,946 parameters\n"
    written, read = (cnncalc.analyze(cnncalc.load(each)).totals for each in (path, DIGITS))
    assert (written.params, written.macs) == (read.params, read.macs)


@pytest.mark.parametrize("options", [[], ["--force"]])
def test_the_model_itself_is_never_replaced(options: list[str], tmp_path: Path, capsys):
    model = tmp_path / "model.pt2"
    model.write_bytes(Path(DIGITS).read_bytes())
    assert run(["import", str(model), "-o", str(model), *options]) == 2
    assert "is the file that is read, and would be lost; name another one" in " ".join(capsys.readouterr().err.split())
    assert model.read_bytes() == Path(DIGITS).read_bytes()


def test_no_file_is_replaced_without_force(tmp_path: Path, capsys):
    path = tmp_path / "net.yaml"
    path.write_text("mine")
    assert run(["import", DIGITS, "-o", str(path)]) == 2
    assert path.read_text() == "mine"
    assert "already exists and was left alone; --force replaces it" in " ".join(capsys.readouterr().err.split())
    assert run(["import", DIGITS, "-o", str(path), "--force"]) == 0
    assert path.read_text().startswith("name: digits\n")


def test_a_spec_is_no_model_of_another_tool(capsys):
    assert run(["import", "lenet5"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "lenet5 is not a file of Keras, PyTorch or ONNX; a spec needs no import" in said


def test_flat_has_a_line_for_each_layer(capsys):
    assert run(["import", DIGITS, "--flat"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        sum(line.startswith("  - ") for line in lines) == 19
    )  # 5 convolutions and norms, 5 relus, 2 sums, pool, dense


def test_a_spec_that_is_up_to_date_stays_as_it_is(tmp_path: Path, capsys):
    path = tmp_path / "net.yaml"
    run(["import", DIGITS, "-o", str(path)])
    text = path.read_text().replace("- dense: 10", "- {dense: 10, name: scores}   # ten digits")
    path.write_text(text)
    capsys.readouterr()
    assert run(["import", DIGITS, "--update", str(path)]) == 0
    assert (path.read_text(), capsys.readouterr().err) == (text, f"{path} is up to date\n")


def test_an_update_keeps_what_a_person_added(tmp_path: Path, capsys):
    path = tmp_path / "net.yaml"
    run(["import", DIGITS, "-o", str(path)])
    path.write_text(path.read_text().replace("- dense: 10", "- {dense: 10, name: scores}   # ten digits"))
    capsys.readouterr()
    assert run(["import", str(EXAMPLES / "digits.onnx"), "--update", str(path)]) == 0
    assert f"updated {path}\n" in capsys.readouterr().err
    assert "name: scores" in path.read_text()
    assert "# ten digits" in path.read_text()
    assert "batch_norm" not in path.read_text()


def test_an_update_keeps_that_the_model_is_the_same_as_its_file(tmp_path: Path, capsys):
    path, model = tmp_path / "net.yaml", tmp_path / "model.onnx"
    run(["import", DIGITS, "-o", str(path)])
    path.write_text(path.read_text() + "expect: {same_as: model.onnx}\n")
    model.write_bytes((EXAMPLES / "digits.onnx").read_bytes())
    capsys.readouterr()
    assert run(["import", str(model), "--update", str(path)]) == 0
    said = capsys.readouterr().err
    assert f"updated {path}\n" in said
    assert "could not stay: " not in said
    assert "expect: {same_as: model.onnx}\n" in path.read_text()
    assert run(["validate", str(path)]) == 0


def test_an_update_into_another_file(tmp_path: Path, capsys):
    path, out = tmp_path / "net.yaml", tmp_path / "new.yaml"
    run(["import", DIGITS, "-o", str(path)])
    text = path.read_text().replace("- dense: 10", "- {dense: 10, name: scores}   # ten digits")
    path.write_text(text)
    capsys.readouterr()
    assert run(["import", DIGITS, "--update", str(path), "-o", str(out)]) == 0
    assert (out.read_text(), capsys.readouterr().err) == (text, f"{path} is up to date; wrote {out}\n")
    assert run(["import", str(EXAMPLES / "digits.onnx"), "--update", str(path), "-o", str(out)]) == 2
    assert out.read_text() == text
    assert "--force replaces it" in " ".join(capsys.readouterr().err.split())
    assert run(["import", str(EXAMPLES / "digits.onnx"), "--update", str(path), "-o", str(out), "--force"]) == 0
    assert f"updated {path}; wrote {out}\n" in capsys.readouterr().err
    assert path.read_text() == text
    assert "name: scores" in out.read_text()
    assert "batch_norm" not in out.read_text()


def test_an_update_keeps_what_is_expected_of_the_model_that_is_imported(tmp_path: Path, capsys):
    model, path = tmp_path / "model.pt2", tmp_path / "net.yaml"
    model.write_bytes(Path(DIGITS).read_bytes())
    run(["import", str(model), "-o", str(path)])
    expected = "expect: {same_as: model.pt2, params: 1, macs: <= 1k}\n"
    path.write_text(path.read_text().replace("dense: 10", "dense: 12") + expected)
    capsys.readouterr()
    assert run(["import", str(model), "--update", str(path)]) == 0
    assert "- dense: 10\n" in path.read_text()
    totals = cnncalc.analyze(cnncalc.load(DIGITS)).totals
    assert path.read_text().endswith(expected.replace("params: 1", f"params: {totals.params}"))
    line = len(path.read_text().splitlines())
    assert capsys.readouterr().err == (
        f"updated {path}\n"
        f"cnncalc: expectation renewed: {path}:{line}: params of the model: expected 1, found {totals.params:,}\n"
        f"cnncalc: stays, but fails: {path}:{line}: "
        f"macs of the model: expected at most 1,000, found {totals.macs:,}\n"
    )


@pytest.mark.parametrize(("text", "code"), [(None, "CNN101"), ("input: 3x3", "CNN203")], ids=["missing", "mistakes"])
def test_what_cannot_be_updated_is_left_alone(text: str | None, code: str, tmp_path: Path, capsys):
    path = tmp_path / "net.yaml"
    if text is not None:
        path.write_text(text)
    assert run(["import", DIGITS, "--update", str(path)]) == 1
    assert code in capsys.readouterr().err
    assert path.exists() == (text is not None)
