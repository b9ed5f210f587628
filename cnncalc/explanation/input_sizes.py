"""Input sizes in the words that people use: `every multiple of 32 from 32`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.layers.words import join, times

if TYPE_CHECKING:
    from cnncalc.whatif.input_sizes import Accepted, GivenInput, InputSizes

RUNS = 6
"""So many runs of neighbouring sizes are written out before the rest is left out."""
TERMS = 3
"""So many sizes at equal distances make a series."""


def sizes_in_words(sizes: Sequence[int], bound: int) -> str:
    """Sizes in ascending order, up to a bound: as a series if they end in one that goes on to the bound.

    Three or more sizes at equal distances are a series: `every size from 10`, `every odd size from 7`, `every multiple
    of 32 from 32`, `every 4th size from 10: 10, 14, 18, … 254`. So are two or three of them side by side: `every 4th
    size from 5 and from 6: 5, 6, 9, 10, … 62`. What comes before a series is listed, and so is everything else,
    neighbours together: `4 to 7, 12 to 15 and 20`. No sizes are "".
    """
    if not sizes:
        return ""
    if several := _side_by_side(sizes, bound):
        return several
    series = _series_at_end(sizes, bound)
    before = list(_runs(sizes[: len(sizes) - len(series)]))
    if series and len(before) < RUNS:
        missing = sorted(set(range(sizes[0], bound + 1)) - set(sizes))
        if before and len(missing) <= len(before) and series[1] - series[0] == 1:
            return f"every size from {sizes[0]} except {join(list(_runs(missing)))}"
        return join([*before, _series_in_words(series)])
    return _listed(list(_runs(sizes)))


def _series_at_end(sizes: Sequence[int], bound: int) -> Sequence[int]:
    """The longest series that the sizes end in, if there is none larger up to the bound; nothing otherwise."""
    if len(sizes) < TERMS:
        return ()
    step = sizes[-1] - sizes[-2]
    first = len(sizes) - 1
    while first and sizes[first] - sizes[first - 1] == step:
        first -= 1
    series = sizes[first:]
    return series if len(series) >= TERMS and sizes[-1] + step > bound else ()


def _side_by_side(sizes: Sequence[int], bound: int) -> str:
    """The sizes as two or three series with the same step; "" if they are something else, or a single series."""
    if len({later - sooner for sooner, later in pairwise(sizes)}) == 1:
        return ""
    for count in (2, 3):
        steps = {later - sooner for sooner, later in zip(sizes, sizes[count:], strict=False)}
        if len(steps) == 1 and len(sizes) >= TERMS * count and sizes[-count] + (step := steps.pop()) > bound:
            starts = join([f"from {first}" for first in sizes[:count]])
            listed = ", ".join(map(str, sizes[: 2 * count]))
            return f"every {_ordinal(step)} size {starts}: {listed}, … {sizes[-1]}"
    return ""


def _series_in_words(series: Sequence[int]) -> str:
    first, step = series[0], series[1] - series[0]
    if step == 1:
        return f"every size from {first}"
    if step == 2:
        return f"every {'odd' if first % 2 else 'even'} size from {first}"
    if first % step == 0:
        return f"every multiple of {step} from {first}"
    listed = ", ".join(map(str, series[:TERMS]))
    rest = f", … {series[-1]}" if len(series) > TERMS else ""
    return f"every {_ordinal(step)} size from {first}: {listed}{rest}"


def _runs(sizes: Sequence[int]) -> Iterator[str]:
    """Each run of neighbouring sizes: `5`, `7 to 9`."""
    ends = [place for place, (one, other) in enumerate(pairwise(sizes), 1) if other - one > 1]
    for start, stop in pairwise([0, *ends, len(sizes)]):
        if stop - start == 2:
            yield from map(str, sizes[start:stop])
        elif stop > start:
            yield str(sizes[start]) if stop - start == 1 else f"{sizes[start]} to {sizes[stop - 1]}"


def _listed(runs: list[str]) -> str:
    return join(runs) if len(runs) <= RUNS else f"{', '.join(runs[: RUNS - 1])}, … {runs[-1]}"


def _ordinal(number: int) -> str:
    """`4th`, `22nd`, `113th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# -- sentences

LOST = {1: "positions", 2: "rows or columns", 3: "planes, rows or columns"}
"""What a stride may drop, by the number of axes."""


def about_inputs(found: InputSizes) -> str:
    """Which sizes are tried: `up to 256, the same on all axes`."""
    alike = [name for name, count in found.inputs.items() if count == 1]
    of_these = f" for {join(alike)}" if len(found.inputs) + len(found.fixed) > 1 else ""
    on_all = ", the same on all axes" if len(found.given.sizes) > 1 else ""
    larger = [f"; {name} is {_times_as_large(count)}" for name, count in found.inputs.items() if count > 1]
    fixed = [f"; {name} stays as it is" for name in found.fixed]
    return "".join([f"up to {found.bound}", of_these, on_all, *larger, *fixed])


def _times_as_large(count: int) -> str:
    return "twice as large" if count == 2 else f"{count} times as large"


def sentences_about(accepted: Accepted, found: InputSizes) -> Iterator[str]:
    """What fits, where nothing is dropped, and where all strides divide evenly."""
    if not accepted.legal:
        yield f"No size up to {found.bound} fits."
        return
    legal, whole, even = (sizes_in_words(sizes, found.bound) for sizes in accepted[1:])
    yield f"The model accepts {legal}."
    lost = LOST[len(found.given.sizes)]
    if not whole:
        yield f"At each of them some stride drops {lost}."
    else:
        yield f"No stride drops anything at {'any of them' if whole == legal else whole}."
    if even and even != whole:
        yield f"All strides divide evenly at {even}."


def about_given(given: GivenInput) -> str:
    """What happens at the size that was given, and which others are better."""
    size, nearest = times(given.sizes), " and ".join(map(times, given.nearest))
    if not given.is_legal:
        return f"The given size, {size}, does not fit{f'; {nearest} would' if nearest else ''}."
    if given.dropped_by:
        lost = LOST[len(given.sizes)]
        better = f"; at {nearest} no stride would" if nearest else ""
        return f"At the given size, {size}, `{given.dropped_by}` drops {lost}{better}."
    return f"At the given size, {size}, it fits and no stride drops anything."
