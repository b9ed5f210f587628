"""A model inside a model: where it is looked up, what enters it, and what comes of it."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest

import cnncalc
from cnncalc.checks.validate_files import validate_file

INNER = """\
input: 8x8x3
vars: {width: 4}
variants: {wide: {vars: {width: 8}}}
defaults: {conv: {bias: false}}
layers:
  - {conv: 3x3x$width, name: first}
  - {relu, name: between}
  - {conv: 1x1x2, name: last}
expect: {output: 6x6x2, params: 116}
"""
"""3·3·3·4 + 1·1·4·2 = 108 + 8 parameters."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "inner.yaml").write_text(INNER)
    return tmp_path


def outer(folder: Path, *entries: str, input: str = "8x8x3", head: str = "", name: str = "net.yaml") -> Path:
    path = folder / name
    path.write_text(f"{head}input: {input}\nlayers:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return path


def loaded(folder: Path, *entries: str, input: str = "8x8x3", head: str = "") -> cnncalc.Analysis:
    return cnncalc.analyze(cnncalc.load(outer(folder, *entries, input=input, head=head)))


def refused(path: Path) -> list[str]:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(path)
    return [each.code for each in caught.value.diagnostics if each.is_error]


# -- what comes of it


def test_its_layers_are_those_of_the_model_alone(folder: Path):
    inside = loaded(folder, "{model: parts/inner.yaml, name: m}")
    alone = cnncalc.analyze(cnncalc.load(folder / "parts" / "inner.yaml"))
    assert [layer.name for layer in inside.layers] == [f"m.{layer.name}" for layer in alone.layers]
    assert inside.totals == alone.totals._replace(peak_at=f"m.{alone.totals.peak_at}")
    assert [layer.fields for layer in inside.layers] == [layer.fields for layer in alone.layers]


def test_positions_may_differ(folder: Path):
    found = loaded(folder, "model: parts/inner.yaml", input="20x30x3")
    assert found.end.node.output == cnncalc.Shape((18, 28), 2)
    assert found.totals.params == 116


def test_it_keeps_its_own_defaults_and_rules(folder: Path):
    """The outer convolution has a bias, 2·5 + 5, and those inside have none; nor do the outer defaults reach inside."""
    head = "defaults: {conv: {padding: 1}}\n"
    found = loaded(folder, "model: parts/inner.yaml", "{conv: 5, kernel: 1, padding: 0}", head=head)
    assert found.totals.params == 116 + 15
    assert found.end.node.output == cnncalc.Shape((6, 6), 5)


@pytest.mark.parametrize(
    ("keys", "params"),
    [
        ("", 116),
        (", with: {width: 2}", 3 * 3 * 3 * 2 + 2 * 2),
        (", with: {width: $(3 + 3)}", 3 * 3 * 3 * 6 + 6 * 2),
        (", variant: wide", 3 * 3 * 3 * 8 + 8 * 2),
        (", variant: wide, with: {width: 1}", 3 * 3 * 3 + 2),
        (", defaults: {conv: {bias: true}}", 116 + 4 + 2),
        (", until: between", 108),
        (", until: first", 108),
        (", after: first, from: wide", 8),
        (", after: first, until: last, from: wide", 8),
    ],
)
def test_keys(folder: Path, keys: str, params: int):
    source = "" if "from" in keys else ", from: input"
    entry = f"{{model: parts/inner.yaml{source}{keys}, name: m}}"
    found = loaded(folder, "{conv: 4, kernel: 1, name: wide}", entry)
    rows = {row.name: row for row in found.walk()}
    assert rows["m"].params == params


def test_a_variant_by_name(folder: Path):
    assert loaded(folder, "model: parts/inner.yaml@wide").totals.params == 3 * 3 * 3 * 8 + 8 * 2


def test_two_parts_are_the_whole(folder: Path):
    whole = loaded(folder, "{model: parts/inner.yaml, name: m}")
    parts = loaded(folder, "{model: parts/inner.yaml, until: first}", "{model: parts/inner.yaml, after: first}")
    assert parts.totals[:3] == whole.totals[:3]
    assert [layer.fields for layer in parts.layers] == [layer.fields for layer in whole.layers]


def test_automatic_names_are_those_of_the_whole_model():
    """The convolution after the first pool of LeNet-5 is its second one, also where the first is cut off."""
    text = "input: 14x14x6\nlayers:\n  - {model: lenet5, after: avg_pool1, until: conv2, name: m}\n"
    spec = cnncalc.load(text)
    assert [node.name for node in spec.graph.nodes] == ["m.conv2", "m.conv2.tanh"]
    assert cnncalc.analyze(spec).totals.params == 5 * 5 * 6 * 16 + 16


def test_names_inside_can_be_read_and_do_not_see_those_outside(folder: Path):
    found = loaded(folder, "{model: parts/inner.yaml, name: m}", "{conv: 1, kernel: 1, from: m.first}")
    assert found.layers[-1].node.inputs[0].name == "m.first"
    (folder / "parts" / "spy.yaml").write_text("input: 8x8x3\nlayers: [{relu, from: outside}]\n")
    assert refused(outer(folder, "{relu, name: outside}", "model: parts/spy.yaml")) == ["CNN310"]


def test_of_several_outputs_the_first(folder: Path):
    (folder / "parts" / "two.yaml").write_text(
        "input: 8x8x3\nlayers: [{conv: 3x3x4, name: a}, {conv: 3x3x5, name: b}]\noutputs: [a, b]\n"
    )
    found = loaded(
        folder,
        "{model: parts/two.yaml, name: m}",
        "{conv: 1, kernel: 1}",
        "{add: [[], [{conv: 1, kernel: 1, from: m}]]}",
    )
    assert found.layers[2].node.inputs[0].name == "m.a"


def test_repeat_when_share_and_blocks(folder: Path):
    (folder / "parts" / "same.yaml").write_text("input: 8x8x3\nlayers: [{conv: 3x3x3, padding: 1}]\n")
    found = loaded(
        folder,
        "{model: parts/same.yaml, repeat: 3, name: m, expect: {params: 252}}",  # 3 · (81 + 3)
        "{share: m, name: again, expect: {params: 0}}",
        "{model: parts/same.yaml, when: false}",
        "{call: 2}",
        head="blocks:\n  call: {args: [n], layers: [{model: parts/same.yaml, repeat: $n}]}\n",
    )
    assert found.totals.params == 252 + 168
    assert len(found.layers) == 3 + 3 + 2


def test_copies_of_a_call_are_like_the_first(folder: Path):
    """The second of two equal calls is copied; everything about it is as if it had been placed."""
    entries = [f"{{model: parts/inner.yaml, from: input, name: {name}}}" for name in ("a", "b")]
    found = loaded(folder, *entries, "add: [a, b]")
    one, two = ([layer for layer in found.layers if layer.name.startswith(f"{each}.")] for each in "ab")
    assert [each.node.rules for each in one] == [each.node.rules for each in two] != [None] * 3
    assert [each[1:6] for each in one] == [each[1:6] for each in two]
    written = {each.node.name: each for each in found.spec.written.layers}
    assert written["b.first"].home is written["a.first"].home is not None


def test_its_convention_decides_and_the_outer_one_counts(folder: Path):
    """Under `keras`, `same` with stride 2 pads after the input only; statistics count by the outer model's rules."""
    (folder / "parts" / "keras.yaml").write_text(
        "convention: keras\ninput: 8x8x3\nlayers: [{conv: 3x3x4, stride: 2, padding: same, norm: batch_norm}]\n"
    )
    by = {head: loaded(folder, "model: parts/keras.yaml", head=head) for head in ("", "convention: keras\n")}
    for found in by.values():
        assert found.spec.graph.nodes[0].layer.padding == ((0, 1), (0, 1))
    assert by[""].totals.params == 112 + 8
    assert by["convention: keras\n"].totals.params == 112 + 16
    assert cnncalc.verify(by[""].spec).is_right


def test_values_are_flattened_in_its_own_order(folder: Path):
    """A PyTorch model flattens channel by channel, inside another model too."""
    (folder / "parts" / "flat.yaml").write_text("convention: pytorch\ninput: 2x2x2\nlayers: [flatten]\n")
    spec = cnncalc.load(outer(folder, "model: parts/flat.yaml", input="2x2x2"))
    values = cnncalc.run(spec, [[[1, 10], [2, 20]], [[3, 30], [4, 40]]])
    assert values["model1.flatten1"].ravel().tolist() == [1, 2, 3, 4, 10, 20, 30, 40]
    assert cnncalc.verify(spec).is_right


def test_weights_come_along_and_samples_do_not(folder: Path):
    (folder / "parts" / "given.yaml").write_text(
        "input: 2\nlayers: [{dense: 1, weights: {kernel: [[2, 3]], bias: [1]}}]\nsample: [1, 1]\n"
    )
    spec = cnncalc.load(outer(folder, "{model: parts/given.yaml, name: m}", input="2"))
    assert cnncalc.run(spec, [10, 100])["m.dense1"].ravel().tolist() == [321]
    assert spec.samples == {}


# -- expectations


def test_expectations_hold_for_it_as_it_was_written(folder: Path):
    path = folder / "parts" / "inner.yaml"
    path.write_text(INNER.replace("params: 116", "params: 117"))
    [found] = validate_file(str(outer(folder, "model: parts/inner.yaml"))).diagnostics
    assert (found.code, found.file, found.span.line) == ("CNN401", str(path), 9)
    assert found.chain == (f"in `parts/inner.yaml`, called at {folder / 'net.yaml'}:3:5",)


@pytest.mark.parametrize("keys", [", with: {width: 4}", ", until: last", ", defaults: {conv: {bias: true}}"])
def test_expectations_do_not_apply_to_a_changed_one(folder: Path, keys: str):
    (folder / "parts" / "inner.yaml").write_text(INNER.replace("params: 116", "params: 117"))
    assert validate_file(str(outer(folder, f"{{model: parts/inner.yaml{keys}}}"))).is_ok
    assert validate_file(str(outer(folder, "model: parts/inner.yaml", input="9x9x3"))).is_ok


# -- where it is looked up


def test_below_the_file_that_names_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "parts" / "outer.yaml").write_text("input: 8x8x3\nlayers: [model: inner.yaml]\n")
    path = outer(folder, "model: parts/outer.yaml")
    monkeypatch.chdir("/")
    assert cnncalc.analyze(cnncalc.load(path)).totals.params == 116
    monkeypatch.chdir(folder)
    assert cnncalc.analyze(cnncalc.load("net.yaml")).totals.params == 116


