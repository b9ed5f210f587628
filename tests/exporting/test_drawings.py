"""Drawings: what is in them, that Graphviz and Mermaid read it so, and that no text breaks out of its place."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from helpers import neighbour

import cnncalc
from cnncalc.cli import run as command
from cnncalc.exporting.drawing.drawn import DrawnBox, DrawnFrame, ModelDrawing, drawing
from cnncalc.exporting.targets import TARGETS
from cnncalc.source.open_model import shipped

renderers = neighbour(__file__, "renderers")
DRAWINGS = [name for name, target in TARGETS.items() if target.is_drawing]
LANGUAGES = ["dot", "mermaid"]
"""Those that another program lays out."""

UNITS = neighbour(__file__, "units").UNITS


def load(text: str, folder: Path) -> cnncalc.Spec:
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return cnncalc.load(path)


def everything(members: Iterable[DrawnBox | DrawnFrame]) -> Iterator[DrawnBox | DrawnFrame]:
    for member in members:
        yield member
        if isinstance(member, DrawnFrame):
            yield from everything(member.members)


def outline(members: Iterable[DrawnBox | DrawnFrame], indentation: str = "") -> Iterator[str]:
    """A line for each box and frame, indented as they are inside one another."""
    for member in members:
        if isinstance(member, DrawnFrame):
            yield f"{indentation}{member.name}: {member.about}"
            yield from outline(member.members, f"{indentation}  ")
        else:
            mark = " →" if member.is_output else ""
            yield f"{indentation}{member.name}: {' '.join(member.lines)} {member.shape} ({member.role}){mark}"


def arrows(drawn: ModelDrawing) -> list[str]:
    names = {each.number: each.name for each in everything(drawn.members) if isinstance(each, DrawnBox)}
    return [f"{names[source]} → {names[target]}" for source, target, _ in drawn.edges]


# -- what is drawn


def test_an_entry_is_a_box_and_what_has_names_inside_a_frame(tmp_path: Path):
    drawn = drawing(load(UNITS, tmp_path))
    assert drawn.title == "units"
    assert list(outline(drawn.members)) == [
        "input:  12×12×3 (input)",
        "conv1: conv 3×3, 8 filters, padding 1 12×12×8 (weighted)",
        "body: unit ×4",
        "  body.0: unit",
        "    conv1: conv 3×3, 16 filters, padding 1, batch_norm, relu 12×12×16 (weighted)",
        "    conv2: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
        "    conv3: conv 1×1, 16 filters 12×12×16 (weighted)",
        "    residual1: add relu 12×12×16 (merge)",
        *(
            line
            for copy in (1, 2, 3)
            for line in (
                f"  body.{copy}: unit",
                "    conv1: conv 3×3, 16 filters, padding 1, batch_norm, relu 12×12×16 (weighted)",
                "    conv2: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
                "    residual1: add relu 12×12×16 (merge)" + (" →" if copy == 3 else ""),
            )
        ),
        "plain: conv ×2",
        "  plain.0: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
        "  plain.1: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
        "max_pool1: max_pool 3×3, stride 1, padding 1 12×12×16 (plain)",
        "concat1: concat 12×12×32 (merge)",
        "head: group",
        "  global_avg_pool1: global_avg_pool 32 (plain)",
        "  dense1: dense 5 units 5 (weighted) →",
    ]


def test_edges_are_what_a_box_reads(tmp_path: Path):
    assert arrows(drawing(load(UNITS, tmp_path))) == [
        "input → conv1",
        "conv1 → conv1",  # the first of the first unit
        "conv1 → conv2",
        "conv1 → conv3",  # its shortcut
        "conv2 → residual1",
        "conv3 → residual1",
        *(["residual1 → conv1", "conv1 → conv2", "conv2 → residual1", "residual1 → residual1"] * 3),
        "residual1 → plain.0",
        "plain.0 → plain.1",
        "plain.1 → max_pool1",
        "plain.1 → concat1",
        "max_pool1 → concat1",
        "concat1 → global_avg_pool1",
        "global_avg_pool1 → dense1",
    ]


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (
            1,
            [
                "body: unit ×4 12×12×16 (block) →",
                "plain: conv 3×3, 16 filters, padding 1 (×2) 12×12×16 (weighted)",
                "concat1: concat 12×12×32 (block)",
                "head: group 5 (block) →",
            ],
        ),
        (
            2,
            [
                "body: unit ×4",
                "  body.0: unit 12×12×16 (block)",  # it alone has a shortcut
                "  body.1…3: unit (×3) 12×12×16 (block) →",
                "plain: conv 3×3, 16 filters, padding 1 (×2) 12×12×16 (weighted)",
                "max_pool1: max_pool 3×3, stride 1, padding 1 12×12×16 (plain)",
                "concat1: concat 12×12×32 (merge)",
                "head: group",
                "  global_avg_pool1: global_avg_pool 32 (plain)",
                "  dense1: dense 5 units 5 (weighted) →",
            ],
        ),
    ],
)
def test_what_is_below_the_depth_is_one_box_and_equal_copies_too(depth: int, expected: list[str], tmp_path: Path):
    head = ["input:  12×12×3 (input)", "conv1: conv 3×3, 8 filters, padding 1 12×12×8 (weighted)"]
    assert list(outline(drawing(load(UNITS, tmp_path), depth).members)) == head + expected


def test_several_inputs_shared_weights_and_a_size_alone(tmp_path: Path):
    text = """\
