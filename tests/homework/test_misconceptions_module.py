"""What the measurement of homework goes by (`benchmarks/_misconceptions`): its rules against arithmetic written out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks" / "_misconceptions"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    import _misconceptions

    return _misconceptions


@pytest.fixture
def lecture(given: ModuleType):
    """28×28×1: two convolutions of 3×3 with pools of 2×2, and two dense layers."""
    layer = given.Layer
    layers = (
        layer("conv", "conv1", (3, 3), (1, 1), filters=8),
        layer("max_pool", "pool1", (2, 2), (2, 2)),
        layer("conv", "conv2", (3, 3), (1, 1), filters=16),
        layer("max_pool", "pool2", (2, 2), (2, 2)),
        layer("flatten", "flatten1"),
        layer("dense", "dense1", filters=64),
        layer("dense", "dense2", filters=10),
    )
    return given.Network((28, 28), 1, layers)


@pytest.fixture
def unusual(given: ModuleType):
    """10×10×4: groups, a norm, a depthwise, a transposed and a 1×1 convolution."""
    layer = given.Layer
    layers = (
        layer("conv", "conv1", (3, 3), (2, 2), 1, groups=2, filters=6, norm=True),
        layer("depthwise_conv", "deep1", (3, 3), (1, 1), 1),
        layer("conv_transpose", "up1", (4, 4), (2, 2), 1, filters=3),
        layer("conv", "point1", (1, 1), (1, 1), filters=5, bias=False),
    )
    return given.Network((10, 10), 4, layers)


def _column(given: ModuleType, net: object, column: str, student: object = None) -> list[object]:
    written = given.work_through(net, student or given.Student()).written
    return [value for (entry, each), value in written.items() if each == column and entry != "total"]


# -- the right rules


def test_right_answers_of_the_lecture_network(given: ModuleType, lecture):
    sizes = [(26, 26, 8), (13, 13, 8), (11, 11, 16), (5, 5, 16), 5 * 5 * 16, 64, 10]
    assert _column(given, lecture, "output") == sizes
    params = [3 * 3 * 8 + 8, 0, 3 * 3 * 8 * 16 + 16, 0, 0, 400 * 64 + 64, 64 * 10 + 10]
    assert _column(given, lecture, "params") == params
    macs = [26 * 26 * 3 * 3 * 8, 0, 11 * 11 * 3 * 3 * 8 * 16, 0, 0, 400 * 64, 64 * 10]
    assert _column(given, lecture, "macs") == macs
    assert _column(given, lecture, "receptive_field") == [3, 3 + 1, 4 + 2 * 2, 8 + 2, "global", "global", "global"]
    written = given.work_through(lecture, given.Student()).written
    assert written["total", "params"] == 80 + 1168 + 25664 + 650
    assert written["total", "memory"] == 4 * 27562


def test_right_answers_of_unusual_layers(given: ModuleType, unusual):
    # (10 + 2 − 3) // 2 + 1; as many; (5 − 1)·2 + 4 − 2
    assert _column(given, unusual, "output") == [(5, 5, 6), (5, 5, 6), (10, 10, 3), (10, 10, 5)]
    params = [3 * 3 * (4 // 2) * 6 + 6 + 2 * 6, 3 * 3 * 6 + 6, 4 * 4 * 6 * 3 + 3, 3 * 5]
    assert _column(given, unusual, "params") == params
    macs = [25 * 9 * 2 * 6, 25 * 9 * 6, 25 * 16 * 6 * 3, 100 * 3 * 5]
    assert _column(given, unusual, "macs") == macs
    # an output of the transposed one reads at most 4 / 2 of its inputs, which are 2 apart
    assert _column(given, unusual, "receptive_field") == [3, 3 + 2 * 2, 7 + 2, 9]


@pytest.mark.parametrize(
    ("convention", "size", "params"),
    [("lecture", (10 + 2 * 2 - 4) // 2 + 1, 4 * 4 * 4 * 6 + 6 + 2 * 6), ("keras", 10 // 2, 4 * 4 * 4 * 6 + 6 + 4 * 6)],
)
def test_conventions_pad_and_count_differently(given: ModuleType, convention: str, size: int, params: int):
    conv = given.Layer("conv", "conv1", (4, 4), (2, 2), "same", filters=6, norm=True)
    net = given.Network((10, 10), 4, (conv,), convention)
    assert _column(given, net, "output") == [(size, size, 6)]
    assert _column(given, net, "params") == [params]


# -- misconceptions


@pytest.mark.parametrize(
    ("key", "place", "value"),
    [
        ("+ 1 forgotten", "conv1.output", (25, 25, 8)),
        ("+ 1 forgotten", "pool1.output", (11, 11, 8)),  # (25 − 2) // 2
        ("only one axis pooled", "pool1.output", (13, 26, 8)),
        ("in·out channels", "conv2.output", (11, 11, 8 * 16)),
        ("flatten as a sum", "flatten1.output", 5 + 5 + 16),
        ("flatten as a sum", "dense1.params", 26 * 64 + 64),  # gone on with
        ("bias forgotten", "conv1.params", 72),
        ("one bias per weight", "conv1.params", 2 * 72),
        ("a bias per weight and channel", "conv2.params", 3 * 3 * 8 * 16 + 8 * 16),
        ("a bias per output position", "conv1.params", 72 + 26 * 26 * 8),
        ("k for k·k", "conv2.params", 3 * 8 * 16 + 16),
        ("dense on one side", "dense1.params", 5 * 16 * 64 + 64),
        ("dense on the input before the pool", "dense1.params", 11 * 11 * 16 * 64 + 64),
        ("a pool counted as a convolution", "pool1.params", 2 * 2 * 8 * 8 + 8),
        ("FLOPs with biases", "dense1.macs", (2 * 400 - 1) * 64),
        ("positions of one side", "conv1.macs", 26 * 9 * 8),
        ("field without the strides below", "conv2.receptive_field", 4 + 2),
        ("plus k instead of k − 1", "pool1.receptive_field", 1 + 3 + 2),
        ("kernels summed", "pool1.receptive_field", 3 + 2),
        ("back-to-front formula from the front", "pool1.receptive_field", (3 - 1) * 2 + 2),
        ("pools left out of the field", "conv2.receptive_field", 3 + 2),
        ("area for side", "conv2.receptive_field", 8 * 8),
        ("total without dense layers", "total.params", 80 + 1168),
        ("total of the wrong column", "total.macs", 27562),
        ("memory in bits", "total.memory", 32 * 27562),
    ],
)
def test_misconceptions_about_the_lecture_network(given: ModuleType, lecture, key: str, place: str, value: object):
    student = given.Student(given.MISCONCEPTIONS[key])
    assert given.work_through(lecture, student).written[tuple(place.split("."))] == value


@pytest.mark.parametrize(
    ("key", "place", "value"),
    [
        ("padding forgotten", "conv1.output", (4, 4, 6)),  # (10 − 3) // 2 + 1
        ("conv formula for a transposed convolution", "up1.output", (2, 2, 3)),  # (5 + 2 − 4) // 2 + 1
        ("transposed: padding forgotten", "up1.output", (12, 12, 3)),  # 4·2 + 4
        ("groups forgotten", "conv1.params", 3 * 3 * 4 * 6 + 6 + 12),
        ("norm inside a layer overlooked", "conv1.params", 3 * 3 * 2 * 6 + 6),
        ("depthwise counted as full", "deep1.params", 3 * 3 * 6 * 6 + 6),
        ("1×1 without parameters", "point1.params", 0),
        ("bias counted where there is none", "point1.params", 3 * 5 + 5),
        ("transposed: MACs on the output's positions", "up1.macs", 100 * 16 * 6 * 3),
        ("own stride counted in the field", "conv1.receptive_field", 1 + 2 * 2),
    ],
)
def test_misconceptions_about_unusual_layers(given: ModuleType, unusual, key: str, place: str, value: object):
    student = given.Student(given.MISCONCEPTIONS[key])
    assert given.work_through(unusual, student).written[tuple(place.split("."))] == value


def test_a_mistake_made_once_is_gone_on_with_or_forgotten(given: ModuleType, lecture):
    once = {"misconception": given.MISCONCEPTIONS["+ 1 forgotten"], "only": frozenset({("conv1", "output")})}
    followed = given.work_through(lecture, given.Student(**once))
    forgotten = given.work_through(lecture, given.Student(**once, forgets=True))
    assert followed.first_hand == forgotten.first_hand == {("conv1", "output")}
    assert followed.written["conv1", "output"] == forgotten.written["conv1", "output"] == (25, 25, 8)
    assert followed.written["pool1", "output"] == (12, 12, 8)  # (25 − 2) // 2 + 1
    assert forgotten.written["pool1", "output"] == (13, 13, 8)


def test_a_slip_is_gone_on_with_or_of_the_pen(given: ModuleType, lecture):
    place = ("conv1", "params")
    believed = given.work_through(lecture, given.Student(slips={place: (81, True)})).written
    of_the_pen = given.work_through(lecture, given.Student(slips={place: (81, False)})).written
    assert (believed[place], believed["total", "params"]) == (81, 27562 + 1)
    assert (of_the_pen[place], of_the_pen["total", "params"]) == (81, 27562)


# -- what the measurement rests on


def test_nothing_of_cnncalc_is_imported():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.partition(".")[0] == "cnncalc" for name in names), path


def test_every_misconception_says_where_it_comes_from(given: ModuleType):
    assert len(given.MISCONCEPTIONS) >= 60
    for misconception in given.MISCONCEPTIONS.values():
        assert misconception.source
        assert misconception.columns
        assert misconception.__doc__


def test_names_of_the_catalogue_are_in_the_catalogue(given: ModuleType):
    import homework

    page = (ROOT / "docs" / "homework.md").read_text("utf-8")
    table = page.partition("<!-- mistakes:begin -->")[2].partition("<!-- mistakes:end -->")[0]
    names = set(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))
    assert set(homework.CATALOGUE_NAMES) <= set(given.MISCONCEPTIONS)
    assert {name for found in homework.CATALOGUE_NAMES.values() for name in found} <= names
