"""Whether the receptive field covers the input, and how to make it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncalc.analysis.field_coverage import extent, last_local, origin
from cnncalc.named_tuple import NamedTuple
from cnncalc.whatif.cover_input import Proposal, Refusal, Trial, reaches

if TYPE_CHECKING:
    from cnncalc.analysis.results import Analysis, LayerNumbers
    from cnncalc.graph import Node


class InputCoverage(NamedTuple):
    """Whether the last local field is as large as an input of the model, or as requested.

    Attributes:
        layer: the layer that made the last local field; None if every layer that sees the input sees all of it, or if
            what they see is unknown.
        goal: the requested size, per axis.
        is_covered: None if that is unknown.
        is_end: whether the model returns that layer, so that no layer after it sees everything.
        proposals: if it is not, ways to get there, at most one of each kind.
        refusals: why there are no proposals of the other kinds.
    """

    input: Node
    layer: LayerNumbers | None
    goal: tuple[int, ...]
    is_covered: bool | None
    is_end: bool = False
    proposals: Sequence[Proposal] = ()
    refusals: Sequence[Refusal] = ()
    is_unknown: bool = False
    """Whether the field of a layer on the way to the outputs is unknown."""


def answers(analysis: Analysis, cover: Sequence[int] | None = None) -> list[InputCoverage]:
    """The answer for each input with positions (or ids) that some layer sees; `cover` replaces its size.

    Raises:
        ValueError: `cover` is neither one size for all axes nor one per axis.
    """
    wanted = None if cover is None else _covered(analysis, tuple(cover))
    return [_answer(analysis, source, wanted) for source in analysis.spec.graph.inputs]


def _covered(analysis: Analysis, cover: tuple[int, ...]) -> tuple[int, ...]:
    ranks = {len(extent(source)) for source in analysis.spec.graph.inputs}
    if not cover or min(cover) < 1 or (len(cover) > 1 and ranks != {len(cover)}):
        axes = " or ".join(map(str, sorted(ranks)))
        found = "x".join(map(str, cover))
        raise ValueError(f"expected one size of at least 1, or one for each of {axes} axes, found {found!r}")
    return cover


def _answer(analysis: Analysis, source: Node, cover: tuple[int, ...] | None) -> InputCoverage:
    sizes = extent(source)
    goal = sizes if cover is None else cover * len(sizes) if len(cover) == 1 else cover
    layer = last_local(analysis, source)
    is_unknown = _is_unknown(analysis, source)
    if layer is None:
        return InputCoverage(source, None, goal, None if is_unknown else True, is_unknown=is_unknown)
    is_end = layer.node in analysis.spec.graph.output_nodes
    layer = origin(analysis, layer, source)
    field = layer.fields[source.name]
    if reaches(field.size, goal):
        return InputCoverage(source, layer, goal, True, is_end, is_unknown=is_unknown)
    if not field.is_plain:  # its axes have changed: nothing is proposed
        return InputCoverage(source, layer, goal, False, is_end, is_unknown=is_unknown)
    ways = Trial(analysis, source, layer.node, goal).ways()
    return InputCoverage(source, layer, goal, False, is_end, *ways, is_unknown)


def _is_unknown(analysis: Analysis, source: Node) -> bool:
    fields = (each.fields.get(source.name) for each in analysis.layers)
    return any(field is not None and field.status == "unknown" for field in fields)
