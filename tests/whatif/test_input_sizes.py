"""Input sizes that fit and at which no stride drops anything: against arithmetic, and against reading at every size."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import neighbour
from specs.reference import mostly_by_night

import cnncalc
from cnncalc.cli import run
from cnncalc.source.open_model import open_variant, shipped
from cnncalc.spec.top_level import Overrides
from cnncalc.whatif._size_trials import SizeTrials
from cnncalc.whatif.input_sizes import InputSizes, at_a_fitting_size, legal_sizes
from cnncalc.whatif.solving import QuestionError

slow_way = neighbour(__file__, "sizes_one_by_one")


def sizes_of(text: str, bound: int = 256) -> InputSizes:
    return legal_sizes(cnncalc.load(text), bound)


def layers(*entries: str, input: str = "64x64x8", head: str = "") -> str:
    return f"{head}input: {input}\nlayers:\n" + "".join(f"  - {entry}\n" for entry in entries)


def multiples(step: int, first: int | None = None, last: int = 256) -> list[int]:
    return list(range(first or step, last + 1, step))


EVERY = multiples(1)


# -- single windows: which rows of the input are read


@pytest.mark.parametrize(
    ("entry", "legal", "whole", "even"),
    [
        # windows of 2 at 0, 2, 4 …: of an odd number of rows the last is left
        ("max_pool: 2", multiples(1, 2), multiples(2), multiples(2)),
        # the first window begins at −1, the last ends at n − 1 or at n, which is padding: all rows are read
        ("{conv: 3x3x8, stride: 2, padding: 1}", EVERY, EVERY, multiples(2)),
        ("{max_pool: 3, stride: 2, padding: 1}", EVERY, EVERY, multiples(2)),
        ("{conv: 7x7x8, stride: 2, padding: 3}", EVERY, EVERY, multiples(2)),
        # windows of 3 from 0: the last ends at n − 1 if n is odd. (n − 3) / 2 + 1 = n / 2 has no solution
        ("{conv: 3x3x8, stride: 2}", multiples(1, 3), multiples(2, 3), []),
        # from −1 in steps of 3: the last of m windows ends at row 3m − 2, so of 3m rows one is left
        ("{conv: 3x3x8, stride: 3, padding: 1}", EVERY, [n for n in EVERY if n % 3], []),
        # it samples: rows 1, 3, 5, … are left out at every size, on purpose
        ("{conv: 1x1x8, stride: 2}", EVERY, EVERY, multiples(2)),
        # 2 of 5 rows are left out on purpose, after the last window too; of 5m + 1 rows the last begins a window
        ("{conv: 3x3x8, stride: 5}", multiples(1, 3), [n for n in multiples(1, 3) if n % 5 in (0, 3, 4)], multiples(5)),
        # cut short instead: nothing is left
        ("{max_pool: 2, rounding: ceil}", EVERY, EVERY, multiples(2)),
        # d·(k − 1) + 1 = 5 rows a window
        ("{conv: 3x3x8, dilation: 2}", multiples(1, 5), multiples(1, 5), multiples(1, 5)),
    ],
)
def test_one_window(entry: str, legal: list[int], whole: list[int], even: list[int]):
    found = sizes_of(layers(entry)).alike
    assert (found.legal, found.whole, found.even) == (legal, whole, even)


def test_the_border_of_a_pad_is_no_input():
    # as in Keras' networks: the same as a padding of 1, but the convolution reads n + 2 rows
    entries = "{pad: 1}", "{conv: 3x3x8, stride: 2}"
    assert sizes_of(layers(*entries)).alike == sizes_of(layers("{conv: 3x3x8, stride: 2, padding: 1}")).alike
    # one row before, none after: windows from −1 to n − 1 or n − 2
    assert sizes_of(layers("{pad: [[1, 0], [1, 0]]}", "{conv: 3x3x8, stride: 2}")).alike.whole == multiples(2)


def test_same_of_keras_is_worked_out_anew_for_each_size():
    # ⌈n / s⌉ windows, whatever the size
    found = sizes_of(layers("{conv: 5x5x8, stride: 3, padding: same}", head="convention: keras\n"))
    assert (found.alike.legal, found.alike.whole, found.alike.even) == (EVERY, EVERY, multiples(3))


def test_a_size_that_is_calculated_is_calculated_anew():
    # 64 · 64 = 4096 positions in a row, and at n as many as n · n
    found = sizes_of(layers("{reshape: -1x8}", "{max_pool: 4}"))
    assert found.alike.legal == multiples(1, 2)  # 2 · 2 = 4 positions
    assert found.alike.whole == multiples(2)  # n² is a multiple of 4 if n is even
    # and where it is given, only the sizes that lead to it fit: 64 // 2 = 65 // 2 = 32
    found = sizes_of(layers("{max_pool: 2}", "{reshape: 1024x8}"))
    assert (found.alike.legal, found.alike.whole) == ([64, 65], [64])


# -- whole networks


@pytest.mark.parametrize(
    ("model", "legal", "whole", "even"),
    [
        # each stride gives ⌈n / 2⌉ and drops nothing; 2⁵ = 32
        ("resnet50", EVERY, EVERY, multiples(32)),
        ("resnet50_keras", EVERY, EVERY, multiples(32)),
        ("mobilenet_v2", EVERY, EVERY, multiples(32)),
        # five pools of 2 give ⌊n / 2⌋: at least 32, and whole where 32 divides
        ("vgg16", multiples(1, 32), multiples(32), multiples(32)),
        # four pools of 2, valid convolutions: (((n − 4) / 2 − 4) / 2 …) is whole for n = 16 m + 12; the way back
        # takes off more than is there below 188 (figure 1 of the paper: 572 = 16 · 35 + 12)
        ("unet", multiples(16, 188), multiples(16, 188), multiples(16, 188)),
        # ⌈n / 2⌉ five times, and back by factors of 2: ⌈n / 32⌉ · 2 = ⌈n / 16⌉, ⌈n / 16⌉ · 2 = ⌈n / 8⌉. The last
        # says that ⌈n / 8⌉ is even, the first that ⌈n / 16⌉ is: n is in (32 m − 8, 32 m]
        ("yolov3", [n for n in EVERY if -n % 32 < 8], [n for n in EVERY if -n % 32 < 8], multiples(32)),
        # 100 rows of padding: 198 more than n after the first convolution; then five pools that round up, as in Caffe
        ("fcn_32s", EVERY, EVERY, multiples(32, 26)),
        # 7×7/2 and a pool give ⌈n / 4⌉; three pools of 2 give ⌊⌈n / 4⌉ / 8⌋, whole where 8 divides ⌈n / 4⌉
        (
            "densenet121",
            multiples(1, 29),
            [n for n in multiples(1, 29) if -(-n // 4) % 8 == 0],
            multiples(32),
        ),
        # stride 2 three times, all rounded up; the other strides became dilations
        ("deeplabv3", EVERY, EVERY, multiples(8)),
        # 28 → 26 → 13 → 11 → 5.5: whole where (n − 2) / 2 − 2 is even
        ("typical_cnn", multiples(1, 10), multiples(4, 10), multiples(4, 10)),
    ],
)
def test_a_network(model: str, legal: list[int], whole: list[int], even: list[int]):
    found = sizes_of(model).alike
    assert (found.legal, found.whole, found.even) == (legal, whole, even)


def test_a_detector_with_a_stem_of_stride_2():
    """A map at 1/32 is brought back twice and added: ⌈n / 32⌉ · 2 = ⌈n / 16⌉ and ⌈n / 16⌉ · 2 = ⌈n / 8⌉."""
    found = sizes_of(FPN.format(128, 128))
    fits = [n for n in EVERY if -(-n // 32) * 2 == -(-n // 16) and -(-n // 16) * 2 == -(-n // 8)]
    # (up to 8 rows, all three maps have one row, and `add` would broadcast it over the two that an upsampling makes)
    assert fits[0] == 25
    assert (found.alike.legal, found.alike.whole, found.alike.even) == (fits, fits, multiples(32))
    assert found.smallest == 25


FPN = """\
name: fpn
input: {}x{}x3
layers:
  - {{conv: 3x3x8, stride: 2, padding: 1}}
  - {{conv: 3x3x8, stride: 2, padding: 1}}
  - {{conv: 3x3x8, stride: 2, padding: 1, name: c3}}
  - {{conv: 3x3x8, stride: 2, padding: 1, name: c4}}
  - {{conv: 3x3x8, stride: 2, padding: 1}}
  - {{conv: 1x1x4}}
  - upsample: 2
  - add: [{{conv: 1x1x4, from: c4}}, []]
  - upsample: 2
  - add: [{{conv: 1x1x4, from: c3}}, []]
