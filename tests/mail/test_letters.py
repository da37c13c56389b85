"""What every letter says, and what it never shows (CARE 4, 6, 7, 9, 10, 12, 17, 22, 26)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from matcher.domain.values import Kind
from tests.mail.samples import (
    LANGUAGES,
    PERSON_POST,
    TO_ORGANISATION,
    card,
    every_letter,
    letters_to_others,
    letters_to_person,
    make_opportunity,
)

# What a locked screen shows of a letter: about so much text under the subject (judgement, 2026-11).
SEEN_ON_A_LOCKED_SCREEN = {"ja": 60, "en": 120}


class _Html(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def _html(mail_html: str | None) -> _Html:
    assert mail_html is not None
    return _Html(mail_html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_4_every_letter_to_a_person_can_pause_everything(language: str) -> None:
    for mail in letters_to_person(card(language)).values():
        assert PERSON_POST["pause_url"] in mail.text.splitlines()
        assert PERSON_POST["pause_url"] in _html(mail.html).links
        assert mail.headers["List-Unsubscribe"] == f"<{PERSON_POST['pause_url']}>"
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_to_a_person_leads_to_their_own_pages_and_no_other_does(language: str) -> None:
    for mail in letters_to_person(card(language)).values():
        assert PERSON_POST["pace_url"] in mail.text.splitlines()
    for mail in letters_to_others(language).values():
        assert "/me/" not in mail.text + str(mail.html) + str(mail.headers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_7_the_digits_stand_in_the_letter_and_nowhere_outside(language: str) -> None:
    mail = letters_to_person(card(language))["pace_code"]
    assert "314159" in mail.text.splitlines()
    assert "314159" not in mail.subject + str(mail.headers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_4_only_the_person_can_pause(language: str) -> None:
    for mail in letters_to_others(language).values():
        assert "/pause/" not in mail.text + str(mail.html) + str(mail.headers)
        assert "List-Unsubscribe" not in mail.headers


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_6_an_invitation_says_everything(language: str) -> None:
    mail = letters_to_person(card(language))["invitation"]
    said = {
        "what": ["Tomato Corner", "Three people weed a garden."],
        "when": ["13:00", "13:30", "2026"],
        "where": ["Izumi allotment", "1-2-3 Izumi"],
        "way in": ["Green gate"],
        "who": ["Aoki", "gardener"],
        "how many": ["3人から4人"] if language == "ja" else ["3 to 4 people, you included"],
        "leaving early": ["いつ抜けても"] if language == "ja" else ["You can leave at any moment"],
        "not expected": ["話すこと", "knowing plants"] if language == "ja" else ["talking", "knowing plants"],
        "not coming": ["The next one is open too."],
        "who asks": ["Tanaka"],
    }
    shown = _html(mail.html).text
    for what, words in said.items():
        for word in words:
            assert word in mail.text, what
            assert word in shown, what


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_6_the_weekday_is_said(language: str) -> None:
    weekday = {"ja": "2026年12月1日（火）", "en": "Tuesday, 1 December 2026"}[language]
    assert weekday in letters_to_person(card(language))["invitation"].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_7_the_outside_is_the_same_whatever_the_letter_is_about(language: str) -> None:
    other = make_opportunity(title="Night shelter", kind=Kind.communal_space)
    one, two = letters_to_person(card(language)), letters_to_person(card(language, other))
    for name, mail in one.items():
        assert mail.subject == two[name].subject
        assert mail.headers == two[name].headers


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_7_a_locked_screen_shows_nothing_of_what_it_is_about(language: str) -> None:
    for name, mail in letters_to_person(card(language)).items():
        for text in (mail.text, _html(mail.html).text.replace(mail.subject, "", 1)):
            seen = " ".join(text.split())[: SEEN_ON_A_LOCKED_SCREEN[language]]
            assert len(seen) == SEEN_ON_A_LOCKED_SCREEN[language]
            for word in ("Tomato", "garden", "Izumi", "Aoki", "Tanaka", "13:00", "2026"):
                assert word not in seen, (name, seen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_9_an_invitation_holds_one_link_to_its_page_and_none_that_answers(language: str) -> None:
    mail = letters_to_person(card(language))["invitation"]
    links = [link for link in _html(mail.html).links if not link.startswith("tel:")]
    assert links == [PERSON_POST["answer_url"], PERSON_POST["pause_url"], PERSON_POST["pace_url"]]
    assert re.findall(r"https?://\S+", mail.text) == links


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_10_a_supporter_learns_what_when_and_where_and_cannot_answer(language: str) -> None:
    mail = letters_to_others(language)["supporter_copy"]
    assert all(word in mail.text for word in ("Tomato Corner", "13:00", "Izumi allotment"))
    for word in ("http", "TOKEN", "Haru", "Aoki", "bicycle", "自転車", "secret", "weed"):
        assert word not in mail.text, word
    assert _html(mail.html).links == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_12_help_is_one_tap_away(language: str) -> None:
    number = {"ja": "0120-000-000", "en": "0120-000-001"}[language]
    for mail in letters_to_person(card(language)).values():
        assert number in mail.text
        assert f"tel:{number}" in _html(mail.html).links


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TO_ORGANISATION)
def test_care_17_an_organisation_reads_alias_session_and_agreed_needs(name: str, language: str) -> None:
    mail = letters_to_others(language)[name]
    everything = mail.text + str(mail.html) + mail.subject + str(mail.headers)
    assert all(word in mail.text for word in ("Haru", "Tomato Corner", "13:00"))
    for word in ("secret", "mother", "Tanaka", "1994", "35.1", "bicycle", "自転車", "p-1"):
        assert word not in everything, word
    assert ("a chair" in mail.text) == (name == "visitor_announced")
    assert re.search("guest|visitor|ゲスト", mail.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_22_subjects_and_headers_carry_ids_only(language: str) -> None:
    for name, mail in every_letter(language).items():
        outside = " ".join([mail.subject, *mail.headers, *mail.headers.values()])
        for word in ("Haru", "Tomato", "Tanaka", "Aoki", "Izumi", "13:00", "December", "12月", "secret"):
            assert word not in outside, (name, word)
    assert "p-1" in letters_to_others(language)["caseworker_notice no_answer"].subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_26_nothing_is_loaded_from_anywhere(language: str) -> None:
    for mail in every_letter(language).values():
        html = _html(mail.html)
        assert not {"img", "link", "script", "iframe", "object", "style", "form", "video"} & set(html.tags)
        assert not {name for name, _ in html.attributes} & {"src", "srcset", "background", "onclick", "ping"}
        assert "url(" not in str(mail.html)
        own = ("https://matcher.example.org/", "tel:")
        assert all(link.startswith(own) for link in html.links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same(language: str) -> None:
    for name, mail in every_letter(language).items():
        html = "".join(_html(mail.html).text.replace(mail.subject, "", 1).split())
        text = mail.text
        for extra in (
            "https://matcher.example.org/i/ANSWERTOKEN",
            "https://matcher.example.org/pause/PAUSETOKEN",
            "https://matcher.example.org/me/PACETOKEN",
        ):
            text = text.replace(extra, "")
        text = re.sub(r"(?m)^(- |----$)|https://\S+/(desk/p-1|sign-in/link/abc|admin/admins)", "", text)
        assert "".join(text.split()) == html, name


def test_markup_in_a_title_stays_text() -> None:
    hostile = make_opportunity(title='<script>x</script><a href="https://evil.invalid">', summary="a & b < c")
    mail = letters_to_person(card(opportunity=hostile))["invitation"]
    html = _html(mail.html)
    assert "script" not in html.tags
    assert "https://evil.invalid" not in html.links
    assert "a & b < c" in html.text
    assert "a & b < c" in mail.text
