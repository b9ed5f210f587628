"""The graph in a real browser: groups that open in place, keys, colours, links to what is inside."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

import cnncalc
from cnncalc.exporting.drawing.layout import HEAD, laid_out, opened
from cnncalc.report.page._context import FOOT

pytestmark = pytest.mark.browser

GEOMETRY = """
() => {
    const number = (element, name) => Number(element.getAttribute(name));
    const svg = document.querySelector(".graph .viewport svg");
    const boxes = [...svg.querySelectorAll(".box")].map((box) => {
        const [left, top] = box.getAttribute("transform").match(/-?[\\d.]+/g).map(Number);
        const card = box.querySelector(".card:not(.behind)");
        const [right, bottom] = [left + number(card, "width"), top + number(card, "height")];
        return {path: box.dataset.path, left, top, right, bottom};
    });
    const frames = [...svg.querySelectorAll(".frame")].map((frame) => {
        const border = frame.querySelector(".border");
        const [left, top] = [number(border, "x"), number(border, "y")];
        const path = frame.querySelector(".bar").dataset.path;
        return {path, left, top, right: left + number(border, "width"), bottom: top + number(border, "height")};
    });
    const edges = [...svg.querySelectorAll(".edges:not(.emphasised)")].flatMap((path) => {
        const owner = path.parentElement.querySelector(":scope > .bar");
        return path.getAttribute("d").split("M").slice(1).map((part) => {
            const way = document.createElementNS("http://www.w3.org/2000/svg", "path");
            way.setAttribute("d", "M" + part.split("m")[0]);
            const points = [];
            for (let length = 0; length <= way.getTotalLength(); length += 5) {
                const {x, y} = way.getPointAtLength(length);
                points.push([x, y]);
            }
            return {frame: owner ? owner.dataset.path : "", points};
        });
    });
    return {boxes, frames, edges};
}
"""


def opened_at_random(page, rounds, seed):
    """Opens and closes groups that are picked at random."""
    chance = random.Random(seed)
    for _ in range(rounds):
        groups = page.locator(".graph .viewport [aria-expanded]")
        count = groups.count()
        groups.nth(chance.randrange(count)).dispatch_event("click")


def is_within(path, frame):
    return frame == "" or path == frame or path.startswith(f"{frame}/")


def check_geometry(found):
    """Nothing overlaps but what is in a frame, and edges do not run through boxes."""
    rectangles = [*found["boxes"], *found["frames"]]
    assert rectangles
    assert found["edges"]
    for one, other in combinations(rectangles, 2):
        apart = (
            one["right"] <= other["left"] or other["right"] <= one["left"]
            or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
        )  # fmt: skip
        assert apart or is_within(one["path"], other["path"]) or is_within(other["path"], one["path"])
    for edge in found["edges"]:
        foreign = [each for each in rectangles if not is_within(edge["frame"], each["path"])]
        for x, y in edge["points"]:
            for each in foreign:
                inside = each["left"] + 1 < x < each["right"] - 1 and each["top"] + 1 < y < each["bottom"] - 1
                assert not inside, (edge["frame"], x, y, each)


@pytest.mark.parametrize("name", ["resnet50", "unet", "yolov8", "hrnet"])
def test_nothing_overlaps_however_groups_are_opened(open_page, name):
    page = open_page(name, "--no-values")
    check_geometry(page.evaluate(GEOMETRY))
    for seed in range(2):
        opened_at_random(page, 6, seed)
        check_geometry(page.evaluate(GEOMETRY))
    page.get_by_role("button", name="Open all").click()
    check_geometry(page.evaluate(GEOMETRY))
    assert page.locator(".graph .viewport [aria-expanded=false]").count() == 0
    page.get_by_role("button", name="Close all").click()
    assert page.locator(".graph .viewport [aria-expanded=true]").count() == 0


def placed_in(drawing, left, top, path=""):
    """The closed boxes of a drawing, by path, as `GEOMETRY` has them."""
    for index, box in enumerate(drawing.boxes):
        x, y = left + box.x - box.w / 2, top + box.y - box.h / 2
        if box.is_open:
            yield from placed_in(box.inside, left + box.x - box.inside.width / 2, y + HEAD, f"{path}{index}/")
        else:
            yield {"path": f"{path}{index}", "left": x, "top": y, "right": x + box.w, "bottom": y + box.h}


@pytest.mark.parametrize("name", ["googlenet", "yolov8"])
def test_the_page_opens_groups_as_the_layout_does(open_page, name):
    page = open_page(name, "--no-values")
    page.get_by_role("button", name="Open all").click()
    drawing = opened(laid_out(cnncalc.load(name), FOOT), bool)
    assert page.evaluate(GEOMETRY)["boxes"] == list(placed_in(drawing, 0, 0))


def focused(page):
    """The path and the part of what has the focus."""
    return page.evaluate("[document.activeElement.dataset.path, document.activeElement.dataset.part]")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def box(page, path, part="box"):
    return page.locator(f'.graph [data-path="{path}"][data-part="{part}"]')


def test_keys_go_along_the_edges(open_page):
    page = open_page("googlenet", "--no-values")
    assert page.locator(".graph .viewport [tabindex='0']").count() == 1
    page.locator(".graph .viewport [tabindex='0']").focus()
    press(page, *["ArrowDown"] * 6)
    assert focused(page) == ["6", "box"]  # input, conv, pool, conv, conv, pool, and the first inception block
    press(page, "Enter")
    assert box(page, "6").get_attribute("aria-expanded") == "true"
    assert focused(page) == ["6", "box"]
    press(page, "ArrowDown")  # into one of the four branches: 0, 1 → 2, 3 → 4, 5 → 6, which 7 joins
    assert focused(page) in (["6/1", "box"], ["6/3", "box"])
    press(page, *["ArrowLeft"] * 4)
    assert focused(page) == ["6/0", "box"]
    press(page, "ArrowRight", "ArrowDown")
    assert focused(page) == ["6/2", "box"]
    press(page, "ArrowDown", "ArrowDown")
    assert focused(page) == ["7", "box"]
    press(page, "ArrowUp")
    assert focused(page) == ["6/7", "box"]
    press(page, "Enter")
    assert page.evaluate("location.hash") == "#3a.concat1"
    press(page, "Home")
    assert focused(page) == ["0", "box"]
    press(page, "End")
    assert focused(page) == ["19", "box"]
    assert page.locator(".graph .viewport [tabindex='0']").count() == 1


def test_a_link_opens_what_leads_to_a_layer_and_shows_its_copy(open_page):
    page = open_page("resnet50", "--no-values")
    page.evaluate("location.hash = '#stage3.bottleneck1.4.conv2.relu'")
    selected = page.locator(".graph [aria-current=true]")
    selected.wait_for()
    assert selected.get_attribute("aria-label").startswith("conv2 conv 3×3, 256 filters")
    owner = selected.get_attribute("data-path").rpartition("/")[0]
    assert (
        page.locator(".graph .frame > .count").text_content() == "4 of 5"
    )  # copies 1 to 5 are equal; 0 has a projection
    # what it reads and what reads it
    assert page.locator(".graph .emphasised").count() == 2
    # another copy: the same layer in it
    box(page, owner, "next").click()
    assert page.evaluate("location.hash") == "#stage3.bottleneck1.5.conv2.relu"
    assert box(page, owner, "next").get_attribute("aria-disabled") == "true"  # there is no further one
    # closed again, the group is what is selected
    box(page, owner).click(position={"x": 20, "y": 14})
    assert selected.get_attribute("data-path") == owner
    page.go_back()
    page.wait_for_function(
        "document.querySelector('.graph [aria-current]').getAttribute('aria-label').startsWith('conv2')"
    )
    assert page.evaluate("location.hash") == "#stage3.bottleneck1.4.conv2.relu"


def test_boxes_say_the_shares_of_what_they_are_coloured_by(open_page):
    page = open_page("typical_cnn", "--no-values")
    summary = cnncalc.analyze(cnncalc.load("typical_cnn")).to_dict()
    layers = {layer["name"]: layer for layer in summary["layers"]}
    sums = {
        key: [sum(layers[name][key] for name in entry["layers"]) for entry in summary["entries"]]
        for key in ("params", "macs")
    }
    assert page.locator(".graph .note").all_text_contents() == [f"{value:,} params " for value in sums["params"]]
    for label, key in (("parameters", "params"), ("MACs", "macs")):
        page.get_by_label(label, exact=True).check()
        total = summary["totals"][key]
        shares = [f" · {100 * value / total:.1f}%" if value else "" for value in sums[key]]
        expected = [f"{value:,}{share} " for value, share in zip(sums[key], shares, strict=True)]
        assert page.locator(".graph .note").all_text_contents() == expected
        widths = page.locator(".graph .meter").evaluate_all(
            "bars => bars.map(bar => Number(bar.getAttribute('width')))"
        )
        wholes = page.locator(".graph .track").evaluate_all(
            "bars => bars.map(bar => Number(bar.getAttribute('width')))"
        )
        drawn = [width / whole for width, whole in zip(widths, wholes, strict=True)]
        assert drawn == pytest.approx([value / total for value in sums[key]], abs=0.01)
        assert page.locator(".graph .legend li").first.text_content().startswith(f"share of {total:,} ")


def test_boxes_say_how_they_differ_from_another_model(open_page):
    page = open_page("resnet18", "resnet34", "--no-values")
    marks = page.locator("section.model").nth(1).locator(".graph .change")
    assert marks.all_text_contents() == ["~ changed"] * 4  # the four stages have more blocks


def test_very_many_boxes_are_not_opened_at_once(open_page, tmp_path):
    many = tmp_path / "many.yaml"
    many.write_text("name: many\ninput: 8x8x4\nlayers:\n" + "  - {conv: 1x1x4}\n  - relu\n" * 1000, encoding="utf-8")
    page = open_page(str(many), "--no-values")
    page.get_by_role("button", name="Open all").click()
    assert 200 < page.locator(".graph .box").count() <= 1500
    assert page.get_by_text("Not all groups are open: there would be more than 1,500 boxes.").is_visible()
    page.evaluate("location.hash = '#conv1000'")
    page.wait_for_function(
        "document.querySelector('.graph [aria-current]')?.getAttribute('aria-label').startsWith('conv1000 ')"
    )
