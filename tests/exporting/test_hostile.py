"""Names and texts of a spec that mean something in Python or in PyTorch."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cnncalc
from cnncalc.source.diagnostics import SpecError

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

from exporting.torch_code import differences, model_of, values_differ  # noqa: E402

from cnncalc.exporting.torch import write_torch  # noqa: E402

NAMES = ["class", "for", "None", "forward", "train", "half", "training", "parameters", "self", "x", "torch", "nn", "F",
         "len", "super", "in", "lambda", "y", "Tensor", "2nd", "a-b", "a_b", "_", "-",
         "größe", "__init__", "T", "fixed", "main"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flat", [False, True])
def test_a_layer_may_have_any_name(name, flat):
    text = f"""
        input: 9x9x3
        convention: lecture
        blocks:
          unit: [{{conv: 3x3x$c_in, padding: 1, name: {name}}}, {{add: [[], {name}]}}]
        layers:
          - {{conv: 3x3x4, padding: 1, norm: batch_norm, name: {name}}}
          - {{conv: 3x3x4, padding: 1}}
          - {{group: [unit, unit, relu], name: group}}
          - {{concat: [[], {name}]}}
          - {{prepend: 1, when: false}}
          - {{learned: 4, name: other}}
    """
    spec = cnncalc.load(text.replace("name: -", 'name: "-"').replace("[[], -]", '[[], "-"]'))
    exported = write_torch(spec, flat)
    assert list(differences(spec, exported)) == []
    assert values_differ(spec, exported) == ""


@pytest.mark.parametrize(
    "name", ["nn", "Tensor", "none", "true", "T", "F", "main", "any", "fixed", "Model", "value-error"]
)
def test_a_block_and_its_argument_may_have_any_name(name):
    argument = {"nn": "torch", "none": "range", "T": "nn", "F": "channels", "main": "int", "any": "x"}.get(
        name, "width"
    )
    spec = cnncalc.load(f"""
        name: {name}
        input: 9x9x3
        blocks:
          {name}:
            args: [{argument}]
            layers: [{{conv: 3x3x${argument}, padding: 1}}, {{conv: $(2 * c_in), kernel: 1}}]
        layers: [{{"{name}": 4}}, {{"{name}": 5}}, {{"{name}": 6, repeat: 2}}]
    """)
    exported = write_torch(spec)
    assert list(differences(spec, exported)) == []
    assert values_differ(spec, exported) == ""


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("tensor", "relu"),
        ("any", "relu"),
        ("value-error", "relu"),
        ("window-attention", "{attention: 1, window: 3}"),
        ("fixed", "{conv: 1x1x4, trainable: false}"),
    ],
)
def test_a_model_may_be_called_like_what_the_code_is_made_of(name, layer):
    spec = cnncalc.load(f"""
        name: {name}
        input: 9x9x3
        convention: pytorch
        blocks: {{"{name}": {{args: [width], layers: [{{conv: 3x3x$width, padding: 1}}, {layer}]}}}}
        layers: [{{"{name}": 4}}, {{"{name}": 5}}]
    """)
    exported = write_torch(spec)
    _passes_a_linter(exported.content)
    assert list(differences(spec, exported)) == []
    assert values_differ(spec, exported) == ""


def _passes_a_linter(content: str) -> None:
    """Asserts that no name hides what is imported or built in, where there is a linter to say so."""
    if ruff := shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"):
        command = [ruff, "check", "--isolated", "--select", "E,F,A", "-"]
        done = subprocess.run(command, input=content, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_nothing_is_imported_for_the_words_of_a_spec():
    words = "Of torch.nn, F.relu, math.pi, typing.Any and a Tensor: module: T, 'nn'."
    spec = cnncalc.load(f"""
        name: small
        description: "{words}"
        input: 9x9x3
        blocks: {{unit: {{description: "{words}", layers: [{{conv: 3x3x4}}]}}}}
        layers: [unit, {{opaque: torch.ops F.x math.y, output: 4, params: 0}}]
    """)
    _passes_a_linter(write_torch(spec).content)


def test_an_opaque_layer_may_be_called_like_the_model():
    spec = cnncalc.load("""
        name: nms
        input: 8x8x3
        layers: [{conv: 3x3x8}, {opaque: NMS, output: 4x4, params: 0}, {opaque: nms, output: 4, params: 0}]
    """)
    content = write_torch(spec).content
    classes = re.findall(r"^class (\w+)", content, re.MULTILINE)
    assert len(classes) == len({*classes}) == 3
    with pytest.raises(NotImplementedError, match="write what opaque1"):
        model_of(spec, write_torch(spec))(torch.zeros(1, 3, 8, 8))


def test_two_names_that_become_one():
    spec = cnncalc.load(
        "input: 9x9x3\nlayers: [{conv: 3x3x4, name: a-b}, {conv: 3x3x5, name: a_b}, {conv: 1x1x6, name: ab}]"
    )
    model = model_of(spec, write_torch(spec))
    assert [name for name, _ in model.named_children()] == ["a_b", "a_b_", "ab"]


TEXTS = ['"""', "'''", "\\", "\\n", "ends with \\", 'ends with "', '"begins with a quote', '""""""', "{name}", "%s",
         "{}", "# noqa", "</script>",
         "a\u202eb", "a\u2028b",
         "line\nbreak", "tab\tand\rreturn", "\x7f", '"""\nimport os\n"""', "\\N{BULLET}", "\ud7ff"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_breaks_out_of_a_docstring(text):
    quoted = "".join(f"\\x{ord(each):02x}" if ord(each) < 256 else f"\\u{ord(each):04x}" for each in text)
    spec = cnncalc.load(f"""
        name: "{quoted}"
        description: "{quoted}"
        input: 9x9x3
        blocks: {{unit: {{description: "{quoted}", layers: [{{conv: 3x3x4}}]}}}}
        layers: [unit]
    """)
    content = write_torch(spec).content
    tree = ast.parse(content)
    assert [type(each).__name__ for each in tree.body] == [
        "Expr",
        "ImportFrom",
        "ClassDef",
        "ClassDef",
        "FunctionDef",
        "If",
    ]
    assert content.isprintable() or set(filter(lambda each: not each.isprintable(), content)) == {"\n"}


def test_what_pytorch_does_not_have_is_an_error_for_each_layer():
    spec = cnncalc.load("input: 8x8\nlayers: [{gru: 4, reset_after: false}, {gru: 5, reset_after: false}]")
    with pytest.raises(SpecError) as caught:
        write_torch(spec)
    assert [(each.code, each.span.line, each.message, each.label) for each in caught.value.diagnostics] == [
        ("CNN160", 2, "`gru1` (gru) cannot be said in PyTorch", "`nn.GRU` applies its reset gate after the product"),
        ("CNN160", 2, "`gru2` (gru) cannot be said in PyTorch", "`nn.GRU` applies its reset gate after the product"),
    ]


def test_an_opaque_layer_is_a_stub_that_raises():
    spec = cnncalc.load("""
        input: 8x8x3
        layers:
          - {conv: 3x3x8, padding: 1}
          - {opaque: Non/Max-Suppression, from: [conv1, input], output: {kept: 100x4, sure: 100}, params: 0, name: nms}
          - {dense: 2, from: nms.sure}
        outputs: [nms, dense1]
    """)
    exported = write_torch(spec)
    assert "`nms`, which is unknown: it gives 4×100 for each sample." in exported.content
    model = model_of(spec, exported)
    with pytest.raises(NotImplementedError, match="write what nms"):
        model(torch.zeros(1, 3, 8, 8))
