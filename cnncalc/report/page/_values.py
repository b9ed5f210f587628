"""Values, for `web/src/values.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel


def values_data(model: PageModel) -> Any:
    """What the page knows of it."""
    return {}
