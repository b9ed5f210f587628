"""`sample` and `weights`: how lists are nested, in both layouts, and into which order they are put."""

import pytest

import cnncalc


def spec(input, entry, **top):
    lines = [f"input: {input}", f"layers: [{entry}]", *(f"{key}: {value}" for key, value in top.items())]
    return cnncalc.load("\n".join(lines) + "\n")


def weights(input, entry, **top):
    return spec(input, entry, **top).weights


def at(values, *place):
    """The number at a place of the array."""
    index = 0
    for size, i in zip(values.shape, place, strict=True):
        index = index * size + i
    return values.numbers[index]


# -- samples


@pytest.mark.parametrize(
    ("input", "sample", "shape", "numbers"),
    [
        ("3", "[1, 2.5, -3]", (3,), (1, 2.5, -3)),
        ("2x3x1", "[[1, 2, 3], [4, 5, 6]]", (2, 3, 1), (1, 2, 3, 4, 5, 6)),
        ("2x3x1", "[[[1], [2], [3]], [[4], [5], [6]]]", (2, 3, 1), (1, 2, 3, 4, 5, 6)),
        ("1x2x2", "[[[1, 2], [3, 4]]]", (1, 2, 2), (1, 2, 3, 4)),
        ("3x1", "[1, 2, 3]", (3, 1), (1, 2, 3)),
        ("1x1x2x1", "[[[1, 2]]]", (1, 1, 2, 1), (1, 2)),
        ("2", "[1e-3, $(1 / 4)]", (2,), (0.001, 0.25)),
    ],
)
def test_a_sample(input, sample, shape, numbers):
    (values,) = spec(input, "identity", sample=sample).samples.values()
    assert values == (shape, numbers)


def test_channels_first_samples_are_channels_of_rows_of_columns():
    (values,) = spec("2x1x3", "identity", layout="channels_first", sample="[[[1, 2, 3]], [[4, 5, 6]]]").samples.values()
    assert values == ((1, 3, 2), (1, 4, 2, 5, 3, 6))


def test_samples_of_several_inputs_go_by_name():
    text = "inputs: {a: 2, b: 1}\nlayers: [{concat: [a, b]}]\nsample: {b: [3], a: [1, 2]}\n"
    assert cnncalc.load(text).samples == {"a": ((2,), (1, 2)), "b": ((1,), (3,))}


def test_another_input_than_the_files_has_no_sample():
    assert cnncalc.load("letter_x", input="20x20").samples == {}


# -- weights


def test_a_kernel_is_a_list_of_filters_of_rows_of_columns_of_channels():
    kernel = "[[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]], [[[9, 10], [11, 12]]]]"
    found = weights("4x4x2", f"{{conv: 1x2x3, weights: {{kernel: {kernel}, bias: [0, 1, 2]}}}}")["conv1"]
    assert found["kernel"].shape == (1, 2, 2, 3)
    assert at(found["kernel"], 0, 1, 0, 2) == 11  # third filter, second column, first channel
    assert at(found["kernel"], 0, 0, 1, 1) == 6
    assert found["bias"] == ((3,), (0, 1, 2))


def test_under_channels_first_its_channels_come_before_its_rows():
    kernel = "[[[[1, 2]], [[3, 4]]]]"  # as PyTorch's: 1 filter, 2 channels, 1 row, 2 columns
    found = weights("2x4x4", f"{{conv: 1x2x1, weights: {{kernel: {kernel}}}}}", layout="channels_first")["conv1"]
    assert found["kernel"].shape == (1, 2, 2, 1)
    assert at(found["kernel"], 0, 1, 0, 0) == 2
    assert at(found["kernel"], 0, 0, 1, 0) == 3


