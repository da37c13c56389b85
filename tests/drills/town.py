"""One organisation, one caseworker and the people they know, played from the posting to the visit, each deed by seed."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.drills.clients import Asked, Client, GaveUpError
from tests.drills.deployment import ADMIN_KEYS, Deployment
from tests.forms import opportunity_form, person_form

LINK = re.compile(r"/i/[\w=-]+")
PAUSE = re.compile(r"/pause/[\w=-]+")
WAITS_SECONDS = 90.0  # longer than any single fault may hold things up
ALL_DAY = {"from": "00:00", "to": "24:00", "timezone": "Asia/Tokyo"}

# What may happen to somebody who was asked, how often in a hundred, and how their invitation may stand at the end.
FATES = {
    "accepted": 22, "visited": 16, "not_now": 12, "too_much": 4, "cancelled": 10, "taken back": 8, "silent": 8,
    "paused": 5, "paused by link": 5, "withdrawn": 6, "excluded": 4,
}  # fmt: skip


class Streets:
    """Places so far apart that nobody of one can reach another: matching stays small whatever a drill has piled up."""

    def __init__(self) -> None:
        self._next = itertools.count()

    def __call__(self) -> tuple[int, float, float]:
        number = next(self._next)
        return number, round(-50 + 0.7 * (number % 142), 3), round(-170 + 1.1 * (number // 142), 3)


@dataclass
class Town:
    """Who acts together; `client` belongs to one thread."""

    deployment: Deployment
    client: Client
    name: str
    streets: Streets
    people_a_street: int = 2  # as many as one session has seats: nobody waits for another
    organisation_id: str = field(init=False)
    organisation: str = field(init=False)
    caseworker: str = field(init=False)

    def settle(self) -> None:
        """Vetted by two admins, with a key each."""
        run, (first, other) = self.client.command, ADMIN_KEYS
        form = {"name": self.name, "contact_email": self.mailbox("desk"), "safeguarding_contact": "Sato"}
        self.organisation_id = run("organisation", first, "/v1/organisations", form)[1]["id"]
        for admin in (first, other):
            run("vet", admin, f"/v1/organisations/{self.organisation_id}/vet")
        self.organisation = run("key", first, f"/v1/organisations/{self.organisation_id}/keys")[1]["key"]
        team = run("team", first, "/v1/teams", {"name": self.name})[1]["id"]
        form = {"name": "Mori", "email": self.mailbox("mori"), "team_id": team}
        made = run("caseworker", first, "/v1/caseworkers", form)[1]["id"]
        self.caseworker = run("key", first, f"/v1/caseworkers/{made}/keys")[1]["key"]

    def mailbox(self, who: str) -> str:
        """An address that only this town uses."""
        return f"{who}.{self.name}@example.org"

    def play_street(self) -> None:
        """A posting, some people, and what comes of it for each of them."""
        number, latitude, longitude = self.streets()
        self.post(number, latitude, longitude)
        people = [self.register(number, one, latitude, longitude) for one in range(self.people_a_street)]
        for asked in people:
            self.ask(asked)
        for asked in people:
            if asked.invitation_id is not None:
                self.live_through(asked)

    def post(self, number: int, latitude: float, longitude: float, **changes: Any) -> str:
        """One posting with two sessions of two seats."""
        first = (datetime.now(UTC) + timedelta(days=8)).replace(hour=4, minute=0, second=0, microsecond=0)
        sessions = [
            {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}
            for start in (first, first + timedelta(days=7))
        ]
        place = {
            "name": f"Garden {number}", "address": "Somewhere", "latitude": latitude, "longitude": longitude,
            "entry": "Green gate; Aoki waits there.",
        }  # fmt: skip
        form = opportunity_form(title=f"{self.name} {number}", sessions=sessions, place=place, **changes)
        return str(self.client.command("opportunity", self.organisation, "/v1/opportunities", form)[1]["id"])

    def register(self, number: int, one: int, latitude: float, longitude: float) -> Asked:
        """Somebody who lives beside the garden."""
        alias = f"{self.name}-{number}-{one}"
        email = self.mailbox(f"p{number}-{one}")
        form = person_form(
            alias=alias, contact={"channel": "email", "address": email}, contact_hours=ALL_DAY, availability=[],
            start_point={"latitude": latitude, "longitude": longitude},
            pace={"min_days_between": 0, "max_per_28_days": 28},
        )  # fmt: skip
        made = self.client.command("person", self.caseworker, "/v1/people", form)[1]["id"]
        asked = Asked(email, alias, made)
        self.client.history.asked.append(asked)
        return asked

    def ask(self, asked: Asked) -> None:
        """Wait for a proposal and approve the best that still can be."""
        for match in self.proposals(asked):
            status, answer = self.client.command(
                "approve", self.caseworker, f"/v1/matches/{match['id']}/approve"
            )
            if status == 201:
                asked.invitation_id, asked.ends, asked.letter_wanted = answer["id"], frozenset({"sent"}), True
                return

    def proposals(self, asked: Asked) -> list[dict[str, Any]]:
        """The menu, once there is something on it."""
        ends = time.monotonic() + WAITS_SECONDS
        while time.monotonic() < ends:
            items = self.client.get(self.caseworker, f"/v1/people/{asked.person_id}/matches")["items"]
            if items:
                return list(items)
            time.sleep(0.1)
        raise GaveUpError(f"Nothing was ever proposed to {asked.alias}.")

    def live_through(self, asked: Asked) -> None:
        """What becomes of one invitation."""
        fate = self.client.rng.choices(list(FATES), list(FATES.values()))[0]
        page = self.link(asked, LINK)
        if page is None:
            raise GaveUpError(f"No letter came to {asked.email}.")
        if fate == "silent":
            return
        if fate in ("accepted", "visited", "cancelled"):
            self.answer(asked, page, "accept", "accepted")
        if fate == "visited":
            path = f"/v1/invitations/{asked.invitation_id}/visit"
            asked.ends |= {"visited"}
            self.client.command("visit", self.caseworker, path, {"outcome": "ok"})
            asked.ends = frozenset({"visited"})
        elif fate == "cancelled":
            self.answer(asked, page, "cancel", "cancelled")
        elif fate in ("not_now", "too_much"):
            self.answer(asked, page, fate, "declined")
        elif fate == "taken back":
            self.answer(asked, page, "not_now", "declined")
            self.answer(asked, page, "undo", "sent")
        elif fate == "paused by link":
            pause = self.link(asked, PAUSE)
            assert pause is not None
            asked.ends |= {"withdrawn"}
            self.stopped(asked, self.client.form("pause by link", pause, button="on").answered_at)
        elif fate in ("paused", "withdrawn", "excluded"):
            self.stop(asked, fate)

    def stop(self, asked: Asked, fate: str) -> None:
        """The caseworker says: no more of this."""
        person = f"/v1/people/{asked.person_id}"
        path, form = {
            "paused": (f"{person}/pause", None),
            "excluded": (f"{person}/exclusions", {"organisation_id": self.organisation_id}),
            "withdrawn": (f"/v1/invitations/{asked.invitation_id}/withdraw", None),
        }[fate]
        asked.ends |= {"withdrawn"}
        self.client.command(fate, self.caseworker, path, form)
        self.stopped(asked, time.time())

    def stopped(self, asked: Asked, at: float | None) -> None:
        """From then on nothing more may be sent to them."""
        asked.ends, asked.stopped_at = frozenset({"withdrawn"}), at

    def answer(self, asked: Asked, page: str, deed: str, end: str) -> None:
        """Post the form of the invitation's page."""
        asked.ends |= {end}
        self.client.form(deed, page, answer=deed)
        asked.ends = frozenset({end})

    def link(self, asked: Asked, pattern: re.Pattern[str]) -> str | None:
        """A link of the newest letter to somebody, once one has come."""
        ends = time.monotonic() + WAITS_SECONDS
        while time.monotonic() < ends:
            found = self.deployment.letters.link(asked.email, pattern)
            if found is not None:
                return found
            time.sleep(0.05)
        return None
