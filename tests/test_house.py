"""The house: what a reader may rely on who opens any folder. (Which room may import which is in pyproject.toml.)"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cnncalc
from cnncalc import cli

PACKAGE = Path(cnncalc.__file__).parent
MOST = 15
"""Modules of a folder."""

BY_NAME = {
    *("cnncalc.layers", "cnncalc.checks", "cnncalc.cli"),
    *("cnncalc.report.formats", "cnncalc.report.findings", "cnncalc.report.schemas"),
    *("cnncalc.importing.lifting.rewrites", "cnncalc.exporting"),
}
"""Rooms whose modules are loaded by name, or put into one table: parts of kinds, checks, commands, formats, schemas,
rewrites, what models become."""
REEXPORTED = {"cnncalc.graph.graph"}
"""Modules whose package passes on all they have."""


@cache
def trees() -> dict[str, ast.Module]:
    """Every module by its dotted name."""
    return {
        ".".join(("cnncalc", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): ast.parse(
            path.read_text("utf-8")
        )
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules of ours that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (name for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names)))


@cache
def users() -> dict[str, set[str]]:
    """module → who imports it."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, tree in trees().items():
        for other in imported(tree):
            if other in trees():
                found[other].add(name)
    return found


def _is_inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_folders_are_small():
    crowded = {
        folder.relative_to(PACKAGE).as_posix(): count
        for folder in (PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir()))
        if (count := len([path for path in folder.glob("*.py") if path.stem != "__init__"])) > MOST
    }
    assert crowded == {}


def test_every_package_says_what_is_in_it():
    silent = [
        name
        for name, tree in trees().items()
        if (PACKAGE.parent / Path(*name.split("."))).is_dir() and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_what_is_private_is_imported_by_its_own_package_alone():
    strangers = [
        f"{user} imports {name}"
        for name, known in users().items()
        if name.rpartition(".")[2].startswith("_") and not name.endswith("__main__")
        for user in known
        if not _is_inside(user, name.rpartition(".")[0])
    ]
    assert strangers == []


def test_what_only_its_own_package_imports_is_marked_private():
    unmarked = [
        name
        for name in trees()
        if name.count(".") > 1
        and not name.rpartition(".")[2].startswith("_")
        and not any(_is_inside(name, room) for room in BY_NAME)
        and name not in REEXPORTED
        and not (PACKAGE.parent / Path(*name.split("."))).is_dir()
        and all(user.rpartition(".")[0] == name.rpartition(".")[0] for user in users()[name])
    ]
    assert unmarked == []


def test_no_class_has_the_name_of_another():
    found: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(name)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


# -- errors


def errors() -> dict[str, list[str]]:
    """Every class of errors, and its bases."""
    classes = [node for tree in trees().values() for node in tree.body if isinstance(node, ast.ClassDef)]
    bases = {node.name: [each.id for each in node.bases if isinstance(each, ast.Name)] for node in classes}

    def is_error(name: str) -> bool:
        return _is_builtin_error(name) or any(map(is_error, bases.get(name, ())))

    return {name: own for name, own in bases.items() if is_error(name)}


def _is_builtin_error(name: str) -> bool:
    return isinstance(kind := getattr(builtins, name, None), type) and issubclass(kind, BaseException)


def test_all_errors_are_of_one_tree():
    roots = {name: bases for name, bases in errors().items() if not set(bases) & errors().keys()}
    assert roots == {"CnncalcError": ["Exception"]}


def test_the_tree_that_is_shown_is_the_one_that_is():
    lines = [line.strip() for line in (ast.get_docstring(trees()["cnncalc.errors"]) or "").splitlines() if "──" in line]
    shown, above = {}, ["CnncalcError"]
    for line in lines:
        branch, _, text = line.partition("── ")
        depth = 1 + len(branch) // 4  # each level is four characters wide
        above[depth:] = [text.split()[0]]
        shown[above[depth]] = above[depth - 1]
    assert shown == {name: bases[0] for name, bases in errors().items() if name != "CnncalcError"}


# -- functions

CALLED_AS_WHAT_THEY_DO = {*cli.COMMANDS, "exercise", *cnncalc.__all__}


def test_no_public_function_has_the_name_of_another():
    """But for commands, which are called as what they do, and what `cnncalc` itself offers. Translations of operations,
    which nobody calls by name, are called as what they translate."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees().items():
        for node in tree.body:
            is_translation = name.startswith("cnncalc.importing.") and getattr(node, "decorator_list", None)
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not is_translation:
                found[node.name].append(name)
    assert {name: where for name, where in found.items() if len(where) > 1 and name not in CALLED_AS_WHAT_THEY_DO} == {}