"""


def test_a_gate_is_broadcast_on_purpose():
    gate = "multiply: [[], [{global_avg_pool: {keep_dims: true}}, {conv: 1x1x8, activation: sigmoid}]]"
    assert sizes_of(layers("{conv: 3x3x8, stride: 2, padding: 1}", gate)).alike.legal == EVERY


def test_what_the_framework_does_not_run_is_not_legal():
    # PyTorch's InstanceNorm2d refuses a single position: ⌊n / 4⌋ is 2 from 8 on
    text = layers("{max_pool: 4}", "instance_norm", head="convention: pytorch\nlayout: channels_last\n")
    assert sizes_of(text).alike.legal == multiples(1, 8)
    # PyTorch's AvgPool3d refuses an input that is smaller than its window, whatever its padding
    text = layers("{avg_pool: 4, padding: 2}", input="8x8x8x2", head="convention: pytorch\nlayout: channels_last\n")
    assert sizes_of(text).alike.legal == multiples(1, 4)
    # a remark at every size is not about the size: PyTorch has no `same` for pools
    text = layers("{max_pool: 3, padding: same, stride: 1}", head="convention: pytorch\nlayout: channels_last\n")
    assert sizes_of(text).alike.legal == EVERY


def test_shared_weights_have_to_fit_again():
    # `dense1` has a weight for each of 4 · 4 · 8 values of the small input, which stays as it is
    text = (
        "inputs: {large: 10x10x8, small: 4x4x8}\nlayers:\n"
        "  - {flatten, from: small}\n  - {dense: 5, name: head}\n"
        "  - {max_pool: 2, from: large}\n  - crop: 0x1\n  - {pad: [[0, 0], [1, 1]]}\n"
        "  - {conv: 2x2x8}\n  - flatten\n  - {share: head}\noutputs: [head, share1]\n"
    )
    found = sizes_of(text)
    assert (found.given.sizes, found.inputs, list(found.fixed)) == ((4, 4), {"small": 1}, ["large"])
    assert found.alike.legal == [4]


def test_a_learned_tensor_that_is_shared_fits_at_its_own_size():
    text = layers("{learned: 16x8, name: a}", "{share: a, name: b}", "{add: [a, b, input]}", input="16x8")
    assert sizes_of(text).alike.legal == [16]


# -- axes and inputs


def test_axes_that_differ():
    # height: 3 rows fewer, whatever is done; width: halved twice
    found = sizes_of(layers("{conv: 4x1x8}", "{max_pool: 1x2}", "{max_pool: 1x2}", input="8x12x1"))
    assert [each.axis for each in found.axes] == ["height", "width"]
    height, width = found.axes
    assert (height.legal, height.whole) == (multiples(1, 4), multiples(1, 4))
    assert (width.legal, width.whole) == (multiples(1, 4), multiples(4))
    assert (found.alike.legal, found.alike.whole) == (multiples(1, 4), multiples(4))


def test_axes_are_listed_only_if_they_differ():
    assert sizes_of(layers("{max_pool: 2}", input="8x12x1")).axes == []
    # 1×3 with padding and 3×1 with padding keep both sizes
    assert sizes_of(layers("{conv: 1x3x8, padding: 0x1}", "{conv: 3x1x8, padding: 1x0}", "max_pool: 2")).axes == []


def test_one_and_three_axes():
    assert sizes_of(layers("{max_pool: 4}", input="64x8")).alike.whole == multiples(4)
    found = sizes_of(layers("{max_pool: 1x2x2}", "{max_pool: 2}", input="16x16x16x2"))
    assert [each.whole for each in found.axes] == [multiples(2), multiples(4), multiples(4)]
    assert found.alike.whole == multiples(4)


def test_ids_are_positions():
    found = sizes_of(layers("{embedding: 8, vocabulary: 50}", "{conv: 3x8}", "max_pool: 2", input="20"))
    # n − 2 positions after the convolution
    assert (found.given.sizes, found.alike.legal, found.alike.whole) == ((20,), multiples(1, 4), multiples(2, 4))


def test_several_inputs():
    # both of a pair change; one that is twice as large stays so; one that fits no multiple stays as it is
    pair = "inputs: {{a: 8x8x4, b: {0}x{0}x4, v: 7}}\nlayers:\n  - {{max_pool: {1}, from: b}}\n  - add: [a, []]\n"
    found = sizes_of(pair.format(8, 1) + "outputs: [add1]\n")
    assert (found.inputs, list(found.fixed), found.alike.legal) == ({"a": 1, "b": 1}, ["v"], EVERY)
    found = sizes_of(pair.format(16, 2) + "outputs: [add1]\n")
    assert (found.inputs, found.alike.legal) == ({"a": 1, "b": 2}, EVERY)
    found = sizes_of(pair.format(17, 2) + "outputs: [add1]\n")
    assert (found.inputs, list(found.fixed), found.alike.legal) == ({"a": 1}, ["b", "v"], [8])


def test_no_input_has_a_size():
    with pytest.raises(QuestionError, match="no input has a size that could change"):
        sizes_of(layers("{dense: 3}", input="20"))


# -- the size that is given


def test_the_given_size():
    found = sizes_of(layers("{max_pool: 2}", "{max_pool: 2}", input="10x12x1"))
    # 10 → 5 → 2: one row is left; 8 and 12 divide by 4, and so does 12 along the width
    assert found.given.dropped_by == "max_pool2"
    assert list(found.given.nearest) == [(8, 12), (12, 12)]
    assert sizes_of(layers("{max_pool: 2}", input="10x12x1")).given.is_whole


def test_where_the_given_size_is_beyond_the_bound():
    found = sizes_of(layers("{max_pool: 2}", input="1001x1001x1"), bound=10)
    assert (found.alike.whole, list(found.given.nearest)) == ([2, 4, 6, 8, 10], [(1000, 1000), (1002, 1002)])


def fitting(text: str, bound: int = 256, **overrides: str) -> cnncalc.Spec | None:
    from cnncalc.source.open_model import open_path_or_text

    return at_a_fitting_size(open_path_or_text(text)[0], Overrides(**overrides), bound)


@pytest.mark.parametrize(("height", "width", "nearest"), [(100, 100, [(96, 96), (128, 128)]), (60, 130, [(128, 128)])])
def test_a_model_that_does_not_fit_at_its_own_size(height: int, width: int, nearest: list[tuple[int, int]]):
    spec = fitting(FPN.format(height, width))
    assert spec
    found = legal_sizes(spec, 256)
    assert (found.given.sizes, found.given.is_legal) == ((height, width), False)
    assert found.alike == sizes_of(FPN.format(128, 128)).alike
    assert set(nearest) <= set(found.given.nearest) | {(128, 128)}


def test_a_model_that_fits_at_few_sizes():
    # 36 // 3 = 37 // 3 = 38 // 3 = 12
    spec = fitting(layers("{max_pool: 3}", "{reshape: 144x8}"))
    assert spec
    assert legal_sizes(spec, 256).alike.legal == [36, 37, 38]


def test_what_no_size_mends():
    assert fitting(layers("add: [[], {conv: 1x1x7}]")) is None  # 8 and 7 channels
    assert fitting(layers("convolution: 3")) is None
    assert fitting(layers("max_pool: 300"), bound=16) is None


# -- against reading the text at every size


def reread(text: str) -> Callable[[int], cnncalc.Spec]:
    return lambda size: cnncalc.load(text.replace("SIZE", str(size)))


def check_one_by_one(load: Callable[[int], cnncalc.Spec], spec: cnncalc.Spec, sizes: list[int]):
    found = legal_sizes(spec, max(sizes))
    one_by_one = slow_way.one_by_one(load, sizes, spec.graph)
    tried = set(sizes)
    assert [size for size in found.alike.legal if size in tried] == [each.size for each in one_by_one]
    assert [size for size in found.alike.whole if size in tried] == [each.size for each in one_by_one if not each.drops]
    assert [size for size in found.alike.even if size in tried] == [each.size for each in one_by_one if each.is_even]


def drawn_network(seed: int) -> str:
    """A random network of a few windows, with branches that may or may not fit together."""
    draw = random.Random(seed)
    convention = draw.choice(["lecture", "keras", "pytorch"])
    rank = draw.choice([1, 2, 2, 3])

    def window() -> str:
        kind, k = draw.choice(["conv", "max_pool", "avg_pool", "depthwise_conv"]), draw.randint(1, 5)
        settings = [f"{kind}: 4, kernel: {k}" if kind == "conv" else f"{kind}: {k}"]
        settings.append(f"stride: {draw.choice([1, 1, 2, 2, 3, 4])}")
        if "pool" in kind:
            settings.append(f"padding: {draw.choice([0, k // 2])}")
            settings.append(f"rounding: {draw.choice(['floor', 'ceil'])}")
        else:
            settings.append(f"padding: {draw.choice([0, 0, k // 2, 'same' if convention != 'pytorch' else 1])}")
            if convention != "keras":
                settings.append(f"dilation: {draw.choice([1, 1, 1, 2])}")
        return f"{{{', '.join(settings)}}}"

    def other() -> str:
        return draw.choice(
            [
                "{upsample: 2}",
                "{conv_transpose: 4, kernel: 2, stride: 2}",
                "{conv_transpose: 4, kernel: 3, stride: 2, padding: 1}" if convention != "keras" else "relu",
                "{pad: 1}",
                "{crop: 1}",
                "{resize: {like: start}}",
                "batch_norm",
                "{adaptive_avg_pool: 3}",
            ]
        )

    entries = [window() if draw.random() < 0.7 else other() for _ in range(draw.randint(1, 5))]
    if draw.random() < 0.6:
        branch = f"[{', '.join(window() if draw.random() < 0.7 else other() for _ in range(draw.randint(0, 2)))}]"
        entries.append(f"{draw.choice(['add', 'concat'])}: [{branch}, [{window()}]]")
    head = f"convention: {convention}\nlayout: channels_last\n"
    return layers("{conv: 4, kernel: 1, name: start}", *entries, input=f"{'x'.join(['SIZE'] * rank)}x4", head=head)


BY_NIGHT = [pytest.param(seed, marks=pytest.mark.nightly) for seed in range(40, 400)]


@pytest.mark.parametrize("seed", [*range(40), *BY_NIGHT])
def test_random_networks_one_by_one(seed: int):
    text = drawn_network(seed)
    spec = fitting(text.replace("SIZE", "23"), 40)
    if spec is None:  # then it fits nowhere
        assert slow_way.one_by_one(reread(text), [*range(1, 41)], None) == []
    else:
        check_one_by_one(reread(text), spec, [*range(1, 41)])


SLOWLY = ["lenet5", "rgb_image", "keras_cnn", "letter_x", "m5", "wavenet", "siamese", "floor_formula", "three_d"]
SIZES = [*range(1, 40), 63, 64, 65, 92, 95, 96, 97, 100, 124, 188, 189, 223, 224, 225]


def shipped_one_by_one(name: str, sizes: list[int]):
    spec = cnncalc.load(name)
    rank = max(len(node.output.spatial) for node in spec.graph.inputs) or 1
    load = lambda size: cnncalc.load(name, input="x".join([str(size)] * rank))  # noqa: E731
    check_one_by_one(load, spec, sizes)


@pytest.mark.parametrize("name", SLOWLY)
def test_small_shipped_models_one_by_one(name: str):
    shipped_one_by_one(name, [*range(1, 40)])


TWO_SIZES = {"yolov3_neck", "detr"}
"""Models with two inputs whose sizes go together: one size for both does not fit."""


@pytest.mark.slow
@pytest.mark.parametrize("name", mostly_by_night(sorted({*shipped()} - {*SLOWLY, *TWO_SIZES, "dcgan"})))
def test_shipped_models_one_by_one(name: str):
    shipped_one_by_one(name, SIZES)


def test_the_neck_of_two_inputs_one_by_one():
    text = open_variant("yolov3_neck")[0].text
    load = lambda size: cnncalc.load(text.replace("13x13", f"{size}x{size}").replace("26x26", f"{2 * size}x{2 * size}"))  # noqa: E731
    check_one_by_one(load, cnncalc.load("yolov3_neck"), [1, 2, 3, 12])


def test_what_is_counted_from_the_end_moves_with_the_size():
    """The last four of n - 2 places: there are as many from n = 6 on."""
    entries = "{conv: 4, kernel: 3}", "{slice: [-4, end], axis: position}", "flatten", "dense: 2"
    assert [*sizes_of(layers(*entries, input="40x3"), 12).alike.legal] == [6, 7, 8, 9, 10, 11, 12]


# -- how much work it is


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The layers that are asked, once per size."""
    names: list[str] = []
    ask = SizeTrials._asked

    def counted(self, node, row):
        names.append(node.name)
        return ask(self, node, row)

    monkeypatch.setattr(SizeTrials, "_asked", counted)
    return names


