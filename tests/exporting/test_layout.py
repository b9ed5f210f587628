"""Drawings that are laid out: what is in them, and that nothing is in the way of anything else, opened or closed."""

from __future__ import annotations

import os
import subprocess
import sys
from random import Random

import pytest
from helpers import neighbour
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.exporting.drawing.layout import PlacedBox, PlacedDrawing, laid_out, opened
from cnncalc.source.open_model import shipped

promises = neighbour(__file__, "layout_promises")


def drawn(text: str) -> PlacedDrawing:
    return laid_out(cnncalc.load(text))


def outline(drawing: PlacedDrawing, indentation: str = "") -> list[str]:
    found = []
    for box in drawing.boxes:
        mark = " →" if box.is_output else ""
        found.append(f"{indentation}{box.name}: {' '.join(box.lines)} {box.shape} ({box.role}){mark}")
        if box.inside:
            found += outline(box.inside, f"{indentation}  ")
    return found


def arrows(drawing: PlacedDrawing) -> list[str]:
    def end(index: int, port: int, border: str) -> str:
        return f"{border} {port}" if index == -1 else drawing.boxes[index].name + (f" {port}" if port >= 0 else "")

    return [
        f"{end(edge.source, edge.source_port, 'in')} → {end(edge.target, edge.target_port, 'out')}"
        for edge in drawing.edges
    ]


# -- what is drawn

UNITS = neighbour(__file__, "units").UNITS


def test_a_group_is_one_box_and_what_is_in_it_another_drawing():
    drawing = drawn(UNITS)
    assert outline(drawing) == [
        "input:  12×12×3 (input)",
        "conv1: conv 3×3, 8 filters, padding 1 12×12×8 (weighted)",
        "body: unit ×4 12×12×16 (block) →",
        "  body.0: unit 12×12×16 (block)",  # it alone has a shortcut
        "    conv1: conv 3×3, 16 filters, padding 1, batch_norm, relu 12×12×16 (weighted)",
        "    conv2: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
        "    conv3: conv 1×1, 16 filters 12×12×16 (weighted)",
        "    residual1: add relu 12×12×16 (merge)",
        "  body.1…3 ×3: unit 12×12×16 (block) →",
        "    conv1: conv 3×3, 16 filters, padding 1, batch_norm, relu 12×12×16 (weighted)",
        "    conv2: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
        "    residual1: add relu 12×12×16 (merge) →",
        "plain ×2: conv 3×3, 16 filters, padding 1 12×12×16 (weighted)",
        "max_pool1: max_pool 3×3, stride 1, padding 1 12×12×16 (plain)",
        "concat1: concat 12×12×32 (merge)",
        "head: group 5 (block) →",
        "  global_avg_pool1: global_avg_pool 32 (plain)",
        "  dense1: dense 5 units 5 (weighted) →",
    ]


def test_edges_go_through_ports_of_closed_boxes():
    drawing = drawn(UNITS)
    assert arrows(drawing) == [
        "input → conv1",
        "conv1 → body 0",
        "body 0 → plain ×2",
        "plain ×2 → max_pool1",
        "plain ×2 → concat1",
        "max_pool1 → concat1",
        "concat1 → head 0",
    ]
    body = drawing.boxes[2].inside
    assert arrows(body) == ["in 0 → body.0 0", "body.0 0 → body.1…3 ×3 0", "body.1…3 ×3 0 → out 0"]
    assert arrows(body.boxes[1].inside) == [
        "in 0 → conv1",
        "conv1 → conv2",
        "conv2 → residual1",
        "in 0 → residual1",
        "residual1 → out 0",
    ]


def test_a_box_of_copies_knows_the_layers_of_each():
    spec = cnncalc.load(UNITS)
    body = laid_out(spec).boxes[2].inside
    (box,) = (box for box in body.boxes if box.times == 3)
    copies = [[node.name for node in nodes] for nodes in (box.nodes, *box.copies)]
    layers = ("conv1", "conv1.batch_norm", "conv1.relu", "conv2", "residual1", "residual1.relu")
    names = {node.name for node in spec.graph.nodes}
    assert {*copies[0]} <= names
    assert [[name.partition(".")[2].partition(".")[0] for name in copy] for copy in copies] == [
        ["1"] * len(layers), ["2"] * len(layers), ["3"] * len(layers)
    ]  # fmt: skip
    inner = box.inside.boxes[0]
    assert [nodes[0].name for nodes in (inner.nodes, *inner.copies)] == [f"body.{index}.conv1" for index in (1, 2, 3)]


