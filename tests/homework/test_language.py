"""Sheets and feedback say everything in every language."""

import ast
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
from layers.examples import EXAMPLES

import cnncalc
from cnncalc.analysis import Analysis, analyze
from cnncalc.homework.diagnose.mistakes import BY_NAME
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import _VARYING as VARYING
from cnncalc.homework.language import LANGUAGES, Language
from cnncalc.homework.sheet.questions import COLUMNS, sheet_of
from cnncalc.layers.index import ACTIVATIONS
from cnncalc.report.views.homework._sheet_texts import SheetTexts
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


SYMBOLS_ONLY = re.compile(r"(\W|\b[a-z]\b)*")
"""What is the same in every language: names of formulas and of functions."""
WORDS_OF_THE_SHEET = "die Gewichte sind die von "
NOT_IN_COURSES = ("stage",)


class Listening(Language):
    """German, with a note of every sentence that lacks a translation."""

    def __init__(self) -> None:
        super().__init__("de")
        self.lacking: set[str] = set()

    def sentence(self, text: str) -> str:
        if not self._said(text) and not SYMBOLS_ONLY.fullmatch(VARYING.sub("{}", text)):
            self.lacking.add(text)
        return super().sentence(text)


def untranslated(analyses: Iterable[Analysis]) -> list[str]:
    """What layers say in English alone on the sheets about these models and in their keys."""
    say = Listening()
    for analysis in analyses:
        sheet = sheet_of(analysis, (*COLUMNS, "total", "memory"))
        SheetReport(sheet, with_key=True, say=say).document()
    said = sorted(say.lacking - {*ACTIVATIONS})
    return [text for text in said if not text.startswith((WORDS_OF_THE_SHEET, *NOT_IN_COURSES))]


def test_what_layers_say_on_sheets_is_translated():
    assert untranslated(analyze(cnncalc.load(name)) for name in shipped()) == []


@pytest.mark.slow
def test_what_every_kind_says_on_sheets_is_translated():
    assert untranslated(example.analysis() for example in EXAMPLES) == []


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
    assert untranslated([analyze(cnncalc.load(ATTENTION))]) == []


def settings_in_german(text: str) -> list[str]:
    sheet = sheet_of(analyze(cnncalc.load(text)), ("params",))
    return [row.about for row in SheetTexts(sheet, False, "", Language("de"), Rubric()).rows()]


def test_the_name_of_another_tensor_stays_as_it_is():
    text = "inputs: {x: 5x4, sum: 3x4, head: 8}\nlayers:\n" + (
        "  - {attention: 2, from: x, keys: sum}\n  - {gru: 8, from: x, state: head}\n"
    )
    attention, gru = settings_in_german(text)
    assert attention.startswith("attention 2 Köpfe, Keys aus sum (liest ")
    assert gru.startswith("gru 8 Neuronen, Zustand aus head (liest ")


def test_a_sentence_is_put_together_from_its_parts():
    say = Language("de")
    assert say.sentence("over height and channels") == "über Höhe und Kanäle"
    assert say.sentence("the sum of all rows: a word of nobody") == "the sum of all rows: a word of nobody"


def test_from_python():
    spec = cnncalc.load("typical_cnn")
    assert ">Nebenrechnung<" in cnncalc.sheet(spec, "params", language="de").render("html")
    with pytest.raises(ValueError, match="expected one of en, de, found 'fr'"):
        cnncalc.sheet(spec, "params", language="fr")
