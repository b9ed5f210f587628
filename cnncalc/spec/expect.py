"""`expect`: what must hold for a model or an entry, as written."""

from __future__ import annotations

import re
from collections.abc import Callable

from cnncalc.at_least import AtLeast
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake, Reading
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import TRUTH, ShapeType, pieces, scalar, whole
from cnncalc.source.diagnostics import Span, did_you_mean, excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar
from cnncalc.spec.findings import Findings

COUNTS = ("params", "trainable_params", "macs")
KEYS = ("output", *COUNTS, "receptive_field")
SAME_AS = "same_as"
"""The key that names another model: of the whole model alone."""
FOLDED = "folded"
"""The relation of models that count as the same if norms are folded."""


class Expectation(NamedTuple):
    """One thing that must hold.

    Attributes:
        entry: the entry that it is about, "" for the whole model.
        key: one of KEYS, or `SAME_AS`.
        relation: `=`, `<`, `<=`, `>`, `>=`, or `~` (equal when rounded to `unit`); of another model `=`, or `FOLDED`.
        value: the count; or sizes, one for all axes or one per axis (None: all of it; none: `global`); or a shape; or
            the name of another model.
    """

    entry: str
    key: str
    relation: str
    value: int | tuple[int | None, ...] | Shape | str
    unit: int
    text: str
    span: Span


_RELATIONS = ("<", ">", "=", "~")
_COUNT = r"(<=|>=|<|>|=|~)?\s*([0-9]+)(?:\.([0-9]+))?\s*([kMG]?)\Z"
_SCALES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_HOW = 'write an exact value (27562), a bound ("<= 5M"), or the digits you know ("~25.6M")'


def read_expectations(
    findings: Findings, entry: str, node: YamlNode, layout: str, resolve: Callable[[YamlNode], YamlNode]
) -> list[Expectation]:
    """The expectations in an `expect` that can be read; the rest becomes findings."""
    if not isinstance(node, YamlMapping):
        message = f"expected expectations and their values, found a {node.what}"
        findings.add("CNN205", node.span, message, "", "write `expect: {params: 27562}`")
        return []
    expectations = []
    known = KEYS if entry else (*KEYS, SAME_AS)
    for key, value in node.pairs:
        if key.text not in known:
            label = did_you_mean(key.text, known)
            help = f"keys of `expect`: {', '.join(known)}"
            if key.text == SAME_AS:
                label, help = "this is about an entry", "it belongs under the `expect` of the whole model"
            findings.add("CNN204", key.span, f"`expect` has no key `{excerpt(key.text)}`", label, help)
            continue
        try:
            expectations.append(read_expectation(entry, key.text, resolve(value), Reading(layout=layout)))
        except Mistake as mistake:
            findings.mistake(mistake)
        except InputUnknown:
            continue  # the mistake is elsewhere
    return expectations


def read_expectation(entry: str, key: str, node: YamlNode, at: Reading) -> Expectation:
    """One key of an `expect`.

    Raises:
        Mistake: the value cannot be read.
    """
    if key == "output" and isinstance(node, YamlScalar) and node.text.startswith(_RELATIONS):
        help = f"write {node.text.lstrip('<>=~ ')}"
        raise Mistake(
            "CNN206",
            node,
            f"expected an exact shape for `output`, found `{excerpt(node.text)}`",
            "no bounds here",
            help,
        )
    if key == "output":
        shape = ShapeType().read(node, at)
        return Expectation(entry, key, "=", shape, 1, shape.text(at.layout), node.span)
    if key == "receptive_field":
        return _field(entry, node)
    if key == SAME_AS:
        return _network(node)
    text = scalar(node, "a count").text.strip()
    relation, value, unit = _count(node, text)
    return Expectation(entry, key, relation, value, unit, text, node.span)


def read_demand(text: str) -> Expectation:
    """An expectation given on the command line, as in `params <= 5M`.

    Raises:
        Mistake: it cannot be read.
    """
    found = re.fullmatch(r"\s*([a-z_]+)\s*(.*?)\s*", text)
    key, rest = (found.group(1), found.group(2)) if found else ("", "")
    node = YamlScalar(rest.removeprefix("=").strip() if key == "output" else rest, 1, 1, 1, 1 + len(rest))
    if key not in KEYS or not rest:
        wanted = f"expected one of {', '.join(KEYS)} with a value, as in `params <= 5M`"
        raise Mistake("CNN204", node, f"{wanted}, found `{text}`")
    return read_expectation("", key, node, Reading())._replace(text=" ".join(text.split()))


