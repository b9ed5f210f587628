"""Writes deform_conv.json: values of torchvision's `deform_conv2d`, run with torchvision installed.

    python tests/data/deform_conv.py

The arrays that go in are sines, so that a test can make them again without the file.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".json")
CASES: list[dict[str, Any]] = [
    {"input": [5, 6, 2], "filters": 3, "kernel": [3, 3], "padding": [1, 1]},
    {"input": [6, 5, 4], "filters": 4, "kernel": [2, 3], "stride": [2, 1], "groups": 2, "offset_groups": 2},
    {"input": [7, 6, 2], "filters": 2, "kernel": [3, 2], "padding": [2, 1], "dilation": [2, 1], "modulated": False},
    {"input": [4, 4, 6], "filters": 2, "kernel": [1, 1], "offset_groups": 3, "bias": False},
]


def arrays(case: dict[str, Any]) -> dict[str, np.ndarray]:
    """The input and the weights of a case, in our order."""
    filters, kernel, channels = case["filters"], case["kernel"], case["input"][-1]
    offsets = (3 if case.get("modulated", True) else 2) * int(np.prod(kernel)) * case.get("offset_groups", 1)
    shapes = {
        "x": case["input"],
        "kernel": [*kernel, channels // case.get("groups", 1), filters],
        "bias": [filters],
        "offset_kernel": [*kernel, channels, offsets],
        "offset_bias": [offsets],
    }
    seeds = count(1)
    made = {
        name: np.sin(next(seeds) + 1.3 * np.arange(np.prod(shape))).reshape(shape) for name, shape in shapes.items()
    }
    return made if case.get("bias", True) else {name: each for name, each in made.items() if name != "bias"}


def values(case: dict[str, Any]) -> Any:
    """The output, (height, width, filters)."""
    import torch
    from torchvision.ops import deform_conv2d

    of = {name: torch.from_numpy(each) for name, each in arrays(case).items()}
    kernel, offset_kernel = (of[name].permute(3, 2, 0, 1) for name in ("kernel", "offset_kernel"))
    window = [
        case.get(name, default) for name, default in (("stride", [1, 1]), ("padding", [0, 0]), ("dilation", [1, 1]))
    ]
    x = of["x"].permute(2, 0, 1)[None]
    moves = torch.nn.functional.conv2d(x, offset_kernel, of["offset_bias"], *window)
    taps = int(np.prod(case["kernel"])) * case.get("offset_groups", 1)
    mask = moves[:, 2 * taps :].sigmoid() if case.get("modulated", True) else None
    y = deform_conv2d(x, moves[:, : 2 * taps], kernel, of.get("bias"), *window, mask)
    return y[0].permute(1, 2, 0)


if __name__ == "__main__":
    import torch
    import torchvision

    rows = [{**case, "output": np.round(values(case).numpy(), 9).tolist()} for case in CASES]
    made = {"source": f"torchvision {torchvision.__version__}, torch {torch.__version__}, float64", "cases": rows}
    FILE.write_text(json.dumps(made) + "\n")
