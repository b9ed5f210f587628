"""All lints: advice must be asked for. (That shipped specs are clean is in tests/cli/test_commands.py.)"""

from __future__ import annotations

from pathlib import Path

from cnncalc.checks.policy import Policy
from cnncalc.checks.validate_files import validate_file


def test_advice_must_be_asked_for(tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 28x28x1\nlayers: [conv: 3x3x8]\n")
    assert validate_file(str(path)).diagnostics == []
    found = validate_file(str(path), wants=Policy(select=("design",)).wants).diagnostics
    assert [each.code for each in found] == ["CNN522"]


def test_lints_say_nothing_of_a_spec_with_errors(tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 28x28x1\nlayers: [{conv: 3x3x8, norm: batch_norm}, conv: 40x40x8]\n")
    assert [each.code for each in validate_file(str(path)).diagnostics] == ["CNN301"]
