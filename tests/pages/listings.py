"""A listing as an organisation writes it in the portal, step by step, and where its pages are."""

from __future__ import annotations

import re

from matcher.domain.opportunity import Opportunity
from matcher.pages.portal.steps import STEPS
from matcher.services.listings import posting
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import OpportunityRow
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.test_care import shown

ADDRESS = "東京都狛江市和泉本町1-1-5"

# What an organisation types, step by step, until nothing is missing.
TYPED: dict[str, dict[str, str]] = {
    "what": {"title": "Weeding a garden", "kind": "volunteering", "summary": "Side by side.", "topics.more": "gardening"},
    "where": {
        "online": "no", "place.name": "Izumi allotment", "place.address": ADDRESS, "place.latitude": "35.635",
        "place.longitude": "139.578", "place.entry": "Green gate; Aoki waits there.",
    },
    "when": {"session.on": "2026-12-01", "session.from": "13:00", "session.until": "13:30", "session.weeks": "3"},
    "people": {"group_size.typical": "3", "group_size.max": "4", "capacity": "2", "age.open": "yes"},
    "like": {
        "interaction": "side_by_side", "stimulation": "quiet", "leave_any_time": "yes", "watch_first": "yes",
        "companion_welcome": "yes", "regular_attendance": "no", "provides": "step_free",
    },
    "host": {
        "host.name": "Aoki", "host.role": "gardener", "host.greets_at_door": "yes", "staffed": "yes", "languages": "ja",
    },
    "newcomer": {
        "requires.none": "yes", "not_expected": "talking", "if_you_do_not_come": "Nothing happens.",
    },
}  # fmt: skip


def rows(world: World, organisation: str) -> list[OpportunityRow]:
    with world.database.reading() as session:
        found = list(posting.page(session, organisation, None, 100))
        for row in found:
            opportunity_of(row)
        return found


def read(world: World, organisation: str, listing_id: str) -> Opportunity:
    with world.database.reading() as session:
        return opportunity_of(posting.get(session, organisation, listing_id))


def write(mine: Browser, until: str = "newcomer") -> str:
    """Answer every step by its form, following where each leads; gives the id of the listing."""
    mine.get("/portal/listings/new")
    for step, fields in TYPED.items():
        answer = mine.send(**fields)
        assert answer.status_code == 303, (step, shown(answer.text))
        mine.get(answer.headers["Location"])
        if step == until:
            break
    found = re.search(r"/listings/([\w-]+)/", mine.page.request.path)
    assert found is not None
    return found.group(1)


def pages_of(listing_id: str) -> list[str]:
    one = f"/portal/listings/{listing_id}"
    steps = [f"{one}/{step}" for step in (*STEPS, "publish", "withdraw")]
    others = ["/portal/listings/new", "/portal/organisation", "/portal/organisation/keys"]
    others += ["/portal/organisation/calendar", "/portal/imports"]
    return ["/portal", "/portal/visitors", *others, one, *steps]
