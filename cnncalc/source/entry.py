"""An entry of a list of layers, taken apart: the kind, the value after it, and its settings."""

from __future__ import annotations

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar

Pairs = list[tuple[YamlScalar, YamlNode]]


class Written(NamedTuple):
    """An entry taken apart, with nothing in it read yet."""

    kind: str
    head: YamlScalar
    """Where the kind is written."""
    principal: YamlNode | None
    settings: Pairs
    replaced: frozenset[str] = frozenset()
    """Settings that replace what the principal value gives (`first`)."""

    def value(self, setting: str) -> YamlNode | None:
        """What is written for a setting; None if nothing is."""
        return next((value for key, value in self.settings if key.text == setting), None)

    def principal_value(self, principal: str) -> YamlNode | None:
        """The principal value, after the kind or under the setting's name; None where `first` changed it."""
        return None if self.replaced else self.value(principal) or self.principal


def apart(node: YamlScalar | YamlMapping, kind: str = "") -> Written:
    """The parts of an entry: a kind alone, or a mapping that begins with one (or with a name that is read as
    `kind`)."""
    if isinstance(node, YamlScalar):
        return Written(kind or node.text.strip(), node, None, [])
    (head, value), *others = node.pairs
    kind = kind or head.text.strip()
    if isinstance(value, YamlMapping):
        return Written(kind, head, None, [*value.pairs, *others])
    return Written(kind, head, None if isinstance(value, YamlScalar) and value.is_null else value, others)
