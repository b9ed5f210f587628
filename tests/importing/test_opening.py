"""Model files in the place of specs: from a path, through a pipe, at a revision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from importing.keras.described import functional, image, layer

import cnncalc
from cnncalc.cli import run
from cnncalc.errors import ArgumentError
from cnncalc.importing import draft
from cnncalc.source import _git_revision

EXAMPLES = Path(__file__).parents[2] / "examples" / "import"
CONVOLUTIONS = 25 * 16 + 4 * 9 * 16 * 16
PARAMS = {
    "digits.pt2": CONVOLUTIONS + 5 * 2 * 16 + 170,
    "digits.onnx": CONVOLUTIONS + 5 * 16 + 170,  # norms are folded: each convolution got a bias
    "digits.keras": CONVOLUTIONS + 5 * 4 * 16 + 170,  # Keras counts statistics
}


@pytest.mark.parametrize("file", PARAMS)
def test_three_files_of_one_network_have_its_numbers(file: str):
    totals = cnncalc.analyze(cnncalc.load(EXAMPLES / file)).totals
    assert totals.params == PARAMS[file]
    assert totals.macs == 14 * 14 * CONVOLUTIONS + 160


def test_a_file_is_recognised_by_its_contents(tmp_path: Path):
    copy = tmp_path / "net.yaml"
    copy.write_bytes((EXAMPLES / "digits.onnx").read_bytes())
    spec = cnncalc.load(copy)
    assert (spec.name, spec.convention, spec.layout) == ("net", "pytorch", "channels_first")


@pytest.mark.slow
@pytest.mark.parametrize("file", PARAMS)
def test_a_file_comes_through_a_pipe(file: str, tmp_path: Path):
    with open(EXAMPLES / file, "rb") as stdin:
        result = subprocess.run(
            [sys.executable, "-m", "cnncalc", "summarize", "-", "--format", "csv"],
            stdin=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
    assert result.returncode == 0, result.stderr
    assert "14×14" in result.stdout
    assert not any(tmp_path.iterdir())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch) -> Path:
    """A folder with the three files of the network, committed and then removed."""
    for file in PARAMS:
        (tmp_path / file).write_bytes((EXAMPLES / file).read_bytes())
    (tmp_path / "spec.yaml").write_text(cnncalc.import_model(EXAMPLES / "digits.pt2") + "expect: {same_as: digits.pt2}")
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@x"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    for file in PARAMS:
        (tmp_path / file).unlink()
    return tmp_path


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("file", PARAMS)
def test_at_a_revision(file: str):
    spec = cnncalc.load(f"git:main:{file}")
    assert (spec.name, cnncalc.analyze(spec).totals.params) == ("digits", PARAMS[file])
    assert {each.file for each in spec.remarks} <= {f"git:main:{file}"}


@pytest.mark.usefixtures("repository")
def test_a_model_in_the_same_revision():
    assert cnncalc.check("git:main:spec.yaml").findings == ()


@pytest.mark.usefixtures("repository")
def test_findings_at_a_revision_have_its_name():
    (found,) = cnncalc.check("git:main:digits.pt2", input={"y": "1x9x9"}).findings
    assert (found.code, found.file, found.message) == ("CNN153", "git:main:digits.pt2", "there is no input `y`")


@pytest.mark.usefixtures("repository")
def test_a_model_at_a_revision_that_is_too_large(monkeypatch):
    size = (EXAMPLES / "digits.onnx").stat().st_size
    monkeypatch.setattr(_git_revision, "MOST_MODEL_BYTES", size - 1)
    (found,) = cnncalc.check("git:main:digits.onnx").findings
    assert (found.code, found.message) == (
        "CNN104",
        f"the file has {size:,} bytes, and at most {size - 1:,} of a revision are read",
    )
    assert found.help == ("`git show main:./digits.onnx > old.onnx` writes it to a file",)


@pytest.mark.slow
def test_findings_of_what_comes_through_a_pipe_call_it_so(tmp_path: Path):
    result = subprocess.run(
        [sys.executable, "-m", "cnncalc", "summarize", "-"],
        input=(EXAMPLES / "digits.onnx").read_bytes()[:500],
        capture_output=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert result.returncode == 1
    assert b"\n --> <stdin>\n" in result.stderr
    assert not any(tmp_path.iterdir())


def test_json_of_keras_may_be_given_as_a_text():
    text = json.dumps(functional(image(4), layer("Dense", "d", "image", units=3)))
    assert cnncalc.analyze(cnncalc.load(text)).totals.params == 4 * 3 + 3


def test_no_importer_is_touched_for_a_spec():
    code = "import sys, cnncalc.cli as c; c.run(['summarize', 'lenet5']); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "cnncalc.spec.reader" in shown
    assert "cnncalc.importing" not in shown


@pytest.mark.parametrize("input", ["1x32x32", "32x32", {"x": "1x32x32"}], ids=["whole", "positions", "by name"])
@pytest.mark.parametrize("file", ["digits.pt2", "digits.onnx"])
def test_another_size_by_the_name_of_the_file(file: str, input: str | dict[str, str]):
    spec = cnncalc.load(EXAMPLES / file, input=input)
    assert cnncalc.analyze(spec).totals.macs == 16 * 16 * CONVOLUTIONS + 160


def test_a_model_file_has_no_variants():
    with pytest.raises(cnncalc.SpecError, match="the model has no variants"):
        cnncalc.load(f"{EXAMPLES / 'digits.pt2'}@small")


def test_a_spec_is_nothing_to_import(tmp_path: Path):
    path = tmp_path / "spec.yaml"
    path.write_text("input: 8x8x3\nlayers:\n  - relu\n")
    with pytest.raises(ArgumentError) as caught:
        cnncalc.import_model(path)
    assert str(caught.value) == f"{path} is not a file of Keras, PyTorch or ONNX; a spec needs no import"


def test_a_model_that_also_gives_back_what_it_reads(tmp_path: Path):
    model = functional(image(3, 5, 2), layer("ReLU", "relu", ["image"]), outputs=["relu", "image"])
    (tmp_path / "model.json").write_text(json.dumps(model))
    spec = cnncalc.load(tmp_path / "model.json")
    shapes = [(node.kind, node.output.text("channels_last")) for node in spec.graph.nodes]
    assert shapes == [("relu", "3×5×2"), ("identity", "3×5×2")]
    assert spec.graph.outputs == ["relu", "identity"]


def test_a_model_that_gives_back_what_it_reads(tmp_path: Path):
    path = tmp_path / "nothing.json"
    entry = {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [None, 8, 8, 3], "name": "x"}}
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["x", 0, 0]]}
    path.write_text(json.dumps({"class_name": "Functional", "config": {"name": "m", "layers": [entry], **ends}}))
    (finding,) = cnncalc.check(path).findings
    assert finding.code == "CNN152"


@pytest.mark.parametrize("file", PARAMS)
def test_more_operations_than_are_read(file: str, monkeypatch):
    monkeypatch.setattr(draft, "MAX_OPERATIONS", 5)
    (finding,) = cnncalc.check(EXAMPLES / file).findings
    assert finding.code == "CNN156"
    assert finding.message.endswith("; at most 5 are read")


def test_the_two_billionth_output_of_a_layer(tmp_path: Path):
    path = tmp_path / "far.json"
    entry = {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [None, 8, 8, 3], "name": "x"}}
    read = [{"class_name": "__keras_tensor__", "config": {"shape": [None, 8, 8, 3], "keras_history": ["x", 0, 0]}}]
    call = {"args": read, "kwargs": {}}
    layer = {"module": "own", "class_name": "Own", "name": "y", "config": {"name": "y"}, "inbound_nodes": [call]}
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 2**31]]}
    path.write_text(json.dumps({"class_name": "Functional", "config": {"name": "m", "layers": [entry, layer], **ends}}))
    (finding,) = cnncalc.check(path).findings
    assert "the file does not say what it makes" in finding.message


def test_weights_that_do_not_fit_another_input_are_said():
    (found,) = [
        each for each in cnncalc.load(EXAMPLES / "digits.pt2", input="2x32x32").remarks if each.code == "CNN157"
    ]
    assert "the file has 400 parameters for it, computed are 800" in found.message
    assert found.help == ("with this --input it is another network than that of the file, whose weights do not fit",)


@pytest.mark.parametrize("input", ["32x32", (1, 32, 32), [32, 32], {"x": (1, 32, 32)}, {"x": "32x32"}])
def test_import_takes_another_size(input):
    assert "input: 1x32x32\n" in cnncalc.import_model(EXAMPLES / "digits.pt2", input=input)


def test_validate_finds_nothing_in_what_was_imported(tmp_path: Path, capsys):
    """A bias before a batch norm and two dense layers in a row are so in the model: the spec cannot change them."""
    path = tmp_path / "net.json"
    layers = [
        layer("Conv2D", "c", ("image", [8, 8, 3]), filters=4, kernel_size=[3, 3], use_bias=True),
        layer("BatchNormalization", "b", ("c", [6, 6, 4])),
        layer("Flatten", "f", ("b", [6, 6, 4])),
        layer("Dense", "d", ("f", [144]), units=20),
        layer("Dense", "e", ("d", [20]), units=10),
    ]
    path.write_text(json.dumps(functional(image(8, 8, 3), *layers)))
    for text in (cnncalc.import_model(path), cnncalc.import_model(path, flat=True)):
        first, rest = text.split("\n", 1)
        assert first == ("# cnncalc: ignore-file CNN512, CNN514; it is so in the model that this was imported from")
        assert cnncalc.check(text).findings == ()
        assert {each.code for each in cnncalc.check(rest).findings} == {"CNN512", "CNN514"}
    spec = tmp_path / "net.yaml"
    assert run(["import", str(path), "-o", str(spec)]) == 0
    assert run(["validate", str(spec)]) == 0
    assert capsys.readouterr().out == "1 spec: no findings\n"
    spec.write_text(spec.read_text().replace("dense: 10", "dense: 12"))
    assert run(["import", str(path), "--update", str(spec)]) == 0
    assert spec.read_text() == cnncalc.import_model(path)
    assert not cnncalc.import_model(EXAMPLES / "digits.pt2").startswith("#")


def test_import_of_a_variant():
    with pytest.raises(cnncalc.SpecError, match="the model has no variants"):
        cnncalc.import_model(f"{EXAMPLES / 'digits.pt2'}@small")


EXPECTED = 'expected a shape, such as "224x224x3" or (224, 224, 3), found'


@pytest.mark.parametrize(
    ("input", "message"),
    [
        (2.5, f"input: {EXPECTED} 2.5"),
        ((), f"input: {EXPECTED} ()"),
        ((0, 3), f"input: {EXPECTED} (0, 3)"),
        ((None, 32, 32), f"input: {EXPECTED} (None, 32, 32)"),
        ({"x": (3, "a")}, f"input 'x': {EXPECTED} (3, 'a')"),
        ({1: (3, 3)}, "input: the names of inputs are texts that are not empty, found [1]"),
        ({"": (3, 3)}, "input: the names of inputs are texts that are not empty, found ['']"),
    ],
)
@pytest.mark.parametrize("function", [cnncalc.load, cnncalc.check, cnncalc.import_model])
def test_what_is_no_input(function, input, message: str):
    with pytest.raises(ArgumentError) as caught:
        function(EXAMPLES / "digits.pt2", input=input)
    assert str(caught.value) == message
    assert isinstance(caught.value, (cnncalc.CnncalcError, ValueError, TypeError))


def test_sizes_for_a_spec():
    for size in ((64, 64, 1), (64, 64), {"input": (64, 64, 1)}, "64x64"):
        assert cnncalc.load("lenet5", input=size).graph.inputs[0].output.spatial == (64, 64)
    assert cnncalc.load("input: 4\nlayers: [{dense: 2}]\n", input=7).graph.inputs[0].output.channels == 7


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (None, "None"),
        (b"net.onnx", "a bytes; `cnncalc.load` reads files"),
        (3, "an int"),
        (Path, "the class Path: give an instance, `Path(…)`"),
    ],
)
def test_what_is_no_model(given: object, what: str):
    with pytest.raises(ArgumentError) as caught:
        cnncalc.load(given)  # type: ignore[arg-type]
    assert str(caught.value) == f"expected a path or the text of a spec, found {what}"
    with pytest.raises(ArgumentError) as caught:
        cnncalc.from_torch(given, "3x8x8")
    assert str(caught.value) == f"expected a module of PyTorch, found {what}"
    with pytest.raises(ArgumentError) as caught:
        cnncalc.from_keras(given)
    assert str(caught.value) == f"expected a model of Keras, found {what}"
