"""A lower bound on the number of entries of a spec, calculated before the first is placed.

Ten blocks that call each other ten times are ten lines and 10^10 layers. Placing as many as are allowed, only to
refuse the next one, takes seconds; multiplying takes no time. What is not known beforehand (because it depends on
channels, or on which copy it is) counts as nothing, so that nothing is refused that would fit.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from cnncalc.layers import MERGES
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.entry import texts
from cnncalc.source.files import MAX_DEPTH
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.language.blocks import Block
from cnncalc.spec.language.expressions import (
    MAX_ITEMS,
    ExpressionError,
    Value,
    evaluate,
    is_expression,
    names_in,
    plain_value,
)
from cnncalc.spec.language.names import WITH_ENTRIES, nested
from cnncalc.spec.language.scope import values_in

MAX_VISITS = 10_000
"""Calls of a block with other arguments are counted afresh, until this many entries have been looked at."""
_ENOUGH = 10**15
"""Numbers are not followed above this."""

Shared = ChainMap[str, int]
"""How many entries the named ones come to, for `share`."""


class _Parts(NamedTuple):
    kind: str
    principal: YamlNode | None
    settings: Mapping[str, YamlNode]


class SizeBound:
    """Counts the entries of one spec."""

    def __init__(self, blocks: Mapping[str, Block], values: Mapping[str, Value]) -> None:
        self.blocks = blocks
        self.values = {name: value for name, value in values.items() if name not in ("c_in", "index")}
        self._known: dict[tuple[str, frozenset[tuple[str, Value]]], int] = {}
        self._open: set[str] = set()
        self.visits = 0
        """How many entries have been looked at."""
        self._depth = 0

    def entries(self, items: list[YamlNode], values: Mapping[str, Value], shared: Shared) -> int:
        """How many entries these come to, at least."""
        return min(sum(self.entry(item, values, shared) for item in items), _ENOUGH)

    def entry(self, item: YamlNode, values: Mapping[str, Value], shared: Shared) -> int:
        """How many entries this one comes to, including itself."""
        self.visits += 1
        parts = _parts(item)
        if parts is None or self._depth > MAX_DEPTH:
            return 0
        if "for" in parts.settings:
            return self._run(parts, values, shared)
        return self._counted(parts, values, shared)

    def _run(self, parts: _Parts, values: Mapping[str, Value], shared: Shared) -> int:
        """How many entries the copies of an entry with `for` come to."""
        node = parts.settings["for"]
        lists = {key.text: _value(value, values) for key, value in getattr(node, "pairs", ())}
        single = parts._replace(settings={key: value for key, value in parts.settings.items() if key != "for"})
        count = 1
        for each in zip(*(items if isinstance(items, tuple) else () for items in lists.values()), strict=False):
            if self.visits >= MAX_VISITS:
                break  # all copies are at least looked at
            self.visits += 1
            count += self._counted(single, {**values, **dict(zip(lists, each, strict=True))}, shared)
        return min(count, _ENOUGH)

    def _counted(self, parts: _Parts, values: Mapping[str, Value], shared: Shared) -> int:
        """How many entries an entry comes to that is not one of several copies."""
        if not _is_true(parts.settings.get("when"), values):
            return 1  # it is looked at, even if it is left out
        opens_scope = "repeat" in parts.settings or "name" in parts.settings
        self._depth += 1
        once = 1 + self._inside(parts, values, shared.new_child() if opens_scope else shared)
        self._depth -= 1
        count = min(max(once * _times(parts.settings.get("repeat"), values), 1), _ENOUGH)
        if isinstance(name := parts.settings.get("name"), YamlScalar):
            shared[name.text] = count
        return count

    def _inside(self, parts: _Parts, values: Mapping[str, Value], shared: Shared) -> int:
        if parts.kind in self.blocks:
            return self._call(self.blocks[parts.kind], parts, values)
        if parts.kind == "share" and isinstance(parts.principal, YamlScalar):
            return shared.get(parts.principal.text, 0)
        if parts.kind not in WITH_ENTRIES:
            return 0
        items = nested(parts.principal, parts.kind in MERGES)
        if "skip" not in parts.settings:
            items = items + nested(parts.settings.get("shortcut"), False)
        return self.entries(items, values, shared)

    def _call(self, block: Block, parts: _Parts, values: Mapping[str, Value]) -> int:
        if block.name in self._open:
            return 0  # recursion, which is reported elsewhere
        arguments = self._arguments(block, parts, values) if self.visits < MAX_VISITS else {}
        key = block.name, frozenset(arguments.items())
        if key not in self._known:
            self._open.add(block.name)
            self._known[key] = self.entries(block.layers.items, self._inner(block, arguments), ChainMap())
            self._open.discard(block.name)
        return self._known[key]

    def _arguments(self, block: Block, parts: _Parts, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """The values of a block's arguments in a call, as far as known."""
        given = dict(parts.settings)
        several = _several(parts.principal, block, values)
        for argument, node in zip(block.arguments, several, strict=False):
            if node is not None:
                given[argument.name] = node
        known: dict[str, Value] = {}
        for argument in block.arguments:
            written = given.get(argument.name)
            if written is None and argument.default and any("$" in text for text in texts(argument.default)):
                value = _value(argument.default, self._inner(block, known))
            else:
                value = _value(argument.default if written is None else written, values)
            if value is not None:
                known[argument.name] = value
        return known

    def _inner(self, block: Block, arguments: Mapping[str, Value]) -> Mapping[str, Value]:
        """The names that are known inside a block."""
        hidden = {argument.name for argument in block.arguments}
        return {**{name: value for name, value in self.values.items() if name not in hidden}, **arguments}


