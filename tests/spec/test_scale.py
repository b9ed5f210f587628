"""Whatever a file asks for, it is refused quickly and with its message: recursion, huge numbers, copies without end."""

from __future__ import annotations

import time

import pytest

from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source
from cnncalc.spec.language.expressions import MAX_LENGTH
from cnncalc.spec.reader import read

SECONDS = 5.0
"""Far above the second that it takes, and far below what it would take without a bound: in a long run, a collection of
everybody's garbage counts too."""


def refused(text: str) -> list[Diagnostic]:
    """The errors of a text, which must come quickly."""
    start = time.process_time()
    spec, found = read(Source("net.yaml", text))
    seconds = time.process_time() - start
    assert spec is None
    assert seconds < SECONDS, f"refused after {seconds:.1f} s"
    return [each for each in found if each.is_error]


def codes(text: str) -> set[str]:
    return {each.code for each in refused(text)}


def spec(layers: str, **top: str) -> str:
    return "input: 8x8x4\n" + "".join(f"{key}: {value}\n" for key, value in top.items()) + f"layers: {layers}\n"


# -- blocks


def test_a_block_that_calls_itself():
    (found,) = refused(spec("[a]", blocks="{a: [{conv: 1x1x4}, a]}"))
    assert (found.code, found.message) == ("CNN218", "the block `a` calls itself")
    assert found.label == "a → a"


def test_blocks_that_call_each_other():
    (found,) = refused(spec("[a]", blocks="{a: [b], b: [c], c: [a]}"))
    assert (found.code, found.label) == ("CNN218", "a → b → c → a")


@pytest.mark.parametrize(
    "entry",
    [
        "{group: [a]}",
        "{residual: [a]}",
        "{add: [[], a_, [a]]}",
        "{a: , repeat: 3}",
        "{residual: [relu], shortcut: [a]}",
    ],
)
def test_recursion_through_structures(entry: str):
    assert "CNN218" in codes(spec("[a]", blocks=f"{{a: [{entry}]}}"))


def test_recursion_that_grows_with_every_call():
    """Each level calls itself ten times: one finding, not 10^30."""
    (found,) = refused(spec("[a]", blocks=f"{{a: [{', '.join(['a'] * 10)}]}}"))[:1]
    assert found.code == "CNN218"


def test_recursion_with_an_argument_that_would_end_it():
    """A block cannot be part of itself, whatever its `when` says."""
    text = spec("[{a: 3}]", blocks="{a: {args: [n], layers: [relu, {a: $(n - 1), when: $(n > 0)}]}}")
    assert codes(text) == {"CNN218"}


def chain_of_blocks(depth: int, calls: int) -> str:
    """Blocks that each call the one before this many times: calls^depth layers."""
    blocks = ["  b0: [relu]"]
    blocks += [f"  b{n}: [{', '.join([f'b{n - 1}'] * calls)}]" for n in range(1, depth + 1)]
    return f"input: 8x8x4\nblocks:\n{chr(10).join(blocks)}\nlayers: [b{depth}]\n"


def test_exponential_blocks():
    """10^20 layers in twenty lines."""
    assert codes(chain_of_blocks(20, 10)) == {"CNN104"}


def test_exponential_repeats():
    """1000^5 layers, each block repeating the one before."""
    blocks = ", ".join(f"b{n}: [{{b{n - 1}: , repeat: 1000}}]" for n in range(1, 6))
    assert codes(spec("[b5]", blocks=f"{{b0: [relu], {blocks}}}")) == {"CNN104"}


def test_exponential_blocks_that_place_nothing():
    """10^20 calls whose entries are all dropped still take time."""
    text = chain_of_blocks(20, 10).replace("[relu]", "[{relu: , when: false}]")
    assert codes(text) == {"CNN104"}


def test_exponential_branches():
    """Ten copies at each of twenty levels of branches."""
    blocks = ", ".join(f"b{n}: [{{add: [{', '.join([f'[b{n - 1}]'] * 10)}]}}]" for n in range(1, 21))
    assert codes(spec("[b20]", blocks=f"{{b0: [relu], {blocks}}}")) == {"CNN104"}


def test_exponential_sharing():
    """Each entry shares a group that shares all before it twice: 2^40."""
    groups = [f"{{group: [{{share: g{n - 1}}}, {{share: g{n - 1}}}], name: g{n}}}" for n in range(1, 41)]
    assert "CNN104" in codes(spec(f"[{{group: [relu], name: g0}}, {', '.join(groups)}]"))


def test_exponential_arguments():
    """A list that doubles with each call: 2^30 items in thirty lines."""
    blocks = [f"b{n}: {{args: [a], layers: [{{b{n + 1}: {{a: [$a, $a]}}}}]}}" for n in range(29)]
    refused(spec("[{b0: {a: [1, 1]}}]", blocks=f"{{{', '.join(blocks)}, b29: {{args: [a], layers: [{{conv: $a}}]}}}}"))


