"""`for`: copies of an entry that differ."""

import pytest
from language.reading import analyzed, codes, names, output, reads, spec

import cnncalc

TOP = "vars: {kernels: [3, 5, 7], none_at_all: []}"


def test_in_a_list_they_follow_one_another():
    entry = "{conv: $w, kernel: $k, padding: same, for: {w: [8, 16, 8], k: [1, 3, 5]}, name: stage}"
    # 4·8 + 8, 9·8·16 + 16, 25·16·8 + 8
    assert [each.params for each in analyzed(entry).layers] == [40, 1168, 3208]
    assert names(entry) == ["stage.0", "stage.1", "stage.2"]
    assert [reads(name, entry) for name in names(entry)] == [["input"], ["stage.0"], ["stage.1"]]
    assert reads("relu1", entry, "relu") == ["stage.2"]
    assert reads("relu1", entry, "{relu, from: stage}") == ["stage.2"]
    assert reads("relu1", entry, "{relu, from: stage.0}") == ["stage.0"]


def test_in_a_merge_they_are_branches():
    entry = "concat: [{depthwise_conv: $k, padding: same, for: {k: $kernels}}, []]"
    assert output(entry, top=TOP) == (8, 8, 4 * 4)
    assert [reads(f"depthwise_conv1.{index}", entry, top=TOP) for index in range(3)] == [["input"]] * 3
    assert reads("concat1", entry, top=TOP) == [*(f"depthwise_conv1.{index}" for index in range(3)), "input"]
    assert analyzed(entry, top=TOP).totals.params == 4 * (9 + 25 + 49 + 3)


def test_inside_a_branch_they_follow_one_another():
    entry = "add: [[], [{conv: 1x1x4, for: {i: $(range(2))}}]]"
    assert reads("conv1.1", entry) == ["conv1.0"]
    assert reads("add1", entry) == ["input", "conv1.1"]


def test_with_repeat_it_is_the_outer_one():
    entry = "{conv: $(w + index), kernel: 1, repeat: $n, for: {w: [8, 16], n: [2, 3]}}"
    assert names(entry) == ["conv1.0.0", "conv1.0.1", "conv1.1.0", "conv1.1.1", "conv1.1.2"]
    assert [each.node.output.channels for each in analyzed(entry).layers] == [8, 9, 16, 17, 18]
    side = "concat: [{conv: 1x1x4, repeat: $n, for: {n: [1, 2]}}]"
    assert reads("concat1", side) == ["conv1.0.0", "conv1.1.1"]
    assert reads("conv1.1.0", side) == ["input"]


def test_without_repeat_index_is_the_number_of_the_copy():
    assert [
        each.node.output.channels for each in analyzed("{conv: $(w + index), kernel: 1, for: {w: [8, 8]}}").layers
    ] == [8, 9]


def test_first_is_about_each_chain():
    entry = "{conv: $w, kernel: 1, repeat: 2, first: {stride: 2}, for: {w: [4, 8]}}"
    assert [each.node.layer.stride for each in analyzed(entry).layers] == [(2, 2), (1, 1)] * 2
    assert codes("{conv: $w, kernel: 1, first: {stride: 2}, for: {w: [4, 8]}}") == ["CNN204"]


def test_when_is_asked_in_each_copy():
    entry = "{conv: $w, kernel: 1, when: $(w > 4), for: {w: [4, 8, 2, 16]}}"
    assert names(entry) == ["conv1.1", "conv1.3"]
    assert names("{concat: [{conv: $w, kernel: 1, when: $(w > 4), for: {w: [4, 8, 2, 16]}}]}") == [
        "conv1.1",
        "conv1.3",
        "concat1",
    ]
    assert codes(entry, "{relu, from: conv1.0}") == ["CNN310"]
    assert names("{conv: $w, kernel: 1, when: $(c_in != w), for: {w: [4, 8, 8, 4]}}") == ["conv1.1", "conv1.3"]


def test_each_copy_may_read_something_else():
    entries = ("{conv: 1x1x8, name: p4}", "{conv: 1x1x8, name: p5, from: input}", "{conv: 1x1x8, name: head}")
    share = "{share: head, from: $p, for: {p: [p4, p5]}}"
    assert reads("share1.0", *entries, share) == ["p4"]
    assert reads("share1.1", *entries, share) == ["p5"]
    assert analyzed(*entries, share).totals.params == 40 + 40 + 72


def test_names_from_the_call_are_looked_for_there():
    top = "blocks: {heads: {args: [levels], layers: [relu, {relu, from: $p, for: {p: $levels}}]}}"
    assert reads("heads1.relu2.1", "relu", "tanh", "{heads: [[relu1, tanh1]]}", top=top) == ["tanh1"]
    assert reads("heads1.relu2.0", "relu", "tanh", "{heads: [[relu1, tanh1]]}", top=top) == ["relu1"]


def test_blocks_do_not_see_the_names():
    top = "blocks: {unit: [{conv: $w, kernel: 1}]}"
    assert codes("{unit, for: {w: [4, 8]}}", top=top) == ["CNN212"]
    top = "vars: {w: 6}\nblocks: {unit: [{conv: $w, kernel: 1}]}"
    assert output("{unit, for: {w: [4, 8]}}", top=top) == (8, 8, 6)


