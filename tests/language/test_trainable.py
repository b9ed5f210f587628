"""`trainable: false`: parameters that training leaves as they are."""

import pytest
from language.reading import analyzed, codes, spec

import cnncalc
from cnncalc.graph.rebuild import Change, rebuilt

CONV = 9 * 4 * 4 + 4  # {conv: 3x3x4, padding: 1} on 4 channels
NORM = 4 + 4  # batch_norm: scale and center
STATISTICS = 4 + 4


def counts(*entries, **settings):
    """Trainable and non-trainable parameters of the model."""
    totals = analyzed(*entries, **settings).totals
    return totals.trainable_params, totals.non_trainable_params


def frozen(*entries, **settings):
    """The names of the layers that are frozen."""
    return [each.name for each in analyzed(*entries, **settings).layers if each.node.is_frozen]


def test_of_one_entry():
    assert counts("{conv: 3x3x4, padding: 1}") == (CONV, 0)
    assert counts("{conv: 3x3x4, padding: 1, trainable: false}") == (0, CONV)
    assert counts("{conv: 3x3x4, padding: 1, trainable: true}") == (CONV, 0)


@pytest.mark.parametrize(("convention", "statistics"), [("lecture", 0), ("keras", STATISTICS), ("pytorch", 0)])
def test_a_frozen_norm_in_every_convention(convention, statistics):
    top = f"convention: {convention}\nlayout: channels_last"
    assert counts("batch_norm", top=top) == (NORM, statistics)
    assert counts("{batch_norm, trainable: false}", top=top) == (0, NORM + statistics)


def test_of_norm_and_activation():
    entry = "{conv: 3x3x4, padding: 1, norm: batch_norm, activation: prelu, trainable: false}"
    assert counts(entry) == (0, CONV + NORM + 4)
    assert counts("{conv: 3x3x4, norm: {batch_norm, trainable: false}}") == (CONV, NORM)
    assert counts("{conv: 3x3x4, norm: {batch_norm: {trainable: true}}, trainable: false}") == (NORM, CONV)


def test_the_inner_one_wins():
    inside = "[{conv: 1x1x4}, {conv: 1x1x4, trainable: true}]"
    assert counts(f"{{group: {inside}, trainable: false}}") == (20, 20)
    assert counts(f"{{group: [{{group: {inside}, trainable: true}}, {{conv: 1x1x4}}], trainable: false}}") == (40, 20)
    assert counts(f"{{residual: {inside}, trainable: false}}") == (20, 20)
    assert counts("{add: [{conv: 1x1x4}, [{conv: 1x1x4, trainable: true}]], trainable: false}") == (20, 20)


def test_of_a_call():
    top = "blocks: {unit: [{conv: 1x1x4}, {dense: 4, trainable: true}]}"
    assert counts("unit", "{unit, trainable: false}", "unit", top=top) == (5 * 20, 20)
    assert frozen("unit", "{unit, trainable: false}", "unit", top=top) == ["unit2.conv1"]


def test_of_copies():
    assert counts("{conv: 1x1x4, repeat: 3, trainable: false}") == (0, 60)
    assert frozen("{conv: 1x1x4, repeat: 4, trainable: $(index >= 2)}") == ["conv1.0", "conv1.1"]
    assert frozen("{conv: 1x1x4, repeat: 3, first: {trainable: false}}") == ["conv1.0"]
    assert frozen("{group: [{conv: 1x1x4, trainable: $(index != 1)}], repeat: 3}") == ["group1.1.conv1"]


def test_under_defaults():
    top = "defaults: {batch_norm: {trainable: false}, dense: {trainable: $tune}}\nvars: {tune: false}"
    assert frozen("{conv: 1x1x4, norm: batch_norm}", "batch_norm", "dense: 4", top=top) == [
        "conv1.batch_norm",
        "batch_norm1",
        "dense1",
    ]
    assert frozen("{conv: 1x1x4, norm: {batch_norm, trainable: true}}", top=top) == []
    assert frozen("{dense: 4, trainable: true}", "dense: 4", top=top) == ["dense2"]
    # a default is as if it were written in each entry of the kind, so it is the inner one
    assert frozen("{group: [batch_norm, conv: 1x1x4], trainable: true}", top=top) == ["batch_norm1"]
    assert frozen("{conv: 1x1x4, norm: batch_norm, trainable: true}", top=top) == ["conv1.batch_norm"]


def test_of_a_shared_layer_where_it_is_defined():
    shared = ("{conv: 1x1x4, name: a, trainable: false}", "{group: [share: a], trainable: true}")
    assert counts(*shared) == (0, 20)
    assert counts("{conv: 1x1x4, name: a}", "{group: [share: a], trainable: false}") == (20, 0)
    assert codes("{conv: 1x1x4, name: a}", "{share: a, trainable: false}") == ["CNN219"]


def test_of_what_has_no_parameters():
    assert frozen("{max_pool: 2, trainable: false}", "{group: [relu], trainable: false}") == []


@pytest.mark.parametrize("value", ["1", "true", "$(1 < 2)", "True"])
def test_ways_to_write_true(value):
    assert counts(f"{{conv: 1x1x4, trainable: {value}}}") == (20, 0)


@pytest.mark.parametrize("value", ["no", "[false]", "{}", "", "$(1 +)", "frozen"])
def test_what_is_neither(value):
    assert codes(f"{{conv: 1x1x4, trainable: {value}}}") == ["CNN212" if "$" in value else codes_of(value)]


def codes_of(value):
    return "CNN205" if value in ("[false]", "{}", "") else "CNN206"


def test_expectations_and_changed_copies_know_it():
    text = "input: 8x8x4\nlayers:\n  - {conv: 1x1x4, trainable: false}\nexpect: {trainable_params: 0, params: 20}"
    assert not cnncalc.check(text).findings
    graph = cnncalc.load(text).graph
    assert [node.is_frozen for node in rebuilt(graph, Change()).graph.nodes] == [True]


def test_what_is_said_about_it():
    analysis = analyzed("{conv: 3x3x4, padding: 1, trainable: false}")
    said = cnncalc.explain(analysis.spec, "conv1").render()
    assert "non-trainable params: k·k·c_in·filters + filters = 3·3·4·4 + 4 = 148" in said
    assert "frozen, so that training leaves them as they are" in said
    assert "conv 3×3, 4 filters, padding 1, frozen" in analysis.render()
    assert "148  (0 trainable, 148 not)" in analysis.render()
    layer = analysis.to_dict()["layers"][0]
    assert (layer["frozen"], layer["trainable_params"], layer["non_trainable_params"]) == (True, 0, 148)


def test_it_is_verified_by_running():
    model = spec("{conv: 3x3x4, norm: batch_norm, trainable: false}", top="convention: keras")
    assert cnncalc.verify(model).is_right
