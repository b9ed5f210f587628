"""`cnncalc homework gradescope-kit`."""

import os
from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.homework.grade import read_rubric_file
from cnncalc.cli.homework.sheet import DEFAULT, Ask, asked
from cnncalc.homework.kit import kit
from cnncalc.homework.questions import sheet_of
from cnncalc.homework.scoring import FOLLOW_THROUGH

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def gradescope_kit(
    model: common.Model,
    output: Annotated[str, typer.Option("--output", "-o", metavar="ZIP", help="The zip file to upload.")],
    ask: Ask = DEFAULT,
    rubric: Annotated[str | None, typer.Option("--rubric", metavar="FILE", help="Points by column and layer.")] = None,
    follow_through: Annotated[
        str, common.choice(tuple(FOLLOW_THROUGH), "Points for what follows from an earlier slip.", "--follow-through")
    ] = "full",
    reveal: Annotated[str, common.choice(("never", "always"), "Solutions in the feedback.", "--reveal")] = "never",
    variant: common.Variant = None,
    set: common.Set = None,
    input: common.Input = None,
    convention: common.Convention = None,
    layout: common.Layout = None,
) -> None:
    """A Gradescope autograder in one zip file: the key, the scripts, and cnncalc itself."""
    spec = common.load(model, common.chosen(input, convention, layout, variant, set))
    files = {}
    options = ["--ask", ask, "--follow-through", follow_through, "--reveal", reveal]
    if rubric is not None:
        read_rubric_file(rubric, sheet_of(analyze(spec), asked(ask)))  # its mistakes are told here, not there
        with open(rubric, encoding="utf-8") as file:
            files["rubric.yaml"] = file.read()
        options += ["--rubric", "kit:rubric.yaml"]
    for name, value in (("input", input), ("convention", convention), ("layout", layout), ("variant", variant)):
        options += [f"--{name}", value] if value else []
    for each in set or []:
        options += ["--set", each]
    with common.written(output) as target:
        target.write(kit(spec.source.text, options, files))
    print(f"{output}: upload it as the autograder of a programming assignment ({os.path.getsize(output):,} bytes)")
