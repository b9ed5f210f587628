"""Products of matrices, in all forms, and attention."""

from __future__ import annotations

from math import prod

from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx._sizes import product_sizes
from cnncalc.importing.onnx.operators._views import expand_to, reshape_to, transpose_to
from cnncalc.importing.operations import Constant, Tensor


def multiply_matrices(call: OperatorCall, left: Tensor, right: Tensor) -> Tensor:
    """A product; with a constant matrix on the right, a dense one."""
    sizes = product_sizes(left.sizes or (), right.sizes or ())
    if sizes is None:
        call.refuse(f"matrices of {left.sizes} and {right.sizes} cannot be multiplied")
    if right.constant is not None and len(right.sizes or ()) == 2 and left.constant is None:
        return call.add("linear", [left, call.as_parameter(transpose_to(call, right, (1, 0))), None], sizes)
    return call.add("matmul", [call.as_parameter(left), call.as_parameter(right)], sizes)


def translate_matmul(call: OperatorCall) -> Tensor:
    return multiply_matrices(call, call.input(0), call.input(1))


def translate_gemm(call: OperatorCall) -> Tensor:
    alpha, beta = call.number("alpha", 1.0), call.number("beta", 1.0)
    left, right = call.input(0), call.input(1)
    if call.integer("transA"):
        left = transpose_to(call, left, (1, 0))
    if call.integer("transB"):
        right = transpose_to(call, right, (1, 0))
    sizes = product_sizes(left.sizes or (), right.sizes or ())
    if sizes is None or len(sizes) != 2:
        call.refuse(f"matrices of {left.sizes} and {right.sizes} cannot be multiplied")
    bias = call.maybe(2)
    if right.constant is None or left.constant is not None:
        return _added(call, _scaled(call, multiply_matrices(call, left, right), alpha), bias, beta)
    weight = call.as_parameter(_scaled(call, transpose_to(call, right, (1, 0)), alpha))
    row = _row(call, bias, sizes[1])
    found = call.add("linear", [left, weight, None if row is None else _scaled(call, row, beta)], sizes)
    return found if row is not None else _added(call, found, bias, beta)


def _row(call: OperatorCall, bias: Tensor | None, size: int) -> Tensor | None:
    """The bias as one number per output, if it is that."""
    if bias is None or bias.constant is None or bias.constant.stored is None:
        return None
    is_row = prod(bias.sizes or ()) == size and (bias.sizes or (1,))[-1] == size
    return call.as_parameter(reshape_to(call, bias, (size,))) if is_row else None


def _scaled(call: OperatorCall, x: Tensor, factor: float) -> Tensor:
    if factor == 1:
        return x
    if (constant := x.constant) is not None and constant.stored is not None:
        values = None if constant.values is None else [value * factor for value in constant.values]
        own = Constant(
            constant.stored.then(("multiply", factor)),
            values,
            is_parameter=constant.is_parameter,
            identity=constant.identity,
        )
        return Tensor(x.name, x.sizes, x.dtype, own)
    return call.add("mul", [x, call.made([factor], (), "float32")], x.sizes or ())


def _added(call: OperatorCall, x: Tensor, bias: Tensor | None, factor: float) -> Tensor:
    if bias is None or factor == 0:
        return x
    return call.add("add", [x, _scaled(call, call.as_parameter(bias), factor)], x.sizes or ())


# -- einsum


def _einsum(call: OperatorCall) -> Tensor | None:
    """Products of two tensors that are one product of matrices after moving axes."""
    equation = call.text("equation").replace(" ", "")
    left, arrow, out = equation.partition("->")
    terms = left.split(",")
    if not arrow or "." in equation or len(terms) != len(call.inputs) or len(terms) not in (1, 2):
        return None
    if any(len(set(term)) != len(term) for term in (*terms, out)):
        return None
    if any(len(term) != len(call.sizes(place)) for place, term in enumerate(terms)):
        call.refuse(f"`{equation}` does not fit the ranks of its inputs")
    return _rearranged(call, terms[0], out) if len(terms) == 1 else _contracted(call, terms[0], terms[1], out)


