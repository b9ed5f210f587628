"""The graph's data: each box has the numbers of the layers in it, and each layer its box."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from specs.reference import mostly_by_night

import cnncalc
from cnncalc.layers import FAMILY_WORDS, KINDS, family_words
from cnncalc.report.page.model_page import ModelPage
from cnncalc.source.open_model import shipped

UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
SUMS = ("params", "macs", "activation_bytes")


def page_of(analysis):
    return "".join(ModelPage([analysis], [None]).render("html"))


def graph_of(analysis):
    """The texts of a page, and what it knows of its model, read back from its JSON."""
    page = page_of(analysis)
    start = page.index(">", page.index('id="data"')) + 1
    data = json.loads(page[start : page.index("</script>", start)])
    return data["texts"], data["models"][0]


def layers_of(runs):
    return [layer for first, count in zip(runs[::2], runs[1::2], strict=True) for layer in range(first, first + count)]


def instances(boxes, index):
    """The layers of each instance of a box."""
    return [layers_of(runs) for runs in (boxes["layers"][index], *boxes["copies"].get(str(index), []))]


def is_written(text, value):
    """Whether a text begins with a number; bytes are rounded to a tenth of their unit."""
    number, unit = re.match(r"([\d,.]+) (\w+)", text).groups()
    if unit in UNITS:
        return abs(float(number) - value / UNITS[unit]) <= 0.05000001
    return number.replace(",", "") == str(value)


@pytest.mark.parametrize("name", mostly_by_night(shipped()))
def test_boxes_have_the_numbers_of_the_json(name):
    analysis = cnncalc.analyze(cnncalc.load(name))
    texts, model = graph_of(analysis)
    graph, summary = model["drawings"], analysis.to_dict()
    numbers = [None] * len(summary["inputs"]) + summary["layers"]
    assert [layer["name"] for layer in model["layers"][len(summary["inputs"]) :]] == [
        each["name"] for each in numbers if each
    ]
    for drawing in graph["drawings"]:
        boxes = drawing["boxes"]
        for index, numbered in enumerate(boxes["numbers"]):
            if numbered < 0:
                assert [numbers[layer] for (layer,) in instances(boxes, index)] == [None]
                continue
            copies = instances(boxes, index)
            of_copies = {tuple(sum(numbers[layer][key] for layer in layers) for key in SUMS) for layers in copies}
            assert len(of_copies) == 1, "copies are equal, so that the numbers in them are those of any"
            times = boxes["times"].get(str(index), 1)
            for key, of_one, share in zip(SUMS, *of_copies, graph["numbers"][numbered]["shares"], strict=True):
                value = times * of_one
                assert is_written(texts[share["full"]], value)
                total = summary["totals"][key]
                assert share["share"] == (round(value / total, 4) if value else 0)


@pytest.mark.parametrize("name", mostly_by_night(shipped()))
def test_each_layer_is_in_one_box_of_each_drawing_on_the_way_to_it(name):
    _, model = graph_of(cnncalc.analyze(cnncalc.load(name)))
    drawings = model["drawings"]["drawings"]

    def check(number, expected):
        """In a drawing that is seen in several instances, the layers of each are as expected."""
        boxes = drawings[number]["boxes"]
        found = [[] for _ in expected]
        for index in range(len(boxes["x"])):
            copies = instances(boxes, index)
            times = boxes["times"].get(str(index), 1)
            assert len(copies) == times * len(expected)
            for instance, layers in enumerate(copies):
                found[instance // times] += layers
            if (inside := boxes["inside"].get(str(index))) is not None:
                check(inside, copies)
        assert list(map(Counter, found)) == list(map(Counter, expected))

    check(0, [list(range(len(model["layers"])))])


def test_the_numbers_of_copies_are_those_of_all():
    model = cnncalc.load("""\
name: copies
input: 8x8x4
layers:
  - group: [{conv: 3x3x4, padding: same}, relu]
    repeat: 3
  - conv: 1x1x2
""")
    texts, page = graph_of(cnncalc.analyze(model))
    graph = page["drawings"]
    outer = graph["drawings"][0]["boxes"]
    assert outer["times"] == {"1": 3}
    # 3·3·4·4 weights and 4 biases, three times, and 4·2 + 2 of the last layer: 444 + 10
    numbers = graph["numbers"][outer["numbers"][1]]
    assert texts[numbers["byKind"]] == "444 params"
    assert texts[numbers["shares"][0]["full"]] == "444 parameters, 97.8%"
    assert texts[numbers["shares"][0]["short"]] == "444 · 97.8%"
    inner = graph["drawings"][outer["inside"]["1"]]["boxes"]
    assert [texts[graph["numbers"][number]["byKind"]] for number in inner["numbers"]] == ["148 params", "0 params"]


def test_an_unknown_number_has_no_share():
    model = cnncalc.load(
        "name: unknown\ninput: 8x8x4\nlayers:\n  - {opaque: Mystery, output: 8x8x4}\n  - conv: 1x1x2\n  - relu\n"
    )
    texts, page = graph_of(cnncalc.analyze(model))
    graph = page["drawings"]
    params = [graph["numbers"][number]["shares"][0] for number in graph["drawings"][0]["boxes"]["numbers"][1:]]
    assert [texts[each["full"]] for each in params] == ["unknown parameters", "10 parameters", "0 parameters"]
    assert [each["share"] for each in params] == [None, None, 0]


def test_families_are_told_apart():
    assert {family_words(kind) for kind in KINDS} == set(FAMILY_WORDS)
    named = {part for words in FAMILY_WORDS for part in words.split(" or ")}
    assert named - {"other"} <= set(KINDS.values())


def test_the_closed_graph_stands_without_scripts():
    page = page_of(
        cnncalc.analyze(cnncalc.load('name: "<b>"\ninput: 8x8x1\nlayers:\n  - {conv: 3x3x2, name: edges}\n'))
    )
    graph = page[page.index('<div class="view graph">') : page.index('<div class="beside">')]
    assert 'aria-label="Graph of &lt;b&gt;"' in graph
    assert "<b>" not in graph
    assert "style=" not in graph
    assert re.findall(r'<text class="(\w+)"[^>]*>([^<]*)<', graph)[-4:] == [
        ("name", "edges"),
        ("line", "conv 3×3, 2 filters"),
        ("shape", "6×6×2"),
        ("note", "20 params"),
    ]
