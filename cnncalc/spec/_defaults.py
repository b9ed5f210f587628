"""`defaults`: settings that apply to every layer of a kind."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.layers import KINDS, layer_class
from cnncalc.settings.setting import LATEST, InputUnknown, Mistake, Reading
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar
from cnncalc.spec.expand.entries import UNREADABLE, EntryReader, followers, is_true


def read_defaults(
    resolved: Callable[[YamlNode], YamlNode | None], reader: EntryReader, node: YamlNode
) -> dict[str, dict[str, YamlNode]]:
    """The settings, by kind; those that do not depend on an input are checked here.

    Args:
        resolved: replaces the expressions in a setting by their values; gives None where one fails.
    """
    defaults: dict[str, dict[str, YamlNode]] = {}
    if not isinstance(node, YamlMapping):
        message = f"expected kinds and their settings, found a {node.what}"
        reader.findings.add("CNN205", node.span, message, "", "write `defaults: {conv: {bias: false}}`")
        return defaults
    for key, value in node.pairs:
        if reader.findings.is_full:
            break
        kind = key.text
        if kind not in KINDS:
            from cnncalc.spec.suggestions.misread_words import no_such_kind

            no_such_kind(reader.findings, key, KINDS, "a layer")
        elif not isinstance(value, YamlMapping):
            message = f"expected settings of `{kind}`, found a {value.what}"
            reader.findings.add("CNN205", value.span, message, "", f"write `{kind}: {{bias: false}}`")
        else:
            settings = [(name, resolved(setting) or UNREADABLE) for name, setting in value.pairs]
            if reader.version < LATEST:
                from cnncalc.spec.language.versions import refuse_newer

                refuse_newer(reader.findings, Written(kind, key, None, settings), reader.version, {})
            _check(reader, kind, settings)
            defaults[kind] = {name.text: setting for name, setting in settings}
    return defaults


def _check(reader: EntryReader, kind: str, settings: list[tuple[YamlScalar, YamlNode]]) -> None:
    layer_type = layer_class(kind)
    carried = [key for key in ("norm", "activation") if key in followers(layer_type)]
    at = Reading(reader.convention, reader.layout, None, kind)
    for key, node in settings:
        if node is UNREADABLE:
            continue
        if key.text in layer_type.settings:
            type = layer_type.settings[key.text].type
            try:
                if type.none_is or not (isinstance(node, YamlScalar) and node.text == "none"):
                    type.read(node, at)
            except Mistake as mistake:
                reader.findings.mistake(mistake)
            except InputUnknown:
                continue  # read once an input is known
        elif key.text == "trainable":
            is_true(node, reader.findings)
        elif key.text not in carried:
            from cnncalc.spec.suggestions.misread_words import unknown_setting

            unknown_setting(reader.findings, key, node, kind, layer_type.settings, carried, settings)
