"""Where a model that a spec names is looked up: where the spec came from, and nowhere else.

A spec may come from a stranger, and what it names is read without asking: so no path leads out of the folder of its
file, by `..` or through a link, and a text without a file can only name what ships. As each file only reads below its
own folder, the files that it names do not lead out of the first one's folder either.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from typing import NoReturn

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, Diagnostic, nearest
from cnncalc.source.files import MODEL_ENDINGS, Source, Unreadable, read_file
from cnncalc.source.open_model import GIT, shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS

SUFFIXES = (".yaml", ".yml")
_ENDINGS = (*SUFFIXES, *MODEL_ENDINGS)
"""By which a name is that of a file, even if it is in no folder."""
_MOST_LISTED = 1_000
"""How many files of a folder are looked at for similar names."""


class NamedModel(NamedTuple):
    """A model that a spec names.

    Attributes:
        place: what identifies its file.
        source: its text.
        variant: the variant that the name asks for.
        ships: whether it comes with cnncalc.
    """

    place: str
    source: Source
    variant: str | None
    ships: bool


def identity_of(source: Source) -> str:
    """What identifies the file of a text, "" if it has none."""
    origin = source.origin
    return origin if not origin or source.files is not None or _is_git(origin) else os.path.realpath(origin)


def model_inside(name: str, outer: Source) -> NamedModel:
    """The model that a text names: a shipped spec, a variant in one, or a path below the folder of the text's file.

    Any of these may be followed by `@` and the name of a variant.

    Raises:
        Unreadable: there is none; where its file cannot be read, the finding is about that file, otherwise about the
        name (and has the name of `outer`).
    """
    whole, _, variant = name.rpartition("@")
    if whole and variant and "/" not in variant and not variant.endswith(_ENDINGS):
        return model_inside(whole, outer)._replace(variant=variant)
    if "/" in name or "\\" in name or name.endswith(_ENDINGS) or name in (".", "..") or name.startswith(GIT):
        return _below(name, outer)
    return _shipped(name, outer)


def path_from(outer: Source, inner: Source) -> str:
    """The path of a file from the folder of another one, above it."""
    paths = (each.origin.split(":", 2)[2] if _is_git(each.origin) else each.origin for each in (outer, inner))
    first, second = (path.replace(os.sep, "/") for path in paths)
    return posixpath.relpath(second, posixpath.dirname(first) or ".")


def _refuse(outer: Source, code: str, message: str, *help: str) -> NoReturn:
    raise Unreadable(Diagnostic(code, message, outer.name, START, "", help))


# -- what ships


def _shipped(name: str, outer: Source) -> NamedModel:
    specs, word = shipped(), name.replace("-", "_")
    if path := specs.get(word) or specs.get(SHIPPED_VARIANTS.get(word, "")):
        return NamedModel(os.path.realpath(path), read_file(path), word if word not in specs else None, ships=True)
    files = [each for each in _near(outer, "") if each.rpartition(".")[0] == name]
    close = files[0] if files else nearest(word, [*specs, *SHIPPED_VARIANTS])
    ways = ("`cnncalc specs` lists what ships", "the name of a file has its ending, as in `backbone.yaml`")
    _refuse(outer, "CNN101", f"no spec with the name `{name}` ships", *_meant(close), *ways)


def _meant(close: str | None) -> tuple[str, ...]:
    return (f"did you mean `{close}`?",) if close else ()


# -- files


def _below(name: str, outer: Source) -> NamedModel:
    if not outer.origin:
        help = "save the spec as a file, or name a spec that ships"
        _refuse(outer, "CNN131", f"a text without a file cannot name the file `{name}`", help)
    path = posixpath.normpath(name)
    if posixpath.isabs(path) or ".." in path.split("/") or "\\" in name or ":" in name or "\0" in name:
        _refuse_outside(name, outer)
    if outer.files is not None:
        return _kept(path, outer, outer.files)
    return _committed(path, outer) if _is_git(outer.origin) else _in_folder(path, outer)


def _refuse_outside(name: str, outer: Source) -> NoReturn:
    help = "name a file in the folder of this one, or in a folder below it, as in `parts/backbone.yaml`"
    _refuse(outer, "CNN131", f"`{name}` is not below the folder of this file", help)


def _kept(path: str, outer: Source, files: Mapping[str, str]) -> NamedModel:
    """One of the files that are kept."""
    at = posixpath.join(posixpath.dirname(outer.origin), path)
    if at not in files:
        _refuse(outer, "CNN101", f"there is no file `{path}` among those that are kept")
    return NamedModel(at, Source(at, files[at], at, files), None, ships=False)


def _committed(path: str, outer: Source) -> NamedModel:
    """A file in the same revision."""
    from cnncalc.source._git_revision import committed

    _, revision, first = outer.origin.split(":", 2)
    origin = f"{GIT}{revision}:{posixpath.join(posixpath.dirname(first.replace(os.sep, '/')), path)}"
    try:
        return NamedModel(origin, committed(origin), None, ships=False)
    except Unreadable as error:
        _told_by_name(error, outer)


def _in_folder(path: str, outer: Source) -> NamedModel:
    folder = os.path.dirname(outer.origin)
    file = os.path.join(folder, *path.split("/"))
    real, top = os.path.realpath(file), os.path.realpath(folder)
    if os.path.commonpath((real, top)) != top:
        _refuse_outside(path, outer)
    if not os.path.lexists(file):
        _refuse(outer, "CNN101", f"there is no file `{path}` in the folder of this one", *_similar(path, outer))
    if os.path.exists(file) and not os.path.isfile(file):
        _refuse(outer, "CNN101", f"`{path}` is not a file", "name a file that contains a spec")
    try:
        return NamedModel(real, read_file(file), None, ships=_ships(outer))
    except Unreadable as error:
        _told_by_name(error, outer)


def _ships(outer: Source) -> bool:
    return os.path.realpath(outer.origin) in map(os.path.realpath, shipped().values())


def _told_by_name(error: Unreadable, outer: Source) -> NoReturn:
    """A file that cannot be opened is reported where it is named."""
    last = error.diagnostics[-1]
    if last.code == "CNN101":
        _refuse(outer, "CNN101", f"{last.file}: {last.message}", *last.help)
    raise error


def _similar(path: str, outer: Source) -> tuple[str, ...]:
    folder, name = posixpath.split(path)
    names = {os.path.splitext(each)[0]: each for each in _near(outer, folder)}
    close = nearest(os.path.splitext(name)[0], names)
    meant = _meant(posixpath.join(folder, names[close]) if close else None)
    return meant or ("a path begins in the folder of the file that it is in",)


def _near(outer: Source, folder: str) -> list[str]:
    """The specs in a folder below that of a file."""
    if not outer.origin or _is_git(outer.origin):
        return []
    try:
        names = os.listdir(os.path.join(os.path.dirname(outer.origin) or os.curdir, folder))
    except OSError:
        return []
    return [each for each in sorted(names)[:_MOST_LISTED] if each.endswith(SUFFIXES)]


def _is_git(origin: str) -> bool:
    return origin.startswith(GIT) and not os.path.exists(origin)