def test_several_inputs_and_a_size_alone():
    drawing = drawn("""\
inputs: {left: 8x8x3, right: 4x4x3}
layers:
  - {conv: 3x3x4, padding: same, from: left, name: see}
  - {share: see, from: right, name: again}
  - {resize: {like: see}, name: large}
  - add: [see, large]
""")
    dashed = [arrow for arrow, edge in zip(arrows(drawing), drawing.edges, strict=True) if edge.is_size_alone]
    assert dashed == ["see → large"]
    rows = {box.name: box.row for box in drawing.boxes}
    assert rows["left"] < rows["see"] < rows["large"] < rows["add1"]
    assert rows["right"] < rows["again"] < rows["large"]


def test_values_that_go_on_from_a_group_leave_it_where_they_are_made():
    drawing = drawn("""\
input: 8x8x4
layers:
  - {group: [{conv: 3x3x4, padding: 1, name: a}, {conv: 3x3x4, padding: 1, name: b}], name: down}
  - {group: [{add: [down, down.a]}, relu], name: up}
""")
    assert arrows(drawing) == ["input → down 0", "down 0 → up 0", "down 1 → up 1"]
    down, up = (drawing.boxes[index].inside for index in (1, 2))
    assert {*arrows(down)} == {"in 0 → a", "a → b", "b → out 0", "a → out 1"}
    assert arrows(up) == ["in 0 → add1", "in 1 → add1", "add1 → relu1"]


# -- where it is


def named(drawing: PlacedDrawing) -> dict[str, PlacedBox]:
    return {box.name: box for box in drawing.boxes}


def test_a_chain_is_one_straight_column():
    drawing = drawn("input: 8x8x4\nlayers: [{conv: 3x3x200}, relu, max_pool: 2]\n")
    assert len({box.x for box in drawing.boxes}) == 1
    assert [box.row for box in drawing.boxes] == [0, 1, 2, 3]
    assert all(edge.lanes == () and edge.leaves == edge.enters == 0 for edge in drawing.edges)


def test_a_skip_runs_at_the_right_of_what_it_passes():
    drawing = drawn("input: 8x8x4\nlayers: [{residual: [{conv: 3x3x4, padding: 1}, relu], name: sum}]\n")
    boxes = named(drawing)
    assert boxes["input"].x == boxes["conv1"].x == boxes["relu1"].x == boxes["sum"].x
    (skip,) = (edge for edge in drawing.edges if edge.lanes)
    assert len(skip.lanes) == 2
    assert len({*skip.lanes}) == 1
    assert skip.lanes[0] >= boxes["conv1"].x + boxes["conv1"].w / 2 + 8


def test_branches_are_side_by_side_in_the_order_of_the_spec():
    drawing = drawn("input: 8x8x4\nlayers: [{concat: [[relu], [sigmoid], [tanh]], name: all}]\n")
    boxes = named(drawing)
    assert boxes["relu1"].x < boxes["sigmoid1"].x < boxes["tanh1"].x
    assert boxes["relu1"].row == boxes["sigmoid1"].row == boxes["tanh1"].row
    assert boxes["sigmoid1"].x == boxes["all"].x == boxes["input"].x


def test_a_branch_that_ends_is_beside_the_network_and_the_rows_below_it_are_free():
    heads = "\n".join(f"  - {{conv: 1x1x2, from: c{number}, name: h{number}}}" for number in range(6))
    chain = "\n".join(f"  - {{conv: 3x3x4, padding: 1, name: c{number}}}" for number in range(6))
    drawing = drawn(f"input: 8x8x4\nlayers:\n{chain}\n{heads}\noutputs: [h0, h1, h2, h3, h4, h5]\n")
    boxes = named(drawing)
    assert [boxes[f"h{number}"].row for number in range(6)] == [number + 2 for number in range(6)]
    assert drawing.width < 4 * max(box.w for box in drawing.boxes)


def test_resnet_152_fits_a_page():
    """At most 2,500 px high and 1,280 px wide."""
    drawing = laid_out(cnncalc.load("resnet152"))
    assert drawing.height <= 2500
    assert drawing.width <= 1280


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_model_fits_the_width_of_a_page(name: str):
    """Closed, at a page of 1,280 px with a margin of 20 px at both sides."""
    assert laid_out(cnncalc.load(name)).width <= 1240


# -- promises


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_nothing_is_in_the_way_in_any_shipped_model(name: str):
    graph = (spec := cnncalc.load(name)).graph
    drawing = laid_out(spec)
    promises.check_model(drawing, graph)
    promises.check_opening(drawing, lambda _: True)
    random = Random(name)
    for share in (0.3, 0.7):
        choice = {path: random.random() < share for path, _ in promises.every_drawing(drawing)}
        promises.check_opening(drawing, choice.__getitem__)


