"""One posting, one person and every letter there is, for the tests of letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from matcher.domain.card import Card, Visitor, make_card, make_visitor
from matcher.domain.opportunity import AgeRange, GroupSize, Host, Opportunity, Place, Session
from matcher.domain.person import Contact, ContactHours, Pace, Person, Supporter, Travel
from matcher.domain.ports import OutgoingMail
from matcher.domain.values import (
    DayWindow,
    GeoPoint,
    Interaction,
    Kind,
    Rungs,
    Stimulation,
    TravelMode,
)
from matcher.mail import letters
from matcher.mail.calendar import cancellation_entry, invitation_entry

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
SENDER = "Matcher <no-reply@example.org>"
SESSION = Session(datetime(2026, 12, 1, 4, 0, tzinfo=UTC), datetime(2026, 12, 1, 4, 30, tzinfo=UTC), "s-1")
POST: letters.Post = {"to": "reader@example.jp", "message_id": "<m-1@example.org>", "sender": SENDER}
PERSON_POST: letters.PersonPost = {
    **POST,
    "answer_url": "https://matcher.example.org/i/ANSWERTOKEN",
    "pause_url": "https://matcher.example.org/pause/PAUSETOKEN",
    "pace_url": "https://matcher.example.org/me/PACETOKEN",
    "help_lines": {
        "ja": "よりそいの電話 0120-000-000（24時間）",
        "en": "Listening line 0120-000-001, any time",
    },
}
OWN_POST: letters.OwnPost = {
    **POST,
    "pause_url": PERSON_POST["pause_url"],
    "pace_url": PERSON_POST["pace_url"],
    "help_lines": PERSON_POST["help_lines"],
}
TO_PERSON = (
    "invitation",
    "accepted",
    "cancelled_by_person",
    "changed",
    "called_off",
    "withdrawn",
    "reminder",
)
TO_ORGANISATION = ("visitor_announced", "visitor_cancelled")
LANGUAGES = ("ja", "en")


def make_opportunity(**changes: Any) -> Opportunity:
    """A published posting that states everything."""
    stated = Opportunity(
        id="o-1",
        title="Tomato Corner",
        kind=Kind.volunteering,
        summary="Three people weed a garden.",
        online=False,
        place=Place("Izumi allotment", "1-2-3 Izumi", 35.635, 139.578, "Green gate", "Asia/Tokyo"),
        sessions=(SESSION,),
        capacity=2,
        group_size=GroupSize(3, 4),
        interaction=Interaction.side_by_side,
        stimulation=Stimulation.quiet,
        host=Host("Aoki", "gardener", greets_at_door=True),
        staffed=True,
        leave_any_time=True,
        regular_attendance=False,
        watch_first=True,
        companion_welcome=True,
        requires=(),
        provides=("step_free",),
        languages=("ja",),
        topics=("gardening",),
        age=AgeRange(18, None),
        not_expected=("talking", "knowing plants"),
        if_you_do_not_come="The next one is open too.",
    )
    return replace(stated, **changes)


def make_person(language: str = "en", **changes: Any) -> Person:
    """Somebody whose every fact is easy to find again where it does not belong."""
    person = Person(
        id="p-1",
        alias="Haru",
        language=language,
        birth_year=1994,
        contact=Contact("email", "secret-contact@example.jp"),
        start_point=GeoPoint(35.123, 139.456),
        travel=Travel(TravelMode.bicycle, 47, 23),
        max_group_size=5,
        comfort=Rungs(1.5, 2, 3, 2, 2, 1),
        contact_hours=ContactHours(DayWindow(780, 1200), "Asia/Tokyo"),
        pace=Pace(7, 3),
        needs=("secret_need",),
        topics=("secret topic",),
        share_needs=("step_free", "a chair"),
        supporters=(Supporter("secret mother", Contact("email", "mother@example.jp"), receives_copy=True),),
        notes="secret notes",
    )
    return replace(person, **changes)


def card(language: str = "en", opportunity: Opportunity | None = None, **person: Any) -> Card:
    """The card of the posting's first session."""
    opportunity = opportunity or make_opportunity()
    return make_card(
        opportunity,
        opportunity.all_sessions()[0],
        make_person(language, **person),
        asked_by="Tanaka",
        travel_minutes=11.2,
        timezone=None,
    )


def visitor(language: str = "en", opportunity: Opportunity | None = None) -> Visitor:
    """What the organisation learns."""
    opportunity = opportunity or make_opportunity()
    return make_visitor(
        opportunity,
        opportunity.all_sessions()[0],
        make_person(),
        language=language,
        timezone="Asia/Tokyo",
    )


def letters_to_person(shown: Card) -> dict[str, OutgoingMail]:
    """Every letter a person may get about one card."""
    kept = invitation_entry(shown, uid="u-1@example.org", sequence=0, now=NOW, sender=SENDER)
    gone = cancellation_entry(shown, uid="u-1@example.org", sequence=1, now=NOW, sender=SENDER)
    return {
        "invitation": letters.invitation(shown, **PERSON_POST),
        "accepted": letters.accepted(shown, calendar=kept, **PERSON_POST),
        "cancelled_by_person": letters.cancelled_by_person(shown, calendar=gone, **PERSON_POST),
        "open_again": letters.cancelled_by_person(shown, calendar=gone, open_again=True, **PERSON_POST),
        "changed": letters.changed(shown, calendar=kept, changes=["sessions", "host"], **PERSON_POST),
        "called_off": letters.called_off(shown, calendar=gone, **PERSON_POST),
        "withdrawn": letters.withdrawn(shown, **PERSON_POST),
        "reminder": letters.reminder(shown, **PERSON_POST),
        "pace_code": letters.pace_code("314159", language=shown.language, **OWN_POST),
    }


def letters_to_others(language: str) -> dict[str, OutgoingMail]:
    """Every letter to an organisation, a supporter or a caseworker."""
    written = {
        "visitor_announced": letters.visitor_announced(visitor(language), **POST),
        "visitor_announced online": letters.visitor_announced(
            visitor(language, make_opportunity(online=True, place=None)), **POST
        ),
        "visitor_cancelled": letters.visitor_cancelled(visitor(language), **POST),
        "supporter_copy": letters.supporter_copy(card(language), language=language, **POST),
    }
    link = "https://matcher.example.org/sign-in/link/abc"
    written["account_set_up"] = letters.account_set_up(link_url=link, language=language, **POST)
    written["account_recover"] = letters.account_recover(link_url=link, language=language, **POST)
    written["account_changed"] = letters.account_changed(recovery_url=link, language=language, **POST)
    admins = "https://matcher.example.org/admin/admins"
    written["admin_made"] = letters.admin_made(admins_url=admins, language=language, **POST)
    written["key_made"] = letters.key_made(language=language, **POST)
    for reason in letters.Reason:
        written[f"caseworker_notice {reason}"] = letters.caseworker_notice(
            reason=reason,
            alias="Haru",
            person_id="p-1",
            desk_url="https://matcher.example.org/desk/p-1",
            language=language,
            **POST,
        )
    return written


def every_letter(language: str) -> dict[str, OutgoingMail]:
    """All of them in one language."""
    return letters_to_person(card(language)) | letters_to_others(language)
