"""When somebody may be written to: every rule of SCORING §8 (CARE 2), on clocks that jump as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.contact_policy import (
    Refusal,
    Rest,
    TalkReason,
    earliest_by_pace,
    expiry,
    latest_sending,
    next_contact_moment,
    refusal,
    rest_after_answer,
    rest_after_silence,
    rest_after_visit,
    rest_length,
)
from matcher.domain.person import ContactHours, Pace
from matcher.domain.values import DayWindow, Outcome, minute_of_day

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
PACE = Pace(min_days_between=7, max_per_28_days=3)
ZONES = [
    "Asia/Tokyo",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # clocks move by half an hour
    "America/Havana",  # midnight itself is skipped
    "Asia/Kathmandu",
    "Pacific/Apia",
]


def hours(start: str, end: str, zone: str = "Asia/Tokyo") -> ContactHours:
    minutes = [int(one[:2]) * 60 + int(one[3:]) for one in (start, end)]
    return ContactHours(DayWindow(*minutes), zone)


def days_before(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=one) for one in days]


windows = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] != pair[1])
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@given(window=windows, zone=st.sampled_from(ZONES), after=moments)
def test_care_02_the_next_moment_is_inside_the_hours_and_soon(
    window: tuple[int, int], zone: str, after: datetime
) -> None:
    theirs = ContactHours(DayWindow(*window), zone)
    moment = next_contact_moment(theirs, after)
    assert moment >= after
    assert moment - after < timedelta(days=9)
    assert theirs.window.holds(minute_of_day(moment.astimezone(ZoneInfo(zone))))
    assert moment.tzinfo is UTC
    assert next_contact_moment(theirs, moment) == moment  # inside already


@given(window=windows, zone=st.sampled_from(ZONES), after=moments)
def test_nobody_waits_longer_than_a_day_where_the_clock_does_not_jump(
    window: tuple[int, int], zone: str, after: datetime
) -> None:
    local = ZoneInfo(zone)
    around = [after + timedelta(days=days) for days in (-1, 0, 1, 2)]
    jumps = len({moment.astimezone(local).utcoffset() for moment in around}) > 1
    if not jumps:
        moment = next_contact_moment(ContactHours(DayWindow(*window), zone), after)
        assert moment - after <= timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-23T03:59:59+00:00", "2026-11-23T04:00:00+00:00"),  # 12:59:59 in Tokyo
        ("2026-11-23T04:00:00+00:00", "2026-11-23T04:00:00+00:00"),  # 13:00 is inside
        ("2026-11-23T10:59:59+00:00", "2026-11-23T10:59:59+00:00"),  # 19:59:59 is inside
        ("2026-11-23T11:00:00+00:00", "2026-11-24T04:00:00+00:00"),  # 20:00 is not
    ],
)
def test_care_02_hours_open_at_their_start_and_close_before_their_end(after: str, expected: str) -> None:
    moment = next_contact_moment(hours("13:00", "20:00"), datetime.fromisoformat(after))
    assert moment == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-23T16:30:00+00:00", "2026-11-23T16:30:00+00:00"),  # 01:30 at night is inside
        ("2026-11-23T17:00:00+00:00", "2026-11-24T13:00:00+00:00"),  # 02:00 is not: the evening's 22:00
        ("2026-11-23T12:00:00+00:00", "2026-11-23T13:00:00+00:00"),
    ],
)
def test_hours_may_run_past_midnight(after: str, expected: str) -> None:
    moment = next_contact_moment(hours("22:00", "02:00"), datetime.fromisoformat(after))
    assert moment == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("zone", "before", "expected"),
    [
        # Noon stays noon on the reader's clock, whatever the offset is by then.
        ("America/New_York", "2027-03-13T22:00:00+00:00", "2027-03-14T16:00:00+00:00"),
        ("America/New_York", "2026-10-31T22:00:00+00:00", "2026-11-01T17:00:00+00:00"),
        ("Europe/Berlin", "2027-03-27T22:00:00+00:00", "2027-03-28T10:00:00+00:00"),
        ("Europe/Berlin", "2026-10-24T22:00:00+00:00", "2026-10-25T11:00:00+00:00"),
    ],
)
def test_hours_keep_to_the_readers_clock_when_summer_time_changes(
    zone: str, before: str, expected: str
) -> None:
    moment = next_contact_moment(hours("12:00", "16:00", zone), datetime.fromisoformat(before))
    assert moment == datetime.fromisoformat(expected)


def test_hours_that_the_clock_skips_open_a_day_later() -> None:
    night = hours("02:00", "02:30", "America/New_York")
    moment = next_contact_moment(night, datetime(2027, 3, 14, 5, 0, tzinfo=UTC))
    assert moment == datetime(2027, 3, 15, 6, 0, tzinfo=UTC)


def test_hours_whose_start_the_clock_skips_open_right_after_the_gap() -> None:
    night = hours("02:00", "04:00", "America/New_York")
    moment = next_contact_moment(night, datetime(2027, 3, 14, 5, 0, tzinfo=UTC))
    assert moment == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)  # 03:00 in summer time


def test_care_02_days_between_two_invitations_are_kept() -> None:
    assert refusal(Rest(), PACE, days_before(6.999), NOW) == Refusal(
        "pace", NOW + timedelta(days=7) - timedelta(days=6.999)
    )
    assert refusal(Rest(), PACE, days_before(7), NOW) is None
    assert refusal(Rest(), PACE, [], NOW) is None


def test_care_02_at_most_so_many_in_28_days() -> None:
    three = days_before(9, 27, 18)
    assert refusal(Rest(), PACE, three, NOW) == Refusal("pace", NOW + timedelta(days=1))
    assert refusal(Rest(), PACE, days_before(9, 28, 18), NOW) is None
    assert refusal(Rest(), PACE, days_before(9, 18), NOW) is None


def test_care_02_somebody_who_wants_none_is_sent_none() -> None:
    never = Pace(min_days_between=0, max_per_28_days=0)
    assert refusal(Rest(), never, [], NOW) == Refusal("pace", None)
    assert refusal(Rest(), never, days_before(400), NOW) == Refusal("pace", None)


@given(
    sent=st.lists(st.integers(0, 24 * 60), max_size=12),
    between=st.integers(0, 28),
    most=st.integers(1, 28),
)
def test_the_earliest_moment_keeps_both_limits_and_no_earlier_one_does(
    sent: list[int], between: int, most: int
) -> None:
    pace = Pace(between, most)
    moments = [NOW - timedelta(hours=one) for one in sent]
    earliest = earliest_by_pace(pace, moments)

    def kept(at: datetime) -> bool:
        recent = [one for one in moments if at - timedelta(days=28) < one <= at]
        return len(recent) < most and all(at >= one + timedelta(days=between) for one in moments)

    if earliest is None:
        assert moments == []
    else:
        assert kept(max(earliest, *moments))
        before = earliest - timedelta(minutes=1)
        assert before < max(moments) or not kept(before)


def test_a_rest_comes_before_the_pace_and_names_its_end() -> None:
    until = NOW + timedelta(days=3)
    assert refusal(Rest(until), PACE, days_before(1), NOW) == Refusal("resting", until)
    assert refusal(Rest(NOW), PACE, [], NOW) is None


def test_a_talk_that_is_due_has_no_date() -> None:
    over = Rest(NOW - timedelta(days=1), TalkReason.silence)
    assert refusal(over, PACE, [], NOW) == Refusal("resting", None)


def test_care_02_nothing_is_sent_within_a_day_of_the_start() -> None:
    assert latest_sending(NOW) == NOW - timedelta(hours=24)
    assert latest_sending(None) is None


@pytest.mark.parametrize(
    ("starts_in", "expected"),
    [
        (timedelta(days=30), timedelta(days=7)),
        (timedelta(days=7, hours=2), timedelta(days=7)),
        (timedelta(days=3), timedelta(days=3) - timedelta(hours=2)),
        (None, timedelta(days=7)),
    ],
)
def test_an_unanswered_one_ends_after_a_week_or_two_hours_before_the_start(
    starts_in: timedelta | None, expected: timedelta
) -> None:
    starts_at = None if starts_in is None else NOW + starts_in
    assert expiry(NOW, starts_at) == NOW + expected


@given(days=st.sampled_from([14, 28]), invitation_id=st.uuids().map(str))
def test_rests_spread_between_0_7_and_1_3_and_stay_the_same_for_one_invitation(
    days: int, invitation_id: str
) -> None:
    length = rest_length(days, invitation_id)
    assert timedelta(days=0.7 * days) <= length <= timedelta(days=1.3 * days)
    assert length == rest_length(days, invitation_id)


def test_rests_do_not_end_together() -> None:
    lengths = sorted(rest_length(14, f"invitation-{number}") for number in range(200))
    assert lengths[0] < timedelta(days=14 * 0.75)
    assert lengths[-1] > timedelta(days=14 * 1.25)
    assert len(set(lengths)) == 200


def test_answers_bring_the_rest_that_fits_them() -> None:
    not_now = rest_after_answer("not_now", NOW, "one")
    assert not_now == Rest(NOW + rest_length(14, "one"))
    too_much = rest_after_answer("too_much", NOW, "one")
    assert too_much == Rest(NOW + rest_length(28, "one"), TalkReason.too_much_answer)
    assert rest_after_answer("not_for_me", NOW, "one") == Rest()
    assert rest_after_answer("accept", NOW, "one") == Rest()


def test_silence_brings_14_then_28_days_then_a_word_with_the_caseworker() -> None:
    assert rest_after_silence(1, NOW, "one") == Rest(NOW + rest_length(14, "one"))
    assert rest_after_silence(2, NOW, "one") == Rest(NOW + rest_length(28, "one"))
    assert rest_after_silence(3, NOW, "one") == Rest(talk=TalkReason.silence)
    assert rest_after_silence(7, NOW, "one") == Rest(talk=TalkReason.silence)


@pytest.mark.parametrize("outcome", [Outcome.ok, Outcome.left_early, Outcome.did_not_come])
def test_care_03_leaving_early_and_not_coming_bring_no_rest(outcome: Outcome) -> None:
    assert rest_after_visit(outcome, NOW, "one") == Rest()


def test_a_visit_that_was_too_much_brings_a_rest_and_a_talk() -> None:
    rest = rest_after_visit(Outcome.too_much, NOW, "one")
    assert rest == Rest(NOW + rest_length(28, "one"), TalkReason.too_much_visit)
