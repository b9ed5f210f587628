"""`--input` on a network whose dense layer stands behind a fixed size: which layer, and why."""

import pytest

from cnncalc.cli import run


@pytest.fixture
def call(capsys):
    def _call(*arguments):
        status = run(list(arguments))
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call


def test_a_dense_layer_behind_a_fixed_size_is_named(call):
    # LeNet-5: 64 → 60 → 30 → 26 → 13, 13·13·16 = 2,704 values; 5·5·16 = 400 on its own 32×32
    status, _, err = call("summarize", "lenet5", "--input", "64x64")
    assert status == 0
    assert "warning[CNN530]: --input 64x64: `dense1` reads 2,704 values instead of 400" in err
    assert "weights for the file's own input, 32×32×1, do not fit it" in err
    assert err.count("CNN530") == 1


@pytest.mark.parametrize("arguments", [["resnet18", "--input", "64x64"], ["lenet5", "--input", "32x32"], ["lenet5"]])
def test_nothing_is_said_where_every_layer_stays_what_it_is(call, arguments):
    assert call("summarize", *arguments)[2] == ""
