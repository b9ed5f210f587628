"""Values against the cases that ONNX has for the implementers of its operators.

How many ran, and why the others did not, stands at the end of pytest's report (tests/forward/conftest.py).
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from functools import cache

import numpy as np
import pytest
from forward.onnx_operators import OPERATORS, REPORT, Translated, WithoutWordsError, translate
from forward.running import chain, close, outputs

pytestmark = pytest.mark.slow  # importing onnx alone takes seconds
onnx = pytest.importorskip("onnx", reason="onnx is not installed (pip install -e '.[test]')")

AT_LEAST = {
    "Conv": 6,
    "ConvTranspose": 11,
    "MaxPool": 19,
    "AveragePool": 14,
    "GlobalAveragePool": 2,
    "GlobalMaxPool": 2,
    "BatchNormalization": 2,
    "InstanceNormalization": 2,
    "GroupNormalization": 2,
    "LayerNormalization": 19,
    "LRN": 2,
    "Softmax": 7,
    "LogSoftmax": 7,
    "Relu": 1,
    "LeakyRelu": 3,
    "PRelu": 2,
    "Elu": 3,
    "Celu": 1,
    "Selu": 3,
    "Gelu": 2,
    "Sigmoid": 2,
    "HardSigmoid": 3,
    "Tanh": 2,
    "Softplus": 2,
    "Swish": 1,
    "HardSwish": 1,
    "Mish": 1,
    "Softsign": 0,
    "ThresholdedRelu": 0,
    "Shrink": 0,
    "Hardmax": 0,
    "Pad": 5,
    "DepthToSpace": 2,
    "SpaceToDepth": 4,
    "Resize": 4,
    "Upsample": 1,
}
"""How many cases of each operator have to run: those of onnx 1.23 that can be said. A later onnx may have more."""

FOUR_DIGITS = {"test_averagepool_2d_ceil_last_window_starts_on_pad"}
"""Cases whose values are written out with four digits."""


@cache
def cases():
    """All cases of one node, by operator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making them, onnx divides by zero on purpose
        from onnx.backend.test.case.node import collect_testcases

        found = defaultdict(list)
        for case in collect_testcases(None):
            if len(case.model.graph.node) == 1:
                found[case.model.graph.node[0].op_type].append(case)
    return found


def translated(case) -> tuple[Translated, np.ndarray]:
    """A case in our words, and what must come out."""
    node = case.model.graph.node[0]
    given, expected = case.data_sets[0]
    attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    values = iter(given)
    inputs = {str(index): np.asarray(next(values)) for index, name in enumerate(node.input) if name}
    kind = inputs["0"].dtype
    if kind.kind not in "iu" and kind != np.float32:
        raise WithoutWordsError(f"{kind} values")
    inputs["0"] = inputs["0"].astype(np.float32)  # whole numbers too: they are small
    # a second output (the places of the maxima, the deviation) is nothing that we have
    return translate(node.op_type, attributes, inputs), np.asarray(expected[0], np.float32)


def check(case) -> None:
    """Runs a case.

    Raises:
        WithoutWordsError: it cannot be said.
    """
    said, expected = translated(case)
    spec = chain({"x": said.x.shape[1:]}, *said.entries, convention="lecture", layout="channels_last")
    with_weights = [node for node in spec.graph.nodes if node.weights]
    assert len(with_weights) == bool(said.weights)
    ours = outputs(spec, {"x": said.x}, {node.name: said.weights for node in with_weights})
    close(said.back(ours), expected, 1e-4 if case.name in FOUR_DIGITS else 1e-5)


@pytest.mark.parametrize("operator", OPERATORS)
def test_operator(operator):
    ran, reasons = [], defaultdict(list)
    for case in cases()[operator]:
        try:
            check(case)
        except WithoutWordsError as reason:
            reasons[str(reason)].append(case.name)
        except AssertionError as error:
            raise AssertionError(f"{case.name}: {error}") from error
        else:
            ran.append(case.name)
    REPORT[operator] = len(ran), dict(reasons)
    assert len(ran) >= AT_LEAST[operator], dict(reasons)
