"""Cold start: a command imports what it uses, a model the families it uses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = {"numpy", "torch", "tensorflow", "keras", "rich", "scipy", "pandas"}
WITH_TYPER = {"typer", "click", "pydantic", "dataclasses", "inspect"}
"""What only help, mistakes and unusual lines import: typer and, from 0.29 on, what typer imports."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """What `sys.modules` holds after a command line, in a fresh interpreter."""
    folder = tmp_path_factory.mktemp("imports")
    (folder / "net.yaml").write_text("input: 28x28x1\nlayers: [conv: 3x3x8]\n")
    (folder / "bad.yaml").write_text("input: 28x28x1\nlayers: [conv: 3x3x8, dens: 3]\n")
    (folder / "dense.yaml").write_text("input: 10\nlayers: [dense: 8]\n")

    def imported(*arguments: str, **environment: str) -> set[str]:
        code = (
            "import atexit, sys\n"
            "atexit.register(lambda: print('\\n'.join(sorted(sys.modules)), file=sys.stderr))\n"
            f"sys.argv = {['cnncalc', *arguments]!r}\n"
            "from cnncalc.cli import main\n"
            "main()\n"
        )
        env = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "PYTHONIOENCODING")}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=folder, timeout=30,
            env={**env, **environment},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return set(done.stderr.split("\n"))

    return imported


def heavy(modules: set[str], unwanted: set[str] = HEAVY) -> set[str]:
    return unwanted & {name.partition(".")[0] for name in modules}


def test_json_starts_without_heavy_libraries(imported):
    modules = imported("summarize", "typical_cnn", "--format", "json")
    assert "cnncalc.report.views.summarize" in modules
    assert heavy(modules, HEAVY | WITH_TYPER) == set()
    # nor another command's modules, nor another format's
    for unused in (
        "cnncalc.cli.explain", "cnncalc.cli.validate", "cnncalc.explanation", "cnncalc.recorded_numbers",
        "cnncalc.checks._errors", "cnncalc.report.formats.latex", "cnncalc.report.formats.terminal",
        "cnncalc.report.formats.markdown", "cnncalc.report.formats.html", "cnncalc.report.findings.text_and_json",
    ):  # fmt: skip
        assert unused not in modules


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["summarize", "net.yaml"], ["summarize", "bad.yaml"], ["explain", "net.yaml", "-f", "latex"], ["specs"],
        ["hyperparameters", "net.yaml"], ["validate", "bad.yaml"], ["rule", "CNN204"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_piped_commands_start_without_heavy_libraries(imported, command):
    assert heavy(imported(*command), HEAVY | WITH_TYPER) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["summarize", "net.yaml", "--nonsense"], ["--help"], ["forward", "--help"],
        ["forward", "net.yaml", "--layer", "conv2"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_help_and_mistakes_import_typer_and_nothing_heavier(imported, command):
    modules = imported(*command)
    assert heavy(modules) == set()
    assert "typer" in modules


@pytest.mark.parametrize("to", ["dot", "mermaid", "svg", "torch"])
def test_text_is_exported_without_heavy_libraries(imported, to):
    modules = imported("export", "typical_cnn", "--to", to)
    assert "cnncalc.exporting.targets" in modules
    assert heavy(modules, HEAVY | WITH_TYPER) == set()
    assert {name for name in modules if name.endswith(".onnx")} == set()


def test_only_the_families_of_the_model(imported):
    families = {"activation", "convolution", "dense", "dropout", "norm", "pooling", "shape"}
    for spec, used in (("net.yaml", {"convolution"}), ("dense.yaml", {"dense"})):
        modules = imported("summarize", spec, "--format", "json")
        assert {name for name in families if f"cnncalc.layers.{name}" in modules} == used


def test_summarize_imports_the_classes_of_the_families_it_uses_and_no_other_part(imported):
    modules = {name for name in imported("summarize", "typical_cnn") if name.startswith("cnncalc.layers.")}
    parts = {name.removeprefix("cnncalc.layers.").rpartition(".")[::2] for name in modules}
    families = {family for family, _ in parts if family}
    assert families == {"activation", "convolution", "dense", "pooling", "shape"}
    assert {module for family, module in parts if family} == {"kinds"}
    assert {module for family, module in parts if not family} - families == {
        "base",
        "index",
        "merging",
        "per",
        "standardizing",  # what `conv` and `dense` are made of
        "window",
    }


def test_summarize_imports_nothing_that_is_slow_to_make():
    code = (
        "import re, sys\n"
        "from cnncalc.cli import run\n"
        "run(['summarize', 'typical_cnn'])\n"
        "for name, module in list(sys.modules.items()):\n"
        "    for key, value in vars(module).items() if name.startswith('cnncalc') else ():\n"
        "        is_tuple = type(value) is type and issubclass(value, tuple) and hasattr(value, '_fields')\n"
        "        if is_tuple or isinstance(value, re.Pattern):\n"
        "            print(f'{name}.{key}', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == "", "a `typing.NamedTuple`, or a regular expression that may never be used"


def test_importing_the_package_is_next_to_nothing():
    code = "import sys; before = set(sys.modules); import cnncalc; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert set(done.stdout.split()) <= {"cnncalc", "__future__"}
