"""Which mistakes are behind a student's wrong answers.

First, the fewest that explain most of the sheet. A mistake is held if the sheet, followed with it, agrees with more
answers than without it. Mistakes are added one by one, starting with the one that explains most, and two together where
only both explain anything. Where another mistake explains the sheet as well, both are named.

Then, for an answer that the sheet does not explain, the mistakes that give just this number, made once. As that rests
on a single number, it is said in hedged words, and not at all where a slip of the pen gives the number as easily.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations, islice

from cnncalc.homework.diagnose._slips import CONTINUED_CHANCE, COPY_CHANCE, COPY_CONTINUED_CHANCE, slip_chance
from cnncalc.homework.diagnose._totals import TOTALS, TotalRule
from cnncalc.homework.diagnose.following import Place, Student, Unit, Workings, mistakes_in, mistakes_of
from cnncalc.homework.diagnose.misconception import Misconception
from cnncalc.homework.diagnose.mistakes import MB_FOR_MIB, MISTAKES
from cnncalc.homework.sheet.answers import Answer, is_megabytes, is_rough
from cnncalc.homework.sheet.questions import COLUMNS, Item, Value
from cnncalc.named_tuple import NamedTuple

MOST = 4
"""The most mistakes that are assumed for one student."""
MOST_PAIRED = 12
"""How many mistakes of a column are also tried two at a time: the likeliest."""
MOST_LOOKED_AT = 300
"""How many wrong answers are searched for what explains most: a mistake that is made everywhere is made in these."""
MOST_PLACES = 8
"""How many answers are looked at for two mistakes at once: somebody who makes two everywhere makes them in these."""
MOST_LATER = 20
"""How many of the next answers are looked at for what was gone on with."""
MOST_NAMED = 2
"""The most alternatives that are named: a third would be guessing."""
KIN = (frozenset({"bias forgotten", "dense bias forgotten"}),)
"""Names of what is the same mistake in different kinds of layers."""
LIKELY_SLIP = {"output": 0.0135, "params": 0.045, "macs": 0.045, "memory": 0.045, "receptive_field": 0.01}
"""By column, how likely a slip has to be to give an answer for nothing to be read into it.

