"""What all checks look at: a model's layers, who reads them, and how they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.checks.check import Elsewhere, Finding, InText
from cnncalc.source.diagnostics import START, Diagnostic, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis import Analysis
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Layer, Problem
    from cnncalc.settings.shape import Shape
    from cnncalc.source.files import Source
    from cnncalc.spec.expect import Expectation
    from cnncalc.spec.reader import Spec
    from cnncalc.spec.written import WrittenLayer, WrittenModel


class Location:
    """Where something was found: the calls that led there, innermost first, and the layer that it is about.

    Attributes:
        source: the text that it is in; None for a place in no text.
    """

    __slots__ = ("chain", "node", "source", "span")

    def __init__(
        self, source: Source | None, span: Span, chain: tuple[str, ...] = (), node: Node | None = None
    ) -> None:
        self.source = source
        self.span = span
        self.chain = chain
        self.node = node

    @property
    def place(self) -> tuple[str, Span]:
        """What tells apart two places: the file, and where in it."""
        return self.source.name if self.source else "", self.span


class Model:
    """A model, for checks to look at. If it has errors, only `written` is there: the layers that could be placed.

    Attributes:
        demands: expectations besides those in the file itself.
        resized: if another input was given, the model on the file's own input, and the option that gave the other one.
    """

    def __init__(self, written: WrittenModel, spec: Spec | None = None) -> None:
        self.written = written
        self.demands: Sequence[Expectation] = ()
        self.resized: tuple[Spec, str] | None = None
        self._spec = spec

    @classmethod
    def of(cls, spec: Spec, analysis: Analysis | None = None) -> Model:
        """A model without errors; its numbers are calculated when a check asks for them, unless they are passed in."""
        model = cls(spec.written, spec)
        if analysis is not None:
            model.analysis = analysis
        return model

    @property
    def spec(self) -> Spec:
        """The spec of a model without errors."""
        assert self._spec is not None
        return self._spec

    @cached_property
    def analysis(self) -> Analysis:
        """The numbers of a model without errors."""
        from cnncalc.analysis import analyze

        return analyze(self.spec)

    @property
    def graph(self) -> Graph:
        """The layers of a model without errors."""
        return self.spec.graph

    @cached_property
    def outputs(self) -> frozenset[Node]:
        """The layers whose values the model returns."""
        return frozenset(self.graph.output_nodes)

    def having(self, holds: Callable[[Layer], object]) -> Iterator[tuple[Node, Layer]]:
        """The layers for which `holds` is true, each with its settings, in the order of the forward pass."""
        return ((node, node.layer) for node in self.graph.nodes if node.layer and holds(node.layer))

    @cached_property
    def readers(self) -> dict[Node, list[Node]]:
        """Who reads each layer (and input); those that nobody reads are not listed."""
        found: dict[Node, list[Node]] = {}
        for node in self.graph.nodes:
            for source in node.inputs:
                found.setdefault(source, []).append(node)
        return found

    def before(self, node: Node, passes: Callable[[Node], bool]) -> Node:
        """The layer (or input) that a layer reads, skipping those for which `passes` is true."""
        node = node.source
        while passes(node):
            node = node.source
        return node

    # -- how they were written

    @cached_property
    def alike(self) -> list[list[WrittenLayer]]:
        """The layers as written, grouped where they have the same text and inputs of the same shape.

        What is true of one is true of its whole group. Of the copies of an entry only the first is included.
        """
        groups: dict[tuple[Layer | None, Shape, WrittenModel | None], dict[int, WrittenLayer]] = {}
        for each in self.written.layers:
            key = each.node.layer, each.node.x, each.home
            groups.setdefault(key, {}).setdefault(id(each.own.head), each)
        return [list(group.values()) for group in groups.values()]

    @cached_property
    def remarks(self) -> list[tuple[Problem, list[WrittenLayer]]]:
        """What layers report about themselves, with the layers that do."""
        found: list[tuple[Problem, list[WrittenLayer]]] = []
        for group in self.alike:
            node = group[0].node
            assert node.layer is not None
            shapes = node.input_shapes
            home = self.home(group[0])
            found += [(each, group) for each in node.layer.remarks(shapes, home.convention, home.layout)]
        return found

    def home(self, layer: WrittenLayer) -> WrittenModel:
        """The model that a layer belongs to: this one, or one inside it, which has its own rules."""
        return layer.home or self.written

    # -- where things are

    @cached_property
    def _written_as(self) -> dict[Node, WrittenLayer]:
        return {each.node: each for each in self.written.layers}

    def places(self, found: Finding) -> list[Location]:
        """Where a finding is: at the setting where it is written, else at the layer (or its entry)."""
        where = found.where
        if isinstance(where, list):
            return [
                Location(self.home(each).source, each.place(found.setting), each.chain, each.node) for each in where
            ]
        if isinstance(where, Span):
            return [Location(self.written.source, where)]
        if isinstance(where, InText):
            return [Location(*where)]
        if isinstance(where, Elsewhere):
            return [Location(None, START, where.chain)]
        written = self._written_as[where]
        span = written.place_in_entry(found.setting)
        return [Location(self.home(written).source, span, written.chain, where)]

    def diagnostic(self, code: str, severity: str, found: Finding, place: Location) -> Diagnostic:
        """What a check found at one place."""
        file = found.where.file if isinstance(found.where, Elsewhere) else ""
        lines: tuple[str, ...] = ()
        if place.source:
            file, lines = place.source.name, place.source.lines
        return Diagnostic(code, found.message, file, place.span, found.label, found.help, lines, place.chain, severity)
