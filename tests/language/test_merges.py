"""Merges, `residual` and `group`: branches, and what is spread over what."""

import pytest
from language.reading import analyzed, codes, names, output, reads, settings_of, spec

import cnncalc

ARITHMETIC = ("add", "subtract", "multiply", "average", "maximum")
HALF = "{max_pool: 2}"

# -- branches


def test_a_branch_starts_at_the_current_tensor():
    entries = (
        "{conv: 1x1x4, name: a}",
        "concat: [[], {conv: 1x1x2}, [{conv: 1x1x3}, {conv: 3x3x5, padding: 1}], relu9]",
    )
    entries = (entries[0], "{conv: 1x1x7, name: relu9}", entries[1])
    assert reads("concat1", *entries) == ["relu9", "conv1", "conv3", "relu9"]
    assert output(*entries) == (8, 8, 7 + 2 + 5 + 7)


def test_a_branch_may_begin_elsewhere():
    entries = ("{conv: 1x1x4, name: a}", "{conv: 1x1x7, name: b}", "concat: [[], [{conv: 1x1x2, from: a}, relu]]")
    assert reads("conv1", *entries) == ["a"]
    assert output(*entries) == (8, 8, 7 + 2)


def test_a_string_in_a_list_of_branches_is_a_layer_and_in_a_chain_a_kind():
    entries = ("{conv: 1x1x4, name: relu}", "add: [relu, [relu]]")
    assert reads("add1", *entries) == ["relu", "relu1"]
    assert codes("add: [[], relu]") == ["CNN310"]


def test_a_merge_reads_its_own_from():
    entries = ("{conv: 1x1x4, name: a}", "{conv: 1x1x7, name: b}", "{add: [[], {conv: 1x1x4}], from: a}")
    assert reads("add1", *entries) == ["a", "conv1"]


def test_branches_may_hold_merges():
    inner = "{concat: [{conv: 1x1x3}, {conv: 1x1x5}]}"
    assert output(f"concat: [[], [{{conv: 1x1x2}}, {inner}]]") == (8, 8, 4 + 3 + 5)


@pytest.mark.parametrize("kind", [*ARITHMETIC, "concat"])
def test_a_merge_has_an_activation_of_its_own(kind):
    assert names(f"{{{kind}: [[], []], activation: relu}}") == [f"{kind}1", f"{kind}1.relu"]


@pytest.mark.parametrize("kind", [*ARITHMETIC, "concat"])
def test_a_merge_counts_nothing(kind):
    totals = analyzed(f"{kind}: [[], []]").totals
    assert (totals.params, totals.macs) == (0, 0)


def test_subtract_keeps_the_order_of_its_branches():
    assert reads("subtract1", "{conv: 1x1x4, name: a}", "subtract: [input, a]") == ["input", "a"]


@pytest.mark.parametrize("branches", ["", "[]", "conv1", "{conv: 1x1x4}"])
def test_a_merge_takes_a_list(branches):
    assert codes("conv: 1x1x4", f"add: {branches}")[0] == "CNN205"


# -- spreading


@pytest.mark.parametrize("kind", ARITHMETIC)
@pytest.mark.parametrize(
    ("branch", "sizes"),
    [
        ("[]", (8, 8, 4)),
        ("global_avg_pool", (8, 8, 4)),  # no positions: a number a channel
        ("{global_avg_pool: {keep_dims: true}}", (8, 8, 4)),  # 1×1
        ("{conv: 1x1x1}", (8, 8, 4)),  # one channel: a number a position
        ("[global_avg_pool, {dense: 1}]", (8, 8, 4)),  # both
        ("{conv: 8x8x4}", (8, 8, 4)),  # 8 − 8 + 1 = 1 position
    ],
)
def test_arithmetic_spreads(kind, branch, sizes):
    chain = f"[{branch}]" if branch[0] != "[" else branch
    assert output(f"{kind}: [[], {chain}]") == sizes
    assert output(f"{kind}: [{chain}, []]") == sizes


def test_a_single_channel_spreads_the_other_way_too():
    assert output("{conv: 1x1x1, name: a}", "{conv: 1x1x6, name: b}", "multiply: [a, b]") == (8, 8, 6)


ROW, COLUMN = "{max_pool: 8x1}", "{max_pool: 1x8}"  # 1×8 and 8×1 of 8×8


