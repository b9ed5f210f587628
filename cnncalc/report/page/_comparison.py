"""Models side by side, for `web/src/comparison.ts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel


def comparison_data(models: Sequence[PageModel]) -> Any:
    """What the page knows of it."""
    return {}
