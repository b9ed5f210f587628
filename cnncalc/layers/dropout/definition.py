"""What only drops values while training changes nothing afterwards."""

from cnncalc.layers.definition import Unchanged


class DropoutDefinition(Unchanged):
    """The same values."""


class SpatialDropoutDefinition(Unchanged):
    """The same values."""


class DropPathDefinition(Unchanged):
    """The same values."""
