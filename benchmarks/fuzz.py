"""Mutates specs or model files, reads what comes of it, and reports what crashes, hangs or takes too much memory.

    python benchmarks/fuzz.py                     # 20,000 mutations, some minutes
    python benchmarks/fuzz.py --runs 2000 --seed 7
    python benchmarks/fuzz.py --show 1234         # the text of one mutation
    python benchmarks/fuzz.py --of onnx --runs 5000   # model files; also pt2, keras, h5

Each mutation goes through the reader, the analysis and every report, as the commands call them; one of a model file is
summarized, imported and run, and nothing but the file may be opened, and nothing executed. A mutation is its
number and the seed: the same two give the same text (as long as the specs are the same), which `--show` prints. Workers
are processes of their own, so that one that dies or never ends is a line in the report too. Exit status 1 where
anything was found. Memory is measured on Linux alone.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import _model_files
from _results import Limit, Row, parser, results

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

SPECS = Path(__file__).parents[1] / "specs"
MAX_SECONDS = 1.0
MAX_MEGABYTES = 200
FILE_MEGABYTES = 250
"""The most by which a process grows that reads a model file: 300 with the 50 that it has before."""
SECONDS_A_LAYER = 0.001
"""What a large model that is *not* refused may take besides: reading, analysis and a dozen reports."""
MEGABYTES_A_LAYER = 0.02
HOPELESS = 120
"""After this many seconds a worker ends itself."""
EXPLAINED = 60
"""So many layers of a model are explained."""


class Trouble(NamedTuple):
    """What one mutation did wrong."""

    number: int
    kind: str
    """`crash`, `hang`, `memory`, `reach` (what it opens or runs) or `died`."""
    detail: str
    where: str
    """Troubles of one kind and place are one line of the report."""


# -- texts to begin with

LANGUAGE = (
    """input: 28x28x1
vars: {width: 8, depth: 3, half: $(width / 2)}
variants:
  small: {vars: {width: 4}, expect: {params: "<= 5M"}}
  wide: {vars: {width: 16, depth: 2}, input: 32x32x1}
