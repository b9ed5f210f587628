"""`cnncalc homework sheet`."""

from collections.abc import Iterable
from typing import Annotated, Any

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.homework._scoring import RubricOption, rubric_in
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.rules import Rule, UsageError, formats
from cnncalc.homework.language import LANGUAGES, Language
from cnncalc.homework.sheet.questions import (
    ASKED,
    Sheet,
    known_words,
    refuse_large,
    refuse_without_blanks,
    sheet_of,
)
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.views.homework.sheet import SheetReport
from cnncalc.spec.reader import Spec
from cnncalc.spec.top_level import Overrides

OFFERED = formats_of(SheetReport)
DEFAULT = ",".join((*ASKED, "total"))


def asked(text: str) -> list[str]:
    """The words after `--ask`, each once."""
    try:
        return known_words(word.strip() for word in text.split(",") if word.strip())
    except ValueError as error:
        raise UsageError(str(error)) from None


def _checked(text: str | None) -> str | None:
    return text and ",".join(asked(text))


_OPTION: Any = Option("--ask", metavar="WORDS", check=_checked, help="What is asked for.")
Ask = Annotated[str, _OPTION]
AskOrNot = Annotated[str | None, _OPTION]
"""The same option if the sheets themselves say it."""


FigureOption = Annotated[bool, Option("--figure", help="With a figure of the network; only the key has sizes in it.")]
"""Whether sheets on paper draw the network: `figure: FigureOption = False`."""
DRAWN = formats(*(name for name in OFFERED if FORMATS[name].form == "document"))
"""The formats that may have a figure: those for people to read."""
TOGETHER = (Rule("--figure", needs=DRAWN),)
LanguageOption = Annotated[str, common.choice(tuple(LANGUAGES), "The language of what students read.", "--language")]
"""The language of sheets and feedback: `language: LanguageOption = "en"`."""


def asked_about(spec: Spec, words: Iterable[str], overrides: Overrides | None = None) -> Sheet:
    """The sheet about a model, unless the model is too large for one or the sheet would ask for nothing."""
    try:
        refuse_large(spec)
    except ValueError as error:
        raise UsageError(str(error), "MODEL") from None
    return with_blanks(sheet_of(analyze(spec), list(words), overrides))


def with_blanks(sheet: Sheet) -> Sheet:
    """The sheet, unless it asks for nothing."""
    try:
        refuse_without_blanks(sheet)
    except ValueError as error:
        raise UsageError(str(error), "--ask") from None
    return sheet


def sheet(
    model: common.Model,
    ask: Ask = DEFAULT,
    key: Annotated[bool, Option("--key", help="With the solutions, and how they are calculated.")] = False,
    rubric: RubricOption = None,
    language: LanguageOption = "en",
    figure: FigureOption = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "yaml",
    *,
    overrides: common.ModelOptions,
    target: common.FileOptions,
) -> None:
    """A sheet with blanks for what is asked.

    An answer file, a table for a spreadsheet, or a page to print.
    """
    spec = common.load(model, overrides)
    made = asked_about(spec, asked(ask), overrides)
    rules = rubric_in(rubric, [made]) if rubric else None
    target.write_report(SheetReport(made, key, say=Language(language), rubric=rules, has_figure=figure), format)
