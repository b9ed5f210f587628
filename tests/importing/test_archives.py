"""Zip files that are damaged, that lie, and that expand."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from pathlib import Path

import pytest

from cnncalc.importing.archives.zip_archive import ZipArchive
from cnncalc.importing.json_text import parse_json
from cnncalc.source.files import Unreadable


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def refused(data: bytes, member: str = "", most: int = 1000) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        ZipArchive(data, "m.zip").read(member, most)
    (finding,) = caught.value.diagnostics
    return finding.code, finding.message


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_from_bytes_and_from_a_file(method: int, tmp_path: Path) -> None:
    data = zipped({"a/b.json": b"{}", "w": bytes(range(200))}, method)
    (path := tmp_path / "m.zip").write_bytes(data)
    for source in (data, str(path)):
        archive = ZipArchive(source, "m.zip")
        assert list(archive.members) == ["a/b.json", "w"]
        assert archive.read("a/b.json") == b"{}"
        assert archive.later("w", 200)() == bytes(range(200))


def test_what_is_listed_is_what_zipfile_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after other bytes, and with the numbers of an archive that is over four gigabytes."""
    for limit in (zipfile.ZIP64_LIMIT, 10):
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
        whole = zipped({"a/é.json": b"{}" * 30, "w": bytes(range(200)), "empty": b""}, zipfile.ZIP_DEFLATED)
        for data in (whole, b"before it" + whole):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                expected = [
                    (
                        each.filename,
                        each.compress_type,
                        each.CRC,
                        each.compress_size,
                        each.file_size,
                        each.header_offset,
                    )
                    for each in archive.infolist()
                ]
            found = ZipArchive(data, "m.zip").members.values()
            assert [(m.name, m.method, m.crc, m.packed_size, m.size, m.offset) for m in found] == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"PK\5\6", b"PK\5\5", "it has no list of files"),
        (b"PK\1\2", b"PK\1\3", "its list of files is no list"),
        (b"\0\0\0\0a", b"\xff\xff\xff\x7fa", "one of its files ends after the list of them begins"),
        (b"12345", b"", "its list of files begins before the file does"),
    ],
)
def test_a_list_that_is_none(old: bytes, new: bytes, message: str) -> None:
    data = zipped({"a": b"12345"})
    assert refused(data.replace(old, new)) == ("CNN150", f"the zip archive is damaged or incomplete: {message}")


def test_a_part_of_a_stored_member() -> None:
    archive = ZipArchive(zipped({"a": b"-", "w": bytes(range(200))}), "m.zip")
    assert archive.part("w", 3, 4) == bytes([3, 4, 5, 6])
    with pytest.raises(Unreadable, match="`w` has no bytes 198 to 202"):
        archive.part("w", 198, 4)


def test_a_member_that_expands() -> None:
    data = zipped({"bomb": bytes(10**7)}, zipfile.ZIP_DEFLATED)
    assert refused(data, "bomb") == ("CNN156", "`bomb` has 10,000,000 bytes, and at most 1,000 are read")


def test_a_member_that_says_it_is_small_and_expands() -> None:
    data = zipped({"bomb": bytes(10**7)}, zipfile.ZIP_DEFLATED).replace((10**7).to_bytes(4, "little"), b"\x64\0\0\0")
    packed = len(zlib.compress(bytes(10**7))) - 6  # (zlib puts 2 bytes before and 4 after)
    assert refused(data) == ("CNN150", f"`bomb` is packed in {packed:,} bytes, and has only 100")


def test_a_member_that_says_it_is_larger_than_it_can_be() -> None:
    data = zipped({"bomb": bytes(1000)}, zipfile.ZIP_DEFLATED).replace((1000).to_bytes(4, "little"), b"\0\0\0\x7f")
    assert refused(data)[1].startswith("`bomb` cannot have 2,130,706,432 bytes: only ")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("a", "2")
    assert refused(buffer.getvalue()) == ("CNN150", "`a` is in the archive twice")


def test_an_encrypted_member() -> None:
    data = bytearray(zipped({"a": b"1"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(data)) == ("CNN150", "`a` is encrypted")


def test_another_method() -> None:
    assert refused(zipped({"a": b"1"}, zipfile.ZIP_BZIP2))[1] == "`a` is packed by method 12, which is not read"


def test_a_long_list_of_members() -> None:
    assert refused(zipped({f"{i:0250}": b"" for i in range(17_000)}))[0] == "CNN156"


def test_a_wrong_checksum() -> None:
    data = zipped({"a": b"12345"}).replace(b"12345", b"12346")
    assert refused(data, "a")[1] == "`a` is damaged: its contents do not have their checksum"


def test_truncated_and_flipped() -> None:
    whole = zipped({"models/model.json": b'{"a": 1}' * 20, "w": bytes(100)}, zipfile.ZIP_DEFLATED)
    draw = random.Random(1)
    for _ in range(2000):
        data = bytearray(whole[: draw.randrange(len(whole) + 1)] if draw.random() < 0.5 else whole)
        for _ in range(draw.randrange(3)):
            if data:
                data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            archive = ZipArchive(bytes(data), "m.zip")
            contents = {name: archive.read(name) for name in archive.members}
        except Unreadable:
            pass
        else:
            assert set(contents.values()) <= {b'{"a": 1}' * 20, bytes(100)}


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        ZipArchive(str(tmp_path / "none"), "none")


@pytest.mark.parametrize(
    ("text", "code"),
    [("[1]", "CNN150"), ("{", "CNN150"), ('{"a":' + "[" * 10**6, "CNN156"), ('{"a":[' + "{}," * 2_000_000, "CNN156")],
)
def test_json_that_is_none(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_json(text, "m.json")
    assert caught.value.diagnostics[0].code == code


def test_json() -> None:
    assert parse_json(b'{"a": [1, NaN]}', "m.json")["a"][0] == 1
