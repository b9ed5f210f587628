"""No option is silently ignored: it changes something, or the command says what it goes with.

Every option of every command is tried in every format, and given twice; a new one without an example fails by name.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS, homework
from cnncalc.cli.options.declared import Command, Parameter, command_module
from cnncalc.report.findings.validation import ValidationReport
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.views.homework.grade import GradesReport
from cnncalc.report.views.solve import SolveReport

NET = """\
name: net
input: 12x13x1
vars: {width: 4, kernel: 4, units: 10}
variants: {wide: {vars: {width: 8, kernel: 2}}}
layers:
  - {conv: $width, kernel: $kernel, padding: same, norm: batch_norm, activation: relu, repeat: 3}
  - {conv: 3x3x$width, padding: 1, repeat: 3, name: same}
  - {conv: 3x3x$width, stride: 2, padding: 1, name: last}
  - flatten
  - dense: $units
"""
SHARED = {
    "variant": ["--variant", "wide"],
    "set": ["--set", "kernel=3"],
    "until": ["--until", "same"],
    "after": ["--after", "last"],
    "input": ["--input", "16x17"],
    "convention": ["--convention", "keras"],
    "layout": ["--layout", "channels_first"],
    "color": ["--color", "always"],
    "output": ["-o", "out.txt"],
    "names": ["--names", "short"],
    "depth": ["--depth", "1"],
    "fold": ["--fold"],
}
"""An example of every option that several commands have, by parameter."""

BASES = {
    "summarize": ["net.yaml"],
    "explain": ["net.yaml"],
    "hyperparameters": ["net.yaml"],
    "receptive-field": ["net.yaml"],
    "receptive-field --layer": ["net.yaml", "--layer", "last"],
    "forward": ["net.yaml"],
    "forward --trace": ["net.yaml", "--trace", "last"],
    "forward --shift": ["net.yaml", "--shift", "1,0"],
    "verify": ["net.yaml"],
    "compare": ["net.yaml", "other.yaml"],
    "validate": ["wrong.yaml", "net.yaml"],
    "schema": ["summary"],
    "rule": ["CNN204"],
    "solve": ["n_in=32, k=5, s=1, n_out=32"],
    "solve --layer": ["net.yaml", "--layer", "last", "--output", "6x6"],
    "solve --params": ["net.yaml", "--params", "<= 10k", "--vary", "width"],
    "solve --macs": ["net.yaml", "--macs", "<= 200k", "--vary", "width"],
    "solve --sizes": ["net.yaml", "--sizes"],
    "solve --cover": ["net.yaml", "--cover"],
    "specs": [],
    "new": [],
    "import": [str(Path(__file__).parents[2] / "examples" / "import" / "digits.pt2")],
    "export": ["net.yaml", "--to", "dot"],
    "report": ["net.yaml"],
    "homework sheet": ["net.yaml"],
    "homework grade": ["answers.yaml", "--key", "net.yaml"],
    "homework grade of a class": ["class", "--key", "net.yaml"],
    "homework grade --fill": ["class", "--key", "net.yaml", "--fill", "export.csv", "--assignment", "HW1"],
    "homework gradescope-kit": ["net.yaml", "-o", "kit.zip"],
    "homework exercise": ["--seed", "1"],
    "homework exercise -o": ["--seed", "1", "-o", "folder"],
    "homework exercise --roster": [
        "--roster", "roster.csv", "--assignment", "HW1", "--secret-file", "secret", "-o", "folder"
    ],
}  # fmt: skip
"""Ways to call each command; words from the second on that are no command say which way."""

DOCUMENTS = tuple(name for name, format in FORMATS.items() if format.form == "document")
TABLES = tuple(name for name, format in FORMATS.items() if format.form == "table")
REFUSED = {
    ("homework grade of a class", "gradescope"),  # Gradescope hands in one file
    *(("forward --trace", format) for format in TABLES),  # a window is no table
}
"""Ways to call a command, and formats that they do not have."""
GRADE_FORMATS = formats_of(GradesReport)
SOLVE_FORMATS = tuple(format for format in formats_of(SolveReport) if format != "json")
VALIDATE_FORMATS = formats_of(ValidationReport)
EXAMPLES: dict[str, dict[str, list[str]]] = {
    "summarize": {
        "columns": ["--columns", "name,params"],
        "sort": ["--sort", "params"],
        "dtype": ["--dtype", "float16"],
        "batch": ["--batch", "4"],
    },
    "explain": {"layers": ["last"], "legend": ["--legend"]},
    "hyperparameters": {"columns": ["--columns", "layer,kind"]},
    "receptive-field": {
        "layer": ["--layer", "last"],
        "at": ["--at", "1,2"],
        "cover": ["--cover", "64"],
        "all_": ["--all"],
        "columns": ["--columns", "layer,size"],
    },
    "forward": {
        "columns": ["--columns", "layer,max"],
        "input_data": ["--input-data", "data.npy"],
        "resize": ["--resize"],
        "weights": ["--weights", "weights.npz"],
        "seed": ["--seed", "7"],
        "dtype": ["--dtype", "float64"],
        "layer": ["--layer", "last"],
        "all_": ["--all"],
        "trace": ["--trace", "last"],
        "at": ["--at", "1,1"],
        "channel": ["--channel", "1"],
        "shift": ["--shift", "1,0"],
        "fuse": ["--fuse"],
        "save": ["--save", "all.npz"],
        "save_weights": ["--save-weights", "saved.npz"],
    },
    "verify": {"quick": ["--quick"], "columns": ["--columns", "layer,params"]},
    "compare": {
        "fail_if": ["--fail-if", "params > +1%"],
        "exit_code": ["--exit-code"],
        "allow_folded": ["--exit-code", "--allow-folded"],
        "columns": ["--columns", "layer,params"],
    },
    "validate": {
        "select": ["--select", "CNN521"],
        "ignore": ["--ignore", "CNN502"],
        "expect": ["--expect", "params < 5"],
        "fail_level": ["--fail-level", "never"],
        "verify": ["--verify"],
        "quiet": ["--quiet"],
        "statistics": ["--statistics"],
        "stdin_filename": ["--stdin-filename", "x.yaml"],
    },
    "rule": {"all_": ["--all"]},
    "solve": {
        "transposed": ["--transposed"],
        "layer": ["--layer", "last"],
        "wanted": ["--output", "6x6"],
        "params": ["--params", "<= 10k"],
        "macs": ["--macs", "<= 200k"],
        "vary": ["--vary", "width"],
        "step": ["--step", "3"],
        "sizes": ["--sizes"],
        "up_to": ["--up-to", "20"],
        "cover": ["--cover"],
        "file": ["-o", "out.txt"],
    },
    "specs": {"all_": ["--all"]},
    "new": {"path": ["mine.yaml"]},
    "import": {
        "flat": ["--flat"],
        "strict": ["--strict"],
        "update": ["--update", "net.yaml"],
        "force": ["--force"],
    },
    "export": {
        "to": ["--to", "mermaid"],
        "flat": ["--flat"],
        "weights": ["--weights", "weights.npz"],
        "seed": ["--seed", "7"],
        "weights_to": ["--weights-to", "saved.npz"],
        "force": ["--force"],
    },
    "report": {
        "input_data": ["--input-data", "data.npy"],
        "resize": ["--resize"],
        "weights": ["--weights", "weights.npz"],
        "seed": ["--seed", "7"],
        "dtype": ["--dtype", "float64"],
        "no_values": ["--no-values"],
    },
    "homework sheet": {
        "ask": ["--ask", "params"],
        "key": ["--key"],
        "rubric": ["--rubric", "rubric.yaml"],
        "language": ["--language", "de"],
        "figure": ["--figure"],
    },
    "homework grade": {
        "key": ["--key", "net.yaml"],
        "ask": ["--ask", "params"],
        "rubric": ["--rubric", "rubric.yaml"],
        "follow_through": ["--follow-through", "none"],
        "tolerance": ["--tolerance", "0.5"],
        "by": ["--by", "question"],
        "reveal": ["--reveal", "always"],
        "feedback_level": ["--feedback-level", "name"],
        "language": ["--language", "de"],
        "feedback": ["--feedback", "feedback"],
        "feedback_format": ["--feedback-format", "html"],
        "fill": ["--fill", "export.csv"],
        "assignment": ["--assignment", "HW1"],
        "attempt": ["--attempt", "last"],
        "force": ["--force"],
        "feedback_zip": ["--feedback-zip", "feedback.zip"],
        "comments": ["--comments", "remarks"],
        "mail_merge": ["--mail-merge", "mail.csv"],
        "review": ["--review", "review.csv"],
        "decisions": ["--decisions", "decisions.csv"],
        "pseudonyms": ["--pseudonyms"],
        "secret_file": ["--secret-file", "secret"],
        "roster": ["--roster", "roster.csv"],
        "due": ["--due", "2026-11-30"],
        "late": ["--late", "10% per day"],
        "statistics": ["--statistics", "statistics.csv"],
        "visible": ["--visible", "after_published"],
        "feedback_visible": ["--feedback-visible", "after_due_date"],
        "tries": ["--tries", "3"],
        "submission_metadata": ["--submission-metadata", "metadata.json"],
    },
    "homework gradescope-kit": {
        "ask": ["--ask", "params"],
        "rubric": ["--rubric", "rubric.yaml"],
        "follow_through": ["--follow-through", "none"],
        "reveal": ["--reveal", "always"],
        "feedback_level": ["--feedback-level", "name"],
        "language": ["--language", "de"],
        "visible": ["--visible", "after_published"],
        "feedback_visible": ["--feedback-visible", "after_due_date"],
        "tries": ["--tries", "3"],
    },
    "homework exercise": {
        "seed": ["--seed", "2"],
        "level": ["--level", "3"],
        "layers": ["--layers", "6"],
        "count": ["--count", "2"],
        "roster": ["--roster", "roster.csv"],
        "assignment": ["--assignment", "HW2"],
        "secret_file": ["--secret-file", "other"],
        "ask": ["--ask", "params"],
        "rubric": ["--rubric", "rubric.yaml"],
        "language": ["--language", "de"],
        "figure": ["--figure"],
    },
}
"""An example of every further option, by command and parameter."""

WITHOUT_EFFECT = {
    ("receptive-field json", "all_"): "JSON has all layers",
    ("forward json", "all_"): "JSON has all layers",
    ("forward --shift json", "layer"): "JSON has all layers",
    **{(f"forward {format}", "layout"): "what is shown is a vector" for format in DOCUMENTS},
    **{(f"forward --shift {format}", "layout"): "no map is shown" for format in (*DOCUMENTS, *TABLES)},
    **{(f"forward --trace {format}", "dtype"): "the digits that are shown are the same" for format in DOCUMENTS},
    **{
        (f"forward --shift {format}", "dtype"): "the digits that are shown are the same"
        for format in (*DOCUMENTS, *TABLES)
    },
    **{(f"forward {format}", "all_"): "a table of values has all layers" for format in TABLES},
    **{(f"validate {format}", "verify"): "what is proven is no finding" for format in VALIDATE_FORMATS},
    ("solve --layer json", "variant"): "the same settings give that size",
    ("solve --sizes json", "variant"): "the same sizes fit",
    **{(f"solve --cover {format}", "convention"): "the fields are the same" for format in SOLVE_FORMATS},
    **{(f"solve --cover {format}", "layout"): "shown where a way changes a shape" for format in SOLVE_FORMATS},
    ("specs json", "all_"): "JSON has all variants",
    ("import", "strict"): "all of the file is understood",
    ("export", "convention"): "a drawing has no parameters",
    ("homework sheet csv", "layout"): "a table of blanks; answers are read in that order",
    **{
        (f"{way} {format}".strip(), name): reason
        for way, formats in (
            ("homework grade", GRADE_FORMATS),
            ("homework grade of a class", GRADE_FORMATS),
            ("homework grade --fill", ("",)),
        )
        for format in formats
        for name, reason in (
            ("attempt", "nobody here hands in twice: tests/homework/test_attempts.py"),
            ("force", "all sheets here are the key's: tests/homework/test_record.py"),
            ("roster", "all names here are those of their students: tests/homework/test_returning.py"),
            ("submission_metadata", "nothing was handed in before: tests/homework/test_gradescope.py"),
            ("due", "in a table, where nothing is deducted, JSON alone has notes: tests/homework/test_lateness.py"),
        )
    },
}
"""Options that change nothing in a way to call a command and a format, each with the reason."""


def _name(way: str) -> str:
    """The command in a way to call it."""
    first, _, rest = way.partition(" ")
    return f"homework {rest.split()[0]}" if first == "homework" else first


def _options(command: str) -> list[Parameter]:
    return [each for each in Command.of(command_module(command)).parameters if each.option.names]


def _commands() -> list[str]:
    return [
        *(name for name in COMMANDS if name != "homework"),
        *(f"homework {name}" for name in homework.COMMANDS),
    ]


def _example(command: str, param: Parameter) -> list[str]:
    own = EXAMPLES.get(command, {})
    return own[param.name] if param.name in own else SHARED[param.name]


def _formats(command: str) -> list[str]:
    format = next((each for each in _options(command) if each.name == "format"), None)
    return list(format.option.words) if format else [""]


def _with_slips(key: str, student: str) -> str:
    """The answers of a student: a size that is wrong, what follows from it, and a count that is almost right."""
    lines = [line for line in key.splitlines() if "#   " not in line]
    text = "\n".join(lines).replace("student: solutions", f"student: {student}")
    return text.replace("8x8x4", "7x7x4").replace("output: 256", "output: 196").replace("2,570", "2,571") + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call) -> Path:
    """All files that the examples name."""
    import numpy as np

    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    Path("other.yaml").write_text(NET.replace("width: 4", "width: 6"), encoding="utf-8")
    Path("wrong.yaml").write_text(NET + "expect: {output: 11}\n", encoding="utf-8")
    Path("class").mkdir()
    key = call("homework", "sheet", "net.yaml", "--key").out
    for name in ("answers.yaml", "class/ann.yaml", "class/bob.yaml"):
        Path(name).write_text(_with_slips(key, Path(name).stem), encoding="utf-8")
    Path("rubric.yaml").write_text("points: {params: 3}\n", encoding="utf-8")
    Path("export.csv").write_text("student,HW1,remarks\nann,,\nbob,,\n", encoding="utf-8")
    Path("decisions.csv").write_text("student,layer,column,decision\nAnn,a,params,0\n", encoding="utf-8")
    Path("roster.csv").write_text("name,email\nAnn,ann@x.org\nBob,bob@x.org\n", encoding="utf-8")
    for name in ("secret", "other"):
        Path(name).write_text(f"{name} that nobody knows, and is long", encoding="utf-8")
    Path("metadata.json").write_text("{}", encoding="utf-8")
    np.save("data.npy", np.ones((12, 13, 1), "float32"))
    call("forward", "net.yaml", "--seed", "3", "--save-weights", "weights.npz")
    return tmp_path


def _state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _run(call, folder: Path, arguments: list[str]) -> tuple[int, object]:
    before = _state(folder)
    result = call(*arguments)
    after = _state(folder)
    made = {name: data for name, data in after.items() if before.get(name) != data}
    for name in made:
        if name in before:
            (folder / name).write_bytes(before[name])
        else:
            (folder / name).unlink()
    shutil.rmtree(folder / "folder", ignore_errors=True)
    shutil.rmtree(folder / "feedback", ignore_errors=True)
    out = re.sub(r'"execution_time": [\d.]+', "", result.out)  # Gradescope is told how long it took
    return result.status, (out, result.err, made)


def test_every_option_has_an_example():
    missing = [
        f"{command}: {param.name}"
        for command in _commands()
        for param in _options(command)
        if param.name != "format" and param.name not in {**SHARED, **EXAMPLES.get(command, {})}
    ]
    assert not missing
    assert {_name(way) for way in BASES} == set(_commands())


@pytest.mark.slow
@pytest.mark.parametrize("way", BASES)
def test_an_option_changes_something_or_is_refused(call, folder: Path, way: str):
    """…in every format that the command has."""
    command, base = _name(way), BASES[way]
    # where scores go into a gradebook, or a spec to standard output, there is no format
    formats = [""] if way in ("homework grade --fill", "homework exercise") else _formats(command)
    ignored = []
    for format in formats:
        if (way, format) in REFUSED:
            continue
        arguments = [*command.split(), *base, *(["-f", format] if format else [])]
        plain = _run(call, folder, arguments)
        assert plain[0] != 2, plain
        for param in _options(command):
            # colours are for whoever looks at text: other formats and files never have any
            example = _example(command, param) if param.name not in ("format", "color") else []
            if not example or example[0] in base or (f"{way} {format}".strip(), param.name) in WITHOUT_EFFECT:
                continue
            changed = _run(call, folder, [*arguments, *example])
            if changed[0] != 2 and changed == plain:
                ignored.append(f"{way} {format} {' '.join(example)}")
    assert not ignored


@pytest.mark.parametrize("command", _commands())
@pytest.mark.usefixtures("folder")
def test_an_option_given_twice_is_refused(call, command: str):
    """The last one would hold, and the others be ignored."""
    for param in _options(command):
        example = _example(command, param) if param.name != "format" else ["--format", _formats(command)[0]]
        if param.is_list:
            continue
        way = next(base for way, base in BASES.items() if _name(way) == command)
        other = [*command.split(), *(word for word in way if word not in example)]
        found = call(*other, *example, *example)
        assert found.status == 2, (command, param.name)
        assert "Error: " in found.err
        assert found.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("solve net.yaml --params 1k --vary a --vary b", "--vary: it is given twice; leave one out"),
        ("summarize net.yaml -f json --format csv", "--format: it is given twice"),
        ("summarize net.yaml --set width=1 --set width=2", "--set: width is given twice"),
        ("summarize net.yaml@wide --variant wide", "net.yaml@wide is already the variant wide: name only one"),
        ("summarize efficientnet_b1 --variant efficientnet_b2", "efficientnet_b1 is already the variant"),
        ("summarize net.yaml --depth 1 -f json", "--depth: it does not go with --format json"),
        ("summarize net.yaml --batch 8 -f csv", "--batch: in csv it only changes the column memory"),
        ("verify net.yaml --depth 1 -f json", "--depth: it does not go with --format json"),
        ("receptive-field net.yaml --layer last --cover 9", "--cover: it does not go with --layer"),
        ("compare net.yaml other.yaml net.yaml --depth 1", "--depth: only two models are compared layer by layer"),
        ("receptive-field net.yaml --cover 9 -f csv", "--cover: it does not go with --format csv"),
        ("solve net.yaml --params 10k --vary width --set width=8", "--set: --vary also changes width"),
        ("solve net.yaml --layer last --output 7x7 --up-to 9", "--up-to: it needs --sizes too"),
        ("solve n_in=9,k=3,s=1 --set a=1", "--set: it needs --layer, --params, --macs, --sizes or --cover"),
        ("forward net.yaml --input-data data.npy --weights weights.npz --seed 0", "--seed: nothing is drawn"),
        ("validate net.yaml --stdin-filename x.yaml", "--stdin-filename: it needs `-`, standard input"),
        ("validate net.yaml --select CNN503 --ignore CNN5", "select: CNN503 is also under ignore"),
        ("rule CNN204 --all", "--all: it does not go with CODE"),
        ("homework exercise --seed 1 --ask params", "--ask: it needs --output too"),
        ("homework grade class --key net.yaml --reveal always", "--feedback-level full: a table of scores has no"),
        (
            "homework grade class --key net.yaml --fill export.csv --assignment HW1 -f csv",
            "--format: it does not go with --fill",
        ),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_what_is_said(call, arguments: str, message: str):
    found = call(*arguments.split())
    assert (found.status, found.out) == (2, "")
    assert message in " ".join(found.err.split())


@pytest.mark.usefixtures("folder")
def test_what_names_no_other_value_may_stand(call):
    for arguments in (
        "summarize net.yaml --set width=5 --set units=3",
        "validate net.yaml --select CNN5 --ignore CNN503",
        "validate net.yaml --ignore default",
        "summarize net.yaml --color never -f json",
        "summarize net.yaml --batch 8 -f csv --columns name,memory",
        "summarize net.yaml --layout channels_first --input 1x20x20 -f csv --columns name",
        "summarize --help --help",
    ):
        assert call(*arguments.split()).status == 0, arguments


@pytest.mark.usefixtures("folder")
def test_a_selection_that_the_project_ignores(call):
    Path("pyproject.toml").write_text('[tool.cnncalc]\nignore = ["CNN5"]\n', encoding="utf-8")
    found = call("validate", "net.yaml", "--select", "CNN503")
    assert found.status == 2
    assert "select: CNN503 is also under ignore" in " ".join(found.err.split())
    assert call("validate", "net.yaml").status == 0
