"""Shipped specs against what torchvision and Keras have: the counts of each model, and its layers one by one."""

from collections import Counter

import pytest
from specs.reference import COUNTS, DATA, OURS, analyzed, check_counts, own_layers, reference, reference_layers


@pytest.mark.parametrize("key", COUNTS, ids="-".join)
def test_published_counts(key):
    check_counts(COUNTS[key], OURS.get(key[1], key[1]))


@pytest.mark.parametrize("file", sorted(path.name for path in (DATA / "layers").glob("*.json")))
def test_layer_by_layer(file):
    publisher, model = file.removesuffix(".json").split("-")
    size = {"efficientnet_b4": "224x224"}.get(model)  # where torchvision was measured
    convention = "keras" if publisher == "keras" else "pytorch"
    measured = reference(file)
    theirs = reference_layers(measured)
    ours = own_layers(
        analyzed(OURS.get(model, model), input=size, convention=convention), macs="macs" in measured["columns"]
    )
    if model == "VGG16":
        ours.remove(("adaptive_avg_pool", (7, 7, 512), 0, 0))  # torchvision's; it changes nothing at this size
    if model in CHAINS:
        assert ours == theirs
    else:  # in branches each has an order of its own
        assert Counter(ours) == Counter(theirs) + Counter(FUNCTIONAL_POOLS.get(model))


CHAINS = {
    "alexnet", "vgg11", "vgg16", "vgg19_bn", "VGG16", "MobileNet", "convnextv2_tiny", "mobilenetv4_conv_small",
    "mobilenetv4_conv_medium", "repvgg_a0_fused", "swin_t", "vit_b_16",
}  # fmt: skip
FUNCTIONAL_POOLS = {
    # calls of functions, which a list of PyTorch's modules lacks
    "densenet121": {("global_avg_pool", (1024,), 0, 0): 1},
    "inception_v3": {
        ("avg_pool", (35, 35, 192), 0, 0): 1,
        ("avg_pool", (35, 35, 256), 0, 0): 1,
        ("avg_pool", (35, 35, 288), 0, 0): 1,
        ("max_pool", (17, 17, 288), 0, 0): 1,
        ("avg_pool", (17, 17, 768), 0, 0): 4,
        ("max_pool", (8, 8, 768), 0, 0): 1,
        ("avg_pool", (8, 8, 1280), 0, 0): 1,
        ("avg_pool", (8, 8, 2048), 0, 0): 1,
    },
    "efficientdet_d0": {
        ("global_avg_pool", (32,), 0, 0): 1,
        ("global_avg_pool", (96,), 0, 0): 1,
        ("global_avg_pool", (144,), 0, 0): 2,
        ("global_avg_pool", (240,), 0, 0): 2,
        ("global_avg_pool", (480,), 0, 0): 3,
        ("global_avg_pool", (672,), 0, 0): 3,
        ("global_avg_pool", (1152,), 0, 0): 4,
    },
    "coatnet_0_224": {("global_avg_pool", (384,), 0, 0, 0): 2, ("global_avg_pool", (768,), 0, 0, 0): 3},
    "mixer_b16_224": {("global_avg_pool", (768,), 0, 0, 0): 1},
    "mobilenet_v2": {("global_avg_pool", (1280,), 0, 0): 1},
    "shufflenet_v2_x1_0": {("global_avg_pool", (1024,), 0, 0): 1},
    "skresnet18": {("global_avg_pool", (width,), 0, 0, 0): 2 for width in (64, 128, 256, 512)},
    "resnest14d": {("global_avg_pool", (width,), 0, 0, 0): 1 for width in (64, 128, 256, 512)},
    "nfnet_l0": {("global_avg_pool", (width,), 0, 0, 0): units for width, units in ((256, 1), (512, 2), (1536, 6 + 3))},
    "x3d_s": {
        ("global_avg_pool", (54,), 0, 0, 0): 2,
        ("global_avg_pool", (108,), 0, 0, 0): 3,
        ("global_avg_pool", (216,), 0, 0, 0): 6,
        ("global_avg_pool", (432,), 0, 0, 0): 4 + 1,
    },
}
