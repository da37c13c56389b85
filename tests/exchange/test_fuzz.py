"""Whatever a file or a calendar holds: read, or refused in words; never a failure of ours. More of it by FUZZ_REQUESTS."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.exchange.municipal_csv import COLUMNS, read_municipal_csv
from matcher.mail.calendar import cancellation_entry, invitation_entry
from tests.exchange.municipal_files import NOW, as_text, listing
from tests.mail.samples import card, make_opportunity

MANY = settings(max_examples=int(os.environ.get("FUZZ_REQUESTS", "60")), deadline=None)
VALUES = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[0-90-9年月日/:時分,.\-~〜\s]{0,20}", fullmatch=True),
    st.sampled_from(
        ["", "令和8年12月1日", "2026-13-40", "25:61", "1e309", "NaN", "=1+1", "\x00", "99999999999999"]
    ),
)


def _read(content: bytes) -> ImportReading | None:
    """The reading, or None where the file as a whole was refused in words."""
    try:
        reading = read_municipal_csv(content, now=NOW)
    except UnreadableFile:
        return None
    for row in reading.rows:
        assert isinstance(row, DraftRow | RefusedRow)
        assert not isinstance(row, RefusedRow) or row.problems, "refused without a reason"
    return reading


@MANY
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    _read(content)


@MANY
@given(
    st.dictionaries(st.sampled_from(list(COLUMNS)), VALUES, max_size=8),
    st.sampled_from(["utf-8", "utf-8-sig", "cp932"]),
)
def test_a_listing_with_any_values_is_a_draft_or_named_with_its_reason(
    changed: dict[str, str], encoding: str
) -> None:
    content = as_text(listing(**changed), listing(NO="2")).encode(encoding, "replace")
    reading = _read(content)
    assert reading is None or len(reading.rows) >= 1


@MANY
@given(st.data())
def test_a_file_with_bytes_lost_or_changed_is_read_or_refused_in_words(data: st.DataObject) -> None:
    content = bytearray(as_text(listing(), listing(NO="2")).encode("utf-8-sig"))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=4))
    _read(bytes(content))


@MANY
@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(
        ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    minutes=st.integers(1, 60 * 24 * 30),
    sequence=st.integers(0, 2**31 - 1),
    sender=st.sampled_from(["Matcher <post@example.org>", "みどり <post@example.org>", "post@example.org"]),
)
def test_a_calendar_entry_says_the_same_moment_to_whoever_reads_it(
    moment: datetime, zone: str, minutes: int, sequence: int, sender: str
) -> None:
    begin = moment.replace(microsecond=0).astimezone(ZoneInfo(zone))
    end = (begin.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    assume(not begin.fold and not end.fold)  # the hour that comes twice: nobody meets then
    shown = card(opportunity=make_opportunity())
    shown = type(shown)(**{**_fields(shown), "starts_at": begin, "ends_at": end})
    for write in (invitation_entry, cancellation_entry):
        content = write(
            shown, uid="one@matcher", sequence=sequence, now=datetime(2026, 11, 23, tzinfo=UTC), sender=sender
        )
        assert content is not None
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert event["dtstart"].dt.astimezone(UTC) == begin.astimezone(UTC)
        assert event["dtend"].dt.astimezone(UTC) == end.astimezone(UTC)
        assert int(event["sequence"]) == sequence


def _fields(shown: object) -> dict[str, object]:
    return {
        name: getattr(shown, name)
        for kind in type(shown).__mro__
        for name in getattr(kind, "__annotations__", ())
    }
