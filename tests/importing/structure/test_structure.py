"""Drafts written in blocks: read again, every shipped spec has exactly the layers that it had, in few lines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from importing.drafts import draft_of

import cnncalc
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.structure import readable
from cnncalc.importing.structure._arguments import BlockArgument
from cnncalc.importing.structure._pieces import Piece
from cnncalc.importing.structure._writer import FoundBlock
from cnncalc.sameness.networks import compare_networks
from cnncalc.settings.shape import Shape
from cnncalc.source.files import Source
from cnncalc.spec.reader import read

SPECS = sorted(Path(__file__).parents[3].glob("specs/*/*.yaml"))


def read_text(text: str) -> cnncalc.Spec:
    spec, mistakes = read(Source("model.yaml", text))
    assert not mistakes
    return spec


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_shipped_specs_come_back(path: Path):
    spec = cnncalc.load(path)
    # each with modules or without; both ways make little difference to what can go wrong
    draft = draft_of(spec, with_paths=len(path.stem) % 2 == 0)
    written = readable(draft)
    again = read_text(written.text)
    assert compare_networks(spec, again).verdict == "same"
    assert len(draft.layers) < 20 or written.text != flat_spec(draft).text
    nodes = {node.name: node for node in again.graph.nodes}
    layers = [layer for layer in draft.layers if layer in written.names]
    assert [nodes[written.names[layer]].output for layer in layers] == [layer.output for layer in layers]
    assert [nodes[written.names[layer]].kind for layer in layers] == [layer.kind for layer in layers]
    assert {layer.kind for layer in draft.layers if layer not in written.names} <= {"pad"}, "borders alone move"


MOST_LINES = {
    "resnet50": 24,
    "convnext_tiny": 28,
    "densenet121": 34,
    "efficientnet_b0": 42,
    "vit_b_16": 26,
    "mobilenet_v2": 30,
    "vgg16": 26,
    "swin": 36,
    "unet": 40,
    "hrnet": 230,
}
"""A few more than there are now: not many more than a person needs, and no more than were asked for."""


@pytest.mark.parametrize("with_paths", [True, False], ids=["modules", "layers"])
@pytest.mark.parametrize("name", MOST_LINES)
def test_it_is_as_short_as_a_persons(name: str, with_paths: bool):
    text = readable(draft_of(cnncalc.load(name), with_paths)).text
    assert text.count("\n") <= MOST_LINES[name]


def test_resnet_reads_like_the_paper():
    text = readable(draft_of(cnncalc.load("resnet50"))).text
    assert (
        text
        == """\
name: resnet50
convention: pytorch
input: 3x224x224
defaults: {conv: {bias: false, norm: batch_norm}}
blocks:
  bottleneck:
    args: [width, stride=1]
    layers:
      - residual:
          - {conv: $width, kernel: 1, activation: relu}
          - {conv: $width, kernel: 3, stride: $stride, padding: 1, activation: relu}
          - {conv: $(4 * width), kernel: 1}
        shortcut: {conv: $(4 * width), kernel: 1, stride: $stride, when: $(stride != 1 or c_in != 4 * width)}
        activation: relu
layers:
  - {conv: 64, kernel: 7, stride: 2, padding: 3, activation: relu}
  - {max_pool: 3, stride: 2, padding: 1}
  - {bottleneck: 64, repeat: 3, name: stage1}
  - {bottleneck: 128, repeat: 4, first: {stride: 2}, name: stage2}
  - {bottleneck: 256, repeat: 6, first: {stride: 2}, name: stage3}
  - {bottleneck: 512, repeat: 3, first: {stride: 2}, name: stage4}
  - global_avg_pool
  - dense: 1000
