"""Types of settings: each reads its value from a node, and describes itself in words and as a JSON Schema.

From here on, a kernel is a tuple of ints, one per axis, and a padding is a tuple of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from cnncalc import formulas
from cnncalc.settings.setting import InputUnknown, Mistake, Reading, SettingType
from cnncalc.settings.shape import Padding, Shape
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence

N = TypeVar("N")

MAX_SIZES = 100
"""The maximum length of a list of sizes, in characters."""
MAX_SIZE = 10**9
"""No single size, count or amount may exceed this."""


def scalar(node: YamlNode, expects: str) -> YamlScalar:
    """The node as a non-empty text.

    Raises:
        Mistake: it is a list, a mapping or nothing.
    """
    if not isinstance(node, YamlScalar):
        raise Mistake("CNN205", node, f"expected {expects}, found a {node.what}")
    if node.is_null:
        raise Mistake("CNN205", node, f"expected {expects}, found nothing", "a value is missing")
    return node


_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z"
_AMOUNT_BEGINS = tuple("0123456789$+-")
_WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})


def _is_whole(text: str) -> bool:
    """Whether a text consists of the digits 0 to 9."""
    return text.isascii() and text.isdigit()


def _not_a_number(node: YamlScalar, expects: str) -> Mistake:
    """The mistake for a text that should be a number, with the right way to write it where that is obvious."""
    text = node.text.strip()
    what = f"expected {expects}, found `{excerpt(text)}`"
    if re.match(r"[0-9]+(_[0-9]+)+\Z", text):
        return Mistake("CNN206", node, what, "no underscores in numbers", f"write {text.replace('_', '')}")
    if re.match(r"[0-9]{1,3}(,[0-9]{3})+\Z", text):
        return Mistake("CNN206", node, what, "no commas in numbers", f"write {text.replace(',', '')}")
    if re.match(r"0[0-9]+\Z", text):
        decimal = text.lstrip("0") or "0"
        return Mistake("CNN206", node, what, "a leading zero can mean octal", f"write {decimal}")
    if re.match(r"0[xob][0-9a-fA-F]+\Z", text):
        return Mistake("CNN206", node, what, "only decimal numbers", "write the number in decimal")
    if re.match(r"\+[0-9]+\Z", text):
        return Mistake("CNN206", node, what, "", f"write {text[1:]}")
    if re.match(r"[0-9]+,[0-9]+\Z", text):
        return Mistake("CNN206", node, what, "decimals have a point", f"write {text.replace(',', '.')}")
    if re.match(r"[0-9]{1,3}\s*%\Z", text):
        return Mistake("CNN206", node, what, "no percent signs", f"write {int(text.rstrip('% ')) / 100:g}")
    if re.match(r"[0-9]+(:[0-9]+)+\Z", text):
        return Mistake("CNN206", node, what, "YAML may read this as a time of day", "write one plain number")
    if re.match(r"[0-9]+([xX×*][0-9]+)+\Z", text):
        return Mistake("CNN206", node, what, "one number here, not several sizes")
    if text.lower() in _WORDS or text.lower() in ("true", "false"):
        return Mistake("CNN206", node, what, "true or false, not a number")
    if text.startswith("$"):
        return Mistake("CNN212", node, "expressions are not allowed here", "", "write the number itself")
    return Mistake("CNN206", node, what)


def whole(node: YamlNode, low: int, expects: str) -> int:
    """A whole number of at least `low`.

    Raises:
        Mistake: it is not one.
    """
    text = scalar(node, expects)
    digits = text.text.strip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.removeprefix("-")
    if not _is_whole(digits) or (len(digits) > 1 and digits[0] == "0"):
        if re.match(_DECIMAL, digits) and digits.rstrip("0").endswith(".") and digits[0] != "0":
            raise Mistake(
                "CNN206", node, f"expected {expects}, found `{excerpt(text.text)}`", "", f"write {digits.split('.')[0]}"
            )
        raise _not_a_number(text, expects)
    if len(digits) > 10 or int(digits) > MAX_SIZE:
        raise Mistake("CNN207", node, f"{excerpt(text.text)} is too large", f"at most {MAX_SIZE:,}")
    value = sign * int(digits)
    if value < low:
        raise Mistake("CNN207", node, f"{value} is too small", f"expected {expects}")
    return value


_EXPRESSION = r"\$([A-Za-z_][A-Za-z0-9_]*|\([\s\S]*\))"
EXPRESSION = rf"^{_EXPRESSION}\s*$"
"""A pattern of expressions, which may stand for any value."""


def _digits(low: int) -> str:
    """A pattern of the whole numbers from -1, 0 or 1 upwards."""
    return {-1: "-1|[1-9][0-9]*", 0: "0|[1-9][0-9]*", 1: "[1-9][0-9]*"}[low]


def _whole_schema(low: int) -> dict[str, Any]:
    """A whole number, possibly in quotes."""
    numbers = {"type": ["integer", "string"], "minimum": low, "maximum": MAX_SIZE, "pattern": f"^ *({_digits(low)}) *$"}
    return {**numbers, "not": {"const": 0}} if low < 0 else numbers


def sizes_schema(low: int, most: int) -> dict[str, Any]:
    """Sizes joined by `x`, or a list of at most `most` sizes. A size of -1 is calculated."""
    part = f" *({_digits(low)}|{_EXPRESSION}) *"
    size = _whole_schema(low)
    return {
        **size,
        "type": ["integer", "string", "array"],
        "pattern": f"^{part}([xX×]{part})*$",
        "items": {"anyOf": [size, {"type": "string", "pattern": EXPRESSION}]},
        "minItems": 1,
        "maxItems": most,
    }


def _numbers_schema(low: int) -> dict[str, Any]:
    """A list of whole numbers, as JSON has them."""
    return {"type": "array", "items": {"type": "integer", "minimum": low}}


class Whole(SettingType[int]):
    """A whole number that is at least `low`."""

    def __init__(self, low: int) -> None:
        self.low = low
        self.expects = f"a whole number of at least {low}"

    def read(self, node: YamlNode, at: Reading) -> int:
        return whole(node, self.low, self.expects)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low}

    def schema(self) -> dict[str, Any]:
        return _whole_schema(self.low)


class Real(SettingType[float]):
    """A number, within bounds if it has any."""

    def __init__(self, low: float | None = None, below: float | None = None, above: float | None = None) -> None:
        self.low, self.below, self.above = low, below, above
        bounds = [
            *([f"at least {low:g}"] if low is not None else []),
            *([f"above {above:g}"] if above is not None else []),
            *([f"below {below:g}"] if below is not None else []),
        ]
        self.expects = " ".join(["a number", " and ".join(bounds)]).strip()

    def read(self, node: YamlNode, at: Reading) -> float:
        text = scalar(node, self.expects)
        written = text.text.strip()
        if not re.match(_DECIMAL, written) or re.match(r"-?0[0-9]", written):
            raise _not_a_number(text, self.expects)
        value = float(written)
        if value in (float("inf"), float("-inf")):
            raise Mistake("CNN207", node, f"{excerpt(written)} is too large")
        if (
            (self.low is not None and value < self.low)
            or (self.above is not None and value <= self.above)
            or (self.below is not None and value >= self.below)
        ):
            raise Mistake("CNN207", node, f"{excerpt(written)} is out of range", f"expected {self.expects}")
        return value

    def show(self, value: float) -> str:
        return f"{value:g}"

    def is_written_as(self, value: float, text: str) -> bool:
        return value == float(text)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number"}

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.low, "exclusiveMaximum": self.below, "exclusiveMinimum": self.above}
        return {
            "type": ["number", "string"],
            **{key: bound for key, bound in bounds.items() if bound is not None},
            "pattern": r"^ *[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)? *$",
        }


_TRUTHS = {"true": ("true", "yes", "on", "y", "1"), "false": ("false", "no", "off", "n", "0")}


class Truth(SettingType[bool]):
    """true or false."""

    expects = "true or false"

    def read(self, node: YamlNode, at: Reading) -> bool:
        text = scalar(node, self.expects)
        word = text.text.strip()
        if word in ("true", "True"):
            return True
        if word in ("false", "False"):
            return False
        meant = next((truth for truth, words in _TRUTHS.items() if word.lower() in words), None)
        ways = [f"write {meant}"] if meant else []
        raise Mistake("CNN206", node, f"expected true or false, found `{excerpt(word)}`", "", *ways)

    def show(self, value: bool) -> str:
        return "true" if value else "false"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "string"], "pattern": "^ *([Tt]rue|[Ff]alse) *$"}


class TruthOr(SettingType[bool | str]):
    """true, false, or a word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.expects = f"true, false or {word}"

    def read(self, node: YamlNode, at: Reading) -> bool | str:
        word = scalar(node, self.expects).text.strip()
        if word == self.word:
            return word
        try:
            return TRUTH.read(node, at)
        except Mistake as mistake:
            message = f"expected {self.expects}, found `{excerpt(word)}`"
            raise Mistake(mistake.code, node, message, "", *mistake.help) from None

    def show(self, value: bool | str) -> str:
        return value if isinstance(value, str) else TRUTH.show(value)

    def json_schema(self) -> dict[str, Any]:
        return {"enum": [True, False, self.word]}

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "string"], "pattern": f"^ *([Tt]rue|[Ff]alse|{self.word}) *$"}


