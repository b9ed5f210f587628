"""What goes where: streams, encodings, pipes that close, colours and widths of a terminal."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from cnncalc.cli import run

SCRIPT = Path(sys.executable).with_name("cnncalc.exe" if os.name == "nt" else "cnncalc")
BOX = re.compile("[\u2500-\u259f\x1b]")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
SHOWN = [
    ["summarize", "MODEL"], ["summarize", "MODEL", "-f", "markdown"], ["summarize", "MODEL", "-f", "csv"],
    ["summarize", "MODEL", "-f", "json"], ["explain", "MODEL"], ["explain", "MODEL", "-f", "markdown"],
    ["explain", "MODEL", "-f", "latex"], ["explain", "MODEL", "-f", "json"], ["hyperparameters", "MODEL"],
    ["hyperparameters", "MODEL", "-f", "markdown"], ["hyperparameters", "MODEL", "-f", "latex"],
    ["hyperparameters", "MODEL", "-f", "json"], ["validate", "MODEL"], ["validate", "MODEL", "-f", "json"],
    ["forward", "MODEL"], ["forward", "MODEL", "-f", "json"], ["forward", "MODEL", "--all"],
    ["forward", "MODEL", "--trace", "conv1"], ["forward", "MODEL", "--shift", "2,0"],
    ["specs"], ["specs", "-f", "json"], ["specs", "-f", "markdown"], ["rule", "--all"], ["rule", "CNN301"],
]  # fmt: skip


def on(command: list[str], model: object) -> list[str]:
    return [str(model) if part == "MODEL" else part for part in command]


def cells(text: str) -> int:
    """The number of columns that a text takes on a terminal."""
    return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in text if not unicodedata.combining(each))


# -- pipes


def test_results_on_stdout_and_everything_else_on_stderr(script, bad, failing, lecture):
    fine = script("summarize", lecture, "--format", "json")
    assert (fine.status, fine.err) == (0, "")
    json.loads(fine.out)
    wrong = script("summarize", bad)
    assert (wrong.status, wrong.out) == (1, "")
    assert wrong.err.startswith("error[CNN")
    failed = script("summarize", failing, "--format", "json")
    assert failed.status == 1
    json.loads(failed.out)
    assert "CNN401" in failed.err
    usage = script("summarize")
    assert (usage.status, usage.out) == (2, "")
    assert "MODEL" in usage.err


@pytest.mark.slow
def test_piped_output_has_no_colour_and_no_boxes(call, script, lecture, bad):
    for command in SHOWN:
        for model in (lecture, bad):
            result = call(*on(command, model))
            assert not BOX.search(result.out + result.err), command
    result = script("summarize", "vgg16")
    assert not BOX.search(result.out + result.err)
    assert max(map(len, result.out.splitlines())) > 80  # full width
    assert not any(line.endswith(" ") for line in result.out.splitlines())
    assert not COLOUR.search(script("summarize", bad).err)


@pytest.mark.slow
def test_standard_input(script, lecture, bad):
    text = lecture.read_bytes()
    piped = script("summarize", "-", stdin=text)
    assert piped == script("summarize", lecture)
    # its dense layers have no activation between them
    assert script("validate", "-", "--ignore", "CNN514", stdin=text) == (0, "1 spec: no findings\n", "")
    windows = script("explain", "-", "conv1", stdin=b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert (windows.status, windows.err) == (0, "")
    wrong = script("summarize", "-", stdin=bad.read_bytes())
    assert (wrong.status, wrong.out) == (1, "")
    assert "--> <stdin>:3:" in wrong.err
    for data in (b"", b"\xff\xfe\x00", b"\x00" * 50):
        refused = script("summarize", "-", stdin=data)
        assert (refused.status, refused.out) == (1, "")
        assert "Traceback" not in refused.err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough(unbuffered):
    """`| head -1`: no traceback, and the same status whether the text fits into the pipe or not."""
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    for command in (["summarize", "typical_cnn"], ["explain", "vgg16", "-f", "json"], ["rule", "--all"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([SCRIPT, *command], stdout=writing, stderr=subprocess.PIPE, env=env, timeout=30)
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b""), command
    head = subprocess.run(f"'{SCRIPT}' explain vgg16 | head -1", shell=True, capture_output=True, env=env, timeout=30)
    assert head.stdout.startswith(b"vgg16")
    assert head.stderr == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_not_a_bug_of_ours():
    for buffered in ("", "1"):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [SCRIPT, "summarize", "typical_cnn"],
                stdout=full, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": buffered}, timeout=30,
            )  # fmt: skip
        assert done.returncode == 1
        assert b"No space left" in done.stderr
        assert b"Traceback" not in done.stderr
        assert b"bug" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize("closed", ["summarize typical_cnn >&-", "summarize - <&-", "validate - <&-"])
def test_streams_that_are_closed(closed):
    done = subprocess.run(f"'{SCRIPT}' {closed}", shell=True, capture_output=True, timeout=30)
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
def test_messages_never_go_to_stdout():
    done = subprocess.run(f"'{SCRIPT}' summarize no_such_model 2>&-", shell=True, capture_output=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, b"")


def test_the_module_is_the_script(script, lecture):
    done = subprocess.run([sys.executable, "-m", "cnncalc", "summarize", lecture], capture_output=True, timeout=30,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})  # fmt: skip
    assert (done.returncode, done.stdout.decode()) == (0, script("summarize", lecture).out)


# -- encodings


def through(encoding: str, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> tuple[int, str, str]:
    """Runs a command line with streams of an encoding; decoded strictly."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2)]
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", streams[0])
        patched.setattr(sys, "stderr", streams[1])
        status = run(arguments)
        for stream in streams:
            stream.flush()
    out, err = (stream.buffer.getvalue().decode(encoding) for stream in streams)
    assert "Traceback" not in err, err
    return status, out, err


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_no_encoding_is_ever_an_exception(monkeypatch, lecture, nasty, bad, encoding):
    for command in SHOWN:
        for model in (lecture, nasty, bad):
            status, out, err = through(encoding, monkeypatch, on(command, model))
            assert status in (0, 1), (command, err)
            assert out or err


