"""`cnncalc homework gradescope-kit`."""

import os
import re
from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.homework._scoring import ScoringOptions
from cnncalc.cli.homework.sheet import DEFAULT, Ask, asked, asked_about
from cnncalc.homework.gradebook.filenames import MAX_BYTES, legal
from cnncalc.homework.gradebook.gradescope_kit import kit
from cnncalc.source.files import read_file
from cnncalc.spec.reader import Spec


def gradescope_kit(
    model: common.Model,
    output: Annotated[str, common.value("ZIP", "The zip file to upload.", "--output", "-o")],
    ask: Ask = DEFAULT,
    *,
    scoring: ScoringOptions,
    reveal: Annotated[str, common.choice(("never", "always"), "Solutions in the feedback.", "--reveal")] = "never",
    overrides: common.ModelOptions,
) -> None:
    """A Gradescope autograder in one zip file.

    It contains the key, the scripts, and cnncalc itself.
    """
    spec = common.load(model, overrides)
    sheet = asked_about(spec, asked(ask))
    files = {}
    options = ["--ask", ask, "--follow-through", scoring.follow_through, "--reveal", reveal]
    if scoring.rubric is not None:
        scoring.rules([sheet])  # its mistakes are reported here, not there
        files["rubric.yaml"] = read_file(scoring.rubric).text
        options += ["--rubric", "kit:rubric.yaml"]
    # fixed here, so that no hand-in can change it
    settings = {
        "input": overrides.input,
        "convention": spec.convention,
        "layout": spec.layout,
        "variant": spec.variant,
    }
    for name, value in settings.items():
        options += [f"--{name}", value] if value else []
    for name, value in overrides.vars:
        options += ["--set", f"{name}={value}"]
    with common.written_file(output) as file:
        file.write(kit(spec.source.text, options, files, _key_name(spec)))
    print(f"{output}: upload it as the autograder of a programming assignment ({os.path.getsize(output):,} bytes)")


def _key_name(spec: Spec) -> str:
    """The name of the key in the kit, as a word that no shell takes apart.

    Sheets carry the name of the model. If the key has none in its text, it is that of the file, which is kept here.
    """
    if spec.written.definitions.names_the_model:
        return "key.yaml"
    name = re.sub(r"\W+", "-", legal(spec.name, most=MAX_BYTES))
    return f"key/{name}.yaml"
