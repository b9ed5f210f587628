"""Reports on long models: written piece by piece, and with work that grows as the model does.

Work is counted, never timed: the instructions that Python runs, and the bytes that are held at once.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from functools import cache
from types import FrameType
from typing import Any

import pytest

import cnncalc
from cnncalc.analysis import Analysis
from cnncalc.report.formats.json import json
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.report import Report
from cnncalc.report.views.compare import ComparisonReport
from cnncalc.report.views.explain import ExplainReport
from cnncalc.report.views.homework.sheet import SheetReport
from cnncalc.report.views.hyperparameters import HyperparametersReport
from cnncalc.report.views.receptive_field import FieldReport
from cnncalc.report.views.rows import Listing
from cnncalc.report.views.summarize import SummaryReport
from cnncalc.spec.top_level import Overrides

HEAD = "name: long\ninput: 8x8x4\nlayers:\n"
WRITTEN = """\
  - {conv: 3x3x4, padding: 1, norm: batch_norm, activation: relu}
  - relu
  - {conv: 1x1x4, name: a%d}
  - residual: [{conv: 1x1x4}]
"""
"""Four entries of a written-out model: layers that are alike, fields that are not, names, norms and merges."""
MISALIGNED = "  - concat: [[{conv: 3x3x2, padding: [[1, 1], [1, 1]]}], [{conv: 2x2x2, padding: [[0, 1], [0, 1]]}]]\n"
"""Branches whose centres are half a position apart, which no padding aligns."""


@cache
def written(times: int, entries: str = WRITTEN) -> Analysis:
    return cnncalc.analyze(cnncalc.load(HEAD + "".join(entries.replace("%d", str(n)) for n in range(times))))


@cache
def repeated(times: int) -> Analysis:
    return cnncalc.analyze(cnncalc.load(f"{HEAD}  - relu: {{repeat: {times}}}\n"))


def sheet(analysis: Analysis) -> Report:
    return SheetReport.of(analysis, ("output", "params", "receptive_field", "macs", "total"), Overrides(), True)


REPORTS: dict[str, Callable[[Analysis], Report]] = {
    "summarize": SummaryReport,
    "summarize --fold": lambda analysis: SummaryReport(analysis, Listing(fold=True)),
    "explain": ExplainReport.of,
    "explain --legend": lambda analysis: ExplainReport.of(analysis, has_legend=True),
    "hyperparameters": HyperparametersReport,
    "receptive-field": FieldReport.of,
    "receptive-field --all": lambda analysis: FieldReport.of(analysis, has_all=True),
    "compare": lambda analysis: ComparisonReport.of([analysis, analysis]),
    "homework sheet --key": sheet,
}
FORMS = [(name, format) for name, report in REPORTS.items() for format in formats_of(type(report(repeated(1))))]


def pieces(name: str, analysis: Analysis, format: str) -> list[str]:
    return list(FORMATS[format].pieces(REPORTS[name](analysis)))


# -- the same text


@pytest.mark.parametrize("name", [name for name, format in FORMS if format == "json"])
@pytest.mark.parametrize("model", ["googlenet", "resnet", "unet", "two_inputs_shared", "keras_cnn", "non_uniform"])
def test_pieces_of_json_are_the_dictionary(name: str, model: str):
    spec = SPECS.get(model) or model
    report = REPORTS[name](cnncalc.analyze(cnncalc.load(spec)))
    text = "".join(FORMATS["json"].pieces(report))
    assert text == json(report.to_dict()) + "\n"
    assert text == report.render("json")


SPECS = {
    "two_inputs_shared": "inputs: {a: 8x8x3, b: 8x8x3}\nblocks: {enc: [{conv: 3x3x4, activation: relu}, relu]}\n"
    "layers: [{enc, from: a, name: left}, {share: left, from: b, name: right}, {concat: [left, right]}]\n",
    "non_uniform": "input: 9x9x3\nlayers: [{conv: 3x3x4, stride: 2}, {upsample: 2}, {conv: 3x3x4}, global_avg_pool]\n",
}


def test_a_dictionary_is_whole_and_its_own():
    analysis = written(2)
    one, other = (SummaryReport(analysis).to_dict() for _ in range(2))
    first, second = (layer for layer in one["layers"] if layer["kind"] == "relu" and layer["name"].startswith("relu"))
    assert list(first) == list(second)
    first["settings"]["changed"] = first["output"][0] = -1
    assert second["output"][0] == 8
    assert other != one
    assert other == SummaryReport(analysis).to_dict()


# -- the work


def instructions(call: Callable[[], object]) -> int:
    """How many instructions Python runs for a call."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def grows_evenly(work: Callable[[int], object], step: int) -> bool:
    """Whether the third part of a model takes as much work as the second.

    A table of all layers that is made for each of them would make it more.
    """
    work(1)  # what is done once for all models
    small, middle, large = (instructions(lambda size=size: work(size)) for size in (step, 2 * step, 3 * step))
    return large - middle <= 1.01 * (middle - small) + 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "step"),
    [pytest.param(written, 12, id="written"), pytest.param(repeated, 48, id="repeated")],
)
@pytest.mark.parametrize(("name", "format"), FORMS)
def test_work_grows_as_the_model_does(name: str, format: str, model: Callable[[int], Analysis], step: int):
    for times in range(1, 4):
        model(times * step)
    assert grows_evenly(lambda times: pieces(name, model(times), format), step)


def test_whether_branches_align_is_asked_where_they_part():
    found = [FieldReport.of(written(times, MISALIGNED)) for times in (8, 16, 24)]
    assert [len(report.misalignments) for report in found] == [8, 16, 24]
    assert grows_evenly(lambda times: FieldReport.of(written(times, MISALIGNED)), 8)


# -- the memory


@pytest.mark.parametrize(
    ("name", "format"),
    [("summarize", "json"), ("receptive-field", "json"), ("hyperparameters", "json"), ("compare", "json")],
)
def test_json_is_never_whole(name: str, format: str):
    def peak(times: int) -> int:
        report = REPORTS[name](repeated(times))
        tracemalloc.start()
        size = sum(map(len, FORMATS[format].pieces(report)))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 100 * times
        return most

    # the place of each layer in the forward pass, in a few tables of references; its text has up to 1,100 characters
    assert peak(2000) - peak(1000) < 1000 * 250


@pytest.mark.slow
@pytest.mark.parametrize(("name", "format"), FORMS)
def test_no_piece_grows_with_the_model(name: str, format: str):
    assert max(map(len, pieces(name, repeated(200), format))) < 2000
