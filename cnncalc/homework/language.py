"""The languages that sheets and feedback are written in.

As with gettext, the English text is the key, so that the code reads as what it says. `say("{n} of {total}", n=1,
total=2)` says it in the language of a `Language`. A text that is kept in a table, and said later, is marked with
`translatable`. A translation is a module with a dictionary `TEXTS` from the English texts to its own (`_german`); a
test collects the texts from the source and fails on one that is missing, is not used, or has other placeholders.

Formulas, and what specs call things, are the same in every language. What a layer says of itself (`a pool has nothing
to learn`) comes from rooms that know no languages; `Language.sentence` finds its translation among the `SENTENCES` of
the module, where each number and each name in backticks is written `{}`. A sentence that is not there is put together
from its parts, as for any combination of axes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from importlib import import_module

from cnncalc.named_tuple import NamedTuple

LANGUAGES = {"en": "", "de": "_german"}
"""The languages, each with the module of its texts; English texts are in the code."""


def translatable(text: str) -> str:
    """The text as it is: marks what a table keeps, for `Language` to say later."""
    return text


class Message(NamedTuple):
    """A text with the values of its placeholders, some of them messages too, which a `Language` says later."""

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
        module = import_module(f"cnncalc.homework.{LANGUAGES[code]}") if LANGUAGES[code] else None
        self._texts: Mapping[str, str] = module.TEXTS if module else {}
        self._sentences: Mapping[str, str] = module.SENTENCES if module else {}

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language, with values for its placeholders."""
        found = self._texts.get(text, text)
        return found.format(**values) if values else found

    def message(self, message: Message) -> str:
        """The same for a text that was made earlier."""
        return self(message.text, **{key: self._value(each) for key, each in message.values.items()})

    def _value(self, value: object) -> object:
        return self.message(value) if isinstance(value, Message) else value

    def sentence(self, text: str) -> str:
        """What a layer says of itself, in this language; in English where nothing in it is translated."""
        return self.digits(self._said(text) or text)

    def _said(self, text: str) -> str:
        """The translation of a sentence, or of its parts one by one; "" if one of them has none."""
        template, varying = _VARYING.sub("{}", text), _VARYING.findall(text)
        if found := self._sentences.get(template, "" if re.search("[a-z]", template) else template):
            return found.format(*varying) if varying else found
        between = next((each for each in _BETWEEN if each in text), "")
        said = [self._said(part) for part in text.split(between)] if between else [""]
        return between.replace("and", self("and")).join(said) if all(said) else ""

    def digits(self, text: str) -> str:
        """A text with numbers as this language writes them.

        A German reader takes `1,168` for a number with a fraction. Without separators, nobody misreads it, and grading
        reads it back.
        """
        return text if self.code == "en" else _THOUSANDS.sub("", text)

    def decimal(self, value: Fraction) -> str:
        """Points as a person would write them: `3`, `2.5`, `0.33`."""
        text = f"{float(value):.2f}".rstrip("0").rstrip(".")
        return text if self.code == "en" else text.replace(".", ",")


_VARYING = re.compile(r"`[^`]*`|\[\[[^a-z]*\]\]|[0-9]+(?:[,.×/][0-9]+)*")
"""What differs between sentences that say the same: numbers, sizes and names."""
_BETWEEN = ("; ", ": ", ", ", " and ")
"""What is between parts of a sentence, the widest first."""
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


ENGLISH = Language()