@pytest.mark.slow
def test_ascii_forms(monkeypatch, script, lecture, tmp_path):
    def shown(*arguments: object) -> str:
        return through("ascii", monkeypatch, [str(each) for each in arguments])[1]

    for format in ("text", "markdown", "csv"):
        assert "26x26x8" in shown("summarize", lecture, "-f", format)
        assert "?" not in shown("summarize", lecture, "-f", format)
    text = shown("explain", lecture, "conv1")
    assert "floor((28 - 3 + 2*0) / 1) + 1 = 26" in text
    assert "3*3*1*8 + 8 = 80" in text
    assert "28x28x1 -> 26x26x8" in text
    assert "?" not in text
    for encoding in ("ascii", "cp1252"):
        real = script("explain", lecture, "conv1", encoding=encoding, PYTHONIOENCODING=encoding)
        assert (real.status, real.err) == (0, "")
        assert "floor((28 " in real.out
    # the columns still stand under each other
    lines = shown("summarize", lecture).splitlines()[2:10]
    assert len({len(line) for line in lines}) == 1
    # a file is UTF-8 whatever the streams are
    target = tmp_path / "out"
    assert through("ascii", monkeypatch, ["explain", str(lecture), "-o", str(target)])[0] == 0
    assert "⌊(28 − 3 + 2·0) / 1⌋ + 1 = 26" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_json_says_the_same_in_every_encoding(monkeypatch, nasty, encoding):
    """JSON has \\u for what a stream lacks: nothing is lost, and a curly quotation mark does not end a string."""
    for command in ("summarize", "explain", "hyperparameters", "validate"):
        arguments = [command, str(nasty), "--format", "json"]
        expected = json.loads(through("utf-8", monkeypatch, arguments)[1])
        assert json.loads(through(encoding, monkeypatch, arguments)[1]) == expected


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_says_that_it_is_utf_8_is_so_in_every_encoding(monkeypatch, nasty, encoding):
    """On Windows `> report.html` is in cp1252. A page whose script is written in another encoding does not run."""
    for command in (
        ["report", "--no-values"],
        ["report", "--format", "svg"],
        ["summarize", "--format", "html"],
        ["export", "--to", "svg"],
        ["export", "--to", "torch"],
    ):
        arguments = [*command, str(nasty)]
        expected = through("utf-8", monkeypatch, arguments)[1]
        assert not expected.isascii(), command
        with monkeypatch.context() as patched:
            stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
            patched.setattr(sys, "stdout", stream)
            run(arguments)
        assert stream.buffer.getvalue().decode("utf-8") == expected, command