_SAME_CHOICE = {
    "linear": "bilinear",
    "trilinear": "bilinear",
    "cubic": "bicubic",
    "constant": "zeros",
    "zero": "zeros",
    "edge": "replicate",
    "reflection": "reflect",
    "replication": "replicate",
    "wrap": "circular",
    "periodic": "circular",
}
"""What other tools call a choice."""


class Choice(SettingType[str]):
    """One of a few given words; `none_is` is the one that `none` would be taken for."""

    def __init__(self, *words: str, none_is: str = "") -> None:
        self.words = words
        self.none_is = none_is
        self.expects = " or ".join([", ".join(words[:-1]), words[-1]])

    def read(self, node: YamlNode, at: Reading) -> str:
        word = scalar(node, self.expects).text.strip()
        if word not in self.words:
            meant = _SAME_CHOICE.get(word.lower(), self.none_is if word.lower() == "none" else word.lower())
            ways = [f"write {meant}"] if meant in self.words else []
            raise Mistake("CNN206", node, f"expected {self.expects}, found `{excerpt(word)}`", "", *ways)
        return word

    def json_schema(self) -> dict[str, Any]:
        return self.schema()

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


def pieces(node: YamlNode, expects: str) -> list[YamlNode]:
    """The parts of `3x5` or `[3, 5]`, each with its place; a single value is one part.

    Raises:
        Mistake: it is a mapping or nothing.
    """
    if isinstance(node, YamlSequence):
        return node.items
    text = scalar(node, expects)
    if text.text.startswith("$"):
        return [text]
    if len(text.text) > MAX_SIZES:
        raise Mistake("CNN207", node, f"{excerpt(text.text)} is too long", f"expected {expects}")
    parts: list[YamlNode] = []
    start = 0
    for stop in [*(place for place, sign in enumerate(text.text) if sign in "xX×"), len(text.text)]:
        parts.append(text.part(start, stop))
        start = stop + 1
    return parts


