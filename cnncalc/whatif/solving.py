"""The inverse questions: which setting gives this output, which width keeps this bound.

Answers are found by trying: every candidate within stated bounds goes through cnncalc's own rules, so every answer is
right, and none within the bounds is missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product

from cnncalc import formulas
from cnncalc.analysis import Analysis
from cnncalc.at_least import NotKnown
from cnncalc.errors import CnncalcError
from cnncalc.graph import Node
from cnncalc.graph.rebuild import Change
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple
from cnncalc.recorded_numbers import Number
from cnncalc.settings.shape import Padding
from cnncalc.whatif._changes import changed

# -- one axis: n_in, k, s, p, d, n_out

UNKNOWNS = ("p", "n_out", "n_in", "k", "s", "d")
DEFAULTS = {"d": 1, "s": 1, "p": 0}
MAX_SOLUTIONS = 1000


class QuestionError(CnncalcError, ValueError):
    """The question cannot be read; the message says what to write.

    Attributes:
        about: the argument of `cnncalc.solve` that it is about.
    """

    def __init__(self, message: str, about: str = "question") -> None:
        super().__init__(message)
        self.about = about


class InverseQuestion(NamedTuple):
    """What is known about one axis, and what is asked for.

    Attributes:
        known: values by symbol.
        unknown: one or two symbols.
        is_transposed: whether the convolution is transposed.
    """

    known: Mapping[str, int]
    unknown: tuple[str, ...]
    is_transposed: bool = False


class Solution(NamedTuple):
    """One answer: the unknowns, and the output by the rule, with its history."""

    values: Mapping[str, int]
    output: int


class Solutions(NamedTuple):
    """All answers within the bounds.

    Attributes:
        bounds: the first and last values that were tried, by unknown.
        is_cut: whether there are more than MAX_SOLUTIONS.
        reason: why there are none.
    """

    question: InverseQuestion
    found: Sequence[Solution]
    bounds: Mapping[str, tuple[int, int]]
    is_cut: bool = False
    reason: str = ""


def read_question(text: str, is_transposed: bool = False) -> InverseQuestion:
    """Reads `n_in=32, k=5, s=1, n_out=32`; `?` or nothing marks what is asked for.

    What is not mentioned is asked for: p first, if n_out and the rest are given; d is 1 unless asked for.

    Raises:
        QuestionError: it cannot be read.
    """
    known: dict[str, int] = {}
    asked: list[str] = []
    for part in filter(None, (each.strip() for each in re.split(r"[,;]", text))):
        found = re.fullmatch(r"([a-z_]+)\s*=\s*(\?|[0-9]{1,6})", part)
        name = found.group(1) if found else ""
        if not found or name not in UNKNOWNS:
            raise QuestionError(f"`{part}` is not part of a question: write n_in=32, k=5, s=1, p=2, d=1, n_out=? ")
        if name in known or name in asked:
            raise QuestionError(f"`{name}` is given twice")
        if found.group(2) == "?":
            asked.append(name)
        else:
            known[name] = int(found.group(2))
    if not asked:
        asked = [name for name in ("n_out", "n_in", "k", "s", "p") if name not in known]
        if {"s", "p"} <= set(asked) and len(asked) > 2:
            asked.remove("s")
    known.update({name: DEFAULTS[name] for name in DEFAULTS if name not in known and name not in asked})
    missing = [name for name in UNKNOWNS if name not in known and name not in asked]
    asked += missing
    if not asked:
        asked = ["n_out"]
        known = {name: value for name, value in known.items() if name != "n_out"} if "n_out" in known else known
    if len(asked) > 2:
        raise QuestionError(f"{len(asked)} unknowns ({', '.join(asked)}): at most two can be found; give more numbers")
    for name, value in known.items():
        if value < (0 if name == "p" else 1):
            raise QuestionError(f"{name} must be at least 1")
    return InverseQuestion(known, tuple(name for name in UNKNOWNS if name in asked), is_transposed)


def solve(question: InverseQuestion) -> Solutions:
    """Every answer within bounds, or why there is none."""
    tried = [name for name in question.unknown if name != "n_out"]
    bounds = {name: _bounds(name, question) for name in tried}
    found: list[Solution] = []
    wanted = question.known.get("n_out")
    near: list[int] = []
    for values in product(*(range(low, high + 1) for low, high in bounds.values())):
        guess = {**question.known, **dict(zip(tried, values, strict=True))}
        output = output_of(guess, question.is_transposed)
        if output is None or (wanted is not None and output != wanted):
            near += [output] if output is not None else []
            continue
        if len(found) == MAX_SOLUTIONS:
            return Solutions(question, found, bounds, is_cut=True)
        shown = {name: guess[name] for name in tried}
        if wanted is None:
            shown["n_out"] = int(output)
        found.append(Solution(shown, _traced(guess, question.is_transposed)))
    return Solutions(question, found, bounds, reason="" if found else _reason(question, near))


def _bounds(name: str, question: InverseQuestion) -> tuple[int, int]:
    """The values tried for an unknown: all that a network might have, and none that it cannot."""
    known = question.known
    largest = max(known.get("n_in", 0), known.get("n_out", 0), 1)
    span = formulas.span(known.get("k", largest), known.get("d", 1))
    if name == "p":
        return 0, max(span, known.get("n_out", 1) * known.get("s", 1))
    if name == "n_in":
        steps = (known.get("n_out", 1) + 1) * known.get("s", 8)
        return 1, steps + span
    if name == "k":
        return 1, largest + 2 * known.get("p", largest)
    return 1, largest + 2 * known.get("p", 0)  # a stride or dilation


def output_of(values: Mapping[str, int], is_transposed: bool) -> int | None:
    """The output size of an axis; None where no window fits."""
    n, k, s, p, d = (values[name] for name in ("n_in", "k", "s", "p", "d"))
    if is_transposed:
        output = formulas.transposed(n, k, s, p, p, d, 0)
        return output if output >= 1 else None
    if formulas.span(k, d) > n + 2 * p:
        return None
    return formulas.windows(n, k, s, p, p, d)


def _traced(values: Mapping[str, int], is_transposed: bool) -> int:
    """The same on named numbers, so that the result carries the formula."""
    n, k, s, p, d = (Number(values[name], name) for name in ("n_in", "k", "s", "p", "d"))
    if is_transposed:
        return formulas.transposed(n, k, s, p, p, d, 0)
    return formulas.windows(n, k, s, p, p, d)


def _reason(question: InverseQuestion, outputs: Sequence[int]) -> str:
    """What sizes can be reached instead."""
    wanted = question.known.get("n_out")
    if not outputs:
        return "the window never fits in the input"
    below = max((each for each in outputs if each < (wanted or 0)), default=None)
    above = min((each for each in outputs if each > (wanted or 0)), default=None)
    if below is not None and above is not None:
        return f"the output jumps from {below} to {above}"
    return f"the output is at most {below}" if below is not None else f"the output is at least {above}"


# -- one layer of a model


class SettingChange(NamedTuple):
    """One other setting of a layer that gives the wanted output.

    Attributes:
        old, new: as a spec would write them.
        fits: whether the layers after it accept the new output.
    """

    setting: str
    old: str
    new: str
    layer: Layer
    fits: bool


def settings_for(analysis: Analysis, node: Node, spatial: tuple[int, ...]) -> list[SettingChange]:
    """Which single settings of a layer make its output this large."""
    layer = node.layer
    assert layer is not None
    x = node.x
    found = []
    for name, values in _candidates(layer, x.spatial, spatial).items():
        own = layer.settings[name].type
        for value in values:
            other = layer.with_settings(**{name: value})
            if any(other.problems(x)) or other.output_shape(x).spatial != spatial:
                continue
            convention = analysis.spec.convention
            fits = changed(analysis.spec.graph, Change(replaced={node: other}), convention) is not None
            found.append(SettingChange(name, own.show(getattr(layer, name)), own.show(value), other, fits))
    return found


def _candidates(layer: Layer, spatial: tuple[int, ...], wanted: tuple[int, ...]) -> dict[str, list[object]]:
    """Values to try, by setting: first the same on all axes, then one per axis."""
    largest = max(*spatial, *wanted)
    ranges = {
        "kernel": range(1, 2 * largest + 2),
        "window": range(1, 2 * largest + 2),
        "stride": range(1, largest + 1),
        "dilation": range(1, largest + 1),
        "output_padding": range(largest),
        "factor": range(1, largest + 1),
        "output": range(1, largest + 1),
        "block": range(1, largest + 1),
    }
    found: dict[str, list[object]] = {}
    for name in layer.settings:
        if name == "padding":
            found[name] = list(_paddings(len(spatial), largest))
        elif name == "rounding":
            found[name] = ["floor", "ceil"]
        elif name == "block":
            found[name] = list(ranges[name])
        elif name in ranges:
            found[name] = [(value,) * len(spatial) for value in ranges[name]]
    own = vars(layer)
    return {name: [value for value in values if value != own.get(name)] for name, values in found.items()}


def _paddings(rank: int, largest: int) -> Iterator[Padding]:
    """The same amount on all sides; then one more after than before."""
    for amount in range(largest + 1):
        yield Padding(((amount, amount),) * rank)
    for amount in range(largest + 1):
        yield Padding(((amount, amount + 1),) * rank)


# -- a variable of a model


class Largest(NamedTuple):
    """The largest value of a variable that keeps a bound.

    Attributes:
        value: in steps; None if no value keeps the bound.
        result: the count for this value.
        beyond: the next value, and the count for it; None if it is not valid.
        unjudged: how many values were tried whose count is unknown, so that nobody knows whether they keep the bound.
        step: the unit of values.
    """

    name: str
    value: int | None
    result: int | None
    beyond: tuple[int, int] | None
    tried: int
    unjudged: int = 0
    step: Decimal = Decimal(1)

    def text(self, value: int) -> str:
        """A value as a spec would write it."""
        return f"{(value * self.step).normalize():f}"


def largest_value(
    count: Callable[[int], int | None], keeps: Callable[[int], bool], name: str, limit: int = 100_000
) -> Largest:
    """The largest value whose count keeps a bound, found by doubling and halving.

    `count` gives the count for a value; None if the model cannot be built.
    Values whose count is unknown are left out. Counts that fall again would be missed, so the result is checked
    against the values next to it.
    """
    known: dict[int, int | None] = {}
    unjudged: set[int] = set()

    def good(value: int) -> bool:
        if value not in known:
            known[value] = count(value)
        number = known[value]
        try:
            return number is not None and keeps(number)
        except NotKnown:
            unjudged.add(value)
            return False

    low = next((value for value in range(1, 65) if good(value)), 0)
    if not low:
        return Largest(name, None, None, None, len(known), len(unjudged))
    high = low
    while high < limit and good(min(2 * high, limit)):
        high = min(2 * high, limit)
    low, high = high, min(2 * high, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if good(middle) else (low, middle)
    # a width that does not divide may fail between two that do
    best = max((value for value in range(low, min(low + 16, limit) + 1) if good(value)), default=low)
    beyond = known.get(best + 1) if best + 1 in known else count(best + 1)
    after = (best + 1, beyond) if beyond is not None else None
    return Largest(name, best, known[best], after, len(known), len(unjudged))
