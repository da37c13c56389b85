"""One person's page at the desk: what it shows, what is done there, and whom it is for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from matcher.mail.wording import called
from matcher.services.desk.today import FITS_A_SCREEN
from matcher.services.people import people
from matcher.storage.people import person_of
from matcher.storage.tables import HistoryRow, MatchRow, Occurrence
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.desks import another_team, newest_invitation, set_desk
from tests.pages.test_care import shown
from tests.pages.views import ALIAS, LANGUAGES

OUTCOMES = ("ok", "left_early", "too_much", "did_not_come")
REASONS = ("too_much", "not_their_thing", "bad_time", "that_place", "other_first")


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", shown(text))


def test_the_page_says_their_words_limits_and_consents(world: World) -> None:
    page = plain(set_desk(world, notes="Likes mornings.").look())
    for said in (
        "gardening and cats", "volunteering and a place to be with others", "a camera switched on and a phone call",
        "5 people at most", "30 minutes by bicycle at most", "Tuesday 12:00–17:00", "13:00–20:00",
        "At least 7 days apart, at most 3 in four weeks", "step-free access", "Likes mornings.",
        "Being shown ideas that may suit", "Agreed on 1 November 2026",
    ):  # fmt: skip
        assert said in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proposal_says_why_what_is_new_the_chance_and_the_way(world: World, language: str) -> None:
    one = set_desk(world, language=language)
    said = world.matches(one.person_id)[0].explanation
    page = plain(one.look())
    for sentence in said["why"][language]:
        assert sentence in page
    for share in (said["chance"]["likely"], said["chance"]["low"], said["chance"]["high"]):
        assert str(int(100 * share)) in page
    assert f"{said['distance_km']:.1f} km" in page
    nothing_new = {"en": "Nothing: all of it lies within what is comfortable.", "ja": "ありません。"}
    assert nothing_new[language] in page


def test_what_is_new_for_them_is_named(world: World) -> None:
    one = set_desk(world)
    with world.database.writing() as session:
        for match in session.scalars(select(MatchRow)):
            aspects = [
                {**each, "stretch": 0.5 if each["aspect"] == "travel" else 0}
                for each in match.explanation["aspects"]
            ]
            match.explanation = {**match.explanation, "aspects": aspects}
    assert "What is new for them the way there" in plain(one.look())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_shown_is_the_letter_that_goes_out(world: World, language: str) -> None:
    one = set_desk(world, language=language)
    page = one.look()
    letter = shown(
        "<body>" + page.partition('<div class="letter"')[2].partition(">")[2].partition("</div>")[0]
    )
    one.do(f"/desk/matches/{one.match_id()}/approve")
    world.work()
    (sent,) = world.letters("haru@example.org")
    without_links = re.sub(r"/(i|pause|me)/[\w-]+", r"/\1/…", sent.text)
    assert letter.split() == [*sent.subject.split(), *without_links.split()]


def test_a_yes_starts_the_invitation_and_leads_back(world: World) -> None:
    one = set_desk(world)
    one.look()
    assert one.do(f"/desk/matches/{one.match_id()}/approve") == 303
    assert one.browser.page.headers["Location"] == f"{one.path}?done=approved"
    assert "The letter goes out in the hours they like." in one.browser.get(f"{one.path}?done=approved").text
    row = one.invitation
    assert (row.state, row.approved_by) == ("approved", world.caseworker.id)
    assert "the letter goes out in the hours they like" in one.look()
    world.work()
    assert "Sent on 23 November 2026" in one.look()


def test_what_stands_in_the_way_is_said_with_the_date_from_which_it_is_possible(world: World) -> None:
    one = set_desk(world, "resting")
    until = one.row.rest_until
    assert until is not None
    world.an_opportunity(
        sessions=[{"starts_at": "2027-01-12T13:00:00+09:00", "ends_at": "2027-01-12T13:30:00+09:00"}]
    )
    world.work()
    page = one.look()
    assert "Send them this" not in page
    assert one.do(f"/desk/matches/{one.match_id()}/approve") == 409
    said = re.findall(r'<p class="notice" role="alert">(.+?)</p>', one.browser.page.text, re.DOTALL)[0]
    assert "They are resting just now." in said
    assert re.search(r"It is possible from \d+ December 2026 \d\d:\d\d\.", said)


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("sent", "Something is on its way to them already"),
        ("proposed", "The last place has been taken meanwhile"),
    ],
)
def test_each_refusal_is_kind(world: World, situation: str, said: str) -> None:
    one = set_desk(world, situation)
    match_id = one.match_id() if situation == "proposed" else one.invitation.match_id
    one.look()
    with world.database.writing() as session:
        if situation == "proposed":
            session.execute(update(Occurrence).values(taken=Occurrence.capacity))
    assert one.do(f"/desk/matches/{match_id}/approve") == 409
    assert said in one.browser.page.text or "This one no longer fits" in one.browser.page.text


def test_a_long_past_fits_a_screen(world: World) -> None:
    one = set_desk(world)
    with world.database.writing() as session:
        for number in range(FITS_A_SCREEN + 3):
            session.add(
                HistoryRow(
                    person_id=one.person_id, at=world.clock(), outcome="talked", source=f"talk:{number}"
                )
            )
    page = one.look()
    assert page.count("You talked\n") == FITS_A_SCREEN
    assert "and 3 more" in page


def test_care_24_nobody_of_another_team_can_be_seen_or_touched(world: World) -> None:
    one = set_desk(world, "sent")
    caller, person_id = another_team(world)
    match_id = world.matches(person_id)[0].id
    own, world.caseworker = world.caseworker, caller
    invitation_id = world.approve(match_id).id
    world.caseworker = own
    one.look()
    before = everything(world)
    unknown = "00000000-0000-7000-8000-000000000000"
    for path in (
        f"/desk/people/{person_id}",
        f"/desk/people/{person_id}/requests",
        f"/desk/people/{unknown}",
    ):
        assert one.browser.get(path).status_code == 404
    one.look()
    for path in (
        f"/desk/matches/{match_id}/approve", f"/desk/invitations/{invitation_id}/withdraw",
        f"/desk/people/{person_id}/pause", f"/desk/people/{person_id}/freeze", f"/desk/people/{person_id}/talks",
        f"/desk/people/{person_id}/requests", f"/desk/matches/{unknown}/approve", f"{one.path}/promote",
    ):  # fmt: skip
        one.look()
        assert one.do(path) == 404, path
    one.look()
    assert one.do(f"/desk/matches/{match_id}/set-aside", reason="too_much") == 404
    one.look()
    assert one.do(f"/desk/invitations/{invitation_id}/visit", outcome="ok") == 404
    assert everything(world) == before


def test_a_forged_form_does_nothing(world: World) -> None:
    one = set_desk(world)
    before = everything(world)
    for path in (f"/desk/matches/{one.match_id()}/approve", f"{one.path}/pause", f"{one.path}/requests"):
        assert one.browser.send_bare(path).status_code == 400
        assert one.browser.send_bare(path, csrf_token="made up").status_code == 400
    assert everything(world) == before


def test_the_letter_to_the_one_who_accompanies_them_leads_to_the_page(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    letter = next(each for each in world.letters("mori@example.org") if ALIAS in each.text)
    assert f"{world.outside.base_url}{one.path}" in letter.text


def test_the_reader_calls_them_as_one_says_it(world: World) -> None:
    assert f"<h1>{called(ALIAS, 'ja')}</h1>" in set_desk(world, language="ja").look()


def test_an_answer_just_given_is_left_alone(world: World) -> None:
    one = set_desk(world, "proposed")
    world.approve(one.match_id())
    world.work()
    world.answer(newest_invitation(world, one.person_id).id, "not_now")
    page = one.look()
    assert "may still take it back for some minutes" in page
    assert "Take it back" not in page


def test_what_was_noted_of_a_talk_is_read_beside_it(world: World) -> None:
    one = set_desk(world)
    one.look()
    assert one.do(f"{one.path}/talks", notes="Likes the river in the morning") == 303
    past = one.look().partition('aria-labelledby="past"')[2].partition("</section>")[0]
    assert "You talked" in past
    assert "Likes the river in the morning" in past


def test_while_something_is_followed_up_the_page_says_that_it_is_being_looked_for(world: World) -> None:
    one = set_desk(world, "nothing")
    assert "It is just being looked for." not in one.look()
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, one.person_id)
        changed = replace(person_of(row), max_group_size=3)
        people.change(session, row, changed, world.clock(), given_by="test")
    assert "It is just being looked for." in one.look()
    world.work()
    assert "It is just being looked for." not in one.look()
