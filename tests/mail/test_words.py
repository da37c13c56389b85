"""Words that nobody may read, and words that every language needs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

import pytest

from matcher.domain.opportunity import TOLD_FACTS
from matcher.domain.values import Interaction, Requirement, StayStep, Stimulation, TravelMode
from matcher.mail.letters import Reason
from matcher.mail.wording import words
from tests.mail.samples import LANGUAGES, every_letter

FORBIDDEN = re.compile(
    r"\b(patients?|cases?|caseworkers?|hikikomori|withdrawn|treatments?|rehabilitation|fail(ed|ures?)?|no.?shows?|"
    r"progress\w*|levels?|scores?|ranks?|ranked|rungs?|streaks?|badges?|points?|deadlines?|last chance|only one|"
    r"seats? left|urgent\w*|hurry up|reminders?|health|therap\w*|disorder|client)\b"
    "|患者|ひきこもり|引きこもり|引き籠|ヒキコモリ|治療|リハビリ|失敗|無断|欠席|ドタキャン|進捗|進歩|レベル|ケース|支援|福祉|"
    "社会復帰|更生|症状|病気|障害|当事者|利用者|対象者|スコア|点数|順位|連続記録|残りわずか|残り1|お早めに|締め?切|至急|催促",
    re.IGNORECASE,
)
TEMPLATES = files("matcher.mail").joinpath("templates")


def _templates() -> Iterator[tuple[str, str]]:
    """The words of each template, without its tags, which nobody reads."""
    for language in LANGUAGES:
        for file in TEMPLATES.joinpath(language).iterdir():
            text = file.read_text(encoding="utf-8")
            if file.name.endswith(".jinja"):
                yield f"{language}/{file.name}", re.sub(r"\{%.*?%\}", "", text)
            else:
                for table in tomllib.loads(text).values():
                    yield f"{language}/{file.name}", "\n".join(table.values())


def test_the_list_finds_what_it_is_for() -> None:
    for sentence in ("Your case", "no-show", "Level 3", "引きこもりの方へ", "進捗", "無断欠席"):
        assert FORBIDDEN.search(sentence)


def test_no_template_holds_a_forbidden_word() -> None:
    texts = list(_templates())
    assert len(texts) > 2 * 10
    for name, text in texts:
        found = FORBIDDEN.search(text)
        assert found is None, (name, found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_holds_a_forbidden_word(language: str) -> None:
    for name, mail in every_letter(language).items():
        found = FORBIDDEN.search("\n".join([mail.subject, mail.text, str(mail.html), str(mail.calendar)]))
        assert found is None, (name, found)


def test_care_5_nothing_is_counted_or_hurried() -> None:
    for mail in every_letter("en").values():
        assert "!" not in mail.text
    for mail in every_letter("ja").values():
        assert "！" not in mail.text


def test_each_language_has_the_same_letters_and_words() -> None:
    names = [{file.name for file in TEMPLATES.joinpath(language).iterdir()} for language in LANGUAGES]
    assert names[0] == names[1]
    keys = [{(table, key) for table, row in words(language).items() for key in row} for language in LANGUAGES]
    assert keys[0] == keys[1]
    places = [
        {(table, key, tuple(sorted(re.findall(r"\{\w+\}", text)))) for table, row in words(language).items() for key, text in row.items()}
        for language in LANGUAGES
    ]  # fmt: skip
    assert places[0] == places[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_has_its_words(language: str) -> None:
    table = words(language)
    assert set(Interaction) == set(table["interaction"])
    assert set(Stimulation) == set(table["stimulation"])
    assert set(Requirement) == set(table["requires"])
    assert set(StayStep) == set(table["stay_step"])
    assert set(TravelMode) == set(table["mode"])
    assert set(TOLD_FACTS) == set(table["fact"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_to_write_to_a_caseworker_reads_differently(language: str) -> None:
    written = every_letter(language)
    texts = {reason: written[f"caseworker_notice {reason}"].text for reason in Reason}
    assert len(set(texts.values())) == len(Reason)
    # That somebody else opened a page is told without a word about the person (CARE 24).
    assert [reason for reason, text in texts.items() if "Haru" not in text] == [Reason.opened_elsewhere]
