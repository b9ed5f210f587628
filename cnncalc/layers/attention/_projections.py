"""Attention in PyTorch whose projections are called as in the module it comes from, and are as many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from cnncalc.layers.equals import Array
from cnncalc.named_tuple import NamedTuple

_TAKEN = frozenset({"heads", "causal", "by_head", "attend", "places", "hidden", "differences", "biases"})
"""The attributes that the classes have themselves."""
_MOST_LETTERS = 28
"""Longer names make longer lines than the code has."""
TABLE = "position_bias"
"""What the parameter with a number per difference of places is called in a class of our own."""


class OriginalProjections(NamedTuple):
    """The projections of an attention whose heads divide the channels.

    Attributes:
        channels: how many each of them reads and gives.
        inner: those of queries, keys and values: the attribute, and which of these it gives.
        output: the attribute of the one at the end.
        table: the parameter with a number per difference of places; "" if there is none.
        bias: whether the inner ones add something.
        output_bias: whether the last one does.
    """

    channels: int
    inner: tuple[tuple[str, tuple[str, ...]], ...]
    output: str
    table: str
    bias: bool
    output_bias: bool

    @classmethod
    def of(cls, original: Mapping[str, Array], channels: int) -> OriginalProjections | None:
        """Those that have these arrays; None if these are no weights and biases of `nn.Linear`.

        Args:
            original: where the arrays are.
        """

        def attribute(name: str) -> str:
            return original[name].path.removesuffix(".weight") if name in original else ""

        inner = tuple((name, tuple(gives)) for name, gives in groupby(("query", "key", "value"), attribute))
        table = original[TABLE].path if TABLE in original else ""
        found = cls(channels, inner, attribute("output"), table, "query_bias" in original, "output_bias" in original)
        return found if found._arrays() == original and found._can_be_written() else None

    def _arrays(self) -> dict[str, Array]:
        """Where the arrays are."""
        found = {}
        for attribute, gives in (*self.inner, (self.output, ("output",))):
            for place, name in enumerate(gives):
                rows = (place * self.channels, (place + 1) * self.channels) if len(gives) > 1 else ()
                found[name] = Array(f"{attribute}.weight", (1, 0), rows=rows)
                if self.output_bias if name == "output" else self.bias:
                    found[f"{name}_bias"] = Array(f"{attribute}.bias", rows=rows)
        if self.table:
            found[TABLE] = Array(self.table)
        return found

    def _can_be_written(self) -> bool:
        names = [*(attribute for attribute, _ in self.inner), self.output, *([self.table] if self.table else [])]
        are_names = all(name.isidentifier() and len(name) <= _MOST_LETTERS for name in names)
        return are_names and len({*names} - _TAKEN) == len(names)

    # -- the text

    def source(self, inputs: Mapping[str, str], is_map: bool, is_causal: bool, is_base: bool) -> str:
        """The text of the class.

        Args:
            inputs: what the tensors are called that queries, keys and values are made of.
            is_map: whether positions have several axes.
            is_causal: whether a position sees only itself and those before it.
            is_base: whether it is the base of a class that attends in another way.
        """
        return "\n".join(self._lines(inputs, is_map, is_causal, is_base)) + "\n"

    def _lines(self, inputs: Mapping[str, str], is_map: bool, is_causal: bool, is_base: bool) -> Iterator[str]:
        yield "class Attention(nn.Module):"
        yield '    """Attention with the projections that the original has."""'
        yield ""
        causal = ", causal: bool = False" if is_base else ""
        yield f"    def __init__(self, channels: int, heads: int{causal}) -> None:"
        yield "        super().__init__()"
        yield f"        self.heads{', self.causal = heads, causal' if is_base else ' = heads'}"
        bias = "" if self.bias else ", bias=False"
        for attribute, gives in self.inner:
            width = f"{len(gives)} * channels" if len(gives) > 1 else "channels"
            yield f"        self.{attribute} = nn.Linear(channels, {width}{bias})"
        bias = "" if self.output_bias else ", bias=False"
        yield f"        self.{self.output} = nn.Linear(channels, channels{bias})"
        yield ""
        tensors = ", ".join(f"{name}: Tensor" for name in dict.fromkeys(inputs.values()))
        yield f"    def forward(self, {tensors}) -> Tensor:"
        for attribute, gives in self.inner:
            made = f"self.{attribute}({inputs[gives[0]]})"
            if len(gives) == 1:
                yield f"        {gives[0][0]} = self.by_head({made})"
            else:
                letters = ", ".join(name[0] for name in gives)
                yield f"        {letters} = map(self.by_head, {made}.chunk({len(gives)}, dim=-1))"
        of_all = f"F.scaled_dot_product_attention(q, k, v{', is_causal=True' if is_causal else ''})"
        yield f"        sums = {'self.attend(q, k, v)' if is_base else of_all}"
        yield "        rows = sums.transpose(1, 2).flatten(2)"
        yield f"        mixed: Tensor = self.{self.output}(rows)"
        yield f"        return {'mixed.view(*x.shape[:-1], -1)' if is_map else 'mixed'}"
        yield ""
        yield "    def by_head(self, x: Tensor) -> Tensor:"
        yield "        size = x.shape[-1] // self.heads"
        yield "        return x.reshape(len(x), -1, self.heads, size).transpose(1, 2)"
        if is_base:
            yield ""
            yield "    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:"
            yield "        raise NotImplementedError"
