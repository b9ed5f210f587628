"""What a sheet asks: a question for each entry and column, with everything that its answer is calculated from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.at_least import known
from cnncalc.layers.merging import Merge
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.analysis.results import EntryNumbers, Totals
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec

COLUMNS = ("output", "params", "receptive_field", "macs")
"""What is asked about an entry."""
TOTALS = ("params", "macs", "memory")
"""What is asked about the whole model, under `total`; the memory is that of the parameters."""
ASKED = ("output", "params", "receptive_field")
"""What is asked by default, with the total of the parameters."""
WORDS = (*COLUMNS, "memory", "total")
"""What a sheet may ask."""

MAX_LAYERS_ASKED = 20_000
"""The most layers of a model that a sheet is about."""

Value = int | tuple[int, ...] | str
"""A right answer: a number, sizes in the order of the layout, or `global`."""


class Question(NamedTuple):
    """One blank of the sheet: the entry that is asked about ("total" for the model), the column, and the answer."""

    entry: str
    column: str
    answer: Value


class Item(NamedTuple):
    """An entry of the sheet: what is asked about it, and the layers that it stands for.

    Attributes:
        nodes: its own layer, then those of its `norm` and `activation`.
        questions: in the order of the columns.
        reads: the entries, or inputs of the model, that it reads.
        inside: the innermost entry with a layer of its own that it lies in: a residual, say; "" for none.
    """

    numbers: EntryNumbers
    nodes: Sequence[Node]
    questions: Sequence[Question]
    reads: Sequence[str] = ()
    inside: str = ""

    @property
    def name(self) -> str:
        return self.numbers.name

    @property
    def node(self) -> Node:
        """The entry's own layer."""
        return self.nodes[0]


class Sheet(NamedTuple):
    """A whole sheet: what the teacher's key knows.

    Attributes:
        name: the model's name, which students' files carry as `worksheet`.
        items: in the order of the forward pass: what lies inside a residual comes before the sum.
        totals: the questions about the model.
        ask: the words that say what is asked.
        overrides: what the caller set, overriding the model's file.
    """

    analysis: Analysis
    items: Sequence[Item]
    totals: Sequence[Question]
    ask: Sequence[str] = ()
    overrides: Overrides = Overrides()

    @property
    def name(self) -> str:
        return self.analysis.spec.name

    @property
    def layout(self) -> str:
        return self.analysis.spec.layout

    @property
    def questions(self) -> list[Question]:
        """All questions, in order."""
        return [*(question for item in self.items for question in item.questions), *self.totals]


def known_words(words: Iterable[str]) -> list[str]:
    """The words that say what a sheet asks, each once.

    Raises:
        ValueError: there is none, or one is unknown.
    """
    found = list(dict.fromkeys(words))
    for word in found:
        if word not in WORDS:
            raise ValueError(f"cannot ask for {word!r}; expected some of {', '.join(WORDS)}")
    if not found:
        raise ValueError(f"expected some of {', '.join(WORDS)}")
    return found


def refuse_large(spec: Spec) -> None:
    """Refuses a sheet that nobody could fill in, before the model is analysed.

    Raises:
        ValueError: the model has too many layers.
    """
    if (layers := len(spec.graph.nodes)) > MAX_LAYERS_ASKED:
        raise ValueError(f"a sheet is about at most {MAX_LAYERS_ASKED:,} layers, and {spec.name} has {layers:,}")


def refuse_without_blanks(sheet: Sheet) -> None:
    """Refuses a sheet that asks for nothing, with a way out.

    Raises:
        ValueError: it is one.
    """
    if not sheet.questions:
        raise ValueError(f"a sheet about {sheet.name} would have no blanks: ask for output or params")


def sheet_of(analysis: Analysis, ask: Sequence[str] = (*ASKED, "total"), overrides: Overrides | None = None) -> Sheet:
    """The sheet about a model.

    `total` asks for the sums of the columns asked about, or at least of the parameters; `memory` is only asked about
    the whole model, and so is `total` on its own. What nobody can calculate is not asked: the numbers of an opaque
    layer, which are given, and what is unknown because of it.
    """
    items = [_item(entry, inside, ask, analysis.spec.layout) for entry, inside in _asked_about(analysis.entries)]
    place = {node: index for index, node in enumerate(analysis.spec.graph.nodes)}
    items.sort(key=lambda item: place[item.node])
    names = {node: item.name for item in items for node in item.nodes}
    for index, item in enumerate(items):
        items[index] = item._replace(reads=[names.get(node, node.name) for node in item.node.inputs])
    return Sheet(analysis, items, _totals(analysis, ask), tuple(ask), overrides or Overrides())


def _asked_about(entries: Iterable[EntryNumbers], inside: str = "") -> Iterator[tuple[EntryNumbers, str]]:
    """The entries with a layer of their own, each with the innermost of them that it lies in."""
    for entry in entries:
        is_asked = bool(entry.layers) and entry.entry.kind != "repeat"
        if is_asked:
            yield entry, inside
        yield from _asked_about(entry.children, entry.name if is_asked else inside)


def _item(entry: EntryNumbers, inside: str, ask: Sequence[str], layout: str) -> Item:
    is_opaque = any(layer.node.layer and layer.node.layer.is_opaque for layer in entry.layers)
    answers: dict[str, Value | None] = {
        "output": None if is_opaque else _sizes(entry.output, layout),
        "params": None if is_opaque else known(sum(layer.params for layer in entry.layers)),
        "receptive_field": field_answer(entry.end.fields),
        "macs": None if is_opaque else known(sum(layer.macs for layer in entry.layers)),
    }
    asked = [
        Question(entry.name, column, answer)
        for column in COLUMNS
        if column in ask and (answer := answers[column]) is not None
    ]
    return Item(entry, [layer.node for layer in entry.layers], asked, inside=inside)


def _totals(analysis: Analysis, ask: Sequence[str]) -> list[Question]:
    totals = analysis.totals
    answers = {key: known(value) for key, value in _total_values(totals).items()}
    asked = [column for column in TOTALS if column in ask and ("total" in ask or column == "memory")]
    if "total" in ask and not asked:
        asked = ["params"]
    return [Question("total", column, answer) for column in asked if (answer := answers[column]) is not None]


def _total_values(totals: Totals) -> dict[str, int]:
    return {"params": totals.params, "macs": totals.macs, "memory": totals.param_bytes}


def _sizes(shape: Shape, layout: str) -> Value:
    return shape.channels if shape.is_vector else shape.sizes(layout)


def field_answer(fields: Mapping[str, object]) -> Value | None:
    """The receptive field as an answer: one number if all axes agree; None if it is unknown, or not a single one, or if
    axes have changed places or are seen whole: a sheet does not ask for that."""
    if len(fields) != 1:
        return None
    (field,) = fields.values()
    status = getattr(field, "status", "")
    if status == "global":
        return "global"
    size: tuple[int, ...] = getattr(field, "size", ())
    if status != "local" or not getattr(field, "is_plain", False):
        return None
    return size[0] if len(set(size)) == 1 else size


def is_merge(item: Item) -> bool:
    """Whether the entry's own layer takes several tensors."""
    return isinstance(item.node.layer, Merge)
