"""Findings as JUnit XML: one test case per file, as most CI systems show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cnncalc.report.findings.text_and_json import diagnostics_text
from cnncalc.report.text import BRACKET, printable

if TYPE_CHECKING:
    from cnncalc.report.findings.validation import FoundInFiles


def junit_xml(files: FoundInFiles, _encoding: str = "utf-8") -> Iterator[str]:
    """All files, including those that pass; findings that do not fail the run are output, not failures."""
    failed = sum(any(map(files.fails, result.diagnostics)) for result in files.results)
    counts = {"tests": str(len(files.results)), "failures": str(failed), "errors": "0"}
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": "cnncalc", **counts, "skipped": "0"})
    for result in files.results:
        case = SubElement(suite, "testcase", {"classname": "cnncalc", "name": _legal(result.file)})
        serious = [found for found in result.diagnostics if files.fails(found)]
        others = [found for found in result.diagnostics if not files.fails(found)]
        if serious:
            codes = ", ".join(dict.fromkeys(found.code for found in serious))
            failure = SubElement(case, "failure", {"message": codes, "type": serious[0].code})
            failure.text = _legal(diagnostics_text(serious))
        if others:
            SubElement(case, "system-out").text = _legal(diagnostics_text(others))
    indent(root)
    text = re.sub(BRACKET, r"\1&#91;", tostring(root, encoding="unicode"))  # logs of build servers
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


_ILLEGAL = re.compile("[^\n\t\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no way to write."""


def _legal(text: str) -> str:
    return "\n".join(map(printable, _ILLEGAL.sub("", text).split("\n")))
