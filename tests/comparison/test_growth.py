"""`compare --fail-if`, and models as a revision of a Git repository has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from fractions import Fraction

import pytest

from cnncalc.cli import run
from cnncalc.comparison.fail_if import ConditionError, read_condition

# 9·8 + 8 = 80 and 9·16 + 16 = 160 parameters; for every filter 26²·9 = 6,084 MACs and 26²·4 = 2,704 bytes
SMALL = "name: small\ninput: 28x28x1\nlayers: [conv: 3x3x8]\n"
LARGE = "name: large\ninput: 28x28x1\nlayers: [conv: 3x3x16]\n"


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "large.yaml").write_text(LARGE)
    (tmp_path / "dense.yaml").write_text("input: 5\nlayers: [dense: 3]\n")
    (tmp_path / "nothing.yaml").write_text("input: 28x28x1\nlayers: [relu]\n")
    return tmp_path


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ("params > +5%", True),
        ("params>+100%", False),
        ("params >= +100%", True),
        ("params > +99.9%", True),
        ("params > +80", False),
        ("params >= +80", True),
        ("params > +0.07k", True),
        ("params > 159", True),
        ("params > 160", False),
        ("params > 0.16k", False),
        ("params < 1M", True),
        ("params < -5%", False),
        ("trainable_params > +5%", True),
        ("macs > +48671", True),
        ("macs > +48672", False),
        ("param_bytes > +319", True),
        ("memory > 0.625KiB", False),
        ("activations > 42KiB", True),
        ("activation_bytes > 43264", False),
        ("peak > +1M", False),
        ("peak_activation_bytes > 46400", False),  # 43,264 and the input's 3,136
        ("peak >= 46400", True),
        ("receptive_field < 4", True),
        ("receptive_field < 3", False),
        ("receptive_field > 2", True),
    ],
)
def test_conditions(capsys, condition, is_met):
    assert run(["compare", "small.yaml", "large.yaml", "--fail-if", condition]) == is_met
    captured = capsys.readouterr()
    assert (f"cnncalc: {condition}: " in captured.err) == is_met
    assert (f"✗ {condition}: " in captured.out) == is_met


def test_it_shrank():
    assert run(["compare", "large.yaml", "small.yaml", "--fail-if", "params < -10%"]) == 1
    assert run(["compare", "large.yaml", "small.yaml", "--fail-if", "params < -50%"]) == 0
    assert run(["compare", "large.yaml", "small.yaml", "--fail-if", "params <= −50%"]) == 1
    assert run(["compare", "large.yaml", "small.yaml", "--fail-if", "params > +0%"]) == 0


def test_from_nothing_is_more_than_any_share():
    assert run(["compare", "nothing.yaml", "small.yaml", "--fail-if", "params > +1000%"]) == 1
    assert run(["compare", "nothing.yaml", "nothing.yaml", "--fail-if", "params > +0%"]) == 0


def test_a_global_field_is_larger_than_any():
    assert run(["compare", "small.yaml", "dense.yaml", "--fail-if", "receptive_field < 1000"]) == 0
    assert run(["compare", "small.yaml", "dense.yaml", "--fail-if", "receptive_field > 1000"]) == 1


def test_what_is_said(capsys):
    many = ["--fail-if", "params > +5%", "--fail-if", "macs > 1G", "--fail-if", "peak > 1KiB"]
    assert run(["compare", "small.yaml", "large.yaml", *many]) == 1
    assert capsys.readouterr().err == (
        "cnncalc: params > +5%: 80 → 160, +80 (+100.0%)\n"
        "cnncalc: peak > 1KiB: 24.2 KiB → 45.3 KiB, +21.1 KiB (+87.3%)\n"
    )
    assert run(["compare", "small.yaml", "large.yaml", "-f", "json", *many]) == 1
    failed = json.loads(capsys.readouterr().out)["failed"]
    assert failed[0] == {"condition": "params > +5%", "model": 1, "before": 80, "after": 160}
    assert len(failed) == 2
    # each model is held against the first
    assert run(["compare", "small.yaml", "small.yaml", "large.yaml", "--fail-if", "params > +5%"]) == 1
    assert capsys.readouterr().err == "cnncalc: params > +5% of 3: large: 80 → 160, +80 (+100.0%)\n"


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("prams > 5", "there is no quantity `prams`; did you mean params?"),
        ("frob > 5", "quantities: params, trainable_params"),
        ("params > 5%", "a share is always a change: write `params > +5%`"),
        ("params > ", "expected a condition such as"),
        ("params = 5", "expected a condition such as"),
        ("params > 5 apples", "expected a condition such as"),
        ("params > 5KiB", "`params` is not an amount of memory: write k, M or G"),
        ("receptive_field > +5", "takes a size"),
        ("receptive_field > +5%", "takes a size"),
        ("", "expected a condition such as"),
    ],
)
def test_conditions_that_cannot_be_read(capsys, condition, says):
    assert run(["compare", "small.yaml", "large.yaml", "--fail-if", condition]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    with pytest.raises(ConditionError):
        read_condition(condition)


def test_shares_are_exact():
    assert read_condition("params > +0.1%").bound == Fraction(1, 1000)
    assert read_condition("params > -1.5M").bound == -1_500_000


def test_a_table_for_a_pull_request(capsys):
    assert run(["compare", "small.yaml", "large.yaml", "-f", "markdown", "--fail-if", "params > +5%"]) == 1
    assert capsys.readouterr().out.startswith(
        "## small &middot; large\n\n"
        "|  | small | large | Δ |\n"
        "| :--- | ---: | ---: | ---: |\n"
        "| input | 28×28×1 | 28×28×1 |  |\n"
        "| parameters | 80 | 160 | +80 (+100.0%) |\n"
    )


# -- Git


@pytest.fixture
def repository(models, monkeypatch):
    if not shutil.which("git"):
        pytest.skip("no git")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@x", *arguments], check=True)

    git("init", "-q", "-b", "main")
    (models / "nets").mkdir()
    (models / "nets" / "net.yaml").write_text(
        "input: 28x28x1\nvariants: {b1: {input: 30x30x1}}\nlayers: [conv: 3x3x8]\n"
    )
    (models / "nets" / "a b'ü.yaml").write_text(SMALL)
    git("add", ".")
    git("commit", "-qm", "one")
    (models / "nets" / "net.yaml").write_text("input: 28x28x1\nlayers: [conv: 3x3x16]\n")
    return models


def params(capsys, model: str) -> int:
    assert run(["summarize", model, "-f", "json"]) == 0, capsys.readouterr().err
    document = json.loads(capsys.readouterr().out)
    assert document["model"]["name"] in ("net", "small", "b1")
    return document["totals"]["params"]


def test_a_file_of_a_revision(repository, capsys, monkeypatch):
    assert params(capsys, "nets/net.yaml") == 160
    assert params(capsys, "git:main:nets/net.yaml") == 80
    assert params(capsys, "git:HEAD:./nets/../nets/net.yaml") == 80
    assert params(capsys, f"git:HEAD:{repository / 'nets' / 'net.yaml'}") == 80
    assert params(capsys, "git::nets/net.yaml") == 80  # the index
    assert params(capsys, "git:main:nets/net.yaml@b1") == 80
    assert params(capsys, "git:main@{0}:nets/a b'ü.yaml") == 80
    monkeypatch.chdir(repository / "nets")
    assert params(capsys, "git:main:net.yaml") == 80
    assert params(capsys, "git:main:../small.yaml") == 80
    assert run(["compare", "git:main:net.yaml", "net.yaml", "--fail-if", "params > +5%"]) == 1
    assert "git:main:net.yaml  net.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("git:nowhere:nets/net.yaml", "there is no revision `nowhere`"),
        ("git:main:nets/no.yaml", "there is no file `nets/no.yaml` in revision `main`"),
        ("git:main:nets", "there is no file `nets` in revision `main`"),
        ("git::no.yaml", "there is no file `no.yaml` in the index"),
        ("git:main", "expected git:REVISION:PATH, as in git:main:net.yaml"),
        ("git:main:", "expected git:REVISION:PATH"),
        ("git:--help:net.yaml", "expected git:REVISION:PATH"),
        ("git:$(touch x):net.yaml", "there is no revision `$(touch x)`"),
    ],
)
def test_there_is_none(repository, capsys, model, says):
    assert run(["summarize", model]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"error[CNN101]: {says}" in captured.err
    assert not (repository / "x").exists()


def test_no_git_and_no_repository(models, capsys, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(models.parent))
    if shutil.which("git"):
        assert run(["summarize", "git:main:net.yaml"]) == 1
        assert "this folder is not in a Git repository" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(models))
    assert run(["summarize", "git:main:net.yaml"]) == 1
    assert "git is not installed" in capsys.readouterr().err


def test_a_file_of_that_name_comes_first(models, capsys):
    if os.name == "nt":
        pytest.skip("no such name on Windows")
    (models / "git:main:net.yaml").write_text(SMALL)
    assert params(capsys, "git:main:net.yaml") == 80
