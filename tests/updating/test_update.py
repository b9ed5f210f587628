"""`update`: what a person added to a spec stays where its layer is still the same; the rest is listed."""

from __future__ import annotations

from importing.drafts import draft_of

import cnncalc
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer
from cnncalc.settings.shape import Shape
from cnncalc.updating import update

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
