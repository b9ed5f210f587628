"""The values of a page in a browser: windows step by step as `forward --trace` prints them, and what can be pressed."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.forward.run.network import prepare
from cnncalc.forward.views.trace import traced
from cnncalc.graph import Node
from cnncalc.report._document import Grids, Heading, Paragraph
from cnncalc.report.page.values import steps
from cnncalc.report.views.running.trace import TraceReport

pytestmark = pytest.mark.browser

WINDOWS = """\
name: windows
input: 9x9x4
layers:
  - {conv: 3x3x6, stride: 2, padding: 2, dilation: 2, groups: 2, name: grouped}
  - {depthwise_conv: 3x3, padding: 1, name: depthwise}
  - {separable_conv: 3x3x5, padding: same, name: separable}
  - {conv: 2x2x12, padding: 1, name: twelve}
  - {conv: 3x3x2, name: deep}
  - {conv_transpose: 3x3x3, stride: 2, name: transposed}
  - {max_pool: 3, stride: 2, padding: 1, name: largest}
  - {avg_pool: 3, stride: 1, padding: 1, name: mean}
  - {avg_pool: 2, stride: 1, padding: 1, count_padding: true, name: with_padding}
  - global_avg_pool
"""
SEQUENCES = """\
name: sequences
input: 12x2
layers:
  - {conv: 5x4, padding: 2, dilation: 2, name: first}
  - {max_pool: 3, stride: 2, padding: 1, name: largest}
  - {avg_pool: 2, stride: 1, name: mean}