def test_no_path_leads_out(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.yaml").write_text(INNER)
    (folder / "link.yaml").symlink_to(elsewhere / "secret.yaml")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "parts" / "up.yaml").write_text("input: 8x8x3\nlayers: [model: ../net.yaml]\n")
    (folder / "inside.yaml").symlink_to(folder / "parts" / "inner.yaml")
    for name in ("link.yaml", "linked/secret.yaml", str(elsewhere / "secret.yaml"), "parts/up.yaml", "~/x.yaml/.."):
        assert refused(outer(folder, f"model: {name}")) in (["CNN131"], ["CNN101"])
    assert refused(outer(folder, "model: link.yaml")) == ["CNN131"]
    assert refused(outer(folder, "model: linked/secret.yaml")) == ["CNN131"]
    assert loaded(folder, "model: inside.yaml").totals.params == 116


def test_a_pipe_is_not_opened(folder: Path):
    os.mkfifo(folder / "pipe.yaml")
    assert refused(outer(folder, "model: pipe.yaml")) == ["CNN101"]


def test_what_is_no_spec_is_reported_in_its_own_file(folder: Path):
    (folder / "parts" / "bad.yaml").write_text("input: 8x8x3\nlayers: [relu\n")
    (folder / "parts" / "binary.yaml").write_bytes(b"\xff\xff")
    for name, code in (("bad", "CNN1"), ("binary", "CNN102")):
        with pytest.raises(cnncalc.SpecError) as caught:
            cnncalc.load(outer(folder, f"model: parts/{name}.yaml"))
        [found] = caught.value.diagnostics
        assert found.code.startswith(code)
        assert found.file == str(folder / "parts" / f"{name}.yaml")
        assert found.chain == (f"in `parts/{name}.yaml`, called at {folder / 'net.yaml'}:3:5",)


