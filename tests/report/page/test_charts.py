"""The numbers of charts are those of the JSON of `summarize`, whatever a bar stands for."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import cnncalc
from cnncalc.analysis import Analysis, analyze
from cnncalc.at_least import AtLeast
from cnncalc.report.page._ticks import byte_ticks, count_ticks
from cnncalc.report.page.model_page import ModelPage

SPECS = ("typical_cnn", "resnet18", "vgg16", "unet", "yolov8", "mobilenet_v2", "siamese", "detr", "three_d", "tcn")
OPAQUE = """\
input: 100x4
layers:
  - {conv: 8, kernel: 3, name: first}
  - {opaque: NonMax, name: nms, output: 100x4, macs: 1200}
  - {residual: [{opaque: Other, name: other, output: 100x4}, {conv: 4, kernel: 1, name: last}], name: around}
"""


def page_data(*analyses: Analysis) -> dict[str, Any]:
    """What the scripts of a page read."""
    return ModelPage(analyses, [None] * len(analyses)).page().data


def bars_of(level: dict[str, Any]) -> list[int]:
    """The bar of each layer."""
    if level["owners"] is None:
        return list(range(len(level["layers"])))
    return [bar for bar, length in zip(level["owners"][::2], level["owners"][1::2], strict=True) for _ in range(length)]


@pytest.mark.parametrize("name", SPECS)
def test_the_numbers_are_those_of_summarize(name):
    analysis = analyze(cnncalc.load(name), dtype="float16", batch=3)
    known, data = analysis.to_dict(), page_data(analysis)
    texts, charts = data["texts"], data["models"][0]["charts"]
    names = [layer["name"] for layer in data["models"][0]["layers"]]
    assert charts["inputs"] == len(known["inputs"])
    for level in charts["levels"]:
        bars = bars_of(level)
        assert len(bars) == len(known["layers"])
        inside = [[] for _ in level["layers"]]
        for bar, layer in zip(bars, known["layers"], strict=True):
            inside[bar].append(layer)
        assert [names[layer] for layer in level["layers"]] == [layers[0]["name"] for layers in inside]
        for heights, key, word in zip(level["heights"], ("params", "macs"), ("parameter", "MAC"), strict=False):
            sums = [sum(layer[key] for layer in layers) for layers in inside]
            assert heights["values"] == sums
            assert heights["bounds"] == []
            for text, value, layers in zip(heights["words"], sums, inside, strict=True):
                counted, _, share = texts[text].partition(", ")
                assert counted == f"{value:,} {word}{'' if value == 1 else 's'}"
                part = 100 * sum(layer["of_total"][key] for layer in layers)
                assert share == ("" if not value else f"{part:.1f}%" if part >= 0.05 else "<0.1%")
        most = [max(layers, key=lambda layer: layer["alive_bytes"]) for layers in inside]
        assert level["heights"][2]["values"] == [layer["alive_bytes"] for layer in most]
        assert level["outputs"] == [layer["activation_bytes"] for layer in most]
        peaks = level["layers"] if level["peaks"] is None else level["peaks"]
        assert [names[layer] for layer in peaks] == [layer["name"] for layer in most]
    assert names[charts["peak"]["layer"]] == known["totals"]["peak_at"]
    assert texts[charts["peak"]["text"]].endswith(f" at {known['totals']['peak_at']}")
    assert texts[charts["quantities"][2]["beside"]].startswith(
        "of activations while each layer runs, in float16, batch of 3; "
    )


@pytest.mark.parametrize("name", SPECS)
def test_levels_become_finer(name):
    analysis = analyze(cnncalc.load(name))
    data = page_data(analysis)
    charts = data["models"][0]["charts"]
    titles = [data["texts"][level["title"]] for level in charts["levels"]]
    counts = [len(level["layers"]) for level in charts["levels"]]
    assert all(one < other for one, other in pairwise(counts))
    assert counts[0] == len(analysis.entries) or titles[0] == "all entries"
    assert titles[charts["entries"]] == "all entries"
    entries = charts["levels"][charts["entries"]]
    assert len(entries["layers"]) == sum(bool(entry.layers) for entry in analysis.walk())


def test_bars_of_groups_have_their_names():
    data = page_data(analyze(cnncalc.load("resnet18")))
    outermost, *_ = data["models"][0]["charts"]["levels"]
    assert data["texts"][outermost["title"]] == "outermost entries"
    names = [data["texts"][name] for name in outermost["names"]]
    # the layers of torchvision's ResNet, with its four stages
    assert names == ["conv1", "max_pool1", "stage1", "stage2", "stage3", "stage4", "global_avg_pool1", "dense1"]


def test_more_entries_than_can_be_told_apart_are_in_runs():
    spec = cnncalc.load("{input: 8x8x2, layers: [" + ", ".join(["{conv: 2, kernel: 1}"] * 1001) + "]}")
    data = page_data(analyze(spec))
    runs, entries = data["models"][0]["charts"]["levels"]
    assert len(entries["layers"]) == 1001
    assert len(runs["layers"]) == 167  # six each, and one of five: 166 · 6 + 5 = 1001
    assert runs["heights"][0]["values"] == [6 * (2 * 2 + 2)] * 166 + [5 * (2 * 2 + 2)]
    assert data["texts"][runs["names"][0]] == "conv1…conv6"


def test_what_is_unknown_is_never_nothing():
    data = page_data(analyze(cnncalc.load(OPAQUE)))
    texts, (outermost, entries) = data["texts"], data["models"][0]["charts"]["levels"]
    params, macs, _ = entries["heights"]
    # 3 · 4 · 8 + 8 and 4 · 4 + 4
    assert params["values"] == [104, None, None, 20, 0]
    assert params["bounds"] == [[1, 0], [2, 0]]
    assert [texts[text] for text in params["words"][1:]] == [
        "parameters unknown",
        "parameters unknown",
        "20 parameters",
        "0 parameters",
    ]
    assert macs["values"][1:3] == [1200, None]
    group = outermost["heights"][0]
    assert (group["values"][2], group["bounds"]) == (None, [[1, 0], [2, 20]])
    assert texts[group["words"][2]] == "≥ 20 parameters"


def test_ticks_are_the_multiples_of_each_step():
    steps = dict(count_ticks(27_000_000))
    assert list(steps)[:4] == [1, 2, 5, 10]
    assert max(steps) == 10_000_000  # the largest of which there are two
    assert steps[10_000_000] == ["10 M", "20 M", "30 M", "40 M"]
    assert steps[500_000] == ["500,000", "1 M", "1.5 M", "2 M"]
    assert count_ticks(1) == count_ticks(0) == [(1, ["1", "2", "3", "4"])]
    assert dict(byte_ticks(3 * 2**20))[2**20 // 2] == ["512 KiB", "1 MiB", "1.5 MiB", "2 MiB"]


@pytest.mark.parametrize("top", [1, 2, 9, 10, 4_096, 99_999, 123_456_789])
def test_every_axis_has_some_ticks_and_not_too_many(top):
    for ladder in (count_ticks(top), byte_ticks(top)):
        step = max([step for step, _ in ladder if 2 * step <= top], default=1)
        assert 1 <= top // step <= 4


def test_a_bound_has_a_bar_of_its_own():
    """An `AtLeast` is no number that could be drawn as if it were known."""
    data = page_data(analyze(cnncalc.load(OPAQUE)))
    for level in data["models"][0]["charts"]["levels"]:
        for heights in level["heights"]:
            assert not any(isinstance(value, AtLeast) for value in heights["values"])
            missing = [place for place, value in enumerate(heights["values"]) if value is None]
            assert missing == [place for place, _ in heights["bounds"]]
