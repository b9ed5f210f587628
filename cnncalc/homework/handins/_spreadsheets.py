"""Spreadsheets: the rows of an `.xlsx` or `.ods`, with the values that were last calculated instead of formulas.

Students decide what is in these files. They are archives of XML, and before anything is unpacked, the sizes and ratios
that the archive declares are checked (it is not unpacked further than declared). Then all XML is read once by
defusedxml, which refuses document types and entities, and cells are counted. Only then does openpyxl read an `.xlsx`.
An `.ods` is read here. Both libraries are installed with `cnncalc[spreadsheets]`. Macros and links are not followed.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from cnncalc.homework.handins.files import UnreadableFile
from cnncalc.homework.language import Message, translatable

MAX_UNPACKED = 10_000_000
"""The most bytes of everything that is packed in a spreadsheet."""
MAX_RATIO = 200
"""How much larger a part may be than it is packed; XML of spreadsheets is about 20 times larger."""
MAX_PARTS = 1_000
MAX_CELLS = 10_000
MAX_ELEMENTS = 300_000
"""The most elements of XML, of which styles need some."""
MAX_FORMATS = 20_000
"""The most characters of all formats of numbers; Excel allows 255 for each."""
MAX_ROWS = 20_000
MAX_COLUMNS = 200
"""Columns after these are not read: a sheet has one per question."""

Rows = list[list[str]]

_OLD = b"\xd0\xcf\x11\xe0"
"""How the files of Excel before 2007 begin, and how encrypted ones still do."""
_ADVICE = "save it anew as .xlsx or .csv, and hand in that file"


_ONE_UNCALCULATED = translatable(
    "{count} formula without a value, taken for empty: open the file in a spreadsheet program, save it, and hand in"
    " that file"
)
_UNCALCULATED = translatable(
    "{count} formulas without a value, taken for empty: open the file in a spreadsheet program, save it, and hand in"
    " that file"
)


def sheets_of(data: bytes, suffix: str, note: Callable[[Message], None]) -> Iterator[Rows]:
    """The rows of each sheet of a spreadsheet, as texts.

    Args:
        note: is called with what its student should know.

    Raises:
        UnreadableFile: it is not a spreadsheet, may not be read, or the libraries are missing.
    """
    try:
        import openpyxl
        from defusedxml import DefusedXmlException, ElementTree
    except ImportError:
        raise UnreadableFile(
            f"{suffix} is only read if cnncalc is installed with `pip install 'cnncalc[spreadsheets]'`; CSV always is:"
            " save the spreadsheet as CSV, and hand in that file"
        ) from None
    if data.startswith(_OLD):
        raise UnreadableFile(f"it has a password, or is from before Excel 2007: {_ADVICE}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about charts and styles that openpyxl does not keep
            if uncalculated := _check(data, ElementTree):
                text = _ONE_UNCALCULATED if uncalculated == 1 else _UNCALCULATED
                note(Message(text, {"count": f"{uncalculated:,}"}))
            yield from _xlsx(data, openpyxl) if suffix == ".xlsx" else _ods(data, ElementTree)
    except UnreadableFile:
        raise
    except DefusedXmlException:
        raise UnreadableFile(f"it has a document type or entities, which are not read: {_ADVICE}") from None
    except Exception:  # a damaged file can fail anywhere in the libraries
        raise UnreadableFile(f"it is not a whole {suffix} file: {_ADVICE}") from None


def _check(data: bytes, trees: Any) -> int:
    """Refuses what is too large, and what XML may not contain here; counts formulas that were never calculated."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise UnreadableFile(f"it has a password: {_ADVICE}")
        is_bomb = any(part.file_size > MAX_RATIO * max(part.compress_size, 1_000) for part in parts)
        if is_bomb or len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise UnreadableFile(f"it is too large when it is unpacked: {_ADVICE}")
        elements = cells = formats = uncalculated = 0
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                for _, element in trees.iterparse(io.BytesIO(archive.read(part)), forbid_dtd=True):
                    elements += 1
                    cells += element.tag.endswith(("}c", "}table-cell")) and len(element) > 0
                    uncalculated += _is_uncalculated(element)
                    if element.tag.endswith("}numFmt"):  # openpyxl searches them for dates, in quadratic time
                        formats += len(element.get("formatCode", ""))
                    if elements > MAX_ELEMENTS or cells > MAX_CELLS or formats > MAX_FORMATS:
                        raise UnreadableFile(
                            f"it has more than {MAX_CELLS:,} cells, or too much else: hand in the filled-in sheet alone"
                        )
    return uncalculated


def _is_uncalculated(element: Any) -> bool:
    """Whether this is a cell with a formula that no program has calculated."""
    if element.tag.endswith("}table-cell"):
        return bool(element.get(f"{_TABLE}formula")) and not element.get(f"{_OFFICE}value-type")
    if not element.tag.endswith("}c") or element.get("t") == "str":
        return False
    parts = {part.tag.rpartition("}")[2]: part.text for part in element}
    return "f" in parts and not parts.get("v")


# -- Excel's format


def _xlsx(data: bytes, openpyxl: Any) -> Iterator[Rows]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # they are only claimed
        yield [[_text_of(value) for value in row] for row in _first(sheet)]


def _first(sheet: Any) -> Iterator[Iterable[object]]:
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)):
        if number == MAX_ROWS:
            raise UnreadableFile(f"it has more than {MAX_ROWS:,} rows: hand in the filled-in sheet alone")
        yield row


def _text_of(value: object) -> str:
    """The value of a cell as a person would write it: `26`, not `26.0`."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return str(value)


# -- the format of OpenDocument

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def _ods(data: bytes, trees: Any) -> Iterator[Rows]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = trees.fromstring(archive.read("content.xml"), forbid_dtd=True)
    for table in root.iter(f"{_TABLE}table"):
        rows: Rows = []
        for row in table.iter(f"{_TABLE}table-row"):
            cells = _ods_cells(row)
            times = (
                _repeated(row, "rows") if any(cells) else 1
            )  # the empty rows at the end are repeated a million times
            rows += [cells] * min(times, MAX_ROWS - len(rows))
        yield rows


def _ods_cells(row: Any) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            times = min(_repeated(cell, "columns"), MAX_COLUMNS - len(cells))
            cells += [_ods_text(cell)] * times
    return cells


def _repeated(element: Any, what: str) -> int:
    text = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return max(1, int(text)) if re.fullmatch("[0-9]{1,9}", text) else 1


def _ods_text(cell: Any) -> str:
    """The value of a number, whatever its format; otherwise what the cell shows."""
    if cell.get(f"{_OFFICE}value-type") in ("float", "currency", "percentage"):
        with suppress(ValueError):
            return _text_of(float(cell.get(f"{_OFFICE}value", "")))
    return "\n".join("".join(line.itertext()) for line in cell.findall(f"{_TEXT}p"))  # not those of comments
