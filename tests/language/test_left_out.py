"""What is left out by `when`, `repeat: 0` or `skip`: absent branches, and names that mean nothing else then."""

import pytest
from language.reading import analyzed, codes, names, output, reads, spec

import cnncalc
from cnncalc.checks import registry
from cnncalc.checks.model import Model
from cnncalc.report.views.columns import kind_text
from cnncalc.report.views.rows import tree

ARITHMETIC = ("add", "subtract", "multiply", "average", "maximum")
OUT = "{conv: 1x1x4, when: false}"


def findings(*entries, **settings):
    """The errors, in order."""
    with pytest.raises(cnncalc.SpecError) as error:
        spec(*entries, **settings)
    return [each for each in error.value.diagnostics if each.is_error]


# -- branches


@pytest.mark.parametrize("kind", [*ARITHMETIC, "concat"])
@pytest.mark.parametrize(
    "absent",
    [
        OUT,
        f"[{OUT}]",
        f"[{OUT}, {{relu, when: $off}}]",
        "{conv: 1x1x4, repeat: 0}",
        f"[{{group: [{OUT}]}}]",
        f"{{group: [{OUT}], name: g}}",
        f"{{group: [{OUT}], repeat: 2}}",
        "b",
        "{b, repeat: 2}",
        f"{{residual: [{OUT}], skip: false}}",
        "{add: [[], []], when: false}",
    ],
)
def test_a_branch_that_is_left_out_is_absent(kind, absent):
    absent = f"[{absent}]" if absent == "b" else absent
    top = f"vars: {{off: false}}\nblocks: {{b: [{OUT}]}}"
    # three branches less one are two
    three = (f"{kind}: [[], {absent}, {{conv: 1x1x4, name: last}}]",)
    assert reads(f"{kind}1", *three, top=top) == ["input", "last"]
    assert output(*three, top=top)[-1] == (8 if kind == "concat" else 4)
    # two less one are that one: 4·4 + 4 parameters, and no layer of the merge's own
    two = (f"{{{kind}: [{absent}, {{conv: 1x1x4, name: last}}], name: m}}", "{tanh, from: m}")
    assert names(*two, top=top) == ["last", "tanh1"]
    assert reads("tanh1", *two, top=top) == ["last"]
    assert analyzed(*two, top=top).totals.params == 4 * 4 + 4
    # none: an error
    assert codes(f"{kind}: [{absent}]", top=top) == ["CNN316"]


def test_the_merge_of_the_issue_is_its_convolution():
    entries = ("add: [{conv: 3x3x4, padding: 1}, {batch_norm, when: $off}]", "relu")
    analysis = analyzed(*entries, top="vars: {off: false}")
    assert reads("relu1", *entries, top="vars: {off: false}") == ["conv1"]
    assert analysis.totals.macs == 8 * 8 * 9 * 4 * 4
    assert analysis.layers[0].fields["input"].size == (3, 3)
    assert analyzed(*entries, top="vars: {off: true}").layers[2].name == "add1"


@pytest.mark.parametrize("branch", ["[]", "a"])
def test_one_branch_left_may_be_another_tensor(branch):
    entries = ("{conv: 1x1x4, name: a}", f"{{add: [{branch}, {OUT}], name: m, expect: {{output: 8x8x4}}}}")
    model = spec(*entries)
    assert [node.name for node in model.graph.output_nodes] == ["a"]
    assert model.graph.outputs == ["m"]
    assert reads("relu1", *entries, "{relu, from: m}") == ["a"]


def test_a_merge_of_one_branch_passes_on_an_earlier_layer_at_the_end():
    model = spec("{conv: 1x1x4, name: a}", "{conv: 1x1x4, name: b}", f"add: [a, {OUT}]")
    assert [node.name for node in model.graph.output_nodes] == ["a"]


def test_its_activation_follows():
    entries = (f"{{add: [[], {OUT}], activation: relu}}", "flatten")
    assert names(*entries) == ["add1.relu", "flatten1"]
    assert reads("add1.relu", *entries) == ["input"]


def test_a_model_that_would_return_its_input_is_an_error():
    assert codes(f"add: [[], {OUT}]") == ["CNN203"]
    assert codes(OUT) == ["CNN203"]


