"""How long the forward pass takes next to PyTorch's and to ONNX's reference, on two cores, and what memory it needs.

Each side runs in a process of its own, so that the threads of one do not spin in the other's way; they run in turn.
README.md here says more.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from _processes import pin
from _results import Limit, Other, Results, Row, parser, results

MODELS = {
    "ResNet-50": "resnet50",
    "VGG-16": "vgg16",
    "MobileNetV2": "mobilenet_v2",
}
AT_MOST = 1.5
"""Times as long as PyTorch."""
REFERENCE = 1 / 20
"""Of the time that onnx.reference takes."""
MEBIBYTES = 600
"""Of memory for ResNet-50, the whole process."""
REST = 0.05
"""Seconds between two runs: by then no thread of the side before spins any longer."""


def main() -> None:
    """Times everything and prints the ratios."""
    line = parser(__doc__)
    line.add_argument("--runs", type=int, default=15, metavar="N", help="runs of each side (default: 15)")
    line.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="NAME")
    line.add_argument("--fuse", action="store_true", help="also with batch normalisation folded into convolutions")
    line.add_argument("--worker", nargs=2, metavar=("SIDE", "MODEL"), help=argparse.SUPPRESS)
    options = line.parse_args()
    if options.worker:
        WORKERS[options.worker[0]](options.worker[1])
        return
    print(f"{pin()}; batch 1, 224×224, {options.runs} runs in turn\n")
    sides = ["numpy", *(["fused"] if options.fuse else [])]
    if importlib.util.find_spec("torch"):
        sides.append("torch")
    with results("forward", options.json) as found:
        for name in options.models:
            compare(found, name, sides, options.runs)
        if importlib.util.find_spec("onnx"):
            compare_reference(found, options.runs)
        report_memory(found)


def compare(found: Results, name: str, sides: list[str], runs: int) -> None:
    """A row a side of ours, next to PyTorch where that is installed."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        workers = [stack.enter_context(worker(side, MODELS[name], folder)) for side in sides]
        times: list[list[float]] = [[] for _ in sides]
        for turn in range(runs + 2):
            for run, taken in zip(workers, times, strict=True):
                seconds = run()
                if turn >= 2:
                    taken.append(seconds * 1000)
                time.sleep(REST)
        differences = compare_outputs([Path(folder, f"{side}.npy") for side in sides])
    torch = Other("torch", times[sides.index("torch")]) if "torch" in sides else None
    for side, taken, difference in zip(sides, times, differences, strict=True):
        if side != "torch":
            note = f"outputs differ by {difference:.0e}" if torch else "torch is not installed"
            title = f"{name}, folded" if side == "fused" else name
            found.add(Row(title, "ms", taken, torch, Limit(AT_MOST, "ratio"), note))


def compare_outputs(paths: list[Path]) -> list[float]:
    """How far each side's output is from the last side's, relative to its largest value."""
    import numpy as np

    outputs = [np.load(path) for path in paths]
    return [float(np.abs(output - outputs[-1]).max() / np.abs(outputs[-1]).max()) for output in outputs]


# -- the sides, each a process that runs when it is told to


@contextlib.contextmanager
def worker(side: str, model: str, folder: str) -> Iterator[Callable[[], float]]:
    """A process that has a model ready; the function runs it once and says how many seconds that took."""
    command = [sys.executable, __file__, "--worker", side, model]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdin is not None
    assert process.stdout is not None

    def run() -> float:
        print("run", file=process.stdin, flush=True)
        answer = process.stdout.readline()
        if not answer:
            sys.exit(f"forward: the {side} side of {model} has ended")
        return float(answer)

    try:
        yield run
    finally:
        process.stdin.close()
        process.wait()


def serve(side: str, run: Callable[[], object]) -> None:
    """Runs when told to, answers with the seconds, and keeps the first output."""
    import numpy as np

    for turn, _ in enumerate(sys.stdin):
        start = time.perf_counter()
        output = run()
        print(time.perf_counter() - start, flush=True)
        if turn == 0:
            np.save(f"{side}.npy", np.asarray(output))