def test_blocks_in_blocks():
    """Deeper than a hundred calls, without recursion."""
    assert codes(chain_of_blocks(101, 1)) == {"CNN104"}
    spec_, found = read(Source("net.yaml", chain_of_blocks(80, 1)))
    assert spec_
    assert found == []


# -- copies


@pytest.mark.parametrize("times", ["1000000", "200001", "999999999", "$(10 ** 9)", "$(10 ** 18)"])
@pytest.mark.parametrize("entry", ["relu", "group", "residual", "add", "b"])
def test_a_million_copies(times: str, entry: str):
    value = {"relu": "", "group": "[relu]", "residual": "[relu]", "add": "[[], [relu]]", "b": ""}[entry]
    assert codes(spec(f"[{{{entry}: {value}, repeat: {times}}}]", blocks="{b: [relu]}")) in ({"CNN104"}, {"CNN207"})


def test_a_million_empty_copies():
    assert codes(spec("[relu, {group: [], repeat: 1000000}]")) in ({"CNN104"}, {"CNN207"})


# -- expressions


@pytest.mark.parametrize(
    "expression",
    [
        "2 ** 99999999",
        "99999999 ** 99999999",
        "9 ** 9 ** 9",
        "2 ** -99999999 ** 9",
        "1e308 * 10",
        "10 ** 18 * 10",
        "(10 ** 17) ** 9",
        "0.5 ** 9999999",
        "'a' * 999999999",
        "1 << 99999999",
        "1 / 0",
        "1 // 0",
        "1 % 0",
        "0 ** -1",
        "(-8) ** 0.5",
        "divisible(8, 0)",
        "round(1e300)",
        "max()",
        "open('/etc/passwd')",
        "().__class__",
        "[0] * 999999999",
        "(" * 198 + ")" * 198,
        "-" * 300 + "'a'",
        "+".join(["1"] * 300),
        "not " * 60 + "x",
    ],
)
def test_expressions_are_bounded(expression: str):
    assert codes(spec(f'[{{conv: "$({expression})", kernel: 1}}]')) <= {"CNN212", "CNN207", "CNN206"}


def test_a_power_says_that_it_is_too_large():
    (found,) = refused(spec("[{conv: $(2 ** 99999999), kernel: 1}]"))
    assert found.code == "CNN212"
    assert found.message == "`$(2 ** 99999999)` is too large: 2 ** 99999999"


def test_a_long_expression_says_so():
    (found,) = refused(spec(f"[{{conv: $({'1 + ' * 200}1), kernel: 1}}]"))
    assert found.code == "CNN212"
    assert f"longer than {MAX_LENGTH} characters" in found.message
    assert len(found.message) < 200


def test_a_very_long_expression():
    assert codes(spec(f"[{{conv: $({'1 + ' * 400_000}1), kernel: 1}}]")) == {"CNN212"}


def test_many_expressions():
    """Ten thousand different ones: their trees are not kept for ever."""
    entries = ", ".join(f"{{relu: , when: $({n} < 0)}}" for n in range(10_000))
    start = time.process_time()
    spec_, found = read(Source("net.yaml", spec(f"[relu, {entries}]")))
    assert spec_, found
    assert time.process_time() - start < SECONDS


def test_channels_that_grow_with_c_in():
    """c_in doubles with each block until a number is too large: an end, and a message."""
    text = spec("[{twice: , repeat: 100}]", blocks="{twice: [{conv: $(2 * c_in), kernel: 1}]}")
    assert codes(text) <= {"CNN207", "CNN308", "CNN212"}


def test_concat_that_doubles():
    """The tensor next to itself, sixty times: 4 · 2^60 channels."""
    assert codes(spec("[{concat: [[], []], repeat: 60}]")) == {"CNN308"}


def test_upsampling_that_doubles():
    assert codes(spec("[{upsample: 2, repeat: 60}]")) == {"CNN308"}


def test_variables_in_a_circle():
    assert codes(spec("[{conv: $a, kernel: 1}]", vars="{a: $b, b: $a}")) == {"CNN212"}


def test_texts_that_double():
    """A value that doubles with each variable: 2^200 characters."""
    pairs = ", ".join(f"v{n}: 1x$v{n - 1}x$v{n - 1}" for n in range(1, 200))
    refused(spec("[{conv: $v199}]", vars=f"{{v0: 1x1, {pairs}}}"))


# -- nesting


@pytest.mark.parametrize("opening", ["{group: [", "{residual: [", "{add: [[], [", "{concat: [[", "{conv: {filters: "])
@pytest.mark.parametrize("depth", [60, 101, 5000])
def test_deep_structures(opening: str, depth: int):
    closing = "".join({"[": "]", "{": "}"}[sign] for sign in reversed(opening) if sign in "[{")
    closing = "]]}" if opening == "{add: [[], [" else closing
    assert "CNN104" in codes(spec(f"[{opening * depth}relu{closing * depth}]"))


