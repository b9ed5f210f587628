"""What the text says about its blocks: defaults of their arguments, and descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.language.expressions import is_expression, plain_value


def default_arguments(root: YamlNode) -> dict[str, Mapping[str, Any]]:
    """The defaults of the arguments of each block that are plain values."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, block in _blocks(root):
        node = block.get("args")
        items = node.items if isinstance(node, YamlSequence) else [node]
        pairs = (item.text.partition("=") for item in items if isinstance(item, YamlScalar) and "=" in item.text)
        plain = ((key.strip(), text.strip()) for key, _, text in pairs)
        found[name] = {key: plain_value(text) for key, text in plain if not is_expression(text) and text[:1] != "["}
    return found


def descriptions(root: YamlNode) -> dict[str, str]:
    """What is said about each block."""
    nodes = ((name, block.get("description")) for name, block in _blocks(root))
    return {name: node.text for name, node in nodes if isinstance(node, YamlScalar)}


def _blocks(root: YamlNode) -> list[tuple[str, YamlMapping]]:
    """The blocks that are written with more than a list of entries."""
    node = root.get("blocks") if isinstance(root, YamlMapping) else None
    pairs = node.pairs if isinstance(node, YamlMapping) else []
    return [(name.text, block) for name, block in pairs if isinstance(block, YamlMapping)]
