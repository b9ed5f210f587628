"""A drawing in DOT, the language of Graphviz.

Source: https://graphviz.org/doc/info/lang.html and https://graphviz.org/doc/info/shapes.html#html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.drawn import DrawnBox, DrawnFrame, ModelDrawing, drawing
from cnncalc.exporting.exported import Exported

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Wishes
    from cnncalc.spec.reader import Spec

_HEAD = """\
  graph [labelloc=t, fontname="Helvetica", fontsize=14, ranksep=0.35, nodesep=0.3];
  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=10, margin="0.14,0.07", color="#57606a"];
  edge [color="#57606a", arrowsize=0.7];
"""
_STYLES = {
    "input": 'shape=oval, style=filled, fillcolor="#eaeef2"',
    "weighted": 'fillcolor="#ddf4ff"',
    "plain": 'fillcolor="#ffffff"',
    "merge": 'fillcolor="#fff8c5", fontsize=9, margin="0.1,0.04"',
    "block": 'fillcolor="#dafbe1", style=filled',
}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def as_dot(spec: Spec, wishes: Wishes) -> Exported:
    """A model as a drawing for Graphviz."""
    return Exported("".join(_document(drawing(spec, wishes.depth))))


def _document(drawn: ModelDrawing) -> Iterator[str]:
    yield f"digraph {{\n{_HEAD}  label=<<b>{_escaped(drawn.title)}</b>>;\n"
    for member in drawn.members:
        yield from _member(member, "  ")
    for edge in drawn.edges:
        style = " [style=dashed]" if edge.is_size_alone else ""
        yield f"  n{edge.source} -> n{edge.target}{style};\n"
    yield "}\n"


def _member(member: DrawnBox | DrawnFrame, indentation: str) -> Iterator[str]:
    if isinstance(member, DrawnBox):
        yield f"{indentation}n{member.number} [label=<{_label(member)}>, {_style(member)}];\n"
        return
    inner = f"{indentation}  "
    yield f"{indentation}subgraph cluster_{member.number} {{\n"
    yield f"{inner}label=<<b>{_escaped(member.name)}</b> {_escaped(member.about)}>;\n"
    yield f'{inner}fontsize=9; labeljust=l; style=rounded; color="#afb8c1";\n'
    for each in member.members:
        yield from _member(each, inner)
    yield f"{indentation}}}\n"


def _label(box: DrawnBox) -> str:
    shape = f'<font color="#57606a">{_escaped(box.shape)}</font>'
    return "<br/>".join((f"<b>{_escaped(box.name)}</b>", *map(_escaped, box.lines), shape))


def _style(box: DrawnBox) -> str:
    return _STYLES[box.role] + (", penwidth=2" if box.is_output else "")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
