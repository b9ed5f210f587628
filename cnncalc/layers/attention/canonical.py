"""Attention as it is compared: with all sizes written out, and by which tensors are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.layers.canonical import Canonical, Computation


class AttentionCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        keys = self.alike[1] if self.layer.keys else 0
        values = self.alike[-1] if self.layer.values else keys
        read = sorted({0, keys, values})
        tensors = {"keys": read.index(keys), "values": read.index(values)}
        settings = {**self.settings(), **tensors}
        form = () if not settings["window"] and not settings["dilation"] and self._is_bare else self.form
        return (self.calculation(settings=settings, reads=tuple(read), form=form),)

    @property
    def _is_bare(self) -> bool:
        """Whether nothing depends on where positions are."""
        return not self.layer.causal and self.layer.position_bias == "none"

    def settings(self) -> dict[str, Any]:
        layer = self.layer.filled_in(self.x)
        axes = zip(layer.window or self.x.spatial, layer.shift, layer.dilation, strict=True)
        # at a distance as large as the window, a position sees no other along this axis
        found = [(1, 0, 1) if distance == size else (size, by, distance) for size, by, distance in axes]
        window, shift, dilation = zip(*found, strict=True)
        is_whole = window == self.x.spatial
        places = {
            "window": None if is_whole else window,
            "shift": () if is_whole else shift,
            "dilation": dilation if max(dilation) > 1 else (),
        }
        value_size = layer.value_size or layer.key_size
        sizes = {"key_size": layer.key_size, "value_size": value_size, "output": self.output.channels}
        return {**super().settings(), **sizes, **places}
