"""The way into somebody's own pages: the link alone opens nothing, and digits are good once, for a while, for few tries."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from matcher.domain.errors import InvalidInput, NotFound, TooManyTries
from matcher.services.access import pace_access
from matcher.storage.tables import Base, PaceCodeRow
from tests.builders import World
from tests.worlds import At

HERE = "192.0.2.7"


def link(world: World, person_id: str) -> str:
    with world.database.writing() as session:
        return pace_access.own_links(session, world.outside, person_id)["pace_url"].rpartition("/")[2]


def digits(world: World, token: str) -> str:
    pace_access.ask_code(world.outside, token, HERE)
    world.work()
    found = re.search(r"(?m)^(\d{6})$", world.letters(to="haru@example.org")[0].text)
    assert found is not None
    return found.group(1)


def is_open(world: World, token: str, visit: str) -> bool:
    with world.database.reading() as session:
        return pace_access.visitor(session, token, visit, world.clock()) is not None


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


@pytest.fixture
def token(world: World) -> str:
    return link(world, world.a_person())


def test_the_digits_from_the_letter_open_the_pages(world: World, token: str) -> None:
    visit = pace_access.give_code(world.outside, token, digits(world, token), HERE)
    assert is_open(world, token, visit)
    assert not is_open(world, token, "")
    assert not is_open(world, token, token)


def test_digits_are_taken_as_people_type_them(world: World, token: str) -> None:
    code = digits(world, token)
    wide = " ".join(chr(ord(one) - ord("0") + ord("０")) for one in code)
    assert pace_access.give_code(world.outside, token, wide, HERE)


def test_care_25_digits_are_good_once(world: World, token: str) -> None:
    code = digits(world, token)
    pace_access.give_code(world.outside, token, code, HERE)
    with pytest.raises(InvalidInput):
        pace_access.give_code(world.outside, token, code, HERE)


def test_care_25_digits_are_good_for_ten_minutes(world: World, token: str) -> None:
    code = digits(world, token)
    world.clock.advance(minutes=10)
    with pytest.raises(InvalidInput):
        pace_access.give_code(world.outside, token, code, HERE)


def test_care_25_after_five_tries_even_the_right_digits_are_refused_in_the_same_words(
    world: World, token: str
) -> None:
    code = digits(world, token)
    said = set()
    for typed in ("", "12345", "x" * 500, "000000", "１２", code):
        with pytest.raises(InvalidInput) as refused:
            pace_access.give_code(
                world.outside, token, typed if typed != "000000" or code != typed else "1", HERE
            )
        said.add(str(refused.value.problems))
    assert len(said) == 1


def test_new_digits_void_the_earlier_ones(world: World, token: str) -> None:
    earlier = digits(world, token)
    later = digits(world, token)
    if earlier != later:  # one time in a million they are the same
        with pytest.raises(InvalidInput):
            pace_access.give_code(world.outside, token, earlier, HERE)
    assert pace_access.give_code(world.outside, token, later, HERE)


def test_asking_again_and_again_has_to_wait(world: World, token: str) -> None:
    for _ in range(3):
        pace_access.ask_code(world.outside, token, HERE)
    with pytest.raises(TooManyTries):
        pace_access.ask_code(world.outside, token, "198.51.100.9")
    world.clock.advance(minutes=1)
    assert digits(world, token)


def test_a_visit_ends_by_itself_and_when_its_reader_leaves(world: World, token: str) -> None:
    visit = pace_access.give_code(world.outside, token, digits(world, token), HERE)
    world.clock.advance(minutes=29)
    assert is_open(world, token, visit)
    world.clock.advance(minutes=1)
    assert not is_open(world, token, visit)
    visit = pace_access.give_code(world.outside, token, digits(world, token), HERE)
    with world.database.writing() as session:
        pace_access.leave(session, visit)
    assert not is_open(world, token, visit)


def test_a_visit_opens_the_pages_of_its_own_link_alone(world: World, token: str) -> None:
    other = link(world, world.a_person(alias="Sora"))
    visit = pace_access.give_code(world.outside, token, digits(world, token), HERE)
    assert not is_open(world, other, visit)


def test_the_digits_of_one_do_not_open_the_pages_of_another(world: World, token: str) -> None:
    other = link(world, world.a_person(alias="Sora"))
    code = digits(world, token)
    pace_access.ask_code(world.outside, other, HERE)
    with pytest.raises(InvalidInput):
        pace_access.give_code(world.outside, other, code, HERE)


def test_a_link_nobody_was_given_opens_nothing(world: World) -> None:
    for act in (
        lambda: pace_access.ask_code(world.outside, "nobodys", HERE),
        lambda: pace_access.give_code(world.outside, "nobodys", "000000", HERE),
    ):
        with pytest.raises(NotFound):
            act()


def test_care_25_nothing_at_rest_tells_the_digits_or_a_token(world: World, token: str) -> None:
    code = digits(world, token)
    visit = pace_access.give_code(world.outside, token, code, HERE)
    code = digits(world, token)
    with world.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            kept = [value for row in session.execute(select(table)) for value in map(str, row)]
            for secret in (code, token, visit):
                assert secret not in kept, table.name


def test_a_letter_that_comes_too_late_is_not_sent(world: World, token: str) -> None:
    pace_access.ask_code(world.outside, token, HERE)
    world.clock.advance(minutes=11)
    world.work()
    assert world.letters() == []


def test_tries_at_the_same_moment_are_all_counted(at_postgres: At) -> None:
    world, person_id = at_postgres("proposed")
    token = link(world, person_id)
    digits(world, token)
    for _ in range(7):
        with pytest.raises(InvalidInput):
            pace_access.give_code(world.outside, token, "wrong", HERE)
    with world.database.reading() as session:
        assert session.scalars(select(PaceCodeRow.tries_left)).all() == [0]
