"""Shipped networks that answer for every place of an image, held against published counts or arithmetic written out."""

from collections import Counter

import pytest
from specs.reference import analyzed


def outputs(model, **overrides):
    """The size of each output of a model, by the entry that gives it."""
    graph = analyzed(model, **overrides).spec.graph
    return [node.output.sizes("channels_last") for node in graph.output_nodes]


def rows(model, **overrides):
    return {each.name: each for each in analyzed(model, **overrides).walk()}


def normed(*convolutions):
    """Parameters of convolutions (taps, in, out) without biases, each followed by a scale and an offset per filter."""
    return sum(taps * inside * filters + 2 * filters for taps, inside, filters in convolutions)


# -- FCN-32s

VGG16 = [
    (1, 3, 64), (1, 64, 64), (2, 64, 128), (2, 128, 128), (3, 128, 256), (3, 256, 256), (3, 256, 256),
    (4, 256, 512), (4, 512, 512), (4, 512, 512), (5, 512, 512), (5, 512, 512), (5, 512, 512),
]  # fmt: skip
"""Stage, channels in, filters of its thirteen 3×3 convolutions."""


def test_parameters_of_fcn_32s():
    convolutions = sum(9 * inside * filters + filters for _, inside, filters in VGG16)
    dense = 7 * 7 * 512 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 21 + 21
    assert round((convolutions + dense) / 10**6) == 134  # Long et al., table 1: without the upsampling
    assert analyzed("fcn_32s").totals.params == convolutions + dense + 64 * 64 * 21 * 21


def test_multiply_adds_of_fcn_32s():
    # 500 + 200 − 2 = 698, and then halves, rounded up: a stage's maps
    side = {1: 698, 2: 349, 3: 175, 4: 88, 5: 44}
    macs = sum(side[stage] ** 2 * 9 * inside * filters for stage, inside, filters in VGG16)
    macs += 16**2 * (7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 21)  # 22 − 7 + 1 = 16
    assert analyzed("fcn_32s").totals.macs == macs + 16**2 * 64 * 64 * 21 * 21


def test_receptive_field_of_fcn_32s():
    # table 1: 404 pixels, a step of 32; its upsampling blends at most two neighbours an axis
    entries = rows("fcn_32s")
    assert (entries["score"].fields["input"].size, entries["score"].fields["input"].stride) == ((404,) * 2, (32,) * 2)
    assert entries["crop1"].fields["input"].size == (404 + 32,) * 2


@pytest.mark.parametrize("side", [20, 244, 500, 532])
def test_fcn_32s_answers_for_every_pixel(side):
    # where 12 more than the image is a multiple of 32; the 25 that the crop cuts off the end differ elsewhere
    assert outputs("fcn_32s", input=f"{side}x{side}") == [(side, side, 21)]


# -- DeepLabV3


def resnet50(width, units, inside):
    """The convolutions of a stage of bottlenecks, the first with a shortcut."""
    first = [(1, inside, width), (9, width, width), (1, width, 4 * width), (1, inside, 4 * width)]
    return first + (units - 1) * [(1, 4 * width, width), (9, width, width), (1, width, 4 * width)]


STAGE1, STAGE2 = resnet50(64, 3, 64), resnet50(128, 4, 256)
STAGE3, STAGE4 = resnet50(256, 6, 512), resnet50(512, 3, 1024)
ASPP = [(1, 2048, 256), *[(9, 2048, 256)] * 3, (1, 5 * 256, 256)]
"""Its four convolutions at every place, and the one that joins them; the one after the global pool is left out."""


def test_parameters_of_deeplabv3():
    backbone = normed((49, 3, 64), *STAGE1, *STAGE2, *STAGE3, *STAGE4)
    assert backbone == 25_557_032 - 2048 * 1000 - 1000  # ResNet-50 without its dense layer
    head = normed(*ASPP, (1, 2048, 256), (9, 256, 256)) + 256 * 21 + 21
    aux = normed((9, 1024, 256)) + 256 * 21 + 21
    # num_params in torchvision's documentation, DeepLabV3_ResNet50_Weights
    assert analyzed("deeplabv3").totals.params == backbone + head + aux == 42_004_074