class Sizes(SettingType[tuple[int, ...]]):
    """One size for all axes (`3`), or one per axis (`3x5`, `[3, 5]`)."""

    def __init__(self, low: int = 1, is_step: bool = False) -> None:
        self.low = low
        self.is_step = is_step
        """A stride of 2 on all axes is shown as 2, a window of 2 as 2×2."""
        self.expects = f"a whole number of at least {low}, or one per axis (3x5)"

    def read(self, node: YamlNode, at: Reading) -> tuple[int, ...]:
        parts = pieces(node, self.expects)
        sizes = tuple(whole(part, self.low, self.expects) for part in parts)
        return spread(sizes, node, at)

    def show(self, value: tuple[int, ...]) -> str:
        return str(value[0]) if self.is_step and len(set(value)) == 1 else "×".join(map(str, value))

    def json(self, value: tuple[int, ...]) -> Any:
        return list(value)

    def json_schema(self) -> dict[str, Any]:
        return _numbers_schema(self.low)

    def schema(self) -> dict[str, Any]:
        return sizes_schema(self.low, 3)


def spread(sizes: tuple[N, ...], node: YamlNode, at: Reading) -> tuple[N, ...]:
    """One size (or factor) per axis: a single one is repeated.

    Raises:
        Mistake: there is neither one size nor one per axis of the input.
    """
    rank = at.rank
    if not sizes:
        raise Mistake("CNN206", node, "expected a size, found an empty list")
    if rank is None or len(sizes) == rank:
        return sizes
    if len(sizes) == 1:
        return sizes * rank
    assert at.shape is not None
    raise Mistake(
        "CNN215",
        node,
        f"{len(sizes)} sizes for {axes_text(rank)}",
        f"the input is {at.shape.text(at.layout)}",
        "write one size for all axes, or one per axis",
    )


def axes_text(rank: int) -> str:
    """The number of spatial axes in words."""
    return "no spatial axes" if rank == 0 else "1 spatial axis" if rank == 1 else f"{rank} spatial axes"


def split_same(total: int) -> tuple[int, int]:
    """Zeros before and after along an axis: half of them each, an odd one after."""
    return total // 2, total - total // 2


