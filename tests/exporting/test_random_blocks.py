"""Random specs of blocks, copies, conditions, shares and frozen parts: the code is the model, however it is put."""

from __future__ import annotations

from random import Random

import pytest

import cnncalc

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")

from exporting.torch_code import differences, values_differ

from cnncalc.exporting.torch import write_torch

SEEDS = 60


class _Random:
    """Writes a spec whose maps keep their size, so that nearly everything fits everywhere."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names: list[str] = []

    def text(self) -> str:
        """The spec."""
        lines = ["input: 8x8x4", "vars: {wide: 6}", "blocks:"]
        for number in range(self.random.choice([1, 2, 3])):
            lines += self.block(number)
        lines.append("layers:")
        lines += [f"  - {self.entry()}" for _ in range(self.random.randint(2, 6))]
        lines += [f"  - {self.named(number)}" for number in range(self.random.choice([0, 1, 2]))]
        return "\n".join(lines)

    def block(self, number: int) -> list[str]:
        """A block with some of its layers on conditions, which may call those before it."""
        before = [f"{{b{other}: [$k, $f, $s]}}" for other in range(number)]
        entries = [self.layer() for _ in range(self.random.randint(1, 3))]
        entries += self.random.sample(before, min(len(before), self.random.choice([0, 1])))
        self.random.shuffle(entries)
        lines = [f"  b{number}:", "    args: [k=3, f=4, s=true, act=relu]", "    layers:"]
        return lines + [f"      - {entry}" for entry in entries]

    def condition(self) -> str:
        return self.random.choice(["$s", "$(k > 1)", "$(f != c_in)", "$(f == 4 and s)", "$(act == 'relu')"])

    def layer(self) -> str:
        """An entry of a block."""
        filters = self.random.choice(["$f", "$(2 * f)", "$c_in", "$wide", "5", "$(f + c_in)"])
        conv = f"conv: {filters}, kernel: $k, padding: $(k // 2)"
        when = f", when: {self.condition()}" if self.random.random() < 0.4 else ""
        norm = self.random.choice(
            ["", ", norm: batch_norm", ", activation: $act", ", norm: batch_norm, activation: $act"]
        )
        same = "{conv: $c_in, kernel: $k, padding: $(k // 2)}"
        residual = f"residual: [{same}, {{group: [$act], when: {self.condition()}}}]"
        return self.random.choice([
            f"{{{conv}{norm}{when}}}",
            f"{{{conv}{norm}, repeat: 2{when}}}",
            f"{{{residual}, skip: {self.condition()}}}",
            f"{{{residual}, activation: relu}}",
            f"{{residual: [{{{conv}}}], shortcut: {{conv: {filters}, kernel: 1}}}}",
            f"{{concat: [[], [{same}, {{group: [{same}], when: {self.condition()}}}]]}}",
            f"{{multiply: [[], [{{global_avg_pool: {{keep_dims: true}}}}, {same}, sigmoid]]{when}}}",
            f"{{group: [{same}, $act], for: {{n: [1, 2]}}}}",
            "{batch_norm: {scale: false}}",
            "max_pool: {window: 3, stride: 1, padding: 1}",
        ])  # fmt: skip

    def call(self) -> str:
        number = self.random.randrange(3)
        given = [self.random.choice(["1", "3"]), self.random.choice(["3", "4", "8"])]
        given.append(self.random.choice(["true", "false"]))
        act = self.random.choice(["", ", act: gelu", ", act: relu"])
        return f"b{number}: [{', '.join(given)}]{act}"

    def entry(self) -> str:
        """An entry of the model."""
        call = self.call()
        return self.random.choice([
            f"{{{call}}}",
            f"{{{call}}}",
            f"{{{call}, repeat: {self.random.choice([2, 3, 4])}}}",
            f"{{{call}, repeat: 3, first: {{k: 1}}}}",
            f"{{{call}, trainable: false}}",
            f"{{group: [{{{call}}}, relu], name: part{self.random.randrange(10**6)}}}",
            f"{{{call.partition(':')[0]}: [$i, 4, $(i > 1)], for: {{i: [1, 3]}}}}",
            f"{{{call.partition(':')[0]}: [$i, 4], for: {{i: [1, 3]}}, repeat: {self.random.choice([2, 3])}}}",
            "{conv: 4, kernel: 1, repeat: 3}",
            "{conv: $i, kernel: 2, padding: [[1, 0], [0, 1]], for: {i: [3, 4]}, repeat: 2}",
        ])  # fmt: skip

    def named(self, number: int) -> str:
        """A part that is used twice, and what comes before it read once more."""
        call = self.call()
        return (
            f"{{group: [{{conv: 4, kernel: 1, name: in{number}}}, {{{call}, name: once{number}}},"
            f" {{share: once{number}, from: in{number}}}, {{concat: [[], in{number}]}}]}}"
        )


def _spec(seed: int):
    """The first spec of a seed that is one: three blocks may be named where there are fewer."""
    for attempt in range(100):
        text = _Random(1000 * seed + attempt).text()
        try:
            return cnncalc.load(text)
        except cnncalc.SpecError:
            continue
    raise AssertionError("no spec is one")


@pytest.mark.parametrize("flat", [False, True])
def test_copies_of_a_repeat_in_copies_of_a_for(flat):
    """Both come from one entry, and the borders of the convolution make a class of each."""
    spec = cnncalc.load("""
        input: 16x16x3
        blocks: {unit: {args: [width], layers: [{residual: [{conv: $c_in, kernel: 1}]}, {conv: $width, kernel: 1}]}}
        layers:
          - {conv: $f, kernel: 2, padding: [[1, 0], [0, 1]], for: {f: [4, 6]}, repeat: 2, first: {stride: 2}}
          - {unit: $f, for: {f: [4, 6]}, repeat: 3}
    """)
    exported = write_torch(spec, flat)
    assert list(differences(spec, exported)) == []
    assert values_differ(spec, exported) == ""


def test_the_only_layer_of_a_copy_is_called_as_its_entry():
    spec = cnncalc.load("""
        input: 8x8x4
        blocks: {unit: [{conv: 4, kernel: 2, padding: [[1, 0], [0, 1]], repeat: 3, name: deep}]}
        layers: [{unit, repeat: 2}]
    """)
    assert "self.deep = nn.Conv2d(4, 4, 2)\n" in write_torch(spec).content


def test_a_number_is_not_called_like_an_activation_that_happens_to_go_with_it():
    spec = cnncalc.load("""
        input: 8x8x4
        blocks:
          unit: {args: [kernels, last], layers: [{conv: 4, kernel: $k, padding: same, for: {k: $kernels}}, $last]}
        layers: [{unit: [[3, 3], relu]}, {unit: [[3, 3, 3], tanh]}]
    """)
    assert "(self, count: int, last: type[nn.Module])" in write_torch(spec).content


def test_several_inputs_and_outputs_are_enumerated():
    spec = cnncalc.load("""
        inputs: {a: 8x8x4, b: 4}
        layers: [{conv: 2, kernel: 1, from: a, name: map}, {dense: 3, from: b, name: row}]
        outputs: [map, row]
    """)
    assert "Maps 4×8×8 and 4 (channels first) to 2×8×8 and 3, with" in write_torch(spec).content


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_blocks(seed):
    spec = _spec(seed)
    for flat in (False, True):
        exported = write_torch(spec, flat)
        assert list(differences(spec, exported)) == [], spec.source.text
        assert values_differ(spec, exported, seed) == "", spec.source.text
