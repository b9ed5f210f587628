"""`--input` on a network whose dense layer comes after a fixed size: which layer, and why."""

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


def test_slopes_per_value_are_for_one_size(call, tmp_path):
    (tmp_path / "net.yaml").write_text("convention: keras\ninput: 8x8x3\nlayers: [prelu, {prelu: {per: channel}}]\n")
    status, _, err = call("summarize", str(tmp_path / "net.yaml"), "--input", "9x7")
    assert status == 0
    assert "warning[CNN530]: --input 9x7: `prelu1` reads 9×7×3 instead of 8×8×3" in err
    assert "one value per channel would take any size" in err
    assert err.count("CNN530") == 1


def test_of_several_tensors_the_one_that_differs_is_named(call, tmp_path):
    text = "input: 8x4\nlayers: [{learned: 3x4, name: q}, {attention: 2, keys: input}]\n"
    (tmp_path / "net.yaml").write_text(text)
    _, _, err = call("summarize", str(tmp_path / "net.yaml"), "--input", "5x6")
    assert "warning[CNN530]: --input 5x6: `attention1` reads 5×6 instead of 8×4" in err
    assert "would take any size" not in err


def test_layers_that_read_other_channels_are_said_together(call, tmp_path):
    (tmp_path / "net.yaml").write_text("input: 8x8x4\nlayers: [{add: [conv: 3x3x8, conv: 3x3x8, conv: 3x3x8]}]\n")
    _, _, err = call("summarize", str(tmp_path / "net.yaml"), "--input", "8x8x6")
    assert "`conv1`, `conv2` and `conv3` read 6 channels instead of 4" in err
    assert "would take any size" not in err


def test_many_layers_are_counted(call):
    """The first units of the stages apart, whose channels differ: 4 of 384 channels at 14×14 places."""
    _, _, err = call("summarize", "coatnet", "--input", "256x256")
    assert "and 2 others read 16×16×384 instead of 14×14×384" in err


def test_hyperparameters_name_what_is_not_the_conventions_default(call, tmp_path):
    text = "input: 8x8x3\nlayers: [prelu, {prelu: {per: channel}}, instance_norm, {instance_norm, affine: true}]\n"
    (tmp_path / "net.yaml").write_text(f"convention: pytorch\nlayout: channels_last\n{text}")
    status, out, _ = call("hyperparameters", str(tmp_path / "net.yaml"))
    assert status == 0
    rows = {line.split()[0]: line for line in out.splitlines() if line.startswith(("prelu", "instance"))}
    assert "slopes (1)" in rows["prelu1"]
    assert "each" not in rows["prelu1"]
    assert "one slope for each: channel" in rows["prelu2"]
    assert "none" in rows["instance_norm1"]
    assert "scale: true, center: true" in rows["instance_norm2"]
