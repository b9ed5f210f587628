"""The panel of a layer, the table, find and addresses, in a real browser."""

from __future__ import annotations

import json
import random
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from helpers import neighbour

import cnncalc
from cnncalc.analysis import Analysis, analyze
from cnncalc.report.views.explain import ExplainReport

pytestmark = pytest.mark.browser

MODELS = neighbour(__file__, "ten_models").MODELS
PANEL = """(names) => names.map((name) => {
    history.pushState(null, "", "#" + encodeURIComponent(name));
    dispatchEvent(new PopStateEvent("popstate"));
    const panel = document.querySelector(".details");
    const texts = (selector, root = panel) => [...root.querySelectorAll(selector)].map((each) => each.innerText.trim());
    const rows = (table) => Object.fromEntries([...panel.querySelectorAll(table + " tr")].map((row) =>
        [row.cells[0].innerText, [...row.cells].slice(1).map((cell) => cell.innerText)]));
    return {
        name: panel.querySelector("h2").innerText,
        counts: rows(".counts"),
        settings: rows(".settings"),
        derived: [...panel.querySelectorAll(".derived")].map((each) =>
            [texts("h4", each)[0], texts("code > span", each), texts("p", each)[0] ?? ""]),
    };
})"""
"""What the panel shows of each of these layers."""


def details(page):
    return page.locator(".details")


def heading(page) -> str:
    return details(page).locator("h2").text_content()


@pytest.mark.parametrize("model", MODELS)
def test_the_panel_has_the_numbers_of_the_json(open_page, model):
    analysis = analyze(cnncalc.load(model))
    layers = analysis.to_dict()["layers"]
    chosen = random.Random(model).sample(range(len(layers)), min(len(layers), 13))
    explained = ExplainReport.of(analysis).to_dict()["layers"]
    shown = open_page(model, "--no-values").evaluate(PANEL, [layers[index]["name"] for index in chosen])
    for index, panel in zip(chosen, shown, strict=True):
        _check_panel(panel, layers[index], explained[index])


def _check_panel(panel, layer, explained) -> None:
    assert panel["name"] == layer["name"]
    assert panel["counts"]["parameters"][0] == f"{layer['params']:,}"
    assert panel["counts"]["MACs"][0] == f"{layer['macs']:,}"
    assert list(panel["settings"]) == list(layer["settings"])
    for name, value in layer["settings"].items():
        if isinstance(value, (bool, str)):
            assert panel["settings"][name][0] == str(value).lower()
    steps = [*explained["steps"], *explained["equivalents"]]
    assert [title for title, _, _ in panel["derived"]] == [step["quantity"] for step in steps]
    for (_, lines, words), step in zip(panel["derived"], steps, strict=True):
        assert lines[-1].removeprefix("= ") == f"{step['result']:,}"
        assert step["numbers"] is None or lines[-2].removeprefix("= ") == step["numbers"]
        if len(lines) == 3:  # subscripts have no mark in what is shown
            assert lines[0] == step["rule"].replace("output_padding", "output padding").replace("_", "").replace(
                "output padding", "output_padding"
            )
        assert words == step.get("words", words).replace("`", "")


def test_an_address_selects_and_the_way_back_is_the_browsers(open_page):
    page = open_page("lenet5", "--no-values")
    assert heading(page) == "The model"
    page.locator(".layers a", has_text="conv2").click()
    assert heading(page) == "conv2"
    assert page.evaluate("location.hash") == "#conv2"
    details(page).get_by_role("link", name="tanh", exact=True).click()
    assert heading(page) == "conv2.tanh"
    assert page.evaluate("document.activeElement.tagName") == "H2"  # the link that had the focus is gone
    page.go_back()
    assert heading(page) == "conv2"
    page.go_back()
    assert heading(page) == "The model"
    page.go_forward()
    assert heading(page) == "conv2"
    details(page).get_by_role("button", name="lenet5").click()
    assert heading(page) == "The model"
    assert page.evaluate("location.hash") == ""


def test_a_page_with_an_address_is_not_moved_to_the_row_of_the_table(open_page):
    page = open_page("resnet50", "--no-values")
    page.goto(page.url + "#stage4.bottleneck1.2.conv3")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert heading(page) == "stage4.bottleneck1.2.conv3"
    assert page.evaluate("scrollY") == 0
    page.evaluate("location.hash = '#stage4.bottleneck1.2.conv2'")
    page.wait_for_function("document.querySelector('.details h2').textContent.endsWith('conv2')")
    assert page.evaluate("scrollY") == 0
    selected = page.locator(".layers tr.selected th")
    assert selected.all_text_contents() == ["conv2"]


