"""The order of axes in PyTorch code: where tensors are rows, and where they are turned."""

from __future__ import annotations

import itertools
import re

import pytest

import cnncalc
from cnncalc.exporting.torch.cut import reached
from cnncalc.exporting.torch.writer import write_torch

TURNED = re.compile(r"\.mT\b|\.permute\(|\.movedim\(")


def code_of(text: str) -> str:
    return str(write_torch(cnncalc.load(text)).content)


def forward_of(text: str, name: str) -> str:
    """The statements of a class's `forward`."""
    body = code_of(text).partition(f"class {name}(")[2].partition("def forward(")[2].partition("\n\n")[0]
    return "\n".join(line.strip() for line in body.split("\n")[1:])


def cost(side: set[str], costs: dict[tuple[str, str], int]) -> int:
    return sum(each for (start, end), each in costs.items() if start in side and end not in side)


def test_no_cut_is_cheaper():
    names = ["a", "b", "c", "d", "e"]
    costs = {
        pair: (7 * number) % 5
        for number, pair in enumerate(itertools.permutations(["source", *names, "sink"], 2))
        if (7 * number) % 5
    }
    found = reached("source", "sink", costs)
    assert "source" in found
    assert "sink" not in found
    sides = [{"source", *some} for size in range(6) for some in itertools.combinations(names, size)]
    assert cost(found, costs) == min(cost(side, costs) for side in sides)


def test_a_transformer_reads_rows():
    assert (
        forward_of("vit", "Unit")
        == """\
y = self.layer_norm1(x)
x = x + self.attention1(y, y, y, need_weights=False)[0]
y = self.layer_norm2(x)
y = self.gelu(self.dense1(y))
x = x + self.dense2(y)
return x"""
    )
    assert "x = x.flatten(2).mT\n" in code_of("vit")
    assert "self.position_embedding = nn.Parameter(torch.zeros((197, 768)))" in code_of("vit")


def test_a_map_is_turned_once_in_and_once_out():
    assert (
        forward_of("convnext_tiny", "Unit")
        == """\
y = self.norm1(self.depthwise_conv1(x).permute(0, 2, 3, 1))
y = self.gelu(self.dense1(y))
y = self.dense2(y)
y = y * self.scale1
x = x + y.permute(0, 3, 1, 2)
return x"""
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [("vit", 1), ("swin", 2), ("detr", 4), ("crnn", 2), ("mlp_mixer", 3), ("resnet50", 0), ("unet", 0)],
)
def test_nothing_is_turned_more_often_than_it_has_to_be(name, count):
    """ViT and Swin: once, after the convolution (Swin's attention has one more, of its numbers per difference of
    places). DETR: two maps and two outputs. CRNN: the map becomes rows, and the output is turned. Mixer: the same, and
    twice across the patches."""
    code = code_of(name)
    inside_helpers = code.count("inside_last") and 1
    assert len(TURNED.findall(code)) - inside_helpers == count


def test_what_is_missing_in_some_copies_is_passed_on_turned():
    """A pool reads maps, a layer norm and a dense layer rows: a copy without the pool turns its rows twice."""
    code = code_of("""
input: 3x8x8
layout: channels_first
blocks:
  unit:
    args: [pooled]
    layers:
      - layer_norm
      - {max_pool: 2, when: $(pooled > 0)}
      - dense: 4
layers: [conv: 3x3x4, unit: 1, unit: 0, unit: 1, global_avg_pool]
""")
    assert code.count("class Unit") == 1
    assert "self.max_pool1: nn.Module = nn.Identity()" in code


def test_copies_that_read_the_same_value_from_outside_are_a_loop():
    code = code_of("""
inputs: {words: 9x16, memory: 5x16}
blocks:
  unit:
    args: [keys]
    layers:
      - residual: [layer_norm, {attention: 4, keys: $keys}]
layers:
  - {unit: memory, repeat: 3, from: words}
  - dense: 2
""")
    assert "self.unit1 = nn.ModuleList([Unit() for _ in range(3)])" in code
    assert "        for unit in self.unit1:\n            words = unit(words, x)\n" in code
