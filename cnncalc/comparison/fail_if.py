"""`compare --fail-if`: limits on how much a model may change, or how large it may become."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.at_least import AtLeast
from cnncalc.comparison.differences import TOTALS
from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import did_you_mean

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis

QUANTITIES = {
    **{name: name for name in TOTALS},
    "memory": "param_bytes",
    "activations": "activation_bytes",
    "peak": "peak_activation_bytes",
    "receptive_field": "receptive_field",
}
"""The quantities of conditions: totals by their names in JSON, and short names for three of them."""
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_CONDITION = re.compile(
    r"\s*([A-Za-z_]+)\s*(>=|<=|>|<)\s*([+\-−]?)\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(%|[kMG]|[KMG]iB|)\s*"
)
_EXAMPLES = "`params > +5%`, `macs > +1M` or `peak > 30MiB`"


class ConditionError(CnncalcError, ValueError):
    """A condition that cannot be read; the message says why."""


class Condition(NamedTuple):
    """A condition that must not be met.

    Attributes:
        key: the total that it is about, or `receptive_field`.
        relation: `>`, `>=`, `<` or `<=`.
        bound: a number; for a share, 1/20 for 5%.
        is_change: whether it is about the change rather than the number itself.
        is_share: whether that is relative to the first model.
    """

    text: str
    key: str
    relation: str
    bound: Fraction
    is_change: bool
    is_share: bool


class Breach(NamedTuple):
    """A condition that a model meets, or of which that cannot be judged. Numbers are None if they are unknown."""

    condition: Condition
    analysis: Analysis
    before: int | None
    after: int | None
    is_judged: bool = True


def read_condition(text: str) -> Condition:
    """A condition as given on the command line, as in `params > +5%`.

    Raises:
        ConditionError: it cannot be read.
    """
    found = _CONDITION.fullmatch(text)
    if not found:
        raise ConditionError(f"expected a condition such as {_EXAMPLES}, found `{text}`")
    name, relation, sign, digits, unit = found.groups()
    if name not in QUANTITIES:
        help = did_you_mean(name, QUANTITIES, "") or f"quantities: {', '.join(QUANTITIES)}"
        raise ConditionError(f"there is no quantity `{name}`; {help}")
    key = QUANTITIES[name]
    if unit == "%" and not sign:
        raise ConditionError(f"a share is always a change: write `{name} {relation} +{digits}%`")
    if sign and key == "receptive_field":
        raise ConditionError("a receptive field takes a size, as in `receptive_field < 200`, not a change")
    if unit.endswith("iB") and not key.endswith("bytes"):
        raise ConditionError(f"`{name}` is not an amount of memory: write k, M or G")
    bound = Fraction(digits) * (Fraction(1, 100) if unit == "%" else _UNITS[unit])
    return Condition(text.strip(), key, relation, bound if sign in ("", "+") else -bound, bool(sign), unit == "%")


def breaches(analyses: Sequence[Analysis], conditions: Sequence[Condition]) -> Iterator[Breach]:
    """Each condition that a model after the first meets, or that cannot be decided because a number is unknown."""
    for condition in conditions:
        for analysis in analyses[1:]:
            before, after = (_number(each, condition) for each in (analyses[0], analysis))
            is_met = _is_met(condition, before, after)
            if is_met is not False:
                yield Breach(condition, analysis, before, after, is_met is not None)


def _number(analysis: Analysis, condition: Condition) -> int | None:
    """The number that a condition is about; for a field the side nearest to the bound, None if it is global.

    A field that is unknown is at least as large as nothing.
    """
    if condition.key != "receptive_field":
        number: int | None = getattr(analysis.totals, condition.key)
        return number
    if any(field.status == "unknown" for field in analysis.end.fields.values()):
        return AtLeast()
    sides = [side for field in analysis.end.fields.values() if field.status == "local" for side in field.size]
    numbers = [side for side in sides if side is not None]
    if condition.relation.startswith("<"):
        return min(numbers, default=None)
    return max(numbers, default=None) if len(numbers) == len(sides) else None


def _is_met(condition: Condition, before: int | None, after: int | None) -> bool | None:
    """Whether a model meets a condition; None if that cannot be judged, because only a lower bound is known."""
    if isinstance(before, AtLeast) and condition.is_change:
        return None
    if isinstance(after, AtLeast):
        is_met = _is_met(condition, before, int(after))
        is_decided = is_met == condition.relation.startswith(">")  # what is above a bound stays above it
        return is_met if is_decided else None
    if condition.key == "receptive_field" and after is None:
        return condition.relation.startswith(">")  # a global field is larger than any
    if after is None or (condition.is_change and before is None):
        return True
    value = Fraction(after)
    if condition.is_change:
        assert before is not None
        value -= before
        if condition.is_share and before:
            value /= before
        elif condition.is_share and value:
            return condition.relation.startswith(">")  # from nothing to something is more than any share
    return {
        ">": value > condition.bound,
        ">=": value >= condition.bound,
        "<": value < condition.bound,
        "<=": value <= condition.bound,
    }[condition.relation]
