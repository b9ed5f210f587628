"""Makes the files in this folder: small networks of PyTorch, as both of its exporters write them.

    python record.py      # with torch, onnx, onnxscript, onnxruntime

`recorded.json` has what made them, the parameters of each network, and what PyTorch gives for the sines of 0, 1, 2, …
The weights are those of `torch.manual_seed(0)`: no network here was trained on anything.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import onnx
import torch
from onnxruntime import quantization
from torch import nn

HERE = Path(__file__).parent


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(x + self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


class Residual(nn.Sequential):
    def __init__(self):
        super().__init__(
            *(nn.Conv2d(3, 4, 3, 2, 1), nn.MaxPool2d(3, 2, 1), nn.Sequential(Block(4), Block(4))),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)),
        )


class Tokens(nn.Module):
    """Patches, a class token, positions, attention."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.positions = nn.Parameter(torch.randn(1, 17, 8))
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        batch, positions, channels = x.shape
        query, key, value = self.qkv(self.norm(x)).reshape(batch, positions, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (query @ key.transpose(-2, -1) * 0.5).softmax(-1)
        x = x + self.out((scores @ value).transpose(1, 2).reshape(batch, positions, channels))
        return self.head(nn.functional.gelu(x)[:, 0])


class Shuffled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        one, two = x.chunk(2, 1)
        x = torch.cat([one, self.conv(torch.cat([two, two], 1))], 1)
        batch, channels, height, width = x.shape
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2).contiguous()
        return x.view(batch, channels, height, width)


NETWORKS = {
    "residual": (Residual, (2, 3, 16, 16)),
    "tokens": (Tokens, (2, 3, 16, 16)),
    "shuffled": (Shuffled, (2, 4, 3, 5)),
}


def shortened(path):
    """Without the traces and the paths of the machine that made it."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [
            each for each in node.metadata_props if each.key.endswith(("name_scopes", "class_hierarchy", "rule_name"))
        ]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, path)


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, values):
        self.rows = iter([{"x": values.numpy()}])

    def get_next(self):
        return next(self.rows, None)


def record():
    found = {"torch": torch.__version__, "onnx": onnx.__version__, "files": {}}
    for name, (network, sizes) in NETWORKS.items():
        torch.manual_seed(0)
        model, x = network().eval(), torch.arange(float(math.prod(sizes))).sin().reshape(sizes)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias)
        y = [round(each, 7) for each in model(x).flatten().tolist()]
        numbers = {"params": sum(each.numel() for each in model.parameters()), "sizes": sizes, "y": y}
        newer, older = HERE / f"{name}.dynamo.onnx", HERE / f"{name}.torchscript.onnx"
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(
            model, (x,), newer, dynamo=True, dynamic_shapes=shapes, external_data=False, input_names=["x"]
        )
        shortened(newer)
        torch.onnx.export(model, (x,), older, dynamo=False, dynamic_axes={"x": {0: "N"}}, input_names=["x"])
        found["files"] |= {newer.name: numbers, older.name: numbers}
    for form in (quantization.QuantFormat.QDQ, quantization.QuantFormat.QOperator):
        path = HERE / f"residual.{form.name.lower()}.onnx"
        quantization.quantize_static(
            newer.with_name("residual.dynamo.onnx"), path, Calibration(torch.randn(8, 3, 16, 16)), form
        )
        shortened(path)
        found["files"][path.name] = found["files"]["residual.dynamo.onnx"]
    (HERE / "recorded.json").write_text(json.dumps(found))


record()