@pytest.mark.parametrize("opening", ["{group: [", "{residual: [", "{add: [[], ["])
def test_structures_in_blocks_are_deep_too(opening: str):
    """Thirty blocks, each with structures thirty deep: 900 levels that no bracket counts."""
    inside = opening * 30
    closing = "]]}" * 30 if "add" in opening else "]}" * 30
    blocks = ", ".join(f"b{n}: [{inside}b{n - 1}{closing}]" for n in range(1, 29))
    start = time.process_time()
    read(Source("net.yaml", spec("[b28]", blocks=f"{{b0: [relu], {blocks}}}")))
    assert time.process_time() - start < SECONDS


def test_long_chains_of_sharing():
    groups = [f"{{group: [{{share: g{n - 1}}}], name: g{n}}}" for n in range(1, 3000)]
    start = time.process_time()
    read(Source("net.yaml", spec(f"[{{group: [relu], name: g0}}, {', '.join(groups)}]")))
    assert time.process_time() - start < SECONDS


# -- crashes that benchmarks/fuzz.py found


def test_share_of_a_name_that_needs_an_unknown_input():
    (found,) = refused(spec("[{bogus: 1}, {share: $c_in}]"))
    assert found.code == "CNN201"


def test_share_of_a_block_that_is_another_one_here():
    """What `when` keeps depends on the input's channels."""
    refused(
        "inputs: {a: 8x8x3, b: 8x8x4}\nblocks: {u: [relu, {relu: , when: $(c_in == 3)}]}\n"
        "layers: [{u: , from: a, name: one}, {share: one, from: b}]\n"
    )


def test_no_outputs():
    refused(spec("[relu]", outputs="[]"))


# -- many of something


def test_many_arguments_in_many_calls():
    arguments = ", ".join(f"a{n}=1" for n in range(3_000))
    text = spec("[{b: , repeat: 1000}]", blocks=f"{{b: {{args: [{arguments}], layers: [relu]}}}}")
    assert codes(text) == {"CNN104"}


def test_arguments_that_differ_in_each_call():
    """No two of 10^15 calls are alike."""
    calls = [", ".join(f"{{b{n - 1}: $(n * 10 + {k})}}" for k in range(10)) for n in range(1, 16)]
    blocks = ", ".join(f"b{n}: {{args: [n], layers: [{each}]}}" for n, each in enumerate(calls, 1))
    text = spec(
        "[{b15: 1}]",
        blocks=f"{{b0: {{args: [n], layers: [relu]}}, {blocks}}}",
    )
    assert codes(text) == {"CNN104"}


def test_repeats_that_come_from_arguments():
    blocks = ", ".join(f"b{n}: {{args: [n], layers: [{{b{n - 1}: $n, repeat: $n}}]}}" for n in range(1, 6))
    assert codes(spec("[{b5: 100}]", blocks=f"{{b0: {{args: [n], layers: [relu]}}, {blocks}}}")) == {"CNN104"}


def test_many_mistakes_in_a_long_file():
    """A near name is looked for at each of them."""
    names = "\n".join(f"bogus{n}: 1" for n in range(20_000))
    assert "CNN202" in codes(f"{spec('[relu]')}{names}\n")


# -- what is counted beforehand


@pytest.mark.parametrize(
    "layers",
    [
        "[{b: , repeat: 150000, when: $(c_in > 4)}, {b: , repeat: 150000, when: $(c_in > 4)}, relu]",
        "[{b: , repeat: 150000, when: $(2 > 3)}, relu]",
        "[{group: [{relu: , repeat: 300000}], when: false}, relu]",
        "[{residual: [relu], shortcut: {relu: , repeat: 300000}, skip: false}]",
        "[{b: , repeat: $(300000 if c_in == 3 else 1)}, relu]",
    ],
)
def test_what_is_dropped_is_not_counted(layers: str):
    spec_, found = read(Source("net.yaml", spec(layers, blocks="{b: [relu, relu]}")))
    assert spec_, found


# -- what takes work without being a layer

