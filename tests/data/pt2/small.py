"""Makes the files in this folder: `python small.py` with PyTorch 2.13.0 and with 2.14.1, as they were made.

What PyTorch saves is packed, and stack traces are taken out of it; nothing else is changed.
"""

from __future__ import annotations

import io
import json
import zipfile

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.norm(self.conv(x)) + x)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Residual(), Residual())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.pool(self.blocks(self.stem(x))).flatten(1))


def packed(program: torch.export.ExportedProgram, path: str) -> None:
    torch.export.save(program, saved := io.BytesIO())
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if "/models/" in name:
                text = json.loads(data)
                for node in text["graph_module"]["graph"]["nodes"]:
                    node["metadata"].pop("stack_trace", None)
                    node["metadata"].pop("from_node", None)
                data = json.dumps(text).encode()
            is_weight = "/weights/weight_" in name
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            new.writestr(info, data, zipfile.ZIP_STORED if is_weight else zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    torch.manual_seed(0)
    model = Small().eval()
    for block in model.blocks:
        block.norm.running_mean.uniform_(-1, 1)
        block.norm.running_var.uniform_(0.5, 2)
    exported = torch.export.export(model, (torch.randn(2, 3, 8, 8),), dynamic_shapes=({0: torch.export.Dim.AUTO},))
    version = ".".join(torch.__version__.split(".")[:2])
    packed(exported, f"small-{version}.pt2")
    if version == "2.13":
        packed(exported.run_decompositions(), f"small-{version}-decomposed.pt2")
    print(model(torch.linspace(-1, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)).tolist())
