"""The tree of a model's own modules, where the file that it comes from tells of them.

A `.pt2` file says in which modules each layer is, and what the arrays of its state are called. From that come entries
as a spec would have them, a module being the call of a block that is called like its class. The code of such entries
has the classes of the original, and its state has the original's names.

What cannot be a class of its own (a module that is entered twice with something else in between) belongs to the one
around it, and only its path goes on being part of the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.exporting.code.parts import RUN, ModuleEntry
from cnncalc.graph import Entry, Graph, Node
from cnncalc.importing.draft import DraftLayer
from cnncalc.layers.equals import Array, Equal
from cnncalc.source.diagnostics import Span
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlScalar

Path = tuple[str, ...]
"""The names of a module and of those around it, outermost first."""

_LISTS = frozenset({"ModuleList", "ModuleDict", ""})
CONTAINERS = _LISTS | {"Sequential"}
"""Classes of PyTorch's own, which code calls and does not define."""


def module_entries(graph: Graph, layers: Mapping[Node, DraftLayer], equals: Mapping[Node, Equal]) -> list[Entry]:
    """The layers of a graph in the modules that the file tells of.

    Args:
        layers: what each was read from.
        equals: what PyTorch has in its place.
    """
    places = ModulePlaces(graph, layers, equals)
    opened: set[Path] = set()
    while True:
        building = _BuildingModules(graph, places, opened)
        before = len(opened)
        entries = building.entries(graph.nodes, ())
        if len(opened) == before:
            return entries


class ModulePlaces:
    """Which module each layer is, or is in.

    Attributes:
        own: the modules (or parameters) that are layers.
        around: the modules that a layer is in, of which the innermost calls it.
        classes: the class of each module.
    """

    def __init__(self, graph: Graph, layers: Mapping[Node, DraftLayer], equals: Mapping[Node, Equal]) -> None:
        self.own: dict[Node, Path] = {}
        self.around: dict[Node, Path] = {}
        self.classes: dict[Path, str] = {}
        paths = {node: self._path(layers.get(node)) for node in graph.nodes}
        self._take_stored(graph, layers, equals)
        self._take_called(graph, paths, equals)
        layer_modules = {*self.own.values()}
        for node, path in paths.items():
            own = self.own.get(node)
            inside = path if own is None else own[:-1]
            ends = (place for place in range(1, len(inside) + 1) if inside[:place] in layer_modules)
            self.around[node] = inside[: next(ends, len(inside) + 1) - 1] if inside else inside

    def _path(self, layer: DraftLayer | None) -> Path:
        names: Path = ()
        for name, its_class in layer.path if layer else ():
            names = (*names, name)
            self.classes[names] = self.classes.get(names) or its_class
        return names

    def _take_stored(self, graph: Graph, layers: Mapping[Node, DraftLayer], equals: Mapping[Node, Equal]) -> None:
        """Layers whose arrays say by their names what their module is called."""
        found = {node: _module_of(layers[node], equals[node]) for node in graph.nodes if node in layers}
        taken: set[Path] = set()
        for node, path in sorted(found.items(), key=lambda pair: len(pair[1])):
            inner = any(path[:length] in taken for length in range(1, len(path) + 1))
            if path and not inner and not node.shares:
                self.own[node] = path
                taken.add(path)
        for node in graph.nodes:
            if node.shares in self.own:
                self.own[node] = self.own[node.shares]

    def _take_called(self, graph: Graph, paths: Mapping[Node, Path], equals: Mapping[Node, Equal]) -> None:
        """Layers without arrays of which each is all that its module does."""
        around = {path[:length] for path in self.own.values() for length in range(len(path))}
        around |= {path[:length] for path in paths.values() for length in range(len(path))}
        owned = {*self.own.values()}
        before: Path = ()
        several: set[Path] = set()
        free = [node for node in graph.nodes if node not in self.own]
        for node in graph.nodes:
            path = () if node in self.own else paths[node]
            if path and path == before:
                several.add(path)
            before = path
        for node in free:
            path = paths[node]
            is_inside = any(path[:length] in owned for length in range(1, len(path) + 1))
            if path and path not in around | several and not is_inside and not equals[node].arrays:
                self.own[node] = path


def _module_of(layer: DraftLayer, equal: Equal) -> Path:
    """The module whose parameters are the arrays of a layer, with PyTorch's names; () if there is none."""
    found: set[str] = set()
    for name, place in equal.arrays.items():
        stored = layer.weights.get(name)
        if stored is None or stored.joined or not isinstance(place, Array):
            return ()
        begin, dot, end = stored.name, "", ""
        if place.path:
            end = f".{place.path}"
            dot = stored.name[-len(end) :]
            begin = stored.name.removesuffix(end)
        if dot != end:
            return ()
        found.add(begin)
    return tuple(found.pop().split(".")) if len(found) == 1 else ()