@pytest.mark.parametrize("kind", ARITHMETIC)
def test_arithmetic_spreads_along_each_axis(kind):
    assert output(f"{kind}: [[], {ROW}]") == (8, 8, 4)
    assert output(f"{kind}: [{COLUMN}, []]") == (8, 8, 4)
    assert output(f"{kind}: [{ROW}, {COLUMN}]") == (8, 8, 4)  # neither of them has all positions
    assert output(f"{kind}: [{ROW}, [{COLUMN}, {{conv: 1x1x1}}]]") == (8, 8, 4)
    assert output(f"{kind}: [[global_avg_pool], {ROW}]") == (1, 8, 4)


def test_arithmetic_spreads_along_each_axis_of_a_volume():
    pools = ("{avg_pool: 1x3x4}", "{avg_pool: 2x1x4}", "{avg_pool: 2x3x1}")
    assert output(f"multiply: [{', '.join(pools)}]", input="2x3x4x5") == (2, 3, 4, 5)


def test_other_sizes_are_not_spread():
    # 4 channels next to 2, 4×4 next to 8×8, a row of 4 next to one of 8
    assert codes("add: [[], {conv: 1x1x2}]") == ["CNN312"]
    assert codes(f"add: [[], {HALF}]") == ["CNN312"]
    assert codes(f"add: [[], [{ROW}, {{max_pool: 1x2}}]]") == ["CNN312"]
    assert codes(f"add: [{ROW}, [{COLUMN}, {{max_pool: 2x1}}], []]") == ["CNN312"]


@pytest.mark.parametrize("convention", ["lecture", "keras", "pytorch"])
@pytest.mark.parametrize(
    "branch",
    ["global_avg_pool", "{global_avg_pool: {keep_dims: true}}", "{conv: 8x8x4}", ROW, COLUMN, HALF],
)
def test_concat_spreads_nothing(convention, branch):
    top = f"convention: {convention}\nlayout: channels_last"
    for branches in (f"[[], [{branch}]]", f"[[{branch}], []]"):
        assert codes(f"concat: {branches}", top=top) == ["CNN312"]


def test_concat_of_equal_positions():
    assert output("concat: [[], {conv: 1x1x1}]") == (8, 8, 4 + 1)
    assert output("concat: [[global_avg_pool], [global_avg_pool, {dense: 3}]]") == (4 + 3,)
    assert codes("concat: [[{global_avg_pool: {keep_dims: true}}], [global_avg_pool]]") == ["CNN312"]


@pytest.mark.parametrize(
    ("entries", "like"),
    [
        (("concat: [[], [{global_avg_pool: {keep_dims: true}}]]",), "input"),
        (("{conv: 3x3x4, name: map}", "concat: [[], [{global_avg_pool: {keep_dims: true}}]]"), "map"),
        (("{group: [{conv: 3x3x4}, {concat: [[{global_avg_pool: {keep_dims: true}}], []]}], name: g}",), "conv1"),
        (("concat: [{conv: 3x3x4}, [{global_avg_pool: {keep_dims: true}}]]",), "conv1"),
        (("b",), "input"),
    ],
)
def test_and_the_way_to_write_it_is_shown_and_right(entries, like):
    top = "blocks: {b: [{concat: [[], [{global_avg_pool: {keep_dims: true}}]]}]}"
    with pytest.raises(cnncalc.SpecError) as error:
        spec(*entries, top=top)
    (found,) = (each for each in error.value.diagnostics if each.is_error)
    assert found.help[0] == (
        f"`concat` does not broadcast: if that is meant, end the branch in `{{resize: {{like: {like}}}}}`"
    )
    pool = "{global_avg_pool: {keep_dims: true}}"
    resized = f"{pool}, {{resize: {{like: {like}}}}}"
    channels = output(*(entry.replace(pool, resized) for entry in entries), top=top.replace(pool, resized))[-1]
    assert channels == 8


def test_a_vector_in_concat_needs_positions_first():
    with pytest.raises(cnncalc.SpecError) as error:
        spec("concat: [[], [global_avg_pool]]")
    assert error.value.diagnostics[0].help[1] == (
        "a vector needs positions first: `global_avg_pool: {keep_dims: true}`, or `reshape`"
    )


def remarks(*entries, **settings):
    return [each.code for each in spec(*entries, **settings).remarks]


