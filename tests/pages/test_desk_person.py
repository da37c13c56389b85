"""One person's page at the desk: what it shows, what is done there, and whom it is for."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from matcher.mail.wording import called
from matcher.services.desk.today import FITS_A_SCREEN
from matcher.storage.tables import HistoryRow, MatchRow, Occurrence, TalkRow, VisitRow
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


@pytest.mark.parametrize("reason", [REASONS[0], REASONS[-1]])
def test_one_tap_sets_a_proposal_aside(world: World, reason: str) -> None:
    one = set_desk(world)
    match_id = one.match_id()
    assert re.findall(r'name="reason" value="(\w+)"', one.look()) == list(REASONS)
    assert one.do(f"/desk/matches/{match_id}/set-aside", reason=reason) == 303
    with world.database.reading() as session:
        match = session.get_one(MatchRow, match_id)
        assert (match.state, match.set_aside_reason) == ("set_aside", reason)
    assert "Nothing that suits has come up yet" in one.look()


def test_what_is_too_soon_to_ask_gently_has_no_yes(world: World) -> None:
    one = set_desk(world, contact_hours={"from": "18:00", "to": "20:00", "timezone": "Asia/Tokyo"})
    begins = world.clock() + timedelta(hours=25)  # 15:00 tomorrow; a letter could go out at 18:00 today
    with world.database.writing() as session:
        match = session.get_one(MatchRow, one.match_id())
        times = {"starts_at": begins, "ends_at": begins + timedelta(hours=1)}
        session.execute(update(Occurrence).where(Occurrence.id == match.occurrence_id).values(**times))
    page = plain(one.look())
    assert "It is too soon now to ask them gently" in page
    assert "Send them this" not in page


def test_what_was_set_aside_is_listed_and_taken_up_again(world: World) -> None:
    one = set_desk(world)
    match_id = one.match_id()
    assert "What is set aside" not in one.look()
    one.do(f"/desk/matches/{match_id}/set-aside", reason="that_place")
    page = plain(one.look())
    assert re.search("What is set aside Weeding[^.]+ Not that place", page)
    for _ in range(2):
        one.look()
        assert one.do(f"/desk/matches/{match_id}/take-up") == 303
    world.work()
    page = one.look()
    assert "What is set aside" not in page
    assert "Send them this" in page


def test_a_reason_that_is_none_of_them_changes_nothing(world: World) -> None:
    one = set_desk(world)
    one.look()
    before = everything(world)
    assert one.do(f"/desk/matches/{one.match_id()}/set-aside", reason="lazy") == 422
    assert everything(world) == before


def test_a_talk_lets_what_waited_go_on(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    before = one.look()
    assert "First a talk" in before
    assert "Nothing is proposed until you have talked." in before
    assert "Nothing that suits has come up yet" not in before
    assert one.do(f"{one.path}/talks", notes="Went home early; fine now.", talked="on") == 303
    assert one.row.talk_reason is None
    with world.database.reading() as session:
        assert session.scalars(select(TalkRow)).one().notes == "Went home early; fine now."
    page = one.look()
    assert "First a talk" not in page
    assert "You talked" in page
    assert "Went home early" not in page


@pytest.mark.parametrize("done", ["freeze", "pause", "approved"])
def test_an_old_address_says_nothing_that_is_not_so(world: World, done: str) -> None:
    one = set_desk(world)
    assert 'role="status"' not in one.browser.get(f"{one.path}?done={done}").text


def test_from_when_a_letter_is_possible_is_said_in_their_own_hours(world: World) -> None:
    one = set_desk(world, "resting")
    said = re.findall(r"It is possible from \d+ December 2026 (\d\d):", one.look())
    assert said
    assert 13 <= int(said[0]) < 20


def test_a_talk_that_something_waits_for_is_not_noted_by_a_slip(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    one.look()
    assert one.do(f"{one.path}/talks", notes="Not yet.") == 409
    page = one.browser.page.text
    assert "Please tick below that you have talked" in page
    assert "Not yet." in page
    assert one.row.talk_reason is not None


def test_a_note_that_is_longer_than_fits_is_not_cut(world: World) -> None:
    one = set_desk(world)
    one.look()
    lines = "\r\n".join(["x" * 99] * 40)  # 3,999 characters as a browser counts them
    assert one.do(f"{one.path}/talks", notes=lines) == 303
    one.look()
    assert one.do(f"{one.path}/talks", notes=lines + "xx") == 409
    assert "longer than fits" in one.browser.page.text
    with world.database.reading() as session:
        assert [len(row.notes or "") for row in session.scalars(select(TalkRow))] == [3999]


def test_a_talk_sent_twice_is_noted_once(world: World) -> None:
    one = set_desk(world)
    (once,) = re.findall(r'name="once" value="([^"]+)"', one.look())
    for mark in (once, once, "7", "7"):  # what is no id of ours is none
        one.look()
        assert one.do(f"{one.path}/talks", notes="By the river.", once=mark) == 303
    with world.database.reading() as session:
        assert len(session.scalars(select(TalkRow)).all()) == 3


@pytest.mark.parametrize(
    ("situation", "said"),
    [("sent", "An idea was taken back"), ("accepted", "A visit was called off")],
)
def test_what_ended_before_it_was_stands_in_what_happened(world: World, situation: str, said: str) -> None:
    one = set_desk(world, situation)
    assert said not in one.look()
    one.do(f"/desk/invitations/{one.invitation.id}/withdraw")
    assert re.search(f"{said} Weeding", plain(one.look()))


def test_care_9_before_a_visit_begins_it_can_be_called_off_and_not_yet_be_noted(world: World) -> None:
    one = set_desk(world, "accepted")
    page = one.look()
    assert 'name="outcome"' not in page
    assert "Call the visit off" in page
    assert one.do(f"/desk/invitations/{one.invitation.id}/visit", outcome="ok") == 409
    assert "How it was can be noted once it has begun." in one.browser.page.text
    assert one.invitation.state == "accepted"


@pytest.mark.parametrize("outcome", ["ok", "did_not_come"])
def test_how_it_went_is_chosen_and_all_words_weigh_the_same(world: World, outcome: str) -> None:
    one = set_desk(world, "over")
    page = one.look()
    assert re.findall(r'name="outcome" value="(\w+)" required>', page) == list(OUTCOMES)
    assert one.do(f"/desk/invitations/{one.invitation.id}/visit", outcome=outcome) == 303
    with world.database.reading() as session:
        assert session.scalars(select(VisitRow)).one().outcome == outcome


def test_how_it_went_is_not_written_over(world: World) -> None:
    one = set_desk(world, "visited")
    one.look()
    assert one.do(f"/desk/invitations/{one.invitation.id}/visit", outcome="too_much") == 409
    assert "Something has changed meanwhile" in one.browser.page.text
    with world.database.reading() as session:
        assert session.scalars(select(VisitRow)).one().outcome == "ok"


def test_an_invitation_can_be_taken_back(world: World) -> None:
    one = set_desk(world, "sent")
    one.look()
    assert one.do(f"/desk/invitations/{one.invitation.id}/withdraw") == 303
    assert one.invitation.state == "withdrawn"


def test_a_pause_begins_and_ends_at_the_desk(world: World) -> None:
    one = set_desk(world)
    one.look()
    assert one.do(f"{one.path}/pause") == 303
    assert one.row.state == "paused"
    page = one.look()
    assert "They are taking a pause" in page
    assert "Send them this" not in page  # though no worker has looked at it yet
    assert one.do(f"{one.path}/resume") == 303
    assert one.row.state == "open"


def test_care_12_a_worry_stops_everything_at_once(world: World) -> None:
    one = set_desk(world, "sent")
    one.look()
    assert one.do(f"{one.path}/freeze") == 303
    world.work()
    assert one.row.state == "frozen"
    assert one.invitation.state == "withdrawn"
    page = one.look()
    assert "A person has to see to it" in page
    assert one.do(f"{one.path}/unfreeze") == 303
    assert one.row.state == "open"


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
