"""The Python API: load, analyze, and what they return and raise."""

from __future__ import annotations

import doctest
import json
import pickle
from pathlib import Path

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.source.open_model import shipped

TEXT = "input: 28x28x1\nlayers: [conv: 3x3x8, max_pool: 2, flatten, dense: 10]\n"


def test_all_names_resolve():
    assert sorted(cnncalc.__all__) == list(cnncalc.__all__)
    for name in cnncalc.__all__:
        found = getattr(cnncalc, name)
        assert found.__name__ == name
        assert found.__doc__
        assert found.__module__.startswith("cnncalc")
    namespace: dict[str, object] = {}
    exec("from cnncalc import *", namespace)
    assert set(cnncalc.__all__) <= set(namespace)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = cnncalc.nonsense
    assert not hasattr(cnncalc, "__path_to_nowhere__")


def test_a_notebook_can_complete_the_names():
    assert set(cnncalc.__all__) <= set(dir(cnncalc))


def test_the_docstring_runs():
    found = doctest.testmod(cnncalc)
    assert (found.failed, found.attempted) == (0, 4)


def test_load_takes_a_path_a_text_and_a_name(tmp_path, monkeypatch):
    path = tmp_path / "größe net.yaml"
    path.write_text(TEXT, encoding="utf-8")
    for given in (path, str(path), TEXT, TEXT.rstrip("\n") + "\n\n", TEXT.replace("\n", "\r\n")):
        spec = cnncalc.load(given)
        assert isinstance(spec, cnncalc.Spec)
        assert cnncalc.analyze(spec).totals.params == 80 + 13 * 13 * 8 * 10 + 10
    monkeypatch.chdir(tmp_path)
    assert cnncalc.load(path.name).name == cnncalc.load(Path(path.name)).name
    for name in shipped():
        assert isinstance(cnncalc.load(name), cnncalc.Spec)
    assert cnncalc.load("typical-cnn").name == cnncalc.load("typical_cnn").name == "typical-cnn"
    with pytest.raises(TypeError):
        cnncalc.load(None)  # type: ignore[arg-type]


def test_load_changes_the_input_and_the_rules():
    analysis = cnncalc.analyze(cnncalc.load(TEXT, input="30x30", layout="channels_first", convention="keras"))
    assert analysis.spec.layout == "channels_first"
    assert analysis.spec.convention == "keras"
    assert analysis.layers[0].node.output.sizes("channels_first") == (8, 28, 28)


def test_spec_errors_hold_all_diagnostics(tmp_path):
    text = "input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n  - {max_pool: 200}\n  - dens: 3\n"
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(text)
    error = caught.value
    assert isinstance(error, ValueError)
    assert [(each.code, each.span.line) for each in error.diagnostics] == [("CNN204", 3), ("CNN301", 4), ("CNN201", 5)]
    assert all(isinstance(each, cnncalc.Diagnostic) for each in error.diagnostics)
    assert all(each.is_error and each.severity == "error" and each.file == "spec" for each in error.diagnostics)
    lines = str(error).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("spec:3:19: CNN204")
    for wrong in (tmp_path / "no.yaml", tmp_path, "no_such_model", "", "input: 28x28x1", "a\0b"):
        with pytest.raises(cnncalc.SpecError) as caught:
            cnncalc.load(wrong)
        assert [each.code for each in caught.value.diagnostics] == ["CNN101"], wrong
    for changed in ({"input": "abc"}, {"convention": "caffe"}, {"layout": "nchw"}, {"input": "1x1"}):
        with pytest.raises(cnncalc.SpecError) as caught:
            cnncalc.load(TEXT, **changed)
        assert caught.value.diagnostics


def test_errors_can_be_pickled():
    """A test runner in several processes passes exceptions between them."""
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load("layers: 3\n")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.diagnostics == caught.value.diagnostics
    assert str(again) == str(caught.value)


def test_analyze():
    spec = cnncalc.load(TEXT)
    analysis = cnncalc.analyze(spec)
    assert isinstance(analysis, cnncalc.Analysis)
    assert isinstance(analysis.totals, cnncalc.Totals)
    assert all(isinstance(each, cnncalc.LayerNumbers) for each in analysis.layers)
    assert all(isinstance(each, cnncalc.EntryNumbers) for each in analysis.entries)
    conv = analysis.layers[0]
    assert isinstance(conv.node.output, cnncalc.Shape)
    field = conv.fields["input"]
    assert isinstance(field, cnncalc.Field)
    assert (field.size, field.stride, field.padding) == ((3, 3), (1, 1), (0, 0))
    assert (analysis.dtype, analysis.batch) == ("float32", 1)
    assert (
        cnncalc.analyze(spec, dtype="int8", batch=3).totals.activation_bytes * 4 == 3 * analysis.totals.activation_bytes
    )
    for wrong in ({"dtype": "int4"}, {"dtype": ""}, {"batch": 0}, {"batch": -1}):
        with pytest.raises(ValueError, match=r"dtype|batch"):
            cnncalc.analyze(spec, **wrong)


def test_a_batch_is_whole():
    for wrong in (1.5, "2", float("nan")):
        with pytest.raises((TypeError, ValueError), match="batch"):
            cnncalc.analyze(cnncalc.load(TEXT), batch=wrong)  # type: ignore[arg-type]


def test_what_cannot_be_changed():
    spec = cnncalc.load(TEXT)
    for thing, name in ((spec, "name"), (cnncalc.analyze(spec), "totals"), (cnncalc.analyze(spec).totals, "macs")):
        with pytest.raises(AttributeError):
            setattr(thing, name, 0)


@pytest.mark.parametrize("names", [(), ("conv1", "max_pool2")])
def test_explain_is_the_command(names, capsys):
    report = cnncalc.explain(cnncalc.load("typical_cnn"), *names, legend=True)
    assert run(["explain", "typical_cnn", *names, "--legend", "--format", "json"]) == 0
    assert report.to_dict() == json.loads(capsys.readouterr().out)
    assert set(report.legend) == set(report.to_dict()["legend"])


def test_explain_knows_no_other_layer():
    with pytest.raises(ValueError, match="there is no layer 'conv9'; did you mean conv2"):
        cnncalc.explain(cnncalc.load("typical_cnn"), "conv9")


def test_the_function_stays_what_it_is_whatever_is_imported():
    cnncalc.explain(cnncalc.load("typical_cnn"), "conv1")
    assert callable(cnncalc.explain)
    assert cnncalc.explain.__name__ == "explain"


def test_a_notebook_shows_an_explanation_with_subscripts():
    assert "n<sub>in</sub>" in cnncalc.explain(cnncalc.load("typical_cnn"), "conv1")._repr_html_()