def test_multiply_adds_of_deeplabv3():
    def macs(*convolutions):
        return sum(taps * inside * filters for taps, inside, filters in convolutions)

    work = 260**2 * macs((49, 3, 64)) + 130**2 * macs(*STAGE1)
    # the first unit of stage 2 still has its 1×1 at 130×130; from there on everything is 65×65
    work += 130**2 * macs(STAGE2[0]) + 65**2 * macs(*STAGE2[1:], *STAGE3, *STAGE4)
    work += 65**2 * macs(*ASPP, (9, 256, 256), (1, 256, 21)) + macs((1, 2048, 256))
    work += 65**2 * macs((9, 1024, 256), (1, 256, 21))
    assert analyzed("deeplabv3").totals.macs == work
    assert round(work / 10**9, 2) == 178.72  # GFLOPS (multiply-adds) in torchvision's documentation


def test_deeplabv3_answers_for_every_pixel():
    assert outputs("deeplabv3") == [(520, 520, 21)] * 2
    assert outputs("deeplabv3", input="256x384") == [(256, 384, 21)] * 2


# -- DCGAN


def test_parameters_of_the_dcgan_generator():
    # the arrays of gen_params in the authors' train_uncond_dcgan.py: gw, gg, gb, gw2, gg2, gb2, …, gwx
    dense = 100 * 1024 * 4 * 4 + 2 * 1024 * 4 * 4
    growing = normed((25, 1024, 512), (25, 512, 256), (25, 256, 128))
    assert analyzed("dcgan").totals.params == dense + growing + 25 * 128 * 3


def test_multiply_adds_of_the_dcgan_generator():
    # every place that goes in meets all weights of the 5×5
    growing = 4**2 * 25 * 1024 * 512 + 8**2 * 25 * 512 * 256 + 16**2 * 25 * 256 * 128 + 32**2 * 25 * 128 * 3
    assert analyzed("dcgan").totals.macs == 100 * 1024 * 4 * 4 + growing


def test_sizes_of_the_dcgan_generator():
    # figure 1
    sizes = [each.output.sizes("channels_last") for each in analyzed("dcgan").entries[1:]]
    assert sizes == [(4, 4, 1024), (8, 8, 512), (16, 16, 256), (32, 32, 128), (64, 64, 3)]


# -- YOLOv3


def squeeze(inside, width):
    wide = [(9, width, 2 * width), (1, 2 * width, width)]
    return [(1, inside, width), *wide, *wide]


def boxes(width):
    """Parameters of what is predicted at a place: three boxes of 4 sides, an objectness and 80 classes, with biases."""
    return width * 3 * (4 + 1 + 80) + 3 * (4 + 1 + 80)


NECK = [*squeeze(1024, 512), (9, 512, 1024), (1, 512, 256), *squeeze(256 + 512, 256), (9, 256, 512)]


def test_parameters_of_the_neck_of_yolov3():
    assert analyzed("yolov3_neck").totals.params == normed(*NECK) + boxes(1024) + boxes(512)


def test_multiply_adds_of_the_neck_of_yolov3():
    work = [taps * inside * filters for taps, inside, filters in NECK]
    # the first seven at 13×13, and the eighth, before the upsampling
    macs = 13**2 * (sum(work[:7]) + 1024 * 255) + 26**2 * (sum(work[7:]) + 512 * 255)
    assert analyzed("yolov3_neck").totals.macs == macs


def test_the_neck_of_yolov3_has_two_outputs():
    assert outputs("yolov3_neck") == [(13, 13, 255), (26, 26, 255)]


