"""The cheapest cut of a graph between two of its vertices (Ford and Fulkerson; the shortest way first)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping


def reached(source: Hashable, sink: Hashable, costs: Mapping[tuple[Hashable, Hashable], int]) -> set[Hashable]:
    """The vertices on the side of the source: as few as a cheapest cut leaves there.

    Args:
        costs: what it costs that the first of two vertices is on the side of the source, and the second is not.
    """
    room: dict[Hashable, dict[Hashable, int]] = {source: {}, sink: {}}
    for (start, end), cost in costs.items():
        room.setdefault(start, {})[end] = room.get(start, {}).get(end, 0) + cost
        room.setdefault(end, {}).setdefault(start, 0)
    while True:
        before = _ways(source, sink, room)
        if sink not in before:
            return set(before)
        way = [sink]
        while way[-1] != source:
            way.append(before[way[-1]])
        steps = [*zip(way[1:], way[:-1], strict=True)]
        least = min(room[start][end] for start, end in steps)
        for start, end in steps:
            room[start][end] -= least
            room[end][start] += least


def _ways(
    source: Hashable, sink: Hashable, room: Mapping[Hashable, Mapping[Hashable, int]]
) -> dict[Hashable, Hashable]:
    """The vertices that can be reached, each with the one before it, until the sink is."""
    before: dict[Hashable, Hashable] = {source: source}
    waiting = [source]
    for vertex in waiting:
        for other, left in room[vertex].items():
            if left and other not in before:
                before[other] = vertex
                waiting.append(other)
        if sink in before:
            break
    return before
