"""`opaque`: what is written about a layer that the language has no kind for."""

from __future__ import annotations

import numpy as np
import pytest

import cnncalc
from cnncalc.at_least import AtLeast
from cnncalc.settings.shape import Shape

DETECTOR = """\
input: 16x16x3
layers:
  - {conv: 3x3x8, padding: 1, activation: relu}
  - {conv: 1x1x4, name: boxes}
  - {conv: 1x1x2, from: conv1, name: scores}
  - {opaque: NonMaxSuppression, from: [boxes, scores], output: {kept: 100x4, sure: 100}, macs: 1200, name: nms}
  - {flatten, name: flat}
  - {dense: 10, from: nms.sure, name: after}
"""


@pytest.fixture(scope="module")
def detector():
    return cnncalc.analyze(cnncalc.load(DETECTOR))


def numbers(analysis, name):
    return next(layer for layer in analysis.layers if layer.name == name)


def test_it_reads_several_tensors_and_gives_several(detector):
    nms = numbers(detector, "nms").node
    assert [node.name for node in nms.inputs] == ["boxes", "scores"]
    assert nms.output == Shape((100,), 4)
    assert numbers(detector, "nms.sure").node.output == Shape((), 100)


def test_the_next_entry_reads_the_first_output(detector):
    assert [node.name for node in numbers(detector, "flat").node.inputs] == ["nms"]
    assert [node.name for node in numbers(detector, "after").node.inputs] == ["nms.sure"]
    assert detector.spec.graph.ends["nms.kept"] is detector.spec.graph.ends["nms"]


def test_what_is_not_written_is_unknown(detector):
    nms = numbers(detector, "nms")
    assert nms.params == nms.trainable_params == AtLeast(0)
    assert nms.non_trainable_params == 0
    assert nms.macs == 1200
    further = numbers(detector, "nms.sure")
    assert (further.params, further.macs) == (0, 0)  # they count at the first output


def test_totals_are_lower_bounds(detector):
    known = 3 * 3 * 3 * 8 + 8 + 8 * 4 + 4 + 8 * 2 + 2 + 100 * 10 + 10
    assert detector.totals.params == AtLeast(known)
    assert detector.totals.param_bytes == AtLeast(4 * known)
    assert detector.totals.macs == 16 * 16 * (27 * 8 + 8 * 4 + 8 * 2) + 1200 + 1000
    entry = next(entry for entry in detector.entries if entry.name == "nms")
    assert entry.params == AtLeast(0)


def test_activations_are_known(detector):
    floats = 16 * 16 * (8 + 8 + 4 + 2) + 400 + 100 + 400 + 10
    assert detector.totals.activation_bytes == 4 * floats
    # boxes, scores and both outputs; the largest moment is the relu: its input and its output
    assert numbers(detector, "nms.sure").alive_bytes == 4 * (16 * 16 * 6 + 500)
    assert detector.totals.peak_activation_bytes == 4 * 16 * 16 * 16


def test_fields_after_it_are_unknown(detector):
    assert numbers(detector, "scores").fields["input"].size == (3, 3)
    for name in ("nms", "nms.sure", "flat", "after"):
        assert numbers(detector, name).fields["input"].status == "unknown"


def test_a_field_is_unknown_in_every_input_that_it_reads():
    text = "inputs: {a: 8x8x1, b: 9, c: 3}\nlayers:\n  - {opaque: X, from: [a, b], output: 5}\n  - {dense: 2}\n"
    fields = cnncalc.analyze(cnncalc.load(f"{text}  - concat: [[], c]\n")).end.fields
    assert {name: field.status for name, field in fields.items()} == {"a": "unknown", "b": "unknown", "c": "global"}


def test_what_is_written_counts():
    analysis = cnncalc.analyze(cnncalc.load("input: 8\nlayers: [{opaque: X, output: 5, params: 7, macs: 0}, dense: 2]"))
    assert (analysis.totals.params, analysis.totals.macs) == (7 + 12, 10)


