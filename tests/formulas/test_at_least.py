"""Lower bounds: what keeps one, what it decides, and what it refuses to answer."""

from __future__ import annotations

import copy
import pickle
from operator import ge, gt, le, lt, mod, neg, sub, truediv

import pytest

from cnncalc import formulas
from cnncalc.at_least import AtLeast, NotKnown, known, layers_text, layers_unknown


@pytest.mark.parametrize(
    "found",
    [
        AtLeast(5) + 2,
        2 + AtLeast(5),
        sum([3, AtLeast(4), 0]),
        formulas.total([AtLeast(), 7]),
    ],
)
def test_a_sum_with_a_lower_bound_is_one(found):
    assert type(found) is AtLeast
    assert (int(found), found.layers) == (7, 1)


def test_layers_add_up():
    both = AtLeast(5, 2) + AtLeast(1)
    assert (int(both), both.layers) == (6, 3)


def test_multiples():
    assert 2 * AtLeast(5, 3) == AtLeast(5, 3) * 2 == formulas.product([2, AtLeast(5, 3)]) == AtLeast(10, 3)
    assert 0 * AtLeast(5) == 0  # nothing of something unknown is nothing
    for wrong in (-1, AtLeast(2)):
        with pytest.raises(NotKnown):
            wrong * AtLeast(5)


@pytest.mark.parametrize(
    ("compare", "other", "answer"),
    [
        (lt, 5, False), (lt, 6, None), (le, 4, False), (le, 5, None), (gt, 4, True), (gt, 5, None), (ge, 5, True),
        (ge, 6, None), (lt, 4.5, False), (gt, 4.5, True),
    ],
)  # fmt: skip
def test_comparisons(compare, other, answer):
    """What is at least 5 is not below 5; whether it is below 6 nobody knows."""
    mirrored = {lt: gt, gt: lt, le: ge, ge: le}[compare]
    if answer is None:
        for ask in (lambda: compare(AtLeast(5), other), lambda: mirrored(other, AtLeast(5))):
            with pytest.raises(NotKnown, match=r"only a lower bound is known: ≥ 5 \(1 layer unknown\)"):
                ask()
    else:
        assert compare(AtLeast(5), other) is answer
        assert mirrored(other, AtLeast(5)) is answer


@pytest.mark.parametrize("ask", [sub, truediv, mod, divmod, pow, lambda one, other: one // other])
@pytest.mark.parametrize("pair", [(AtLeast(5), 2), (2, AtLeast(5)), (AtLeast(5), AtLeast(5))])
def test_arithmetic_without_an_answer(ask, pair):
    with pytest.raises(NotKnown):
        ask(*pair)


@pytest.mark.parametrize("ask", [neg, abs, float, round])
def test_the_same_of_one_number(ask):
    with pytest.raises(NotKnown):
        ask(AtLeast(5))


def test_it_is_no_known_number_and_never_nothing():
    assert AtLeast(5) != 5
    assert AtLeast(0) != 0
    assert bool(AtLeast(0))
    assert {0: "known", AtLeast(0): "unknown"} == {AtLeast(0): "unknown", 0: "known"}
    assert AtLeast(5) == AtLeast(5) != AtLeast(5, 2)


def test_how_it_looks():
    assert f"{AtLeast(25557032):,}" == "≥ 25,557,032"
    assert str(AtLeast(25557032)) == "≥ 25557032"
    assert f"{AtLeast(0):,}" == str(AtLeast()) == "unknown"
    assert repr(AtLeast(5)) == "AtLeast(5, layers=1)"
    assert (layers_text(1), layers_text(1200)) == ("1 layer unknown", "1,200 layers unknown")


def test_what_is_known():
    assert (known(5), known(AtLeast(5))) == (5, None)
    assert (layers_unknown(5), layers_unknown(AtLeast(5, 2))) == (0, 2)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda number: pickle.loads(pickle.dumps(number))])
def test_copies(copied):
    assert copied(AtLeast(5, 2)) == AtLeast(5, 2)


def test_many_are_added_fast_enough_to_be_forgotten():
    total = sum(AtLeast(1) for _ in range(10_000))
    assert (int(total), total.layers) == (10_000, 10_000)
