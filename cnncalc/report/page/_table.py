"""The table of everything, which stands without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.report.page._context import PageModel


def table_html(model: PageModel) -> Iterator[str]:
    """The table, piece by piece."""
    yield ""
