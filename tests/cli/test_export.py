"""`cnncalc export`: what is refused, where it writes, and that nothing is replaced or written by halves."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

import cnncalc
from cnncalc.exporting.targets import TARGETS, target_of_file

WRITTEN = [name for name, target in TARGETS.items() if find_spec(target.module.rpartition(".")[0])]
"""Targets that there are writers for."""
DRAWINGS = [name for name, target in TARGETS.items() if target.is_drawing]
CODE = [name for name, target in TARGETS.items() if target.is_code]
WITH_WEIGHTS = [name for name, target in TARGETS.items() if target.weights]
"""Code that weights are saved for."""
SUFFIXES = [(suffix, name) for name, target in TARGETS.items() for suffix in target.suffixes]


def said(result) -> str:
    """What is said of a command line that is refused, on one line."""
    assert (result.status, result.out) == (2, "")
    return " ".join(result.err.split()).partition("Error: ")[2]


def content(path: Path, to: str) -> str | bytes:
    """A file as `cnncalc.export` gives it."""
    return path.read_bytes() if TARGETS[to].has_weights else path.read_bytes().decode("utf-8")


# -- what it writes


@pytest.mark.parametrize("to", WRITTEN)
def test_a_file_has_what_the_function_gives(call, lecture, tmp_path, to):
    target = tmp_path / "made"
    assert call("export", lecture, "--to", to, "-o", target) == (0, "", "")
    assert content(target, to) == cnncalc.export(cnncalc.load(lecture), to)


@pytest.mark.parametrize("to", [name for name in WRITTEN if not TARGETS[name].has_weights])
def test_without_a_file_it_is_printed(call, lecture, to):
    assert call("export", lecture, "--to", to) == (0, cnncalc.export(cnncalc.load(lecture), to), "")


@pytest.mark.parametrize(("suffix", "to"), SUFFIXES)
def test_the_name_of_the_file_says_what_it_is(call, lecture, tmp_path, suffix, to):
    assert target_of_file(f"folder.py/NET{suffix.upper()}") == to
    if to in WRITTEN:
        target = tmp_path / f"net{suffix}"
        assert call("export", lecture, "-o", target) == (0, "", "")
        assert content(target, to) == cnncalc.export(cnncalc.load(lecture), to)


@pytest.mark.parametrize("to", WRITTEN)
def test_the_options_of_models_change_it(call, lecture, tmp_path, to):
    target = tmp_path / "made"
    assert call("export", lecture, "--to", to, "--input", "32x32", "--until", "conv2", "-o", target) == (0, "", "")
    assert content(target, to) == cnncalc.export(cnncalc.load(lecture, input="32x32", until="conv2"), to)


@pytest.mark.parametrize("to", [name for name in WRITTEN if TARGETS[name].is_drawing])
def test_depth(call, to):
    spec = cnncalc.load("resnet18")
    for depth in (1, 2):
        assert call("export", "resnet18", "--to", to, "--depth", depth).out == cnncalc.export(spec, to, depth=depth)
    with pytest.raises(ValueError, match=r"^depth is at least 1, not 0$"):
        cnncalc.export(spec, to, depth=0)


def test_a_target_that_there_is_not():
    with pytest.raises(ValueError, match=r"^to is one of torch, keras, onnx, dot, mermaid, svg, tikz, not 'png'$"):
        cnncalc.export(cnncalc.load("lenet5"), "png")


# -- what it refuses


@pytest.mark.parametrize("name", [None, "net", "net.py", "net.txt", ".dot"])
def test_it_has_to_be_said_what_to_write(call, lecture, tmp_path, name):
    options = ["-o", tmp_path / name] if name else []
    expected = "Invalid value for --to: say what to write: torch, keras, onnx, dot, mermaid, svg or tikz"
    assert said(call("export", lecture, *options)) == expected
    assert [path.name for path in tmp_path.iterdir()] == [lecture.name]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--to", "png"],
            "Invalid value for '--to': expected torch, keras, onnx, dot, mermaid, svg or tikz, found 'png'",
        ),
        *(
            (["--to", to, "--flat"], f"Invalid value for --flat: only code has blocks to leave out, not {to}")
            for to in TARGETS
            if to not in CODE
        ),
        *(
            (["--to", to, "--depth", "2"], f"Invalid value for --depth: only drawings have levels, not {to}")
            for to in TARGETS
            if to not in DRAWINGS
        ),
        *(
            (["--to", to, *given], f"Invalid value for {given[0]}: {to} has no weights in it")
            for to in TARGETS
            if not TARGETS[to].has_weights and to not in WITH_WEIGHTS
            for given in (["--weights", "all.npz"], ["--seed", "3"])
        ),
        *(
            (
                ["--to", to, *given],
                f"Invalid value for {given[0]}: {to} has no weights in it; name a file with --weights-to",
            )
            for to in WITH_WEIGHTS
            for given in (["--weights", "all.npz"], ["--seed", "3"])
        ),
        *(
            (
                ["--to", to, "--weights-to", "new"],
                f"Invalid value for --weights-to: weights are saved only for torch and keras, not for {to}",
            )
            for to in TARGETS
            if to not in WITH_WEIGHTS
        ),
        *(
            (
                ["--to", to, "--weights-to", "new.pt"],
                f"Invalid value for --weights-to: {to} loads weights from files that end in"
                f" {TARGETS[to].weights_suffix}",
            )
            for to in WITH_WEIGHTS
        ),
        (["--to", "dot", "--depth", "0"], "Invalid value for '--depth': 0 is not in the range x>=1."),
        (["--to", "onnx", "--seed", "-1"], "Invalid value for '--seed': -1 is not in the range x>=0."),
        (
            ["--to", "onnx", "-o", "new", "--weights", "all.npz", "--seed", "3"],
            "Invalid value for --seed: it does not go with --weights",
        ),
        (["--to", "dot", "--force"], "Invalid value for --force: it needs --output or --weights-to"),
        (
            ["--to", "torch", "-o", "new.safetensors", "--weights-to", "./new.safetensors"],
            "Invalid value for --weights-to: the model and its weights need a file each",
        ),
    ],
)
def test_options_that_would_change_nothing(call, lecture, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    assert said(call("export", lecture, *options)) == message
    assert [path.name for path in tmp_path.iterdir()] == [lecture.name]


def test_without_a_model(call):
    assert said(call("export", "--to", "dot")) == "Missing argument 'MODEL'."


def test_an_onnx_file_is_no_text_for_a_terminal(call, lecture, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    result = call("export", lecture, "--to", "onnx")
    assert said(result) == "Invalid value for --output: an ONNX file is no text for a terminal: name a file"


@pytest.mark.parametrize("to", WRITTEN)
def test_a_model_with_mistakes_is_no_drawing(call, bad, tmp_path, to):
    target = tmp_path / "made"
    result = call("export", bad, "--to", to, "-o", target)
    assert (result.status, result.out) == (1, "")
    assert "error[CNN204]" in result.err
    assert not target.exists()


# -- files


@pytest.mark.parametrize("to", TARGETS)
def test_no_file_is_replaced_without_force(call, lecture, tmp_path, monkeypatch, to):
    monkeypatch.chdir(tmp_path)
    target = Path("made")
    target.write_text("mine")
    expected = "Invalid value for --output: made already exists and was left alone; --force replaces it"
    assert said(call("export", lecture, "--to", to, "-o", target)) == expected
    assert target.read_text() == "mine"
    if to in WRITTEN:
        assert call("export", lecture, "--to", to, "-o", target, "--force") == (0, "", "")
        assert content(target, to) == cnncalc.export(cnncalc.load(lecture), to)


@pytest.mark.parametrize("to", WITH_WEIGHTS)
def test_no_weights_are_replaced_without_force(call, lecture, tmp_path, monkeypatch, to):
    monkeypatch.chdir(tmp_path)
    weights = Path(f"net{TARGETS[to].weights_suffix}")
    weights.write_text("mine")
    expected = f"Invalid value for --weights-to: {weights} already exists and was left alone; --force replaces it"
    assert said(call("export", lecture, "--to", to, "-o", "net.py", "--weights-to", weights)) == expected
    assert weights.read_text() == "mine"
    assert not Path("net.py").exists()


@pytest.mark.parametrize("to", WRITTEN)
def test_what_cannot_be_written(call, lecture, tmp_path, to):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "no" / "made"
    result = call("export", lecture, "--to", to, "-o", target)
    assert result == (1, "", f"cnncalc: {target} was not written: No such file or directory\n")
    result = call("export", lecture, "--to", to, "-o", tmp_path / "folder")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith(f"cnncalc: {tmp_path / 'folder'} was not written: ")


@pytest.mark.parametrize("to", WRITTEN)
def test_a_failure_on_the_way_keeps_what_was_there(call, lecture, tmp_path, monkeypatch, to):
    target = tmp_path / "made"
    target.write_text("kept")

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as failing:
        failing.setattr(os, "replace", fail)
        result = call("export", lecture, "--to", to, "-o", target, "--force")
    assert result == (1, "", f"cnncalc: {target} was not written: Permission denied\n")
    assert target.read_text() == "kept"
    assert {path.name for path in tmp_path.iterdir()} == {lecture.name, "made"}
