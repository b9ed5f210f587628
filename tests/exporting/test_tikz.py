"""Figures for papers: what stands together, where it stands, and that pdflatex takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from helpers import neighbour

import cnncalc
from cnncalc.cli import run as command
from cnncalc.exporting.drawing.figure.bodies import LINE, RADIUS, SLANT, label_width
from cnncalc.exporting.drawing.figure.legend import COLOURS, LEGEND, OUTPUT
from cnncalc.exporting.drawing.figure.placing import MOST, PlacedFigure, PlacedStack, placed_model
from cnncalc.exporting.drawing.figure.stacks import LOOKS, Figure, Stack, figure_of
from cnncalc.exporting.drawing.tikz import tikz
from cnncalc.source.open_model import shipped

renderers = neighbour(__file__, "renderers")
Box = tuple[float, float, float, float]
"""Left, lower, right and upper end."""


def load(text: str, folder: Path) -> cnncalc.Spec:
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return cnncalc.load(path)


def outline(figure: Figure) -> list[str]:
    """A line for each stack: what it is called, its looks, its output, and what it reads."""
    return [
        f"{stack.number} {' / '.join(stack.label())}: {' '.join(slab.look for slab in stack.slabs)}"
        f" {stack.shape.text(figure.layout)}, reads {', '.join(str(each.number) for each in stack.reads) or 'nothing'}"
        for stack in figure.stacks
    ]


# -- what stands together


def test_layers_with_outputs_of_one_size_stand_together(tmp_path: Path):
    text = """\
input: 32x32x3
layers:
  - {conv: 3x3x8, padding: 1, activation: relu}
  - {conv: 3x3x8, padding: 1}
  - batch_norm
  - relu
  - {conv: 5x5x8, padding: 2, dilation: 1}
  - {max_pool: 3, stride: 2}
  - {conv: 3x3x8, stride: 2, padding: 1, repeat: 2}
  - dropout: 0.5
  - flatten
  - {dense: 10}
  - {dense: 10, activation: softmax}
"""
    figure = figure_of(load(text, tmp_path), 1)
    assert outline(figure) == [
        "0 input: input 32×32×3, reads nothing",
        "1 conv 3×3 ×2, / conv 5×5: convolutional convolutional convolutional 32×32×8, reads 0",
        "2 max pool 3×3 / stride 2: pooled 15×15×8, reads 1",
        "3 conv4 ×2: convolutional 4×4×8, reads 2",  # 15 → 8 → 4
        "4 flatten: other 128, reads 3",
        "5 dense: connected 10, reads 4",
        "6 dense: connected 10, reads 5",  # vectors stand by themselves
    ]
    assert [box.name for box in figure.stacks[1].boxes] == ["conv1", "conv2", "batch_norm1", "relu1", "conv3"]


def test_merges_are_signs(tmp_path: Path):
    text = """\
input: 16x16x4
layers:
  - residual: [{conv: 3x3x4, padding: 1}]
  - multiply: [[], {conv: 1x1x4}]
  - concat: [[], {avg_pool: 3, stride: 1, padding: 1}]
