"""Blocks: how they are called, and what their arguments and defaults see."""

import pytest
from language.reading import analyzed, codes, names, output, reads, settings_of

BLOCKS = """
vars: {base: 10}
blocks:
  pair:
    args: [width, stride=1, twice=$(2 * width), more=$(twice + base + c_in)]
    layers:
      - {conv: $width, kernel: 1, stride: $stride}
      - {conv: $twice, kernel: 1}
      - {conv: $more, kernel: 1}
  plain:
    - {conv: $(c_in + 1), kernel: 1}
    - {conv: $(c_in + 1), kernel: 1}
  one: {args: [n], layers: [{conv: $n, kernel: 1}]}
  empty:
    args: []
    layers: [relu]
"""


def widths(call, **settings):
    """Channels of each layer that a call places after 4 channels."""
    return [each.node.output.channels for each in analyzed(call, top=BLOCKS, **settings).layers]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("pair: 3", [3, 6, 6 + 10 + 4]),
        ("pair: [3]", [3, 6, 20]),
        ("pair: [3, 2, 5]", [3, 5, 5 + 10 + 4]),
        ("pair: [3, 1, 5, 7]", [3, 5, 7]),
        ("{pair: 3, more: 7}", [3, 6, 7]),
        ("{pair: [3, 1], twice: 8}", [3, 8, 8 + 10 + 4]),
        ("{pair: {width: 3, stride: 2}}", [3, 6, 20]),
        ("{pair, twice: 9, width: 3}", [3, 9, 9 + 10 + 4]),
        ("{pair: $base}", [10, 20, 20 + 10 + 4]),
        ("{pair: $(base // 3)}", [3, 6, 20]),
        ("plain", [5, 5]),  # c_in is the same everywhere inside
        ("{plain, name: x}", [5, 5]),
        ("empty", [4]),
    ],
)
def test_calls(call, expected):
    assert widths(call) == expected


def test_a_setting_is_reached_through_an_argument():
    assert settings_of("pair1.conv1", "pair: [3, 2]", top=BLOCKS).stride == (2, 2)
    assert settings_of("pair1.conv1", "pair: [3, 2x1]", top=BLOCKS).stride == (2, 1)
    assert settings_of("pair1.conv1", "{pair: 3, stride: [2, 1]}", top=BLOCKS).stride == (2, 1)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("one", "CNN208"),  # `n` has no default
        ("{pair: 3, width: 4}", "CNN213"),
        ("{pair: 3, depth: 4}", "CNN204"),
        ("empty: 3", "CNN213"),
        ("one: $nothing", "CNN212"),
    ],
)
def test_wrong_calls(call, code):
    assert codes(call, top=BLOCKS) == [code]


@pytest.mark.parametrize(
    ("call", "code"),
    [("pair", "CNN208"), ("one: [1, 2]", "CNN213"), ("pair: [1, 2, 3, 4, 5]", "CNN213"), ("pair: $nothing", "CNN212")],
)
def test_a_wrong_call_is_one_mistake(call, code):
    assert codes(call, top=BLOCKS) == [code]


def test_a_default_sees_no_later_argument():
    assert codes("b", top="blocks: {b: {args: [a=$c, c=1], layers: [{conv: $a, kernel: 1}]}}") == ["CNN212"]


def test_an_argument_hides_a_variable():
    top = "vars: {n: 3, m: 5}\nblocks: {b: {args: [n], layers: [{conv: $(n + m), kernel: 1}]}}"
    assert output("b: 7", top=top) == (8, 8, 7 + 5)


def test_arguments_of_the_caller_are_not_seen_inside():
    # `inner` is a function of its own arguments, as it stands
    top = """
blocks:
  inner: [{conv: $width, kernel: 1}]
  outer: {args: [width], layers: [inner]}
"""
    assert codes("outer: 3", top=top) == ["CNN212"]


def test_c_in_is_what_enters_the_inner_block():
    top = """
blocks:
  inner: [{conv: $(c_in + 1), kernel: 1}]
  outer: [{conv: $(2 * c_in), kernel: 1}, inner, {conv: $c_in, kernel: 1}]
"""
    # 4 enter `outer`, 8 enter `inner`
    assert [each.node.output.channels for each in analyzed("outer", top=top).layers] == [8, 9, 4]


def test_c_in_outside_blocks_is_what_enters_the_top_level_entry():
    entries = ("{conv: $(3 * c_in), kernel: 1}", "group: [{conv: 1x1x5}, {conv: $(c_in + 1), kernel: 1}]")
    assert output(*entries) == (8, 8, 12 + 1)
    assert output("conv: 1x1x7", "{conv: $(c_in + 1), kernel: 1, from: input}") == (8, 8, 4 + 1)


def test_input_inside_a_block_is_the_tensor_that_enters_it():
    top = "blocks: {b: [{conv: 1x1x4}, {add: [[], input]}]}"
    entries = ("{conv: 1x1x4, name: before}", "b")
    assert reads("b1.add1", *entries, top=top) == ["b1.conv1", "before"]


def test_input_of_a_nested_block_is_its_own():
    top = "blocks: {inner: [{conv: 1x1x8}, {add: [[], input]}], outer: [{conv: 1x1x8}, inner, {concat: [[], input]}]}"
    assert reads("outer1.inner1.add1", "outer", top=top) == ["outer1.inner1.conv1", "outer1.conv1"]
    assert reads("outer1.concat1", "outer", top=top) == ["outer1.inner1.add1", "input"]


def test_blocks_with_arguments_that_are_branches():
    top = "blocks: {b: {args: [branches], layers: [{concat: $branches}]}}"
    assert output("b: [[{conv: 1x1x2}, {conv: 1x1x3}]]", top=top) == (8, 8, 2 + 3)


def test_a_block_may_be_a_branch():
    top = "blocks: {b: {args: [n], layers: [{conv: $n, kernel: 1}, relu]}}"
    assert output("concat: [{b: 2}, [{b: 3}, {b: 5}]]", top=top) == (8, 8, 2 + 5)


def test_a_block_cannot_call_itself():
    assert codes("a", top="blocks: {a: [b], b: [a]}") == ["CNN218"]


def test_a_block_cannot_have_the_name_of_a_kind():
    assert codes("relu", top="blocks: {conv: [relu]}") == ["CNN210"]


def test_a_block_that_is_not_called_is_not_there():
    assert names("relu", top="blocks: {b: {args: [w], layers: [{conv: $w, kernel: 1, from: there}]}}") == ["relu1"]


def test_and_is_checked_all_the_same():
    assert codes("relu", top="blocks: {b: [{conv: $unknown, kernel: 1}]}") == ["CNN212"]
    assert codes("relu", top="blocks: {b: {args: [w], layers: [{conv: $w, kernel: zwei}]}}") == ["CNN206"]
