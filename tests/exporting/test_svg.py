"""Drawings as SVG: read by a parser of XML, and looked at as an image of rectangles, lines and texts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator

import pytest
from helpers import neighbour

import cnncalc
from cnncalc.exporting.drawing.layout import helvetica_width, laid_out, opened, shortened
from cnncalc.exporting.drawing.svg import svg_element
from cnncalc.source.open_model import shipped

promises = neighbour(__file__, "layout_promises")
SVG = "{http://www.w3.org/2000/svg}"
ROLES = {"input", "weighted", "plain", "merge", "block"}

SMALL = """\
name: small
input: 8x8x3
layers:
  - {conv: 3x3x4, padding: same, activation: relu}
  - {residual: [{conv: 3x3x4, padding: same}], name: sum}
  - {group: [global_avg_pool, dense: 2], name: head}
"""


def made(text: str, depth: int | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(cnncalc.export(cnncalc.load(text), "svg", depth=depth))


def placed(
    element: ElementTree.Element, x: float = 0, y: float = 0
) -> Iterator[tuple[ElementTree.Element, float, float]]:
    """All elements, with where their coordinates begin."""
    if found := re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", "")):
        x, y = x + float(found[1]), y + float(found[2])
    yield element, x, y
    for each in element:
        yield from placed(each, x, y)


def rectangles(image: ElementTree.Element) -> Iterator[tuple[set[str], float, float, float, float]]:
    """The classes of each, and its left, top, right and bottom."""
    for each, dx, dy in placed(image):
        if each.tag == f"{SVG}rect":
            x, y, w, h = (float(each.attrib[name]) for name in ("x", "y", "width", "height"))
            yield {*each.attrib["class"].split()}, x + dx, y + dy, x + dx + w, y + dy + h


def lines(image: ElementTree.Element) -> Iterator[list[tuple[float, float]]]:
    """Points on each edge."""
    for each, dx, dy in placed(image):
        if each.tag == f"{SVG}path" and each.get("class") != "arrow":
            yield [(x + dx, y + dy) for x, y in points(each.attrib["d"])]


def points(path: str) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for command, text in re.findall(r"([MVC])([^MVC]*)", path):
        numbers = [float(each) for each in text.split()]
        if command == "M":
            x, y = numbers
            yield x, y
        elif command == "V":
            for step in range(1, 9):
                yield x, y + (numbers[0] - y) * step / 8
            (y,) = numbers
        else:
            x1, y1, x2, y2, x3, y3 = numbers
            for step in range(1, 17):
                t = step / 16
                a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
                yield a * x + b * x1 + c * x2 + d * x3, a * y + b * y1 + c * y2 + d * y3
            x, y = x3, y3


def test_what_is_in_it():
    image = made(SMALL)
    assert image.tag == f"{SVG}svg"
    assert image.get("role") == "img"
    assert image.findtext(f"{SVG}title") == "small"
    assert image.findtext(f"{SVG}desc") == "A graph of a network, from top to bottom: input 8×8×3, then 4 boxes."
    assert image.get("viewBox") == f"0 0 {image.get('width')} {image.get('height')}"
    texts = [each.text for each in image.iter(f"{SVG}text")]
    assert texts == [
        "small",
        *("input", "8×8×3"),
        *("conv1", "conv 3×3, 4 filters, padding 1, relu", "8×8×4"),
        *("conv2", "conv 3×3, 4 filters, padding 1", "8×8×4"),
        *("sum", "add", "8×8×4"),
        *("head", "group"),
        *("global_avg_pool1", "global_avg_pool", "4"),
        *("dense1", "dense 2 units", "2"),
    ]


def test_closed_a_group_is_one_box_with_a_double_border():
    found = [each for each, *_ in rectangles(made(SMALL, depth=1))]
    assert [*map(sorted, found)] == [["input"], ["weighted"], ["weighted"], ["merge"], ["block", "output"], ["block"]]


def test_the_element_can_stand_in_a_page():
    text = "".join(svg_element(cnncalc.load(SMALL)))
    assert text.startswith("<svg xmlns=")
    assert f'<?xml version="1.0" encoding="UTF-8"?>\n{text}' == cnncalc.export(cnncalc.load(SMALL), "svg")


def test_it_takes_nothing_from_elsewhere():
    text = cnncalc.export(cnncalc.load("resnet50"), "svg")
    assert re.findall(r"href|url\(|@import|<script|<image|<foreignObject|\son\w+=|\sid=", text) == []
    assert re.findall(r"\w+://\S+?(?=\")", text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_model_at_some_depths(name: str):
    spec = cnncalc.load(name)
    closed = laid_out(spec)
    for depth in (None, 1, 2):
        image = ElementTree.fromstring(cnncalc.export(spec, "svg", depth=depth))
        drawing = opened(closed, lambda path, depth=depth: depth is None or len(path) < depth)
        boxes = [box for _, each in promises.visible(drawing) for box in each.boxes]
        edges = [edge for _, each in promises.visible(drawing) for edge in each.edges]
        found = Counter(what for classes, *_ in rectangles(image) for what in classes)
        frames = sum(box.is_open for box in boxes)
        assert found["frame"] == frames
        for role in ROLES - {"block"}:
            assert found[role] == sum(box.role == role for box in boxes)
        closed_groups = sum(box.inside is not None and not box.is_open for box in boxes)
        assert found["block"] == frames + 2 * closed_groups
        paths = [each for each in image.iter(f"{SVG}path") if each.get("class") != "arrow"]
        assert len(paths) == len(edges)
        assert sum(each.get("class") == "size" for each in paths) == sum(edge.is_size_alone for edge in edges)
        width, height = float(image.attrib["width"]), float(image.attrib["height"])
        assert all(
            0 <= x <= right <= width and 0 <= y <= bottom <= height for _, x, y, right, bottom in rectangles(image)
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unet", "yolov8", "hrnet", "ddpm", "googlenet", "retinanet", "detr"])
@pytest.mark.parametrize("depth", [1, 2, None])
def test_no_line_goes_through_a_box(name: str, depth: int | None):
    image = made(name, depth)
    boxes = [place for classes, *place in rectangles(image) if classes & ROLES]
    for line in lines(image):
        top, bottom = line[0][1], line[-1][1]
        near = [box for box in boxes if box[1] < bottom and box[3] > top]
        for x, y in line:
            assert not any(left < x < right and above < y < below for left, above, right, below in near), (x, y)


# -- texts


def test_widths_of_letters():
    """As Adobe's metrics of Helvetica have them: H 722, e 556, l 222, v 500, t 278, i 222, c 500, a 556; in bold l 278,
    v 556, t 333, i 278, and the others the same."""
    assert helvetica_width("Helvetica", 1000) == 722 + 556 + 222 + 500 + 556 + 278 + 222 + 500 + 556
    assert helvetica_width("Helvetica", 1000, True) == 722 + 556 + 278 + 556 + 556 + 333 + 278 + 556 + 556
    assert helvetica_width("3×3", 1000) == 556 + 584 + 556
    assert helvetica_width("ii", 12) == 6  # 5.3, rounded up
    assert helvetica_width("卷積", 12) == 24
    assert helvetica_width("e\N{COMBINING ACUTE ACCENT}", 1000) == 556


def test_a_long_text_loses_its_middle():
    assert shortened("abcdef", 1000, 1000) == "…"
    assert shortened("aaaaaa", 3224, 1000) == "aa…aa"  # 4 · 556 + 1000
    assert shortened("aaaaaa", 3223, 1000) == "aa…a"
    assert shortened("aaaaaa", 6 * 556, 1000) == "aaaaaa"


def test_a_long_name_is_whole_in_the_tooltip():
    name = "a_layer_with_a_very_long_name_that_fits_no_box_1"
    image = made(f"input: 8x8x3\nlayers: [{{relu, name: {name}}}]\n")
    texts = [each.text or "" for each in image.iter(f"{SVG}text")]
    assert not any(name in each for each in texts)
    assert any(each.startswith("a_layer_with") and each.endswith("box_1") and "…" in each for each in texts)
    assert [each.text for each in image.iter(f"{SVG}title")][-1] == f"{name}: relu, 8×8×3"
