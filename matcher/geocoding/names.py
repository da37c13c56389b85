"""One spelling for the many ways in which a Japanese place name is written, so that equal names compare equal."""

from __future__ import annotations

import re
import unicodedata

_KANJI = "\u3005\u3400-\u9fff\uf900-\ufaff"
_DIGIT_OF = {kanji: value for value, kanji in enumerate("一二三四五六七八九", start=1)}
# Kanji numerals count as numbers only before these units: 三鷹 and 六本木 keep theirs.
_NUMERAL = re.compile(
    r"(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=丁|条|番[町丁]|線|号|区|地割)"
)
_DASHES = re.compile(r"(?<=\d)[\u2010-\u2015\u2212\u30fc\uff0d\u301c~](?=\d)")
_SMALL_GA = re.compile(rf"(?<=[{_KANJI}])[ヶケヵがガ](?=[{_KANJI}])")  # 霞が関, 霞ヶ関, 霞ケ関
_NO = re.compile(rf"(?<=[{_KANJI}])[ノの](?=[{_KANJI}])")  # 丸の内, 丸ノ内
_TSU = re.compile(rf"(?<=[{_KANJI}])[ッツっつ](?=[{_KANJI}])")  # 三ツ沢, 三ッ沢
_FIRST_WORD = re.compile(r"^(?:大字|字)(?=.)")
_SPACE_BEFORE_NUMBER = re.compile(r"\s+(?=[\d〇一二三四五六七八九十]+(?:丁|番|-|\d|$))")
_TODAY = str.maketrans(
    "澤濱龍嶋櫻邊邉齋齊國學廣眞藪舘曾檜壽彌瀧薗戶呂", "沢浜竜島桜辺辺斉斉国学広真薮館曽桧寿弥滝園戸呂"
)
_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}

_LONG_VOWEL = re.compile(r"ou|oo|uu|oh(?![aiueo])")
_ROMAN_KIND = re.compile(
    r"(?:[\s-]+(?:shi|ku|machi|cho|chou|mura|son|gun|ken|fu|to|city|ward|town|village|prefecture|pref\.?))+$"
)
_ROMAN_COUNTY = re.compile(r"^\S+[\s-]+(?:gun|district)[\s-]+")


def tidy(text: str) -> str:
    """NFKC, each run of white space one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def number(numeral: str) -> int:
    """Value of a kanji numeral below 100: 二十三 is 23."""
    tens, ten, ones = numeral.rpartition("十")
    return (10 * (_DIGIT_OF[tens] if tens else 1) if ten else 0) + (_DIGIT_OF[ones] if ones else 0)


def fold(text: str) -> str:
    """One spelling of a Japanese name or address: numbers before units as digits, one kind of dash and of が, の, つ."""
    text = _DASHES.sub("-", tidy(text).casefold()).translate(_TODAY)
    text = _SPACE_BEFORE_NUMBER.sub("", text)
    text = _NUMERAL.sub(lambda found: str(number(found[0])), text)
    return _TSU.sub("ツ", _NO.sub("の", _SMALL_GA.sub("ケ", text)))


def fold_town(text: str) -> str:
    """`fold` for a town within its municipality, where a leading 大字 or 字 is left out as often as written."""
    return _FIRST_WORD.sub("", fold(text).strip())


def fold_kana(text: str) -> str:
    """Hiragana and katakana alike, as katakana."""
    return tidy(text).translate(_KATAKANA)


def fold_roman(text: str) -> str:
    """One spelling of a romanised name: no macrons, long vowels short, no word for the kind of place.

    `Chōfu-shi`, `Chofu City` and `Choufu` all give `chofu`.
    """
    plain = unicodedata.normalize("NFKD", tidy(text)).casefold().replace("\u2019", "'")
    plain = "".join(c for c in plain if not unicodedata.combining(c)).strip(" .")
    plain = _ROMAN_KIND.sub("", _ROMAN_COUNTY.sub("", plain))
    plain = re.sub(r"[\s'.-]+", "", plain).replace("mb", "nb").replace("mp", "np").replace("mm", "nm")
    return _LONG_VOWEL.sub(lambda found: found[0][0], plain)


def is_roman(text: str) -> bool:
    """Whether a text has letters and all of them are Latin."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and all("LATIN" in unicodedata.name(c, "") for c in letters)
