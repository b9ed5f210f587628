"""Every command, in every format, on a model with layers that read nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli.test_formats import offered

NET = """\
name: net
input: 12x12x3
blocks:
  tokens: [{learned: 5x8, initial: 0.5}, {conv: 8, kernel: 1}]
layers:
  - {learned: [8], name: style}
  - {conv: 3x3x8, padding: 1, norm: batch_norm, activation: relu, from: input, name: a}
  - {multiply: [[], style], name: styled}
  - {flatten: {positions: true}, name: row}
  - {prepend: 2}
  - {tokens: , name: asked, trainable: false}
  - {matmul: [[], row], transpose: second, name: scores}
  - {add: [{learned: 5x144}, []]}
  - softmax
  - {matmul: [[], row], name: found}
  - {glu: silu}
  - flatten
  - {dense: 10, name: score}
outputs: [score, prepend1]
"""
OTHER = NET.replace("learned: 5x8", "learned: 6x8").replace("learned: 5x144", "learned: 6x144")
WAYS: dict[str, list[list[str]]] = {
    "summarize": [["net.yaml"], ["net.yaml", "--sort", "params"], ["net.yaml", "--depth", "1"],
                  ["net.yaml", "--columns", "name,input,params,percent,macs,receptive_field,memory"],
                  ["net.yaml", "--until", "asked"], ["net.yaml", "--batch", "3"]],
    "explain": [["net.yaml"], ["net.yaml", "style", "scores"]],
    "hyperparameters": [["net.yaml"]],
    "receptive-field": [["net.yaml"], ["net.yaml", "--all"], ["net.yaml", "--layer", "style"],
                        ["net.yaml", "--layer", "asked.conv1", "--at", "2"]],
    "forward": [["net.yaml"], ["net.yaml", "--all"], ["net.yaml", "--layer", "style"], ["net.yaml", "--trace", "a"],
                ["net.yaml", "--trace", "score"], ["net.yaml", "--shift", "1,0"]],
    "verify": [["net.yaml"], ["net.yaml", "--quick"]],
    "compare": [["net.yaml", "other.yaml"], ["net.yaml", "other.yaml", "net.yaml"], ["net.yaml", "typical_cnn"],
                ["typical_cnn", "net.yaml", "--depth", "1"]],
    "validate": [["net.yaml"], ["net.yaml", "--verify"], ["net.yaml", "--select", "design"]],
    "solve": [["net.yaml", "--layer", "a", "--output", "5x5"], ["net.yaml", "--layer", "style", "--output", "5"],
              ["net.yaml", "--sizes"], ["net.yaml", "--cover"],
              ["vary.yaml", "--params", "<= 5M", "--vary", "n"]],
    "report": [["net.yaml"], ["net.yaml", "other.yaml"], ["net.yaml", "--no-values"]],
    "homework sheet": [["net.yaml", "--ask", "output,params,macs,memory,receptive_field,total"],
                       ["net.yaml", "--key", "--ask", "output,params,macs,memory,receptive_field,total"],
                       ["net.yaml", "--language", "de"]],
    "homework grade": [["sheet.yaml", "--key", "net.yaml", "--reveal", "always"],
                       ["wrong.yaml", "--key", "net.yaml", "--reveal", "always"]],
}  # fmt: skip
WITHOUT_MODEL = {"specs", "homework exercise"}
"""Commands whose models are ours."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    Path("other.yaml").write_text(OTHER, encoding="utf-8")
    Path("vary.yaml").write_text("vars: {n: 1}\n" + NET.replace("dense: 10", "dense: $n"), encoding="utf-8")
    sheet = call("homework", "sheet", "net.yaml", "--key", "--ask", "output,params,macs,receptive_field,total").out
    Path("sheet.yaml").write_text(sheet, encoding="utf-8")
    Path("wrong.yaml").write_text(sheet.replace("8", "9").replace("40", "41"), encoding="utf-8")
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
def test_no_command_fails(call, command: str, arguments: list[str], format: str):
    done = call(*command.split(), *arguments, "--format", format)
    assert "Traceback" not in done.err
    assert "bug" not in done.err + done.out
