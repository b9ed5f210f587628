"""Shipped specs of real networks, held against papers, documentations and arithmetic (tables: test_published)."""

from itertools import pairwise
from pathlib import Path

import pytest
from specs.reference import COUNTS, OURS, analyzed, summary

import cnncalc

SPECS = Path(__file__).parents[2] / "specs"
LINES = {
    "residual/resnet": 45,
    "residual/densenet": 45,
    "efficient/efficientnet": 50,
    "efficient/shufflenet_v2": 45,
}
"""How many lines a person would expect to need, at most, where 60 would be too many."""
FOLDERS = ("classic", "residual", "efficient", "transformers")
FILES = sorted(path for folder in FOLDERS for path in (SPECS / folder).glob("*.yaml"))


@pytest.mark.parametrize("file", LINES)
def test_a_spec_is_as_short_as_a_person_would_expect(file):
    assert len((SPECS / f"{file}.yaml").read_text(encoding="utf-8").splitlines()) <= LINES[file]


@pytest.mark.parametrize("path", [*FILES, SPECS / "dense_prediction" / "unet.yaml"], ids=lambda path: path.stem)
def test_no_convention_leaves_a_remark(path):
    for variant in cnncalc.load(path).variants or [None]:
        spec = cnncalc.load(path, variant=variant)
        # strides over `same` are how TensorFlow's networks are padded
        allowed = {"CNN503"} if spec.convention == "keras" else set()
        assert {remark.code for remark in spec.remarks} <= allowed


# -- counts

# Variants that no table of tests/data has: figures of documentations and papers, in their `expect` and below
OTHERS = {
    "densenet161", "densenet169", "se_resnext50_32x4d", "mobilenet_v1_1_00", "mobilenet_v1_0_75", "mobilenet_v1_0_50",
    "mobilenet_v1_0_25", "mobilenet_v1_slim", "resnet_v1_50", "resnet_v1_101", "resnet_v1_152", "resnet101_keras",
    "resnet152_keras", "resnet101_v2", "resnet152_v2", "new_head", "fine_tuning",
}  # fmt: skip


def test_every_variant_is_held_against_a_published_count():
    ours = {name for path in FILES for name in cnncalc.load(path).variants}
    assert ours - {OURS.get(model, model) for _, model in COUNTS} == OTHERS


