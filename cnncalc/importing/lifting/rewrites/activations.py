"""Activations that a file writes as the arithmetic that they are."""

from __future__ import annotations

from math import inf, pi, prod, sqrt

from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import (
    DEEPEST,
    bare,
    filled,
    input_of,
    is_close,
    linear_in,
    made_by,
    products,
    quotients,
    scaled,
    sole_number,
    sums_with_numbers,
)
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import SOFTPLUS_IS_X, Operation, Tensor


def limited(tensor: Tensor) -> tuple[Tensor, float, float]:
    """What is limited to a range, and the range; the tensor itself and all numbers if nothing is."""
    low, high = -inf, inf
    for _ in range(DEEPEST):
        if (step := _limited_once(tensor)) is None:
            break
        tensor, lowest, highest = step
        low, high = min(max(low, lowest), high), max(min(high, highest), low)
    return tensor, low, high


def _limited_once(tensor: Tensor) -> tuple[Tensor, float, float] | None:
    operation = made_by(tensor, "clip", "relu", "relu6", "maximum", "minimum")
    if operation is None:
        return None
    if operation.name in ("maximum", "minimum"):
        return _limited_by_number(operation)
    low, high = {"relu": (0, inf), "relu6": (0, 6)}.get(operation.name) or operation.settings.get("bounds", (-1, 1))
    return input_of(operation, 0), -inf if low is None else low, inf if high is None else high


def _limited_by_number(operation: Operation) -> tuple[Tensor, float, float] | None:
    for tensor, bound in ((0, 1), (1, 0)):
        if (by := sole_number(operation.inputs[bound])) is not None:
            return (input_of(operation, tensor), *((by, inf) if operation.name == "maximum" else (-inf, by)))
    return None


def limits(operation: Operation) -> Written:
    """One limit for several in a row, by its own name if it has one; a hard sigmoid if it is one."""
    x, low, high = limited(operation.output)
    if (low, high) == (0, inf):
        return None if operation.name == "relu" else instead(operation, "relu", [x])
    if (low, high) == (0, 6):
        return None if operation.name == "relu6" else instead(operation, "relu6", [x])
    if (low, high) == (0, 1):
        ways = [(slope, base) for slope, half, base in linear_in(x) if half == 0.5 and slope > 0]
        if ways:
            slope, base = ways[-1]
            return instead(operation, "hard_sigmoid", [base], slope=slope, offset=0.5)
    if operation.name == "clip" and x is input_of(operation, 0):
        return None
    return instead(operation, "clip", [x], bounds=(low, high)) if low > -inf or high < inf else None


def hard_sigmoid(operation: Operation) -> Written:
    """clip(x + 3, 0, 6) / 6."""
    for factor, inner in scaled(operation.output):
        sum_, low, high = limited(inner)
        if (low, high) == (0, 6) and is_close(factor, 1 / 6):
            for three, x in sums_with_numbers(sum_):
                if is_close(three, 3):
                    return instead(operation, "hard_sigmoid", [x], slope=1 / 6, offset=0.5)
    return None


def self_gated(operation: Operation) -> Written:
    """x · sigmoid(x), x · hard_sigmoid(x), x · tanh(softplus(x))."""
    for factor, x, gate in products(operation.output):
        if name := _gate_of(factor, x, gate):
            return instead(operation, name, [x])
    return _silu_as_quotient(operation)


def _gate_of(factor: float, x: Tensor, gate: Tensor) -> str:
    by = made_by(gate, "sigmoid", "hard_sigmoid", "tanh", "relu6", "clip")
    if by is None:
        return ""
    if by.name == "relu6":
        return "hard_swish" if is_close(factor, 1 / 6) and (3.0, x) in sums_with_numbers(input_of(by, 0)) else ""
    if not is_close(factor, 1):
        return ""
    if by.name == "tanh":
        soft = made_by(by.inputs[0], "softplus")
        return "mish" if soft and input_of(soft, 0) is x and _is_plain(soft) else ""
    if input_of(by, 0) is not x:
        return ""
    if by.name == "hard_sigmoid":
        return "hard_swish" if is_close(by.settings.get("slope", 1 / 6), 1 / 6) and _is_halved(by) else ""
    return "silu" if by.name == "sigmoid" else ""


