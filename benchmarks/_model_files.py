"""Model files to begin with, their mutations, and what is asked of each: the part of `fuzz.py` that knows formats."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import random
import struct
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cnncalc

DATA = Path(__file__).parents[1] / "tests" / "data"
FORMATS = ("onnx", "pt2", "keras", "h5")
MAX_SECONDS = 2.0
MOST_RUN_BYTES = 50_000_000
"""A mutation that needs more when it is run is not run: `forward` takes what is free, as it does for a spec."""
MOST_RUN_MACS = 20_000_000

# -- files to begin with


def originals(format: str) -> list[bytes]:
    """The files that mutations of a format begin with."""
    if format in ("keras", "h5"):
        recorded = [json.loads(path.read_bytes()) for path in sorted((DATA / "keras").glob("*.json"))]
        of_one = _of_keras if format == "keras" else _of_hdf5
        return [made for each in recorded for made in of_one(json.dumps(each["model"]).encode())]
    return [path.read_bytes() for path in sorted((DATA / format).glob(f"*.{format}"))]


def _of_keras(config: bytes) -> Iterator[bytes]:
    """A description as it is, and as an archive with weights."""
    yield config
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", b'{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", _weights())
    yield buffer.getvalue()


def _of_hdf5(config: bytes) -> Iterator[bytes]:
    """A description with weights, as older files have them: by the names of layers."""
    import h5py  # the extra `h5`: without it no such file is read

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.15.0", b"tensorflow"
        file.attrs["model_config"] = config
        layers = [each["config"]["name"] for each in json.loads(config)["config"]["layers"]]
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in layers]
        for name in layers:
            names = [f"{name}/kernel:0", f"{name}/bias:0"] if "conv" in name or "dense" in name else []
            own = group.create_group(name)
            own.attrs["weight_names"] = [each.encode() for each in names]
            for each in names:
                own[each] = [[0.5] * 4] * 3
    yield buffer.getvalue()


def _weights() -> bytes:
    """Arrays in HDF5, whose names some layers have; anything where h5py is missing."""
    try:
        import h5py
    except ImportError:
        return b"\x89HDF\r\n\x1a\n" + bytes(1000)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name in ("conv2d", "dense", "depthwise_conv2d", "batch_normalization"):
            for place, sizes in enumerate(((3, 3, 6, 6), (6,))):
                file[f"layers/{name}/vars/{place}"] = [[0.5] * sizes[-1]] * sizes[0]
    return buffer.getvalue()


# -- mutations


def mutation(number: int, seed: int, format: str, files: list[bytes]) -> bytes:
    """The mutation of this number."""
    choices = random.Random(f"{seed}/{format}/{number}")
    data = choices.choice(files)
    if number % 1000 == 0:
        data = _huge(number // 1000, format, data)
        if format == "h5":
            return data  # h5py itself takes minutes to look for a part of a deep one
    changes = choices.choice((1, 1, 1, 2, 2, 3, 5))
    if format == "onnx":
        for _ in range(changes):
            data = choices.choice((of_bytes, cut, of_fields, of_fields, of_fields, of_fields))(data, choices)
    elif choices.random() < 0.25:
        data = choices.choice((of_bytes, of_bytes, cut))(data, choices)
    elif format == "h5":
        data = of_hdf5(data, choices, changes)
    elif data[:2] == b"PK":
        data = of_archive(data, choices, changes)
    else:
        data = of_json(data, choices, changes)
    return data


def of_bytes(data: bytes, choices: random.Random) -> bytes:
    """Bits flipped, bytes exchanged, dropped, added or doubled."""
    array = bytearray(data)
    for _ in range(choices.choice((1, 1, 2, 4, 16))):
        if not array:
            break
        at = choices.randrange(len(array))
        match choices.randrange(5):
            case 0:
                array[at] ^= 1 << choices.randrange(8)
            case 1:
                array[at] = choices.choice((0, 1, 127, 128, 255))
            case 2:
                del array[at : at + choices.choice((1, 2, 8, 100))]
            case 3:
                array[at:at] = choices.choice((b"\xff" * 12, b"\x80" * 1000, choices.randbytes(4)))
            case 4:
                array[at:at] = array[choices.randrange(len(array)) :][: choices.choice((1, 9, 200))]
    return bytes(array)


def cut(data: bytes, choices: random.Random) -> bytes:
    """The beginning alone."""
    return data[: choices.randrange(len(data) + 1)]


# -- of Protocol Buffers

_NUMBERS = (0, 1, 2, 3, 7, 64, 1000, 2**31 - 1, 2**31, 2**40, 2**62, 2**63, 2**64 - 1, 2**64 - 2)
_TEXTS = (
    *("", "x", "input", "a/b", "../outside", "/etc/hostname", "link", "model", "If", "Loop", "Scan", "Conv", "Reshape"),
    *("Expand", "Tile", "Range", "ConstantOfShape", "Concat", "Split", "Pad", "Resize", "Slice", "Gather", "MatMul"),
    *(
        "Add",
        "Transpose",
        "Constant",
        "LSTM",
        "Softmax",
        "Identity",
        "Einsum",
        "location",
        "axis",
        "é\u202e\n",
        "n" * 5000,
    ),
)


def of_fields(data: bytes, choices: random.Random) -> bytes:
    """A field of a message somewhere in the file replaced, dropped, doubled, moved, nested or with another number; the
    lengths around it are right again afterwards."""
    path = _somewhere(data, choices)
    if not path:
        return of_bytes(data, choices)
    fields, index = path[-1]
    number, kind, value = fields[index]
    match choices.randrange(8):
        case 0:
            del fields[index]
        case 1:
            fields.insert(choices.randrange(len(fields) + 1), fields[index])
        case 2:
            fields.insert(choices.randrange(len(fields)), fields.pop(index))
        case 3:
            fields[index] = (choices.randrange(1, 26), kind, value)
        case 4:
            other = choices.choice(fields)
            fields[index] = (number, other[1], other[2])
        case 5 if isinstance(value, bytes):
            inner = value
            for _ in range(choices.choice((2, 40, 1000))):
                inner = _joined([(choices.choice((number, 5, 6, 7)), 2, inner)])
            fields[index] = (number, kind, inner[:1_000_000])
        case _:
            fields[index] = (number, *_another(kind, value, choices))
    inner = _joined(fields)
    for outer, place in reversed(path[:-1]):
        outer[place] = (outer[place][0], 2, inner)
        inner = _joined(outer)
    return inner


def _another(kind: int, value: int | bytes, choices: random.Random) -> tuple[int, int | bytes]:
    """Another value for a field."""
    if kind == 0:
        near = choices.choice((-1, 1)) + (value if isinstance(value, int) else 0)
        return 0, choices.choice((*_NUMBERS, near, near)) % 2**64
    if kind == 5:
        return 5, struct.pack("<f", choices.choice((0.0, -1.0, 1e38, float("nan"), float("inf"), 0.5)))
    assert isinstance(value, bytes)
    numbers = b"".join(map(_varint, choices.choices(_NUMBERS, k=choices.choice((1, 2, 4, 8)))))
    words = struct.pack("<4q", *(each - 2**63 if each >= 2**63 else each for each in choices.choices(_NUMBERS, k=4)))
    outside = _external(choices.choice(("../outside", "/etc/hostname", "link", "", "model", "a/../../outside")))
    floats = struct.pack("<f", choices.choice((float("nan"), float("inf"), 3e38))) * (len(value) // 4)
    return 2, choices.choice((choices.choice(_TEXTS).encode(), numbers, words, value + outside, floats, value[::-1]))


def _external(location: str) -> bytes:
    """What makes of an array one whose values are in another file."""
    entry = _joined([(1, 2, b"location"), (2, 2, location.encode())])
    return _joined([(13, 2, entry), (14, 0, 1)])


_Field = tuple[int, int, "int | bytes"]


def _somewhere(data: bytes, choices: random.Random) -> list[tuple[list[_Field], int]]:
    """Fields inside each other: all those of each message, and the one that the next is in."""
    path: list[tuple[list[_Field], int]] = []
    while (fields := _split(data)) and len(path) < 8:
        index = choices.randrange(len(fields))
        path.append((fields, index))
        value = fields[index][2]
        if not isinstance(value, bytes) or choices.random() < 0.15:
            break
        data = value
    return path


def _split(data: bytes) -> list[_Field]:
    """The fields of a message; none if these bytes are no message."""
    fields: list[_Field] = []
    at = 0
    try:
        while at < len(data):
            key, at = _number_at(data, at)
            number, kind = key >> 3, key & 7
            if not 0 < number < 1000:
                return []
            if kind == 0:
                value: int | bytes
                value, at = _number_at(data, at)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
                value, at = data[at : at + size], at + size
            elif kind == 2:
                size, at = _number_at(data, at)
                value, at = data[at : at + size], at + size
            else:
                return []
            fields.append((number, kind, value))
    except IndexError:
        return []
    return fields if at == len(data) else []


def _joined(fields: list[_Field]) -> bytes:
    parts = []
    for number, kind, value in fields:
        parts.append(_varint(number << 3 | kind))
        if isinstance(value, int):
            parts.append(_varint(value))
        else:
            parts.append(value if kind in (1, 5) else _varint(len(value)) + value)
    return b"".join(parts)


def _number_at(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128 or shift > 63:
            return value % 2**64, at


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


# -- of HDF5


def of_hdf5(data: bytes, choices: random.Random, changes: int) -> bytes:
    """Another description, or other parts: links that lead out of the file or round in it, arrays that are elsewhere or
    too large, and what should be a list of names."""
    import h5py

    buffer = io.BytesIO(data)
    try:
        with h5py.File(buffer, "r+") as file:
            for _ in range(changes):
                if choices.random() < 0.5:
                    file.attrs["model_config"] = of_json(bytes(file.attrs["model_config"]), choices, 1)
                else:
                    _change_part(file, choices)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError):
        return of_bytes(data, choices)
    made = buffer.getvalue()
    return of_bytes(made, choices) if choices.random() < 0.2 else made


def _change_part(file: Any, choices: random.Random) -> None:
    """Changes one group or array of a file."""
    import h5py

    paths: list[str] = []
    file.visit(paths.append)
    if not paths:
        return
    path = choices.choice(paths)
    group, _, name = path.rpartition("/")
    parent = file[group] if group else file
    links = (
        h5py.ExternalLink("../outside", "/"),
        h5py.ExternalLink("/etc/hostname", "/x"),
        h5py.SoftLink("/model_weights"),
        h5py.SoftLink(f"/{path}"),
        h5py.SoftLink("/nowhere"),
    )
    outside = [("../outside", 0, 48)]
    match choices.randrange(8):
        case 0 | 1:
            del parent[name]
            parent[name] = choices.choice(links)
        case 2:
            del parent[name]
            parent[name] = file["/"]  # a hard link: the tree is round
        case 3:
            del parent[name]
            parent.create_dataset(name, (3, 4), "float32", external=outside)
        case 4:
            del parent[name]
            parent.create_dataset(name, (2**20, 2**20, 2**10), "float32", chunks=(1, 1, 1024))
        case 5:
            del parent[name]
            kind = choices.choice((h5py.string_dtype(), "float64", "S10", "int8", "complex64"))
            parent.create_dataset(name, choices.choice(((), (0,), (3, 4), (1,) * 30)), kind)
        case 6:
            of = choices.choice((parent, file[path]))
            odd = (b"x" * 60_000, [b"a/b:0"] * 500, 3.5, [1, 2], h5py.Empty("f"), "\u202e", [b"../../outside"], [b""])
            of.attrs[choices.choice(("weight_names", "weight_names0", "dtype", "keras_version"))] = choices.choice(odd)
        case _:
            del parent[name]


# -- of JSON and archives

_STRANGE: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        3,
        10**9,
        2**63,
        10**30,
        1e308,
        -0.5,
        float("nan"),
        float("inf"),
        "",
        "x",
        "1",
        "linear",
    ),
    *(
        "channels_first",
        "same",
        "valid",
        "Lambda",
        "Conv2D",
        "Dense",
        "é\u202e\n",
        "n" * 5000,
        [],
        [0],
        [-1, -1],
        [[]],
        {},
    ),
    *([1] * 200, "Symbol('s0', positive=True)", "Pow(Integer(9), Integer(9999))", "../outside", "/etc/hostname"),
    *("torch.ops.aten.expand.default", "torch.ops.aten.cat.default", "torch.ops.aten.view.default", "relu", "x_1"),
)


def of_json(data: bytes, choices: random.Random, changes: int) -> bytes:
    """Values of a JSON text replaced by others, dropped, put elsewhere, or nested."""
    try:
        return _of_json(data, choices, changes)
    except ValueError:
        return of_bytes(data, choices)
    except RecursionError:
        return b'{"class_name": "Functional", "config": ' + b"[" * 100_000


def _of_json(data: bytes, choices: random.Random, changes: int) -> bytes:
    root = json.loads(data)
    for _ in range(changes):
        places = list(_places(root))
        if not places:
            break
        parent, key = choices.choice(places)
        other, elsewhere = choices.choice(places)
        match choices.randrange(7):
            case 0 | 1:
                parent[key] = copy.deepcopy(choices.choice(_STRANGE))
            case 2:
                parent[key] = copy.deepcopy(other[elsewhere])
            case 3 if type(parent[key]) is int:
                parent[key] += choices.choice((-1, 1))
            case 4 if isinstance(parent, list):
                parent.insert(choices.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
            case 5:
                for _ in range(choices.choice((2, 50, 900))):
                    parent[key] = [parent[key]] if choices.random() < 0.7 else {"a": parent[key]}
            case _:
                del parent[key]
    return json.dumps(root).encode()


def _places(root: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys."""
    waiting = [root] if isinstance(root, dict | list) else []
    while waiting:
        item = waiting.pop()
        for key in list(item) if isinstance(item, dict) else range(len(item)):
            yield item, key
            if isinstance(item[key], dict | list):
                waiting.append(item[key])


