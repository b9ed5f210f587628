"""Receptive fields of published networks: every row of tests/data/receptive_fields.csv, and nothing else."""

from fractions import Fraction

import pytest
from specs.reference import PUBLISHED_FIELDS, analyzed, summary

from cnncalc.analysis.field_coverage import centre

ARAUJO = "Araujo et al. 2019 (Distill)"
DERIVED = "derived by the closed form"
LAYERS = {
    # the row → our spec, its variant, and the entry
    **{(ARAUJO, "vgg_16", f"pool{i}"): ("vgg16", None, f"max_pool{i}") for i in range(1, 6)},
    (ARAUJO, "mobilenet_v1", "last conv"): ("mobilenet_v1", "mobilenet_v1_slim", "last"),
    (ARAUJO, "alexnet_v2", "pool5"): ("alexnet_v2", None, "pool5"),
    (ARAUJO, "resnet_v1_50", "block1"): ("resnet_v1", None, "block1"),
    (ARAUJO, "resnet_v1_50", "block4"): ("resnet_v1", None, "block4"),
    (ARAUJO, "resnet_v1_101", "block4"): ("resnet_v1", "resnet_v1_101", "block4"),
    (ARAUJO, "resnet_v1_152", "block4"): ("resnet_v1", "resnet_v1_152", "block4"),
    (ARAUJO, "inception_v3", "last mixed"): ("inception_v3", None, "module_c1"),
    (ARAUJO, "inception_v4", "last mixed"): ("inception_v4", None, "last"),
    (ARAUJO, "inception_resnet_v2", "Conv2d_7b_1x1"): ("inception_resnet_v2", None, "Conv2d_7b_1x1"),
    **{(DERIVED, f"resnet{depth}", "layer4"): (f"resnet{depth}", None, "stage4") for depth in (18, 34, 50, 101, 152)},
    (DERIVED, "alexnet", "last max_pool"): ("alexnet", None, "max_pool3"),
    (DERIVED, "vgg19", "pool5"): ("vgg19", None, "max_pool5"),
}


def test_every_row_is_tested():
    assert set(LAYERS) == set(PUBLISHED_FIELDS)


@pytest.mark.parametrize("key", LAYERS, ids=lambda key: "-".join(key[1:]))
def test_size_stride_and_padding(key):
    row = PUBLISHED_FIELDS[key]
    model, variant, entry = LAYERS[key]
    found = summary(model, entry, variant=variant, input=f"{row['input']}x{row['input']}")
    assert found == tuple(int(row[column]) for column in ("size", "stride", "padding"))


@pytest.mark.parametrize("key", LAYERS, ids=lambda key: "-".join(key[1:]))
def test_no_branches_part(key):
    row = PUBLISHED_FIELDS[key]
    model, variant, _ = LAYERS[key]
    analysis = analyzed(model, variant=variant, input=f"{row['input']}x{row['input']}")
    assert all(field.is_aligned for layer in analysis.layers for field in layer.fields.values())


def test_the_centre_of_a_feature():
    # the article: feature [0, 2] of Conv2d_7b_1x1 is centred at [37, 101]
    analysis = analyzed("inception_resnet_v2", input="224x224")
    (layer,) = [each for each in analysis.layers if each.name == "Conv2d_7b_1x1"]
    field = layer.fields["input"]
    assert [Fraction(low + high, 2) for low, high in field.box((0, 2))] == [37, 101]
    assert centre(field) == (37, 37)


def test_same_padding_of_mobilenet_depends_on_the_input():
    # At 224 every layer with a stride meets an even size (224, 112, 56, 28, 14) and pads nothing before it. At 321 all
    # sizes are odd (321, 161, 81, 41, 21), one zero goes before, and the steps there are 1, 2, 4, 8, 16: 31 more.
    assert (
        summary("mobilenet_v1_slim", "last", input="321x321") == (315, 32, 126 + 1 + 2 + 4 + 8 + 16) == (315, 32, 157)
    )


def test_the_inceptions_have_the_parameters_that_others_count():
    # Keras Applications, InceptionResNetV2; timm's inception_v4 has 42,679,816, of which 1536·1000 + 1000 in its head,
    # and a factor a channel in every norm, half as many as moving statistics
    assert analyzed("inception_resnet_v2").totals.params == 55_873_736
    assert analyzed("inception_resnet_v2").totals.trainable_params == 55_813_192
    totals = analyzed("inception_v4").totals
    assert totals.trainable_params + totals.non_trainable_params // 2 == 42_679_816 - 1_537_000
