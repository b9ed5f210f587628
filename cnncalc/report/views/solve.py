"""The reports of `solve`: the solutions of an inverse question, each with its derivation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import Analysis, analyze
from cnncalc.analysis.field_coverage import seen
from cnncalc.explanation.input_sizes import about_given, about_inputs, sentences_about, sizes_in_words
from cnncalc.layers.base import plural
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Column, Heading, Paragraph, Table
from cnncalc.report.report import Report
from cnncalc.report.text import number
from cnncalc.report.views._formulas import formula_block
from cnncalc.report.views.receptive_field import FieldReport, answer_blocks
from cnncalc.whatif.coverage import answers
from cnncalc.whatif.input_sizes import InputSizes, legal_sizes
from cnncalc.whatif.model_questions import largest_variable, layer_to_change, read_step, sizes_wanted
from cnncalc.whatif.solving import (
    Largest,
    QuestionError,
    SettingChange,
    Solutions,
    read_question,
    settings_for,
    solve,
)

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec

SHOWN = 40
"""How many solutions are written out."""
QUESTIONS = ("layer", "params", "macs", "sizes", "cover")
"""The questions about a model, by the argument that asks them."""


def question_text(solutions: Solutions) -> str:
    """The question as a sentence: `n_in = 32, k = 5, s = 1, n_out = 32: which p?`."""
    question = solutions.question
    known = ", ".join(
        f"{name} = {question.known[name]}" for name in ("n_in", "k", "s", "p", "d", "n_out") if name in question.known
    )
    return f"{known}: which {' and '.join(question.unknown)}?"


class SolveReport(Report):
    """The answer of `solve` to a question."""

    __slots__ = ()

    def document(self) -> list[Block]:
        """The solutions with their proofs, or why there is none."""
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """Everything, field by field."""
        raise NotImplementedError

    @property
    def is_found(self) -> bool:
        """Whether there is a solution."""
        raise NotImplementedError


class ModelQuestion(NamedTuple):
    """One question about a model: what `cnncalc.solve` and the options of the command ask.

    Attributes:
        layer, output: which setting of a layer makes its output this large.
        params, macs, vary, step: the largest value of a variable, in steps, with which a total keeps a bound.
        sizes, up_to: which input sizes the model takes.
        cover: what makes the receptive field cover the input.
    """

    layer: str | None = None
    output: Sequence[int] | None = None
    params: str | None = None
    macs: str | None = None
    vary: str | None = None
    step: str = "1"
    sizes: bool = False
    up_to: int = 256
    cover: bool = False

    @property
    def asked(self) -> list[str]:
        """The arguments that ask something; there should be one."""
        return [word for word in QUESTIONS if getattr(self, word) not in (None, False)]

    def answered(self, spec: Spec) -> SolveReport:
        """The answer for a model.

        Raises:
            QuestionError: the question is not one, or cannot be read.
        """
        if len(self.asked) != 1:
            raise QuestionError(f"one question at a time: {' or '.join(self.asked or QUESTIONS)}")
        if self.layer is not None:
            return ChangesReport.of(analyze(spec), self.layer, self.output)
        if self.sizes:
            return SizesReport(legal_sizes(spec, self.up_to), spec.name)
        if self.cover:
            return CoverReport.of(analyze(spec))
        return self._largest(spec)

    def _largest(self, spec: Spec) -> SolveReport:
        key, bound = ("params", self.params) if self.params is not None else ("macs", self.macs or "")
        if self.vary is None:
            raise QuestionError("which variable may grow?", key)
        found = largest_variable(spec, self.vary, key, bound, read_step(self.step))
        return LargestReport(found, key, bound)


class SolutionsReport(SolveReport):
    """The values of an axis that make the formula true."""

    __slots__ = ("solutions",)

    def __init__(self, solutions: Solutions) -> None:
        self.solutions = solutions

    @classmethod
    def of(cls, question: str, is_transposed: bool = False) -> SolutionsReport:
        """The solutions of a question such as `n_in=32, k=5, s=1, n_out=32`.

        Raises:
            QuestionError: it cannot be read.
        """
        return cls(solve(read_question(question, is_transposed)))

    @property
    def is_found(self) -> bool:
        return bool(self.solutions.found)

    def document(self) -> list[Block]:
        """Every solution with the rule that proves it, or why there is none."""
        solutions = self.solutions
        beside = "transposed convolution" if solutions.question.is_transposed else ""
        blocks: list[Block] = [Heading(question_text(solutions), beside)]
        blocks += [formula_block(", ".join(f"{name} = {value}" for name, value in each.values.items()), each.output)
                   for each in solutions.found[:SHOWN]]  # fmt: skip
        more = len(solutions.found) - SHOWN
        if more > 0 or solutions.is_cut:
            count = f"more than {len(solutions.found):,}" if solutions.is_cut else f"{len(solutions.found):,}"
            blocks.append(Paragraph(f"… {count} solutions; `--format json` has them all."))
        if not solutions.found:
            blocks.append(Paragraph(f"There is no solution: {solutions.reason}."))
        blocks.append(Paragraph(_tried(solutions)))
        return blocks

    def data(self) -> dict[str, Any]:
        """`cnncalc/solve`, version 1."""
        solutions = self.solutions
        return {
            "schema": "cnncalc/solve",
            "version": 1,
            "known": dict(solutions.question.known),
            "unknown": list(solutions.question.unknown),
            "transposed": solutions.question.is_transposed,
            "bounds": {name: list(pair) for name, pair in solutions.bounds.items()},
            "complete": not solutions.is_cut,
            "solutions": [dict(each.values) for each in solutions.found],
            "reason": solutions.reason or None,
        }


def _tried(solutions: Solutions) -> str:
    if not solutions.bounds:
        return "The rule has one answer."
    bounds = " and ".join(f"{name} from {low} to {high:,}" for name, (low, high) in solutions.bounds.items())
    return f"Tried: every {bounds}."


# -- a layer


class ChangesReport(SolveReport):
    """The settings of a layer that give an output."""

    __slots__ = (
        "changes",
        "layout",
        "node",
        "wanted",
    )

    def __init__(self, node: Node, wanted: str, changes: Sequence[SettingChange], layout: str) -> None:
        self.node = node
        self.wanted = wanted
        self.changes = changes
        self.layout = layout

    @classmethod
    def of(cls, analysis: Analysis, layer: str, output: Sequence[int] | None) -> ChangesReport:
        """The settings of the layer of this name that make its output this large.

        Raises:
            QuestionError: there is no such layer, or it has no such sizes.
        """
        node = layer_to_change(analysis, layer)
        if output is None:
            raise QuestionError("which output?", "layer")
        wanted = sizes_wanted(node, tuple(output))
        changes = settings_for(analysis, node, wanted)
        return cls(node, "×".join(map(str, wanted)), changes, analysis.spec.layout)

    @property
    def is_found(self) -> bool:
        return bool(self.changes)

    def document(self) -> list[Block]:
        """Which settings of a layer give an output, each with the rule, and whether the layers after it accept it."""
        node, wanted, changes, layout = self.node, self.wanted, self.changes, self.layout
        x = node.x
        blocks: list[Block] = [
            Heading(f"{node.name}: which setting makes the output {wanted}?", f"input {x.text(layout)}")
        ]
        if not changes:
            blocks.append(Paragraph("No single setting does: change two, or another layer."))
            return blocks
        rows = []
        for each in changes:
            output = each.layer.output_shape(x).text(layout)
            rows.append([each.setting, each.old, each.new, output, "yes" if each.fits else "no"])
        titles = ("setting", "is", "would be", "output", "the rest still fits")
        return [*blocks, Table([Column(title) for title in titles], rows), *_proofs(node, changes)]

    def data(self) -> dict[str, Any]:
        """`cnncalc/solve-layer`, version 1."""
        node, changes = self.node, self.changes
        x = node.x
        return {
            "schema": "cnncalc/solve-layer",
            "version": 1,
            "layer": node.name,
            "changes": [
                {
                    "setting": each.setting,
                    "old": each.old,
                    "new": each.new,
                    "output": list(each.layer.output_shape(x).spatial),
                    "fits": each.fits,
                }
                for each in changes
            ],
        }


def _proofs(node: Node, changes: Sequence[SettingChange]) -> list[Block]:
    from cnncalc.explanation.derivation import traced_layer, traced_shape

    proofs: list[Block] = []
    for each in changes:
        traced = traced_layer(each.layer, per_axis=False).output_shape(traced_shape(node.x, "in", per_axis=False))
        proofs.append(formula_block(f"{each.setting} {each.new}", traced.spatial[0]))
    return proofs


# -- a variable, and sizes


class LargestReport(SolveReport):
    """The largest value of a variable that stays within a bound."""

    __slots__ = (
        "bound",
        "found",
        "key",
    )

    def __init__(self, found: Largest, key: str, bound: str) -> None:
        self.found = found
        self.key = key
        self.bound = bound

    @property
    def is_found(self) -> bool:
        return self.found.value is not None

    def document(self) -> list[Block]:
        """The largest value of a variable that keeps a bound, and why the next does not."""
        found, key, bound = self.found, self.key, self.bound
        blocks: list[Block] = [Heading(f"the largest {found.name} with {key} {bound}")]
        if found.value is None or found.result is None:
            return [
                *blocks,
                Paragraph(
                    f"No value from {found.step} to {found.text(found.tried)} keeps it; smaller steps: `--step`."
                ),
                *self._unjudged(),
            ]
        blocks.append(Paragraph(f"{found.name} = {found.text(found.value)}: {key} {number(found.result)}."))
        if found.beyond:
            value, result = found.beyond
            blocks.append(Paragraph(f"{found.name} = {found.text(value)} would give {number(result)}."))
        blocks.append(
            Paragraph(f"{found.tried} values were tried: doubled until the bound broke, then halved in between.")
        )
        return [*blocks, *self._unjudged()]

    def _unjudged(self) -> list[Block]:
        """How many values were left out because an opaque layer makes their count unknown."""
        count = self.found.unjudged
        if not count:
            return []
        left_out = f"{plural(count, 'value')} {'was' if count == 1 else 'were'} left out"
        return [Paragraph(f"{left_out}: an opaque layer makes their {self.key} unknown.")]

    def data(self) -> dict[str, Any]:
        """`cnncalc/solve-variable`, version 1."""
        found, key, bound = self.found, self.key, self.bound
        return {
            "schema": "cnncalc/solve-variable",
            "version": 1,
            "variable": found.name,
            "of": key,
            "bound": bound,
            "value": None if found.value is None else float(found.text(found.value)),
            "result": found.result,
            "unjudged": found.unjudged,
            "next": [float(found.text(found.beyond[0])), found.beyond[1]] if found.beyond else None,
        }


class SizesReport(SolveReport):
    """The input sizes that a model accepts."""

    __slots__ = (
        "found",
        "name",
    )

    def __init__(self, found: InputSizes, name: str) -> None:
        self.found = found
        self.name = name

    @property
    def is_found(self) -> bool:
        return self.found.is_found

    def document(self) -> list[Block]:
        """The sizes at which the model fits, those at which no stride drops anything, and what the given size does."""
        found = self.found
        blocks: list[Block] = [Heading(f"{self.name}: input sizes", about_inputs(found))]
        blocks += map(Paragraph, sentences_about(found.alike, found))
        if found.axes:
            blocks += [Paragraph("Along one axis, with the others as they are:"), self._by_axis()]
        return [*blocks, Paragraph(about_given(found.given))]

    def _by_axis(self) -> Table:
        titles = ("axis", "accepted", "no stride drops anything", "all strides divide evenly")
        rows = [
            [each.axis, *(sizes_in_words(sizes, self.found.bound) or "none" for sizes in each[1:])]
            for each in self.found.axes
        ]
        return Table([Column(title) for title in titles], rows)

    def data(self) -> dict[str, Any]:
        """`cnncalc/solve-sizes`, version 1."""
        found = self.found
        steps = {later - earlier for earlier, later in pairwise(found.alike.whole)}
        given = found.given
        return {
            "schema": "cnncalc/solve-sizes",
            "version": 1,
            "smallest": found.smallest,
            "whole": list(found.alike.whole),
            "bound": found.bound,
            "step": steps.pop() if len(steps) == 1 else None,
            "legal": list(found.alike.legal),
            "even": list(found.alike.even),
            "axes": [
                {"axis": each.axis, "legal": list(each.legal), "whole": list(each.whole), "even": list(each.even)}
                for each in found.axes
            ],
            "inputs": dict(found.inputs),
            "given": {
                "sizes": list(given.sizes),
                "legal": given.is_legal,
                "dropped_by": given.dropped_by or None,
                "nearest": [list(sizes) for sizes in given.nearest],
            },
        }


# -- the field


class CoverReport(SolveReport):
    """Ways to make the receptive field cover the input."""

    __slots__ = ("report",)

    def __init__(self, report: FieldReport) -> None:
        self.report = report

    @classmethod
    def of(cls, analysis: Analysis) -> CoverReport:
        """The ways for a model."""
        return cls(FieldReport(analysis, seen(analysis), answers(analysis), []))

    @property
    def is_found(self) -> bool:
        return bool(self.report.answers)

    def document(self) -> list[Block]:
        """The question for each input, and ways to reach the goal."""
        return [block for each in self.report.answers for block in answer_blocks(self.report.analysis, each)]

    def data(self) -> dict[str, Any]:
        """`cnncalc/receptive-field`, version 1."""
        return self.report.data()