def test_layers_that_are_alike_are_asked_once(asked: list[str]):
    # whatever their channels; 256 sizes and the given one
    sizes_of(layers(*(f"{{conv: 3x3x{filters}, padding: 1}}" for filters in range(1, 41))))
    assert len(asked) <= 257
    assert set(asked) == {"conv1"}


def test_each_shape_is_asked_about_once(asked: list[str]):
    sizes_of(layers("{conv: 3x3x8, repeat: 100}", input="300x300x8"))
    # shapes from 1 to 256, and 300, 298, …
    assert len(asked) <= 256 + 100


# -- the command


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def _call(*arguments: str) -> tuple[int, str, str]:
        status = run(["solve", *arguments])
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call


def test_json(call):
    status, out, _ = call("typical_cnn", "--sizes", "--up-to", "30", "-f", "json")
    # 28 → 26 → 13 → 11 → 5.5: whole where (n − 2) / 2 − 2 is even: every 4, from 10 on
    assert status == 0
    assert json.loads(out) == {
        "schema": "cnncalc/solve-sizes",
        "version": 1,
        "smallest": 10,
        "whole": [10, 14, 18, 22, 26, 30],
        "bound": 30,
        "step": 4,
        "legal": [*range(10, 31)],
        "even": [10, 14, 18, 22, 26, 30],
        "axes": [],
        "inputs": {"input": 1},
        "given": {"sizes": [28, 28], "legal": True, "dropped_by": "max_pool2", "nearest": [[26, 26], [30, 30]]},
    }


