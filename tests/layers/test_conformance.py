"""Every layer kind × its examples × every question, against a toy forward pass in pure Python.

The examples are in examples.py. A new kind needs one there; without it, or where an answer of the kind is missing or
wrong, this test fails with the name of the kind.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import helpers as toy
import jsonschema
import numpy as np
import pytest
from helpers import analyzed, each, evaluate
from layers.examples import BRANCHES, EXAMPLES, EXAMPLES_OF, Example
from layers.make_index import LAYERS, classes, text

from cnncalc import layers
from cnncalc.analysis import LayerNumbers
from cnncalc.analysis.receptive_field import interval
from cnncalc.explanation.derivation import explain
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.proof._one_channel import _copy
from cnncalc.layers import ACTIVATIONS, KINDS, MERGES, NORMS, layer_class, part
from cnncalc.layers.base import Layer, ReadsUnknown
from cnncalc.layers.merging import Merge
from cnncalc.recorded_numbers import is_derived, latex_numeric, numeric
from cnncalc.settings.setting import CONVENTIONS, ByConvention, Like, Reading
from cnncalc.settings.shape import Shape
from cnncalc.source.yaml_nodes import YamlScalar

DOCS = Path(__file__).parents[2] / "docs" / "spec.md"


# -- a kind is complete


def test_the_index_is_current():
    assert (LAYERS / "index.py").read_text("utf-8") == text(), "run `python tests/layers/make_index.py`"


OPAQUE = {kind for kind in KINDS if layer_class(kind).is_opaque}
"""What nobody knows the values of; it has tests of its own, in tests/language/test_opaque.py."""
KNOWN = [kind for kind in KINDS if kind not in OPAQUE]


@pytest.mark.parametrize("kind", KNOWN)
def test_kind_has_examples_of_every_rank(kind):
    ranks = {example.rank for example in EXAMPLES_OF.get(kind, ())}
    assert ranks, f"`{kind}` has no example in {Path(__file__).name}"
    # an embedding makes positions out of a vector
    wanted = {"positions": {1, 2, 3}, "sequence": {1}, "map": {2}, "vector": {0}, "any": {0, 1, 2, 3}}[
        layer_class(kind).takes
    ]
    assert wanted <= ranks, f"`{kind}` has no example with {sorted(wanted - ranks)} spatial axes"


def test_examples_are_of_kinds_that_exist():
    assert {example.kind for example in EXAMPLES} == set(KINDS) - OPAQUE


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_documented(kind):
    assert layer_class(kind).__doc__, f"the class of `{kind}` says nothing of itself"
    section = rf"^(#### `{kind}`|\| `{kind}` \|)"
    assert re.search(section, DOCS.read_text(encoding="utf-8"), re.MULTILINE), f"docs/spec.md has no part on `{kind}`"


@pytest.mark.parametrize("kind", KINDS)
def test_settings_say_what_they_mean(kind):
    layer = layer_class(kind)
    assert not layer.principal or next(iter(layer.settings)) == layer.principal
    assert not layer.leads or layer.leads in layer.settings
    for name, setting in layer.settings.items():
        assert setting.name == name
        assert setting.meaning, f"`{kind}` does not say what `{name}` means"
        assert setting.type.expects


SHAPES = [Shape(sizes, 4) for sizes in ((), (8,), (8, 8), (8, 8, 8))]


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_defaults_can_be_read(kind, convention):
    layer = layer_class(kind)
    for setting in layer.settings.values():
        if isinstance(setting.default, Like):
            assert setting.default.setting in layer.settings
            continue
        if isinstance(setting.default, ByConvention):
            assert set(setting.default._fields) == set(CONVENTIONS)
        text = setting.default_text(convention)
        assert (text is None) is setting.is_required
        if text is None:
            continue
        for shape in SHAPES:
            if layer.takes == "positions" and shape.is_vector:
                continue
            if len(shape.spatial) != {"sequence": 1, "map": 2}.get(layer.takes, len(shape.spatial)):
                continue
            at = Reading(convention, "channels_last", shape, kind, layer.is_transposed, {})
            value = setting.type.read(YamlScalar(text, 1, 1, 1, 1), at)
            assert setting.type.show(value)
            if text == "none":
                continue  # for any setting this means that it is not given
            jsonschema.validate(_json_value(text), setting.type.schema())


def _json_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(kind):
    for setting in layer_class(kind).settings.values():
        jsonschema.Draft202012Validator.check_schema(setting.type.schema())


@pytest.mark.parametrize("kind", KNOWN)
def test_every_setting_is_used_in_an_example(kind):
    layer = layer_class(kind)
    texts = [example.entry for example in EXAMPLES_OF[kind]]
    unused = [
        name for name in layer.settings if name != layer.principal and not any(f"{name}:" in each for each in texts)
    ]
    assert not unused, f"no example of `{kind}` sets {unused}"


@pytest.mark.parametrize("kind", sorted(NORMS | ACTIVATIONS))
def test_norms_and_activations_follow_an_entry_under_their_own_name(kind):
    needed = {"group_norm": "2", "local_response_norm": "3", "clip": "[0, 1]"}
    principal = f"{{{kind}: {needed[kind]}}}" if kind in needed else kind
    key = "norm" if kind in NORMS else "activation"
    layers = analyzed("6x6x1", f"{{conv: 3x3x4, {key}: {principal}}}").layers
    assert [layer.name for layer in layers] == ["conv1", f"conv1.{kind}"]
    assert layers[1].node.output == layers[0].node.output == Shape((4, 4), 4)


# -- its answers are those of the toy


class Case(NamedTuple):
    example: Example
    numbers: LayerNumbers
    done: toy.Toy


def ask_output_shape(case):
    assert case.numbers.node.output == Shape(case.done.spatial, case.done.channels)


def ask_weights(case):
    weights = case.numbers.node.weights
    sizes = {name: _size(weight.shape) for name, weight in weights.items()}
    assert sizes == {name: len(used) for name, used in case.done.weights.items() if used}
    assert {name for name, weight in weights.items() if weight.is_statistic} == sizes.keys() & set(STATISTICS)


STATISTICS = ("mean", "variance", "count")


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def ask_params(case):
    learned = sum(len(used) for name, used in case.done.weights.items() if name not in STATISTICS)
    moving = sum(len(used) for name, used in case.done.weights.items() if name in STATISTICS)
    assert case.numbers.trainable_params == learned
    assert case.numbers.non_trainable_params == (moving if case.example.convention == "keras" else 0)
    assert case.numbers.params == case.numbers.trainable_params + case.numbers.non_trainable_params


def ask_macs(case):
    assert case.numbers.macs == case.done.macs


def ask_activation_bytes(case):
    assert case.numbers.activation_bytes == len(case.done.reads) * 4


def reads_are_unknown(layer, x) -> bool:
    try:
        layer.reads(x)
    except ReadsUnknown:
        return True
    return False


def ask_reads(case):
    if case.example.kind in MERGES or case.example.before:
        return  # what a merge reads, or a layer with the tensor of another, is given by its fields
    layer, x = case.numbers.node.layer, case.numbers.node.x
    if layer.why_unknown:
        assert reads_are_unknown(layer, x)
        return
    reads, moves = layer.reads(x), layer.moves_along(x)
    done = case.done.of_input(0) if case.example.others else case.done
    if not done.keeps_positions:
        assert reads is None
        return
    if reads is None:
        assert not done.spatial, "positions are lost"
        return
    if layer.reads_nothing:
        assert reads == ()
        return
    assert len(reads) == len(x.spatial or reads)
    whole = _all_of(done)
    for where, channel in done.reads:
        hull = done.hull((where, channel))
        box = [each and interval(each, (*where, channel)[to]) for each, to in zip(reads, moves, strict=False)]
        if hull is None:
            assert any(low > high for low, high in box), where
        else:
            assert [each or all for each, all in zip(box, whole, strict=True)] == list(hull), (where, channel)


def _all_of(done: toy.Toy) -> list[tuple[int, int]]:
    """The first and last position that any unit reads, per axis."""
    places = [place for values in done.reads.values() for place, _ in values]
    return [(min(axis), max(axis)) for axis in zip(*places, strict=True)]


def ask_channels(case):
    """Which channels of the output a channel of the input reaches, found by running it with NaNs."""
    node = case.numbers.node
    x = node.x
    if case.example.kind in MERGES or node.layer.is_gated or x.is_vector or not case.done.keeps_positions:
        return
    if case.example.before:
        return
    inputs = np.ones((x.channels, *x.spatial, x.channels))
    for channel in range(x.channels):
        inputs[channel, ..., channel] = np.nan
    weights = {name: np.ones(each.shape) for name, each in node.layer.weights(x).items()}
    others = (np.ones((len(inputs), *each.output.sizes("channels_last"))) for each in node.inputs[1:])
    nan = np.isnan(node.layer.run(Arrays(), [inputs, *others] if node.layer.also_reads else inputs, weights))
    reached = np.moveaxis(nan, 1 + node.layer.moves_along(x)[-1] or -1, -1)
    reached = reached.reshape(x.channels, -1, reached.shape[-1]).any(1)  # channel of the input → place of the output
    claimed = node.layer.reads_channels(x)
    for place in range(reached.shape[1]):
        low, high = interval(claimed, place) if claimed else (0, x.channels - 1)
        seen = np.flatnonzero(reached[:, place])
        if len(seen):
            assert (max(low, 0), min(high, x.channels - 1)) == (seen[0], seen[-1]), place


def ask_fields(case):
    """The field of a layer right after the inputs is what it reads of each."""
    if case.numbers.node.layer.reads_nothing:
        assert not case.numbers.fields
        return
    assert list(case.numbers.fields) == list(case.example.inputs)
    for index, (name, sizes) in enumerate(case.example.inputs.items()):
        part = case.done.of_input(index) if case.example.others else case.done
        field = case.numbers.fields[name]
        if case.numbers.node.layer.why_unknown:
            assert field.status == "unknown"
            continue
        # what is the same for all units, a vector or a single position, has no place in the output
        is_spread = case.example.others and (len(sizes) == 1 or _size(sizes[:-1]) == 1 < _size(case.done.spatial))
        if field.status == "global" and {part.hull(unit) for unit in part.reads} == {tuple(_all_of(part))}:
            continue
        if not part.keeps_positions or not part.spatial or is_spread:
            assert field.status == "global", name
            continue
        assert field.status == "local", name
        assert field.is_gated is case.example.is_gated
        whole = _all_of(part)
        for where, channel in part.reads:
            hull = part.hull((where, channel))
            if hull or not case.example.others:
                own = (*where, channel)
                axes = [(each, field.carrier(axis)) for axis, each in enumerate(field.axes)]
                box = [each and interval(each, own[to]) for each, to in axes]
                box = [each or all for each, all in zip(box, whole, strict=True)]
                assert box == list(hull) if hull else any(low > high for low, high in box), (where, channel)


# -- it is explained, and can be written out


def ask_explanation(case):
    analysis = case.example.analysis()
    explanation = explain(analysis, analysis.layers[-1])
    assert explanation.steps
    expected = {
        "params": case.numbers.params,
        "trainable params": case.numbers.trainable_params,
        "non-trainable params": case.numbers.non_trainable_params,
        "macs": case.numbers.macs,
        "output channels": case.numbers.node.output.channels,
        "output values": case.numbers.node.output.values,
    }
    named = [step.quantity for step in explanation.steps]
    assert "params" in named or "trainable params" in named
    assert ("macs" in named) is (case.numbers.macs > 0)
    for step in explanation.steps:
        assert step.words, step
        if is_derived(step.number):
            assert evaluate(numeric(step.number)) == int(step.number)
            assert toy.evaluate_latex(latex_numeric(step.number)) == int(step.number)
        if step.quantity in expected and not step.part:
            assert int(step.number) == expected[step.quantity], step.quantity


def ask_settings_as_json(case):
    layer = case.numbers.node.layer
    for name, setting in layer.settings.items():
        if name in vars(layer):
            value = setting.type.json(getattr(layer, name))
            if value is None:
                continue  # one of several ways to say the same, which was not taken
            if isinstance(value, Shape):
                value = value.sizes("channels_last")  # a report knows the layout
            value = json.loads(json.dumps(value))
            jsonschema.validate(value, setting.type.schema())


def ask_one_channel(case):
    # receptive fields are measured on a copy of the layer: of as few channels as it takes, one comes out
    node = case.numbers.node
    if node.layer.is_merge or node.layer.is_gated or node.layer.reads_nothing:
        return
    if case.example.before:
        return  # channels that have their places in another tensor are as many as there
    if any(tensor.shape.is_vector for tensor in node.layer.further):
        return  # a state, which has a value for each unit
    copy, x = _copy(node, {}, "input", 0), node.x
    x = Shape(x.spatial, copy.channels)
    y = copy.layer.output_shape(x)
    arrays = {size for weight in copy.layer.weights(x).values() for size in weight.shape[-1:]}
    fewest = 2 if node.kind == "glu" else 1  # its gate is a channel too
    side_by_side = getattr(copy.layer, "gates", 1)
    # (a filter that is standardised has more than one weight)
    is_least = x.is_vector or x.channels == fewest or copy.layer.prepares_kernel
    are_few = y.channels == 1 and is_least and (arrays <= {1, side_by_side} or bool(node.layer.why_unknown))
    # or channels are as many because there is no other place for the values
    are_needed = y.values == x.values // fewest and (x.is_vector or y.spatial != x.spatial or y == node.output)
    assert are_few or are_needed, f"`{node.kind}` has a setting of channels that `one_channel` leaves out"


QUESTIONS = {name.removeprefix("ask_"): ask for name, ask in list(globals().items()) if name.startswith("ask_")}


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_answers(kind):
    asked = [(question, example) for example in EXAMPLES_OF[kind] for question in QUESTIONS]
    each(ask, asked, lambda pair: f"{pair[0]} of {pair[1].id}")


def ask(pair):
    question, example = pair
    QUESTIONS[question](Case(example, numbers_of(example), done_by(example)))


def test_all_that_fail_are_named():
    def check(number):
        assert number % 2

    with pytest.raises(ExceptionGroup) as caught:
        each(check, range(5), lambda number: f"number {number}")
    notes = [failure.__notes__ for failure in caught.value.exceptions]
    assert notes == [["this was number 0"], ["this was number 2"], ["this was number 4"]]


numbers_of = cache(Example.numbers)
done_by = cache(Example.done)


@pytest.mark.parametrize(
    ("one", "other", "is_aligned"), BRANCHES, ids=lambda branch: str(branch[0] if isinstance(branch, tuple) else branch)
)
@pytest.mark.parametrize("kind", sorted(kind for kind in MERGES if not layer_class(kind).multiplies_matrices))
def test_a_merge_sees_the_hull_of_what_its_branches_see(kind, one, other, is_aligned):
    entry = f"{{{kind}: [{one[0]}, {other[0]}]}}"
    field = analyzed("6x6x4", entry).end.fields["input"]
    parts = [forward((6, 6), 4) for _, forward in (one, other)]
    units = sorted({where for where, _ in parts[0].reads})
    hulls = {where: [part.hull((where, 0)) for part in parts] for where in units}
    for where in units:
        hull = tuple(
            (min(low for low, _ in axis), max(high for _, high in axis)) for axis in zip(*hulls[where], strict=True)
        )
        assert field.box(where) == hull, f"`{kind}` at {where}"
    centres = [[[low + high for low, high in hulls[where][branch]] for where in units] for branch in (0, 1)]
    assert (centres[0] == centres[1]) is is_aligned
    assert field.is_aligned is is_aligned
    assert not field.is_gated


# -- what is missing is reported by name


def first_failure(kind):
    """What the examples say of a kind, cache aside: the first answer that is not the toy's; None where all are."""
    for example in EXAMPLES_OF[kind]:
        for name, question in QUESTIONS.items():
            try:
                question(Case(example, example.numbers(), done_by(example)))
            except Exception as error:
                return f"{name} of {example.id}: {error!r}"
    return None


