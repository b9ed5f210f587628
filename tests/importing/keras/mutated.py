"""JSON with one or more of its values replaced by others, at random."""

from __future__ import annotations

import copy

STRANGE = (None, True, 0, -1, 3, 10**9, 1e308, float("nan"), "", "x", "linear", "channels_first", [], [0], [-1, -1], {})


def mutated(data, random, changes=2):
    """A copy in which some values are others, or gone, or that of another place."""
    data = copy.deepcopy(data)
    places = list(places_in(data))
    for _ in range(changes):
        parent, key = random.choice(places)
        other, elsewhere = random.choice(places)
        try:
            change(parent, key, other[elsewhere], random)
        except (IndexError, KeyError):
            continue  # what was there went with an earlier change
    return data


def change(parent, key, other, random):
    """Changes one value."""
    how = random.randrange(4)
    if how == 0:
        parent[key] = random.choice(STRANGE)
    elif how == 1:
        parent[key] = copy.deepcopy(other)
    elif how == 2 and type(parent[key]) is int:
        parent[key] += random.choice((-1, 1))
    else:
        del parent[key]


def places_in(data):
    """Every container with each of its keys."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        keys = item if isinstance(item, dict) else range(len(item))
        for key in keys:
            yield item, key
            if isinstance(item[key], dict | list):
                waiting.append(item[key])
