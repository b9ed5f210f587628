"""SARIF against the published schema, and what GitHub asks for besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from cnncalc.checks.registry import all_codes
from cnncalc.checks.validate_files import FileFindings
from cnncalc.report.findings.sarif import sarif_json
from cnncalc.report.findings.validation import ValidationReport
from cnncalc.source.diagnostics import START, Diagnostic

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
TEXT = "input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n  - {conv: 3x3x8, strde: 2}\n"


def checked(results: list[FileFindings]) -> dict[str, Any]:
    """The log's only run; the log is valid."""
    log = json.loads(json.dumps(sarif_json(ValidationReport(results).findings())))
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def test_the_schema_sees_mistakes():
    for wrong in ({}, {"version": "2.0.0", "runs": []}, {"version": "2.1.0", "runs": [{"results": []}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft4Validator(SCHEMA).validate(wrong)


def test_a_result(found):
    run = checked(found(net=TEXT, fine="input: 28x28x1\nlayers: [relu]\n"))
    assert run["columnKind"] == "unicodeCodePoints"
    first, second = run["results"]
    assert first["ruleId"] == "CNN204"
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "CNN204"
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "net.yaml"},
        "region": {"startLine": 3, "startColumn": 19, "endLine": 3, "endColumn": 24},
    }
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_no_findings(found):
    run = checked(found(fine="input: 28x28x1\nlayers: [relu]\n"))
    assert run["results"] == []


def test_every_rule_has_what_github_asks_for():
    """shortDescription, fullDescription and help in text; it shows help.markdown where there is one."""
    run = checked([FileFindings("net.yaml", "", [Diagnostic(code, "m", "net.yaml", START) for code in all_codes()])])
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == all_codes()
    assert urlsplit(run["tool"]["driver"]["informationUri"]).scheme == "https"
    for rule in rules:
        assert urlsplit(rule["helpUri"]).scheme == "https"
        for key in ("shortDescription", "fullDescription", "help"):
            assert 0 < len(rule[key]["text"]) <= 1024 or key == "help", rule["id"]
        assert len(rule["properties"]["tags"]) <= 20
        assert rule["help"]["markdown"].count("```") in (0, 4)


def test_what_github_asks_of_results(found, hostile):
    run = checked([*found(net=TEXT), *hostile])
    for result in run["results"]:
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        parts = urlsplit(uri)
        assert not parts.scheme
        assert not parts.netloc
        assert not uri.startswith("/")
        assert result["partialFingerprints"]
        # GitHub works this one out itself, of the file
        assert "primaryLocationLineHash" not in result["partialFingerprints"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_nothing_that_is_quoted_reaches_a_terminal(hostile):
    run = checked(hostile)
    assert len(run["results"]) == 2
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.isascii()
        assert uri.isprintable()
        assert unquote(uri) == hostile[0].file
        assert all(line.isprintable() for line in result["message"]["text"].split("\n"))


def test_an_unreadable_file(found, tmp_path):
    from cnncalc.checks.validate_files import validate_file

    missing = validate_file(str(tmp_path / "no.yaml"))
    assert missing is not None
    run = checked([missing, *found(broken="\0")])
    assert [each["ruleId"] for each in run["results"]] == ["CNN101", "CNN102"]


def test_fingerprints_stay_when_lines_come_and_go_above(found):
    def marks(text: str) -> list[dict[str, str]]:
        return [each["partialFingerprints"] for each in checked(found(net=text))["results"]]

    assert marks(f"# one\n\n{TEXT}") == marks(TEXT)
