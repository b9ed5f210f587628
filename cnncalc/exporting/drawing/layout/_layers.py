"""Items in layers, joined from each layer to the next: their order within layers, and a column for each.

The order: every item goes to the mean place of those that it is joined to in the layer before, downwards and upwards in
turns, then neighbours change places wherever that makes fewer edges cross; the best order that was seen is kept
(Sugiyama and others; Gansner, Koutsofios, North, Vo: A technique for drawing directed graphs, IEEE Trans. SE 19, 1993).

The columns: each item is put exactly below the median of those that it is joined to above, from left to right as long
as these lines do not cross, so that items become columns; lanes of one edge go first, so that edges are straight.
Columns are packed to the left. The same is done from below and from the right, and each item gets the mean of the two
middle ones of its four places (Brandes, Köpf: Fast and simple horizontal coordinate assignment, Graph Drawing 2001).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

_SWEEPS = 12
_MANY = 2_000
"""With more items than this, fewer orders are tried: who draws so many does not look for crossings."""

Rows = list[list[int]]


class Layers:
    """Items, which are numbers from 0, in rows.

    Attributes:
        rows: the items of each layer, from left to right.
        up: the items above that each is joined to.
        down: the items below that each is joined to.
        sides: what each takes at either side of its centre.
        is_lane: whether each is where an edge passes.
    """

    def __init__(self, count: int) -> None:
        self.rows: Rows = [[] for _ in range(count)]
        self.up: Rows = []
        self.down: Rows = []
        self.sides: list[float] = []
        self.is_lane: list[bool] = []

    def add(self, row: int, side: float, is_lane: bool = False) -> int:
        """A new item, at the right end of a row."""
        item = len(self.sides)
        self.rows[row].append(item)
        self.up.append([])
        self.down.append([])
        self.sides.append(side)
        self.is_lane.append(is_lane)
        return item

    def join(self, upper: int, lower: int) -> None:
        """Joins two items of layers that follow one another."""
        self.down[upper].append(lower)
        self.up[lower].append(upper)

    # -- order

    def order(self) -> None:
        """Orders the items of each row so that few edges cross."""
        is_small = len(self.sides) <= _MANY
        best, fewest = self.rows, self._crossings()
        for sweep in range(_SWEEPS if is_small else 2):
            if not fewest:
                break
            self._sweep(is_down=sweep % 2 == 0)
            if is_small:
                self._swap_neighbours()
            if (crossings := self._crossings()) < fewest:
                best, fewest = [[*row] for row in self.rows], crossings
        self.rows = best

    def _places(self, row: Iterable[int]) -> dict[int, int]:
        return {item: place for place, item in enumerate(row)}

    def _sweep(self, is_down: bool) -> None:
        rows = self.rows if is_down else self.rows[::-1]
        joined = self.up if is_down else self.down
        ordered = rows[:1]
        for row in rows[1:]:
            before = self._places(ordered[-1])
            scale = len(before) / max(len(row), 1)
            key = {item: place * scale for place, item in enumerate(row)}
            key |= {
                item: sum(before[each] for each in joined[item]) / len(joined[item]) for item in row if joined[item]
            }
            ordered.append(sorted(row, key=key.__getitem__))
        self.rows = ordered if is_down else ordered[::-1]

    def _crossings(self) -> int:
        return sum(self._crossings_between(*each) for each in pairwise(self.rows))

    def _crossings_between(self, upper: Sequence[int], lower: Sequence[int]) -> int:
        place = self._places(lower)
        seen: list[int] = []
        count = 0
        for item in upper:
            ends = sorted(place[each] for each in self.down[item])
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
        return count

    def _swap_neighbours(self) -> None:
        """Neighbours change places while that makes fewer edges cross."""
        for index, row in enumerate(self.rows):
            above = self._places(self.rows[index - 1]) if index else {}
            below = self._places(self.rows[index + 1]) if index + 1 < len(self.rows) else {}
            ends = {
                item: ([above[each] for each in self.up[item]], [below[each] for each in self.down[item]])
                for item in row
            }
            is_better = True
            rounds = 0
            while is_better and rounds < len(row):
                is_better = False
                rounds += 1
                for place in range(len(row) - 1):
                    one, other = ends[row[place]], ends[row[place + 1]]
                    if sum(map(_inversions, one, other)) > sum(map(_inversions, other, one)):
                        row[place], row[place + 1] = row[place + 1], row[place]
                        is_better = True

    # -- columns

    def columns(self) -> list[float]:
        """The x of every item; none is closer to its neighbour than the sides of both."""
        marked = self._marked()
        found = []
        for is_down in (True, False):
            for is_right in (True, False):
                rows = self.rows if is_down else self.rows[::-1]
                rows = rows if is_right else [row[::-1] for row in rows]
                packed = self._packed(rows, self._aligned(rows, self.up if is_down else self.down, marked))
                found.append(packed if is_right else [-x for x in packed])
        low, high = min(((min(each), max(each)) for each in found), key=lambda each: each[1] - each[0])
        for index, each in enumerate(found):
            shift = low - min(each) if index % 2 == 0 else high - max(each)
            found[index] = [x + shift for x in each]
        middle = (sorted(each)[1:3] for each in zip(*found, strict=True))
        return [sum(each) / 2 for each in middle]

    def _marked(self) -> set[tuple[int, int]]:
        """Joins that no column may follow, as they cross a straight edge, or leave one that goes on."""
        marked = {
            (item, each)
            for item, below in enumerate(self.down)
            if self.is_lane[item] and any(self.is_lane[each] for each in below)
            for each in below
            if not self.is_lane[each]
        }
        for upper, lower in pairwise(self.rows):
            place = self._places(upper)
            straight: list[tuple[int, int]] = []  # where lanes go on: places above and below
            for below, item in enumerate(lower):
                for each in self.up[item]:
                    if self.is_lane[item] and self.is_lane[each]:
                        if straight and place[each] < straight[-1][0]:
                            marked.add((each, item))
                        else:
                            straight.append((place[each], below))
            if not straight:
                continue
            for below, item in enumerate(lower):
                after = bisect_right(straight, below, key=lambda pair: pair[1])
                right = straight[after][0] if after < len(straight) else len(upper)
                at_left = after - 1 if after and straight[after - 1][1] == below else after
                left = straight[at_left - 1][0] if at_left else -1
                if self.is_lane[item] and at_left < after:
                    continue
                marked |= {(each, item) for each in self.up[item] if not left <= place[each] <= right}
        return marked

    def _aligned(self, rows: Rows, joined: Rows, marked: set[tuple[int, int]]) -> list[int]:
        """For each item the first one of its column."""
        root = list(range(len(self.sides)))
        for before, row in pairwise(rows):
            place = self._places(before)
            last = -1
            for item in row:
                ends = [end for end in joined[item] if (end, item) not in marked and (item, end) not in marked]
                ends.sort(key=place.__getitem__)
                for end in dict.fromkeys((ends[(len(ends) - 1) // 2], ends[len(ends) // 2])) if ends else ():
                    if place[end] > last:
                        root[item] = root[end]
                        last = place[end]
                        break
        return root

    def _packed(self, rows: Rows, root: list[int]) -> list[float]:
        """Columns as far left as they can be."""
        after: dict[int, list[tuple[int, float]]] = defaultdict(list)
        waiting = [0] * len(root)
        for row in rows:
            for one, other in pairwise(row):
                after[root[one]].append((root[other], self.sides[one] + self.sides[other]))
                waiting[root[other]] += 1
        x = [0.0] * len(root)
        ready = [item for item in range(len(root)) if root[item] == item and not waiting[item]]
        while ready:
            item = ready.pop()
            for other, apart in after[item]:
                x[other] = max(x[other], x[item] + apart)
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        return [x[each] for each in root]


def _inversions(left: Sequence[int], right: Sequence[int]) -> int:
    """How many edges of two neighbours cross: those that end further right although they begin further left."""
    return sum(one > other for one in left for other in right)
