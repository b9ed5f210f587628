"""Every shipped spec is the same network as itself, written otherwise; after any single change it is another one."""

from __future__ import annotations

from random import Random

import pytest
from sameness import rewriting

import cnncalc
from cnncalc.importing.flat import flat_spec
from cnncalc.sameness.networks import compare_networks
from cnncalc.source.open_model import shipped

SPECS = sorted(shipped())
CHANGES = 2
"""How many changes of each model are tried."""


def assert_same(first, second):
    found = compare_networks(first, second)
    assert (found.verdict, found.parting) == ("same", None), found.text


@pytest.mark.parametrize("name", SPECS)
def test_without_blocks_under_another_convention(name):
    spec = cnncalc.load(name)
    draft = rewriting.settled(spec)
    if spec.convention != "keras":  # its transposed convolutions have rules of their own
        draft.convention = "lecture" if spec.convention == "pytorch" else "pytorch"
    assert_same(spec, rewriting.again(draft, rows=True))


@pytest.mark.parametrize("name", SPECS)
def test_in_another_order_with_idle_layers_and_pads_apart(name):
    spec = cnncalc.load(name)
    draft = rewriting.branches_turned(rewriting.in_any_order(rewriting.settled(spec), Random(name)))
    other = rewriting.again(rewriting.pads_apart(rewriting.idle_layers_between(draft)))
    assert_same(spec, other)
    assert_same(other, spec)


@pytest.mark.parametrize("name", SPECS)
def test_with_one_change(name):
    spec = cnncalc.load(name)
    draft = rewriting.settled(spec)
    first = rewriting.again(draft)
    tried = 0
    for layer, what in rewriting.changes(draft, Random(name)):
        try:
            other = rewriting.again(draft)
        except cnncalc.SpecError:
            continue
        found = compare_networks(first, other)
        assert found.verdict == "different", (layer, what)
        places = [place for place in (found.parting.first, found.parting.second) if place]
        name = flat_spec(draft).names[layer]
        assert name in {each for place in places for each in (place.name, *place.joined)}, (layer, what, found.text)
        tried += 1
        if tried == CHANGES:
            break
    assert tried or name in ("siamese",)