def prepared(model: str):
    """The graph, its weights from a seed, the input and the layout."""
    import numpy as np

    import cnncalc
    from cnncalc.forward.run.weights import initialised

    spec = cnncalc.load(model)
    x = np.random.default_rng(0).standard_normal((1, 224, 224, 3)).astype("float32")
    return spec.graph, initialised(spec.graph, 0, np.dtype("float32")), x, spec.layout


def numpy_side(model: str, fuse: bool = False) -> None:
    """Ours."""
    from cnncalc.forward.engines.arrays import Arrays
    from cnncalc.forward.run.executor import steps

    graph, weights, x, layout = prepared(model)
    if fuse:
        from cnncalc.forward.run._fusion import fused

        graph, weights = fused(graph, weights)

    def run() -> object:
        output = None
        for step in steps(graph, {graph.inputs[0].name: x}, weights, Arrays(layout)):
            output = step.output
        return output

    serve("fused" if fuse else "numpy", run)


def torch_side(model: str) -> None:
    """PyTorch's, in eager mode."""
    import numpy as np
    import torch
    from torch_model import TorchModel

    torch.set_num_threads(2)
    graph, weights, x, _ = prepared(model)
    module = TorchModel(graph, weights).eval()
    batch = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))

    def run() -> object:
        with torch.inference_mode():
            return module(batch)

    serve("torch", run)


def memory_side(model: str) -> None:
    """One run, and the most memory that the process had."""
    import resource

    from cnncalc.forward.engines.arrays import Arrays
    from cnncalc.forward.run.executor import steps

    graph, weights, x, layout = prepared(model)
    for _ in steps(graph, {graph.inputs[0].name: x}, weights, Arrays(layout)):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak // 1024 if sys.platform != "darwin" else peak // 2**20)


WORKERS: dict[str, Callable[[str], None]] = {
    "numpy": numpy_side,
    "fused": lambda model: numpy_side(model, fuse=True),
    "torch": torch_side,
    "memory": memory_side,
}


# -- the other two questions


def compare_reference(found: Results, runs: int) -> None:
    """One convolution next to onnx.reference."""
    import numpy as np
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    from cnncalc.forward.engines.convolution import convolve
    from cnncalc.forward.engines.freed_memory import keep_freed_memory
    from cnncalc.forward.engines.strided_views import padded

    keep_freed_memory()  # as every run does
    draw = np.random.default_rng(0)
    x = draw.standard_normal((1, 56, 56, 32)).astype("float32")
    kernel = draw.standard_normal((3, 3, 32, 32)).astype("float32")
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xwy"]
    reference = ReferenceEvaluator(helper.make_model(helper.make_graph([node], "conv", tensors[:2], tensors[2:])))
    fed = {"x": np.moveaxis(x, -1, 1).copy(), "w": np.moveaxis(kernel, (-1, -2), (0, 1)).copy()}

    def ours() -> np.ndarray:
        return convolve(np.matmul, padded(x, ((1, 1), (1, 1))), kernel, (1, 1), (1, 1))

    def theirs() -> np.ndarray:
        return reference.run(None, fed)[0]

    np.testing.assert_allclose(np.moveaxis(ours(), -1, 1), theirs(), atol=1e-3)
    times: tuple[list[float], list[float]] = [], []
    for _ in range(runs):
        for run, taken in zip((ours, theirs), times, strict=True):
            start = time.perf_counter()
            run()
            taken.append((time.perf_counter() - start) * 1000)
    mine, other = times
    reference_times = Other("onnx.reference", other)
    found.add(Row("3×3 convolution, 56×56, 32 → 32", "ms", mine, reference_times, Limit(REFERENCE, "ratio")))


def report_memory(found: Results) -> None:
    """The most memory of a process that runs ResNet-50 once."""
    command = [sys.executable, __file__, "--worker", "memory", "resnet50"]
    peak = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found.add(Row("ResNet-50, memory of the whole process", "MiB", [peak], limit=Limit(MEBIBYTES)))


if __name__ == "__main__":
    main()