def of_archive(data: bytes, choices: random.Random, changes: int) -> bytes:
    """An archive with other members: changed, renamed, doubled, dropped, or one that expands."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            members = [(each.filename, old.read(each)) for each in old.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError):
        return of_bytes(data, choices)
    described = [place for place, (name, text) in enumerate(members) if text[:1] == b"{" and name.endswith(".json")]
    for _ in range(changes):
        place = choices.choice(described) if described and choices.random() < 0.8 else choices.randrange(len(members))
        name, content = members[place]
        match choices.randrange(9):
            case 0:
                content = of_bytes(content, choices) if content else b"x"
            case 1:
                content = choices.choice((b"", bytes(60_000_000), b"[" * 2_000_000, content * 3))
            case 2:
                name = choices.choice(
                    ("../" + name, "/" + name, name + "/", name.upper(), "a/" + name, "models/a.json")
                )
            case _:
                content = of_json(content, choices, 1) if content[:1] == b"{" else of_bytes(content or b"x", choices)
        members[place] = name, content
        if choices.random() < 0.05:
            members.insert(choices.randrange(len(members)), members[place])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", choices.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as new:
        for name, content in members:
            new.writestr(zipfile.ZipInfo(name), content, new.compression)
    made = buffer.getvalue()
    return of_bytes(made, choices) if choices.random() < 0.1 else made


def _huge(turn: int, format: str, data: bytes) -> bytes:
    """A file with very much of one thing: nodes, nesting, fields."""
    if format == "h5":
        return _huge_hdf5(turn, data)
    if format == "onnx":
        fields = _split(data)
        graph = next(place for place, field in enumerate(fields) if field[0] == 7)
        inner = _split(fields[graph][2])  # type: ignore[arg-type]
        node = next(field for field in inner if field[0] == 1)
        if turn % 3 == 0:
            inner += [node] * 1_000_000
        elif turn % 3 == 1:
            inner += [
                (1, 2, _joined([(2, 2, b"y%d" % i), (1, 2, b"y%d" % (i - 1)), (4, 2, b"Relu")])) for i in range(60_000)
            ]
        else:
            inner += [(9, 0, 1)] * 3_000_000
        fields[graph] = (7, 2, _joined(inner))
        return _joined(fields)
    text = data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            members = {each.filename: old.read(each) for each in old.infolist()}
        name = next(each for each in members if each.endswith(("config.json", "model.json")))
        text = members[name]
    root = json.loads(text)
    lists = [parent[key] for parent, key in _places(root) if isinstance(parent[key], list) and parent[key]]
    longest = max(lists, key=lambda each: len(json.dumps(each)))
    longest += longest[-1:] * (1_000_000 // max(len(json.dumps(longest[-1])) // 20, 1))
    text = json.dumps(root).encode()
    if data[:2] != b"PK":
        return text
    members[name] = text
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for each, content in members.items():
            new.writestr(each, content)
    return buffer.getvalue()


def _huge_hdf5(turn: int, data: bytes) -> bytes:
    """An HDF5 file with many groups, deep ones, or a long list of names."""
    import h5py

    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        group = file["model_weights"]
        if turn % 3 == 0:
            for number in range(20_000):
                group.create_group(f"g{number}")
        elif turn % 3 == 1:
            for _ in range(5_000):
                group = group.create_group("g")
        else:
            for number in range(2_000):
                group.attrs[f"weight_names{number}"] = [b"kernel:0"] * 100
    return buffer.getvalue()


# -- what is asked of each


def folder_of_traps() -> Path:
    """A folder for model files, with what none of them may open: a file beside it, and a link that leads out of it."""
    above = Path(tempfile.mkdtemp(prefix="cnncalc-fuzz-"))
    (above / "outside").write_bytes(bytes(100_000))
    folder = above / "inside"
    folder.mkdir()
    with contextlib.suppress(OSError):
        (folder / "link").symlink_to(above / "outside")
    return folder


class Watch:
    """What Python's audit events say that is opened or run while a file is looked at."""

    _WRONG = (
        "os.system",
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "socket.connect",
        "ctypes.dlopen",
    )
    _WRONG += ("pickle.find_class", "os.remove", "os.rename", "os.mkdir", "os.putenv", "shutil.rmtree")

    def __init__(self) -> None:
        self.path = ""
        self.seen: list[str] = []
        sys.dont_write_bytecode = True  # what is imported later would be written
        paths = {
            *sysconfig.get_paths().values(),
            str(Path(cnncalc.__file__).parent),
            sys.base_prefix,
            sys.prefix,
        }
        self._ours = tuple(str(Path(each)) for each in paths)
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.path:
            return
        if event == "open":
            name = os.fspath(arguments[0]) if isinstance(arguments[0], str | os.PathLike) else ""
            system = ("/proc/", "/sys/fs/cgroup/")
            if name and name != self.path and not str(name).startswith((*self._ours, *system)):
                self.seen.append(f"opens {name}")
        elif event in self._WRONG:
            self.seen.append(event)
        elif event == "exec":
            name = getattr(arguments[0], "co_filename", "")
            if not name.startswith((*self._ours, "<frozen", "<string>", "<namedtuple", "<attrs")):
                self.seen.append(f"runs {name}")

    def is_left_open(self) -> bool:
        """Whether the file is still open or mapped; only Linux says."""
        with contextlib.suppress(OSError):
            maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
            return self.path in maps or any(
                os.readlink(f"/proc/self/fd/{each}") == self.path
                for each in os.listdir("/proc/self/fd")
                if _is_link(each)
            )
        return False


