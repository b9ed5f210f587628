"""Modules are loaded for what a file has: none is forgotten, and none hides what another knows."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import run

import pytest

from cnncalc.importing.draft import Draft
from cnncalc.importing.families import Families, needed_for
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.lifting import rewrites
from cnncalc.importing.opening import read_draft
from cnncalc.source.files import NotASpec
from cnncalc.source.open_model import open_variant

DATA = Path(__file__).parents[1] / "data"

PACKAGES = {"cnncalc.importing.onnx.operators": {"_lacking"}, "cnncalc.importing.pt2.rules": {"_lacking"}}
"""Where each module is a family, but for these, which are asked after all others."""


def modules(package: str) -> list[str]:
    folder = Path(import_module(package).__file__ or "").parent
    return sorted({each.stem for each in folder.glob("_[a-z]*.py")} - PACKAGES[package])


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_families_have_the_same_operator(package: str) -> None:
    names = [name for module in modules(package) for name in import_module(f"{package}.{module}").TRANSLATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_a_family(package: str) -> None:
    whole = import_module(package)
    families = whole.TRANSLATIONS if hasattr(whole, "TRANSLATIONS") else whole._FAMILIES
    for module in modules(package):
        for name, made in import_module(f"{package}.{module}").TRANSLATIONS.items():
            assert families.get(name) is made


def test_modules_are_loaded_until_one_knows_the_name() -> None:
    families = Families[object]("cnncalc.importing.onnx.operators", ("_views", "_windows", "_norms"))
    assert families.get("Conv") is import_module("cnncalc.importing.onnx.operators._windows").TRANSLATIONS["Conv"]
    assert families._left == ["_norms"]
    assert families.get("Nothing") is None
    assert families._left == []


def test_parts_are_needed_for_any_of_their_operations() -> None:
    assert needed_for({"conv", "mul"}, {"one": "mul div", "two": "add", "three": "conv"}) == ["one", "three"]


def test_every_table_of_rules_is_tried() -> None:
    """A table begins with operations that a graph may have, or else nobody would load it."""
    package = "cnncalc.importing.lifting.rewrites"
    tried = {name for turn in rewrites._TURNS for name in turn}
    folder = Path(import_module(package).__file__ or "").parent
    for path in folder.rglob("[a-z]*.py"):
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        if hasattr(import_module(f"{package}.{module}"), "RULES"):
            assert f"{module}.RULES" in tried


@pytest.mark.parametrize("path", sorted([*DATA.rglob("*.onnx"), *DATA.rglob("*.pt2")]), ids=lambda path: path.name)
def test_rules_that_are_not_loaded_would_find_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = flat_spec(drafted(path)).text
    monkeypatch.setattr(rewrites, "needed_for", lambda _, parts: list(parts))
    assert flat_spec(drafted(path)).text == few


def drafted(path: Path) -> Draft:
    with pytest.raises(NotASpec) as found:
        open_variant(path)
    return read_draft(found.value, {})


def test_a_plain_network_loads_nothing_about_others() -> None:
    path = DATA / "onnx" / "residual.torchscript.onnx"
    code = f"""
import sys
from cnncalc.importing.opening import read_draft
from cnncalc.source.files import NotASpec
from cnncalc.source.open_model import open_variant
try:
    open_variant({str(path)!r})
except NotASpec as found:
    read_draft(found, {{}})
print(*sys.modules)
"""
    loaded = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    for name in ("onnx.operators._quantized", "lifting._recurrent", "lifting.rewrites.weight_norms"):
        assert f"cnncalc.importing.{name}" not in loaded
    assert not {"tempfile", "shutil", "random"} & {*loaded}
