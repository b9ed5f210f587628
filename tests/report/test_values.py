"""How numbers of a map look, and maps next to each other."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.report._document import Grid, Grids
from cnncalc.report.formats.plain import side_by_side
from cnncalc.report.views.running.tensors import bars, formatter, grids, is_small

SINGLE = 1.2e-7


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([3, -1, 0], ["3", "-1", "0"]),
        ([0.5, 2], ["0.5", "2.0"]),
        ([0.25, -1], ["0.25", "-1.00"]),
        ([1 / 3, 1], ["0.333", "1.000"]),
        ([0.1 + 0.2, 0.5], ["0.3", "0.5"]),
        ([1 / 30, 0], ["0.03333", "0.00000"]),
        ([100 / 3, 1 / 3], ["33.33", "0.33"]),
        ([1000 / 3], ["333.3"]),
        ([10000 / 3], ["3333"]),
        ([-1e-9, 1 / 3], ["0.0000", "0.3333"]),
        ([-0.0], ["0"]),
        ([255, 128], ["255", "128"]),
        ([1e-8, 2e-8], ["1.000e-08", "2.000e-08"]),
        ([123456789.0], ["1.235e+08"]),
        ([float("nan"), float("inf"), -float("inf"), 1], ["nan", "inf", "-inf", "1"]),
        ([], []),
    ],
)
def test_digits(values, shown):
    form = formatter(values, SINGLE)
    assert [form(value) for value in values] == shown


def test_single_precision_noise_is_no_digit():
    values = (np.float32([1, 2, 3]) * np.float32(0.1)).tolist()
    form = formatter(values, SINGLE)
    assert [form(value) for value in values] == ["0.1", "0.2", "0.3"]


def test_a_grid_a_channel_and_slice():
    array = np.arange(24.0).reshape(2, 3, 2, 2)  # slices, rows, columns, channels
    found = list(grids(array))
    assert [each.caption for each in found] == [
        "channel 0, slice 0", "channel 0, slice 1", "channel 1, slice 0", "channel 1, slice 1",
    ]  # fmt: skip
    assert found[1].rows == [["12", "14"], ["16", "18"], ["20", "22"]]
    (row,) = grids(np.arange(6.0).reshape(3, 2))
    assert row.rows == [["0", "2", "4"], ["1", "3", "5"]]


def test_marked_values():
    (found,) = grids(np.float32([[[1], [2]]]), marked=np.array([[[False], [True]]]))
    assert found.rows == [["1 ", "[2]"]]


def test_grids_take_the_room_there_is():
    block = Grids([Grid("a", [["1", "-2"]]), Grid("b", [["3", "4"], ["5", "6"]])])
    assert list(side_by_side(block, 80)) == ["a       b", " 1 -2   3 4", "        5 6"]
    assert list(side_by_side(block, 10)) == ["a", " 1 -2", "", "b", "3 4", "5 6"]


def test_a_grid_that_is_too_wide_is_split_on_a_terminal_alone():
    block = Grids([Grid("", [list("12345"), list("67890")])])
    assert list(side_by_side(block, 5)) == ["1 2 3 4 5", "6 7 8 9 0"]
    assert list(side_by_side(block, 5, splits=True)) == [
        "columns 0 to 2", "1 2 3", "6 7 8", "", "columns 3 to 4", "4 5", "9 0",
    ]  # fmt: skip


def test_what_is_small():
    assert is_small(np.zeros((16, 16, 4)))
    assert not is_small(np.zeros((17, 2, 1)))
    assert is_small(np.zeros((17, 2, 1)), asked_for=True)
    assert not is_small(np.zeros((16, 16, 5)))
    assert not is_small(np.zeros(101))


def test_many_classes_have_the_ten_largest():
    shares = np.float32([0.0] * 90 + [0.1] * 9 + [0.05, 0.05])
    facts, rest = bars(shares)
    assert [label for label, _ in facts.pairs][:9] == [str(index) for index in range(90, 99)]
    assert facts.pairs[0][1] == "0.100  ####"
    assert rest.text == "The 10 largest of 101; the others are 0.050 together."