LIST = "[" + ", ".join(["[]"] * 60_000) + "]"
LEFT_OUT = ", ".join(["{relu: , when: $(1 > 2)}"] * 20_000)
VARS = "{" + ", ".join(f"v{index}: 1" for index in range(1_000)) + "}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(spec(f"[{{add: {LIST}, repeat: 3000}}]"), id="branches"),
        pytest.param(
            spec(f"[{{b: , xs: {LIST}, repeat: 3000}}]", blocks="{b: {args: [xs], layers: [{add: $xs}]}}"),
            id="branches from an argument",
        ),
        pytest.param(
            spec(f"[{{b: , xs: {LIST}, i: $index, repeat: 3000}}]", blocks="{b: {args: [xs, i], layers: [relu]}}"),
            id="a long argument of calls that differ",
        ),
        pytest.param(spec(f"[{{group: [relu, {LEFT_OUT}], repeat: 60000}}]"), id="entries that are left out"),
        pytest.param(
            spec("[{b: , repeat: 60000}]", blocks=f"{{b: [relu, {LEFT_OUT}]}}"),
            id="entries that are left out in a block",
        ),
        pytest.param(
            spec("[{b: $index, repeat: 150000}]", vars=VARS, blocks="{b: {args: [x], layers: [relu]}}"),
            id="variables that every call knows",
        ),
    ],
)
def test_what_takes_work_counts_like_layers(text: str):
    (found,) = _found(text)
    assert (found.code, found.message) == ("CNN104", "more than 200,000 layers, counting all copies")


@pytest.mark.slow
@pytest.mark.parametrize(
    "layers", ["[{pad: 1, repeat: 150000}]", "[{group: [{conv: $(c_in + 1), kernel: 1}], repeat: 60000}]"]
)
def test_copies_that_all_differ(layers: str):
    (found,) = _found(spec(layers))
    assert (found.code, found.message) == (
        "CNN104",
        "more than 10,000 different layers in copies of entries and blocks",
    )


@pytest.mark.slow
def test_layers_that_all_differ_may_be_written_out():
    text = "input: 8x8x1\nlayers:\n" + "".join(f"- conv: 1x1x{filters}\n" for filters in range(1, 12_001))
    model, _ = read(Source("net.yaml", text))
    assert model is not None
    assert len(model.graph.nodes) == 12_000


def test_many_variants():
    variants = ", ".join(f"v{index}: " for index in range(2_001))
    (found,) = refused(spec("[relu]", variants=f"{{{variants}}}"))
    assert (found.code, found.message) == ("CNN104", "more than 2,000 variants")


def _found(text: str) -> list[Diagnostic]:
    model, found = read(Source("net.yaml", text))
    assert model is None
    return found


# -- lists, `for` and names

LONG = f"[{', '.join(map(str, range(1000)))}]"


@pytest.mark.slow
def test_copies_of_copies():
    inner = "{relu, for: {a: $(range(1000))}}"
    for _ in range(5):
        inner = f"{{group: [{inner}], for: {{b: $(range(1000))}}}}"
    assert codes(spec(f"[{inner}]")) == {"CNN104"}
    assert codes(spec(f"[add: [{inner}, {inner}]]")) == {"CNN104"}


def test_copies_in_blocks_that_call_each_other():
    blocks = ", ".join(
        f"b{n}: {{args: [xs], layers: [{{b{n - 1}: {{xs: $xs}}, for: {{i: $xs}}}}]}}" for n in range(1, 6)
    )
    layers = f"[{{b5: {{xs: {LONG}}}}}]"
    assert codes(spec(layers, blocks=f"{{b0: {{args: [xs], layers: [relu]}}, {blocks}}}")) == {"CNN104"}


def test_copies_that_are_all_left_out():
    assert codes(spec("[{group: [{relu, when: false, for: {a: $(range(1000))}}], for: {b: $(range(1000))}}]")) <= {
        "CNN104",
        "CNN203",
    }


def test_lists_of_lists():
    lists = ", ".join(f"b{n}: [{', '.join(['$a'] * 1000)}]" for n in range(100))
    assert codes(spec("[relu]", vars=f"{{a: {LONG}, {lists}}}")) == {"CNN205"}


def test_long_lists_in_many_calls():
    text = spec(
        "[{group: [{b: {xs: $xs}}], for: {i: $(range(1000))}, repeat: 100}]",
        vars=f"{{xs: {LONG}}}",
        blocks="{b: {args: [xs], layers: [relu]}}",
    )
    assert codes(text) == {"CNN104"}


def test_expressions_about_long_lists():
    """Each copy asks for an item and for the sum of a thousand numbers."""
    entry = '{conv: "$(xs[index % 1000] + sum(xs) - 499499)", kernel: 1, repeat: 3000}'
    start = time.process_time()
    found, mistakes = read(Source("net.yaml", spec(f"[{entry}]", vars=f"{{xs: {LONG}}}")))
    assert time.process_time() - start < SECONDS
    assert mistakes == []
    assert found
    assert [node.output.channels for node in found.graph.nodes[998:1002]] == [999, 1000, 1, 2]  # 0 to 999, plus 1


def test_names_that_grow():
    text = spec(f"[{{relu, from: {'$a' * 700}}}]", vars=f"{{a: {'x' * 100_000}}}")
    assert codes(text) == {"CNN210"}
