"""Sheets and feedback say everything in every language."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import cnncalc
from cnncalc.homework.diagnose.mistakes import BY_NAME
from cnncalc.homework.language import LANGUAGES, Language

TRANSLATIONS = [module for module in LANGUAGES.values() if module]
PACKAGE = Path(cnncalc.__file__).parent


def said() -> Iterator[str]:
    """Every text that the code says in the language of the student."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in ("say", "translatable"):
                argument = node.args[0]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def all_texts() -> set[str]:
    mistakes = {text for each in BY_NAME.values() for text in (each.name, each.title, each.hint)}
    return {*said(), *mistakes}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w*)}", text))


@pytest.mark.parametrize("module", TRANSLATIONS)
def test_every_text_is_translated_and_no_translation_is_left_over(module: str) -> None:
    texts = import_module(f"cnncalc.homework.{module}").TEXTS
    assert sorted(all_texts() - set(texts)) == []
    assert sorted(set(texts) - all_texts()) == []


@pytest.mark.parametrize("module", TRANSLATIONS)
def test_a_translation_has_the_same_placeholders(module: str) -> None:
    texts = import_module(f"cnncalc.homework.{module}").TEXTS
    for text, translation in texts.items():
        assert placeholders(translation) == placeholders(text), text
        assert translation.strip(), text


def test_a_text_that_no_translation_has_is_said_in_english() -> None:
    assert Language("de")("never said by {who}", who="cnncalc") == "never said by cnncalc"
