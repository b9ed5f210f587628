"""Where models come from: a path, standard input, or the specs that ship with cnncalc."""

from __future__ import annotations

import os
import sys

from cnncalc.errors import ArgumentError
from cnncalc.source.diagnostics import START, Diagnostic, nearest
from cnncalc.source.files import MAX_BYTES, MODEL_ENDINGS, Source, Unreadable, decode, read_file
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS

TEXT_NAME = "spec"
"""What a text is called that comes without a file."""
STDIN_NAME = "<stdin>"
NO_FILE = (TEXT_NAME, STDIN_NAME)
"""Names under which no command finds the model again."""
GIT = "git:"
"""How the name of a file in a Git revision begins."""


def shipped() -> dict[str, str]:
    """The shipped specs: name → path, ordered by folder and name."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # in the wheel they are inside the package, in a checkout next to it
    for root in (os.path.join(package, "shipped"), os.path.join(os.path.dirname(package), "specs")):
        if os.path.isdir(root):
            return {
                os.path.splitext(file)[0]: os.path.join(folder, file)
                for folder, _, files in sorted(os.walk(root))
                for file in sorted(files)
                if file.endswith(".yaml")
            }
    return {}


def open_variant(model: str | os.PathLike[str]) -> tuple[Source, str | None]:
    """The text that a MODEL argument names, and the variant it asks for.

    A path, `-` for standard input, `git:REVISION:PATH`, or the name of a shipped spec or of a variant in one; any of
    these may be followed by `@` and the name of a variant. A file with the whole name takes precedence.

    Raises:
        Unreadable: there is no such model, or it is not text.
    """
    path = os.fspath(model)
    name, _, variant = path.rpartition("@")
    is_named = name and variant and variant == os.path.basename(variant) and not variant.endswith((".yaml", ".yml"))
    if is_named and not os.path.exists(path):
        return open_variant(name)[0], variant
    if path == "-":
        if sys.stdin is None:
            raise Unreadable(Diagnostic("CNN101", "standard input is closed", STDIN_NAME, START))
        return decode(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN_NAME), None
    if path.startswith(GIT) and not os.path.exists(path):
        from cnncalc.source._git_revision import committed

        return committed(path), None
    if os.path.exists(path) or path != os.path.basename(path) or path.endswith((".yaml", ".yml", *MODEL_ENDINGS)):
        if not os.path.lexists(path):
            raise Unreadable(_no_file(path))
        return read_file(path), None
    specs = shipped()
    if (name := path.replace("-", "_")) in specs:
        return read_file(specs[name]), None
    if name in SHIPPED_VARIANTS:
        return read_file(specs[SHIPPED_VARIANTS[name]]), name
    raise Unreadable(_no_model(path, "no such file, and no shipped spec with that name", [*specs, *SHIPPED_VARIANTS]))


def open_model(model: str | os.PathLike[str]) -> Source:
    """The text that a MODEL argument names, without the variant: the whole file.

    Raises:
        Unreadable: there is no such model, or it is not text.
    """
    return open_variant(model)[0]


def open_path_or_text(path_or_text: object, filename: str | None = None) -> tuple[Source, str | None]:
    """The text of a spec that is given as itself or as a MODEL argument, and the variant that the latter asks for.

    A str is the text itself if it has more than one line, or is one line in braces and no file. With a `filename` it
    always is, and findings call it so; models that it names are looked up in the folder of that file.

    Raises:
        ArgumentError: it is neither.
        Unreadable: there is no such model, or it is not text.
    """
    if not isinstance(path_or_text, (str, os.PathLike)):
        from cnncalc.source.live_objects import described

        raise ArgumentError(f"expected a path or the text of a spec, found {described(path_or_text)}")
    if isinstance(path_or_text, str) and (filename is not None or _is_text(path_or_text)):
        data = path_or_text.encode("utf-8", "surrogatepass")
        return decode(data, filename or TEXT_NAME, origin=filename or ""), None
    return open_variant(path_or_text)


def _is_text(given: str) -> bool:
    return "\n" in given or "\r" in given or (given.lstrip().startswith("{") and not os.path.exists(given))


def stem(name: str) -> str:
    """The name of a file without its folder and extension."""
    if name.startswith(GIT) and not os.path.exists(name):
        name = name.removeprefix(GIT).partition(":")[2]
    return os.path.splitext(os.path.basename(name))[0]


def _no_file(path: str) -> Diagnostic:
    """The finding about a path at which nothing is."""
    found = _no_model(path, "no such file", [each for each in shipped() if each == stem(path)])
    if not path.endswith(tuple(MODEL_ENDINGS)):
        return found
    folder, name = os.path.split(path)
    try:
        there = [each for each in os.listdir(folder or os.curdir) if each.endswith(tuple(MODEL_ENDINGS))]
    except OSError:
        return found._replace(help=(f"there is no folder `{folder}`",))
    stems = {stem(each): each for each in there}
    close = nearest(stem(name), stems)
    return found._replace(help=(f"did you mean `{os.path.join(folder, stems[close])}`?",) if close else ())


def _no_model(name: str, message: str, known: list[str]) -> Diagnostic:
    close = nearest(stem(name), known)
    help = (f"did you mean `{close}`?",) if close else ()
    return Diagnostic(
        "CNN101",
        message,
        name,
        START,
        "",
        (*help, "`cnncalc specs` lists what ships"),
    )