def entries(depth: int) -> st.SearchStrategy[str]:
    """An entry that keeps its size, of branches within branches."""
    layer = st.sampled_from(
        ["relu", "{conv: 3x3x4, padding: 1}", "{conv: 3x3x4, padding: 1, activation: gelu}", "batch_norm"]
    )
    if not depth:
        return layer
    inner = st.lists(entries(depth - 1), min_size=1, max_size=3).map(lambda found: f"[{', '.join(found)}]")
    return st.one_of(
        layer,
        inner.map(lambda each: f"{{residual: {each}}}"),
        inner.map(lambda each: f"{{group: {each}}}"),
        st.tuples(inner, st.integers(2, 3)).map(lambda pair: f"{{group: {pair[0]}, repeat: {pair[1]}}}"),
        st.lists(st.one_of(inner, st.just("[]")), min_size=2, max_size=4, unique=True).map(
            lambda found: f"{{add: [{', '.join(found)}]}}"
        ),
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(layers=st.lists(entries(3), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_branches_within_branches_never_cross(layers: list[str], seed: int):
    spec = cnncalc.load(f"input: 8x8x4\nlayers: [{', '.join(layers)}]\n")
    drawing = laid_out(spec)
    promises.check_model(drawing, spec.graph)
    random = Random(seed)
    choice = {path: random.random() < 0.6 for path, _ in promises.every_drawing(drawing)}
    for is_open in (choice.__getitem__, lambda _: True):
        after = promises.check_opening(drawing, is_open)
        for path, each in promises.visible(after):
            if promises.is_series_parallel(each):
                assert promises.crossings(each) == 0, path


@st.composite
def tangles(draw: st.DrawFn) -> str:
    """A spec whose layers read any of those before them, out of groups and into groups."""
    names = ["input"]
    lines = []
    for number in range(draw(st.integers(2, 12))):
        count = draw(st.integers(0, 3))
        inner: list[str] = []
        entries = []
        for index in range(max(count, 1)):
            known = [*names, *inner]
            read = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
            own = f"l{number}" if not count else f"i{index}"
            kind = f"relu, from: {read[0]}" if len(read) == 1 else f"add: [{', '.join(read)}]"
            entries.append(f"{{{kind}, name: {own}}}")
            inner.append(own)
        if count:
            lines.append(f"{{group: [{', '.join(entries)}], name: g{number}}}")
            names += [f"g{number}", *(f"g{number}.{own}" for own in inner)]
        else:
            lines.append(entries[0])
            names.append(f"l{number}")
    return f"input: 4x4x2\nlayers: [{', '.join(lines)}]\n"


@settings(max_examples=80, deadline=None)
@given(text=tangles(), seed=st.integers(0, 99))
def test_nothing_is_in_the_way_whatever_reads_what(text: str, seed: int):
    spec = cnncalc.load(text)
    drawing = laid_out(spec)
    promises.check_model(drawing, spec.graph)
    random = Random(seed)
    choice = {path: random.random() < 0.6 for path, _ in promises.every_drawing(drawing)}
    promises.check_opening(drawing, choice.__getitem__)
    promises.check_opening(drawing, lambda _: True)


# -- very many boxes


@pytest.mark.slow
def test_20000_layers_in_a_row_are_in_sections():
    layers = ", ".join("relu" for _ in range(20_000))
    spec = cnncalc.load(f"input: 8x8x4\nlayers: [{layers}]\n")
    drawing = laid_out(spec)
    counts = [len(each.boxes) for _, each in promises.every_drawing(drawing)]
    assert max(counts) <= 200
    assert sum(box.inside is None for _, each in promises.every_drawing(drawing) for box in each.boxes) == 20_001
    own, first, *_, last = drawing.boxes
    assert (own.name, own.role) == ("input", "input")
    assert first.name.startswith("relu1 … relu")
    assert last.name.endswith(" … relu20000")
    assert sum(int(box.lines[0].removesuffix(" layers").replace(",", "")) for box in drawing.boxes[1:]) == 20_000
    promises.check_reads(drawing, spec.graph)
    promises.check_everything(drawing)


@pytest.mark.slow
def test_sections_end_where_few_values_go_on():
    units = ", ".join("{residual: [relu, relu, relu, relu, relu]}" for _ in range(100))
    drawing = drawn(f"input: 8x8x4\nlayers: [{units}]\n")
    assert all(len(box.inside.ins) == 1 for box in drawing.boxes[1:])
    assert all(box.name.split(" … ")[1].startswith("residual") for box in drawing.boxes if box.inside)


def test_a_layer_of_300_branches_is_divided_too():
    branches = ", ".join("[relu]" for _ in range(300))
    spec = cnncalc.load(f"input: 8x8x4\nlayers: [{{concat: [{branches}]}}]\n")
    drawing = laid_out(spec)
    assert max(len(each.boxes) for _, each in promises.every_drawing(drawing)) <= 200
    promises.check_model(drawing, spec.graph)


def test_the_same_every_time():
    code = "import cnncalc; print(''.join(cnncalc.export(cnncalc.load('yolov8'), 'svg')))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_opening_nothing_changes_nothing():
    drawing = laid_out(cnncalc.load("unet"))
    assert opened(drawing, lambda _: False) == drawing
