"""The documentation shows what happens: every example is run, every table is the code's own."""

from __future__ import annotations

import doctest
import re
import subprocess
import tomllib
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers import neighbour

import cnncalc
from cnncalc.checks.policy import Policy, policy_from
from cnncalc.layers import KINDS
from cnncalc.source.open_model import shipped
from cnncalc.spec.language.names import STRUCTURES

generate = neighbour(__file__, "generate")
PAGES = generate.pages()
OURS = [page for page in PAGES if page != generate.RULES]
LANGUAGES = {"yaml", "text", "console", "python", "yml", "toml", "mermaid"}
"""`yaml` is a spec; `yml` and `toml` are the configuration of pipelines; `mermaid` is what a command wrote."""


def _examples(language: str) -> list[Any]:
    """A parameter for each example in a language: the example, and the one after it."""
    return [
        pytest.param(fence, after, id=f"{page.name}:{fence.start}")
        for page in OURS
        for found in [generate.fences(generate.read(page))]
        for fence, after in zip(found, [*found[1:], None], strict=False)
        if fence.language == language
    ]


def _ids(page: Path) -> str:
    return page.name


def test_no_page_is_missing():
    assert {"spec.md", "numbers.md", "commands.md", "python.md", "rules.md", "models.md", "ci.md"} <= {
        page.name for page in PAGES
    }


def test_the_table_of_kinds_is_current():
    page = generate.read(generate.SPEC)
    assert generate.spec_page(page) == page, "run python tests/docs/generate.py"


@pytest.mark.slow
def test_the_table_of_mistakes_is_current():
    page = generate.read(generate.HOMEWORK)
    assert generate.homework_page(page) == page, "run python tests/docs/generate.py"


def test_the_rubric_that_is_shown_is_the_one_that_is_used():
    rubric = (generate.ROOT / "examples" / "homework" / "rubric.yaml").read_text(encoding="utf-8")
    shown = "".join(f"    {line}\n" for line in rubric.splitlines())
    assert shown in generate.read(generate.HOMEWORK)


def test_every_kind_has_an_example():
    examples = " ".join(
        fence.text for fence in generate.fences(generate.read(generate.SPEC)) if fence.language == "yaml"
    )
    assert sorted((set(KINDS) | STRUCTURES) - set(re.findall(r"\w+", examples))) == []


def test_every_structure_is_in_the_table():
    assert set(generate.STRUCTURES) == STRUCTURES


def test_the_table_of_formats_is_current():
    page = generate.read(generate.COMMANDS_PAGE)
    assert generate.commands_page(page) == page, "run python tests/docs/generate.py"


def test_the_page_of_rules_is_current():
    assert generate.rules_page() == generate.read(generate.RULES), "run python tests/docs/generate.py"


@pytest.mark.slow
def test_the_gallery_is_current():
    page = generate.read(generate.MODELS)
    assert generate.models_page(page) == page, "run python tests/docs/generate.py"


def test_the_gallery_has_a_section_and_a_note_for_every_shipped_spec():
    page = generate.read(generate.MODELS)
    sections = [section for section in re.split(r"^(?=##)", page, flags=re.MULTILINE) if section.startswith("### ")]
    assert [section.split("\n")[0].removeprefix("### ") for section in sections] == list(shipped())
    for section in sections:
        assert [name for _, name, _ in generate.MODEL.findall(section)] == [section.split("\n")[0].removeprefix("### ")]
        assert generate.MODEL.sub("", section).split("\n", 1)[1].strip(), f"no note: {section}"


def test_everything_that_can_be_imported_is_listed():
    section = generate.read(generate.DOCS / "python.md").split("## Everything that can be imported\n")[1]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == cnncalc.__all__


def test_every_example_is_in_a_language_that_is_run():
    found = {
        f"{page.name}:{fence.start}": fence.language
        for page in OURS
        if page.parent == generate.DOCS
        for fence in generate.fences(generate.read(page))
    }
    assert {place: language for place, language in found.items() if language not in LANGUAGES} == {}


@pytest.mark.parametrize(("fence", "after"), _examples("yaml"))
def test_yaml_examples(fence: Any, after: Any):
    """Nothing is found in them but what a ```text example right below shows."""
    shown = after.text if after and after.language == "text" and after.follows else ""
    assert generate.findings(generate.whole_spec(fence), generate.file_name(fence))[1] == shown


@pytest.mark.parametrize("page", OURS, ids=_ids)
def test_text_examples_stand_below_yaml(page: Path):
    found = generate.fences(generate.read(page))
    strays = [
        fence.start
        for fence, before in zip(found, [None, *found], strict=False)
        if fence.language == "text" and not (fence.follows and before and before.language == "yaml")
    ]
    assert strays == []


