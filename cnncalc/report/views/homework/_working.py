"""How the answers of a sheet are calculated: the rules, and the rules with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from cnncalc.explanation.derivation import Derivation, Explainer, Explanation
from cnncalc.explanation.derived_number import DerivedNumber
from cnncalc.explanation.legend import legend
from cnncalc.homework.language import ENGLISH, Language
from cnncalc.homework.sheet.questions import Item, Sheet
from cnncalc.named_tuple import NamedTuple
from cnncalc.recorded_numbers import is_derived, numeric, symbolic
from cnncalc.report.text import MANY_TEXTS, number

_QUANTITIES = {"output": "output", "params": "params", "receptive_field": "receptive field", "macs": "macs"}


class SheetDerivations:
    """How the answers of a sheet are calculated. For entries that are alike, it is said once."""

    def __init__(self, sheet: Sheet, say: Language = ENGLISH) -> None:
        self._sheet = sheet
        self._say = say
        self._explainer = Explainer(sheet.analysis)
        self._worked = lru_cache(MANY_TEXTS)(self._worked_by_column)

    def worked(self, item: Item) -> Mapping[str, Sequence[str]]:
        """How each answer about an entry is calculated, by column, one line per step, including its norm and
        activation."""
        return self._worked(*self._layers(item))

    def rules(self, item: Item) -> dict[str, list[str]]:
        """The rules without numbers, each once; they do not give an answer away."""
        steps = list(_steps(self._layers(item), self._say))
        return {column: list(dict.fromkeys(_rules(steps, column, self._say))) for column in _QUANTITIES}

    def meanings(self) -> dict[str, str]:
        """What the symbols in the rules of this sheet stand for."""
        return legend(self._asked(), self._say.sentence)

    def _asked(self) -> Iterator[Explanation]:
        """Layers with those steps alone that the answers come from; of copies with inputs of one size only the
        first."""
        seen = set()
        for item in self._sheet.items:
            columns = [question.column for question in item.questions]
            for index, layer in enumerate(item.numbers.layers):
                key = layer.node.layer, layer.node.x, index > 0
                if key in seen:
                    continue
                seen.add(key)
                explained = self._explainer.explain(layer)
                steps = (each for each in explained.steps if any(_belongs(each, c, index > 0) for c in columns))
                yield explained._replace(derivation=Derivation(explained.derivation.input, tuple(steps), ()))

    def _worked_by_column(self, *layers: _DerivedLayer) -> dict[str, list[str]]:
        steps = list(_steps(layers, self._say))
        return {column: _worked(steps, column, self._say) for column in _QUANTITIES}

    def _layers(self, item: Item) -> Iterator[_DerivedLayer]:
        for index, layer in enumerate(item.numbers.layers):
            node = layer.node
            weights = node.shares.name if node.shares else ""
            yield _DerivedLayer(self._explainer.explain(layer).derivation, node.kind if index else "", weights)


class _DerivedLayer(NamedTuple):
    """A layer of an entry.

    Attributes:
        follower: the kind of a norm or activation; "" for the entry's own layer.
        weights: the layer whose weights it uses, if these are another's.
    """

    derivation: Derivation
    follower: str
    weights: str


_Steps = Sequence[tuple[_DerivedLayer, str, DerivedNumber]]


def _steps(layers: Iterable[_DerivedLayer], say: Language) -> Iterator[tuple[_DerivedLayer, str, DerivedNumber]]:
    """How the numbers of an entry's layers are calculated, with the name of the norm or activation that they belong
    to."""
    for layer in layers:
        for step in layer.derivation.steps:
            statistics = f", {say('statistics')}" if step.quantity.startswith("non-") else ""
            yield layer, layer.follower and f"{layer.follower}{statistics}: ", step


def _rules(steps: _Steps, column: str, say: Language) -> Iterator[str]:
    for name, step in [*_sizes_inside(steps, column), *_parts(steps, column, say)]:
        if is_derived(step.number):
            yield f"{name}{symbolic(step.number)}"
        elif name and step.number and column == "params":
            yield f"{name}{say.sentence(step.words)}"  # a rule in words: one factor for each channel


def _parts(steps: _Steps, column: str, say: Language) -> list[tuple[str, DerivedNumber]]:
    """The steps that an answer comes from; those of a layer's parts in the place of their sum."""
    in_parts = {(layer, step.quantity) for layer, _, step in steps if step.part}
    parts = []
    for layer, name, step in steps:
        if _belongs(step, column, bool(name)) and (step.part or (layer, step.quantity) not in in_parts):
            title = f"{name}{say.sentence(step.part)}: " if step.part else name
            parts.append((title, _counted_elsewhere(layer, step, say) if column == "params" else step))
    if column in ("params", "macs"):
        return [(name, step) for name, step in parts if step.number] or parts[:1]
    return parts


def _sizes_inside(steps: _Steps, column: str) -> Iterator[tuple[str, DerivedNumber]]:
    """The sizes that formulas of a column have a symbol for, and no setting gives."""
    if column in ("params", "macs"):
        yield from ((f"{step.symbol} = ", step) for _, _, step in steps if step.symbol)


def _belongs(step: DerivedNumber, column: str, is_follower: bool) -> bool:
    """Whether an answer in a column comes from a step; no norm and no activation changes a size."""
    quantity = step.quantity.removeprefix("non-").removeprefix("trainable ")
    return quantity.startswith(_QUANTITIES[column]) and not (is_follower and column == "output")


def _counted_elsewhere(layer: _DerivedLayer, step: DerivedNumber, say: Language) -> DerivedNumber:
    """The step for what is learned, in a layer that uses the weights of another."""
    if not layer.weights or not step.number:
        return step
    return step._replace(
        number=0, words=say("the weights are those of `{layer}`, and are counted there", layer=layer.weights)
    )


def _worked(steps: _Steps, column: str, say: Language) -> list[str]:
    parts = _parts(steps, column, say)
    lines = [f"{name}{_step_text(step, say)}" for name, step in [*_sizes_inside(steps, column), *parts]]
    numbers = [int(step.number) for _, step in parts]
    if column in ("params", "macs") and len(numbers) > 1:
        lines.append(say.digits(f"{' + '.join(map(number, numbers))} = {number(sum(numbers))}"))
    return lines


def _step_text(step: DerivedNumber, say: Language) -> str:
    if not is_derived(step.number):
        return say.sentence(step.words)
    return say.digits(f"{symbolic(step.number)} = {numeric(step.number)} = {number(int(step.number))}")
