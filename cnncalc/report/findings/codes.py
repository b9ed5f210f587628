"""The codes of findings, explained."""

from __future__ import annotations

from cnncalc.checks.check import Code
from cnncalc.checks.registry import about, all_codes

_GROUPS = (
    ("CNN1", "Files and YAML"), ("CNN2", "The language"), ("CNN3", "Shapes and the graph"), ("CNN4", "Expectations"),
    ("CNN5", "Warnings and notes"),
)  # fmt: skip


def rule_text(code: str) -> str:
    """One code for a terminal."""
    found = about(code)
    examples = [("wrong", found.wrong), ("right", found.right)]
    shown = "".join(f"\n{title}:\n{_indented(text)}" for title, text in examples if text)
    return f"{code} ({found.severity}): {found.title}\n\n{found.explanation}\n{shown}"


def _indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())


def codes_markdown() -> str:
    """All codes as a page of the documentation."""
    parts = ["# Codes of findings\n\nEvery finding has a code. `cnncalc rule CODE` shows its section of this page.\n"]
    for prefix, title in _GROUPS:
        parts.append(f"\n## {title}\n")
        parts.extend(_section(code, about(code)) for code in all_codes() if code.startswith(prefix))
    return "".join(parts)


def _section(code: str, found: Code) -> str:
    examples = [("Wrong", found.wrong), ("Right", found.right)]
    shown = "".join(f"\n{title}:\n\n```yaml\n{text}```\n" for title, text in examples if text)
    return f"\n### {code}: {found.title}\n\n{found.severity.capitalize()}. {found.explanation}\n{shown}"
