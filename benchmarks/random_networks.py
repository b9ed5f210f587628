"""Thousands of random networks against PyTorch or Keras: shapes, parameters, multiply-adds, values, receptive fields.

    python benchmarks/random_networks.py torch
    python benchmarks/random_networks.py keras conv_transpose avg_pool --count 100 --seed 7
    python benchmarks/random_networks.py torch conv --count 1 --seed 3 --show

Prints how they differ, and ends with status 1 where any does. Keras runs on PyTorch unless KERAS_BACKEND says so.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from _results import Limit, Row, parser, results

sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")  # this folder has a `forward` too


def main() -> int:
    """Compares the networks and prints the differences."""
    options = parser(__doc__)
    options.add_argument("framework", choices=["torch", "keras"])
    options.add_argument("kinds", nargs="*", metavar="KIND", help="kinds that are in them (default: each in turn)")
    options.add_argument("--count", type=int, default=2000, metavar="N", help="networks (default: 2000)")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="of the first (default: 0)")
    options.add_argument("--show", action="store_true", help="show the networks as specs")
    given = options.parse_intermixed_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    from oracle.agreement import agreement, is_small
    from oracle.random_networks import KNOWN, network

    from cnncalc.layers.equals import NoEqual

    kinds = given.kinds or KNOWN
    counts: Counter[str] = Counter()
    for index in range(given.count):
        seed, kind = given.seed + index // len(kinds), kinds[index % len(kinds)]
        spec = network(seed, kind)
        if given.show:
            print(spec.text, "\n")
        try:
            found = agreement(spec.spec, given.framework, seed, has_fields=is_small(spec.spec))
        except NoEqual:
            counts["networks that the framework does not have"] += 1
            continue
        counts.update({"networks": 1, "layers": found.layers, "layers whose multiply-adds are counted": found.macs})
        counts.update({"receptive fields": found.fields, "networks that differ": bool(found.differences)})
        for difference in found.differences:
            print(f"{kind} {seed}: {difference}")
    with results("random_networks", given.json) as rows:
        for name, count in counts.items():
            rows.add(Row(f"{given.framework}: {name}", "", [count], limit=Limit(0) if "differ" in name else None))
    return 1 if counts["networks that differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
