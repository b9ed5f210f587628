"""What the symbols of formulas stand for. Those of settings mean what the setting's declaration says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cnncalc.explanation.derivation import Derivation, Explanation
from cnncalc.recorded_numbers import expression_of, is_derived, stem_and_index
from cnncalc.settings.axes import EXTENTS
from cnncalc.settings.shape import Padding

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer

ROUNDED = {"floor": "rounded down to a whole number", "ceil": "rounded up to a whole number"}
"""What the brackets of `⌊a / b⌋` and `⌈a / b⌉` mean, by operator."""

_PLACES = {"in": "the layer's input", "out": "the layer's output"}
_SIZES = {
    "n": "size of {}: its positions along an axis, or the values of a vector",
    "h": "height of {}",
    "w": "width of {}",
    "d": "depth of {}",
    "c": "channels of {}",
    "values": "number of values in {}",
    "r": "receptive field of {}: how many positions of the model's input one of its units sees",
    "j": "field stride of {}: the step in the model's input from one of its units to the next",
}
"""What is said about a tensor, by the stem of the symbol; the index is its place."""
_BRANCHES = {
    "c": "channels of branch {}, or the values of a vector",
    "n": "positions of branch {} along the axis",
    "h": "height of branch {}",
    "w": "width of branch {}",
    "d": "depth of branch {}",
    "first": "first position of the model's input that the unit sees through branch {}",
    "last": "last position of the model's input that the unit sees through branch {}",
}
"""What is said about a merge's branches, by the stem; the index is the number of the branch."""
_SIDES = {"": "on each side", "before": "before the first position", "after": "after the last position"}
_ALONG = {axis[0]: f"along the {axis}" for axes in EXTENTS.values() for axis in axes}


def legend(explanations: Iterable[Explanation], translated: Callable[[str], str] = str) -> dict[str, str]:
    """The meaning of each symbol in these explanations, in the order of the formulas; operators come last.
    `translated` puts a piece of a meaning into another language."""
    # symbol → meaning → the settings that have both: a kernel and a window are k, and mean the same
    found: dict[str, dict[str, dict[str, None]]] = {}
    for derived, layer in {each.derivation: each.numbers.node.layer for each in explanations}.items():
        assert layer is not None
        for key in _keys(derived):
            name, meaning = _meaning(key, layer, translated)
            found.setdefault(key, {}).setdefault(meaning, {})[name] = None
    in_order = sorted(found.items(), key=lambda item: item[0] in ROUNDED)
    return {key: _text(meanings, translated) for key, meanings in in_order}


def _keys(derived: Derivation) -> Iterator[str]:
    """Symbols, and the operators that are explained, each as often as it occurs."""
    steps = [step.number for step in derived.steps] + [other.number for other in derived.equivalents]
    # a number by itself is shown as that: `output channels: 8`
    for number in filter(is_derived, steps):
        for expression in expression_of(number).walk():
            if expression.operator in ROUNDED:
                yield expression.operator
            elif expression.symbol:
                yield expression.symbol


def _meaning(key: str, layer: Layer, translated: Callable[[str], str]) -> tuple[str, str]:
    """The setting that a symbol stands for, "" for none, and what it means."""
    if key in ROUNDED:
        return "", translated(ROUNDED[key])
    stem, index = stem_and_index(key)
    if index in _PLACES:
        return "", translated(_SIZES[stem]).format(translated(_PLACES[index]))
    if index in layer.also_reads:
        return "", translated(_SIZES[stem]).format(translated(f"the tensor `{index}`"))
    if index.isdecimal():
        return "", translated(_BRANCHES[stem]).format(index)
    (declared,) = (each for each in layer.settings.values() if each.symbol and stem_and_index(each.symbol)[0] == stem)
    sides = _SIDES if isinstance(vars(layer)[declared.name], Padding) else {"": "", **_ALONG}
    name = "" if declared.name == stem else declared.name
    return name, " ".join(translated(part) for part in (declared.meaning, sides[index]) if part)


def _text(meanings: Mapping[str, Iterable[str]], translated: Callable[[str], str]) -> str:
    """`kernel or window: size of the window`."""
    either = f" {translated('or')} "
    by_names: dict[str, list[str]] = {}
    for meaning, names in meanings.items():
        by_names.setdefault(either.join(filter(None, names)), []).append(meaning)
    parts = (f"{names}: {f',{either}'.join(each)}" if names else f",{either}".join(each)
             for names, each in by_names.items())  # fmt: skip
    return "; ".join(parts)
