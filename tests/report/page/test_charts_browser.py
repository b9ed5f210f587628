"""Charts and comparisons, in a real browser."""

from __future__ import annotations

import pytest

import cnncalc

pytestmark = pytest.mark.browser


def labels(page, selector: str) -> list[str]:
    """What a screen reader says about each bar."""
    return page.locator(selector).evaluate_all("bars => bars.map(bar => bar.ariaLabel)")


def heights(page, selector: str) -> list[float]:
    return page.locator(selector).evaluate_all("fills => fills.map(fill => fill.getBoundingClientRect().height)")


def test_bars_of_a_model(open_page):
    page = open_page("typical_cnn", "--no-values")
    known = cnncalc.analyze(cnncalc.load("typical_cnn")).to_dict()
    # 3 · 3 · 1 · 8 + 8, 3 · 3 · 8 · 16 + 16, 400 · 64 + 64 and 64 · 10 + 10 of 27,562
    assert labels(page, ".plot-0 .column") == [
        "conv1: 80 parameters, 0.3%",
        "max_pool1: 0 parameters",
        "conv2: 1,168 parameters, 4.2%",
        "max_pool2: 0 parameters",
        "flatten1: 0 parameters",
        "dense1: 25,664 parameters, 93.1%",
        "dense2: 650 parameters, 2.4%",
    ]
    drawn = heights(page, ".plot-1 .fill")
    assert drawn[0] / drawn[2] == pytest.approx(48_672 / 139_392, abs=0.01)
    assert [bool(height) for height in drawn] == [True, False, True, False, False, True, True]

    page.get_by_role("button", name="conv2: 1,168 parameters").click()
    assert page.evaluate("location.hash") == "#conv2"
    assert page.locator(".charts [aria-pressed=true]").count() == 3  # one in each chart
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel") == "max_pool2: 0 parameters"
    assert page.evaluate("location.hash") == "#conv2"  # the focus selects nothing
    assert page.locator(".tip b").first.text_content() == "max_pool2"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.ariaLabel") == "dense2: 640 MACs, 0.3%"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#dense2"
    page.go_back()
    assert page.locator(".plot-0 [aria-pressed=true]").get_attribute("aria-label") == "conv2: 1,168 parameters, 4.2%"
    assert page.locator(".charts .columns [tabindex='0']").count() == 3  # a stop of the tab key per chart

    peak = page.locator(".charts .peak")
    assert peak.text_content() == f"peak 42.2 KiB at {known['totals']['peak_at']}"
    peak.click()
    assert page.evaluate("decodeURIComponent(location.hash)") == f"#{known['totals']['peak_at']}"
    # conv1.relu is part of the bar of its entry
    assert page.locator(".plot-2 [aria-pressed=true]").get_attribute("aria-label").startswith("conv1: 42.2 KiB alive")

    page.get_by_label("Bars:").select_option(label="all layers (11)")
    assert page.locator(".plot-0 .column").count() == len(known["layers"]) == 11
    assert page.locator(".plot-2 [aria-pressed=true]").get_attribute("aria-label").startswith("conv1.relu: ")


def test_groups_open(open_page):
    page = open_page("resnet152", "--no-values")
    assert page.locator(".plot-0 .column").count() == 54  # 50 units, and what is before and behind them
    page.get_by_role("button", name="stage3.bottleneck1.7: 1,117,184 parameters").click()
    # 1024 · 256 + 2 · 256, 9 · 256 · 256 + 2 · 256 and 256 · 1024 + 2 · 1024
    assert labels(page, ".plot-0 .column") == [
        "stage3.bottleneck1.7.conv1: 262,656 parameters, 0.4%",
        "stage3.bottleneck1.7.conv2: 590,336 parameters, 1.0%",
        "stage3.bottleneck1.7.conv3: 264,192 parameters, 0.4%",
        "stage3.bottleneck1.7.residual1: 0 parameters",
    ]
    assert page.locator(".plot-0 .heading > .soft").text_content() == "1,117,184 parameters, 1.9%"
    assert page.locator(".charts .peak").is_hidden()
    assert page.evaluate("location.hash") == ""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#stage3.bottleneck1.7.conv2"
    page.get_by_role("button", name="whole model").click()
    assert page.locator(".plot-0 .column").count() == 54
    assert page.locator(".plot-0 [aria-pressed=true]").get_attribute("aria-label").startswith("stage3.bottleneck1.7: ")


