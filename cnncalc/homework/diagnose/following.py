"""Following a student through the sheet: what would be answered at each place, given what was answered before it.

Each entry is calculated from the student's own answers, with the right rules or with misremembered ones. A number that
was not asked for is calculated by the same rules, as the student would have in mind. A slip is not carried on: after
an answer that the rules do not give, the student may have continued with what they do give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.analysis.counts import STATISTICS_COUNT
from cnncalc.analysis.results import DTYPES
from cnncalc.graph import NOTHING_READ
from cnncalc.homework.diagnose._believed import (
    BelievedTensor,
    Case,
    Field,
    Steps,
    Unworkable,
    case_of,
    field_of,
    true_field,
    work,
)
from cnncalc.homework.diagnose._counts import biases_of, statistics_of
from cnncalc.homework.diagnose._totals import Summand, Total
from cnncalc.homework.diagnose.misconception import Misconception
from cnncalc.homework.diagnose.mistakes import BY_NAME, MISTAKES
from cnncalc.homework.sheet.answers import BLANK, Answer
from cnncalc.homework.sheet.questions import COLUMNS, Item, Sheet, Value
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer

Place = tuple[str, str]
"""An entry and a column."""

Unit = tuple[int, str]
"""A mistake (by its index in the catalogue), made in one column."""

_FLIPPED = MISTAKES.index(BY_NAME["channels first for last"]), "output"
_SWAPPED = MISTAKES.index(BY_NAME["height and width swapped"]), "output"


class Workings:
    """Calculates what follows from what on a sheet. Results for one student are reused for the others."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._statistics = sheet.analysis.spec.convention in STATISTICS_COUNT
        self.bytes = DTYPES[sheet.analysis.dtype]
        self.image = sheet.analysis.spec.graph.inputs[0].output
        self._values: dict[tuple[object, ...], tuple[Value, ...]] = {}
        self._fields: dict[tuple[object, ...], Field | None] = {}
        self.truth = {(question.entry, question.column): question.answer for question in sheet.questions}
        self.entries = [
            SheetEntry(item, item.name, item.node, tuple(q.column for q in item.questions)) for item in sheet.items
        ]
        self.steps: dict[tuple[object, ...], SheetStep] = {}
        self._tensors: dict[Both, Both] = {}
        self._occasions: dict[Place, list[Unit]] = {}
        self._cases: dict[tuple[str, _Inputs], Case] = {}

    def interned(self, tensors: Both) -> Both:
        """The single copy of what is believed about a tensor; steps are found again by its identity."""
        return self._tensors.setdefault(tensors, tensors)

    @cached_property
    def _right_beliefs(self) -> Mapping[str, Beliefs]:
        return Student(self, {}).follow().beliefs

    def occasions_at(self, item: Item, column: str) -> list[Unit]:
        """The mistakes in a column that an entry gives an opportunity for."""
        key = item.name, column
        if key not in self._occasions:
            case = self.case(item, self._right_beliefs[item.name].inputs)
            made = (
                index for index, mistake in enumerate(MISTAKES) if column in mistake.columns and mistake.applies(case)
            )
            self._occasions[key] = [(index, column) for index in made]
        return self._occasions[key]

    def occasions(self, column: str) -> list[Unit]:
        """The mistakes in a column that the sheet gives an opportunity for."""
        return sorted({unit for entry in self.entries for unit in self.occasions_at(entry.item, column)})

    def values(self, item: Item, column: str, inputs: _Inputs, after: Shape | None, mistakes: _Names) -> _Values:
        """What someone who believes this and makes these mistakes answers; nothing if there is no result."""
        key = item.name, column, inputs, after, mistakes
        found = self._values.get(key)
        if found is None:
            made = [MISTAKES[index] for index in mistakes]
            try:
                found = tuple(work(self.case(item, inputs)._replace(after=after), column, made))
            except Unworkable:
                found = ()
            self._values[key] = found
        return found

    def case(self, item: Item, inputs: _Inputs) -> Case:
        """An entry as someone sees it who believes this."""
        key = item.name, inputs
        if key not in self._cases:
            self._cases[key] = case_of(item, inputs, self.sheet.layout, self._statistics, self.image)
        return self._cases[key]

    def field(self, item: Item, inputs: _Inputs) -> Field | None:
        """Field and stride after an entry by the right rule; those of the key if the rule does not determine them."""
        key = item.name, inputs
        if key not in self._fields:
            try:
                found = field_of(self.case(item, inputs))
            except (Unworkable, ValueError, ZeroDivisionError):
                found = None
            self._fields[key] = found or true_field(item)
        return self._fields[key]


