"""Bringing a file in the portal, and mending its rows in the report itself."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from matcher.domain.opportunity import Opportunity, OpportunityState
from matcher.domain.values import Kind, Requirement
from matcher.exchange.reasons import Reason
from matcher.pages.portal import imports
from matcher.services.access.keys import Role
from matcher.services.listings import importing, posting
from matcher.services.listings.importing import FILE_MAX_BYTES
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import ImportRow, OpportunityRow
from tests.accounts import a_human
from tests.builders import World
from tests.exchange.municipal_files import as_text, listing
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import POLICY, shown
from tests.pages.test_translations import said
from tests.pages.views import LANGUAGES

PLAIN = {"イベント種類": ""}  # nothing left open that the portal would ask for in the report
ROWS = (
    listing(**PLAIN),
    listing(**PLAIN, 名称="", 定員="6"),
    listing(名称="本を読む会", 開始日="いつか", 定員="各回10組", **{"料金(基本)": "500円"}),
    listing(**PLAIN),
)
NAMELESS, READING, TWICE = 3, 4, 5


def bring(mine: Browser, content: bytes, format_: str = "municipal-csv") -> str:
    """Send a file by the form; gives where that leads."""
    mine.get("/portal/imports")
    answer = mine.send(file=(BytesIO(content), "events.csv"), format=format_)  # type: ignore[arg-type]
    return answer.headers.get("Location", "")


def report_of_rows(world: World, mine: Browser) -> str:
    at = bring(mine, as_text(*ROWS).encode())
    world.work()
    return at


def drafts(world: World, organisation: str) -> dict[str | None, Opportunity]:
    with world.database.reading() as session:
        rows = posting.page(session, organisation, None, 100)
        return {row.title: opportunity_of(row) for row in rows}


def test_a_file_is_brought_and_its_report_says_what_became_of_each_row(world: World, mine: Browser) -> None:
    at = bring(mine, as_text(*ROWS).encode())
    assert "It is being read" in shown(mine.get(at).text)
    world.work()
    page = shown(mine.get(at).text)
    assert "Rows in the file: 4" in page
    assert "Drafts made of them: 2" in page
    assert "Not yet a draft: 2" in page
    assert "A listing needs a name." in page
    assert "The same listing stands on an earlier line." in page
    assert at in mine.get("/portal/imports").text


def test_a_nameless_row_becomes_a_draft_in_place_with_all_the_file_said(
    world: World, mine: Browser, organisation: str
) -> None:
    at = report_of_rows(world, mine)
    mine.get(at)
    answer = mine.send(f"{at}/rows/{NAMELESS}", title="庭でお茶")
    assert answer.headers["Location"] == f"{at}?line={READING}#line-{READING}"
    draft = drafts(world, organisation)["庭でお茶"]
    assert (draft.capacity, len(draft.sessions), draft.state) == (6, 1, OpportunityState.draft)


def test_an_incomplete_row_shows_what_the_file_said_and_is_completed_in_place(
    world: World, mine: Browser, organisation: str
) -> None:
    at = report_of_rows(world, mine)
    page = mine.get(f"{at}?line={READING}").text
    assert "The file says: 各回10組" in shown(page)
    assert "The file says: いつか" in shown(page)
    assert {"kind", "session.on", "capacity"} <= set(re.findall(r'name="([\w.]+)"', page))
    typed = {
        "kind": "study", "session.on": "2026-12-01", "session.from": "13:00", "session.until": "14:00", "capacity": "5",
        "requires": "payment",
    }  # fmt: skip
    answer = mine.send(f"{at}/rows/{READING}", **typed)
    assert answer.status_code == 303, re.findall(r'id="([^"]+)-wrong"', answer.text)
    assert answer.headers["Location"] == at
    draft = drafts(world, organisation)["本を読む会"]
    assert (draft.kind, draft.capacity, len(draft.sessions)) == (Kind.study, 5, 1)
    assert draft.requires == (Requirement.payment,)
    assert draft.place is not None
    assert draft.place.name == "みどり公民館"
    assert f'id="line-{READING}"' not in mine.get(at).text


def test_a_row_of_a_later_page_can_be_mended_and_keeps_what_was_typed(
    world: World, mine: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = report_of_rows(world, mine)
    monkeypatch.setattr(imports, "ROWS_ON_A_PAGE", 1)
    assert f'id="line-{NAMELESS}"' in mine.get(at).text
    form = f'action="{at}/rows/{READING}#line-{READING}"'
    assert form in mine.get(f"{at}?line={READING}").text
    answer = mine.send(f"{at}/rows/{READING}", capacity="x")
    assert answer.status_code == 422
    assert form in answer.text
    assert 'value="x"' in answer.text


def test_a_mended_row_sent_twice_leads_on_to_the_report(world: World, mine: Browser) -> None:
    at = report_of_rows(world, mine)
    mine.get(at)
    for _ in range(2):
        answer = mine.send(f"{at}/rows/{READING}", kind="study", **{"session.on": "2026-13-01"})
    mine.get(at)
    mine.send(f"{at}/rows/{NAMELESS}", title="Tea")
    mine.get(at)
    answer = mine.send(f"{at}/rows/{NAMELESS}", title="")
    assert answer.headers["Location"] == at


def test_a_form_of_the_report_opened_by_its_address_leads_to_its_row(world: World, mine: Browser) -> None:
    at = report_of_rows(world, mine)
    answer = mine.get(f"{at}/rows/{READING}")
    assert answer.headers["Location"] == f"{at}?line={READING}#line-{READING}"


def test_the_rest_of_a_file_is_put_away_and_what_was_mended_stays(
    world: World, mine: Browser, organisation: str
) -> None:
    at = report_of_rows(world, mine)
    mine.get(at)
    mine.send(f"{at}/rows/{NAMELESS}", title="Tea in the garden")
    mine.get(at)
    assert mine.send(f"{at}/away").headers["Location"] == at
    page = shown(mine.get(at).text)
    assert "Nothing in this file waits for you any more" in page
    found = drafts(world, organisation)
    assert found["Tea in the garden"].state is OpportunityState.draft
    assert found["本を読む会"].state is OpportunityState.withdrawn
    assert "Drafts from files" in mine.get("/portal").text


def test_a_draft_that_somebody_wrote_on_is_not_put_away_with_the_rest(
    world: World, mine: Browser, organisation: str
) -> None:
    at = report_of_rows(world, mine)
    draft = drafts(world, organisation)["本を読む会"]
    mine.get(f"/portal/listings/{draft.id}/what")
    mine.send(title="本を静かに読む会", kind="study")
    mine.get(at)
    mine.send(f"{at}/away")
    assert drafts(world, organisation)["本を静かに読む会"].state is OpportunityState.draft


def test_one_row_that_is_still_wrong_keeps_what_was_typed_and_loses_nothing_else(
    world: World, mine: Browser, organisation: str
) -> None:
    at = report_of_rows(world, mine)
    mine.get(at)
    mine.send(f"{at}/rows/{NAMELESS}", title="庭でお茶")
    mine.get(at)
    before = everything(world)
    typed = {
        "kind": "hobby",
        "session.on": "2020-01-01",
        "session.from": "13:00",
        "session.until": "",
        "capacity": "x",
    }
    answer = mine.send(f"{at}/rows/{READING}", **typed)
    assert answer.status_code == 422
    assert everything(world) == before
    for name in ("session.on", "session.from", "capacity"):
        field = re.search(rf'<input id="{re.escape(name)}"[^>]*>', answer.text)
        assert field is not None
        assert f'value="{typed[name]}"' in field.group()
    assert 'id="capacity-wrong"' in answer.text
    assert 'id="session-wrong"' in answer.text
    assert re.search(r'value="hobby" checked', answer.text)
    assert set(drafts(world, organisation)) == {"苔を見る会", "庭でお茶", "本を読む会"}


def test_a_name_is_asked_for_until_there_is_one(world: World, mine: Browser, organisation: str) -> None:
    at = report_of_rows(world, mine)
    mine.get(at)
    answer = mine.send(f"{at}/rows/{NAMELESS}", title="  ")
    assert answer.status_code == 422
    assert 'id="title-wrong"' in answer.text
    assert len(drafts(world, organisation)) == 2


def test_what_became_a_listing_meanwhile_is_not_mended_here(
    world: World, mine: Browser, organisation: str
) -> None:
    at = report_of_rows(world, mine)
    with world.database.writing() as session:
        row = session.scalars(select(OpportunityRow).where(OpportunityRow.title == "本を読む会")).one()
        posting.withdraw(session, row, world.clock())
    mine.get(at)
    assert f'id="line-{READING}"' not in mine.page.text
    assert mine.send(f"{at}/rows/{READING}", kind="hobby").status_code == 409


def test_a_file_that_cannot_be_read_says_what_would_be_right(world: World, mine: Browser) -> None:
    for content, words in (
        (b"\x00\x81\xff\xff", "not text that could be read"),
        ("題,値".encode(), "The first line does not name"),
    ):
        at = bring(mine, content)
        world.work()
        page = shown(mine.get(at).text)
        assert words in page
        assert "Nothing was taken from it." in page


def test_no_file_and_one_that_is_too_large_are_refused_at_their_field(world: World, mine: Browser) -> None:
    for content in (b"", b"x" * (FILE_MAX_BYTES + 1)):
        bring(mine, content)
        assert mine.page.status_code == 422
        assert 'id="file-wrong"' in mine.page.text
    bring(mine, b"x" * (FILE_MAX_BYTES + 100_000))
    assert mine.page.status_code == 413
    assert "That is more than fits" in mine.page.text
    mine.get("/portal/listings/new")
    assert mine.send(summary="x" * 300_000).status_code == 413
    with world.database.reading() as session:
        assert session.scalars(select(ImportRow)).all() == []


def test_while_many_files_wait_another_one_is_asked_to(
    world: World, mine: Browser, organisation: str
) -> None:
    with world.database.writing() as session:
        for _ in range(importing.WAITING_MAX):
            importing.receive(session, organisation, "municipal-csv", b"x", world.clock())
    bring(mine, b"x")
    assert mine.page.status_code == 409
    assert "Earlier files are still being read." in shown(mine.page.text)


def test_files_are_their_organisations_alone(world: World, mine: Browser) -> None:
    other = world.an_organisation("Kamome")
    with world.database.writing() as session:
        theirs = importing.receive(session, other, "municipal-csv", as_text(*ROWS).encode(), world.clock()).id
    world.work()
    assert mine.get(f"/portal/imports/{theirs}").status_code == 404
    mine.get("/portal/imports")
    before = everything(world)
    assert mine.send(f"/portal/imports/{theirs}/rows/{NAMELESS}", title="Ours").status_code == 404
    assert everything(world) == before


def test_care_9_looking_at_a_file_changes_nothing(world: World, mine: Browser) -> None:
    at = report_of_rows(world, mine)
    before = everything(world)
    for path in ("/portal/imports", at, f"{at}?line={READING}", f"{at}?from=4", f"{at}?line=x&from=y"):
        assert mine.get(path).status_code == 200
    assert everything(world) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_file_reads_calmly_in_both_languages(
    app: Flask, world: World, organisation: str, language: str
) -> None:
    mine = Browser(app, language=language)
    mine.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    at = report_of_rows(world, mine)
    for path in ("/portal/imports", at, f"{at}?line={READING}"):
        page = mine.get(path)
        assert page.headers["Content-Security-Policy"] == POLICY
        assert FORBIDDEN.search(shown(page.text)) is None, FORBIDDEN.search(shown(page.text))
        assert "<script" not in page.text
        for ids in re.findall(r'aria-describedby="([^"]+)"', page.text):
            assert all(f'id="{one}"' in page.text for one in ids.split())
    assert ("名前が必要です" in unescape(page.text)) == (language == "ja")


def test_every_reason_is_one_of_the_sentences_to_translate() -> None:
    assert {str(reason) for reason in Reason} <= said()
