"""`update`: what a person added to a spec stays where its layer is still the same; the rest is listed."""

from __future__ import annotations

from pathlib import Path

from importing.drafts import draft_of

import cnncalc
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer
from cnncalc.importing.importing import import_file
from cnncalc.settings.shape import Shape
from cnncalc.source.files import Source
from cnncalc.spec.top_level import Overrides
from cnncalc.updating import Updated
from cnncalc.updating import update as update_source

EXAMPLES = Path(__file__).parents[2] / "examples" / "import"
OLD = """\
# The network of our course.
name: ours
description: Two convolutions and a classifier.
convention: pytorch
input: 3x32x32
layers:
  # what sees edges
  - {conv: 8, kernel: 3, padding: 1, activation: relu, name: edges}   # the first one
  - {conv: 16, kernel: 3, padding: 1, activation: relu, name: parts, expect: {params: 1168}}
  - global_avg_pool                                                    # one number per channel
  - {dense: 10, name: classifier}
training:
  optimizer: adam   # as in the paper
expect: {output: 10, params: 1562}
"""


def small(width: int = 16, classes: int = 10) -> Draft:
    """Two convolutions and a classifier, as a reader gives them."""
    draft = Draft("pytorch", "channels_first")
    draft.name = "model"
    x = DraftInput("x", Shape((32, 32), 3))
    draft.inputs.append(x)
    own = {"kernel": (3, 3), "padding": ((1, 1), (1, 1))}
    first = draft.add(DraftLayer("relu", (draft.add(DraftLayer("conv", (x,), filters=8, **own)),)))
    second = draft.add(DraftLayer("relu", (draft.add(DraftLayer("conv", (first,), filters=width, **own)),)))
    pooled = draft.add(DraftLayer("global_avg_pool", (second,)))
    draft.outputs = [draft.add(DraftLayer("dense", (pooled,), units=classes))]
    return draft


def update(text: str, draft: Draft, path: Path | None = None) -> Updated:
    """The update of a text, or of one that is in a file."""
    return update_source(Source("model.yaml", text, str(path or "")), draft)


def test_a_spec_that_still_holds_stays_byte_for_byte():
    assert update(OLD, small()) == Updated(OLD)


def test_what_belongs_to_layers_that_are_still_there_stays():
    text, lost, renewed, failing = update(OLD, small(classes=12))
    assert (
        text
        == """\
# The network of our course.
name: ours
description: Two convolutions and a classifier.
convention: pytorch
input: 3x32x32
layers:
  # what sees edges
  - {conv: 8, kernel: 3, padding: 1, activation: relu, name: edges}  # the first one
  - {conv: 16, kernel: 3, padding: 1, activation: relu, name: parts, expect: {params: 1168}}
  - global_avg_pool  # one number per channel
  - dense: 12
training:
  optimizer: adam   # as in the paper
expect: {output: 12, params: 1596}
"""
    )
    assert lost == ("model.yaml:11: name `classifier`: its layer is another one now",)
    assert renewed == (
        "model.yaml:14: output of the model: expected 10, found 12",
        "model.yaml:14: params of the model: expected 1,562, found 1,596",  # 224 + 1,168 + 16·12 + 12
    )
    assert failing == ()


DECORATED = """\
# The network of our course.

# cnncalc: ignore-file CNN505
name: ours
training: {optimizer: adam}   # tuned by hand
expect:
  output: 10

convention: pytorch    # as exported
input: 3x32x32   # CIFAR

# All of them.
layers:
  # --- edges ---

  - {conv: 8, kernel: 3, padding: 1, activation: relu}
  - {conv: 16, kernel: 3, padding: 1, activation: relu}  # parts

  # --- scores ---
  - global_avg_pool
  - dense: 10
  # the end
# of the file
"""


def test_everything_keeps_its_place():
    text, lost, *_ = update(DECORATED, small(width=24))
    assert text == DECORATED.replace(
        "  - {conv: 16, kernel: 3, padding: 1, activation: relu}  # parts\n\n  # --- scores ---",
        "  - {conv: 24, kernel: 3, padding: 1, activation: relu}",
    )
    assert lost == (
        "model.yaml:17: comment `# parts`: its layer is another one now",
        "model.yaml:19: comment `# --- scores ---`: its layer is another one now",
    )


def test_comments_of_what_is_gone_are_listed():
    old = """\
name: ours
# the same everywhere
defaults: {conv: {padding: 1}}
convention: pytorch
input: 3x32x32   # CIFAR
blocks:
  # two layers
  scores:  # in a row
    - global_avg_pool  # one number per channel
    - dense: 12  # too many
layers:
  - {conv: 8, kernel: 3, activation: relu}
  - {conv: 16, kernel: 3, activation: relu}
  - scores  # all of them
"""
    text, lost, *_ = update(old, small())
    assert (
        text
        == """\
name: ours
convention: pytorch
input: 3x32x32   # CIFAR
layers:
  - {conv: 8, kernel: 3, padding: 1, activation: relu}
  - {conv: 16, kernel: 3, padding: 1, activation: relu}
  - global_avg_pool  # one number per channel
  - dense: 10
"""
    )
    assert lost == (
        "model.yaml:2: comment `# the same everywhere`: what it is about is no longer there",
        "model.yaml:7: comment `# two layers`: its layer is another one now",
        "model.yaml:8: comment `# in a row`: its layer is another one now",
        "model.yaml:10: comment `# too many`: its layer is another one now",
        "model.yaml:14: comment `# all of them`: its layer is another one now",
    )
    text, lost, *_ = update(old.replace("3x32x32", "3x64x64"), small())
    assert "input: 3x32x32\n" in text
    assert "model.yaml:5: comment `# CIFAR`: what it is about is no longer there" in lost


