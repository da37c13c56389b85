"""What an intake form may say beyond the shape of its fields: adults only, and nothing without its consent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from matcher.domain.errors import FieldProblem
from matcher.domain.person import ADULT_AGE_YEARS, Consent, Person
from matcher.domain.values import Approval, Purpose

# Limits of what can be meant, all judgement, 2026-11: more is a slip of the keys.
OLDEST_YEARS: Final = 120
TRAVEL_MINUTES_MAX: Final = 600
DAYS_BETWEEN_MAX: Final = 365
TIMES_IN_28_DAYS_MAX: Final = 28


def problems(person: Person, now: datetime, *, before: Person | None = None) -> list[FieldProblem]:
    """Everything that is wrong with a person's form as it would be saved at `now` (aware).

    `before` is the form it changes: what already stood there is not asked for again.
    """
    return [
        *_age_problems(person, now),
        *_consents_problems(person, now, before),
        *_agreement_problems(person, now, before),
        *_address_problems(person, before),
    ]


def _age_problems(person: Person, now: datetime) -> Iterator[FieldProblem]:
    age = now.year - person.birth_year
    if 0 <= age < ADULT_AGE_YEARS:
        # CARE 13
        yield FieldProblem(
            "/birth_year",
            "Matcher is for adults for now. Somebody younger is better looked after by a service made for their age.",
        )
    elif not 0 <= age <= OLDEST_YEARS:
        oldest, youngest = now.year - OLDEST_YEARS, now.year - ADULT_AGE_YEARS
        yield FieldProblem("/birth_year", f"A year of birth lies between {oldest} and {youngest}.")


def consent_problems(consent: Consent, now: datetime, at: str = "") -> Iterator[FieldProblem]:
    """What is wrong with the moments of a consent as it would be saved at `now`; `at` points to it in the form."""
    if consent.given_at > now:
        yield FieldProblem(f"{at}/given_at", "A consent has been given already; not in the future.")
    if consent.withdrawn_at is not None and consent.withdrawn_at < consent.given_at:
        yield FieldProblem(f"{at}/withdrawn_at", "A consent is withdrawn after it was given.")
    elif consent.withdrawn_at is not None and not consent.taken_back(now):
        yield FieldProblem(
            f"{at}/withdrawn_at", "A consent has been withdrawn already, or it stands; not in the future."
        )


def _consents_problems(person: Person, now: datetime, before: Person | None) -> Iterator[FieldProblem]:
    # What stands on record stays there as it is: it must not keep anything else from being changed.
    stood = {(one.identity, one.withdrawn_at) for one in before.consents} if before is not None else set()
    for index, consent in enumerate(person.consents):
        if (consent.identity, consent.withdrawn_at) not in stood:
            yield from consent_problems(consent, now, f"/consents/{index}")


def _agreement_problems(person: Person, now: datetime, before: Person | None) -> Iterator[FieldProblem]:
    stood = before is not None and before.approval is Approval.standing
    if (
        person.approval is Approval.standing
        and not stood
        and not person.agreed_to(Purpose.standing_approval, now)
    ):
        yield FieldProblem("/approval", "A standing approval needs a consent with purpose standing_approval.")
    may_copy = person.agreed_to(Purpose.supporter_copy, now)
    for index, supporter in enumerate(person.supporters):
        stood = before is not None and supporter in before.supporters
        if supporter.receives_copy and not stood and not may_copy:  # CARE 10
            yield FieldProblem(
                f"/supporters/{index}/receives_copy", "A copy needs a consent with purpose supporter_copy."
            )


def _address_problems(person: Person, before: Person | None) -> Iterator[FieldProblem]:
    """Nobody is somebody close to themselves: a copy to their own address would tell nobody."""
    if person.contact is None:
        return
    stands = before is not None and before.contact == person.contact
    known = {one.contact.address for one in before.supporters} if before is not None and stands else set()
    own = person.contact.address.casefold()
    for index, supporter in enumerate(person.supporters):
        address = supporter.contact.address
        if address.casefold() == own and address not in known:
            yield FieldProblem(
                f"/supporters/{index}/contact/address",
                "This is their own address; somebody close has another one.",
            )
