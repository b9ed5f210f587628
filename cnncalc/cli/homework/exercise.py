"""`cnncalc homework exercise`."""

import sys
from typing import Annotated

from cnncalc.cli import NOTHING_TO_DO, common
from cnncalc.cli.homework._reading import read_or_exit
from cnncalc.cli.homework._scoring import RubricOption, rubric_in
from cnncalc.cli.homework.sheet import DEFAULT, DRAWN, OFFERED, Ask, FigureOption, LanguageOption, asked
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.homework.exercise.difficulty import difficulty
from cnncalc.homework.exercise.networks import LEVELS, MAX_LAYERS, Exercise
from cnncalc.homework.exercise.networks import exercise as drawn
from cnncalc.homework.gradebook.roster import read_roster, read_secret, seed_of
from cnncalc.homework.language import Language
from cnncalc.homework.sheet.questions import sheet_of
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.formats.registry import FORMATS
from cnncalc.report.progress import progress
from cnncalc.report.text import clean, number
from cnncalc.report.views.homework.sheet import SheetReport

TOGETHER = (
    Rule("--assignment", needs=("--roster",)),
    Rule("--secret-file", needs=("--roster",)),
    Rule("--seed", excludes=("--roster",)),
    Rule("--count", excludes=("--roster",)),
    Rule("--ask", needs=("--output",)),
    Rule("--format", needs=("--output",)),
    Rule("--rubric", needs=("--output",)),
    Rule("--language", needs=("--output",)),
    Rule("--figure", needs=("--output",)),
    Rule("--figure", needs=DRAWN),
)
MAX_SEED = 10**18


class Wanted(NamedTuple):
    """An exercise to make: its seed, its name, how to make it again, and whom it is for."""

    seed: int | str
    name: str
    origin: str
    student: str = ""


class _Sheets(NamedTuple):
    """How the sheets are made: what they ask, what that is worth, how they are written, and whether they draw the
    network."""

    ask: list[str]
    rubric: str | None
    say: Language
    format: str
    has_figure: bool


def exercise(
    seed: Annotated[
        int | None,
        Option("--seed", min=0, max=MAX_SEED, help="Which exercise: each number gives a different one."),
    ] = None,
    level: Annotated[int, Option("--level", min=1, max=max(LEVELS), help="How difficult.")] = 2,
    layers: Annotated[
        int | None, Option("--layers", min=1, max=MAX_LAYERS, help="How many entries; drawn by default.")
    ] = None,
    count: Annotated[int, Option("--count", min=1, max=10_000, help="Several, of consecutive seeds.")] = 1,
    roster: Annotated[str | None, common.value("CSV", "One for each student in this table.", "--roster")] = None,
    assignment: Annotated[
        str | None, common.value("NAME", "What the roster's exercises are for.", "--assignment")
    ] = None,
    secret_file: Annotated[
        str | None, common.value("FILE", "A secret, so that students cannot calculate seeds.", "--secret-file")
    ] = None,
    ask: Ask = DEFAULT,
    rubric: RubricOption = None,
    language: LanguageOption = "en",
    figure: FigureOption = False,
    format: Annotated[str, common.format_choice(OFFERED, "The format of sheets and keys.")] = "yaml",
    output: Annotated[
        str | None, common.value("FOLDER", "Where to write the spec, sheet and key of each.", "--output", "-o")
    ] = None,
) -> None:
    """A random network to calculate by hand.

    The spec, the sheet, and the key; the same seed always gives the same network.
    """
    suffix = f" --level {level}" + (f" --layers {layers}" if layers else "")
    if roster is not None:
        if not assignment or secret_file is None or output is None:
            raise UsageError("--roster needs --assignment, --secret-file and -o")
        wanted = _of_roster(roster, assignment, secret_file, suffix)
    else:
        if seed is None:
            raise UsageError("expected --seed N, or --roster with its options")
        wanted = [
            Wanted(each, f"level{level}-seed{each}", f"{suffix} --seed {each}".strip())
            for each in range(seed, seed + count)
        ]
    if output is None and len(wanted) > 1:
        raise UsageError("several exercises need a folder: -o FOLDER")
    try:
        _write(wanted, level, layers, _Sheets(asked(ask), rubric, Language(language), format, figure), output)
    except ValueError as error:
        raise UsageError(str(error), "--layers") from None


def _of_roster(roster: str, assignment: str, secret_file: str, options: str) -> list[Wanted]:
    secret = read_or_exit(secret_file, read_secret)
    students = read_or_exit(roster, read_roster)
    if not students:
        print(clean(f"cnncalc: there are no students in {roster}"), file=sys.stderr)
        raise SystemExit(NOTHING_TO_DO)
    origin = clean(f"--roster --assignment {assignment}{options}")
    return [Wanted(seed_of(each, assignment, secret), each.file, origin, each.name) for each in students]


def _write(wanted: list[Wanted], level: int, layers: int | None, sheets: _Sheets, folder: str | None) -> None:
    if folder is None:
        (only,) = wanted
        common.Target().write(drawn(level, only.seed, layers, only.name, only.origin).text)
        return
    with progress("homework exercise", "drawing", len(wanted)) as work:
        made = []
        for each in wanted:
            made.append(drawn(level, each.seed, layers, each.name, each.origin, sheets.say))
            work.step()
    common.write_folder(_files(made, [each.student for each in wanted], sheets), folder)
    print("\n".join(map(_line, made)))


def _files(made: list[Exercise], students: list[str], wanted: _Sheets) -> dict[str, str]:
    """The spec, the sheet and the key of each exercise, by file name."""
    sheets = [sheet_of(each.analysis, wanted.ask) for each in made]
    rules = rubric_in(wanted.rubric, sheets) if wanted.rubric else None
    files = {}
    for each, student, sheet in zip(made, students, sheets, strict=True):
        files[f"{each.name}.yaml"] = each.text
        for part, with_key in (("sheet", False), ("key", True)):
            report = SheetReport(sheet, with_key, student, wanted.say, rules, wanted.has_figure)
            text = report.render(wanted.format)
            files[f"{each.name}-{part}{FORMATS[wanted.format].suffix}"] = text
    return files


def _line(made: Exercise) -> str:
    measured = difficulty(made.analysis)
    floor = ", the floor matters at one layer" if made.floor else ""
    return f"{made.name}: {measured.steps} steps, largest number {number(measured.largest)}{floor}"
