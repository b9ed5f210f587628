"""The programs that render drawings, where there are any: Graphviz, Mermaid's command line with a browser, pdflatex.

mermaid-cli is looked for in the folder `CNNCALC_NODE_MODULES`, where `.ci/run` installs it, and among the programs of
the machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SVG = "{http://www.w3.org/2000/svg}"


def without_graphviz() -> str:
    """Why there is no Graphviz; "" if there is."""
    return "" if shutil.which("dot") else "needs dot, of Graphviz"


def graphviz_svg(text: str) -> ElementTree.Element:
    """What Graphviz makes of a drawing. Whatever it has to say is a failure."""
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return ElementTree.fromstring(done.stdout)


def graphviz_texts(svg: ElementTree.Element, kind: str) -> dict[str, str]:
    """The text of each node or cluster (`kind`), or "" of each edge, by its title."""
    return {
        str(group.findtext(f"{SVG}title")): "\n".join(_lines(group))
        for group in svg.iter(f"{SVG}g")
        if group.get("class") == kind
    }


def _lines(group: ElementTree.Element) -> list[str]:
    """The texts of a group, those at the same height joined."""
    lines: dict[str, list[str]] = {}
    for text in group.iter(f"{SVG}text"):
        lines.setdefault(text.get("y", ""), []).append("".join(text.itertext()))
    return ["".join(parts) for parts in lines.values()]


def _mermaid_command() -> list[str]:
    modules, node = os.environ.get("CNNCALC_NODE_MODULES"), shutil.which("node")
    program = Path(modules, "@mermaid-js", "mermaid-cli", "src", "cli.js") if modules else None
    if node and program and program.is_file():
        return [node, str(program)]
    return [installed] if (installed := shutil.which("mmdc")) else []


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def without_mermaid() -> str:
    """Why Mermaid cannot be run; "" if it can."""
    if not _mermaid_command():
        return "needs mermaid-cli (npm); CNNCALC_NODE_MODULES may say in which folder node_modules it is"
    return "" if _browser() else f"needs a browser, one of {', '.join(BROWSERS)}"


def mermaid_svgs(texts: Sequence[str], folder: Path) -> list[ElementTree.Element]:
    """What Mermaid makes of drawings, in one Markdown file: a browser is started only once."""
    source, settings = folder / "drawings.md", folder / "puppeteer.json"
    source.write_text("\n".join(f"```mermaid\n{text}```\n" for text in texts), encoding="utf-8")
    settings.write_text(json.dumps({"executablePath": _browser(), "args": ["--no-sandbox"]}), encoding="utf-8")
    target = folder / "drawings.svg"
    options = ["--quiet", "--puppeteerConfigFile", str(settings), "--input", str(source), "--output", str(target)]
    done = subprocess.run([*_mermaid_command(), *options], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [ElementTree.parse(folder / f"drawings-{number}.svg").getroot() for number in range(1, len(texts) + 1)]


def mermaid_texts(svg: ElementTree.Element, prefix: str) -> dict[str, str]:
    """The text of each node (`n`) or subgraph (`g`), by its identifier."""
    found = {}
    for group in svg.iter(f"{SVG}g"):
        classes = (group.get("class") or "").split()
        match = re.search(rf"(?:^|-)({prefix}\d+)(?:-\d+)?$", group.get("id") or "")
        if match and ("node" in classes or "cluster" in classes):
            found[match[1]] = _text_of_html(group)
    return found


def _text_of_html(element: ElementTree.Element) -> str:
    """The text in an element, with a line break for each `<br>`."""
    parts = [element.text or ""]
    for child in element:
        if child.tag.endswith("}style"):
            continue
        parts.append("\n" if child.tag.endswith("}br") else _text_of_html(child))
        parts.append(child.tail or "")
    return "".join(parts)


def without_tikz() -> str:
    """Why no figure can be compiled; "" if it can."""
    if not shutil.which("pdflatex"):
        return "needs pdflatex"
    found = subprocess.run(["kpsewhich", "tikz.sty"], capture_output=True, check=False)
    return "needs TikZ, of texlive-pictures" if found.returncode else ""


def compiled(text: str, folder: Path) -> str:
    """What pdflatex says about a document, which it must accept and put on one page."""
    (folder / "figure.tex").write_text(text, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "figure.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-1500:]
    assert "Output written on figure.pdf (1 page" in log.replace("\n", " "), log[-1500:]
    return log
