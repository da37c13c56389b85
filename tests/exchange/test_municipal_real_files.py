"""The lists of eight real towns, 2017 to 2023: every row is accounted for, and nothing is stated that they do not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matcher.domain.imports import ImportLine, ImportReading, ImportReport, ImportResult
from matcher.domain.opportunity import missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.exchange.municipal_csv import read_municipal_csv
from matcher.exchange.reasons import Reason

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "municipal-events"
FILES = sorted(FOLDER.glob("*.csv"))

pytestmark = pytest.mark.skipif(
    not FILES, reason="the real lists are not in ../shared/data/municipal-events, so they cannot be read"
)

TODAY = datetime(2026, 11, 23, tzinfo=UTC)
BEFORE_THEM_ALL = datetime(2017, 1, 1, tzinfo=UTC)  # within five years of every listing but the latest
ROWS = {
    "112089": 109, "122084": 72, "122271": 181, "131083": 117, "131156": 210, "131229": 165, "132055": 203, "132195": 340,
}  # fmt: skip


def readings(now: datetime) -> list[ImportReading]:
    return [read_municipal_csv(file.read_bytes(), now=now) for file in FILES]


def report(found: ImportReading) -> ImportReport:
    return ImportReport(tuple(map(ImportLine.of, found.rows)))


def reasons(found: list[ImportReading], *results: ImportResult) -> Counter[tuple[str, str]]:
    return sum((report(one).reasons(*results) for one in found), Counter())


def test_every_row_is_a_draft_or_refused() -> None:
    assert {
        file.name[3:9]: len(found.rows) for file, found in zip(FILES, readings(TODAY), strict=True)
    } == ROWS
    counts = sum((Counter(report(found).counts) for found in readings(TODAY)), Counter())
    assert counts == {"rows": 1397, "draft": 1396, "refused": 1}


def test_the_one_refused_row_is_the_same_class_listed_under_two_numbers() -> None:
    (row,) = [row for found in readings(TODAY) for row in found.refused]
    assert (row.line, row.problems[0]) == (219, ("名称", Reason.same_as_earlier, "line 215"))


def test_every_draft_keeps_the_rules_of_postings_and_lacks_what_no_file_states() -> None:
    for now in (TODAY, BEFORE_THEM_ALL):
        for row in (row for found in readings(now) for row in found.drafts):
            assert problems(row.opportunity, now) == []
            missing = set(missing_facts(row.opportunity))
            assert {"kind", "group_size.max", "host.name", "staffed", "requires", "interaction"} <= missing
            assert ("sessions" in missing) is not bool(row.opportunity.sessions)


def test_reading_again_gives_the_same_keys_so_that_importing_again_changes_nothing() -> None:
    for file in FILES:
        content = file.read_bytes()
        first = read_municipal_csv(content, now=BEFORE_THEM_ALL)
        again = read_municipal_csv(content.decode("utf-8-sig").encode("utf-16"), now=TODAY)
        known = {row.key for row in first.drafts}
        assert len(known) == len(first.drafts)
        assert [row.key for row in again.drafts] == [row.key for row in first.drafts]


def test_all_of_them_are_past_and_say_so() -> None:
    found = readings(TODAY)
    assert not any(row.opportunity.sessions for one in found for row in one.drafts)
    noted = reasons(found, ImportResult.draft)
    assert noted["終了日", Reason.past] + noted["終了日", Reason.last_day_first] == 1396
    assert noted["終了日", Reason.last_day_first] == 9


def test_defects_are_counted_by_their_reason() -> None:
    noted = reasons(readings(TODAY), ImportResult.draft)
    assert noted["経度", Reason.half_a_point] == 10
    assert noted["定員", Reason.zero_capacity] == 1
    assert noted["定員", Reason.huge_capacity] == 1
    assert noted["備考", Reason.remark_on_capacity] == 27
    assert noted["場所名称", Reason.no_place] == 23
    assert noted["集合場所", Reason.perhaps_online] + noted["名称", Reason.perhaps_online] == 25


def test_before_they_took_place_most_single_days_were_sessions() -> None:
    found = readings(datetime(2018, 12, 1, tzinfo=UTC))
    drafts = [row for one in found for row in one.drafts]
    assert sum(len(row.opportunity.sessions) for row in drafts) == 1088
    noted = reasons(found, ImportResult.draft)
    assert noted["終了日", Reason.several_days] == 94
    assert noted["日時備考", Reason.remark_on_times] == 86
    assert noted["名称", Reason.called_off] == 32


def test_lines_point_at_the_row_in_the_file() -> None:
    for file in FILES:
        lines = file.read_text("utf-8-sig").split("\n")
        for row in read_municipal_csv(file.read_bytes(), now=TODAY).drafts:
            title = row.opportunity.title
            assert title is not None
            assert title in lines[row.line - 1].replace('""', '"')
