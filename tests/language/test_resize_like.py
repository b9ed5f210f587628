"""`resize: {like: NAME}`: which layer is meant, and what follows from its size."""

import pytest
from language.reading import analyzed, codes, names, output, reads, spec

import cnncalc
from cnncalc.checks.model import Model
from cnncalc.checks.registry import LINTS, findings


def like(name, *entries, **settings):
    """The layer whose size another one gets."""
    return next(each.node.like.name for each in analyzed(*entries, **settings).layers if each.name == name)


def error_of(*entries, **settings):
    with pytest.raises(cnncalc.SpecError) as error:
        spec(*entries, **settings)
    (found,) = (each for each in error.value.diagnostics if each.is_error)
    return found


A = "{conv: 3x3x6, name: a}"  # 6×6×6 of 8×8×4


def test_the_size_is_that_of_the_layer_and_the_channels_are_those_of_the_input():
    assert output(A, "max_pool: 2", "conv: 1x1x5", "resize: {like: a}") == (6, 6, 5)
    assert output(A, "resize: {like: input}") == (8, 8, 6)
    assert output("{resize: {like: right}, from: left}", input=None, top="inputs: {left: 3x5x2, right: 7x4x9}") == (
        7,
        4,
        2,
    )
    assert output("{conv: 3x1, name: a}", "max_pool: 2", "resize: {like: a}", input="8x1") == (6, 1)


def test_it_reads_what_stands_before_it_alone():
    entries = (A, "max_pool: 2", "resize: {like: a}")
    assert reads("resize1", *entries) == ["max_pool1"]
    assert like("resize1", *entries) == "a"


def test_a_norm_or_activation_behind_the_entry_has_its_size_too():
    assert like("resize1", "{conv: 3x3x6, name: a, activation: relu}", "max_pool: 2", "resize: {like: a}") == "a.relu"


def test_names_are_looked_for_as_those_of_from():
    block = "blocks: {b: [{conv: 3x3x4, name: a}, {max_pool: 2}, {resize: {like: a}}, {resize: {like: input}}]}"
    assert like("b1.resize1", A, "b", top=block) == "b1.a"
    assert like("b1.resize2", A, "b", top=block) == "a"  # what enters the block
    outward = "blocks: {b: [{max_pool: 2}, {resize: {like: a}}]}"
    assert like("b1.resize1", A, "b", top=outward) == "a"
    passed = "blocks: {b: {args: [to], layers: [{conv: 3x3x4, name: a}, {resize: {like: $to}}]}}"
    assert like("b1.resize1", A, "{b: a}", top=passed) == "a"
    assert like("resize1", "{b, name: x}", "max_pool: 2", "resize: {like: x.a}", top=block) == "x.a"


def test_each_copy_has_the_size_in_its_own_copy():
    group = "{group: [{conv: 3x3x4, name: a}, {max_pool: 2, stride: 1}, {resize: {like: a}}], repeat: 2, name: g}"
    analysis = analyzed(group)
    found = {each.name: (each.node.like.name, each.node.output.spatial) for each in analysis.layers if each.node.like}
    assert found == {"g.0.resize1": ("g.0.a", (6, 6)), "g.1.resize1": ("g.1.a", (4, 4))}


def test_a_shared_group_has_the_size_in_its_own_layers():
    group = "{group: [{conv: 3x3x4, name: a}, {max_pool: 2}, {resize: {like: a}}], name: g}"
    entries = (group, "{max_pool: 2, from: input}", "{share: g, name: twin}")
    assert like("twin.resize1", *entries) == "twin.a"
    assert output(*entries) == (2, 2, 4)


def test_of_the_same_entry_behind_tensors_of_one_shape_each_has_its_own():
    block = "blocks: {b: [{conv: 3x3x4, name: a}, {adaptive_avg_pool: 2}, {resize: {like: a}}]}"
    assert output("b", "b", top=block) == (4, 4, 4)


def test_in_a_branch():
    entries = (A, "concat: [[], [{global_avg_pool: {keep_dims: true}}, {resize: {like: a, mode: bilinear}}]]")
    assert output(*entries) == (6, 6, 12)
    assert names(*entries) == ["a", "global_avg_pool1", "resize1", "concat1"]


