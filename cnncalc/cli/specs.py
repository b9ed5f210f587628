"""`cnncalc specs`."""

from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.report.specs import specs_document, specs_json
from cnncalc.spec.library import open_model, shipped
from cnncalc.spec.reader import read

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def specs(
    format: Annotated[str, common.choice(("text", "json", "markdown"), "What to write.", "--format", "-f")] = "text",
    output: common.Output = None,
    color: common.Color = "auto",
) -> None:
    """The specs that ship with cnncalc; every command takes them by name."""
    models = {name: read(open_model(path))[0] for name, path in shipped().items()}
    analyses = {name: analyze(spec) for name, spec in models.items() if spec}
    if format == "json":
        common.write_json(specs_json(analyses), output)
    else:
        common.write_document(specs_document(analyses), format, output, color)
