"""What stands at the top of a file, and at its end."""

from __future__ import annotations

import re

from cnncalc.analysis.results import Analysis
from cnncalc.exporting.code.layout import docstring
from cnncalc.exporting.code.numbers import count_of, enumerated
from cnncalc.graph import Node
from cnncalc.version import __version__

MAIN = '''\
def main() -> None:
    """Builds the model and prints how many parameters it has."""
    {arrays} = {model}().{attribute}
    count = sum({size} for each in {arrays}{condition})
    print(f"{{count:,}} {what}")


if __name__ == "__main__":
    main()
'''
"""What a file does as a script."""


def heading(analysis: Analysis, title: str, layout: str, tested_with: str, state: str = "") -> list[str]:
    """The docstring of a file: what the model is, and its numbers.

    Args:
        title: what the model is called.
        layout: the order of sizes in the code.
        tested_with: the framework and its version.
        state: what there is to say about weights.
    """
    spec, totals = analysis.spec, analysis.totals
    numbers = (
        f"Maps {_shapes(spec.graph.inputs, layout)} ({layout.replace('_', ' ')}) to"
        f" {_shapes(spec.graph.output_nodes, layout)}, with {count_of(totals.params)} parameters and"
        f" {count_of(totals.macs)} multiply-adds, as `convention: {spec.convention}` counts them."
    )
    origin = f"Written by cnncalc {__version__}; tested with {tested_with}. The code is yours."
    return docstring([spec.description or title, numbers, *filter(None, [state]), origin])


def without_texts(code: str) -> str:
    """Code without what stands between quotes: no word of a spec is a name that has to be imported."""
    return re.sub(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"', '""', code, flags=re.DOTALL)


def _shapes(nodes: list[Node], layout: str) -> str:
    return enumerated([node.output.text(layout) for node in nodes])