Where a slip of the pen gives a number about as easily as a mistake does, nobody knows which it was. Small numbers
coincide more often, so fields have the lowest limit. The limits are those at which `benchmarks/homework.py` finds few
slips named, and most mistakes."""

Agrees = Callable[[Answer, Value], bool]


class Diagnosis(NamedTuple):
    """What may be behind a wrong answer.

    Attributes:
        alternatives: the likeliest first; each is one or more mistakes that give the answer together.
        is_sure: whether the whole sheet shows it; otherwise only this answer does.
    """

    alternatives: tuple[tuple[Misconception, ...], ...]
    is_sure: bool


class Search:
    """The search for the mistakes of one student."""

    def __init__(self, student: Student, agrees: Agrees) -> None:
        self.student = student
        self.workings: Workings = student.workings
        self.agrees = agrees
        self.items = {item.name: item for item in self.workings.sheet.items}
        self._given = {place for place, each in student.answers.items() if each.value is not None}
        readable = [place for place in student.answers if place in self._given and not is_rough(student.answers[place])]
        self.places = dict.fromkeys(place for place in readable if student.follow().values.get(place))
        self._columns: dict[str, list[Place]] = {}
        for place in student.answers:
            self._columns.setdefault(place[1], []).append(place)
        self._rows = {place: row for places in self._columns.values() for row, place in enumerate(places)}
        self.hidden = self._hidden()
        self._missing: dict[frozenset[Unit], dict[Place, None]] = {}

    def diagnoses(self, wrong: Collection[Place]) -> dict[Place, Diagnosis]:
        """What is behind wrong answers, as far as it is known."""
        units = self.without_idle(self.search()) if self.missing(frozenset()) else frozenset()
        held = frozenset(unit for unit in units if self._support(unit, units) > 1 or self._has_kin(unit, units))
        found = {}
        for place in wrong:
            diagnosis = self._of_the_sheet(place, held) or self._of_the_answer(place, held, units)
            if diagnosis:
                found[place] = diagnosis
        return found

    def _has_kin(self, unit: Unit, units: frozenset[Unit]) -> bool:
        """Whether the student makes the same mistake in another kind of layer, where it has another name."""
        names = {MISTAKES[index].name for index, _ in units}
        return any(MISTAKES[unit[0]].name in kin and len(names & kin) > 1 for kin in KIN)

    def _support(self, unit: Unit, units: frozenset[Unit]) -> int:
        """How many answers only this mistake explains."""
        return len(self.missing(units - {unit})) - len(self.missing(units))

    # -- what the whole sheet shows

    def _of_the_sheet(self, place: Place, held: frozenset[Unit]) -> Diagnosis | None:
        """The fewest of the student's mistakes that give the answer, and others that explain the sheet as well."""
        behind = self._behind(place, held)
        if not behind:
            return None
        mistakes = (*mistakes_of(behind), *self._on_top(place, behind))
        rivals = [each for unit in sorted(behind) for each in self._rivals(place, unit, behind, held)]
        return Diagnosis((mistakes, *rivals[: MOST_NAMED - 1]), not rivals)

    def _behind(self, place: Place, units: frozenset[Unit]) -> frozenset[Unit]:
        """The fewest of some mistakes that give an answer; none if they do not."""
        if place not in self.places:
            return frozenset()
        subsets = (frozenset(each) for size in range(1, len(units) + 1) for each in combinations(sorted(units), size))
        return next((subset for subset in subsets if place not in self.missing(subset)), frozenset())

    def _rivals(
        self, place: Place, unit: Unit, behind: frozenset[Unit], held: frozenset[Unit]
    ) -> Iterator[tuple[Misconception, ...]]:
        """What gives the answer with another mistake in the place of one, and explains the sheet as well."""
        item, column = self.items.get(place[0]), unit[1]
        for other in self._open(place, held, column):
            swapped = behind - {unit} | {other}
            if (
                (column != place[1] or (item and self._explains(place, item, behind - {unit}, (other,))))
                and place not in self.missing(swapped)
                and len(self.missing(held - {unit} | {other})) <= len(self.missing(held))
                and MISTAKES[other[0]].name != MISTAKES[unit[0]].name
                and not MISTAKES[other[0]].needs_the_sheet
            ):
                yield mistakes_of(swapped)

    def _on_top(self, place: Place, behind: frozenset[Unit]) -> tuple[Misconception, ...]:
        """MB for MiB, if that comes on top of the mistakes of a place."""
        answer, values = self.student.answers[place], self.student.follow(behind).values[place]
        return () if any(self.agrees(answer, value) for value in values) else (MB_FOR_MIB,)

    # -- what one answer shows

    def _of_the_answer(self, place: Place, held: frozenset[Unit], units: frozenset[Unit]) -> Diagnosis | None:
        """The single mistakes that give this answer, unless it may as well be a slip."""
        candidates = self._single(place, held)
        if not candidates:
            behind = self._behind(place, units)
            return Diagnosis((mistakes_of(behind),), False) if len(behind) > 1 else None
        if self._may_be_a_slip(place, held):
            return None
        named = list({each.name: each for each in reversed(candidates)}.values())[: -MOST_NAMED - 1 : -1]
        return Diagnosis(tuple((each,) for each in named), False)

    def _single(self, place: Place, held: frozenset[Unit]) -> list[Misconception]:
        """The mistakes that, made once, give this answer, here or in what it was calculated from."""
        item, bases = self.items.get(place[0]), dict.fromkeys((held, frozenset[Unit]()))
        if item is None:
            found = [rule.mistake for rule in self._in_the_sum(place, held)]
        else:
            found = [
                MISTAKES[unit[0]]
                for unit in self.workings.occasions_at(item, place[1])
                if not MISTAKES[unit[0]].needs_the_sheet
                and any(self._explains(place, item, base, (unit,)) for base in bases)
            ]
        return found or [
            MISTAKES[unit[0]]
            for unit in (self.hidden if place in self.places else ())
            if any(place not in self.missing(base | {unit}) for base in bases)
        ]

    def _in_the_sum(self, place: Place, held: frozenset[Unit]) -> Iterator[TotalRule]:
        """The mistakes in a total that give this answer."""
        totals, answer = self.student.totals(place[1], held), self.student.answers[place]
        for rule in TOTALS:
            if place[1] in rule.mistake.columns and any(
                self.agrees(answer, each) for total in totals for each in rule.totals(total)
            ):
                yield rule

    def _may_be_a_slip(self, place: Place, held: frozenset[Unit]) -> bool:
        """Whether a slip gives this answer about as easily as a mistake."""
        answer, known = self.student.answers[place].value, self.student.follow(held).values.get(place, ())
        written = max((slip_chance(answer, value) for value in known), default=0)
        copied = COPY_CHANCE if place[0] in self.items and answer in self._neighbours(place) else 0
        if (written or copied) and self._is_continued(place):
            written, copied = written * CONTINUED_CHANCE, copied * COPY_CONTINUED_CHANCE
        chance = max(written, copied)
        return chance > LIKELY_SLIP[place[1]]

    def _neighbours(self, place: Place) -> list[object]:
        """What the student answered in the row above, which is easily copied, and in the one below, if it is right."""
        column, at = self._columns[place[1]], self._rows[place]
        below = [each for each in column[at + 1 : at + 2] if self._is_right(each)]
        return [self.student.answers[each].value for each in (*column[max(at - 1, 0) : at], *below)]

    def _is_right(self, place: Place) -> bool:
        return self.agrees(self.student.answers[place], self.workings.truth[place])

    def _is_continued(self, place: Place) -> bool:
        """Whether one of the next answers in the column, or its total, is right given this one, and not otherwise."""
        at, follows = self._rows[place], self.student.follow().values
        later = [*self._columns[place[1]][at + 1 : at + 1 + MOST_LATER], ("total", place[1])]
        return any(
            self.agrees(self.student.answers[each], follows[each][0]) and follows[each][0] != self.workings.truth[each]
            for each in later
            if each in self._given and follows.get(each)
        )

    # -- the search

    def search(self) -> frozenset[Unit]:
        """Adds mistake after mistake, as long as one explains more answers than contradict it."""
        units: frozenset[Unit] = frozenset()
        while len(units) < MOST:
            missing = self.missing(units)
            if not missing:
                break
            found = self._next(units, missing)
            if found is None:
                break
            units = found
        return units

    def _next(self, units: frozenset[Unit], missing: Collection[Place]) -> frozenset[Unit] | None:
        """One more mistake; or two at once, if they explain more than two that are added one by one."""
        one = self._best(units, self._singles(units, missing), len(missing))
        if one and (len(missing) == 1 or len(missing) - len(self.missing(one)) > 1):
            return one
        both = self._best(units, self._pairs(units, missing), len(missing))
        if one is None or both is None:
            return one or both
        rest = self.missing(one)
        two = self._best(one, self._singles(one, rest), len(rest)) or one
        return both if len(self.missing(both)) < len(self.missing(two)) else one

    def without_idle(self, units: frozenset[Unit]) -> frozenset[Unit]:
        """The mistakes without those whose answers the others explain by now."""
        for unit in sorted(units, reverse=True):
            rest = units - {unit}
            if len(self.missing(rest)) <= len(self.missing(units)):
                units = rest
        return units

    def missing(self, units: frozenset[Unit]) -> Collection[Place]:
        """The answers that these mistakes do not explain."""
        if units not in self._missing:
            values = self.student.follow(units).values
            unexplained = (place for place in self.places if not self._is_one_of(place, values[place]))
            self._missing[units] = dict.fromkeys(unexplained)
        return self._missing[units]

    def _is_one_of(self, place: Place, values: Sequence[Value]) -> bool:
        answer = self.student.answers[place]
        return (answer.value in values and not answer.unit) or any(
            self.agrees(answer, value) or is_megabytes(answer, value) for value in values
        )

    def _best(self, units: frozenset[Unit], more: Iterator[frozenset[Unit]], missing: int) -> frozenset[Unit] | None:
        """What explains most, less what contradicts it; of equals, what the student also does in another column."""
        known = {index for index, _ in units}
        best, most = None, (0, 0)
        for each in dict.fromkeys(more):
            again = sum(index in known for index, _ in each)
            found = missing - len(self.missing(units | each)), again - len(each)
            if found[0] > 0 and (best is None or found > most):
                best, most = units | each, found
        return best

    def _hidden(self) -> list[Unit]:
        """Mistakes in what was not asked for or not answered, which only show in what was calculated from it."""
        answered = {column for _, column in self.places}
        totals = {column for entry, column in self.places if entry == "total"}
        shows = {
            "output": bool(answered - {"receptive_field"}),
            "params": bool(totals & {"params", "memory"}),
            "macs": "macs" in totals,
            "receptive_field": "receptive_field" in answered,
        }
        hidden = [column for column in COLUMNS if shows[column] and self._is_incomplete(column)]
        return [unit for column in hidden for unit in self.workings.occasions(column)]

    def _is_incomplete(self, column: str) -> bool:
        """Whether an entry has no answer in a column."""
        answers = self.student.answers
        return any((name, column) not in answers or answers[name, column].value is None for name in self.items)

    def _singles(self, units: frozenset[Unit], missing: Collection[Place]) -> Iterator[frozenset[Unit]]:
        """What explains one of the missing answers in its own place, and what does not show in its own place."""
        for place, item in islice(self._at(missing), MOST_LOOKED_AT):
            for unit in self._open(place, units):
                if self._explains(place, item, units, (unit,)):
                    yield frozenset((unit,))
        for unit in self.hidden:
            if unit not in units:
                yield frozenset((unit,))

    def _pairs(self, units: frozenset[Unit], missing: Collection[Place]) -> Iterator[frozenset[Unit]]:
        """Two together; for a single answer only if it does not look like a slip."""
        known = {index for index, _ in units}
        if len(missing) > 1:
            for pair in combinations([unit for unit in self.hidden if unit[1] == "output"][:MOST_PAIRED], 2):
                if len(missing) - len(self.missing(units.union(pair))) > 1:
                    yield frozenset(pair)
        for place, item in islice(self._at(missing), MOST_PLACES):
            if any(self._explains(place, item, units, (unit,)) for unit in self._open(place, units)):
                continue  # a single one is likelier
            for pair in combinations(self._open(place, units)[:MOST_PAIRED], 2):
                if self._explains(place, item, units, pair) and (
                    any(index in known for index, _ in pair) or self._is_no_slip(place, units, frozenset(pair))
                ):
                    yield frozenset(pair)

    def _is_no_slip(self, place: Place, units: frozenset[Unit], pair: frozenset[Unit]) -> bool:
        """Whether a pair explains several answers, or one that is further from the right one than a slip."""
        gained = len(self.missing(units)) - len(self.missing(units | pair))
        values = self.student.follow(units).values[place]
        return gained > 1 or not any(slip_chance(self.student.answers[place].value, value) for value in values)

    def _at(self, places: Collection[Place]) -> Iterator[tuple[Place, Item]]:
        for place in places:
            if place[0] in self.items:
                yield place, self.items[place[0]]

    def _open(self, place: Place, units: frozenset[Unit], column: str = "") -> list[Unit]:
        """The mistakes that could be made at a place, or in a column of its entry, besides those that are assumed."""
        item = self.items.get(place[0])
        found = self.workings.occasions_at(item, column or place[1]) if item else ()
        return [unit for unit in found if unit not in units]

    def _explains(self, place: Place, item: Item, units: frozenset[Unit], more: tuple[Unit, ...]) -> bool:
        beliefs = self.student.follow(units).beliefs[item.name]
        column = place[1]
        names = mistakes_in(units.union(more), column)
        own = column in ("output", "receptive_field")  # what does not depend on the entry's own output
        return any(
            self._is_one_of(place, self.workings.values(item, column, inputs, None if own else after, names))
            for inputs, after in ((beliefs.inputs, beliefs.after), *beliefs.others)
        )
