"""Lints about single windows: what they find, with the numbers of the case, and what they leave alone."""

from __future__ import annotations

import pytest
from checks.linting import said
from helpers import slide

FOUND = [
    # windows of 5 from −2 at steps of 4 over 28: the last begins at 22 and ends at 26; column 27 is left
    ("CNN509", "- {conv: 5x5x8, stride: 4, padding: 2}", "28x28x1", "the last row and column of the input, 28×28"),
    ("CNN509", "- {conv: 5x5x8, stride: 4, padding: same}", "29x28x1", "the last column of the input, 29×28"),
    ("CNN509", "- {depthwise_conv: 9, stride: 8, padding: 4}", "24x1", "the last 3 positions of the input, 24"),
    (
        "CNN509",
        "- {separable_conv: 3x3x8, stride: 3, padding: 1}",
        "6x6x1",
        "the stride of 3 drops the last row and column",
    ),
    ("CNN510", "- {conv: 3x3x8, stride: 4}", "28x28x1", "no window reads 1 of every 4 rows and 1 of every 4 columns"),
    ("CNN510", "- {conv: 3, kernel: 2, stride: 5}", "28x1", "no window reads 3 of every 5 positions"),
    ("CNN510", "- {max_pool: 2, stride: 1x3}", "28x28x1", "the stride, 1×3, is larger than the window, 2"),
    (
        "CNN510",
        "- {conv: 2x2x2x8, stride: 3}",
        "9x9x9x1",
        "1 of every 3 planes, 1 of every 3 rows and 1 of every 3 columns",
    ),
    ("CNN511", "- {conv: 3x3x8, padding: 3}", "28x28x1", "a padding of 3 around a kernel of 3"),
    ("CNN511", "- {conv: 1x1x8, padding: 1}", "28x28x1", "a padding of 1 around a kernel of 1"),
    ("CNN511", "- {depthwise_conv: 3, padding: [[0, 3], [0, 0]]}", "28x28x1", "a padding of 3 around a kernel of 3"),
    ("CNN511", "- {conv: 3x3x8, dilation: 2, padding: 5}", "28x28x1", "a padding of 5 around a kernel of 5"),
    ("CNN524", "- {conv_transpose: 3x3x8, stride: 2}", "7x7x1", "in turn sums of 1 and of 2 kernel values"),
    ("CNN524", "- {conv_transpose: 4x5x8, stride: 2}", "7x7x1", "the stride of 2 does not divide the kernel of 5"),
    ("CNN526", "- max_pool: 2", "7x7x1", "drops the last row and column of the input, 7×7"),
    ("CNN526", "- {avg_pool: 3, stride: 2}", "8x7x1", "drops the last row of the input, 8×7"),
    ("CNN526", "- {max_pool: 4, stride: 4}", "15x1", "drops the last 3 positions of the input, 15"),
    # of a border of one row after, at best the border itself may be left over
    ("CNN526", "- pad: [[0, 1], [0, 1]]\n- max_pool: 3", "10x8x1", "drops the last row of the input, 10×8"),
]
LEFT_ALONE = [
    ("CNN509", "- {conv: 3x3x8, stride: 2, padding: 1}", "28x28x1"),  # what is left over is padding
    ("CNN509", "- {conv: 7x7x8, stride: 2, padding: 3}", "224x224x3"),
    ("CNN509", "- {conv: 11x11x8, stride: 4, padding: 2}", "224x224x3"),  # AlexNet's: not half of 11
    ("CNN509", "- {conv: 3x3x8, stride: 3}", "28x28x1"),  # no padding: nobody meant to keep the size
    ("CNN509", "- {conv: 1x1x8, stride: 2, padding: same}", "28x28x1"),  # a shortcut: it samples
    ("CNN509", "- {conv: 3x3x8, stride: 5, padding: 1}", "28x28x1"),  # that is CNN510
    ("CNN509", "- {conv: 3x3x8, padding: 1}", "28x28x1"),
    ("CNN509", "- {max_pool: 3, stride: 2, padding: same}", "28x28x1"),
    # windows at 0 and 3, which read 0, 1, 3 and 4; 5 is left out at every size, like 2, and `ceil` would not read it
    ("CNN526", "- {max_pool: 2, stride: 3}", "6x1"),
    ("CNN509", "- {conv_transpose: 3x3x8, stride: 2, padding: 1}", "28x28x1"),
    ("CNN510", "- {conv: 1x1x8, stride: 2}", "28x28x1"),
    ("CNN510", "- {max_pool: 1, stride: 2}", "28x28x1"),  # ResNet V2's shortcut
    ("CNN510", "- {conv: 3x3x8, stride: 3}", "28x28x1"),
    ("CNN510", "- {conv: 3x3x8, stride: 4, dilation: 2}", "28x28x1"),  # a window of 5
    ("CNN510", "- {conv: 3x3x8, stride: 4}", "3x3x1"),  # one window: there is nothing between
    ("CNN510", "- {conv_transpose: 2x2x8, stride: 3}", "28x28x1"),
    ("CNN511", "- {conv: 3x3x8, padding: 2}", "28x28x1"),  # full padding
    ("CNN511", "- {conv: 3x3x8, dilation: 2, padding: 3}", "28x28x1"),
    ("CNN511", "- {conv: 8, kernel: 3, padding: causal}", "28x1"),
    ("CNN524", "- {conv_transpose: 4x4x8, stride: 2}", "7x7x1"),
    ("CNN524", "- {conv_transpose: 3x3x8}", "7x7x1"),
    ("CNN526", "- max_pool: 2", "8x8x1"),
    ("CNN526", "- {max_pool: 2, rounding: ceil}", "7x7x1"),
    ("CNN526", "- {max_pool: 3, stride: 2, padding: 1}", "112x112x1"),  # the left-over row is padding
    ("CNN526", "- pad: 1\n- {max_pool: 3, stride: 2}", "112x112x1"),  # the same, as Keras writes it
    ("CNN526", "- {conv: 3x3x8, stride: 2}", "28x28x1"),
    ("CNN526", "- global_avg_pool", "7x7x1"),
]


@pytest.mark.parametrize(("code", "entries", "input", "words"), FOUND)
def test_found(code: str, entries: str, input: str, words: str):
    (text,) = said(code, entries, input)
    assert words in text


@pytest.mark.parametrize(("code", "entries", "input"), LEFT_ALONE)
def test_left_alone(code: str, entries: str, input: str):
    assert said(code, entries, input) == []


@pytest.mark.parametrize("n", range(5, 24))
@pytest.mark.parametrize(("k", "s"), [(3, 2), (3, 3), (5, 3), (5, 4), (5, 5)])
def test_dropped_columns_are_those_that_no_window_reads(n: int, k: int, s: int):
    """Against windows that slide one by one."""
    unread = n - 1 - slide(n, k, s, k // 2, k // 2)[-1][-1]
    found = said("CNN509", f"- {{conv: {k}x8, stride: {s}, padding: {k // 2}}}", f"{n}x1")
    assert bool(found) == (unread > 0)
    if unread > 0:
        assert ("the last position of" if unread == 1 else f"the last {unread} positions of") in found[0]
