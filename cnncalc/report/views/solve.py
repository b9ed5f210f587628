"""What `solve` says: the solutions of an inverse question, each with its derivation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.report.document import Block, Column, Heading, Paragraph, Table
from cnncalc.report.text import number
from cnncalc.report.views._formulas import formula_block
from cnncalc.whatif.solving import InputSizes, Largest, SettingChange, Solutions

if TYPE_CHECKING:
    from cnncalc.graph import Node

SHOWN = 40
"""So many solutions are written out."""


def question_text(solutions: Solutions) -> str:
    """The question as a sentence: `n_in = 32, k = 5, s = 1, n_out = 32: which p?`."""
    question = solutions.question
    known = ", ".join(
        f"{name} = {question.known[name]}" for name in ("n_in", "k", "s", "p", "d", "n_out") if name in question.known
    )
    return f"{known}: which {' and '.join(question.unknown)}?"


def solutions_document(solutions: Solutions) -> list[Block]:
    """Every solution with the rule that proves it; or why there is none."""
    beside = "transposed convolution" if solutions.question.is_transposed else ""
    blocks: list[Block] = [Heading(question_text(solutions), beside)]
    for each in solutions.found[:SHOWN]:
        values = ", ".join(f"{name} = {value}" for name, value in each.values.items())
        blocks.append(formula_block(values, each.output))
    more = len(solutions.found) - SHOWN
    if more > 0 or solutions.is_cut:
        count = f"more than {len(solutions.found):,}" if solutions.is_cut else f"{len(solutions.found):,}"
        blocks.append(Paragraph(f"… {count} solutions; `--format json` has them all."))
    if not solutions.found:
        blocks.append(Paragraph(f"There is no solution: {solutions.reason}."))
    blocks.append(Paragraph(_tried(solutions)))
    return blocks


def _tried(solutions: Solutions) -> str:
    if not solutions.bounds:
        return "The rule has one answer."
    bounds = " and ".join(f"{name} from {low} to {high:,}" for name, (low, high) in solutions.bounds.items())
    return f"Tried: every {bounds}."


def solutions_json(solutions: Solutions) -> dict[str, Any]:
    """`cnncalc/solve`, version 1."""
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


# -- a layer


def changes_document(node: Node, wanted: str, changes: Sequence[SettingChange], layout: str) -> list[Block]:
    """Which settings of a layer give an output, each with the rule, and whether the layers behind it take it."""
    x = node.inputs[0].output
    blocks: list[Block] = [Heading(f"{node.name}: which setting makes the output {wanted}?", f"input {x.text(layout)}")]
    if not changes:
        blocks.append(Paragraph("No single setting does: change two, or another layer."))
        return blocks
    rows = []
    for each in changes:
        output = each.layer.output_shape(x).text(layout)
        rows.append([each.setting, each.old, each.new, output, "yes" if each.fits else "no"])
    titles = ("setting", "is", "would be", "output", "the rest still fits")
    return [*blocks, Table([Column(title) for title in titles], rows), *_proofs(node, changes)]


def _proofs(node: Node, changes: Sequence[SettingChange]) -> list[Block]:
    from cnncalc.explain.derivation import traced_layer, traced_shape

    proofs: list[Block] = []
    for each in changes:
        traced = traced_layer(each.layer, per_axis=False).output_shape(
            traced_shape(node.inputs[0].output, "in", per_axis=False)
        )
        proofs.append(formula_block(f"{each.setting} {each.new}", traced.spatial[0]))
    return proofs


def changes_json(node: Node, changes: Sequence[SettingChange]) -> dict[str, Any]:
    """`cnncalc/solve-layer`, version 1."""
    x = node.inputs[0].output
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


# -- a variable, and sizes


def largest_document(found: Largest, key: str, bound: str) -> list[Block]:
    """The largest value of a variable that keeps a bound, and why the next does not."""
    blocks: list[Block] = [Heading(f"the largest {found.name} with {key} {bound}")]
    if found.value is None or found.result is None:
        return [
            *blocks,
            Paragraph(f"No value from {found.step} to {found.text(found.tried)} keeps it; smaller steps: `--step`."),
        ]
    blocks.append(Paragraph(f"{found.name} = {found.text(found.value)}: {key} {number(found.result)}."))
    if found.beyond:
        value, result = found.beyond
        blocks.append(Paragraph(f"{found.name} = {found.text(value)} would give {number(result)}."))
    blocks.append(Paragraph(f"{found.tried} values were tried: doubled until the bound broke, then halved in between."))
    return blocks


def largest_json(found: Largest, key: str, bound: str) -> dict[str, Any]:
    """`cnncalc/solve-variable`, version 1."""
    return {
        "schema": "cnncalc/solve-variable",
        "version": 1,
        "variable": found.name,
        "of": key,
        "bound": bound,
        "value": None if found.value is None else float(found.text(found.value)),
        "result": found.result,
        "next": [float(found.text(found.beyond[0])), found.beyond[1]] if found.beyond else None,
    }


def sizes_document(found: InputSizes, name: str) -> list[Block]:
    """The smallest legal input, and the sizes at which nothing is left over."""
    blocks: list[Block] = [Heading(f"{name}: input sizes", f"up to {found.bound}, the same on all axes")]
    if found.smallest is None:
        return [*blocks, Paragraph("No size is legal: a dense layer behind a fixed size keeps the input as it is.")]
    blocks.append(Paragraph(f"The smallest legal input is {found.smallest}."))
    if not found.whole:
        return [*blocks, Paragraph("At every size some stride drops rows or columns.")]
    if found.step and len(found.whole) > 3:
        sizes = f"{found.whole[0]}, {found.whole[1]}, {found.whole[2]}, … {found.whole[-1]}: every {found.step}"
    else:
        sizes = ", ".join(map(str, found.whole))
    return [*blocks, Paragraph(f"No stride drops anything at {sizes}.")]


def sizes_json(found: InputSizes) -> dict[str, Any]:
    """`cnncalc/solve-sizes`, version 1."""
    return {
        "schema": "cnncalc/solve-sizes",
        "version": 1,
        "smallest": found.smallest,
        "whole": list(found.whole),
        "bound": found.bound,
        "step": found.step,
    }