@pytest.mark.parametrize(
    ("model", "variant"),
    [
        ("vgg", "vgg16"),
        ("resnet", "resnet50"),
        ("resnet_v1", "resnet_v1_50"),
        ("resnet_v2", "resnet50_v2"),
        ("resnet_keras", "resnet50_keras"),
        ("resnext", "resnext50_32x4d"),
        ("densenet", "densenet121"),
        ("efficientnet", "efficientnet_b0"),
        ("shufflenet_v2", "shufflenet_v2_x1_0"),
        ("squeezenet", "squeezenet1_0"),
        ("mobilenet_v1", "mobilenet_v1_1_00"),
        ("repvgg", "repvgg_a0"),
        ("ghostnet", "ghostnet_100"),
        ("mobilenet_v4", "mobilenetv4_conv_small"),
        ("convnext_v2", "convnextv2_tiny"),
        ("mobileone", "mobileone_s0"),
        ("hrnet", "hrnet_w18"),
        ("regnet_y", "regnet_y_400mf"),
        ("res2net", "res2net50_26w_4s"),
        ("sknet", "skresnet18"),
        ("nfnet", "nfnet_l0"),
        ("resnest", "resnest14d"),
        ("mlp_mixer", "mixer_b16"),
        ("vit", "vit_b_16"),
        ("swin", "swin_t"),
        ("coatnet", "coatnet_0"),
        ("mobilevit", "mobilevit_s"),
    ],
)
def test_the_model_itself_is_the_commonest_variant(model, variant):
    assert analyzed(model).totals == analyzed(variant).totals


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
        # Howard et al. 2017, table 6; Sandler et al., table 4; Howard et al. 2019, table 3
        ("mobilenet_v1_1_00", 4.2e6, 569e6),
        ("mobilenet_v1_0_75", 2.6e6, 325e6),
        ("mobilenet_v1_0_50", 1.3e6, 149e6),
        ("mobilenet_v2", None, 300e6),
        ("mobilenet_v3_large", 5.4e6, 219e6),
        # Xie et al., table 1; Hu et al., table 2; Liu et al., table 1
        ("resnext50_32x4d", 25.0e6, 4.2e9),
        ("se_resnext50_32x4d", None, 4.25e9),
        ("convnext_tiny", 29e6, 4.5e9),
        # Ma et al., table 8
        ("shufflenet_v2_x0_5", 1.4e6, 41e6),
        ("shufflenet_v2_x1_0", 2.3e6, 146e6),
        ("shufflenet_v2_x1_5", 3.5e6, 299e6),
        ("shufflenet_v2_x2_0", 7.4e6, 591e6),
        # Liu et al. 2021, table 1
        ("swin_t", 29e6, 4.5e9),
        ("swin_s", 50e6, 8.7e9),
        ("swin_b", 88e6, 15.4e9),
        # Ding et al., table 4; Han et al., table 7; Woo et al., appendix A; Vasu et al., table 9
        ("repvgg_a0_fused", 8.30e6, 1.4e9),
        ("ghostnet_050", 2.6e6, 42e6),
        ("ghostnet_100", 5.2e6, 141e6),
        ("ghostnet_130", 7.3e6, 226e6),
        ("convnextv2_atto", 3.7e6, 0.55e9),
        ("convnextv2_huge", 660e6, 115e9),
        ("mobileone_s0_fused", 2.1e6, 275e6),
        ("mobileone_s4_fused", 14.8e6, 2978e6),
        # Li et al., table 1; Zhang et al., table 3
        ("skresnext50_32x4d", 27.5e6, 4.47e9),
        ("resnest50d", 27.5e6, 5.39e9),
        # Brock et al., table 3
        ("nfnet_f0", 71.5e6, 12.38e9),
        ("nfnet_f6", 438.4e6, 377.28e9),
    ],
)
def test_counts_of_the_papers(model, params, macs):
    # within what rounding, and counting norms, pools and activations or not, can make of them
    totals = analyzed(model).totals
    assert totals.macs == pytest.approx(macs, rel=0.03)
    if params:
        assert totals.trainable_params == pytest.approx(params, rel=0.03)


# -- arithmetic, where nobody has published a count


def conv(kernel, inside, filters, size):
    """Parameters with the biases, and multiply-adds, of a convolution of kernel² whose output is size² large."""
    return kernel**2 * inside * filters + filters, kernel**2 * inside * filters * size**2


