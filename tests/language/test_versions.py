"""The versions of the language: what `cnncalc: 1` refuses, and whose name wins."""

import pytest
from language.reading import codes, names, output

import cnncalc
from cnncalc.layers import KINDS, layer_class
from cnncalc.layers.index import SINCE

NEW_SETTINGS = [
    (kind, name)
    for kind in KINDS
    if kind not in SINCE
    for name, setting in layer_class(kind).settings.items()
    if setting.since > 1
]


def found(text):
    """The codes of everything that is found in a spec."""
    return [each.code for each in cnncalc.check(text).findings]


def test_the_index_knows_what_the_kinds_say():
    assert {kind: layer_class(kind).since for kind in KINDS if layer_class(kind).since > 1} == SINCE


@pytest.mark.parametrize("kind", [*SINCE, "model"])
def test_a_kind_that_came_later(kind):
    own = f"input: 8x8x4\nblocks: {{{kind}: [relu]}}\nlayers: [{kind}]\n"
    assert found(own) == ["CNN550"]
    assert names(kind, top=f"blocks: {{{kind}: [relu]}}") == [f"{kind}1.relu1"]
    assert found(f"cnncalc: 1\n{own}") == []
    assert found(f"cnncalc: 2\n{own}")[0] == "CNN210"
    assert "CNN220" in found(f"cnncalc: 1\ninput: 8x8x4\nlayers: [{{{kind}: 2}}]\n")


@pytest.mark.parametrize(("kind", "setting"), NEW_SETTINGS)
def test_a_setting_that_came_later(kind, setting):
    text = f"input: 8x8x4\nlayers:\n  - {{{kind}: [[], []], {setting}: 1}}\n"
    assert "CNN220" in found(f"cnncalc: 1\n{text}")
    assert "CNN220" not in found(text)
    defaults = f"input: 8x8x4\ndefaults: {{{kind}: {{{setting}: 1}}}}\nlayers: [relu]\n"
    assert "CNN220" in found(f"cnncalc: 1\n{defaults}")


@pytest.mark.parametrize(
    "entry",
    [
        "{relu, trainable: false}",
        "{relu, origin: a}",
        "{relu, for: {i: [1, 2]}}",
        "{add: [[], [relu]], norm: layer_norm}",
        "{residual: [relu], norm: layer_norm}",
        "{conv: 1x1x4, norm: {batch_norm, origin: a}}",
        "{relu, repeat: 2, first: {trainable: false}}",
        "{conv: 4, kernel: $(abs(1))}",
    ],
)
def test_what_came_later_is_refused_under_version_1(entry):
    assert codes(entry) == []
    assert codes(entry, top="cnncalc: 2") == []
    assert codes(entry, top="cnncalc: 1") == ["CNN220"]


def test_arguments_with_names_of_later_keys():
    blocks = "blocks: {unit: {args: [trainable, origin=3], layers: [{conv: $trainable, kernel: $origin}]}}"
    for top in (blocks, f"cnncalc: 1\n{blocks}"):
        assert output("{unit: 8, origin: 5}", top=top) == (4, 4, 8)
        assert output("{unit, trainable: 6}", top=top) == (6, 6, 6)
    assert codes("unit: 8", top=f"cnncalc: 2\n{blocks}")[0] == "CNN210"
    assert found(f"{blocks}\ninput: 8x8x4\nlayers: [unit: 8]\n") == ["CNN550", "CNN550"]


@pytest.mark.parametrize("version", ["3", "10", "2000000"])
def test_a_version_that_does_not_exist_yet(version):
    checked = cnncalc.check(f"cnncalc: {version}\ninput: 8x8x4\nlayers: [teleport]\nwarp: 9\n")
    (only,) = checked.findings
    assert (only.code, only.message) == ("CNN220", f"version {version} of the language needs a newer cnncalc")


@pytest.mark.parametrize("version", ["0", "-1", "1.5", "two", "[1]", ""])
def test_what_is_no_version(version):
    assert codes("relu", top=f"cnncalc: {version}")[0] in ("CNN205", "CNN206", "CNN207")
