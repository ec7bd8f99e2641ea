"""Tables of stores as people keep them: CSV and XLSX, every cell as text with its row and column."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from retailops.errors import FleetError, Problem

MAX_BYTES = 50_000_000
MAX_UNPACKED = 500_000_000
MAX_ROWS = 20_000
MAX_CELL = 4_096


@dataclass(frozen=True)
class Row:
    """One row: its number in the file (from 1) and its cells by column header; empty cells are left out."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """`columns` is header -> column number (from 1)."""

    columns: dict[str, int]
    rows: tuple[Row, ...]


def read_table(path: Path, *, sheet: str | None = None, encoding: str = "utf-8") -> Table:
    """The table of a CSV file, or of a sheet (the first) of an XLSX file; FleetError says why it can't be read."""
    if path.stat().st_size > MAX_BYTES:
        raise FleetError(f"{path} is larger than {MAX_BYTES:,} bytes")
    if path.suffix.lower() == ".xlsx":
        return _table(path, _xlsx(path, sheet))
    if path.suffix.lower() == ".csv":
        return _table(path, _csv(path, encoding))
    raise FleetError(f"{path} is neither .csv nor .xlsx", resolution="Save the table as one of these.")


Numbered = tuple[int, Sequence[str]]


def _csv(path: Path, encoding: str) -> Iterator[Numbered]:
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError as error:
        way = "Save it as UTF-8, or say encoding: gb18030 in the mapping."
        raise FleetError(f"{path} is no {encoding} text (byte {error.start + 1})", resolution=way) from None
    except LookupError:
        raise FleetError(f"no encoding {encoding!r}", resolution="utf-8 and gb18030 are usual.") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise FleetError(f"{path} can't be read as CSV", [Problem(path.name, number, 1, str(error))]) from None


def _xlsx(path: Path, sheet: str | None) -> Iterator[Numbered]:
    book = _book(path)
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise FleetError(f"{path} has no sheet {sheet!r}", resolution=f"It has: {', '.join(book.sheetnames)}")
        rows = book[sheet or book.sheetnames[0]].iter_rows(values_only=True)
        for number, cells in enumerate(rows, start=1):
            yield number, [_text(cell) for cell in cells]
    finally:
        book.close()


def _book(path: Path) -> Any:
    try:
        import openpyxl
    except ImportError:
        way = "pip install 'retailops[import]', or save the table as CSV."
        raise FleetError("reading XLSX takes openpyxl, which is not installed", resolution=way) from None
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise FleetError(f"{path} unpacks to more than {MAX_UNPACKED:,} bytes")
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FleetError:
        raise
    except Exception as error:
        # openpyxl lets through whatever a broken file makes it meet: KeyError, ParseError, BadZipFile.
        raise FleetError(f"{path} is no XLSX file that can be read ({type(error).__name__}: {error})") from None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _table(path: Path, rows: Iterator[Numbered]) -> Table:
    number, header = next(rows, (1, ()))
    names = [cell.strip() for cell in header]
    problems = [
        Problem(path.name, number, n + 1, f"column {name!r} for the second time")
        for n, name in enumerate(names)
        if name and name in names[:n]
    ]
    found: list[Row] = []
    for number, cells in rows:
        problems += _row_problems(path, names, number, cells)
        kept = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell.strip()}
        if kept:
            found.append(Row(number, kept))
        if len(found) > MAX_ROWS:
            raise FleetError(f"{path} has more than {MAX_ROWS:,} rows")
    if problems:
        raise FleetError(f"{path} is no table", problems)
    return Table({name: n for n, name in enumerate(names, start=1) if name}, tuple(found))


def _row_problems(path: Path, names: list[str], number: int, cells: Sequence[str]) -> Iterator[Problem]:
    for n, cell in enumerate(cells):
        if cell.strip() and (n >= len(names) or not names[n]):
            yield Problem(path.name, number, n + 1, "a cell under no header")
        if len(cell) > MAX_CELL:
            yield Problem(path.name, number, n + 1, f"{len(cell):,} characters; {MAX_CELL:,} are allowed")