def test_two_unknown_layers_are_two():
    text = "input: 8\nlayers: [{opaque: X, output: 5}, {opaque: Y, output: 6, params: 3}, {opaque: Z, output: 7}]"
    totals = cnncalc.analyze(cnncalc.load(text)).totals
    assert (totals.params, totals.macs) == (AtLeast(3, 2), AtLeast(0, 3))


def test_an_input_of_another_size_does_not_change_its_output():
    small, large = (cnncalc.analyze(cnncalc.load(DETECTOR, input=size)) for size in ("16x16x3", "64x64x3"))
    assert numbers(small, "nms").node.output == numbers(large, "nms").node.output


def test_layout_is_that_of_the_file():
    text = (
        "convention: pytorch\ninput: 3x8x8\nlayers: [{opaque: X, output: {a: 4x10x20, b: 7}}, {relu, from: opaque1.a}]"
    )
    spec = cnncalc.load(text)
    assert spec.graph.ends["opaque1"].output == Shape((10, 20), 4)
    settings = cnncalc.analyze(spec).to_dict()["layers"][0]["settings"]
    assert settings == {
        "operation": "X",
        "output": {"a": [4, 10, 20], "b": [7]},
        "params": "unknown",
        "macs": "unknown",
        "pointwise": False,
    }


def test_in_blocks_and_copies():
    text = """\
input: 8x8x2
blocks:
  head:
    args: [n=3]
    layers:
      - {conv: 1x1x$n, name: a}
      - {opaque: X, from: [a, input], output: {one: 8x8x$n, two: $n}, params: $n}
      - {conv: 1x1x2, from: opaque1.one}
layers:
  - {head, repeat: 3}
  - {head: 4, name: last}
outputs: [last.opaque1.two]
"""
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert [node.name for node in numbers(analysis, "head1.2.opaque1").node.inputs] == ["head1.2.a", "head1.1.conv1"]
    assert numbers(analysis, "last.opaque1.two").node.output == Shape((), 4)
    one = (2 * 3 + 3) + 3 + (3 * 2 + 2)
    assert analysis.totals.params == 3 * one + (2 * 4 + 4) + 4 + (4 * 2 + 2)


def test_repeated_and_shared():
    text = "input: 8\nlayers: [{opaque: X, output: 8, repeat: 3}, {opaque: Y, output: 3, params: 5}, {share: opaque2}]"
    totals = cnncalc.analyze(cnncalc.load(text)).totals
    assert totals.params == AtLeast(5, 3)
    assert totals.macs == AtLeast(0, 5)  # shared parameters count once, the work again


def test_a_frozen_one_has_unknown_parameters_that_are_not_trained():
    text = "input: 8\nlayers: [{opaque: X, output: 8, trainable: false, origin: backbone/x}, dense: 3]"
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert (analysis.totals.trainable_params, analysis.totals.non_trainable_params) == (27, AtLeast(0))
    assert analysis.totals.params == AtLeast(27)
    assert analysis.to_dict()["totals"]["at_least"] == {
        "params": 27,
        "non_trainable_params": 0,
        "macs": 24,
        "param_bytes": 108,
    }


def test_for_gives_each_copy_its_own_inputs():
    entries = (
        "[{dense: 3, name: a}, {dense: 4, name: b}, {opaque: X, from: [$p, a], output: 5, for: {p: [b, a]}, name: x}]"
    )
    analysis = cnncalc.analyze(cnncalc.load(f"input: 8\nlayers: {entries}"))
    assert [node.name for node in numbers(analysis, "x.0").node.inputs] == ["b", "a"]
    assert [node.name for node in numbers(analysis, "x.1").node.inputs] == ["a", "a"]


def test_its_outputs_can_be_merged_and_returned():
    text = (
        "input: 8\nlayers: [{opaque: X, output: {a: 4, b: 4}, name: x}, {add: [x.a, x.b]}]\noutputs: [x.b, add1, x.a]"
    )
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert [node.name for node in analysis.spec.graph.output_nodes] == ["x.b", "add1", "x"]
    assert [node.name for node in numbers(analysis, "add1").node.inputs] == ["x", "x.b"]