Both = tuple[BelievedTensor, BelievedTensor]
"""What is believed about a tensor according to the answers, and without slips."""
_Inputs = tuple[BelievedTensor, ...]
_Names = tuple[int, ...]
_Values = tuple[Value, ...]


class Beliefs(NamedTuple):
    """What is believed around one entry: what enters it and what comes out; then the same without slips."""

    inputs: _Inputs
    after: Shape
    others: Sequence[tuple[_Inputs, Shape]]


class SheetEntry(NamedTuple):
    """An entry of the sheet, with what is often looked up."""

    item: Item
    name: str
    node: Node
    columns: tuple[str, ...]


class SheetStep(NamedTuple):
    """One calculated entry: what is believed around it, what is answered, and what the student continues with."""

    beliefs: Beliefs
    values: Sequence[tuple[Place, _Values]]
    both: Both


class Pass(NamedTuple):
    """One way through the sheet.

    Attributes:
        values: what would be answered at each place; several values if a mistake can be made in several ways.
        beliefs: what was believed around each entry.
    """

    values: Mapping[Place, _Values]
    beliefs: Mapping[str, Beliefs]


class Student:
    """One student's answers, and the ways through the sheet on them."""

    def __init__(self, workings: Workings, answers: Mapping[Place, Answer]) -> None:
        self.workings = workings
        self.answers = answers
        self._passes: dict[frozenset[Unit], Pass] = {}

    def totals(self, column: str, units: frozenset[Unit] = frozenset()) -> list[Total]:
        """What the total of a column is the sum of, as this student sees it; that of the parameters for memory.

        The outputs are those that the student goes on with, or the right ones if what was written was a slip.
        """
        column, beliefs = "params" if column == "memory" else column, self.follow(units).beliefs
        other = "macs" if column == "params" else "params"
        summands = []
        for entry in self.workings.entries:
            believed = beliefs[entry.name]
            case, values = (
                self.workings.case(entry.item, believed.inputs)._replace(after=believed.after),
                believed.after.values,
            )
            number, also = (self._number(entry, each, believed) for each in (column, other))
            summands.append(Summand(number, also, biases_of(case), statistics_of(case), values, case.layer))
        outputs = [entry.item.numbers.output.values for entry in self.workings.entries]
        right = [each._replace(values=values) for each, values in zip(summands, outputs, strict=True)]
        return [Total(each, self.workings.image.values, self.workings.bytes) for each in (summands, right)]

    def _number(self, entry: SheetEntry, column: str, beliefs: Beliefs) -> int:
        given = self.answers.get((entry.name, column), BLANK).value
        if isinstance(given, int):
            return given
        values = self.workings.values(entry.item, column, beliefs.inputs, beliefs.after, ())
        return values[0] if values and isinstance(values[0], int) else 0

    def follow(self, units: frozenset[Unit] = frozenset()) -> Pass:
        """One way through the sheet, with these mistakes."""
        if units not in self._passes:
            self._passes[units] = _Walk(self.workings, self.answers, units).through()
        return self._passes[units]


