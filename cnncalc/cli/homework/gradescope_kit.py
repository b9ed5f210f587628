"""`cnncalc homework gradescope-kit`."""

import os
import re
import sys
from typing import Annotated

from cnncalc.cli import FINDINGS, common
from cnncalc.cli.homework._feedback import ONE_SPELLING, FeedbackSaidOptions
from cnncalc.cli.homework._gradescope import KitOptions
from cnncalc.cli.homework._keys import open_folder
from cnncalc.cli.homework._scoring import ScoringOptions
from cnncalc.cli.homework.sheet import DEFAULT, Ask, asked, asked_about
from cnncalc.cli.options.declared import Positional
from cnncalc.homework.gradebook.filenames import MAX_BYTES, legal
from cnncalc.homework.gradebook.gradescope_kit import kit
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.text import clean
from cnncalc.source.files import read_file
from cnncalc.spec.reader import Spec
from cnncalc.spec.top_level import Overrides

TOGETHER = (ONE_SPELLING,)


def gradescope_kit(
    model: Annotated[str, Positional("MODEL", help="A spec, as everywhere, or a folder of specs.")],
    output: Annotated[str, common.value("ZIP", "The zip file to upload.", "--output", "-o")],
    ask: Ask = DEFAULT,
    *,
    scoring: ScoringOptions,
    said: FeedbackSaidOptions,
    rules: KitOptions,
    overrides: common.ModelOptions,
) -> None:
    """A Gradescope autograder in one zip file.

    It contains the key or keys, the scripts, and cnncalc itself.
    """
    key, files, sheets, fixed = (_folder if os.path.isdir(model) else _spec)(model, overrides, asked(ask))
    options = ["--ask", ask, "--follow-through", scoring.follow_through, *said.words]
    if scoring.rubric is not None:
        scoring.rules(sheets)  # its mistakes are reported here, not there
        files["rubric.yaml"] = read_file(scoring.rubric).text
        options += ["--rubric", "kit:rubric.yaml"]
    options += ["--visible", rules.visible, "--feedback-visible", rules.feedback_visible]
    options += ["--tries", str(rules.tries)] if rules.tries else []
    with common.written_file(output) as file:
        file.write(kit(key, [*options, *fixed], files))
    print(f"{output}: upload it as the autograder of a programming assignment ({os.path.getsize(output):,} bytes)")


class _Contents(NamedTuple):
    """What a kit grades with: the name of the key in it, files, sheets, and options that no hand-in can change."""

    key: str
    files: dict[str, str]
    sheets: list[Sheet]
    fixed: list[str]


def _spec(model: str, overrides: Overrides, ask: list[str]) -> _Contents:
    spec = common.load(model, overrides)
    settings = overrides._replace(convention=spec.convention, layout=spec.layout, variant=spec.variant or None)
    name = _key_name(spec)
    return _Contents(name, {name: spec.source.text, **spec.parsed.files}, [asked_about(spec, ask)], _fixed(settings))


def _folder(folder: str, overrides: Overrides, ask: list[str]) -> _Contents:
    keys = open_folder(folder, overrides, ask, option="MODEL")
    if notes := keys.unusable():
        print("\n".join(clean(f"cnncalc: {note}") for note in notes), file=sys.stderr)
        raise SystemExit(FINDINGS)
    # a sheet says whose it is
    paths = [path for file in keys.files for path in (file.path, *file.sheets[:1])]
    files = {f"keys/{os.path.basename(path)}": read_file(path).text for path in paths}
    return _Contents("keys", files, keys.sheets(), _fixed(overrides))


def _fixed(overrides: Overrides) -> list[str]:
    """The options that decide how a key is read."""
    names = ("convention", "layout", "variant", "until", "after")
    inputs = [word for value in overrides.inputs.values for word in ("--input", value)]
    options = [word for name in names if (value := getattr(overrides, name)) for word in (f"--{name}", value)]
    return [*inputs, *options, *(word for name, value in overrides.vars for word in ("--set", f"{name}={value}"))]


def _key_name(spec: Spec) -> str:
    """The name of the key in the kit, as a word that no shell takes apart.

    Sheets carry the name of the model. If the key has none in its text, it is that of the file, which is kept here.
    """
    if spec.written.definitions.names_the_model:
        return "key.yaml"
    name = re.sub(r"\W+", "-", legal(spec.name, most=MAX_BYTES))
    return f"key/{name}.yaml"
