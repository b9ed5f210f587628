"""`repeat`, `first`, `index`, `when`: copies, and names that are the same in every one."""

import pytest
from language.reading import analyzed, codes, names, output, reads, spec

from cnncalc.checks.model import Model
from cnncalc.checks.registry import findings


def widths(*entries, **settings):
    return [each.node.output.channels for each in analyzed(*entries, **settings).layers]


def test_copies_stand_in_a_row():
    entries = ("{conv: 3x3x4, repeat: 3, name: c}",)
    assert names(*entries) == ["c.0", "c.1", "c.2"]
    assert reads("c.2", *entries) == ["c.1"]
    assert output(*entries) == (8 - 3 * 2, 8 - 3 * 2, 4)


def test_each_copy_has_weights_of_its_own():
    (run,) = analyzed("{conv: 1x1x4, repeat: 3}").entries
    assert run.params == 3 * (4 * 4 + 4)


def test_one_copy_has_a_number_too():
    assert names("{conv: 1x1x4, repeat: 1, activation: relu}") == ["conv1.0", "conv1.0.relu"]


def test_no_copies():
    assert names("conv: 1x1x4", "{conv: 1x1x9, repeat: 0}", "{conv: 1x1x2, name: last}") == ["conv1", "last"]
    assert reads("last", "conv: 1x1x4", "{conv: 1x1x9, repeat: 0}", "{conv: 1x1x2, name: last}") == ["conv1"]


def test_no_copies_pass_the_tensor_on():
    # what reads a run of no copies reads what the run would have read
    assert reads("add1", "{conv: 1x1x4, name: a}", "{conv: 1x1x4, repeat: 0, name: b}", "add: [a, b]") == ["a", "a"]


@pytest.mark.parametrize("times", ["-1", "1.5", "many"])
def test_repeat_takes_a_whole_number(times):
    assert codes(f"{{conv: 1x1x4, repeat: {times}}}") in (["CNN206"], ["CNN207"])


def test_index_counts_the_copies_from_0():
    assert widths("{conv: $(index + 3), kernel: 1, repeat: 3}") == [3, 4, 5]
    assert widths("{conv: 2, kernel: 1, repeat: 4, when: true, stride: $(2 if index == 0 else 1)}") == [2] * 4
    assert codes("{conv: $(index + 3), kernel: 1}") == ["CNN212"]


def test_index_may_be_an_argument():
    top = "blocks: {b: {args: [n], layers: [{conv: $n, kernel: 1}]}}"
    assert widths("{b: $(2 * index + 1), repeat: 3}", top=top) == [1, 3, 5]


def test_index_belongs_to_the_entry_and_not_to_what_is_inside_its_block():
    top = "blocks: {b: [{conv: $(index + 1), kernel: 1}]}"
    assert codes("{b, repeat: 2}", top=top) == ["CNN212"]


def test_index_is_that_of_the_innermost_repeat():
    inner = "{conv: $(index + 1), kernel: 1, repeat: 3}"
    assert widths(f"{{group: [{inner}], repeat: 2}}") == [1, 2, 3, 1, 2, 3]


def test_first_changes_settings():
    entries = ("{conv: 1x1x4, repeat: 3, stride: 1, first: {stride: 2}}",)
    assert output(*entries) == (4, 4, 4)
    assert output("{conv: 1x1x4, repeat: 3, stride: 2, first: {stride: 1}}") == (2, 2, 4)


def test_first_changes_arguments_and_the_principal_value():
    top = "blocks: {b: {args: [n, s=1], layers: [{conv: $n, kernel: 1, stride: $s}]}}"
    assert widths("{conv: 1x1x4, repeat: 3, first: {conv: 1x1x9}}") == [9, 4, 4]
    assert widths("{conv: 1x1x4, repeat: 3, first: 1x1x9}") == [9, 4, 4]
    assert widths("{b: 4, repeat: 3, first: {b: 9}}", top=top) == [9, 4, 4]
    assert output("{b: 4, repeat: 3, first: {s: 2}}", top=top) == (4, 4, 4)


def test_first_changes_an_argument_that_is_given_by_its_place():
    top = "blocks: {b: {args: [n, s=1], layers: [{conv: $n, kernel: 1, stride: $s}]}}"
    assert output("{b: [4, 1], repeat: 3, first: [4, 2]}", top=top) == (4, 4, 4)


def test_first_changes_a_part_of_the_principal_value():
    assert widths("{conv: 1x1x4, repeat: 2, first: {filters: 9}}") == [9, 4]


