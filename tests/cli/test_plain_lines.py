"""Usual command lines are read without typer, and mean what they mean to typer."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import outputs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.cli import COMMANDS, homework
from cnncalc.cli.options import typer_lines
from cnncalc.cli.options.declared import REQUIRED, Command, Parameter, command_module
from cnncalc.cli.options.plain_lines import read_plainly

SCRIPT = Path(sys.executable).with_name("cnncalc")
NAMES = (*(name for name in COMMANDS if name != "homework"), *(f"homework {name}" for name in homework.COMMANDS))
WORDS = (
    *("net.yaml", "resnet50", "-", "", " ", "=", "a=b", "x", "TEXT", "text", "json", "csv", "CNN204", "output,params"),
    *(
        "0",
        "1",
        "2",
        "-1",
        "+3",
        " 4 ",
        "1_0",
        "٣",
        "1e3",
        "0.5",
        "1.0",
        ".5",
        "5.",
        ".",
        "007",
        "nan",
        "inf",
        "9" * 30,
        "9" * 5000,
        "1,2",
        "-1,0",
    ),
    *("--", "---", "--help", "-h", "--version", "--nonsense", "-fjson", "-f=json", "-qf", "-z", "--=", "--=x"),
    *("ü", "\udcff", "\0", "a\nb", "homework", "summarize"),
)
"""What may stand anywhere in a line."""


@cache
def command(name: str) -> Command:
    return Command.of(command_module(name))


FOUND: list[tuple[Command, Mapping[str, Any]]] = []
"""What typer called."""


def find(command: Command, values: Mapping[str, Any]) -> None:
    FOUND.append((command, values))


@pytest.fixture(scope="module", autouse=True)
def _made_once():
    """Typer's commands, which each line of a user's makes anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer_lines, "_command", cache(typer_lines._command))
        yield


def by_typer(words: list[str]) -> tuple[Command, Mapping[str, Any]] | None:
    """The command and the values that typer finds in a line; None if it runs no command."""
    FOUND.clear()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        typer_lines.run_with_typer(list(words), find)
    return FOUND[0] if FOUND else None


def text_of(read: tuple[Command, Mapping[str, Any]]) -> tuple[Any, dict[str, str]]:
    """What was read, as text: 1 is neither 1.0 nor True, and nan is nan."""
    return read[0].function, {name: repr(value) for name, value in read[1].items()}


def is_usual(words: list[str]) -> bool:
    """Whether a line is read without typer; what typer reads is the same then."""
    line = read_plainly(words)
    if line is not None:
        expected = by_typer(words)
        assert expected is not None, words
        assert text_of(line) == text_of(expected), words
    return line is not None


def valid(parameter: Parameter) -> str:
    """A value as a user writes it."""
    option = parameter.option
    if option.words:
        return option.words[-1]
    if parameter.type is not str:
        return str(parameter.type(option.max if option.max is not None else (option.min or 0) + 7))
    return {"ask": "params", "code": "CNN204", "columns": "kind", "name": "summary", "set": "a=b"}.get(
        parameter.name, "some"
    )


def required(name: str) -> list[str]:
    """The words without which a command does nothing."""
    words: list[str] = []
    for each in command(name).parameters:
        if each.default is REQUIRED:
            words += [*each.option.names[:1], *([valid(each), "other"] if each.is_list else [valid(each)])]
    return words


def options(name: str) -> list[Parameter]:
    return [each for each in command(name).parameters if each.option.names]


def usual_forms(name: str) -> Iterator[list[str]]:
    """Lines with each option, alone, in each of the usual forms and places."""
    words, base = name.split(), required(name)
    yield [*words, *base]
    yield [*words, *base, *(valid(each) for each in command(name).parameters if not each.option.names)]
    for each in options(name):
        for written in each.option.names:
            given = [written] if each.type is bool else [written, valid(each)]
            yield [*words, *base, *given]
            yield [*words, *given, *base]
            if each.is_list:
                yield [*words, *given, *base, *given]
            if written.startswith("--") and each.type is not bool:
                yield [*words, f"{written}={valid(each)}", *base]


