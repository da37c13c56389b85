"""Days and times as town halls write them are read only where one reading is possible."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.exchange.japanese_dates import read_day, read_time

DAY = date(2022, 1, 2)


@pytest.mark.parametrize(
    "words",
    [
        "2022-01-02", "2022/1/2", "2022.1.2", "2022年1月2日", "2022年01月02日(日)", "2022/1/2（日曜日）", "20220102",
        "２０２２－０１－０２", "令和4年1月2日", "令和４年１月２日（日）", "R4.1.2", "r4/1/2", "㋿4年1月2日",
        "平成34年1月2日", "2022-01-02 00:00:00", "2022-01-02T00:00", " 2022 年 1 月 2 日 ", "2022−01−02",
    ],
)  # fmt: skip
def test_a_day_is_read_from_every_usual_form(words: str) -> None:
    assert read_day(words) == DAY


@pytest.mark.parametrize(
    ("words", "day"), [("令和元年5月1日", date(2019, 5, 1)), ("S63.12.25", date(1988, 12, 25))]
)
def test_eras_count_from_their_first_year(words: str, day: date) -> None:
    assert read_day(words) == day


@pytest.mark.parametrize(
    "words",
    [
        "", "未定", "1/2/2022", "22-01-02", "2022-13-01", "2022-02-29", "2022-01", "44563", "2022-01-02 10:00",
        "2022年1月2日(月)", "2022-01-02~2022-01-05", "令和4年", "明治4年1月2日", "0001-01-01", "9999-12-31", "毎週火曜日",
        "2022-1-2-3",
    ],
)  # fmt: skip
def test_a_day_that_could_be_another_is_not_read(words: str) -> None:
    assert read_day(words) is None


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("9:05", 545), ("09:05", 545), ("０９：０５", 545), ("9時", 540), ("9時5分", 545), ("9時半", 570), ("13:30:00", 810),
        ("午前9時", 540), ("午後1時30分", 810), ("午後0時", 720), ("午前0時", 0), ("正午", 720), ("pm1:30", 810),
        ("0:00", 0), ("24:00", 1440),
    ],
)  # fmt: skip
def test_a_time_is_read_from_every_usual_form(words: str, minutes: int) -> None:
    assert read_time(words) == minutes


@pytest.mark.parametrize(
    "words",
    [
        "",
        "10",
        "10:60",
        "9時75分",
        "24:01",
        "25:00",
        "午後13時",
        "午後12時",
        "午前12時",
        "10:00~",
        "10:00~12:00",
        "昼頃",
        "10:00:30",
        "1000",
    ],
)
def test_a_time_that_could_be_another_is_not_read(words: str) -> None:
    assert read_time(words) is None


@given(st.text(max_size=30))
def test_any_words_are_read_or_not(words: str) -> None:
    day, minutes = read_day(words), read_time(words)
    assert day is None or 1900 <= day.year < 2200
    assert minutes is None or 0 <= minutes <= 1440


@given(st.dates(date(1926, 12, 26), date(2100, 1, 1)))
def test_every_day_is_read_back(day: date) -> None:
    weekday = "月火水木金土日"[day.weekday()]
    assert read_day(day.isoformat()) == day
    assert read_day(f"{day.year}年{day.month}月{day.day}日({weekday})") == day