def _is_link(number: str) -> bool:
    return os.path.islink(f"/proc/self/fd/{number}")


def is_read(data: bytes, folder: Path) -> bool:
    """Whether a file is read as a model without mistakes."""
    (folder / "model").write_bytes(data)
    return _summarize(str(folder / "model")) > 0


def commands(path: str) -> dict[str, Callable[[], int]]:
    """What is done with a file, as the commands do it; each gives the number of layers."""
    return {"summarize": lambda: _summarize(path), "import": lambda: _import(path), "forward": lambda: _forward(path)}


def _loaded(path: str) -> Any:
    from cnncalc.checks.notes import open_any, read_with_notes
    from cnncalc.report.findings.text_and_json import diagnostics_text

    spec, found = read_with_notes(open_any(path)[0])
    assert spec or any(each.is_error for each in found), "no spec, and no word why"
    diagnostics_text(found)
    return spec


def _summarize(path: str) -> int:
    from cnncalc.analysis import analyze
    from cnncalc.report.views.rows import Listing
    from cnncalc.report.views.summarize import SummaryReport

    if (spec := _loaded(path)) is None:
        return 0
    SummaryReport(analyze(spec), Listing()).render("text")
    return len(spec.graph.nodes)


def _import(path: str) -> int:
    from cnncalc.importing.importing import import_file
    from cnncalc.source.files import NotASpec
    from cnncalc.source.open_model import open_variant
    from cnncalc.spec.top_level import Overrides

    try:
        open_variant(path)
    except NotASpec:
        result = import_file(path, Overrides())
        assert result.is_ok == (result.spec is not None), "no spec, and no word why"
        return len(result.draft.layers)
    return 0


