"""Our `NamedTuple` does what `typing.NamedTuple` does."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from cnncalc.named_tuple import NamedTuple


class Ours(NamedTuple):
    """A pair."""

    first: int
    second: tuple[str, ...] = ("a",)

    @property
    def both(self) -> tuple[object, ...]:
        return (self.first, *self.second)


class Theirs(typing.NamedTuple):
    """A pair."""

    first: int
    second: tuple[str, ...] = ("a",)

    @property
    def both(self) -> tuple[object, ...]:
        return (self.first, *self.second)


class Below(Ours):
    """A class below one."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda kind: kind(1),
        lambda kind: kind(1, ("b", "c")).second,
        lambda kind: kind(second=(), first=2)[0],
        lambda kind: kind(1).both,
        lambda kind: kind(1)._replace(first=3).first,
        lambda kind: kind(1)._replace(second=())._asdict(),
        lambda kind: tuple(copy.deepcopy(kind(1))),
        lambda kind: pickle.loads(pickle.dumps(kind(4))) == kind(4),
        lambda kind: type(copy.copy(kind(4))) is kind,
        lambda kind: (kind(1) == (1, ("a",)), kind(1) < kind(2), hash(kind(1))),
        lambda kind: [kind._fields, kind._field_defaults, kind.__match_args__, kind.__doc__],
        lambda kind: [*kind(1)],
    ],
)
def test_it_answers_alike(ask):
    assert str(ask(Ours)).replace("Ours", "Theirs") == str(ask(Theirs))


@pytest.mark.parametrize(
    ("error", "wrong"),
    [
        (TypeError, lambda kind: kind()),
        (TypeError, lambda kind: kind(1, (), 3)),
        (TypeError, lambda kind: kind(1, third=3)),
        ((TypeError, ValueError), lambda kind: kind(1)._replace(third=3)),  # ValueError before Python 3.13
        (AttributeError, lambda kind: setattr(kind(1), "first", 2)),
        (AttributeError, lambda kind: setattr(kind(1), "third", 2)),
    ],
)
def test_it_refuses_alike(error, wrong):
    for kind in (Ours, Theirs):
        kind(1)
        with pytest.raises(error):
            wrong(kind)


def test_the_first_of_a_class_is_made_like_the_others():
    class New(NamedTuple):
        a: int
        b: int = 2

    assert [New(1), New(b=3, a=1)] == [(1, 2), (1, 3)]


def test_a_class_below_has_its_fields():
    assert repr(Below(1)) == "Below(first=1, second=('a',))"
    assert type(Below(1)._replace(first=2)) is Below
