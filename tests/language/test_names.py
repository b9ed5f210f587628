"""Scopes: paths, and where a name is looked up."""

import pytest
from language.reading import analyzed, codes, names, output, reads

TOP = """
blocks:
  b:
    args: [skip=input]
    layers:
      - {conv: 1x1x4, name: a}
      - add: [[], $skip]
  c:
    - {conv: 1x1x4, name: a}
    - {b: a}
"""


def test_paths():
    entries = (
        "{b, name: x}", "{b, repeat: 2, name: y}", "{group: [b, relu], name: g}",
        "{group: [{conv: 1x1x4}], repeat: 2}", "group: [{conv: 1x1x4}]",
    )  # fmt: skip
    assert names(*entries, top=TOP) == [
        "x.a", "x.add1",
        "y.0.a", "y.0.add1", "y.1.a", "y.1.add1",
        "g.b1.a", "g.b1.add1", "g.relu1",
        "group1.0.conv1", "group1.1.conv1",
        "conv1",
    ]  # fmt: skip


def test_a_number_stands_exactly_where_repeat_is_written():
    assert names("{c, repeat: 1, name: z}", "c", top=TOP) == [
        "z.0.a", "z.0.b1.a", "z.0.b1.add1", "c1.a", "c1.b1.a", "c1.b1.add1",
    ]  # fmt: skip


def test_norm_and_activation_are_named_behind_their_entry():
    entry = "{conv: 1x1x4, norm: batch_norm, activation: relu"
    assert names(entry + "}") == ["conv1", "conv1.batch_norm", "conv1.relu"]
    assert names(entry + ", name: a, repeat: 2}")[3:] == ["a.1", "a.1.batch_norm", "a.1.relu"]
    assert reads("conv2", entry + "}", "{conv: 1x1x2, from: conv1}") == ["conv1.relu"]


def test_a_name_is_looked_up_in_its_scope_first():
    entries = ("{conv: 1x1x4, name: a}", "{group: [{conv: 1x1x4, name: a}, relu, {add: [[], a]}], name: g}")
    assert reads("g.add1", *entries) == ["g.relu1", "g.a"]


def test_and_then_outward():
    entries = ("{conv: 1x1x4, name: a}", "{group: [relu, {group: [relu, {add: [[], a]}], name: h}], name: g}")
    assert reads("g.h.add1", *entries) == ["g.h.relu1", "a"]


def test_a_block_looks_outward_too():
    top = "blocks: {b: [relu, {add: [[], a]}]}"
    assert reads("b1.add1", "{conv: 1x1x4, name: a}", "b", top=top) == ["b1.relu1", "a"]


def test_nothing_is_looked_up_inward_without_a_path():
    entries = ("{group: [{conv: 1x1x4, name: a}, relu], name: g}",)
    assert codes(*entries, "add: [[], a]") == ["CNN310"]
    assert reads("add1", *entries, "add: [[], g.a]") == ["g.relu1", "g.a"]


def test_copies_are_reached_by_their_number():
    entries = ("{b, repeat: 3, name: y}", "concat: [y.0, y.1.a, y]")
    assert reads("concat1", *entries, top=TOP) == ["y.0.add1", "y.1.a", "y.2.add1"]


def test_a_name_passed_as_an_argument_belongs_to_the_place_of_the_call():
    entries = ("{conv: 1x1x4, name: a}", "relu", "{b: a}")
    assert reads("b1.add1", *entries, top=TOP) == ["b1.a", "a"]  # and not b1.a twice
    assert reads("c1.b1.add1", *entries[:2], "c", top=TOP) == ["c1.b1.a", "c1.a"]


def test_and_so_does_one_that_is_passed_on():
    top = """
blocks:
  inner: {args: [to], layers: [{conv: 1x1x4, name: a}, {add: [[], $to]}]}
  outer: {args: [to], layers: [{conv: 1x1x4, name: a}, {inner: $to}]}
"""
    entries = ("{conv: 1x1x4, name: a}", "relu", "{outer: a}")
    assert reads("outer1.inner1.add1", *entries, top=top) == ["outer1.inner1.a", "a"]


