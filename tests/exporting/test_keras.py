"""The code for Keras of every shipped spec: every layer has the parameters and the sizes that the spec says."""

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

os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

from exporting.keras_code import differences, layers_of, model_of, values_differ
from exporting.test_random_blocks import _spec as random_spec

from cnncalc.exporting.keras import write_keras

pytestmark = pytest.mark.slow

INTERPOLATES = "Keras interpolates only maps, not sequences or volumes"
BIASES = "`LSTM` has one bias per gate"
STEPS = "Keras' Conv has no stride and dilation that are both greater than 1"
REFUSED = {
    **dict.fromkeys(("attention_unet", "attention_unet_ungated", "attention_unet_two_gates"), INTERPOLATES),
    **dict.fromkeys(("crnn", "deepspeech2"), BIASES),
    "deepspeech2_rnn": "`SimpleRNN` has one bias per gate",
    "pspnet": "Keras' Resizing has no `align_corners`",
    "segnet": "Keras' pools do not say where their largest values were",
    **dict.fromkeys(("sknet", "skresnet18", "skresnet34", "skresnext50_32x4d"), STEPS),
}
"""The specs and variants that Keras cannot have, and why."""
RENAMED = dict.fromkeys(("hrnet", "hrnet_w18", "hrnet_w32", "hrnet_w48"), 6)
"""Layers whose copies have other numbers in one instance of a block than in another, so that they are called alike."""


def is_as_said(name: str, flat: bool) -> None:
    """Asserts that the code of a spec or variant is that, or that it is refused for its reason."""
    spec = cnncalc.load(name)
    if name in REFUSED:
        with pytest.raises(SpecError) as caught:
            write_keras(spec, flat)
        assert {(each.code, each.label) for each in caught.value.diagnostics} == {("CNN160", REFUSED[name])}
        return
    found = list(differences(spec, write_keras(spec, flat)))
    renamed = RENAMED.get(name, 0) * (not flat)
    assert [each for each in found if not each.startswith(f"{renamed} with other names")] == []


@pytest.mark.parametrize("name", shipped())
def test_every_spec(name):
    is_as_said(name, flat=False)


@pytest.mark.nightly
@pytest.mark.parametrize("name", shipped())
def test_every_spec_in_a_row(name):
    is_as_said(name, flat=True)


@pytest.mark.nightly
@pytest.mark.parametrize("name", SHIPPED_VARIANTS)
def test_every_variant(name):
    is_as_said(name, flat=False)


def test_the_same_bytes_twice():
    assert write_keras(cnncalc.load("mobilenet_v3_large")) == write_keras(cnncalc.load("mobilenet_v3_large"))


def test_it_runs_as_a_script(capsys):
    exported = write_keras(cnncalc.load("lenet5"))
    exec(compile(exported.content, "lenet5.py", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.endswith("61,706 trainable parameters\n")


def test_layers_are_called_as_their_paths():
    layers = layers_of(model_of(cnncalc.load("resnet18"), write_keras(cnncalc.load("resnet18"))))
    assert layers["stage2_basic1_0_conv1"].filters == 128
    assert layers["stage2_basic1_1_conv2_batch_norm"].epsilon == 1e-5


def test_parts_that_are_shared_are_called_again():
    spec = cnncalc.load("""
        inputs: {left: 8x8x3, right: 8x8x3}
        blocks: {unit: [{conv: 3x3x3, padding: 1, name: one}, {add: [[], one]}]}
        layers:
          - {unit: , from: left, name: own}
          - {share: own, from: right, name: twin}
          - {concat: [own, twin]}
    """)
    exported = write_keras(spec)
    assert list(differences(spec, exported)) == []
    assert values_differ(spec, exported) == ""
    layers = layers_of(model_of(spec, exported))
    assert len(layers["own"]._inbound_nodes) == 2
    assert layers["own"].count_params() == 3 * 3 * 3 * 3 + 3


SMALLER = {"squeezenet": "3x64x64", "resnet18": "3x32x32", "mobilenet_v2": "3x64x64", "shufflenet_v2": "3x32x32",
           "mobilenet_v3_large": "3x32x32", "googlenet": "3x64x64"}  # fmt: skip
"""Inputs that are smaller than those of the specs."""
COMPARED = ["lenet5", "keras_cnn", "tiny_vit", "siamese", "one_d", "three_d", "m5", "tcn", *SMALLER]


@pytest.mark.parametrize("name", COMPARED)
def test_values(name):
    spec = cnncalc.load(name, input=SMALLER.get(name))
    assert values_differ(spec, write_keras(spec)) == ""


@pytest.mark.nightly
@pytest.mark.parametrize("name", shipped())
def test_values_of_all(name):
    from exporting.smallest import smallest

    spec = smallest(cnncalc.load(name))
    if name in REFUSED:
        pytest.skip(REFUSED[name])
    assert values_differ(spec, write_keras(spec)) == ""


@pytest.mark.parametrize("sizes", ["12x6", "5x4x6", "3x2x4x6"])
def test_transposed_convolutions_have_groups(sizes):
    spec = cnncalc.load(f"""
        input: {sizes}
        convention: keras
        layers:
          - {{conv_transpose: 4, kernel: 3, stride: 2, groups: 2, padding: same}}
          - {{conv_transpose: 6, kernel: 2, dilation: 2, groups: 2, bias: false}}
          - {{conv_transpose: 9, kernel: 3, stride: 3, groups: 3, output_padding: 1}}
    """)
    exported = write_keras(spec)
    assert list(differences(spec, exported)) == []
    assert values_differ(spec, exported) == ""


@pytest.mark.parametrize("padding", ["same", "[[0, 1]]", "[[1, 1]]", "[[2, 0]]"])
def test_averages_are_of_the_input_alone(padding):
    """Keras' torch backend fills up `same` with copies of the border where one side gets more than the other."""
    spec = cnncalc.load(
        f"input: 10x2\nconvention: keras\nlayers: [{{avg_pool: 3, stride: 2, padding: {padding}}}, relu]"
    )
    assert values_differ(spec, write_keras(spec)) == ""


@pytest.mark.parametrize("kind", KNOWN)
def test_random_networks(kind):
    spec = network(0, kind).spec
    try:
        exported = write_keras(spec)
    except SpecError:
        return  # (why is compared in tests/oracle)
    assert values_differ(spec, exported) == ""


@pytest.mark.parametrize("flat", [False, True])
def test_a_formatter_and_a_linter_change_nothing(tmp_path, flat):
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not ruff:
        pytest.skip("ruff is not installed (pip install -e '.[lint]')")
    for name in shipped():
        if name not in REFUSED:
            (tmp_path / f"{name}.py").write_text(write_keras(cnncalc.load(name), flat).content, "utf-8")
    for command in (
        ["format", "--diff"],
        ["check", "--select", "E,F,W,I,UP,B,N,RET,PIE,C4", "--ignore", "RET504"],
    ):
        done = subprocess.run([ruff, *command, "--isolated", "."], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_it_is_as_short_as_what_a_person_writes():
    assert len(write_keras(cnncalc.load("resnet50")).content.splitlines()) <= 90
    assert len(write_keras(cnncalc.load("vit_b_16")).content.splitlines()) <= 90


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_random_blocks(seed):
    spec = random_spec(seed)
    for flat in (False, True):
        exported = write_keras(spec, flat)
        found = [each for each in differences(spec, exported) if "with other names" not in each]
        assert found == [], spec.source.text
        assert values_differ(spec, exported, seed) == "", spec.source.text
