"""Writes what the documentation takes from the code, and runs what it shows.

    python tests/docs/generate.py              the kinds in docs/spec.md, docs/rules.md, the numbers in docs/models.md
    python tests/docs/generate.py --refresh    the outputs shown in docs/*.md and README.md as well

Read the difference before committing it: an output that changed may be a mistake in the code.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.layers import KINDS, layer_class
from cnncalc.settings.setting import ByConvention, Like

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SPEC, RULES, MODELS = DOCS / "spec.md", DOCS / "rules.md", DOCS / "models.md"
IMAGES = DOCS / "images"
COMMANDS_PAGE = DOCS / "commands.md"
BEGIN, END = "<!-- kinds:begin -->", "<!-- kinds:end -->"
INPUT = re.compile(r"<!-- input: (\S+) -->\Z")
"""A comment over entries that are not a whole spec: the input under which they are read."""
FILE = re.compile(r"<!-- file: ([\w.-]+) -->\Z")
"""A comment over a spec that the console and Python examples below it read from a file of this name."""
IMAGE = re.compile(r"!\[[^]]*\]\(images/([\w.-]+)\)")
"""An image in docs/images, which a command of the page wrote to a file of this name."""
WRITTEN = re.compile(r"<!-- written: ([\w.-]+) -->\Z")
"""A comment over an example that is what a command above it wrote to a file of this name."""


def pages() -> list[Path]:
    """docs/*.md, and README.md if it is not empty."""
    readme = ROOT / "README.md"
    return [*([readme] if readme.is_file() and readme.stat().st_size else []), *sorted(DOCS.glob("*.md"))]


def read(page: Path) -> str:
    """The text of a page, whatever line ends the checkout has."""
    return page.read_bytes().decode("utf-8").replace("\r\n", "\n")


def write(page: Path, text: str) -> None:
    """Writes a page, with the line ends of the repository."""
    page.write_bytes(text.encode("utf-8"))


# -- the table of kinds

_FAMILIES = {
    "convolution": "Convolutions",
    "pooling": "Pooling",
    "dense": "Dense layers",
    "recurrent": "Recurrent layers",
    "opaque": "Everything else",
    "shape": "Moving, adding and dropping values",
    "axes": "Whole axes",
    "norm": "Normalisation and scaling",
    "activation": "Activations",
    "dropout": "Dropping values while training",
    "attention": "Attention",
    "merge": "Merges",
}
_ABOUT = {"merge": "The value after the kind: a list of branches. May carry `activation`."}
"""What is true of all kinds in a family whose kinds have no settings of their own."""
STRUCTURES = {
    "residual": (
        "Entries whose output is added to their input. The value after the kind: the list of entries.",
        [
            ("shortcut", "the branch that is added to the entries' output", "a branch", "the input itself"),
            ("skip", "whether it is added at all", "true or false", "`true`"),
            ("norm", "what follows the sum", "a norm", "none"),
            ("activation", "what follows the sum, or its norm", "an activation", "none"),
        ],
    ),
    "group": ("Entries under one name. The value after the kind: the list of entries.", []),
    "share": (
        "An earlier layer, group or call again, on another input, with the same weights. The value after the kind:"
        " its name.",
        [],
    ),
    "model": (
        "Another spec, one that ships or a file below the folder of this one. The value after the kind: its name or"
        " path.",
        [
            ("until", "the last of its entries that is kept", "a name", "its last entry"),
            ("after", "its entry after which those begin that are kept", "a name", "none"),
            ("variant", "a variant of it", "a name", "none"),
            ("with", "values of its variables", "names and values", "its own"),
            ("defaults", "settings for all its layers of a kind, instead of its own", "kinds and settings", "its own"),
        ],
    ),
}
"""The kinds of entries that are not layers: descriptions, and settings."""
_HEAD = "| setting | meaning | a value is | default |\n| :--- | :--- | :--- | :--- |"
_TAKES = {
    "positions": "Needs positions.",
    "sequence": "Needs a sequence.",
    "map": "Needs a map.",
    "vector": "Needs a vector.",
    "any": "",
}


def kinds_markdown() -> str:
    """Every kind with its settings, one section per family."""
    families: dict[str, list[str]] = {}
    for kind, family in KINDS.items():
        families.setdefault(family, []).append(kind)
    return "\n".join([*(_family(family, kinds) for family, kinds in families.items()), _structures()])


def _family(family: str, kinds: list[str]) -> str:
    parts = [f"\n### {_FAMILIES.get(family, family.capitalize())}\n"]
    if family in _ABOUT:
        parts.append(f"{_ABOUT[family]}\n")
    plain = [kind for kind in kinds if not layer_class(kind).settings]
    if plain:
        parts.append(("" if family in _ABOUT else "Without settings:\n\n") + "| kind | what it does |\n| :--- | :--- |")
        parts += [f"| `{kind}` | {_cell(_described(kind))} |" for kind in plain]
        parts.append("")
    parts += [_kind(kind) for kind in kinds if kind not in plain]
    return "\n".join(parts)


def _structures() -> str:
    parts = ["\n### Entries with entries inside, and sharing\n"]
    for kind, (about, settings) in STRUCTURES.items():
        parts.append(f"#### `{kind}`\n\n{about}\n")
        if settings:
            rows = [f"| `{name}` | {meaning} | {value} | {default} |" for name, meaning, value, default in settings]
            parts.append("\n".join([_HEAD, *rows, ""]))
    return "\n".join(parts)


def _described(kind: str) -> str:
    return " ".join((layer_class(kind).__doc__ or "").strip().split("\n\n")[0].split())


def _kind(kind: str) -> str:
    cls = layer_class(kind)
    about = [_described(kind), _TAKES[cls.takes], _behind(cls)]
    if cls.has_norm or cls.has_activation:
        about.append("May carry `norm` and `activation`.")
    rows = [
        f"| `{name}` | {_cell(declared.meaning)} | {_cell(declared.type.expects)} | {_default(declared.default)} |"
        for name, declared in cls.settings.items()
    ]
    return "\n".join([f"#### `{kind}`\n", " ".join(filter(None, about)) + "\n", _HEAD, *rows, ""])


def _behind(cls: Any) -> str:
    if not cls.principal:
        return ""
    other = f", or the {cls.leads} and the {cls.principal} together" if cls.leads else ""
    return f"The value after the kind: `{cls.principal}`{other}."


def _default(default: Any) -> str:
    if default is None:
        return "required"
    if isinstance(default, Like):
        return f"the `{default.setting}`"
    if isinstance(default, ByConvention):
        words = default._asdict()
        exceptions = [f"`{value}` under `{name}`" for name, value in words.items() if value != default.lecture]
        return f"`{default.lecture}` ({', '.join(exceptions)})" if exceptions else f"`{default.lecture}`"
    return f"`{default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def spec_page(text: str) -> str:
    """docs/spec.md with the table of kinds as it is now."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{kinds_markdown()}\n{END}{after}"


def rules_page() -> str:
    """docs/rules.md as it is now."""
    return run(["rule", "--all"], Path.cwd())[0]


# -- the gallery

_GALLERY = re.compile(r"(<!-- models:begin -->\n).*?(<!-- models:end -->)", re.DOTALL)
MODEL = re.compile(r"(<!-- model: (\w+) -->\n).*?(<!-- /model -->)", re.DOTALL)
"""What is taken from a spec, in its section of docs/models.md; the note below it is written by hand."""


def models_page(text: str) -> str:
    """docs/models.md with the numbers and descriptions of the shipped specs as they are now."""
    specs = {each["name"]: each for each in json.loads(run(["specs", "--format", "json"], ROOT)[0])["specs"]}
    text = _GALLERY.sub(lambda found: f"{found[1]}{_gallery(specs)}\n{found[2]}", text)
    return MODEL.sub(lambda found: f"{found[1]}{_model(specs[found[2]])}\n{found[3]}", text)


def _gallery(specs: dict[str, Any]) -> str:
    lines = ["| model | input | parameters | MACs | receptive field |", "| :--- | ---: | ---: | ---: | ---: |"]
    for name, spec in specs.items():
        lines.append(f"| [{name}](#{name}) | {_numbers(spec)} |")
        lines += [f"| · {variant['name']} | {_numbers(variant)} |" for variant in spec["variants"]]
    return "\n".join(lines)


def _numbers(model: dict[str, Any]) -> str:
    inputs = ", ".join("×".join(map(str, each["shape"])) for each in model["inputs"])
    fields = [_field(each["size"]) if each else "global" for each in model["last_local_field"].values()]
    return f"{inputs} | {model['params']:,} | {model['macs']:,} | {', '.join(fields)}"


def _field(size: list[int]) -> str:
    return "×".join(map(str, size if len(set(size)) > 1 else size[:1]))


def _model(spec: dict[str, Any]) -> str:
    command = f"`cnncalc summarize {spec['name']}`"
    if spec["variants"]:
        command += ", or a variant: " + ", ".join(f"`{variant['name']}`" for variant in spec["variants"])
    path = next((ROOT / "specs").rglob(f"{spec['name']}.yaml")).relative_to(ROOT).as_posix()
    return f"\n{spec['description']}\n\n{command} · [{path}](../{path})\n"


# -- the examples of a page


class Fence(NamedTuple):
    """A fenced example. `start` and `stop` are the lines of its content, from 0; `before` is the text line above it."""

    language: str
    start: int
    stop: int
    text: str
    before: str
    follows: bool
    """Whether nothing but blank lines stands between it and the fence before."""


def fences(page: str) -> list[Fence]:
    """The fenced examples of a page, in order."""
    lines = page.split("\n")
    found: list[Fence] = []
    opened: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if opened is None:
            opened = number
            continue
        above = [each for each in lines[found[-1].stop + 1 if found else 0 : opened] if each.strip()]
        text = "\n".join(lines[opened + 1 : number]) + ("\n" if number > opened + 1 else "")
        language = lines[opened][3:].strip()
        found.append(Fence(language, opened + 1, number, text, above[-1] if above else "", bool(found) and not above))
        opened = None
    if opened is not None:
        raise ValueError(f"the fence of line {opened + 1} is never closed")
    return found


def whole_spec(fence: Fence) -> str:
    """The text of a YAML example as a spec: entries alone get the input that the comment over them names."""
    found = INPUT.match(fence.before)
    if not found:
        return fence.text
    return f"input: {found[1]}\nlayers:\n" + "".join(f"  {line}\n" for line in fence.text.rstrip("\n").split("\n"))


def file_name(fence: Fence) -> str:
    """What the file of a YAML example is called."""
    found = FILE.match(fence.before)
    return found[1] if found else "model.yaml"


def named_spec(name: str) -> str:
    """The spec that a page gives this name."""
    found = [fence for page in pages() if page != RULES for fence in fences(read(page))]
    return next(each.text for each in found if FILE.match(each.before) and file_name(each) == name)


def findings(spec: str, name: str = "model.yaml", *select: str) -> tuple[list[str], str]:
    """The codes of all findings of a spec, and their text, as `cnncalc validate --select default,…` shows them.

    What the spec says to be the same as is in its folder.
    """
    from cnncalc.checks.policy import Policy
    from cnncalc.checks.validate_files import validate_file
    from cnncalc.report.findings.text_and_json import diagnostics_text

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path(name).write_text(spec, encoding="utf-8", newline="\n")
        for other in re.findall(r"same_as: (\S+\.yaml)", spec):
            Path(other).write_text(named_spec(other), encoding="utf-8", newline="\n")
        policy = Policy(select=("default", *select))
        found = policy.kept(validate_file(name, wants=policy.wants).diagnostics)
    return [each.code for each in found], diagnostics_text(found)


def script() -> str:
    """The installed command, next to this interpreter."""
    name = "cnncalc.exe" if os.name == "nt" else "cnncalc"
    return str(Path(sys.executable).with_name(name))


def run(arguments: list[str], folder: Path, text: str | None = None) -> tuple[str, int]:
    """What a command writes to both streams, and its exit status."""
    environment = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    environment |= {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    done = subprocess.run(
        [script(), *arguments],
        cwd=folder,
        env=environment,
        input=(text or "").encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode("utf-8").replace("\r\n", "\n"), done.returncode


class Session:
    """Runs the console examples of a page, one after the other, in a folder with the shipped specs and examples."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status = 0
        for each in ("specs", "examples"):
            shutil.copytree(ROOT / each, folder / each)

    def keep(self, fence: Fence) -> None:
        """Saves a spec that a comment gives a file name."""
        if fence.language == "yaml" and FILE.match(fence.before):
            (self.folder / file_name(fence)).write_text(fence.text, encoding="utf-8", newline="\n")

    def written(self, fence: Fence) -> str | None:
        """What an example has to be that shows a file which a command wrote; None for any other."""
        found = WRITTEN.match(fence.before)
        return (self.folder / found[1]).read_text(encoding="utf-8") if found else None

    def output(self, command: str) -> str:
        """The output of `cnncalc …` (with `< FILE`, if need be) or `echo $?`."""
        if command == "echo $?":
            return f"{self.status}\n"
        words = shlex.split(command)
        if words[:1] != ["cnncalc"]:
            raise ValueError(f"only cnncalc and `echo $?` are run, not `{command}`")
        text = None
        if "<" in words:
            words, names = words[: words.index("<")], words[words.index("<") + 1 :]
            text = (self.folder / names[0]).read_text(encoding="utf-8")
        output, self.status = run(words[1:], self.folder, text)
        return output


def commands(console: str) -> list[tuple[str, str]]:
    """The commands of a console example, and the output shown below each; comment lines (`# …`) are no output."""
    found: list[tuple[str, str]] = []
    for line in console.rstrip("\n").split("\n"):
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
        else:
            raise ValueError(f"a console example begins with `$ `, not with `{line}`")
    return found


def shows(shown: str, output: str) -> bool:
    """Whether an output is what is shown, where a line `...` stands for any lines."""
    parts = re.split(r"^\.\.\.\n", shown.rstrip("\n") + "\n", flags=re.MULTILINE)
    return bool(re.fullmatch("(?:.*\n)*?".join(map(re.escape, parts)), output.rstrip("\n") + "\n"))


def refreshed(page: str) -> str:
    """The page with every console and text example as it comes out now; outputs shown in part are left alone."""
    lines = page.split("\n")
    changes: list[tuple[Fence, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder))
        examples = fences(page)
        for fence, previous in zip(examples, [None, *examples], strict=False):
            session.keep(fence)
            if fence.language == "console":
                changes.append((fence, "\n".join(_refreshed(session, *each) for each in commands(fence.text))))
            elif (text := session.written(fence)) is not None:
                changes.append((fence, text.rstrip("\n")))
            elif fence.language == "text" and fence.follows and previous and previous.language == "yaml":
                changes.append((fence, findings(whole_spec(previous), file_name(previous))[1].rstrip("\n")))
        for name in IMAGE.findall(page):
            write(IMAGES / name, (session.folder / name).read_text(encoding="utf-8"))
    for fence, text in reversed(changes):
        lines[fence.start : fence.stop] = text.split("\n")
    return "\n".join(lines)


def _refreshed(session: Session, command: str, shown: str) -> str:
    output = session.output(command)
    if "\n...\n" in f"\n{shown}":
        if not shows(shown, output):
            print(f"shown in part, and no longer so; mend it by hand: $ {command}", file=sys.stderr)
        output = shown
    return f"$ {command}\n{output}".rstrip("\n")


HOMEWORK = DOCS / "homework.md"


LEVEL_SEEDS = range(100)
"""What the difficulty of a level is measured over."""


def offered_formats() -> dict[str, tuple[str, ...]]:
    """The formats of each command that has some."""
    from cnncalc.cli import COMMANDS, homework
    from cnncalc.cli.options.declared import module_name

    names = [
        *(name for name in COMMANDS if name != "homework"),
        *map("homework {}".format, homework.COMMANDS),
    ]
    modules = {name: import_module(module_name(name)) for name in names}
    return {name: module.OFFERED for name, module in modules.items() if hasattr(module, "OFFERED")}


def commands_page(page: str) -> str:
    """docs/commands.md with its table of formats."""
    return _between(page, "formats", _formats())


def _formats() -> list[str]:
    """Every format, and which command has which."""
    from cnncalc.report.formats.registry import FORMATS

    formats = [f"| `{each.name}` | `{each.suffix}` | {each.about} |" for each in FORMATS.values()]
    commands = [f"| `{name}` | {', '.join(f'`{each}`' for each in own)} |" for name, own in offered_formats().items()]
    heads = ["| format | files | what it is |", "| :--- | :--- | :--- |"], ["| command | formats |", "| :--- | :--- |"]
    return [*heads[0], *formats, "", *heads[1], *commands]


def homework_page(page: str) -> str:
    """The page with the mistakes as the catalogue has them, and the levels of exercises as they are measured."""
    return _between(_between(page, "mistakes", _mistakes()), "levels", _levels())


COLUMNS_OF_MISTAKES = {
    "Output sizes": {"output"},
    "Parameters and multiply-adds": {"params", "macs"},
    "Parameters": {"params"},
    "Multiply-adds": {"macs"},
    "Receptive fields": {"receptive_field"},
}
"""The tables of mistakes, each with the columns in which they show."""


def _mistakes() -> list[str]:
    """A table of mistakes for each column, and one of those in totals and the memory."""
    from cnncalc.homework.diagnose._totals import TOTALS
    from cnncalc.homework.diagnose.mistakes import BY_NAME, MISTAKES

    in_layers, in_totals = {each.name for each in MISTAKES}, {rule.mistake.name for rule in TOTALS}
    tables: dict[str, list[str]] = {title: [] for title in (*COLUMNS_OF_MISTAKES, "Totals and memory")}
    for each in BY_NAME.values():
        titles = _tables_of(each.columns) if each.name in in_layers else []
        for title in [*titles, "Totals and memory"] if each.name in in_totals or not titles else titles:
            seen = re.sub(r"([a-z0-9]+\.)+[a-z]+/[^\s:;,]+", r"[\g<0>](https://\g<0>)", each.source)
            tables[title].append(f"| {each.name} | {each.title} | {each.hint} | {seen} |")
    head = ["| mistake | what went wrong | the hint | seen in |", "| :--- | :--- | :--- | :--- |"]
    return [*(line for title, rows in tables.items() for line in ("", f"### {title}", "", *head, *rows)), ""]


def _tables_of(columns: frozenset[str]) -> list[str]:
    """The tables that a mistake belongs to: one for all of its columns, if there is one, or else one for each."""
    fitting = [title for title, group in COLUMNS_OF_MISTAKES.items() if group <= columns]
    return [
        title
        for title in fitting
        if not any(COLUMNS_OF_MISTAKES[title] < COLUMNS_OF_MISTAKES[other] for other in fitting)
    ]


def _levels() -> list[str]:
    from cnncalc.homework.exercise.difficulty import medians
    from cnncalc.homework.exercise.networks import LEVELS

    rows = ["| level | what | steps (median) | largest number (median) |", "| ---: | :--- | ---: | ---: |"]
    return rows + [
        f"| {level} | {LEVELS[level].title} | {found.steps} | {found.largest:,} |"
        for level, found in medians(LEVEL_SEEDS).items()
    ]


def _between(page: str, name: str, lines: list[str]) -> str:
    """The page with other lines between two comments."""
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    before, rest = page.split(begin)
    return f"{before}{begin}" + "\n".join(lines) + f"\n{end}{rest.split(end)[1]}"


def main(arguments: list[str]) -> None:
    """Rewrites the pages."""
    work: list[tuple[Path, Callable[[str], str]]] = [
        (SPEC, spec_page),
        (RULES, lambda _: rules_page()),
        (MODELS, models_page),
        (HOMEWORK, homework_page),
        (COMMANDS_PAGE, commands_page),
    ]
    if "--refresh" in arguments:
        work += [(page, refreshed) for page in pages() if page != RULES]
    for page, renew in work:
        old = read(page) if page.exists() else ""
        new = renew(old)
        if new != old:
            write(page, new)
            print(f"wrote {page.relative_to(ROOT)}")


def links(page: str) -> Iterator[str]:
    """The relative links of a page, outside of examples."""
    lines = page.split("\n")
    for fence in reversed(fences(page)):
        del lines[fence.start : fence.stop]
    for target in re.findall(r"\]\(([^)\s]+)\)", "\n".join(lines)):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: str) -> set[str]:
    """What a `#…` may name in a page: its headings as GitHub spells them."""
    lines = page.split("\n")
    for fence in reversed(fences(page)):
        del lines[fence.start : fence.stop]
    titles = [line.lstrip("#").strip() for line in lines if re.match(r"#+ ", line)]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


if __name__ == "__main__":
    main(sys.argv[1:])
