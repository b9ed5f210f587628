"""What the lints find in a few lines of a spec."""

from __future__ import annotations

from cnncalc.checks.model import Model
from cnncalc.checks.registry import findings
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source
from cnncalc.spec.reader import read


def found(code: str, entries: str, input: str = "28x28x4", top: str = "") -> list[Diagnostic]:
    """The findings of one lint; `entries` are the lines under `layers`, `top` stands before them."""
    lines = "".join(f"  {line}\n" for line in entries.strip().splitlines())
    source = Source("net.yaml", f"{top}input: {input}\nlayers:\n{lines}")
    spec, mistakes = read(source)
    assert spec, mistakes
    return findings(Model.of(spec), [code])


def said(code: str, entries: str, input: str = "28x28x4", top: str = "") -> list[str]:
    """What is said, message and label."""
    return [f"{each.message}; {each.label}" for each in found(code, entries, input, top)]
