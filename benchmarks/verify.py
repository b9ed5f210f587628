"""Verifies every shipped spec and every variant at its full size, and says how long each took.

python benchmarks/verify.py [NAME ...]
"""

from __future__ import annotations

import sys
import time

import cnncalc
from cnncalc.forward.proof.verification import verify
from cnncalc.source.open_model import shipped, variants


def main(names: list[str]) -> int:
    """Exit status 1 where one does not verify."""
    wrong = 0
    for name in names or [*shipped(), *variants()]:
        analysis = cnncalc.analyze(cnncalc.load(name))
        seconds = []
        for quick in (True, False):
            start = time.perf_counter()
            found = verify(analysis, quick=quick)
            seconds.append(time.perf_counter() - start)
        whole = sum(bool(check.measured) for each in found.layers.values() for check in each.fields.values())
        fields = sum(len(each.fields) for each in found.layers.values())
        verdict = "right" if found.is_right else f"WRONG: {found.failure or found.differences[0]}"
        wrong += not found.is_right
        print(f"{name:32} {verdict}, {whole} of {fields} fields whole  {seconds[0]:6.2f} s quick {seconds[1]:7.2f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
