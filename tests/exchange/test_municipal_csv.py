"""A municipal event list becomes drafts that state what the file states, and every row is accounted for."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.domain.opportunity import Opportunity, OpportunityState, Place, Session, missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.exchange.municipal_csv import COLUMNS, read_municipal_csv
from matcher.exchange.reasons import Reason
from tests.exchange.municipal_files import NOW, as_text, draft, listing, read, refused, said_of


def read_text(text: str, encoding: str = "utf-8") -> ImportReading:
    return read_municipal_csv(text.encode(encoding), now=NOW)


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


# The file


ENCODINGS = {
    "utf-8": codecs.BOM_UTF8 + as_text(listing()).encode("utf-8"),
    "utf-8 without a mark": as_text(listing()).encode("utf-8"),
    "shift_jis": as_text(listing()).encode("cp932"),
    "utf-16 little endian": codecs.BOM_UTF16_LE + as_text(listing()).encode("utf-16-le"),
    "utf-16 big endian": codecs.BOM_UTF16_BE + as_text(listing()).encode("utf-16-be"),
    "unix lines": as_text(listing(), line_end="\n").encode("utf-8"),
    "old mac lines": as_text(listing(), line_end="\r").encode("utf-8"),
    "no end of the last line": as_text(listing()).rstrip().encode("utf-8"),
    "empty values left out at the end": "\n".join(
        line.rstrip(",") for line in as_text(listing(備考="x")).splitlines()
    ).encode(),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_same_listing_is_read_from_every_encoding_and_kind_of_line(name: str) -> None:
    (row,) = read_municipal_csv(ENCODINGS[name], now=NOW).drafts
    assert (row.key, row.opportunity, row.line) == (draft().key, draft().opportunity, 2)


def test_a_wave_dash_has_one_key_in_both_of_its_forms() -> None:
    assert draft(名称="苔〜会").key == draft(名称="苔～会").key


@given(
    st.text(
        st.characters(codec="cp932", exclude_categories=("Cc",), exclude_characters="¢£¬‖−〜"),
        min_size=1,
        max_size=40,
    )
)
def test_shift_jis_and_utf_8_give_the_same_reading(words: str) -> None:
    text = as_text(listing(名称="会" + words, 説明=words, 集合場所=words, 備考=words, 開始日=words))
    if text.encode("cp932").decode("cp932") == text:  # a few characters have two codes
        assert read_text(text, "cp932") == read_text(text, "utf-8")


@pytest.mark.parametrize(
    "content",
    [
        as_text(listing()).encode("utf-8") + b"\xff\xfe\x80",
        as_text(listing()).encode("cp932") + b"1,2,\xfd",  # undefined in code page 932
        codecs.BOM_UTF16_LE + b"\x00\xd8,\x00",  # half of a surrogate pair
    ],
)
def test_a_file_in_no_known_encoding_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="neither UTF-8, UTF-16 nor Shift_JIS"):
        read_municipal_csv(content, now=NOW)


def test_stray_bytes_in_a_file_that_says_utf_8_cost_only_their_value() -> None:
    content = as_text(listing(名称="苔BROKEN"), listing(説明="庭BROKEN"), listing()).encode("utf-8-sig")
    first, second, third = read_municipal_csv(content.replace(b"BROKEN", b"\x81\xff"), now=NOW).rows
    assert isinstance(first, RefusedRow)
    assert said_of(first) == {("名称", Reason.undecodable)}
    assert isinstance(second, DraftRow)
    assert second.opportunity.summary is None
    assert ("説明", Reason.undecodable) in said_of(second)
    assert isinstance(third, DraftRow)


@pytest.mark.parametrize("content", [b"", codecs.BOM_UTF8, b"\r\n\r\n", codecs.BOM_UTF16_LE])
def test_an_empty_file_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="The file is empty"):
        read_municipal_csv(content, now=NOW)


def test_a_header_alone_is_a_file_of_no_rows() -> None:
    assert read().rows == ()


@pytest.mark.parametrize(
    "header", ["id,name\n1,x", "NO,名称,緯度,経度\n1,図書館,35,139", '"名称,開始日', "PK\x03\x04"]
)
def test_another_format_is_told_which_columns_were_expected(header: str) -> None:
    with pytest.raises(
        UnreadableFile, match=r"not a municipal event list: .* no column .*Expected are .*NO, .*備考\."
    ):
        read_text(header)


def test_a_column_named_twice_is_one_clear_error() -> None:
    with pytest.raises(UnreadableFile, match="names the column 開始日 twice"):
        read_text("名称,開始日,開始日\n会,2026-12-01,2026-12-02")


def test_columns_are_found_by_name_in_any_order_and_width_and_unknown_ones_are_passed_over() -> None:
    columns = ["追加", *reversed(COLUMNS)]
    text = as_text(listing(追加="何か", **{"料金(基本)": "300"}), columns=columns)
    wide = (
        text.replace("料金(基本)", "料金（基本）", 1).replace("NO", "Ｎｏ．", 1).replace("定員", " 定員 ", 1)
    )
    (row,) = read_text(wide).drafts
    assert row.opportunity == draft().opportunity
    assert row.key == draft().key
    assert ("料金（基本）", Reason.price_in_words) in said_of(row)


def test_a_missing_column_leaves_its_fact_missing() -> None:
    (row,) = read_text(as_text(listing(), columns=[name for name in COLUMNS if name != "定員"])).drafts
    assert row.opportunity.capacity is None
    assert "capacity" in missing_facts(row.opportunity)


def test_lines_are_counted_as_they_stand_in_the_file() -> None:
    text = as_text(listing(説明="一\n二\r\n三"), listing(名称="次の会")) + "\r\n" + ",,最後の会"
    assert [row.line for row in read_text(text).rows] == [2, 5, 7]


def test_a_row_that_ends_early_is_a_draft_and_says_so() -> None:
    (row,) = read_text(as_text() + "1,999999,短い会\r\n").drafts
    assert row.opportunity.title == "短い会"
    assert ("名称(カナ)", Reason.ends_early) in said_of(row)


def test_a_row_with_too_many_values_is_refused_because_they_may_have_moved() -> None:
    text = (
        as_text(listing()).rstrip()
        + ",あふれた\r\n"
        + as_text(listing(名称="次の会")).split("\r\n")[1]
        + ",,"
    )
    first, second = read_text(text).rows
    assert isinstance(first, RefusedRow)
    assert first.problems == (("名称", Reason.too_many_values, "あふれた"),)
    assert isinstance(second, DraftRow)


@pytest.mark.parametrize("stray", ['1,999999,"開いたまま', '1,999999,"閉じた"あと,x'])
def test_a_stray_quotation_mark_costs_its_row_and_not_the_rest(stray: str) -> None:
    header, body = as_text(listing()).split("\r\n")[:2]
    first, second, third = read_text("\r\n".join([header, body, stray, body.replace("苔を", "空を")])).rows
    assert isinstance(first, DraftRow)
    assert isinstance(second, RefusedRow)
    assert (second.line, said_of(second)) == (3, {("名称", Reason.quotation_marks)})
    assert isinstance(third, DraftRow)
    assert (third.line, third.opportunity.title) == (4, "空を見る会")


def test_the_rest_of_a_broken_record_does_not_become_listings() -> None:
    header, body = as_text(listing()).split("\r\n")[:2]
    broken = '1,999999,"一\n二,三,四\n五"六,七'
    rows = read_text(f"{header}\n{broken}\n{body}").rows
    assert [(row.line, type(row)) for row in rows] == [
        (2, RefusedRow),
        (3, RefusedRow),
        (4, RefusedRow),
        (5, DraftRow),
    ]


def test_a_file_full_of_stray_quotation_marks_is_one_clear_error() -> None:
    with pytest.raises(UnreadableFile, match="quotation marks do not match"):
        read_text(as_text() + '"a"b\r\n' * 101)


def test_a_file_that_is_too_large_is_one_clear_error() -> None:
    with pytest.raises(UnreadableFile, match="larger than 50 MB"):
        read_municipal_csv(b"x" * 50_000_001, now=NOW)
    with pytest.raises(UnreadableFile, match="more than 100,000 rows"):
        read_text("名称,開始日\n" + "x\n" * 100_001)


def test_heaped_accents_do_not_hold_the_reading_up() -> None:
    rows = read(listing(説明="\u0315\u0300" * 1_000_000), listing(名称="次の会")).rows
    assert [type(row) for row in rows] == [RefusedRow, DraftRow]
    assert said_of(rows[0]) == {("名称", Reason.unfit)}
    with pytest.raises(UnreadableFile, match="accents"):
        read_text("\u0315\u0300" * 1_000_000)


def accounted_for(content: bytes) -> None:
    try:
        reading = read_municipal_csv(content, now=NOW)
    except UnreadableFile:
        return
    assert len(reading.drafts) + len(reading.refused) == len(reading.rows)
    lines = [row.line for row in reading.rows]
    assert lines == sorted(set(lines))
    assert len(set(keys(reading))) == len(reading.drafts)
    for row in reading.drafts:
        assert row.opportunity.title
        assert problems(row.opportunity, NOW) == []
    for refusal in reading.refused:
        assert refusal.problems
        assert all(note.field and note.reason for note in refusal.problems)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_reading_or_one_clear_error(content: bytes) -> None:
    accounted_for(content)


@given(st.binary(max_size=400), st.sampled_from([",", '"', "\r", "\n", '","']))
def test_any_bytes_below_a_right_header_give_a_reading_or_one_clear_error(content: bytes, after: str) -> None:
    accounted_for((as_text() + after).encode("utf-8-sig") + content)


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    st.sampled_from(
        ["", "2026-12-01", "2026/12/2", "13:00", "24:00", "35.6", "139.5", "0", "NaN", "1e309", "20名"]
    ),
)


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), VALUES), max_size=4))
def test_any_values_are_accounted_for(rows: list[dict[str, str]]) -> None:
    rows = [listing(**row) for row in rows]
    content = as_text(*rows).encode("utf-8-sig")
    accounted_for(content)
    assert len(read_municipal_csv(content, now=NOW).rows) == len(rows)
