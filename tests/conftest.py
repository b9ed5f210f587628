"""Settings of hypothesis: no deadlines; the same examples every time where CI is set."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "local", deadline=None, max_examples=60, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