class _Walk:
    """One way through the sheet."""

    def __init__(self, workings: Workings, answers: Mapping[Place, Answer], units: frozenset[Unit]) -> None:
        self.workings = workings
        self.answers = answers
        self.units = units
        self.names = {column: mistakes_in(units, column) for column in COLUMNS}
        self._writes_fields_otherwise = any(
            MISTAKES[index].is_notation for index in self.names["receptive_field"]
        )  # (a field that is not the one in mind)
        self.tensors: dict[object, Both] = {}
        self.values: dict[Place, _Values] = {}
        for node in workings.sheet.analysis.spec.graph.inputs:
            ones = tuple((1, 1) for _ in node.output.spatial)
            start = BelievedTensor(
                node.output, ones or None, seen=tuple(r for r, _ in ones), steps=tuple(Steps() for _ in ones)
            )
            self.tensors[node] = workings.interned((start, start))

    def through(self) -> Pass:
        """Entry after entry, then the totals."""
        beliefs = {}
        for entry in self.workings.entries:
            step = self._step(entry)
            beliefs[entry.name] = step.beliefs
            self.values.update(step.values)
            for node in entry.item.nodes:
                self.tensors[node] = step.both
        for question in self.workings.sheet.totals:
            self.values["total", question.column] = self._total(question.column, beliefs)
        return Pass(self.values, beliefs)

    def _step(self, entry: SheetEntry) -> SheetStep:
        """The step of an entry, which many students take in the same way."""
        both = [self._tensors(node) for node in entry.node.inputs or (NOTHING_READ,)]
        output = self.answers.get((entry.name, "output"), BLANK).value
        field = self.answers.get((entry.name, "receptive_field"), BLANK).value
        key = entry.name, self.units, output, field, *map(id, both)
        step = self.workings.steps.get(key)
        if step is None:
            step = self.workings.steps[key] = self._entry(entry, both)
        return step

    def _entry(self, entry: SheetEntry, both: Sequence[Both]) -> SheetStep:
        item = entry.item
        inputs = tuple(first for first, _ in both)
        unslipped = tuple(second for _, second in both)
        main, other = self._outputs(item, inputs, unslipped)
        others = [(inputs, other.shape)] if other.shape != main.shape else []
        if inputs != unslipped:
            others += [(unslipped, shape) for shape in dict.fromkeys((main.shape, other.shape))]
        beliefs = Beliefs(inputs, main.shape, others)
        values = [((entry.name, column), self._answer(item, column, beliefs)) for column in entry.columns]
        return SheetStep(beliefs, values, self.workings.interned((main, other)))

    def _tensors(self, node: Node) -> Both:
        """What is believed about a layer's output; the truth if it belongs to no entry of the sheet."""
        if node not in self.tensors:
            tensor = BelievedTensor(node.output, None)
            self.tensors[node] = self.workings.interned((tensor, tensor))
        return self.tensors[node]

    def _answer(self, item: Item, column: str, beliefs: Beliefs) -> _Values:
        names = self.names[column]
        after = None if column in ("output", "receptive_field") else beliefs.after
        values = self.workings.values(item, column, beliefs.inputs, after, names)
        for inputs, shape in beliefs.others:
            values += self.workings.values(item, column, inputs, after and shape, names)
        return values

    def _outputs(self, item: Item, inputs: _Inputs, unslipped: _Inputs) -> tuple[BelievedTensor, BelievedTensor]:
        """The tensor that a student continues with: as answered, and as it would be without slips."""
        shape, other_shape, inputs = self._shapes(item, inputs, unslipped)
        field, other_field = self._fields(item, inputs, unslipped)
        main = _passed_on(item, inputs[0], shape, field)
        if shape == other_shape and field == other_field and inputs == unslipped:
            return main, main
        return main, _passed_on(item, unslipped[0], other_shape, other_field)

    def _shapes(self, item: Item, inputs: _Inputs, unslipped: _Inputs) -> tuple[Shape, Shape, _Inputs]:
        """The sizes that a student continues with, those without slips, and the inputs that the former are based on."""
        truth = item.numbers.output
        found = [self._worked_shape(item, each) or truth for each in dict.fromkeys((inputs, unslipped))]
        given = self._as_shape(self.answers.get((item.name, "output"), BLANK).value, truth)
        if given is None:
            return found[0], found[-1], inputs
        if given not in found:
            return given, found[0], inputs
        return given, given, inputs if given == found[0] else unslipped

    def _worked_shape(self, item: Item, inputs: _Inputs) -> Shape | None:
        """The output by the rules of this way."""
        names = self._in_mind("output")
        values = self.workings.values(item, "output", inputs, None, names)
        return _shape_of(values[0], item.numbers.output, self.workings.sheet.layout) if values else None

    def _in_mind(self, column: str) -> _Names:
        """The mistakes that a student continues with, leaving out those that only affect how an answer is written."""
        return tuple(index for index in self.names[column] if not MISTAKES[index].is_notation)

    def _as_shape(self, value: object, truth: Shape) -> Shape | None:
        """An answer as a shape of the right form; None if it is not one."""
        layout = self.workings.sheet.layout
        shape = _shape_of(value, truth, layout)
        if shape is None or shape.is_vector:
            return shape
        if _FLIPPED in self.units or _is_flipped(shape, truth, layout):
            assert isinstance(value, tuple)
            shape = Shape.of(value, "channels_last" if layout == "channels_first" else "channels_first")
        if _SWAPPED in self.units or (shape.spatial != truth.spatial and shape.spatial[::-1] == truth.spatial):
            shape = Shape(shape.spatial[::-1], shape.channels)
        return shape

    def _fields(self, item: Item, inputs: _Inputs, unslipped: _Inputs) -> tuple[Field | None, Field | None]:
        """The fields, each with the stride that follows from the layers below."""
        found = [self._worked_field(item, each) for each in dict.fromkeys((inputs, unslipped))]
        answer = self.answers.get((item.name, "receptive_field"), BLANK).value
        given = None if self._writes_fields_otherwise else _with_sizes(answer, found[0])
        if given is None:
            return found[0], found[-1]
        return given, given if given in found else found[0]

    def _worked_field(self, item: Item, inputs: _Inputs) -> Field | None:
        right = self.workings.field(item, inputs)
        if not (names := self._in_mind("receptive_field")):
            return right
        values = self.workings.values(item, "receptive_field", inputs, None, names)
        return _with_sizes(values[0], right) if values else right

    def _total(self, column: str, beliefs: Mapping[str, Beliefs]) -> _Values:
        """The sum of the answers, and of calculated values where there is no answer."""
        if column == "memory":
            given = self.answers.get(("total", "params"), BLANK).value
            sums = [*self._total("params", beliefs), *([given] if isinstance(given, int) else [])]
            return tuple(self.workings.bytes * each for each in dict.fromkeys(reversed(sums)) if isinstance(each, int))
        totals = [0]
        for entry in self.workings.entries:
            own = self.answers.get((entry.name, column), BLANK).value
            values = (own,) if isinstance(own, int) else self._worked(entry.item, column, beliefs[entry.name])
            if not values:
                return ()
            ways = max(len(totals), len(values))  # a mistake is made in the same way everywhere
            totals = [_way(totals, i) + _way(values, i) for i in range(ways)]
        return tuple(totals)

    def _worked(self, item: Item, column: str, beliefs: Beliefs) -> tuple[int, ...]:
        values = self.workings.values(item, column, beliefs.inputs, beliefs.after, self.names[column])
        return tuple(value for value in values if isinstance(value, int))