def _rearranged(call: OperatorCall, term: str, out: str) -> Tensor | None:
    if sorted(term) != sorted(out):
        return None
    return transpose_to(call, call.input(0), [term.index(each) for each in out])


def _contracted(call: OperatorCall, a: str, b: str, out: str) -> Tensor | None:
    shared = [each for each in a if each in b and each in out]
    inner = [each for each in a if each in b and each not in out]
    rows, columns = [each for each in a if each not in b], [each for each in b if each not in a]
    if not inner or any(each not in out for each in rows + columns) or sorted(out) != sorted(shared + rows + columns):
        return None
    size = dict(zip(a + b, call.sizes(0) + call.sizes(1), strict=True))
    lead: list[str] = []
    if shared and a[0] in rows[:-1] and size[a[0]] == call.ledger.graph.batch:  # samples are no rows of a matrix
        lead, rows = rows[:-1], rows[-1:]

    def arranged(place: int, term: str, *groups: list[str]) -> Tensor:
        moved = transpose_to(call, call.input(place), [term.index(each) for group in groups for each in group])
        sizes = (*(size[each] for each in groups[0]), *(prod(size[each] for each in group) for group in groups[1:]))
        return reshape_to(call, moved, sizes)

    found = multiply_matrices(call, arranged(0, a, lead + shared, rows, inner), arranged(1, b, shared, inner, columns))
    order = lead + shared + rows + columns
    found = reshape_to(call, found, tuple(size[each] for each in order))
    return transpose_to(call, found, [order.index(each) for each in out])


# -- attention


def _attention(call: OperatorCall) -> Tensor | None:
    """Attention of opset 23: heads as an axis, or in the channels."""
    if call.has(4) or call.has(5) or call.has(6) or call.number("softcap") or any(call.node.outputs[1:]):
        return None
    if call.integer("left_window_size", -1) >= 0 or call.integer("right_window_size", -1) >= 0:
        return None
    heads = [call.integer("q_num_heads"), call.integer("kv_num_heads"), call.integer("kv_num_heads")]
    flat = len(call.sizes(0)) == 3
    query, key, value = (
        _with_heads(call, call.input(place), count) if flat else call.input(place) for place, count in enumerate(heads)
    )
    times = (query.sizes or ())[1] // (key.sizes or ())[1]
    key, value = (_for_groups(call, each, times) for each in (key, value))
    scale = call.number("scale") if call.attribute("scale") else None
    batch, count, positions, _ = query.sizes or ()
    new = (batch, count, positions, (value.sizes or ())[3])
    inputs = [query, key, value, call.maybe(3)]
    found = call.add("attention", inputs, new, causal=call.integer("is_causal") == 1, scale=scale)
    if not flat:
        return found
    return reshape_to(call, transpose_to(call, found, (0, 2, 1, 3)), (batch, positions, count * new[3]))


def _with_heads(call: OperatorCall, x: Tensor, heads: int) -> Tensor:
    batch, positions, channels = x.sizes or ()
    return transpose_to(call, reshape_to(call, x, (batch, positions, heads, channels // heads)), (0, 2, 1, 3))


def _for_groups(call: OperatorCall, x: Tensor, times: int) -> Tensor:
    """Keys or values, each for as many heads of queries as share them."""
    if times == 1:
        return x
    batch, heads, positions, size = x.sizes or ()
    wide = reshape_to(call, x, (batch, heads, 1, positions, size))
    wide = expand_to(call, wide, (batch, heads, times, positions, size))
    return reshape_to(call, wide, (batch, heads * times, positions, size))


TRANSLATIONS: dict[str, Translation] = {
    "MatMul": translate_matmul,
    "Gemm": translate_gemm,
    "Einsum": _einsum,
    "Attention": _attention,
}
