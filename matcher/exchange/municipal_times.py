"""When a municipal event is: one session where the file leaves no doubt, otherwise none, and why."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from matcher.domain.opportunity import Session
from matcher.domain.opportunity_rules import SESSION_AHEAD_MAX
from matcher.exchange.file_row import FileRow
from matcher.exchange.japanese_dates import DAY_END, plain, read_day, read_time
from matcher.exchange.reasons import Reason

JAPAN: Final = "Asia/Tokyo"
FIRST_DAY, LAST_DAY, START, END = "開始日", "終了日", "開始時刻", "終了時刻"
REMARK_ON_TIMES: Final = "日時備考"

# Some towns repeat a column in the remark, as it stood before its form was made standard.
_REPEATED: Final = re.compile(rf"({FIRST_DAY}|{LAST_DAY}|{START}|{END})\s*[:：]\s*(.*)")
_NOTHING: Final = frozenset({"", "-", "なし", "特になし", "無"})
_CALLED_OFF: Final = re.compile("中止|延期|休止|休講")
_MAY_SAY_CALLED_OFF: Final = ("名称", "サブタイトル", "状態", "備考")


def read_sessions(row: FileRow, now: datetime) -> tuple[Session, ...]:
    """The one session of a listing on a single day still to come, with both times and no remark on them.

    Everything else gives none, with notes that say why: a span of days is not a session, and a remark such as
    「10時から11時、13時から14時」 or 「一部中止」 can make the columns untrue.
    """
    day = _single_day(row, now)
    hours = _hours(row) if day else None
    if day is None or hours is None:
        return ()
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(JAPAN))
    starts_at, ends_at = (
        (midnight + timedelta(minutes=minutes)).astimezone(ZoneInfo("UTC")) for minutes in hours
    )
    if starts_at <= now:
        row.note(START, Reason.past)
        return ()
    if _may_be_otherwise(row):
        return ()
    return (Session(starts_at, ends_at),)


def day_as_read(words: str) -> str:
    """A day in one form however it was written; what cannot be read stays as plain words."""
    day = read_day(words)
    return day.isoformat() if day else plain(words)


def time_as_read(words: str) -> str:
    """A time of day in one form however it was written; what cannot be read stays as plain words."""
    minutes = read_time(words)
    return plain(words) if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _single_day(row: FileRow, now: datetime) -> date | None:
    first, last = _day(row, FIRST_DAY), _day(row, LAST_DAY)
    if first is None or last is None:
        return None
    if last < first:
        row.note(LAST_DAY, Reason.last_day_first)
    elif last < now.astimezone(ZoneInfo(JAPAN)).date():
        row.note(LAST_DAY, Reason.past)
    elif last != first:
        row.note(LAST_DAY, Reason.several_days, f"{row.said(FIRST_DAY)} – {row.said(LAST_DAY)}")
    elif first > (now + SESSION_AHEAD_MAX - timedelta(days=1)).date():
        row.note(FIRST_DAY, Reason.far_ahead)
    else:
        return first
    return None


def _day(row: FileRow, column: str) -> date | None:
    words = row.said(column)
    day = read_day(words)
    if day is None:
        row.note(column, Reason.unclear_day if words else Reason.no_day)
    return day


def _hours(row: FileRow) -> tuple[int, int] | None:
    start, end = _time(row, START, latest=DAY_END - 1), _time(row, END, latest=DAY_END)
    if start is None or end is None:
        return None
    if end <= start:
        row.note(END, Reason.end_first, f"{row.said(START)} – {row.said(END)}")
        return None
    if start == 0 and end >= DAY_END - 1:
        row.note(START, Reason.whole_day, f"{row.said(START)} – {row.said(END)}")
        return None
    return start, end


def _time(row: FileRow, column: str, *, latest: int) -> int | None:
    words = row.said(column)
    minutes = read_time(words)
    if minutes is None or minutes > latest:
        row.note(column, Reason.unclear_time if words else Reason.no_time)
        return None
    return minutes


def _may_be_otherwise(row: FileRow) -> bool:
    before = len(row.notes)
    words = []
    for line in row.said(REMARK_ON_TIMES).splitlines():
        repeated = _REPEATED.fullmatch(line.strip())
        if repeated is None:
            words.append(line)
        elif not _says_the_same(repeated[1], repeated[2], row.said(repeated[1])):
            row.note(REMARK_ON_TIMES, Reason.contradicting_remark, line)
    if plain("".join(words)) not in _NOTHING:
        row.note(REMARK_ON_TIMES, Reason.remark_on_times, " ".join(words))
    for column in _MAY_SAY_CALLED_OFF:
        if _CALLED_OFF.search(row.said(column)):
            row.note(column, Reason.called_off)
    return len(row.notes) > before


def _says_the_same(column: str, remark: str, value: str) -> bool:
    as_read = day_as_read if column in {FIRST_DAY, LAST_DAY} else time_as_read
    return as_read(remark) == as_read(value)
