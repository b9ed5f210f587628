"""Lists of sizes in words."""

from __future__ import annotations

import pytest

from cnncalc.explanation.input_sizes import sizes_in_words


@pytest.mark.parametrize(
    ("sizes", "bound", "words"),
    [
        ([], 9, ""),
        ([5], 9, "5"),
        ([5, 6], 9, "5 and 6"),
        ([5, 6, 7], 9, "5 to 7"),
        ([7, 8, 9], 9, "every size from 7"),
        (range(1, 257), 256, "every size from 1"),
        (range(3, 256, 2), 256, "every odd size from 3"),
        (range(2, 257, 2), 256, "every even size from 2"),
        (range(32, 257, 32), 256, "every multiple of 32 from 32"),
        (range(10, 257, 4), 256, "every 4th size from 10: 10, 14, 18, … 254"),
        (range(21, 257, 22), 256, "every 22nd size from 21: 21, 43, 65, … 241"),
        (range(101, 430, 113), 430, "every 113th size from 101: 101, 214, 327"),
        # two are no series yet, and one that ends before the bound is a range
        ([128, 256], 256, "128 and 256"),
        (range(224, 240), 256, "224 to 239"),
        # what comes before a series, or is missing in it
        ([1, 2, *range(8, 257, 8)], 256, "1, 2 and every multiple of 8 from 8"),
        ([n for n in range(5, 257) if n != 7], 256, "every size from 5 except 7"),
        # several side by side
        ([n for n in range(5, 63) if n % 4 in (1, 2)], 64, "every 4th size from 5 and from 6: 5, 6, 9, 10, … 62"),
        (
            [n for n in range(63, 257) if n % 32 in (31, 0, 1)],
            256,
            "every 32nd size from 63, from 64 and from 65: 63, 64, 65, 95, 96, 97, … 256",
        ),
        # runs
        ([n for n in range(1, 97) if -n % 32 < 8 and n > 8], 100, "25 to 32, 57 to 64 and 89 to 96"),
        (
            [n for n in range(1, 257) if -n % 32 < 8],
            256,
            "25 to 32, 57 to 64, 89 to 96, 121 to 128, 153 to 160, … 249 to 256",
        ),
    ],
)
def test_sizes_in_words(sizes, bound: int, words: str):
    assert sizes_in_words(list(sizes), bound) == words
