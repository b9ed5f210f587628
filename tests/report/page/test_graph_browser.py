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
        return {path: box.dataset.path, left, top, right: left + number(card, "width"), bottom: top + number(card, "height")};
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


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "unet", "yolov8", "hrnet"])
def test_nothing_overlaps_however_groups_are_opened(open_page, name):
    page = open_page(name, "--no-values")
    check_geometry(page.evaluate(GEOMETRY))
    for seed in range(3):
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
    drawing = opened(laid_out(cnncalc.load(name), FOOT), lambda path: True)
    assert page.evaluate(GEOMETRY)["boxes"] == list(placed_in(drawing, 0, 0))
