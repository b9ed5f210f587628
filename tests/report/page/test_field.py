"""What a page knows of receptive fields: exact maps, inputs as pixels, and the answers of `receptive-field`."""

from __future__ import annotations

import base64
import json
from itertools import product
from typing import Any

import numpy as np
import pytest
from helpers import each

import cnncalc
from cnncalc.analysis import Analysis, analyze
from cnncalc.forward.run.given import given_arrays
from cnncalc.forward.run.network import prepare
from cnncalc.report._document import Block, Facts, Heading, Paragraph, Table, text_of
from cnncalc.report.page._context import PageModel, Texts
from cnncalc.report.page._field import _ways, field_data
from cnncalc.report.report import written_out
from cnncalc.report.views.field_box import UnitReport
from cnncalc.report.views.receptive_field import FieldReport

NETWORKS = {
    "no padding": (
        "12x14x1",
        "{conv: 3x5x2, stride: 2x1}, {conv: 3x3x2, dilation: 2x1}, {max_pool: 2, rounding: ceil}",
    ),
    "padding": ("6x8x3", "{conv: 3x3x8, padding: 4}, {conv: 3x3x8, padding: 2, stride: 2}, global_avg_pool, dense: 3"),
    "transposed": (
        "9x7x2",
        "{conv_transpose: 4x4x2, stride: 3, padding: 1}, {conv: 3x3x2, stride: 2}, {upsample: 2}, conv: 3x3x2",
    ),
    "causal": ("20x8", "{conv: 3x8, padding: causal}, {attention: 2, causal: true}, {conv: 3x8, stride: 2}, lstm: 4"),
    "windows": ("14x14x8", "{attention: 2, window: 7, shift: 3}, {conv: 3x3x4, padding: 4}"),
    "turned": (
        "12x10x3",
        "{permute: {height: width, width: height}}, {conv: 3x5x2}, {reduce: sum, axes: height}, conv: 3x4",
    ),
    "volume": ("5x7x6x2", "{conv: 3x3x2x4, padding: same}, {max_pool: 2}, {conv: 1x3x2x4}"),
    "ids": ("20", "{embedding: 8, vocabulary: 50}, conv: 3x4, {max_pool: 2}, flatten"),
}
"""Networks of every sort of field: the input, and the layers."""
SHIPPED = ("typical_cnn", "crnn", "siamese", "tcn", "three_d", "tiny_vit", "deformed_x", "mlp_mixer", "yolov3_neck")


def written(name: str) -> str:
    """A network as a spec."""
    size, layers = NETWORKS[name]
    return f"input: {size}\nlayers: [{layers}]\n"


def data_of(analysis: Analysis, network: Any = None) -> tuple[dict[str, Any], list[str]]:
    """The data, as a page has it, and its texts."""
    texts = Texts()
    data = field_data(PageModel(analysis, texts, network))
    return json.loads(json.dumps(written_out(data))), texts.all()


def box(data: dict[str, Any], field: Any, unit: tuple[int, ...], sizes: list[int]) -> list[Any]:
    """The box of a unit by what the page knows, in the form of the command's JSON."""
    found: list[Any] = []
    _, maps, carriers, _ = field
    for size, number, carrier in zip(sizes, maps, carriers, strict=True):
        if number is None:
            found.append([0, size - 1])
            continue
        advance, start, lows, highs = data["maps"][number]
        turn, item = divmod(unit[carrier], len(lows))
        low, high = lows[item] + turn * advance if start is None else start, highs[item] + turn * advance
        found.append([low, high] if low <= high else None)
    return found


