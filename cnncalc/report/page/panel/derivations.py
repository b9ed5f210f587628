"""How the numbers of each layer come about, as `explain` says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.explanation.derivation import Explainer
from cnncalc.report._document import Block, Formula, Paragraph
from cnncalc.report.page._context import Distinct
from cnncalc.report.views.explain import derivation_blocks, legend_symbols

if TYPE_CHECKING:
    from cnncalc.explanation.derivation import Explanation
    from cnncalc.report.page._context import PageModel, Texts

MOST_EXPLAINED = 2_000
"""So many different derivations are on a page; the layers after them have none."""


class Derivations:
    """The derivations of a page's layers; those of layers that are alike, their formulas and legends are there once.

    A formula is `[quantity, rule, numbers, result, words]`, the ids of texts; a remark the id of its text. In a rule, a
    subscript is written `n_{in}`: scripts make elements of it.
    """

    def __init__(self, model: PageModel) -> None:
        self._texts = model.texts
        self._explainer = Explainer(model.analysis)
        self._ids: dict[int, int] = {}  # by the identity of what layers that are alike share
        self._kept: list[Explanation] = []
        self._blocks: Distinct[Any] = Distinct()
        self._legends: Distinct[Any] = Distinct()
        self._derivations: Distinct[Any] = Distinct()

    def id(self, numbers: Any) -> int | None:
        """Where the derivation of a layer is in the list; None where there are too many."""
        if len(self._kept) == MOST_EXPLAINED:
            return None
        explanation = self._explainer.explain(numbers)
        key = id(explanation.derivation)
        if key not in self._ids:
            self._kept.append(explanation)  # also keeps the identity from being given to another
            self._ids[key] = self._derivations.id(self._written(explanation))
        return self._ids[key]

    def data(self) -> dict[str, Any]:
        """The lists that ids refer to."""
        return {
            "blocks": self._blocks.all(),
            "legends": self._legends.all(),
            "derivations": self._derivations.all(),
        }

    def _written(self, explanation: Explanation) -> tuple[int, ...]:
        """The legend, and then what there is to say, in order."""
        legend = tuple(
            part
            for symbol in legend_symbols([explanation])
            for part in (self._texts.id(braced(symbol.html)), self._texts.id(symbol.meaning))
        )
        blocks = derivation_blocks(explanation.derivation)
        return (self._legends.id(legend), *(self._blocks.id(_block_data(each, self._texts)) for each in blocks))


def _block_data(block: Block, texts: Texts) -> Any:
    if isinstance(block, Paragraph):
        return texts.id(block.text)
    assert isinstance(block, Formula)
    parts = (block.quantity, braced(block.html), block.numeric, block.result, block.words)
    return tuple(map(texts.id, parts))


def braced(html: str) -> str:
    """A rule or symbol in which subscripts are `n_{in}` instead of elements."""
    return html.replace("<sub>", "_{").replace("</sub>", "}")