def test_a_name_as_a_default_belongs_to_the_block():
    # `skip=input` is the tensor that enters the block
    assert reads("b1.add1", "{conv: 1x1x4, name: before}", "b", top=TOP) == ["b1.a", "before"]


def test_input_passed_as_an_argument_is_the_input_of_the_caller():
    entries = ("conv: 1x1x4", "{b: input}")
    assert reads("b1.add1", *entries, top=TOP) == ["b1.a", "input"]
    top = TOP.replace("{b: a}", "{b: input}")
    assert reads("c1.b1.add1", "{conv: 1x1x4, name: before}", "c", top=top) == ["c1.b1.a", "before"]


def test_a_name_in_a_branch_that_is_an_argument_belongs_to_the_place_of_the_call():
    top = "blocks: {m: {args: [beside], layers: [{conv: 1x1x4, name: a}, {add: [[], $beside]}]}}"
    entries = ("{conv: 1x1x4, name: a}", "relu", "{m: {beside: [{conv: 1x1x4, from: a}]}}")
    assert reads("m1.conv1", *entries, top=top) == ["a"]


def test_a_name_in_a_list_of_branches_that_is_an_argument_belongs_to_the_place_of_the_call():
    top = "blocks: {m: {args: [all], layers: [{conv: 1x1x4, name: a}, {add: $all}]}}"
    assert reads("m1.add1", "{conv: 1x1x4, name: a}", "relu", "{m: {all: [[], a]}}", top=top) == ["m1.a", "a"]


def test_a_list_that_is_an_argument_is_passed_on_with_its_place():
    top = """
blocks:
  inner: {args: [all], layers: [{conv: 1x1x4, name: a}, {add: $all}]}
  outer: {args: [all], layers: [{conv: 1x1x4, name: a}, {inner: {all: $all}}]}
"""
    entries = ("{conv: 1x1x4, name: a}", "relu", "{outer: {all: [[], a]}}")
    assert reads("outer1.inner1.add1", *entries, top=top) == ["outer1.inner1.a", "a"]


def test_names_that_a_list_gives_are_its_own():
    top = "blocks: {m: {args: [beside], layers: [{add: [[], $beside]}]}}"
    beside = "[{conv: 1x1x4, name: a}, relu, {add: [[], a]}]"
    assert reads("m1.add2", "{conv: 1x1x4, name: a}", f"{{m: {{beside: {beside}}}}}", top=top) == ["m1.relu1", "m1.a"]


def test_a_layer_to_share_may_be_an_argument():
    top = "blocks: {m: {args: [what], layers: [{conv: 1x1x4, name: a}, {share: $what}]}}"
    entries = ("{conv: 1x1x4, name: a}", "relu", "{m: a}")
    shared = next(each.node for each in analyzed(*entries, top=top).layers if each.name == "m1.share1")
    assert shared.shares.name == "a"


def test_a_default_may_name_a_layer_outside():
    top = "blocks: {b: {args: [to=stem], layers: [relu, {add: [[], $to]}]}}"
    assert reads("b1.add1", "{conv: 1x1x4, name: stem}", "relu", "b", top=top) == ["b1.relu1", "stem"]


def test_layers_inside_branches_belong_to_the_scope_around():
    entries = ("residual: [{conv: 1x1x4, name: a}]", "add: [[], a]")
    assert reads("add1", *entries) == ["residual1", "a"]


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "''"])
def test_what_cannot_be_a_name(name):
    assert codes(f"{{conv: 1x1x4, name: {name}}}") == ["CNN210"]


def test_a_name_stands_once_in_a_scope():
    assert codes("{relu, name: a}", "{relu, name: a}") == ["CNN209"]
    assert codes("{relu, name: a}", "{group: [{relu, name: a}], name: g}") == []
    assert codes("{relu, name: relu2}", "relu", "relu") == ["CNN209"]


def test_a_name_may_be_an_expression():
    assert names("{relu, name: $word}", top="vars: {word: hello}") == ["hello"]
    assert output("{group: [relu], name: $word}", "{conv: 1x1x2, from: hello}", top="vars: {word: hello}") == (8, 8, 2)