def test_what_a_framework_refuses_in_a_merge_is_a_warning():
    gate = "multiply: [[], [global_avg_pool, sigmoid]]"
    kept = "multiply: [[], [{global_avg_pool: {keep_dims: true}}, sigmoid]]"
    # PyTorch lines up the last axes: (4,) with (4, 8, 8) would be a factor per column, and fails
    assert remarks(gate, top="convention: pytorch\nlayout: channels_last") == ["CNN531"]
    assert remarks(kept, top="convention: pytorch\nlayout: channels_last") == []
    # Keras puts axes of 1 after the batch: right with channels last, wrong with channels first
    assert remarks(gate, top="convention: keras") == []
    assert remarks(gate, top="convention: keras\nlayout: channels_first") == ["CNN531"]
    assert remarks(kept, top="convention: keras\nlayout: channels_first") == []
    assert remarks(gate) == []
    assert remarks(f"add: [{ROW}, {COLUMN}]", top="convention: pytorch\nlayout: channels_last") == []


def test_all_branches_must_fit():
    assert codes(f"add: [[], [], {HALF}]") == ["CNN312"]
    assert output("add: [[], [global_avg_pool], {conv: 1x1x1}, {conv: 3x3x4, padding: 1}]") == (8, 8, 4)


def test_squeeze_and_excitation():
    gate = "[global_avg_pool, {dense: 2, activation: relu}, {dense: 4, activation: sigmoid}]"
    analysis = analyzed(f"multiply: [[], {gate}]")
    assert analysis.end.node.output.sizes("channels_last") == (8, 8, 4)
    assert (analysis.totals.params, analysis.totals.macs) == (4 * 2 + 2 + 2 * 4 + 4, 4 * 2 + 2 * 4)


# -- residual


def test_residual_adds_its_shortcut():
    entries = ("residual: [{conv: 3x3x4, padding: 1}, {conv: 3x3x4, padding: 1}]",)
    assert names(*entries) == ["conv1", "conv2", "residual1"]
    assert reads("residual1", *entries) == ["conv2", "input"]
    assert output(*entries) == (8, 8, 4)


def test_residual_takes_a_list_or_one_entry():
    assert codes("residual: {conv: 3x3x4, padding: 1}") == []
    assert codes("residual: 3")[0] == "CNN205"


def test_a_shortcut_is_a_branch():
    body = "residual: [{conv: 3x3x6, stride: 2, padding: 1}]"
    assert output(f"{{{body}, shortcut: {{conv: 1x1x6, stride: 2}}, activation: relu}}") == (4, 4, 6)
    assert output(f"{{{body}, shortcut: [{{avg_pool: 2}}, {{conv: 1x1x6}}]}}") == (4, 4, 6)
    entries = ("{conv: 1x1x4, name: a}", "relu", "{residual: [{conv: 1x1x4}], shortcut: a}")
    assert reads("residual1", *entries) == ["conv1", "a"]
    assert codes(body) == ["CNN312"]


@pytest.mark.parametrize("shortcut", ["{conv: 1x1x4, when: false}", "[]", "[{conv: 1x1x4, when: $(c_in != 4)}]"])
def test_a_dropped_shortcut_is_the_tensor_itself(shortcut):
    entries = (f"{{residual: [{{conv: 3x3x4, padding: 1}}], shortcut: {shortcut}}}",)
    assert reads("residual1", *entries) == ["conv1", "input"]
    assert analyzed(*entries).totals.params == 9 * 4 * 4 + 4


def test_without_skip_a_residual_is_its_entries():
    entries = ("{residual: [{conv: 3x3x6}], skip: $(c_in == 6), shortcut: {conv: 1x1x6}, activation: relu}",)
    assert names(*entries) == ["conv1", "residual1.relu"]
    assert output(*entries) == (6, 6, 6)
    assert analyzed(*entries).totals.params == 9 * 4 * 6 + 6  # the shortcut is not there either


def test_a_shortcut_counts_where_skip_is_false():
    # otherwise names would depend on what `skip` is
    for skip in ("true", "false"):
        body = f"{{residual: [{{conv: 1x1x4}}], skip: {skip}, shortcut: {{conv: 1x1x4}}}}"
        assert names(body, "conv: 1x1x2")[-1] == "conv3"


