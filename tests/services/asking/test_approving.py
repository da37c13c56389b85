"""The caseworker's yes: a seat, one invitation, and every refusal with its reason and its date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import Conflict, NotFound
from matcher.services.asking import inviting
from matcher.services.listings import posting, vetting
from matcher.services.people import exclusions, people
from matcher.storage.tables import EventRow, InvitationRow, MatchRow, Occurrence, PersonRow
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.worlds import At


def _refusal(world: World, match_id: str) -> Conflict:
    with pytest.raises(Conflict) as refused:
        world.approve(match_id)
    return refused.value


def _only_match(world: World) -> MatchRow:
    with world.database.reading() as session:
        return session.scalars(select(MatchRow)).one()


def _occurrence(world: World) -> Occurrence:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence)).one()


def _events(world: World, kind: str) -> list[EventRow]:
    with world.database.reading() as session:
        return list(session.scalars(select(EventRow).where(EventRow.type == kind)))


def _change_person(world: World, person_id: str, **columns: Any) -> None:
    with world.database.writing() as session:
        row = session.get_one(PersonRow, person_id)
        for name, value in columns.items():
            setattr(row, name, value)


def test_approving_takes_a_seat_and_starts_one_invitation(at: At) -> None:
    world, person_id = at("proposed")
    match = _only_match(world)
    row = world.approve(match.id)
    assert (row.state, row.live, row.holds_seat, row.person_id) == ("approved", True, True, person_id)
    assert [line.state for line in world.invitation(row.id).history] == ["approved"]
    assert row.asked == {one["aspect"]: one["asks"] for one in match.explanation["aspects"]}
    assert _occurrence(world).taken == 1
    assert _only_match(world).state == "approved"
    assert len(_events(world, "invitation.approved")) == 1
    assert world.letters() == []  # nothing is written to anybody yet


def test_care_02_a_second_approval_is_refused_while_one_is_live(at: At) -> None:
    world, _ = at("proposed")
    match = _only_match(world)
    world.approve(match.id)
    assert _refusal(world, match.id).code == "live_invitation"
    assert _occurrence(world).taken == 1


def test_a_proposal_that_went_stale_is_refused(at_sqlite: At) -> None:
    world, _ = at_sqlite("proposed")
    match = _only_match(world)
    with world.database.writing() as session:
        session.get_one(MatchRow, match.id).state = "stale"
    assert _refusal(world, match.id).code == "stale"
    assert _occurrence(world).taken == 0


def test_care_01_everything_is_judged_again_when_approving(at_sqlite: At) -> None:
    world, person_id = at_sqlite("proposed")
    match = _only_match(world)
    with world.database.writing() as session:  # the event of the pause is not handled yet
        people.pause(session, people.lock(session, person_id), NOW)
    assert _refusal(world, match.id).code == "stale"
    assert _occurrence(world).taken == 0


def test_care_15_nothing_of_a_suspended_organisation_is_approved(at_sqlite: At) -> None:
    world, _ = at_sqlite("proposed")
    match = _only_match(world)
    with world.database.writing() as session:
        vetting.suspend(session, match.organisation_id, NOW)
    assert _refusal(world, match.id).code == "stale"


def test_care_18_nothing_excluded_is_approved(at_sqlite: At) -> None:
    world, person_id = at_sqlite("proposed")
    match = _only_match(world)
    with world.database.writing() as session:
        exclusions.exclude(
            session, people.lock(session, person_id), organisation_id=match.organisation_id,
            other_person_id=None, now=NOW,
        )  # fmt: skip
    assert _refusal(world, match.id).code == "stale"


def test_care_02_a_rest_is_refused_with_its_end(at_sqlite: At) -> None:
    world, person_id = at_sqlite("proposed")
    until = NOW + timedelta(days=5)
    _change_person(world, person_id, rest_until=until)
    refused = _refusal(world, _only_match(world).id)
    assert (refused.code, refused.from_at) == ("resting", until)
    world.clock.now = until
    assert world.approve(_only_match(world).id).state == "approved"


def test_care_02_a_talk_that_is_due_is_refused_without_a_date(at_sqlite: At) -> None:
    world, person_id = at_sqlite("proposed")
    _change_person(world, person_id, talk_reason="silence")
    refused = _refusal(world, _only_match(world).id)
    assert (refused.code, refused.from_at) == ("resting", None)


def test_care_02_the_pace_is_refused_with_the_date_from_which_it_is_possible(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    row = world.invitation(invitation_id)
    world.an_opportunity(title="Another")
    world.answer(invitation_id, "not_for_me")
    world.clock.advance(minutes=15)
    world.work()
    (match,) = world.matches(row.person_id)
    refused = _refusal(world, match.id)
    assert (refused.code, refused.from_at) == ("pace", NOW + timedelta(days=7))


def test_care_02_nothing_is_begun_that_could_only_be_sent_too_late(at_sqlite: At) -> None:
    world, _ = at_sqlite("proposed")
    match = _only_match(world)
    world.clock.now = match.occurrence.starts_at - timedelta(hours=23, minutes=59)
    refused = _refusal(world, match.id)
    assert (refused.code, _occurrence(world).taken) == ("stale", 0)


def test_the_last_seat_is_announced_and_the_rest_goes_stale(at: At) -> None:
    world, _ = at("proposed")
    opportunity_id = _only_match(world).opportunity_id
    others = [world.a_person() for _ in range(2)]
    world.work()
    world.approve(world.matches(others[0])[0].id)
    assert _events(world, "session.full") == []
    late = world.matches(others[1])[0].id
    with world.database.reading() as session:
        first = session.scalars(select(MatchRow).where(MatchRow.person_id.not_in(others))).one()
    world.approve(first.id)
    assert len(_events(world, "session.full")) == 1
    assert _refusal(world, late).code == "full"
    world.work()
    assert _refusal(world, late).code == "stale"
    with world.database.reading() as session:
        taken = session.scalars(select(Occurrence).where(Occurrence.opportunity_id == opportunity_id)).one()
    assert (taken.taken, taken.capacity) == (2, 2)


def test_who_loses_a_session_to_its_last_guest_is_offered_a_later_one(at: At) -> None:
    world, _ = at("nothing")
    days = [f"2026-12-{day:02}T13:00:00+09:00" for day in (1, 8)]
    sessions = [{"starts_at": day, "ends_at": day.replace("13:00:00", "13:30:00")} for day in days]
    world.an_opportunity(capacity=1, sessions=sessions)
    faster, slower = world.a_person(), world.a_person()
    world.work()
    first = {world.matches(one)[0].occurrence_id for one in (faster, slower)}
    assert len(first) == 1
    world.approve(world.matches(faster)[0].id)
    world.work()
    (offered,) = world.matches(slower)
    assert offered.occurrence_id not in first


def test_a_match_of_another_team_does_not_exist(at_sqlite: At) -> None:
    world, _ = at_sqlite("proposed")
    stranger = world.a_caseworker("Abe")
    with pytest.raises(NotFound), world.database.reading() as session:
        inviting.get_match(session, stranger, _only_match(world).id)


def test_setting_aside_keeps_it_off_the_menu(at_sqlite: At) -> None:
    world, person_id = at_sqlite("proposed")
    match = _only_match(world)
    for _ in range(2):  # a repeat changes nothing
        with world.database.writing() as session:
            row = inviting.set_aside(
                session, session.get_one(MatchRow, match.id), "Not this month", world.clock()
            )
            assert (row.state, row.set_aside_reason, row.version) == (
                "set_aside",
                "Not this month",
                match.version + 1,
            )
    assert _refusal(world, match.id).code == "stale"
    with world.database.writing() as session:
        people.tell(session, inviting.EventType.person_changed, session.get_one(PersonRow, person_id), NOW)
    world.work()
    assert world.matches(person_id) == []


def test_what_was_approved_is_withdrawn_and_not_set_aside(at_sqlite: At) -> None:
    world, _ = at_sqlite("approved")
    with pytest.raises(Conflict, match="withdraw"), world.database.writing() as session:
        inviting.set_aside(session, session.scalars(select(MatchRow)).one(), "Changed my mind", world.clock())


@pytest.mark.parametrize("point", ["approved", "sent"])
def test_the_caseworker_may_take_it_back_silently(at: At, point: str) -> None:
    world, invitation_id = at(point)
    before = len(world.letters())
    for _ in range(2):  # a repeat changes nothing
        with world.database.writing() as session:
            inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), NOW)
        world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat) == ("withdrawn", False, False)
    assert _occurrence(world).taken == 0
    assert len(world.letters()) == before


def test_a_withdrawn_posting_is_not_approved(at_sqlite: At) -> None:
    world, _ = at_sqlite("proposed")
    match = _only_match(world)
    with world.database.writing() as session:
        row = posting.locked(session, match.organisation_id, match.opportunity_id)
        posting.withdraw(session, row, NOW)
    assert _refusal(world, match.id).code == "stale"


@pytest.mark.parametrize("duration_minutes", [None, 30])
def test_a_session_that_was_taken_off_is_not_approved(at: At, duration_minutes: float | None) -> None:
    world, _ = at("proposed")
    match = _only_match(world)
    _move_to_another_day(world, match, duration_minutes=duration_minutes)
    assert _refusal(world, match.id).code == "stale"


def _move_to_another_day(world: World, match: MatchRow, **changes: Any) -> None:
    """The organisation replaces its session by one a week later; nobody has reacted to that yet."""
    sessions = [{"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}]
    with world.database.writing() as session:
        row = posting.locked(session, match.organisation_id, match.opportunity_id)
        posting.change(session, row, a_posting(sessions=sessions, **changes), NOW)
