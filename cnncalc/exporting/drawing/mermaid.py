"""A drawing in Mermaid, which GitHub, GitLab and many editors show in Markdown.

Source: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.drawn import DrawnBox, DrawnFrame, ModelDrawing, drawing
from cnncalc.exporting.exported import Exported

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Wishes
    from cnncalc.spec.reader import Spec

MAX_EDGES, MAX_CHARACTERS = 500, 50_000
"""The largest drawings that Mermaid shows unless its `maxEdges` and `maxTextSize` say otherwise."""

_STYLES = """\
  classDef input fill:#eaeef2,stroke:#57606a,color:#1f2328
  classDef learned fill:#ddf4ff,stroke:#57606a,color:#1f2328
  classDef plain fill:#ffffff,stroke:#57606a,color:#1f2328
  classDef merge fill:#fff8c5,stroke:#57606a,color:#1f2328
  classDef block fill:#dafbe1,stroke:#57606a,color:#1f2328
  classDef output stroke-width:3px
"""
_SHAPES = {"input": ("([", "])"), "block": ("[", "]")}
_ROUNDED = ("(", ")")


def as_mermaid(spec: Spec, wishes: Wishes) -> Exported:
    """A model as a flowchart of Mermaid."""
    drawn = drawing(spec, wishes.depth)
    text = "".join(_document(drawn))
    if len(drawn.edges) > MAX_EDGES or len(text) > MAX_CHARACTERS:
        text = _warning(len(drawn.edges), len(text)) + text
    return Exported(text)


def _warning(edges: int, characters: int) -> str:
    """What a person reads whose viewer shows nothing of a drawing."""
    return (
        f"%% {edges:,} edges in {characters:,} characters: Mermaid shows at most {MAX_EDGES:,} edges and"
        f" {MAX_CHARACTERS:,} characters\n%% unless maxEdges and maxTextSize are raised; --depth draws fewer.\n"
    )


def _document(drawn: ModelDrawing) -> Iterator[str]:
    yield f"flowchart TB\n  accTitle: {_escaped(drawn.title)}\n"
    for member in drawn.members:
        yield from _member(member, "  ")
    for edge in drawn.edges:
        yield f"  n{edge.source} {'-.->' if edge.is_size_alone else '-->'} n{edge.target}\n"
    yield _STYLES
    for name, numbers in _classes(drawn):
        yield f"  class {','.join(f'n{number}' for number in numbers)} {name}\n"


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


def _classes(drawn: ModelDrawing) -> Iterator[tuple[str, list[int]]]:
    """The boxes of each style."""
    boxes = list(_boxes(drawn.members))
    for role in dict.fromkeys(box.role for box in boxes):
        yield role, [box.number for box in boxes if box.role == role]
    if outputs := [box.number for box in boxes if box.is_output]:
        yield "output", outputs


def _boxes(members: tuple[DrawnBox | DrawnFrame, ...]) -> Iterator[DrawnBox]:
    for member in members:
        if isinstance(member, DrawnBox):
            yield member
        else:
            yield from _boxes(member.members)


def _escaped(text: str) -> str:
    """Text between quotes: what is neither a letter, a digit nor one of a few plain signs is written as its code."""
    return "".join(each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in text)


_PLAIN = frozenset(" .,×…·")