def test_an_input_that_does_not_fit(call, tmp_path):
    status, out, err = call("yolov3", "--sizes", "--input", "100x100")
    assert (status, err) == (0, "")
    assert "All strides divide evenly at every multiple of 32 from 32." in out
    assert "The given size, 100×100, does not fit; 96×96 and 128×128 would." in out
    path = tmp_path / "fpn.yaml"
    path.write_text(FPN.format(100, 100), encoding="utf-8")
    assert call(str(path), "--sizes")[0] == 0


def test_one_size_for_inputs_that_differ(call):
    # 13 and 26 in the file, 50 and 50 here
    status, out, err = call("yolov3_neck", "--sizes", "--input", "50x50")
    assert (status, err) == (0, "")
    assert "up to 256 for coarse, the same on all axes; fine is twice as large" in out
    assert "The model accepts every size from 1." in out
    assert out.endswith("The given size, 50×50, does not fit.\n")


def test_other_mistakes_are_reported_as_ever(call, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(layers("add: [[], {conv: 1x1x7}]"), encoding="utf-8")
    status, out, err = call(str(path), "--sizes")
    assert (status, out) == (1, "")
    assert "CNN312" in err


def test_a_model_inside_one_by_one(tmp_path: Path):
    """Its `same` is that of Keras at every size; PyTorch, the convention around it, has none for a stride."""
    inner = "convention: keras\ninput: 16x16x2\nlayers:\n  - {conv: 4, kernel: 3, stride: 2, padding: same}\n"
    (tmp_path / "inner.yaml").write_text(inner + "  - {max_pool: 2, padding: same}\n", encoding="utf-8")
    text = "convention: pytorch\ninput: 2x16x16\nlayers:\n  - model: inner.yaml\n  - {conv: 3, kernel: 2, stride: 2}\n"

    def load(size: int) -> cnncalc.Spec:
        return cnncalc.load(text.replace("16x16", f"{size}x{size}"), filename=str(tmp_path / "net.yaml"))

    check_one_by_one(load, load(16), [*range(1, 41)])
