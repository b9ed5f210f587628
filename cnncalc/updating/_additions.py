"""What a person adds to a spec besides its layers: names, comments, expectations, what is around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.graph import Entry, Node
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.reader import Spec

KEPT_KEYS = ("description", "training", "expect", "sample")
"""Keys of a spec that say nothing about its layers."""
LOST_KEYS = ("variants", "vars")
"""Keys of a spec that a model file has no counterpart of."""


class Addition(NamedTuple):
    """What is added to an entry.

    Attributes:
        line: of the entry.
        name: its own; "" if it has none.
        expect: as a text on one line; "" if there is none.
        remark: the comment behind it, with its sign.
        above: the lines of comments above it.
        entries: all that this text stands for, each by the layer that it ends in and how many layers it is.
    """

    line: int
    name: str
    expect: str
    remark: str
    above: tuple[str, ...]
    entries: tuple[tuple[Node, int], ...]


def additions_of(spec: Spec) -> list[Addition]:
    """All additions to entries, in the order of the text."""
    by_line: dict[int, list[Entry]] = {}
    for entry in _own_entries(spec):
        by_line.setdefault(entry.span.line, []).append(entry)
    lines = spec.source.lines
    found = []
    for line, entries in sorted(by_line.items()):
        name, expect = (entries[0].written.value(key) for key in ("name", "expect"))
        remark, above = remark_in(lines[line - 1]), _above(lines, line)
        if name or expect or remark or above:
            places = tuple((entry.end, layers_in(entry)) for entry in entries)
            name_text = name.text if isinstance(name, YamlScalar) else ""
            found.append(Addition(line, name_text, (expect and flow(expect)) or "", remark, above, places))
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


def remark_in(line: str) -> str:
    """The comment at the end of a line, "" if there is none."""
    plain = re.sub(r"\"(\\.|[^\"\\])*\"|'[^']*'", lambda quoted: "x" * len(quoted[0]), line)
    found = re.search(r"(?<=\s)#.*$", plain)
    return line[found.start() :].rstrip() if found else ""


def _above(lines: tuple[str, ...], line: int) -> tuple[str, ...]:
    """The comments directly above a line, in order."""
    first = line - 1
    while first and re.match(r"\s*#", lines[first - 1]):
        first -= 1
    return tuple(each.strip() for each in lines[first : line - 1])


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


def key_lines(spec: Spec) -> dict[str, list[str]]:
    """The lines of each key at the top of the text, with the comments above it."""
    root = spec.parsed.root
    lines = spec.source.lines
    starts = [key.line for key, _ in root.pairs] if isinstance(root, YamlMapping) else []
    firsts = [start - len(_above(lines, start)) for start in starts]
    stops = [*[first - 1 for first in firsts[1:]], len(lines)]
    found = {}
    for (key, _), first, stop in zip(getattr(root, "pairs", []), firsts, stops, strict=True):
        own = list(lines[first - 1 : stop])
        while own and not own[-1].strip():
            own.pop()
        found[key.text] = own
    return found
