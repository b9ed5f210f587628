"""No command writes an unknown number as 0, or its lower bound as if it were the number, in any format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from cli.test_formats import offered

NET = """\
name: net
input: 12x12x3
layers:
  - {conv: 3x3x8, padding: 1, norm: batch_norm, activation: relu, name: a}
  - {opaque: Mystery, output: 12x12x8, name: secret}
  - {conv: 3x3x8, name: b}
  - flatten
  - {dense: 10, name: score}
"""
PARAMS = 3 * 3 * 3 * 8 + 8 + 16 + 3 * 3 * 8 * 8 + 8 + 800 * 10 + 10
MACS = 144 * 27 * 8 + 100 * 72 * 8 + 800 * 10
OTHER = NET.replace("conv: 3x3x8, name: b", "conv: 3x3x8, stride: 1, padding: 1, name: b")
WAYS: dict[str, list[list[str]]] = {
    "summarize": [["net.yaml"], ["net.yaml", "--sort", "params"], ["net.yaml", "--depth", "1"],
                  ["net.yaml", "--columns", "name,params,percent,trainable_params,macs,macs_percent,flops,memory"]],
    "explain": [["net.yaml"], ["net.yaml", "secret"]],
    "hyperparameters": [["net.yaml"]],
    "receptive-field": [["net.yaml", "--all"], ["net.yaml", "--layer", "secret"]],
    "forward": [["net.yaml"], ["net.yaml", "--all"], ["net.yaml", "--trace", "a"], ["net.yaml", "--shift", "1,0"]],
    "verify": [["net.yaml"], ["net.yaml", "--quick"]],
    "compare": [["net.yaml", "other.yaml"], ["net.yaml", "other.yaml", "net.yaml"], ["net.yaml", "typical_cnn"],
                ["typical_cnn", "net.yaml", "--depth", "1"], ["typical_cnn", "net.yaml", "--fail-if", "params > 5M"]],
    "validate": [["net.yaml"], ["net.yaml", "--verify"], ["net.yaml", "--expect", "params <= 5M"],
                 ["net.yaml", "--select", "design"]],
    "solve": [["net.yaml", "--layer", "b", "--output", "5x5"], ["net.yaml", "--sizes"], ["net.yaml", "--cover"],
              ["vary.yaml", "--params", "<= 5M", "--vary", "n"]],
    "report": [["net.yaml"], ["net.yaml", "other.yaml"]],
    "homework sheet": [["net.yaml", "--ask", "output,params,macs,memory,receptive_field,total"],
                       ["net.yaml", "--key", "--ask", "output,params,macs,memory,receptive_field,total"]],
    "homework grade": [["sheet.yaml", "--key", "net.yaml"], ["sheet.yaml", "--key", "net.yaml", "--reveal", "always"]],
}  # fmt: skip
WITHOUT_MODEL = {"specs", "homework exercise"}
"""Commands whose models are ours."""


def bounds(*numbers: int) -> list[str]:
    """The forms in which totals might be written."""
    return [form for number in numbers for form in (str(number), f"{number:,}")]


TOTALS = bounds(PARAMS, MACS, 4 * PARAMS, 2 * MACS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    Path("other.yaml").write_text(OTHER, encoding="utf-8")
    Path("vary.yaml").write_text("vars: {n: 1}\n" + NET.replace("dense: 10", "dense: $n"), encoding="utf-8")
    Path("sheet.yaml").write_text(call("homework", "sheet", "net.yaml", "--key").out, encoding="utf-8")
    return tmp_path


def tries() -> list[Any]:
    return [
        pytest.param(command, arguments, format, id=f"{command} {' '.join(arguments)} {format}")
        for command, formats in offered().items()
        for arguments in WAYS.get(command, [])
        for format in formats
    ]


def test_every_command_is_tried():
    assert set(offered()) - WITHOUT_MODEL == set(WAYS)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("command", "arguments", "format"), tries())
def test_an_unknown_number_is_never_0(call, command: str, arguments: list[str], format: str):
    done = call(*command.split(), *arguments, "--format", format)
    assert "Traceback" not in done.err
    assert "bug in cnncalc" not in done.err
    if done.status == 2:
        return  # there is no such form, which other tests say
    text = done.out
    for total in TOTALS:
        assert_bounded(text, total)
    if format == "json":
        check_json(json.loads(text))
    elif format in ("csv", "tsv") and not command.startswith("homework"):
        check_table(list(csv.reader(io.StringIO(text), dialect="excel" if format == "csv" else "excel-tab")))


def assert_bounded(text: str, total: str) -> None:
    """A total of what is known stands behind its sign, or in JSON among the lower bounds."""
    for place in range(len(text)):
        if not text.startswith(total, place) or text[place - 1 : place].isdigit():
            continue
        after = text[place + len(total) : place + len(total) + 2]
        if after[:1].isdigit() or (after[:1] == "," and after[1:].isdigit()):
            continue
        before = text[:place].rstrip("$ ~\\;&nbsp")
        is_bound = before.endswith(("≥", "\\ge", ">=")) or '"at_least"' in text[max(0, place - 400) : place]
        assert is_bound, text[max(0, place - 60) : place + 20]


def check_json(found: Any) -> None:
    """Of the opaque layer, every count that is there is null, or a lower bound."""
    if isinstance(found, list):
        for each in found:
            check_json(each)
    elif isinstance(found, dict):
        if found.get("name") == "secret":
            for key in ("params", "macs", "trainable_params"):
                assert found.get(key) is None, key
                assert key not in found or found["at_least"][key] == 0
        for each in found.values():
            check_json(each)


COUNTS = ("params", "macs", "trainable_params", "percent", "macs_percent", "flops", "result")


def check_table(rows: list[list[str]]) -> None:
    """Of the opaque layer, every cell of a count is empty."""
    if not rows:
        return
    for row in rows[1:]:
        named = dict(zip(rows[0], row, strict=False))
        if "secret" in (named.get("name"), named.get("layer")) and named.get("quantity") in (None, "params", "macs"):
            assert [key for key in COUNTS if named.get(key)] == []


def test_the_checks_see():
    with pytest.raises(AssertionError):
        assert_bounded(f"parameters {PARAMS:,}, all trainable", f"{PARAMS:,}")
    with pytest.raises(AssertionError):
        check_json({"layers": [{"name": "secret", "params": 0}]})
    with pytest.raises(AssertionError):
        check_table([["name", "params"], ["secret", "0"]])
