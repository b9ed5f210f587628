"""A drawing in Mermaid, which GitHub, GitLab and many editors show in Markdown.

Source: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.drawn import DrawnBox, DrawnFrame, ModelDrawing, drawing
from cnncalc.exporting.drawing.entries import ROLES
from cnncalc.exporting.exported import Exported

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Wishes
    from cnncalc.spec.reader import Spec

MAX_EDGES, MAX_CHARACTERS = 500, 50_000
"""The largest drawings that Mermaid shows unless its `maxEdges` and `maxTextSize` say otherwise."""

_HEAD = """\
---
title: {title}
config:
  flowchart: {{wrappingWidth: 400, subGraphTitleMargin: {{bottom: 12}}}}
---
flowchart TB
"""
_STYLES = {
    "input": "fill:#eaeef2,stroke:#57606a,color:#1f2328",
    "weighted": "fill:#ddf4ff,stroke:#57606a,color:#1f2328",
    "plain": "fill:#ffffff,stroke:#57606a,color:#1f2328",
    "merge": "fill:#fff8c5,stroke:#57606a,color:#1f2328",
    "block": "fill:#dafbe1,stroke:#57606a,color:#1f2328",
    "output": "stroke-width:3px",
    "frame": "fill:transparent,stroke:#8c959f",
}
_SHAPES = {"input": ("([", "])"), "block": ("[", "]")}
_ROUNDED = ("(", ")")


def as_mermaid(spec: Spec, wishes: Wishes) -> Exported:
    """A model as a flowchart of Mermaid."""
    drawn = drawing(spec, wishes.depth)
    text = "".join(_document(drawn))
    if len(drawn.edges) <= MAX_EDGES and len(text) <= MAX_CHARACTERS:
        return Exported(text)
    lines = (
        f"{len(drawn.edges):,} edges in {len(text):,} characters: Mermaid shows at most {MAX_EDGES:,} edges and"
        f" {MAX_CHARACTERS:,} characters",
        "unless maxEdges and maxTextSize are raised; --depth draws fewer.",
    )
    comment = "".join(f"%% {line}\n" for line in lines)  # for a person whose viewer shows nothing
    return Exported(comment + text, remark=" ".join(lines))


def _document(drawn: ModelDrawing) -> Iterator[str]:
    yield _HEAD.format(title=_quoted(drawn.title))
    for member in drawn.members:
        yield from _member(member, "  ")
    for edge in drawn.edges:
        yield f"  n{edge.source} {'-.->' if edge.is_size_alone else '-->'} n{edge.target}\n"
    for name, members in _classes(drawn):
        if members:
            yield f"  classDef {name} {_STYLES[name]}\n  class {','.join(members)} {name}\n"


def _member(member: DrawnBox | DrawnFrame, indentation: str) -> Iterator[str]:
    if isinstance(member, DrawnBox):
        opening, closing = _SHAPES.get(member.role, _ROUNDED)
        yield f'{indentation}n{member.number}{opening}"{_label(member)}"{closing}\n'
        return
    yield f'{indentation}subgraph g{member.number}["<b>{_escaped(member.name)}</b> {_escaped(member.about)}"]\n'
    for each in member.members:
        yield from _member(each, f"{indentation}  ")
    yield f"{indentation}end\n"


def _label(box: DrawnBox) -> str:
    return "<br>".join((f"<b>{_escaped(box.name)}</b>", *map(_escaped, box.lines), _escaped(box.shape)))


def _classes(drawn: ModelDrawing) -> Iterator[tuple[str, list[str]]]:
    """What is of each style."""
    boxes = [each for each in _all(drawn.members) if isinstance(each, DrawnBox)]
    for role in ROLES:
        yield role, [f"n{box.number}" for box in boxes if box.role == role]
    yield "output", [f"n{box.number}" for box in boxes if box.is_output]
    yield "frame", [f"g{each.number}" for each in _all(drawn.members) if isinstance(each, DrawnFrame)]


def _all(members: Iterable[DrawnBox | DrawnFrame]) -> Iterator[DrawnBox | DrawnFrame]:
    """All boxes and frames, in order."""
    for member in members:
        yield member
        if isinstance(member, DrawnFrame):
            yield from _all(member.members)


def _quoted(text: str) -> str:
    """A title in YAML. Mermaid takes tags and references out of titles: their signs are replaced by wide ones."""
    text = text.translate(_WIDE)
    return '"' + "".join(each if _is_plain(each) else f"\\U{ord(each):08X}" for each in text) + '"'


def _escaped(text: str) -> str:
    """A label between quotes. Whatever could mean something to Mermaid or in HTML is written as its code; what means
    something even then is kept apart from what follows: `$$` is a formula, `\\n` a line, and `fa:` an icon."""
    codes = (each if _is_plain(each) else f"#{ord(each)};" + _APART * (each in "$\\:") for each in text)
    return "".join(codes)


_WIDE = str.maketrans("<>&", "＜＞＆")
_APART = "#8203;"
"""A space of no width."""


def _is_plain(character: str) -> bool:
    return character.isalnum() or character in " _.,()×…·"
