"""Every shipped spec runs forward, also at another size; where it allows none, the error shows the layer."""

import numpy as np
import pytest

import cnncalc
from cnncalc.forward import executor, weights
from cnncalc.forward.arrays import Arrays
from cnncalc.spec.library import shipped

SMALLER = {
    "alexnet": "63x63",
    "alexnet_v2": "195x195",
    "inception_v3": "75x75",
    "inception_v3_keras": "75x75",
    "zfnet": "48x48",
    "fcn_32s": "20x20",
    "unet": "188x188",
    "unet_3d": "92x92x92",
    "c3d": "4x16x16",
    "r3d_18": "2x16x16",
    "m5": "1000",
    "wavenet": "64",
}
"""Sizes that keep the test quick; others of more than 32 pixels run at 32×32, and small ones at their own size."""
NARROWER = {"unet_3d": {"width": 2}}
DRAWN = 10**7
"""Networks of more parameters run on zeros: drawing them takes longer than running."""


def small(name):
    spec = cnncalc.load(name)
    sizes = spec.graph.inputs[0].output.spatial
    size = SMALLER.get(name) or (
        "32x32" if len(sizes) == 2 and max(sizes) > 32 and len(spec.graph.inputs) == 1 else None
    )
    return cnncalc.load(name, input=size, vars=NARROWER.get(name)) if size else spec


def inputs(graph):
    """Numbers for each input; ids where an embedding reads it."""
    draw = np.random.default_rng(0)
    ids = {node.inputs[0]: node.layer.vocabulary for node in graph.nodes if node.kind == "embedding"}
    return {
        node.name: draw.integers(0, ids[node], (1, *node.output.sizes("channels_last")))
        if node in ids
        else draw.standard_normal((1, *node.output.sizes("channels_last")), np.float32)
        for node in graph.inputs
    }


def zeros(graph):
    return {
        node.name: {name: np.zeros(weight.shape, np.float32) for name, weight in shapes.items()}
        for node in graph.nodes
        if not node.shares and (shapes := node.layer.weights(node.inputs[0].output))
    }


VARIANTS = ["vgg11_bn", "resnet18", "se_resnext50_32x4d", "squeezenet1_1", "mobilenet_v1_slim"]
"""Those that run layers which their file has not without them."""


@pytest.mark.parametrize("name", [*shipped(), *VARIANTS])
def test_a_shipped_spec_runs(name):
    spec = small(name)
    analysis = cnncalc.analyze(spec)
    is_small = analysis.totals.params <= DRAWN
    values = weights.initialised(spec.graph, 0, np.dtype(np.float32)) if is_small else zeros(spec.graph)
    macs = 0
    for step in executor.steps(spec.graph, inputs(spec.graph), values, Arrays(spec.layout)):
        assert step.output.shape == (1, *step.node.output.sizes("channels_last"))
        macs += step.macs
    assert macs == analysis.totals.macs
    if is_small:
        assert np.isfinite(step.output).all()
        assert step.output.any()


@pytest.mark.parametrize(
    ("name", "size", "code", "message", "where"),
    [
        # 576 → 572, 286 → 282, 141 → 137, 68 → 64, 32 → 28; up to 56 → 52, to 104, and 137 − 2·16 = 105
        ("unet", "576x576", "CNN312", "positions differ", "branch 1 ends in `up2.crop1`, 105×105×256"),
        ("unet_3d", "132x132x112", "CNN312", "positions differ", "`up1.conv_transpose1`, 18×18×12×512"),
        ("yolov3", "400x400", "CNN312", "positions differ", "`neck2.upsample1`, 26×26×256"),
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
