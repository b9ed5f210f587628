"""The text of a layer as an entry of a spec: what a person would write, and no more.

Texts are in YAML's flow style, so that each fits wherever a value may stand. A setting that has its default is left
out; paddings and sizes are as short as they can be.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.importing.draft import DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.layers import layer_class
from cnncalc.settings.axes import AxisNames, Range
from cnncalc.settings.numbers import Sides
from cnncalc.settings.setting import Like, Setting, SettingType
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import Factors
from cnncalc.settings.types import PaddingType, Sizes

Named = Callable[[Source], str]
"""Gives the name that something is read by."""

MAX_ORIGIN = 200
MAX_OPERATION = 100
_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_PLAIN = _WORD | {".", "/", "-"}
"""Texts of these need no quotes anywhere in YAML, if they begin with a letter, a digit or `_`."""
_SPECIAL = frozenset("{},[]\"'")


def entry_text(kind: str, settings: Mapping[str, str]) -> str:
    """An entry: the value that comes after its kind first, then the other settings in their order.

    Args:
        kind: of a layer, or the name of a block.
        settings: texts by name; of "", the value that comes after the kind.
    """
    others = "".join([f", {name}: {text}" for name, text in settings.items() if name])
    head = f"{kind}: {settings['']}" if "" in settings else kind
    return f"{{{head}{others}}}" if others or "" in settings else kind


def item_text(text: str) -> str:
    """The same entry as an item of a list in block style, where an entry with a single setting needs no braces."""
    inside = text[1:-1]
    return inside if text.startswith("{") and _SPECIAL.isdisjoint(inside) else text


def layer_entry(
    layer: DraftLayer, current: Source | None, convention: str, layout: str, named: Named, name: str = ""
) -> str:
    """The whole entry of a layer.

    Args:
        current: what the entry reads where it says nothing; None where nothing can be read without its name.
        convention: of the spec.
        layout: of the spec.
        named: gives the names of what the layer reads.
        name: the entry's own name; "" if it is not written.
    """
    said = {
        **layer_texts(layer, convention, layout, named),
        **read_texts(layer, current, named),
        **({"name": name} if name else {}),
        **common_texts(layer),
    }
    return entry_text("share" if layer.shares else layer.kind, said)


def layer_texts(layer: DraftLayer, convention: str, layout: str, named: Named) -> dict[str, str]:
    """What an entry says of a layer itself, by setting; of "", the value after the kind. Neither its inputs nor its
    name are among it."""
    return with_kernel(setting_texts(layer, convention, layout, named))


def setting_texts(layer: DraftLayer, convention: str, layout: str, named: Named) -> dict[str, str]:
    """The same, with the sizes of a kernel always in a setting of their own."""
    if layer.shares:
        return {"": named(layer.shares)}
    kind = layer_class(layer.kind)
    texts = {}
    for name, declared in kind.settings.items():
        if name in layer.settings and (text := _differing(layer, declared, convention, layout, named)):
            texts[name] = text
    _settle(layer, texts, convention)
    if kind.principal in texts:
        texts = {"": texts.pop(kind.principal), **texts}
    return texts


def with_kernel(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts of settings with a kernel that is not square before the filters, `1x7x64`."""
    if "x" not in texts.get("kernel", "") or "" not in texts:
        return dict(texts)
    others = {name: text for name, text in texts.items() if name != "kernel"}
    return {**others, "": f"{texts['kernel']}x{texts['']}"}


def common_texts(layer: DraftLayer) -> dict[str, str]:
    """What an entry says of a layer that has nothing to do with its kind: its origin, and that it is frozen."""
    texts = {}
    if not layer.trainable and not layer.shares:
        texts["trainable"] = "false"
    if layer.origin:
        texts["origin"] = origin_text(layer.origin)
    return texts


def read_texts(layer: DraftLayer, current: Source | None, named: Named) -> dict[str, str]:
    """What an entry says of the inputs of a layer: its branches, or `from`.

    Args:
        current: what the entry reads where it says nothing; None where nothing can be read without its name.
    """
    kind = layer_class(layer.kind)
    if kind.is_merge and not layer.shares:
        branches = ["[]" if each is current else named(each) for each in layer.inputs]
        return {"": f"[{', '.join(branches)}]"}
    if len(layer.inputs) > 1:
        return {"from": f"[{', '.join(map(named, layer.inputs))}]"}
    if layer.inputs and layer.inputs[0] is not current:
        return {"from": named(layer.inputs[0])}
    return {}


def _differing(layer: DraftLayer, declared: Setting[Any], convention: str, layout: str, named: Named) -> str:
    """The text of a setting; "" if it has its default."""
    text = setting_text(layer.settings[declared.name], declared.type, layout, named)
    default: str | None = declared.default_text(convention)
    if isinstance(declared.default, Like):
        other = layer_class(layer.kind).settings[declared.default.setting]
        value = layer.settings.get(other.name)
        default = other.default_text(convention) if value is None else setting_text(value, other.type, layout, named)
    return "" if default is not None and _same(text, default) else text


