"""Shipped networks for text, sound and points, held against published counts or arithmetic written out."""

import pytest
from specs.reference import analyzed


def sizes(model, **overrides):
    return [each.output.sizes("channels_last") for each in analyzed(model, **overrides).entries]


# -- TextCNN


def test_parameters_of_textcnn():
    params = [18_766 * 300, sum(width * 300 * 100 + 100 for width in (3, 4, 5)), 0, 3 * 100 * 2 + 2]
    assert [entry.params for entry in analyzed("textcnn").entries] == params


def test_multiply_adds_of_textcnn():
    # 57, 56, 55 places for windows of 3, 4, 5 words; looking an id up multiplies nothing
    macs = 57 * 3 * 300 * 100 + 56 * 4 * 300 * 100 + 55 * 5 * 300 * 100 + 300 * 2
    assert analyzed("textcnn").totals.macs == macs


@pytest.mark.parametrize("words", [5, 59, 200])
def test_textcnn_takes_sentences_of_any_length(words):
    assert sizes("textcnn", input=str(words)) == [(words, 300), (300,), (300,), (2,)]


# -- M5


def test_sizes_of_m5():
    # Dai et al., table 1: 32,000 samples, then 8,000 → 2,000 → 500 → 125 → 32 after the convolution and the pools
    lengths = [size[0] for size in sizes("m5")[:8]]
    assert lengths == [8000, 2000, 2000, 500, 500, 125, 125, 32]


def test_parameters_of_m5():
    convolutions = [80 * 1 * 128 + 128, 3 * 128 * 128 + 128, 3 * 128 * 256 + 256, 3 * 256 * 512 + 512]
    norms = 2 * (128 + 128 + 256 + 512)
    params = sum(convolutions) + norms + 512 * 10 + 10
    assert analyzed("m5").totals.params == analyzed("m5_urbansound").totals.params == params


def test_multiply_adds_of_m5():
    macs = 8000 * 80 * 128 + 2000 * 3 * 128 * 128 + 500 * 3 * 128 * 256 + 125 * 3 * 256 * 512 + 512 * 10
    assert analyzed("m5").totals.macs == macs


def test_m5_of_the_tutorial():
    # pytorch.org/tutorials, Speech Command Classification with torchaudio: Number of parameters: 26915
    assert analyzed("m5_tutorial").totals.params == 26_915
    # ⌊(8000 − 80) / 16⌋ + 1 = 496 → 124 → 122 → 30 → 28 → 7 → 5 → 1
    assert [size[0] for size in sizes("m5_tutorial")[:8]] == [496, 124, 122, 30, 28, 7, 5, 1]
    macs = 496 * 80 * 32 + 122 * 3 * 32 * 32 + 28 * 3 * 32 * 64 + 5 * 3 * 64 * 64 + 64 * 35
    assert analyzed("m5_tutorial").totals.macs == macs


# -- WaveNet

LAYER = 2 * (2 * 32 * 32 + 32) + (32 * 512 + 512) + (32 * 32 + 32)
"""Two convolutions of 2 for the gate, a 1×1 to the end, a 1×1 to the next layer (but not in the last), with biases."""


def test_parameters_of_wavenet():
    end = 512 * 512 + 512 + 512 * 256 + 256
    assert analyzed("wavenet").totals.params == 256 * 32 + 10 * LAYER - (32 * 32 + 32) + end


def test_multiply_adds_of_wavenet():
    layer = 2 * 2 * 32 * 32 + 32 * 512 + 32 * 32
    assert analyzed("wavenet").totals.macs == 16_000 * (10 * layer - 32 * 32 + 512 * 512 + 512 * 256)


def test_receptive_field_of_wavenet():
    # a layer adds its dilation: 2, 4, 8, … 1024, as the paper says, all of it in the past
    layers = [each for each in analyzed("wavenet").walk() if each.name in {f"stack.{n}" for n in range(10)}]
    assert [each.fields["input"].size for each in layers] == [(2**n,) for n in range(1, 11)]
    field = analyzed("wavenet").entries[-1].fields["input"]
    assert (field.stride, field.padding) == ((1,), (1023,))
    assert field.box((5000,)) == ((5000 - 1023, 5000),)