def test_parameters_of_yolov3():
    # Darknet-53, table 1: units of (half, all) the channels, after a convolution that strides
    backbone = [(9, 3, 32)]
    for units, width in ((1, 64), (2, 128), (8, 256), (8, 512), (4, 1024)):
        backbone += [(9, width // 2, width)] + units * [(1, width, width // 2), (9, width // 2, width)]
    third = [(1, 256, 128), *squeeze(128 + 256, 128), (9, 128, 256)]
    params = normed(*backbone, *NECK, *third) + boxes(1024) + boxes(512) + boxes(256)
    assert analyzed("yolov3").totals.params == params
    # yolov3.weights has 248,007,048 bytes: five numbers of header, and the moving statistics of each norm too
    norms = 2 * sum(filters for *_, filters in (*backbone, *NECK, *third))
    assert 20 + 4 * (params + norms) == 248_007_048


@pytest.mark.parametrize(("side", "billions"), [(416, 65.86), (608, 140.69)])
def test_operations_of_yolov3(side, billions):
    # pjreddie.com/darknet/yolo: YOLOv3-416 and YOLOv3-608; an addition and a multiplication count two
    assert round(2 * analyzed("yolov3", input=f"{side}x{side}").totals.macs / 10**9, 2) == billions


def test_yolov3_looks_on_three_scales():
    assert outputs("yolov3") == [(13, 13, 255), (26, 26, 255), (52, 52, 255)]
    assert outputs("yolov3", input="320x480") == [(10, 15, 255), (20, 30, 255), (40, 60, 255)]


# -- pix2pix


def test_the_patches_of_patchgan():
    # section 3.2.2 of Isola et al.: 70×70; their code's C64-C128-C256-C512 for two images of three channels
    fields = analyzed("patchgan").entries[-1].fields
    assert {name: (field.size, field.stride) for name, field in fields.items()} == {
        "given": ((70, 70), (8, 8)),
        "answer": ((70, 70), (8, 8)),
    }
    params = 16 * 6 * 64 + 64 + normed((16, 64, 128), (16, 128, 256), (16, 256, 512)) + 16 * 512 + 1
    assert analyzed("patchgan").totals.params == params
    assert outputs("patchgan") == [(30, 30, 1)]


def test_parameters_of_pix2pix():
    down = 16 * 3 * 64 + normed((16, 64, 128), (16, 128, 256), (16, 256, 512), *3 * [(16, 512, 512)]) + 16 * 512 * 512
    up = normed((16, 512, 512), *3 * [(16, 1024, 512)], (16, 1024, 256), (16, 512, 128), (16, 256, 64))
    assert analyzed("pix2pix").totals.params == down + up + 16 * 128 * 3 + 3
    assert round((down + up + 16 * 128 * 3 + 3) / 1000) == 54_414  # what the authors' code prints: 54.414 M


# -- EDSR


@pytest.mark.parametrize(("factor", "params"), [(2, 1_369_859), (3, 1_554_499), (4, 1_517_571)])
def test_parameters_of_the_baseline_of_edsr(factor, params):
    def three(inside, filters):
        return 9 * inside * filters + filters

    enlarge = {2: [4], 3: [9], 4: [4, 4]}[factor]
    body = 16 * 2 * three(64, 64) + three(64, 64)
    assert three(3, 64) + body + sum(three(64, 64 * n) for n in enlarge) + three(64, 3) == params
    assert analyzed(f"edsr_baseline_x{factor}").totals.params == params


def test_work_of_edsr():
    # for an image of 1280×720, as the field counts; Lim et al., table 1: 43M parameters
    twice, four_times = analyzed("edsr_x2", input="360x640"), analyzed("edsr_x4", input="180x320")
    assert round(four_times.totals.params / 10**6) == 43
    assert twice.spec.graph.output_nodes[0].output == four_times.spec.graph.output_nodes[0].output
    assert four_times.totals.macs < twice.totals.macs / 3
    baseline = analyzed("edsr_baseline_x2", input="360x640").totals.macs
    assert baseline == 360 * 640 * 9 * (3 * 64 + 33 * 64 * 64 + 64 * 256) + 720 * 1280 * 9 * 64 * 3


# -- PSPNet


def test_parameters_of_pspnet():
    backbone = normed((9, 3, 64), (9, 64, 64), (9, 64, 128), *resnet50(64, 3, 128), *STAGE2, *STAGE3, *STAGE4)
    head = normed(*4 * [(1, 2048, 512)], (9, 4096, 512)) + 512 * 21 + 21
    aux = normed((9, 1024, 256)) + 256 * 21 + 21
    assert analyzed("pspnet").totals.params == backbone + head + aux


def test_pspnet_answers_for_every_pixel():
    assert outputs("pspnet") == [(473, 473, 21)] * 2
    assert outputs("pspnet", input="65x89") == [(65, 89, 21)] * 2


# -- torchvision's detectors and LR-ASPP


@pytest.mark.parametrize(
    ("model", "params", "giga"),
    [("retinanet", 34_014_999, 151.54), ("lraspp", 3_221_538, 2.086), ("ssd300", 35_641_826, 34.858)],
)
def test_counts_of_the_documentation(model, params, giga):
    # num_params and GFLOPS (multiply-adds) in torchvision's documentation; layer by layer in test_published
    totals = analyzed(model).totals
    assert totals.params == params
    assert round(totals.macs / 10**9, len(str(giga).split(".")[1])) == giga


def test_the_heads_of_retinanet():
    # four 3×3 of 256, and nine boxes a place; learned once and used on the five levels P3 to P7
    entries = rows("retinanet")
    tower = 4 * (9 * 256 * 256 + 256)
    places = [100**2, 50**2, 25**2, 13**2, 7**2]
    for name, filters in (("scores", 9 * 91), ("boxes", 9 * 4)):
        levels = [entries[f"{name}3"], *(entries[f"{name}.{copy}"] for copy in range(4))]
        assert [each.params for each in levels] == [tower + 9 * 256 * filters + filters, 0, 0, 0, 0]
        assert [each.macs for each in levels] == [n * 9 * 256 * (4 * 256 + filters) for n in places]


def test_sizes_of_retinanet():
    maps = [(100, 100), (50, 50), (25, 25), (13, 13), (7, 7)]
    assert outputs("retinanet") == [(*side, boxes) for boxes in (819, 36) for side in maps]


def test_the_head_of_lraspp():
    params = 2 * 960 * 128 + 2 * 128 + 128 * 21 + 21 + 40 * 21 + 21
    work = 33**2 * 960 * 128 + 960 * 128 + 65**2 * (128 * 21 + 40 * 21)
    whole, backbone = analyzed("lraspp").totals, analyzed("lraspp").entries[0]
    assert (whole.params - backbone.params, whole.macs - backbone.macs) == (params, work)
    assert outputs("lraspp", input="257x385") == [(257, 385, 21)]


def test_the_boxes_of_ssd300():
    # Liu et al., table 7: 8732 boxes on six maps; torchvision has 91 classes
    sides, boxes = [38, 19, 10, 5, 3, 1], [4, 6, 6, 6, 4, 4]
    assert sum(n * side**2 for n, side in zip(boxes, sides, strict=True)) == 8732
    maps = list(zip(sides, sides, strict=True))
    scores = [(*side, 91 * n) for side, n in zip(maps, boxes, strict=True)]
    assert outputs("ssd300") == scores + [(*side, 4 * n) for side, n in zip(maps, boxes, strict=True)]


# -- EfficientDet-D0


def test_counts_of_efficientdet_d0():
    # Tan, Pang and Le, table 2: 3.9M parameters, 2.5B multiply-adds; effdet's layers one by one in test_published
    totals = analyzed("efficientdet_d0").totals
    assert (round(totals.params / 10**6, 1), round(totals.macs / 10**9, 1)) == (3.9, 2.5)


def test_the_bifpn_of_efficientdet_d0():
    entries = rows("efficientdet_d0")
    # eight nodes: a separable convolution without biases and a norm; two or three weights for what comes together
    node = 9 * 64 + 64 * 64 + 2 * 64
    bifpn = 8 * node + (4 * 2 + 3 * 3 + 2)
    assert [entries[f"bifpn{n}"].params for n in (1, 2, 3)] == [bifpn] * 3
    laterals = normed((1, 40, 64), (1, 112, 64), (1, 112, 64), (1, 320, 64), (1, 320, 64), (1, 320, 64))
    heads = [entries["classes"], entries["boxes"], entries["more_classes"], entries["more_boxes"]]
    tower = 3 * node
    assert [each.params for each in heads[:2]] == [
        tower + 9 * 64 + 64 * 810 + 810,
        tower + 9 * 64 + 64 * 36 + 36,
    ]
    assert [each.params for each in heads[2:]] == [4 * 3 * 2 * 64] * 2  # only norms
    others = entries["backbone"].params + sum(each.params for each in heads)
    assert analyzed("efficientdet_d0").totals.params == others + laterals + 3 * bifpn


def test_sizes_of_efficientdet_d0():
    maps = [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]
    assert outputs("efficientdet_d0") == [(*side, boxes) for boxes in (810, 36) for side in maps]


# -- YOLOv8


@pytest.mark.parametrize(
    ("size", "params", "gflops"),
    [
        # ultralytics/cfg/models/v8/yolov8.yaml: parameters, with the sixteen that are fixed
        ("n", 3_157_200, 8.9),
        ("s", 11_166_560, 28.8),
        ("m", 25_902_640, 79.3),
        ("l", 43_691_520, 165.7),
        ("x", 68_229_648, 258.5),
    ],
)
def test_counts_of_yolov8(size, params, gflops):
    totals = analyzed(f"yolov8{size}").totals
    assert (totals.params, totals.non_trainable_params) == (params, 16)
    # their GFLOPs are two per multiply-add, and count norms and activations too
    assert 0.96 * gflops < 2 * totals.macs / 10**9 < gflops


def test_sizes_of_yolov8():
    # 80×80 + 40×40 + 20×20 places; four sides and 80 classes
    assert outputs("yolov8") == [(8400, 84)]
    assert outputs("yolov8x", input="320x480") == [(40 * 60 + 20 * 30 + 10 * 15, 84)]


# -- SegNet

BACK = [
    (5, 512, 512), (5, 512, 512), (5, 512, 512), (4, 512, 512), (4, 512, 512), (4, 512, 256),
    (3, 256, 256), (3, 256, 256), (3, 256, 128), (2, 128, 128), (2, 128, 64), (1, 64, 64),
]  # fmt: skip
"""Stage, channels in, filters of the decoder's 3×3 convolutions but the last."""


def test_parameters_of_segnet():
    encoder = sum(9 * c * f + f for _, c, f in VGG16)
    assert round(encoder / 10**6, 1) == 14.7  # Badrinarayanan et al., section 3
    params = sum(9 * c * f + 3 * f for _, c, f in VGG16 + BACK) + 9 * 64 * 11 + 11
    assert analyzed("segnet").totals.params == params
    assert 4 * params // 10**6 == 117  # table 6: a model of 117 MB


def test_multiply_adds_of_segnet():
    places = {1: 360 * 480, 2: 180 * 240, 3: 90 * 120, 4: 45 * 60, 5: 23 * 30}
    macs = sum(places[stage] * 9 * c * f for stage, c, f in VGG16 + BACK) + places[1] * 9 * 64 * 11
    assert analyzed("segnet").totals.macs == macs
    # Paszke et al. (2016), ENet, table 2: 286 GFLOPs for 640×360; theirs rounds sizes down and counts all operations
    flops = 2 * analyzed("segnet", input="360x640", vars={"classes": 20}).totals.macs
    assert flops == pytest.approx(286e9, rel=0.005)


@pytest.mark.parametrize("size", [(360, 480), (45, 61)])
def test_segnet_answers_for_every_pixel(size):
    assert outputs("segnet", input="x".join(map(str, size))) == [(*size, 11)]


# -- DETR

ATTENTION = 4 * (256 * 256 + 256)
"""Query, key, value and output, with biases."""
FORWARD = 256 * 2048 + 2048 + 2048 * 256 + 256


def test_parameters_of_detr():
    backbone = 25_557_032 - 2048 * 1000 - 1000 - 53_120  # without its dense layer, and without scales and offsets
    encoder, decoder = ATTENTION + FORWARD + 2 * 512, 2 * ATTENTION + FORWARD + 3 * 512
    heads = 256 * 92 + 92 + 2 * (256 * 256 + 256) + 256 * 4 + 4
    params = backbone + 2048 * 256 + 256 + 6 * (encoder + decoder) + 100 * 256 + 512 + heads
    totals = analyzed("detr").totals
    assert totals.params == params
    # what the authors' code prints, "number of params: 41302368", is what learns: not the stem and the first stage
    frozen = 49 * 3 * 64 + sum(taps * c * f for taps, c, f in STAGE1)
    assert totals.trainable_params == params - frozen == 41_302_368


def test_multiply_adds_of_detr():
    backbone = analyzed("resnet50", input="800x1137", until="stage4").totals.macs
    n, m, c = 25 * 36, 100, 256
    own = n * 4 * c * c + 2 * n * n * c
    apart = m * 4 * c * c + 2 * m * m * c
    cross = 2 * m * c * c + 2 * n * c * c + 2 * n * m * c
    layers = 6 * (own + apart + cross + (n + m) * 2 * 2048 * c)
    heads = m * (c * 92 + 2 * c * c + c * 4)
    macs = backbone + n * 2048 * c + layers + heads
    assert analyzed("detr").totals.macs == macs
    # Carion et al., table 1: 86 G, the mean of a hundred images. OpenVINO's model zoo: 174.47 GFLOPs of any kind
    assert (round(macs / 10**9), 2 * macs / 10**9) == (87, pytest.approx(174.47, rel=0.01))


def test_sizes_of_detr():
    assert outputs("detr") == [(100, 92), (100, 4)]
    assert outputs("detr", vars={"height": 480, "width": 640}) == [(100, 92), (100, 4)]


# -- DDPM


def test_counts_of_ddpm():
    # appendix B: 35.7 million parameters for CIFAR-10
    assert round(analyzed("ddpm").totals.params / 1e6, 1) == 35.7


def test_attention_in_ddpm():
    # four projections of 256 channels with biases, and two products of all pairs; at 16×16 five times, at 4×4 once
    found = Counter((each.params, each.macs) for each in analyzed("ddpm").layers if each.node.kind == "attention")
    pairs = {side: 4 * side**2 * 256**2 + 2 * side**4 * 256 for side in (16, 4)}
    params = 4 * (256 * 256 + 256)
    assert found == {(params, pairs[16]): 2 + 3, (params, pairs[4]): 1}


def test_every_unit_of_ddpm_hears_of_the_time():
    # 8 on the way down, 2 in the middle, 12 on the way up: a dense layer from 512 to the unit's channels
    units = [each.params for each in analyzed("ddpm").layers if each.node.kind == "dense"][2:]
    assert Counter(units) == {513 * 128: 2 + 3, 513 * 256: 6 + 2 + 9}


def test_receptive_field_on_the_way_down_ddpm():
    fields = {each.name: each.fields.get("image") for each in analyzed("ddpm").walk()}
    sizes = {name: field.size[0] for name, field in fields.items() if field and field.status == "local"}
    assert sizes["level32"] == 3 + 4 * 2  # a 3×3, then two units of two 3×3
    assert sizes["level16.conv1"] == 11 + 2  # one with a step of 2: from here, 3×3 adds 4
    assert sizes["level16.units.0.residual1"] == 13 + 2 * 4
    # attention: each of the 256 positions weighs all of them in its own way, and so does what is added to it
    after = ["level16.units.0.residual2", "level16", "level8", "level4"]
    assert {name: fields[name].status for name in after} == dict.fromkeys(after, "global")


def test_what_detr_sees():
    entries = rows("detr")
    assert entries["conv1"].fields["image"].size == (427, 427)  # ResNet-50's, to the end of its fourth stage
    assert entries["queries"].fields == {}  # learned: they see nothing
    for name in ("scores", "boxes"):
        assert {key: field.status for key, field in entries[name].fields.items()} == dict.fromkeys(
            ("image", "positions"), "global"
        )
