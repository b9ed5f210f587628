"""One line per finding."""

from __future__ import annotations

import re

from cnncalc.report.findings.validation import ValidationReport


def test_a_line_a_finding(found):
    results = found(
        net="input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n", fine="input: 28x28x1\nlayers: [relu]\n"
    )
    assert ValidationReport(results).render("concise") == "net.yaml:3:19: CNN204 `conv` has no setting `strde`\n"


def test_nothing_that_is_quoted_breaks_a_line(hostile):
    lines = ValidationReport(hostile).render("concise").split("\n")
    assert len(lines) == 3
    for line in lines[:-1]:
        assert re.match(r"\./::error .*\.yaml:[34]:[0-9]+: CNN2[0-9][0-9] ", line)
        assert line.isprintable()