def test_wavenet_keeps_every_length():
    assert sizes("wavenet", input="100")[-1] == (100, 256)


# -- QuartzNet

STAGES = [(256, 33), (256, 39), (512, 51), (512, 63), (512, 75)]
"""Kriman et al., table 1: filters and kernel of B1 to B5."""


@pytest.mark.parametrize(("repeat", "millions"), [(1, 6.7), (2, 12.8), (3, 18.9)])
def test_parameters_of_quartznet(repeat, millions):
    def module(inside, filters, kernel):
        return kernel * inside + inside * filters + 2 * filters

    params, inside = module(64, 256, 33), 256
    for filters, kernel in STAGES:
        for _ in range(repeat):
            params += module(inside, filters, kernel) + 4 * module(filters, filters, kernel)
            params += inside * filters + 2 * filters
            inside = filters
    params += module(512, 512, 87) + 512 * 1024 + 2 * 1024 + 1024 * 29 + 29
    assert round(params / 10**6, 1) == millions
    assert analyzed(f"quartznet_{5 * repeat}x5").totals.params == params


@pytest.mark.parametrize("repeat", [1, 2, 3])
def test_receptive_field_of_quartznet(repeat):
    # 33 frames; then each module adds its kernel less 1, in steps of 2 frames; the last one is dilated
    frames = 33 + 2 * 5 * repeat * sum(kernel - 1 for _, kernel in STAGES) + 2 * 2 * (87 - 1)
    assert analyzed(f"quartznet_{5 * repeat}x5").entries[-1].fields["input"].size == (frames,)


# -- TCN


def test_parameters_of_tcn():
    # Bai et al., table 1: about 70K; eight levels of two convolutions of 7, and a 1×1 where the width changes
    first = (7 * 25 + 25) + (7 * 25 * 25 + 25) + (25 + 25)
    assert analyzed("tcn").totals.params == first + 7 * 2 * (7 * 25 * 25 + 25) + 25 * 10 + 10


def test_receptive_field_of_tcn():
    # section 3.3: a layer adds (k − 1)·d, and there are two of each dilation; more than the 784 pixels
    units = [each for each in analyzed("tcn").walk() if each.name in {f"unit1.{n}" for n in range(8)}]
    assert [each.fields["input"].size for each in units] == [(1 + 12 * (2 ** (n + 1) - 1),) for n in range(8)]
    assert units[-1].fields["input"].box((783,)) == ((783 - 3060, 783),)


# -- PointNet

POINT = [(3, 64), (64, 64), (64, 64), (64, 128), (128, 1024)]
"""What each point goes through: channels in and out."""
CLOUD = [(1024, 512), (512, 256)]


def learned(layers):
    """Weights and biases, and a scale and an offset for each channel that comes out."""
    return sum(inside * outside + 3 * outside for inside, outside in layers)


def test_parameters_of_pointnet():
    vanilla = learned(POINT + CLOUD) + 256 * 40 + 40
    assert analyzed("pointnet_vanilla").totals.params == vanilla
    assert round(vanilla / 10**6, 1) == 0.8  # Qi et al., table 6, without the transforms
    transforms = sum(learned([(c, 64), (64, 128), (128, 1024), *CLOUD]) + 256 * c * c + c * c for c in (3, 64))
    assert analyzed("pointnet").totals.params == vanilla + transforms
    assert round((vanilla + transforms) / 10**6, 1) == 3.5


def test_multiply_adds_of_pointnet():
    def work(points, transforms):
        macs = points * sum(c * f for c, f in POINT) + sum(c * f for c, f in CLOUD) + 256 * 40
        for c in transforms:
            macs += points * (c * 64 + 64 * 128 + 128 * 1024) + sum(c * f for c, f in CLOUD) + 256 * c * c
            macs += points * c * c  # each point times the matrix
        return macs

    assert analyzed("pointnet").totals.macs == work(1024, (3, 64))
    assert analyzed("pointnet_vanilla").totals.macs == work(1024, ())
    # table 6: 148 M and 440 M, which are those of 1,000 points
    assert round(analyzed("pointnet_vanilla", input="1000").totals.macs / 10**6) == 148
    assert round(analyzed("pointnet", input="1000").totals.macs / 10**7) == 44


