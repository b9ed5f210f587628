"""The texts of sheets and feedback in German, by the English text; placeholders in braces stay."""

TEXTS: dict[str, str] = {}
