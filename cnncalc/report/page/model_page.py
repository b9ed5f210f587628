"""The report of `report`: one page per model, or one for several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from cnncalc.report.page._assembly import PageParts
from cnncalc.report.page._body import page_body
from cnncalc.report.page._charts import charts_data
from cnncalc.report.page._comparison import comparison_data
from cnncalc.report.page._context import PageModel, Texts
from cnncalc.report.page._details import details_data
from cnncalc.report.page._field import field_data
from cnncalc.report.page._graph import graph_data
from cnncalc.report.page._layers import layers_data
from cnncalc.report.page._values import values_data
from cnncalc.report.report import Report
from cnncalc.report.views.compare import ComparisonReport

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.forward.run.network import Network


class ModelPage(Report):
    """A page with everything about models: graph, layers, receptive fields, charts and values.

    Attributes:
        analyses: the numbers of the models.
        networks: the models with their weights, to be run; for one that cannot be run, the reason; None for one whose
            values are not wanted.
        depth: how many levels of the tree a drawing shows; None for all of them as SVG, for as many as there is room
            for as TikZ, and for one in a notebook.
    """

    __slots__ = ("analyses", "depth", "networks")
    own_writers: ClassVar = {"html": ("page", "page._assembly:whole_page")}

    def __init__(
        self, analyses: Sequence[Analysis], networks: Sequence[Network | str | None], depth: int | None = None
    ) -> None:
        self.analyses = analyses
        self.networks = networks
        self.depth = depth

    def page(self) -> PageParts:
        """What the page consists of."""
        texts = Texts()
        pairs = zip(self.analyses, self.networks, strict=True)
        models = [PageModel(analysis, texts, network, len(self.analyses)) for analysis, network in pairs]
        comparison = ComparisonReport.of(self.analyses) if len(models) > 1 else None
        data: dict[str, Any] = {
            "version": 1,
            "models": [_model_data(model) for model in models],
            "comparison": comparison and comparison_data(models, comparison),
        }
        title = ", ".join(analysis.spec.name for analysis in self.analyses)
        return PageParts(title, page_body(models, comparison), {**data, "texts": texts.all()})

    def svg(self) -> Iterator[str]:
        """The graph of the first model."""
        from cnncalc.exporting.drawing.svg import svg

        return svg(self.analyses[0].spec, self.depth)

    def tikz(self) -> Iterator[str]:
        """A figure of the first model."""
        from cnncalc.exporting.drawing.tikz import tikz

        return tikz(self.analyses[0].spec, self.depth)

    def render(self, format: str = "html") -> str:
        """The page, or its graph: `html`, `svg` or `tikz`.

        Raises:
            ValueError: there is no such format.
        """
        return super().render(format)

    def _repr_html_(self) -> str:
        """The graph and the totals, for notebooks, with a link that saves the page."""
        from cnncalc.report.page._notebook import notebook_html

        return "".join(notebook_html(self))


def _model_data(model: PageModel) -> dict[str, Any]:
    return {
        "name": model.spec.name,
        "layers": layers_data(model),
        "drawings": graph_data(model),
        "details": details_data(model),
        "fields": field_data(model),
        "charts": charts_data(model),
        "values": values_data(model),
    }
