"""What is reported where: entries that read alike, copies, blocks, followers, and models with errors."""

from __future__ import annotations

import cnncalc
from cnncalc.checks.notes import read_with_notes
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source

UNEVEN = "{conv: 3x3x4, stride: 2, padding: same}"  # `same` places its zeros differently: CNN503


def noted(text: str) -> list[Diagnostic]:
    """The warnings and notes on a text."""
    return [each for each in read_with_notes(Source("net.yaml", text))[1] if not each.is_error]


def places(text: str) -> list[tuple[str, int, int]]:
    """Code, line and column of each."""
    return [(each.code, each.span.line, each.span.column) for each in noted(text)]


def test_each_of_two_entries_that_read_alike_is_reported():
    branches = f"input: 28x28x1\nlayers:\n  - concat:\n    - {UNEVEN}\n    - {UNEVEN}\n"
    assert places(branches) == [("CNN503", 4, 8), ("CNN503", 5, 8)]


def test_copies_of_one_entry_are_reported_once():
    assert places("input: 28x28x1\nlayers:\n  - {conv: 1x1x4, dilation: 2, repeat: 3}\n") == [("CNN543", 3, 29)]


def test_a_block_is_reported_once_with_the_first_call_that_leads_there():
    text = "input: 28x28x1\nblocks:\n  one: [{conv: 1x1x4, dilation: 2}]\nlayers:\n  - one\n  - one\n"
    (found,) = noted(text)
    assert (found.span.line, found.chain) == (3, ("in `one`, called at net.yaml:5:5",))


def test_a_follower_is_reported_at_its_own_setting():
    text = "input: 28x28x1\nlayers:\n  - {conv: 3x3x4, norm: {layer_norm, affine: false, scale: true}}\n"
    ((code, line, column),) = places(text)
    assert (code, line, text.splitlines()[2][column - 1 :]) == ("CNN543", 3, "true}}")


def test_what_could_be_placed_of_a_model_with_errors_has_its_notes():
    text = f"input: 28x28x1\nlayers:\n  - {UNEVEN}\n  - conv: 40x40x8\n"
    spec, found = read_with_notes(Source("net.yaml", text))
    assert spec is None
    assert [(each.code, each.severity) for each in found] == [("CNN503", "note"), ("CNN301", "error")]


def test_notes_keep_no_model_from_being_read():
    """Errors are counted, and end the reading at 200; notes are none."""
    spec = cnncalc.load("input: 28x28x1\nlayers:\n" + "  - {conv: 1x1x4, dilation: 2}\n" * 300)
    assert [each.code for each in spec.remarks] == ["CNN543"] * 300
