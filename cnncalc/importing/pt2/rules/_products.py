"""Matrix products, in all the forms that PyTorch has for them, and attention."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from cnncalc.importing.operations import Tensor
from cnncalc.importing.pt2._nodes import AtenNode, Ints, NotTranslatedError, known_sizes

Translate = Callable[[AtenNode], None]


def _linear(node: AtenNode) -> None:
    node.emit("linear", [node.tensor("input"), node.tensor("weight"), node.optional("bias")])


def _matmul(node: AtenNode) -> None:
    a, b = node.tensor("self"), _second(node)
    if (weight := _transposed(b)) is not None and len(known_sizes(a)) >= 2:
        node.emit("linear", [a, weight, None])
    else:
        node.emit("matmul", [a, b])


def _second(node: AtenNode) -> Tensor:
    return node.tensor(next((name for name in ("other", "mat2", "vec", "tensor") if name in node.arguments), "other"))


def _transposed(matrix: Tensor) -> Tensor | None:
    """The weight, (out, in), that a matrix is the transpose of; None if it is not."""
    made = matrix.operation
    if made is None or made.name != "transpose" or made.settings["axes"] != (1, 0):
        return None
    weight = made.inputs[0]
    return weight if weight is not None and weight.constant is not None else None


def _product_added(node: AtenNode) -> None:
    """`addmm`, `baddbmm`: beta · self + alpha · first · second."""
    names = ("batch1", "batch2") if node.op == "baddbmm" else ("mat1", "mat2")
    a, b = map(node.tensor, names)
    added, factors = node.tensor("self"), (node.get("alpha", 1), node.get("beta", 1))
    weight = _transposed(b)
    if factors == (1, 1) and weight is not None and len(known_sizes(added)) == 1:
        node.emit("linear", [a, weight, added])
        return
    product = node.emit("matmul", [a, b], node.between(node.output.sizes))
    if factors[0] != 1:
        product = node.emit("mul", [product, node.number(factors[0])], node.between(node.output.sizes))
    if factors[1] == 0:
        node.emit("identity", [product])
        return
    if factors[1] != 1:
        added = node.emit("mul", [added, node.number(factors[1])], node.between(added.sizes))
    node.emit("add", [product, added])


# -- Einstein's notation


def _einsum(node: AtenNode) -> None:
    """Of two tensors: a transpose and a reshape of both, a matrix product, and back. Of one: a transpose and a sum."""
    equation, tensors = str(node.get("equation", "")).replace(" ", ""), node.tensors("tensors")
    found = re.fullmatch(r"([a-zA-Z]+(?:,[a-zA-Z]+)*)->([a-zA-Z]*)", equation)
    if not found or any(len(set(word)) != len(word) for word in (*found[1].split(","), found[2])):
        raise NotTranslatedError("equation")
    words = found[1].split(",")
    if len(words) != len(tensors) or any(len(known_sizes(x)) != len(w) for x, w in zip(tensors, words, strict=True)):
        raise NotTranslatedError("equation")
    if len(tensors) == 1:
        _einsum_of_one(node, tensors[0], words[0], found[2])
    elif len(tensors) == 2:
        _einsum_of_two(node, tensors[0], tensors[1], words[0], words[1], found[2])
    else:
        raise NotTranslatedError("equation")


def _einsum_of_one(node: AtenNode, x: Tensor, word: str, result: str) -> None:
    kept = [letter for letter in word if letter in result]
    if summed := tuple(axis for axis, letter in enumerate(word) if letter not in result):
        sizes = tuple(size for size, letter in zip(known_sizes(x), word, strict=True) if letter in result)
        x = node.emit("reduce", [x], node.between(sizes), how="sum", axes=summed, keep_dims=False)
    node.emit("transpose", [x], axes=tuple(map(kept.index, result)))


def _einsum_of_two(node: AtenNode, a: Tensor, b: Tensor, first: str, second: str, result: str) -> None:
    sizes = {**dict(zip(first, known_sizes(a), strict=True)), **dict(zip(second, known_sizes(b), strict=True))}
    both = [letter for letter in first if letter in second and letter in result]
    summed = [letter for letter in first if letter in second and letter not in result]
    rows = [letter for letter in first if letter not in second]
    columns = [letter for letter in second if letter not in first]
    if not {*rows, *columns} <= set(result) or any(size == 1 for size in map(sizes.__getitem__, summed)):
        raise NotTranslatedError("equation")
    outer: list[str] = []
    if both and first[0] in rows[:-1]:  # the samples, mostly, which are no rows of a matrix
        outer, rows = rows[:-1], rows[-1:]
    apart = tuple(sizes[letter] for letter in outer)
    count = {
        name: math.prod(map(sizes.__getitem__, each)) for name, each in (("m", rows), ("k", summed), ("n", columns))
    }
    lead = tuple(sizes[letter] for letter in both)
    a = _arranged(node, a, first, [*outer, *both, *rows, *summed], (*apart, *lead, count["m"], count["k"]))
    b = _arranged(node, b, second, [*both, *summed, *columns], (*lead, count["k"], count["n"]))
    product = node.emit("matmul", [a, b], node.between((*apart, *lead, count["m"], count["n"])))
    made = [*outer, *both, *rows, *columns]
    product = node.reshaped(product, tuple(sizes[letter] for letter in made))
    node.emit("transpose", [product], axes=tuple(map(made.index, result)))


def _arranged(node: AtenNode, x: Tensor, word: str, order: list[str], sizes: Ints) -> Tensor:
    axes = tuple(map(word.index, order))
    if axes != tuple(range(len(axes))):
        x = node.emit("transpose", [x], node.between(tuple(known_sizes(x)[axis] for axis in axes)), axes=axes)
    return node.reshaped(x, sizes)


# -- attention


def _attention(node: AtenNode) -> None:
    """A tensor with three axes has no heads: one. All axes between the batch and the positions are heads."""
    inputs = [node.tensor(name) for name in ("query", "key", "value")]
    mask = node.optional("attn_mask") or node.optional("attn_bias")
    rank = len(known_sizes(inputs[0]))
    if rank < 3 or any(len(known_sizes(each)) != rank for each in inputs):
        raise NotTranslatedError("axes")
    if node.get("enable_gqa", False):
        inputs[1:] = (_for_each_query(node, each, known_sizes(inputs[0])[-3]) for each in inputs[1:])
    if rank > 4 and (mask is not None or len({known_sizes(each)[:-2] for each in inputs}) > 1):
        raise NotTranslatedError("mask")
    if mask is not None and len(known_sizes(mask)) == rank:
        mask = _with_heads(node, mask)
    output = node.output if rank == 4 else node.between(_heads(known_sizes(node.output)))
    settings = {"causal": node.get("is_causal", False), "scale": node.get("scale")}
    node.emit("attention", [*(_with_heads(node, each) for each in inputs), mask], output, **settings)
    if output is not node.output:
        node.reshaped(output, known_sizes(node.output), node.output)


def _for_each_query(node: AtenNode, x: Tensor, heads: int) -> Tensor:
    """Keys or values, each for as many heads of queries as share them."""
    *outer, own, positions, size = known_sizes(x)
    if own == heads:
        return x
    if own == 0 or heads % own:
        raise NotTranslatedError("heads")
    wide = node.reshaped(x, (*outer, own, 1, positions, size))
    sizes = (*outer, own, heads // own, positions, size)
    spread = node.emit("expand", [wide], node.between(sizes, x.dtype), sizes=sizes)
    return node.reshaped(spread, (*outer, heads, positions, size))


def _with_heads(node: AtenNode, x: Tensor) -> Tensor:
    return node.reshaped(x, _heads(known_sizes(x)))


def _heads(sizes: Ints) -> Ints:
    """(batch, heads, positions, size)."""
    return (sizes[0], math.prod(sizes[1:-2]), *sizes[-2:])


TRANSLATIONS: dict[str, Translate] = {
    "linear": _linear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "vdot", "__matmul__"), _matmul),
    **dict.fromkeys(("addmm", "baddbmm"), _product_added),
    "einsum": _einsum,
    **dict.fromkeys(
        (
            "scaled_dot_product_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_attention_math",
        ),
        _attention,
    ),
}