def test_an_entry_stands_for_the_layer_that_it_ends_in(open_page):
    page = open_page("resnet18", "--no-values")
    page.evaluate("location.hash = '#stage2'")
    page.wait_for_function("document.querySelector('.details h2').textContent !== 'The model'")
    assert heading(page) == "stage2.basic1.1.residual1.relu"
    crumbs = details(page).locator(".path li")
    assert crumbs.all_text_contents() == ["resnet18", "stage2", "basic1", "1"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#cnov1", "There is no layer cnov1; did you mean conv1?"),
        ("#%", "There is no layer %."),
        ("#2:conv1", "There is no layer 2:conv1; did you mean conv1?"),
        ("#<img src=x onerror=alert(1)>", "There is no layer <img src=x onerror=alert(1)>."),
        ("#" + quote("✨'\"&"), "There is no layer ✨'\"&."),
    ],
)
def test_an_address_that_names_nothing_is_answered(open_page, address, said):
    page = open_page("lenet5", "--no-values")
    page.evaluate("(address) => { location.hash = address; }", address)
    page.wait_for_selector(".find .notice")
    assert page.locator(".find .notice").text_content() == said
    assert heading(page) == "The model"
    page.locator(".layers a").first.click()
    assert page.locator(".find .notice").count() == 0


ODD = """\
name: </script><!-- "odd" & ]]>
description: <img src=x onerror=alert(1)>
input: 8x8x4
layers:
  - {conv: 1x1x4, name: data, origin: "a#b%'\\"<i>✨"}
  - {conv: 1x1x4, name: model-1}
  - {conv: 1x1x4, name: top}
  - {conv: 1x1x4, name: слой}
  - {opaque: "<img src=x>", output: 8x8x4, name: __proto__}
"""


def test_odd_names_and_texts_are_only_texts(open_page, tmp_path):
    spec = tmp_path / "odd.yaml"
    spec.write_text(ODD, "utf-8")
    page = open_page(str(spec), "--no-values")
    assert page.locator("img[src=x], [onerror]").count() == 0
    assert page.locator("script:not([type])").count() == 2  # the page's loader, and what it unpacks
    assert details(page).locator(".description").text_content() == "<img src=x onerror=alert(1)>"
    for name in ("data", "model-1", "top", "слой", "__proto__"):
        page.locator(".layers a", has_text=name).evaluate("(link) => link.click()")
        assert heading(page) == name
        assert page.evaluate("scrollY") == 0
    page.locator(".layers a", has_text="data").click()
    assert details(page).get_by_text("a#b%'\"<i>✨").count() == 1


def test_a_layer_of_the_second_model_has_its_number_in_the_address(open_page):
    page = open_page("lenet5", "typical_cnn", "--no-values")
    panels = page.locator(".details h2")
    page.locator(".layers").nth(1).get_by_role("link", name="conv1").click()
    assert page.evaluate("location.hash") == "#2:conv1"
    assert panels.all_text_contents() == ["conv1", "conv1"]  # which is in its place in the first
    page.locator(".find input").fill("typical dense1")
    assert page.locator(".find [role=option]").first.text_content().startswith("dense1typical-cnn · dense")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#2:dense1"


def test_columns_sort_one_way_the_other_way_and_not(open_page):
    page = open_page("resnet18", "--no-values")
    names = page.locator(".layers tbody tr:visible th a")
    before = names.all_text_contents()
    head = page.locator(".layers thead th", has_text="parameters")
    layers = analyze(cnncalc.load("resnet18"))
    largest = _entries_by_parameters(layers)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names.all_text_contents()[:5] == largest[:5]
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names.all_text_contents()[-1] in largest[:3]  # which have as many
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert names.all_text_contents() == before
    page.locator(".layers thead th", has_text="receptive field").get_by_role("button").click()
    assert names.all_text_contents()[:2] == ["global_avg_pool1", "dense1"]  # global, and then the largest
    assert page.locator(".layers tbody tr:visible td:nth-child(8)").nth(2).text_content() == "435"


def _entries_by_parameters(analysis: Analysis) -> list[str]:
    """The names of entries by the parameters of their own layers, from the largest."""
    entries = [entry for entry in analysis.walk() if entry.layers]
    own = {entry.name: sum(layer.params for layer in entry.layers) for entry in entries}
    return sorted(own, key=lambda name: -own[name])