def _forward(path: str) -> int:
    from cnncalc.analysis import analyze
    from cnncalc.forward.run.memory_estimate import ONCE, estimated_memory
    from cnncalc.forward.run.network import prepare

    if (spec := _loaded(path)) is None:
        return 0
    needed = estimated_memory(spec.graph, spec.order, "float32", ONCE).total
    if needed < MOST_RUN_BYTES and analyze(spec).totals.macs < MOST_RUN_MACS:
        for _ in prepare(spec).tensors():
            pass
    return len(spec.graph.nodes)


def outcomes(
    data: bytes, folder: Path, watch: Watch, failed: Callable[[Exception], None]
) -> Iterator[tuple[str, float, int]]:
    """Each command with the seconds that it took, and the number of layers that it found."""
    from cnncalc.errors import CnncalcError
    from cnncalc.report.findings.text_and_json import diagnostics_text

    path = folder / "model"
    path.write_bytes(data)
    for name, command in commands(str(path)).items():
        start, layers = time.process_time(), 0
        watch.path = str(path)
        try:
            layers = command()
        except CnncalcError as refused:
            diagnostics_text(getattr(refused, "diagnostics", ()))
        except Exception as error:
            failed(error)
        is_open = watch.is_left_open()
        watch.path = ""
        if is_open:
            watch.seen.append("leaves the file open")
        yield name, time.process_time() - start, layers
