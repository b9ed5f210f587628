"""Sizes in the order of another tool: what is warned of, what an error says, and what is left alone."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.settings.value_orders import kernel_and_stride, misordered, misread, without_batch
from cnncalc.source.diagnostics import SpecError

LAST, FIRST = "channels_last", "channels_first"


IMAGES = [
    (224, 224, 3), (28, 28, 1), (16, 16, 4), (480, 640, 3), (128, 256, 3),  # images
    (16, 112, 112, 3), (64, 64, 64, 1), (155, 240, 240, 4),                 # films and scans
    (1000, 3), (16000, 1), (44100, 2), (5000, 1),                           # signals
    (7, 7, 512), (4, 4, 1024), (14, 14, 128),                               # last maps
]  # fmt: skip


@pytest.mark.parametrize("sizes", IMAGES, ids=str)
def test_the_other_layout(sizes):
    channels_first = (sizes[-1], *sizes[:-1])
    for layout, right, wrong in ((LAST, sizes, channels_first), (FIRST, channels_first, sizes)):
        assert misread(right, layout) is None
        meant = misread(wrong, layout)
        assert (meant.code, meant.sizes) == ("CNN540", right)


@pytest.mark.parametrize(
    "sizes",
    [
        # what can be said in a layout, and is: spectrograms, signals, maps, cubes, vectors, small examples
        *[
            (1, 128, 64),
            (1, 1, 2048),
            (2048, 1, 1),
            (8, 8, 8),
            (3, 3, 3),
            (4, 4, 4),
            (6, 6, 1),
            (1, 6, 6),
            (40, 100, 1),
        ],
        *[
            (7, 1),
            (1, 187),
            (196, 768),
            (3, 768),
            (1, 2048),
            (12, 1000),
            (4, 1024),
            (1, 1024),
            (28, 28),
            (100,),
            (784,),
        ],
        *[(128, 16, 16), (16, 16, 128), (22, 1000, 1), (1, 1000, 22), (3, 100, 128), (64, 128, 1), (1, 480, 640)],
        *[(1, 64, 128, 128), (8, 8, 8, 8), (3, 2, 2, 2), (1, 5, 5, 5)],
    ],
    ids=str,
)
@pytest.mark.parametrize("layout", [LAST, FIRST])
def test_what_it_may_well_be(sizes, layout):
    if (sizes, layout) == ((1, 64, 128, 128), LAST):
        assert misread(sizes, layout).code == "CNN540"  # a scan with its one channel first
    else:
        assert misread(sizes, layout) is None


@pytest.mark.parametrize(
    ("sizes", "last", "first"),
    [
        ((1, 28, 28, 1), (28, 28, 1), (1, 28, 28)),
        ((1, 224, 224, 3), (224, 224, 3), (3, 224, 224)),
        ((1, 3, 224, 224), (224, 224, 3), (3, 224, 224)),
        ((1, 4, 84, 84), (84, 84, 4), (4, 84, 84)),
        ((1, 56, 56, 64), (56, 56, 64), None),  # one channel and 56×56×64 positions, where channels come first
    ],
    ids=str,
)
def test_a_batch(sizes, last, first):
    for layout, rest in ((LAST, last), (FIRST, first)):
        meant = misread(sizes, layout)
        assert (meant and (meant.code, meant.sizes)) == (rest and ("CNN541", rest))


def test_without_batch():
    assert without_batch((3, 224, 224), LAST) == (224, 224, 3)
    assert without_batch((3, 224, 224), FIRST) == (3, 224, 224)
    assert without_batch((8, 10), LAST) == (8, 10)


def _ways(parts: tuple[int, ...], channels: int = 3, takes_filters: bool = True) -> list[str]:
    rank = len(parts) - 1 if takes_filters else len(parts)
    return [each.way for each in misordered(parts, rank, channels, takes_filters)]


@pytest.mark.parametrize(
    ("parts", "channels", "ways"),
    [
        ((32, 3, 3), 3, ["3x3x32"]),
        ((8, 2, 2), 1, ["2x2x8"]),
        ((64, 11, 11), 3, ["11x11x64"]),
        ((32, 3, 3, 3), 1, ["3x3x3x32"]),
        ((64, 3), 1, ["3x64"]),
        ((3, 64, 7), 3, ["7x7x64"]),
        ((1, 32, 3), 1, ["3x3x32"]),
        ((1, 6, 5), 1, ["5x5x6"]),  # LeNet
        ((64, 128, 1), 64, ["1x1x128"]),
        ((16, 3, 3), 16, ["3x3x16"]),
        # as they say: kernels of one axis, of spectrograms, of every electrode; the conv's own order
        *[(parts, c, []) for c in (1, 3, 64) for parts in [(3, 3, 32), (1, 7, 32), (7, 1, 64), (3, 3, 1), (5, 40, 1)]],
        *[(parts, 1, []) for parts in [(1, 64, 8), (1, 64, 4), (1, 51, 3), (22, 1, 1), (64, 1, 1), (40, 5, 16)]],
        *[(parts, 1, []) for parts in [(3, 3, 3), (5, 3, 3), (1, 1, 1), (3, 3, 3, 3), (80, 128), (25, 5), (16, 3)]],
    ],
    ids=str,
)
def test_kernels(parts, channels, ways):
    assert _ways(parts, channels) == ways


def test_kernels_of_depthwise_convolutions():
    assert _ways((64, 3), 64, takes_filters=False) == ["3x3"]
    assert _ways((64, 3), 32, takes_filters=False) == []
    assert _ways((7, 3), 7, takes_filters=False) == []
    assert _ways((3, 3), 64, takes_filters=False) == []


def test_pools():
    assert kernel_and_stride((3, 2), (28, 28))
    assert not kernel_and_stride((3, 2), (40, 100))
    assert not kernel_and_stride((2, 2), (28, 28))


def _remarks(text: str, **overrides: str) -> list[str]:
    return [found.code for found in cnncalc.load(text, **overrides).remarks]


def test_a_rectangle_in_words_is_no_list():
    entry = "input: 28x28x8\nlayers: [{{max_pool: {}}}]\n"
    assert _remarks(entry.format("[3, 2]")) == ["CNN542"]
    assert _remarks(entry.format("3x2")) == []
    assert _remarks(entry.format("[3, 2], stride: 2")) == []


def test_settings_with_their_own_names_are_what_they_say():
    assert _remarks("input: 64x64x3\nlayers: [{conv: 3, kernel: 32x3}]\n") == []


def test_it_is_the_layout_that_counts():
    text = "{}input: 3x224x224\nlayers: [{{conv: 3x3x8, padding: 1}}]\n"
    assert _remarks(text.format("")) == ["CNN540"]
    assert _remarks(text.format("layout: channels_first\n")) == []
    assert _remarks(text.format("convention: pytorch\n")) == []
    assert _remarks(text.format("convention: pytorch\nlayout: channels_last\n")) == ["CNN540"]
    assert _remarks(text.format(""), convention="pytorch") == ["CNN540"]  # the file's own layout stays


def test_the_command_line():
    text = "input: 28x28x3\nlayers: [{conv: 3x3x8, padding: 1}]\n"
    (found,) = cnncalc.load(text, input="3x64x64").remarks
    assert (found.code, found.file) == ("CNN540", "command line")
    assert found.message == "--input: `3x64x64` is read as height 3, width 64 and 64 channels"
    assert found.help == ("write `64x64x3`", "or choose `--layout channels_first`, if every shape is written that way")
    assert _remarks(text, input="64x64x3") == []
    assert _remarks(text, input="64x64") == []
    assert _remarks(text, input="3x64x64", layout="channels_first") == []


def test_an_error_on_the_command_line_says_so():
    text = "input: 28x28x1\nlayers: [conv: 3x3x8]\n"
    with pytest.raises(SpecError) as caught:
        cnncalc.load(text, input="1x64x64")
    (found,) = [each for each in caught.value.diagnostics if each.is_error]
    way = "`--input 1x64x64` is read as height 1, width 64 and 64 channels; write `--input 64x64x1` if that is meant"
    assert way in found.help


def test_only_the_input_that_is_turned():
    """Of two inputs the error says which one; a mistake that has another cause says nothing."""
    text = (
        "inputs: {left: 1x28x28, right: 28x28x1}\nlayers:\n"
        "  - {conv: 3x3x8, from: left}\n  - {conv: 29x29x8, from: right}\n"
    )
    with pytest.raises(SpecError) as caught:
        cnncalc.load(text)
    first, second = [each for each in caught.value.diagnostics if each.is_error]
    assert "`1x28x28` is read as height 1, width 28 and 28 channels; write `28x28x1` if that is meant" in first.help
    assert len(second.help) == 1


def test_a_mistake_of_its_own_is_not_put_down_to_an_order():
    with pytest.raises(SpecError) as caught:
        cnncalc.load("input: 28x28x1\nlayers: [conv: 29x29x8]\n")
    (found,) = caught.value.diagnostics
    assert len(found.help) == 1