def _is_halved(hard_sigmoid: Operation) -> bool:
    return is_close(hard_sigmoid.settings.get("offset", 0.5), 0.5)


def _is_plain(softplus: Operation) -> bool:
    return is_close(softplus.settings.get("beta", 1), 1)


def _silu_as_quotient(operation: Operation) -> Written:
    """x / (1 + e⁻ˣ)."""
    for x, below in quotients(operation.output):
        if _is_one_and_exponential(below, x):
            return instead(operation, "silu", [x])
    return None


def _is_one_and_exponential(tensor: Tensor, x: Tensor) -> bool:
    for one, rest in sums_with_numbers(tensor):
        exponential = made_by(rest, "exp")
        if is_close(one, 1) and exponential and (-1.0, x) in scaled(input_of(exponential, 0)):
            return True
    return False


def reciprocal_of_exponential(operation: Operation) -> Written:
    """1 / (1 + e⁻ˣ)."""
    below = operation.inputs[1] if operation.name == "div" else operation.inputs[0]
    if operation.name == "div" and not is_close(sole_number(operation.inputs[0]), 1):
        return None
    for one, rest in sums_with_numbers(below) if below else ():
        exponential = made_by(rest, "exp")
        if is_close(one, 1) and exponential:
            for factor, x in scaled(input_of(exponential, 0)):
                if factor == -1:
                    return instead(operation, "sigmoid", [x])
    return None


def gelu(operation: Operation) -> Written:
    """½ x (1 + erf(x / √2)), or with the tanh that approximates it."""
    for factor, x, rest in products(operation.output):
        for slope, offset, inner in linear_in(rest):
            if is_close(factor * slope, 0.5) and is_close(factor * offset, 0.5) and (how := _inside_gelu(inner, x)):
                return instead(operation, "gelu", [x], approximate=how)
    return None


def _inside_gelu(tensor: Tensor, x: Tensor) -> str:
    if erf := made_by(tensor, "erf"):
        return "none" if any(is_close(f, sqrt(0.5)) and t is x for f, t in scaled(input_of(erf, 0))) else ""
    if (tanh := made_by(tensor, "tanh")) and _is_cubic(input_of(tanh, 0), x):
        return "tanh"
    return ""


def _is_cubic(tensor: Tensor, x: Tensor) -> bool:
    """√(2/π) · (x + 0.044715 x³), however the brackets are set."""
    for factor, sum_ in scaled(tensor):
        if (add := made_by(sum_, "add")) and is_close(factor, sqrt(2 / pi)):
            a, b = input_of(add, 0), input_of(add, 1)
            return (a is x and _is_cube(b, x, 0.044715)) or (b is x and _is_cube(a, x, 0.044715))
    ways = products(tensor)
    return any(is_close(f, sqrt(2 / pi)) and base is x and _is_one_and_square(rest, x) for f, base, rest in ways)


def _is_cube(tensor: Tensor, x: Tensor, by: float) -> bool:
    if any(is_close(f, by) and _is_power(t, x, 3) for f, t in scaled(tensor)):
        return True
    return any(is_close(f, by) and a is x and _is_power(b, x, 2) for f, a, b in products(tensor))


def _is_power(tensor: Tensor, x: Tensor, power: int) -> bool:
    if (operation := made_by(tensor, "pow")) and is_close(sole_number(operation.inputs[1]), power):
        return input_of(operation, 0) is x
    if power == 1:
        return tensor is x
    if (operation := made_by(tensor, "square")) and power == 2:
        return input_of(operation, 0) is x
    if operation := made_by(tensor, "mul"):
        a, b = input_of(operation, 0), input_of(operation, 1)
        return (a is x and _is_power(b, x, power - 1)) or (b is x and _is_power(a, x, power - 1))
    return False


def _is_one_and_square(tensor: Tensor, x: Tensor) -> bool:
    return any(
        is_close(one, 1) and is_close(f, 0.044715) and _is_power(square, x, 2)
        for one, rest in sums_with_numbers(tensor)
        for f, square in scaled(rest)
    )


def gelu_by_sigmoid(operation: Operation) -> Written:
    """x · sigmoid(2 · √(2/π) · (x + 0.044715 x³)), which is the same as the one with tanh."""
    for factor, x, gate in products(operation.output):
        by = made_by(gate, "sigmoid")
        if by and is_close(factor, 1):
            for double, inner in scaled(input_of(by, 0)):
                if is_close(double, 2) and _is_cubic(inner, x):
                    return instead(operation, "gelu", [x], approximate="tanh")
    return None


