"""What kinds with filters have in common that may standardise them before use, and learn a factor for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any

from cnncalc import formulas
from cnncalc.layers.base import Initial, Layer, Problem, Weight, normalised
from cnncalc.settings.setting import setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import TRUTH, Real, TruthOr

SCALED = "scaled"


class Standardizing(Layer):
    """Filters that may be standardised. The last axis of `kernel` numbers them; all others are a filter's own weights.

    Source: Qiao et al., Micro-batch training with batch-channel normalization and weight standardization (2019); Brock
    et al., Characterizing signal propagation to close the performance gap in unnormalized ResNets (2021).
    """

    standardize = setting(
        TruthOr(SCALED),
        "`true`: the weights of each filter are used minus their mean and divided by their deviation; `scaled`: also "
        "divided by the root of their number",
        "false",
        short=lambda how: f"standardized, {how}" if how == SCALED else "standardized" if how else "",
        since=2,
    )
    gain = setting(TRUTH, "a learned factor per filter", "false", short=lambda gain: "gain" if gain else "", since=2)
    epsilon = setting(
        Real(above=0), "where filters are standardised: a small number added to their variance", "1e-6", since=2
    )

    def problems(self, x: Shape) -> Iterator[Problem]:
        yield from super().problems(x)
        if self.standardize and formulas.product(self.weights(x)["kernel"].shape[:-1]) == 1:
            message = "`standardize` has no meaning for filters of a single weight"
            label = "minus its mean, it would always be 0"
            yield Problem("CNN219", "standardize", message, label, ("write `standardize: false`",))
        if not self.standardize and not self.is_default("epsilon"):
            message = "`epsilon` has no meaning without `standardize`"
            yield Problem("CNN219", "epsilon", message, "", ("add `standardize: true`, or leave `epsilon` out",))

    def with_gain(self, weights: Mapping[str, Weight]) -> Mapping[str, Weight]:
        """Its arrays, and the factors if it learns any."""
        return {**weights, "gain": Weight(weights["kernel"].shape[-1:])} if self.gain else weights

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        return 1.0 if name == "gain" else super().initial_values(name, shape)

    @property
    def prepares_kernel(self) -> bool:
        return bool(self.standardize or self.gain)

    def used_kernel(self, xp: Any, weights: Mapping[str, Any]) -> Any:
        kernel = weights["kernel"]
        if self.standardize:
            kernel = normalised(xp, kernel, tuple(range(kernel.ndim - 1)), self.epsilon)
        if self.standardize == SCALED:
            kernel /= kernel.dtype.type(sqrt(formulas.product(kernel.shape[:-1])))
        return kernel * weights["gain"] if self.gain else kernel