"""
    figure = figure_of(load(text, tmp_path), 5)
    assert outline(figure) == [
        "0 input: input 16×16×4, reads nothing",
        "1 conv 3×3: convolutional 16×16×4, reads 0",
        "2 : other 16×16×4, reads 1, 0",
        "3 conv 1×1: convolutional 16×16×4, reads 2",
        "4 : other 16×16×4, reads 2, 3",
        "5 avg pool 3×3 / stride 1: pooled 16×16×4, reads 4",
        "6 concat: other 16×16×8, reads 4, 5",
    ]
    assert [stack.sign for stack in figure.stacks] == ["", "", "+", "", "×", "", "c"]


def test_pools_are_what_they_are_called(tmp_path: Path):
    pools = ("max_pool: 2", "avg_pool: 2", "adaptive_avg_pool: 4", "global_avg_pool", "global_max_pool")
    others = (
        "flatten",
        "{crop: 1}",
        "{upsample: 2}",
        "{pad: 1}",
        "{slice: [0, 2]}",
        "batch_norm",
        "channel_shuffle: 2",
    )
    for entry in (*pools, *others):
        figure = figure_of(load(f"input: 4x4x4\nlayers: [{{conv: 1x1x4}}, {entry}]\n", tmp_path), 1)
        looks = [slab.look for slab in figure.stacks[-1].slabs]
        is_drawn = entry != "batch_norm"
        assert looks[-1] == ("pooled" if entry in pools else "other" if is_drawn else "convolutional"), entry


def test_as_many_levels_are_opened_as_there_is_room_for():
    def labels(name: str, depth: int | None = None) -> list[str]:
        return [" ".join(each.stack.label()) for each in placed_model(cnncalc.load(name), depth).stacks]

    assert labels("resnet50", 1)[3:7] == ["stage1", "stage2", "stage3", "stage4"]
    assert labels("resnet50")[3:7] == ["bottleneck ×3", "bottleneck ×4", "bottleneck ×6", "bottleneck ×3"]
    # 18 layers with weights: the first, two in each of 8 units, and the last; 3 units have one more in their shortcut
    blocks = [slab for each in placed_model(cnncalc.load("resnet18")).stacks for slab in each.slabs]
    assert len(blocks) == 18 + 3 + len(("input", "max pool", "global pool")) < MOST


@pytest.mark.slow
def test_no_figure_of_a_shipped_model_has_more_blocks_than_there_is_room_for():
    for name in shipped():
        spec = cnncalc.load(name)
        blocks, outermost = (sum(each.stack.blocks for each in placed_model(spec, depth).stacks) for depth in (None, 1))
        assert blocks <= max(MOST, outermost), name


def test_many_alike_are_one(tmp_path: Path):
    eight = "".join("  - {conv: 3x3x8, padding: 1}\n" for _ in range(8))
    figure = figure_of(load(f"input: 8x8x8\nlayers:\n{eight}", tmp_path), 1)
    assert [stack.blocks for stack in figure.stacks] == [1, 8]
    nine = eight + "  - {conv: 3x3x8, padding: 1}\n"
    figure = figure_of(load(f"input: 8x8x8\nlayers:\n{nine}", tmp_path), 1)
    assert outline(figure)[1] == "1 conv 3×3 ×9: convolutional 8×8×8, reads 0"


@pytest.mark.slow
def test_a_model_of_20000_layers(tmp_path: Path):
    layers = "".join(f"  - conv: 1x1x{4 + index % 2}\n" for index in range(20_000))
    figure = figure_of(load(f"input: 8x8x4\nlayers:\n{layers}", tmp_path), 1)
    assert len(figure.stacks) == 30 + 1 + 10
    assert (
        outline(figure)[30] == "30 … 19,961 / layers: convolutional 8×8×5, reads 29"
    )  # the first 30 are the input and 29


# -- how large it is


def test_sizes_are_on_a_scale_of_roots(tmp_path: Path):
    text = "input: 64x16x1\nlayers: [{conv: 1x1x32}, {conv: 1x1x1024}, {max_pool: 4}, flatten]\n"
    first, second, third, pool, vector = (each.slabs[0] for each in placed_model(load(text, tmp_path)).stacks)
    assert first.height == 2 * first.width == 2 * pool.height == 4 * pool.width  # √64 = 2·√16, 64 = 4·16
    assert first.thickness < second.thickness
    assert third.thickness == pytest.approx(4 * second.thickness)  # 1024 = 32·32, and 32^0.4 = 4
    assert vector.width == 0


@pytest.mark.parametrize(("size", "is_flat"), [("100x4", True), ("20x20x20x4", False)])
def test_sequences_are_flat_and_volumes_have_three_lengths(size: str, is_flat: bool, tmp_path: Path):
    kernel = "x".join(["3"] * size.count("x"))
    text = f"input: {size}\nlayers: [{{conv: {kernel}x8}}, {{max_pool: 2}}]\n"
    for each in placed_model(load(text, tmp_path)).stacks:
        slab = each.slabs[0]
        assert (slab.width == 0) is is_flat
        if not is_flat:
            assert slab.thickness == slab.height == slab.width


def test_rows_are_broken_where_one_line_leads_on():
    placed = placed_model(cnncalc.load("resnet18"))
    rows: dict[float, list[PlacedStack]] = {}
    for line in placed.lines:
        if line.points[-1][0] < line.points[0][0]:
            rows.setdefault(line.points[2][1], []).append(line.source)
    assert [{*sources} for sources in rows.values()] == [{sources[0]} for sources in rows.values()]
    assert placed.width < 24


# -- nothing is in the way of anything


def body(placed: PlacedStack) -> Box:
    x, y = placed.middle
    if not placed.slabs:
        return x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS
    first, last = placed.slabs[0], placed.slabs[-1]
    top = first.y + first.height / 2 + first.width * SLANT[1]
    return first.x, first.y - first.height / 2, last.x + last.thickness + last.width * SLANT[0], top


def texts(placed: PlacedStack) -> Iterator[Box]:
    for lines, (x, y), is_above in ((placed.above, placed.above_at, True), (placed.below, placed.below_at, False)):
        if lines:
            half, height = max(map(label_width, lines)) / 2, LINE * len(lines)
            yield (x - half, y, x + half, y + height) if is_above else (x - half, y - height, x + half, y)


def meet(one: Box, other: Box) -> bool:
    slack = 1e-6
    return all(one[axis] < other[axis + 2] - slack and other[axis] < one[axis + 2] - slack for axis in (0, 1))


def collisions(placed: PlacedFigure) -> Iterator[str]:
    boxes = [(each, box) for each in placed.stacks for box in (body(each), *texts(each))]
    for (one, box), (other, its) in combinations(boxes, 2):
        if one is not other and meet(box, its):
            yield f"{one.stack.number} and {other.stack.number}"
    for line in placed.lines:
        for each, box in boxes:
            is_own = each.stack in (line.source, line.target) and box == body(each)
            for (x, y), (to_x, to_y) in pairwise(line.points):
                thick = (min(x, to_x) - 0.01, min(y, to_y) - 0.01, max(x, to_x) + 0.01, max(y, to_y) + 0.01)
                if not is_own and meet(thick, box):
                    yield f"the line from {line.source.number} to {line.target.number} and {each.stack.number}"


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_nothing_is_in_the_way_of_anything(name: str):
    spec = cnncalc.load(name)
    for depth in (None, 1, 2, 3):
        placed = placed_model(spec, depth)
        if len(placed.stacks) < 60:
            assert list(collisions(placed)) == [], depth


@pytest.mark.parametrize("name", ["siamese", "unet", "resnet18", "ddpm"])
def test_every_line_is_there(name: str):
    placed = placed_model(cnncalc.load(name))
    read = {(source, stack) for stack in placed.figure.stacks for source in stack.reads}
    assert {(line.source, line.target) for line in placed.lines} == read
    assert len(placed.lines) == len(read)


def _stack(stacks: list[Stack], label: str) -> Stack:
    return next(stack for stack in stacks if stack.label()[:1] == [label])


def test_skips_are_arcs_above_and_branches_lanes_below():
    placed = placed_model(cnncalc.load("unet"))
    stacks = {" ".join(each.stack.label()): each for each in placed.stacks}
    skip = next(
        line
        for line in placed.lines
        if line.source is stacks["down1 double"].stack and line.target is stacks["up4"].stack
    )
    above = max(y for _, y in skip.points)
    between = [each for each in placed.stacks if skip.points[0][0] < each.middle[0] < skip.points[-1][0]]
    assert len(between) == 4 + 3 + 1 + 3  # pools, doubles, the bottom, ups
    assert all(above > each.above_at[1] for each in between)
    assert len({each.middle[1] for each in placed.stacks}) == 1  # all in one lane
    opened = placed_model(cnncalc.load("googlenet"), 3)
    first = next(each.stack for each in opened.stacks if each.stack.is_merge)
    lanes = {each.middle[1] for each in opened.stacks if first in each.stack.readers}
    assert len(lanes) == 4  # of an inception


# -- the document


def luminance(colour: str) -> float:
    """How light a colour is when it is printed in grey (Rec. 709, of sRGB)."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_differ_in_grey():
    greys = sorted(map(luminance, COLOURS.values()))
    assert tuple(COLOURS) == LOOKS
    assert tuple(LEGEND) == (*LOOKS, OUTPUT)
    assert min(light - dark for dark, light in pairwise(greys)) > 0.05


