"""Verifies every shipped spec and every variant at its full size, and says how long each took.

python benchmarks/verify.py [NAME ...]
"""

from __future__ import annotations

import sys
import time

from _results import Limit, Results, Row, parser, results

import cnncalc
from cnncalc.forward.proof.verification import Verification, verify
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS


def main() -> int:
    """Exit status 1 where one does not verify."""
    options = parser(__doc__)
    options.add_argument(
        "names", nargs="*", metavar="NAME", help="specs (default: all shipped ones and their variants)"
    )
    given = options.parse_args()
    with results("verify", given.json) as found:
        wrong = sum([not is_right(found, name) for name in given.names or [*shipped(), *SHIPPED_VARIANTS]])
        found.add(Row("models that do not verify", "models", [wrong], limit=Limit(0)))
    return bool(wrong)


def is_right(found: Results, name: str) -> bool:
    """Two rows: `--quick`, and whole."""
    analysis = cnncalc.analyze(cnncalc.load(name))
    for quick in (True, False):
        start = time.perf_counter()
        proof = verify(analysis, quick=quick)
        seconds = time.perf_counter() - start
        found.add(Row(f"{name}, {'quick' if quick else 'whole'}", "s", [seconds], note=words(proof)))
    return proof.is_right


def words(proof: Verification) -> str:
    """What came out."""
    whole = sum(bool(check.measured) for each in proof.layers.values() for check in each.fields.values())
    fields = sum(len(each.fields) for each in proof.layers.values())
    verdict = "right" if proof.is_right else f"WRONG: {proof.failure or proof.differences[0]}"
    return f"{verdict}, {whole} of {fields} fields whole"


if __name__ == "__main__":
    sys.exit(main())
