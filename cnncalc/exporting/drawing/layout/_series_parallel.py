"""The graph of a drawing, taken apart: what is below each other, what is side by side, and what is neither.

A graph from one vertex to another is *series-parallel* if it can be made from edges by putting graphs one after the
other and side by side; networks of blocks and branches are. It is recognised by undoing this: a vertex with one edge in
and one out goes, its two edges become one (series); two edges between the same vertices become one (parallel); what is
left in the end is a single edge, which remembers how it was made. Each step removes a vertex or an edge, so that there
are no more steps than these (Valdes, Tarjan, Lawler: The recognition of series parallel digraphs, SIAM J. Comput. 11,
1982).

If more is left, it is divided at vertices that all paths go through and into parts that have nothing else in common;
what then cannot be divided is laid out in layers (`_tangle`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from cnncalc.exporting.drawing.layout._parts import EdgesPart, GraphPart, in_parallel, in_series
from cnncalc.exporting.drawing.layout._plan import Plan
from cnncalc.exporting.drawing.layout._tangle import Tangle


def decomposed(plan: Plan) -> GraphPart:
    """The whole graph as one part."""
    return _Reduction(plan).whole()


class _Reduction:
    """What is left of a graph.

    Attributes:
        after: the vertices that each vertex has an edge to, with what has become this edge.
        before: the vertices that each vertex has an edge from.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.after: list[dict[int, GraphPart]] = [{} for _ in plan.sides]
        self.before: list[set[int]] = [set() for _ in plan.sides]
        together: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, link in enumerate(plan.links):
            together[link.source, link.target].append(number)
        for (source, target), numbers in together.items():
            self._join(EdgesPart(source, target, numbers))
        for vertex in range(1, plan.sink):
            if not self.before[vertex]:
                self._join(EdgesPart(0, vertex, []))
            if not self.after[vertex]:
                self._join(EdgesPart(vertex, plan.sink, []))

    def _join(self, part: GraphPart) -> None:
        source, target = part.source, part.target
        other = self.after[source].get(target)
        self.after[source][target] = in_parallel(source, target, [other, part]) if other else part
        self.before[target].add(source)

    def whole(self) -> GraphPart:
        """Reduces the graph as far as that goes, and divides what is left."""
        pending = [*range(self.plan.sink - 1, 0, -1)]
        while pending:
            vertex = pending.pop()
            if len(self.before[vertex]) == len(self.after[vertex]) == 1:
                (source,), (target,) = self.before[vertex], self.after[vertex]
                parts = [self.after[source].pop(vertex), self.after[vertex].pop(target)]
                self.before[vertex].clear()
                self.before[target].discard(vertex)
                self._join(in_series(self.plan, source, target, parts, [vertex]))
                pending += source, target
        left = [vertex for vertex in range(1, self.plan.sink) if self.before[vertex]]
        return self._divided(0, self.plan.sink, left)

    def _divided(self, source: int, target: int, between: Sequence[int]) -> GraphPart:
        """What is left between two vertices as one part: pieces that only have these in common."""
        direct = self.after[source].pop(target, None)
        pieces = [self._piece(source, target, piece) for piece in self._apart(between)]
        parts = [*pieces, *([direct] if direct else [])]
        return in_parallel(source, target, parts) if len(parts) > 1 else parts[0]

    def _apart(self, vertices: Sequence[int]) -> list[list[int]]:
        """Vertices in groups that no edge connects."""
        group = {vertex: [vertex] for vertex in vertices}
        for vertex in vertices:
            for other in self.after[vertex]:
                if other in group and group[other] is not group[vertex]:
                    small, large = sorted((group[vertex], group[other]), key=len)
                    large += small
                    group.update(dict.fromkeys(small, large))
        return [sorted(each) for vertex, each in group.items() if vertex == min(each)]

    def _piece(self, source: int, target: int, vertices: Sequence[int]) -> GraphPart:
        """Vertices that are connected, and the edges among them and from and to their ends."""
        known = {*vertices, target}
        joints = self._passed_by_none(source, vertices, known)
        if not joints:
            parts = [part for vertex in (source, *vertices) for end, part in self.after[vertex].items() if end in known]
            return Tangle(self.plan, source, target, parts, vertices)
        ends = [source, *joints, target]
        between: list[list[int]] = [[] for _ in ends[1:]]
        index = 0
        for vertex in vertices:
            if vertex == ends[index + 1]:
                index += 1
            else:
                between[index].append(vertex)
        parts = [self._divided(*each) for each in zip(ends, ends[1:], between, strict=False)]
        return in_series(self.plan, source, target, parts, joints)

    def _passed_by_none(self, source: int, vertices: Sequence[int], known: set[int]) -> list[int]:
        """The vertices that all paths go through: no edge passes them."""
        found = []
        farthest = max(end for end in self.after[source] if end in known)
        for vertex in vertices:
            if farthest <= vertex:
                found.append(vertex)
            farthest = max(farthest, *self.after[vertex])
        return found
