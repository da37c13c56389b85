"""A municipal event list becomes drafts that state what the file states, each with a lasting identity."""

from __future__ import annotations

import random

import pytest

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow
from matcher.domain.opportunity import Opportunity, OpportunityState, Place, Session, missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.exchange.reasons import Reason
from tests.exchange.municipal_files import NOW, draft, listing, read, refused, said_of


def keys(reading: ImportReading) -> list[str]:
    return [row.key for row in reading.drafts]


# What a draft states


def test_a_draft_states_what_the_row_states_and_nothing_else() -> None:
    found = draft().opportunity
    session = Session(
        NOW.replace(month=12, day=1, hour=4, minute=0), NOW.replace(month=12, day=1, hour=5, minute=30)
    )
    assert found == Opportunity(
        title="苔を見る会",
        summary="庭の苔をならんで眺めます。",
        online=False,
        place=Place(
            name="みどり公民館",
            address="東京都架空市苔町1-2-3 みどりビル2階",
            latitude=35.635125,
            longitude=139.578176,
            timezone="Asia/Tokyo",
        ),
        sessions=(session,),
        capacity=4,
        state=OpportunityState.draft,
    )
    assert problems(found, NOW) == []


def test_facts_that_scoring_needs_and_the_file_lacks_stay_missing() -> None:
    row = draft(
        対象者="小学生以上", **{"料金(基本)": "300"}, 外国語対応="英語可", アクセス方法="駅から徒歩3分"
    )
    assert missing_facts(row.opportunity) == (
        "kind", "interaction", "stimulation", "staffed", "leave_any_time", "regular_attendance", "watch_first",
        "companion_welcome", "requires", "provides", "languages", "topics", "age", "not_expected",
        "if_you_do_not_come", "group_size.typical", "group_size.max", "host.name", "host.role",
        "host.greets_at_door", "place.entry",
    )  # fmt: skip
    assert said_of(row) == {
        ("イベント種類", Reason.kind_in_words),
        ("対象者", Reason.age_in_words),
        ("料金(基本)", Reason.price_in_words),
        ("外国語対応", Reason.languages_in_words),
        ("アクセス方法", Reason.way_in_words),
    }


def test_a_row_with_only_a_name_is_a_draft_that_lacks_the_rest() -> None:
    (row,) = read({"名称": "ひとりの会"}).drafts
    assert row.opportunity == Opportunity(title="ひとりの会")
    assert said_of(row) == {
        ("開始日", Reason.no_day),
        ("終了日", Reason.no_day),
        ("場所名称", Reason.no_place),
    }


@pytest.mark.parametrize(
    ("price", "noted"), [("0", False), ("無料", False), ("０円", False), ("500", True), ("一部有料", True)]
)
def test_only_something_to_pay_is_noted_as_a_price(price: str, noted: bool) -> None:
    row = draft(**{"料金(基本)": price})
    assert (("料金(基本)", Reason.price_in_words) in said_of(row)) is noted
    assert row.opportunity.requires is None


def test_contacts_are_not_taken_over() -> None:
    row = draft(
        連絡先名称="担当 架空花子", 連絡先電話番号="000-0000-0000", 連絡先メールアドレス="a@example.jp"
    )
    assert row == draft()


def test_subtitle_and_description_make_the_summary_once_each() -> None:
    assert (
        draft(サブタイトル="静かに", 概要="眺めます", 説明="眺めます").opportunity.summary
        == "静かに\n眺めます"
    )


def test_lines_of_a_description_stay_and_a_name_stands_on_one_line() -> None:
    found = draft(名称="苔を\r\n 見る\t会", 説明="一行目\r\n二行目\r三行目").opportunity
    assert found.title == "苔を 見る 会"
    assert found.summary == "一行目\n二行目\n三行目"


def test_what_is_too_long_is_shortened_and_noted() -> None:
    row = draft(名称="苔" * 1000, 説明="庭" * 1_000_000)
    assert row.opportunity.title == "苔" * 199 + "…"
    assert row.opportunity.summary == "庭" * 1999 + "…"
    assert {("名称", Reason.shortened), ("説明", Reason.shortened)} <= said_of(row)
    assert max(len(note.value) for note in row.notes) <= 80


# How many


