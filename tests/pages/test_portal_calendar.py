"""The calendar of an organisation behind one private address."""

from __future__ import annotations

import re

from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from matcher.services.asking import calendar_feed
from matcher.services.listings import vetting
from matcher.storage.tables import AuditEntryRow, CalendarFeedRow
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything

ADDRESS = "/portal/organisation/calendar"


def make(mine: Browser) -> str:
    """Make the address by the form; gives its path."""
    mine.get(ADDRESS)
    found = re.search(
        r'<code class="secret">http://127\.0\.0\.1:8000(/calendar/[\w-]+\.ics)<', mine.send().text
    )
    assert found is not None
    return found.group(1)


def summaries(body: bytes) -> list[str]:
    return [str(one["summary"]) for one in Calendar.from_ical(body).walk("VEVENT")]


def test_the_calendar_shows_published_sessions_and_who_said_yes(
    world: World, app: Flask, mine: Browser, organisation: str
) -> None:
    world.an_opportunity(organisation)
    world.an_opportunity(organisation, title="Draft", state="draft")
    world.an_opportunity(world.an_organisation("Kamome"), title="Elsewhere")
    at = make(mine)
    person_id = world.a_person(alias="Zwölfender")
    world.work()
    ours = next(one for one in world.matches(person_id) if one.organisation_id == organisation)
    invitation_id = world.approve(ours.id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    answer = Browser(app).get(at)  # nobody is signed in on this one
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "no-store"
    calendar = Calendar.from_ical(answer.data)
    assert (calendar["version"], str(calendar["x-wr-calname"])) == ("2.0", "Izumi")
    assert summaries(answer.data) == ["Quiet gardening", "Zwölfender – Quiet gardening"]
    for one in calendar.walk("VEVENT"):
        assert one["dtstart"].dt.isoformat() == "2026-12-01T04:00:00+00:00"
        assert "Izumi allotment" in one["location"]
    assert len({str(one["uid"]) for one in calendar.walk("VEVENT")}) == 2


def test_in_the_hour_that_comes_twice_each_session_has_its_own_moment(
    world: World, app: Flask, mine: Browser, organisation: str
) -> None:
    berlin = {"name": "Garten", "latitude": 52.5, "longitude": 13.4, "entry": "Gate", "address": "Am Weg 1"}
    sessions = [
        {"starts_at": f"2027-10-31T02:15:00{offset}", "ends_at": f"2027-10-31T02:45:00{offset}"}
        for offset in ("+02:00", "+01:00")
    ]
    world.an_opportunity(organisation, place=berlin, sessions=sessions)
    answer = Browser(app).get(make(mine))
    starts = [one["dtstart"].dt.isoformat() for one in Calendar.from_ical(answer.data).walk("VEVENT")]
    assert starts == ["2027-10-31T00:15:00+00:00", "2027-10-31T01:15:00+00:00"]
    assert b"TZID" not in answer.data


def test_care_16_neither_calendar_nor_its_etag_moves_before_somebody_says_yes(
    world: World, mine: Browser, organisation: str
) -> None:
    world.an_opportunity(organisation)
    at = make(mine)

    def looked() -> tuple[bytes, str | None]:
        answer = mine.get(at)
        return answer.data, answer.headers.get("ETag")

    before = looked()
    assert before[1] is not None
    person_id = world.a_person(alias="Zwölfender")
    world.work()
    world.clock.advance(minutes=1)
    assert looked() == before
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    assert looked() == before
    world.answer(invitation_id, "accept")
    world.work()
    after = looked()
    assert after != before
    world.answer(invitation_id, "cancel")
    world.work()
    assert looked() == before


def test_care_23_an_unchanged_calendar_is_not_sent_again_and_each_sending_is_noted(
    world: World, mine: Browser, organisation: str
) -> None:
    at = make(mine)
    etag = mine.get(at).headers["ETag"]
    with world.database.reading() as session:
        noted = session.scalars(select(AuditEntryRow).where(AuditEntryRow.act == "visitors.read")).all()
    assert [(one.actor_role, one.actor_id) for one in noted] == [("organisation", organisation)]
    again = mine.client.get(at, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    with world.database.reading() as session:
        again_noted = session.scalars(
            select(AuditEntryRow.id).where(AuditEntryRow.act == "visitors.read")
        ).all()
    assert again_noted == [one.id for one in noted]


def test_care_17_a_visitor_leaves_the_calendar_with_the_page_of_visitors(world: World, app: Flask) -> None:
    invitation_id = world.an_invitation("accepted", alias="Zwölfender")
    theirs = world.invitation(invitation_id).organisation_id
    with world.database.writing() as session:
        token = calendar_feed.make(session, theirs, world.clock())
    browser = Browser(app)
    assert "Zwölfender – Quiet gardening" in summaries(browser.get(f"/calendar/{token}.ics").data)
    with world.database.writing() as session:
        vetting.suspend(session, theirs, world.clock())
    assert summaries(browser.get(f"/calendar/{token}.ics").data) == ["Quiet gardening"]


def test_care_25_the_address_is_kept_as_a_hash_renewed_and_ended(world: World, mine: Browser) -> None:
    first = make(mine)
    token = first.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 128 / 6
    with world.database.reading() as session:
        assert token not in str(vars(session.scalars(select(CalendarFeedRow)).one()))
    assert token not in mine.get(ADDRESS).text
    second = make(mine)
    assert mine.get(first).status_code == 404
    assert mine.get(second).status_code == 200
    mine.get(ADDRESS)
    assert mine.send(end="yes").headers["Location"] == ADDRESS
    assert mine.get(second).status_code == 404
    assert "There is no address yet." in mine.get(ADDRESS).text


def test_a_form_sent_again_ends_no_address(mine: Browser) -> None:
    mine.get(ADDRESS)
    form = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]*)"', mine.page.text))
    address = re.findall(r"(/calendar/[^<]+)<", mine.send(**form).text)[0]
    again = mine.send(ADDRESS, **form)
    assert again.status_code == 409
    assert "No other address was made" in again.text
    assert mine.get(address).status_code == 200


def test_care_9_reading_a_calendar_changes_nothing(world: World, mine: Browser) -> None:
    at = make(mine)
    before = everything(world)
    for path in (at, ADDRESS, "/calendar/nobodys.ics"):
        mine.get(path)
    assert everything(world) == before


def test_the_address_asks_for_a_fresh_code(world: World, mine: Browser) -> None:
    world.clock.advance(minutes=11)
    mine.get("/portal/listings/new")
    before = everything(world)
    assert mine.send(ADDRESS).headers["Location"].startswith("/sign-in/again")
    assert everything(world) == before
