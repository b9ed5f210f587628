"""Windows that are entirely in the padding, against a search through all of them."""

from __future__ import annotations

from itertools import product

import pytest
from helpers import analyzed

import cnncalc
from cnncalc.layers.window import SlidingWindow
from cnncalc.settings.shape import Padding


def test_windows_outside_the_input_are_found():
    cases = product(range(1, 5), (1, 2, 3), (1, 2, 4), range(6), range(6), (1, 2, 4), ("floor", "ceil"))
    for n, k, s, before, after, d, rounding in cases:
        window = SlidingWindow("window", (k,), (s,), Padding([(before, after)]), (d,), rounding)
        starts = [i * s - before for i in range(window.counts((n,))[0])]
        outside = [start for start in starts if start + (k - 1) * d < 0 or start >= n]
        found = window.outside((n,)) if starts else None
        assert (found is None) == (not outside)
        assert found is None or found in [(0, start) for start in outside]


@pytest.mark.parametrize(
    ("pool", "message", "label"),
    [
        (
            "{max_pool: 2, padding: 2}",
            "a window would contain nothing but padding",
            "the window spans 2, and the padding before the input is 2",
        ),
        (
            "{max_pool: 2, stride: 1, padding: [[0, 2], [0, 0]]}",
            "the last window would be past the end of the input",
            "it would begin at position 8, but the input ends at position 7",
        ),
    ],
)
def test_what_a_pool_says_of_them(pool: str, message: str, label: str):
    with pytest.raises(cnncalc.SpecError) as error:
        cnncalc.load(f"input: 8x8x1\nlayers:\n  - {pool}\n")
    [finding] = error.value.diagnostics
    assert (finding.code, finding.message, finding.label) == ("CNN307", message, label)


def test_a_wide_padding_that_no_window_begins_in():
    # windows of 2 begin at 0 and 3: the padding of 2 after the input is read by one of them, beside position 3
    assert analyzed("4x1", "{max_pool: 2, stride: 3, padding: [[0, 2]]}").layers[0].node.output.spatial == (2,)