def test_a_chain_of_many_is_added_in_a_moment():
    text = "input: 8\nlayers: [{opaque: X, output: 8, repeat: 20000}]"
    assert cnncalc.analyze(cnncalc.load(text)).totals.params == AtLeast(0, 20_000)


# -- running


def test_a_run_ends_before_it():
    findings = []
    values = cnncalc.run(cnncalc.load(DETECTOR), findings=findings)
    assert list(values) == ["conv1", "conv1.relu", "boxes", "scores"]
    (found,) = findings
    assert (found.code, found.severity) == ("CNN560", "warning")
    assert found.message == (
        "`nms` (opaque) cannot be run, because its values are unknown; 2 layers after it are left out too"
    )


def test_values_before_it_are_those_of_a_model_without_it():
    spec = cnncalc.load(DETECTOR)
    without = cnncalc.load("".join(DETECTOR.splitlines(keepends=True)[:5]))
    for name, array in cnncalc.run(without, seed=3).items():
        np.testing.assert_array_equal(cnncalc.run(spec, seed=3)[name], array)


def test_weights_of_a_file_fit_the_whole_model():
    spec = cnncalc.load(DETECTOR)
    weights = {}
    for layer in cnncalc.analyze(spec).layers:
        for name, weight in layer.node.layer.weights(layer.node.inputs[0].output).items():
            weights[f"{layer.name}.{name}"] = np.ones(weight.shape)
    assert "after.kernel" in weights
    assert set(cnncalc.run(spec, weights=weights)) == {"conv1", "conv1.relu", "boxes", "scores"}
    with pytest.raises(cnncalc.DataError, match=r"no array for `after\.kernel`"):
        cnncalc.run(spec, weights={name: array for name, array in weights.items() if name != "after.kernel"})


def test_what_does_not_depend_on_it_runs():
    entries = "[{opaque: X, from: a, output: 5}, {dense: 3, from: b}, {dense: 4, from: opaque1}]"
    assert list(cnncalc.run(cnncalc.load(f"inputs: {{a: 8, b: 9}}\nlayers: {entries}"))) == ["dense1"]


def test_a_layer_with_the_weights_of_one_after_it_does_not_run():
    entries = "[{opaque: X, from: a, output: 5}, {dense: 3, name: d}, {share: d, from: b}, {relu, from: b}]"
    assert list(cnncalc.run(cnncalc.load(f"inputs: {{a: 8, b: 5}}\nlayers: {entries}"))) == ["relu1"]


def test_nothing_can_be_run():
    spec = cnncalc.load("input: 8\nlayers: [{opaque: X, output: 5}, dense: 3]")
    for attempt in (cnncalc.run, cnncalc.verify):
        with pytest.raises(cnncalc.DataError) as caught:
            attempt(spec)
        (found,) = caught.value.diagnostics
        assert (found.code, found.severity) == ("CNN560", "error")


@pytest.mark.parametrize("quick", [True, False])
def test_what_is_before_it_is_proved(quick):
    found = cnncalc.verify(cnncalc.load(DETECTOR), quick=quick)
    assert found.is_right
    assert list(found.layers) == ["conv1", "conv1.relu", "boxes", "scores"]
    assert [each.code for each in found.stopped] == ["CNN560"]
    assert found.to_dict()["stopped"] == [found.stopped[0].message]


def test_validate_says_what_is_not_proved():
    checked = cnncalc.check(DETECTOR, verify=True)
    (found,) = [each for each in checked.findings if each.code == "CNN560"]
    assert (found.span.line, found.help) == (6, ("the numbers before it are proved",))
    nothing = cnncalc.check("input: 8\nlayers: [{opaque: X, output: 5}]", verify=True)
    assert [each.code for each in nothing.findings] == ["CNN560"]


