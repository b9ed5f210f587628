"""Files that are small and claim to be large: their sizes are asked before anything is made for them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from cnncalc.forward.run.given import stored_arrays
from cnncalc.source.diagnostics import DataError

pytestmark = pytest.mark.slow

NET = "input: 4x4x1\nlayers: [conv: 3x3x2]\n"
ALLOWED = 300
"""MiB that a process may take, NumPy and Pillow included."""
CODE = """
import json, sys
from cnncalc.cli import run
status = run(sys.argv[1:])
# not ru_maxrss, in which the process that started this one has a part
peak = next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
sys.stderr.write("\\n" + json.dumps([status, peak]))
"""


def refused(folder: Path, *options: str) -> str:
    """The finding; the process stays small, and Python has nothing to warn of."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process is read from /proc")
    (folder / "net.yaml").write_text(NET)
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore::ResourceWarning",
        "-c",
        CODE,
        "forward",
        "net.yaml",
        *options,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    err, _, last = done.stderr.rpartition("\n")
    status, peak = json.loads(last)
    assert (status, done.stdout) == (1, ""), err
    assert peak < ALLOWED
    assert "Traceback" not in err
    return err


def npy(header: bytes, version: int = 1) -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header


def header(shape: str, dtype: str = "<f4") -> bytes:
    return f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()


def archive(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path.name


def png(height: int, width: int) -> bytes:
    """An image of zeros, 16-bit and in colour: a thousandth of its pixels' size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    squeeze = zlib.compressobj(9)
    row = bytes(1 + width * 3)
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    about = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", about) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_header_of_256_megabytes(tmp_path):
    member = npy(header("(4, 4, 1)").rstrip() + b" " * (256 * 2**20), version=2)
    name = archive(tmp_path / "x.npz", {"input.npy": member})
    assert (tmp_path / name).stat().st_size < 300_000
    err = refused(tmp_path, "--input-data", name)
    assert "error[CNN121]: the header of `input` has 268,435,5" in err
    assert "; at most 10,000 are allowed" in err


def test_an_array_of_a_terabyte(tmp_path):
    name = archive(tmp_path / "x.npz", {"input.npy": npy(header("(1000000, 1000000)"))})
    assert "error[CNN321]: the data is 1000000×1000000" in refused(tmp_path, "--input-data", name)
    (tmp_path / "x.npy").write_bytes(npy(header("(1000000, 1000000)")))
    assert "error[CNN321]" in refused(tmp_path, "--input-data", "x.npy")


def test_weights_that_unpack_to_any_size(tmp_path):
    """What a member holds beyond its array is not unpacked."""
    data = npy(header("(3, 3, 1, 2)")) + bytes(300 * 2**20)
    name = archive(tmp_path / "x.npz", {"conv1.kernel.npy": data, "conv1.bias.npy": npy(header("(9,)"))})
    assert "error[CNN322]: `conv1.bias` is 9" in refused(tmp_path, "--weights", name)


@pytest.mark.parametrize("options", [(), ("--resize",)])
def test_an_image_of_many_pixels(tmp_path, options):
    """89,000,000 pixels, of which Pillow does not warn yet."""
    pytest.importorskip("PIL")
    (tmp_path / "x.png").write_bytes(png(8_900, 10_000))
    assert (tmp_path / "x.png").stat().st_size < 300_000
    err = refused(tmp_path, "--input-data", "x.png", *options)
    assert "error[CNN121]: the image has 8900×10000 pixels; at most 40,000,000 are allowed" in err


def test_an_image_that_is_decoded_stays_small(tmp_path):
    pytest.importorskip("PIL")
    (tmp_path / "x.png").write_bytes(png(6_000, 6_600))
    assert "error[CNN321]: the image has 6000×6600 pixels" in refused(tmp_path, "--input-data", "x.png")


def finding(path: Path) -> str:
    with pytest.raises(DataError) as error:
        stored_arrays(str(path))
    (found,) = error.value.diagnostics
    assert found.code == "CNN121"
    return found.message


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ("(-4, 4, 1)", "<f4"), (f"({'1, ' * 500})", "<f4"), ("(4, 4, 1)", "|O"), ("(4, 4, 1)", "<x4"),
        ("(4.5,)", "<f4"), ("4", "<f4"), (f"({'9' * 5000},)", "<f4"), ("__import__('os').getcwd()", "<f4"),
        ("(1if 1else 2,)", "<f4"), ("(" * 300 + ")" * 300, "<f4"), ("(True,)", r"\d"),
    ],
)  # fmt: skip
def test_headers_of_no_array(tmp_path, shape, dtype):
    (tmp_path / "x.npy").write_bytes(npy(header(shape, dtype)))
    finding(tmp_path / "x.npy")
    archive(tmp_path / "x.npz", {"a.npy": npy(header(shape, dtype))})
    finding(tmp_path / "x.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_array_behind_another(tmp_path):
    good = npy(header("(1,)")) + np.ones(1, "<f4").tobytes()
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as made:
        made.writestr("a.npy", good)
        made.writestr("a.npy", good)
    assert finding(tmp_path / "x.npz") == "there are two arrays `a` in this file"


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_may_take_any_memory(tmp_path, compression):
    archive(tmp_path / "x.npz", {"a.npy": npy(header("(1,)")) + bytes(4)}, compression)
    assert finding(tmp_path / "x.npz") == "this .npz file is compressed in a way that NumPy does not use"
