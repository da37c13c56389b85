"""SCORING §6: the session that is scored, and what a shared time is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.opportunity import Session
from matcher.domain.person import ContactHours
from matcher.domain.values import Availability, DayWindow
from matcher.scoring.sessions import choose, in_shared_time
from tests.scoring.builders import AT, TUESDAY, codes, judged, session, someone, something

DAY = timedelta(days=1)


def free(*windows: tuple[int, int, int], timezone: str = "Asia/Tokyo"):
    return someone(
        availability=tuple(Availability(day, DayWindow(start, end)) for day, start, end in windows),
        contact_hours=ContactHours(DayWindow(780, 1200), timezone),
    )


@pytest.mark.parametrize(
    ("window", "shared"),
    [
        ((1, 720, 1020), True),
        ((1, 780, 810), True),  # exactly 13:00 to 13:30
        ((1, 781, 1020), False),
        ((1, 720, 809), False),
        ((0, 720, 1020), False),
        ((2, 720, 1020), False),
        ((1, 0, 1440), True),
    ],
)
def test_a_session_lies_wholly_inside_one_window(window: tuple[int, int, int], shared: bool) -> None:
    evaluation = judged(free(window))
    assert codes(evaluation) == ([] if shared else ["no_shared_time"])


def test_two_windows_do_not_add_up() -> None:
    assert codes(judged(free((1, 720, 795), (1, 795, 900)))) == ["no_shared_time"]


def test_windows_are_in_the_persons_own_zone() -> None:
    assert codes(judged(free((1, 4 * 60, 5 * 60), timezone="UTC"))) == []
    assert codes(judged(free((0, 23 * 60, 1440), timezone="America/New_York"))) == []  # Monday 23:00 there
    assert codes(judged(free((1, 720, 1020), timezone="America/New_York"))) == ["no_shared_time"]


def test_a_session_over_midnight_lies_on_no_one_day() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    late = session(datetime(2026, 12, 1, 23, 30, tzinfo=tokyo), minutes=60)
    all_week = [(day, 0, 1440) for day in range(7)]
    assert codes(judged(free(*all_week), something(sessions=(late,)))) == ["no_shared_time"]
    until_midnight = session(datetime(2026, 12, 1, 23, 30, tzinfo=tokyo), minutes=30)
    assert codes(judged(free(*all_week), something(sessions=(until_midnight,)))) == []
    assert codes(judged(someone(), something(sessions=(late,)))) == []  # no windows: any time


def test_a_window_past_midnight_is_free_on_both_days() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    night_owl = free((1, 22 * 60, 2 * 60))
    for start, shared in [
        (datetime(2026, 12, 1, 22, tzinfo=tokyo), True),
        (datetime(2026, 12, 2, 1, tzinfo=tokyo), True),
        (datetime(2026, 12, 1, 1, tzinfo=tokyo), False),
        (datetime(2026, 12, 2, 1, 45, tzinfo=tokyo), False),
    ]:
        assert in_shared_time(night_owl, session(start)) is shared


def test_the_clock_on_the_wall_counts_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # 29 March 2026: 02:00 becomes 03:00
    early = session(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), minutes=60)  # 01:30 to 03:30 on the wall
    assert in_shared_time(free((6, 90, 210), timezone=berlin.key), early)
    assert not in_shared_time(free((6, 90, 200), timezone=berlin.key), early)


def test_undated_opportunities_fit_any_time() -> None:
    evaluation = judged(free((6, 0, 60)), something(sessions=(), duration_minutes=30))
    assert codes(evaluation) == []
    assert evaluation.session == Session()


def test_what_is_over_is_not_offered() -> None:
    past = something(sessions=(session(AT - DAY), session(AT - 3 * DAY)))
    evaluation = judged(None, past)
    assert codes(evaluation) == ["no_shared_time"]
    assert evaluation.session.starts_at == AT - DAY  # the last


def test_what_has_begun_is_not_in_the_future() -> None:
    assert codes(judged(None, something(sessions=(session(AT),)))) == ["no_shared_time"]
    assert codes(judged(None, something(sessions=(session(AT + timedelta(seconds=1)),)))) == []


def test_the_earliest_shared_session_is_scored_else_the_earliest_future_one() -> None:
    sessions = (session(TUESDAY + 7 * DAY), session(TUESDAY), session(TUESDAY - DAY), session(AT - DAY))
    assert judged(free((1, 0, 1440)), something(sessions=sessions)).session.starts_at == TUESDAY
    assert judged(None, something(sessions=sessions)).session.starts_at == TUESDAY - DAY
    evaluation = judged(free((5, 0, 1440)), something(sessions=sessions))
    assert evaluation.session.starts_at == TUESDAY - DAY
    assert codes(evaluation) == ["no_shared_time"]


def test_a_full_session_never_hides_a_free_one() -> None:
    full, later = session(TUESDAY, seats_left=0), session(TUESDAY + DAY, seats_left=2)
    evaluation = judged(None, something(sessions=(full, later)))
    assert codes(evaluation) == []
    assert evaluation.session == later
    only_tuesdays = judged(free((1, 0, 1440)), something(sessions=(full, later)))
    assert codes(only_tuesdays) == ["full"]  # the free one is at no time they share
    assert only_tuesdays.session == full


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.sampled_from([None, 0, 1])), min_size=1, max_size=6),
    st.lists(st.integers(0, 6), max_size=3),
)
def test_the_chosen_session_is_never_worse_than_another(
    days: list[tuple[int, int | None]], weekdays: list[int]
) -> None:
    sessions = [session(TUESDAY + day * DAY, seats_left=seats) for day, seats in days]
    person = free(*[(day, 0, 1440) for day in weekdays])
    chosen = choose(person, something(sessions=tuple(sessions)), AT)

    def standing(one: Session) -> tuple[bool, bool, bool]:
        future = one.starts_at > AT
        return future and in_shared_time(person, one), future, one.seats_left != 0

    best = max(standing(one) for one in sessions)
    if best[1]:
        assert standing(chosen.session) == best
        assert chosen.session.starts_at == min(one.starts_at for one in sessions if standing(one) == best)
    else:
        assert chosen.session.starts_at == max(one.starts_at for one in sessions)
    assert chosen.shared is best[0]
    assert chosen.has_seat is (chosen.session.seats_left != 0)
