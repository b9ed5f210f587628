"""Every shipped spec reads without a complaint, holds what it promises, and can be found by its name."""

from pathlib import Path

import pytest
from specs.make_variants import MODULE, text

import cnncalc
from cnncalc.checks.model import Model
from cnncalc.checks.registry import findings
from cnncalc.source.open_model import open_variant, shipped

FOLDER = Path(__file__).parents[2] / "specs"
FILES = sorted(FOLDER.rglob("*.yaml"))
LONGER = {"hrnet": 75, "yolov8": 75}
"""Lines that may be more, as so many parts are connected."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_spec_holds_what_it_promises(path):
    spec = cnncalc.load(path)
    assert [each for each in spec.remarks if each.severity != "note"] == []
    assert spec.description
    assert spec.expectations
    assert findings(Model.of(spec), ["CNN401"]) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_spec_is_short(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGER.get(path.stem, 60)
    assert max(map(len, lines)) <= 120


def test_models_files_and_variants_have_names_of_their_own():
    specs = [cnncalc.load(path) for path in FILES]
    assert [spec.name.replace("-", "_") for spec in specs] == [path.stem for path in FILES]
    names = [path.stem for path in FILES] + [name for spec in specs for name in spec.variants]
    assert len(set(names)) == len(names)


def test_the_library_lists_exactly_the_files():
    found = shipped()
    assert sorted(found) == sorted(path.stem for path in FILES)
    assert all(
        Path(path).read_bytes() == next(FOLDER.rglob(f"{name}.yaml")).read_bytes() for name, path in found.items()
    )
    assert not [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".yaml"]


def test_a_variant_opens_by_its_name():
    for path in FILES:
        for name in cnncalc.load(path).variants:
            source, variant = open_variant(name)
            # (in an installed wheel the specs are inside the package)
            assert (Path(source.name).name, variant) == (path.name, name)


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_a_shipped_spec_opens_by_its_name(name):
    assert cnncalc.load(name).name == cnncalc.load(next(FOLDER.rglob(f"{name}.yaml"))).name


def test_the_table_of_variants_is_current():
    assert MODULE.read_text("utf-8") == text(), "run `python tests/specs/make_variants.py`"
