"""HTML for notebooks: escaped, and every tag closed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import cnncalc
from cnncalc.explanation.derivation import explain
from cnncalc.report._document import Column, Facts, Formula, Heading, Paragraph, Table
from cnncalc.report.formats.html import html
from cnncalc.report.views.explain import ExplainReport

VOID = {"br"}


class Checker(HTMLParser):
    """Collects the tags and the text; fails where a tag is not closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.rows: list[int] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert all(name in ("style", "scope") for name, _ in attrs)
        if tag == "tr":
            self.rows.append(0)
        elif tag in ("td", "th"):
            self.rows[-1] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def test_repr_html():
    nasty = "<script>alert(1)</script> \"q\" 's' & &amp; <!-- </table> [bold] ü漢🎉"
    spec = cnncalc.load(f"name: >-\n  {nasty}\ninput: 28x28x1\nlayers: [conv: 3x3x8, flatten, dense: 10]\n")
    source = cnncalc.analyze(spec)._repr_html_()
    page = Checker(source)
    assert "script" not in page.tags
    assert nasty in page.text
    for text in ("conv1", "26×26×8", "48,672", "conv 3×3, 8 filters"):
        assert text in page.text
    assert page.rows[:4] == [6] * 4  # a header and three rows of six columns


def test_every_block():
    nasty = "<b> & \" ' </p> <!-- x -->"
    document = [
        Heading(nasty, nasty),
        Paragraph(nasty),
        Facts([(nasty, nasty)]),
        Table([Column(nasty)], [[nasty]]),
        Formula(nasty, nasty, nasty, nasty, nasty),
        Formula("q", "", "", "8", ""),
    ]
    page = Checker("".join(html(document)))
    assert "b" not in page.tags
    assert page.text.count(nasty) == 12


def test_characters_that_turn_the_text_are_written_out():
    spec = cnncalc.load('name: "a\\u202eb\\u009bc"\ninput: 8x8x1\nlayers: [conv: 3x3x8]\n')
    assert "\u202e" not in cnncalc.analyze(spec)._repr_html_()


def test_symbols_have_their_subscripts_and_names_keep_their_underscores():
    spec = cnncalc.load("name: my_net\ninput: 8x8x4\nlayers: [{conv: 3x3x8, name: my_conv_1}]\n")
    analysis = cnncalc.analyze(spec)
    source = "".join(html(ExplainReport(spec, [explain(analysis, analysis.layers[0])]).document()))
    page = Checker(source)
    assert ">⌊(n<sub>in</sub> − k + 2·p) / s⌋ + 1 = ⌊(8 − 3 + 2·0) / 1⌋ + 1 = <strong>6</strong></code>" in source
    assert ">r<sub>in</sub> + (k − 1)·j<sub>in</sub> = 1 + (3 − 1)·1 = <strong>3</strong></code>" in source
    assert "my_net" in page.text
    assert "my_conv_1" in page.text
    assert not re.search(r"\b[a-z]+_(in|out)\b", source)
