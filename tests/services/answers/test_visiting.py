"""What is learned from visits and answers, exactly as SCORING §4 says, and what rests and talks follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.domain.contact_policy import rest_length
from matcher.domain.errors import Conflict, NotFound
from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Outcome, Rungs
from matcher.scoring.comfort import ComfortState, initial, learn
from matcher.services.answers import visiting
from matcher.services.people import people, talks
from matcher.storage.outbox import event_of
from matcher.storage.people import comfort_of, histories
from matcher.storage.tables import EventRow, HistoryRow, InvitationRow, PersonRow
from tests.builders import NOW, World
from tests.forms import an_intake
from tests.worlds import At

TO_CASEWORKER = "mori@example.org"


def _person(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def _comfort(world: World) -> ComfortState:
    return comfort_of(_person(world))


def _past(world: World) -> list[HistoryEntry]:
    person_id = _person(world).id
    with world.database.reading() as session:
        return histories(session, [person_id]).get(person_id, [])


def _talk(world: World) -> None:
    person_id = _person(world).id
    with world.database.writing() as session:
        talks.note(session, people.lock(session, person_id), world.caseworker, "We spoke.", world.clock())


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_visit_moves_the_comfort_model_exactly_as_the_rules_say(at: At, outcome: Outcome) -> None:
    world, invitation_id = at("accepted")
    before = _comfort(world)
    assert before == initial(an_intake().comfort)
    world.visit(invitation_id, outcome)
    world.work()
    (entry,) = _past(world)
    row = world.invitation(invitation_id)
    assert entry.outcome == HistoryOutcome(outcome)
    assert entry.aspects == Rungs(**row.asked)
    assert (entry.opportunity_id, entry.organisation_id) == (row.opportunity_id, row.organisation_id)
    assert _comfort(world) == learn(before, entry)
    if outcome is Outcome.did_not_come:
        assert _comfort(world) == before
    else:
        assert _comfort(world) != before


@pytest.mark.parametrize("outcome", [Outcome.left_early, Outcome.did_not_come, Outcome.ok])
def test_care_03_leaving_early_and_not_coming_lower_nothing_and_press_nobody(
    at_sqlite: At, outcome: Outcome
) -> None:
    world, invitation_id = at_sqlite("accepted")
    before = _comfort(world)
    letters = len(world.letters())
    world.visit(invitation_id, outcome)
    world.work()
    person = _person(world)
    assert _comfort(world).rungs == before.rungs
    assert (person.rest_until, person.talk_reason, len(world.letters())) == (None, None, letters)


def test_rungs_are_those_of_the_moment_it_was_offered(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        posting = session.get_one(InvitationRow, invitation_id).opportunity
        posting.facts = {**posting.facts, "stimulation": "loud"}
    world.visit(invitation_id, "ok")
    world.work()
    assert _past(world)[0].aspects == Rungs(**row.asked)


def test_a_visit_that_was_too_much_rests_the_person_and_asks_for_a_talk(at: At) -> None:
    world, invitation_id = at("accepted")
    world.visit(invitation_id, "too_much")
    world.work()
    person = _person(world)
    assert person.rest_until == NOW + rest_length(28, invitation_id)
    assert person.talk_reason == "too_much_visit"
    assert len(world.letters(TO_CASEWORKER)) == 1
    world.an_opportunity(title="Another")
    world.work()
    assert world.matches(person.id) == []


def test_a_recorded_talk_opens_the_way_again_when_the_rest_is_over(at: At) -> None:
    world, invitation_id = at("accepted")
    world.visit(invitation_id, "too_much")
    world.work()
    # Well inside what is comfortable now: online, alone with a text.
    world.an_opportunity(
        title="A board", kind="volunteering", place=None, interaction="text_only", sessions=[],
        duration_minutes=15, group_size={"typical": 2, "max": 2}, how_to_join="A link.",
    )  # fmt: skip
    world.work()
    assert world.matches(_person(world).id) == []
    _talk(world)
    world.work()
    (match,) = world.matches(_person(world).id)
    with pytest.raises(Conflict) as refused:
        world.approve(match.id)
    rest_until = _person(world).rest_until
    assert (refused.value.code, refused.value.from_at) == ("resting", rest_until)
    assert rest_until is not None
    world.clock.now = rest_until
    assert world.approve(match.id).state == "approved"


def test_an_answer_too_much_learns_with_half_the_weight_and_asks_for_a_talk(at: At) -> None:
    world, invitation_id = at("sent")
    before = _comfort(world)
    world.answer(invitation_id, "too_much")
    world.clock.advance(minutes=15)
    world.work()
    (entry,) = _past(world)
    assert (entry.outcome, entry.at) == (HistoryOutcome.answered_too_much, NOW)
    after = _comfort(world)
    assert after == learn(before, entry)
    assert after != before
    assert after.rungs == before.rungs  # only lived experience moves them
    person = _person(world)
    assert (person.rest_until, person.talk_reason) == (
        NOW + rest_length(28, invitation_id),
        "too_much_answer",
    )
    assert len(world.letters(TO_CASEWORKER)) == 1


@pytest.mark.parametrize(("deed", "days"), [("not_now", 14), ("not_for_me", None)])
def test_care_03_any_other_no_teaches_nothing(at_sqlite: At, deed: str, days: int | None) -> None:
    world, invitation_id = at_sqlite("sent")
    before = _comfort(world)
    world.answer(invitation_id, deed)
    world.clock.advance(minutes=15)
    world.work()
    assert _comfort(world) == before
    person = _person(world)
    rests_until = None if days is None else NOW + rest_length(days, invitation_id)
    assert (person.rest_until, person.talk_reason) == (rests_until, None)
    assert world.letters(TO_CASEWORKER) == []


@pytest.mark.parametrize("deed", ["too_much", "not_for_me"])
def test_what_was_declined_is_not_offered_again_for_90_days(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, deed)
    world.clock.advance(minutes=15)
    world.work()
    _talk(world)
    world.work()
    assert world.matches(_person(world).id) == []


def test_not_now_leaves_it_on_the_menu(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=15)
    world.work()
    assert len(world.matches(_person(world).id)) == 1


def test_a_longer_rest_is_never_shortened(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    long = NOW + timedelta(days=60)
    person_id = _person(world).id
    with world.database.writing() as session:
        people.lock(session, person_id).rest_until = long
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=15)
    world.work()
    assert _person(world).rest_until == long


def test_the_same_outcome_again_changes_nothing_and_another_is_refused(at: At) -> None:
    world, invitation_id = at("accepted")
    world.visit(invitation_id, "ok")
    world.visit(invitation_id, "ok")
    with pytest.raises(Conflict, match="already"):
        world.visit(invitation_id, "too_much")
    world.work()
    with world.database.reading() as session:
        assert len(list(session.scalars(select(HistoryRow)))) == 1
        assert len(list(session.scalars(select(EventRow).where(EventRow.type == "visit.recorded")))) == 1


def test_a_visit_that_is_told_of_twice_teaches_once(at: At) -> None:
    world, invitation_id = at("accepted")
    world.visit(invitation_id, "too_much")
    world.work()
    learned, rests = _comfort(world), _person(world).rest_until
    with world.database.writing() as session:
        row = session.scalars(select(EventRow).where(EventRow.type == "visit.recorded")).one()
        visiting.learn_from_visit(session, event_of(row), world.clock())
    world.work()
    assert len(_past(world)) == 1
    assert (_comfort(world), _person(world).rest_until) == (learned, rests)
    assert len(world.letters(TO_CASEWORKER)) == 1


@pytest.mark.parametrize("point", ["approved", "sent", "declined"])
def test_only_an_accepted_one_has_a_visit(at_sqlite: At, point: str) -> None:
    world, invitation_id = at_sqlite(point)
    with pytest.raises(Conflict, match=f"this one is {point}"):
        world.visit(invitation_id, "ok")


def test_two_good_visits_raise_a_rung_and_open_the_next_step(sqlite_world: World) -> None:
    world = sqlite_world
    person_id = world.a_person(pace={"min_days_between": 0, "max_per_28_days": 28})
    state = _comfort(world)
    for number in range(2):
        world.an_opportunity(title=f"Garden {number}")
        world.work()
        invitation_id = world.approve(world.matches(person_id)[0].id).id
        world.work()
        world.answer(invitation_id, "accept")
        world.work()
        world.visit(invitation_id, "ok")
        world.work()
        state = learn(state, _past(world)[-1])
        assert _comfort(world) == state
    assert [entry.outcome for entry in _past(world)] == [HistoryOutcome.ok] * 2
    assert world.matches(person_id) != []  # the way to a next step is open


def test_care_24_an_invitation_of_another_team_does_not_exist(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    stranger = world.a_caseworker("Abe")
    with world.database.reading() as session:
        assert visiting.get_invitation(session, world.caseworker, invitation_id).id == invitation_id
        with pytest.raises(NotFound):
            visiting.get_invitation(session, stranger, invitation_id)
