"""The options of what feedback says, of `homework grade` and `homework gradescope-kit`."""

from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.homework.sheet import LanguageOption
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import Language
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.report.views.homework.feedback import LEVELS, Feedback

ONE_SPELLING = Rule("--reveal", excludes=("--feedback-level",))


class FeedbackSaid:
    """How much feedback says, and in which language."""

    def __init__(
        self,
        feedback_level: Annotated[
            str, common.choice(LEVELS, "What feedback says: the mistake, a hint, the solution.", "--feedback-level")
        ] = "hint",
        reveal: Annotated[
            str, common.choice(("never", "always"), "`always` is `--feedback-level full`.", "--reveal")
        ] = "never",
        language: LanguageOption = "en",
    ) -> None:
        self.level = "full" if reveal == "always" else feedback_level
        self.language = language
        self.say = Language(language)

    def refuse(self) -> None:
        """Refuses what was asked of feedback where there is none."""
        for option, value, usual in (("--feedback-level", self.level, "hint"), ("--language", self.language, "en")):
            if value != usual:
                raise UsageError("a table of scores has no feedback: it needs --feedback too", f"{option} {value}")

    @property
    def words(self) -> list[str]:
        """The same as one would type it."""
        return ["--feedback-level", self.level, "--language", self.language]

    def writer(self, sheet: Sheet, rubric: Rubric) -> Feedback:
        """A writer of such feedback about a sheet."""
        return Feedback(sheet, rubric, self.level, self.say)


FeedbackSaidOptions = Annotated[FeedbackSaid, OptionGroup(FeedbackSaid)]
