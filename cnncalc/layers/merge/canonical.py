"""Merges as they are compared."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.canonical import Canonical, Computation, form_along, named_axis
from cnncalc.settings.axes import CHANNELS


class _Merging(Canonical):
    """One that leaves a single tensor as it is."""

    commutes = False
    associates = False

    @property
    def has_no_axes(self) -> bool:
        several = {x.spatial for x in self.inputs if set(x.spatial) - {1}}
        return len(several) < 2

    def calculations(self) -> Sequence[Computation]:
        if len(self.inputs) == 1:
            return ()
        return (self.calculation(commutes=self.commutes, associates=self.associates),)


class AddCanonical(_Merging):
    commutes = associates = True


class MultiplyCanonical(_Merging):
    commutes = associates = True


class MaximumCanonical(_Merging):
    commutes = associates = True


class MinimumCanonical(_Merging):
    commutes = associates = True


class AverageCanonical(_Merging):
    commutes = True


class WeightedAddCanonical(Canonical):
    """The weights go with their tensors."""

    def calculations(self) -> Sequence[Computation]:
        return (self.calculation(commutes=True),)


class SubtractCanonical(_Merging):
    pass


class DivideCanonical(_Merging):
    pass


class ConcatCanonical(_Merging):
    def calculations(self) -> Sequence[Computation]:
        axis = self.layer.axis
        joins = named_axis(self.output, axis), form_along(self.output, axis)
        return [each._replace(associates=True, joins=joins) for each in super().calculations()]

    @property
    def has_no_axes(self) -> bool:
        return bool(self.layer.axis == CHANNELS)


class MatmulCanonical(Canonical):
    """Its matrices have a row for each position, in whatever form these are."""

    has_no_axes = True
