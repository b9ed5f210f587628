"""The code for PyTorch of every shipped spec: every layer has the parameters and the sizes that the spec says."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

from exporting.torch_code import differences, model_of, on_meta, tensor_at  # noqa: E402

from cnncalc.exporting.torch import write  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", shipped())
def test_every_spec_in_both_forms(name):
    spec = cnncalc.load(name)
    with_blocks, flat = write(spec), write(spec, flat=True)
    assert list(differences(spec, flat)) == []
    assert list(differences(spec, with_blocks)) == []
    assert with_blocks.places.keys() == flat.places.keys()
    models = on_meta(spec, with_blocks), on_meta(spec, flat)
    for layer, arrays in flat.places.items():
        for array, places in arrays.items():
            own = with_blocks.places[layer][array][0].module
            # what a module says of itself has all of its settings
            assert repr(tensor_at(models[0], own)) == repr(tensor_at(models[1], places[0].module)), layer


@pytest.mark.parametrize("name", SHIPPED_VARIANTS)
def test_every_variant(name):
    spec = cnncalc.load(name)
    assert list(differences(spec, write(spec))) == []


def test_the_same_bytes_twice():
    assert write(cnncalc.load("mobilenet_v3_large")) == write(cnncalc.load("mobilenet_v3_large"))


def test_it_runs_as_a_script(capsys):
    exported = write(cnncalc.load("lenet5"))
    exec(compile(exported.content, "lenet5.py", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.endswith("61,706 parameters\n")
    assert model_of(cnncalc.load("lenet5"), exported).conv1.out_channels == 6
