r"""Named numbers that record what is done to them.

`Number` is an int: the functions of `cnncalc.formulas` calculate with it as with any other, branch on its value and
return the right result. It also remembers the expression that led to it, which can then be written in symbols (`⌊(n_in
− k + 2·p) / s⌋ + 1`), with numbers substituted (`⌊(28 − 3 + 2·0) / 1⌋ + 1`), as LaTeX or as HTML.

What follows an underscore in a symbol is its subscript: `n_in`. An underscore that belongs to a name is escaped, as in
LaTeX: `output\_padding`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

_ATOM, _PRODUCT, _QUOTIENT, _SUM = 4, 3, 2, 1
"""How tightly an expression binds: shows where brackets are needed."""


class Expression:
    """A node of a recorded calculation: an operator and its operands, or a named or plain number."""

    __slots__ = ("operands", "operator", "symbol", "value")

    def __init__(self, operator: str, value: int, operands: tuple[Expression, ...] = (), symbol: str = "") -> None:
        self.operator = operator
        self.value = value
        self.operands = operands
        self.symbol = symbol

    def walk(self) -> Iterator[Expression]:
        """The expression and all inside it, as they are written from left to right."""
        pending = [self]
        while pending:
            expression = pending.pop()
            yield expression
            pending.extend(reversed(expression.operands))


class Number(int):
    """An int with a name or a history. Arithmetic with it gives a Number; comparisons give plain booleans."""

    expression: Expression

    def __new__(cls, value: int, symbol: str = "") -> Number:
        self = super().__new__(cls, value)
        self.expression = Expression("name" if symbol else "plain", int(value), symbol=symbol)
        return self

    @classmethod
    def _of(cls, operator: str, value: int, *operands: int) -> Number:
        self = super().__new__(cls, value)
        self.expression = Expression(operator, int(value), tuple(map(expression_of, operands)))
        return self

    def __add__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("+", int(self) + int(other), self, other)

    def __radd__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("+", int(other) + int(self), other, self)

    def __sub__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("-", int(self) - int(other), self, other)

    def __rsub__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("-", int(other) - int(self), other, self)

    def __mul__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("*", int(self) * int(other), self, other)

    def __rmul__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("*", int(other) * int(self), other, self)

    def __floordiv__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("floor", int(self) // int(other), self, other)

    def __rfloordiv__(self, other: int) -> Number:
        if not isinstance(other, int):
            return NotImplemented
        return Number._of("floor", int(other) // int(self), other, self)

    def __divmod__(self, other: int) -> tuple[Number, int]:
        # `formulas.exact_div`: a division without remainder is shown without the floor
        return Number._of("/", int(self) // int(other), self, other), int(self) % int(other)

    def __rdivmod__(self, other: int) -> tuple[Number, int]:
        return Number._of("/", int(other) // int(self), other, self), int(other) % int(self)

    def __neg__(self) -> Number:
        # −(−a // b) is how integers say ⌈a / b⌉
        expression = self.expression
        if expression.operator == "floor" and expression.operands[0].operator == "neg":
            numerator, denominator = expression.operands
            result = Number(-int(self))
            result.expression = Expression("ceil", -int(self), (numerator.operands[0], denominator))
            return result
        return Number._of("neg", -int(self), self)


def expression_of(number: int) -> Expression:
    """The recorded expression of a number; a plain int is its own."""
    return number.expression if isinstance(number, Number) else Expression("plain", number)


def named(values: Iterable[int], symbols: Iterable[str]) -> tuple[int, ...]:
    """The values as Numbers under these symbols."""
    return tuple(Number(value, symbol) for value, symbol in zip(values, symbols, strict=True))


def symbolic(number: int) -> str:
    """The calculation in symbols: `⌊(n_in − k + 2·p) / s⌋ + 1`."""
    return _text(expression_of(number), symbol_text)[0]


def numeric(number: int) -> str:
    """The calculation with numbers substituted: `⌊(28 − 3 + 2·0) / 1⌋ + 1`."""
    return _text(expression_of(number), None)[0]


def html_symbolic(number: int) -> str:
    """The calculation in symbols, as HTML."""
    return _text(expression_of(number), html_symbol)[0]


def latex_symbolic(number: int) -> str:
    """The calculation in symbols, as LaTeX for math mode."""
    return _latex(expression_of(number), numbers=False)[0]


def latex_numeric(number: int) -> str:
    """The calculation with numbers substituted, as LaTeX for math mode."""
    return _latex(expression_of(number), numbers=True)[0]


def stem_and_index(symbol: str) -> tuple[str, str]:
    """What a symbol consists of: `n_in` is n with the subscript in, `output\\_padding` has none."""
    stem, _, index = symbol.partition("_")
    while stem.endswith("\\"):
        more, _, index = index.partition("_")
        stem = f"{stem[:-1]}_{more}"
    return stem, index


def symbol_text(symbol: str) -> str:
    """A symbol as plain text: `n_in`, `output_padding`."""
    return symbol.replace("\\_", "_")


def html_symbol(symbol: str) -> str:
    """A symbol as HTML, with its subscript."""
    stem, index = stem_and_index(symbol)
    return f"{stem}<sub>{index.replace('_', ',')}</sub>" if index else stem


def latex_symbol(symbol: str) -> str:
    """A symbol as LaTeX for math mode."""
    stem, index = stem_and_index(symbol)
    if len(stem) > 1:
        name = stem.replace("_", r"\_")
        stem = rf"\mathrm{{{name}}}"
    return rf"{stem}_{{\mathrm{{{index.replace('_', ',')}}}}}" if index else stem


def is_derived(number: int) -> bool:
    """Whether anything was computed to reach this number."""
    return expression_of(number).operator not in ("plain", "name")


def quotient_before_rounding(number: int) -> tuple[int, int] | None:
    """Numerator and denominator of the first ⌊a / b⌋ or ⌈a / b⌉ in the calculation; None if there is none."""
    rounded = (each for each in expression_of(number).walk() if each.operator in ("floor", "ceil"))
    return next(((each.operands[0].value, each.operands[1].value) for each in rounded), None)


_TEXT: Mapping[str, str] = {"+": " + ", "-": " − ", "*": "·", "/": " / "}
_LATEX: Mapping[str, str] = {"+": " + ", "-": " - ", "*": r" \cdot "}


def _bracket(written: tuple[str, int], binding: int, left: str = "(", right: str = ")") -> str:
    text, strength = written
    return text if strength >= binding else left + text + right


def _text(expression: Expression, named: Callable[[str], str] | None) -> tuple[str, int]:
    operator = expression.operator
    if operator == "name" and named:
        return named(expression.symbol), _ATOM
    if operator in ("name", "plain"):
        return (str(expression.value), _ATOM) if expression.value >= 0 else (f"−{-expression.value}", _SUM)
    written = [_text(operand, named) for operand in expression.operands]
    if operator == "neg":
        return "−" + _bracket(written[0], _PRODUCT), _SUM
    if operator in ("floor", "ceil"):
        left, right = "⌊⌋" if operator == "floor" else "⌈⌉"
        return f"{left}{_bracket(written[0], _PRODUCT)} / {_bracket(written[1], _ATOM)}{right}", _ATOM
    return _binary(operator, written, _TEXT[operator])


def _binary(operator: str, written: list[tuple[str, int]], sign: str) -> tuple[str, int]:
    left, right = written
    if operator in "*/":
        # a·b·c needs no brackets; a quotient inside a product does: k·(c_in / groups)
        strength = _PRODUCT if operator == "*" else _QUOTIENT
        return _bracket(left, _PRODUCT) + sign + _bracket(right, _PRODUCT + (operator == "/")), strength
    # a − (b + c) needs its brackets, a + (b + c) does not
    return _bracket(left, _SUM) + sign + _bracket(right, _SUM + (operator == "-")), _SUM


def _latex(expression: Expression, numbers: bool) -> tuple[str, int]:
    operator = expression.operator
    if operator == "plain" or (operator == "name" and numbers):
        return str(expression.value), _ATOM if expression.value >= 0 else _SUM
    if operator == "name":
        return latex_symbol(expression.symbol), _ATOM
    written = [_latex(operand, numbers) for operand in expression.operands]
    if operator == "neg":
        return "-" + _bracket(written[0], _PRODUCT, r"\left(", r"\right)"), _SUM
    if operator in ("floor", "ceil"):
        return rf"\left\l{operator} \frac{{{written[0][0]}}}{{{written[1][0]}}} \right\r{operator}", _ATOM
    if operator == "/":
        return rf"\frac{{{written[0][0]}}}{{{written[1][0]}}}", _ATOM
    binding = _PRODUCT if operator == "*" else _SUM
    left = _bracket(written[0], binding, r"\left(", r"\right)")
    right = _bracket(written[1], binding + (operator == "-"), r"\left(", r"\right)")
    return left + _LATEX[operator] + right, binding