defaults: {conv: {bias: false, norm: batch_norm}}
blocks:
  unit:
    args: [width, stride=1, inner=$(width // 2), at=input]
    layers:
      - residual:
          - {conv: $inner, kernel: 1, activation: relu}
          - {conv: 3x3x$width, stride: $stride, padding: 1, name: middle}
        shortcut: {conv: $width, kernel: 1, stride: $stride, when: $(stride != 1 or c_in != width)}
        activation: relu
      - {conv: 1x1x$width, from: $at, when: $(index == 0 and width > 1000)}
  pair:
    args: [width]
    layers:
      - {unit: $width}
      - {unit: [$(2 * width), 2], when: "$(min(width, 8) >= 8)"}
      - {unit: $width, repeat: 2, name: last}
layers:
  - {conv: 3x3x$width, padding: 1, name: stem}
  - {unit: $width, repeat: $depth, first: {stride: 2}, name: stage1}
  - {pair: "$(divisible(width * 1.5, 8))", name: stage2}
  - concat:
      - []
      - [{conv: 4, kernel: 1}, {conv: 4, kernel: 3, padding: 1, from: stage1}]
      - {max_pool: 3, stride: 1, padding: 1}
    name: mixed
    when: $(depth > 100)
  - {group: [relu, {dropout: 0.1}], name: end, repeat: 2}
  - {share: end}
  - multiply: [[], [global_avg_pool, {dense: $c_in, activation: sigmoid}]]
  - global_avg_pool
  - {dense: 10, activation: softmax}
expect: {output: 10, receptive_field: global}
""",
    """convention: keras
inputs: {left: 16x16x3, right: 16x16x3}
blocks:
  encoder:
    - {conv: 3x3x8, padding: same, activation: relu}
    - max_pool: 2
layers:
  - {encoder, name: one, from: left}
  - {share: one, name: two, from: right}
  - {concat: [one, two], name: both}
  - {conv_transpose: 2x2x4, stride: 2}
  - {add: [[], [{conv: 3x3x4, padding: same}], [{upsample: 1}]], activation: {leaky_relu: 0.1}}
  - {residual: [{group_norm: 2}, {depthwise_conv: 3, padding: same}], skip: $(1 < 2), name: r}
  - {slice: [0, 2]}
  - {subtract: [[], [instance_norm]]}
outputs: [both, r]
""",
)
"""Models that use all of the language; the shipped specs are added to them."""

_WORDS = """
0 1 -1 2 3 7 010 1_000 0x3 1e9 1.5 .nan inf 1000000 999999999 200001 99999999999999999999 3x3 3x3x8 1x7 0x0
28x28x1 7x1 1000000000 same valid causal end none null ~ true false yes '' [] {} [[]] [[],[]] [1,2]
[[1,2],[3,4]] {a:\u00a01} $width $depth $x $c_in $index $(c_in) $(index) $(width*c_in) $(2**99999999) $(2**64)
$(10**18*10**18) $(1/0) $(width//0) $(1e308*10) $(-1%0) $(0.1) $(1/3) $(0**-1) $((-8)**0.5) $(round(0.5))
$(round(width,99)) $(min()) $(max(width)) $(floor('a')) $('a'*9) $('a'<1) $(width<'a') $(not\u00a0width)
$(width\u00a0if\u00a0depth\u00a0else\u00a0c_in) $(((((((1))))))) $(divisible(width,0)) $(divisible(7,-3))
$(divisible(1e300,1)) $(__import__('os')) $(width.real) $([1][0]) $(lambda:\u00a01) $(1<2<3) $(~1) $(1<<99)
$(width:=1) $(f'{width}') $(1j) $(True) $(None) $(...) $( $() $(1 $ $$ $1 conv max_pool flatten dense add concat
residual group share repeat first when name from expect norm activation shortcut skip stride kernel padding args
layers blocks vars variants input inputs outputs defaults unit pair encoder stem stage1 stage1.0 stage2.last.1
middle mixed one relu batch_norm global_avg_pool conv1 residual1 input.0 & * ! | > % @ ` ? : - # , ' " \\ \t
\u2028 \x85 \ufeff \u202e é ² ١ 😀 \ud7ff <<: &a *a !!python/object/apply:os.system --- ...
"""
WORDS = tuple(re.split("[ \n]+", _WORDS.strip("\n")))
"""What a word may become: mostly what it should not."""
CHARACTERS = "{}[]()$,:-#&*!|>'\"%@`\\ \t\n?=+/.<_0123456789abcdefgé\u00a0\u2028\ufeff\x00\x07\x85"


def originals() -> list[str]:
    """The texts that mutations begin with."""
    return [*LANGUAGE, *LANGUAGE, *(path.read_text(encoding="utf-8") for path in sorted(SPECS.rglob("*.yaml")))]


# -- mutations


def mutation(number: int, seed: int, texts: list[str]) -> bytes:
    """The mutation of this number."""
    choices = random.Random(f"{seed}/{number}")
    text = choices.choice(texts)
    for _ in range(choices.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        text = choices.choice((of_lines, of_tokens, of_tokens, of_characters, of_structure, of_structure))(
            text, choices
        )
        text = text[:100_000]
    data = text.encode("utf-8", "surrogatepass")
    return of_bytes(data, choices) if choices.random() < 0.1 else data


def of_bytes(data: bytes, choices: random.Random) -> bytes:
    """Bytes exchanged, dropped or added."""
    array = bytearray(data)
    for _ in range(choices.randint(1, 6)):
        at = choices.randrange(len(array) + 1)
        array[at : at + choices.randint(0, 3)] = choices.randbytes(choices.randint(0, 3))
    return bytes(array)


def of_characters(text: str, choices: random.Random) -> str:
    """A character exchanged, dropped or added."""
    at = choices.randrange(len(text) + 1)
    return text[:at] + choices.choice(("", choices.choice(CHARACTERS))) + text[at + choices.randint(0, 2) :]


def of_tokens(text: str, choices: random.Random) -> str:
    """A word exchanged for another of the text, or for a hostile one."""
    words = list(re.finditer(r"\$\([^)]*\)|[\w.$]+|[-+*/=<>!]+", text))
    if not words:
        return text + choices.choice(WORDS)
    old = choices.choice(words)
    new = choices.choice(words).group() if choices.random() < 0.4 else choices.choice(WORDS)
    return text[: old.start()] + new + text[old.end() :]


def of_lines(text: str, choices: random.Random) -> str:
    """Lines dropped, doubled, swapped, indented, or taken from another place."""
    lines = text.split("\n")
    here, there = choices.randrange(len(lines)), choices.randrange(len(lines))
    many = choices.randint(1, 4)
    match choices.randrange(5):
        case 0:
            del lines[here : here + many]
        case 1:
            lines[there:there] = lines[here : here + many]
        case 2:
            lines[here], lines[there] = lines[there], lines[here]
        case 3:
            lines[here] = " " * choices.randint(0, 8) + lines[here].lstrip()
        case 4:
            lines[here] = lines[here][: choices.randrange(len(lines[here]) + 1)] + lines[there].lstrip()
    return "\n".join(lines)


def of_structure(text: str, choices: random.Random) -> str:
    """A part in brackets or braces put in another's place, wrapped, emptied or doubled; or a key added."""
    parts = [found.span() for found in re.finditer(r"\{[^{}\n]*\}|\[[^][\n]*\]", text)]
    if not parts:
        return of_lines(text, choices)
    start, stop = choices.choice(parts)
    part = text[start:stop]
    other = text[slice(*choices.choice(parts))]
    key = choices.choice(
        ("repeat", "when", "first", "from", "name", "shortcut", "skip", "stride", "norm", "activation")
    )
    word = choices.choice(WORDS)
    body, end = part[:-1], part[-1]
    wrapped = (f"[{part}]", f"[{part}, {other}]", f"{{group: [{part}]}}", f"{{residual: [{part}]}}")
    merged = (f"{{add: [{part}, {other}]}}", f"{{concat: [[], {part}]}}", f"{{share: {word}}}", nested(part, choices))
    longer = (f"{body}, {key}: {word}{end}", f"{body}, {key}: {other}{end}")
    new = choices.choice((other, "[]", "{}", *wrapped, *merged, *longer))
    return text[:start] + new + text[stop:]


def nested(part: str, choices: random.Random) -> str:
    """A part many levels deep in one structure."""
    opening = choices.choice(("[", "{group: [", "{residual: [", "{add: [[], ", "{concat: [", "{relu: "))
    depth = choices.choice((2, 5, 30, 60, 120))
    closing = "".join({"[": "]", "{": "}"}[sign] for sign in reversed(opening) if sign in "[{")
    if opening == "{add: [[], ":
        closing = "]}"
    return opening * depth + part + closing * depth


# -- what is asked of each


def everything(data: bytes) -> tuple[int, list[Exception]]:
    """Reads, analyses and reports, as the commands do: how many layers there were, and what was raised."""
    from cnncalc.report.findings.text_and_json import diagnostic_json, diagnostics_text
    from cnncalc.source.files import Unreadable, decode
    from cnncalc.spec.reader import read
    from cnncalc.spec.top_level import Overrides

    layers = 0
    errors: list[Exception] = []
    try:
        source = decode(data, "net.yaml")
        spec, found = read(source)
        assert spec or any(each.is_error for each in found), "no spec, and no word why"
        diagnostics_text(found)
        for each in found:
            diagnostic_json(each)
        for variant in (None, *(spec.variants[:2] if spec else ())):
            model = spec if variant is None else read(source, Overrides(variant=variant))[0]
            if model:
                layers += len(model.graph.nodes)
                errors += failures(reports(model))
    except Unreadable as refused:
        diagnostics_text(refused.diagnostics)
    except Exception as error:
        errors.append(error)
    return layers, errors


def failures(steps: Iterator[Callable[[], object]]) -> Iterator[Exception]:
    """What the steps raise; one that fails does not keep the others from running."""
    try:
        for step in steps:
            try:
                step()
            except Exception as error:
                yield error
    except Exception as error:
        yield error


def reports(spec: Spec) -> Iterator[Callable[[], object]]:
    """The analysis, and then every report of it, each to be called by itself."""

    from cnncalc.analysis import analyze
    from cnncalc.checks.model import Model
    from cnncalc.checks.registry import findings
    from cnncalc.comparison.differences import compare
    from cnncalc.explanation.derivation import explain
    from cnncalc.report.findings.text_and_json import diagnostics_text
    from cnncalc.report.formats.registry import formats_of
    from cnncalc.report.report import Report
    from cnncalc.report.views.columns import COLUMNS
    from cnncalc.report.views.compare import ComparisonReport
    from cnncalc.report.views.explain import ExplainReport
    from cnncalc.report.views.hyperparameters import HyperparametersReport
    from cnncalc.report.views.rows import Listing
    from cnncalc.report.views.summarize import SummaryReport

    analysis = analyze(spec)
    explained = analysis._replace(layers=analysis.layers[:EXPLAINED])
    yield lambda: diagnostics_text([*spec.remarks, *findings(Model.of(analysis.spec, analysis), ["CNN401"])])
    explanations = [explain(analysis, layer) for layer in explained.layers]
    reports: list[Report] = [
        SummaryReport(analysis, Listing(tuple(COLUMNS))),
        SummaryReport(analysis, Listing(fold=True)),
        SummaryReport(analysis, Listing(depth=1), "macs"),
        ExplainReport(spec, explanations),
        HyperparametersReport(analysis),
        ComparisonReport(compare([analysis, analysis])),
    ]
    for report in reports:
        for format in formats_of(type(report)):
            yield lambda report=report, format=format: report.render(format)  # type: ignore[misc]


def check_file(data: bytes, folder: Path, watch: _model_files.Watch) -> list[tuple[str, str, str]]:
    """What is wrong with how a model file was taken."""
    found: list[tuple[str, str, str]] = []
    _forget_peak()
    before = _peak()
    for command, seconds, layers in _model_files.outcomes(
        data, folder, watch, lambda error: found.append(crash(error))
    ):
        if seconds > _model_files.MAX_SECONDS + SECONDS_A_LAYER * layers:
            found.append(("hang", f"{seconds:.1f} s, {layers:,} layers", command))
        if (megabytes := _peak() - before) > FILE_MEGABYTES + MEGABYTES_A_LAYER * layers:
            found.append(("memory", f"{megabytes:,.0f} MB, {layers:,} layers", command))
        _forget_peak()
    found += [("reach", each, each) for each in dict.fromkeys(watch.seen)]
    watch.seen.clear()
    return found


def check(data: bytes) -> list[tuple[str, str, str]]:
    """What is wrong with how these bytes were taken: kind, detail, place."""
    _forget_peak()
    before = _peak()
    start = time.process_time()
    layers, errors = everything(data)
    seconds, megabytes = time.process_time() - start, _peak() - before
    found = [crash(error) for error in errors]
    outcome = "accepted" if layers else "refused"
    if seconds > MAX_SECONDS + SECONDS_A_LAYER * layers:
        found.append(("hang", f"{seconds:.1f} s, {layers:,} layers", outcome))
    if megabytes > MAX_MEGABYTES + MEGABYTES_A_LAYER * layers:
        found.append(("memory", f"{megabytes:,.0f} MB, {layers:,} layers", outcome))
    return found


def crash(error: Exception) -> tuple[str, str, str]:
    """An exception as a trouble; its place is the last of our own lines in the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((each for each in reversed(frames) if "cnncalc" in each.filename), frames[-1])
    place = f"{frame.filename.rpartition('cnncalc/')[2]}:{frame.lineno} {frame.name}"
    name = type(error).__name__
    return "crash", f"{name}: {error}"[:300], f"{name} at {place}"


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def _peak() -> float:
    """The most resident memory since the last reset, in MB; 0 where the system does not say."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))
        return int(found.group(1)) / 1024 if found else 0.0
    return 0.0


# -- running


def checker(of: str, seed: int) -> tuple[Callable[[int], bytes], Callable[[bytes], list[tuple[str, str, str]]]]:
    """What makes a mutation, and what checks one."""
    if of == "specs":
        texts = originals()
        everything(texts[0].encode())  # imports do not count
        return lambda number: mutation(number, seed, texts), check
    files, folder, watch = _model_files.originals(of), _model_files.folder_of_traps(), _model_files.Watch()
    for file in files:
        check_file(file, folder, watch)  # imports do not count
        assert not check_file(file, folder, watch), "a file that is not mutated has troubles"
        assert _model_files.is_read(file, folder), "a file that is not mutated is not read"
    return lambda number: _model_files.mutation(number, seed, of, files), lambda data: check_file(data, folder, watch)


def work(numbers: range, seed: int, of: str, pipe: Connection) -> None:
    """A worker: announces each number, then sends what is wrong with it."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (until the process ends)
    make, checked = checker(of, seed)
    for number in numbers:
        faulthandler.dump_traceback_later(HOPELESS, exit=True, file=sys.__stderr__)
        pipe.send(number)
        data = make(number)
        _forget_peak()
        for found in checked(data):
            pipe.send(Trouble(number, *found))
    pipe.send(None)


def run(numbers: range, seed: int, of: str = "specs") -> Iterator[Trouble]:
    """The troubles of these mutations; a worker that dies is one, and another goes on after it."""
    context = multiprocessing.get_context("spawn")
    while numbers:
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=work, args=(numbers, seed, of, sender))
        worker.start()
        sender.close()
        current, finished = numbers.start, False
        with contextlib.suppress(EOFError):
            while not finished:
                message = receiver.recv()
                if isinstance(message, Trouble):
                    yield message
                elif message is None:
                    finished = True
                else:
                    current = message
        worker.join()
        if finished:
            return
        yield Trouble(current, "died", f"exit status {worker.exitcode}", f"exit status {worker.exitcode}")
        numbers = range(current + 1, numbers.stop)


def report(troubles: list[Trouble]) -> None:
    """The troubles, those of one place together, the commonest first."""
    places: dict[tuple[str, str], list[Trouble]] = {}
    for each in troubles:
        places.setdefault((each.kind, each.where), []).append(each)
    for (kind, where), same in sorted(places.items(), key=lambda item: -len(item[1])):
        numbers = ", ".join(str(each.number) for each in same[:6])
        print(f"  {kind:<6} {len(same):>5} ×  {where}\n         {same[0].detail}\n         numbers {numbers}")


def smallest(data: bytes, is_bad: Callable[[bytes], bool]) -> bytes:
    """A part of the text that is still bad: lines, then characters, left out one by one."""
    for separator in (b"\n", b""):
        pieces = data.split(separator) if separator else [data[i : i + 1] for i in range(len(data))]
        if len(pieces) > 600:
            continue
        size = len(pieces) // 2
        while size:
            at = 0
            while at < len(pieces):
                fewer = pieces[:at] + pieces[at + size :]
                if is_bad(separator.join(fewer)):
                    pieces = fewer
                else:
                    at += size
            size //= 2
        data = separator.join(pieces)
    return data


def main() -> int:
    """Reads the command line; 1 where anything was found."""
    line = parser(__doc__)
    line.add_argument("--of", choices=("specs", *_model_files.FORMATS), default="specs", help="what is mutated (specs)")
    line.add_argument("--runs", type=int, default=20_000, help="how many mutations (20,000)")
    line.add_argument("--start", type=int, default=0, help="the number of the first (0)")
    line.add_argument("--seed", type=int, default=0, help="another set of mutations (0)")
    line.add_argument("--show", type=int, metavar="NUMBER", help="print the text of one mutation, and what is wrong")
    line.add_argument("--shrink", type=int, metavar="NUMBER", help="print the smallest part of one that crashes alike")
    options = line.parse_args()
    if options.show is not None or options.shrink is not None:
        number = options.show if options.show is not None else options.shrink
        make, checked = checker(options.of, options.seed)
        data = make(number)
        found = checked(data)
        if options.shrink is not None and found:
            kinds = {(kind, where) for kind, _, where in found[:1]}
            data = smallest(data, lambda part: kinds <= {(kind, where) for kind, _, where in checked(part)})
        sys.stdout.buffer.write(data + b"\n")
        print("\n->", found, file=sys.stderr)
        return 0
    start = time.perf_counter()
    troubles: list[Trouble] = []
    for each in run(range(options.start, options.start + options.runs), options.seed, options.of):
        if (each.kind, each.where) not in {(known.kind, known.where) for known in troubles}:
            print(f"{each.number}: {each.kind}: {each.detail}  [{each.where}]", flush=True)
        troubles.append(each)
    with results("fuzz", options.json) as found:
        name = f"{options.runs:,} mutations of {options.of}, seed {options.seed}"
        found.add(Row(name, "s", [time.perf_counter() - start]))
        found.add(Row("troubles", "mutations", [len(troubles)], limit=Limit(0)))
    report(troubles)
    return bool(troubles)


if __name__ == "__main__":
    sys.exit(main())
