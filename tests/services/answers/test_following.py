"""How invitations follow what an organisation does: it changes, withdraws, is suspended (CARE 15)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.opportunity import Opportunity
from matcher.mail.wording import words
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import EventRow, Occurrence, OpportunityRow
from tests.builders import NOW, World
from tests.forms import OPPORTUNITY
from tests.services.answers.followed import (
    NEXT_WEEK,
    TO_ORGANISATION,
    TO_PERSON,
    change,
    invite,
    states,
    the_posting,
    withdraw,
)
from tests.worlds import At

MATERIAL = [
    {"sessions": [NEXT_WEEK]},
    {"place": {**OPPORTUNITY["place"], "latitude": 35.64}},
    {"place": {**OPPORTUNITY["place"], "entry": "By the blue door."}},
    {"host": {**OPPORTUNITY["host"], "name": "Ito"}},
    {"group_size": {"typical": 4, "max": 4}},
    {"interaction": "conversation"},
    {"stimulation": "calm"},
    {"requires": ["phone_call"]},
    {"regular_attendance": True},
    {"staffed": False},
    {"leave_any_time": False},
    {"companion_welcome": False},
]


ONLINE = {"place": None, "interaction": "text_only"}
IMMATERIAL = [
    {"title": "Gardening"}, {"topics": ["weeds"]}, {"summary": "Other words."}, {"capacity": 3},
    {"provides": ["step_free", "tea"]},
]  # fmt: skip


@pytest.mark.parametrize("facts", MATERIAL, ids=lambda facts: next(iter(facts)))
def test_a_change_of_what_was_said_withdraws_it_with_a_kind_note(
    at_sqlite: At, facts: dict[str, Any]
) -> None:
    world, invitation_id = at_sqlite("sent")
    before = len(world.letters(TO_PERSON))
    change(world, **facts)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat) == ("withdrawn", False, False)
    assert len(world.letters(TO_PERSON)) == before + 1


@pytest.mark.parametrize("facts", MATERIAL[1:], ids=lambda facts: next(iter(facts)))
def test_accepted_visitors_are_told_of_a_change_at_once(at_sqlite: At, facts: dict[str, Any]) -> None:
    world, invitation_id = at_sqlite("accepted")
    before = len(world.letters(TO_PERSON))
    world.clock.now = NOW.replace(hour=18)  # at three in the night, outside their hours
    change(world, **facts)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    newest = world.letters(TO_PERSON)[0]
    assert len(world.letters(TO_PERSON)) == before + 1
    assert "METHOD:PUBLISH" in (newest.calendar or "")
    assert words("ja")["fact"][next(iter(facts))] in newest.text
    assert len(world.letters(TO_ORGANISATION)) == 1


def as_it_stands(world: World) -> Opportunity:
    with world.database.reading() as session:
        return opportunity_of(session.get_one(OpportunityRow, the_posting(world).id))


TOLD_TO_GUESTS = [
    {"provides": []}, {"not_expected": []}, {"languages": ["de"]}, {"kind": "hobby"}, {"if_you_do_not_come": "Please call."},
]  # fmt: skip


@pytest.mark.parametrize("facts", TOLD_TO_GUESTS, ids=lambda facts: next(iter(facts)))
def test_who_is_coming_hears_what_is_no_longer_so_and_who_was_asked_reads_it_on_the_page(
    at_sqlite: At, facts: dict[str, Any]
) -> None:
    world, accepted = at_sqlite("accepted")
    (asked,) = invite(world, 1)
    before = len(world.letters())
    change(world, **facts)
    world.work()
    assert states(world, [accepted, asked]) == ["accepted", "sent"]
    assert len(world.letters()) == before + 1
    assert words("ja")["fact"][next(iter(facts))] in world.letters(TO_PERSON)[0].text


def test_a_guest_whose_session_changes_places_with_another_is_told(at_sqlite: At) -> None:
    world, accepted = at_sqlite("accepted")
    change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    world.work()
    mine, other = (one.id for one in as_it_stands(world).sessions)
    before = len(world.letters(TO_PERSON))
    change(world, sessions=[{**NEXT_WEEK, "id": mine}, {**OPPORTUNITY["sessions"][0], "id": other}])
    world.work()
    assert world.invitation(accepted).state == "accepted"
    assert len(world.letters(TO_PERSON)) == before + 1
    assert words("ja")["fact"]["sessions"] in world.letters(TO_PERSON)[0].text


def test_a_guest_whose_session_goes_is_told_though_another_takes_its_time(at_sqlite: At) -> None:
    world, accepted = at_sqlite("accepted")
    change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    world.work()
    _mine, other = (one.id for one in as_it_stands(world).sessions)
    change(world, sessions=[{**OPPORTUNITY["sessions"][0], "id": other}, NEXT_WEEK])
    world.work()
    assert world.invitation(accepted).state == "cancelled"


def test_two_changes_that_have_not_been_told_yet_are_one_letter(at: At) -> None:
    world, _accepted = at("accepted")
    before = len(world.letters(TO_PERSON))
    change(world, stimulation="calm")
    change(world, stimulation="calm", group_size={"typical": 4, "max": 4})
    world.work()
    assert len(world.letters(TO_PERSON)) == before + 1
    told = world.letters(TO_PERSON)[0].text
    assert words("ja")["fact"]["stimulation"] in told
    assert words("ja")["fact"]["group_size"] in told


def test_how_to_join_online_reaches_whoever_said_yes_and_takes_nothing_from_whoever_was_asked(
    at_sqlite: At,
) -> None:
    world, accepted = at_sqlite("accepted")
    change(world, **ONLINE)
    world.work()
    (asked,) = invite(world, 1)
    before = len(world.letters())
    change(world, **ONLINE, how_to_join="https://example.org/room")
    world.work()
    assert states(world, [accepted, asked]) == ["accepted", "sent"]
    assert len(world.letters()) == before + 1
    newest = world.letters(TO_PERSON)[0]
    assert words("ja")["fact"]["how_to_join"] in newest.text
    assert "https://example.org/room" in newest.text


@pytest.mark.parametrize("state", ["draft", "published"])
def test_another_posting_at_the_same_place_says_in_its_own_words_how_one_gets_in(
    at_sqlite: At, state: str
) -> None:
    world, invitation_id = at_sqlite("sent")
    known = the_posting(world)
    before = len(world.letters(TO_PERSON))
    blue_door = {**OPPORTUNITY["place"], "entry": "By the blue door."}
    world.an_opportunity(known.organisation_id, title="Coffee", place=blue_door, state=state)
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    assert len(world.letters(TO_PERSON)) == before
    with world.database.reading() as session:
        rows = session.scalars(select(OpportunityRow).order_by(OpportunityRow.id)).unique().all()
        mine, coffee = (opportunity_of(row).place for row in rows)
    assert mine is not None
    assert coffee is not None
    assert mine.entry == OPPORTUNITY["place"]["entry"]
    assert coffee.entry == "By the blue door."
    assert coffee.id == mine.id


@pytest.mark.parametrize("facts", IMMATERIAL, ids=lambda facts: next(iter(facts)))
@pytest.mark.parametrize("point", ["sent", "accepted"])
def test_any_other_change_leaves_invitations_as_they_are(
    at_sqlite: At, point: str, facts: dict[str, Any]
) -> None:
    world, invitation_id = at_sqlite(point)
    letters = len(world.letters())
    change(world, **facts)
    world.work()
    assert (world.invitation(invitation_id).state, len(world.letters())) == (point, letters)


def test_one_more_session_leaves_those_invited_to_the_others_alone(at: At) -> None:
    world, invitation_id = at("sent")
    change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_a_change_of_one_session_touches_only_those_invited_to_it(at: At) -> None:
    world, first = at("sent")
    change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    world.work()
    with (
        world.database.writing() as session
    ):  # make the first session full, so that the next goes to the second
        session.get_one(Occurrence, world.invitation(first).occurrence_id).taken = 2
    (second,) = invite(world, 1)
    assert world.invitation(second).occurrence_id != world.invitation(first).occurrence_id
    later = {"starts_at": "2026-12-08T15:00:00+09:00", "ends_at": "2026-12-08T15:30:00+09:00"}
    change(world, sessions=[*OPPORTUNITY["sessions"], later])
    world.work()
    assert states(world, [first, second]) == ["sent", "withdrawn"]


def test_a_session_that_is_gone_calls_its_visitors_off(at: At) -> None:
    world, invitation_id = at("accepted")
    change(world, sessions=[NEXT_WEEK])
    world.work()
    assert world.invitation(invitation_id).state == "cancelled"
    assert "METHOD:CANCEL" in (world.letters(TO_PERSON)[0].calendar or "")
    assert len(world.letters(TO_ORGANISATION)) == 1  # they know: it was they who took it off


def test_nobody_is_told_of_what_they_never_saw(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    with world.database.reading() as session:
        approved = session.scalars(select(EventRow.id).where(EventRow.type == "invitation.approved")).one()
    change(world, stimulation="calm")
    with world.database.reading() as session:
        changed = session.scalars(
            select(EventRow.id).where(EventRow.type == "opportunity.changed", EventRow.done_at.is_(None))
        ).one()
    world.handler.handle(changed)
    world.handler.handle(approved)
    world.work()
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_a_withdrawn_posting_ends_everything_with_a_kind_note(at: At, point: str) -> None:
    world, invitation_id = at(point)
    before = len(world.letters(TO_PERSON))
    withdraw(world)
    world.work()
    row = world.invitation(invitation_id)
    assert row.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert row.holds_seat is False
    assert len(world.letters(TO_PERSON)) == before + (0 if point == "approved" else 1)
    assert world.matches(row.person_id) == []


def test_a_no_taken_back_after_its_time_was_changed_opens_nothing_else(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "not_now")
    occurrence_id = world.invitation(invitation_id).occurrence_id
    tomorrow = {"starts_at": "2026-11-24T13:00:00+09:00", "ends_at": "2026-11-24T13:30:00+09:00"}
    change(world, sessions=[{"id": occurrence_id, **tomorrow}])
    world.work()
    opened = world.answer(invitation_id, "undo")
    assert opened is not None
    assert (opened.view, opened.can_undo) == ("declined", False)
    assert world.invitation(invitation_id).state == "declined"


def test_an_answer_taken_back_is_open_no_longer_than_until_the_session_begins(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "undo")
    occurrence_id = world.invitation(invitation_id).occurrence_id
    world.answer(invitation_id, "accept")
    world.clock.advance(minutes=1)
    tomorrow = {"starts_at": "2026-11-24T13:00:00+09:00", "ends_at": "2026-11-24T13:30:00+09:00"}
    change(world, sessions=[{"id": occurrence_id, **tomorrow}])
    world.work()
    world.answer(invitation_id, "undo")
    row = world.invitation(invitation_id)
    assert row.expires_at is not None
    assert row.expires_at <= row.occurrence.starts_at


@pytest.mark.parametrize(("point", "letters"), [("accepted", 1), ("sent", 0)])
def test_the_caseworker_hears_when_a_yes_is_called_off_by_others(
    at_sqlite: At, point: str, letters: int
) -> None:
    world, _ = at_sqlite(point)
    withdraw(world)
    world.work()
    found = world.letters("mori@example.org")
    assert len(found) == letters
    assert all("was called off, and not by them" in one.text for one in found)


def test_the_caseworker_hears_nothing_anew_when_the_person_cancels(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "cancel")
    world.work()
    assert world.letters("mori@example.org") == []
