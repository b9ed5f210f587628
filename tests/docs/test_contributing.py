"""CONTRIBUTING's table of files is true: it is compared with the files that name what is there already."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SEARCHED = ("README.md", "cnncalc", "docs", "schema", "specs", "tests")
NOT_SEARCHED = ("tests/data/*", "tests/docs/test_contributing.py")

EXAMPLES = {
    "a kind": ("lp_pool", "global_response_norm", "spatial_dropout"),
    "a check": ("CNN513", "CNN525"),
    "a code of an error": ("CNN214", "CNN316"),
    "a format": ("junit", "latex"),
    "a command": ("solve",),
    "a mistake": ("gaps counted as weights", "sides of the window added"),
    "a model": ("squeezenet", "textcnn"),
}
"""What is looked for. Names that are used for little else."""

TRANSLATIONS = ("cnncalc/importing/*", "tests/importing/*", "tests/sameness/*", "docs/importing.md")
"""Where kinds are what the layers of other tools become: a new kind need not be one of these."""
BESIDES = {
    "lp_pool": {"docs/commands.md": "what counts as the same network"},
    "global_response_norm": {
        "specs/efficient/convnext_v2.yaml": "a model that it is made of",
        "tests/specs/reference.py": "a model that it is made of",
    },
    "spatial_dropout": {
        "cnncalc/spec/suggestions/_*.py": "a way out",
        "tests/spec/test_missing_kinds.py": "a way out",
        "tests/cases/*.yaml": "entries of it",
        "specs/*/*.yaml": "shipped models of it",
    },
    "latex": {
        "cnncalc/report/_document.py": "formulas are also kept in LaTeX",
        "cnncalc/report/views/_formulas.py": "formulas are also kept in LaTeX",
        "docs/homework.md": "one of several formats",
        "docs/python.md": "one of several formats",
        "cnncalc/report/views/homework/graded_sheet.py": "one of several formats",
        "tests/explanation/test_legend.py": "one of several formats",
        "tests/homework/test_*.py": "sheets and feedback to print",
        "tests/outputs.py": "one of several formats",
        "tests/test_imports.py": "one of several formats",
    },
    "squeezenet": {"tests/exporting/test_*.py": "models that are exported"},
    "solve": {
        "docs/numbers.md": "what becomes of numbers that are unknown",
        "docs/homework.md": "a way to check an answer",
        "schema/solve-*.schema.json": "one for each form of question",
    },
}
"""Files that name an example, and that the next one of its sort does not touch: why they name it."""


class Row(NamedTuple):
    """A line of the table."""

    sort: str
    file: str
    what: str
    test: str

    def allows(self, file: str, name: str) -> bool:
        """Whether it stands for a file, where something of this name is added."""
        pattern = self.file.replace(f"<{self.sort.split()[1]}>", name.replace("-", "_"))
        return fnmatch(file, re.sub(r"<\w+>", "*", pattern))


def rows() -> list[Row]:
    """The table."""
    section = PAGE.split("## Which files to touch\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| a ")]
    return [Row(*(cell.strip().strip("`") for cell in line.strip("|").split("|"))) for line in lines]


@cache
def texts() -> dict[str, str]:
    """Every file that is searched, with what is in it."""
    found = [path for name in SEARCHED for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file()]
    names = {path.relative_to(ROOT).as_posix(): path for path in found if "__pycache__" not in path.parts}
    return {
        name: path.read_text("utf-8", errors="replace")
        for name, path in names.items()
        if not any(fnmatch(name, pattern) for pattern in NOT_SEARCHED)
    }


@cache
def naming(name: str) -> set[str]:
    """The files that name something, as a word, a file or a class: `lp_pool`, `LpPool`, `LpPoolWords`."""
    class_name = "".join(word.capitalize() for word in name.split("_"))
    word = re.compile(rf"\b({name}|{class_name}(Words|Tracing|Definition|Torch|Keras|Onnx)?)\b")
    places = {file: f"{file}\n{text}" for file, text in texts().items()}
    # most files have neither anywhere, which is seen a hundred times as fast
    return {file for file, place in places.items() if (name in place or class_name in place) and word.search(place)}


NAMES = [(sort, name) for sort, names in EXAMPLES.items() for name in names]


def test_every_sort_has_rows_and_examples():
    assert {row.sort for row in rows()} == set(EXAMPLES)


@pytest.mark.parametrize(("sort", "name"), NAMES)
def test_every_file_that_names_it_is_in_the_table(sort: str, name: str):
    own = [row for row in rows() if row.sort == sort]
    besides = (*BESIDES.get(name, ()), *TRANSLATIONS)
    others = [file for file in naming(name) if not any(fnmatch(file, pattern) for pattern in besides)]
    strangers = sorted(file for file in others if not any(row.allows(file, name) for row in own))
    assert strangers == [], "where the next of its sort has to be named too: a row; where it is only used: BESIDES"


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.sort}, {row.file}")
def test_every_row_is_needed(row: Row):
    files = {name: naming(name) for name in EXAMPLES[row.sort]}
    assert any(row.allows(file, name) for name, found in files.items() for file in found), "no example is in this file"


@pytest.mark.parametrize("name", BESIDES)
def test_exceptions_are_needed(name: str):
    assert [pattern for pattern in BESIDES[name] if not any(fnmatch(file, pattern) for file in naming(name))] == []


@pytest.mark.parametrize("test", sorted({row.test for row in rows() if row.test}))
def test_the_tests_that_fail_exist(test: str):
    file, _, function = test.partition("::")
    assert f"\ndef {function}(" in texts()[file]


def test_every_path_exists():
    """Whatever the page names as a path, in the table or outside it."""
    paths = re.findall(r"`((?:\.ci|benchmarks|cnncalc|constraints|docs|schema|specs|tests)/[^`:\s]*)", PAGE)
    patterns = {path: re.sub(r"<\w+>", "*", path).rstrip("/") for path in paths}
    assert [path for path, pattern in patterns.items() if not list(ROOT.glob(pattern))] == []
