"""Sizes that a shipped spec does not allow: the error shows the layer. (Others: forward/test_verify.)"""

import pytest

import cnncalc


@pytest.mark.parametrize(
    ("name", "size", "code", "message", "where"),
    [
        # 576 → 572, 286 → 282, 141 → 137, 68 → 64, 32 → 28; up to 56 → 52, to 104, and 137 − 2·16 = 105
        ("unet", "576x576", "CNN312", "positions differ", "branch 1 ends in `up2.crop1`, 105×105×256"),
        ("unet_3d", "132x132x112", "CNN312", "positions differ", "`up1.conv_transpose1`, 18×18×12×512"),
        ("yolov3", "400x400", "CNN312", "positions differ", "`neck2.upsample1`, 26×26×256"),
        # 240/16 = 15: 225 patches, and dense layers for the 196 of 224
        ("mlp_mixer", "240x240", "CNN312", "positions differ", "`mixer.0.permute2`, 196×768"),
        # 128 → 30 → 14 → 6 → 2
        ("alexnet_v2", "128x128", "CNN301", "the kernel 5×5 is larger than its input, 2×2", "no window fits"),
        # 12 → 10 → 8 → 4 → 2
        ("tiny_vgg", "12x12", "CNN301", "the kernel 3×3 is larger than its input, 2×2", "no window fits"),
        ("textcnn", "4", "CNN301", "the kernel 5 is larger than its input, 4", "no window fits"),
        ("m5_tutorial", "1000", "CNN301", "the window 4 is larger than its input, 1", "no window fits"),
    ],
)
def test_a_size_that_does_not_fit_is_refused_at_the_layer(name, size, code, message, where):
    with pytest.raises(cnncalc.SpecError) as error:
        cnncalc.load(name, input=size)
    assert [each.code for each in error.value.diagnostics if each.is_error] == [code]
    (found,) = error.value.diagnostics
    assert message in found.message
    assert where in found.label
    assert f"--input {size}" in found.help[-1]
