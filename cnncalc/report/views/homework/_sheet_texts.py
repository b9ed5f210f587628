"""What a sheet says in any format, in the language of its students."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from cnncalc.graph.entry_words import settings_parts
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import ENGLISH, Language, translatable
from cnncalc.homework.sheet.assumptions import assumptions, word_for_padding
from cnncalc.homework.sheet.examples import examples
from cnncalc.homework.sheet.questions import Item, Question, Sheet, Value
from cnncalc.homework.sheet.record import made_with
from cnncalc.layers.words import MergeWords, words
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.text import clean, number
from cnncalc.report.views.summarize import inputs_text
from cnncalc.settings.size_of import SizeOf
from cnncalc.settings.tensor_of import TensorOf

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer

TITLES = {
    "output": translatable("output size"),
    "params": translatable("parameters"),
    "receptive_field": translatable("receptive field"),
    "macs": translatable("MACs"),
    "memory": translatable("memory of the parameters"),
}


def answer_text(value: Value, say: Language = ENGLISH) -> str:
    """A right answer as a student would write it: `26x26x8`, `1,168`, `global`."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return value if isinstance(value, str) else say.digits(number(value))


class SheetRow(NamedTuple):
    """What is asked about an entry, or (without an item) about the whole network."""

    name: str
    about: str
    questions: Sequence[Question]
    item: Item | None = None


class SheetTexts:
    """What a sheet says.

    Attributes:
        with_key: whether it has the solutions, and how they are calculated.
        student: whom it is for.
        say: the language of its students.
        rubric: what the answers are worth.
        columns: those in which something is asked, in order.
        is_uniform: whether every answer is worth one point.
    """

    def __init__(self, sheet: Sheet, with_key: bool, student: str, say: Language, rubric: Rubric) -> None:
        self.sheet = sheet
        self.with_key = with_key
        self.student = student
        self.say = say
        self.rubric = rubric
        asked = {question.column for question in sheet.questions}
        self.columns = [column for column in TITLES if column in asked]
        self.is_uniform = all(rubric.worth(question) == 1 for question in sheet.questions)
        inputs = [node.name for node in sheet.analysis.spec.graph.inputs]
        names = [inputs[0] if len(inputs) == 1 else "", *(item.name for item in sheet.items)]
        self._above = {item.name: name for item, name in zip(sheet.items, names, strict=False)}

    # -- about the whole sheet

    @property
    def inputs(self) -> str:
        return inputs_text(self.sheet.analysis.spec)

    @property
    def made_with(self) -> str:
        return made_with(self.sheet)

    @property
    def made_with_options(self) -> str:
        """The same for people to read."""
        return made_with(self.sheet, with_files=False)

    @property
    def who(self) -> str:
        """The student, or that these are the solutions."""
        name = clean(self.student)
        return name if not self.with_key else f"solutions for {name}" if name else "solutions"

    @property
    def assumed(self) -> list[str]:
        """What is assumed, one sentence each."""
        return list(assumptions(self.sheet, self.say))

    def how_to_answer(self) -> str:
        """Examples of answers."""
        names = (f"{item.name} {self.settings(item)}" for item in self.sheet.items)
        return examples(
            self.sheet,
            chain((self.sheet.name, self.inputs, self.made_with_options, self.points(), *self.assumed), names),
        )

    def points(self) -> str:
        """What the sheet is worth."""
        total = sum(map(self.rubric.worth, self.sheet.questions), Fraction(0))
        if total == 1:
            return self.say("1 point")
        if self.is_uniform:
            return self.say("{total} points, one for each answer", total=self.say.decimal(total))
        return self.say("{total} points", total=self.say.decimal(total))

    # -- about a row

    def rows(self) -> Iterator[SheetRow]:
        """What is asked about each entry, and about the whole."""
        for item in self.sheet.items:
            if item.questions:
                yield SheetRow(item.name, self.settings(item), item.questions, item)
        if self.sheet.totals:
            yield SheetRow("total", self.say("the whole network"), self.sheet.totals)

    def cells(self) -> Iterator[list[str]]:
        """The rows of a table: name, description, a cell for each column, and what they are worth, if that differs."""
        for row in self.rows():
            by_column = {question.column: question for question in row.questions}
            worth = [] if self.is_uniform else [self.worth(row.questions)]
            yield [row.name, row.about, *(self._cell(by_column.get(column)) for column in self.columns), *worth]

    def _cell(self, question: Question | None) -> str:
        if question is None:
            return "–"
        return answer_text(question.answer, self.say) if self.with_key else ""

    def worth(self, questions: Sequence[Question]) -> str:
        """What the answers of a row are worth: `1 + 2 + 1`."""
        return " + ".join(self.say.decimal(self.rubric.worth(question)) for question in questions)

    def settings(self, item: Item) -> str:
        """What the sheet says about an entry: `conv 3×3, 8 filters, relu (inside residual1)`."""
        about = ", ".join(self.parts(item))
        place = "; ".join(self._place(item))
        return f"{about} ({place})" if place else about

    def parts(self, item: Item) -> list[str]:
        """The same without where the entry lies, in parts: `conv 3×3`, `8 filters`, `relu`."""
        return [*self._own(item), *(node.kind for node in item.nodes[1:])]

    def _own(self, item: Item) -> list[str]:
        """The kind and the settings of its own layer; a padding that was written as a word is shown as that."""
        layer = item.node.layer
        assert layer is not None
        word = word_for_padding(layer)
        parts = settings_parts(layer, self.sheet.layout, (("padding", f"padding {word}"),) if word else ())
        settings = [self._in_short(part, layer) for part in parts]
        if layer.is_merge:
            return [f"{item.numbers.kind} {', '.join(settings)}".strip() + f": {self._merged(item)}"]
        return [f"{item.node.kind} {''.join(settings[:1])}".strip(), *settings[1:]]

    def _in_short(self, part: str, layer: Layer) -> str:
        """A setting in short; the name of another tensor, which is last, stays as it is."""
        values = vars(layer).values()
        named = (value.name for value in values if isinstance(value, (TensorOf, SizeOf)))
        name = next((name for name in named if part.endswith(f" {name}")), "")
        if not name:
            return self.say.sentence(part)
        return self.say.sentence(f"{part.removesuffix(name)}`{name}`").replace("`", "")

    def _merged(self, item: Item) -> str:
        """What a merge makes of what: `the sum of conv1 and conv3`."""
        assert item.node.layer is not None
        inputs = item.node.input_shapes
        said = words(item.node.kind, item.node.layer, inputs, item.node.output, item.reads, self.sheet.layout)
        of = said.made_of() if isinstance(said, MergeWords) else MergeWords.of
        *first, last = item.reads
        names = f"{', '.join(first)} {self.say('and')} {last}" if first else last
        return f"{self.say.sentence(of)} {names}"

    def _place(self, item: Item) -> Iterator[str]:
        """Where an entry lies, what it reads if that is not the row above, and whose weights it uses."""
        if item.inside:
            yield self.say("inside {name}", name=item.inside)
        is_merge = item.node.layer is not None and item.node.layer.is_merge
        if item.reads and not is_merge and [*item.reads] != [self._above[item.name]]:
            yield self.say("reads {name}", name=", ".join(item.reads))
        if item.node.shares:
            yield self.say("with the weights of {name}", name=item.node.shares.name)