def test_expect_holds_for_the_whole_run():
    entry = "{conv: 3x3x4, repeat: 2, expect: {output: 4x4x4, params: 296, receptive_field: 5}}"  # 2 · (9·4·4 + 4)
    analysis = analyzed(entry)
    assert {each.entry for each in analysis.spec.expectations} == {"conv1"}
    assert findings(Model.of(analysis.spec, analysis), ["CNN401"]) == []


# -- when


def test_an_entry_that_is_dropped_is_as_if_it_were_not_written():
    entries = ("{conv: 1x1x4, name: a}", "{conv: 1x1x9, name: b, when: $(1 > 2)}", "{conv: 1x1x2, name: c}")
    assert names(*entries) == ["a", "c"]
    assert reads("c", *entries) == ["a"]


@pytest.mark.parametrize(("condition", "is_there"), [
    ("true", True), ("false", False),
    ("$flag", True), ("$(flag and word == 'on')", True), ("$(word != 'on')", False), ("1", True), ("0", False),
])  # fmt: skip
def test_conditions(condition, is_there):
    top = "vars: {flag: true, word: on}"
    assert (names(f"{{relu, when: {condition}}}", "sigmoid", top=top) == ["relu1", "sigmoid1"]) == is_there


def test_what_is_dropped_cannot_be_read():
    assert codes("relu", "{conv: 1x1x9, name: b, when: false}", "{conv: 1x1x2, from: b}") == ["CNN310"]


@pytest.mark.parametrize("before", [(), ("{conv: 1x1x3, name: other}",)])
def test_c_in_of_a_condition_is_that_of_its_entry(before):
    channels = 3 if before else 4
    assert names(*before, f"{{relu, when: $(c_in != {channels})}}", "sigmoid")[-2:] != ["relu1", "sigmoid1"]


def test_a_dropped_entry_is_not_read():
    assert names("{conv: 99x99x1, when: false}", "relu") == ["relu1"]


def test_an_entry_may_be_there_for_some_copies():
    top = "blocks: {b: {args: [i], layers: [{conv: 1x1x4}, {relu, when: $(i % 2)}]}}"
    assert names("{b: $index, repeat: 3}", top=top) == ["b1.0.conv1", "b1.1.conv1", "b1.1.relu1", "b1.2.conv1"]


def test_two_entries_may_share_a_name_where_one_is_dropped():
    entries = ("{conv: 1x1x4, name: a, when: $deep}", "{conv: 3x3x4, name: a, when: $(not deep)}", "dense: 2")
    assert output(*entries[:2], top="vars: {deep: true}") == (8, 8, 4)
    assert output(*entries[:2], top="vars: {deep: false}") == (6, 6, 4)


# -- the same names in every copy and variant

DROPPED = [
    "{conv: 1x1x4, when: $on}",
    "{group: [{conv: 1x1x4}], when: $on}",
    "{residual: [{conv: 1x1x4}], when: $on}",
    "{add: [[], {conv: 1x1x4}], when: $on}",
    "{concat: [[], [{group: [{conv: 1x1x4}]}]], when: $on}",
    "{residual: [relu], shortcut: {conv: 1x1x4}, when: $on}",
    "{residual: [relu], shortcut: {conv: 1x1x4, when: $on}}",
]


@pytest.mark.parametrize("entry", DROPPED)
def test_running_numbers_count_what_is_dropped(entry):
    for on in ("true", "false"):
        assert names(entry, "{conv: 1x1x2}", top=f"vars: {{on: {on}}}")[-1] == "conv2"


@pytest.mark.parametrize("on", ["true", "false"])
@pytest.mark.parametrize(
    "entry",
    [
        "{b, when: $on}",  # a block, a named group and a run have numbers of their own
        "{group: [{conv: 1x1x4}], name: g, when: $on}",
        "{group: [{conv: 1x1x4}], repeat: 2, when: $on}",
        "{conv: 1x1x4, name: c, when: $on}",  # and a name takes none
    ],
)
def test_dropped_scopes_take_no_numbers(entry, on):
    top = f"vars: {{on: {on}}}\nblocks: {{b: [{{conv: 1x1x4}}]}}"
    assert names(entry, "{conv: 1x1x2}", top=top)[-1] == "conv1"


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_run_takes_one_number_however_many_copies(times):
    assert names(f"{{conv: 1x1x4, repeat: {times}}}", "conv: 1x1x2")[-1] == "conv2"


def test_bounds():
    assert codes("{conv: 1x1x4, repeat: 1000000}") == ["CNN104"]
    assert len(spec("{relu, repeat: 5000}").graph.nodes) == 5000
