"""Charts, for `web/src/charts.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel


def charts_data(model: PageModel) -> Any:
    """What the page knows of it."""
    return {}
