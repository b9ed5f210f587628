"""The code for PyTorch of every shipped spec: every layer has the parameters and the sizes that the spec says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from oracle.random_networks import KNOWN, network

import cnncalc
from cnncalc.source.diagnostics import SpecError
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

from exporting.smallest import smallest
from exporting.torch_code import differences, model_of, multiply_adds, on_meta, tensor_at, values_differ

from cnncalc.exporting.torch import write_torch

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", shipped())
def test_every_spec_in_both_forms(name):
    spec = cnncalc.load(name)
    with_blocks, flat = write_torch(spec), write_torch(spec, flat=True)
    assert list(differences(spec, flat)) == []
    assert list(differences(spec, with_blocks)) == []
    assert with_blocks.places.keys() == flat.places.keys()
    models = on_meta(spec, with_blocks), on_meta(spec, flat)
    for layer, arrays in flat.places.items():
        for array, places in arrays.items():
            own = with_blocks.places[layer][array][0].module
            # what a module says of itself has all of its settings
            assert repr(tensor_at(models[0], own)) == repr(tensor_at(models[1], places[0].module)), layer


BY_DAY = {*{of: variant for variant, of in SHIPPED_VARIANTS.items()}.values()}
"""The last variant of each spec: as a rule what is farthest from the spec itself. All others are left to the night."""


@pytest.mark.parametrize(
    "name",
    [name if name in BY_DAY else pytest.param(name, marks=pytest.mark.nightly) for name in SHIPPED_VARIANTS],
)
def test_every_variant(name):
    spec = cnncalc.load(name)
    assert list(differences(spec, write_torch(spec))) == []


def test_the_same_bytes_twice():
    assert write_torch(cnncalc.load("mobilenet_v3_large")) == write_torch(cnncalc.load("mobilenet_v3_large"))


def test_it_runs_as_a_script(capsys):
    exported = write_torch(cnncalc.load("lenet5"))
    exec(compile(exported.content, "lenet5.py", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.endswith("61,706 parameters\n")
    assert model_of(cnncalc.load("lenet5"), exported).conv1.out_channels == 6


SMALLER = {"resnet18": "3x32x32", "mobilenet_v2": "3x64x64", "shufflenet_v2": "3x32x32",
           "mobilenet_v3_large": "3x32x32", "convnextv2_atto": "64x64x3", "mobilevit_xxs": "64x64x3",
           "googlenet": "3x64x64"}  # fmt: skip
"""Inputs that are smaller than those of the specs."""
COMPARED = ["lenet5", "keras_cnn", "tiny_vgg", "tiny_vit", "typical_cnn", "siamese", "one_d", "three_d", "m5",
            "pointnet", "dcgan", "tcn", "crnn", *SMALLER]  # fmt: skip


@pytest.mark.parametrize("name", COMPARED)
def test_values_and_multiply_adds(name):
    spec = cnncalc.load(name, input=SMALLER.get(name))
    exported = write_torch(spec)
    assert values_differ(spec, exported) == ""
    assert multiply_adds(spec, on_meta(spec, exported)) == cnncalc.analyze(spec).totals.macs


@pytest.mark.nightly
@pytest.mark.parametrize("name", shipped())
def test_values_and_multiply_adds_of_all(name):
    spec = cnncalc.load(name)
    exported = write_torch(spec)
    assert multiply_adds(spec, on_meta(spec, exported)) == cnncalc.analyze(spec).totals.macs
    small = smallest(spec)
    assert values_differ(small, write_torch(small)) == ""


@pytest.mark.parametrize("kind", KNOWN)
def test_random_networks(kind):
    for seed in range(2):
        spec = network(seed, kind).spec
        for flat in (False, True):
            try:
                exported = write_torch(spec, flat)
            except SpecError:
                continue  # of a layer that PyTorch does not have
            assert values_differ(spec, exported, seed) == "", f"seed {seed}"


@pytest.mark.parametrize("flat", [False, True])
def test_a_formatter_and_a_linter_change_nothing(tmp_path, flat):
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not ruff:
        pytest.skip("ruff is not installed (pip install -e '.[lint]')")
    for name in shipped():
        (tmp_path / f"{name}.py").write_text(write_torch(cnncalc.load(name), flat).content, "utf-8")
    rules = ["--select", "E,F,W,I,UP,B,N,RET,PIE,C4", "--ignore", "N812,RET504,B905"]
    for command in (["format", "--diff"], ["check"], ["check", *rules]):
        done = subprocess.run([ruff, *command, "--isolated", "."], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_a_type_checker_finds_nothing(tmp_path):
    pytest.importorskip("mypy", reason="mypy is not installed (pip install -e '.[lint]')")
    for name in ("resnet50", "vit_b_16", "mobilenet_v3_large", "unet", "detr", "swin", "segnet", "inception_v3_keras"):
        (tmp_path / f"{name}.py").write_text(write_torch(cnncalc.load(name)).content, "utf-8")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "."], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_it_is_as_short_as_what_a_person_writes():
    assert len(write_torch(cnncalc.load("resnet50")).content.splitlines()) <= 90
    assert len(write_torch(cnncalc.load("vit_b_16")).content.splitlines()) <= 70
