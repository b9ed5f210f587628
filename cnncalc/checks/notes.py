"""Reading a model, with the warnings and notes that are due whenever it is read."""

from __future__ import annotations

from cnncalc.checks.model import Model
from cnncalc.checks.registry import NOTES, ON_INPUT, codes_in, findings
from cnncalc.source.diagnostics import Diagnostic, in_order
from cnncalc.source.files import Source
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.reader import Spec, attempt, read
from cnncalc.spec.top_level import Overrides


def read_with_notes(text: Source | Parsed, overrides: Overrides | None = None) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec in a text (None where there are errors), and everything found while reading it.

    For a model with errors, the notes are about the layers that could be placed.
    """
    outcome = attempt(text, overrides or Overrides())
    if outcome.written is None:
        return None, outcome.mistakes
    noted = findings(Model(outcome.written), codes_in(NOTES))
    notes = [each for each in noted if (each.span.line, each.span.column) not in outcome.reported]
    found = in_order([*outcome.mistakes, *notes]) if notes else outcome.mistakes
    return (outcome.spec._replace(remarks=tuple(found)) if outcome.spec else None), found


def notes_on_other_input(spec: Spec) -> list[Diagnostic]:
    """Findings about a model that has another input than its file gives it; none if it has the file's own."""
    given = spec.overrides.inputs
    own = read(spec.parsed, spec.overrides._replace(inputs=GivenInputs()))[0] if given.pairs else None
    if own is None:
        return []
    model = Model.of(spec)
    model.resized = own, given.option
    return findings(model, codes_in(ON_INPUT))
