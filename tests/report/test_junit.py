"""JUnit XML, read by the standard library and by a reader that others wrote."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from cnncalc.checks.policy import Policy
from cnncalc.checks.validate_files import FileFindings
from cnncalc.report.findings.validation import ValidationReport
from cnncalc.source.diagnostics import START, Diagnostic

BAD = "input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n"
NOTED = "input: 28x28x1\nlayers: [{conv: 3x3x8, padding: same, stride: 2}]\n"
FINE = "input: 28x28x1\nlayers: [relu]\n"


def test_a_testcase_a_file_passing_ones_too(found):
    root = ElementTree.fromstring(
        ValidationReport(found(bad=BAD, fine=FINE, noted=NOTED), Policy().fails).render("junit")
    )
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "0"}
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases) == ["bad.yaml", "fine.yaml", "noted.yaml"]
    failure = cases["bad.yaml"].find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "CNN204", "type": "CNN204"}
    assert "--> bad.yaml:3:19" in str(failure.text)
    assert len(cases["fine.yaml"]) == 0
    assert [each.tag for each in cases["noted.yaml"]] == ["system-out"]
    assert "CNN503" in str(cases["noted.yaml"][0].text)


@pytest.mark.parametrize(("level", "failures"), [("error", "1"), ("warning", "2"), ("never", "0")])
def test_failures_are_what_fails_the_run(found, level, failures):
    warned = "inputs: {a: 3, b: 3}\nlayers: [{dense: 3, from: a}]\n"
    results = found(bad=BAD, warned=warned, noted=NOTED)
    assert (
        ElementTree.fromstring(ValidationReport(results, Policy(fail_level=level).fails).render("junit")).get(
            "failures"
        )
        == failures
    )


def test_nothing_that_is_quoted_becomes_markup(hostile):
    text = ValidationReport(hostile, Policy().fails).render("junit")
    root = ElementTree.fromstring(text)
    (case,) = root.iter("testcase")
    assert case.get("name") == hostile[0].file.replace("\x1b", "")
    assert "]]>" not in text
    assert "\x1b" not in text
    assert "]]> %0A%25 [" in str(case[0].text)


def test_characters_that_xml_cannot_write_are_left_out():
    illegal = "".join(map(chr, [0, 1, 8, 11, 12, 14, 31, 0xFFFE, 0xFFFF, 0xD800]))
    found = Diagnostic("CNN204", f"a{illegal}b", f"f{illegal}.yaml", START)
    root = ElementTree.fromstring(
        ValidationReport([FileFindings(found.file, "", [found])], Policy().fails).render("junit")
    )
    (case,) = root.iter("testcase")
    assert case.get("name") == "f.yaml"


def test_a_reader_that_others_wrote(found, hostile):
    junitparser = pytest.importorskip("junitparser")
    suites = junitparser.JUnitXml.fromstring(
        ValidationReport([*hostile, *found(fine=FINE)], Policy().fails).render("junit")
    )
    assert (suites.tests, suites.failures, suites.errors) == (2, 1, 0)
    (suite,) = suites
    assert [case.is_passed for case in suite] == [False, True]
    assert suite.name == "cnncalc"
