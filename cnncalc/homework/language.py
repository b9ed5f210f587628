"""The languages that sheets and feedback are written in.

As with gettext, the English text is the key, so that the code reads as what it says. `say("{n} of {total}", n=1,
total=2)` says it in the language of a `Language`. A text that is kept in a table, and said later, is marked with
`translatable`. A translation is a module with a dictionary `TEXTS` from the English texts to its own (`_german`); a
test collects the texts from the source and fails on one that is missing, is not used, or has other placeholders.

Formulas, numbers, and what students and specs call things are the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from cnncalc.named_tuple import NamedTuple

LANGUAGES = {"en": "", "de": "_german"}
"""The languages, each with the module of its texts; English texts are in the code."""


def translatable(text: str) -> str:
    """The text as it is: marks what a table keeps, for `Language` to say later."""
    return text


class Message(NamedTuple):
    """A text with the values of its placeholders, which a `Language` says later."""

    text: str
    values: Mapping[str, object] = {}

    def __str__(self) -> str:
        """The text in English."""
        return self.text.format(**self.values) if self.values else self.text


class Language:
    """Says texts in a language.

    Attributes:
        code: one of `LANGUAGES`.
    """

    def __init__(self, code: str = "en") -> None:
        self.code = code
        module = LANGUAGES[code]
        self._texts: Mapping[str, str] = import_module(f"cnncalc.homework.{module}").TEXTS if module else {}

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language, with values for its placeholders."""
        found = self._texts.get(text, text)
        return found.format(**values) if values else found

    def message(self, message: Message) -> str:
        """The same for a text that was made earlier."""
        return self(message.text, **message.values)


ENGLISH = Language()
