"""`import --update`: a spec that follows its model, and keeps what was added to it."""

from __future__ import annotations

from pathlib import Path

MODEL = str(Path(__file__).parents[2] / "examples" / "import" / "digits.pt2")


def test_a_spec_that_still_describes_the_model_is_left_alone(call, tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(call("import", MODEL).out + "# ours\n")
    result = call("import", MODEL, "--update", str(path))
    assert (result.status, result.out, result.err) == (0, "", f"{path} is up to date\n")
    assert path.read_text().endswith("# ours\n")


def test_what_was_added_stays_and_the_rest_is_listed(call, tmp_path):
    path = tmp_path / "model.yaml"
    old = call("import", MODEL).out.replace("dense: 10", "{dense: 12, name: classes}  # one too many")
    path.write_text(old.replace("  - global_avg_pool", "  - {global_avg_pool, name: pooled}  # whatever the size"))
    result = call("import", MODEL, "--update", str(path))
    assert result.status == 0
    assert "  - {global_avg_pool, name: pooled}  # whatever the size\n  - dense: 10\n" in path.read_text()
    line = old.split("\n").index("  - {dense: 12, name: classes}  # one too many") + 1
    assert result.err == (
        f"{path}:{line}: name `classes`: its layer is another one now\n"
        f"{path}:{line}: comment `# one too many`: its layer is another one now\n"
        f"updated {path}; 2 of its additions could not stay\n"
    )


def test_a_file_that_is_no_spec_is_left_alone(call, tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text("layers: [convv]\n")
    result = call("import", MODEL, "--update", str(path))
    assert result.status == 1
    assert "there is no layer kind `convv`" in result.err
    assert path.read_text() == "layers: [convv]\n"
