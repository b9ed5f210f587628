"""`cnncalc solve`."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Annotated

import typer

from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import FINDINGS, common
from cnncalc.cli.options.usage import Rule, formats, with_option_groups
from cnncalc.graph import Node
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views import solve as report
from cnncalc.source.diagnostics import did_you_mean
from cnncalc.source.open_model import open_variant
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides
from cnncalc.whatif import solving

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = formats_of(report.SolveReport)
OF_MODELS = ("--layer", "--params", "--macs", "--sizes", "--cover")
"""The questions about a model; without any of them, the question is about an axis."""
TOGETHER = (
    Rule("--transposed", excludes=OF_MODELS),
    Rule("--output", needs=("--layer",)),
    Rule("--vary", needs=("--params", "--macs")),
    Rule("--step", needs=("--vary",)),
    Rule("--up-to", needs=("--sizes",)),
    Rule("--input", excludes=("--sizes",)),
    Rule("--layout", needs=("--input", "--layer", "--cover")),
    Rule("--layout", needs=("--input", "--cover", *formats(*(name for name in OFFERED if name != "json")))),
    *(Rule(option, needs=OF_MODELS) for option in ("--variant", "--set", "--input", "--convention", "--layout")),
)
_BOUND = re.compile(r"(<=|<|>=|>)?\s*([0-9]+(?:\.[0-9]+)?)\s*([kMG]?)")


@app.command()
@with_option_groups
def solve(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION|MODEL", help='An axis, as in "n_in=32, k=5, s=1, n_out=32", or a spec.')
    ],
    transposed: Annotated[bool, typer.Option("--transposed", help="The axis of a transposed convolution.")] = False,
    layer: Annotated[str | None, common.value("NAME", "Which setting of this layer …", "--layer")] = None,
    wanted: Annotated[str | None, common.value("SIZES", "… makes its output this large (14x14).", "--output")] = None,
    params: Annotated[str | None, common.value("BOUND", 'A bound, as in "<= 1M".', "--params")] = None,
    macs: Annotated[str | None, common.value("BOUND", "The same for multiply-adds.", "--macs")] = None,
    vary: Annotated[str | None, common.value("VAR", "The variable that may grow.", "--vary")] = None,
    step: Annotated[str, common.value("NUMBER", "What the variable grows by, as in 0.05.", "--step")] = "1",
    sizes: Annotated[bool, typer.Option("--sizes", help="Valid input sizes, and those that divide evenly.")] = False,
    up_to: Annotated[int, typer.Option("--up-to", min=1, max=4096, help="How far --sizes looks.")] = 256,
    cover: Annotated[bool, typer.Option("--cover", help="Ways to make the receptive field cover the input.")] = False,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    overrides: common.ModelOptions,
    file: Annotated[str | None, common.value("FILE", "Write to a file, whole or not at all.", "-o")] = None,
    color: common.Color = "auto",
) -> None:
    """Inverse questions: the padding for an output, the width for a budget, the sizes that fit."""
    asked = [name for name, value in (("--layer", layer), ("--params", params), ("--macs", macs)) if value is not None]
    asked += [name for name, value in (("--sizes", sizes), ("--cover", cover)) if value]
    if len(asked) > 1:
        raise typer.BadParameter(f"one question at a time: {' or '.join(asked)}")
    if not asked:
        answer = _axis(question, transposed)
    else:
        if layer is not None:
            answer = _layer(analyze(common.load(question, overrides)), layer, wanted)
        elif sizes:
            answer = _sizes(question, overrides, up_to)
        elif cover:
            answer = _cover(analyze(common.load(question, overrides)))
        else:
            key, bound = ("params", params) if params is not None else ("macs", macs or "")
            answer = _largest(question, overrides, key, bound, vary, _step(step))
    common.Target(file, color).write_report(answer, format)
    if not answer.is_found:
        raise typer.Exit(FINDINGS)


def _axis(text: str, transposed: bool) -> report.SolveReport:
    try:
        solutions = solving.solve(solving.read_question(text, transposed))
    except solving.QuestionError as error:
        hint = "" if "=" in text else "; for a model, ask --layer, --params, --sizes or --cover"
        raise typer.BadParameter(f"{error}{hint}", param_hint="QUESTION") from None
    return report.SolutionsReport(solutions)


def _layer(analysis: Analysis, name: str, wanted: str | None) -> report.SolveReport:
    node = _node(analysis, name)
    if wanted is None:
        raise typer.BadParameter("which output? add --output 14x14", param_hint="--layer")
    sizes = common.option_numbers(wanted, "[x×]", "--output", "14x14")
    rank = len(node.inputs[0].output.spatial)
    if len(sizes) == 1:
        sizes = sizes * rank
    if len(sizes) != rank or not rank:
        raise typer.BadParameter(f"{name} has {rank} spatial sizes", param_hint="--output")
    changes = solving.settings_for(analysis, node, sizes)
    text = "×".join(map(str, sizes))
    return report.ChangesReport(node, text, changes, analysis.spec.layout)


def _node(analysis: Analysis, name: str) -> Node:
    by_name = {entry.name: entry.layers[0].node for entry in analysis.walk() if entry.layers}
    by_name |= {each.name: each.node for each in analysis.layers}
    if name not in by_name:
        known = did_you_mean(name, by_name, "") or f"layers: {', '.join(list(by_name)[:20])}"
        raise typer.BadParameter(f"there is no layer {name!r}; {known}", param_hint="--layer")
    return by_name[name]


def _step(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4})?", text) or not Decimal(text):
        raise typer.BadParameter(f"expected a number such as 1 or 0.05, found {text!r}", param_hint="--step")
    return Decimal(text)


def _largest(
    model: str, overrides: Overrides, key: str, bound: str, vary: str | None, step: Decimal
) -> report.SolveReport:
    found = _BOUND.fullmatch(bound.strip())
    if not found or found.group(1) in (">", ">="):
        raise typer.BadParameter(f'expected a bound such as "<= 1M", found {bound!r}', param_hint=f"--{key}")
    if vary is None:
        raise typer.BadParameter("which variable may grow? add --vary width", param_hint=f"--{key}")
    if vary in dict(overrides.vars):
        raise typer.BadParameter(f"--vary also changes {vary}: leave out one of them", param_hint="--set")
    limit = float(found.group(2)) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[found.group(3)]
    keeps: Callable[[int], bool] = (lambda n: n < limit) if found.group(1) == "<" else (lambda n: n <= limit)
    spec = common.load(model, overrides)  # its own mistakes are reported
    variables = list(spec.written.definitions.variables)
    if vary not in variables:
        known = did_you_mean(vary, variables, "") or f"variables: {', '.join(variables) or 'none'}"
        raise typer.BadParameter(f"there is no variable {vary!r}; {known}", param_hint="--vary")
    build = _builder(model, overrides)

    def count(value: int) -> int | None:
        analysis = build((vary, f"{(value * step).normalize():f}"), overrides.input)
        return getattr(analysis.totals, key) if analysis else None

    best = solving.largest_value(count, keeps, vary)._replace(step=step)
    return report.LargestReport(best, key, bound)


def _sizes(model: str, overrides: Overrides, bound: int) -> report.SolveReport:
    spec = common.load(model, overrides)
    build = _builder(model, overrides)
    ranks = {len(node.output.spatial) for node in spec.graph.inputs}
    if len(ranks) != 1 or 0 in ranks:
        raise typer.BadParameter("the inputs have no sizes that could change together", param_hint="--sizes")
    rank = ranks.pop()
    sizes = solving.input_sizes(lambda size: build(None, "x".join([str(size)] * rank)), bound)
    return report.SizesReport(sizes, spec.name)


def _builder(model: str, overrides: Overrides) -> Callable[[tuple[str, str] | None, str | None], Analysis | None]:
    """Reads the model again with another variable or input; None where it cannot be built."""
    source, variant = open_variant(model)  # (`load` has refused two)
    overrides = overrides._replace(variant=overrides.variant or variant)

    @cache
    def build(variable: tuple[str, str] | None, input: str | None) -> Analysis | None:
        extra = (*overrides.vars, variable) if variable else overrides.vars
        spec, _ = read(source, overrides._replace(vars=extra, input=input))
        return analyze(spec) if spec else None

    return build


def _cover(analysis: Analysis) -> report.SolveReport:
    from cnncalc.analysis.field_coverage import seen
    from cnncalc.report.views.receptive_field import FieldReport
    from cnncalc.whatif.coverage import answers

    return report.CoverReport(FieldReport(analysis, seen(analysis), answers(analysis), []))
