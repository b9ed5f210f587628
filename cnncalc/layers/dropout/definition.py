"""Kinds that only drop values during training change nothing afterwards."""

from cnncalc.layers.definition import Unchanged


class DropoutDefinition(Unchanged):
    """The same values."""


class SpatialDropoutDefinition(Unchanged):
    """The same values."""


class DropPathDefinition(Unchanged):
    """The same values."""
