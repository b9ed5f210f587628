"""`update`: what a person added to a spec stays where its layer is still the same; the rest is listed."""

from __future__ import annotations

from pathlib import Path

from importing.drafts import draft_of

import cnncalc
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer
from cnncalc.importing.importing import import_file
from cnncalc.settings.shape import Shape
from cnncalc.spec.top_level import Overrides
from cnncalc.updating import update

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


def test_a_spec_that_still_holds_stays_byte_for_byte():
    assert update(OLD, small()) == (OLD, ())


def test_what_belongs_to_layers_that_are_still_there_stays():
    text, lost = update(OLD, small(classes=12))
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
"""
    )
    assert lost == (
        "model.yaml:11: name `classifier`: its layer is another one now",
        "model.yaml: expect {output: 10, params: 1562}: "
        "output of the model: expected 10, found 12; params of the model: expected 1,562, found 1,596",
    )


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
    text, lost = update(DECORATED, small(width=24))
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
    text, lost = update(old, small())
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
    text, lost = update(old.replace("3x32x32", "3x64x64"), small())
    assert "input: 3x32x32\n" in text
    assert "model.yaml:5: comment `# CIFAR`: what it is about is no longer there" in lost


def test_a_name_that_the_model_file_gives_too_is_not_lost():
    """The blocks of the older text are others, and so is their run; the file calls the new one by the same name."""
    path = EXAMPLES / "digits.pt2"
    old = cnncalc.import_model(path).replace("kernel: 3, padding: 1", "kernel: 5, padding: 2")
    assert "{basic_block, repeat: 2, name: body}" in old
    found = import_file(path, Overrides())
    assert update(old, found.draft) == (found.text, ())


def test_a_line_with_two_comments_has_both():
    """The comment above a block's only entry does not take the place of that above its call."""
    draft = draft_of(cnncalc.load("resnet18"))
    old = update("", draft).text
    call = next(line for line in old.splitlines() if "repeat: 2" in line)
    residual = next(line for line in old.splitlines() if line.strip() == "- residual:")
    commented = old.replace(call, f"  # the stages\n{call}").replace(residual, f"    # two branches\n{residual}")
    draft.layers[-1].settings["units"] = 10
    text, lost = update(commented, draft)
    assert f"  # the stages\n{call}\n" in text
    assert f"    # two branches\n{residual}\n" in text
    assert lost == ()


def test_what_belongs_to_other_layers_is_listed():
    text, lost = update(OLD, small(width=24))
    assert "name: edges" in text
    assert "parts" not in text
    assert lost == (
        "model.yaml:9: name `parts`: its layer is another one now",
        "model.yaml:9: expect {params: 1168}: its layer is another one now",
        "model.yaml:10: comment `# one number per channel`: its layer is another one now",
        "model.yaml:11: name `classifier`: its layer is another one now",
        "model.yaml: expect {output: 10, params: 1562}: params of the model: expected 1,562, found 2,226",
    )


def test_variants_have_no_counterpart():
    old = OLD.replace("layers:", "vars: {width: 8}\nvariants: {wide: {vars: {width: 16}}}\nlayers:", 1)
    _, lost = update(old, small(classes=12))
    assert "model.yaml:6: `vars`: the model file has nothing like it" in lost
    assert "model.yaml:7: `variants`: the model file has nothing like it" in lost


def test_a_file_that_cannot_be_read_is_replaced():
    text, lost = update("layers: [convv]", small())
    assert text.startswith("name: model\n")
    assert len(lost) == 1
    assert lost[0].startswith("model.yaml as a whole: ")


def test_what_is_behind_blocks_stays():
    draft = draft_of(cnncalc.load("resnet18"))
    old = update("", draft).text
    commented = old.replace("  - global_avg_pool", "  - {global_avg_pool, name: pooled}  # over all positions")
    draft.layers[-1].settings["units"] = 10
    text, lost = update(commented, draft)
    assert "  - {global_avg_pool, name: pooled}  # over all positions\n  - dense: 10\n" in text
    assert lost == ()