def test_markdown_keeps_its_meaning_in_ascii(monkeypatch, write):
    """What stands in for a character must not be Markdown's own: `·` as `*` between words is emphasis."""
    markdown_it = pytest.importorskip("markdown_it")
    spec = write(
        'name: "“a” │b│ `c"\ninput: 28x28x1\nlayers: [conv: 3x3x8, flatten, dense: 64, dense: 10]\n'
        'training: {loss: "a·b·c", optimizer: "x│y"}\n'
    )
    for command in ("summarize", "hyperparameters", "explain"):
        out = through("ascii", monkeypatch, [command, str(spec), "-f", "markdown"])[1]
        html = markdown_it.MarkdownIt("commonmark").enable("table").render(out)
        assert "<em>" not in html, command
        if command == "hyperparameters":
            assert "x│y" in html  # an entity, so that ASCII loses nothing
            assert "a·b·c" in html


# -- terminals


@pytest.mark.slow
def test_on_a_terminal_nothing_is_lost_in_silence_at_any_width(on_terminal):
    """Kinds and numbers are shortened, and what leaves is named; what is sentences wraps."""

    def content(text: str) -> Counter[str]:
        return Counter(each for each in ANSI.sub("", text) if not each.isspace() and each != "─")

    for command in (["summarize", "typical_cnn"], ["hyperparameters", "typical_cnn"], ["specs"]):
        wide = on_terminal(200, *command)
        assert "\x1b[" in wide
        assert "…" not in wide
        titles = ANSI.sub("", wide).splitlines()[2].split("  ")
        for columns in (40, 80):
            narrow = ANSI.sub("", on_terminal(columns, *command))
            assert max(map(cells, narrow.splitlines())) <= columns
            words = " ".join(narrow.split())
            assert all(word in words for title in filter(None, titles) for word in title.split()), (command, columns)
            if (command[0], columns) == ("hyperparameters", 80):
                assert content(narrow) == content(wide)
    table = ANSI.sub("", on_terminal(80, "summarize", "typical_cnn"))
    for number in ("48,672", "139,392", "25,664", "11×11×16", "27,562", "214,304"):
        assert number in table
    assert re.search(r"conv2 .* 11×11×16 +1,168 +139,392 +8\n", table)


def test_big_numbers_stay_whole_on_80_columns(on_terminal):
    """There is room: names and kinds can fold instead."""
    table = ANSI.sub("", on_terminal(80, "summarize", "vgg16"))
    for number in ("1,849,688,064", "102,764,544", "64×224×224", "128×112×112"):
        assert number in table


@pytest.mark.slow
def test_explain_on_a_terminal(on_terminal):
    for columns in (40, 200):
        lines = ANSI.sub("", on_terminal(columns, "explain", "typical_cnn", "conv2")).splitlines()
        assert max(map(cells, lines)) <= columns
        assert "3·3·8·16 + 16 = 1,168" in " ".join(" ".join(lines).split())


@pytest.mark.slow
def test_colours(on_terminal, script, lecture):
    for name in ("auto", "always", "never"):
        assert bool(COLOUR.search(on_terminal(80, "summarize", lecture, "--color", name))) is (name != "never")
    assert not COLOUR.search(on_terminal(80, "summarize", lecture, NO_COLOR="1"))
    assert COLOUR.search(on_terminal(80, "summarize", lecture, NO_COLOR=""))  # an empty value says nothing
    piped = script("summarize", lecture).out
    assert COLOUR.search(script("summarize", lecture, FORCE_COLOR="1").out)
    assert COLOUR.search(script("summarize", lecture, "--color", "always").out)
    assert script("summarize", lecture, "--color", "never", FORCE_COLOR="1").out == piped
    assert not COLOUR.search(script("summarize", lecture, FORCE_COLOR="1", NO_COLOR="1").out)
    for format in ("json", "csv", "markdown"):
        coloured = script("summarize", lecture, "-f", format, "--color", "always", FORCE_COLOR="1")
        assert coloured == script("summarize", lecture, "-f", format)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_what_is_asked_for_wins_over_the_environment(script, lecture, environment):
    assert COLOUR.search(script("summarize", lecture, "--color", "always", **environment).out)


def test_color_takes_three_words(call, lecture):
    assert call("summarize", lecture, "--color", "sometimes").status == 2
    assert call("summarize", lecture, "--color", "").status == 2


