"""A model as what it calculates: without what changes no value, and without the choices that a writer has.

What is made here of two models that are the same network is equal up to the names and the order of its steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from cnncalc.layers.canonical import (
    PART,
    RESCALE,
    ROW,
    ZEROS,
    Computation,
    after_another,
    canonical,
    in_row_order,
    squeezed,
)
from cnncalc.settings.shape import Padding, Shape

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec

MOST_JOINED = 128
"""A sum of sums is one sum, and so is what follows one another: up to so many tensors."""


class FlowStep:
    """An input of the model, or something that it calculates.

    Attributes:
        calculation: None for an input.
        nodes: the layers that it stands for, the main one last.
        owner: the step whose arrays it uses; itself if it has its own, None if it has none.
        folded: what it was made of, if something was folded into its weights.
    """

    __slots__ = ("calculation", "folded", "inputs", "nodes", "output", "owner")

    def __init__(
        self, calculation: Computation | None, inputs: tuple[FlowStep, ...], nodes: tuple[Node, ...], output: Shape
    ) -> None:
        self.calculation = calculation
        self.inputs = inputs
        self.nodes = nodes
        self.output = output
        self.owner: FlowStep | None = self if calculation and calculation.learns else None
        self.folded: tuple[Computation, ...] = ()

    @property
    def node(self) -> Node:
        """The layer (or input) that it mainly stands for."""
        return self.nodes[-1]

    def is_called(self, name: str) -> bool:
        """Whether it is the calculation of this name."""
        return self.calculation is not None and self.calculation.name == name


class Flow:
    """All steps of a model.

    Attributes:
        steps: each after those that it reads, inputs first.
        ends: those that nobody reads although they have learned something.
        folded: how many norms were taken into the layers before them.
    """

    def __init__(
        self,
        spec: Spec,
        inputs: list[FlowStep],
        steps: list[FlowStep],
        outputs: list[FlowStep],
        folded: int = 0,
    ) -> None:
        self.spec = spec
        self.inputs = inputs
        self.steps = steps
        self.outputs = outputs
        self.folded = folded
        read = {*outputs, *(source for step in steps for source in step.inputs)}
        self.ends = [step for step in steps if step.calculation and step not in read]


def flow_of(spec: Spec, folds: bool = False) -> Flow:
    """What a model calculates.

    Args:
        folds: whether norms are taken into the weights before them, and other weights are prepared beforehand.
    """
    building = _Building(spec)
    outputs = [building.ends[node] for node in spec.graph.output_nodes]
    steps, folded = building.steps, 0
    if folds:
        folded, redirected = _fold(steps, outputs)
        steps, outputs = _redirected(steps, outputs, redirected)
    steps, outputs = _unified(steps, outputs)
    return Flow(spec, building.inputs, [*building.inputs, *_needed(steps, outputs)], outputs, folded)


class _Building:
    """The steps of a model, layer by layer."""

    def __init__(self, spec: Spec) -> None:
        self.inputs = [FlowStep(None, (), (node,), node.output) for node in spec.graph.inputs]
        self.steps: list[FlowStep] = []
        self.ends: dict[Node, FlowStep] = dict(zip(spec.graph.inputs, self.inputs, strict=True))
        self._made: dict[Node, list[FlowStep]] = {}
        self._known: dict[Hashable, tuple[Sequence[Computation], bool]] = {}
        self._order = spec.order
        for node in spec.graph.nodes:
            self.ends[node] = self._placed(node)

    def _placed(self, node: Node) -> FlowStep:
        """The step that a layer ends in."""
        sources = tuple([self.ends[source] for source in node.inputs])
        calculations, is_padded = self._calculations(node, sources)
        nodes: tuple[Node, ...] = (node,)
        if is_padded:
            nodes = (*sources[0].nodes, node)
            sources = sources[0].inputs
        made = self._made[node] = []
        end = sources[0] if sources else None
        for number, calculation in enumerate(calculations):
            if number == 0:
                read = sources if calculation.reads is None else tuple([sources[each] for each in calculation.reads])
            else:
                assert end
                read = (end,)
            end = self._step(calculation, read, nodes)
            made.append(end)
        if node.shares:
            for own, other in zip(made, self._made[node.shares], strict=False):
                own.owner = other.owner
        assert end
        return end

    def _calculations(self, node: Node, sources: tuple[FlowStep, ...]) -> tuple[Sequence[Computation], bool]:
        """What a layer calculates, and whether that includes the border of zeros before it."""
        assert node.layer is not None
        order = node.rules.order if node.rules else self._order
        border = sources[0].calculation if len(sources) == 1 and sources[0].is_called(ZEROS) else None
        amounts = Padding(border.settings["amounts"]) if border else None
        x = Shape(border.form[0], border.output.channels) if border else None
        before = sources[0].inputs[0].calculation if border else None
        is_positive = bool(before and before.is_positive)
        alike = tuple(map(sources.index, sources))
        key = (node.kind, node.layer, node.input_shapes, order, alike, amounts, x, is_positive)
        if key not in self._known:
            own = canonical(node.kind, node.layer, node.input_shapes, node.output, order, alike)
            joined = own.after_zeros(amounts, x, is_positive) if amounts and x else None
            self._known[key] = (joined or own).calculations(), joined is not None
        return self._known[key]

    def _step(self, calculation: Computation, read: tuple[FlowStep, ...], nodes: tuple[Node, ...]) -> FlowStep:
        if calculation.name == ROW:
            return self._row(calculation, read[0], nodes)
        if calculation.turns and (row := _turned_row(calculation, read[0])):
            return self._row(row, read[0].inputs[0], nodes)
        if calculation.name == ZEROS and read[0].is_called(ZEROS):
            before = read[0].calculation
            assert before
            pairs = zip(before.settings["amounts"], calculation.settings["amounts"], strict=True)
            amounts = tuple((b + more, a + further) for (b, a), (more, further) in pairs)
            calculation = calculation._replace(settings={"amounts": amounts}, form=before.form)
            read, nodes = read[0].inputs, (*read[0].nodes, *nodes)
        if calculation.name == RESCALE and read[0].is_called(RESCALE):
            before = read[0].calculation
            assert before
            calculation = after_another(calculation, before)
            read, nodes = read[0].inputs, (*read[0].nodes, *nodes)
        return self._added(FlowStep(calculation, read, nodes, calculation.output))

    def _row(self, calculation: Computation, source: FlowStep, nodes: tuple[Node, ...]) -> FlowStep:
        """The same values with other sizes; several times in a row is once."""
        order = calculation.settings["order"]
        while before := source.calculation:
            if turned := before.turns.get(order) if calculation.output.is_vector else None:
                order = turned
            elif before.name == ROW and not (before.settings["order"] and order and before.settings["order"] != order):
                order = before.settings["order"] or order
            else:
                break
            source = source.inputs[0]
        if squeezed(source.output) == squeezed(calculation.output):
            return source
        joined = in_row_order(source.output, calculation.output, order)
        return self._added(FlowStep(joined, (source,), nodes, joined.output))

    def _added(self, step: FlowStep) -> FlowStep:
        self.steps.append(step)
        return step


def _turned_row(turn: Computation, before: FlowStep) -> Computation | None:
    """What makes of a vector what a permutation makes of the map that it has become; None if that is no other order."""
    row, vector = before.calculation, before.inputs[0].output if before.inputs else None
    if row is None or row.name != ROW or vector is None or not vector.is_vector:
        return None
    orders = (after for after, order in turn.turns.items() if order == row.settings["order"])
    return next((in_row_order(vector, turn.output, order) for order in orders), None)


# -- what is left out


def _fold(steps: list[FlowStep], outputs: list[FlowStep]) -> tuple[int, dict[FlowStep, FlowStep]]:
    """Takes norms into the weights before them where nobody else reads these; how many, and where each went."""
    readers = Counter(source for step in steps for source in step.inputs)
    readers.update(outputs)
    sharing = {each for step in steps if step.owner not in (None, step) for each in (step, step.owner)}
    found: dict[FlowStep, FlowStep] = {}
    for step in steps:
        assert step.calculation
        if step.calculation.folded not in (None, step.calculation.settings) and step not in sharing:
            step.folded = (step.calculation,)
            step.calculation = step.calculation._replace(settings=step.calculation.folded)
        before = step.inputs[0] if step.inputs else None
        own = before.calculation if before else None
        is_alone = before and own and own.folded is not None and readers[before] == 1 and not {step, before} & sharing
        if step.calculation.scales and is_alone:
            assert before
            assert own
            before.folded = (*(before.folded or (own,)), step.calculation)
            before.calculation = own._replace(settings={**own.settings, "bias": True})
            before.nodes = (*step.nodes, *before.nodes)
            found[step] = before
    return len(found), found


def _redirected(
    steps: list[FlowStep], outputs: list[FlowStep], others: dict[FlowStep, FlowStep]
) -> tuple[list[FlowStep], list[FlowStep]]:
    """The steps that are left if some are replaced by others."""
    for step in steps:
        step.inputs = tuple([others.get(each, each) for each in step.inputs])
    return [step for step in steps if step not in others], [others.get(each, each) for each in outputs]


def _unified(steps: list[FlowStep], outputs: list[FlowStep]) -> tuple[list[FlowStep], list[FlowStep]]:
    """The steps without any that calculates again what another one has calculated."""
    numbers: dict[FlowStep, int] = {}
    keys = KeysOf()
    known: dict[Hashable, FlowStep] = {}
    others: dict[FlowStep, FlowStep] = {}
    for step in steps:
        assert step.calculation
        step.inputs = _joined(step, [others.get(each, each) for each in step.inputs])
        if whole := _whole_in_part(step):
            others[step] = whole
            continue
        read = [numbers.setdefault(each, len(numbers)) for each in step.inputs]
        owner = numbers.setdefault(step.owner, len(numbers)) if step.owner else None
        key = (keys(step), tuple(sorted(read) if step.calculation.commutes else read), owner)
        other = known.setdefault(key, step)
        if other is not step:
            others[step] = other
    return [step for step in steps if step not in others], [others.get(each, each) for each in outputs]


def _joined(step: FlowStep, inputs: list[FlowStep]) -> tuple[FlowStep, ...]:
    """What a step reads; of what is calculated in the same way, what that reads."""
    if not step.calculation or not step.calculation.associates:
        return tuple(inputs)
    found: list[FlowStep] = []
    for each in inputs:
        inner = each.calculation
        is_alike = inner and inner.name == step.calculation.name and inner.settings == step.calculation.settings
        found += each.inputs if is_alike and len(found) + len(each.inputs) <= MOST_JOINED else (each,)
    return tuple(found)


def _whole_in_part(step: FlowStep) -> FlowStep | None:
    """The tensor that a step cuts out of several that follow one another, if it is one of these, whole."""
    if not step.is_called(PART):
        return None
    own, joined = step.calculation, step.inputs[0]
    assert own
    axis, start, stop = own.settings["part"]
    if joined.calculation is None or joined.calculation.joins != (axis, own.form):
        return None
    beside, place = own.output.values // (stop - start), 0
    for each in joined.inputs:
        length = each.output.values // beside
        if (place, place + length) == (start, stop):
            return each
        place += length
    return None


def _needed(steps: list[FlowStep], outputs: Iterable[FlowStep]) -> list[FlowStep]:
    """The steps that an output depends on, or that have learned something, in order."""
    needed = set(outputs)
    for step in reversed(steps):
        if step in needed or step.owner is step:
            needed.add(step)
            needed.update(step.inputs)
    return [step for step in steps if step in needed]


class KeysOf:
    """A number for what equal steps have in common, apart from what they read: made once for each calculation."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[int, tuple[Computation, int]] = {}

    def __call__(self, step: FlowStep) -> int:
        own = step.calculation
        assert own
        if id(own) not in self._known:
            number = self._numbers.setdefault(own.key, len(self._numbers))
            self._known[id(own)] = own, number  # (kept with it, so that no other gets its id)
        return self._known[id(own)][1]
