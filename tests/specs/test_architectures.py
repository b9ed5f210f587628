"""Shipped specs of real networks, held against published counts, layers and receptive fields in tests/data."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from specs.reference import (
    COUNTS,
    DATA,
    POOLS,
    analyzed,
    check_counts,
    own_layers,
    reference_layers,
    summary,
)

import cnncalc

SPECS = Path(__file__).parents[2] / "specs"
LINES = {
    "residual/resnet": 45,
    "residual/densenet": 45,
    "efficient/efficientnet": 50,
    "efficient/shufflenet_v2": 45,
    "classic/inception_v3": 60,
}
"""How many lines a person would expect to need, at most."""


@pytest.mark.parametrize("file", LINES)
def test_a_spec_is_as_short_as_a_person_would_expect(file):
    lines = (SPECS / f"{file}.yaml").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LINES[file]
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("file", [*LINES, "dense_prediction/unet"])
def test_no_convention_leaves_a_remark(file):
    path = SPECS / f"{file}.yaml"
    for variant in cnncalc.load(path).variants or [None]:
        assert cnncalc.load(path, variant=variant).remarks == ()


# -- counts

MODELS = [
    *(f"resnet{depth}" for depth in (18, 34, 50, 101, 152)),
    *(f"densenet{depth}" for depth in (121, 201)),
    *(f"efficientnet_b{number}" for number in range(8)),
    *(f"shufflenet_v2_x{width}" for width in ("0_5", "1_0", "1_5", "2_0")),
    "inception_v3",
]


@pytest.mark.parametrize("model", MODELS)
def test_published_counts(model):
    row = COUNTS["torchvision", model]
    assert "x".join(map(str, analyzed(model).spec.graph.inputs[0].output.sizes("channels_last"))) == row["input_h_w_c"]
    check_counts(row, model)


def test_every_variant_is_held_against_a_published_count():
    ours = {name for file in LINES for name in cnncalc.load(SPECS / f"{file}.yaml").variants}
    assert ours - {"densenet161", "densenet169"} == set(MODELS) - {"inception_v3"}


@pytest.mark.parametrize(
    ("model", "variant"),
    [
        ("resnet", "resnet50"),
        ("densenet", "densenet121"),
        ("efficientnet", "efficientnet_b0"),
        ("shufflenet_v2", "shufflenet_v2_x1_0"),
    ],
)
def test_the_model_itself_is_the_commonest_variant(model, variant):
    assert analyzed(model).totals == analyzed(variant).totals


def test_densenet_as_keras_counts_it():
    # Keras Applications publish 83,648 moving statistics among 8,062,504 parameters
    check = COUNTS["Keras Applications", "DenseNet121"]
    assert analyzed("densenet121", convention="keras").totals.params == int(check["params"])


@pytest.mark.parametrize(
    ("model", "params", "giga"), [("densenet161", 28_681_000, 7.73), ("densenet169", 14_149_480, 3.36)]
)
def test_counts_of_the_documentation(model, params, giga):
    # pytorch.org/vision, DenseNet161_Weights and DenseNet169_Weights: num_params and GFLOPS (multiply-adds)
    totals = analyzed(model).totals
    assert (totals.params, round(totals.macs / 10**9, 2)) == (params, giga)


def test_efficientnet_b4_at_the_size_of_b0():
    # the first of two rows of the table
    assert analyzed("efficientnet_b4", input="224x224").totals.macs == 1_503_710_432


@pytest.mark.parametrize(
    ("model", "params", "macs"),
    [
        # He et al., table 1: FLOPs are multiply-adds; the bottleneck of the paper has its stride one layer earlier
        ("resnet18", None, 1.8e9),
        ("resnet34", None, 3.6e9),
        # Tan and Le, table 2
        ("efficientnet_b0", 5.3e6, 0.39e9),
        ("efficientnet_b3", 12e6, 1.8e9),
        # Ma et al., table 8
        ("shufflenet_v2_x0_5", 1.4e6, 41e6),
        ("shufflenet_v2_x1_0", 2.3e6, 146e6),
        ("shufflenet_v2_x1_5", 3.5e6, 299e6),
        ("shufflenet_v2_x2_0", 7.4e6, 591e6),
    ],
)
def test_counts_of_the_papers(model, params, macs):
    # within what rounding, and counting norms, pools and activations or not, can make of them
    totals = analyzed(model).totals
    assert totals.macs == pytest.approx(macs, rel=0.03)
    if params:
        assert totals.params == pytest.approx(params, rel=0.03)


# -- layer by layer

FUNCTIONAL_POOLS = {
    # calls of functions, which torchvision's list of layers lacks
    "densenet121": {("global_avg_pool", (1024,)): 1},
    "inception_v3": {
        ("avg_pool", (192, 35, 35)): 1,
        ("avg_pool", (256, 35, 35)): 1,
        ("avg_pool", (288, 35, 35)): 1,
        ("max_pool", (288, 17, 17)): 1,
        ("avg_pool", (768, 17, 17)): 4,
        ("max_pool", (768, 8, 8)): 1,
        ("avg_pool", (1280, 8, 8)): 1,
        ("avg_pool", (2048, 8, 8)): 1,
    },
    "shufflenet_v2_x1_0": {("global_avg_pool", (1024,)): 1},
}
LISTED = [
    "resnet18", "resnet34", "resnet50", "resnet152", "densenet121", "efficientnet_b0", "efficientnet_b4",
    "shufflenet_v2_x1_0", "inception_v3",
]  # fmt: skip


def in_common(rows):
    """Rows as either side can say them: a depthwise convolution is grouped, a global pool adaptive, to 1×1."""
    plain = []
    for kind, output, params, _ in rows:
        if kind in ("global_avg_pool", "adaptive_avg_pool"):
            assert set(output[1:]) <= {1}
            kind, output = "global_avg_pool", output[:1]
        plain.append(("conv" if kind == "depthwise_conv" else kind, output, params))
    return Counter(plain)


@pytest.mark.parametrize("model", LISTED)
def test_layer_by_layer(model):
    layout, rows = reference_layers(f"torchvision-{model}.json")
    size = {"efficientnet_b4": "224x224"}.get(model)  # where torchvision was measured
    kinds = {"conv", "depthwise_conv", "batch_norm", "dense"} | POOLS
    ours = in_common(own_layers(analyzed(model, input=size), layout, kinds))
    theirs = in_common(row for row in rows if row[0] in kinds)
    functional = Counter({(*pool, 0): times for pool, times in FUNCTIONAL_POOLS.get(model, {}).items()})
    assert ours == theirs + functional


def test_every_list_of_layers_is_used():
    found = {path.stem.removeprefix("torchvision-") for path in (DATA / "layers").glob("torchvision-*.json")}
    assert found - {"alexnet", "vgg11", "vgg16", "vgg19_bn"} == set(LISTED)  # the chains are in test_lecture


# -- receptive fields


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_the_branches_of_resnet_are_aligned(depth):
    ends = [each for each in analyzed(f"resnet{depth}").walk() if each.kind == "residual"]
    assert len(ends) == {18: 8, 34: 16, 50: 16, 101: 33, 152: 50}[depth]  # table 1 of the paper
    assert all(each.fields["input"].is_aligned for each in ends)


@pytest.mark.parametrize(("depth", "units"), [(18, (2, 2, 2, 2)), (34, (3, 4, 6, 3)), (50, (3, 4, 6, 3))])
def test_receptive_fields_of_each_stage_of_resnet(depth, units):
    # 7 wide with steps of 2, then a pool of 3: 7 + 2·2 = 11, steps of 4. A 3×3 adds twice the step it reads at.
    size, step = 11, 4
    for number, copies in enumerate(units, 1):
        first = 1 if number == 1 else 2
        if depth < 50:  # two of them: the first strides
            size += 2 * step + 2 * step * first + (copies - 1) * 4 * step * first
        else:  # one of them
            size += 2 * step + (copies - 1) * 2 * step * first
        step *= first
        field = summary(f"resnet{depth}", f"stage{number}")
        assert field[:2] == (size, step)
        assert field[2] == (size - 1) // 2  # centred on 0, as every padding is half its window


# -- U-Net


def double(inside, filters):
    """Parameters of two 3×3 convolutions, each with its biases."""
    return 9 * inside * filters + filters + 9 * filters * filters + filters


def test_parameters_of_unet():
    widths = [64, 128, 256, 512, 1024]
    down = sum(double(inside, filters) for inside, filters in pairwise([1, *widths]))
    # an up-convolution of 2×2 halves the channels; behind the concatenation there are as many as before it
    up = sum(4 * inside * (inside // 2) + inside // 2 + double(inside, inside // 2) for inside in widths[:0:-1])
    assert analyzed("unet").totals.params == down + up + 64 * 2 + 2 == 31_030_658


def test_multiply_adds_of_unet():
    # figure 1: (what comes out of the first 3×3, of the second) × channels in → out, on the way down and up
    way = [
        (570, 568, 1, 64), (282, 280, 64, 128), (138, 136, 128, 256), (66, 64, 256, 512), (30, 28, 512, 1024),
        (54, 52, 1024, 512), (102, 100, 512, 256), (198, 196, 256, 128), (390, 388, 128, 64),
    ]  # fmt: skip
    macs = sum(9 * first**2 * c * f + 9 * second**2 * f * f for first, second, c, f in way)
    # every position that enters an up-convolution meets 2·2 weights a channel
    macs += sum(n**2 * 4 * c * (c // 2) for n, c in ((28, 1024), (52, 512), (100, 256), (196, 128)))
    assert analyzed("unet").totals.macs == macs + 388**2 * 64 * 2


def test_sizes_of_unet():
    # figure 1, left to right
    rows = {each.name: each.output.sizes("channels_last") for each in analyzed("unet").walk()}
    assert [rows[f"down{number}"][0] for number in (1, 2, 3, 4)] == [568, 280, 136, 64]
    assert [rows[f"max_pool{number}"][0] for number in (1, 2, 3, 4)] == [284, 140, 68, 32]
    assert [rows[f"up{number}.conv_transpose1"] for number in (1, 2, 3, 4)] == [
        (56, 56, 512),
        (104, 104, 256),
        (200, 200, 128),
        (392, 392, 64),
    ]
    assert [rows[f"up{number}.concat1"] for number in (1, 2, 3, 4)] == [
        (56, 56, 1024),
        (104, 104, 512),
        (200, 200, 256),
        (392, 392, 128),
    ]
    assert rows["conv1"] == (388, 388, 2)


def test_unet_takes_the_middle_of_what_it_skips():
    # An up-convolution makes two units of one, and a window over it sees one pair more or less by turns; over 2, 4, 8,
    # 16 units the middles of the two branches are the same.
    rows = {each.name: each.fields["input"] for each in analyzed("unet").walk()}
    for number, border in enumerate((4, 16, 40, 88), 1):
        above, beside = rows[f"up{number}.conv_transpose1"], rows[f"down{5 - number}"]
        turn = range(2**number)
        middles = [sum(above.box((unit, 0))[0]) for unit in turn]
        skipped = [sum(beside.box((unit + border, 0))[0]) for unit in turn]
        assert sum(middles) == sum(skipped)
