"""Whether the fields cover the inputs, what it would take, and merges whose branches diverge, as `receptive-field` says
it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import misalignments
from cnncalc.report._document import Block, Facts, Heading, Paragraph, Table, text_of
from cnncalc.report.text import number
from cnncalc.report.views.receptive_field import answer_blocks, misalignment_blocks
from cnncalc.whatif.align_branches import Aligner
from cnncalc.whatif.coverage import answers

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel, Texts

MOST_LAYERS = 4000
"""Beyond this many layers, trying changes takes seconds."""
MOST_MERGES = 8
"""How many misaligned merges are described."""


def ways_data(model: PageModel, is_vast: bool) -> dict[str, Any]:
    """The answer for each input, and misaligned merges: the layer that it is about, and blocks of text."""
    if is_vast or len(model.analysis.layers) > MOST_LAYERS:
        why = "with fields as large as this" if is_vast else f"of more than {number(MOST_LAYERS)} layers"
        words = f"Ways to widen a field are not tried in a model {why}; `cnncalc receptive-field` tries them."
        return {"answers": [], "misaligned": [], "note": model.texts.id(words)}
    merges = list(misalignments(model.analysis))
    aligner = Aligner(model.analysis)
    described = [(each, aligner.alignment(each)) for each in merges[:MOST_MERGES]]
    left = len(merges) - len(described)
    words = f"{left} more {'merges are' if left > 1 else 'merge is'} misaligned: see `cnncalc receptive-field`."
    return {
        "answers": [
            {
                "layer": answer.layer and model.ids[answer.layer.node],
                "blocks": _blocks_data(model.texts, answer_blocks(model.analysis, answer)),
            }
            for answer in answers(model.analysis)
        ],
        "misaligned": [
            {
                "layer": model.ids[found.merge.node],
                "blocks": _blocks_data(model.texts, misalignment_blocks(model.analysis, found, fix)),
            }
            for found, fix in described
        ],
        "note": model.texts.id(words) if left else None,
    }


def _blocks_data(texts: Texts, blocks: Sequence[Block]) -> list[Any]:
    return [found for block in blocks for found in _block_data(texts, block)]


def _block_data(texts: Texts, block: Block) -> Iterable[dict[str, Any]]:
    if isinstance(block, Heading):
        yield {"heading": texts.id(block.text), "beside": texts.id(block.beside)}
    elif isinstance(block, Paragraph):
        yield {"paragraph": texts.id(block.text)}
    elif isinstance(block, Facts):
        yield {"facts": [[texts.id(label), texts.id(value)] for label, value in block.pairs]}
    elif isinstance(block, Table):
        columns = [[texts.id(column.title), int(column.is_number)] for column in block.columns]
        yield {"columns": columns, "rows": [[texts.id(text_of(cell)) for cell in row] for row in block.rows]}