def test_double_width_characters(call, on_terminal, write):
    spec = write(
        "name: 漢字漢字\ninput: 8x8x1\nlayers:\n  - {conv: 3x3x4, name: 漢字の層}\n"
        "  - {conv: 3x3x4, name: e\u0301te\u0301}\n  - {conv: 3x3x4, name: plain}\n  - flatten\n"
    )
    result = call("summarize", spec)
    if result.status:
        pytest.skip("names are ASCII only")
    lines = result.out.splitlines()[2:7]
    assert len({cells(line) for line in lines}) == 1
    assert len({cells(line[: line.index(" conv")]) for line in lines[1:4]}) == 1
    table = [line for line in ANSI.sub("", on_terminal(100, "summarize", spec)).splitlines() if " conv " in line]
    assert len({cells(line[: line.index(" conv ")]) for line in table}) == 1


# -- what texts of a spec can do


def hostile(text: str) -> list[str]:
    """Characters that steer a terminal or turn the direction of text, but line ends."""
    return [each for each in text if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp", "Cs")]


@pytest.mark.parametrize("command", [command for command in SHOWN if "MODEL" in command], ids=" ".join)
def test_texts_of_a_spec_are_escaped_everywhere(call, nasty, bad, command):
    for model in (nasty, bad):
        result = call(*on(command, model))
        assert result.status == (model is bad)
        assert hostile(result.out + result.err) == []
        for line in (result.out + result.err).splitlines():
            # GitHub reads these as commands where they begin a line
            assert not line.strip().startswith(("::error", "::warning", "##[")), line
    shown = call(*on(command, nasty)).out
    if command[0] in ("summarize", "explain", "hyperparameters") and command[-1] not in ("csv", "latex"):
        assert "bold" in shown
        assert "red" in shown
        assert "漢🎉" in shown


@pytest.mark.slow
def test_rich_leaves_texts_alone(on_terminal, nasty, bad):
    for command in ("summarize", "explain", "hyperparameters"):
        shown = on_terminal(200, command, nasty)
        plain = ANSI.sub("", shown)
        assert "[bold]red[/bold]" in plain
        assert r"\x1b[31m" in plain
        assert "\x1b[31m" not in shown
        assert hostile(plain) == []
    table = on_terminal(200, "hyperparameters", nasty)
    assert "[link=http://x]1e-3" in ANSI.sub("", table)
    assert "\x1b]8" not in table
    assert hostile(ANSI.sub("", on_terminal(100, "validate", bad))) == []


def test_names_of_files_are_escaped(call, tmp_path, write):
    if os.name == "nt":
        pytest.skip("no such names on Windows")
    text = "input: 8x8x1\nlayers: [conv: 30x30x1]\n"
    for name in ("\x1b[31m.yaml", "new\nline.yaml", "\u202ey.yaml"):
        spec = write(text, name)
        for command in ("summarize", "validate"):
            result = call(command, spec)
            assert result.status == 1
            assert hostile(result.out + result.err) == []
        (tmp_path / "good").mkdir(exist_ok=True)
        for arguments in (
            ["summarize", "typical_cnn", "-o", tmp_path / "no" / name],
            ["validate", tmp_path / "good" / name],
            ["new", spec],
            ["new", tmp_path / "good" / name],
            ["frobnicate" + name],
            ["rule", name],
            ["explain", "typical_cnn", name],
            ["summarize", "typical_cnn", "--columns", name],
            ["summarize", "typical_cnn", "--input", name],
        ):
            result = call(*arguments)
            assert hostile(result.out + result.err) == [], arguments


class TerminalStream(io.StringIO):
    """Standard error that a person sees."""

    def isatty(self) -> bool:
        return True


def test_findings_are_broken_between_words_on_a_terminal(tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_text("input: 28x28x1\nlayers:\n  - {conv: 8, kernel: 31}\n")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stderr", seen := TerminalStream())
    assert run(["summarize", str(path)]) == 1
    lines = [line for line in seen.getvalue().splitlines() if "-->" not in line]
    assert len(lines) > 5
    assert not [line for line in lines if len(line) > 40 and "^" not in line]


def test_what_validate_finds_is_broken_between_words_on_a_terminal(on_terminal, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 28x28x1\nlayers: [flatten, dense: 10]\nexpect: {same_as: nowhere.pt2}\n")
    assert ": there\n    is no file `nowhere.pt2` in the folder of this one\n" in on_terminal(70, "validate", path)
