"""What a person adds to a spec besides its layers: names, comments, expectations, what is around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.graph import Entry, Node
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.reader import Spec
from cnncalc.updating._comments import above, remark_in

KEPT_KEYS = ("description", "training", "expect", "sample")
"""Keys of a spec that say nothing about its layers."""
LOST_KEYS = ("variants", "vars")
"""Keys of a spec that a model file has no counterpart of."""
NAMING = ("inputs", "defaults", "blocks")
"""Keys of a spec below which there are names."""


class Addition(NamedTuple):
    """What is added to an entry.

    Attributes:
        line: of the entry.
        name: its own; "" if it has none.
        expect: as a text on one line; "" if there is none.
        remark: the comment behind it, with its sign.
        above: the lines of comments above it, and blank ones.
        entries: all that this text stands for, each by the layer that it ends in, how many layers it is, and its kind.
    """

    line: int
    name: str
    expect: str
    remark: str
    above: tuple[str, ...]
    entries: tuple[tuple[Node, int, str], ...]


def additions_of(spec: Spec) -> list[Addition]:
    """All additions to entries, in the order of the text."""
    by_line: dict[int, list[Entry]] = {}
    for entry in _own_entries(spec):
        by_line.setdefault(entry.span.line, []).append(entry)
    lines = spec.source.lines
    found = []
    for line, entries in sorted(by_line.items()):
        name, expect = (entries[0].written.value(key) for key in ("name", "expect"))
        remark, before = remark_in(lines[line - 1]), above(lines, line)
        if name or expect or remark or before:
            places = tuple((entry.end, layers_in(entry), entry.kind) for entry in entries)
            name_text = name.text if isinstance(name, YamlScalar) else ""
            found.append(Addition(line, name_text, (expect and flow(expect)) or "", remark, before, places))
    return found


def _own_entries(spec: Spec) -> Iterator[Entry]:
    """The entries that are written in the text of the spec itself."""
    pending = [*reversed(spec.graph.entries)]
    while pending:
        entry = pending.pop()
        yield entry
        if entry.inside is None:
            pending.extend(reversed(entry.children))


def layers_in(entry: Entry) -> int:
    """How many layers an entry is."""
    return sum([len(each.nodes) for each in entry.walk()])


def flow(node: YamlNode) -> str:
    """A value on one line."""
    if isinstance(node, YamlMapping):
        return f"{{{', '.join([f'{key.text}: {flow(value)}' for key, value in node.pairs])}}}"
    if isinstance(node, YamlSequence):
        return f"[{', '.join(map(flow, node.items))}]"
    assert isinstance(node, YamlScalar)
    is_plain = re.fullmatch(r"[\w.$][\w.$()*/+ -]*", node.text)
    escaped = node.text.replace("\\", "\\\\").replace('"', '\\"')
    return node.text if is_plain else f'"{escaped}"'


def keys_with_comments(spec: Spec) -> Iterator[tuple[str, str, int, str, tuple[str, ...]]]:
    """The names below the keys of `NAMING`: each with its key and line, the comment behind it and those above it."""
    root, lines = spec.parsed.root, spec.source.lines
    for key in NAMING:
        named = root.get(key) if isinstance(root, YamlMapping) else None
        for name, _ in named.pairs if isinstance(named, YamlMapping) else ():
            line = lines[name.line - 1]
            if not line[: name.column - 1].strip():
                yield key, name.text, name.line, remark_in(line), above(lines, name.line)