_OTHER_MODEL = "the name of a model: `model.pt2`, or {model: model.onnx, allow_folded: true}"


def _network(node: YamlNode) -> Expectation:
    """The model that this one is to be the same network as."""
    folds = False
    named = node
    if isinstance(node, YamlMapping):
        for key, value in node.pairs:
            if key.text not in ("model", "allow_folded"):
                label = did_you_mean(key.text, ("model", "allow_folded"))
                message = f"`{SAME_AS}` has no key `{excerpt(key.text)}`"
                raise Mistake("CNN204", key, message, label, f"write {_OTHER_MODEL}")
            if key.text == "allow_folded":
                folds = TRUTH.read(value, Reading())
        found = node.get("model")
        if found is None:
            raise Mistake("CNN208", node, f"`{SAME_AS}` needs a `model`", "", f"write {_OTHER_MODEL}")
        named = found
    text = scalar(named, _OTHER_MODEL).text.strip()
    if not text:
        raise Mistake("CNN205", named, f"expected {_OTHER_MODEL}, found nothing")
    return Expectation("", SAME_AS, FOLDED if folds else "=", text, 1, text, named.span)


def _count(node: YamlNode, text: str) -> tuple[str, int, int]:
    match = re.match(_COUNT, text)
    if not match or len(text) > 60:
        help = _HOW
        if re.match(r"[<>=~ ]*[0-9]{1,3}([,_][0-9]{3})+\Z", text):
            help = f"write {text.replace(',', '').replace('_', '')}, without separators"
        elif re.match(r"[<>=~ ]*[0-9.]+\s*[KmgBbTt]\Z", text):
            help = "the multiples are k (thousand), M (million) and G (billion)"
        raise Mistake("CNN206", node, f"expected a count, found `{excerpt(text)}`", "", help)
    relation, digits, decimals, scale = match.group(1) or "=", match.group(2), match.group(3) or "", match.group(4)
    if len(decimals) > len(str(_SCALES[scale])) - 1:
        raise Mistake("CNN206", node, f"`{excerpt(text)}` is not a whole number", "", _HOW)
    unit = _SCALES[scale] // 10 ** len(decimals)
    return relation, int(digits + decimals) * unit, unit


def _field(entry: str, node: YamlNode) -> Expectation:
    key = "receptive_field"
    if isinstance(node, YamlScalar) and not node.is_null:
        text = node.text.strip()
        if text == "global":
            return Expectation(entry, key, "=", (), 1, text, node.span)
        if text.startswith(_RELATIONS):
            relation, value, unit = _count(node, text)
            return Expectation(entry, key, relation, (value,), unit, text, node.span)
    expects = 'a size (7), sizes (3x5, allx5), a bound (">= 224") or `global`'
    sizes = tuple(None if _is_all(part) else whole(part, 1, expects) for part in pieces(node, expects))
    text = "×".join("all" if size is None else str(size) for size in sizes)
    return Expectation(entry, key, "=", sizes if any(sizes) else (), 1, text, node.span)


def _is_all(node: YamlNode) -> bool:
    """Whether an axis is to be seen whole."""
    return isinstance(node, YamlScalar) and node.text.strip() == "all"


def holds(expectation: Expectation, value: int) -> bool | None:
    """Whether a count meets the expectation; None where only a lower bound is known, which does not decide it."""
    if isinstance(value, AtLeast):
        bound = int(value)
        if expectation.relation in (">", ">="):
            return True if holds(expectation, bound) else None
        at_most = expectation if expectation.relation == "<" else expectation._replace(relation="<=")
        return None if holds(at_most, _rounded(expectation, bound)) else False
    wanted = expectation.value[0] if isinstance(expectation.value, tuple) else expectation.value
    assert isinstance(wanted, int)
    return {
        "=": value == wanted,
        "<": value < wanted,
        "<=": value <= wanted,
        ">": value > wanted,
        ">=": value >= wanted,
        "~": _rounded(expectation, value) == wanted,
    }[expectation.relation]


def _rounded(expectation: Expectation, value: int) -> int:
    """A count as exactly as the expectation gives it."""
    unit = expectation.unit if expectation.relation == "~" else 1
    return (2 * value + unit) // (2 * unit) * unit