def soft(operation: Operation) -> Written:
    """x / (1 + |x|), the logarithm of 1 + eˣ and of a sigmoid."""
    if operation.name == "log":
        inner = input_of(operation, 0)
        if by := made_by(inner, "sigmoid"):
            return instead(operation, "log_sigmoid", [by.inputs[0]])
        for one, rest in sums_with_numbers(inner):
            if is_close(one, 1) and (by := made_by(rest, "exp")):
                return instead(operation, "softplus", [by.inputs[0]])
        return None
    for x, below in quotients(operation.output):
        for one, rest in sums_with_numbers(below):
            if is_close(one, 1) and (by := made_by(rest, "abs")) and input_of(by, 0) is x:
                return instead(operation, "softsign", [x])
    return None


def limited_softplus(operation: Operation) -> Written:
    """A softplus that is x itself where x is large, where the two differ by less than float32 can say."""
    condition, x, kept = operation.inputs[:3]
    by, soft_ = made_by(condition, "greater"), made_by(kept, "softplus")
    if by is None or soft_ is None or x is None or not (input_of(by, 0) is input_of(soft_, 0) is bare(x)):
        return None
    threshold = sole_number(by.inputs[1])
    return soft_.output if threshold is not None and threshold >= SOFTPLUS_IS_X else None


def celu(operation: Operation) -> Written:
    """alpha · elu(x / alpha), whose slope at 0 is 1."""
    alpha, x, sizes = operation.settings.get("alpha", 1), input_of(operation, 0), operation.output.sizes
    if alpha == 1 or sizes is None:
        return instead(operation, "elu", [x], alpha=1.0) if alpha == 1 else None
    made = [before(operation, "mul", x, sizes)]
    made[0].inputs.append(filled(1 / alpha))
    made.append(before(operation, "elu", made[0].output, sizes, alpha=1.0))
    return [*made, instead(operation, "mul", [made[1].output, filled(alpha)])]


def leaky_relu(operation: Operation) -> Written:
    """x where it is positive and a multiple of it elsewhere, which is what is left of `prelu` once it is decomposed."""
    condition, *ways = operation.inputs[:3]
    question = made_by(condition, "greater", "greater_equal", "less", "less_equal")
    if question is None or sole_number(question.inputs[1]) != 0 or None in ways:
        return None
    x = input_of(question, 0)
    positive, negative = (bare(each) for each in ways if each is not None)
    if question.name.startswith("less"):
        positive, negative = negative, positive
    if positive is not x:
        return None
    for slope, base in scaled(negative):
        if base is x and negative is not x:
            return instead(operation, "leaky_relu", [x], slope=slope)
    by = made_by(negative, "mul")
    for one, other in ((0, 1), (1, 0)):
        slopes = by.inputs[other] if by is not None else None
        if by is not None and slopes is not None and slopes.constant is not None and input_of(by, one) is x:
            return _prelu(operation, x, slopes)
    return None


def _prelu(operation: Operation, x: Tensor, slopes: Tensor) -> Written:
    """Slopes that are spread as NumPy's, as those along axis 1."""
    sizes, rank = slopes.sizes or (), len(x.sizes or ())
    if len(sizes) == 1 < rank or (prod(sizes) > 1 and (len(sizes) != rank or prod(sizes) != sizes[1])):
        return None if prod(sizes) > 1 else instead(operation, "prelu", [x, slopes])
    flat = view_of_constant(Operation("reshape", [slopes], [Tensor(slopes.name, (prod(sizes),))], {}))
    return instead(operation, "prelu", [x, flat if isinstance(flat, Tensor) else slopes])


RULES: Rules = {
    "log": (soft,),
    "celu": (celu,),
    "where": (limited_softplus, leaky_relu),
    "clip": (limits,),
    "relu": (limits,),
    "relu6": (limits,),
    "maximum": (limits,),
    "minimum": (limits,),
    "mul": (hard_sigmoid, self_gated, gelu, gelu_by_sigmoid),
    "div": (hard_sigmoid, self_gated, gelu, reciprocal_of_exponential, soft),
    "reciprocal": (reciprocal_of_exponential,),
}
