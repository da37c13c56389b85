"""One session where the file leaves no doubt about day and hours, otherwise none, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matcher.domain.opportunity import Session, missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.exchange.reasons import Reason
from tests.exchange.municipal_files import NOW, draft, said_of

AT = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
SESSION = Session(AT, AT + timedelta(minutes=90))


@pytest.mark.parametrize(
    "changed",
    [
        {"開始日": "2026/12/1", "終了日": "令和8年12月1日（火）"},
        {"開始時刻": "午後1時", "終了時刻": "１４：３０"},
        {"日時備考": "なし"},
        {"日時備考": "開始日: 2026/12/1\n終了日：2026/12/1\n開始時刻: 13:00"},
    ],
)
def test_a_single_day_with_both_times_is_one_session(changed: dict[str, str]) -> None:
    row = draft(**changed)
    assert row.opportunity.sessions == (SESSION,)
    assert {note.field for note in row.notes} == {"イベント種類"}


def test_midnight_at_the_end_belongs_to_the_next_day() -> None:
    assert draft(終了時刻="24:00").opportunity.sessions == (Session(AT, AT + timedelta(hours=11)),)


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"開始日": ""}, "開始日", Reason.no_day),
        ({"終了日": ""}, "終了日", Reason.no_day),
        ({"開始日": "1/12/2026"}, "開始日", Reason.unclear_day),
        ({"終了日": "2026-12-01（水）"}, "終了日", Reason.unclear_day),
        ({"終了日": "2026-11-30"}, "終了日", Reason.last_day_first),
        ({"終了日": "2027-03-31"}, "終了日", Reason.several_days),
        ({"開始日": "2032-01-01", "終了日": "2032-01-01"}, "開始日", Reason.far_ahead),
        ({"開始時刻": ""}, "開始時刻", Reason.no_time),
        ({"終了時刻": ""}, "終了時刻", Reason.no_time),
        ({"開始時刻": "詳細はホームページ"}, "開始時刻", Reason.unclear_time),
        ({"開始時刻": "24:00"}, "開始時刻", Reason.unclear_time),
        ({"終了時刻": "25:00"}, "終了時刻", Reason.unclear_time),
        ({"終了時刻": "13:00"}, "終了時刻", Reason.end_first),
        ({"開始時刻": "22:00", "終了時刻": "2:00"}, "終了時刻", Reason.end_first),
        ({"開始時刻": "00:00", "終了時刻": "23:59"}, "開始時刻", Reason.whole_day),
        ({"開始日": "2022-01-22", "終了日": "2022-01-22"}, "終了日", Reason.past),
        ({"開始日": "2026-11-01", "終了日": "2026-11-22"}, "終了日", Reason.past),
        ({"日時備考": "10時から11時、13時から14時（入れ替え制）"}, "日時備考", Reason.remark_on_times),
        ({"日時備考": "開始日: 2026/12/1\n毎週火曜日"}, "日時備考", Reason.remark_on_times),
        ({"日時備考": "開始日: 2026/12/2"}, "日時備考", Reason.contradicting_remark),
        ({"日時備考": "終了時刻: 15:00"}, "日時備考", Reason.contradicting_remark),
        ({"名称": "（一部中止）苔を見る会"}, "名称", Reason.called_off),
        ({"備考": "大雨の影響により延期"}, "備考", Reason.called_off),
        ({"状態": "中止"}, "状態", Reason.called_off),
    ],
)
def test_whatever_is_not_certain_leaves_the_sessions_missing(
    changed: dict[str, str], field: str, reason: Reason
) -> None:
    row = draft(**changed)
    assert row.opportunity.sessions == ()
    assert "sessions" in missing_facts(row.opportunity)
    assert (field, reason) in said_of(row)


@pytest.mark.parametrize(("before", "sessions"), [(1, 1), (0, 0), (-1, 0)])
def test_a_session_is_past_from_the_minute_it_begins(before: int, sessions: int) -> None:
    now = AT - timedelta(minutes=before)
    row = draft(now=now)
    assert len(row.opportunity.sessions) == sessions
    assert (("開始時刻", Reason.past) in said_of(row)) is not bool(sessions)


def test_the_day_is_that_of_japan() -> None:
    """At 16:00 UTC it is already tomorrow there."""
    assert draft(now=datetime(2026, 12, 1, 16, tzinfo=UTC)).notes[-2].field == "終了日"
    assert draft(now=datetime(2026, 11, 30, 16, tzinfo=UTC)).opportunity.sessions == (SESSION,)


@pytest.mark.parametrize("days", range(5 * 366 - 3, 5 * 366 + 3))
def test_no_draft_lies_further_ahead_than_a_posting_may(days: int) -> None:
    day = (NOW + timedelta(days=days)).date().isoformat()
    row = draft(開始日=day, 終了日=day, 開始時刻="23:00", 終了時刻="24:00")
    assert problems(row.opportunity, NOW) == []
    assert bool(row.opportunity.sessions) is (days < 5 * 366)
