"""Nobody can tell who has an account, and nobody can go on trying (CARE 25)."""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import event

from matcher.domain.errors import InvalidInput, MatcherError, NotSignedIn, TooManyTries
from matcher.services.access import accounts, passwords, signing_in
from matcher.services.access.keys import Role
from matcher.services.access.signing_in import FREE_FROM_EVERYWHERE, FREE_FROM_ONE_PLACE, Origin
from tests.accounts import HERE, PASSWORD, THERE, a_human, who
from tests.builders import World
from tests.services.access.by_password.at_the_door import UNKNOWN, refusal_of


def test_every_refusal_of_a_password_reads_the_same(world: World) -> None:
    human = a_human(world)
    invited = "invited@example.org"
    with world.database.writing() as session:
        accounts.invite(session, Role.caseworker, world.a_caseworker().id, invited, world.clock())
    said = {
        (type(refusal), str(refusal))
        for refusal in (
            refusal_of(world, human.email, "another password"),
            refusal_of(world, UNKNOWN, PASSWORD),
            refusal_of(world, invited, ""),
            refusal_of(world, "", ""),
            refusal_of(world, "x" * 8000, "y" * 8000),
        )
    }
    assert len(said) == 1


def test_waiting_begins_at_the_same_try_for_known_and_unknown(world: World) -> None:
    human = a_human(world)
    courses = []
    for email in (human.email, UNKNOWN):
        refusals = [refusal_of(world, email, "wrong password") for _ in range(FREE_FROM_ONE_PLACE + 2)]
        courses.append([(type(one), str(one), getattr(one, "until", None)) for one in refusals])
    assert courses[0] == courses[1]
    assert [kind for kind, _, _ in courses[0]] == [NotSignedIn] * FREE_FROM_ONE_PLACE + [TooManyTries] * 2


def test_while_waiting_even_the_right_password_is_not_looked_at(world: World) -> None:
    human = a_human(world)
    for _ in range(FREE_FROM_ONE_PLACE):
        refusal_of(world, human.email, "wrong password")
    refusal = refusal_of(world, human.email, PASSWORD)
    assert isinstance(refusal, TooManyTries)
    world.clock.now = refusal.until
    assert who(world, human.sign_in()) is not None


def test_somebody_elses_tries_from_afar_do_not_keep_the_owner_out(world: World) -> None:
    human = a_human(world)
    for _ in range(FREE_FROM_ONE_PLACE + 5):
        refusal_of(world, human.email, "wrong password", THERE)
    assert who(world, human.sign_in(HERE)) is not None


def test_many_places_together_wait_as_well(world: World) -> None:
    human = a_human(world)
    for number in range(FREE_FROM_EVERYWHERE):
        refusal_of(world, human.email, "wrong password", Origin(f"203.0.113.{number}", ""))
    assert isinstance(refusal_of(world, human.email, PASSWORD, Origin("203.0.113.250", "")), TooManyTries)


def test_codes_cannot_be_guessed_without_waiting(world: World) -> None:
    human = a_human(world)
    half_way = human.half_way()
    wrong = "000000" if human.code() != "000000" else "000001"
    kinds = []
    for _ in range(FREE_FROM_ONE_PLACE):
        with pytest.raises(MatcherError) as refusal:
            signing_in.give_code(world.outside, half_way, wrong, HERE)
        kinds.append(type(refusal.value))
    assert kinds == [InvalidInput] * FREE_FROM_ONE_PLACE
    with pytest.raises(TooManyTries):
        signing_in.give_code(world.outside, half_way, human.code(), HERE)


def test_the_right_password_does_not_buy_more_codes(world: World) -> None:
    human = a_human(world)
    for _ in range(FREE_FROM_ONE_PLACE):
        with pytest.raises(InvalidInput):
            signing_in.give_code(world.outside, human.half_way(), "abc", HERE)
    with pytest.raises(TooManyTries):
        signing_in.give_code(world.outside, human.half_way(), human.code(), HERE)


def test_signing_in_takes_the_count_back(world: World) -> None:
    human = a_human(world)
    for _ in range(3):
        for _ in range(FREE_FROM_ONE_PLACE - 1):
            refusal_of(world, human.email, "wrong password")
        human.sign_in()


def test_known_and_unknown_cost_the_same_work(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    human = a_human(sqlite_world)
    checked: list[str] = []
    real = passwords._hasher().verify
    monkeypatch.setattr(
        type(passwords._hasher()),
        "verify",
        lambda _self, kept, text: (checked.append(kept), real(kept, text))[1],
    )
    courses = []
    for email in (human.email, UNKNOWN):
        said: list[str] = []

        def note(_c: object, _u: object, statement: str, *_more: object, said: list[str] = said) -> None:
            said.append(statement)

        event.listen(sqlite_world.database.engine, "before_cursor_execute", note)
        refusal_of(sqlite_world, email, "wrong password")
        event.remove(sqlite_world.database.engine, "before_cursor_execute", note)
        courses.append(said)
    assert courses[0] == courses[1]
    assert len(courses[0]) > 3
    costs = [kept.rsplit("$", 2)[0] for kept in checked]
    assert costs == [costs[0]] * 2


def test_known_and_unknown_take_the_same_time_within_reason(sqlite_world: World) -> None:
    human = a_human(sqlite_world)
    took: dict[str, list[float]] = {human.email: [], UNKNOWN: []}
    for number in range(9):
        for email, times in took.items():
            begun = time.perf_counter()
            refusal_of(sqlite_world, email, "wrong password", Origin(f"192.0.2.{number}", ""))
            times.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(times) for times in took.values())
    assert (
        0.5 < known / unknown < 2
    )  # one argon2id and a few statements each; nothing at all would be a twentieth
