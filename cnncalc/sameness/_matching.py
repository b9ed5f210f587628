"""Which steps of two models belong together, and the first that have no counterpart.

Every step gets a number for what it is calculated from, all the way from the inputs: equal steps of both models get
the same. Where all numbers of a model differ, as in most models, equal numbers say it all. Otherwise (equal branches
side by side) the steps are told apart by who reads them, too, and then paired off one by one, from the outputs
backwards. That takes no longer for more branches: nothing is tried and taken back. (So models in which equal layers
with weights of their own are knotted together, in a ring for example, might be called different although they are not.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from cnncalc.named_tuple import NamedTuple
from cnncalc.sameness._flow import Flow, FlowStep, KeysOf

Numbers = Mapping[FlowStep, int]
MOST_ROUNDS = 8
"""How often steps are told apart once more by what is around them."""


class Mismatch(NamedTuple):
    """Where two models part.

    Attributes:
        first: the step of the first model; None if it has none there.
        second: that of the second.
        what: `calculation`, or what differs where both are calculated from the same: `shared`, which others have the
            same weights; `read`, who reads them; `folded`, what both have in them; `inputs` and `outputs` of the model.
    """

    first: FlowStep | None
    second: FlowStep | None
    what: str = "calculation"


class _Numbering:
    """Numbers for equal keys, in both models."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._keys = KeysOf()

    def number(self, key: Hashable) -> int:
        """The number of a key."""
        return self._numbers.setdefault(key, len(self._numbers))

    def forwards(self, flow: Flow, inputs: Sequence[Hashable], own: Numbers, shared: Numbers) -> dict[FlowStep, int]:
        """A number for what each step is calculated from.

        Args:
            own: what tells apart steps besides.
            shared: what tells apart those with whom they share weights.
        """
        found = {
            step: self.number(("input", key, step.output, own.get(step)))
            for step, key in zip(flow.inputs, inputs, strict=True)
        }
        for step in flow.steps[len(flow.inputs) :]:
            read = [found[each] for each in step.inputs]
            assert step.calculation
            inside = tuple(sorted(read) if step.calculation.commutes else read)
            found[step] = self.number((self._keys(step), inside, own.get(step), shared.get(step)))
        return found

    def backwards(self, flow: Flow, numbers: Numbers) -> dict[FlowStep, int]:
        """A number for what each step is, and who reads it."""
        found: dict[FlowStep, int] = {}
        around: dict[FlowStep, list[tuple[int, int]]] = defaultdict(list)
        for place, step in enumerate(flow.outputs):
            around[step].append((-2, place))
        for step in reversed(flow.steps):
            found[step] = self.number(("around", numbers[step], tuple(sorted(around.pop(step, ())))))
            for place, source in enumerate(step.inputs):
                assert step.calculation
                around[source].append((found[step], -1 if step.calculation.commutes else place))
        return found

    def groups(self, flow: Flow, numbers: Numbers) -> dict[FlowStep, int]:
        """A number for all steps that share weights, for each of them."""
        members: dict[FlowStep, list[FlowStep]] = defaultdict(list)
        for step in flow.steps:
            if step.owner:
                members[step.owner].append(step)
        several = (each for each in members.values() if len(each) > 1)
        return {
            step: number
            for steps in several
            for number in (self.number(("group", *sorted(numbers[each] for each in steps))),)
            for step in steps
        }


def first_mismatch(first: Flow, second: Flow) -> Mismatch | None:
    """Where two models part, in the order of the first; None if they are the same."""
    flows = (first, second)
    if len(first.inputs) != len(second.inputs):
        return _of_lists(first.inputs, second.inputs, "inputs")
    numbering, inputs = _Numbering(), _named_inputs(*flows)
    plain = [numbering.forwards(flow, names, {}, {}) for flow, names in zip(flows, inputs, strict=True)]
    if found := _unmatched(flows, plain):
        return found
    shared = [numbering.groups(flow, numbers) for flow, numbers in zip(flows, plain, strict=True)]
    numbers = plain
    if any(shared):
        numbers = [numbering.forwards(*each[:2], {}, each[2]) for each in zip(flows, inputs, shared, strict=True)]
        if pair := _first_left(flows, numbers):
            return Mismatch(*pair, "shared")
    outputs = [[own[step] for step in flow.outputs] for flow, own in zip(flows, numbers, strict=True)]
    if outputs[0] != outputs[1]:
        return _of_lists(first.outputs, second.outputs, "outputs", _common(*outputs))
    are_distinct = all(len(set(each.values())) == len(each) for each in numbers)
    found = None if are_distinct else _by_surroundings(numbering, flows, inputs, numbers)
    return found or _folded_otherwise(flows, numbers)


