"""Where models come from: a path, standard input, or the specs that ship with cnncalc."""

from __future__ import annotations

import os
import sys

from cnncalc.diagnostics import START, Diagnostic, nearest
from cnncalc.spec.source import MAX_BYTES, Source, Unreadable, decode, read_file


def shipped() -> dict[str, str]:
    """The shipped specs: name → path, in order of folder and name."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # in the wheel they lie inside the package, in a checkout beside it
    for root in (os.path.join(package, "shipped"), os.path.join(os.path.dirname(package), "specs")):
        if os.path.isdir(root):
            return {
                os.path.splitext(file)[0]: os.path.join(folder, file)
                for folder, _, files in sorted(os.walk(root))
                for file in sorted(files)
                if file.endswith(".yaml")
            }
    return {}


def open_model(model: str | os.PathLike[str]) -> Source:
    """The text of a MODEL argument: a path, `-` for standard input, or the name of a shipped spec.

    Raises:
        Unreadable: there is no such thing, or it is not text.
    """
    path = os.fspath(model)
    if path == "-":
        if sys.stdin is None:
            raise Unreadable(Diagnostic("CNN101", "standard input is closed", "<stdin>", START))
        return decode(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    if not os.path.exists(path) and path == os.path.basename(path):
        specs = shipped()
        if (name := path.replace("-", "_")) in specs:
            return read_file(specs[name])
        if not path.endswith((".yaml", ".yml")):
            raise Unreadable(_no_model(path, list(specs)))
    return read_file(path)


def _no_model(name: str, known: list[str]) -> Diagnostic:
    close = nearest(name, known)
    help = (f"did you mean `{close}`?",) if close else ()
    return Diagnostic(
        "CNN101",
        "no such file, and no shipped spec of that name",
        name,
        START,
        "",
        (*help, "`cnncalc specs` lists what ships"),
    )