def test_what_is_unknown_sorts_last_both_ways(open_page, tmp_path):
    spec = tmp_path / "unknown.yaml"
    spec.write_text("input: 8x8x4\nlayers:\n  - conv: 1x1x4\n  - {opaque: Mystery, output: 8x8x4}\n  - conv: 1x1x8\n")
    page = open_page(str(spec), "--no-values")
    button = page.locator(".layers thead th", has_text="parameters").get_by_role("button")
    names = page.locator(".layers tbody th a")
    for expected in (["conv2", "conv1", "opaque1"], ["conv1", "conv2", "opaque1"], ["conv1", "opaque1", "conv2"]):
        button.click()
        assert names.all_text_contents() == expected


def test_find_suggests_by_name_words_shape_and_origin(open_page):
    page = open_page("resnet50", "--no-values")
    page.keyboard.press("/")
    field = page.locator(".find input")
    options = page.locator(".find [role=option] strong")
    field.fill("conv1")
    assert options.first.text_content() == "conv1"
    assert options.count() == 20
    assert page.locator(".find .count").text_content().startswith("the first 20 of ")
    field.fill("2048x7x7 relu")
    assert options.all_text_contents() == [f"stage4.bottleneck1.{copy}.residual1.relu" for copy in range(3)]
    field.press("ArrowDown")
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "found-1"
    assert page.locator("#found-1").get_attribute("aria-selected") == "true"
    field.press("Enter")
    assert heading(page) == "stage4.bottleneck1.1.residual1.relu"
    assert field.get_attribute("aria-expanded") == "false"
    field.fill("nothing is called so")
    assert page.locator(".find .count").text_content() == "no layer matches"
    field.fill("max_pool")
    field.press("Escape")
    assert page.locator(".find [role=listbox]").is_hidden()
    field.press("Escape")
    assert field.input_value() == ""


def test_arrows_move_among_the_rows_which_are_one_stop(open_page):
    page = open_page("lenet5", "--no-values")
    assert page.locator(".layers tbody a[tabindex='0']").all_text_contents() == ["conv1"]
    page.locator(".layers tbody a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert heading(page) == "conv2"
    assert page.locator(".layers tbody a[tabindex='0']").all_text_contents() == ["conv2"]
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent") == "dense3"


def test_sections_stay_closed_from_layer_to_layer(open_page):
    page = open_page("lenet5", "--no-values")
    page.locator(".layers a", has_text="conv1").click()
    details(page).get_by_text("Numbers", exact=True).click()
    page.locator(".layers a", has_text="conv2").click()
    is_open = (
        details(page)
        .locator("details")
        .evaluate_all("(all) => all.map((each) => [each.innerText.split('\\n')[0], each.open])")
    )
    assert dict(is_open) == {
        "Numbers": False, "Receptive field": True, "How the numbers come about": True, "Symbols": False,
        "Settings": True, "Where it comes from": True,
    }  # fmt: skip


def test_a_link_is_copied_or_there_to_be_copied(open_page):
    page = open_page("lenet5", "--no-values")
    page.locator(".layers a", has_text="conv1").click()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    details(page).get_by_role("button", name="Copy link").click()
    assert details(page).get_by_label("Address of the layer").input_value() == page.url
    assert page.evaluate("getSelection().toString()") == page.url


def test_it_fits_a_narrow_window(open_page):
    page = open_page("resnet50", "--no-values", width=360, height=740)
    for name in ("", "#conv1", "#stage3.bottleneck1.0.conv4.batch_norm"):
        page.evaluate(
            "(name) => { history.pushState(null, '', name || ' '); dispatchEvent(new PopStateEvent('popstate')); }",
            name,
        )
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_scripts_an_address_leads_to_the_row(open_page):
    page = open_page("resnet50", "--no-values")
    browser = page.context.browser
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    still = context.new_page()
    still.goto(page.url.partition("#")[0] + "#stage4.bottleneck1.0.conv1")
    box = still.locator("[id='stage4.bottleneck1.0.conv1']").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 900
    context.close()


def test_a_name_may_have_anything_in_it(open_page):
    """The language allows letters, digits, `_` and `-`; a page does not rely on that."""
    odd = "2:x # % %41 ' \" <b> ✨"
    page = open_page("lenet5", "--no-values")
    path = Path(unquote(urlsplit(page.url).path))
    path.write_text(path.read_text("utf-8").replace('"name":"conv2"', f'"name":{json.dumps(odd)}', 1), "utf-8")
    page.reload()
    page.locator(".find input").fill("2:x #")
    page.keyboard.press("Enter")
    assert heading(page) == odd
    assert page.evaluate("location.hash") == "#" + quote(odd, safe="!'()*~")
    page.locator(".layers a", has_text="conv1").click()
    page.go_back()
    assert heading(page) == odd
    page.reload()
    assert heading(page) == odd