def matched(first: Flow, second: Flow) -> Iterator[tuple[FlowStep, FlowStep]]:
    """The steps of two models that are the same, in pairs; of equal branches side by side, those in the same place."""
    numbering, flows = _Numbering(), (first, second)
    forwards = [
        numbering.forwards(flow, names, {}, {}) for flow, names in zip(flows, _named_inputs(*flows), strict=True)
    ]
    numbers = [numbering.backwards(flow, own) for flow, own in zip(flows, forwards, strict=True)]
    left: dict[int, list[FlowStep]] = defaultdict(list)
    for step in reversed(second.steps):
        left[numbers[1][step]].append(step)
    for step in first.steps:
        if others := left[numbers[0][step]]:
            yield step, others.pop()


def _folded_otherwise(flows: tuple[Flow, Flow], numbers: Sequence[Numbers]) -> Mismatch | None:
    """The first steps of which both have something folded into their weights, and not the same."""
    left: list[dict[int, list[FlowStep]]] = []
    for flow, own in zip(flows, numbers, strict=True):
        left.append(defaultdict(list))
        for step in flow.steps:
            if step.folded:
                left[-1][own[step]].append(step)
    for number, steps in left[0].items():
        parts, others = (Counter(map(_parts, each)) for each in (steps, left[1].get(number, ())))
        one = next((step for step in steps if _parts(step) in parts - others), None)
        other = next((step for step in left[1].get(number, ()) if _parts(step) in others - parts), None)
        if one and other:
            return Mismatch(one, other, "folded")
    return None


def _parts(step: FlowStep) -> Hashable:
    """What equal steps were made of that have something folded into their weights."""
    return tuple([each.key for each in step.folded])


def _named_inputs(first: Flow, second: Flow) -> list[list[Hashable]]:
    """What inputs are told apart by: their names where both models have the same, otherwise their places."""
    names = [[step.node.name for step in flow.inputs] for flow in (first, second)]
    if sorted(names[0]) == sorted(names[1]):
        return [list(each) for each in names]
    return [list(range(len(each))) for each in names]


def _of_lists(first: Sequence[FlowStep], second: Sequence[FlowStep], what: str, at: int | None = None) -> Mismatch:
    """What two lists have at this place, by default the first that only one of them has."""
    at = min(len(first), len(second)) if at is None else at
    return Mismatch(first[at] if len(first) > at else None, second[at] if len(second) > at else None, what)


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many numbers two lists begin with that are the same."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(first), len(second)))


# -- those with other numbers


def _unmatched(flows: tuple[Flow, Flow], numbers: Sequence[Numbers]) -> Mismatch | None:
    """The first step that is calculated from something that the other model does not have, and its counterpart."""
    left = _left(flows, numbers)
    if not left[0] or not left[1]:
        return Mismatch(left[0][0] if left[0] else None, left[1][0] if left[1] else None) if any(left) else None
    step = left[0][0]
    open_ = set(left[1])
    begun = [each for each in left[1] if not any(source in open_ for source in each.inputs)] or left[1][:1]
    read = sorted(numbers[0][each] for each in step.inputs)

    def unlikeness(other: FlowStep) -> tuple[bool, bool, bool]:
        others = sorted(numbers[1][each] for each in other.inputs)
        return read != others, not set(read) & set(others), step.node.kind != other.node.kind

    other = min(begun, key=unlikeness)
    return _inserted(left, step, other) or Mismatch(step, other)


def _left(flows: tuple[Flow, Flow], numbers: Sequence[Numbers]) -> list[list[FlowStep]]:
    """The steps of each model that the other one lacks."""
    return [
        list(_without_counterpart(flow, own, other))
        for flow, own, other in zip(flows, numbers, reversed(numbers), strict=True)
    ]


def _first_left(flows: tuple[Flow, Flow], numbers: Sequence[Numbers]) -> tuple[FlowStep | None, FlowStep | None] | None:
    """The first step of each model that the other one lacks; None if there are none."""
    left = _left(flows, numbers)
    return (left[0][0] if left[0] else None, left[1][0] if left[1] else None) if any(left) else None


def _without_counterpart(flow: Flow, own: Numbers, others: Numbers) -> Iterator[FlowStep]:
    """The steps with numbers that the other model does not have, or not as often: the last ones of these."""
    spare = Counter(others.values())
    for step in flow.steps:
        spare[own[step]] -= 1
        if spare[own[step]] < 0:
            yield step