def answers(kind):
    """What a kind has to answer. (What a merge reads of each branch is worked out for all of them alike.)"""
    return (
        ("merge_shape", "arrays", "multiply_adds") if kind in MERGES else ("output_shape", "weights", "macs", "reads")
    )


@pytest.mark.parametrize(("kind", "answer"), [(kind, answer) for kind in KNOWN for answer in answers(kind)])
def test_an_answer_that_is_taken_away_is_missed(kind, answer, monkeypatch):
    def nothing(*_):
        raise NotImplementedError

    base = Merge if kind in MERGES else Layer
    own = getattr(layer_class(kind), answer)
    monkeypatch.setattr(layer_class(kind), answer, nothing)
    found = first_failure(kind)
    assert found, f"nothing asks `{kind}` for its {answer}"
    assert kind in found
    if own is not getattr(base, answer):
        # nor will what every layer answers by itself do
        monkeypatch.setattr(layer_class(kind), answer, getattr(base, answer))
        assert first_failure(kind), f"no example tells the {answer} of `{kind}` from that of any layer"


def settings_of_channels(kind):
    return part(kind, "definition").one_channel(1)


@pytest.mark.parametrize("kind", [kind for kind in KNOWN if settings_of_channels(kind)])
def test_a_setting_of_channels_that_is_forgotten_is_missed(kind, monkeypatch):
    for name in settings_of_channels(kind).keys() - {"vocabulary"}:  # a larger table is only slower
        others = {key: value for key, value in settings_of_channels(kind).items() if key != name}
        monkeypatch.setattr(part(kind, "definition"), "one_channel", lambda _, others=others: others)
        assert "one_channel" in str(first_failure(kind)), f"no example tells that `{name}` of `{kind}` is forgotten"
        monkeypatch.undo()


class Unheard(Layer):
    pass


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_run(kind):
    missing = getattr(layer_class(kind), "__abstractmethods__", ())
    assert not missing, f"`{kind}` lacks {', '.join(missing)}"


@pytest.mark.parametrize(("base", "method"), [(Layer, "run"), (Merge, "merged")])
def test_a_kind_that_cannot_be_run_cannot_be_made(base, method):
    class Silent(base):
        pass

    with pytest.raises(TypeError, match=f"abstract class Silent .*{method}"):
        Silent({})


@pytest.mark.parametrize(
    "check", [test_kind_has_examples_of_every_rank, test_kind_is_documented], ids=lambda check: check.__name__
)
def test_a_new_kind_without_examples_and_docs_is_named(check, monkeypatch):
    monkeypatch.setitem(layers._classes, "unheard", Unheard)
    with pytest.raises(AssertionError, match="`unheard`"):
        check("unheard")


def test_a_new_kind_is_walked(monkeypatch):
    assert list(KINDS) == list(classes())
    monkeypatch.setitem(layers.KINDS, "unheard", "made_up")
    with pytest.raises(AssertionError, match="unheard"):
        test_examples_are_of_kinds_that_exist()