def test_another_input_changes_the_size():
    text = f"input: 8x8x4\nlayers:\n  - {A}\n  - max_pool: 2\n  - resize: {{like: a}}\n"
    assert cnncalc.load(text, input="12x10x4").graph.output_nodes[0].output.spatial == (10, 8)


def test_defaults():
    top = "defaults: {resize: {mode: bilinear}}"
    assert analyzed(A, "max_pool: 2", "resize: {like: a}", top=top).end.node.layer.mode == "bilinear"


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ((A, "resize: {like: b}"), "CNN310", "there is no layer or input `b`"),
        ((A, "resize: {like: resize1}"), "CNN311", "`resize1` cannot read itself"),
        (("max_pool: 2", "resize: {like: a}", A), "CNN311", "`a` comes later"),
        (
            ("{group: [{conv: 3x3x4}, {resize: {like: g}}], name: g}",),
            "CNN311",
            "`g` cannot read itself",
        ),
        (("{conv: 3x3x6, name: a, when: false}", "resize: {like: a}"), "CNN310", "`a` is left out here"),
        (
            ("{global_avg_pool, name: row}", "{resize: {like: row}, from: input}"),
            "CNN318",
            "`resize` cannot be like `row`",
        ),
        (
            (A, "global_avg_pool", "resize: {like: a}"),
            "CNN303",
            "`resize` needs an input with positions, but gets a vector of 6",
        ),
        ((A, "resize"), "CNN208", "`resize` needs a size, a `factor`, or `like`"),
        (
            (A, "resize: {like: a, align_corners: true}"),
            "CNN219",
            "`align_corners` has no meaning with `mode: nearest`",
        ),
        ((A, "resize: {like: [a]}"), "CNN205", "expected the name of a layer or input, found a list"),
        ((A, "resize: {like: a, mode: cubic}"), "CNN206", "expected nearest, bilinear or bicubic, found `cubic`"),
        ((A, "resize: {like: a, size: 3}"), "CNN213", "`size` and `like` both say how large the output is"),
    ],
)
def test_mistakes(entries, code, message):
    found = error_of(*entries)
    assert (found.code, found.message) == (code, message)


def test_what_failed_is_not_reported_twice():
    assert codes("{conv: 9x9x4, name: a}", "{max_pool: 2, from: input}", "resize: {like: a}") == ["CNN301"]


@pytest.mark.parametrize("word", ["Resizing", "interpolate", "Resize", "resizing2d"])
def test_the_names_of_other_tools(word):
    assert error_of(A, f"{word}: {{like: a}}").label == "did you mean `resize`?"


# -- layers of which only the size is used


def test_a_layer_of_which_only_the_size_is_read_is_reported():
    entries = ("{conv: 3x3x6, name: a}", "{max_pool: 2, from: input}", "resize: {like: a}")
    (found,) = findings(Model.of(spec(*entries)), LINTS["unused"])
    assert (found.code, found.message, found.label) == ("CNN504", "nobody reads `a`", "only its size is used")


def test_an_input_of_which_only_the_size_is_read_is_not():
    model = spec("{resize: {like: b}, from: a}", input=None, top="inputs: {a: 3x3x2, b: 5x5x1}")
    assert findings(Model.of(model), LINTS["unused"]) == []


def test_a_tensor_is_not_kept_for_its_size():
    # input 8·8·4 = 256; a 6·6·6 = 216; pool 3·3·6 = 54; b 54; resize 216
    totals = analyzed("{conv: 3x3x6, name: a}", "max_pool: 2", "{relu, name: b}", "resize: {like: a}").totals
    assert totals.peak_activation_bytes == 4 * (256 + 216)
    # while the last one runs 54 + 216 are there: with `a` kept it would be 486, more than 472
    assert totals.peak_at == "a"
    entry = {each["name"]: each for each in _summary("{conv: 3x3x6, name: a}", "max_pool: 2", "resize: {like: a}")}
    assert entry["resize1"]["inputs"] == ["max_pool1"]
    assert entry["resize1"]["like"] == "a"
    settings = {"size": None, "factor": None, "like": "a", "mode": "nearest", "align_corners": False, "centers": False}
    assert entry["resize1"]["settings"] == settings
    assert "like" not in entry["a"]


def _summary(*entries):
    from cnncalc.report.views.summarize import SummaryReport

    return SummaryReport(analyzed(*entries)).to_dict()["layers"]
