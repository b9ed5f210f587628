"""Which mistakes are behind a student's wrong answers: the fewest that explain most of the sheet.

A mistake is assumed if the sheet, followed with it, agrees with more answers than without it. So it is named neither
for a slip where the same rule was applied correctly elsewhere, nor where another mistake explains more. Mistakes are
added one by one, starting with the one that explains most, and two together where only both explain anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations

from cnncalc.homework.diagnose.following import Place, Student, Unit, Workings, mistakes_in, mistakes_of
from cnncalc.homework.diagnose.mistakes import MB_FOR_MIB, Misconception
from cnncalc.homework.sheet.answers import Answer, is_megabytes, is_rough
from cnncalc.homework.sheet.questions import COLUMNS, Item, Value

MOST = 4
"""The most mistakes that are assumed for one student."""

Agrees = Callable[[Answer, Value], bool]


class Search:
    """The search for the mistakes of one student."""

    def __init__(self, student: Student, agrees: Agrees) -> None:
        self.student = student
        self.workings: Workings = student.workings
        self.agrees = agrees
        self.items = {item.name: item for item in self.workings.sheet.items}
        given = [place for place, each in student.answers.items() if each.value is not None and not is_rough(each)]
        self.places = [place for place in given if student.follow().values.get(place)]
        self.hidden = self._hidden()
        self._missing: dict[frozenset[Unit], list[Place]] = {}

    def names(self, wrong: Collection[Place]) -> dict[Place, tuple[Misconception, ...]]:
        """The mistakes behind wrong answers."""
        if not any(self.missing(frozenset())):
            return {}
        units = self.without_idle(self.search())
        subsets = [frozenset(each) for size in range(len(units) + 1) for each in combinations(sorted(units), size)]
        found = {}
        for place in wrong:
            behind = next((subset for subset in subsets if place not in self.missing(subset)), None)
            if behind:
                found[place] = (*mistakes_of(behind), *self._of_units(place, behind))
        return found

    def _of_units(self, place: Place, behind: frozenset[Unit]) -> tuple[Misconception, ...]:
        """The mistakes of a place, and MB for MiB if that comes on top."""
        answer, values = self.student.answers[place], self.student.follow(behind).values[place]
        return () if any(self.agrees(answer, value) for value in values) else (MB_FOR_MIB,)

    def search(self) -> frozenset[Unit]:
        """Adds mistake after mistake, as long as one explains more answers than contradict it."""
        units: frozenset[Unit] = frozenset()
        while len(units) < MOST:
            missing = self.missing(units)
            if not missing:
                break
            found = self._best(units, self._singles(units, missing), len(missing))
            found = found or self._best(units, self._pairs(units, missing), len(missing))
            if found is None:
                break
            units = found
        return units

    def without_idle(self, units: frozenset[Unit]) -> frozenset[Unit]:
        """The mistakes without those whose answers the others explain by now."""
        for unit in sorted(units, reverse=True):
            rest = units - {unit}
            if len(self.missing(rest)) <= len(self.missing(units)):
                units = rest
        return units

    def missing(self, units: frozenset[Unit]) -> list[Place]:
        """The answers that these mistakes do not explain."""
        if units not in self._missing:
            values = self.student.follow(units).values
            self._missing[units] = [place for place in self.places if not self._is_one_of(place, values[place])]
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
        return [unit for column in hidden for unit in self.workings.occasions[column]]

    def _is_incomplete(self, column: str) -> bool:
        """Whether an entry has no answer in a column."""
        answers = self.student.answers
        return any((name, column) not in answers or answers[name, column].value is None for name in self.items)

    def _singles(self, units: frozenset[Unit], missing: Sequence[Place]) -> Iterator[frozenset[Unit]]:
        """What explains one of the missing answers in its own place, and what does not show in its own place."""
        for place, item in self._at(missing):
            for unit in self._open(units, place[1]):
                if self._explains(place, item, units, (unit,)):
                    yield frozenset((unit,))
        for unit in self.hidden:
            if unit not in units:
                yield frozenset((unit,))

    def _pairs(self, units: frozenset[Unit], missing: Sequence[Place]) -> Iterator[frozenset[Unit]]:
        """Two together; for a single answer only if it does not look like a slip."""
        known = {index for index, _ in units}
        if len(missing) > 1:
            for pair in combinations([unit for unit in self.hidden if unit[1] == "output"], 2):
                if len(missing) - len(self.missing(units.union(pair))) > 1:
                    yield frozenset(pair)
        for place, item in self._at(missing):
            for pair in combinations(self._open(units, place[1]), 2):
                if self._explains(place, item, units, pair) and (
                    any(index in known for index, _ in pair) or self._is_no_slip(place, units, frozenset(pair))
                ):
                    yield frozenset(pair)

    def _is_no_slip(self, place: Place, units: frozenset[Unit], pair: frozenset[Unit]) -> bool:
        """Whether a pair explains several answers, or one that is further from the right one than a slip."""
        gained = len(self.missing(units)) - len(self.missing(units | pair))
        values = self.student.follow(units).values[place]
        return gained > 1 or not any(is_slip(self.student.answers[place].value, value) for value in values)

    def _at(self, places: Sequence[Place]) -> Iterator[tuple[Place, Item]]:
        for place in places:
            if place[0] in self.items:
                yield place, self.items[place[0]]

    def _open(self, units: frozenset[Unit], column: str) -> list[Unit]:
        return [unit for unit in self.workings.occasions[column] if unit not in units]

    def _explains(self, place: Place, item: Item, units: frozenset[Unit], more: tuple[Unit, ...]) -> bool:
        beliefs = self.student.follow(units).beliefs[item.name]
        column = place[1]
        names = mistakes_in(units.union(more), column)
        own = column in ("output", "receptive_field")  # what does not depend on the entry's own output
        return any(
            self._is_one_of(place, self.workings.values(item, column, inputs, None if own else after, names))
            for inputs, after in ((beliefs.inputs, beliefs.after), *beliefs.others)
        )


def is_slip(answer: object, value: object) -> bool:
    """Whether a number is a slip away from another: off by one, an extra zero, a digit changed, two digits
    transposed."""
    if isinstance(answer, tuple) and isinstance(value, tuple):
        differ = [each for each in zip(answer, value, strict=False) if each[0] != each[1]]
        return len(answer) == len(value) and len(differ) == 1 and is_slip(*differ[0])
    if not isinstance(answer, int) or not isinstance(value, int):
        return False
    if abs(answer - value) <= 1 or answer == 10 * value:
        return True
    a, b = str(answer), str(value)
    changed = [i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    return len(a) == len(b) and (len(changed) == 1 or (len(changed) == 2 and sorted(a) == sorted(b)))
