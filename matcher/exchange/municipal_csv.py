"""Reads the Japanese municipal event list (自治体標準オープンデータ「イベント一覧」, 50 columns, or its earlier form) as drafts.

A draft holds what the file states for certain and nothing else: kind, group size, host and the like stay open, and
its notes say which words of the file might help to settle them. Contacts and phone numbers are not taken over.

Identity. The standard's `NO` is no identity: towns number their rows anew at each export, leave it empty or give it
twice. A listing is told apart by the town's code, name, days, times, venue and meeting point, each in one form however
it is written; rows alike in all of these are counted in their order. So the same file, another order of its rows,
another encoding, another numbering or a mended description give the same keys, and no new listing takes the key of an
old one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, RowNote, UnreadableFile
from matcher.domain.opportunity import Opportunity
from matcher.domain.opportunity_rules import CAPACITY_MAX
from matcher.domain.text import TEXT_MAX, heaps_marks
from matcher.exchange.csv_table import CsvRow, decode, read_rows
from matcher.exchange.file_row import FileRow, shown
from matcher.exchange.japanese_dates import plain
from matcher.exchange.municipal_place import MEETING_POINT, VENUE, read_place
from matcher.exchange.municipal_times import (
    END,
    FIRST_DAY,
    LAST_DAY,
    START,
    day_as_read,
    read_sessions,
    time_as_read,
)
from matcher.exchange.reasons import Reason

COLUMNS: Final = (
    "NO", "都道府県コード又は市区町村コード", "名称", "名称(カナ)", "名称(英字)", "名称(通称)", "サブタイトル", "概要",
    "説明", "サブイベント", "イベント種類", "URL", "画像URL", "状態", "対象となる産業", "ステージ", "開始日", "終了日",
    "開始時刻", "終了時刻", "日時備考", "場所名称", "集合場所", "郵便番号", "住所都道府県", "住所市区町村", "住所町名",
    "住所丁目以下", "建物名等", "緯度", "経度", "主催団体", "共催団体", "その他関係団体", "対象者", "定員", "料金(基本)",
    "料金(詳細)", "外国語対応", "申込期限日", "申込期限時刻", "申込方法", "アクセス方法", "駐車場情報", "駐輪場情報",
    "連絡先名称", "連絡先電話番号", "連絡先内線番号", "連絡先メールアドレス", "備考",
)  # fmt: skip

# The same list in its earlier form (推奨データセット「イベント一覧」), which many towns still publish.
EARLIER_NAMES: Final = {
    "イベント名": "名称", "イベント名_カナ": "名称(カナ)", "イベント名_英語": "名称(英字)", "開始時間": "開始時刻",
    "終了時間": "終了時刻", "開始日時特記事項": "日時備考", "都道府県名": "住所都道府県", "市区町村名": "住所市区町村",
    "住所": "住所町名", "方書": "建物名等", "主催者": "主催団体", "参加申込終了日": "申込期限日",
    "参加申込終了時間": "申込期限時刻", "参加申込方法": "申込方法", "カテゴリー": "イベント種類",
}  # fmt: skip

NUMBER, TOWN_CODE, NAME, CAPACITY, REMARK = "NO", "都道府県コード又は市区町村コード", "名称", "定員", "備考"
NEEDED: Final = (NAME, FIRST_DAY)  # other lists of the same series have names too, but no days
_SUMMARY: Final = ("サブタイトル", "概要", "説明")

# Words that bear on a fact but do not settle it, and what would be "nothing to say" in each.
_IN_WORDS: Final = {
    "イベント種類": (Reason.kind_in_words, ""),
    "対象者": (Reason.age_in_words, ""),
    "料金(基本)": (Reason.price_in_words, "0|0円|無料|なし"),
    "料金(詳細)": (Reason.price_in_words, "0|0円|無料|なし"),
    "申込方法": (Reason.sign_up_in_words, "不要|申込不要|なし"),
    "アクセス方法": (Reason.way_in_words, ""),
    "外国語対応": (Reason.languages_in_words, ""),
    REMARK: (Reason.remark, "なし|特になし"),
}
_CAPACITY: Final = re.compile(
    r"(?:定員)?:?(?:先着順?)?(\d{1,3}(?:,\d{3})+|\d{1,9})(?:名|人)?(?:\((?:先着順?|抽選)\))?"
)
# Where other columns say that the number counts families or teams, or that it is not the whole of it.
_CAPACITY_REMARKS: Final = {
    REMARK: re.compile(r"定員|先着|\d(?:組|人|名|チーム|家族|世帯)"),
    "料金(詳細)": re.compile(r"\d(?:組|チーム|家族|世帯)"),
}


def read_municipal_csv(content: bytes, *, now: datetime) -> ImportReading:
    """Every row of the file as a draft or a refusal, in its order; `now` is aware and decides which days are past.

    A defect in one value leaves that fact open, with a note. Refused is only what makes no listing: a row without a
    name, one that stands there twice, one whose values cannot be told apart.

    Raises UnreadableFile where the file as a whole cannot be read.
    """
    rows = read_rows(decode(content))
    header = next(rows, None)
    if header is None:
        raise UnreadableFile("The file is empty.", why="empty")
    return ImportReading(tuple(_Reading(_Header.of(header), now).read(rows)))


@dataclass(frozen=True, slots=True)
class _Header:
    """Which column stands where: the standard's names, and the words of the file."""

    names: tuple[str, ...]  # the standard's name, or the file's own where the standard has none
    words: dict[str, str]

    @classmethod
    def of(cls, row: CsvRow) -> _Header:
        standard = {_column_key(column): column for column in COLUMNS}
        cells = row.cells or ()
        if any(map(heaps_marks, cells)):
            raise UnreadableFile(
                "The first line holds more accents on one letter than any language writes.", why="columns"
            )
        stated = {standard.get(_column_key(cell)) for cell in cells}
        standard |= {_column_key(old): name for old, name in EARLIER_NAMES.items() if name not in stated}
        names = tuple(standard.get(_column_key(cell), cell) for cell in cells)
        if lacking := [column for column in NEEDED if column not in names]:
            raise UnreadableFile(
                f"This is not a municipal event list: the first line has no column {' and no column '.join(lacking)}. "
                f"Expected are the columns {', '.join(COLUMNS)}.",
                why="columns",
            )
        if twice := [name for name in COLUMNS if names.count(name) > 1]:
            raise UnreadableFile(
                f"The first line names the column {twice[0]} twice; keep one of them.", why="columns"
            )
        return cls(names, {name: shown(cell) for name, cell in zip(names, cells, strict=True)})

    def in_the_files_words(self, notes: list[RowNote]) -> tuple[RowNote, ...]:
        return tuple(note._replace(field=self.words.get(note.field, note.field)) for note in notes)


