"""Networks of torchvision and timm, exported and imported: parameters, multiply-adds, shapes and values of each.

    python benchmarks/import_models.py                          # all of them: about an hour
    python benchmarks/import_models.py tv:resnet18 timm:vit_tiny_patch16_224
    python benchmarks/import_models.py --table import_models.md

Wants an environment with torch, torchvision, timm, onnx and onnxscript; nothing is downloaded, weights are random. Each
network is exported in a process and a folder of its own, as a .pt2 before and after `run_decompositions` and by both
ONNX exporters. A form of a network is `exact` where its parameters, its multiply-adds and the values that it gives are
PyTorch's and no size differs from one that the file states; `partly` where cnncalc says what it does not know;
`refused` where it says so; anything else is `wrong`, and the run ends with status 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _results import Limit, Row, parser, results

FORMS = ("pt2", "decomposed", "onnx", "torchscript")
SECONDS = 600
"""How long the four forms of a network may take."""
NETWORKS = Path(__file__).with_suffix(".txt")
"""The names of the networks, one a line: small variants of as many families as possible."""


def main() -> int:
    """Imports the networks, one after the other."""
    options = parser(__doc__)
    options.add_argument("networks", nargs="*", metavar="NETWORK", help="tv:NAME or timm:NAME (default: all)")
    options.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS, help="what to export (default: all)")
    options.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep the exported files here, and use those there"
    )
    options.add_argument("--table", type=Path, metavar="FILE", help="write the table here too, as Markdown")
    given = options.parse_intermixed_args()
    found: list[dict[str, Any]] = []
    with results("import_models", given.json) as rows:
        for network in given.networks or NETWORKS.read_text(encoding="utf-8").split():
            with tempfile.TemporaryDirectory() as folder:
                place = Path(given.keep.resolve() if given.keep else folder, network.replace(":", "_"))
                forms = _in_a_process(network, place, given.forms, given.keep is not None)
            found += forms
            for form in forms:
                print(_line(form), flush=True)
            if given.table:
                given.table.write_text(_page(found), encoding="utf-8")
        for verdict in ("exact", "partly", "refused", "wrong"):
            count = sum(form["verdict"] == verdict for form in found)
            limit = Limit(0) if verdict == "wrong" else None
            rows.add(Row(f"imported: {verdict}", "files", [count], limit=limit))
    return int(any(form["verdict"] == "wrong" for form in found))


def _in_a_process(network: str, folder: Path, forms: Sequence[str], keeps: bool) -> list[dict[str, Any]]:
    """What became of the forms of a network; a process of its own gives its memory back."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = json.dumps({"network": network, "folder": str(folder), "forms": forms, "keeps": keeps})
    command = [sys.executable, str(Path(__file__).with_name("_exported.py")), asked]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    try:
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        output, why = late.stdout or b"", f"more than {SECONDS} s"
        text = output.decode() if isinstance(output, bytes) else output
    else:
        text, why = done.stdout, (done.stderr.strip().splitlines() or [""])[-1][:200]
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    left = [form for form in forms if form not in {each["form"] for each in found}]
    return [*found, *({"network": network, "form": form, "verdict": "not made", "note": why} for form in left)]


COLUMNS = ("network", "form", "verdict", "params", "macs", "values", "seconds", "note")


def _cells(form: dict[str, Any]) -> list[str]:
    """The cells of a row: where a number is not PyTorch's, both."""
    cells = []
    for column in COLUMNS:
        value, expected = form.get(column, ""), form.get(f"expected_{column}")
        text = f"{value:,}" if isinstance(value, int) else f"{value:.2g}" if isinstance(value, float) else str(value)
        is_other = expected is not None and value != expected
        cells.append(f"{text} for {expected:,}" if is_other else text)
    return cells


def _line(form: dict[str, Any]) -> str:
    return "  ".join(_cells(form))


def _page(forms: list[dict[str, Any]]) -> str:
    """The table, with the versions that it was made with."""
    versions = next((form["versions"] for form in forms if "versions" in form), {})
    made = ", ".join(f"{name} {version}" for name, version in versions.items())
    head = ["# Imported networks", "", f"`python benchmarks/import_models.py --table`, with {made}.", ""]
    counts = {
        word: sum(form["verdict"] == word for form in forms) for word in dict.fromkeys(f["verdict"] for f in forms)
    }
    said = [", ".join(f"{count} {word}" for word, count in counts.items()) + f", of {len(forms)} files.", ""]
    table = [f"| {' | '.join(COLUMNS)} |", "|---|---|---|--:|--:|--:|--:|---|"]
    rows = [f"| {' | '.join(cell.replace('|', '/') for cell in _cells(form))} |" for form in forms]
    return "\n".join([*head, *said, *table, *rows]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
