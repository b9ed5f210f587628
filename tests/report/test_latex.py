"""LaTeX: balanced for every shipped spec, and compiled where pdflatex is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cnncalc.cli import run
from cnncalc.report._document import Column, Facts, Formula, Heading, Paragraph, Table
from cnncalc.report.formats.latex import latex
from cnncalc.source.open_model import shipped

SPECIAL = (
    r"""% _ \ $ & # ~ ^ { } < > | " ` ' [x] \\[1em] \end{document} %% $$ $x_1^2$ \input{x} ^^41 -- ?` << >> "a ü"""
)
NASTY = [
    *SPECIAL.split(" "), SPECIAL, "", " ", "漢字 🎉 e\u0301 \u202e \u200b \x1b[31m", "100 %", "a" * 200, "{", "}", "\\",
    "line\nend", "\\begin{x}", "[", "*", "µ ª º ×·−→⌊⌋⌈⌉…≤≥",
]  # fmt: skip
LETTERS = "".join(chr(code) for code in range(0x80, 0x180) if chr(code).isprintable())


def document(texts: list[str]) -> str:
    blocks: list[object] = []
    for text in texts:
        blocks += [
            Heading(text, text), Heading(text, level=2), Paragraph(text), Facts([(text, text)]),
            Formula(text, "", "", text, text), Formula(text, "x", "1", "1,168", text, ("x", "1")),
        ]  # fmt: skip
    # a row that begins with [ or * must not be read as an argument of the row before
    blocks.append(Table([Column("a"), Column("n", True), Column("b")], [[text, "1", text] for text in texts]))
    blocks.append(Table([Column("a")], []))
    return "".join(latex(blocks))  # type: ignore[arg-type]


def balanced(source: str) -> None:
    """Braces, environments, fences and dollars close in the order they opened."""
    open_: list[str] = []
    in_math = False
    for token in re.findall(
        r"\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}|\\left(?:\\[a-z]+|.)|\\right(?:\\[a-z]+|.)|\\\[|\\\]|\\.|[{}$%]", source
    ):
        if token.startswith("\\begin"):
            open_.append(token[6:])
        elif token.startswith("\\end{"):
            assert open_.pop() == token[4:]
        elif token.startswith("\\left"):
            open_.append("fence")
        elif token.startswith("\\right"):
            if token != "\\rightarrow":
                assert open_.pop() == "fence"
        elif token in ("{", "\\["):
            open_.append(token)
        elif token in ("}", "\\]"):
            assert open_.pop() == {"}": "{", "\\]": "\\["}[token]
        elif token == "$":
            in_math = not in_math
        assert token != "%"  # a comment would swallow the rest of its line
    assert open_ == []
    assert not in_math


@pytest.mark.slow
def test_every_shipped_spec_is_balanced(capsys):
    for name in shipped():
        for command in ("explain", "hyperparameters"):
            assert run([command, name, "--format", "latex"]) == 0
            source = capsys.readouterr().out
            balanced(source)
            assert source.startswith("\\documentclass")
            assert source.endswith("\\end{document}\n")
            outside_math = re.sub(
                r"\\begin\{align\*\}.*?\\end\{align\*\}|\\\[.*?\\\]|\$[^$]*\$", "", source, flags=re.S
            )
            body = outside_math.partition("\\begin{document}")[2]
            assert not re.search(r"(?<!\\)[_^#~]", body), name
            assert "?" not in body


def test_nasty_texts_are_balanced():
    for text in NASTY:
        balanced(document([text]))


def test_escaped_as_it_is():
    shown = "".join(latex([Paragraph(r"50% a_b \x $1 & #2 ~ ^ {y}")]))
    assert r"50\% a\_b \textbackslash{}x \$1 \& \#2 \textasciitilde{} \textasciicircum{} \{y\}" in shown


