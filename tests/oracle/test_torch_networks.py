"""Shipped networks that no framework ships, against PyTorch's modules: each layer, all parameters, and the values."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from forward.running import close
from oracle.whole_networks import run, values

import cnncalc

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
nn = torch.nn

from oracle import generating_networks as generating  # noqa: E402
from oracle import segmenting_networks as segmenting  # noqa: E402
from oracle import sequence_networks as sequences  # noqa: E402
from oracle import torch_networks as written  # noqa: E402
from oracle import vision_transformers as transformers  # noqa: E402

NARROW = {"input": "161x41", "vars": {"width": 64}}
NETWORKS = {
    "patchgan": (written.PatchGAN, {}),
    "pix2pix": (written.pix2pix, {}),
    "edsr_x2": (lambda: written.edsr(256, 32, 0.1, (2,)), {"input": "7x5"}),
    "edsr_baseline_x3": (lambda: written.edsr(64, 16, 1, (3,)), {"input": "20x17"}),
    "edsr_baseline_x4": (lambda: written.edsr(64, 16, 1, (2, 2)), {"input": "20x17"}),
    "pspnet": (written.PSPNet, {"input": "65x89"}),
    "quartznet_5x5": (lambda: written.quartznet(1), {"input": "301"}),
    "quartznet_15x5": (written.quartznet, {"input": "301"}),
    "tcn": (written.tcn, {}),
    "yolov8n": (lambda: written.YOLOv8(0.33, 0.25, 1024), {"input": "64x96"}),
    "yolov8m": (lambda: written.YOLOv8(0.67, 0.75, 768), {"input": "64x96"}),
    "yolov8x": (lambda: written.YOLOv8(1, 1.25, 512), {"input": "64x96"}),
    "attention_unet": (segmenting.AttentionUNet, {"input": "32x16x48"}),
    "attention_unet_ungated": (lambda: segmenting.AttentionUNet(gates=0), {"input": "32x16x48"}),
    "attention_unet_two_gates": (lambda: segmenting.AttentionUNet(gates=2), {"input": "32x16x48"}),
    "pointnet": (sequences.pointnet, {}),
    "pointnet_vanilla": (lambda: sequences.pointnet(transforms=False), {"input": "100"}),
    "tiny_vit": (transformers.tiny_vit, {}),
    "vit_ti_16": (lambda: transformers.vit(16, 12, 192, 3), {"input": "48x64"}),
    "vit_b_32": (lambda: transformers.vit(32, 4, 768, 12), {"input": "64x64"}),
    "mixer_s32": (lambda: transformers.mixer(32, 6, 512, 8), {"input": "64x96", "vars": {"patches": 6}}),
    "detr": (sequences.DETR, {"vars": {"height": 64, "width": 96}}),
    "ddpm": (generating.DDPM, {}),
    "segnet": (segmenting.SegNet, {"input": "45x83"}),
    "crnn": (sequences.crnn, {}),
    "deepspeech2": (lambda: sequences.deep_speech_2(sequences.SummedLSTM, 5, 64), NARROW),
    "deepspeech2_gru": (lambda: sequences.deep_speech_2(sequences.SummedGRU, 5, 64), NARROW),
    "deepspeech2_rnn": (lambda: sequences.deep_speech_2(sequences.SummedRNN, 7, 64), NARROW),
}
"""The network in PyTorch, and a smaller input where its own would take long."""


@pytest.fixture(scope="module", params=NETWORKS)
def both(request):
    """A spec, what it gives for an image, each layer of PyTorch's network, and what that gives."""
    build, smaller = NETWORKS[request.param]
    spec = cnncalc.load(request.param, **smaller)
    draw = np.random.default_rng(0)
    images = [draw.standard_normal((1, *node.output.sizes("channels_first")), np.float32) for node in spec.graph.inputs]
    with torch.no_grad():
        network = filled(build().eval())
        rows = watched(network)
        theirs = network(*map(torch.from_numpy, images))
        params = sum(each.numel() for each in network.parameters())
    inputs = {node.name: np.moveaxis(x, 1, -1) for node, x in zip(spec.graph.inputs, images, strict=True)}
    return spec, inputs, (params, rows), theirs if isinstance(theirs, tuple) else (theirs,)


def test_layers(both):
    spec, _, (params, rows), _ = both
    assert Counter(own_rows(spec)) == Counter(rows)
    assert cnncalc.analyze(spec).totals.params == params


@pytest.mark.slow
def test_values(both):
    spec, inputs, _, theirs = both
    wanted = [node.name for node in spec.graph.output_nodes]
    ours = {step.node.name: step.output for step in run(spec, inputs) if step.node.name in wanted}
    for name, expected in zip(wanted, theirs, strict=True):
        close(np.moveaxis(ours[name], -1, 1), expected.numpy(), 1e-4)  # a hundred layers round differently


