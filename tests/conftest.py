"""Settings of hypothesis: no deadlines; the same examples every time where CI is set. Which tests run unless named."""

import os
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from cnncalc.report import progress
from cnncalc.report.views import specs

# Otherwise Keras asks for TensorFlow, which no test needs.
os.environ.setdefault("KERAS_BACKEND", "torch")

settings.register_profile(
    "local", deadline=None, max_examples=60, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

progress.INTERVAL = 3600.0  # a slow machine must not add lines to what tests compare
specs._analysed = cache(specs._analysed)  # `specs` is called often, and what ships does not change

BY_NAME = ("nightly", "network")
"""Markers of tests that run only where `-m` names them."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what `-m` does not name, as `addopts` does where there is no `-m` on the command line."""
    unnamed = [marker for marker in BY_NAME if marker not in (config.option.markexpr or "")]
    left_out = {item for item in items if any(item.get_closest_marker(marker) for marker in unnamed)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