def strange_forms(name: str) -> Iterator[list[str]]:
    """Lines with each option as it is not usually written, or with a value that it does not take."""
    words, base = name.split(), required(name)
    yield from ([*words, *base[:count]] for count in range(len(base)))
    yield [*words, *base, "more", "still more"]
    for each in options(name):
        for written in each.option.names:
            yield [*words, *base, written, *([] if each.type is not bool else [written])]
            yield [*words, *base, written[:-1], valid(each)]
            yield [*words, *base, written + valid(each)]
            yield from ([*words, *base, written, value] for value in WORDS)
            yield from ([*words, f"{written}={value}", *base] for value in WORDS)
            yield [*words, *base, written, valid(each), written, valid(each)]


@pytest.mark.parametrize("name", NAMES)
def test_usual_forms_are_read_without_typer(name):
    """Or both refuse them, as an option may not go with another one's default."""
    lines = list(usual_forms(name))
    assert [words for words in lines if is_usual(words) != (by_typer(words) is not None)] == []
    assert sum(map(is_usual, lines)) > len(lines) / 3


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_strange_forms_mean_what_they_mean_to_typer(name):
    for words in strange_forms(name):
        is_usual(words)


@pytest.mark.slow
def test_every_line_that_is_recorded():
    """A line of each shape: the models differ."""
    lines = {(words[0], *words[2:]): words for _, _, words in outputs.invocations()}
    assert len(lines) > 100
    for words in lines.values():
        assert is_usual(words) == (by_typer(words) is not None), words


@given(data=st.data())
def test_any_words(data):
    name = data.draw(st.sampled_from(NAMES))
    names = [written for each in options(name) for written in each.option.names]
    values = [valid(each) for each in command(name).parameters] + list(WORDS)
    word = st.sampled_from([*names, "--"]) | st.sampled_from(values) | st.text(max_size=4)
    words = data.draw(st.lists(word | st.builds("{}={}".format, st.sampled_from([*names, "--"]), word), max_size=6))
    is_usual([*name.split(), *data.draw(st.permutations([*required(name), *words]) | st.just(words))])


# -- what typer is still for


@pytest.mark.parametrize(
    "words",
    ["", "--version", "--help", "summarize --help", "homework", "homework --help", "-- summarize x", "sumarize x",
     "summarize", "summarize net.yaml --colour never", "summarize net.yaml --form json", "summarize net.yaml -fjson",
     "summarize net.yaml -- --depth", "summarize net.yaml --fold=yes", "summarize net.yaml --depth 0",
     "summarize net.yaml --depth two", "summarize net.yaml --depth", "summarize net.yaml other.yaml",
     "validate net.yaml -q -q", "validate net.yaml -qf json", "compare net.yaml", "homework grades x",
     "summarize net.yaml --depth 1 --format json"],
)  # fmt: skip
def test_lines_that_are_left_to_typer(words):
    assert read_plainly(words.split()) is None


def test_a_mistake_that_a_command_finds_is_shown_as_all_others(call):
    for words, shown in (
        ("explain typical_cnn conv9", " for LAYER: there is no layer 'conv9'; did you mean conv"),
        ("homework sheet typical_cnn --set a", " for --set: expected NAME=VALUE, found 'a'\n"),
        ("solve typical_cnn --cover --sizes", ": one question at a time: --sizes or --cover\n"),
    ):
        assert read_plainly(words.split()) is not None  # nothing is wrong with it as a line
        found = call(*words.split())
        command = words.partition(" typical_cnn")[0]
        hint, message = found.err.split("\n\n")
        usage, hint = hint.splitlines()
        assert (found.status, found.out) == (2, "")
        assert usage.startswith(f"Usage: cnncalc {command} [OPTIONS] ")
        assert hint == f"Try 'cnncalc {command} --help' for help."
        assert message.startswith(f"Error: Invalid value{shown}")


def test_a_shell_that_asks_for_completions_gets_them(call, monkeypatch):
    monkeypatch.setenv("_CNNCALC_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "cnncalc summarize net.yaml --form")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert call("summarize", "net.yaml").out.split() == ["--format"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.usefixtures("script")
def test_a_failure_whose_message_nobody_reads_is_a_failure(tmp_path):
    (tmp_path / "bad.yaml").write_text("input: 28x28x1\nlayers: [dens: 3]\n")
    for unbuffered in ("", "1"):
        reading, writing = os.pipe()
        os.close(reading)
        env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run([SCRIPT, "summarize", "bad.yaml"], stderr=writing, cwd=tmp_path, env=env, timeout=30)
        os.close(writing)
        assert done.returncode == 1
