"""An entry of a list of layers, taken apart: the kind, the value after it, and its settings."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence

Pairs = list[tuple[YamlScalar, YamlNode]]


class Written:
    """An entry taken apart, with nothing in it read yet.

    Attributes:
        head: where the kind is written.
        replaced: settings that replace what the principal value gives (`first`).
    """

    __slots__ = ("_by_name", "_is_plain", "head", "kind", "principal", "replaced", "settings", "text")

    def __init__(
        self,
        kind: str,
        head: YamlScalar,
        principal: YamlNode | None,
        settings: Pairs,
        replaced: frozenset[str] = frozenset(),
    ) -> None:
        self.kind = kind
        self.head = head
        self.principal = principal
        self.settings = settings
        self.replaced = replaced
        self._by_name: Mapping[str, YamlNode] | None = None
        self._is_plain: bool | None = None
        self.text: Hashable = None
        """What it is recognised by (see `EntryReader`), once that has been worked out."""

    @property
    def by_name(self) -> Mapping[str, YamlNode]:
        """What is written for each setting."""
        if self._by_name is None:
            self._by_name = {key.text: value for key, value in reversed(self.settings)} if self.settings else _NOTHING
        return self._by_name

    @property
    def is_plain(self) -> bool:
        """Whether there is no expression in it."""
        if self._is_plain is None:
            self._is_plain = not any(
                "$" in text for node in (self.principal, *self.by_name.values()) for text in texts(node)
            )
        return self._is_plain

    def value(self, setting: str) -> YamlNode | None:
        """What is written for a setting; None if nothing is."""
        return self.by_name.get(setting)

    def principal_value(self, principal: str) -> YamlNode | None:
        """The principal value, after the kind or under the setting's name; None where `first` changed it."""
        return None if self.replaced else self.value(principal) or self.principal

    def having(self, principal: YamlNode | None, settings: Pairs) -> Written:
        """The same entry with another value after the kind and other settings."""
        return Written(self.kind, self.head, principal, settings, self.replaced)


def texts(node: YamlNode | None) -> Iterator[str]:
    """All texts in a node, keys included."""
    if isinstance(node, YamlScalar):
        yield node.text
    elif isinstance(node, YamlMapping):
        for pair in node.pairs:
            for each in pair:
                yield from texts(each)
    elif isinstance(node, YamlSequence):
        for each in node.items:
            yield from texts(each)


_NOTHING: Mapping[str, YamlNode] = {}


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
