"""Two people who must not meet are not brought to one session, and which of two invitations stays (CARE 18)."""

from __future__ import annotations

import pytest

from matcher.domain.errors import Conflict
from matcher.storage.tables import ExclusionRow
from tests.builders import NOW, World
from tests.services.answers.followed import invite
from tests.services.people.apart import TO_ORGANISATION, TO_PERSON, deliver, keep_apart, two, visitors
from tests.worlds import At


def test_care_18_two_who_must_not_meet_are_not_matched_to_one_session(at: At) -> None:
    world, invitation_id = at("sent")
    there = world.invitation(invitation_id).person_id
    one, other = world.a_person(), world.a_person()
    keep_apart(world, one, other=there)  # whichever of the two said so
    keep_apart(world, there, other=other)
    world.work()
    assert world.matches(one) == world.matches(other) == []
    assert world.invitation(invitation_id).state == "sent"


def test_care_18_what_was_proposed_to_both_can_be_approved_for_one(at: At) -> None:
    world, first = at("proposed")
    second = world.a_person(alias="Ren")
    world.work()
    keep_apart(world, first, other=second)
    world.work()
    matches = [world.matches(one)[0].id for one in (first, second)]
    world.approve(matches[0])
    with pytest.raises(Conflict) as refused:
        world.approve(matches[1])
    assert refused.value.code == "stale"


def test_care_18_what_leads_to_somebody_they_must_not_meet_leaves_the_menu_until_the_other_is_out(
    at: At,
) -> None:
    world, first = at("proposed")
    second = world.a_person(alias="Ren")
    world.work()
    keep_apart(world, first, other=second)
    world.work()
    assert world.matches(second) != []
    row = world.approve(world.matches(first)[0].id)
    world.work()
    assert world.matches(second) == []
    world.answer(row.id, "not_for_me")
    world.clock.advance(minutes=16)
    world.work()
    assert world.matches(second) != []


def test_care_18_somebody_apart_may_go_to_another_session(sqlite_world: World) -> None:
    world = sqlite_world
    first, second = world.a_person(), world.a_person(alias="Ren")
    keep_apart(world, first, other=second)
    world.an_opportunity(
        sessions=[
            {"starts_at": f"2026-12-{day}T13:00:00+09:00", "ends_at": f"2026-12-{day}T13:30:00+09:00"}
            for day in ("01", "08")
        ]
    )
    world.work()
    row = world.approve(world.matches(first)[0].id)
    world.work()
    (match,) = world.matches(second)
    assert match.occurrence_id != row.occurrence_id


@pytest.mark.parametrize("who_asks", [0, 1])
def test_care_18_of_two_invited_the_one_who_has_not_answered_goes(at_sqlite: At, who_asks: int) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = two(world, "sent")
    world.answer(ids[0], "accept")
    world.work()
    rows = [world.invitation(one) for one in ids]
    keep_apart(world, rows[who_asks].person_id, other=rows[1 - who_asks].person_id)
    letters = len(world.letters(TO_PERSON))
    world.work()
    assert [world.invitation(one).state for one in ids] == ["accepted", "withdrawn"]
    assert len(world.letters(TO_PERSON)) == letters


def test_care_18_of_two_yeses_that_of_the_one_who_asked_goes(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = two(world, "accepted")
    world.work()
    rows = [world.invitation(one) for one in ids]
    keep_apart(world, rows[1].person_id, other=rows[0].person_id)
    assert visitors(world) == ["Aki"]  # at once
    world.work()
    assert [world.invitation(one).state for one in ids] == ["accepted", "cancelled"]
    assert visitors(world) == ["Aki"]


def test_care_18_two_invited_to_different_sessions_both_keep_theirs(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity()
    first = world.a_person(alias="Aki")
    world.work()
    ids = [world.approve(world.matches(first)[0].id).id]
    second = world.a_person(alias="Ren", topics=["cats"])
    world.an_opportunity(title="Cats", topics=["cats"])
    world.work()
    ids.append(world.approve(world.matches(second)[0].id).id)
    world.work()
    rows = [world.invitation(one) for one in ids]
    assert rows[0].occurrence_id != rows[1].occurrence_id
    keep_apart(world, first, other=second)
    world.work()
    assert [world.invitation(one).state for one in ids] == ["sent", "sent"]


def test_care_18_of_two_yeses_only_one_is_announced(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = two(world, "accepted")
    deliver(world, "invitation.accepted")
    rows = [world.invitation(one) for one in ids]
    keep_apart(world, rows[1].person_id, other=rows[0].person_id)
    deliver(world)
    told = " ".join(letter.text for letter in world.letters(TO_ORGANISATION))
    assert "Aki" in told
    assert "Ren" not in told
    world.work()
    assert "Ren" not in " ".join(letter.text for letter in world.letters(TO_ORGANISATION))


def test_care_18_a_yes_is_refused_kindly_when_the_other_is_there(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = two(world, "sent")
    rows = [world.invitation(one) for one in ids]
    with world.database.writing() as session:  # said in a past of which no event is left
        session.add(
            ExclusionRow(person_id=rows[0].person_id, other_person_id=rows[1].person_id, created_at=NOW)
        )
    opened = world.answer(ids[1], "accept")
    assert opened is not None
    assert opened.view == "withdrawn"
    opened = world.answer(ids[0], "accept")
    assert opened is not None
    assert opened.view == "accepted"


def test_care_18_a_yes_stands_where_the_other_one_has_said_no(at_sqlite: At) -> None:
    world, mine = at_sqlite("accepted")
    (theirs,) = invite(world, 1)
    world.answer(theirs, "not_now")
    me, other = world.invitation(mine), world.invitation(theirs)
    assert me.occurrence_id == other.occurrence_id
    keep_apart(world, me.person_id, other=other.person_id)
    world.work()
    assert world.invitation(mine).state == "accepted"