# -- layers

KINDS = {
    nn.Conv1d: "conv", nn.Conv2d: "conv", nn.Conv3d: "conv", nn.ConvTranspose2d: "conv_transpose",
    written.Separable: "separable_conv",
    nn.BatchNorm1d: "batch_norm", nn.BatchNorm2d: "batch_norm", nn.BatchNorm3d: "batch_norm", nn.Linear: "dense",
    nn.MaxPool2d: "max_pool", nn.MaxPool3d: "max_pool",
    nn.AdaptiveAvgPool2d: "adaptive_avg_pool", nn.PixelShuffle: "depth_to_space", nn.MaxUnpool2d: "max_unpool",
    sequences.LSTM: "lstm", sequences.SummedLSTM: "lstm", sequences.SummedGRU: "gru", sequences.SummedRNN: "rnn",
    sequences.Attention: "attention", transformers.SelfAttention: "attention", generating.MapAttention: "attention",
    nn.LayerNorm: "layer_norm", nn.GroupNorm: "group_norm",
}  # fmt: skip
"""The layers that are compared one by one: those with weights, and those that change sizes."""


LAST = (nn.Linear, nn.LayerNorm, nn.RNNBase, nn.MultiheadAttention)
"""Those whose channels come last."""


def watched(network):
    """A list that is filled as the network runs: kind, output (channels first), parameters of each of these layers."""
    rows = []

    def note(module, _, output):
        output = output[0] if isinstance(output, tuple) else output  # without the places of a pool's winners
        sizes = output.movedim(-1, 1).shape if isinstance(module, LAST) else output.shape
        params = sum(weight.numel() for weight in module.parameters())
        rows.append((KINDS[type(module)], tuple(sizes[1:]), params))

    parts = {part for each in network.modules() if isinstance(each, written.Separable) for part in each}
    for module in network.modules():
        if type(module) in KINDS and module not in parts:
            module.register_forward_hook(note)
    return rows


def own_rows(spec):
    return [
        (each.node.kind, each.node.output.sizes("channels_first"), each.params)
        for each in cnncalc.analyze(spec).layers
        if each.node.kind in KINDS.values()
    ]


# -- weights

NORM = {"weight": "scale", "bias": "center", "running_mean": "mean", "running_var": "variance"}


def filled(network):
    """The network with the same weights as ours."""
    for module in network.modules():
        for name, own in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            if name != "num_batches_tracked":
                own.copy_(torch.from_numpy(drawn(module, name, tuple(own.shape))))
    return network


def drawn(module, name, shape):
    """The array of ours that is in the place of one of PyTorch."""
    if isinstance(module, nn.modules.batchnorm._BatchNorm | nn.LayerNorm | nn.GroupNorm):
        return values(NORM[name], shape)
    if isinstance(module, nn.RNNBase):
        return recurrent(module, name, shape)
    if isinstance(module, nn.MultiheadAttention):
        end = "_bias" if name.endswith("_bias") else ""
        each = (shape[0] // 3, *shape[1:])
        return np.concatenate([values(f"{part}{end}", each[::-1]).T for part in ("query", "key", "value")])
    if isinstance(module, nn.modules.linear.NonDynamicallyQuantizableLinear):  # the last one of an attention
        return values("output_bias" if name == "bias" else "output", shape[::-1]).T
    if isinstance(module, nn.Embedding):
        return values("offset" if isinstance(module, transformers.Placed) else "value", shape)
    return values("bias", shape) if name == "bias" else kernel(module, shape)


def recurrent(module, name, shape):
    """Our gates of a GRU are in the order of Keras, that of updating first; both sets of biases are one array."""
    way = "backward" if name.endswith("_reverse") else "forward"
    if name.startswith("weight"):
        array = values("kernel", shape[::-1])
    else:
        array = values(f"{way}_bias", (2, *shape))[0 if "_ih_" in name else 1]
    if isinstance(module, nn.GRU):
        update, reset, new = np.split(array, 3, -1)
        array = np.concatenate([reset, update, new], -1)
    return array.T.copy()


def kernel(module, shape):
    """Drawn in our order, the filters last; PyTorch has them first, and the positions last."""
    if isinstance(module, nn.ConvTranspose2d):
        inside, filters, *window = shape
        return np.moveaxis(values("kernel", (*window, inside, filters)), (-2, -1), (0, 1)).copy()
    filters, inside, *window = shape
    return np.moveaxis(values("kernel", (*window, inside, filters)), (-1, -2), (0, 1)).copy()
