"""Which mistakes are behind a student's wrong answers: the fewest that explain most of the sheet.

A mistake is supposed where the sheet, followed with it, agrees with more answers than without; so it is named neither
for a slip where the same rule was right elsewhere, nor where another mistake explains more. One is taken after the
other, the one first that explains most, two at once where only both together explain anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations

from cnncalc.homework.answers import Answer
from cnncalc.homework.following import Place, Student, Unit, Workings, mistakes_of, names_in
from cnncalc.homework.mistakes import MISTAKES, Mistake
from cnncalc.homework.questions import COLUMNS, Item, Value

MOST = 4
"""So many mistakes are supposed of one student at most."""

Agrees = Callable[[Answer, Value], bool]

_IN_COLUMN = {
    column: [(index, mistake) for index, mistake in enumerate(MISTAKES) if column in mistake.columns]
    for column in COLUMNS
}


class Search:
    """The search for the mistakes of one student."""

    def __init__(self, student: Student, agrees: Agrees) -> None:
        self.student = student
        self.workings: Workings = student.workings
        self.agrees = agrees
        self.items = {item.name: item for item in self.workings.sheet.items}
        given = [place for place, answer in student.answers.items() if answer.value is not None]
        self.places = [place for place in given if student.follow().values.get(place)]
        self.hidden = self._hidden()

    def names(self, wrong: Collection[Place]) -> dict[Place, tuple[Mistake, ...]]:
        """The mistakes behind wrong answers."""
        if not any(self.missing(frozenset())):
            return {}
        units = self.without_idle(self.search())
        subsets = [frozenset(each) for size in range(len(units) + 1) for each in combinations(sorted(units), size)]
        found = {}
        for place in wrong:
            behind = next((subset for subset in subsets if self._fits(place, subset)), None)
            if behind:
                found[place] = mistakes_of(behind)
        return found

    def search(self) -> frozenset[Unit]:
        """Mistake after mistake, as long as one explains more than speaks against it."""
        units: frozenset[Unit] = frozenset()
        while len(units) < MOST:
            missing = self.missing(units)
            if not missing:
                break
            single = self._best(units, self._singles(units, missing), len(missing), 1)
            found = single or self._best(units, self._pairs(units, missing), len(missing), 2)
            if found is None:
                break
            units = found
        return units

    def without_idle(self, units: frozenset[Unit]) -> frozenset[Unit]:
        """Without what the others explain by now."""
        for unit in sorted(units, reverse=True):
            rest = units - {unit}
            if len(self.missing(rest)) <= len(self.missing(units)):
                units = rest
        return units

    def missing(self, units: frozenset[Unit]) -> list[Place]:
        """The answers that these mistakes do not explain."""
        return [place for place in self.places if not self._fits(place, units)]

    def _fits(self, place: Place, units: frozenset[Unit]) -> bool:
        return self._is_one_of(place, self.student.follow(units).values[place])

    def _is_one_of(self, place: Place, values: Sequence[Value]) -> bool:
        answer = self.student.answers[place]
        return answer.value in values or any(self.agrees(answer, value) for value in values)

    def _best(
        self, units: frozenset[Unit], more: Iterator[frozenset[Unit]], missing: int, least: int
    ) -> frozenset[Unit] | None:
        """The addition that explains most, at least so many answers more than speak against it."""
        best, gained = None, least - 1
        for each in dict.fromkeys(more):
            gain = missing - len(self.missing(units | each))
            if gain > gained:
                best, gained = units | each, gain
        return best

    def _hidden(self) -> list[Unit]:
        """Mistakes in what was not asked for, and shows only in what was worked out from it."""
        columns = {column for _, column in self.workings.asked}
        totals = {column for entry, column in self.workings.asked if entry == "total"}
        asked = {column for entry, column in self.workings.asked if entry != "total"}
        hidden = []
        if "output" not in asked and columns - {"receptive_field"}:
            hidden.append("output")
        if "params" not in asked and totals & {"params", "memory"}:
            hidden.append("params")
        if "macs" not in asked and "macs" in totals:
            hidden.append("macs")
        return [(index, column) for column in hidden for index, _ in _IN_COLUMN[column]]

    def _singles(self, units: frozenset[Unit], missing: Sequence[Place]) -> Iterator[frozenset[Unit]]:
        """What explains one of the missing answers where it stands; and what is not seen where it stands."""
        for place, item in self._at(missing):
            for unit in self._open(units, place[1]):
                if self._explains(place, item, units, (unit,)):
                    yield frozenset((unit,))
        for unit in self.hidden:
            if unit not in units:
                yield frozenset((unit,))

    def _pairs(self, units: frozenset[Unit], missing: Sequence[Place]) -> Iterator[frozenset[Unit]]:
        if len(missing) < 2:
            return
        for place, item in self._at(missing):
            for pair in combinations(self._open(units, place[1]), 2):
                if self._explains(place, item, units, pair):
                    yield frozenset(pair)

    def _at(self, places: Sequence[Place]) -> Iterator[tuple[Place, Item]]:
        for place in places:
            if place[0] in self.items:
                yield place, self.items[place[0]]

    def _open(self, units: frozenset[Unit], column: str) -> list[Unit]:
        return [(index, column) for index, _ in _IN_COLUMN[column] if (index, column) not in units]

    def _explains(self, place: Place, item: Item, units: frozenset[Unit], more: tuple[Unit, ...]) -> bool:
        beliefs = self.student.follow(units).beliefs[item.name]
        column = place[1]
        names = names_in(units.union(more), column)
        after = None if column in ("output", "receptive_field") else beliefs.after
        return self._is_one_of(place, self.workings.values(item, column, beliefs.inputs, after, names))
