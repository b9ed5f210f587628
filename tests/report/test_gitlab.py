"""GitLab's code quality report, against the fields that it documents."""

from __future__ import annotations

import json

import jsonschema

from cnncalc.report.findings.gitlab import gitlab_json
from cnncalc.report.findings.validation import ValidationReport

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "pattern": "^CNN[0-9]{3}$"},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": r"^(\./|/)"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
TEXT = (
    "input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n  - {conv: 3x3x8, strde: 2}\n  - {dense: 3, frobnicate: 4}\n"
)


def test_the_schema(found, hostile):
    report = gitlab_json(ValidationReport([*hostile, *found(net=TEXT)]).findings())
    jsonschema.validate(report, SCHEMA)
    assert len(report) == 5
    assert not any("\x1b" in each["description"] for each in report)
    # what GitLab compares is unique, or it drops one
    assert len({each["fingerprint"] for each in report}) == 5


def test_no_findings(found):
    assert gitlab_json(ValidationReport(found(fine="input: 28x28x1\nlayers: [relu]\n")).findings()) == []


def test_an_unreadable_file_has_a_place(found):
    (issue,) = gitlab_json(ValidationReport(found(broken="\0")).findings())
    jsonschema.validate([issue], SCHEMA)


def test_fingerprints_stay_when_lines_come_and_go_above(found):
    def marks(text: str) -> list[str]:
        return [each["fingerprint"] for each in gitlab_json(ValidationReport(found(net=text)).findings())]

    before = marks(TEXT)
    assert marks(f"# one\n# two\n\n{TEXT}") == before
    assert marks(TEXT.replace("layers:\n", "layers:\n  - conv: 3x3x8\n")) == before
    assert marks(TEXT.replace("frobnicate: 4", "frobnicate: 5"))[:2] == before[:2]
    assert marks(TEXT.replace("strde: 2}\n  - {dense", "strde: 9}\n  - {dense"))[0] == before[0]


def test_they_stay_where_a_message_names_another_line(found):
    text = "input: 28x28x1\ndefaults: {conv: {padding: same}}\nlayers:\n  - {conv_transpose: 3x3x8, padding: same}\n"
    one, other = (gitlab_json(ValidationReport(found(net=each)).findings()) for each in (text, f"# a line\n{text}"))
    assert [each["fingerprint"] for each in one] == [each["fingerprint"] for each in other]
    assert json.dumps(one) != json.dumps(other)
