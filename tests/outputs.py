"""Records what every command prints on every shipped spec and case: a change of structure shows what it changed.

    python tests/outputs.py FOLDER                    # in a checkout of before, then in one of after
    diff -r BEFORE AFTER

A file an invocation: its exit status, what it wrote on each stream. The package is the one that Python finds
(`PYTHONPATH=CHECKOUT` chooses another), the specs and cases those next to this file. `--part verify` records one part.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import multiprocessing
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SMALL = 5_000_000
"""Multiply-adds up to which a model is also run and verified."""

Invocation = tuple[str, Path, list[str]]
"""Part, folder to run in, arguments."""


def invocations() -> Iterator[Invocation]:
    """All command lines."""
    specs = json.loads(_output(ROOT, ["specs", "--format", "json"])[1])["specs"]
    names = [spec["name"] for spec in specs]
    for spec in specs:
        for arguments in (*_of_model(spec["name"]), *_exported(spec["name"])):
            yield "specs", ROOT, arguments
        if (spec["macs"] or 0) <= SMALL:
            for arguments in _running(spec["name"]):
                yield "verify", ROOT, arguments
        for variant in spec["variants"]:
            yield "variants", ROOT, ["summarize", variant["name"], "--format", "json"]
    for first, second in itertools.pairwise(names):
        for format in ("text", "json"):
            yield "compare", ROOT, ["compare", first, second, "--format", format]
    for case in sorted(TESTS.glob("cases/*/*.yaml")):
        for format in ("text", "json", "sarif"):
            yield "cases", case.parent, ["validate", case.name, "--select", "default,design", "--format", format]
        if case.parent.name == "bad":
            yield "cases", case.parent, ["summarize", case.name]
            continue
        for arguments in (*_of_model(case.name), *_exported(case.name)):
            yield "cases", case.parent, arguments
        for arguments in _running(case.name):
            yield "verify", case.parent, arguments
    yield from (("rest", ROOT, arguments) for arguments in _rest())


def _of_model(model: str) -> Iterator[list[str]]:
    for command, formats in (
        ("summarize", ("text", "json", "csv", "markdown")),
        ("explain", ("text", "json", "latex")),
        ("hyperparameters", ("text", "json")),
        ("receptive-field", ("text", "json")),
        ("homework sheet", ("yaml", "csv")),
    ):
        for format in formats:
            yield [*command.split(), model, "--format", format]
    if model.endswith(".yaml"):
        yield ["compare", model, "lenet5", "--format", "json"]


def _exported(model: str) -> Iterator[list[str]]:
    for to in ("dot", "mermaid", "svg"):
        yield ["export", model, "--to", to]
        yield ["export", model, "--to", to, "--depth", "2"]


def _running(model: str) -> Iterator[list[str]]:
    yield ["forward", model, "--all", "--seed", "3"]
    yield ["forward", model, "--format", "json", "--seed", "3"]
    yield ["verify", model]
    yield ["verify", model, "--format", "json"]


def _rest() -> Iterator[list[str]]:
    from cnncalc.cli import COMMANDS

    yield ["--help"]
    for command in COMMANDS:
        yield [command, "--help"]
    for format in ("text", "json", "markdown"):
        yield ["specs", "--format", format]
    yield ["schema"]
    yield ["rule"]
    for code in range(100, 600):
        yield ["rule", f"CNN{code}"]
    for seed in range(40):
        yield ["homework", "exercise", "--seed", str(seed), "--topic", "output"]
        yield ["homework", "exercise", "--seed", str(seed)]
    for model in ("typical_cnn", "letter_x", "keras_cnn", "two_filters", "tiny_vgg", "rgb_image", "one_d", "three_d"):
        for layer in ("conv", "conv1", "pool", "max_pool", "avg_pool", "dense", "conv2"):
            for format in ("text", "json"):
                yield ["forward", model, "--trace", layer, "--format", format]
            yield ["receptive-field", model, "--layer", layer]
        yield ["forward", model, "--shift", "1,1"]
    for model in ("typical_cnn", "resnet", "unet", "mobilenet_v2", "wavenet", "keras_cnn"):
        for question in (["--output", "7x7"], ["--params", "<= 1M"], ["--field", "64"]):
            yield ["solve", model, *question, "--format", "json"]
        yield ["receptive-field", model, "--target", "64x64"]


def _output(folder: Path, arguments: list[str]) -> tuple[int, str, str]:
    """Exit status and streams of a command line, in this process."""
    from cnncalc import cli

    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            status = cli.run(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
    return status, out.getvalue(), err.getvalue()


def record(job: tuple[Path, Invocation]) -> None:
    """Writes the file of one invocation."""
    target, (part, folder, arguments) = job
    status, out, err = _output(folder, arguments)
    words = shlex.join(arguments).replace("/", "_")
    file = target / part / f"{folder.name if folder != ROOT else ''} {words}".strip()[:200]
    file.parent.mkdir(parents=True, exist_ok=True)
    text = f"{shlex.join(arguments)}\nexit status {status}\n-- stdout\n{out}\n-- stderr\n{err}\n"
    file.write_text(text.replace(str(ROOT), "ROOT"), "utf-8", errors="surrogateescape")


def main() -> int:
    """Records everything, or one part."""
    parser = argparse.ArgumentParser(description="Records what every command prints.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", action="append")
    wanted = parser.parse_args()
    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    jobs = [(wanted.folder.resolve(), each) for each in invocations() if not wanted.part or each[0] in wanted.part]
    with multiprocessing.Pool(min(4, os.cpu_count() or 1), maxtasksperchild=200) as pool:
        for done, _ in enumerate(pool.imap_unordered(record, jobs, chunksize=4), 1):
            if sys.stderr.isatty():
                print(f"\r{done}/{len(jobs)}", end="", file=sys.stderr)
    print(f"{len(jobs)} invocations in {wanted.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
