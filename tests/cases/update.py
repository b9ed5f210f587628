"""Rewrites the `.out` next to each case: exactly what `cnncalc validate FILE` prints in its folder.

    python tests/cases/update.py

Read the difference before committing it: a message is judged by a person, here it is only written down. A case of `bad`
must give an error; one of `ok` must not, and has a `.out` only where a note or a warning is expected; one of `design`
gives the advice that it is named after.
"""

from __future__ import annotations

import sys
from contextlib import chdir
from pathlib import Path

CASES = Path(__file__).resolve().parent


def selected(case: Path) -> tuple[str, ...]:
    """What a case selects: one of `design` the code that it is named after, besides what is on by default."""
    return ("default", case.stem[:6]) if case.parent.name == "design" else ("default",)


def outcome(case: Path) -> tuple[bool, str]:
    """Whether a case has no errors, and the text about it; "" where nothing was found."""
    from cnncalc.checks.policy import Policy
    from cnncalc.checks.validate_files import validate_file
    from cnncalc.report.findings.validation import ValidationReport

    with chdir(case.parent):
        result = validate_file(case.name, wants=Policy(select=selected(case)).wants)
    return result.is_ok, ValidationReport([result]).render() if result.diagnostics else ""


def update(case: Path) -> str:
    """Writes (or removes) the `.out` of a case; returns a line about what was done, "" where nothing was."""
    name = case.relative_to(CASES)
    try:
        is_ok, text = outcome(case)
    except Exception as error:
        return f"{name} FAILED: {type(error).__name__}: {error}"
    if is_ok != (case.parent.name in ("ok", "design")):
        return f"{name} is MISPLACED: {text or 'nothing is found in it'}"
    out = case.with_suffix(".out")
    if text.encode() == (out.read_bytes() if out.exists() else b""):
        return ""
    if text:
        out.write_bytes(text.encode())
        return f"wrote {out.relative_to(CASES)}"
    out.unlink()
    return f"removed {out.relative_to(CASES)}"


def main() -> int:
    """Goes through all cases."""
    lines = [line for case in sorted(CASES.glob("*/*.yaml")) if (line := update(case))]
    for out in sorted(CASES.glob("*/*.out")):
        if not out.with_suffix(".yaml").exists():
            out.unlink()
            lines.append(f"removed {out.relative_to(CASES)}")
    print("\n".join(lines) or "nothing changed")
    return int(any("FAILED" in line or "MISPLACED" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main())