def test_rows_as_several_arguments():
    top = "vars: {rows: [[3, 8], [1, 16]]}\nblocks: {unit: {args: [k, w], layers: [{conv: $w, kernel: $k}]}}"
    assert output("{unit: $row, for: {row: $rows}}", top=top) == (6, 6, 16)
    assert output("{unit: $row, for: {row: [[3, 8], [1, 16]]}}", top=top) == (6, 6, 16)


def test_seen_in_everything_inside():
    entry = "{group: [{conv: $w, kernel: 1}, {residual: [{conv: $w, kernel: 1}]}], for: {w: [4, 8]}}"
    assert [each.node.output.channels for each in analyzed(entry).layers] == [4, 4, 4, 8, 8, 8]
    nested = "{group: [{conv: $(a + b), kernel: 1, for: {b: [1, 2]}}], for: {a: [10, 20]}}"
    assert names(nested) == ["group1.0.conv1.0", "group1.0.conv1.1", "group1.1.conv1.0", "group1.1.conv1.1"]
    assert [each.node.output.channels for each in analyzed(nested).layers] == [11, 12, 21, 22]


def test_no_copies():
    assert reads("relu1", "tanh", "{conv: $w, kernel: 1, for: {w: []}}", "relu") == ["tanh1"]
    assert reads(
        "relu1", "tanh", "{conv: $w, kernel: 1, for: {w: $none_at_all}, name: x}", "{relu, from: x}", top=TOP
    ) == ["tanh1"]
    assert reads("relu1", "tanh", "add: [[], {conv: $w, kernel: 1, for: {w: []}}]", "relu") == ["tanh1"]
    assert codes("add: [{conv: $w, kernel: 1, for: {w: []}}]") == ["CNN316"]


def test_a_single_copy_is_the_merge_itself():
    assert names("{add: [{conv: $w, kernel: 1, for: {w: [4]}}], activation: relu}") == ["conv1.0", "add1.relu"]


def test_expectations_are_about_all_copies_together():
    entry = "{conv: 1x1x4, for: {i: [0, 1]}, expect: {params: 40, macs: 2048, output: 8x8x4}}"
    assert not [each for each in cnncalc.check(f"input: 8x8x4\nlayers:\n  - {entry}").findings if each.code == "CNN401"]
    inside = "add: [{conv: 1x1x4, for: {i: [0, 1]}, expect: {params: 40, macs: 2048}}]"
    assert not [
        each for each in cnncalc.check(f"input: 8x8x4\nlayers:\n  - {inside}").findings if each.code == "CNN401"
    ]
    wrong = inside.replace("40", "41")
    assert "CNN401" in [each.code for each in cnncalc.check(f"input: 8x8x4\nlayers:\n  - {wrong}").findings]
    assert codes("add: [{conv: 1x1x4, for: {i: [0, 1]}, expect: {output: 8x8x4}}]") == ["CNN219"]
    assert codes("add: [{conv: 1x1x4, for: {i: [0, 1]}, expect: {receptive_field: 1}}]") == ["CNN219"]


def test_a_name_of_branches_is_none_of_them():
    merge = "add: [{conv: 1x1x4, for: {i: [0, 1]}, name: x}]"
    assert codes(merge, "{relu, from: x}") == ["CNN310"]
    assert reads("relu1", merge, "{relu, from: x.1}") == ["x.1"]
    assert codes(merge, top="outputs: x") == ["CNN310"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{w: [1, 2], k: [1]}", "CNN221"),
        ("{}", "CNN205"),
        ("[1, 2]", "CNN205"),
        ("", "CNN205"),
        ("3", "CNN205"),
        ("{w: 3}", "CNN205"),
        ("{w: {a: 1}}", "CNN205"),
        ("{w: }", "CNN205"),
        ("{c_in: [1]}", "CNN210"),
        ("{index: [1]}", "CNN210"),
        ("{a-b: [1]}", "CNN210"),
        ("{max: [1]}", "CNN210"),
        ("{w: $nothing}", "CNN212"),
        ("{w: [$nothing]}", "CNN212"),
        ("{w: $(range(2000))}", "CNN212"),
    ],
)
def test_what_is_wrong(value, code):
    assert codes(f"{{conv: 1x1x4, for: {value}}}") == [code]
    assert codes(f"{{add: [{{conv: 1x1x4, for: {value}}}]}}") == [code]


def test_too_many():
    copies = "{group: [{relu, for: {j: $(range(1000))}}], for: {i: $(range(1000))}}"
    assert codes(copies) == ["CNN104"]
    assert codes(f"add: [{copies}]") == ["CNN104"]


def test_a_frozen_half():
    entry = "{conv: 1x1x4, trainable: $t, origin: layer$i, for: {t: [false, true], i: [1, 2]}}"
    assert [(each.node.is_frozen, each.node.origin) for each in analyzed(entry).layers] == [
        (True, "layer1"),
        (False, "layer2"),
    ]


def test_several_inputs():
    entry = "{conv: 1x1x4, from: $p, for: {p: [a, b]}}"
    assert reads("conv1.1", entry, "add: [conv1.0, conv1.1]", input="", top="inputs: {a: 8x8x4, b: 8x8x4}") == ["b"]


def test_shared_again():
    entries = ("{conv: 1x1x4, for: {i: [0, 1]}, name: body}", "{share: body, from: input}", "{share: body.1}")
    assert analyzed(*entries).totals.params == 40
    assert spec(*entries).at is not None
