"""What stands at the top of a file."""

from __future__ import annotations

from cnncalc.analysis.results import Analysis
from cnncalc.exporting.code.layout import docstring
from cnncalc.exporting.code.numbers import count_of
from cnncalc.graph import Node
from cnncalc.version import __version__


def heading(analysis: Analysis, layout: str, tested_with: str) -> list[str]:
    """The docstring of a file: what the model is, and its numbers.

    Args:
        layout: the order of sizes in the code.
        tested_with: the framework and its version.
    """
    spec, totals = analysis.spec, analysis.totals
    numbers = (
        f"It makes {_shapes(spec.graph.output_nodes, layout)} of {_shapes(spec.graph.inputs, layout)}"
        f" ({layout.replace('_', ' ')}), with {count_of(totals.params)} parameters and {count_of(totals.macs)}"
        f" multiply-adds, as `convention: {spec.convention}` counts them."
    )
    origin = f"Written by cnncalc {__version__}; tested with {tested_with}. The code is yours."
    return docstring([spec.description or spec.name, numbers, origin])


def _shapes(nodes: list[Node], layout: str) -> str:
    return ", ".join(node.output.text(layout) for node in nodes)