def _passed_on(item: Item, x: BelievedTensor, shape: Shape, field: Field | None) -> BelievedTensor:
    """What comes out of an entry, with what is remembered about its input: the map before a vector, earlier
    channels."""
    layer = item.node.layer
    assert layer is not None
    if layer.reads_nothing:
        return BelievedTensor(shape, field)
    if item.numbers.output.is_vector and x.shape.spatial:
        before: Shape | None = x.shape  # this made the vector
    else:
        before = x.before if layer.keeps_shape() else None
    source = x.shape.channels if layer.kernel_array else x.source_channels
    seen = tuple(r for r, _ in field) if field else x.seen
    earlier = x.earlier if layer.keeps_shape() or layer.rearranges else x.shape
    kept = x.kept * (1 - layer.drop_rate) if layer.keeps_shape() else 1.0
    return BelievedTensor(shape, field, before, source, earlier, seen, _steps(layer, x), kept)


def _steps(layer: Layer, x: BelievedTensor) -> tuple[Steps, ...]:
    window = layer.sliding_window
    if window is None or len(window.stride) != len(x.steps):
        return x.steps
    axes = zip(x.steps, window.stride, strict=True)
    return tuple(_after(steps, s, bool(layer.kernel_array)) for steps, s in axes)


def _after(steps: Steps, s: int, is_weighted: bool) -> Steps:
    added = (steps.added if steps.added > 1 else 0) + s if s > 1 else steps.added
    return Steps(steps.weighted * s if is_weighted else steps.weighted, s, added)


def _way(values: Sequence[int], index: int) -> int:
    return values[min(index, len(values) - 1)]


def mistakes_in(units: frozenset[Unit], column: str) -> _Names:
    """The mistakes made in a column, by their index, in the order of the catalogue."""
    return tuple(sorted(index for index, where in units if where == column))


def mistakes_of(units: frozenset[Unit]) -> tuple[Misconception, ...]:
    """The mistakes of some units, each name once, in the order of the catalogue."""
    made = {MISTAKES[index].name: MISTAKES[index] for index in sorted({index for index, _ in units}, reverse=True)}
    return tuple(reversed(made.values()))


def _shape_of(value: object, truth: Shape, layout: str) -> Shape | None:
    if truth.is_vector:
        return Shape((), value) if isinstance(value, int) and 0 < value < 10**12 else None
    if isinstance(value, tuple) and len(value) == len(truth.spatial) + 1 and all(0 < size < 10**6 for size in value):
        return Shape.of(value, layout)
    return None


def _is_flipped(shape: Shape, truth: Shape, layout: str) -> bool:
    """Whether the right number of channels is at the wrong end."""
    sizes = shape.sizes(layout)
    other = sizes[-1] if layout == "channels_first" else sizes[0]
    return shape.channels != truth.channels and other == truth.channels


def _with_sizes(value: object, field: Field | None) -> Field | None:
    """A field with other sizes; None if the value is not a field."""
    if not field or not isinstance(value, int | tuple):
        return None
    sizes = (value,) * len(field) if isinstance(value, int) else value
    return tuple((r, j) for r, (_, j) in zip(sizes, field, strict=True)) if len(sizes) == len(field) else None