def _parts(item: YamlNode) -> _Parts | None:
    """An entry taken apart; None where it is not an entry, which is reported when it is placed."""
    if isinstance(item, YamlScalar):
        return _Parts(item.text.strip(), None, {})
    if not isinstance(item, YamlMapping) or not item.pairs:
        return None
    (head, principal), *others = item.pairs
    kind = head.text.strip()
    if isinstance(principal, YamlMapping) and kind not in WITH_ENTRIES:
        return _Parts(kind, None, {key.text: value for key, value in [*principal.pairs, *others]})
    return _Parts(kind, principal, {key.text: value for key, value in others})


def _several(principal: YamlNode | None, block: Block, values: Mapping[str, Value]) -> list[YamlNode | None]:
    """The first arguments of a call; none where an expression may give several."""
    if isinstance(principal, YamlSequence):
        return [*principal.items]
    may_be_several = len(block.arguments) > 1 and isinstance(_value(principal, values), tuple)
    return [] if may_be_several else [principal]


def _value(node: YamlNode | None, values: Mapping[str, Value]) -> Value | None:
    """The value of a text, or of a list of them; None where it is not known yet."""
    if isinstance(node, YamlSequence):
        items = [_value(each, values) for each in node.items[:MAX_ITEMS]]
        known = tuple([each for each in items if each is not None])
        # (a list that doubles with each call would soon be too long to look up)
        return known if len(known) == len(node.items) and values_in(known) <= MAX_ITEMS else None
    if not isinstance(node, YamlScalar):
        return None
    if not is_expression(node.text):
        return plain_value(node.text)
    if any(name not in values for name in names_in(node.text) - {"true", "false"}):
        return None
    try:
        return evaluate(node.text, values)
    except ExpressionError:
        return None


def _is_true(when: YamlNode | None, values: Mapping[str, Value]) -> bool:
    value = True if when is None else _value(when, values)
    return isinstance(value, int) and bool(value)


def _times(repeat: YamlNode | None, values: Mapping[str, Value]) -> int:
    if repeat is None:
        return 1
    times = _value(repeat, values)
    return times if isinstance(times, int) and times > 0 else 0
