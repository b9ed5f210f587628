"""What a drawing that is laid out promises, checked on the drawing as it is seen: curves as points close to each other.

Nothing here knows how it is laid out. A series-parallel graph is recognised by taking away what can be taken away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

from cnncalc.exporting.drawing.layout import (
    HEAD,
    MARGIN,
    OUTSIDE,
    PlacedBox,
    PlacedDrawing,
    PlacedEdge,
    edge_points,
    opened,
)
from cnncalc.graph import Graph, Node

Point = tuple[float, float]
Path = tuple[int, ...]

STEPS = 16
"""In how many pieces a curve is looked at."""


def seen(drawing: PlacedDrawing, edge: PlacedEdge) -> list[Point]:
    """Where an edge is: a line from each point to the one below it, or a cubic curve that leaves both vertically."""
    points = list(edge_points(drawing, edge))
    line = [points[0]]
    for (x, y), (to_x, to_y) in pairwise(points):
        if x == to_x:
            line.append((to_x, to_y))
            continue
        middle = (y + to_y) / 2
        for step in range(1, STEPS + 1):
            t = step / STEPS
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            line.append((
                sum(a * b for a, b in zip(weights, (x, x, to_x, to_x), strict=True)),
                sum(a * b for a, b in zip(weights, (y, middle, middle, to_y), strict=True)),
            ))  # fmt: skip
    return line


def every_drawing(drawing: PlacedDrawing, path: Path = ()) -> Iterator[tuple[Path, PlacedDrawing]]:
    """A drawing and those inside its boxes, with their paths."""
    yield path, drawing
    for index, box in enumerate(drawing.boxes):
        if box.inside:
            yield from every_drawing(box.inside, (*path, index))


# -- boxes and edges


def check_places(drawing: PlacedDrawing) -> None:
    """Boxes are in their rows, apart, and in the drawing; edges go down, and come close to no box but their own."""
    below = 0.0
    for top, bottom in drawing.rows:
        assert below <= top < bottom
        below = bottom
    assert below <= drawing.height
    for box in drawing.boxes:
        top, bottom = drawing.rows[box.row]
        assert top + MARGIN <= box.y - box.h / 2, box.name
        assert box.y + box.h / 2 <= bottom - MARGIN, box.name
        assert box.x - box.w / 2 >= MARGIN, box.name
        assert box.x + box.w / 2 <= drawing.width - MARGIN, box.name
    for one, other in combinations(drawing.boxes, 2):
        if one.row == other.row:
            assert abs(one.x - other.x) >= (one.w + other.w) / 2 + MARGIN, (one.name, other.name)
    for edge in drawing.edges:
        check_edge(drawing, edge)
    check_lanes(drawing)
    check_insides(drawing)


def check_lanes(drawing: PlacedDrawing) -> None:
    """Edges that run beside each other are apart, unless they carry the same."""
    rows: list[list[tuple[float, tuple[int, int]]]] = [[] for _ in drawing.rows]
    for edge in drawing.edges:
        for row, x in enumerate(edge.lanes, first_row(drawing, edge)):
            rows[row].append((x, (edge.source, edge.source_port)))
    for lanes in rows:
        for (x, source), (other_x, other) in pairwise(sorted(lanes)):
            assert source == other or other_x - x >= MARGIN


def check_edge(drawing: PlacedDrawing, edge: PlacedEdge) -> None:
    line = seen(drawing, edge)
    assert all(y <= to_y for (_, y), (_, to_y) in pairwise(line)), "up"
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in line), "out of the drawing"
    ends = {index: drawing.boxes[index] for index in (edge.source, edge.target) if index != OUTSIDE}
    if edge.source != OUTSIDE:
        assert on_border(ends[edge.source], line[0], 1)
    if edge.target != OUTSIDE:
        assert on_border(ends[edge.target], line[-1], -1)
    for index, box in enumerate(drawing.boxes):
        if index in ends:
            continue
        for (x, y), (to_x, to_y) in pairwise(line):
            is_beside = max(x, to_x) <= box.x - box.w / 2 - MARGIN or min(x, to_x) >= box.x + box.w / 2 + MARGIN
            is_apart = to_y <= box.y - box.h / 2 - MARGIN or y >= box.y + box.h / 2 + MARGIN
            assert is_beside or is_apart, (box.name, line)


def on_border(box: PlacedBox, point: Point, side: int) -> bool:
    return abs(point[0] - box.x) <= box.w / 2 and point[1] == box.y + side * box.h / 2


def check_insides(drawing: PlacedDrawing) -> None:
    """What is open fits its frame, and edges end where they go on inside."""
    for index, box in enumerate(drawing.boxes):
        if not (box.is_open and box.inside):
            continue
        assert box.inside.width <= box.w, box.name
        assert HEAD + box.inside.height <= box.h, box.name
        left = box.x - box.inside.width / 2
        for edge in drawing.edges:
            points = list(edge_points(drawing, edge))
            if edge.source == index:
                assert points[0][0] == left + box.inside.outs[edge.source_port]
            if edge.target == index:
                assert points[-1][0] == left + box.inside.ins[edge.target_port]


def check_everything(drawing: PlacedDrawing) -> None:
    """The same in every drawing that is seen or could be."""
    for path, each in every_drawing(drawing):
        try:
            check_places(each)
        except AssertionError as failure:
            failure.add_note(f"in {path}")
            raise


def check_opening(drawing: PlacedDrawing, is_open: Callable[[Path], bool]) -> PlacedDrawing:
    """What is opened keeps its promises, and the order within rows, and what is not open its size."""
    after = opened(drawing, is_open)
    for path, each in visible(after):
        before = at(drawing, path)
        check_places(each)
        assert order(before) == order(each), path
        for ports, moved_ports in ((before.ins, each.ins), (before.outs, each.outs)):
            assert ranks(ports) == ranks(moved_ports), path
        for box, moved in zip(before.boxes, each.boxes, strict=True):
            assert moved.is_open == bool(box.inside and is_open((*path, before.boxes.index(box))))
            assert moved.is_open or (moved.w, moved.h) == (box.w, box.h)
        assert each.width >= before.width
        assert each.height >= before.height
    return after


def visible(drawing: PlacedDrawing, path: Path = ()) -> Iterator[tuple[Path, PlacedDrawing]]:
    yield path, drawing
    for index, box in enumerate(drawing.boxes):
        if box.is_open and box.inside:
            yield from visible(box.inside, (*path, index))


def at(drawing: PlacedDrawing, path: Path) -> PlacedDrawing:
    for index in path:
        inside = drawing.boxes[index].inside
        assert inside
        drawing = inside
    return drawing


def order(drawing: PlacedDrawing) -> list[list[object]]:
    """What is in each row, from left to right: boxes by number, lanes by their edges."""
    rows: list[dict[float, list[object]]] = [{} for _ in drawing.rows]
    for index, box in enumerate(drawing.boxes):
        rows[box.row].setdefault(box.x, []).append(index)
    for number, edge in enumerate(drawing.edges):
        for row, x in enumerate(edge.lanes, first_row(drawing, edge)):
            rows[row].setdefault(x, []).append(f"edge {number}")
    return [[row[x] for x in sorted(row)] for row in rows]


def ranks(places: tuple[float, ...]) -> list[int]:
    """How many are at the left of each."""
    return [sorted({*places}).index(each) for each in places]


def first_row(drawing: PlacedDrawing, edge: PlacedEdge) -> int:
    return 0 if edge.source == OUTSIDE else drawing.boxes[edge.source].row + 1


# -- crossings


def crossings(drawing: PlacedDrawing) -> int:
    """How often edges cross: where the one is at the left above and at the right below. Those that carry the same from
    the same point are one until they part."""
    gaps: list[list[tuple[float, float]]] = [[] for _ in range(len(drawing.rows) + 1)]
    for edge in drawing.edges:
        points = list(edge_points(drawing, edge))
        start = points if edge.source == OUTSIDE else points[1:]
        xs = [x for x, _ in start]
        pairs = zip(xs[::2], xs[1::2], strict=False)
        for gap, pair in enumerate(pairs, first_row(drawing, edge)):
            gaps[gap].append(pair)
    return sum(
        (above - other_above) * (below - other_below) < 0
        for gap in gaps
        for (above, below), (other_above, other_below) in combinations(gap, 2)
    )


def is_series_parallel(drawing: PlacedDrawing) -> bool:
    """Whether nothing is left of the graph but one edge, when vertices with one edge in and one out, and edges beside
    edges, are taken away. What nothing leads to is joined to one vertex above all, what leads nowhere to one below."""
    sources = [("in", edge.source_port) if edge.source == OUTSIDE else edge.source for edge in drawing.edges]
    targets = [("out", edge.target_port) if edge.target == OUTSIDE else edge.target for edge in drawing.edges]
    vertices = {*range(len(drawing.boxes)), *sources, *targets}
    edges = {*zip(sources, targets, strict=True)}
    edges |= {("above", each) for each in vertices - {*targets}} | {(each, "below") for each in vertices - {*sources}}
    while True:
        arriving, leaving = Counter(end for _, end in edges), Counter(start for start, _ in edges)
        removable = next((each for each in vertices if arriving[each] == leaving[each] == 1), None)
        if removable is None:
            return edges == {("above", "below")}
        vertices.remove(removable)
        (start,) = (start for start, end in edges if end == removable)
        (end,) = (end for start, end in edges if start == removable)
        edges -= {(start, removable), (removable, end)}
        edges.add((start, end))


# -- what is drawn


def check_reads(drawing: PlacedDrawing, graph: Graph) -> None:
    """Whoever follows edges through borders gets from each layer's box to the boxes of all that it reads, and to no
    others. What copies of one box read of each other is inside it."""
    places = copy_paths(drawing)
    expected: dict[tuple[Path, Path], bool] = {}
    for node in graph.nodes:
        read = [(source, False) for source in node.inputs] + ([(node.like, True)] if node.like else [])
        for source, is_size_alone in read:
            one, other = places[source], places[node]
            parting = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), None)
            if parting is None or parting[0][0] == parting[1][0]:
                continue
            pair = tuple(index for index, _ in one), tuple(index for index, _ in other)
            expected[pair] = expected.get(pair, True) and is_size_alone
    found = {}
    for path, each in every_drawing(drawing):
        for edge in each.edges:
            if edge.target != OUTSIDE and each.boxes[edge.target].inside is None:
                for source, is_size_alone in ends_above(drawing, path, edge):
                    found[source, (*path, edge.target)] = is_size_alone
    assert {*found} == {*expected}
    assert all(expected[pair] for pair, is_size_alone in found.items() if is_size_alone)


def copy_paths(drawing: PlacedDrawing) -> dict[Node, list[tuple[int, int]]]:
    """For each layer the boxes that it is in, outermost first, and in which of their copies."""
    found: dict[Node, list[tuple[int, int]]] = {}
    for _, each in every_drawing(drawing):
        for index, box in enumerate(each.boxes):
            for copy, nodes in enumerate((box.nodes, *box.copies)):
                for node in nodes:
                    found.setdefault(node, []).append((index, copy))
    return found


def ends_above(drawing: PlacedDrawing, path: Path, edge: PlacedEdge) -> Iterator[tuple[Path, bool]]:
    """The layers that an edge comes from, and whether it is dashed all the way."""
    if edge.source == OUTSIDE:
        around = at(drawing, path[:-1])
        for each in around.edges:
            if each.target == path[-1] and each.target_port == edge.source_port:
                for source, is_size_alone in ends_above(drawing, path[:-1], each):
                    yield source, is_size_alone and edge.is_size_alone
        return
    box = at(drawing, path).boxes[edge.source]
    yield from leaves_of(box, (*path, edge.source), edge.source_port, edge.is_size_alone)


def leaves_of(box: PlacedBox, path: Path, port: int, is_size_alone: bool) -> Iterator[tuple[Path, bool]]:
    if box.inside is None:
        yield path, is_size_alone
        return
    for each in box.inside.edges:
        if each.target == OUTSIDE and each.target_port == port:
            yield from leaves_of(box.inside.boxes[each.source], (*path, each.source), each.source_port, is_size_alone)


def check_model(drawing: PlacedDrawing, graph: Graph) -> None:
    """Every layer is in a box, edges are what is read, all is where it may be, and nothing crosses needlessly."""
    nodes = [*graph.inputs, *graph.nodes]
    outermost = Counter(node for box in drawing.boxes for each in (box.nodes, *box.copies) for node in each)
    assert outermost == Counter(nodes)
    check_reads(drawing, graph)
    check_everything(drawing)
    for path, each in every_drawing(drawing):
        if is_series_parallel(each):
            assert crossings(each) == 0, path