class PaddingType(SettingType[Padding]):
    """Zeros around the input: one number, one per axis, pairs, or a word that stands for a rule."""

    comes_last = True  # a rule depends on the window

    def __init__(self, words: tuple[str, ...] = ("valid", "same", "causal")) -> None:
        self.words = words
        amounts = ["a whole number of at least 0", "one per axis (1x0)", "pairs [[before, after], …]"]
        self.expects = f"{', '.join([*amounts, *words][:-1])} or {[*amounts, *words][-1]}"

    def read(self, node: YamlNode, at: Reading) -> Padding:
        if isinstance(node, YamlScalar) and node.text in self.words:
            padding = self._by_rule(node, at)
            padding.word = node.text
            return padding
        if (
            isinstance(node, YamlScalar)
            and self.words
            and not node.is_null
            and not node.text.startswith(_AMOUNT_BEGINS)
        ):
            word = node.text.strip().lower()
            ways = [f"write {word}"] if word in self.words else []
            raise Mistake("CNN206", node, f"expected {self.expects}, found `{excerpt(node.text)}`", "", *ways)
        parts = pieces(node, self.expects)
        if any(isinstance(part, YamlSequence) for part in parts):
            return self._pairs(parts, node, at)
        amounts = spread(tuple(whole(part, 0, self.expects) for part in parts), node, at)
        return Padding((amount, amount) for amount in amounts)

    def _pairs(self, parts: list[YamlNode], node: YamlNode, at: Reading) -> Padding:
        pairs = []
        for part in parts:
            if not isinstance(part, YamlSequence) or len(part.items) != 2:
                raise Mistake("CNN206", part, "expected a pair [before, after]")
            pairs.append((whole(part.items[0], 0, self.expects), whole(part.items[1], 0, self.expects)))
        if at.rank is not None and len(pairs) != at.rank:
            raise Mistake(
                "CNN215",
                node,
                f"{len(pairs)} pair{'' if len(pairs) == 1 else 's'} for {axes_text(at.rank)}",
                "one pair per axis",
            )
        return Padding(pairs)

    def _by_rule(self, node: YamlScalar, at: Reading) -> Padding:
        if at.shape is None:
            raise InputUnknown
        spatial = at.shape.spatial
        if node.text == "valid":
            return Padding((0, 0) for _ in spatial)
        kernel = at.values.get("kernel") or at.values.get("window")
        stride = at.values.get("stride")
        if kernel is None or stride is None:
            raise InputUnknown  # the mistake is in one of those
        dilation = at.values.get("dilation") or (1,) * len(spatial)
        axes = list(zip(spatial, kernel, stride, dilation, strict=True))
        if node.text == "causal":
            if len(spatial) != 1:
                raise Mistake(
                    "CNN305",
                    node,
                    f"`causal` padding needs 1 spatial axis, but the input has {len(spatial)}",
                    f"the input is {at.shape.text(at.layout)}",
                )
            if at.is_transposed:
                raise Mistake("CNN305", node, "`causal` padding has no meaning for a transposed convolution")
            return Padding.by("causal", tuple((formulas.span(k, d) - 1, 0) for _, k, _, d in axes))
        return Padding.by("same", tuple(self._same(node, at, *axis) for axis in axes))

    def _same(self, node: YamlScalar, at: Reading, n: int, k: int, s: int, d: int) -> tuple[int, int]:
        """The three rules of `same`, along one axis."""
        if at.is_transposed:
            if at.convention != "keras":
                raise Mistake(
                    "CNN305",
                    node,
                    f"`same` on a transposed convolution has no meaning under `{at.convention}`",
                    "",
                    "write the padding as a number",
                    "or choose `convention: keras`",
                )
            return split_same(formulas.same_cut(k, s, d))
        if at.convention == "lecture":
            half = formulas.half_padding(k, d)
            return half, half
        if at.convention == "pytorch" and s != 1:
            raise Mistake(
                "CNN305",
                node,
                f"PyTorch has no `same` for stride {s}",
                "only for stride 1",
                "write the padding as a number",
                "or choose `convention: keras`",
            )
        return split_same(formulas.same_padding(n, k, s, d))

    def show(self, value: Padding) -> str:
        if all(before == after for before, after in value):
            amounts = [before for before, _ in value]
            return str(amounts[0]) if len(set(amounts)) == 1 else "×".join(map(str, amounts))
        return "[" + ", ".join(f"[{before}, {after}]" for before, after in value) + "]"

    def json(self, value: Padding) -> Any:
        return [list(pair) for pair in value]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {**_numbers_schema(0), "minItems": 2, "maxItems": 2}}

    def schema(self) -> dict[str, Any]:
        amounts = sizes_schema(0, 3)
        pair = {"type": "array", "items": amounts["items"], "minItems": 2, "maxItems": 2}
        pairs = {"type": "array", "items": pair, "minItems": 1, "maxItems": 3}
        return {"anyOf": [*([{"enum": list(self.words)}] if self.words else []), amounts, pairs]}


