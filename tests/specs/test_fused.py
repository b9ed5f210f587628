"""The two forms of a re-parameterised network calculate the same, with the weights of one folded into the other's."""

import numpy as np
import pytest
from forward.running import close, drawn, outputs

import cnncalc


@pytest.mark.parametrize("name", ["repvgg_a0", "mobileone_s0", "mobileone_s4"])
def test_the_fused_form_calculates_the_same(name):
    training, fused = (cnncalc.load(each, input="32x32") for each in (name, f"{name}_fused"))
    weights = drawn(training.graph, seed=1, dtype="float64")
    folded = dict(weights)  # what both have, such as the last layer
    for node in fused.graph.nodes:
        if node.kind == "conv" and node.name not in weights:
            unit = node.name.rpartition(".")[0]
            folded[node.name] = fold(
                {key.removeprefix(f"{unit}."): each for key, each in weights.items() if key.startswith(f"{unit}.")},
                {key: weight.shape for key, weight in node.weights.items()},
            )
    image = {"input": np.random.default_rng(2).standard_normal((1, 32, 32, 3))}
    close(outputs(fused, image, folded, "float64"), outputs(training, image, weights, "float64"))


def fold(branches, shapes):
    """One kernel and bias instead of a sum of branches, each of which ends in a norm."""
    kernel, bias = np.zeros(shapes["kernel"]), np.zeros(shapes["bias"])
    for name, norm in branches.items():
        if "variance" in norm:
            before = branches.get(name.removesuffix(".batch_norm"), norm).get("kernel")
            factor = norm["scale"] / np.sqrt(norm["variance"] + 1e-5)
            kernel += factor * (nothing(kernel.shape) if before is None else padded(before, kernel.shape))
            bias += norm["center"] - factor * norm["mean"]
    return {"kernel": kernel, "bias": bias}


def padded(kernel, shape):
    """A 1×1 as a 3×3: with zeros around it."""
    sides = [((new - old) // 2,) * 2 for old, new in zip(kernel.shape, shape, strict=True)]
    return np.pad(kernel, sides)


def nothing(shape):
    """The kernel that changes nothing: its centre passes each channel on."""
    kernel = np.zeros(shape)
    rows, columns, read, _ = shape
    kernel[rows // 2, columns // 2] = np.eye(read) if read > 1 else 1
    return kernel