inputs: {left: 8x8x3, right: 4x4x3}
layers:
  - {conv: 3x3x4, padding: same, from: left, name: see}
  - {share: see, from: right, name: again}
  - {resize: {like: see}, name: large}
  - add: [see, large]
"""
    drawn = drawing(load(text, tmp_path))
    assert list(outline(drawn.members)) == [
        "left:  8×8×3 (input)",
        "right:  4×4×3 (input)",
        "see: conv 3×3, 4 filters, padding 1 8×8×4 (weighted)",
        "again: share conv 3×3, 4 filters, padding 1 4×4×4 (weighted)",
        "large: resize like see 8×8×4 (plain)",
        "add1: add 8×8×4 (merge) →",
    ]
    assert arrows(drawn) == [
        "left → see",
        "right → again",
        "again → large",
        "see → large",
        "see → add1",
        "large → add1",
    ]
    assert [edge.is_size_alone for edge in drawn.edges] == [False, False, False, True, False, False]


def test_long_texts_are_broken_between_settings_into_lines_of_about_the_same_length(tmp_path: Path):
    text = "input: 32x32x3\nlayers: [{conv: 7x7x64, stride: 2, padding: 3, bias: false, activation: relu}]\n"
    (_, box) = drawing(load(text, tmp_path)).members
    assert isinstance(box, DrawnBox)
    assert box.lines == ("conv 7×7, 64 filters, stride 2,", "padding 3, no bias, relu")


# -- every shipped model


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_every_entry_and_everything_that_is_read(name: str):
    graph = cnncalc.load(name).graph
    drawn = drawing(cnncalc.load(name))
    boxes = [each for each in everything(drawn.members) if isinstance(each, DrawnBox)]
    owners = {node: entry for entry in graph.walk() for node in entry.nodes}
    assert len(boxes) == len(graph.inputs) + len({*owners.values()})
    assert [box.number for box in boxes] == [*range(1, len(boxes) + 1)]
    frames = [each.number for each in everything(drawn.members) if isinstance(each, DrawnFrame)]
    assert len(frames) == len({*frames})
    read = {
        (owners.get(source, source), owners[node])
        for node in graph.nodes
        for source in (*node.inputs, node.like)
        if source and owners.get(source) is not owners[node]
    }
    assert len(drawn.edges) == len(set(drawn.edges)) == len(read)
    assert sum(box.is_output for box in boxes) == len({owners.get(node, node) for node in graph.output_nodes})


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_both_languages_say_the_same(name: str):
    spec = cnncalc.load(name)
    for depth in (None, 1, 2):
        dot, mermaid = (cnncalc.export(spec, to, depth=depth) for to in LANGUAGES)
        assert dot_labels(dot) == mermaid_labels(mermaid)
        edges = re.findall(r"^  n(\d+) -> n(\d+)", dot, re.MULTILINE)
        assert edges == re.findall(r"^  n(\d+) -\.?->? n(\d+)$", mermaid.replace("-.->", "-->"), re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["ok", "design", "graph"])
def test_every_case_is_drawn_at_every_depth(folder: str):
    count = 0
    for path in sorted((Path(__file__).parents[1] / "cases" / folder).glob("*.yaml")):
        try:
            spec = cnncalc.load(path)
        except cnncalc.SpecError:
            continue
        count += 1
        for depth in (None, 1, 2, 3):
            dot, mermaid = (cnncalc.export(spec, to, depth=depth) for to in LANGUAGES)
            assert dot_labels(dot) == mermaid_labels(mermaid), path.name
    assert count


def dot_labels(text: str) -> dict[str, str]:
    found = re.findall(r"^ *n(\d+) \[label=<(.*)>, (?:shape|fillcolor)", text, re.MULTILINE)
    return {number: _of_html(label) for number, label in found}


def mermaid_labels(text: str) -> dict[str, str]:
    found = re.findall(r'^ *n(\d+)[(\[]+"(.*)"[)\]]+$', text, re.MULTILINE)
    return {number: _of_html(re.sub(r"#(\d+);", r"&#\1;", label)) for number, label in found}


def _of_html(label: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub("<br/?>", "\n", label)))


@pytest.mark.slow
def test_a_model_of_20000_layers(tmp_path: Path):
    unit = "[{residual: [{conv: 3x3x4, padding: 1, norm: batch_norm, activation: relu}]}]"
    text = f"input: 8x8x4\nblocks: {{unit: {unit}}}\nlayers: [{{unit, repeat: 5000}}]\n"
    spec = load(text, tmp_path)
    assert len(spec.graph.nodes) == 20_000
    open_one = cnncalc.export(spec, "dot")
    assert len(re.findall(r"^  n\d+ ->", open_one, re.MULTILINE)) == 3 * 5000  # conv → add, and two into each unit
    assert len(re.findall(r"^ +n\d+ \[", open_one, re.MULTILINE)) == 1 + 2 * 5000
    assert '"unit ×5000"' not in open_one
    assert len(dot_labels(cnncalc.export(spec, "dot", depth=1))) == 2


# -- the same bytes


@pytest.mark.parametrize("to", DRAWINGS)
def test_exporting_twice_gives_the_same_bytes(to: str, tmp_path: Path):
    load(UNITS, tmp_path)
    code = f"import cnncalc; print(cnncalc.export(cnncalc.load('net.yaml'), {to!r}))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize("to", LANGUAGES)
def test_identifiers_have_nothing_to_do_with_names(to: str, tmp_path: Path):
    one = cnncalc.export(load(UNITS, tmp_path), to)
    other = cnncalc.export(load(UNITS.replace("body", "end").replace("head", "n1"), tmp_path), to)
    assert one.replace("body", "end").replace("head", "n1") == other


# -- text of a spec stays text

NAMES = ("end", "graph", "subgraph", "node", "class", "style", "click", "n1", "cluster_1", "o-x", "1",
         "-", "漢字", "default")  # fmt: skip
TITLES = (
    '"]; n1 -> n2 [label="',
    "</b>>]; x -> y",
    "<script>alert(1)</script> &amp; &#60;",
    "a\nb\r\nc\\n\\l %% --- ``` `x` *y* __z__",
    '#quot; #35; ;;; {{}} "]:::x',
    "US$ $$x^2$$ \\(x\\) fa:fa-car @{shape: cloud}",
    "1. one",
    "\u202eleft \u2028 \x07 \x1b[31m",
    "---\ntitle: x\n---",
    "%%{init: {}}%%",
)


def hostile(title: str) -> str:
    layers = "".join(f'  - {{conv: 3x3x2, padding: 1, name: "{name}"}}\n' for name in NAMES)
    opaque = f"  - {{opaque: {_yaml(title)}, output: 8x8x2, params: 0, name: odd}}\n"
    group = "  - {group: [relu], name: linkStyle}\n"
    return f"name: {_yaml(title)}\ninput: 8x8x2\nlayers:\n{layers}{opaque}{group}"


def _yaml(text: str) -> str:
    return '"' + "".join(f"\\U{ord(each):08X}" for each in text) + '"'


def one_line(text: str) -> str:
    """A text as a drawing has it."""
    line = " ".join(text.split())
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)


@pytest.mark.parametrize("title", TITLES)
def test_labels_are_what_the_spec_says_and_nothing_else_is(title: str, tmp_path: Path):
    spec = load(hostile(title), tmp_path)
    dot, mermaid = (cnncalc.export(spec, to) for to in LANGUAGES)
    labels = {number: text.replace("\u200b", "") for number, text in mermaid_labels(mermaid).items()}
    assert dot_labels(dot) == labels
    assert [text.split("\n")[0] for text in labels.values()] == ["input", *NAMES, "odd", "relu1"]
    assert labels[str(len(NAMES) + 2)].split("\n")[1].startswith(f"opaque {one_line(title)}"[:40])
    plain = cnncalc.export(load(hostile("plain"), tmp_path), "mermaid")
    assert len(mermaid.splitlines()) == len(plain.splitlines())


@pytest.mark.parametrize("title", TITLES)
def test_texts_of_an_svg_are_what_the_spec_says_and_nothing_else_is(title: str, tmp_path: Path):
    made = ElementTree.fromstring(cnncalc.export(load(hostile(title), tmp_path), "svg"))
    plain = ElementTree.fromstring(cnncalc.export(load(hostile("plain"), tmp_path), "svg"))
    assert [each.tag for each in made.iter()] == [each.tag for each in plain.iter()]
    assert made.findtext(f"{renderers.SVG}title") == one_line(title)[:60]
    names = [each.text for each in made.iter(f"{renderers.SVG}text") if each.get("class") == "name"]
    assert names == [one_line(title), "input", *NAMES, "odd", "linkStyle", "relu1"]
    tooltips = [each.text for each in made.iter(f"{renderers.SVG}title")]
    assert any(each.startswith(f"odd: opaque {one_line(title)}"[:40]) for each in tooltips)


@pytest.mark.parametrize("title", TITLES)
def test_graphviz_shows_it(title: str, tmp_path: Path):
    if reason := renderers.without_graphviz():
        pytest.skip(reason)
    dot = cnncalc.export(load(hostile(title), tmp_path), "dot")
    svg = renderers.graphviz_svg(dot)
    shown = renderers.graphviz_texts(svg, "node")
    assert {name.removeprefix("n"): text.replace("\xa0", " ") for name, text in shown.items()} == dot_labels(dot)
    assert "".join(svg.find(f"{renderers.SVG}g").findtext(f"{renderers.SVG}text")) == one_line(title)


@pytest.mark.slow
def test_mermaid_shows_it(tmp_path: Path):
    if reason := renderers.without_mermaid():
        pytest.skip(reason)
    texts = [cnncalc.export(load(hostile(title), tmp_path), "mermaid") for title in TITLES]
    for title, text, svg in zip(TITLES, texts, renderers.mermaid_svgs(texts, tmp_path), strict=True):
        shown = renderers.mermaid_texts(svg, "n")
        assert {name.removeprefix("n"): label for name, label in shown.items()} == mermaid_labels(text)
        assert list(renderers.mermaid_texts(svg, "g").values()) == ["linkStyle group"]
        titles = [each.text for each in svg.iter(f"{renderers.SVG}text") if each.get("class") == "flowchartTitleText"]
        assert titles == [one_line(title).translate(str.maketrans("<>&", "＜＞＆"))]


# -- the programs read what is drawn


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_graphviz_draws_every_shipped_model(name: str):
    if reason := renderers.without_graphviz():
        pytest.skip(reason)
    drawn = drawing(cnncalc.load(name), 2)
    svg = renderers.graphviz_svg(cnncalc.export(cnncalc.load(name), "dot", depth=2))
    found = list(everything(drawn.members))
    assert len(renderers.graphviz_texts(svg, "node")) == sum(isinstance(each, DrawnBox) for each in found)
    assert len(renderers.graphviz_texts(svg, "cluster")) == sum(isinstance(each, DrawnFrame) for each in found)
    assert len(renderers.graphviz_texts(svg, "edge")) == len(drawn.edges)


@pytest.mark.slow
def test_mermaid_draws_models(tmp_path: Path):
    if reason := renderers.without_mermaid():
        pytest.skip(reason)
    specs = [cnncalc.load(name) for name in ("lenet5", "siamese", "unet", "detr")]
    svgs = renderers.mermaid_svgs([cnncalc.export(spec, "mermaid", depth=2) for spec in specs], tmp_path)
    for spec, svg in zip(specs, svgs, strict=True):
        drawn = drawing(spec, 2)
        found = list(everything(drawn.members))
        assert len(renderers.mermaid_texts(svg, "n")) == sum(isinstance(each, DrawnBox) for each in found)
        assert len(renderers.mermaid_texts(svg, "g")) == sum(isinstance(each, DrawnFrame) for each in found)
        links = [path for path in svg.iter(f"{renderers.SVG}path") if "flowchart-link" in (path.get("class") or "")]
        assert len(links) == len(drawn.edges)


def test_a_drawing_that_is_too_large_for_mermaid_says_so(tmp_path: Path):
    def text(count: int) -> str:
        return f"input: 8x8x4\nlayers: [{{relu, repeat: {count}}}]\n"

    assert cnncalc.export(load(text(500), tmp_path), "mermaid").startswith("---\ntitle:")  # 500 edges
    large = cnncalc.export(load(text(501), tmp_path), "mermaid")
    first, second, rest = large.split("\n", 2)
    assert first == f"%% 501 edges in {len(rest):,} characters: Mermaid shows at most 500 edges and 50,000 characters"
    assert second == "%% unless maxEdges and maxTextSize are raised; --depth draws fewer."


def test_the_command_says_so_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "net.yaml"
    path.write_text("input: 8x8x4\nlayers: [{relu, repeat: 501}]\n", encoding="utf-8")
    target = tmp_path / "net.mmd"
    assert command(["export", str(path), "-o", str(target)]) == 0
    characters = len(target.read_text("utf-8").split("\n", 2)[2])
    said = capsys.readouterr().err
    assert " ".join(said.split()) == (
        f"cnncalc: 501 edges in {characters:,} characters: Mermaid shows at most 500 edges and 50,000 characters unless"
        " maxEdges and maxTextSize are raised; --depth draws fewer."
    )
    assert command(["export", str(path), "--depth", "1", "-o", str(target), "--force"]) == 0
    assert capsys.readouterr().err == ""