def test_a_text_can_only_name_what_ships(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    text = "input: 8x8x3\nlayers: [model: parts/inner.yaml]\n"
    with pytest.raises(cnncalc.SpecError, match="CNN131"):
        cnncalc.load(text)
    assert cnncalc.analyze(cnncalc.load(text, filename=str(folder / "unsaved.yaml"))).totals.params == 116
    assert cnncalc.analyze(cnncalc.load("input: 32x32x1\nlayers: [model: lenet5]\n")).totals.params == 61706


def test_in_the_same_revision(folder: Path, monkeypatch: pytest.MonkeyPatch):
    outer(folder, "model: parts/inner.yaml")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    (folder / "parts" / "inner.yaml").write_text(INNER.replace("width: 4", "width: 5"))
    monkeypatch.chdir(folder / "parts")
    assert cnncalc.analyze(cnncalc.load("git:HEAD:../net.yaml")).totals.params == 116
    assert cnncalc.analyze(cnncalc.load("../net.yaml")).totals.params == 135 + 10
    monkeypatch.chdir(folder)
    outer(folder, "model: parts/missing.yaml")
    subprocess.run([*git, "commit", "-qam", "second"], check=True)
    with pytest.raises(cnncalc.SpecError, match="there is no file `parts/missing"):
        cnncalc.load("git:HEAD:net.yaml")


# -- bounds


def test_depth_is_bounded(folder: Path):
    for depth in range(15):
        (folder / f"m{depth}.yaml").write_text(f"input: 8x8x3\nlayers: [model: m{depth + 1}.yaml]\n")
    (folder / "m15.yaml").write_text("input: 8x8x3\nlayers: [relu]\n")
    assert refused(folder / "m0.yaml") == ["CNN104"]
    assert cnncalc.load(folder / "m6.yaml").graph.nodes[-1].name == ".".join(["model1"] * 9) + ".relu1"


def test_the_sum_of_layers_is_bounded(folder: Path):
    """Ten calls in each of seven models are ten million layers."""
    for depth in range(7):
        (folder / f"m{depth}.yaml").write_text(f"input: 8x8x3\nlayers: [{{model: m{depth + 1}.yaml, repeat: 10}}]\n")
    (folder / "m7.yaml").write_text("input: 8x8x3\nlayers: [relu]\n")
    assert "CNN104" in refused(folder / "m0.yaml")


# -- the command line's cut


def test_a_cut_of_the_model_itself(folder: Path):
    path = folder / "parts" / "inner.yaml"
    first = cnncalc.load(path, until="first")
    assert cnncalc.analyze(first).totals.params == 108
    rest = cnncalc.load(path, after="first")
    assert [node.output for node in rest.graph.inputs] == [cnncalc.Shape((6, 6), 4)]
    assert cnncalc.analyze(rest).totals.params == 8
    assert cnncalc.check(path, after="first").is_ok
    assert cnncalc.verify(rest).is_right


def test_xception_without_its_top():
    """Keras: `keras.applications.Xception(include_top=False).count_params()` is 20,861,480."""
    assert cnncalc.analyze(cnncalc.load("xception", until="separable_conv2")).totals.params == 20_861_480


@pytest.mark.parametrize(("until", "after"), [("x", None), (None, "x"), (None, "last"), ("first", "last")])
def test_a_cut_that_cannot_be_made_is_a_mistake_of_the_command_line(folder: Path, until: str | None, after: str | None):
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(folder / "parts" / "inner.yaml", until=until, after=after)
    [found] = caught.value.diagnostics
    assert (found.code, found.file) == ("CNN216", "command line")


def test_a_frozen_backbone(folder: Path):
    """A frozen model is so with all its layers, except those that it says are not."""
    (folder / "parts" / "partly.yaml").write_text(
        "input: 8x8x3\nlayers: [{conv: 3x3x4, bias: false}, {conv: 1x1x2, bias: false, trainable: true}]\n"
    )
    frozen = loaded(folder, "{model: parts/inner.yaml, trainable: false, name: m}", "{conv: 5, kernel: 1}")
    assert (frozen.totals.trainable_params, frozen.totals.non_trainable_params) == (15, 116)
    partly = loaded(folder, "{model: parts/partly.yaml, trainable: false, name: m}")
    assert (partly.totals.trainable_params, partly.totals.non_trainable_params) == (8, 108)
    entries = [f"{{model: parts/inner.yaml, from: input, {key}name: {key[:1]}m}}" for key in ("", "trainable: false, ")]
    both = loaded(folder, *entries, "add: [m, tm]")
    assert (both.totals.trainable_params, both.totals.non_trainable_params) == (116, 116)


def test_lists_as_values(folder: Path):
    (folder / "parts" / "listed.yaml").write_text(
        "input: 8x8x3\nvars: {widths: [4, 5]}\nlayers: [{conv: '$(widths[index])', kernel: 1, repeat: 2}]\n"
    )
    assert loaded(folder, "model: parts/listed.yaml").totals.params == 3 * 4 + 4 + 4 * 5 + 5
    changed = loaded(folder, "{model: parts/listed.yaml, with: {widths: [6, 7]}}")
    assert changed.totals.params == 3 * 6 + 6 + 6 * 7 + 7


def test_a_default_of_the_call_is_wrong_where_it_is_written(folder: Path):
    """PyTorch has no `same` for stride 2, which is only found at the pool inside."""
    (folder / "parts" / "pool.yaml").write_text("convention: pytorch\ninput: 3x8x8\nlayers: [max_pool: 2]\n")
    entry = "model: parts/pool.yaml\n    defaults: {max_pool: {padding: same}}"
    path = outer(folder, entry, input="3x8x8", head="convention: pytorch\n")
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(path)
    [found] = caught.value.diagnostics
    assert (found.code, found.file, found.span[:2]) == ("CNN305", str(path), (5, 36))


def test_large_models_count_with_their_whole_text(folder: Path):
    """Reading each of a thousand calls anew, from a text of ten thousand values, would take minutes."""
    names = ", ".join(f"v{index}: {index}" for index in range(900))
    blocks = "".join(f"  b{index}: [relu, relu]\n" for index in range(3000))
    (folder / "big.yaml").write_text(f"input: 8x8x3\nvars: {{{names}}}\nblocks:\n{blocks}layers: [relu]\n")
    calls = (f"{{model: big.yaml, with: {{v1: {index}}}}}" for index in range(1000))
    assert refused(outer(folder, *calls)) == ["CNN104"]


def test_standard_input_is_in_the_folder_of_the_file_that_it_is_said_to_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    text = "input: 8x8x3\nlayers: [model: parts/inner.yaml]\n"
    for name, codes in (("", ["CNN131"]), (str(folder / "net.yaml"), [])):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        found = validate_file("-", stdin_name=name)
        assert found is not None
        assert [each.code for each in found.diagnostics] == codes


def test_variants_are_walked_in_the_models_inside(folder: Path):
    """`for` chooses a variant in each copy: 8·1·1·2 + 3·3·3·8 of the wide one, and the 116 of the model itself."""
    entry = "{model: parts/inner.yaml, variant: $v, from: input, for: {v: [wide]}}"
    found = loaded(folder, f"concat: [{entry}, [model: parts/inner.yaml]]")
    assert found.totals.params == 232 + 116


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "mobilenet_v1", "vgg16"])
def test_what_is_before_and_after_a_cut_is_the_whole(name: str):
    """At each entry of a chain, the layers before and after it are those of the model, with their names and numbers."""
    whole = cnncalc.analyze(cnncalc.load(name))
    for entry in whole.entries[:-1]:
        parts = [cnncalc.analyze(cnncalc.load(name, **{key: entry.name})).layers for key in ("until", "after")]
        assert [(each.name, each.params, each.macs, each.node.output) for part in parts for each in part] == [
            (each.name, each.params, each.macs, each.node.output) for each in whole.layers
        ]
