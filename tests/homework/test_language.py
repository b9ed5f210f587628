"""Sheets and feedback say everything in every language."""

import ast
import re
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework._german import SENTENCES
from cnncalc.homework.diagnose.mistakes import BY_NAME
from cnncalc.homework.language import _VARYING as VARYING
from cnncalc.homework.language import LANGUAGES, Language
from cnncalc.homework.sheet.questions import COLUMNS, sheet_of
from cnncalc.report.views.homework.sheet import SheetReport
from cnncalc.source.open_model import shipped

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


def test_numbers_are_written_so_that_a_german_reader_reads_them_right():
    """1,168 would be a number with a fraction."""
    say = Language("de")
    assert say.digits("3·3·8·16 + 16 = 1,168; 23,456,789") == "3·3·8·16 + 16 = 1168; 23456789"
    assert (say.decimal(Fraction(5, 2)), say.decimal(Fraction(3))) == ("2,5", "3")
    assert (Language("en").digits("1,168"), Language("en").decimal(Fraction(5, 2))) == ("1,168", "2.5")


def test_a_sentence_keeps_its_numbers_and_names():
    say = Language("de")
    assert say.sentence("1,024 filters") == "1024 Filter"
    assert say.sentence("output channels of the 1×1 convolution") == "Ausgabekanäle der 1×1-Faltung"
    assert say.sentence("a sentence of nobody about 1,168") == "a sentence of nobody about 1168"


SYMBOLS_ONLY = re.compile(r"(\W|\{\}|\b[a-z]\b|[ +×-])*")
SAID_BY_THE_SHEET = "the weights are those of "
NOT_IN_COURSES = (
    "replicate", "reflect", "bilinear", "align corners", "like ", "as many positions as ", "stage", "keys of ",
    "values of ", "of pool",
)  # fmt: skip


class Listening(Language):
    """English, with a note of every sentence that lacks a translation."""

    def __init__(self) -> None:
        super().__init__("en")
        self.lacking: set[str] = set()

    def sentence(self, text: str) -> str:
        template = VARYING.sub("{}", text)
        if template not in SENTENCES and not SYMBOLS_ONLY.fullmatch(template):
            self.lacking.add(text)
        return text


def test_what_layers_say_on_sheets_is_translated():
    say = Listening()
    for name in shipped():
        whole = sheet_of(analyze(cnncalc.load(name)), (*COLUMNS, "total", "memory"))
        SheetReport(whole, with_key=True, say=say).document()
    assert [text for text in sorted(say.lacking) if not text.startswith((SAID_BY_THE_SHEET, *NOT_IN_COURSES))] == []


ATTENTION = """
inputs: {x: 8x12x6, y: 5x4}
layers:
  - {attention: 2, from: x}
  - {attention: 3, window: 4, shift: 2, position_bias: relative}
  - {attention: 4, key_heads: 2, key_size: 4, value_size: 3, output: 5, bias: false, dilation: 2}
  - {attention: 1, from: y, causal: true}
  - {attention: 2, keys: y, values: y}
"""


def test_what_attention_says_on_sheets_is_translated():
    say = Listening()
    sheet = sheet_of(analyze(cnncalc.load(ATTENTION)), (*COLUMNS, "total", "memory"))
    SheetReport(sheet, with_key=True, say=say).document()
    assert [text for text in sorted(say.lacking) if not text.startswith(("keys of ", "values of "))] == []


def test_from_python():
    spec = cnncalc.load("typical_cnn")
    assert ">Nebenrechnung<" in cnncalc.sheet(spec, "params", language="de").render("html")
    with pytest.raises(ValueError, match="expected one of en, de, found 'fr'"):
        cnncalc.sheet(spec, "params", language="fr")
