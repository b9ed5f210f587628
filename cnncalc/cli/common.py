"""What the commands share: their arguments, opening a model, and writing a result."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncalc.cli import FINDINGS
from cnncalc.diagnostics import Diagnostic
from cnncalc.spec.library import open_model
from cnncalc.spec.reader import Overrides, Spec, read
from cnncalc.spec.settings import CONVENTIONS, LAYOUTS
from cnncalc.spec.source import Unreadable

if TYPE_CHECKING:
    from cnncalc.report.document import Document


def one_of(words: Sequence[str]) -> Callable[[str | None], str | None]:
    """A callback that refuses any other word."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in words:
            raise typer.BadParameter(f"expected {', '.join(words[:-1])} or {words[-1]}, found {value!r}")
        return value

    return check


def choice(words: Sequence[str], help: str, *names: str) -> Any:
    """An option that takes one of a few words."""
    return typer.Option(
        *names, metavar="|".join(words), callback=one_of(words), autocompletion=lambda: list(words), help=help
    )


Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A spec: a path, `-` for standard input, or the name of a shipped one.")
]
Input = Annotated[
    str | None,
    typer.Option("--input", metavar="SHAPE", help="Another input, as in 320x320x3; the spatial sizes alone will do."),
]
Convention = Annotated[
    str | None, choice(CONVENTIONS, "Rules for padding and parameters, instead of the spec's.", "--convention")
]
Layout = Annotated[str | None, choice(LAYOUTS, "How sizes are shown and --input is read.", "--layout")]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
]
Color = Annotated[str, choice(("auto", "always", "never"), "Colour in the output.", "--color")]


def load(model: str, overrides: Overrides | None = None) -> Spec:
    """The spec of a MODEL argument; its mistakes go to standard error, and end the command."""
    try:
        source = open_model(model)
    except Unreadable as error:
        raise complain(error.diagnostics) from None
    spec, findings = read(source, overrides)
    if spec is None:
        raise complain(findings)
    warn(spec.remarks)
    return spec


def warn(findings: Iterable[Diagnostic]) -> None:
    """Errors and warnings to standard error; notes are for `validate`."""
    shown = [found for found in findings if found.severity != "note"]
    if shown:
        from cnncalc.report.diagnostics import diagnostics_text

        sys.stdout.flush()
        print(diagnostics_text(shown), file=sys.stderr, end="")


def complain(findings: Iterable[Diagnostic]) -> typer.Exit:
    """Reports findings; raise what it returns."""
    warn(findings)
    return typer.Exit(FINDINGS)


def write_document(document: Document, format: str, output: str | None, color: str) -> None:
    """Writes a document as text, markdown or latex; text on a terminal goes through Rich."""
    if format == "markdown":
        from cnncalc.report.markdown import markdown

        return write(markdown(document), output)
    if format == "latex":
        from cnncalc.report.latex import latex

        return write(latex(document), output)
    forced = color == "always" or (color == "auto" and bool(os.environ.get("FORCE_COLOR")))
    if output is None and (sys.stdout.isatty() or forced):
        from cnncalc.report.terminal import show

        return show(document, sys.stdout, {"always": True, "never": False}.get(color))
    from cnncalc.report.plain import plain

    return write(plain(document), output)


def write_json(value: Any, output: str | None) -> None:
    """Writes JSON, UTF-8; a list of plain values stays on one line."""
    import json
    import re

    text = json.dumps(value, indent=2, ensure_ascii=False)
    # within a string JSON has no line breaks, so that these are lists of plain values, and lists of such lists
    for inner in (r"[^][{}\"]*?", r"(?:\[[^][{}\"]*\](?:,\s+)?)+"):
        text = re.sub(rf"\[\n\s*({inner})\n\s*\]", lambda found: f"[{' '.join(found.group(1).split())}]", text)
    write(text + "\n", output)


def write(text: str, output: str | None) -> None:
    """Writes to standard output, or a file: beside it first, then in its place, so that it is never half-written."""
    if output is None:
        sys.stdout.write(text)
        return
    import tempfile

    target = os.path.realpath(output)  # a link stays a link
    folder = os.path.dirname(target)
    temporary = None
    try:
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "w", encoding="utf-8", newline="\n") as device:  # /dev/null, a named pipe: never replaced
                device.write(text)
            return
        handle, temporary = tempfile.mkstemp(prefix=".cnncalc-", dir=folder)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, target)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        print(f"cnncalc: {output} was not written: {error.strerror or error}", file=sys.stderr)
        raise typer.Exit(FINDINGS) from None