def test_without_skip_and_activation_what_follows_reads_the_last_entry():
    entries = ("{residual: [{conv: 3x3x6}], skip: false}", "{conv: 1x1x2, from: residual1}")
    assert reads("conv2", *entries) == ["conv1"]


def test_residual_takes_no_other_keys():
    assert codes("{residual: [{conv: 1x1x4}], stride: 2}") == ["CNN204"]
    assert codes("residual") == ["CNN205"]


# -- group


def test_a_group_is_its_entries_in_a_row():
    entries = ("group: [{conv: 1x1x3}, {conv: 1x1x5}]", "{conv: 1x1x2, from: group1}")
    assert names(*entries) == ["conv1", "conv2", "conv3"]
    assert reads("conv3", *entries) == ["conv2"]


def test_a_named_group_is_a_scope():
    entries = ("{group: [{conv: 1x1x3, name: a}, relu], name: head}", "conv: 1x1x2", "add: [head.a, head]")
    assert names(*entries)[:2] == ["head.a", "head.relu1"]
    assert reads("add1", *entries) == ["head.a", "head.relu1"]


def test_a_group_sums_what_is_in_it():
    (group,) = analyzed("group: [{conv: 1x1x3}, {conv: 1x1x5}]").entries
    assert (group.params, group.macs) == (4 * 3 + 3 + 3 * 5 + 5, 64 * (4 * 3 + 3 * 5))
    assert [each.name for each in group.children] == ["conv1", "conv2"]


# -- from, inputs, outputs


def test_from_reads_an_earlier_layer_or_the_input():
    entries = ("{conv: 1x1x3, name: a, activation: relu}", "{conv: 1x1x5, from: input}", "{conv: 1x1x6, from: a}")
    assert reads("conv1", *entries) == ["input"]
    assert reads("conv2", *entries) == ["a.relu"]  # the end of the entry
    assert codes("{conv: 1x1x3, from: b}", "{conv: 1x1x3, name: b}") == ["CNN311"]
    assert codes("{conv: 1x1x3, from: nowhere}") == ["CNN310"]


TWO = "inputs: {left: 8x8x3, right: 6x6x2}"


def test_several_inputs():
    entries = ("{conv: 3x3x4, from: left}", "add: [[], {conv: 1x1x4, from: right}]", "global_avg_pool", "dense: 5")
    analysis = analyzed(*entries, input=None, top=TWO)
    assert [node.name for node in analysis.spec.graph.inputs] == ["left", "right"]
    assert analysis.totals.params == 9 * 3 * 4 + 4 + 2 * 4 + 4 + 4 * 5 + 5
    fields = analysis.layers[2].fields  # the sum: 3×3 of the one, 1×1 of the other
    assert {name: field.size for name, field in fields.items()} == {"left": (3, 3), "right": (1, 1)}


def test_an_input_may_be_a_branch():
    assert output("{conv: 3x3x2, from: left}", "concat: [[], right]", input=None, top=TWO) == (6, 6, 2 + 2)


def test_with_several_inputs_the_first_layer_says_which():
    assert codes("conv: 3x3x4", input=None, top=TWO) == ["CNN203"]


def test_several_inputs_may_begin_with_a_merge():
    assert output("concat: [left, right]", input=None, top="inputs: {left: 8x8x3, right: 8x8x2}") == (8, 8, 5)


def test_outputs():
    entries = ("{conv: 1x1x3, name: a}", "{conv: 1x1x5, name: b}", "relu")
    model = spec(*entries, top="outputs: [a, b]")
    assert [node.name for node in model.graph.output_nodes] == ["a", "b"]
    assert [node.output.channels for node in spec(*entries).graph.output_nodes] == [5]
    assert [node.name for node in spec(*entries, top="outputs: a").graph.output_nodes] == ["a"]


def test_an_output_inside_a_scope():
    group = "{group: [{conv: 1x1x3, name: a}, relu], name: head}"
    assert [node.name for node in spec(group, top="outputs: [head.a, head]").graph.output_nodes] == [
        "head.a",
        "head.relu1",
    ]


def test_defaults_reach_the_layers_of_branches():
    top = "defaults: {conv: {bias: false, norm: batch_norm}}"
    totals = analyzed("residual: [{conv: 3x3x4, padding: 1}]", top=top).totals
    assert totals.params == 9 * 4 * 4 + 4 + 4
    assert settings_of("conv1", "add: [[], {conv: 1x1x4, bias: true}]", top=top).bias is True
