"""The texts of sheets and feedback in German, by the English text; placeholders in braces stay."""

TEXTS: dict[str, str] = {}

SENTENCES: dict[str, str] = {}
"""What layers say of themselves; `{}` stands for a number or a name."""
