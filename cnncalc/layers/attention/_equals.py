"""What the equals of attention in all frameworks have in common."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.equals import AsIs, InFramework, row
from cnncalc.settings.shape import Shape


class AttentionEqual(InFramework):
    """Sizes of attention, as the modules of frameworks take them."""

    @property
    def key_input(self) -> int:
        """The number of the input that the keys are made of."""
        return int(bool(self.layer.keys))

    @property
    def keys(self) -> Shape:
        """What the keys are made of."""
        return self.inputs[self.key_input]

    @property
    def values(self) -> Shape:
        """What the values are made of."""
        return self.inputs[-1]

    @property
    def key_size(self) -> int:
        """The length of a query and of a key."""
        return self._columns("query") // int(self.layer.heads)

    @property
    def value_size(self) -> int:
        """The length of a value."""
        return self._columns("value") // int(self.layer.key_heads)

    def _columns(self, name: str) -> int:
        return int(self.layer.weights(self.x)[name].shape[1])

    @property
    def is_windowed(self) -> bool:
        """Whether it is more than attention between all positions."""
        layer = self.layer
        return bool(layer.window or layer.position_bias != "none" or max(layer.dilation) > 1)

    @property
    def sizes(self) -> dict[str, tuple[Any, Any]]:
        """The arguments that a module of one's own always has."""
        layer, channels = self.layer, self.output.channels
        named = {"heads": layer.heads, "key_size": self.key_size, "value_size": self.value_size}
        return {name: (size, "") for name, size in {**named, "output": channels, "key_heads": layer.key_heads}.items()}

    @property
    def truths(self) -> dict[str, tuple[Any, Any]]:
        """The arguments of which one's own module knows the default."""
        layer = self.layer
        return {
            "bias": (layer.bias, True),
            "output_bias": (layer.output_bias, True),
            "causal": (layer.causal, False),
        }

    @property
    def windows(self) -> tuple[Any, ...]:
        """Map, window, shift and dilation per axis, and whether differences of places have learned numbers."""
        layer, spatial = self.layer, self.x.spatial
        window = layer.window or spatial
        shift = tuple(0 if w == n else s for n, w, s in zip(spatial, window, layer.shift, strict=True))
        numbers = (spatial, window, shift, layer.dilation)
        return (*(AsIs(row(each)) for each in numbers), layer.position_bias == "relative")

    @property
    def tensors(self) -> str:
        """The inputs, as the arguments of a call."""
        given = "{0}, {1}" if self.key_input else "{0}"
        return f"{given}, values={{{len(self.inputs) - 1}}}" if self.layer.values else given
