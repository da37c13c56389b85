"""A file of comma-separated values as cells with their line in the file, however it was encoded or broken."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from matcher.domain.imports import UnreadableFile

# Judgement, 2026-11: the largest of eight towns' files has 340 rows in 0.2 MB.
MAX_FILE_MB: Final = 50
MAX_ROWS: Final = 100_000
MAX_BROKEN_ROWS: Final = 100  # each costs a reading of the rest of the file

# What Python's cp932 makes of bytes that Windows code page 932 leaves undefined.
_UNDEFINED_IN_CP932: Final = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One record; `line` is where it starts, counted from 1. `cells` is None where quotation marks do not match."""

    line: int
    cells: tuple[str, ...] | None


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 (with or without a byte order mark), UTF-16 with one, or Shift_JIS as of Windows.

    A file that declares itself UTF-8 keeps single bytes that are not as lone surrogates, so that only their rows are
    lost. Raises UnreadableFile where no encoding fits or the file is too large.
    """
    if len(content) > MAX_FILE_MB * 1_000_000:
        raise UnreadableFile(f"The file is larger than {MAX_FILE_MB} MB; split it.", why="large")
    if content.startswith(codecs.BOM_UTF8):
        return content[len(codecs.BOM_UTF8) :].decode("utf-8", "surrogateescape")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decoded(content, "utf-16")
    else:
        text = _decoded(content, "utf-8")
        if text is None:
            text = _decoded(content, "cp932")
            text = None if text is not None and _UNDEFINED_IN_CP932.intersection(text) else text
    if text is None:
        raise UnreadableFile(
            "The file is neither UTF-8, UTF-16 nor Shift_JIS text; save it as CSV in UTF-8.", why="encoding"
        )
    return text


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def read_rows(text: str) -> Iterator[CsvRow]:
    """Every record, blank lines left out. A line whose quotation marks do not match is given without cells, and
    reading goes on with the line after it, so that one stray mark does not swallow the rest.

    Raises UnreadableFile for too many rows or too many such lines.
    """
    lines = list(io.StringIO(text, newline=""))
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FILE_MB * 1_000_000))
    start, rows, broken = 0, 0, 0
    while start < len(lines):
        reader = csv.reader(iter(lines[start:]), strict=True)
        ended = 0
        try:
            for cells in reader:
                line, ended = start + ended + 1, reader.line_num
                if cells:
                    rows += 1
                    if rows > MAX_ROWS:
                        raise UnreadableFile(
                            f"The file has more than {MAX_ROWS:,} rows; split it.", why="rows"
                        )
                    yield CsvRow(line, tuple(cells))
            return
        except csv.Error:
            start += ended + 1
            broken += 1
            if broken > MAX_BROKEN_ROWS:
                raise UnreadableFile(
                    f"In more than {MAX_BROKEN_ROWS} rows the quotation marks do not match; save it as CSV again.",
                    why="quotation_marks",
                ) from None
            yield CsvRow(start, None)
