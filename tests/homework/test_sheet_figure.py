"""A sheet that draws its network: it gives no answer away, and the key shows the sizes."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.homework.language import Language
from cnncalc.homework.sheet.questions import WORDS, sheet_of
from cnncalc.report._document import Picture
from cnncalc.report.views.homework.sheet import SheetReport

NET = """\
name: net
input: 33x47x3
layers:
  - {conv: 3x3x8, padding: same, activation: relu}
  - residual: [{conv: 3x3x8, padding: same, norm: batch_norm, activation: relu}, {conv: 3x3x8, padding: 1}]
  - concat:
      - {conv: 1x1x5}
      - [{conv: 1x1x2}, {conv: 5x5x7, stride: 2, padding: 2}, {upsample: 2}, {crop: [[0, 1], [0, 1]]}]
  - {max_pool: 2, stride: 2}
  - flatten
  - {dense: 11}
"""
SVG = "{http://www.w3.org/2000/svg}"


def report(with_key: bool = False, language: str = "en", text: str = NET) -> SheetReport:
    spec = cnncalc.load(text)
    return SheetReport(sheet_of(cnncalc.analyze(spec), WORDS), with_key, say=Language(language), has_figure=True)


def drawn(sheet: SheetReport) -> Picture:
    return next(block for block in sheet.document() if isinstance(block, Picture))


def svg_of(sheet: SheetReport) -> ElementTree.Element:
    return ElementTree.fromstring("".join(drawn(sheet).svg()))


def texts_of(sheet: SheetReport) -> list[str]:
    """What stands in the figure in HTML."""
    return [str(each.text) for each in svg_of(sheet).iter(f"{SVG}text")]


def test_it_says_of_each_layer_what_the_sheet_says():
    assert texts_of(report()) == [
        "input", "33×47×3",
        "conv1", "conv 3×3, 8 filters,", "padding same, relu",
        "conv2", "conv 3×3, 8 filters,", "padding same,", "batch_norm, relu",
        "conv3", "conv 3×3, 8 filters,", "padding 1",
        "+", "residual1",
        "conv4", "conv 1×1, 5 filters",
        "conv5", "conv 1×1, 2 filters",
        "conv6", "conv 5×5, 7 filters,", "stride 2, padding 2",
        "upsample1", "upsample ×2",
        "crop1", "crop [[0, 1], [0, 1]]",
        "c", "concat1",
        "max_pool1", "max_pool 2×2",
        "flatten1", "flatten",
        "dense1", "dense 11 units",
        "input", "convolutional layer", "pooling layer", "dense layer", "other layer",
    ]  # fmt: skip


def test_german_sheets_have_german_figures():
    texts = texts_of(report(language="de"))
    assert "conv 3×3, 8 Filter," in texts
    assert texts[-5:] == ["Eingabe", "Faltungsschicht", "Pooling-Schicht", "Dense-Schicht", "andere Schicht"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_has_no_number_that_is_asked_for(language: str):
    sheet = report(language=language)
    spec = sheet.texts.sheet.analysis.spec
    given = set(re.findall(r"\d+", " ".join(sheet.texts.settings(item) for item in sheet.texts.sheet.items)))
    given |= set(re.findall(r"\d+", " ".join(item.name for item in sheet.texts.sheet.items)))
    given |= set(map(str, spec.graph.inputs[0].output.sizes(spec.layout)))
    asked = {
        number
        for question in sheet.texts.sheet.questions
        for number in re.findall(r"\d+", str(question.answer))
        if number not in given
    }
    assert len(asked) > 20
    tikz = "".join(drawn(sheet).tikz())
    nodes = re.findall(r"\{\{\}(.*)\};|^% (.*)$", tikz, re.MULTILINE)  # and comments
    shown = {
        "svg": " ".join(texts_of(sheet)),
        "tikz": re.sub(r"\$\\times\$", "×", " ".join("".join(each) for each in nodes)),
        "text": "\n".join(drawn(sheet).lines),
    }
    assert "conv1" in shown["tikz"]
    for form, text in shown.items():
        assert asked.isdisjoint(re.findall(r"\d+", text)), form


def test_no_size_can_be_read_off_the_blocks():
    """All maps are alike, and so are all vectors, whatever their sizes."""
    tikz = "".join(drawn(report()).tikz())
    assert len(set(re.findall(r"\{slab=\{\w+\}(.*)\};", tikz))) == 1
    bars = re.findall(r"\{bar=\{\w+\}(\{[\d.]+\}\{[\d.]+\})\};$", tikz, re.MULTILINE)
    assert len(bars) == 2  # flatten and dense; those of the legend do not end their lines
    assert len(set(bars)) == 1


def test_what_a_layer_is_called_stands_alone_where_equal_sizes_would_stand_together():
    """Layers that stand against one another would tell that their outputs are of one size."""
    (figure,) = {len(each.slabs) for each in _placed(report())}
    assert figure == 1


def _placed(sheet: SheetReport):
    picture = drawn(sheet).tikz
    return [each for each in picture.args[0].stacks if each.slabs]


def test_the_key_shows_the_sizes():
    texts = texts_of(report(with_key=True))
    # a padding of `same` or 1 keeps 33×47; 5×5 with stride 2 and padding 2: (33 + 4 − 5) / 2 + 1 = 17, and 24
    # the concat has 5 + 7 channels; the pool halves, rounded down; 16·23·12 = 4416
    for size in ("33×47×8", "33×47×5", "17×24×7", "34×48×7", "33×47×12", "16×23×12", "4416", "11"):
        assert size in texts, size


def test_as_text_it_is_the_ways_through_the_network():
    assert list(drawn(report()).lines) == [
        "input → conv1 → conv2 → conv3 → residual1 → conv5 → conv6 → upsample1 → crop1 →",
        "  concat1 → max_pool1 → flatten1 → dense1",
        "residual1 → conv4 → concat1",
        "conv1 → residual1",
    ]
    for format in ("text", "markdown"):
        assert "residual1 → conv4 → concat1" in report().render(format)


def test_only_paper_has_it(capsys: pytest.CaptureFixture[str]):
    for format in ("yaml", "csv", "tsv"):
        assert run(["homework", "sheet", "typical_cnn", "--figure", "--format", format]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert said.endswith("Invalid value for --figure: it needs --format text, markdown, latex or html")
    assert run(["homework", "sheet", "typical_cnn", "--figure", "--format", "html"]) == 0
    assert capsys.readouterr().out.count("<svg") == 1
    assert run(["homework", "sheet", "typical_cnn", "--format", "html"]) == 0
    assert "<svg" not in capsys.readouterr().out


def test_exercises_have_it_too(tmp_path: Path):
    options = ["--seed", "3", "-o", str(tmp_path / "out"), "--format", "latex", "--figure"]
    assert run(["homework", "exercise", *options]) == 0
    sheets = sorted((tmp_path / "out").glob("*.tex"))
    assert len(sheets) == 2  # the sheet and the key
    assert all(sheet.read_text("utf-8").count(r"\begin{tikzpicture}") == 1 for sheet in sheets)


def test_from_python():
    sheet = cnncalc.sheet(cnncalc.load("typical_cnn"), "output", figure=True)
    assert sheet.render("latex").count(r"\begin{tikzpicture}") == 1
    assert "<svg" in sheet.render("html")
    assert sheet.render("yaml") == cnncalc.sheet(cnncalc.load("typical_cnn"), "output").render("yaml")


def test_texts_stay_texts():
    text = 'name: "<b>x</b>"\ninput: 8x8x2\nlayers: [{opaque: "</svg><script>", output: 8x8x2, params: 0}]\n'
    sheet = SheetReport(sheet_of(cnncalc.analyze(cnncalc.load(text)), ("receptive_field", "total")), has_figure=True)
    root = svg_of(sheet)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {
        "svg", "title", "text", "polygon", "polyline"
    }  # fmt: skip
    assert root.findtext(f"{SVG}title") == "<b>x</b>"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["net", "vgg16", "googlenet"])
def test_a_sheet_with_a_figure_compiles(name: str, tmp_path: Path):
    if not shutil.which("pdflatex") or subprocess.run(["kpsewhich", "tikz.sty"], check=False).returncode:
        pytest.skip("needs pdflatex with TikZ")
    for with_key in (False, True):
        sheet = (
            report(with_key, "de") if name == "net" else cnncalc.sheet(cnncalc.load(name), key=with_key, figure=True)
        )
        path = tmp_path / f"{with_key}.tex"
        path.write_text(sheet.render("latex"), encoding="utf-8")
        done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name], cwd=tmp_path,
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
        assert re.findall(rb"Overfull \\vbox \((\d+)", done.stdout) == []
        overfull = re.findall(rb"Overfull \\hbox \((\d+)", done.stdout)
        assert [width for width in overfull if int(width) > 12] == []
