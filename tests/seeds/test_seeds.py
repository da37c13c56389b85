"""The first run's invented world: whole, believable, and loaded once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from matcher.cli.seeding import is_empty, read_seeds, seed
from matcher.domain.errors import MatcherError
from matcher.domain.values import Kind
from matcher.services import keys
from matcher.services.matching import current_menu
from matcher.storage.tables import InvitationRow, MatchRow, OpportunityRow, OrganisationRow, PersonRow
from tests.builders import World, make_world

FILES = ("organisations", "opportunities", "people", "demo")
# CARE's list, in both languages: never in anything a person reads.
RULED_OUT = re.compile(
    "patient|hikikomori|treatment|rehabilitation|failure|no-show|患者|ひきこもり|引きこもり|治療|リハビリ|失敗|無断欠席",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The seeds, and everything that workers make of them."""
    world = make_world(tmp_path_factory.mktemp("seeds"))
    seed(world.outside, world.clock())
    world.work()
    yield world
    world.close()


def test_there_are_enough_of_everything_and_every_kind(seeded: World) -> None:
    with seeded.database.reading() as session:
        organisations = Counter(session.scalars(select(OrganisationRow.state)))
        kinds = Counter(session.scalars(select(OpportunityRow.kind)))
        people = session.scalar(select(func.count()).select_from(PersonRow)) or 0
    assert organisations.total() >= 12
    assert organisations["applied"] >= 2
    assert kinds.total() >= 60
    assert set(Kind) <= {Kind(kind) for kind in kinds if kind}
    assert people == 40


def test_most_people_find_something_and_nobody_is_offered_a_home_by_the_machine(seeded: World) -> None:
    with seeded.database.reading() as session:
        open_people = session.scalars(select(PersonRow).where(PersonRow.state == "open")).all()
        asked = set(session.scalars(select(InvitationRow.person_id)))
        found = [
            one for one in open_people if one.id in asked or current_menu(session, one.id, seeded.clock())
        ]
        living = session.scalar(
            select(func.count())
            .select_from(MatchRow)
            .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
            .where(OpportunityRow.kind == Kind.communal_living)
        )
    assert len(found) >= 0.6 * len(open_people)
    assert living == 0, "CARE 11: communal living is never proposed by the machine on its own"


def test_a_repeat_changes_nothing(seeded: World) -> None:
    with pytest.raises(MatcherError, match="not empty"):
        seed(seeded.outside, seeded.clock())


def test_the_seeds_load_on_postgresql_with_a_key_for_each_role(tmp_path: Path, postgres_url: str) -> None:
    world = make_world(tmp_path, postgres_url)
    with world.database.reading() as session:
        assert is_empty(session)
    made = seed(world.outside, world.clock())
    with world.database.reading() as session:
        roles = [keys.authenticate(session, key, world.clock()).role for key in made.keys.values()]
    assert roles == ["admin", "admin", "organisation", "caseworker"]
    world.close()


@pytest.mark.parametrize("name", FILES)
def test_no_seed_uses_a_word_that_care_rules_out_or_an_address_of_somebody(name: str) -> None:
    text = str(read_seeds(name))
    assert not RULED_OUT.search(text)
    assert all(domain in ("example.org", "example.jp") for domain in re.findall(r"@([\w.-]+)", text))
