"""Which report shows a result, by name: results are below reports, and import none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Protocol

    class Shown(Protocol):
        """A report, as far as a result hands it on."""

        def to_dict(self) -> dict[str, Any]: ...

        def render(self, format: str = "text") -> str: ...

        def _repr_html_(self) -> str: ...


REPORTS = {
    "Analysis": "report.views.summarize:SummaryReport",
    "Checked": "report.findings.validation:report_on_checked",
    "Verification": "report.views.running.verify:VerificationReport",
}
"""The class of a result → what makes its report, as `module:function`."""


def report_on(result: object) -> Shown:
    """The report that the command writes of this result; its module is imported only then."""
    from importlib import import_module

    module, _, name = REPORTS[type(result).__name__].partition(":")
    report: Shown = getattr(import_module(f"cnncalc.{module}"), name)(result)
    return report
