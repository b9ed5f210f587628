"""Reading a model, with the warnings and notes that are due whenever it is read."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from os.path import exists

from cnncalc.checks.model import Model
from cnncalc.checks.registry import NOTES, ON_INPUT, codes_in, findings
from cnncalc.source.diagnostics import Diagnostic, in_order
from cnncalc.source.files import NotASpec, Source
from cnncalc.source.open_model import open_variant
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.reader import Spec, attempt, read
from cnncalc.spec.top_level import Overrides

Opened = tuple[Source | Parsed, str | None]
"""A text, and the variant that its name asks for."""


def open_any(
    model: str | PathLike[str],
    overrides: Overrides | None = None,
    opening: Callable[[str | PathLike[str]], tuple[Source, str | None]] = open_variant,
) -> Opened:
    """What a MODEL argument names: the text of a spec, or the spec that the file of another tool is read as.

    Args:
        overrides: what the caller sets; the sizes of inputs matter where a file leaves them open.
        opening: finds the text of a spec.

    Raises:
        Unreadable: there is no such model, or it cannot be read.
    """
    try:
        return opening(model)
    except NotASpec as error:
        found = error
    from cnncalc.importing.opening import imported

    name, _, variant = fspath(model).rpartition("@")
    is_named = bool(name) and not exists(model)
    return imported(found, overrides or Overrides()), variant if is_named else None


def read_with_notes(text: Source | Parsed, overrides: Overrides | None = None) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec in a text (None where there are errors), and everything found while reading it.

    For a model with errors, the notes are about the layers that could be placed.
    """
    overrides = overrides or Overrides()
    if isinstance(text, Parsed):
        overrides = text.asked(overrides)
    outcome = attempt(text, overrides)
    if outcome.written is None:
        return None, outcome.mistakes
    noted = [] if _is_imported(text) else findings(Model(outcome.written), codes_in(NOTES))
    notes = [each for each in noted if (each.span.line, each.span.column) not in outcome.reported]
    found = in_order([*outcome.mistakes, *notes]) if notes else outcome.mistakes
    if isinstance(text, Parsed):
        found = [*map(text.located, found), *text.remarks(outcome.spec)]
    return (outcome.spec._replace(remarks=tuple(found)) if outcome.spec else None), found


def _is_imported(text: Source | Parsed) -> bool:
    """Whether no person wrote it, so that nothing in it is a slip of the pen."""
    return isinstance(text, Parsed) and text.is_imported


def notes_on_other_input(spec: Spec) -> list[Diagnostic]:
    """Findings about a model that has another input than its file gives it; none if it has the file's own."""
    given = spec.overrides.inputs
    own = read(spec.parsed, spec.overrides._replace(inputs=GivenInputs()))[0] if given.pairs else None
    if own is None:
        return []
    model = Model.of(spec)
    model.resized = own, given.option
    return findings(model, codes_in(ON_INPUT))