def _column_key(cell: str) -> str:
    return plain(cell).casefold().rstrip(".")


@dataclass(slots=True)
class _Reading:
    """Reads row after row, remembering what stood on earlier lines."""

    header: _Header
    now: datetime
    after_broken: bool = False
    seen: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    alike: Counter[bytes] = field(default_factory=Counter)

    def read(self, rows: Iterator[CsvRow]) -> Iterator[DraftRow | RefusedRow]:
        for row in rows:
            yield self._read(row)

    def _read(self, row: CsvRow) -> DraftRow | RefusedRow:
        width = len(self.header.names)
        cells = row.cells
        # After a stray quotation mark the rest of a broken record looks like short rows: nothing is made of them.
        if cells is None or (self.after_broken and len(cells) != width):
            self.after_broken = True
            return self._refused(row, Reason.quotation_marks, " ".join(cells or ()))
        self.after_broken = False
        if any(map(heaps_marks, cells)):
            return self._refused(row, Reason.unfit, "")
        if any(cell.strip() for cell in cells[width:]):
            return self._refused(row, Reason.too_many_values, " ".join(cells[width:]))
        found = FileRow(dict(zip(self.header.names, cells, strict=False)))
        if len(cells) < width:
            found.note(self.header.names[len(cells)], Reason.ends_early)
        listed = zip(self.header.names, (*cells, *[""] * width), strict=False)
        whole = _digest(*(plain(cell) for name, cell in listed if name != NUMBER))
        return self._listing(row.line, whole, found)

    def _listing(self, line: int, whole: bytes, row: FileRow) -> DraftRow | RefusedRow:
        title = row.line(NAME)
        if title is None:
            problems = [note for note in row.notes if note.field == NAME]
            if not problems:
                row.note(NAME, Reason.no_name)
                problems = row.notes[-1:]
            refused = self.header.in_the_files_words(problems)
            return RefusedRow(line, None, refused, rest=_opportunity(None, row, self.now))
        if whole in self.seen:
            earlier, key = self.seen[whole]
            row.note(NAME, Reason.same_as_earlier, f"line {earlier}")
            return RefusedRow(line, key, self.header.in_the_files_words(row.notes[-1:]), title)
        key = self._key(row)
        self.seen[whole] = (line, key)
        opportunity = _opportunity(title, row, self.now)
        return DraftRow(line, key, opportunity, self.header.in_the_files_words(row.notes))

    def _key(self, row: FileRow) -> str:
        identity = _digest(
            *(plain(row.said(column)) for column in (TOWN_CODE, NAME, VENUE, MEETING_POINT)),
            *(day_as_read(row.said(column)) for column in (FIRST_DAY, LAST_DAY)),
            *(time_as_read(row.said(column)) for column in (START, END)),
        )
        self.alike[identity] += 1
        return _digest(identity.hex(), str(self.alike[identity])).hex()

    def _refused(self, row: CsvRow, reason: Reason, value: str) -> RefusedRow:
        lost = FileRow({})
        lost.note(NAME, reason, value)
        return RefusedRow(row.line, None, self.header.in_the_files_words(lost.notes))


