"""The lecture's slides, digit for digit: what its filters make of its images."""

import numpy as np
import pytest

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import steps

FILTER_1 = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]


def maps(name, **options):
    """Every layer's output for the spec's own sample and weights, without the batch."""
    spec = cnncalc.load(name, **options)
    (sample,) = spec.samples.values()
    weights = {
        layer: {each: np.float32(values.numbers).reshape(values.shape) for each, values in arrays.items()}
        for layer, arrays in spec.weights.items()
    }
    image = np.float32(sample.numbers).reshape(1, *sample.shape)
    run = steps(spec.graph, {"input": image}, weights, Arrays(spec.order))
    return {"input": image[0], **{step.node.name: step.output[0] for step in run}}


def numbers(text):
    return [list(map(int, row.split())) for row in text.strip().split("\n")]


FIRST = numbers("""
 3 -1 -3 -1
-3  1  0 -3
-3 -3  0  1
 3 -2 -2 -1
""")
SECOND = numbers("""
-1 -1 -1 -1
-1 -1 -2  1
-1 -1 -2  1
-1  0 -4  3
""")
IN_NINTHS = numbers("""
 7 -1  1  3  5 -1  3
-1  9 -1  3 -1  1 -1
 1 -1  9 -3  1 -1  5
 3  3 -3  5 -3  3  3
 5 -1  1 -3  9 -1  1
-1  1 -1  3 -1  9 -1
 3 -1  5  3  1 -1  7
""")


def test_two_filters_on_the_six_by_six_image():
    found = maps("sliding_filters")["conv1"]
    assert found.shape == (4, 4, 2)
    assert found[..., 0].tolist() == FIRST
    assert found[..., 1].tolist() == SECOND


def test_the_same_two_steps_at_a_time():
    found = maps("sliding_filters", variant="stride_two")["conv1"]
    assert found[..., 0].tolist() == [[3, -3], [-3, 0]]
    # every second row and column of the map with stride 1
    assert found[..., 1].tolist() == [row[::2] for row in SECOND[::2]]


def test_the_five_by_five_image():
    assert maps("sliding_window")["conv1"][..., 0].tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]


def test_the_mean_map_of_the_x():
    found = maps("letter_x")["rescale1"][..., 0]
    assert np.round(found * 9, 5).tolist() == IN_NINTHS
    assert found[1, 1] == 1.0  # exactly, where the patch is the filter


def test_relu_and_both_pools_of_the_x():
    found = maps("letter_x")
    positive = [[max(value, 0) for value in row] for row in IN_NINTHS]
    assert np.round(found["relu1"][..., 0] * 9, 5).tolist() == positive
    # each 2×2 square by itself, from positions 0, 2, 4 (floor), and 6 alone (ceil)
    floor = [[max(v for row in positive[i : i + 2] for v in row[j : j + 2]) for j in (0, 2, 4)] for i in (0, 2, 4)]
    ceil = [[max(v for row in positive[i : i + 2] for v in row[j : j + 2]) for j in (0, 2, 4, 6)] for i in (0, 2, 4, 6)]
    assert np.round(found["pool_floor"][..., 0] * 9, 5).tolist() == floor
    assert np.round(found["pool_ceil"][..., 0] * 9, 5).tolist() == ceil


@pytest.mark.parametrize("name", ["letter_x", "deformed_x"])
def test_the_mean_of_nine_products_by_hand(name):
    found = maps(name)
    image = found["input"][..., 0].tolist()
    means = [
        [sum(FILTER_1[a][b] * image[i + a][j + b] for a in range(3) for b in range(3)) / 9 for j in range(7)]
        for i in range(7)
    ]
    assert found["rescale1"][..., 0] == pytest.approx(np.array(means), abs=1e-6)


def test_the_deformed_x_is_another_image_with_the_same_strokes():
    one, other = maps("letter_x"), maps("deformed_x")
    strokes = {tuple(place) for place in np.argwhere(other["input"][..., 0] == 1).tolist()}
    assert strokes == {
        (1, 6), (2, 1), (2, 5), (3, 2), (3, 3), (3, 5), (4, 4), (5, 3), (5, 5), (5, 6), (6, 3), (6, 7), (7, 2),
    }  # fmt: skip
    assert (one["input"] != other["input"]).any()
