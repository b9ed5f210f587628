"""Networks as an exercise describes them: plain data, and their text in the spec language."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str, str]
"""A layer's name (or `total`) and a column: one answer of a sheet."""

Value = int | tuple[int, ...] | str
"""An answer as a student writes it: a number, sizes, or words (`global`, `12.5 KiB`)."""

COLUMNS = ("output", "params", "receptive_field", "macs")
WINDOWS = ("conv", "depthwise_conv", "conv_transpose", "max_pool", "avg_pool")
POOLS = ("max_pool", "avg_pool")
CONVOLUTIONS = ("conv", "depthwise_conv", "conv_transpose")


@dataclass(frozen=True)
class Layer:
    """One layer; of the settings it has those of its kind, one number per axis where there are axes."""

    kind: str
    name: str
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: int | str = 0
    dilation: int = 1
    groups: int = 1
    filters: int = 0  # of a dense layer: its units
    multiplier: int = 1
    bias: bool = True
    norm: bool = False
    activation: str = ""
    rate: float = 0.5  # of a dropout

    def text(self) -> str:
        """The layer in the spec language."""
        settings = [f"name: {self.name}"]
        sizes = "x".join(map(str, self.kernel))
        if self.kind in ("conv", "conv_transpose"):
            settings.append(f"kernel: {sizes}")
        if self.kind in WINDOWS:
            settings += [f"stride: {'x'.join(map(str, self.stride))}", f"padding: {self.padding}"]
        settings += [f"dilation: {self.dilation}"] if self.dilation > 1 else []
        settings += [f"groups: {self.groups}"] if self.groups > 1 else []
        settings += [f"multiplier: {self.multiplier}"] if self.multiplier > 1 else []
        settings += ["bias: false"] if not self.bias else []
        settings += ["norm: batch_norm"] if self.norm else []
        settings += [f"activation: {self.activation}"] if self.activation else []
        value = {"depthwise_conv": sizes, "max_pool": sizes, "avg_pool": sizes, "dropout": self.rate}
        said = value.get(self.kind, self.filters or "")
        return f"  - {{{self.kind}: {said}, {', '.join(settings)}}}"


@dataclass(frozen=True)
class Network:
    """A network, what is asked about it, and what the exercise says besides."""

    spatial: tuple[int, ...]
    channels: int
    layers: tuple[Layer, ...]
    convention: str = "lecture"
    channels_last: bool = True
    ask: tuple[str, ...] = (*COLUMNS, "total", "memory")
    memory_unit: str = "bytes"  # in which memory is to be given: bytes, KiB, MiB
    batch: int = 32  # how many images the exercise says a batch has

    def text(self) -> str:
        """The network in the spec language."""
        sizes = (*self.spatial, self.channels) if self.channels_last else (self.channels, *self.spatial)
        return "\n".join(
            [
                "name: random",
                f"input: {'x'.join(map(str, sizes))}",
                f"convention: {self.convention}",
                f"layout: {'channels_last' if self.channels_last else 'channels_first'}",
                "layers:",
                *(layer.text() for layer in self.layers),
            ]
        )

    def places(self) -> list[Place]:
        """The answers that are asked for, in the order of a sheet."""
        columns = [column for column in COLUMNS if column in self.ask]
        places = [(layer.name, column) for layer in self.layers for column in columns]
        if "total" in self.ask:
            totals = [column for column in ("params", "macs", "memory") if column in self.ask]
            places += [("total", column) for column in totals or ["params"]]
        return places


def column_of(place: Place) -> str:
    """Which column an answer belongs to; sums have one of their own, and memory too."""
    entry, column = place
    return column if entry != "total" or column == "memory" else "total"