def _digest(*parts: str) -> bytes:
    # No part holds white space (`plain`), so a line feed parts them unmistakably.
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _opportunity(title: str | None, row: FileRow, now: datetime) -> Opportunity:
    place = read_place(row)
    opportunity = Opportunity(
        title=title,
        summary=_summary(row),
        online=None if place is None else False,
        place=place,
        sessions=read_sessions(row, now),
        capacity=_capacity(row),
    )
    for column, (reason, nothing) in _IN_WORDS.items():
        if row.said(column) and not re.fullmatch(nothing, plain(row.said(column))):
            row.note(column, reason)
    return opportunity


def _summary(row: FileRow) -> str | None:
    parts = dict.fromkeys(row.said(column) for column in _SUMMARY)
    last = next((column for column in reversed(_SUMMARY) if row.said(column)), _SUMMARY[-1])
    return row.fitting(last, "\n".join(part for part in parts if part), TEXT_MAX, lines=True)


def _capacity(row: FileRow) -> int | None:
    words = row.said(CAPACITY)
    if not words:
        return None
    plainly = _CAPACITY.fullmatch(plain(words))
    if plainly is None:
        row.note(CAPACITY, Reason.unclear_capacity)
        return None
    capacity = int(plainly[1].replace(",", ""))
    remarks = [name for name, says in _CAPACITY_REMARKS.items() if says.search(plain(row.said(name)))]
    if remarks:
        row.note(remarks[0], Reason.remark_on_capacity)
    elif capacity == 0:
        row.note(CAPACITY, Reason.zero_capacity)
    elif capacity > CAPACITY_MAX:
        row.note(CAPACITY, Reason.huge_capacity)
    else:
        return capacity
    return None
