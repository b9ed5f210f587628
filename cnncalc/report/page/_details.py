"""What the panel of a layer shows, for `web/src/details.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel


def details_data(model: PageModel) -> Any:
    """What the page knows of it."""
    return {}
