"""Sentences about attention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cnncalc.formulas import product
from cnncalc.layers.base import plural
from cnncalc.layers.words import LINES, Words, everywhere, join, times
from cnncalc.settings.axes import EXTENTS

_MADE = {"query projection": "query", "key projection": "key", "value projection": "value"}


class AttentionWords(Words):
    """Projections to queries, keys and values; scores; weighted sums of the values; and one more projection."""

    called: ClassVar = {
        "heads": "number of heads",
        "key_size": "size of queries and keys",
        "value_size": "size of values",
        "output": "number of output channels",
    }
    parts: ClassVar = {
        **{part: (array, f"{array}_bias") for part, array in _MADE.items()},
        "output projection": ("output", "output_bias"),
        "position bias": ("position_bias",),
    }

    @property
    def learned(self) -> str:  # type: ignore[override]
        """What training changes, apart from biases."""
        return "projections and position biases" if self._is_relative else "projections"

    # -- sizes

    def channels(self) -> str:
        return "the output projection makes this many at each position"

    def unchanged(self) -> str:
        own = "of the layer's own input" if len(self.inputs) > 1 else "of the input"
        return f"each position {own} becomes one of the output, with as many channels"

    def left_out(self, setting: str) -> str:
        both = "query, key and value" if self._value_size == self._key_size else "query and key"
        return f"{self.x.channels} channels for {plural(self.layer.heads, 'head')}: each {both} has this many numbers"

    @property
    def _key_size(self) -> int:
        return int(self.layer.filled_in(self.x).key_size)

    @property
    def _value_size(self) -> int:
        return int(self.layer.value_size or self._key_size)

    @property
    def _is_relative(self) -> bool:
        return bool(self.layer.position_bias == "relative")

    @property
    def _key_input(self) -> int:
        """The number of the input that the keys are made of."""
        return int(bool(self.layer.keys))

    @property
    def _seen(self) -> tuple[int, ...]:
        """How many positions a query is compared with along each axis."""
        return tuple(self.layer.seen(self.x))

    # -- parameters

    def params(self) -> str:
        what = "the projections and the position bias" if self._is_relative else "the projections"
        is_fixed = self.layer.window or not self._is_relative
        return f"{what} together" + (", as many for any number of positions" if is_fixed else "")

    def params_of(self, part: str) -> str:
        layer, key, value = self.layer, self._key_size, self._value_size
        if part == "query projection":
            made = f"{plural(layer.heads, 'query', 'queries')} of {plural(key, 'number')}"
            made += ", one for each head" if layer.heads > 1 else ""
            return f"a dense layer, the same at every position, makes {made}: what the position looks for"
        if part == "key projection":
            return (
                f"a second dense layer makes {self._made('key', key, self._key_input)}: what queries are compared with"
            )
        if part == "value projection":
            return f"a third dense layer makes {self._made('value', value, -1)}: what the position passes on"
        if part == "output projection":
            found = f"what {_the_heads(layer.heads)} found, {layer.heads}·{value} numbers side by side"
            return f"the last dense layer makes {plural(self.output.channels, 'channel')} of {found}"
        each = "for each head, one number" if layer.heads > 1 else "one number"
        differences = times([2 * n - 1 for n in self._seen])
        places = "the only difference" if self._sees_one else f"each of the {differences} differences"
        return f"{each} for {places} between two places, added to the score"

    def _made(self, noun: str, size: int, source: int) -> str:
        """`2 keys of 8 numbers, each for 2 heads, at each position of `memory``."""
        layer = self.layer
        each = f", each for {layer.heads // layer.key_heads} heads" if layer.key_heads < layer.heads else ""
        where = f", at each position of `{self.names[source]}`" if self.names[source] else ""
        return f"{plural(layer.key_heads, noun)} of {plural(size, 'number')}{each}{where}"

    # -- work

    def macs(self) -> str:
        return "the projections multiply by learned weights; the scores and the weighted sums multiply two tensors"

    def macs_of(self, part: str) -> str:
        if part == "scores":
            products = f"{plural(self._key_size, 'product')} for a score"
            keys = "the key" if self._sees_one else "the keys"
            return f"{self._each_query} is multiplied with {keys} of {self._others}: {products}"
        if part == "weighted sums" and self._sees_one:
            value = plural(self._value_size, "number")
            return (
                f"softmax turns the only score of each query into the weight 1; the value, {value}, is multiplied by it"
            )
        if part == "weighted sums":
            return (
                f"softmax turns the {times(self._seen)} scores of each query into weights that add up to 1; each "
                f"value, {plural(self._value_size, 'number')}, is multiplied by its weight, and all are summed"
            )
        source = {"key projection": self._key_input, "value projection": -1}.get(part, 0)
        of = f" of `{self.names[source]}`" if self.names[source] else ""
        return f"{everywhere(self.inputs[source].spatial)}{of} every weight is multiplied once"

    @property
    def _each_query(self) -> str:
        return "in each head, every query" if self.layer.heads > 1 else "every query"

    @property
    def _others(self) -> str:
        """The positions that a query is compared with."""
        window = self.layer.window
        whole = tuple(window or self.inputs[self._key_input].spatial)
        which, count = "the" if window else "all", times(whole)
        if product(whole) == 1:
            positions = "the only position"
        elif self._seen == whole:
            positions = f"{which} {count} positions"
        else:
            positions = f"{times(self._seen)} of {which} {count} positions"
        if not self._key_input:
            return positions + (" of its window" if window else "")
        name = f"`{self.names[1]}`"
        return f"{positions} of its window in {name}" if window else f"{positions} of {name}"

    @property
    def _sees_one(self) -> bool:
        """Whether a query is compared with a single key."""
        return product(self._seen) == 1

    def remarks(self) -> tuple[str, ...]:
        return tuple(self._remarks())

    def _remarks(self) -> Iterator[str]:
        layer = self.layer
        if layer.heads > 1:
            yield (
                f"each of the {layer.heads} heads has queries, keys and weights of its own: a position can look for "
                f"{layer.heads} things at once"
            )
        if layer.heads > 1 and layer.key_size is layer.value_size is None and layer.key_heads == layer.heads:
            several, one = f"{layer.heads} heads have", "a single one"
            if self._is_relative:  # of which each head has numbers of its own
                several, one = f"the projections of {layer.heads} heads have", "those of a single one"
            yield f"{several} as many parameters as {one}: together they always have the {self.x.channels} channels"
        if layer.window:
            yield "inside windows, scores and weighted sums grow with the number of positions, not with its square"
        elif not self._key_input and product(layer.dilation) == 1:
            yield "scores and weighted sums grow with the square of the number of positions, all else with the number"
        if layer.causal:
            yield "causal: the scores of later positions are calculated and counted, and then left out of the softmax"
        if any(layer.shift):
            axes = EXTENTS[len(layer.shift)]
            later = join([plural(s, *LINES[axis]) for s, axis in zip(layer.shift, axes, strict=True) if s])
            yield f"the windows begin {later} later; the last ones hold both ends, which do not see each other"


def _the_heads(count: int) -> str:
    return "the head" if count == 1 else f"the {count} heads"
