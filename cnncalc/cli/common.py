"""What the commands have in common: their arguments, opening a model, and writing a result."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Annotated, Any, TypeVar

from cnncalc.checks.notes import notes_on_other_input, open_any, read_with_notes
from cnncalc.cli import FINDINGS, TERMINATED, silence
from cnncalc.cli.options.declared import Option, OptionGroup, Positional
from cnncalc.cli.options.rules import UsageError
from cnncalc.gc_pause import collector_on, collector_waiting
from cnncalc.report.formats.registry import FORMATS
from cnncalc.settings.setting import CONVENTIONS, LAYOUTS
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source, Unreadable
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.reader import Spec
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.graph import Graph
    from cnncalc.report.report import Report

Named = TypeVar("Named")


def choice(words: Sequence[str], help: str, *names: str, metavar: str = "") -> Option:
    """An option that takes one of a few words; with a `metavar` its help does not list them."""
    return Option(*names, metavar=metavar, words=words, help=help)


def format_choice(names: Sequence[str], help: str = "What to write.") -> Option:
    """The option `--format`, of a command that offers these."""
    return choice(names, help, "--format", "-f")


def value(metavar: str, help: str, *names: str) -> Option:
    """An option that takes a value of any kind."""
    return Option(*names, metavar=metavar, help=help)


Model = Annotated[
    str,
    Positional(
        "MODEL", help="A spec (a path, `-`, or the name of a shipped one; may end in @VARIANT), .pt2, .onnx or .keras."
    ),
]
Input = Annotated[
    list[str] | None,
    value("[NAME=]SHAPE", "Another input, as in 320x320x3, or just its spatial sizes; may be repeated.", "--input"),
]
Convention = Annotated[
    str | None, choice(CONVENTIONS, "Rules for padding and parameters, instead of the spec's.", "--convention")
]
Layout = Annotated[str | None, choice(LAYOUTS, "How sizes are shown and --input is read.", "--layout")]
Output = Annotated[str | None, value("FILE", "Write to a file, whole or not at all.", "--output", "-o")]
Color = Annotated[str, choice(("auto", "always", "never"), "Colour in the output.", "--color")]


Variant = Annotated[str | None, value("NAME", "A variant of the model.", "--variant")]
Until = Annotated[str | None, value("ENTRY", "Leave out all entries after this one.", "--until")]
After = Annotated[str | None, value("ENTRY", "Leave out this entry and all before it.", "--after")]
Set = Annotated[list[str] | None, value("NAME=VALUE", "Another value for a variable; may be repeated.", "--set")]


def chosen(
    variant: Variant = None,
    set: Set = None,
    input: Input = None,
    convention: Convention = None,
    layout: Layout = None,
    until: Until = None,
    after: After = None,
) -> Overrides:
    """What the options of a command set instead of the file."""
    pairs: list[tuple[str, str]] = []
    for each in set or []:
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"expected NAME=VALUE, found {each!r}", "--set")
        if name in dict(pairs):
            raise UsageError(f"{name} is given twice; leave one out", "--set")
        pairs.append((name, value))
    try:
        inputs = GivenInputs.of_options(input or [])
    except ValueError as error:
        raise UsageError(str(error), "--input") from None
    return Overrides(inputs, convention, layout, variant, tuple(pairs), until=until, after=after)


ModelOptions = Annotated[Overrides, OptionGroup(chosen)]


def load(
    model: str,
    overrides: Overrides | None = None,
    otherwise: Callable[[Source | Parsed, Overrides], Spec | None] | None = None,
) -> Spec:
    """The spec of a MODEL argument; its mistakes go to standard error, and end the command.

    Args:
        otherwise: is asked for a spec to go on with before a model with mistakes ends the command.
    """
    with collector_waiting():
        spec = _loaded(model, overrides or Overrides(), otherwise)
        collector_on()  # what was read stays
    return spec


def read_once(models: list[str]) -> list[str]:
    """Several MODEL arguments, of which at most one is standard input."""
    if sum(model.partition("@")[0] == "-" for model in models) > 1:
        raise UsageError("standard input can be read once")
    return models


def load_together(models: Sequence[str], overrides: Overrides, argument: str) -> list[Spec]:
    """The specs of several MODEL arguments, which are in memory at the same time."""
    from cnncalc.comparison.together import TooLarge, within_bounds

    try:
        return within_bounds(load(model, overrides) for model in models)
    except TooLarge as error:
        raise UsageError(str(error), argument) from None


def _loaded(
    model: str, overrides: Overrides, otherwise: Callable[[Source | Parsed, Overrides], Spec | None] | None
) -> Spec:
    try:
        source, variant = open_any(model, overrides)
    except Unreadable as error:
        raise complain(error.diagnostics) from None
    if variant and overrides.variant:
        message = f"{model} is already the variant {variant}: name only one"
        raise UsageError(message, "--variant")
    overrides = overrides._replace(variant=overrides.variant or variant)
    spec, found = read_with_notes(source, overrides)
    if spec is None:
        if otherwise and (other := otherwise(source, overrides)):
            return other
        raise complain(found)
    warn(_not_ignored(spec), has_notes=spec.parsed.is_imported)
    warn(notes_on_other_input(spec))
    return spec


def _not_ignored(spec: Spec) -> Iterable[Diagnostic]:
    """The remarks on a spec, except those that a comment on their line ignores."""
    if not spec.remarks or "cnncalc:" not in spec.source.text:
        return spec.remarks
    from cnncalc.checks.policy import is_ignored

    return [each for each in spec.remarks if not is_ignored(each)]


def layer_named(name: str, known: Mapping[str, Named], graph: "Graph", option: str) -> Named:
    """What is known by the name of a layer; if nothing is, a usage error with a similar name."""
    from cnncalc.analysis.layer_names import find_layer

    try:
        return find_layer(name, known, graph)
    except ValueError as error:
        raise UsageError(str(error), option) from None


def option_numbers(text: str, separator: str, option: str, example: str, sign: str = "") -> tuple[int, ...]:
    """Several whole numbers, as given to an option; `sign` may come before each."""
    parts = [part.strip() for part in re.split(separator, text)]
    if not all(re.fullmatch(rf"{sign}[0-9]{{1,9}}", part, re.ASCII) for part in parts):
        raise UsageError(f"expected whole numbers as in {example}, found {text!r}", option)
    return tuple(map(int, parts))


def warn(findings: Iterable[Diagnostic], has_notes: bool = False) -> None:
    """Errors and warnings to standard error; notes are for `validate`, but for those about the file of another tool."""
    shown = [found for found in findings if has_notes or found.severity != "note"]
    if shown:
        from cnncalc.report.findings.text_and_json import diagnostics_text
        from cnncalc.report.text import terminal_columns

        sys.stdout.flush()
        sys.stderr.write(diagnostics_text(shown, terminal_columns(sys.stderr)))


def remark(text: str) -> None:
    """What a person should know besides the result, to standard error."""
    from cnncalc.report.text import clean, terminal_columns, wrapped

    sys.stderr.write("\n".join(wrapped("cnncalc: ", clean(text), terminal_columns(sys.stderr))) + "\n")


def complain(findings: Iterable[Diagnostic]) -> SystemExit:
    """Reports findings; raise what it returns."""
    warn(findings)
    return SystemExit(FINDINGS)


@contextmanager
def _to_stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # the reader has seen enough (`| head -1`), which does not change the exit status
        silence("stdout")


class Target:
    """Where a result goes.

    Attributes:
        output: a file, which is written whole or not at all; None for standard output.
        color: whether text on standard output has colours: `auto`, `always` or `never`.
    """

    def __init__(self, output: Output = None, color: Color = "auto") -> None:
        self.output = output
        self.color = color

    def write(self, text: str) -> None:
        """Writes text as it is."""
        self.write_pieces((text,))

    def write_pieces(self, pieces: Iterable[str], is_utf8: bool = False) -> None:
        """Writes text that is made while it is written; to a file, and where it has to be, in UTF-8."""
        if self.output is None:
            with _to_stdout():
                if is_utf8 and not sys.stdout.isatty():
                    sys.stdout.flush()
                    sys.stdout.buffer.writelines(_encoded(pieces))
                else:
                    sys.stdout.writelines(_chunks(pieces))
            return
        with written_file(self.output) as file:
            file.writelines(_encoded(pieces))

    def write_bytes(self, content: bytes) -> None:
        """Writes what is no text."""
        if self.output is None:
            with _to_stdout():
                sys.stdout.flush()
                sys.stdout.buffer.write(content)
            return
        with written_file(self.output) as file:
            file.write(content)

    def write_report(self, report: "Report", format: str) -> None:
        """Writes a report in a format; text on a terminal goes through Rich."""
        if format == "text" and self._is_shown:
            from cnncalc.report.formats.terminal import show

            with _to_stdout():
                show(report.document(), sys.stdout, {"always": True, "never": False}.get(self.color))
            return
        with collector_waiting():
            self.write_pieces(FORMATS[format].pieces(report, self._encoding), FORMATS[format].is_utf8)

    def write_json(self, value: Any) -> None:
        """Writes JSON that is not a report's."""
        from cnncalc.report.formats.json import json_file

        self.write_pieces(json_file(value, self._encoding))

    @property
    def _encoding(self) -> str:
        return "utf-8" if self.output else (getattr(sys.stdout, "encoding", None) or "utf-8")

    @property
    def _is_shown(self) -> bool:
        """Whether a person sees it, or colours are asked for."""
        forced = self.color == "always" or (self.color == "auto" and bool(os.environ.get("FORCE_COLOR")))
        return self.output is None and (forced or sys.stdout.isatty())


