"""The organisation's pages: writing a listing step by step, publishing it, and what stays unsaid."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from matcher.domain.opportunity import Opportunity, OpportunityState, missing_facts
from matcher.pages.portal.preview import hints, preview
from matcher.pages.portal.stated import stated
from matcher.pages.portal.steps import STEPS, answered
from matcher.services.access.keys import Role
from matcher.services.listings import posting, vetting
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import OpportunityRow
from tests.accounts import a_human
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import PAGE_BYTES_MAX, POLICY, SOMEWHERE_ELSE, shown
from tests.pages.views import LANGUAGES, make_app

ADDRESS = "東京都狛江市和泉本町1-1-5"

# What an organisation types, step by step, until nothing is missing.
TYPED: dict[str, dict[str, str]] = {
    "what": {"title": "Weeding a garden", "kind": "volunteering", "summary": "Side by side.", "topics.more": "gardening"},
    "where": {
        "online": "no", "place.name": "Izumi allotment", "place.address": ADDRESS, "place.latitude": "35.635",
        "place.longitude": "139.578", "place.entry": "Green gate; Aoki waits there.",
    },
    "when": {"session.on": "2026-12-01", "session.from": "13:00", "session.until": "13:30", "session.weeks": "3"},
    "people": {"group_size.typical": "3", "group_size.max": "4", "capacity": "2", "age.open": "yes"},
    "like": {
        "interaction": "side_by_side", "stimulation": "quiet", "leave_any_time": "yes", "watch_first": "yes",
        "companion_welcome": "yes", "regular_attendance": "no", "provides": "step_free",
    },
    "host": {
        "host.name": "Aoki", "host.role": "gardener", "host.greets_at_door": "yes", "staffed": "yes", "languages": "ja",
    },
    "newcomer": {
        "requires.none": "yes", "not_expected": "talking", "if_you_do_not_come": "Nothing happens.",
    },
}  # fmt: skip


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world)


@pytest.fixture
def organisation(world: World) -> str:
    return world.an_organisation()


@pytest.fixture
def mine(app: Flask, world: World, organisation: str) -> Browser:
    """Somebody of the organisation, signed in."""
    made = Browser(app)
    made.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    return made


def rows(world: World, organisation: str) -> list[OpportunityRow]:
    with world.database.reading() as session:
        found = list(posting.page(session, organisation, None, 100))
        for row in found:
            opportunity_of(row)
        return found


def read(world: World, organisation: str, listing_id: str) -> Opportunity:
    with world.database.reading() as session:
        return opportunity_of(posting.get(session, organisation, listing_id))


def write(mine: Browser, until: str = "newcomer") -> str:
    """Answer every step by its form, following where each leads; gives the id of the listing."""
    mine.get("/portal/listings/new")
    for step, fields in TYPED.items():
        answer = mine.send(**fields)
        assert answer.status_code == 303, (step, shown(answer.text))
        mine.get(answer.headers["Location"])
        if step == until:
            break
    found = re.search(r"/listings/([\w-]+)/", mine.page.request.path)
    assert found is not None
    return found.group(1)


def test_a_listing_is_written_step_by_step_and_published(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine)
    assert mine.page.request.path == f"/portal/listings/{listing_id}/publish"
    assert missing_facts(read(world, organisation, listing_id)) == ()
    answer = mine.send()
    assert answer.headers["Location"] == f"/portal/listings/{listing_id}"
    said = read(world, organisation, listing_id)
    assert said.state is OpportunityState.published
    assert [one.starts_at and one.starts_at.isoformat() for one in said.sessions] == [
        "2026-12-01T04:00:00+00:00",
        "2026-12-08T04:00:00+00:00",
        "2026-12-15T04:00:00+00:00",
    ]
    page = shown(mine.get(answer.headers["Location"]).text)
    assert "Aoki meets you at the door." in page


def test_nothing_is_saved_before_the_first_answers(world: World, mine: Browser, organisation: str) -> None:
    mine.get("/portal/listings/new")
    assert rows(world, organisation) == []


def test_a_draft_opens_at_the_first_step_that_lacks_something(mine: Browser) -> None:
    listing_id = write(mine, until="where")
    assert mine.get(f"/portal/listings/{listing_id}").headers["Location"].endswith("/people")
    page = shown(mine.get("/portal").text)
    assert "how many people are usually there" in page
    assert "what it is called" not in page


def test_drafts_stand_under_what_they_need_next_and_finished_ones_come_first(mine: Browser) -> None:
    for until in ("what", "people", "newcomer"):
        write(mine, until)
    page = mine.get("/portal").text
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    assert headings == [
        "Drafts with everything said",
        "Drafts that still need: Where it is",
        "Drafts that still need: What it is like",
    ]


def test_what_does_not_fit_stands_at_its_question_and_stays_as_typed(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine, until="when")
    typed = {"group_size.typical": "9", "group_size.max": "4", "capacity": "two"}
    answer = mine.send(f"/portal/listings/{listing_id}/people", **typed)
    assert answer.status_code == 422
    for name, value in typed.items():
        field = re.search(rf'<input id="{re.escape(name)}"[^>]*>', answer.text)
        assert field is not None
        assert f'value="{value}"' in field.group()
        assert ("aria-invalid" in field.group()) == (name == "capacity")
    answer = mine.send(f"/portal/listings/{listing_id}/people", **typed | {"capacity": "2"})
    assert 'id="group_size.typical-wrong"' in answer.text
    assert read(world, organisation, listing_id).capacity is None


def test_an_address_no_map_knows_asks_for_the_place_itself(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine, until="what")
    fields = TYPED["where"] | {
        "place.address": "Somewhere 1-2-3",
        "place.latitude": "",
        "place.longitude": "",
    }
    answer = mine.send(**fields)
    assert answer.headers["Location"].endswith("/where")
    assert "not known exactly on our map" in mine.get(answer.headers["Location"]).text
    said = read(world, organisation, listing_id)
    assert said.place is not None
    assert said.place.address == "Somewhere 1-2-3"
    mine.send(**fields | {"place.latitude": "35.635", "place.longitude": "139.578"})
    said = read(world, organisation, listing_id)
    assert said.place is not None
    assert said.place.point is not None


def test_a_new_address_forgets_the_old_spot_on_the_map(
    mine: Browser, world: World, organisation: str
) -> None:
    listing_id = write(mine, until="where")
    mine.send(f"/portal/listings/{listing_id}/where", **TYPED["where"] | {"place.address": "Somewhere 1-2-3"})
    said = read(world, organisation, listing_id)
    assert said.place is not None
    assert said.place.point is None


def test_what_belongs_together_in_two_steps_is_named(mine: Browser) -> None:
    listing_id = write(mine)
    answer = mine.send(f"/portal/listings/{listing_id}/where", online="yes")
    assert answer.status_code == 422
    assert f'href="/portal/listings/{listing_id}/like"' in answer.text
    assert "does not go together" in answer.text


def test_an_unfinished_listing_is_not_published(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine, until="when")
    answer = mine.send(f"/portal/listings/{listing_id}/publish")
    assert answer.status_code == 422
    assert "who waits there" in answer.text
    assert read(world, organisation, listing_id).state is OpportunityState.draft


def test_a_day_can_be_added_and_taken_out_again(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine)
    path = f"/portal/listings/{listing_id}/when"
    first, *_ = read(world, organisation, listing_id).sessions
    answer = mine.send(path, drop=str(first.id), stay="yes")
    assert answer.headers["Location"] == path
    assert len(read(world, organisation, listing_id).sessions) == 2
    mine.get(path)
    wrong = {"session.on": "2026-11-01", "session.from": "13:00", "session.until": "13:30"}
    answer = mine.send(path, **wrong)
    assert answer.status_code == 422
    assert 'id="session-wrong"' in answer.text
    assert 'value="2026-11-01"' in answer.text


def test_a_copy_is_a_draft_without_dates(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine)
    copied = mine.send(f"/portal/listings/{listing_id}/copy").headers["Location"].split("/")[-2]
    said = read(world, organisation, copied)
    assert copied != listing_id
    assert said.title == "Weeding a garden"
    assert said.state is OpportunityState.draft
    assert said.sessions == ()


def test_a_listing_is_taken_back_after_a_question(world: World, mine: Browser, organisation: str) -> None:
    listing_id = world.an_opportunity(organisation)
    mine.get(f"/portal/listings/{listing_id}/withdraw")
    assert read(world, organisation, listing_id).state is OpportunityState.published
    assert mine.send().headers["Location"] == "/portal"
    assert read(world, organisation, listing_id).state is OpportunityState.withdrawn
    assert "Taken back" in mine.get("/portal").text
    mine.get("/portal/listings/new")
    assert mine.send(f"/portal/listings/{listing_id}/what", **TYPED["what"]).status_code == 409


def test_the_vetting_and_what_is_missing_for_it_are_said(app: Flask, world: World) -> None:
    applied = world.an_organisation("Kamome", vetted=False)
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.organisation, applied, email="kamome@example.org"))
    assert "Neither has agreed yet" in mine.get("/portal").text
    with world.database.writing() as session:
        vetting.vet(session, applied, world.admins[0], world.clock())
    assert "One of the two has agreed" in mine.get("/portal").text
    with world.database.writing() as session:
        vetting.vet(session, applied, world.admins[1], world.clock())
    assert "This holds until" in mine.get("/portal").text
    with world.database.writing() as session:
        vetting.suspend(session, applied, world.clock())
    assert "on hold" in mine.get("/portal").text


def test_nobody_reads_or_writes_the_listing_of_another_organisation(world: World, mine: Browser) -> None:
    theirs = world.an_opportunity()
    mine.get("/portal")
    for path in ("", "/what", "/withdraw"):
        assert mine.get(f"/portal/listings/{theirs}{path}").status_code == 404
    mine.get("/portal/listings/new")
    for path in ("/what", "/publish", "/withdraw", "/copy"):
        before = everything(world)
        mine.get("/portal/listings/new")
        assert mine.send(f"/portal/listings/{theirs}{path}", **TYPED["what"]).status_code == 404
        assert everything(world) == before


def test_the_portal_is_for_organisations_alone(app: Flask, world: World) -> None:
    mine = Browser(app)
    assert mine.get("/portal").headers["Location"] == "/sign-in?next=/portal"
    mine.sign_in(a_human(world))
    assert mine.get("/portal").status_code == 403


def test_care_9_looking_changes_nothing(world: World, mine: Browser, organisation: str) -> None:
    listing_id = world.an_opportunity(organisation)
    draft = write(mine, until="when")
    before = everything(world)
    for path in pages_of(listing_id) + pages_of(draft):
        mine.get(path, follow=True)
    assert everything(world) == before


def pages_of(listing_id: str) -> list[str]:
    one = f"/portal/listings/{listing_id}"
    steps = [f"{one}/{step}" for step in (*STEPS, "publish", "withdraw")]
    others = ["/portal/listings/new", "/portal/organisation", "/portal/organisation/keys"]
    others += ["/portal/organisation/calendar", "/portal/imports"]
    return ["/portal", "/portal/visitors", *others, one, *steps]


def test_care_16_no_page_moves_before_somebody_says_yes(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = world.an_opportunity(organisation)
    world.work()

    def all_pages() -> list[str]:
        texts = [mine.get(path).text for path in pages_of(listing_id)]
        return [re.sub(r'name="csrf_token" value="[^"]+"', "", text) for text in texts]

    before = all_pages()
    person_id = world.a_person(alias="Zwölfender")
    world.work()
    assert all_pages() == before
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    assert all_pages() == before
    world.answer(invitation_id, "accept")
    world.work()
    after = all_pages()
    assert after[0] == before[0]
    assert "Zwölfender" in after[1]
    assert "step-free access" in after[1]
    assert after[2:] == before[2:]


def test_care_17_the_visitors_of_another_organisation_are_not_named(world: World, mine: Browser) -> None:
    world.an_invitation("accepted", alias="Zwölfender")
    assert "Zwölfender" not in mine.get("/portal/visitors").text


def test_a_visitor_is_named_until_the_session_is_over_or_the_vetting_ends(app: Flask, world: World) -> None:
    invitation_id = world.an_invitation("accepted", alias="Zwölfender")
    theirs = world.invitation(invitation_id).organisation_id
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.organisation, theirs, email="theirs@example.org"))
    assert "Zwölfender" in mine.get("/portal/visitors").text
    now = world.clock.now
    world.clock.advance(days=8)
    mine.sign_in(a_human(world, Role.organisation, theirs, email="second@example.org"))
    to_come, _, been = mine.get("/portal/visitors").text.partition("How was it from your side?")
    assert "Zwölfender" not in to_come
    assert "Zwölfender" in been
    world.clock.now = now
    with world.database.writing() as session:
        vetting.suspend(session, theirs, now)
    assert "Zwölfender" not in mine.get("/portal/visitors").text


def test_a_place_without_the_choice_is_asked_for_and_not_lost(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine, until="what")
    answer = mine.send(**TYPED["where"] | {"online": ""})
    assert answer.status_code == 422
    assert 'id="online-wrong"' in answer.text
    assert 'value="Izumi allotment"' in answer.text
    assert read(world, organisation, listing_id).online is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_reads_calmly_in_both_languages(
    app: Flask, world: World, organisation: str, language: str
) -> None:
    mine = Browser(app, language=language)
    mine.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    draft = write(mine, until="where")
    published = world.an_opportunity(organisation)
    for path in pages_of(draft) + pages_of(published):
        page = mine.get(path, follow=True)
        assert page.status_code == 200, path
        assert page.headers["Content-Security-Policy"] == POLICY
        assert f'<html lang="{language}">' in page.text
        assert FORBIDDEN.search(shown(page.text)) is None, (path, FORBIDDEN.search(shown(page.text)))
        assert not re.search("[!！]", shown(page.text))
        assert SOMEWHERE_ELSE.search(page.text) is None
        assert "<script" not in page.text
        for name in re.findall(r'<(?:input|textarea) id="([^"]+)"', page.text):
            assert f'<label for="{name}">' in page.text or f'for="{name}"' in page.text
        for ids in re.findall(r'aria-describedby="([^"]+)"', page.text):
            assert all(f'id="{one}"' in page.text for one in ids.split())


def test_what_is_stated_comes_back_the_same_through_every_step() -> None:
    said = a_posting(
        provides=["step_free", "a stove"], languages=[], topics=[], not_expected=["talking", "knowing plants"],
        requires=["real_name"], age={"min": None, "max": None}, how_to_join=None,
    )  # fmt: skip
    for step in STEPS:
        assert answered(step, stated(said), said) == said, step


def test_a_list_left_alone_is_not_stated_and_nothing_is_a_statement() -> None:
    assert answered("newcomer", MultiDict(), Opportunity()).requires is None
    assert answered("newcomer", MultiDict({"requires.none": "yes"}), Opportunity()).requires == ()


def test_the_card_has_blanks_for_what_is_not_said() -> None:
    empty = preview(Opportunity(), NOW, language="en", asked_by="Mori")
    assert all(detail.lines == () for detail in empty.details)
    whole = preview(a_posting(), NOW, language="en", asked_by="Mori")
    assert all(detail.lines for detail in whole.details)


def test_hints_speak_of_what_is_stated_only() -> None:
    assert hints(Opportunity()) == ()
    assert hints(a_posting()) == ()
    hard = a_posting(
        host={"name": "A", "role": "b", "greets_at_door": False}, leave_any_time=False, watch_first=False,
        group_size={"typical": 9, "max": 12}, stimulation="loud", requires=["phone_call"], not_expected=[],
    )  # fmt: skip
    assert hints(hard) == ("door", "leaving", "watching", "smaller", "quieter", "simpler", "not_expected")


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_19_every_hint_stands_beside_the_card_and_none_counts_people(
    app: Flask, world: World, organisation: str, language: str
) -> None:
    hard = world.an_opportunity(
        organisation, host={"name": "A", "role": "b", "greets_at_door": False}, leave_any_time=False,
        watch_first=False, group_size={"typical": 9, "max": 12}, stimulation="loud", requires=["phone_call"],
        not_expected=[], sessions=[{"starts_at": "2026-12-01T10:00:00+09:00", "ends_at": "2026-12-01T16:00:00+09:00"}],
    )  # fmt: skip
    mine = Browser(app, language=language)
    mine.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    page = mine.get(f"/portal/listings/{hard}").text
    found = re.findall("<li>(.*?)</li>", page.partition('<ul class="hints">')[2].partition("</ul>")[0])
    assert len(found) == len(set(found)) == 8
    assert not re.search(
        r"\d|\b(one|two|three|four|five) (person|people)|[一二三四五六七八九十]、?[一二三四五六七八九十]?人",
        " ".join(found),
    )


def test_the_stylesheet_and_a_form_stay_light(mine: Browser, organisation: str, world: World) -> None:
    page = mine.get("/portal/listings/new").text
    address = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert address is not None
    style = mine.get(unescape(address.group(1))).text
    assert len(page.encode()) + len(style.encode()) < 2 * PAGE_BYTES_MAX