def _settle(layer: DraftLayer, texts: dict[str, str], convention: str) -> None:
    """Settings that depend on whether others are written."""
    if "scale" in texts and texts["scale"] == texts.get("center") and "affine" in layer_class(layer.kind).settings:
        texts["affine"] = texts.pop("scale")
        del texts["center"]
    if texts.get("bias") == texts.get("recurrent_bias") == "false":
        del texts["recurrent_bias"]
    if convention == "keras" and "output_padding" in layer.settings:
        texts["output_padding"] = size_text(layer.settings["output_padding"])  # 0 is not the same as nothing


def _same(text: str, default: str) -> bool:
    """Whether two texts stand for the same value, to the precision of float32."""
    if text == default:
        return True
    try:
        return struct.pack("f", float(text)) == struct.pack("f", float(default))
    except (ValueError, OverflowError):
        return False


# -- values


def setting_text(value: Any, type: SettingType[Any], layout: str, named: Named) -> str:
    """A value of a setting."""
    if isinstance(value, DraftInput | DraftLayer | DraftOutput):
        return named(value)
    if isinstance(value, Shape):
        return "x".join(map(str, value.sizes(layout)))
    if isinstance(value, Mapping):
        texts = [f"{in_yaml(name)}: {setting_text(each, type, layout, named)}" for name, each in value.items()]
        return f"{{{', '.join(texts)}}}"
    if isinstance(value, str):
        if isinstance(type, PaddingType) and value == "valid":
            return "0"
        return in_yaml(value.strip()[:MAX_OPERATION].strip())
    if not isinstance(value, tuple | list):
        return number_text(value)
    if isinstance(type, PaddingType):
        return padding_text(value)
    if isinstance(type, AxisNames):
        return value[0] if len(value) == 1 else f"[{', '.join(value)}]"
    if isinstance(type, Sizes | Factors) or (isinstance(type, Sides) and value[0] == value[1]):
        return size_text(value)
    if isinstance(type, Range) and not value[1]:
        return f"[{number_text(value[0])}, end]"
    return f"[{', '.join(map(number_text, value))}]"


def number_text(value: Any) -> str:
    """A number as short as it can be, or true, false, none."""
    if value is None or isinstance(value, bool):
        return "none" if value is None else "true" if value else "false"
    if float(value).is_integer():
        return str(int(value))
    if hasattr(value, "denominator"):  # a fraction: the class itself would be imported for nothing
        return f"{float(value):.12g}"
    short = _short(float(value))
    texts = [repr(short), *([power] if float(power := f"{short:.0e}") == short else [])]
    return min([text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e") for text in texts], key=len)


_ROUNDING = 4 * sys.float_info.epsilon
"""How far a number may be from one with few digits that a calculation gave it."""


def _short(value: float) -> float:
    """The number with the fewest digits that is the same in float32, of one that has no more precision than that; and
    0.15 of 0.15000000000000002, which calculations make of it."""
    plain = float(f"{value:.14g}")
    if abs(plain - value) <= _ROUNDING * abs(value):
        return plain
    try:
        is_single = struct.unpack("f", struct.pack("f", value))[0] == value
    except OverflowError:
        return value
    if is_single:
        for digits in range(1, 10):
            short = float(f"{value:.{digits}g}")
            if struct.pack("f", short) == struct.pack("f", value):
                return short
    return value


def size_text(value: Any) -> str:
    """One number for all axes, or `3x5`."""
    sizes = value if isinstance(value, tuple | list) else (value,)
    return "x".join(map(number_text, sizes[:1] if len(set(sizes)) == 1 else sizes))


def padding_text(value: Any) -> str:
    """`1`, `1x0` or `[[0, 1], [0, 1]]`."""
    if all(before == after for before, after in value):
        return size_text([before for before, _ in value])
    return f"[{', '.join([f'[{before}, {after}]' for before, after in value])}]"


# -- texts that may contain anything


def in_yaml(text: str) -> str:
    """Any text that stands for itself, as a scalar of YAML."""
    if "$" in text:
        literal = text.replace("\\", "\\\\").replace("'", "\\'")
        return _in_quotes(f"$('{literal}')")
    is_plain = text[:1] in _WORD and _PLAIN.issuperset(text) and text.lower() != "null"
    return text if is_plain else _in_quotes(text)


def origin_text(origin: str) -> str:
    """What a layer is called elsewhere; expressions may be parts of it, so a dollar sign is written as one."""
    origin = origin if len(origin) <= MAX_ORIGIN else origin[: MAX_ORIGIN - 1] + "…"
    return in_yaml(origin) if "$" not in origin else _in_quotes(origin.replace("$", "$('$')"))


def _in_quotes(text: str) -> str:
    printable = "".join([sign if sign.isprintable() else "?" for sign in text])
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
