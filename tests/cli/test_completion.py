"""Shells complete commands, options and the words that options take."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc.cli import SHELLS


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(call, shell):
    result = call("--show-completion", shell)
    assert (result.status, result.err) == (0, "")
    assert "_CNNCALC_COMPLETE" in result.out


def test_an_unknown_shell(call):
    result = call("--show-completion", "ksh")
    assert (result.status, result.out) == (2, "")
    assert "expected bash, zsh, fish or powershell, found 'ksh'" in result.err


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs bash")
def test_bash(tmp_path, call):
    script = Path(sys.executable).with_name("cnncalc")
    if not script.exists():
        pytest.skip(f"no script {script}")
    (tmp_path / "completion.sh").write_text(call("--show-completion", "bash").out)
    ask = (
        "source completion.sh\ncomplete -p cnncalc >&2\n"
        "ask() { COMP_WORDS=($1); COMP_CWORD=$2; _cnncalc_completion cnncalc; echo ${COMPREPLY[@]}; }\n"
        'ask "cnncalc val" 1\nask "cnncalc validate --fo" 2\nask "cnncalc validate --format gi" 3\n'
        'ask "cnncalc schema su" 2\nask "cnncalc exp" 1\nask "cnncalc export --to m" 3\n'
    )
    env = {**os.environ, "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60)
    assert done.stdout.splitlines() == [
        "validate",
        "--format",
        "github gitlab",
        "summary",
        "export",
        "mermaid",
    ], done.stderr