def _codes_and_examples() -> list[Any]:
    """A parameter for each example in docs/rules.md, with the code of its section."""
    page = generate.read(generate.RULES)
    lines = page.split("\n")
    found = []
    for fence in generate.fences(page):
        heading = next(line for line in reversed(lines[: fence.start]) if line.startswith("### "))
        code = heading.removeprefix("### ").split(":")[0]
        found.append(pytest.param(code, fence, id=f"{code}-{fence.before.rstrip(':').lower()}"))
    return found


@pytest.mark.parametrize(("code", "fence"), _codes_and_examples())
def test_rules_examples(code: str, fence: Any):
    found, text = generate.findings(fence.text, "model.yaml", code)
    if fence.before == "Wrong:":
        assert code in found
    else:
        assert text == ""


@pytest.mark.slow
@pytest.mark.parametrize("page", OURS, ids=_ids)
def test_console_examples(page: Path, tmp_path: Path):
    session = generate.Session(tmp_path)
    for fence in generate.fences(generate.read(page)):
        session.keep(fence)
        for command, shown in generate.commands(fence.text) if fence.language == "console" else []:
            output = session.output(command)
            assert generate.shows(shown, output), f"{page.name}:{fence.start}: $ {command}\n{output}"
        assert session.written(fence) in (None, fence.text), f"{page.name}:{fence.start}"
        assert fence.language != "mermaid" or session.written(fence), f"{page.name}:{fence.start}"
    for name in generate.IMAGE.findall(generate.read(page)):
        assert generate.read(generate.IMAGES / name) == (tmp_path / name).read_text("utf-8"), f"{page.name}: {name}"


def _commands(value: Any) -> list[str]:
    """The command lines of cnncalc in the configuration of a pipeline."""
    if isinstance(value, dict | list):
        return [each for part in (value.values() if isinstance(value, dict) else value) for each in _commands(part)]
    return [value] if isinstance(value, str) and value.startswith("cnncalc ") else []


@pytest.mark.slow
@pytest.mark.parametrize(("fence", "after"), _examples("yml"))
def test_pipelines(fence: Any, after: Any, tmp_path: Path):  # noqa: ARG001
    """What they run is run, in a repository with the specs of the examples."""
    session = generate.Session(tmp_path)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "net.yaml").write_text("input: 28x28x1\nlayers: [conv: 3x3x8]\n", encoding="utf-8")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@x"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"], ["branch", "origin/main"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    for command in _commands(yaml.safe_load(fence.text)):
        output = session.output(command)
        assert session.status == 0, output


@pytest.mark.parametrize(("fence", "after"), _examples("toml"))
def test_settings(fence: Any, after: Any, tmp_path: Path):  # noqa: ARG001
    (tmp_path / "pyproject.toml").write_text(fence.text, encoding="utf-8")
    policy = policy_from({}, str(tmp_path))
    assert policy != Policy()
    assert list(tomllib.loads(fence.text)["tool"]) == ["cnncalc"]


def test_the_inputs_of_the_action_are_in_the_table():
    action = yaml.safe_load(generate.read(generate.ROOT / "action.yml"))
    page = generate.read(generate.DOCS / "ci.md")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(action["inputs"])


@pytest.mark.parametrize("page", OURS, ids=_ids)
def test_python_examples(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As doctests, those of a page one after the other; without prompts they only have to run, and tests to pass. Those
    that need a framework are left out where it is not installed."""
    names: dict[str, Any] = {"__name__": "__main__"}
    session = generate.Session(tmp_path)
    monkeypatch.syspath_prepend(session.folder)
    with chdir(session.folder):
        for fence in generate.fences(generate.read(page)):
            session.keep(fence)
            if fence.language != "python":
                continue
            if written := generate.WRITTEN.match(fence.before):  # by a command, whose output is compared elsewhere
                (session.folder / written[1]).write_text(fence.text, encoding="utf-8")
                continue
            where = f"{page.name}:{fence.start}"
            if ">>>" not in fence.text:
                _run(fence.text, where, names)
                continue
            report: list[str] = []
            example = doctest.DocTestParser().get_doctest(fence.text, names, where, page.name, fence.start)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
            runner.run(example, out=report.append, clear_globs=False)
            names = example.globs
            assert not report, "".join(report)


FRAMEWORKS = ("torch", "keras")


def _run(text: str, where: str, names: dict[str, Any]) -> None:
    """Runs an example, and the tests that it defines."""
    known = set(names)
    try:
        exec(compile(text, where, "exec"), names)
    except ModuleNotFoundError as error:
        if error.name not in FRAMEWORKS:
            raise
        return
    for name in sorted(names.keys() - known):
        if name.startswith("test_"):
            names[name]()


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_links_lead_somewhere(page: Path):
    lost = []
    for target in generate.links(generate.read(page)):
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        if not other.exists() or (anchor and anchor not in generate.anchors(generate.read(other))):
            lost.append(target)
    assert lost == []
