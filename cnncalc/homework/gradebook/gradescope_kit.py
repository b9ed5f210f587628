"""A kit for Gradescope: the key, the scripts it calls, and cnncalc's own wheel.

Gradescope unpacks the kit into `/autograder/source`, runs `setup.sh` once, and runs `run_autograder` for each hand-in,
which is in `/autograder/submission`; the grade is read from `/autograder/results/results.json`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shlex import quote

_SETUP = """\
#!/usr/bin/env bash
# Installs cnncalc next to the autograder; its dependencies come from the index that pip is configured for.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
find_python() {
    for python in python3.13 python3.12 python3.11 python3; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
}
python=$(find_python)
if [[ -z $python ]]; then
    apt-get update -q && apt-get install -q -y python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv "$root/venv"
"$root/venv/bin/pip" install -q "$root"/source/*.whl
"""

_RUN = """\
#!/usr/bin/env bash
# Grades one hand-in. Whatever happens, there is a results.json afterwards.
root=${AUTOGRADER_ROOT:-/autograder}
results=$root/results/results.json
mkdir -p "$root/results"
rm -f "$results"
metadata=()
if [[ -f $root/submission_metadata.json ]]; then
    metadata=(--submission-metadata "$root/submission_metadata.json")
fi
"$root/venv/bin/cnncalc" homework grade "$root/submission" --key "$root/source/KEY" \\
    --format gradescope -o "$results" "${metadata[@]}" OPTIONS
if [[ ! -s $results ]]; then
    printf '%s\\n' '{"score": 0, "output": "The autograder failed, not you. Please tell your teacher.", "tests": []}' \\
        >"$results"
fi
exit 0
"""


def kit(key: str, options: list[str], files: Mapping[str, str]) -> bytes:
    """The kit as a zip file, the same bytes for the same content.

    Args:
        key: the name of the spec in the kit, or of the folder of specs.
        options: further options of `homework grade`.
        files: the specs and the files that the options name (a rubric), by name.
    """
    run = _RUN.replace("OPTIONS", " ".join(map(_argument, options))).replace(" \n", "\n").replace("KEY", key)
    entries = {"setup.sh": _SETUP, "run_autograder": run, **files}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            _add(archive, name, text.encode(), is_script=name in ("setup.sh", "run_autograder"))
        name, wheel = own_wheel()
        _add(archive, name, wheel)
    return target.getvalue()


def _argument(option: str) -> str:
    """An option for the shell; a file of the kit by its path."""
    return f'"$root/source/{option.removeprefix("kit:")}"' if option.startswith("kit:") else quote(option)


def _add(archive: zipfile.ZipFile, name: str, data: bytes, is_script: bool = False) -> None:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.external_attr = (0o755 if is_script else 0o644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


# -- the wheel


def own_wheel() -> tuple[str, bytes]:
    """The running cnncalc as a wheel: its file name and its bytes.

    Raises:
        PackageNotFoundError: it was never installed, so its dependencies are unknown.
    """
    own = distribution("cnncalc")
    info = f"cnncalc-{own.version}.dist-info"
    metadata = own.read_text("METADATA")
    if metadata is None:
        raise PackageNotFoundError("cnncalc")
    files = dict(_package_files())
    files[f"{info}/METADATA"] = metadata.encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: cnncalc\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = b"[console_scripts]\ncnncalc = cnncalc.cli:main\n"
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            _add(archive, name, data)
    return f"cnncalc-{own.version}-py3-none-any.whl", target.getvalue()


def _package_files() -> Iterator[tuple[str, bytes]]:
    package = str(Path(__file__).resolve().parents[2])
    yield from _tree(package, "cnncalc")
    beside = os.path.join(os.path.dirname(package), "specs")
    if not os.path.isdir(os.path.join(package, "shipped")) and os.path.isdir(beside):
        yield from _tree(beside, "cnncalc/shipped")


def _tree(root: str, name: str) -> Iterator[tuple[str, bytes]]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for file in sorted(files):
            path = os.path.join(folder, file)
            with open(path, "rb") as content:
                yield "/".join((name, *os.path.relpath(path, root).split(os.sep))), content.read()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