def test_the_document_is_for_people_too():
    text = "".join(tikz(cnncalc.load("typical_cnn")))
    lines = text.splitlines()
    assert text.isascii()
    assert r"% conv1: conv 3$\times$3, 8 filters, relu 26$\times$26$\times$8" in lines
    start = lines.index(r"% max\_pool1: max\_pool 2$\times$2 13$\times$13$\times$8")
    assert lines[start + 1].startswith(r"\pic at (")
    assert "slab={pooled}" in lines[start + 1]
    assert lines[start + 3].endswith(r"{{}13$\times$13$\times$8};")
    _, figure, rest = re.split(r"% -+ (?:end of )?figure -+\n", text)
    assert re.fullmatch(r"% .*\\begin\{tikzpicture\}.*\\end\{tikzpicture\}%\n", figure, re.DOTALL)
    assert rest == "\\end{document}\n"


def test_the_legend_has_what_is_in_the_figure_and_outputs_are_marked_where_there_are_several():
    text = "".join(tikz(cnncalc.load("yolov3_neck")))
    legend = re.findall(r"anchor=west.*\{(.*)\};", text)
    assert legend == ["input", "convolutional layer", "other layer", "output"]
    assert len(re.findall(r"^\\pic\[output\].*slab", text, re.MULTILINE)) == 2
    assert "output]" not in "".join(tikz(cnncalc.load("lenet5")))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "figure.tex"
    assert command(["export", "resnet50", "--to", "tikz", "--depth", "1", "-o", str(path)]) == 0
    assert path.read_text("ascii") == "".join(tikz(cnncalc.load("resnet50"), 1))
    assert command(["export", "resnet50", "--to", "tikz"]) == 0
    assert capsys.readouterr().out == "".join(tikz(cnncalc.load("resnet50")))