def test_a_name_that_the_model_file_gives_too_is_not_lost():
    """The blocks of the older text are others, and so is their run; the file calls the new one by the same name."""
    path = EXAMPLES / "digits.pt2"
    old = cnncalc.import_model(path).replace("kernel: 3, padding: 1", "kernel: 5, padding: 2")
    assert "{basic_block, repeat: 2, name: body}" in old
    found = import_file(path, Overrides())
    assert update(old, found.draft) == Updated(found.text)


def test_a_line_with_two_comments_has_both():
    """The comment above a block's only entry does not take the place of that above its call."""
    draft = draft_of(cnncalc.load("resnet18"))
    old = update("", draft).text
    call = next(line for line in old.splitlines() if "repeat: 2" in line)
    residual = next(line for line in old.splitlines() if line.strip() == "- residual:")
    commented = old.replace(call, f"  # the stages\n{call}").replace(residual, f"    # two branches\n{residual}")
    draft.layers[-1].settings["units"] = 10
    text, lost, *_ = update(commented, draft)
    assert f"  # the stages\n{call}\n" in text
    assert f"    # two branches\n{residual}\n" in text
    assert lost == ()


def test_what_belongs_to_other_layers_is_listed():
    text, lost, *_ = update(OLD, small(width=24))
    assert "name: edges" in text
    assert "parts" not in text
    assert lost == (
        "model.yaml:9: name `parts`: its layer is another one now",
        "model.yaml:9: expect {params: 1168}: its layer is another one now",
        "model.yaml:10: comment `# one number per channel`: its layer is another one now",
        "model.yaml:11: name `classifier`: its layer is another one now",
    )


def test_bounds_and_other_models_are_demands_and_stay(tmp_path: Path):
    expected = "expect: {params: <= 1600, trainable_params: ~1.6k, receptive_field: 5, same_as: old.yaml}"
    old = OLD.replace("expect: {output: 10, params: 1562}", expected)
    (tmp_path / "old.yaml").write_text(old)
    text, _, renewed, failing = update(old, small(width=24), tmp_path / "net.yaml")
    assert text.endswith(f"\n{expected.replace('receptive_field: 5', 'receptive_field: global')}\n")
    assert renewed == ("model.yaml:14: receptive field of the model: expected 5, found global",)
    assert failing == (
        "model.yaml:14: params of the model: expected at most 1,600, found 2,226",  # 224 + 8·24·9 + 24 + 24·10 + 10
        "model.yaml:14: trainable params of the model: expected about 1,600, found 2,226",
        "model.yaml:14: the model and `old.yaml` are not the same network; "
        "they part at conv1 (line 9) and parts (line 9): filters 24 against 16",
    )


def test_an_expectation_that_fails_is_not_ignored():
    text = update(OLD.replace("params: 1562", "params: <= 1600"), small(width=24)).text
    assert "CNN401" not in text
    assert [each.code for each in cnncalc.check(text).findings if each.is_error] == ["CNN401"]


def test_a_value_inside_a_block_is_not_renewed_for_one_of_its_calls():
    draft = draft_of(cnncalc.load("resnet18"))
    old = update("", draft).text
    conv = next(line for line in old.splitlines() if "{conv: $width, kernel: 3, padding: 1" in line)
    old = old.replace(conv, conv.replace("}", ", expect: {output: 64x1x1}}"))
    draft.layers[-1].settings["units"] = 10
    text, _, renewed, failing = update(old, draft)
    assert "expect: {output: 64x1x1}" in text
    assert renewed == ()
    sizes = ["64×56×56", "128×28×28", "256×14×14", "512×7×7"]  # of the four stages, in the paper's Table 1
    assert failing == tuple(
        f"model.yaml:11: output of `stage{stage}.{copy}.conv2`: expected 64×1×1, found {size}"
        for stage, size in enumerate(sizes, 1)
        for copy in (0, 1)
    )


def test_files_that_a_spec_names_are_found(tmp_path: Path):
    (tmp_path / "same.yaml").write_text(OLD.replace("dense: 10", "dense: 12").replace("output: 10, params: 1562", ""))
    old = OLD.replace("{output: 10, params: 1562}", "{same_as: same.yaml}")
    text, _, renewed, failing = update(old, small(classes=12), tmp_path / "net.yaml")
    assert text.endswith("\nexpect: {same_as: same.yaml}\n")
    assert (renewed, failing) == ((), ())


def test_variants_have_no_counterpart():
    old = OLD.replace("layers:", "vars: {width: 8}\nvariants: {wide: {vars: {width: 16}}}\nlayers:", 1)
    lost = update(old, small(classes=12)).lost
    assert "model.yaml:6: `vars`: the model file has nothing like it" in lost
    assert "model.yaml:7: `variants`: the model file has nothing like it" in lost


def test_a_file_that_cannot_be_read_is_replaced():
    text, lost, *_ = update("layers: [convv]", small())
    assert text.startswith("name: model\n")
    assert len(lost) == 1
    assert lost[0].startswith("model.yaml as a whole: ")


def test_what_is_behind_blocks_stays():
    draft = draft_of(cnncalc.load("resnet18"))
    old = update("", draft).text
    commented = old.replace("  - global_avg_pool", "  - {global_avg_pool, name: pooled}  # over all positions")
    draft.layers[-1].settings["units"] = 10
    text, lost, *_ = update(commented, draft)
    assert "  - {global_avg_pool, name: pooled}  # over all positions\n  - dense: 10\n" in text
    assert lost == ()