def _check_boxes(model: str) -> None:
    analysis = analyze(cnncalc.load(model))
    data, _ = data_of(analysis)
    names = [node.name for node in analysis.spec.graph.inputs]
    for place, layer in enumerate(analysis.layers, len(names)):
        sizes, sees = data["views"][data["layers"][place]]
        assert sizes == list(layer.node.output.spatial)
        steps = (range(0, size, max(size // 5, 1)) for size in sizes)
        for unit in {*product(*steps), tuple(size - 1 for size in sizes)}:
            expected = UnitReport.of(analysis, layer.name, unit).data()["boxes"]
            assert [names[input] for input, *_ in sees] == [each["input"] for each in expected]
            for (input, number, *_), found in zip(sees, expected, strict=True):
                field = data["fields"][number]
                assert field[0] == found["status"]
                if field[0] == "local":
                    assert box(data, field, unit, data["inputs"][input]["sizes"]) == found["box"]
                    assert bool(field[3]) == found["gated"]


def test_boxes_are_those_of_the_command():
    each(_check_boxes, [*map(written, NETWORKS), *SHIPPED], str)


def test_numbers_are_those_of_the_json():
    analysis = analyze(cnncalc.load("resnet18"))
    data, texts = data_of(analysis)
    assert [texts[title] for title in data["facts"]] == [
        *("size", "stride", "padding", "centre of unit 0", "covers", "added", "remark")
    ]
    layers = written_out(FieldReport.of(analysis).data())["layers"]
    for view, layer in zip(data["layers"][1:], layers, strict=True):
        [(_, _, is_changed, facts, _)] = data["views"][view][1]
        assert bool(is_changed) == layer["changed"]
        shown = [texts[fact].replace("−", "-") for fact in facts]
        if layer["status"] == "global":
            assert shown == ["global", "", "", "", "100%", "", ""]
            continue
        square = [str(layer[key][0]) for key in ("size", "stride", "padding", "centre")]  # all of it is square
        percent, added = layer["covered_percent"][0], layer["added"][0]
        covered = "100%" if percent == 100 else f"{percent:.1f}%"
        assert shown == [*square, covered, f"+{added}" if added else "", ""]


def test_layers_that_see_alike_share_what_they_see():
    data, _ = data_of(analyze(cnncalc.load("resnet152")))
    # 51 convolutions are wider than 1 or have a stride; every other layer sees what the one before it does
    assert len(data["maps"]) < 60
    assert len(data["views"]) < 200
    assert len(json.dumps(data)) < 20_000


def test_an_unknown_field_has_its_reason():
    model = "input: 16x16x3\nlayers: [conv: 3x3x8, {opaque: odd, output: 14x14x8, name: box}, relu]"
    data, texts = data_of(analyze(cnncalc.load(model)))
    reasons = [texts[why] for view in data["views"] for *_, why in view[1] if why is not None]
    assert reasons == ["it is that of the opaque box, or comes after it"] * 2


def test_a_field_beyond_what_scripts_calculate_with_is_vast():
    # each layer doubles the step: that of 60 layers is 2⁶⁰, and 2⁵³ is the last number up to which all are exact
    layers = "{conv: 3x3x4, padding: 1, stride: 2}"
    data, texts = data_of(analyze(cnncalc.load(f"input: 32x32x3\nlayers: [{', '.join([layers] * 60)}]")))
    last = data["fields"][data["views"][data["layers"][-1]][1][0][1]]
    assert last == ["vast"]
    assert max(abs(each) for _, _, lows, highs in data["maps"] for each in [*lows, *highs]) < 2**53
    assert texts[data["note"]] == (
        "Ways to widen a field are not tried in a model with fields as large as this; "
        "`cnncalc receptive-field` tries them."
    )


# -- pixels


def pixels(model: str, **inputs: np.ndarray) -> tuple[Any, np.ndarray, str]:
    """What the page has of the first input: the record, its values, and its words."""
    spec = cnncalc.load(model)
    network = prepare(spec, given_arrays("folder/photo.npz", inputs) if inputs else None)
    data, texts = data_of(analyze(spec), network)
    found = data["inputs"][0]["pixels"]
    values = np.frombuffer(base64.b64decode(found["values"]), np.uint8).reshape(*found["sizes"], found["channels"])
    return found, values, texts[found["words"]]


def test_a_sample_has_its_pixels():
    _, values, words = pixels("letter_x")
    sample = cnncalc.load("letter_x").samples["input"]
    assert words == "the sample"
    numbers = np.array(sample.numbers).reshape(9, 9)
    assert set(np.unique(numbers)) == {-1, 1}
    np.testing.assert_array_equal(values[..., 0], np.where(numbers > 0, 255, 0))


def test_a_large_image_is_averaged_down():
    image = np.zeros((300, 260, 3), np.float32)
    image[:, :, 0] = np.arange(260)  # from 0 to 259, as red
    found, values, words = pixels("input: 300x260x3\nlayers: [conv: 3x3x4]", input=image)
    # 300/4 · 260/4 · 3 = 14,625 bytes; every third fits as well: 100 · 87 · 3 = 26,100 < 28,000
    assert found["steps"] == [3, 3]
    assert values.shape == (100, 87, 3)
    assert words == "photo.npz, averaged down to 100×87, its channels as red, green and blue"
    # means of 0, 1, 2 and so on; the last is of 258 and 259
    means = np.array([*range(1, 258, 3), 258.5])
    np.testing.assert_array_equal(values[0, :, 0], np.round(means / 258.5 * 255))
    assert not values[..., 1:].any()
    assert len(found["values"]) < 40_000


def test_of_many_channels_the_first_is_grey():
    volume = np.random.default_rng(1).normal(size=(4, 5, 6, 2)).astype(np.float32)
    found, values, words = pixels("input: 4x5x6x2\nlayers: [conv: 3x3x3x4]", input=volume)
    first = volume[..., 0].astype(float)
    np.testing.assert_array_equal(values[..., 0], np.round((first - first.min()) / (first.max() - first.min()) * 255))
    assert (found["channels"], words) == (1, "photo.npz, the first of its 2 channels")


def test_a_constant_input_is_grey_and_large_numbers_are_numbers():
    _, values, _ = pixels("input: 4x1\nlayers: [conv: 3x4]", input=np.full((4, 1), 7, np.float32))
    assert values.ravel().tolist() == [128] * 4
    largest = np.finfo(np.float32).max
    _, values, _ = pixels("input: 4x1\nlayers: [conv: 3x4]", input=np.array([[-1], [0], [1], [0.2]]) * largest)
    assert values.ravel().tolist() == [0, 128, 255, 153]  # of 0, 127.5, 255 and 0.6 · 255


@pytest.mark.parametrize("model", ["typical_cnn", "wavenet"])
def test_an_input_that_is_drawn_at_random_has_none(model: str):
    spec = cnncalc.load(model)
    data, _ = data_of(analyze(spec), prepare(spec))
    assert data["inputs"][0]["pixels"] is None


# -- ways to widen a field


def _said(block: Block) -> list[str]:
    """All texts of a block in order."""
    if isinstance(block, Heading):
        return [block.text, block.beside]
    if isinstance(block, Facts):
        return [text for pair in block.pairs for text in pair]
    if isinstance(block, Table):
        return [column.title for column in block.columns] + [text_of(cell) for row in block.rows for cell in row]
    assert isinstance(block, Paragraph)
    return [block.text]


def _shown(block: dict[str, Any], texts: list[str]) -> list[str]:
    """The same of a block on the page."""
    if "columns" in block:
        numbers = [title for title, _ in block["columns"]] + [cell for row in block["rows"] for cell in row]
    elif "facts" in block:
        numbers = [number for pair in block["facts"] for number in pair]
    else:
        numbers = list(block.values())
    return [texts[number] for number in numbers]


@pytest.mark.parametrize("model", ["typical_cnn", "siamese", "tcn", "unet"])
def test_ways_are_those_of_the_command(model: str):
    analysis = analyze(cnncalc.load(model))
    data, texts = data_of(analysis)
    blocks = [block for ways in (*data["misaligned"], *data["answers"]) for block in ways["blocks"]]
    after_the_table = FieldReport.of(analysis).document()[2:]
    assert [_shown(block, texts) for block in blocks] == [_said(block) for block in after_the_table]
    assert data["note"] is None
    answered = [
        answer["layer"] and analysis.layers[answer["layer"] - len(data["inputs"])].name for answer in data["answers"]
    ]
    assert answered == [answer["layer"] for answer in FieldReport.of(analysis).data()["answers"]]


@pytest.mark.slow
def test_of_many_misaligned_merges_the_first_are_described():
    data, texts = data_of(analyze(cnncalc.load("hrnet")))
    assert len(data["misaligned"]) == 8
    assert texts[data["note"]] == "12 more merges are misaligned: see `cnncalc receptive-field`."


def test_in_very_long_models_nothing_is_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_ways, "MOST_LAYERS", 10)
    data, texts = data_of(analyze(cnncalc.load("typical_cnn")))
    assert (data["answers"], data["misaligned"]) == ([], [])
    assert texts[data["note"]] == (
        "Ways to widen a field are not tried in a model of more than 10 layers; `cnncalc receptive-field` tries them."
    )
