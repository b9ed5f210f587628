r"""A figure of a network for a paper, in TikZ: blocks in perspective, with their sizes.

Source: https://tikz.dev
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.exporting.drawing.figure.bodies import RADIUS, SLANT
from cnncalc.exporting.drawing.figure.legend import (
    COLOURS,
    HIGH,
    LEGEND,
    OUTPUT,
    ROOM_BELOW,
    SWATCH,
    TEXT_AT,
    legend_of,
    marks_outputs,
)
from cnncalc.exporting.drawing.figure.placing import PlacedFigure, PlacedStack, Point, placed_model
from cnncalc.exporting.exported import Exported
from cnncalc.latex_text import in_latex

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Wishes
    from cnncalc.spec.reader import Spec

_HEAD = r"""% Made by cnncalc. What is between the lines of dashes is a figure: copy or \input it into a document with
%   \usepackage[T1]{fontenc}
%   \usepackage{tikz}
% A wide one fits after \resizebox{\textwidth}{!}{...}, of the package graphicx.
\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[papersize={SIZEcm},margin=MARGINcm]{geometry}
\usepackage{tikz}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\pagestyle{empty}
\setlength{\parindent}{0pt}
\setlength{\topskip}{0pt}
\begin{document}
"""
_BEGIN = "% ---------- figure ----------\n"
_END = "% ---------- end of figure ----------\n"
_MARGIN = 0.3
"""Around the figure."""

_STYLES = r"""  font=\sffamily\scriptsize, line width=0.3pt, line join=round,
  label/.style={anchor=base, align=center, inner sep=0pt},
  size/.style={anchor=north, align=center, inner sep=0pt, text=black!70},
  merge/.style={circle, draw=black!75, fill=white, inner sep=0pt, minimum size=DIAMETERcm},
  output/.style={line width=1.2pt},
  flow/.style={->, >=stealth, draw=black!75, line width=0.5pt, rounded corners=1.5pt},
  size alone/.style={flow, densely dashed},
  parting/.style={circle, fill=black!75, inner sep=0pt, minimum size=2pt},
  % a slab: {look}{thickness}{height}{how far it leads back}, from the left end of its middle
  pics/slab/.style n args={4}{code={
    \draw[draw=black!75, fill=#1!70!white] (0,-#3/2) rectangle (#2,#3/2);
    \draw[draw=black!75, fill=#1!40!white] (0,#3/2) -- ++(ACROSS*#4,UP*#4) -- ++(#2,0) -- (#2,#3/2) -- cycle;
    \draw[draw=black!75, fill=#1] (#2,-#3/2) -- ++(ACROSS*#4,UP*#4) -- ++(0,#3) -- (#2,#3/2) -- cycle;
  }},
  % what has no width: {look}{thickness}{height}
  pics/bar/.style n args={3}{code={\draw[draw=black!75, fill=#1] (0,-#3/2) rectangle (#2,#3/2);}},
"""
for name, value in (("DIAMETER", 2 * RADIUS), ("ACROSS", SLANT[0]), ("UP", SLANT[1])):
    _STYLES = _STYLES.replace(name, f"{value:.2f}")


def as_tikz(spec: Spec, wishes: Wishes) -> Exported:
    """A model as a figure for a paper."""
    return Exported("".join(tikz(spec, wishes.depth)))


def tikz(spec: Spec, depth: int | None = None) -> Iterator[str]:
    """A figure as a complete LaTeX document, piece by piece.

    Args:
        depth: how many levels of the tree are opened; None for as many as there is room for.
    """
    drawn = placed_model(spec, depth)
    _, legend = legend_of(drawn)
    size = f"{max(drawn.width, legend) + 2 * _MARGIN:.1f}cm,{drawn.height + 2 * _MARGIN:.1f}"
    yield _HEAD.replace("SIZE", size).replace("MARGIN", str(_MARGIN))
    yield _BEGIN
    yield from picture(drawn)
    yield _END
    yield "\\end{document}\n"


def picture(drawn: PlacedFigure, texts: Mapping[str, str] = LEGEND) -> Iterator[str]:
    """A figure without a document around it.

    Args:
        texts: what the legend says of each look.
    """
    yield f"% {_escaped(drawn.figure.title)}\n"
    legend, _ = legend_of(drawn, texts)
    for item in legend:
        if item.look in COLOURS:
            yield f"\\definecolor{{{item.look}}}{{HTML}}{{{COLOURS[item.look]}}}\n"
    yield f"\\begin{{tikzpicture}}[\n{_STYLES}]\n"
    for each in drawn.stacks:
        yield from _stack(each, drawn.figure.has_sizes, marks_outputs(drawn))
    yield "% what reads what\n"
    for line in drawn.lines:
        yield rf"\draw[{'size alone' if line.is_size_alone else 'flow'}] {' -- '.join(map(_at, line.points))};" + "\n"
    for point in drawn.dots:
        yield rf"\node[parting] at {_at(point)} {{}};" + "\n"
    yield "% legend\n"
    y = drawn.bottom - ROOM_BELOW
    for item in legend:
        mark, colour = ("[output]", "white") if item.look == OUTPUT else ("", item.look)
        yield rf"\pic{mark} at {_at((item.x, y))} {{bar={{{colour}}}{{{SWATCH}}}{{{HIGH}}}}};"
        yield rf" \node[anchor=west, inner sep=0pt] at {_at((item.x + TEXT_AT, y))} {{{_escaped(item.text)}}};" + "\n"
    yield "\\end{tikzpicture}%\n"


def _stack(placed: PlacedStack, has_sizes: bool, marks_outputs: bool) -> Iterator[str]:
    for box in placed.stack.boxes:
        # where sizes are kept back, so is what settings of `same` come to
        words = f": {' '.join((*box.lines, box.shape))}" if has_sizes else ""
        yield f"% {_escaped(box.name + words)}\n"
    mark = "[output]" if marks_outputs and placed.stack.is_output else ""
    for slab in placed.slabs:
        sizes = f"{{{slab.slab.look}}}{{{slab.thickness:.2f}}}{{{slab.height:.2f}}}"
        form = f"slab={sizes}{{{slab.width:.2f}}}" if slab.width else f"bar={sizes}"
        yield rf"\pic{mark} at {_at((slab.x, slab.y))} {{{form}}};" + "\n"
    if placed.stack.is_merge:
        style = "merge, output" if mark else "merge"
        yield rf"\node[{style}] at {_at(placed.middle)} {{{_escaped(placed.stack.sign)}}};" + "\n"
    yield from _text("label", placed.above_at, placed.above)
    yield from _text("size", placed.below_at, placed.below)


def _text(style: str, at: Point, lines: Sequence[str]) -> Iterator[str]:
    """Lines of text. The braces keep a line that begins with `[` from being an option of the break before it."""
    if lines:
        text = r"\\".join(f"{{}}{_escaped(line)}" for line in lines)
        yield rf"\node[{style}] at {_at(at)} {{{text}}};" + "\n"


def _escaped(text: str) -> str:
    """A text in LaTeX, in any encoding of fonts: not all have straight quotation marks."""
    return in_latex(text.replace('"', "”"))


def _at(point: Point) -> str:
    return f"({point[0]:.2f},{point[1]:.2f})"