@pytest.mark.parametrize("points", [1, 500, 4096])
def test_pointnet_takes_any_number_of_points(points):
    assert sizes("pointnet", input=str(points))[-1] == (40,)


# -- CRNN


def both_ways(gates, inside, units):
    """Parameters of a recurrent layer in both directions, with PyTorch's two biases a gate."""
    return 2 * gates * (units * (inside + units) + 2 * units)


READING = [(1, 64), (64, 128), (128, 256), (256, 256), (256, 512), (512, 512)]
"""The 3×3 convolutions of CRNN: channels in and out."""


def test_parameters_of_crnn():
    params = sum(9 * c * f + f for c, f in READING) + 4 * 512 * 512 + 512
    params += 2 * (256 + 512 + 512)  # norms after the third, fifth and seventh
    params += both_ways(4, 512, 256) + 512 * 256 + 256 + both_ways(4, 256, 256) + 512 * 37 + 37
    assert analyzed("crnn").totals.params == params
    assert round(params / 10**6, 1) == 8.3  # Shi, Bai and Yao, table 3


def test_multiply_adds_of_crnn():
    places = [32 * 100, 16 * 50, 8 * 25, 8 * 25, 4 * 26, 4 * 26]
    macs = sum(n * 9 * c * f for n, (c, f) in zip(places, READING, strict=True)) + 26 * 4 * 512 * 512
    # per step and direction four gates, of what is read and of the state
    steps = 2 * 4 * 256 * (512 + 256) + 512 * 256 + 2 * 4 * 256 * (256 + 256) + 512 * 37
    assert analyzed("crnn").totals.macs == macs + 26 * steps


@pytest.mark.parametrize(("width", "steps"), [(100, 26), (160, 41)])
def test_crnn_reads_lines_of_any_length(width, steps):
    # section 2.1: W/4 columns, and what the paddings of the last two pools add
    assert sizes("crnn", input=f"32x{width}")[-1] == (steps, 37)


def test_what_crnn_sees():
    # across: 3, 4 (steps of 2), 8, 10 (steps of 4), 18, 26, and from here no more strides: 30, 38, 46, 50, 54
    across = [each.fields["input"].size[1:] for each in analyzed("crnn").entries[:11]]
    assert across == [(size,) for size in (3, 4, 8, 10, 18, 26, 30, 38, 46, 50, 54)]
    assert analyzed("crnn").entries[-1].fields["input"].status == "global"


# -- Deep Speech 2

SOUND = 41 * 11 * 32 + 32 + 2 * 32 + 21 * 11 * 32 * 32 + 32 + 2 * 32
"""Parameters of its two convolutions; of 161 frequencies, 41 are left, with 32 channels each."""


@pytest.mark.parametrize(
    ("cell", "gates", "depth", "width"), [("lstm", 4, 5, 1024), ("gru", 3, 5, 800), ("rnn", 1, 7, 1024)]
)
def test_deep_speech_2(cell, gates, depth, width):
    params = both_ways(gates, 32 * 41, width) + (depth - 1) * both_ways(gates, width, width) + 2 * width * depth
    totals = analyzed("deepspeech2", vars={"cell": cell, "depth": depth, "width": width}).totals
    assert totals.params == SOUND + params + width * 29
    steps = 2 * gates * width * (32 * 41 + width + (depth - 1) * 2 * width) + width * 29
    maps = 81 * 101 * 41 * 11 * 32 + 41 * 101 * 21 * 11 * 32 * 32
    assert totals.macs == maps + 101 * steps


def test_what_users_of_deepspeech_pytorch_report():
    # its issue 608: about 52 million for seven GRUs of 768 units and 73 characters
    totals = analyzed("deepspeech2", vars={"cell": "gru", "depth": 7, "width": 768, "characters": 73}).totals
    assert round(totals.params / 10**6) == 52