def test_an_expectation_of_a_merge_of_one_branch_is_judged():
    entry = f"{{add: [{{conv: 1x1x4}}, {OUT}], expect: {{params: 21}}}}"
    (finding,) = registry.findings(Model.of(spec(entry)), ["CNN401"])
    assert finding.message == "params of `add1`: expected 21, found 20"


def test_a_merge_of_one_branch_says_so_in_the_table():
    rows = tree(analyzed("conv: 1x1x4", f"add: [[], {OUT}]", "relu").entries)
    assert [kind_text(row, "channels_last") for row in rows] == ["conv 1×1, 4 filters", "add of one branch", "relu"]


def test_only_empty_brackets_are_the_tensor_itself():
    assert reads("add1", "add: [[], {conv: 1x1x4}]") == ["input", "conv1"]
    # also as an argument, and as what an empty group or block is written as
    top = "blocks: {none: [], m: {args: [beside], layers: [{add: [{conv: 1x1x4}, $beside]}]}}"
    assert reads("m1.add1", "{m: {beside: []}}", top=top) == ["m1.conv1", "input"]
    assert reads("add1", "add: [{conv: 1x1x4}, [none]]", top=top) == ["conv1", "input"]
    assert reads("m1.add1", f"{{m: {{beside: [{{conv: 1x1x4}}, {OUT}]}}}}", top=top) == ["m1.conv1", "m1.conv2"]
    assert names(f"{{m: {{beside: {OUT}}}}}", top=top) == ["m1.conv1"]


def test_a_branch_of_which_something_is_left_is_there():
    assert reads("add1", f"add: [[], [{OUT}, relu]]") == ["input", "relu1"]
    assert reads("relu1", f"add: [[], [{OUT}, relu]]") == ["input"]


def test_each_copy_has_the_branches_of_its_own():
    entry = "{add: [[], {relu, when: $(index > 0)}], repeat: 3, name: r}"
    entries = ("{conv: 1x1x4, name: a}", entry)
    assert names(*entries) == ["a", "r.1.relu1", "r.1", "r.2.relu1", "r.2"]
    assert reads("r.1", *entries) == ["a", "r.1.relu1"]


def test_merges_inside_merges():
    assert codes(f"add: [[], {{add: [{OUT}]}}]") == ["CNN316"]
    assert reads("add3", f"add: [{{conv: 1x1x4}}, {{add: [[], {OUT}]}}]", "add: [[], input]") == ["add1", "input"]


def test_what_failed_is_no_absent_branch():
    assert codes("add: [{conv: 9x9x4}, {relu, when: false}]") == ["CNN301"]


# -- residual


def test_a_residual_without_entries_is_its_shortcut():
    entries = (f"{{residual: [{OUT}], shortcut: {{conv: 1x1x6}}, activation: relu}}",)
    assert names(*entries) == ["conv2", "residual1.relu"]
    assert output(*entries) == (8, 8, 6)


def test_a_residual_without_anything_is_the_tensor():
    entries = (f"{{residual: [{OUT}], shortcut: {OUT}}}", "{relu, from: residual1}")
    assert reads("relu1", *entries) == ["input"]
    assert analyzed(*entries).totals.macs == 0
    assert reads("add1", f"add: [{{conv: 1x1x4}}, {{residual: [{OUT}]}}]") == ["conv1", "input"]


def test_a_residual_without_skip_and_entries_is_left_out_but_for_its_activation():
    assert codes(f"{{residual: [{OUT}], skip: false}}") == ["CNN203"]
    assert names(f"{{residual: [{OUT}], skip: false, activation: relu}}") == ["residual1.relu"]
    assert names("{residual: [], skip: false}", "relu") == ["relu1"]


# -- what is left out is not looked at


@pytest.mark.parametrize("entry", ["{relu, from: nowhere, when: false}", "{relu, from: nowhere, repeat: 0}"])
def test_its_from_is_not_looked_at(entry):
    assert names("conv: 1x1x4", entry, "tanh") == ["conv1", "tanh1"]
    assert reads("tanh1", "conv: 1x1x4", entry, "tanh") == ["conv1"]


