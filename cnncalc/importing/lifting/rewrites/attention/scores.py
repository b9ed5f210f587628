"""Attention written as the products that it is: `attention` of queries, keys and values."""

from __future__ import annotations

from collections import Counter
from math import prod

from cnncalc.importing.lifting.rewrites._constants import numbers_of
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import DEEPEST, filled, input_of, made_by, scaled, sole_number
from cnncalc.importing.lifting.rewrites.plumbing import swapped_last
from cnncalc.importing.operations import Constant, Operation, OperationGraph, Tensor
from cnncalc.named_tuple import NamedTuple

LOWEST_SCORE = -1e4
"""Scores that are this low are 0 after a softmax."""


class Scores(NamedTuple):
    """What a softmax is of.

    Attributes:
        product: of the queries and the turned keys.
        factor: what it is multiplied by.
        masks: what is added, or the conditions under which scores stay.
    """

    product: Operation
    factor: float = 1.0
    masks: tuple[Tensor, ...] = ()


def attention_rules(graph: OperationGraph) -> Rules:
    """The rule for a graph. Where scores or their softmax are read by others too (PyTorch's `need_weights`), the
    products stay: they would be there twice."""
    readers = Counter(graph.outputs)
    for each in graph.operations:
        readers.update(tensor for tensor in each.inputs if tensor is not None)

    def attention(operation: Operation) -> Written:
        """softmax(factor · q · kᵀ + masks) · v."""
        soft = _softmax(operation.inputs[0])
        scores = _scores(input_of(soft, 0)) if soft is not None else None
        if soft is None or scores is None or not operation.output.sizes:
            return None
        is_alone = all(readers[each.output] == 1 for each in (soft, scores.product))
        return _attention(operation, scores) if is_alone else None

    return {"matmul": (attention,)}


def _attention(operation: Operation, scores: Scores) -> Written:
    (query, by), keys = _unscaled(input_of(scores.product, 0)), input_of(scores.product, 1)
    (keys, by_keys) = _unscaled(keys)
    if not keys.sizes or not query.sizes or len(keys.sizes) != len(query.sizes):
        return None
    turned = before(
        operation,
        "transpose",
        keys,
        (*keys.sizes[:-2], keys.sizes[-1], keys.sizes[-2]),
        axes=swapped_last(len(keys.sizes)),
    )
    apart = _led_as_values(operation, scores, query, turned.output)
    if apart is None:
        return None
    rows = [each.output for each in apart] or [query, turned.output]
    inputs = [*rows, operation.inputs[1], *scores.masks]
    settings = {"scale": scores.factor * by * by_keys, "causal": False}
    return [turned, *apart, instead(operation, "attention", inputs, **settings)]


def _led_as_values(operation: Operation, scores: Scores, *rows: Tensor) -> list[Operation] | None:
    """Queries and keys with the first axes that the values have, if the scores were reshaped to those: samples and
    heads are one axis for a product and two for another. Nothing if they have them; None if they cannot."""
    lead, before_ = (operation.output.sizes or ())[:-2], (scores.product.output.sizes or ())[:-2]
    if lead == before_:
        return []
    if any(prod((each.sizes or ())[:-2]) != prod(lead) for each in rows):
        return None
    return [before(operation, "reshape", each, new := (*lead, *(each.sizes or ())[-2:]), sizes=new) for each in rows]


def _softmax(tensor: Tensor | None) -> Operation | None:
    """The softmax along the last axis that a tensor is, but for a dropout and for reshapes of the other axes."""
    for _ in range(DEEPEST):
        by = made_by(tensor, "softmax", "dropout")
        if by is None or by.name == "softmax":
            rank = len(by.output.sizes or ()) if by else 0
            return by if by and by.settings["axis"] == rank - 1 else None
        tensor = by.inputs[0]
    return None


def _unscaled(tensor: Tensor) -> tuple[Tensor, float]:
    """A tensor without the numbers that multiply it."""
    *_, (factor, base) = scaled(tensor)
    return base, factor


def _scores(tensor: Tensor, depth: int = 0) -> Scores | None:
    """The product that scores come from."""
    by = made_by(tensor, "matmul", "mul", "div", "add", "where", "reshape")
    if by is None or depth > DEEPEST:
        return None
    if by.name == "matmul":
        return Scores(by)
    if by.name in ("mul", "div"):
        factor, base = next((pair for pair in scaled(tensor) if pair[1] is not tensor), (1.0, tensor))
        found = _scores(base, depth + 1) if base is not tensor else None
        return (found and not found.masks and found._replace(factor=found.factor * factor)) or None
    if by.name == "reshape":
        return _scores(input_of(by, 0), depth + 1) if _keeps_last(by) else None
    places = ((0, 1), (1, 0)) if by.name == "add" else ((1, 0), (2, 0))
    for kept, mask in places:
        found = _scores(input_of(by, kept), depth + 1)
        if found and by.name == "add":
            return found._replace(masks=(*found.masks, input_of(by, mask)))
        if found and _hides(by.inputs[3 - kept]):
            visible = input_of(by, mask) if kept == 1 else _opposite(input_of(by, mask))
            return found._replace(masks=(*found.masks, visible))
    return None


def _hides(tensor: Tensor | None) -> bool:
    """Whether it is a number that is as good as -∞ for a score."""
    value = sole_number(tensor)
    return value is not None and value <= LOWEST_SCORE


def _opposite(condition: Tensor) -> Tensor:
    """Where a condition does not hold; if it is not constant, it is left to whoever knows it."""
    if (by := made_by(condition, "equal")) and sole_number(by.inputs[1]) == 0:
        asked = input_of(by, 0)
        if asked.constant is not None:
            return Tensor(asked.name, asked.sizes, "bool", asked.constant)
    values = numbers_of(condition)
    if values is None:
        return condition
    return Tensor(
        f"{condition.name}:not", condition.sizes, "bool", Constant(None, [float(not each) for each in values])
    )


def _keeps_last(reshape: Operation) -> bool:
    """Whether a reshape leaves the last two axes as they are."""
    before_, after = input_of(reshape, 0).sizes, reshape.output.sizes
    return bool(before_ and after and before_[-2:] == after[-2:])


def spelled_out(operation: Operation) -> Written:
    """Attention of a single head, where it is not known between which projections it is: as products."""
    query, keys, values, *masks = operation.inputs
    scale = operation.settings.get("scale")
    if query is None or keys is None or values is None or not query.sizes or not keys.sizes or scale is None:
        return None
    if operation.settings.get("causal") or len(query.sizes) != 3:
        return None
    sizes = (*query.sizes[:-1], keys.sizes[-2])
    turned = before(operation, "transpose", keys, (*keys.sizes[:-2], keys.sizes[-1], keys.sizes[-2]), axes=(0, 2, 1))
    made = [turned, before(operation, "matmul", query, sizes)]
    made[-1].inputs.append(turned.output)
    for name, other in (("mul", filled(scale)), *(("add", mask) for mask in masks if mask is not None)):
        made.append(before(operation, name, made[-1].output, sizes))
        made[-1].inputs.append(other)
    made.append(before(operation, "softmax", made[-1].output, sizes, axis=2))
    return [*made, instead(operation, "matmul", [made[-1].output, values])]


ALONE: Rules = {"attention": (spelled_out,)}
