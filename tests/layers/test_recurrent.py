"""Recurrent layers: which positions see which, and what the frameworks do not have."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.analysis.receptive_field import Field
from cnncalc.forward.proof.verification import verify
from cnncalc.layers.base import causal
from cnncalc.report._model_json import period_json
from cnncalc.report.views.columns import settings_text


def fields(*entries: str, input: str = "9x4", inputs: str = "") -> list[Field]:
    """The field of each layer in the first input; what all of them claim is measured too."""
    lines = "".join(f"  - {entry}\n" for entry in entries)
    analysis = cnncalc.analyze(cnncalc.load(f"inputs: {{x: {input}{inputs}}}\nlayers:\n{lines}"))
    assert verify(analysis).is_right
    return [layer.fields["x"] for layer in analysis.layers]


def boxes(field: Field, units: int, size: int) -> list[tuple[int, int]]:
    """What each unit sees of the input."""
    return [(low, min(high, size - 1)) for low, high in (field.box((unit,))[0] for unit in range(units))]


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_each_position_sees_all_before_it(kind):
    one, two, last, both = fields(
        f"{kind}: 3", f"{{{kind}: 2, layers: 2}}", f"{{{kind}: 2, output: last, from: x}}",
        f"{{{kind}: 2, bidirectional: true, from: x}}",
    )  # fmt: skip
    assert one == two == Field("local", (causal(9),))  # one on top of the other sees no more
    assert boxes(one, 9, 9) == [(0, unit) for unit in range(9)]
    assert (one.size, one.stride, one.padding, one.is_uniform) == ((9,), (1,), (0,), False)
    assert last.status == both.status == "global"


def test_what_is_before_and_after_it():
    entries = ["{conv: 3, kernel: 2, stride: 2}", "lstm: 3", "{residual: [{gru: 3}]}", "{conv: 2, kernel: 3}"]
    conv, lstm, *_, added, after = fields(*entries, input="12x2")
    assert conv.size == (2,)
    # six units, two positions apart: unit i sees positions 0 to 2i + 1
    assert (lstm.size, lstm.stride) == ((12,), (2,))
    assert boxes(lstm, 6, 12) == boxes(added, 6, 12) == [(0, 2 * unit + 1) for unit in range(6)]
    # and of three of them together, what the last one sees
    assert boxes(after, 4, 12) == [(0, 2 * unit + 5) for unit in range(4)]


def test_cut_padded_and_joined_sequences_are_measured():
    fields("{crop: [[2, 1]]}", "rnn: 2", "{pad: [[1, 2]]}", "{gru: 2}", "{upsample: 2}", "lstm: 2")
    fields("{rnn: 2, name: a}", "{conv: 2, kernel: 1, from: x, name: b}", "{concat: [a, b], axis: position}", "lstm: 2")


def test_as_many_as_one_likes():
    last = fields(*["{residual: [{lstm: 2}]}"] * 4, input="100x2")[-1]
    assert last.size == (100,)


def test_a_state_is_seen_by_all():
    text = "inputs: {x: 5x3, s: 4}\nlayers:\n  - {gru: 2, bidirectional: true, from: x, state: s}\n"
    analysis = cnncalc.analyze(cnncalc.load(text))
    assert verify(analysis).is_right
    assert {name: field.status for name, field in analysis.layers[0].fields.items()} == {"x": "global", "s": "global"}


@pytest.mark.parametrize(
    ("convention", "entry", "setting"),
    [
        ("keras", "{lstm: 4, recurrent_bias: true}", "recurrent_bias"),
        ("keras", "{rnn: 4, bias: false}", ""),
        ("pytorch", "{lstm: 4, bias: false}", ""),
        ("keras", "{gru: 4, reset_after: false}", ""),
        ("pytorch", "{lstm: 4, recurrent_bias: false}", "recurrent_bias"),
        ("pytorch", "{gru: 4, reset_after: false}", "reset_after"),
        ("lecture", "{lstm: 4, recurrent_bias: true}", ""),
        ("lecture", "{gru: 4, reset_after: true}", ""),
    ],
)
def test_what_a_framework_does_not_have_is_said(convention, entry, setting):
    spec = cnncalc.load(f"convention: {convention}\ninput: 5x3\nlayers: [{entry}]\n")
    assert [(each.code, f"`{setting}`" in each.help[0]) for each in spec.remarks] == [("CNN531", True)] * bool(setting)


@pytest.mark.parametrize("convention", ["lecture", "keras", "pytorch"])
def test_without_biases_there_is_no_second_one(convention):
    spec = cnncalc.load(f"convention: {convention}\ninput: 3x3\nlayers: [{{lstm: 4, bias: false}}]\n")
    (layer,) = cnncalc.analyze(spec).layers
    assert layer.params == 4 * (3 * 4 + 4 * 4)
    assert settings_text(layer.node.layer, spec.layout) == "4 units, no bias"


def test_where_its_states_come_from():
    text = "inputs: {x: 5x3, h: 4, c: 4}\nlayers: [{lstm: 4, from: x, state: h, cell: c}]\n"
    spec = cnncalc.load(text)
    (layer,) = cnncalc.analyze(spec).layers
    assert settings_text(layer.node.layer, spec.layout) == "4 units, state from h, cell from c"
    said = "Before the first position the state is that of `h` and the cell is that of `c`."
    assert said in cnncalc.explain(spec, layer.name).render()


def test_its_field_as_json():
    analysis = cnncalc.analyze(cnncalc.load("input: 9x4\nlayers: [{conv: 3x2, stride: 2}, lstm: 3]\n"))
    # unit 0 sees positions 0 to 2; with each unit there are two more, from the first position on
    period = [{"units": 1, "advance": 2, "boxes": [[0, 2]], "start": 0}]
    assert period_json(analysis.layers[1].fields["input"]) == {"period": period}