@pytest.mark.parametrize(
    ("words", "capacity"),
    [("4", 4), ("２０名", 20), ("20人", 20), ("先着20名", 20), ("定員：20名（先着順）", 20), ("1,000", 1000)],
)
def test_a_plain_number_of_people_is_the_capacity(words: str, capacity: int) -> None:
    assert draft(定員=words).opportunity.capacity == capacity


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("各回15人", Reason.unclear_capacity),
        ("先着30組", Reason.unclear_capacity),
        ("20名程度", Reason.unclear_capacity),
        ("10~20", Reason.unclear_capacity),
        ("-5", Reason.unclear_capacity),
        ("1e3", Reason.unclear_capacity),
        ("なし", Reason.unclear_capacity),
        ("9" * 5000, Reason.unclear_capacity),
        ("0", Reason.zero_capacity),
        ("1001", Reason.huge_capacity),
    ],
)
def test_any_other_capacity_stays_open_with_its_reason(words: str, reason: Reason) -> None:
    row = draft(定員=words)
    assert row.opportunity.capacity is None
    assert ("定員", reason) in said_of(row)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("備考", "定員は人数ではなく組"),
        ("備考", "１５組"),
        ("備考", "午前午後で各8人"),
        ("料金(詳細)", "1組100円"),
    ],
)
def test_a_remark_that_the_number_counts_something_else_leaves_the_capacity_open(
    column: str, words: str
) -> None:
    row = draft(定員="15", **{column: words})
    assert row.opportunity.capacity is None
    assert (column, Reason.remark_on_capacity) in said_of(row)


# What is refused


@pytest.mark.parametrize("name", ["", " \u3000 ", "\u200b"])
def test_a_row_without_a_name_is_refused(name: str) -> None:
    row = refused(名称=name)
    assert (row.line, said_of(row)) == (2, {("名称", Reason.no_name)})


@pytest.mark.parametrize("name", ["苔\0会", "苔\u202e会", "苔\x07会", "苔" + "\u0300" * 31])
def test_a_name_with_hidden_characters_is_refused_and_shown_without_them(name: str) -> None:
    row = refused(名称=name)
    assert said_of(row) == {("名称", Reason.unfit)}
    assert all(note.value.isprintable() for note in row.problems)


@pytest.mark.parametrize("column", ["説明", "場所名称"])
def test_hidden_characters_elsewhere_cost_only_that_value(column: str) -> None:
    row = draft(**{column: "苔\0\u202e"})
    assert (column, Reason.unfit) in said_of(row)
    assert row.opportunity.title == "苔を見る会"
    assert (row.opportunity.summary is None) is (column == "説明")


def test_the_second_of_two_equal_rows_is_refused_and_names_the_first() -> None:
    first, other, second = read(listing(), listing(名称="別の会"), listing(NO="0000000003", 備考=" ")).rows
    assert isinstance(first, DraftRow)
    assert isinstance(other, DraftRow)
    assert isinstance(second, RefusedRow)
    assert second.problems == (("名称", Reason.same_as_earlier, "line 2"),)
    assert (second.line, second.key, second.title) == (4, first.key, "苔を見る会")


# Identity


def test_importing_again_gives_the_same_keys_in_any_order_numbering_and_wording() -> None:
    rows = [listing(NO=str(number), 開始時刻=f"{8 + number}:00") for number in range(5)]
    again = [
        {
            **row,
            "NO": "",
            "説明": "直しました",
            "開始日": "令和８年12月1日",
            "終了日": "2026/12/1",
            "名称": " 苔を見る会 ",
        }
        for row in rows
    ]
    random.Random(1).shuffle(again)
    assert len(set(keys(read(*rows)))) == 5
    assert set(keys(read(*rows))) == set(keys(read(*again)))


@pytest.mark.parametrize(
    "changed",
    [
        {"名称": "別の会"},
        {"開始日": "2026-12-02", "終了日": "2026-12-02"},
        {"終了日": "2026-12-02"},
        {"開始時刻": "13:15"},
        {"終了時刻": "15:00"},
        {"場所名称": "あおぞら公民館"},
        {"集合場所": "北口"},
        {"都道府県コード又は市区町村コード": "999998"},
    ],
)
def test_a_listing_that_got_the_number_of_another_has_a_key_of_its_own(changed: dict[str, str]) -> None:
    assert draft().key != draft(**changed).key


def test_rows_told_apart_by_a_remark_alone_are_counted_in_their_order() -> None:
    rows = [listing(備考=f"{course}コース") for course in "ABC"]
    first = keys(read(*rows))
    assert len(set(first)) == 3
    assert keys(read(*rows)) == first
    assert keys(read(*rows[1:])) == first[:2]


def test_keys_fit_where_they_are_kept() -> None:
    assert len(draft().key) <= 80
