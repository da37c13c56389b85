"""The story that Matcher is there for, told once and played on every way of running it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.forms import opportunity_form, person_form
from tests.journeys.client import Caller, look, submit, until

Letters = Callable[[], list[str]]


@dataclass
class Story:
    """Everybody in it, and where letters can be read."""

    base_url: str
    letters: Letters

    def __post_init__(self) -> None:
        self.admin = Caller(self.base_url, "first-admin")
        self.other_admin = Caller(self.base_url, "other-admin")


def play(story: Story) -> None:
    """An organisation posts, a caseworker approves, Haru is asked, says yes, comes, and the next match is wiser."""
    izumi, organisation_id = an_organisation_joins(story)
    opportunity_id = izumi.post("/v1/opportunities", a_quiet_hour(), Idempotency_Key="post-once")["id"]
    assert (
        izumi.post("/v1/opportunities", a_quiet_hour(), Idempotency_Key="post-once")["id"] == opportunity_id
    )
    mori = a_caseworker_joins(story)
    haru = mori.post("/v1/people", someone_new())["id"]
    assert mori.get(f"/v1/people/{haru}/matches")["items"] == [], "nothing is matched before vetting"

    for admin in (story.admin, story.other_admin):
        state = admin.post(f"/v1/organisations/{organisation_id}/vet")["state"]
    assert state == "vetted"
    match = until(lambda: mori.get(f"/v1/people/{haru}/matches")["items"], "a proposal")[0]
    assert match["step"] == "within_comfort"
    assert match["why"]
    assert match["opportunity"]["id"] == opportunity_id

    invitation = mori.post(f"/v1/matches/{match['id']}/approve")
    letter = until(lambda: first_letter_with_a_link(story), "the invitation")
    assert letter.count("Aoki") >= 1
    assert "Haru" not in letter
    assert izumi.get(f"/v1/opportunities/{opportunity_id}/visitors")["items"] == [], (
        "nobody is known before a yes"
    )

    page = re.search(rf"{re.escape(story.base_url)}/i/[\w=-]+", letter)
    assert page is not None
    assert "Aoki" in look(page[0])
    submit(page[0], answer="accept")
    visitor = until(
        lambda: izumi.get(f"/v1/opportunities/{opportunity_id}/visitors")["items"], "the visitor"
    )[0]
    assert (visitor["alias"], visitor["needs"]) == ("Haru", ["step_free"])
    until(lambda: any("Haru" in text for text in story.letters()), "the letter to the organisation")

    mori.post(f"/v1/invitations/{invitation['id']}/visit", {"outcome": "ok"})
    request = mori.post(f"/v1/people/{haru}/match-requests", {})["id"]
    answer = until(lambda: ready(mori, request), "the answer to the request")
    assert answer["matches"] or answer["gaps"], "every decision can say why"
    history = [step["state"] for step in mori.get(f"/v1/invitations/{invitation['id']}")["history"]]
    assert history == ["approved", "sent", "accepted", "visited"]


def an_organisation_joins(story: Story) -> tuple[Caller, str]:
    """Registered by an admin, with a key of its own; not vetted yet."""
    form = {
        "name": "Izumi",
        "contact_email": "izumi@example.org",
        "safeguarding_contact": "Sato, sato@example.org",
    }
    made = story.admin.post("/v1/organisations", form)["id"]
    return Caller(story.base_url, story.admin.post(f"/v1/organisations/{made}/keys")["key"]), made


def a_caseworker_joins(story: Story) -> Caller:
    """On a team, with a key of their own."""
    team = story.admin.post("/v1/teams", {"name": "West"})["id"]
    form = {"name": "Mori", "email": "mori@example.org", "team_id": team}
    made = story.admin.post("/v1/caseworkers", form)["id"]
    return Caller(story.base_url, story.admin.post(f"/v1/caseworkers/{made}/keys")["key"])


def a_quiet_hour() -> dict[str, object]:
    """Two sessions, next week and the week after."""
    first = (datetime.now(UTC) + timedelta(days=7)).replace(hour=4, minute=0, second=0, microsecond=0)
    sessions = [
        {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}
        for start in (first, first + timedelta(days=7))
    ]
    return opportunity_form(sessions=sessions)


def someone_new() -> dict[str, object]:
    """Haru, reachable at any hour so that the story does not wait for the afternoon."""
    hours = {"from": "00:00", "to": "24:00", "timezone": "Asia/Tokyo"}
    return person_form(contact_hours=hours, availability=[])


def first_letter_with_a_link(story: Story) -> str | None:
    """The invitation, once it is there."""
    return next((text for text in story.letters() if "/i/" in text), None)


def ready(caseworker: Caller, request_id: str) -> dict[str, list[object]] | None:
    """The answer to a request, once workers have found it."""
    answer: dict[str, list[object]] = caseworker.get(f"/v1/match-requests/{request_id}")
    return answer if answer["state"] == "ready" else None  # type: ignore[comparison-overlap]