@pytest.mark.parametrize("kernel", ["[[1, 2], [3, 4]]", "[[[1, 2], [3, 4]]]", "[[[[1], [2]], [[3], [4]]]]"])
def test_one_channel_and_one_filter_need_no_lists_of_their_own(kernel):
    found = weights("4x4x1", f"{{conv: 2x2x1, weights: {{kernel: {kernel}}}}}")["conv1"]
    assert found["kernel"] == ((2, 2, 1, 1), (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("input", "entry", "name", "shape", "place", "number"),
    [
        # 2 units of 3 inputs each: the second unit, the third input
        ("3", "{dense: 2, weights: {kernel: [[1, 2, 3], [4, 5, 6]]}}", "kernel", (3, 2), (2, 1), 6),
        ("5x2", "{depthwise_conv: 3, weights: {kernel: [[1, 2, 3], [4, 5, 6]]}}", "kernel", (3, 2), (2, 1), 6),
        ("5x5x2", "{depthwise_conv: 1x2, weights: {kernel: [[[1, 2]], [[3, 4]]]}}", "kernel", (1, 2, 2), (0, 1, 0), 2),
        ("5x5x1", "{conv_transpose: 1x2x2, weights: {kernel: [[[1, 2]], [[3, 4]]]}}", "kernel", (1, 2, 1, 2),
         (0, 1, 0, 1), 4),
        ("5x3", "{separable_conv: 2x2, weights: {pointwise_kernel: [[1, 2, 3], [4, 5, 6]]}}", "pointwise_kernel",
         (3, 2), (2, 0), 3),
        ("3", "{embedding: 2, vocabulary: 3, weights: {table: [[1, 2], [3, 4], [5, 6]]}}", "table", (3, 2), (1, 1), 4),
        ("5x2", "{batch_norm, weights: {mean: [1, 2], variance: [3, 4]}}", "variance", (2,), (1,), 4),
        ("5x2", "{prelu, weights: {slope: [0.1, 0.2]}}", "slope", (2,), (1,), 0.2),
        ("5x2", "{prelu: {per: all, weights: {slope: [0.3]}}}", "slope", (1,), (0,), 0.3),
        # a slope per value is written as an input would be: rows of columns of channels
        ("2x3x2", "{prelu: {per: value, weights: {slope: [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]}}}",
         "slope", (2, 3, 2), (1, 0, 1), 8),
        ("2x3x1", "{prelu: {per: value, weights: {slope: [[1, 2, 3], [4, 5, 6]]}}}", "slope", (2, 3, 1), (1, 2, 0), 6),
        ("2x3x4", "{offset: {per: position, weights: {offset: [[1, 2, 3], [4, 5, 6]]}}}", "offset", (2, 3, 1),
         (1, 2, 0), 6),
        # a kernel that is as large as the input is no map
        ("2x2", "{dense: 2, weights: {kernel: [[1, 2], [3, 4]]}}", "kernel", (2, 2), (1, 0), 2),
        ("3x2", "{depthwise_conv: 3, weights: {kernel: [[1, 2, 3], [4, 5, 6]]}}", "kernel", (3, 2), (2, 1), 6),
    ],
)  # fmt: skip
def test_weights_of_other_kinds(input, entry, name, shape, place, number):
    (arrays,) = weights(input, entry).values()
    assert arrays[name].shape == shape
    assert at(arrays[name], *place) == number


def test_slopes_per_value_under_channels_first():
    entry = "{prelu: {per: value, weights: {slope: [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]}}}"
    (arrays,) = weights("2x2x3", entry, layout="channels_first").values()  # channels of rows of columns
    assert arrays["slope"].shape == (2, 3, 2)
    assert at(arrays["slope"], 0, 2, 1) == 9
    assert at(arrays["slope"], 1, 0, 0) == 4


def test_a_norm_behind_an_entry_takes_its_own():
    entry = "{conv: 1x1x2, norm: {batch_norm, weights: {mean: [1, 2]}}}"
    assert weights("3x3x1", entry) == {"conv1.batch_norm": {"mean": ((2,), (1, 2))}}


def test_each_copy_of_an_entry_takes_them():
    entry = "{conv: 1x1x1, weights: {bias: [$index]}, repeat: 3}"
    found = weights("3x3x1", entry)
    assert {name: arrays["bias"].numbers for name, arrays in found.items()} == {
        "conv1.0": (0,),
        "conv1.1": (1,),
        "conv1.2": (2,),
    }