"""

WINDOWS_SHOWN = """\
(windows) => windows.map(([channel, index]) => {
    const stepper = document.querySelector(".values .stepper");
    const selects = [...stepper.querySelectorAll("label")].reduce(
        (found, label) => ({...found, [label.firstChild.textContent.trim()]: label.querySelector("select")}), {});
    const choose = (select, value) => {
        if (select.value === String(value)) return;
        select.value = value;
        select.dispatchEvent(new Event("change"));
    };
    if (selects["Output channel"]) choose(selects["Output channel"], channel);
    stepper.querySelectorAll(".map[role=slider] > g:not(.marks)")[index].dispatchEvent(new MouseEvent("click"));
    const read = (name) => {
        const table = [...stepper.querySelectorAll(".cells")].find((each) => each.caption.textContent === name);
        return table ? [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent)) : null;
    };
    const terms = selects["Input channel"] ? selects["Input channel"].options.length : 1;
    const parts = Array.from({ length: terms }, (_, term) => {
        if (selects["Input channel"]) choose(selects["Input channel"], term);
        const input = selects["Input channel"]?.options[term].textContent ?? null;
        const sum = stepper.querySelector(".sum")?.textContent ?? null;
        return [input, read("patch"), read("kernel"), read("products"), sum];
    });
    const paragraphs = [...stepper.querySelectorAll(".work > p")].map((each) => each.textContent);
    return { parts, paragraphs, result: stepper.querySelector(".result").textContent,
             place: stepper.querySelector(".steps > .soft").textContent };
})
"""


def select(page: Any, layer: str) -> None:
    page.evaluate("(name) => { location.hash = '#' + name }", layer)
    page.wait_for_function(
        "(name) => document.querySelector('.values h2').textContent === `Values of ${name}`", arg=layer
    )


def open_tab(page: Any) -> None:
    page.get_by_role("tab", name="Values").click()


def shown_windows(page: Any, node: Node, positions: list[tuple[int, ...]], channels: range) -> list[Any]:
    """What the page shows of some windows."""
    select(page, node.name)
    counts = node.output.spatial
    indices = [position[0] if len(position) == 1 else position[0] * counts[1] + position[1] for position in positions]
    shown: list[Any] = page.evaluate(WINDOWS_SHOWN, [[channel, index] for index, channel in product(indices, channels)])
    return shown


def printed(report: TraceReport, count: int) -> list[Any]:
    """The same of what `forward --trace` prints."""
    found: list[Any] = []
    for block in report.document()[1:]:
        if isinstance(block, Heading):
            found.append({"parts": [], "paragraphs": [], "place": block.beside.removeprefix("reads ")})
        elif isinstance(block, Grids):
            grids = [grid for grid in block.grids if grid.caption != " "]
            signs = [text for grid in block.grids if grid.caption == " " for row in grid.rows for text in row]
            sums = [text for text in signs if text.startswith("sum ")]
            rows = [[list(row) for row in grid.rows] for grid in grids]
            channel = re.sub(r"\D", "", grids[0].caption) or None
            found[-1]["parts"].append([channel, *rows, *[None] * (3 - len(rows)), sums[0] if sums else None])
        else:
            assert isinstance(block, Paragraph)
            found[-1]["paragraphs"].append(block.text)
    for window in found:
        window["result"] = window["paragraphs"].pop()
    assert len(found) == count
    return found


@pytest.mark.parametrize("text", [WINDOWS, SEQUENCES], ids=["maps", "sequences"])
def test_each_window_is_as_forward_prints_it(open_page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setattr(steps, "ROOM", 100_000)  # for every layer and channel
    path = tmp_path / "net.yaml"
    path.write_text(text)
    page = open_page(str(path))
    network = prepare(cnncalc.load(str(path)))
    for node in network.graph.nodes:
        spatial = node.output.spatial
        ends = [sorted({0, size // 2, size - 1}) for size in spatial]
        positions = list(product(*ends))
        channels = range(min(node.output.channels, 3))
        if not spatial:
            continue
        found = shown_windows(page, node, positions, channels)
        report = TraceReport(network, list(traced(network, node, positions, channels)), 0)
        wanted = printed(report, len(positions) * len(channels))
        for window, shown in zip(wanted, found, strict=True):
            assert shown["parts"] == window["parts"], node.name
            assert shown["result"] == window["result"]
            assert shown["place"].endswith(f"reads {window['place']}")
            assert set(window["paragraphs"]) <= set(shown["paragraphs"])


def test_the_command_itself_prints_the_same(open_page, capsys: pytest.CaptureFixture[str]):
    page = open_page("typical_cnn")
    for layer, position, index, channel in (("conv2", "10,9", 119, 0), ("max_pool1", "12,4", 160, 0)):
        select(page, layer)
        (shown,) = page.evaluate(WINDOWS_SHOWN, [[channel, index]])
        capsys.readouterr()
        assert run(["forward", "typical_cnn", "--trace", layer, "--at", position, "--channel", str(channel)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert shown["result"] == lines[-1]


# Halves between two numbers, powers of ten, digits that end early or never, very small, large, zero, negative.
HARD = [
    0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.125, 0.375, -0.625, 0.0625, 1 / 3, 2 / 3, 0.1, 0.3, 9.9995, 99.995, 999.95,
    9999.5, 10000.5, 12345.678, 99999.5, 1234567.0, 9999999.5, 10005000.0, 10015000.0, 1e7, 1e8, 123456789.0, 3.4e38,
    0.001, 0.00099995, 0.0009, 1e-4, 1e-5, 1.0005e-5, 2.5e-7, 1e-30, 1e-38, 65504.0, 2048.5, 1023.9, 0.99999, 0.999949,
    255.0, 127.0, 128.0, -128.0, -129.0, 3.14159265, 2.71828182, 1.41421356,
]  # fmt: skip


def test_numbers_are_written_as_python_writes_them(open_page, tmp_path: Path):
    """Each window is one number, times 1, 0.1, −3 and 10⁶."""
    rows = 13
    assert len(HARD) == 4 * rows
    sample = [[HARD[4 * row + column] for column in range(4)] for row in range(rows)]
    path = tmp_path / "hard.yaml"
    kernel = [[[weight]] for weight in (1, 0.1, -3, 1e6)]
    layer = f"{{conv: 1x1x4, bias: false, weights: {{kernel: {kernel}}}}}"
    path.write_text(f"input: 13x4x1\nlayers: [{layer}]\nsample: {sample}\n")
    page = open_page(str(path))
    network = prepare(cnncalc.load(str(path)))
    (node,) = network.graph.nodes
    positions = list(product(range(rows), range(4)))
    found = shown_windows(page, node, positions, range(4))
    wanted = printed(TraceReport(network, list(traced(network, node, positions, range(4))), 0), 4 * len(positions))
    for window, shown in zip(wanted, found, strict=True):
        assert [shown["parts"], shown["result"]] == [window["parts"], window["result"]]


def test_what_can_be_pressed(open_page):
    page = open_page("sliding_window")
    open_tab(page)
    select(page, "conv1")
    result, map_ = page.locator(".result"), page.get_by_role("slider", name="Position in the output of conv1")
    # The lecture's picture: 1·1 + 1·0 + 1·1 + … = 4 in the first window, 3 in the second.
    assert result.text_content() == "conv1[0, 0] = 4"
    page.get_by_role("button", name="Step forward").click()
    assert result.text_content() == "conv1[0, 1] = 3"
    page.get_by_role("button", name="Last window").click()
    assert result.text_content() == "conv1[2, 2] = 4"
    page.keyboard.press("ArrowLeft")
    assert result.text_content() == "conv1[2, 1] = 3"
    map_.focus()
    page.keyboard.press("ArrowUp")
    assert result.text_content() == "conv1[1, 1] = 4"
    assert map_.get_attribute("aria-valuetext") == "conv1[1, 1]: 4"
    page.keyboard.press("Home")
    assert result.text_content() == "conv1[0, 0] = 4"
    assert result.get_attribute("aria-live") == "polite"
    page.get_by_label("Speed").select_option(label="very fast")
    page.get_by_role("button", name="Play").click()
    assert result.get_attribute("aria-live") == "off"
    page.wait_for_function("() => document.querySelector('.result').textContent.startsWith('conv1[2, 2]')")
    page.get_by_role("button", name="Play").wait_for()
    assert result.get_attribute("aria-live") == "polite"


def test_pictures_have_names(open_page):
    page = open_page("typical_cnn")
    open_tab(page)
    assert page.get_by_role("img", name="input.").count() == 1
    select(page, "conv2")
    names = page.locator(".values .maps canvas").evaluate_all(
        "all => all.map((each) => each.getAttribute('aria-label'))"
    )
    assert len(names) == 8
    assert names[3].startswith("Channel 3. conv2. Values from ")
    select(page, "dense2.softmax")
    assert page.locator(".softmax tbody tr").count() == 10
    shares = [float(text) for text in page.locator(".softmax td.number").all_text_contents()]
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_a_page_without_a_selection_or_values_says_what_to_do(open_page):
    page = open_page("typical_cnn")
    assert "Select a layer to see what it makes of this." in page.locator(".view.values").text_content()
    page = open_page("typical_cnn", "--no-values")
    assert page.locator(".view.values").text_content() == ""
