"""A municipal file is read however it was encoded, arranged or broken, and every row of it is accounted for."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.domain.opportunity import missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.exchange.municipal_csv import COLUMNS, EARLIER_NAMES, read_municipal_csv
from matcher.exchange.reasons import Reason
from tests.exchange.municipal_files import NOW, as_text, draft, listing, read, said_of


def read_text(text: str, encoding: str = "utf-8") -> ImportReading:
    return read_municipal_csv(text.encode(encoding), now=NOW)


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
        # Four private characters stand for bytes that Windows leaves undefined: a file that holds any is in no known encoding.
        st.characters(
            codec="cp932",
            exclude_categories=("Cc",),
            exclude_characters="\xa0\uf8f0\uf8f1\uf8f2\uf8f3¢£¬‖−〜",
        ),
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


@pytest.mark.parametrize("address", ["苔町1-2-3", "架空市苔町1-2-3", "東京都架空市苔町1-2-3"])
def test_the_earlier_form_of_the_list_gives_the_same_listing(address: str) -> None:
    earlier = {name: old for old, name in EARLIER_NAMES.items()}
    changed = listing(住所町名=address, 住所丁目以下="", 申込方法="電話")
    names = [name for name in COLUMNS if name != "住所丁目以下"]
    text = as_text(changed, columns=names)
    header, rest = text.split("\n", 1)
    old = ",".join(earlier.get(name.strip().strip('"'), name.strip()) for name in header.split(","))
    assert "イベント名" in old
    (row,) = read_text(f"{old}\n{rest}").drafts
    assert row.opportunity.place == draft().opportunity.place
    assert row.opportunity.sessions == draft().opportunity.sessions
    assert row.opportunity.capacity == 4
    assert ("参加申込方法", Reason.sign_up_in_words) in said_of(row)


def test_a_column_of_the_earlier_form_stands_back_where_the_list_has_its_own() -> None:
    text = as_text({**listing(), "イベント名": "別の名"}, columns=["イベント名", *COLUMNS])
    (row,) = read_text(text).drafts
    assert row.opportunity.title == draft().opportunity.title


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
    assert len({row.key for row in reading.drafts}) == len(reading.drafts)
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


@pytest.mark.timeout(60)  # seconds where reading is linear; it was hours
def test_a_value_full_of_blanks_does_not_hold_the_reading_up() -> None:
    for blanks in (" ", "\u3000", "\n "):
        assert read(listing(名称="畑" + blanks * 200_000 + "草"))