def dense(inside, units):
    return conv(1, inside, units, 1)


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        # 32 → 28 → 14 → 10 → 5
        ("lenet5", [conv(5, 1, 6, 28), conv(5, 6, 16, 10), dense(5 * 5 * 16, 120), dense(120, 84), dense(84, 10)]),
        # (224 − 11)/4 + 1 = 54 → 26 → 12 → 5
        (
            "alexnet_v2",
            [
                *(conv(11, 3, 64, 54), conv(5, 64, 192, 26)),
                *(conv(3, 192, 384, 12), conv(3, 384, 384, 12), conv(3, 384, 256, 12)),
                *(dense(5 * 5 * 256, 4096), dense(4096, 4096), dense(4096, 1000)),
            ],
        ),
        # figure 3: 224 → 110 → 55 → 26 → 13 → 6
        (
            "zfnet",
            [
                *(conv(7, 3, 96, 110), conv(5, 96, 256, 26)),
                *(conv(3, 256, 384, 13), conv(3, 384, 384, 13), conv(3, 384, 256, 13)),
                *(dense(6 * 6 * 256, 4096), dense(4096, 4096), dense(4096, 1000)),
            ],
        ),
        # 32 → 16 → 8
        (
            "network_in_network",
            [
                *(conv(5, 3, 192, 32), conv(1, 192, 160, 32), conv(1, 160, 96, 32)),
                *(conv(5, 96, 192, 16), conv(1, 192, 192, 16), conv(1, 192, 192, 16)),
                *(conv(3, 192, 192, 8), conv(1, 192, 192, 8), conv(1, 192, 10, 8)),
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_counts_layer_by_layer(model, layers):
    analysis = analyzed(model)
    assert [(each.params, each.macs) for each in analysis.layers if each.params] == layers
    assert analysis.totals.params == sum(params for params, _ in layers)
    assert analysis.totals.macs == sum(macs for _, macs in layers)


def test_lenet5_in_numbers():
    assert (analyzed("lenet5").totals.params, 156 + 2_416 + 48_120 + 10_164 + 850) == (61_706, 61_706)


def test_squeeze_and_excitation_adds_two_dense_layers_a_unit():
    plain, gated = analyzed("resnext50_32x4d").totals, analyzed("se_resnext50_32x4d").totals
    units = [(256, 3), (512, 4), (1024, 6), (2048, 3)]
    # a mean of each channel, then C → C/16 → C
    assert gated.params - plain.params == sum(n * (2 * c * c // 16 + c // 16 + c) for c, n in units)
    assert gated.macs - plain.macs == sum(n * 2 * c * c // 16 for c, n in units)
    assert gated.params == 25_028_904 + 2_530_992


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_where_a_stride_sits_changes_no_kernel(depth):
    # TF-Slim's parameters are torchvision's, and Keras adds a bias for each filter of a convolution
    here, there = analyzed(f"resnet_v1_{depth}"), analyzed(f"resnet{depth}")
    assert here.totals.trainable_params == there.totals.params
    filters = sum(each.node.output.channels for each in there.layers if each.node.kind == "conv")
    assert analyzed(f"resnet{depth}_keras").totals.trainable_params == there.totals.params + filters


# -- inputs of another size

GROWS_WITH_ITS_INPUT = {
    "lenet5": ["dense1"],
    "zfnet": ["dense1"],
    "coatnet": [f"transformers.0.{unit}.attention1" for unit in range(5)]
    + [f"transformers.1.{unit}.attention1" for unit in range(2)],
    "vit": ["position_embedding"],
}
"""Layers that learn something for each position, or for each distance between two."""
OTHER_SIZES = {"mobilevit": "256x320", "swin": "224x448"}
"""A size that its windows divide, where those do not divide 288×320."""


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "mlp_mixer"], ids=lambda path: path.stem)
def test_another_size_changes_no_weights_behind_a_mean(path):
    own, wide = analyzed(path.stem), analyzed(path.stem, input=OTHER_SIZES.get(path.stem, "288x320"))
    grown = [each.name for each, other in zip(own.layers, wide.layers, strict=True) if each.params != other.params]
    # a dense layer that reads every position has as many weights more as there are more of them
    assert grown == GROWS_WITH_ITS_INPUT.get(path.stem, [])
    if path.stem != "alexnet_v2":  # which has scores at several places then
        assert wide.layers[-1].node.output.sizes("channels_last") == own.layers[-1].node.output.sizes("channels_last")


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


def test_the_paths_of_sknet_widen_its_field():
    # in each unit the first 3×3 of ResNet-18 becomes a 5×5: two more of the steps at which it reads
    (field,) = (each.fields["input"] for each in analyzed("skresnet18").walk() if each.name == "stage.3.1")
    assert (field.is_gated, {*field.size}) == (True, {435 + 2 * (4 + 4 + 4 + 8 + 8 + 16 + 16 + 32)})


# -- U-Net


def double(inside, filters):
    """Parameters of two 3×3 convolutions, each with its biases."""
    return 9 * inside * filters + filters + 9 * filters * filters + filters


def test_parameters_of_unet():
    widths = [64, 128, 256, 512, 1024]
    down = sum(double(inside, filters) for inside, filters in pairwise([1, *widths]))
    # an up-convolution of 2×2 halves the channels; after the concatenation there are as many as before it
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


# -- transfer learning


def test_what_learns_in_transfer_learning():
    # Xception without its dense layer and with a unit in its place; frozen, all of it is non-trainable
    backbone = 22_910_480 - 2048 * 1000 - 1000
    for variant, trainable in (("new_head", 2049), ("fine_tuning", backbone - 54_528 + 2049)):
        totals = analyzed(variant).totals
        assert (totals.params, totals.trainable_params) == (backbone + 2049, trainable)
