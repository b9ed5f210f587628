"""Renews what is generated: indexes of kinds and variants, schemas, messages of cases, tables and examples of the docs.

    python tests/regenerate.py            # rewrites, and says what changed
    python tests/regenerate.py --check    # exit status 1 where something changes, for CI

Read the difference before committing it: what changed may be a mistake in the code. Examples in the docs run the
commands that they show, which takes a minute.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
GENERATED = ("schema", "docs", "README.md", "tests/cases", "cnncalc/layers", "cnncalc/source")
STEPS = (
    [str(TESTS / "specs" / "make_variants.py")],
    [str(TESTS / "layers" / "make_index.py")],
    [str(TESTS / "report" / "make_schemas.py")],
    [str(TESTS / "cases" / "update.py")],
    [str(TESTS / "docs" / "generate.py"), "--refresh"],
)


def contents() -> dict[Path, bytes]:
    """Every file that may be rewritten."""
    roots = [ROOT / name for name in GENERATED]
    files = [path for root in roots for path in (root.rglob("*") if root.is_dir() else [root])]
    return {path: path.read_bytes() for path in files if path.is_file() and "__pycache__" not in path.parts}


def main(arguments: list[str]) -> int:
    """Runs every step, each in a process of its own; 1 where one fails, or with --check where a file changes."""
    before = contents()
    failed = [step for step in STEPS if subprocess.run([sys.executable, *step], cwd=ROOT).returncode]
    after = contents()
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    for path in changed:
        print(f"changed: {path.relative_to(ROOT).as_posix()}")
    return int(bool(failed) or ("--check" in arguments and bool(changed)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
