"""`cnncalc solve`."""

from functools import partial
from typing import Annotated

from cnncalc.cli import FINDINGS, common
from cnncalc.cli.options.declared import Option, Positional
from cnncalc.cli.options.rules import Rule, UsageError, formats
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.progress import progress
from cnncalc.report.views import solve as report
from cnncalc.spec.top_level import Overrides
from cnncalc.whatif.input_sizes import at_a_fitting_size
from cnncalc.whatif.solving import QuestionError

OFFERED = formats_of(report.SolveReport)
OF_MODELS = tuple(f"--{word}" for word in report.QUESTIONS)
"""The questions about a model; without any of them, the question is about an axis."""
TOGETHER = (
    Rule("--transposed", excludes=OF_MODELS),
    Rule("--output", needs=("--layer",)),
    Rule("--vary", needs=("--params", "--macs")),
    Rule("--step", needs=("--vary",)),
    Rule("--up-to", needs=("--sizes",)),
    Rule("--layout", needs=("--input", "--layer", "--cover")),
    Rule("--layout", needs=("--input", "--cover", *formats(*(name for name in OFFERED if name != "json")))),
    *(
        Rule(option, needs=OF_MODELS)
        for option in ("--variant", "--set", "--until", "--after", "--input", "--convention", "--layout")
    ),
)


def solve(
    question: Annotated[
        str, Positional("QUESTION|MODEL", help='An axis, as in "n_in=32, k=5, s=1, n_out=32", or a spec.')
    ],
    transposed: Annotated[bool, Option("--transposed", help="The axis of a transposed convolution.")] = False,
    layer: Annotated[str | None, common.value("NAME", "Which setting of this layer …", "--layer")] = None,
    wanted: Annotated[str | None, common.value("SIZES", "… makes its output this large (14x14).", "--output")] = None,
    params: Annotated[str | None, common.value("BOUND", 'A bound, as in "<= 1M".', "--params")] = None,
    macs: Annotated[str | None, common.value("BOUND", "The same for multiply-adds.", "--macs")] = None,
    vary: Annotated[str | None, common.value("VAR", "The variable that may grow.", "--vary")] = None,
    step: Annotated[str, common.value("NUMBER", "What the variable grows by, as in 0.05.", "--step")] = "1",
    sizes: Annotated[bool, Option("--sizes", help="Valid input sizes, and those that divide evenly.")] = False,
    up_to: Annotated[int, Option("--up-to", min=1, max=4096, help="How far --sizes looks.")] = 256,
    cover: Annotated[bool, Option("--cover", help="Ways to make the receptive field cover the input.")] = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    overrides: common.ModelOptions,
    file: Annotated[str | None, common.value("FILE", "Write to a file, whole or not at all.", "-o")] = None,
    color: common.Color = "auto",
) -> None:
    """Inverse questions: which padding, width or size?

    The padding for an output, the width for a budget, the sizes that fit.
    """
    asked = report.ModelQuestion(layer, None, params, macs, vary, step, sizes, up_to, cover)
    if len(asked.asked) > 1:
        raise UsageError(f"one question at a time: {' or '.join(f'--{word}' for word in asked.asked)}")
    try:
        answer = _of_model(asked, question, overrides, wanted) if asked.asked else _of_axis(question, transposed)
    except QuestionError as error:
        hint = "QUESTION" if error.about == "question" else f"--{error.about}"
        raise UsageError(str(error), hint) from None
    common.Target(file, color).write_report(answer, format)
    if not answer.is_found:
        raise SystemExit(FINDINGS)


def _of_axis(text: str, transposed: bool) -> report.SolveReport:
    try:
        return report.SolutionsReport.of(text, transposed)
    except QuestionError as error:
        hint = "" if "=" in text else "; for a model, ask --layer, --params, --sizes or --cover"
        raise QuestionError(f"{error}{hint}") from None


def _of_model(asked: report.ModelQuestion, model: str, overrides: Overrides, wanted: str | None) -> report.SolveReport:
    if asked.layer is not None and wanted is None:
        raise QuestionError("which output? add --output 14x14", "layer")
    if asked.vary is None and asked.asked[0] in ("params", "macs"):
        raise QuestionError("which variable may grow? add --vary width", asked.asked[0])
    if asked.vary in dict(overrides.vars):
        raise QuestionError(f"--vary also changes {asked.vary}: leave out one of them", "set")
    output = None if wanted is None else common.option_numbers(wanted, "[x×]", "--output", "14x14")
    at_another_size = partial(at_a_fitting_size, bound=asked.up_to) if asked.sizes else None
    spec = common.load(model, overrides, at_another_size)
    with progress("solve"):
        return asked._replace(output=output).answered(spec)