CHUNK = 1 << 16
"""The least number of characters that are written at once: on a terminal, every write is a call of the system."""


def _chunks(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces joined to fewer, longer ones."""
    chunk: list[str] = []
    length = 0
    for piece in pieces:
        chunk.append(piece)
        length += len(piece)
        if length >= CHUNK:
            yield "".join(chunk)
            chunk.clear()
            length = 0
    yield "".join(chunk)


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    return (chunk.encode("utf-8", "backslashreplace") for chunk in _chunks(pieces))


TargetOptions = Annotated[Target, OptionGroup(Target)]
FileOptions = Annotated[Target, OptionGroup(Target, "color")]
"""The same for a command whose output has no colours."""


def refuse_existing(path: str | None, option: str, is_forced: bool) -> None:
    """Refuses to replace a file that people go on to edit, unless that is asked for."""
    if path and os.path.isfile(path) and not is_forced:
        from cnncalc.report.text import clean

        raise UsageError(f"{clean(path)} already exists and was left alone; --force replaces it", option)


@contextmanager
def written_file(path: str) -> Iterator[IO[bytes]]:
    """A file to write to: next to its place until the block succeeds, then in its place; never half-written."""
    from cnncalc.replaced_file import replaced_file

    try:
        if "\0" in path:
            raise OSError("embedded null byte")
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as device:  # /dev/null, a pipe: never replaced
                yield device
        else:
            with _terminable(), replaced_file(os.path.realpath(path)) as file:  # a link stays a link
                yield file
    except OSError as error:
        from cnncalc.report.text import clean

        print(clean(f"cnncalc: {path} was not written: {error.strerror or error}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None


def write_folder(files: Mapping[str, str], folder: str) -> None:
    """Writes files into a folder, all or none; an existing file with other content is left alone."""
    import tempfile

    contents = {name: text.encode("utf-8", "backslashreplace") for name, text in files.items()}
    try:
        os.makedirs(folder, exist_ok=True)
        for name, data in contents.items():
            if _differs(os.path.join(folder, name), data):
                raise FileExistsError(0, f"{name} already exists with other content; choose another folder")
        with _terminable(), tempfile.TemporaryDirectory(prefix=".cnncalc-", dir=folder) as aside:
            for name, data in contents.items():
                with open(os.path.join(aside, name), "wb") as file:
                    file.write(data)
            _move(contents, aside, folder)
    except OSError as error:
        from cnncalc.report.text import clean

        print(clean(f"cnncalc: nothing was written to {folder}: {error.strerror or error}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None


def _move(names: Iterable[str], source: str, folder: str) -> None:
    """Moves files into a folder, all or none."""
    new = [name for name in names if not os.path.lexists(os.path.join(folder, name))]
    try:
        for name in new:
            os.replace(os.path.join(source, name), os.path.join(folder, name))
    except BaseException:  # an interrupt too
        for name in new:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))
        raise


def _differs(path: str, data: bytes) -> bool:
    """Whether there is something else at a path."""
    if not os.path.lexists(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(data) + 1) != data


@contextmanager
def _terminable() -> Iterator[None]:
    """While the block runs, SIGTERM ends the process as an exception does, so that temporary files are removed."""
    import signal
    from threading import current_thread, main_thread

    def end(*_: object) -> None:
        raise SystemExit(TERMINATED)

    if current_thread() is not main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
