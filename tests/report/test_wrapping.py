"""Findings on a terminal: lines are broken between words, and never in a place or in what is shown of a file."""

from __future__ import annotations

from cnncalc.report.findings.text_and_json import diagnostics_text
from cnncalc.source.diagnostics import Diagnostic, Span


def test_a_finding_is_broken_between_words_on_a_terminal():
    found = Diagnostic(
        "CNN401",
        "the model cannot be compared with `nowhere.pt2`: there is no file",
        "a folder with a long name/net.yaml",
        Span(1, 10, 1, 21),
        "this cannot be judged",
        ("a path begins in the folder of the file that it is in", "`cnncalc.from_torch(model.eval())`"),
        ("expect: {same_as: nowhere.pt2}",),
        ("in `block`, called at net.yaml:5:7 and so on",),
    )
    assert (
        diagnostics_text([found], 40)
        == """\
error[CNN401]: the model cannot be
    compared with `nowhere.pt2`: there
    is no file
  --> a folder with a long name/net.yaml:1:10
   |
 1 | expect: {same_as: nowhere.pt2}
   |          ^^^^^^^^^^^ this cannot be judged
   = in `block`, called at net.yaml:5:7
     and so on
   = help: a path begins in the folder
           of the file that it is in
   = help: `cnncalc.from_torch(model.eval())`
"""
    )
    assert "compared with `nowhere.pt2`: there is no file\n" in diagnostics_text([found])
