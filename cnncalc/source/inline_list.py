"""A list in one text, as in `--set 'widths=[24, 56]'` and in `ks=[3, 5]`, the default of an argument."""

from __future__ import annotations

from cnncalc.source.files import Source, Unreadable
from cnncalc.source.parse import parse
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence


def inline_list(text: str, place: YamlNode) -> YamlSequence | None:
    """The list, with everything in it at the place of the text; None if it is not one."""
    try:
        root, problems = parse(Source("", text))
    except Unreadable:
        return None
    if problems or not isinstance(root, YamlSequence):
        return None
    return YamlSequence([_placed(each, place) for each in root.items], *place.span)


def _placed(node: YamlNode, place: YamlNode) -> YamlNode:
    span = place.span
    if isinstance(node, YamlSequence):
        return YamlSequence([_placed(each, place) for each in node.items], *span)
    if isinstance(node, YamlMapping):
        pairs = [(YamlScalar(key.text, *span), _placed(value, place)) for key, value in node.pairs]
        return YamlMapping(pairs, *span)
    assert isinstance(node, YamlScalar)
    return YamlScalar(node.text, *span, node.quoted)
