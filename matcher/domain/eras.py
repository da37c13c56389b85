"""Years as they are counted in Japan, by the reign they lie in."""

from __future__ import annotations

from typing import Final

FIRST: Final = "元"  # how the first year of an era is written
# The year before the first of each era (令和 began on 2019-05-01, 平成 1989-01-08, 昭和 1926-12-25, 大正 1912-07-30).
_YEAR_BEFORE: Final = {
    "令": 2018,
    "R": 2018,
    "平": 1988,
    "H": 1988,
    "昭": 1925,
    "S": 1925,
    "大": 1911,
    "T": 1911,
}


def western_year(era: str, year: str) -> int:
    """The year as the world counts it, of an era by its name or its letter. Raises KeyError for any other.

    >>> western_year("令和", "元"), western_year("h", "7")
    (2019, 1995)
    """
    return _YEAR_BEFORE[era[0].upper()] + (1 if year == FIRST else int(year))
