"""Small invented municipal event lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow
from matcher.exchange.municipal_csv import COLUMNS, read_municipal_csv

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # noon in Japan

LISTING = {
    "NO": "0000000001",
    "都道府県コード又は市区町村コード": "999999",
    "名称": "苔を見る会",
    "説明": "庭の苔をならんで眺めます。",
    "イベント種類": "生活と環境",
    "開始日": "2026-12-01",
    "終了日": "2026-12-01",
    "開始時刻": "13:00",
    "終了時刻": "14:30",
    "場所名称": "みどり公民館",
    "住所都道府県": "東京都",
    "住所市区町村": "架空市",
    "住所町名": "苔町",
    "住所丁目以下": "1-2-3",
    "建物名等": "みどりビル2階",
    "緯度": "35.635125",
    "経度": "139.578176",
    "定員": "4",
}


def listing(**changed: str) -> dict[str, str]:
    """One listing, complete but for the values changed."""
    return {**LISTING, **changed}


def as_text(*rows: Mapping[str, str], columns: Sequence[str] = COLUMNS, line_end: str = "\r\n") -> str:
    """A file of these rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row.get(column, "") for column in columns])
    return out.getvalue()


def read(*rows: Mapping[str, str], now: datetime = NOW) -> ImportReading:
    """The reading of a file of these rows."""
    return read_municipal_csv(as_text(*rows).encode("utf-8-sig"), now=now)


def draft(now: datetime = NOW, **changed: str) -> DraftRow:
    """The draft that one listing becomes."""
    (row,) = read(listing(**changed), now=now).rows
    assert isinstance(row, DraftRow), row
    return row


def refused(**changed: str) -> RefusedRow:
    """The refusal of one listing."""
    (row,) = read(listing(**changed)).rows
    assert isinstance(row, RefusedRow), row
    return row


def said_of(row: DraftRow | RefusedRow) -> set[tuple[str, str]]:
    """Which columns were noted, with the sentence."""
    notes = row.notes if isinstance(row, DraftRow) else row.problems
    return {(note.field, note.reason) for note in notes}
