"""Where stacks stand among one another: in a column, after all that they read, and in a lane.

The longest way from the largest input is the first lane. What leaves it and comes back, or ends, or begins elsewhere,
is a lane below: the first that has room for it, from where it leaves to where it is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cnncalc.exporting.drawing.figure.stacks import Stack


class Lanes:
    """The column and the lane of each stack.

    Attributes:
        column: from 0.
        lane: from 0, which is the topmost.
        ways: the stacks of each way, one after the other, with the columns that it takes up.
    """

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self.column: dict[Stack, int] = {}
        self.lane: dict[Stack, int] = {}
        for stack in stacks:
            self.column[stack] = 1 + max((self.column[each] for each in stack.reads), default=-1)
        self.ways: list[tuple[list[Stack], tuple[int, int]]] = []
        ways = list(_ways(stacks))
        self._move_late(stacks, ways[0] if ways else ())
        taken: list[list[tuple[int, int]]] = []
        for way in ways:
            reach = self._reach(way)
            self.ways.append((way, reach))
            lane = next((number for number, each in enumerate(taken) if _is_free(each, reach)), len(taken))
            taken[lane:] = taken[lane:] or [[]]
            taken[lane].append(reach)
            self.lane.update(dict.fromkeys(way, lane))

    def _move_late(self, stacks: Sequence[Stack], main: Sequence[Stack]) -> None:
        """Brings what does not come out of the first lane to where it is read."""
        after = set(main)
        for stack in stacks:
            if not after.isdisjoint(stack.reads):
                after.add(stack)
        for stack in reversed(stacks):
            if stack not in after and stack.readers:
                self.column[stack] = min(self.column[each] for each in stack.readers) - 1

    def _reach(self, way: Sequence[Stack]) -> tuple[int, int]:
        """The columns from where a way leaves others to where it is read."""
        columns = {self.column[each] for stack in way for each in (stack, *stack.reads, *stack.readers)}
        return min(columns) - (not way[0].reads), max(columns) + (not way[-1].readers)

    def are_free(self, lane: int, first: Stack, last: Stack) -> bool:
        """Whether no stack of a lane is between these two."""
        between = range(self.column[first] + 1, self.column[last])
        return not any(self.lane[stack] == lane and column in between for stack, column in self.column.items())


def _is_free(taken: Iterable[tuple[int, int]], reach: tuple[int, int]) -> bool:
    return all(reach[1] <= first or last <= reach[0] for first, last in taken)


def _ways(stacks: Sequence[Stack]) -> list[list[Stack]]:
    """The longest way from the largest input, then the longest through the stacks that are left, and so on."""
    ways: list[list[Stack]] = []
    left = dict.fromkeys(stacks)
    inputs = [stack for stack in stacks if not stack.reads]
    main = max(inputs, key=lambda each: each.shape.values, default=None)
    while left:
        way = _longest(left, None if ways else main)
        ways.append(way)
        for stack in way:
            del left[stack]
    return ways


def _longest(stacks: Collection[Stack], first: Stack | None) -> list[Stack]:
    """The longest way through stacks that are in order, or the longest that begins with one; of several the first."""
    length: dict[Stack, int] = {}
    before: dict[Stack, Stack] = {}
    for stack in stacks:
        read = [each for each in stack.reads if each in length]
        if read:
            before[stack] = max(read, key=length.__getitem__)
        if read or first is None or stack is first:
            length[stack] = 1 + (length[before[stack]] if read else 0)
    way = [max(length, key=length.__getitem__)]
    while way[-1] in before:
        way.append(before[way[-1]])
    return way[::-1]
