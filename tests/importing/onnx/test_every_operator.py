"""Each operator that ONNX has, in a model of its own: it is read with the right numbers, or refused by name."""

from __future__ import annotations

import onnx
import pytest
from importing.onnx.every_operator import EXAMPLES, OF_SEQUENCES
from importing.onnx.models import saved

from cnncalc.importing.importing import import_file
from cnncalc.importing.onnx.reader import read_onnx
from cnncalc.importing.operations import BATCH
from cnncalc.source.files import Unreadable
from cnncalc.spec.top_level import Overrides

READ = [example for example in EXAMPLES if not example.refused]
BY_HAND = {
    # onnxruntime gives half the frequencies, 16 / 2 + 1, which is the default: (64 - 16) / 16 + 1 windows
    "STFT": [["N", 4, 9, 2]],
    "GroupNormalization": [["N", 4, 7, 6]],
    "Loop": [["N", 6]],  # a function of each value, again and again
}
"""Where ONNX's own inference is wrong, or says nothing."""


def named(example):
    return example.operator


def test_no_operator_is_missing():
    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history() if not schema.domain}
    newer = {name for name in known if _first_version(name) > 23}
    assert {example.operator for example in EXAMPLES} | {*OF_SEQUENCES} == known - newer


def _first_version(name):
    every = onnx.defs.get_all_schemas_with_history()
    return min(schema.since_version for schema in every if (schema.name, schema.domain) == (name, ""))


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_sizes(example, tmp_path):
    inferred = onnx.shape_inference.infer_shapes(example.proto, strict_mode=True, data_prop=True)
    wanted = BY_HAND.get(example.operator) or [_sizes(each) for each in inferred.graph.output]
    for known, made in zip(wanted, read_onnx(saved(example.proto, tmp_path)).outputs, strict=True):
        if made.sizes is None:
            assert known is None or any(size is None for size in known) or example.refused
            continue
        own = ["N" if size == BATCH else size for size in made.sizes]
        assert len(own) == len(known)
        assert all(one in (None, other) for one, other in zip(known, own, strict=True)), (known, own)


def _sizes(info):
    """What ONNX infers: None for a size that it does not know."""
    if not info.type.tensor_type.HasField("shape"):
        return None
    dims = info.type.tensor_type.shape.dim
    return [each.dim_value if each.HasField("dim_value") else "N" if each.dim_param == "N" else None for each in dims]


@pytest.mark.parametrize("example", READ, ids=named)
def test_parameters_and_shapes(example, tmp_path):
    """Parameters are the numbers in its weights; an `opaque` layer is named."""
    made = import_file(saved(example.proto, tmp_path), Overrides(), is_flat=True)
    assert made.is_ok, made.findings
    assert sum(layer.params or 0 for layer in made.draft.layers) == example.params
    opaque = [layer for layer in made.draft.layers if layer.kind == "opaque"]
    if example.macs is not None:
        assert [layer.settings["macs"] for layer in opaque] == [example.macs]
    assert bool(opaque) == any(each.code == "CNN570" for each in made.findings)


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.refused], ids=named)
def test_what_is_refused_is_named(example, tmp_path):
    with pytest.raises(Unreadable) as caught:
        import_file(saved(example.proto, tmp_path), Overrides())
    (found,) = caught.value.diagnostics
    assert found.message == example.refused.format(example.operator)
