"""Everything published comes into memory, however many chunks it takes."""

from __future__ import annotations

import pytest

from matcher.domain.opportunity import OpportunityState
from matcher.scoring.columns.words import Words
from matcher.storage import listing_columns
from matcher.storage.listing_columns import read_listings
from matcher.storage.tables import OpportunityRow
from tests.builders import NOW, World

LISTINGS = 7


@pytest.mark.parametrize("chunk", [1, 3, LISTINGS, LISTINGS + 1])
def test_each_published_listing_is_read_once(
    world: World, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(listing_columns, "CHUNK", chunk)
    made = [world.an_opportunity(title=f"Thing {number}") for number in range(LISTINGS)]
    with world.database.writing() as session:
        taken_back = session.get(OpportunityRow, made[0])
        assert taken_back is not None
        taken_back.state = OpportunityState.withdrawn
    heard: list[tuple[int, int]] = []
    with world.database.reading() as session:
        columns = read_listings(session, Words(), NOW, lambda done, total: heard.append((done, total)))
    assert len(columns.table) == LISTINGS - 1
    assert all(columns.table.row(one) is not None for one in made[1:])
    assert heard[-1] == (LISTINGS - 1, LISTINGS - 1)