# -- what cannot be judged


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        ("params <= 5M", "expected at most 5,000,000, found ≥ 1,288, 1 layer unknown; this cannot be judged"),
        ("params < 1k", "expected less than 1,000, found ≥ 1,288, 1 layer unknown"),
        ("params <= 1288", "expected at most 1,288, found ≥ 1,288, 1 layer unknown; this cannot be judged"),
        ("params = 1000", "expected 1,000, found ≥ 1,288, 1 layer unknown"),
        ("params = 1288", "expected 1,288, found ≥ 1,288, 1 layer unknown; this cannot be judged"),
        ("params = 2000", "expected 2,000, found ≥ 1,288, 1 layer unknown; this cannot be judged"),
        ("params ~1.3k", "expected about 1,300, found ≥ 1,288, 1 layer unknown; this cannot be judged"),
        ("params ~1.2k", "expected about 1,200, found ≥ 1,288, 1 layer unknown"),
        ("params > 1k", ""),
        ("params >= 1288", ""),
        ("params > 1288", "expected more than 1,288, found ≥ 1,288, 1 layer unknown; this cannot be judged"),
        ("macs <= 1G", ""),
        ("receptive_field >= 3", "expected at least 3, found unknown; this cannot be judged"),
        ("receptive_field <= 3", "expected at most 3, found unknown; this cannot be judged"),
        ("receptive_field global", "expected global, found unknown; this cannot be judged"),
    ],
)
def test_expectations(expect, says):
    messages = [each.message for each in cnncalc.check(DETECTOR, expect=[expect]).findings if each.code == "CNN401"]
    assert [each.partition(": ")[2] for each in messages] == ([says] if says else [])


TWIN = DETECTOR.replace("conv: 1x1x2", "conv: 1x1x3")


@pytest.mark.parametrize(
    ("condition", "is_met", "is_judged"),
    [
        ("params > 5M", True, False), ("params > 1k", True, True), ("params < 1k", False, True),
        ("params < 5M", True, False), ("params >= 1k", True, True), ("params <= 1k", False, True),
        ("params > +5%", True, False), ("params < -5%", True, False), ("memory > 1GiB", True, False),
        ("macs > +1k", True, True), ("macs > +100%", False, True), ("peak > 1GiB", False, True),
        ("receptive_field < 200", True, False), ("receptive_field > 200", True, False),
    ],
)  # fmt: skip
def test_conditions(condition, is_met, is_judged):
    report = cnncalc.compare(cnncalc.load(DETECTOR), cnncalc.load(TWIN), fail_if=[condition])
    assert [each.is_judged for each in report.met] == ([is_judged] if is_met else [])


def test_a_change_from_a_known_model_is_judged_where_it_can_be():
    small = cnncalc.load("input: 8\nlayers: [dense: 2]")
    judged = {
        condition: [each.is_judged for each in cnncalc.compare(small, cnncalc.load(DETECTOR), fail_if=[condition]).met]
        for condition in ("params > +1k", "params > +1M", "params < +1k", "params < +1M", "params > +10%")
    }
    assert judged == {
        "params > +1k": [True], "params > +1M": [False], "params < +1k": [], "params < +1M": [False],
        "params > +10%": [True],
    }  # fmt: skip


def test_models_with_the_same_unknown_layer_are_the_same():
    assert not cnncalc.compare(cnncalc.load(DETECTOR), cnncalc.load(DETECTOR)).is_different


def test_solve_leaves_out_what_it_cannot_judge():
    text = "vars: {n: 1, knows: true}\ninput: 8\nlayers:\n  - dense: $n\n  - {opaque: X, output: 2, when: $(n > 40)}\n"
    found = cnncalc.solve(cnncalc.load(text), params="<= 400", vary="n").to_dict()
    assert found["result"] == 360  # 9 · 40
    assert found["unjudged"] > 0
    never = cnncalc.solve(
        cnncalc.load("vars: {n: 1}\n" + DETECTOR.replace("100x4", "100x$n")), params="<= 5M", vary="n"
    )
    assert not never.is_found
    assert never.to_dict()["unjudged"] == 64
    assert "64 values were left out: an opaque layer makes their params unknown." in never.render()


# -- homework


