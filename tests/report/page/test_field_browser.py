"""The receptive field in a real browser: its boxes are those of the command, by pointer, keys, numbers and slider."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from helpers import neighbour

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.analysis.results import LayerNumbers
from cnncalc.report.views.field_box import UnitReport

pytestmark = pytest.mark.browser
cases = neighbour(__file__, "test_field")


@pytest.fixture
def open_field(open_page):
    """Opens a page without values, and in it the tab of the receptive field."""

    def opened(model: str, **how: Any) -> Any:
        page = open_page(model, "--no-values", **how)
        page.get_by_role("tab", name="Receptive field").click()
        return page

    return opened


BOXES = """async ([name, units]) => {
    const hash = "#" + encodeURIComponent(name);
    if (location.hash !== hash) {
        await new Promise((done) => {
            addEventListener("hashchange", () => setTimeout(done), { once: true });
            location.hash = hash;
        });
    }
    const planes = [...document.querySelectorAll(".field .unit-map .plane")];
    const point = (plane, type, [row, rows], [column, columns]) => {
        const { left, top, width, height } = plane.getBoundingClientRect();
        const [, , across, down] = plane.querySelector("svg").getAttribute("viewBox").split(" ").map(Number);
        // around the positions, three of the drawing's units are left free
        const at = (size, place, count) => 3 + (place + 0.5) * (size - 6) / count;
        plane.dispatchEvent(new PointerEvent(type, {
            clientX: left + at(across, column, columns) * width / across,
            clientY: top + at(down, row, rows) * height / down,
            pointerType: "mouse", bubbles: true,
        }));
    };
    return units.map((unit) => {
        const [slices, rows, columns] = [...Array(3 - unit.length).fill([0, 1]), ...unit];
        if (unit.length === 3) point(planes[2], "pointerdown", slices, columns);
        if (planes.length) point(planes[0], "pointermove", rows, columns);
        return [...document.querySelectorAll(".field .seen-input")].map((each) => JSON.parse(each.dataset.box));
    });
}"""
"""Goes to a layer, and moves the pointer over units, given as place and size per axis: what is drawn in each input."""


def units_of(layer: LayerNumbers) -> list[tuple[int, ...]]:
    """All units of a small layer, and some of a large one, always with the first and the last."""
    spatial = layer.node.output.spatial
    if layer.node.output.values // layer.node.output.channels <= 200:
        return list(product(*map(range, spatial)))
    chance = random.Random(layer.name)
    some = [tuple(chance.randrange(size) for size in spatial) for _ in range(20)]
    return [tuple(0 for _ in spatial), *some, tuple(size - 1 for size in spatial)]


def drawn(page: Any, layer: LayerNumbers, units: list[tuple[int, ...]]) -> list[list[Any]]:
    """What is drawn in each input for each unit."""
    sizes = layer.node.output.spatial
    return page.evaluate(
        BOXES, [layer.name, [[list(pair) for pair in zip(unit, sizes, strict=True)] for unit in units]]
    )


def in_words_of_the_command(found: Any, sizes: tuple[int, ...]) -> Any:
    """A box as in the command's JSON: all of an axis as its first and last position, and null for nothing."""
    if isinstance(found, str):
        return {"whole": "global"}.get(found, found)
    both = [each or [0, size - 1] for each, size in zip(found, sizes, strict=True)]
    return [each if each[0] <= each[1] else None for each in both]


SHIPPED = ("siamese", "crnn", "tiny_vit", "pix2pix", "m5", "efficientnet")


