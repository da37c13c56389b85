"""Fills an empty database with invented organisations, opportunities and people, through the same doors as everybody."""

from __future__ import annotations

import secrets
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from matcher.api.forms.opportunity import OpportunityForm
from matcher.api.forms.person import PersonForm
from matcher.cli.lived import WEEK, Past, begin, write_of_visits
from matcher.domain.errors import MatcherError
from matcher.services.access import accounts, keys, staff
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import posting, vetting
from matcher.services.outside import Outside
from matcher.services.people import exclusions, people
from matcher.storage.tables import EventRow, OrganisationRow, PersonRow

ZONE: Final = ZoneInfo("Asia/Tokyo")
CONSENT_TEXT: Final = "2026-11"
CONSENT_PURPOSES: Final = {
    "standing": "standing_approval", "supporter_copy": "supporter_copy", "communal_living": "communal_living",
}  # fmt: skip
PASSWORD_BYTES: Final = 12  # 96 random bits, to be copied and not remembered


@dataclass
class Seeded:
    """What was made: ids by the names of the files, and for each role one key and one way to sign in.

    `people` tells by alias who somebody is, and who accompanies them.
    """

    keys: dict[str, str] = field(default_factory=dict)
    sign_ins: dict[str, tuple[str, str]] = field(default_factory=dict)
    admins: list[str] = field(default_factory=list)
    organisations: dict[str, str] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    people: dict[str, tuple[str, Caller]] = field(default_factory=dict)
    opportunities: int = 0


def is_empty(session: Session) -> bool:
    """Whether nobody has put anything into the database yet."""
    counts = (
        session.scalar(select(func.count()).select_from(table)) for table in (OrganisationRow, PersonRow)
    )
    return not any(counts)


def seed(outside: Outside, now: datetime) -> Seeded:
    """Load everything in one transaction: after a crash half-way the database is still empty.

    Raises MatcherError when there is something in it already.
    """
    organisations, opportunities, everybody, past = (
        read_seeds(name) for name in ("organisations", "opportunities", "people", "past")
    )
    weeks, lived = past["weeks"], past["lived"]
    made, began_at = Seeded(), now - weeks * WEEK
    known = [one for one in everybody["person"] if one["alias"] in lived]
    new = [one for one in everybody["person"] if one["alias"] not in lived]
    with outside.database.writing() as session:
        if not is_empty(session):
            raise MatcherError("The database is not empty; seeds go only into an empty one.")
        _add_organisations(session, organisations, made, began_at)
        _add_teams(session, everybody["teams"], made, began_at)
        _add_opportunities(session, opportunities | past, made, now, posted_at=began_at)
        _add_people(session, everybody, known, made, began_at)
        Past(session, outside, weeks, now).live(list(begin(lived, made.people, weeks)))
        write_of_visits(session, past["host_words"], made.organisations, now)
        _add_opportunities(session, opportunities, made, now, posted_at=now)
        _add_people(session, everybody, new, made, now)
        made.keys["organisation"] = keys.issue_key(
            session, Role.organisation, made.organisations["izumi"], now
        )
        made.keys["caseworker"] = keys.issue_key(session, Role.caseworker, made.callers["mori"].id, now)
        _add_sign_ins(session, made, now)
        # What the invented past left to do is due from now: nobody was late with it.
        session.execute(update(EventRow).where(EventRow.available_at < now).values(available_at=now))
    return made


def posting_form(entry: dict[str, Any], places: dict[str, Any], now: datetime) -> dict[str, Any]:
    """One entry of `opportunities.toml` as the API would be sent it."""
    form = {name: value for name, value in entry.items() if name not in ("organisation", "place", "when")}
    if "place" in entry:
        form["place"] = places[entry["place"]]
    elif form["state"] == "published":
        form["place"] = None
    if "when" in entry:
        form["sessions"] = _sessions(entry["when"], now)
    if isinstance(form.get("age"), dict):
        form["age"] = {"min": None, "max": None, **form["age"]}
    return form


def person_form(entry: dict[str, Any], file: dict[str, Any], now: datetime) -> dict[str, Any]:
    """One entry of `people.toml` as the API would be sent it."""
    own = ("start", "now", "mode", "caseworker", "paused", "excluded", "introduced", *CONSENT_PURPOSES)
    form: dict[str, Any] = file["defaults"] | file["now"][entry["now"]]
    form |= {name: value for name, value in entry.items() if name not in own}
    purposes = ["matching", *(purpose for name, purpose in CONSENT_PURPOSES.items() if entry.get(name))]
    return form | {
        "start_point": file["start"][entry["start"]],
        "travel": {"mode": entry["mode"], **form["travel"]},
        "contact": {"channel": "email", "address": f"person{file['person'].index(entry) + 1:02}@example.org"},
        "consents": [
            {"purpose": one, "text_version": CONSENT_TEXT, "given_at": now.isoformat()} for one in purposes
        ],
    }