"""
    )


def test_a_shortcut_of_one_stride_and_ratio_follows_the_block():
    """ResNet-18: all shortcuts have stride 2 and twice the channels that enter; a person writes what the block has."""
    text = readable(draft_of(cnncalc.load("resnet18"))).text
    assert "shortcut: {conv: $width, kernel: 1, stride: $stride, when: $(stride != 1 or c_in != width)}" in text


def test_a_missing_expansion_is_one_of_factor_1():
    """MobileNetV2: t = 1 in the first block, and 6 in all others."""
    text = readable(draft_of(cnncalc.load("mobilenet_v2"))).text
    assert "args: [width, stride=1, expand=6]" in text
    assert "{conv: $(expand * c_in), kernel: 1, when: $(expand > 1)}" in text
    assert "expand: 1" in text


def test_a_name_that_several_stages_have_is_left_out():
    draft, source = small()
    for stage, kind in enumerate(("relu", "tanh", "elu")):
        width, source = 4, draft.add(DraftLayer(kind, (source,)))
        for block in range(2):
            entering = source
            for kernel in (1, 3):
                source = draft.add(
                    DraftLayer("conv", (source,), filters=width, kernel=(kernel, kernel), padding="same")
                )
                path = (("stages", ""), (str(stage), "Stage"), ("blocks", "Sequential"), (str(block), "Unit"))
                source.path = path
            source = draft.add(DraftLayer("add", (entering, source)))
            source.path = path
    draft.outputs = [source]
    lines = readable(draft).text.splitlines()
    assert [line for line in lines if "unit" in line] == ["  unit:", *["  - {unit, repeat: 2}"] * 3]


# -- what may be difficult


def small() -> tuple[Draft, DraftInput]:
    draft = Draft("keras", "channels_last")
    draft.name = "small"
    draft.inputs.append(DraftInput("x", Shape((8, 8), 4)))
    return draft, draft.inputs[0]


def conv(draft: Draft, source, filters: int, **settings) -> DraftLayer:
    return draft.add(DraftLayer("conv", (source,), filters=filters, kernel=(1, 1), **settings))


def layers_of(draft: Draft) -> str:
    """The entries that it is written as."""
    return readable(draft).text.partition("layers:\n")[2]


def test_a_norm_that_two_layers_read_stays_inside_the_entry():
    draft, x = small()
    norm = draft.add(DraftLayer("batch_norm", (conv(draft, x, 8),)))
    draft.outputs = [draft.add(DraftLayer("multiply", (norm, draft.add(DraftLayer("sigmoid", (norm,))))))]
    assert layers_of(draft) == "  - {conv: 8, kernel: 1, norm: batch_norm}\n  - {multiply: [[], [sigmoid]]}\n"


def test_a_convolution_that_is_read_before_its_norm_is_an_entry_of_its_own():
    draft, x = small()
    first = conv(draft, x, 4)
    norm = draft.add(DraftLayer("batch_norm", (first,)))
    draft.outputs = [draft.add(DraftLayer("subtract", (norm, first)))]
    assert layers_of(draft) == "  - {conv: 4, kernel: 1}\n  - {subtract: [[batch_norm], []]}\n"


def test_branches_of_concat_keep_their_order_and_those_of_add_do_not():
    draft, x = small()
    one, two = conv(draft, x, 8), draft.add(DraftLayer("relu", (x,)))
    joined = draft.add(DraftLayer("concat", (one, two)))
    left = conv(draft, joined, 12)
    draft.outputs = [draft.add(DraftLayer("add", (joined, draft.add(DraftLayer("tanh", (left,))))))]
    assert layers_of(draft) == (
        "  - {concat: [{conv: 8, kernel: 1}, [relu]]}\n  - residual:\n      - {conv: 12, kernel: 1, activation: tanh}\n"
    )


def test_what_is_no_series_of_parallels_names_what_it_reads():
    draft, x = small()
    a, b = conv(draft, x, 4), conv(draft, x, 4)
    first = draft.add(DraftLayer("add", (a, b)))
    second = draft.add(DraftLayer("multiply", (a, first)))
    third = draft.add(DraftLayer("maximum", (b, second)))
    draft.outputs = [third]
    text = readable(draft).text
    assert compare_networks(read_text(flat_spec(draft).text), read_text(text)).verdict == "same"
    assert text.count("from: ") == 1


def test_several_inputs_and_outputs_are_named():
    draft, x = small()
    draft.inputs.append(DraftInput("y/2", Shape((), 3)))
    left = conv(draft, x, 8)
    right = draft.add(DraftLayer("dense", (draft.inputs[1],), units=8))
    draft.outputs = [right, left]
    spec = read_text(readable(draft).text)
    assert [node.output for node in spec.graph.output_nodes] == [Shape((), 8), Shape((8, 8), 8)]


def test_shared_weights_stay_shared():
    draft, x = small()
    first = conv(draft, x, 4)
    again = conv(draft, first, 4)
    again.shares = first
    draft.outputs = [again]
    nodes = read_text(readable(draft).text).graph.nodes
    assert nodes[1].shares is nodes[0]


def test_what_is_frozen_stays_frozen_and_the_rest_does_not():
    draft, x = small()
    frozen = conv(draft, x, 8)
    frozen.trainable = False
    norm = draft.add(DraftLayer("batch_norm", (frozen,)))
    draft.outputs = [draft.add(DraftLayer("relu", (norm,)))]
    assert [node.is_frozen for node in read_text(readable(draft).text).graph.nodes] == [True, False, False]


def test_copies_grow_by_what_enters_each():
    """`c_in` in a repeated entry is what enters each copy: a width of twice the channels may not be repeated."""
    draft, x = small()
    source = x
    for width in (8, 8, 16, 16, 32, 32):
        source = conv(draft, source, width)
        source = draft.add(DraftLayer("tanh", (source,)))
    draft.outputs = [source]
    spec = read_text(readable(draft).text)
    assert [node.output.channels for node in spec.graph.nodes[::2]] == [8, 8, 16, 16, 32, 32]


def entry(kind: str, **settings: str) -> Piece:
    return Piece(kind, {name.strip("_"): text for name, text in settings.items()}, [], 0)


def two_convolutions() -> FoundBlock:
    """A block of two arguments, of which one has a default."""
    width, kernel = BlockArgument("width", ["8", "16"]), BlockArgument("kernel", ["3", "3"])
    kernel.default = "3"
    entries = [entry("conv", _="$width", kernel="$kernel"), entry("conv", _="$(2 * width)", kernel="1")]
    return FoundBlock("two", entries, [width, kernel])


def test_a_block_is_written_out_with_the_values_of_a_call():
    found = two_convolutions().called(entry("two", width="$out"))
    assert found is not None
    assert [piece.settings for piece in found] == [{"": "$out", "kernel": "3"}, {"": "$(2 * out)", "kernel": "1"}]


@pytest.mark.parametrize(
    "settings", [{"width": "$(c_in // 2)"}, {"width": "4", "kernel": "5"}, {"width": "$out", "repeat": "2"}, {}]
)
def test_a_block_is_not_written_out_where_its_call_says_more(settings: dict[str, str]):
    """An expression or a number inside an expression, a repeat, a missing argument."""
    assert two_convolutions().called(entry("two", **settings)) is None


def test_a_condition_that_no_call_meets_is_not_written():
    """Here the input always has the width of the output: whether there is a pool depends on the stride alone."""
    draft, source = small()
    source = conv(draft, source, 16)
    for width, strides in ((16, (1, 1, 2)), (32, (1, 1, 2)), (64, (1, 1, 2))):
        source = conv(draft, source, width)
        for stride in strides:
            body = draft.add(DraftLayer("relu", (conv(draft, source, width // 4),)))
            body = draft.add(DraftLayer("conv", (body,), filters=width, kernel=(3, 3), padding="same", stride=stride))
            pool = draft.add(DraftLayer("max_pool", (source,), window=(1, 1), stride=2)) if stride > 1 else source
            source = draft.add(DraftLayer("add", (body, pool)))
    draft.outputs = [source]
    text = readable(draft).text
    assert "when: $(stride != 1)" in text
    assert "c_in != c_in" not in text


def random_draft(seed: int) -> Draft:
    """Layers with branches that part and meet anywhere."""
    draws = random.Random(seed)
    draft, x = small()
    made = [x]
    for _ in range(draws.randint(1, 30)):
        sources = [draws.choice(made[-4:]) for _ in range(draws.choice((1, 1, 1, 2, 2, 3)))]
        kind = draws.choice(("conv", "relu", "batch_norm") if len(sources) == 1 else ("add", "concat", "multiply"))
        if kind == "concat":
            joined = draft.add(DraftLayer("concat", tuple(sources)))
            made.append(conv(draft, joined, 4))
        elif kind == "conv":
            made.append(conv(draft, sources[0], 4, bias=draws.random() < 0.5))
        else:
            made.append(draft.add(DraftLayer(kind, tuple(sources))))
    unread = [layer for layer in draft.layers if not any(layer in other.inputs for other in draft.layers)]
    draft.outputs = draws.sample(unread, len(unread))
    return draft


@pytest.mark.parametrize("seed", range(150))
def test_any_graph_comes_back(seed: int):
    draft = random_draft(seed)
    written = readable(draft)
    spec, again = read_text(flat_spec(draft).text), read_text(written.text)
    assert compare_networks(spec, again).verdict == "same"
    assert readable(random_draft(seed)).text == written.text


@pytest.mark.slow
def test_thousands_of_layers_are_written():
    draft, source = small()
    for index in range(2500):
        body = draft.add(DraftLayer("relu", (conv(draft, source, 4 + index % 3),)))
        source = draft.add(DraftLayer("add", (conv(draft, body, 4), source)))
    draft.outputs = [source]
    assert {*readable(draft).names} == {*draft.layers}
