"""Thousands of random single layers against PyTorch or Keras: shapes, parameters, values, and what is refused.

    python benchmarks/single_layers.py pytorch --each 200
    python benchmarks/single_layers.py keras --seed 7 conv_transpose avg_pool

Prints how they differ, and ends with status 1 where any does. Keras runs on PyTorch unless KERAS_BACKEND says so;
there an `avg_pool` that `same` pads unevenly differs, as its torch backend averages copies of the border.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from _results import Limit, Row, parser, results

sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")  # this folder has a `forward` too


def main() -> int:
    """Compares the layers and prints the differences."""
    options = parser(__doc__)
    options.add_argument("framework", choices=["pytorch", "keras"])
    options.add_argument("kinds", nargs="*", metavar="KIND", help="the kinds to compare (default: all)")
    options.add_argument("--each", type=int, default=100, metavar="N", help="layers of each kind (default: 100)")
    options.add_argument("--seed", type=int, default=1, metavar="N")
    given = options.parse_intermixed_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    from oracle.single_layers import cases, compare

    if given.framework == "pytorch":
        from oracle.torch_layers import MAKERS
    else:
        from oracle.keras_layers import MAKERS
    makers = {kind: make for kind, make in MAKERS.items() if not given.kinds or kind in given.kinds}
    layout = "channels_first" if given.framework == "pytorch" else "channels_last"
    counts: Counter[str] = Counter()
    for case in cases(makers, given.seed, given.each):
        how, difference = compare(case, given.framework, layout)
        counts[how] += 1
        if difference:
            print(difference)
    with results("single_layers", given.json) as found:
        for how, count in sorted(({"differs": 0} | counts).items()):
            limit = Limit(0) if how == "differs" else None
            found.add(Row(f"{given.framework}: {how}", "layers", [count], limit=limit))
    return 1 if counts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
