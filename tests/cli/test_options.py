"""No option is silently ignored: it works, or the command says which go together."""

from __future__ import annotations

from pathlib import Path


def test_a_comment_is_kept_to_by_every_command(call, tmp_path: Path):
    path = tmp_path / "net.yaml"
    for comment, codes in (("", ("CNN540",)), ("  # cnncalc: ignore CNN540", ())):
        path.write_text(f"input: 3x224x224{comment}\nlayers: [{{conv: 3x3x8, padding: 1}}]\n", encoding="utf-8")
        for command in ("summarize", "explain", "validate"):
            said = call(command, path)
            assert all(code in said.out + said.err for code in codes)
            assert codes or "CNN540" not in said.out + said.err
