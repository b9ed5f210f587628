"""The keys at the top of a spec with the lines of their values, in the order of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar
from cnncalc.spec.reader import Spec
from cnncalc.updating._comments import is_comment, remark_in, without_remark


class SpecSection(NamedTuple):
    """A key with its value.

    Attributes:
        key: its name.
        lead: comments and blank lines before it.
        line: the number of its first line.
        own: its lines.
    """

    key: str
    lead: tuple[str, ...]
    line: int
    own: tuple[str, ...]


class Sections(NamedTuple):
    """A text, taken apart.

    Attributes:
        all: its keys.
        tail: comments and blank lines after the last one.
    """

    all: tuple[SpecSection, ...]
    tail: tuple[str, ...]

    @classmethod
    def of(cls, spec: Spec) -> Sections:
        """Those of the text of a spec."""
        root, lines = spec.parsed.root, spec.source.lines
        found: list[SpecSection] = []
        before = 0
        for key, value in root.pairs if isinstance(root, YamlMapping) else ():
            end = _last_line(value, lines, key.line)
            found.append(SpecSection(key.text, lines[before : key.line - 1], key.line, lines[key.line - 1 : end]))
            before = end
        tail = lines[before:]
        return cls(tuple(found), tail[:-1] if tail and not tail[-1] else tail)

    def get(self, key: str) -> SpecSection | None:
        """The section of a key."""
        return next((each for each in self.all if each.key == key), None)


def _last_line(value: YamlNode, lines: Sequence[str], first: int) -> int:
    """The last line of a value; a block of YAML ends where the next thing begins, behind comments."""
    last = max(first, value.end_line - 1 if value.end_column == 1 else value.end_line)
    while last > first and (not lines[last - 1].strip() or (is_comment(lines[last - 1]) and not _is_text(value))):
        last -= 1
    return last


def _is_text(value: YamlNode) -> bool:
    return isinstance(value, YamlScalar)  # in which lines that begin with # are text


def arranged(old: Sections, new: Sections, own: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of a spec in the order of an older one, with what stands before, beside and after its keys there.

    Args:
        old: the older text.
        new: the newer one.
        own: the lines of each key in the result.
    """
    order = [each.key for each in old.all if each.key in own]
    for place, key in enumerate(keys := [each.key for each in new.all if each.key in own]):
        if key not in order:
            before = [order.index(each) for each in keys[:place]]
            order.insert(max(before, default=-1) + 1, key)
    lines: list[str] = []
    for key in order:
        before_key = old.get(key)
        lines += before_key.lead if before_key else ()
        lines += _with_remark(own[key], before_key)
    header = [line for line in (new.all[0].lead if new.all else ()) if line not in lines]
    return [*header, *lines, *old.tail]


def _with_remark(own: Sequence[str], before: SpecSection | None) -> Sequence[str]:
    """The lines of a key with the comment beside its first line, where that says the same as before."""
    remark = remark_in(before.own[0]) if before else ""
    if before and remark and own[0] == without_remark(before.own[0]):
        return [f"{own[0]}{before.own[0][len(own[0]) :]}", *own[1:]]
    return own
