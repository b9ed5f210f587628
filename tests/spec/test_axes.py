"""Axes by name: which a tensor has, and what is said about one that it does not have."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.settings.axes import AXIS, SOME_AXES, place_of_axis
from cnncalc.settings.setting import Mistake, Reading
from cnncalc.settings.shape import Shape
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence

AXES = {0: ["channels"], 1: ["position", "channels"], 2: ["height", "width", "channels"]}
AXES[3] = ["depth", "height", "width", "channels"]


def at(rank: int | None, layout: str = "channels_last") -> Reading:
    return Reading("lecture", layout, None if rank is None else Shape((9, 8, 7)[:rank], 5))


def node(text: str | list[str]) -> YamlNode:
    if isinstance(text, str):
        return YamlScalar(text, 1, 1, 1, 1)
    return YamlSequence([YamlScalar(each, 1, 1, 1, 1) for each in text], 1, 1, 1, 1)


@pytest.mark.parametrize("rank", AXES)
@pytest.mark.parametrize("name", [*AXES[3], "position"])
def test_a_tensor_has_the_axes_of_its_rank(rank: int, name: str):
    if name in AXES[rank]:
        assert AXIS.read(node(name), at(rank)) == name
        assert place_of_axis(name, rank) == AXES[rank].index(name)
        return
    with pytest.raises(Mistake, match=f"the input has no axis `{name}`") as error:
        AXIS.read(node(name), at(rank))
    assert error.value.code == "CNN319"
    assert all(each in error.value.help[-1] for each in AXES[rank])


@pytest.mark.parametrize(
    ("layout", "rank", "number", "meant"),
    [
        # the batch is axis 0, and negative axes count from the end, as in PyTorch, Keras and NumPy
        ("channels_last", 2, "1", "height"),
        ("channels_last", 2, "-1", "channels"),
        ("channels_last", 1, "-2", "position"),
        ("channels_first", 2, "1", "channels"),
        ("channels_first", 2, "-1", "width"),
        ("channels_first", 3, "2", "depth"),
        ("channels_first", 2, "0", None),
        ("channels_first", 2, "4", None),
        ("channels_last", 1, "length", "position"),
        ("channels_last", 1, "Position", "position"),
        ("channels_last", 2, "rows", "height"),
        ("channels_last", 2, "length", None),
    ],
)
def test_what_other_tools_call_an_axis(layout: str, rank: int, number: str, meant: str | None):
    with pytest.raises(Mistake) as error:
        AXIS.read(node(number), at(rank, layout))
    assert [each for each in error.value.help if "write" in each] == ([f"write `{meant}`"] if meant else [])


def test_several_are_in_the_order_of_the_tensor():
    assert SOME_AXES.read(node(["width", "channels", "height"]), at(2)) == ("height", "width", "channels")
    assert SOME_AXES.read(node("width"), at(2)) == ("width",)
    assert SOME_AXES.read(node("positions"), at(3)) == ("depth", "height", "width")


@pytest.mark.parametrize(
    ("rank", "text", "shown"),
    [
        (2, ["width"], "width"),
        (2, ["width", "height"], "positions"),
        (2, ["height", "channels"], "[height, channels]"),
        (3, ["height", "width"], "[height, width]"),  # of a volume, these are not all positions
        (3, ["depth", "height", "width"], "positions"),
        (3, "positions", "positions"),
        (1, "position", "positions"),
        (None, ["height", "width"], "[height, width]"),
        (None, "positions", "positions"),
    ],
)
def test_all_positions_are_shown_as_such(rank: int | None, text: str | list[str], shown: str):
    assert SOME_AXES.show(SOME_AXES.read(node(text), at(rank))) == shown


def test_the_table_tells_some_axes_of_a_volume_from_all():
    text = "input: 8x8x8x4\nlayers:\n  - {reduce: mean, axes: [height, width]}\n  - {reduce: mean, axes: positions}\n"
    table = cnncalc.analyze(cnncalc.load(text)).render("csv").splitlines()
    assert [line.rsplit(",", 4)[0] for line in table[1:3]] == [
        'reduce1,"reduce mean, over height and width"',
        "reduce2,reduce mean",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ([], "CNN206"),
        (["width", "width"], "CNN206"),
        (["height", "depth"], "CNN319"),
        ("x y", "CNN319"),
        ("", "CNN205"),
    ],
)
def test_a_wrong_list_of_axes(text: str | list[str], code: str):
    with pytest.raises(Mistake) as error:
        SOME_AXES.read(node(text), at(2))
    assert error.value.code == code


def test_without_an_input_any_axis_may_be_meant():
    assert AXIS.read(node("depth"), at(None)) == "depth"
    with pytest.raises(Mistake, match="expected the name of an axis: channels, position, height, width or depth"):
        AXIS.read(node("rows"), at(None))
