"""The trail on the admin's pages: found by who, about what and act; its seals; and who opened whom (CARE 23, 24)."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from matcher import pages
from matcher.domain.audit import SUBJECTS, Act
from matcher.services.access.keys import Caller, Role
from matcher.services.asking import calendar_feed, host_words
from matcher.services.audit import auditing, sealing
from matcher.services.desk import break_glass
from matcher.services.listings import importing
from matcher.services.outside import DEFAULT_TIMEZONE
from matcher.storage.tables import AuditEntryRow
from tests.accounts import a_human
from tests.builders import World
from tests.pages.admin.admins import an_admin
from tests.pages.browser import Browser
from tests.pages.test_care import shown


@pytest.fixture
def mine(app: Flask, world: World) -> Browser:
    return an_admin(app, world)


def acts(text: str) -> list[str]:
    return [unescape(one) for one in re.findall(r"<strong>([^<]+)</strong>", text)]


def test_whoever_did_something_is_named_and_a_day_ends_the_list(world: World, mine: Browser) -> None:
    today, before = "2026-11-23", "2026-11-22"
    page = mine.get(f"/admin/trail?until={today}&who={world.admins[0]}").text
    assert re.search(r">\s*Admin 1\s*</a>", page)
    assert f'value="{today}"' in page
    assert "Nothing that fits." in mine.get(f"/admin/trail?until={before}").text
    for strange in ("9999-12-31", "soon", "2026-13-01"):
        assert mine.get(f"/admin/trail?until={strange}").status_code == 200


def test_care_23_a_page_that_was_looked_at_stands_in_the_trail_once(
    app: Flask, world: World, mine: Browser
) -> None:
    person_id = world.a_person()
    for _ in range(8):
        world.a_person()
    theirs = Browser(app)
    theirs.sign_in(a_human(world))
    with world.database.reading() as session:
        before = session.query(AuditEntryRow).count()
    theirs.get(f"/desk/people/{person_id}")
    theirs.get("/desk")
    with world.database.reading() as session:
        assert session.query(AuditEntryRow).count() == before + 2
    assert acts(mine.get(f"/admin/trail?about={person_id}").text) == [
        "Looked at somebody's page",
        "Wrote down a first conversation",
    ]
    assert acts(mine.get(f"/admin/trail?who={world.caseworker.id}").text)[:2] == [
        "Looked at the people of a team",
        "Looked at somebody's page",
    ]


def test_its_times_are_on_the_clock_of_those_who_read_it(world: World, mine: Browser) -> None:
    person_id = world.a_person()
    here = world.clock().astimezone(ZoneInfo(DEFAULT_TIMEZONE))
    assert here.utcoffset()
    assert f"{here:%H:%M}" in mine.get(f"/admin/trail?about={person_id}").text


def test_every_act_has_its_words(mine: Browser) -> None:
    options = re.findall(r'<option value="([a-z_.]+)"[^>]*>([^<]*)</option>', mine.get("/admin/trail").text)
    words = dict(options)
    assert {one.value for one in Act} <= words.keys()
    assert all(words.values())


def test_care_23_what_an_organisation_does_of_its_own_stands_in_the_trail(app: Flask, world: World) -> None:
    invitation_id = world.an_invitation("accepted")
    organisation_id = world.invitation(invitation_id).organisation_id
    world.clock.advance(days=9)
    now, by = world.clock(), Caller(Role.organisation, organisation_id, "")
    with world.database.writing() as session, auditing.acting(by):
        importing.receive(session, organisation_id, "municipal-csv", b"x", now)
        calendar_feed.make(session, organisation_id, now)
        calendar_feed.end(session, organisation_id, now)
        (visit,) = host_words.past_visits(session, organisation_id, now)
        host_words.write(session, organisation_id, visit.handle, ["quiet"], "", now)
    mine = an_admin(app, world)
    assert acts(mine.get(f"/admin/trail?who={organisation_id}").text)[:4] == [
        "Wrote how a visit was from their side",
        "Ended an address of a calendar",
        "Made an address of a calendar",
        "Uploaded a file",
    ]


def test_care_23_an_organisation_reading_its_visitors_stands_in_the_trail(
    app: Flask, world: World, mine: Browser
) -> None:
    organisation_id = world.an_organisation()
    theirs = Browser(app)
    theirs.sign_in(a_human(world, Role.organisation, organisation_id, email="izumi@example.org"))
    theirs.get("/portal/visitors")
    assert acts(mine.get(f"/admin/trail?about={organisation_id}&act=visitors.read").text) == [
        "Looked at who is coming"
    ]


def test_care_23_a_page_that_is_not_shown_was_not_read(app: Flask, world: World, mine: Browser) -> None:
    ito = world.a_caseworker("Ito")
    person_id = world.a_person(ito)
    theirs = Browser(app)
    theirs.sign_in(a_human(world))
    assert theirs.get(f"/desk/people/{person_id}").status_code == 404
    assert acts(mine.get(f"/admin/trail?about={person_id}&act=person.read").text) == []


def test_care_23_reading_the_trail_stands_in_it_and_long_ones_come_in_parts(
    world: World, mine: Browser
) -> None:
    for _ in range(30):
        world.an_organisation()
    first = mine.get("/admin/trail")
    found = re.search(r'href="([^"]+before=[^"]+)"', first.text)
    assert found is not None
    assert len(acts(first.text)) == 50
    second = mine.get(found.group(1).replace("&amp;", "&"))
    assert acts(second.text)
    assert acts(mine.get("/admin/trail?act=trail.read").text) == [
        "Looked at this trail",
        "Looked at this trail",
    ]


def test_care_23_the_page_says_whether_the_seals_hold_and_names_the_first_break(
    world: World, mine: Browser
) -> None:
    assert "Nothing is sealed yet" in mine.get("/admin/trail/seals").text
    world.clock.advance(hours=2)
    assert sealing.seal(world.database, world.clock()) >= 1
    assert "All seals of the last 31 days hold." in mine.get("/admin/trail/seals").text
    with world.database.reading() as session:
        victim = session.query(AuditEntryRow).order_by(AuditEntryRow.id).first()
    assert victim is not None
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger audit_entry_no_update")
        connection.exec_driver_sql(f"update audit_entry set act = 'x' where id = '{victim.id}'")
    page = shown(mine.get("/admin/trail/seals").text)
    assert "This entry was changed after it was sealed:" in page
    assert victim.id in page


def test_care_24_openings_are_listed_with_their_reason_and_without_a_name(
    world: World, mine: Browser
) -> None:
    person_id = world.a_person(alias="Zwölfender")
    with world.database.writing() as session:
        break_glass.open_person(
            session, world.a_caseworker("Ito"), person_id, "Nobody of the team answers", world.clock()
        )
    page = shown(mine.get("/admin/openings").text)
    assert "Ito" in page
    assert "Nobody of the team answers" in page
    assert "still open" in page
    assert "Zwölfender" not in page


def test_every_subject_of_the_trail_has_a_word() -> None:
    source = (Path(pages.__file__).parent / "templates" / "admin" / "trail.html").read_text()
    named = set(
        re.findall(r'^  "([a-z_]+)": _', source.split("{% set kinds")[1].split("%}")[0], re.MULTILINE)
    )
    assert set(SUBJECTS) <= named