# -- pdflatex takes it

TITLES = (
    r"\end{tikzpicture} \input{/etc/passwd} \\[1em] % $ & # _ ^ ~ { }",
    "[x] * \" ' ` -- --- << >> ,, !` ?`",
    "^^41 ^^M \u202eleft \u2028 \x07 漢字 🎉 ąçéñøßŁ",
    "] at (9,9) {};",
)


def hostile(title: str) -> str:
    quoted = '"' + "".join(f"\\U{ord(each):08X}" for each in title) + '"'
    inside = "[{conv: 3x3x2, padding: 1}, relu]"
    return (
        f"name: {quoted}\ninput: 8x8x2\nlayers:\n  - {{opaque: {quoted}, output: 8x8x2, params: 0}}\n"
        f"  - {{group: {inside}, name: end}}\n  - {{concat: [[], {{conv: 1x1x2}}], name: tikzpicture}}\n"
    )


def test_no_text_of_a_spec_is_more_than_text(tmp_path: Path):
    def commands(title: str) -> list[str]:
        """What TeX would do: the commands in the order in which they stand, without those that write a text."""
        text = "".join(tikz(load(hostile(title), tmp_path)))
        picture = text[text.index("% ---------- figure") :]
        lines = [line for line in picture.splitlines() if not line.startswith("%")]
        return re.findall(r"\\(?:draw|node|pic|begin|end|input|definecolor|tikzset)\b", "\n".join(lines))

    for title in TITLES:
        assert commands(title) == commands("plain")


@pytest.mark.slow
@pytest.mark.parametrize("title", TITLES)
def test_hostile_texts_compile(title: str, tmp_path: Path):
    if reason := renderers.without_tikz():
        pytest.skip(reason)
    assert "Overfull" not in renderers.compiled("".join(tikz(load(hostile(title), tmp_path))), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["typical_cnn", "resnet18", "siamese", "unet_3d"])
def test_it_compiles(name: str, tmp_path: Path):
    if reason := renderers.without_tikz():
        pytest.skip(reason)
    assert "Overfull" not in renderers.compiled("".join(tikz(cnncalc.load(name))), tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_model_compiles(name: str, tmp_path: Path):
    if reason := renderers.without_tikz():
        pytest.skip(reason)
    spec = cnncalc.load(name)
    for depth in (None, 1, 3):
        assert "Overfull" not in renderers.compiled("".join(tikz(spec, depth)), tmp_path), depth
