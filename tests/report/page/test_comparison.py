"""Models side by side on a page are what `compare` says about them."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest

import cnncalc
from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import run
from cnncalc.report.page.model_page import ModelPage
from cnncalc.report.report import written_out

ONE_MORE = """\
name: "one <b>more</b>"
input: 28x28x1
layers:
  - {conv: 8, kernel: 3, activation: relu}
  - {max_pool: 2}
  - {conv: 16, kernel: 3, norm: batch_norm, activation: relu, name: added}
  - {conv: 16, kernel: 3, activation: relu, name: conv2}
  - {max_pool: 2}
  - flatten
  - {dense: 32, activation: relu, name: renamed}
"""
PAIRS = (
    ("resnet18", "resnet34"),
    ("typical_cnn", ONE_MORE),
    (ONE_MORE, "typical_cnn"),
    ("vgg16", "vgg16"),
    ("unet", "yolov8"),
)
SIGNS = {"added": "+", "removed": "−", "changed": "~", "renamed": ">"}


class Cells(HTMLParser):
    """The texts of the cells of all tables, row by row, without what is only heard, and of all paragraphs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.paragraphs: list[str] = []
        self.links: list[str] = []
        self._into: list[str] | None = None
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        assert "style" not in given  # the policy of the page forbids it
        self._hidden = given.get("class") == "hidden"
        if tag == "a":
            self.links.append(given["href"] or "")
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th", "p"):
            self._into = self.paragraphs if tag == "p" else self.rows[-1]
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
        if tag in ("td", "th", "p"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None and not self._hidden:
            self._into[-1] += data


def load(name: str) -> Analysis:
    return analyze(cnncalc.load(name))


def section(*analyses: Analysis) -> tuple[str, dict[str, Any]]:
    """The HTML of the comparison, and the data of the page."""
    parts = ModelPage(analyses, [None] * len(analyses)).page()
    html = re.search(r'<section class="comparison".*?</section>', "".join(parts.body), re.DOTALL)
    assert html
    return html[0], written_out(parts.data)


@pytest.mark.parametrize("names", PAIRS)
def test_two_models_have_the_texts_of_compare(names):
    analyses = list(map(load, names))
    html, _ = section(*analyses)
    compared = cnncalc.compare(*(analysis.spec for analysis in analyses))
    known, found = Cells(re.sub(' style="[^"]*"', "", compared.render("html"))), Cells(html)
    assert len(known.rows) == len(found.rows)
    for row, other in zip(known.rows, found.rows, strict=True):
        status = other[0].split(" ")
        if len(status) == 2 and status[1] in SIGNS:  # a sign, and on the page also a word
            assert SIGNS[status[1]] == status[0] == row[0]
            row, other = row[1:], other[1:]
        assert row == other
    assert set(known.paragraphs) <= set(found.paragraphs)


@pytest.mark.parametrize("names", PAIRS)
def test_marks_are_those_of_the_json(names):
    analyses = list(map(load, names))
    _, data = section(*analyses)
    entries = cnncalc.compare(*(analysis.spec for analysis in analyses)).to_dict()["entries"]
    for side, analysis, model, marks in zip(
        ("before", "after"), analyses, data["models"], data["comparison"]["marks"], strict=True
    ):
        own = {entry.name: [layer.name for layer in entry.layers] for entry in analysis.walk() if entry.layers}
        for status in ("added", "removed", "changed"):
            lines = [entry[side] for entry in entries if entry["status"] == status and entry[side]]
            layers = [layer for line in lines for layer in own[line["name"]]]
            assert [model["layers"][layer]["name"] for layer in marks[status]] == layers


def test_links_lead_to_layers():
    first, second = load("typical_cnn"), load(ONE_MORE)
    html, data = section(first, second)
    names = [{layer["name"] for layer in model["layers"]} for model in data["models"]]
    links = Counter(Cells(html).links)
    assert {"#model-1", "#model-2", "#2:added", "#2:conv2", "#dense1", "#2:renamed"} <= set(links)
    for link in links:
        model, colon, name = unquote(link[1:]).rpartition(":")
        assert link.startswith("#model-") or name in names[int(model) - 1 if colon else 0]


def test_counterparts_are_layers_of_the_same_place():
    _, data = section(load("typical_cnn"), load(ONE_MORE))
    names = [[layer["name"] for layer in model["layers"]] for model in data["models"]]
    pairs = {names[0][one]: names[1][other] for one, other in data["comparison"]["counterparts"]}
    assert pairs["input"] == "input"
    assert pairs["conv2"] == "conv2"
    assert pairs["conv2.relu"] == "conv2.relu"
    assert pairs["dense1"] == "renamed"
    assert "added" not in pairs.values()
    assert "dense2" not in pairs


@pytest.mark.slow
def test_three_models_have_their_totals_alone():
    analyses = [load(name) for name in ("resnet18", "resnet34", "resnet50")]
    html, data = section(*analyses)
    compared = cnncalc.compare(*(analysis.spec for analysis in analyses))
    known, found = Cells(re.sub(' style="[^"]*"', "", compared.render("html"))), Cells(html)
    assert known.rows == found.rows
    assert [*known.paragraphs, "Only two models are compared layer by layer."] == found.paragraphs
    assert data["comparison"] == {"marks": [{}, {}, {}], "counterparts": []}


def test_one_model_is_not_compared():
    parts = ModelPage([load("typical_cnn")], [None]).page()
    assert "comparison" not in "".join(parts.body)
    assert parts.data["comparison"] is None


def test_names_are_inert():
    html, _ = section(load("typical_cnn"), load(ONE_MORE))
    assert "<b>" not in html
    assert "one <b>more</b>" in unescape(html)


def test_very_many_differences_are_not_all_listed():
    chain = "{{input: 4x4x1, layers: [{}]}}"
    few, many = (load(chain.format(", ".join(["relu"] * count))) for count in (1, 701))
    html, data = section(few, many)
    assert html.count("+ added") == 500
    assert "These are 500 of 700 differences; <code>cnncalc compare</code> lists them all." in html
    assert len(data["comparison"]["marks"][1]["added"]) == 700


def test_models_that_are_too_large_together(tmp_path, capsys, monkeypatch):
    """ResNet-18 has 68 layers, ResNet-34 eight more blocks of seven."""
    monkeypatch.setattr("cnncalc.comparison.together.MAX_COMPARED", 100)
    assert run(["report", "resnet18", "resnet34", "--no-values", "-o", str(tmp_path / "page.html")]) == 2
    message = capsys.readouterr().err
    assert "at most 100 layers are compared, and these models have at least 192" in message
    assert not list(tmp_path.iterdir())


def test_standard_input_is_read_once(tmp_path, capsys):
    assert run(["report", "-", "-", "-o", str(tmp_path / "page.html")]) == 2
    assert "standard input can be read once" in capsys.readouterr().err