_BATCHES = ("none", "null", "~", "?", "b", "n", "bs", "batch", "batch_size")
"""How the shapes of other tools write an open batch size."""


class ShapeType(SettingType[Shape]):
    """Sizes joined by `x`, or a list, in the file's layout. One of them may be −1 if `free` is given."""

    expects = "sizes such as 28x28x1"
    counts_channels = True  # a size of -1 is what is left

    def __init__(self, free: bool = False) -> None:
        self.free = free
        if free:
            self.expects = "sizes such as 28x28x1 or -1x64"

    def is_relative(self, texts: list[str], values: Mapping[str, Any]) -> bool:
        return self.free and "-1" in texts

    def read(self, node: YamlNode, at: Reading) -> Shape:
        parts = pieces(node, self.expects)
        if not parts:
            raise Mistake("CNN206", node, f"expected {self.expects}, found an empty list")
        if len(parts) > 1 and isinstance(parts[0], YamlScalar) and self._is_batch(parts[0]):
            raise self._batch(node, parts, at)
        for part in parts:
            if isinstance(part, YamlScalar) and not part.text.strip(" -").isdigit() and not part.text.startswith("$"):
                raise self._no_shape(node, part, at)
        sizes = tuple(
            -1
            if self.free and isinstance(part, YamlScalar) and part.text == "-1"
            else whole(part, 1, "a whole number of at least 1")
            for part in parts
        )
        if len(sizes) > 4:
            raise Mistake(
                "CNN215",
                node,
                f"{len(sizes)} sizes; a shape has at most three spatial sizes and the channels",
                "",
                "leave the batch out",
            )
        if sizes.count(-1) > 1:
            raise Mistake("CNN207", node, "only one size may be -1")
        shape = Shape.of(sizes, at.layout)
        if -1 not in sizes or at.shape is None:
            return shape
        known = -shape.values
        if known == 0 or at.shape.values % known:
            return shape  # `reshape` reports a size that does not fit
        inferred = at.shape.values // known
        return Shape.of(tuple(inferred if size == -1 else size for size in sizes), at.layout)

    def _is_batch(self, part: YamlScalar) -> bool:
        """Whether the first size stands for an open batch size, as in other tools."""
        return part.is_null or part.text.strip(" ([").lower() in {*_BATCHES, *([] if self.free else ["-1"])}

    def _batch(self, node: YamlNode, parts: list[YamlNode], at: Reading) -> Mistake:
        from cnncalc.settings.value_orders import sizes_text, without_batch

        found = node.text if isinstance(node, YamlScalar) else ", ".join(getattr(part, "text", "") for part in parts)
        texts = [part.text.strip(" )]") for part in parts[1:] if isinstance(part, YamlScalar)]
        is_plain = len(texts) == len(parts) - 1 and all(map(_is_whole, texts))
        ways = [f"write {sizes_text(without_batch(tuple(map(int, texts)), at.layout))}"] if is_plain else []
        message = f"expected {self.expects}, found `{excerpt(found)}`"
        return Mistake("CNN206", node, message, "shapes leave out the batch", *ways)

    def _no_shape(self, node: YamlNode, part: YamlScalar, at: Reading) -> Mistake:
        """The mistake for a text that is not a shape; for sizes joined by other signs the right form is given."""
        if not isinstance(node, YamlScalar):
            return Mistake("CNN206", part, f"expected {self.expects}, found `{excerpt(part.text)}`")
        if batch := re.match(rf"[\s(\[]*({'|'.join(map(re.escape, _BATCHES))}|-1)[\s,;*]+", node.text, re.IGNORECASE):
            others = re.findall(r"[^\s,;*]+", node.text[batch.end() :].strip(" )]"))
            return self._batch(node, [part, *(YamlScalar(each, 1, 1, 1, 1) for each in others)], at)
        sizes = re.fullmatch(r"[\s(\[]*([0-9]+([\s,;*]+[0-9]+)+)[\s)\]]*", node.text)
        ways = [f"write {'x'.join(re.findall('[0-9]+', node.text))}"] if sizes else []
        return Mistake("CNN206", node, f"expected {self.expects}, found `{excerpt(node.text)}`", "", *ways)

    def show(self, value: Shape) -> str:
        return value.text()

    def json_schema(self) -> dict[str, Any]:
        return _numbers_schema(1)

    def schema(self) -> dict[str, Any]:
        return sizes_schema(-1 if self.free else 1, 4)


COUNT = Whole(1)
AMOUNT = Whole(0)
TRUTH = Truth()
SIZES = Sizes()
STEPS = Sizes(is_step=True)