def _inserted(left: Sequence[Sequence[FlowStep]], step: FlowStep, other: FlowStep) -> Mismatch | None:
    """The same if one of the two is a layer that the other model lacks: what reads it is what the other one has."""
    keys = KeysOf()
    if step.calculation is None or other.calculation is None or keys(step) == keys(other):
        return None
    if any(each.calculation and keys(each) == keys(other) for each in _readers(left[0], step)):
        return Mismatch(step, None)
    if any(each.calculation and keys(each) == keys(step) for each in _readers(left[1], other)):
        return Mismatch(None, other)
    return None


def _readers(steps: Iterable[FlowStep], step: FlowStep) -> Iterator[FlowStep]:
    return (each for each in steps if step in each.inputs)


# -- equal branches


def _by_surroundings(
    numbering: _Numbering, flows: tuple[Flow, Flow], inputs: Sequence[Sequence[Hashable]], numbers: Sequence[Numbers]
) -> Mismatch | None:
    """Where models part whose steps are calculated from the same: by who reads them, and which share weights."""
    count = 0
    for _ in range(MOST_ROUNDS):
        numbers = [numbering.backwards(flow, each) for flow, each in zip(flows, numbers, strict=True)]
        if pair := _first_left(flows, numbers):
            return Mismatch(*pair, "read")
        known = len(set(numbers[0].values()))
        if known in (count, len(flows[0].steps)):
            break
        count = known
        shared = [numbering.groups(flow, each) for flow, each in zip(flows, numbers, strict=True)]
        numbers = [
            numbering.forwards(flow, names, own, groups)
            for flow, names, own, groups in zip(flows, inputs, numbers, shared, strict=True)
        ]
    return _paired_off(flows, numbers)


class _Pairs:
    """Steps of two models that belong together, and groups of those that share weights."""

    def __init__(self, numbers: Sequence[Numbers]) -> None:
        self.numbers = numbers
        self.of_first: dict[FlowStep, FlowStep] = {}
        self._of_second: dict[FlowStep, FlowStep] = {}
        self._owners: dict[FlowStep, FlowStep] = {}
        self._owned: dict[FlowStep, FlowStep] = {}

    def add(self, one: FlowStep, other: FlowStep) -> bool:
        """Makes a pair; False if these two cannot be one."""
        if self.numbers[0][one] != self.numbers[1][other] or not self._agree(one, other):
            return False
        if self._of_second.setdefault(other, one) is not one:
            return False
        self.of_first[one] = other
        if one.owner and other.owner:
            self._owners[one.owner] = other.owner
            self._owned[other.owner] = one.owner
        return True

    def _agree(self, one: FlowStep, other: FlowStep) -> bool:
        """Whether what shares weights with one is paired, if at all, with what shares them with the other."""
        if one.owner is None or other.owner is None:
            return one.owner is other.owner
        partner, back = self._owners.get(one.owner), self._owned.get(other.owner)
        return partner in (None, other.owner) and back in (None, one.owner)

    def in_any_order(
        self, first: Sequence[FlowStep], second: Sequence[FlowStep]
    ) -> Iterator[tuple[FlowStep, FlowStep]]:
        """Pairs of two lists: those that are pairs already, then those that may become one."""
        left = Counter(second)
        open_: list[FlowStep] = []
        for each in first:
            partner = self.of_first.get(each)
            if partner is not None and left[partner] > 0:
                left[partner] -= 1
            else:
                open_.append(each)
        by_number: dict[int, list[FlowStep]] = defaultdict(list)
        for other in left.elements():
            by_number[self.numbers[1][other]].append(other)
        for candidates in by_number.values():
            candidates.reverse()  # to be taken from the end
        for each in open_:
            candidates = by_number[self.numbers[0][each]] or next(filter(None, by_number.values()))
            places = range(len(candidates) - 1, -1, -1)
            yield each, candidates.pop(next((at for at in places if self._agree(each, candidates[at])), -1))


def _paired_off(flows: tuple[Flow, Flow], numbers: Sequence[Numbers]) -> Mismatch | None:
    """Pairs steps from the outputs backwards; the first two that cannot be a pair. Their numbers match."""
    first, second = flows
    pairs = _Pairs(numbers)
    pending = [*pairs.in_any_order(first.ends, second.ends), *zip(first.outputs, second.outputs, strict=True)]
    while pending:
        one, other = pending.pop()
        if pairs.of_first.get(one) is other:
            continue
        if one in pairs.of_first or not pairs.add(one, other):
            return Mismatch(one, other, "shared" if one.owner and one.owner is not one else "read")
        if one.calculation and one.calculation.commutes:
            pending += pairs.in_any_order(one.inputs, other.inputs)
        else:
            pending += zip(one.inputs, other.inputs, strict=True)
    return None