def _add_organisations(session: Session, file: dict[str, Any], made: Seeded, now: datetime) -> None:
    admins = made.admins
    for number in (1, 2):
        admins.append(keys.create_admin(session, f"Admin {number}", now).id)
        made.keys[f"admin {number}"] = keys.issue_key(session, Role.admin, admins[-1], now)
    for name, entry in file.items():
        row = vetting.register_organisation(
            session, name=entry["name"], contact_email=f"{name}@example.org",
            safeguarding_contact=f"safe-{name}@example.org", now=now,
        )  # fmt: skip
        made.organisations[name] = row.id
        state = entry.get("state", "vetted")
        for admin_id in {"applied": [], "half": admins[:1]}.get(state, admins):
            vetting.vet(session, row.id, admin_id, now)
        if state == "suspended":
            vetting.suspend(session, row.id, now)


def _add_opportunities(
    session: Session, file: dict[str, Any], made: Seeded, now: datetime, *, posted_at: datetime
) -> None:
    form = OpportunityForm()
    for entry in file["opportunity"]:
        whole = file["defaults"] | entry if entry.get("state") != "draft" else entry
        document = posting_form(whole, file["places"], now)
        posting.create(session, made.organisations[entry["organisation"]], form.read(document), posted_at)
        made.opportunities += 1


def _add_teams(session: Session, teams: dict[str, Any], made: Seeded, now: datetime) -> None:
    ids = {
        name: staff.create_team(session, name=name, now=now).id
        for name in dict.fromkeys(entry["team"] for entry in teams.values())
    }
    for name, entry in teams.items():
        team_id = ids[entry["team"]]
        row = staff.create_caseworker(
            session, name=entry["name"], email=entry["email"], team_id=team_id, now=now
        )
        made.callers[name] = Caller(Role.caseworker, row.id, "", team_id)


def _add_people(
    session: Session, file: dict[str, Any], entries: list[dict[str, Any]], made: Seeded, now: datetime
) -> None:
    form = PersonForm()
    for entry in entries:
        caller = made.callers[entry["caseworker"]]
        person = people.register(session, caller, form.read(person_form(entry, file, now)), now)
        made.people[entry["alias"]] = (person.id, caller)
        for name in entry.get("introduced", ()):
            people.introduce(session, person, made.organisations[name], now)
        for name in entry.get("excluded", ()):
            exclusions.exclude(
                session, person, organisation_id=made.organisations[name], other_person_id=None, now=now
            )
        if entry.get("paused"):
            people.pause(session, person, now)


def _add_sign_ins(session: Session, made: Seeded, now: datetime) -> None:
    """One account for each key, with a password of its own and no second step, which only the embedded mode accepts."""
    owners = {
        "admin 1": (Role.admin, made.admins[0], "admin1@example.org"),
        "admin 2": (Role.admin, made.admins[1], "admin2@example.org"),
        "organisation": (Role.organisation, made.organisations["izumi"], "izumi@example.org"),
        "caseworker": (Role.caseworker, made.callers["mori"].id, "mori@example.jp"),
    }
    for name, (role, owner_id, email) in owners.items():
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        accounts.create_account(session, role, owner_id, email, password, None, now)
        made.sign_ins[name] = (email, password)


def _sessions(when: dict[str, Any], now: datetime) -> list[dict[str, str]]:
    """Weekly sessions at a local time, the first so many days from today."""
    hour, _, minute = when["at"].partition(":")
    day = now.astimezone(ZONE).date() + timedelta(days=when["days"])
    first = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZONE)
    length = timedelta(minutes=when["minutes"])
    starts = (first + week * WEEK for week in range(when["weeks"]))
    return [
        {"starts_at": start.isoformat(), "ends_at": (start.astimezone(UTC) + length).isoformat()}
        for start in starts
    ]


def read_seeds(name: str) -> dict[str, Any]:
    """One of the seed files, as it stands there."""
    read: dict[str, Any] = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    return read


def _folder() -> Traversable:
    """Beside the package in a checkout, inside it in a wheel."""
    packed = files("matcher") / "_seeds"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "seeds"
