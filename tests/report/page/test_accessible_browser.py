"""Pages for everybody: what axe-core finds, keys alone, contrast, targets, narrow screens, and less motion."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
LEAST_CONTRAST = 4.5
LEAST_TARGET = 24

VIOLATIONS = """
async (part) => {
    const found = await axe.run(part, {resultTypes: ["violations"]});
    return found.violations.map(({id, impact, nodes}) => [id, impact, nodes.map(({html}) => html.slice(0, 200))]);
}
"""

# Texts of drawings lie on shapes, which axe-core leaves to others. Colours are read from what a canvas makes of them.
CONTRASTS = """
() => {
    const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgba = (colour) => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
        return [[red, green, blue], alpha / 255];
    };
    const over = ([above, alpha], below) => above.map((part, index) => part * alpha + below[index] * (1 - alpha));
    const luminance = (colour) => {
        const [red, green, blue] = colour.map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const opacity = (element) =>
        (element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1);
    const fill = (element) => {
        const style = getComputedStyle(element);
        const isShape = element instanceof SVGGeometryElement;
        const colour = isShape ? style.fill : element instanceof SVGElement ? "none" : style.backgroundColor;
        if (colour === "none") return [[0, 0, 0], 0];
        const [parts, alpha] = rgba(colour);
        return [parts, alpha * opacity(element) * (isShape ? Number(style.fillOpacity) : 1)];
    };
    const texts = [...document.querySelectorAll("svg text")];
    const seen = texts.filter((text) => text.checkVisibility({visibilityProperty: true}));
    return seen.filter((text) => !text.closest("[aria-disabled]")).map((text) => {
        text.scrollIntoView({block: "center", inline: "center"});
        const {left, top, width, height} = text.getBoundingClientRect();
        const below = document.elementsFromPoint(left + width / 2, top + height / 2)
            .filter((element) => !(element instanceof SVGTextContentElement)).map(fill);
        const ground = below.reverse().reduce((colour, each) => over(each, colour), [255, 255, 255]);
        const [ink, alpha] = rgba(getComputedStyle(text).fill);
        const [one, other] = [luminance(over([ink, alpha * opacity(text)], ground)), luminance(ground)];
        return [text.textContent, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
    });
}
"""

# As WCAG 2.5.8 has it: links in sentences are excepted, and bars of charts, whose layers are in the graph and the table
# too.
SMALL_TARGETS = """
(least) => {
    const controls = "a[href], button, input, select, summary, [role=button], [role=tab], [role=slider], [role=option]";
    const isInText = (link) => link.matches("p a, .notice a");
    return [...document.querySelectorAll(controls)]
        .filter((element) => element.checkVisibility() && !element.matches(".column") && !isInText(element))
        .map((element) => {
            const areas = [element, ...(element.labels ?? [])].map((each) => each.getBoundingClientRect());
            const [width, height] = ["width", "height"].map((side) => Math.max(...areas.map((area) => area[side])));
            return [element.outerHTML.slice(0, 120), width, height];
        })
        .filter(([, width, height]) => Math.min(width, height) < least - 0.01);
}
"""


@pytest.fixture
def axe():
    """The source of axe-core."""
    if not AXE.exists():
        pytest.skip("needs axe-core, which `npm ci` in web/ installs")
    return AXE.read_text(encoding="utf-8")


def violations(page, axe, part="body"):
    """What axe-core finds in a part of the page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return page.evaluate(VIOLATIONS, part)


def visit(page, layer):
    """Selects a layer, and opens the tabs of its model one by one."""
    page.evaluate("layer => { location.hash = layer; }", f"#{layer}")
    page.locator(".details .title").filter(has_text=layer).first.wait_for(state="attached")
    for tab in page.locator("section.model:first-of-type .tabs [role=tab]").all():
        tab.click()
        yield tab.inner_text()


def open_first_group(page):
    group = page.locator(".graph .viewport [aria-expanded=false]").first
    if group.count():
        group.dispatch_event("click")


MODELS = {
    "typical_cnn": (["typical_cnn"], "conv2"),
    "resnet18": (["resnet18"], "stage2.basic1.0.conv1"),
    "m5": (["m5"], "conv2"),
    "comparison": (["resnet18", "resnet34", "--no-values"], "stage2.basic1.0.conv1"),
}


@pytest.mark.parametrize("name", MODELS)
def test_axe_finds_nothing(open_page, axe, name):
    arguments, layer = MODELS[name]
    page = open_page(*arguments)
    open_first_group(page)
    for number, tab in enumerate(visit(page, layer)):
        assert violations(page, axe, ".beside" if number else "body") == [], tab
        page.emulate_media(color_scheme="light" if number % 2 else "dark")
        assert violations(page, axe, ".beside") == [], tab
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    page.evaluate("history.back()")  # nothing is selected
    assert violations(page, axe) == []


@pytest.mark.parametrize(
    "arguments",
    [*(arguments for arguments, _ in MODELS.values()), ["yolov8", "--no-values"], ["three_d"]],
    ids=lambda arguments: arguments[0],
)
def test_narrow_pages_do_not_scroll_sideways_and_targets_are_large(open_page, arguments):
    page = open_page(*arguments, width=360, height=740)
    layer = page.evaluate("document.querySelector('.layers tbody tr:last-child a').hash.slice(1)")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 360
    open_first_group(page)
    page.get_by_role("combobox", name="Find a layer").fill("conv")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 360
    assert page.evaluate(SMALL_TARGETS, LEAST_TARGET) == []
    page.keyboard.press("Escape")
    for tab in visit(page, layer):
        for summary in page.locator(".details details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()
        assert page.evaluate("document.scrollingElement.scrollWidth") == 360, tab
        assert page.evaluate(SMALL_TARGETS, LEAST_TARGET) == [], tab


@pytest.mark.parametrize("dark", [False, True])
def test_texts_in_drawings_have_contrast(open_page, dark):
    page = open_page("tiny_vit", dark=dark)  # most of the families of kinds
    page.get_by_role("button", name="Open all").click()
    for colour in ("kind", "parameters", "MACs", "memory"):
        page.get_by_label(colour, exact=True).first.check()
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 20
        assert [each for each in contrasts if each[1] < LEAST_CONTRAST] == [], colour
    page = open_page("sliding_window", dark=dark)
    *_, last = visit(page, "conv1")
    assert last == "Values"
    assert [each for each in page.evaluate(CONTRASTS) if each[1] < LEAST_CONTRAST] == []


FOCUSED = """
() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const isSeen = (each, part) => each && !["none", "0px"].includes(getComputedStyle(each)[part]);
    // Of a box in the graph a ring is drawn; a segment of a bar has a control that is not seen before its words.
    const ring = element.querySelector(":scope > .ring");
    const outlined = element.matches(".segments input") ? element.nextElementSibling : element;
    const rectangle = element.getBoundingClientRect();
    return {
        what: element.dataset.what ??= String(document.querySelectorAll("[data-what]").length),
        part: element.closest(".find, .graph, .tabs, .view, .comparison")?.className ?? "",
        shown: ring ? isSeen(ring, "stroke") : isSeen(outlined, "outlineStyle"),
        inside: rectangle.bottom > 0 && rectangle.top < innerHeight,
        html: element.outerHTML.slice(0, 120),
    };
}
"""


def test_keys_alone_reach_everything(open_page):
    page = open_page("typical_cnn")
    *_, _last = visit(page, "conv2")
    page.locator(".tabs [role=tab]").first.click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.get_by_role("combobox", name="Find a layer").focus()
    page.keyboard.press("Shift+Tab")
    seen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or (seen and found["what"] == seen[0]["what"]):  # where a browser without a window goes on
            break
        seen.append(found)
    else:
        pytest.fail("the page cannot be left by the tab key")
    assert [each["html"] for each in seen if not (each["shown"] and each["inside"])] == []
    stops = {}
    for each in seen:
        stops[each["part"]] = stops.get(each["part"], 0) + 1
    # colours, smaller, larger, fit, and the boxes; a chart each with its bars; nine columns to sort, and the rows
    assert stops["view graph"] == 5
    assert stops["find"] == stops["tabs"] == 1
    assert stops["all view table"] == 10
    assert stops["all view charts"] == 5  # which bars, three charts, the peak
    assert len(seen) < 45


def test_what_is_found_selected_and_opened_by_keys(open_page):
    page = open_page("resnet18", "--no-values")
    page.keyboard.press("/")
    page.keyboard.type("stage2.basic1.0.conv1")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#stage2.basic1.0.conv1"
    page.locator(".tabs [aria-selected=true]").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".field").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.field') !== null")


def test_with_less_motion_nothing_glides(open_page):
    page = open_page("typical_cnn")
    page.emulate_media(reduced_motion="reduce")
    for tab in visit(page, "conv2"):
        for play in page.get_by_role("button", name="Play").all():
            if play.is_visible():
                play.click()
        moving = "document.getAnimations().length + document.querySelectorAll('animate, animateTransform').length"
        page.wait_for_timeout(1000 if tab == "Receptive field" else 100)
        assert page.evaluate(moving) == 0, tab
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.field .gliding rect')).transitionProperty") == "none"
    )
