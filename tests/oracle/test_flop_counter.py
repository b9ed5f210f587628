"""PyTorch's own counter, halved, gives the multiply-adds of every example of every kind.

It counts while the equals run on tensors without values (PyTorch's `meta` device), which takes no time. (Those of all
shipped models are compared in test_shipped_equals.py, those of random networks with their values.)
"""

from __future__ import annotations

import warnings
from functools import partial

import pytest
from layers.examples import EXAMPLES_OF
from oracle.random_networks import KNOWN

import cnncalc
from cnncalc.layers.equals import NoEqual
from cnncalc.spec.reader import Spec

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
from oracle.agreement import Multiplications  # noqa: E402
from oracle.built import Network  # noqa: E402


def differences(spec: Spec) -> list[str]:
    """How the counts differ.

    Raises:
        NoEqual: PyTorch has nothing in the place of a layer.
    """
    counter = Multiplications(samples=1)
    with torch.device("meta"), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `same` with an even kernel copies its input, PyTorch says
        network = Network(spec.graph, "torch", spec.layout)
        tensors = {node.name: torch.empty(1, *node.output.sizes("channels_first")) for node in spec.graph.inputs}
        with counter:
            for node in spec.graph.nodes:
                sources = [tensors[each.name] for each in node.inputs or spec.graph.inputs[:1]]  # a batch
                if node.layer.ids():
                    sources = [each.long() for each in sources]
                tensors[node.name] = counter(node, partial(network.layers[node.name], *sources))
    return counter.differences(spec)


@pytest.mark.parametrize("kind", KNOWN)
def test_examples(kind: str):
    compared = False
    for example in EXAMPLES_OF[kind]:
        try:
            assert differences(cnncalc.load(example.text)) == []
            compared = True
        except NoEqual:
            continue
    if not compared:
        pytest.skip("PyTorch has nothing in its place")


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch):
    spec = cnncalc.load("input: 6x8\nlayers: [{attention: 2}]")
    assert differences(spec) == []
    monkeypatch.setattr(type(spec.graph.nodes[0].layer), "macs", lambda *_: 7)
    assert differences(spec) == ["attention1: 7 multiply-adds, and PyTorch counts 2112.0"]  # 4·6·64, and 2·6·6·8
