"""What is done at the desk for one person: set aside and taken up, talks, visits, stops; nothing by a slip, nothing twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from matcher.storage.tables import MatchRow, Occurrence, TalkRow, VisitRow
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.desks import set_desk
from tests.pages.test_desk_person import OUTCOMES, REASONS, plain


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
    assert "Went home early" in page.partition("What was noted")[2]


def test_a_visit_that_was_too_much_is_said_to_wait_for_a_talk_from_the_first_page_on(world: World) -> None:
    """Before anything has followed from it, the page does not say that something is looked for."""
    one = set_desk(world, "over")
    one.look()
    assert one.do(f"/desk/invitations/{one.invitation.id}/visit", outcome="too_much") == 303
    said = one.browser.get(one.browser.page.headers["Location"]).text
    assert "Nothing more is sent until you have talked" in said
    assert "It is just being looked for" not in said


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
    lines = "\r\n".join(["x" * 99] * 100)  # 9,999 characters as a browser counts them
    assert one.do(f"{one.path}/talks", notes=lines) == 303
    one.look()
    assert one.do(f"{one.path}/talks", notes=lines + "xx") == 409
    assert "longer than fits" in one.browser.page.text
    assert one.do(f"{one.path}/talks", notes="quiet\0ly") == 409
    with world.database.reading() as session:
        assert [len(row.notes or "") for row in session.scalars(select(TalkRow))] == [9999]


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


def test_what_was_noted_wrongly_is_corrected_where_it_stands(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    page = one.look()
    assert "First a talk" in page
    assert re.search("It was too much Weeding[^.]+ Correct this", plain(page))
    at = f"/desk/invitations/{one.invitation.id}/visit/correct"
    assert re.findall(r'value="(\w+)" required checked>', page) == ["too_much"]
    assert one.do(at, outcome="ok") == 303
    world.work()
    page = one.look()
    assert "First a talk" not in page
    assert re.search("It was all right Weeding", plain(page))


def test_what_never_took_place_has_nothing_to_correct(world: World) -> None:
    one = set_desk(world, "sent")
    one.look()
    assert one.do(f"/desk/invitations/{one.invitation.id}/visit/correct", outcome="ok") == 409
    assert "Correct this" not in one.browser.page.text


def test_an_invitation_can_be_taken_back(world: World) -> None:
    one = set_desk(world, "sent")
    one.look()
    assert one.do(f"/desk/invitations/{one.invitation.id}/withdraw") == 303
    assert one.invitation.state == "withdrawn"


def test_somebody_is_handed_over_to_a_colleague(world: World) -> None:
    one = set_desk(world)
    assert "Hand them over" not in one.look()
    colleague = world.a_caseworker("Abe", world.caseworker.team_id)
    stranger = world.a_caseworker("Sato")
    page = one.look()
    assert colleague.id in page
    assert stranger.id not in page
    at = f"/desk/people/{one.person_id}/hand-over"
    assert one.do(at, caseworker_id=stranger.id) == 409
    assert "This colleague is not in your team any more" in one.browser.page.text
    assert one.do(at, caseworker_id=colleague.id) == 303
    assert "Accompanied by Abe." in plain(one.look())


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