@pytest.mark.parametrize("name", [*cases.NETWORKS, *SHIPPED])
def test_the_box_of_a_unit_under_the_pointer_is_the_command_s(open_field, tmp_path: Path, name: str):
    model = name
    if name in cases.NETWORKS:
        model = str(tmp_path / "network.yaml")
        Path(model).write_text(cases.written(name), encoding="utf-8")
    analysis = analyze(cnncalc.load(model))
    inputs = analysis.spec.graph.inputs
    page = open_field(model)
    chosen = analysis.layers if len(analysis.layers) < 40 else analysis.layers[:: len(analysis.layers) // 8]
    for layer in chosen:
        units = units_of(layer)
        for unit, found in zip(units, drawn(page, layer, units), strict=True):
            expected = {
                each["input"]: each.get("box", each["status"])
                for each in UnitReport.of(analysis, layer.name, unit).data()["boxes"]
            }
            for node, one in zip(inputs, found, strict=True):
                is_all = expected.get(node.name, "unseen")
                sizes = node.output.spatial or (node.output.channels,)
                assert in_words_of_the_command(one, sizes) == is_all, (layer.name, unit)


PADDED = (
    "name: padded\ninput: 6x8x1\nlayers: [{conv: 3x3x2, padding: 2, name: conv}, {conv: 5x5x2, padding: 4, name: last}]"
)


@pytest.fixture
def padded(open_field, tmp_path: Path):
    """conv: 8×10 units; last: 12×14 units, which see 7×7 positions, those of unit 0,0 from −6."""
    path = tmp_path / "padded.yaml"
    path.write_text(PADDED, encoding="utf-8")
    return lambda **how: open_field(str(path), **how)


def choose(page: Any, *unit: int) -> str:
    """Types the numbers of a unit, and reads what it sees."""
    for field, place in zip(page.locator(".field .unit input").all(), unit, strict=True):
        field.fill(str(place))
    return page.locator(".field .words").inner_text()


def test_a_box_is_said_in_words(padded):
    page = padded()
    page.evaluate("location.hash = '#conv'")
    assert page.locator(".field .whose b").inner_text() == "conv"
    assert choose(page, 3, 5) == "Unit 3,5 sees rows 1…3 and columns 3…5 of the input 6×8: 3×3 positions."
    assert choose(page, 1, 9) == (
        "Unit 1,9 sees rows −1…1 and columns 7…9 of the input 6×8: 3×3 positions, of which 1 row above and "
        "2 columns on the right are padding."
    )
    assert choose(page, 1, 4) == (
        "Unit 1,4 sees rows −1…1 and columns 2…4 of the input 6×8: 3×3 positions, of which 1 row above is padding."
    )
    page.evaluate("location.hash = '#last'")
    page.wait_for_function("document.querySelector('.field .whose b').textContent === 'last'")
    # rows −6 to 0, columns −6 to 0
    assert choose(page, 0, 0) == (
        "Unit 0,0 sees rows −6…0 and columns −6…0 of the input 6×8: 7×7 positions, of which 6 rows above and "
        "6 columns on the left are padding."
    )


def test_the_box_is_drawn_where_it_is(padded):
    page = padded()
    page.evaluate("location.hash = '#conv'")
    choose(page, 1, 4)
    shape = "rectangle => { const { x, y, width, height } = rectangle.getBBox(); return { x, y, width, height }; }"
    frame, border = (page.locator(f".field .inputs .{name}").first.evaluate(shape) for name in ("frame", "border"))
    row, column = border["height"] / 6, border["width"] / 8
    # rows −1 to 1, columns 2 to 4
    assert frame["x"] - border["x"] == pytest.approx(2 * column, abs=0.01)
    assert frame["y"] - border["y"] == pytest.approx(-row, abs=0.01)
    assert (frame["width"], frame["height"]) == pytest.approx((3 * column, 3 * row), abs=0.01)


def test_arrow_keys_choose_a_unit(padded):
    page = padded()
    page.evaluate("location.hash = '#conv'")
    page.locator(".field .unit-map .planes").focus()
    unit = lambda: [int(field.input_value()) for field in page.locator(".field .unit input").all()]  # noqa: E731
    assert unit() == [3, 4]  # the middle of 8×10
    for key in ("ArrowUp", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    assert unit() == [1, 5]
    page.keyboard.press("End")
    assert unit() == [1, 9]
    page.keyboard.press("ArrowRight")  # there is nothing further on
    assert page.locator(".field .words").inner_text().startswith("Unit 1,9 sees rows −1…1 and columns 7…9 ")


def test_the_slider_previews_and_a_button_selects(padded):
    page = padded()
    page.evaluate("location.hash = '#last'")
    slider = page.locator(".field input[type=range]")
    assert slider.get_attribute("aria-valuetext") == "last: 7"
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "conv: 3"
    assert page.locator(".field .whose b").inner_text() == "conv"
    assert page.evaluate("location.hash") == "#last"
    page.locator(".field .whose button").click()
    assert page.evaluate("location.hash") == "#conv"
    page.go_back()
    page.wait_for_function("document.querySelector('.field .whose b').textContent === 'last'")


def test_play_goes_through_the_layers(open_field):
    page = open_field("typical_cnn")
    page.evaluate("location.hash = '#conv1'")
    page.clock.install()
    page.get_by_role("button", name="Play").click()
    names = []
    for _ in range(5):
        names.append(page.locator(".field .whose b").inner_text())
        page.clock.run_for(1000)
    # those that change what is seen
    assert names == ["conv1", "max_pool1", "conv2", "max_pool2", "flatten1"]
    assert page.get_by_role("button", name="Play").is_visible()  # it has come to the end


def test_what_is_no_box_is_drawn_and_said_as_what_it_is(open_field, tmp_path: Path):
    path = tmp_path / "several.yaml"
    path.write_text(
        "inputs: {left: 8x8x2, right: 8x8x2}\n"
        "layers:\n"
        "- {conv: 3x3x2, from: left, name: see}\n"
        "- {multiply: [[], [global_avg_pool: {keep_dims: true}]], name: gate}\n"
        "- {reduce: sum, axes: height, name: rows, from: see}\n"
        "- {opaque: odd, output: 8x8x2, from: right, name: box}\n"
        "- {global_avg_pool, from: see, name: mean}\n",
        encoding="utf-8",
    )
    page = open_field(str(path))
    said = {}
    for name in ("see", "gate", "rows", "box", "mean"):
        page.evaluate("name => location.hash = '#' + name", name)
        page.wait_for_function("name => document.querySelector('.field .whose b').textContent === name", arg=name)
        said[name] = page.locator(".field .words").inner_text().split("\n")
    assert {name: [line for line in lines if line] for name, lines in said.items()} == {
        "see": [
            "Unit 2,2 sees rows 2…4 and columns 2…4 of input left 8×8: 3×3 positions.",
            "It sees nothing of right.",
        ],
        "gate": [
            "Unit 2,2 sees rows 2…4 and columns 2…4 of input left 8×8: 3×3 positions. "
            "It also sees the whole input through a few numbers (a gate or a norm).",
            "It sees nothing of right.",
        ],
        "rows": [
            "Unit 2 sees all 8 rows and columns 2…4 of input left 8×8: 8×3 positions.",
            "It sees nothing of right.",
        ],
        "box": [
            "What unit 3,3 sees of input right 8×8 is unknown: it is that of the opaque box, or comes after it.",
            "It sees nothing of left.",
        ],
        "mean": ["Every unit sees the whole of input left 8×8.", "It sees nothing of right."],
    }


def test_a_page_with_large_maps_has_few_elements(open_field, tmp_path: Path):
    path = tmp_path / "large.yaml"
    path.write_text("input: 1024x1024x3\nlayers: [{conv: 3x3x2, stride: 2, padding: 1}]", encoding="utf-8")
    page = open_field(str(path), width=360)
    assert page.locator(".field *").count() < 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # around rows 509 to 511 nine more, five of them before
    assert page.locator(".field .closer p").inner_text() == "rows 504…515, columns 504…515"