class _BuildingModules:
    """Builds entries.

    Attributes:
        opened: the modules whose layers belong to the one around them. Those that turn out to be are added.
    """

    def __init__(self, graph: Graph, places: ModulePlaces, opened: set[Path]) -> None:
        self.places = places
        self.opened = opened
        self._spans: dict[str, int] = {}
        self._sizes: dict[Path, int] = {}
        for node in graph.nodes:
            for length in range(1, len(places.around[node]) + 1):
                path = places.around[node][:length]
                self._sizes[path] = self._sizes.get(path, 0) + 1
        self._readers: dict[Node, list[Node]] = {}
        for node in graph.nodes:
            for source in node.inputs:
                self._readers.setdefault(source, []).append(node)

    def _inner(self, node: Node, outer: Path) -> Path | None:
        """The next module that a layer is in, inside another one; None if there is none that is a class."""
        around = self.places.around[node]
        for length in range(len(outer) + 1, len(around) + 1):
            path = around[:length]
            if self.places.classes.get(path, "") in CONTAINERS or path in self.opened or self._sizes[path] < 2:
                continue
            return path
        return None

    def entries(self, nodes: Sequence[Node], outer: Path) -> list[Entry]:
        """The entries of layers inside a module."""
        groups: list[tuple[Path | None, list[Node]]] = []
        for node in nodes:
            inner = self._inner(node, outer)
            if groups and inner is not None and groups[-1][0] == inner:
                groups[-1][1].append(node)
            else:
                groups.append((inner, [node]))
        seen: set[Path] = set()
        for inner, own in groups:
            if inner in seen and any(node.weights and not node.shares for node in own):
                self.opened.add(inner)
            if inner is not None:
                seen.add(inner)
        made: list[Entry] = []
        for inner, own in groups:
            if inner is None:
                made.append(self._of_layer(own[0], outer))
                continue
            while len(own) > 1 and self._is_before(own):
                made.append(self._of_layer(own.pop(0), outer))
            made.append(self._of_module(inner, own, outer))
        return [*self._in_runs(made, outer)]

    def _is_before(self, nodes: Sequence[Node]) -> bool:
        """Whether the first layer of a module joins several values that nothing else in it reads: the one around it
        can do so too, and the module reads one value."""
        first, *others = nodes
        if len(first.inputs) < 2 or first in self.places.own or first.weights:
            return False
        read = {source for node in others for source in node.inputs}
        return read.isdisjoint(first.inputs)

    def _of_layer(self, node: Node, outer: Path) -> Entry:
        own = self.places.own.get(node)
        if own is None or own[: len(outer)] != outer:
            return self._entry((*outer, node.kind), node.kind, outer, [node], [], is_attribute=False)
        return self._entry(own, node.kind, outer, [node], [])

    def _of_module(self, path: Path, nodes: Sequence[Node], outer: Path) -> Entry:
        return self._entry(path, self.places.classes[path], outer, [], self.entries(nodes, path))

    def _in_runs(self, entries: list[Entry], outer: Path) -> Iterator[Entry]:
        """Modules of one class that are all that is in a container are copies."""
        place = 0
        while place < len(entries):
            run = self._run(entries, place, outer)
            if len(run) > 1:
                yield self._entry(tuple(run[0].name.split(".")[:-1]), RUN, outer, [], run)
            else:
                yield entries[place]
            place += max(len(run), 1)

    def _run(self, entries: Sequence[Entry], start: int, outer: Path) -> list[Entry]:
        """The copies from this entry on; one or none if there is nothing to be repeated."""
        path = tuple(entries[start].name.split("."))
        if path[-1] != "0" or len(path) - 1 == len(outer) or entries[start].nodes:
            return []
        run: list[Entry] = []
        for entry in entries[start:]:
            expected = ".".join((*path[:-1], str(len(run))))
            if entry.nodes or (entry.name, entry.kind) != (expected, entries[start].kind):
                break
            run.append(entry)
        prefix = f"{'.'.join(path[:-1])}."
        count = sum(entry.name.startswith(prefix) for entry in entries)
        return run if count == len(run) else []

    def _entry(
        self, path: Path, kind: str, outer: Path, nodes: list[Node], children: list[Entry], is_attribute: bool = True
    ) -> Entry:
        where = ".".join(path[len(outer) :]) if is_attribute else f" {path[-1]}"
        line = self._spans.setdefault(where, len(self._spans) + 1)
        entry = ModuleEntry(".".join(path), kind, _written(kind, Span(line, 1, line, 1)), nodes, children)
        entry.is_attribute = is_attribute
        return entry


def _written(kind: str, span: Span) -> Written:
    """What stands for the text of an entry that has none: the same place in all modules of a class."""
    return Written(kind, YamlScalar(kind, *span), None, [])
