"""What somebody takes back is taken back whole: once, in whichever words and however often it was given (CARE 21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from matcher.domain.errors import InvalidInput
from matcher.domain.person import Consent
from matcher.domain.values import Purpose
from matcher.services.people import people
from matcher.storage.people import consent_of, person_of
from matcher.storage.tables import ConsentRow
from tests.builders import NOW, World
from tests.worlds import At

EARLIER = NOW - timedelta(days=3)
NEW_WORDS = Consent(Purpose.matching, "2026-12", EARLIER)


def consents(world: World, person_id: str) -> list[Consent]:
    with world.database.reading() as session:
        rows = session.scalars(
            select(ConsentRow).filter_by(person_id=person_id).order_by(ConsentRow.given_at)
        )
        return [consent_of(row) for row in rows]


def give(world: World, person_id: str, given: Consent) -> Consent:
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, person_id)
        return consent_of(people.consent(session, row, given, "Mori", world.clock()))


def take_back(world: World, person_id: str, consent_id: str | None) -> None:
    assert consent_id is not None
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, person_id)
        people.withdraw_consent(session, row, consent_id, world.clock())


@pytest.mark.parametrize("which", [0, 1])
def test_care_21_taken_back_once_it_is_taken_back_in_all_words(at: At, which: int) -> None:
    world, invitation_id = at("sent")
    person_id = world.invitation(invitation_id).person_id
    give(world, person_id, NEW_WORDS)
    matching = [one for one in consents(world, person_id) if one.purpose is Purpose.matching]
    take_back(world, person_id, matching[which].id)
    assert not [
        one for one in consents(world, person_id) if one.purpose is Purpose.matching and one.in_force(NOW)
    ]
    world.work()
    assert world.invitation(invitation_id).state == "withdrawn"


def test_the_same_yes_twice_is_one_on_record_and_gives_nothing_anew(world: World) -> None:
    person_id = world.a_person()
    first, again = give(world, person_id, NEW_WORDS), give(world, person_id, NEW_WORDS)
    assert first == again
    take_back(world, person_id, first.id)
    assert give(world, person_id, NEW_WORDS).withdrawn_at == NOW


def test_care_21_the_same_yes_said_with_its_end_is_taken_back(world: World) -> None:
    person_id = world.a_person()
    given = give(world, person_id, NEW_WORDS)
    ended = give(world, person_id, replace(NEW_WORDS, withdrawn_at=NOW))
    assert (ended.id, ended.withdrawn_at) == (given.id, NOW)


def test_care_21_a_change_that_states_one_as_taken_back_takes_every_row_of_it(world: World) -> None:
    """Rows of the same words and moment, as they were once kept."""
    person_id = world.a_person()
    [given] = consents(world, person_id)
    with world.database.writing() as session:
        session.add(
            ConsentRow(person_id=person_id, purpose=given.purpose, text_version=given.text_version, given_by="Mori",
                       given_at=given.given_at)
        )  # fmt: skip
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, person_id)
        person = person_of(row)
        ended = tuple(replace(one, withdrawn_at=NOW) for one in person.consents)
        people.change(session, row, replace(person, consents=ended), world.clock(), given_by="Mori")
    assert [one.withdrawn_at for one in consents(world, person_id)] == [NOW, NOW]


def test_an_intake_that_says_one_yes_twice_has_it_once(world: World) -> None:
    yes = {"purpose": "matching", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
    assert len(consents(world, world.a_person(consents=[yes, yes]))) == 1


@pytest.mark.parametrize("ended", [EARLIER - timedelta(days=1), NOW + timedelta(days=1)])
def test_care_21_a_yes_is_taken_back_after_it_was_given_and_not_in_advance(
    world: World, ended: datetime
) -> None:
    person_id = world.a_person(consents=[])
    with pytest.raises(InvalidInput) as refused:
        give(world, person_id, replace(NEW_WORDS, withdrawn_at=ended))
    assert [one.pointer for one in refused.value.problems] == ["/withdrawn_at"]
    assert consents(world, person_id) == []


def kept_as_ending_later(world: World, person_id: str) -> Consent:
    """A yes on record with an end that is still to come, as it was once kept."""
    with world.database.writing() as session:
        session.scalars(select(ConsentRow)).one().withdrawn_at = NOW + timedelta(days=365)
    (given,) = consents(world, person_id)
    return given


def test_care_21_a_yes_kept_with_an_end_to_come_can_be_taken_back_today(world: World) -> None:
    person_id = world.a_person()
    take_back(world, person_id, kept_as_ending_later(world, person_id).id)
    assert [one.withdrawn_at for one in consents(world, person_id)] == [NOW]


def test_care_21_a_change_leaves_a_yes_with_an_end_to_come_until_it_states_it_as_taken_back(
    world: World,
) -> None:
    person_id = world.a_person()
    given = kept_as_ending_later(world, person_id)

    def change(stated: Consent) -> Consent:
        with world.database.writing() as session:
            row = people.locked(session, world.caseworker, person_id)
            form = replace(person_of(row), alias="Natsu", consents=(stated,))
            people.change(session, row, form, NOW, given_by="Mori")
        (kept,) = consents(world, person_id)
        return kept

    assert change(given) == given
    assert change(replace(given, withdrawn_at=NOW)).withdrawn_at == NOW


@pytest.mark.parametrize("order", [1, -1])
def test_care_21_of_two_alike_the_one_that_is_taken_back_counts(world: World, order: int) -> None:
    yes = {"purpose": "matching", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
    ended = {**yes, "withdrawn_at": "2026-11-02T00:00:00Z"}
    (given,) = consents(world, world.a_person(consents=[yes, ended][::order]))
    assert given.withdrawn_at is not None


def test_care_21_a_change_takes_back_the_purpose_but_for_what_it_names_as_standing(world: World) -> None:
    person_id = world.a_person()
    give(world, person_id, NEW_WORDS)
    older, newer = consents(world, person_id)
    other = Consent(Purpose.supporter_copy, "2026-11", EARLIER)

    def change(*stated: Consent) -> list[bool]:
        with world.database.writing() as session:
            row = people.locked(session, world.caseworker, person_id)
            people.change(session, row, replace(person_of(row), consents=stated), NOW, given_by="Mori")
        return [one.in_force(NOW) for one in consents(world, person_id) if one.purpose is Purpose.matching]

    assert change(replace(older, withdrawn_at=NOW), newer) == [False, True]
    assert change(replace(newer, withdrawn_at=NOW), older, other) == [False, False]
