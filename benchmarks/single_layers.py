"""Thousands of random single layers against PyTorch or Keras: shapes, parameters, values, and what is refused.

    python benchmarks/single_layers.py pytorch --each 200
    python benchmarks/single_layers.py keras --seed 7 conv_transpose avg_pool

Prints how they differ, and ends with status 1 where any does. Keras runs on PyTorch unless KERAS_BACKEND says so;
there an `avg_pool` that `same` pads unevenly differs, as its torch backend averages copies of the border.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")  # this folder has a `forward` too


def main() -> int:
    """Compares the layers and prints the differences."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("framework", choices=["pytorch", "keras"])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="the kinds to compare (default: all)")
    parser.add_argument("--each", type=int, default=100, metavar="N", help="layers of each kind (default: 100)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    options = parser.parse_intermixed_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    from oracle.single_layers import cases, compare

    if options.framework == "pytorch":
        from oracle.torch_layers import MAKERS
    else:
        from oracle.keras_layers import MAKERS
    makers = {kind: make for kind, make in MAKERS.items() if not options.kinds or kind in options.kinds}
    layout = "channels_first" if options.framework == "pytorch" else "channels_last"
    counts: Counter[str] = Counter()
    for case in cases(makers, options.seed, options.each):
        how, difference = compare(case, options.framework, layout)
        counts[how] += 1
        if difference:
            print(difference)
    print(", ".join(f"{count:,} {how}" for how, count in sorted(counts.items())))
    return 1 if counts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