def test_its_from_may_be_left_out_too():
    assert names("{relu, name: a, when: false}", "{relu, from: a, when: false}", "tanh") == ["tanh1"]


def test_its_condition_may_ask_for_the_channels_of_what_it_would_read():
    entries = ("{conv: 1x1x6, name: a}", "conv: 1x1x4", "{relu, from: a, when: $(c_in == 6)}")
    assert reads("relu1", *entries) == ["a"]
    assert names(*entries[:2], "{relu, from: a, when: $(c_in != 6)}") == ["a", "conv1"]
    assert codes("conv: 1x1x4", "{relu, from: nowhere, when: $(c_in == 6)}") == ["CNN310"]


def test_a_run_of_no_copies_does_not_move_what_follows():
    entries = ("{conv: 1x1x6, name: a}", "{conv: 1x1x4, name: b}", "{conv: 1x1x2, from: a, repeat: 0, name: r}", "relu")
    assert reads("relu1", *entries) == ["b"]
    assert reads("tanh1", *entries, "{tanh, from: r}") == ["a"]
    assert [node.name for node in spec(*entries[:3]).graph.output_nodes] == ["b"]


def test_a_group_of_which_nothing_is_left_passes_on_what_it_reads():
    entries = ("{conv: 1x1x6, name: a}", "{conv: 1x1x4, name: b}", f"{{group: [{OUT}], from: a, name: g}}")
    assert reads("relu1", *entries, "relu") == ["a"]
    assert reads("relu1", *entries, "{relu, from: g}") == ["a"]
    assert [node.name for node in spec(*entries).graph.output_nodes] == ["a"]


# -- names


BLOCK = """
blocks:
  b:
    args: [deep]
    layers:
      - {conv: 3x3x4, padding: 1, when: $deep}
      - {relu, from: conv1}
"""


def test_a_name_that_was_left_out_is_not_looked_for_further_outward():
    assert reads("b1.relu1", "conv: 1x1x4", "{b: true}", top=BLOCK) == ["b1.conv1"]
    (finding,) = findings("conv: 1x1x4", "{b: false}", top=BLOCK)
    assert (finding.code, finding.message) == ("CNN310", "`conv1` is left out here")
    assert finding.label == "`when: $deep` on line 6 leaves it out"
    assert finding.help == ("leave out the entry that names it too, or name a layer that is always present",)
    assert (finding.span.line, finding.span.column) == (7, 22)
    assert [each.partition(":")[2] for each in finding.chain] == ["12:6"]


@pytest.mark.parametrize(
    ("entry", "reading"),
    [
        ("{conv: 1x1x4, name: a, when: false}", "{relu, from: a}"),
        ("{conv: 1x1x4, name: a, when: false}", "add: [[], a]"),
        ("{conv: 1x1x4, name: a, when: false}", "{share: a}"),
        ("{conv: 1x1x4, name: a, when: false}", "{resize: {like: a}}"),
        ("{conv: 1x1x4, when: false}", "{relu, from: conv1}"),
        ("{conv: 1x1x4, repeat: 2, name: a, when: false}", "{relu, from: a.1}"),
        ("{group: [{conv: 1x1x4, name: x}], name: a, when: false}", "{relu, from: a.x}"),
        ("{group: [{conv: 1x1x4, name: a}], when: false}", "{relu, from: a}"),
        ("{residual: [{conv: 1x1x4, name: a}], when: false}", "{relu, from: a}"),
        ("{residual: [relu], shortcut: {conv: 1x1x4, name: a}, when: false}", "{relu, from: a}"),
        ("{residual: [tanh], shortcut: {conv: 1x1x4, name: a}, skip: false}", "{relu, from: a}"),
        ("{add: [[], [{add: [[], {conv: 1x1x4, name: a}]}]], when: false}", "{relu, from: a}"),
        ("{group: [{conv: 1x1x4, name: x, when: false}], name: a}", "{relu, from: a.x}"),
    ],
)
def test_what_names_what_is_left_out_is_an_error(entry, reading):
    # the same name is in the model; without the rule it would be read
    outer = ("{conv: 1x1x4, name: a}", "{group: [{conv: 1x1x4, name: x}], name: c}", "conv: 1x1x4")
    top = f"blocks: {{b: [{entry}, {reading}]}}"
    found = findings(*outer, "b", top=top)
    assert [each.code for each in found] == ["CNN310"]
    assert found[0].message.endswith("is left out here")
    assert "leaves it out" in found[0].label
    # and in the model itself
    assert codes(entry, reading) == ["CNN310"]


