"""The scripts of benchmarks/: what they write, and when two releases differ. Nothing is timed here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
SCRIPTS = sorted(path.name for path in BENCHMARKS.glob("[a-z]*.py") if path.stem != "torch_model")
FORM = json.loads((BENCHMARKS / "results.schema.json").read_text("utf-8"))
NIGHTLY = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text("utf-8"))


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import _results

    return _results


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import compare_releases

    return compare_releases


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=BENCHMARKS, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name != "mutants.py" or os.name != "nt"])
def test_every_script_starts_and_writes_json(script: str):
    done = _run(script, "--help")
    assert done.returncode == 0, done.stderr
    assert "--json FILE" in done.stdout


# -- rows


def test_medians_are_compared(rows: ModuleType):
    row = rows.Row("row", "ms", [10, 90, 20], rows.Other("other", [40, 10, 90]))
    assert row.ratio == 20 / 40
    assert row.verdict is None


@pytest.mark.parametrize(
    ("runs", "limit", "verdict"),
    [
        ([1, 2, 9], {"value": 2}, "ok"),
        ([1, 2.1, 2.2], {"value": 2}, "over"),
        ([89, 91, 91], {"value": 90, "least": True}, "ok"),
        ([89, 89, 91], {"value": 90, "least": True}, "under"),
        ([22, 22, 22], {"value": 1.1, "of": "ratio"}, "ok"),
        ([23, 23, 23], {"value": 1.1, "of": "ratio"}, "over"),
        ([], {"value": 1.1, "of": "ratio"}, "skipped"),
    ],
)
def test_verdicts(rows: ModuleType, runs: list[float], limit: dict, verdict: str):
    assert rows.Row("row", "ms", runs, rows.Other("other", [20]), rows.Limit(**limit)).verdict == verdict


def test_a_limit_of_a_ratio_says_nothing_without_the_other_side(rows: ModuleType):
    assert rows.Row("row", "ms", [1], None, rows.Limit(1.1, "ratio")).verdict is None


def test_the_line_has_what_the_json_has(rows: ModuleType):
    row = rows.Row("row", "ms", [3, 1, 2], rows.Other("torch", [4]), rows.Limit(1.5, "ratio"), "by hand")
    assert " ".join(row.line().split()) == "row 2 ms torch 4 ms 0.5 × at most 1.5 × ok by hand"
    assert row.document() == {
        "name": "row",
        "unit": "ms",
        "ours": {"median": 2, "min": 1, "runs": [3, 1, 2]},
        "other": {"name": "torch", "median": 4, "min": 4, "runs": [4]},
        "ratio": 0.5,
        "limit": {"of": "ratio", "at_most": 1.5},
        "verdict": "ok",
        "note": "by hand",
    }


def test_every_sort_of_row_fits_the_form(rows: ModuleType, tmp_path: Path):
    with rows.results("made_up", tmp_path / "results.json") as found:
        found.add(rows.Row("plain", "s", [1.5]))
        found.add(rows.Row("limited", "%", [92], limit=rows.Limit(90, least=True)))
        found.add(rows.Row("compared", "ms", [1, 2], rows.Other("before", [3]), rows.Limit(1.1, "ratio")))
        found.add(rows.Row("skipped", "ms", note="torch is not installed"))
    document = json.loads((tmp_path / "results.json").read_text("utf-8"))
    jsonschema.validate(document, FORM)
    assert (document["schema"], document["version"]) == (rows.SCHEMA, rows.VERSION)
    assert [row["name"] for row in document["rows"]] == ["plain", "limited", "compared", "skipped"]


@pytest.mark.slow
def test_a_run_fits_the_form(tmp_path: Path):
    file = tmp_path / "verify.json"
    done = _run("verify.py", "typical_cnn", "--json", str(file))
    assert done.returncode == 0, done.stderr
    document = json.loads(file.read_text("utf-8"))
    jsonschema.validate(document, FORM)
    assert document["benchmark"] == "verify"
    assert document["rows"][-1]["verdict"] == "ok"


# -- two releases


@pytest.mark.parametrize(
    ("after", "before", "is_worse", "said"),
    [
        ([111, 112, 113], [100, 100, 100], True, "SLOWER by more than 10 %: 1.12 ×"),
        ([109, 109, 500], [100, 100, 100], False, "as fast: 1.09 ×"),
        ([92, 92, 92], [100, 100, 100], False, "as fast: 0.92 ×"),
        ([50, 40, 60], [100, 100, 100], False, "faster: 0.5 ×"),
    ],
)
def test_more_than_ten_per_cent(releases: ModuleType, after: list, before: list, is_worse: bool, said: str):
    row = releases.compared("load", after, before)
    assert releases.is_worse(row) == is_worse
    assert releases.words(row) == f"load: {said} the time of the release before"


def _work(releases: ModuleType, failing: str) -> object:
    """Work whose process fails for one of two "interpreters"."""
    code = f"import sys; print('[0.1]'); sys.exit({failing!r} == sys.argv[1] and 'has no attribute new')"
    return releases.Measured(
        "new",
        lambda side: releases.Command(side, (sys.executable, "-c", code, side)),
        lambda usage: usage.clock,
    )


@pytest.mark.parametrize("failing", ["before", "after"])
def test_what_a_release_cannot_do(releases: ModuleType, failing: str):
    row = releases.measured(_work(releases, failing), "before", "after", 1)
    assert row.verdict == "skipped"
    assert releases.is_worse(row) == (failing == "after")
    start = "the release before cannot do it" if failing == "before" else "FAILS"
    assert releases.words(row) == f"new: {start}: {failing} ended with status 1: has no attribute new"


def test_both_can(releases: ModuleType):
    row = releases.measured(_work(releases, ""), "before", "after", 2)
    assert (len(row.runs), len(row.other.runs)) == (2, 2)


def test_the_table_for_a_page(releases: ModuleType, rows: ModuleType):
    found = rows.Results("compare_releases")
    found.rows += [releases.compared("start", [50], [100]), releases.compared("verify", note="it has no proof")]
    assert releases.markdown(found).splitlines() == [
        "| work | before | after | ratio |",
        "|---|--:|--:|--:|",
        "| start | 100 ms | 50 ms | 0.5 × |",
        "| verify | – | – | – |",
        "",
        "- start: faster: 0.5 × the time of the release before",
        "- verify: it has no proof",
    ]


def test_the_work_is_what_a_release_is_compared_in(releases: ModuleType):
    assert [work.name for work in releases.WORK] == ["start", "load", "analyze", "forward", "verify"]
    assert releases.RESNET.is_file()


# -- every night


def _step(name: str) -> dict:
    return next(step for step in NIGHTLY["jobs"]["speed"]["steps"] if step.get("name") == name)


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        ([], ""),
        (["v0.9.0", "v0.10.0", "v0.2.0"], "v0.10.0"),
        (["v1.0.0", "v1.1.0rc1", "very-old"], "v1.0.0"),
    ],
)
def test_the_last_release_is_found(tmp_path: Path, tags: list[str], chosen: str):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    for tag in tags:
        subprocess.run([*git, "tag", tag], check=True)
    output, summary = tmp_path / "output", tmp_path / "summary"
    environment = {**os.environ, "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    script = _step("The last release")["run"]
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert output.read_text() == f"tag={chosen}\n"
    assert summary.exists() == (not chosen)


def test_the_nightly_comparison_is_called_as_it_is_declared():
    called = _step("Both in turn")["run"].split()
    script = next(word for word in called if word.endswith(".py"))
    assert (ROOT / script).is_file()
    known = _run(Path(script).name, "--help").stdout
    assert [word for word in called if word.startswith("--") and word not in known] == []


def test_every_export_is_tried_by_night_in_a_process_of_its_own():
    others, *alone = NIGHTLY["jobs"]["nightly"]["strategy"]["matrix"]["tests"]
    assert others == "--ignore tests/exporting"
    files = (ROOT / "tests" / "exporting").glob("test_*.py")
    nightly = {path.name for path in files if "mark.nightly" in path.read_text("utf-8")}
    assert sorted(alone) == [f"-n 0 tests/exporting/{name}" for name in sorted(nightly)]
