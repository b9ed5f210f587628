"""What has a learned number of its own: each channel, each value, each position, or all values together."""

from __future__ import annotations

from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Choice

PER = Choice("channel", "value", "position", "all")
WHAT_PER = (
    "what has a learned number of its own: each channel, each value (channel and position), each position, or all "
    "values together"
)


def shape_per(per: str, x: Shape) -> tuple[int, ...]:
    """The shape of an array with one number for each of these; it spreads over a batch of inputs."""
    shapes = {"channel": (x.channels,), "value": (*x.spatial, x.channels), "position": (*x.spatial, 1), "all": (1,)}
    return shapes[per]


def in_short(noun: str) -> dict[str, str]:
    """What a table says of each choice, given what each has: `slope`."""
    return {"channel": "", "value": f"a {noun} per value", "position": f"a {noun} per position", "all": f"one {noun}"}