def test_a_sheet_asks_for_nothing_unknown():
    asked = ("output", "params", "macs", "receptive_field", "total")
    text = cnncalc.sheet(cnncalc.load(DETECTOR), *asked).render("yaml")
    assert "nms:" not in text
    assert "The layer nms reads boxes, scores and gives 100×4." in text
    assert "nms takes 1,200 MACs." in text
    total = text[text.index("total:") :]
    assert "macs" in total
    assert "params" not in total


def test_grading_gives_no_points_for_it():
    spec = cnncalc.load(DETECTOR)
    counts = {"conv1": 224, "boxes": 36, "scores": 18, "flat": 0, "after": 1010}
    right = {name: {"params": count} for name, count in counts.items()}
    graded = cnncalc.grade(right, spec, ask=["params", "total"])
    asked = {(each.layer, each.column) for each in graded.answers}
    assert {("conv1", "params"), ("after", "params")} < asked
    assert not {("nms", "params"), ("total", "params")} & asked
    assert graded.points == graded.out_of == 5
    with pytest.raises(ValueError, match="nms params was not asked for"):
        cnncalc.grade({**right, "nms": {"params": 0}}, spec, ask=["params", "total"])


def test_explain_says_why():
    text = cnncalc.explain(cnncalc.load(DETECTOR), "nms", "after").render()
    assert "params: unknown\n    the spec does not say, and cnncalc does not know what the layer calculates" in text
    assert "macs: 1,200\n    as written under `macs`" in text
    assert "every receptive field from here on is unknown" in text
    assert "Its receptive field is unknown: that of its input is." in text


def test_a_run_that_ends_before_several_of_them_says_so():
    both = "{opaque: X, from: a, output: 5}, {opaque: Y, from: b, output: 5}"
    text = f"inputs: {{a: 8, b: 9, c: 3}}\nlayers: [{both}, {{add: [opaque1, opaque2]}}, {{relu, from: c}}]"
    findings = []
    cnncalc.run(cnncalc.load(text), findings=findings)
    assert [each.message.partition("; ")[2] for each in findings] == [
        "1 layer after it and 1 other like it is left out too"
    ] * 2


POINTWISE = """\
input: 8x8x3
layers:
  - {conv: 3x3x4, name: a}
  - {opaque: sin, output: 6x6x4, params: 0, macs: 0, pointwise: true, name: b}
  - {conv: 3x3x4, padding: 1, name: c}
  - {opaque: where, from: [c, a, b], output: 6x6x2, pointwise: true, name: d}
  - {dense: 3, name: e}
"""


def test_a_pointwise_one_sees_what_its_input_sees():
    analysis = cnncalc.analyze(cnncalc.load(POINTWISE))
    fields = {layer.name: layer.fields["input"].size for layer in analysis.layers}
    assert fields == {"a": (3, 3), "b": (3, 3), "c": (5, 5), "d": (5, 5), "e": (5, 5)}
    assert numbers(analysis, "d").macs == AtLeast(0)


def test_a_pointwise_one_that_also_reads_other_positions_sees_nobody_knows_what():
    text = f"{POINTWISE}  - {{max_pool: 2, name: f}}\n  - {{opaque: X, from: [e, f], output: 6x6x1, pointwise: true}}\n"
    assert cnncalc.analyze(cnncalc.load(text)).end.fields["input"].status == "unknown"


def test_a_pointwise_one_has_the_positions_of_its_input():
    with pytest.raises(cnncalc.SpecError) as found:
        cnncalc.load("input: 8x8x3\nlayers: [{opaque: sin, output: 7x8x3, pointwise: true}]")
    (finding,) = found.value.diagnostics
    assert (finding.code, finding.message) == (
        "CNN318",
        "a `pointwise` layer has the positions of what it reads, but `output` has others",
    )
    assert finding.help == ("leave `pointwise` out if its positions are others",)


def test_what_is_said_of_a_pointwise_one():
    report = cnncalc.explain(cnncalc.load(POINTWISE), "b").render()
    assert "It is `pointwise`: each position sees what that position of its input sees" in report
