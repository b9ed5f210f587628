"""What pipelines run: the hook for pre-commit and the action for GitHub."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FINE = "input: 28x28x1\nlayers: [conv: 3x3x8]\n"
BAD = "input: 28x28x1\nlayers: [{conv: 3x3x8, strde: 2}]\n"
OTHER = "services:\n  web: {image: nginx}\n"


# -- GitHub


class Runner:
    """Runs the steps of the action as GitHub's runner does; `pip install` is written down and not done."""

    def __init__(self, folder: Path) -> None:
        self.work, self.temp, self.bin = folder / "work", folder / "temp", folder / "bin"
        for each in (self.work, self.temp, self.bin):
            each.mkdir()
        self.installed = folder / "installed"
        self.variables, self.output = folder / "env", folder / "output"
        for each in (self.variables, self.output):
            each.touch()
        # a python3 that makes an environment whose python is this one
        made = self.bin / "python"
        made.write_text(
            f'#!/bin/sh\nif [ "$1 $2" = "-m pip" ]; then printf "%s\\n" "$@" > "{self.installed}"; exit; fi\n'
            f'exec "{sys.executable}" "$@"\n'
        )
        python = self.bin / "python3"
        python.write_text(f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] && mkdir -p "$3/bin" && cp "{made}" "$3/bin/python"\n')
        for each in (made, python):
            each.chmod(0o755)

    def run(self, **inputs: str) -> tuple[int, str]:
        """The status of the step that failed, or 0, and what all of them wrote."""
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        given = {name: inputs.get(name, about["default"]) for name, about in action["inputs"].items()}
        assert set(inputs) <= set(given)
        output = ""
        for step in action["runs"]["steps"]:
            done = self.step(step, given)
            output += done.stdout + done.stderr
            if done.returncode:
                return done.returncode, output
        return 0, output

    def step(self, step: dict[str, Any], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        outputs = dict(line.split("=", 1) for line in self.output.read_text().splitlines())
        known = {f"inputs.{name}": value for name, value in given.items()}
        known |= {f"steps.install.outputs.{name}": value for name, value in outputs.items()}
        own = {
            name: re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], value)
            for name, value in step["env"].items()
        }
        env = {
            **os.environ, "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ENV": str(self.variables), "GITHUB_OUTPUT": str(self.output),
            **own,
        }  # fmt: skip
        script = self.temp / "script.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        return subprocess.run(command, cwd=self.work, env=env, capture_output=True, text=True, timeout=120)


@pytest.fixture
def runner(tmp_path):
    if os.name == "nt" or not shutil.which("bash"):
        pytest.skip("needs a POSIX system with bash")
    return Runner(tmp_path)


def test_the_action(runner):
    (runner.work / "fine.yaml").write_text(FINE)
    (runner.work / "compose.yaml").write_text(OTHER)
    assert runner.run() == (0, "")
    assert runner.installed.read_text().splitlines() == ["-m", "pip", "install", "--quiet", str(ROOT)]
    (runner.work / "bad.yaml").write_text(BAD)
    status, output = runner.run()
    assert status == 1
    assert output.startswith("::error file=bad.yaml,line=2,")


@pytest.mark.slow
def test_its_inputs(runner):
    (runner.work / "a b.yaml").write_text(FINE)
    (runner.work / "bad.yaml").write_text(BAD)
    assert runner.run(paths="'a b.yaml'", version="0.1.0") == (0, "")
    assert runner.installed.read_text().splitlines()[-1] == "cnncalc==0.1.0"
    status, output = runner.run(paths="'a b.yaml'", args='--expect "params <= 79" --format concise')
    assert (status, output) == (1, "a b.yaml:1:1: CNN401 params of the model: expected at most 79, found 80\n")
    assert runner.run(args="--fail-level never")[0] == 0
    assert runner.run(paths="nowhere/*.yaml")[0] == 3


@pytest.mark.slow
def test_its_inputs_run_nothing(runner):
    (runner.work / "fine.yaml").write_text(FINE)
    for hostile in ("$(touch x)", "`touch x`", "; touch x", "'\"; touch x #", "--output=x"):
        runner.run(paths=hostile)
        runner.run(args=hostile.removeprefix("--output=x"))
        runner.run(version=hostile)
        assert not (runner.work / "x").exists(), hostile


def test_it_changes_no_other_step(runner):
    """A variable of the job would be there in all steps after it."""
    (runner.work / "fine.yaml").write_text(FINE)
    assert runner.run() == (0, "")
    assert runner.variables.read_text() == ""
    assert runner.output.read_text() == f"python={runner.temp}/cnncalc/bin/python\n"


def test_nothing_of_the_checkout_is_imported(runner):
    (runner.work / "fine.yaml").write_text(FINE)
    for name in ("shlex", "cnncalc", "typer", "yaml", "pip", "venv", "sitecustomize"):
        (runner.work / f"{name}.py").write_text("raise SystemExit('ran what is in the checkout')\n")
    assert runner.run() == (0, "")


# -- pre-commit


@pytest.mark.network
@pytest.mark.slow
def test_the_hook(tmp_path):
    """`pre-commit try-repo` makes an environment of its own, and so needs a package index."""
    pytest.importorskip("pre_commit")
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("needs Git and a checkout")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    env |= {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PRE_COMMIT_COLOR": "never"}
    work = tmp_path / "work"
    work.mkdir()
    (work / "fine.yaml").write_text(FINE)
    (work / "compose.yaml").write_text(OTHER)

    def hook() -> tuple[int, str]:
        for command in (["init", "-q"], ["add", "."]):
            subprocess.run(["git", *command], cwd=work, env=env, check=True)
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), "cnncalc", "--all-files", "--verbose"],
            cwd=work, env=env, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    status, output = hook()
    if re.search("No matching distribution|Could not find a version|Temporary failure|Connection", output):
        pytest.skip("no package index in reach")
    assert status == 0, output
    assert "1 spec: no findings" in output
    (work / "bad.yaml").write_text(BAD)
    status, output = hook()
    assert status == 1, output
    assert "error[CNN204]" in output