def test_two_models_side_by_side(open_page):
    page = open_page("resnet18", "vgg16", "--no-values")
    first, second = page.locator(".model").nth(0), page.locator(".model").nth(1)
    assert first.bounding_box()["y"] == second.bounding_box()["y"]
    tops = [each.locator(".charts").bounding_box()["y"] for each in (first, second)]
    assert tops[0] == tops[1]
    # 512 · 7 · 7 · 4096 + 4096 of VGG-16, and the convolutions of ResNet-18's last stage: 9 · 512 · 512 + 2 · 512
    high = max(heights(page, ".model:nth-child(2) .plot-0 .fill"))
    assert max(heights(page, ".model:nth-child(1) .plot-0 .fill")) / high == pytest.approx(
        2_360_320 / 102_764_544, abs=0.01
    )
    first.get_by_label("the same scale for all models").uncheck()
    assert not second.get_by_label("the same scale for all models").is_checked()
    assert max(heights(page, ".model:nth-child(1) .plot-0 .fill")) == pytest.approx(high, abs=1)

    page.set_viewport_size({"width": 360, "height": 740})
    assert second.bounding_box()["y"] > first.bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_layer_is_shown_in_both_models(open_page):
    page = open_page("resnet18", "resnet34", "--no-values")
    page.locator(".model:nth-child(1) .plot-0").get_by_role("button", name="stage2.basic1.0.conv1:").click()
    assert page.evaluate("location.hash") == "#stage2.basic1.0.conv1"
    pressed = labels(page, ".plot-0 [aria-pressed=true]")
    assert [label.partition(":")[0] for label in pressed] == ["stage2.basic1.0.conv1"] * 2
    page.get_by_role("link", name="stage1.basic1.2.conv1").click()  # which resnet34 has alone
    assert page.evaluate("location.hash") == "#2:stage1.basic1.2.conv1"
    assert [label.partition(":")[0] for label in labels(page, ".plot-0 [aria-pressed=true]")] == [
        "stage1.basic1.2.conv1"
    ]
    assert page.locator(".model:nth-child(2) .graph").bounding_box()["y"] == pytest.approx(0, abs=1)
    page.get_by_role("link", name="resnet18", exact=True).click()
    assert page.locator(".model:nth-child(1)").bounding_box()["y"] == pytest.approx(0, abs=1)
    assert page.evaluate("location.hash") == "#2:stage1.basic1.2.conv1"
    # the graphs mark what only one of the models has
    assert page.locator(".model:nth-child(1) .graph .mark").count() == 0
    assert set(page.locator(".model:nth-child(2) .graph .mark").all_text_contents()) <= {"+ added", "~ changed"}


def test_what_is_unknown_is_hatched(open_page, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: 8x8x1\nlayers:\n  - {conv: 2, kernel: 3}\n  - {opaque: Other, name: other, output: 4x4x1}\n"
    )
    page = open_page(str(path), "--no-values")
    bar = page.get_by_role("button", name="other: parameters unknown")
    assert bar.locator(".sign").text_content() == "?"
    assert "repeating-linear-gradient" in bar.evaluate("bar => getComputedStyle(bar).backgroundImage")


def test_twenty_thousand_layers(open_page, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 8x8x2\nlayers:\n" + "  - {conv: 2, kernel: 1}\n" * 20_000)
    page = open_page(str(path), "--no-values")
    assert page.locator(".plot-0 .column").count() == 200
    assert labels(page, ".plot-0 .column")[0] == "conv1…conv100: 600 parameters, 0.5%; opens"
    page.locator(".plot-0 .column").first.click()
    assert labels(page, ".plot-0 .column")[99] == "conv100: 6 parameters, <0.1%"
