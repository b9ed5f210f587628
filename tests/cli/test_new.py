"""`new`: a starter that works, and never over a file."""

from __future__ import annotations

import json
import os

import pytest


def test_the_starter_validates_and_summarises(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = call("new")
    assert result.status == 0
    assert "model.yaml" in result.out
    text = (tmp_path / "model.yaml").read_bytes()
    assert b"\r" not in text
    assert call("validate", "model.yaml").status == 0
    value = json.loads(call("summarize", "model.yaml", "-f", "json").out)
    # 26×26, 13×13, same: 13×13, 6×6
    assert [layer["output"] for layer in value["layers"] if layer["kind"] == "flatten"] == [[6 * 6 * 16]]
    assert value["totals"]["params"] == 80 + 1168 + 576 * 64 + 64 + 650
    assert call("explain", "model.yaml", "conv1").status == 0
    assert "adam" in call("hyperparameters", "model.yaml").out
    # never over a file, a directory or a link, even a dangling one
    again = call("new")
    assert (again.status, again.out) == (1, "")
    assert "model.yaml" in again.err
    assert (tmp_path / "model.yaml").read_bytes() == text
    (tmp_path / "folder.yaml").mkdir()
    assert call("new", "folder.yaml").status == 1
    if os.name != "nt":
        (tmp_path / "link.yaml").symlink_to("nowhere.yaml")
        assert call("new", "link.yaml").status == 1
        assert not (tmp_path / "nowhere.yaml").exists()
    assert call("new", "no/such/folder.yaml").status == 1
    assert call("new", "").status in (1, 2)
    assert call("new", "a.yaml", "b.yaml").status == 2


@pytest.mark.parametrize(
    "name",
    ["my net.yaml", "größe漢.yaml", 'a"b $c.yaml', "it's.yaml", "# x.yaml", "./-x.yaml", "a: b.yaml", "new\nline.yaml"],
)
def test_names_of_files(call, tmp_path, monkeypatch, name):
    if os.name == "nt" and set(name) & set('":\n'):
        pytest.skip("no such names on Windows")
    monkeypatch.chdir(tmp_path)
    assert call("new", name).status == 0
    assert call("validate", name) == (0, "1 spec: no findings\n", "")


@pytest.mark.parametrize("name", ["my net.yaml", 'a"b $c.yaml', "it's.yaml", "-x.yaml"])
def test_what_it_says_can_be_pasted(call, tmp_path, monkeypatch, name):
    import shlex

    if os.name == "nt":
        pytest.skip("another shell")
    monkeypatch.chdir(tmp_path)
    said = call("new", "--", name).out
    command = shlex.split(said.partition("now: ")[2])
    assert command[0] == "cnncalc"
    assert call(*command[1:]).status == 0


def test_a_name_that_is_no_utf8(call, tmp_path, monkeypatch):
    if os.name == "nt":
        pytest.skip("names are Unicode there")
    monkeypatch.chdir(tmp_path)
    status = call("new", os.fsdecode(b"\xff.yaml")).status
    assert status in (0, 1)
    # whole or not at all
    assert all(path.read_bytes().endswith(b"\n") for path in tmp_path.iterdir())