SPEC = r"""
name: "50% a_b \\x $1 & #2 ~ ^ { ü 漢 🎉 [bold] \"q\" --"
description: "% _ \\ $ & # ~ ^ { } ü 漢 🎉"
input: 28x28x1
layers:
  - {conv: 3x3x8, padding: same, dilation: 2, norm: batch_norm, activation: {leaky_relu: 0.1},
     name: a_b-c}
  - {depthwise_conv: 3, stride: [1, 2], padding: [[1, 0], [0, 1]], norm: {group_norm: 4}}
  - {separable_conv: 8, kernel: 3}
  - {conv_transpose: 4, kernel: 2, stride: 2}
  - {avg_pool: 2, rounding: ceil}
  - {adaptive_avg_pool: 4}
  - batch_norm
  - prelu
  - dropout: 0.5
  - flatten
  - {dense: 10, activation: softmax}
training:
  optimizer: "\\end{document} % _ \\ $ & # ~ ^ { } ü 漢 🎉 \e[31m"
  "my key_%$#&": "[x] ^^41 \\\\[1em]"
  loss: ""
"""


def test_it_compiles(tmp_path: Path, capsys):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    (tmp_path / "nasty.yaml").write_text(SPEC, encoding="utf-8")
    sources = {"texts": document(NASTY)}
    for name in ("typical_cnn", "keras_cnn", "one_d", "three_d", str(tmp_path / "nasty.yaml")):
        for command in ("explain", "hyperparameters"):
            assert run([command, name, "-f", "latex", "--convention", "keras"]) == 0
            sources[f"{command}-{Path(name).stem}"] = capsys.readouterr().out
    compile_all(tmp_path, sources)


def test_letters_beyond_ascii_compile(tmp_path: Path):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    sources = {
        f"letters-{place:x}": "".join(latex([Paragraph(" ".join(LETTERS[place : place + 64]))]))
        for place in range(0, 256, 64)
    }
    compile_all(tmp_path, sources)


def test_output_for_another_encoding_compiles(tmp_path: Path, monkeypatch):
    """On Windows `> notes.tex` is in cp1252, and the file must say so or be ASCII."""
    import io
    import sys

    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    (tmp_path / "nasty.yaml").write_text(SPEC, encoding="utf-8")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="\n")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stream)
        assert run(["hyperparameters", str(tmp_path / "nasty.yaml"), "-f", "latex"]) == 0
        stream.flush()
    compile_all(tmp_path, {"windows": stream.buffer.getvalue()})


def test_nothing_runs_off_the_paper(tmp_path: Path, capsys):
    """The margin is 2 cm, 57 pt: a line that is longer by more is cut by the edge of the paper."""
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    sources = {}
    for name in ("typical_cnn", "vgg16"):
        for command in ("explain", "hyperparameters"):
            assert run([command, name, "-f", "latex"]) == 0
            sources[f"{command}-{name}"] = capsys.readouterr().out
    compile_all(tmp_path, sources)
    for name in sources:
        log = (tmp_path / f"{name}.log").read_text(errors="replace")
        assert [width for width in re.findall(r"Overfull \\hbox \(([0-9.]+)pt", log) if float(width) > 57] == [], name


def compile_all(folder: Path, sources: dict[str, str | bytes]) -> None:
    """Compiles side by side, without making the PDF."""
    running = []
    for name, source in sources.items():
        (folder / f"{name}.tex").write_bytes(source if isinstance(source, bytes) else source.encode("utf-8"))
        command = [
            "pdflatex",
            "-draftmode",
            "-interaction=nonstopmode",
            "-halt-on-error",
            "-no-shell-escape",
            f"{name}.tex",
        ]
        running.append((name, subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)))
    failed = []
    for name, process in running:
        log, _ = process.communicate(timeout=120)
        if process.returncode:
            lines = log.decode("utf-8", "replace").splitlines()
            start = next((index for index, line in enumerate(lines) if line.startswith("!")), -6)
            failed.append("\n".join([name, *lines[start : start + 6]]))
    assert not failed, "\n\n".join(failed)


def test_every_character_of_ours_is_written():
    """What LaTeX lacks is written as its number, which is for what files bring."""
    import ast

    import cnncalc
    from cnncalc.report.formats.latex import latex_escaped

    ours = {
        character
        for path in Path(cnncalc.__file__).parent.joinpath("report", "views").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for character in node.value
        if not character.isascii() and character.isprintable()
    }
    assert {"Σ", "Δ", "✓", "–"} <= ours
    assert not [character for character in ours if "U+" in latex_escaped(character)]
    assert latex_escaped("卷") == r"{\tiny U+5377}"