def test_unless_it_is_left_out_itself():
    assert names("{conv: 1x1x4, name: a, when: false}", "{add: [[], a], when: false}", "relu") == ["relu1"]


def test_of_two_entries_of_one_name_that_which_is_there_is_meant():
    entries = ("{conv: 1x1x4, name: a, when: false}", "{conv: 1x1x6, name: a, when: true}", "{relu, from: a}")
    assert output(*entries) == (8, 8, 6)


def test_a_path_is_not_looked_for_further_outward_where_its_first_part_is_known():
    outer = "{group: [{conv: 1x1x4, name: x}], name: g}"
    top = "blocks: {b: [{group: [{conv: 1x1x4, name: y}], name: g}, {relu, from: g.x}]}"
    assert codes(outer, "b", top=top) == ["CNN310"]
    assert reads("b1.relu1", outer, "b", top=top.replace("name: g}, {relu", "name: h}, {relu")) == ["g.x"]


def test_what_is_inside_an_entry_that_failed_is_not_reported_too():
    assert codes("{group: [{conv: 99x99x4, name: x}, {conv: 1x1x4, name: y}], name: g}", "{relu, from: g.z}") == [
        "CNN301"
    ]


def test_numbers_are_the_same_where_branches_are_arguments():
    top = "blocks: {b: {args: [on, body], layers: [{add: $body, when: $on}, {conv: 1x1x4}]}}"
    for on in ("true", "false"):
        assert names(f"{{b: {{on: {on}, body: [[], {{conv: 1x1x4}}]}}}}", top=top)[-1] == "b1.conv2"


def test_outputs_name_what_left_their_entry_out():
    found = findings("relu", "{group: [tanh], name: g, when: false}", top="outputs: [relu1, g.tanh1]")
    assert [(each.message, each.label) for each in found] == [
        ("`g.tanh1` is left out here", "`when: false` on line 5 leaves it out")
    ]


def test_shared_entries_whose_conditions_depend_on_the_channels():
    # the group has a layer for 4 channels and none for 6: a finding, not a crash
    group = "{group: [{conv: 4, kernel: 1, when: $(c_in == 4)}], name: g}"
    assert codes(group, "{conv: 1x1x6, name: six}", "{share: g, from: six}") == ["CNN313"]


# -- channels


def test_c_in_is_what_enters_each_copy():
    doubled = "{conv: $(2 * c_in), kernel: 1, repeat: 3}"
    assert output(doubled) == (8, 8, 4 * 2**3)
    # inside blocks and groups too
    assert output("b", top=f"blocks: {{b: [{doubled}]}}") == (8, 8, 32)
    assert output(f"{{group: [{doubled}], name: g}}") == (8, 8, 32)
    assert output("{b, repeat: 2}", top=f"blocks: {{b: [{doubled}]}}") == (8, 8, 4 * 2**6)
    # and in what a copy is written with
    nested = "{residual: [{conv: $c_in, kernel: 1}], shortcut: {conv: $c_in, kernel: 1}, repeat: 2}"
    assert output("b", top=f"blocks: {{b: [{{conv: 1x1x6}}, {nested}]}}") == (8, 8, 6)
    call = "{w: $(3 * c_in), repeat: 2}"
    top = f"blocks: {{w: {{args: [n], layers: [{{conv: $n, kernel: 1}}]}}, b: [{{conv: 1x1x2}}, {call}]}}"
    assert output("b", top=top) == (8, 8, 2 * 9)


def test_c_in_around_a_run_is_what_enters_the_block():
    top = "blocks: {b: [{conv: 1x1x6}, {conv: $c_in, kernel: 1}, {relu, repeat: 2}, {conv: $c_in, kernel: 1}]}"
    assert output("b", top=top) == (8, 8, 4)
