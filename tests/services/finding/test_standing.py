"""Standing approvals act within comfort only, where seats suffice, by an agreement in force, and never twice (CARE 1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from matcher.domain.events import EventType
from matcher.services.asking import inviting, standing
from matcher.services.finding import matching, requesting
from matcher.services.people import people
from matcher.services.upkeep import sweeping
from matcher.storage.tables import ConsentRow, EventRow, InvitationRow, MatchRow, Occurrence, PersonRow
from tests.builders import NOW, World
from tests.forms import STANDING_CONSENT, person_form
from tests.smtp import SmtpServer
from tests.worlds import with_mail


def _agreed(world: World, **changes: Any) -> str:
    """Somebody with a standing approval."""
    form = person_form(approval="standing", **changes)
    form["consents"].append(STANDING_CONSENT)
    return world.a_person(**form)


def _invitations(world: World, person_id: str | None = None) -> list[InvitationRow]:
    query = select(InvitationRow).order_by(InvitationRow.id)
    if person_id is not None:
        query = query.where(InvitationRow.person_id == person_id)
    with world.database.reading() as session:
        return list(session.scalars(query))


def _again(world: World, person_id: str) -> None:
    """Look anew, as the nightly sweep does for everybody."""
    with world.database.writing() as session:
        people.tell(session, EventType.person_changed, session.get_one(PersonRow, person_id), world.clock())
    world.work()


def test_care_01_it_invites_within_comfort_without_asking_again(world: World) -> None:
    person_id = _agreed(world)
    world.an_opportunity()
    world.work()
    (row,) = _invitations(world)
    assert (row.person_id, row.state, row.approved_by) == (person_id, "sent", "standing")


def test_care_01_without_it_the_caseworker_decides_each_time(sqlite_world: World) -> None:
    world = sqlite_world
    world.a_person()
    world.an_opportunity()
    world.work()
    assert _invitations(world) == []


def test_care_01_it_needs_a_consent_in_force(sqlite_world: World) -> None:
    world = sqlite_world
    person_id = _agreed(world)
    with world.database.writing() as session:
        given = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "standing_approval")).one()
        people.withdraw_consent(session, people.lock(session, person_id), given.id, NOW)
    world.an_opportunity()
    world.work()
    assert _invitations(world) == []
    assert len(world.matches(person_id)) == 1  # the caseworker still may


def test_care_01_a_consent_without_the_agreement_is_not_enough(sqlite_world: World) -> None:
    world = sqlite_world
    form = person_form()
    form["consents"].append(STANDING_CONSENT)
    world.a_person(**form)
    world.an_opportunity()
    world.work()
    assert _invitations(world) == []


def test_care_01_a_stretch_is_never_sent_by_itself(sqlite_world: World) -> None:
    world = sqlite_world
    person_id = _agreed(world)
    world.an_opportunity()
    world.work()
    invitation_id = _invitations(world)[0].id
    with world.database.writing() as session:
        match = session.scalars(select(MatchRow)).one()
        match.state, match.step = "proposed", "one_small_stretch"
        session.get_one(InvitationRow, invitation_id).state = "expired"
        session.get_one(InvitationRow, invitation_id).live = False
        assert (
            standing.candidates(session, world.clock(), MatchRow.occurrence_id == match.occurrence_id) == []
        )
    assert len(_invitations(world, person_id)) == 1


def test_care_11_what_was_asked_for_is_never_sent_by_itself(sqlite_world: World) -> None:
    world = sqlite_world
    person_id = _agreed(world)
    world.an_opportunity(state="draft")
    with world.database.writing() as session:
        asked = requesting.request(session, people.lock(session, person_id), world.caseworker, [], None, NOW)
        request_id = asked.id
    world.an_opportunity()
    with world.database.reading() as session:
        due = session.scalars(select(EventRow.id).where(EventRow.type == "match.requested")).one()
    world.handler.handle(due)
    with world.database.reading() as session:
        request = requesting.get_request(session, world.caseworker, request_id)
        assert (request.state, len(request.match_ids)) == ("ready", 1)
    world.work()
    assert _invitations(world) == []


def test_care_01_where_seats_do_not_suffice_for_all_the_night_decides(world: World) -> None:
    people_ids = [_agreed(world, alias=f"Guest {number}") for number in range(3)]
    world.work()
    world.an_opportunity()  # two seats
    world.work()
    assert _invitations(world) == []
    assert all(len(world.matches(one)) == 1 for one in people_ids)
    with world.database.writing() as session:
        assert sweeping.begin(session, world.clock())
        assert not sweeping.begin(session, world.clock())  # one a night
    world.work()
    invited = _invitations(world)
    assert [row.state for row in invited] == ["sent", "sent"]
    assert len({row.person_id for row in invited}) == 2
    with world.database.reading() as session:
        assert session.scalars(select(Occurrence)).one().taken == 2


def test_where_they_suffice_for_all_everybody_is_asked(sqlite_world: World) -> None:
    world = sqlite_world
    for number in range(2):
        _agreed(world, alias=f"Guest {number}")
    world.an_opportunity()
    world.work()
    assert [row.state for row in _invitations(world)] == ["sent", "sent"]


def test_those_who_rest_do_not_stand_in_the_way(sqlite_world: World) -> None:
    world = sqlite_world
    ids = [_agreed(world, alias=f"Guest {number}") for number in range(3)]
    with world.database.writing() as session:
        session.get_one(PersonRow, ids[0]).rest_until = NOW + timedelta(days=9)
    world.an_opportunity()
    world.work()
    assert sorted(row.person_id for row in _invitations(world)) == sorted(ids[1:])


def test_care_02_one_at_a_time_and_in_their_pace(sqlite_world: World) -> None:
    world = sqlite_world
    person_id = _agreed(world)
    for title in ("One", "Two", "Three"):
        world.an_opportunity(title=title)
    world.work()
    (first,) = _invitations(world, person_id)
    world.answer(first.id, "not_for_me")
    world.clock.advance(minutes=15)
    world.work()
    _again(world, person_id)
    assert len(_invitations(world, person_id)) == 1  # seven days between two
    # The second session lies ahead of the pace and still a day before its start.
    world.clock.now = NOW + timedelta(days=7) - timedelta(hours=1)
    _again(world, person_id)
    assert len(_invitations(world, person_id)) == 1


def test_what_the_caseworker_takes_back_is_not_sent_again_by_itself(world: World) -> None:
    person_id = _agreed(world)
    world.an_opportunity()
    with world.database.reading() as session:
        due = list(session.scalars(select(EventRow.id).where(EventRow.type == "opportunity.published")))
    for event_id in due:
        world.handler.handle(event_id)
    (row,) = _invitations(world, person_id)
    with world.database.writing() as session:
        inviting.withdraw(session, session.get_one(InvitationRow, row.id), NOW)
    world.work()
    _again(world, person_id)
    assert [one.state for one in _invitations(world, person_id)] == ["withdrawn"]
    assert world.letters() == []
    assert world.approve(world.matches(person_id)[0].id).state == "approved"  # by hand it may


def test_an_address_that_does_not_exist_is_not_tried_again_by_itself(
    sqlite_world: World, smtp_server: SmtpServer
) -> None:
    world = sqlite_world
    with_mail(world, smtp_server.url)
    for title in ("One", "Two", "Three"):
        world.an_opportunity(title=title)
    world.work()
    smtp_server.refuse("550 5.1.1 No such mailbox")
    person_id = _agreed(world)
    world.work()
    assert [row.state for row in _invitations(world, person_id)] == ["undeliverable"]
    assert smtp_server.recipients == [["mori@example.org"]]
    _again(world, person_id)
    assert len(_invitations(world, person_id)) == 1
    assert len(smtp_server.recipients) == 1


def test_the_night_begins_once_a_date_after_its_hour(sqlite_world: World) -> None:
    world = sqlite_world
    midnight = NOW.replace(hour=15)  # 00:00 in Tokyo
    with world.database.writing() as session:
        assert not sweeping.begin_if_due(session, midnight + timedelta(hours=1, minutes=59))
        assert sweeping.begin_if_due(session, midnight + timedelta(hours=2))
        assert not sweeping.begin_if_due(session, midnight + timedelta(hours=23))
        assert sweeping.begin_if_due(session, midnight + timedelta(hours=26))


def test_the_night_finishes_what_is_over_and_forgets_what_was_done(sqlite_world: World) -> None:
    world = sqlite_world
    opportunity_id = world.an_opportunity()
    person_id = world.a_person()
    world.work()
    assert len(world.matches(person_id)) == 1
    world.clock.now = NOW + timedelta(days=15)
    with world.database.writing() as session:
        sweeping.begin(session, world.clock())
    world.work()
    assert world.matches(person_id) == []
    with world.database.reading() as session:
        assert session.get_one(matching.OpportunityRow, opportunity_id).state == "finished"
        left = set(session.scalars(select(EventRow.type)))
    assert left <= {"sweep.due", "sweep.region_due", "sweep.allocation_due", "matches.proposed"}
