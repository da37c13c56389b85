"""What an intake may say: adults only, and nothing that rests on a consent without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matcher.domain.person import Consent, Contact, ContactHours, Pace, Person, Supporter, Travel
from matcher.domain.person_rules import problems
from matcher.domain.values import Approval, DayWindow, GeoPoint, Purpose, Rungs, TravelMode

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CONTACT = Contact("email", "haru@example.org")
GOOD = Person(
    alias="Haru",
    language="ja",
    birth_year=1994,
    contact=CONTACT,
    start_point=GeoPoint(35.63, 139.58),
    travel=Travel(TravelMode.bicycle, 30, 20),
    max_group_size=5,
    comfort=Rungs(1, 1, 1, 1, 1, 1),
    contact_hours=ContactHours(DayWindow(780, 1200), "Asia/Tokyo"),
    pace=Pace(7, 3),
)
COPIED = Supporter("mother", Contact("email", "mother@example.org"), receives_copy=True)


def consent(purpose: Purpose, **changes: Any) -> Consent:
    return Consent(**{"purpose": purpose, "text_version": "1", "given_at": NOW - timedelta(days=1)} | changes)


def pointers(person: Person, before: Person | None = None) -> list[str]:
    return [problem.pointer for problem in problems(person, NOW, before=before)]


def test_a_good_intake_passes() -> None:
    assert pointers(GOOD) == []


@pytest.mark.parametrize(
    ("year", "found"),
    [(2008, []), (2009, ["/birth_year"]), (1906, []), (1905, ["/birth_year"]), (2030, ["/birth_year"])],
)
def test_care_13_only_adults_are_registered(year: int, found: list[str]) -> None:
    assert pointers(replace(GOOD, birth_year=year)) == found


def test_a_minor_is_refused_kindly() -> None:
    assert "somebody younger" in problems(replace(GOOD, birth_year=2012), NOW)[0].detail.casefold()


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (consent(Purpose.matching, given_at=NOW + timedelta(seconds=1)), "/consents/0/given_at"),
        (consent(Purpose.matching, withdrawn_at=NOW - timedelta(days=2)), "/consents/0/withdrawn_at"),
        (consent(Purpose.matching, withdrawn_at=NOW + timedelta(seconds=1)), "/consents/0/withdrawn_at"),
    ],
)
def test_a_consent_lies_in_the_past_and_is_withdrawn_after_it(given: Consent, pointer: str) -> None:
    stated = replace(GOOD, consents=(given,))
    assert pointers(stated) == [pointer]
    assert pointers(stated, GOOD) == [pointer]
    assert pointers(replace(stated, alias="Natsu"), stated) == []  # on record as it is: nobody can mend it


def test_care_1_a_standing_approval_needs_its_own_consent() -> None:
    standing = replace(GOOD, approval=Approval.standing)
    agreed = replace(standing, consents=(consent(Purpose.standing_approval),))
    assert pointers(standing) == ["/approval"]
    assert pointers(agreed) == []
    assert pointers(replace(standing, consents=(consent(Purpose.matching),))) == ["/approval"]
    assert pointers(standing, agreed) == []  # withdrawn since: it no longer acts, and is not asked for again


def test_care_10_a_supporter_gets_a_copy_only_by_the_persons_consent() -> None:
    assert pointers(replace(GOOD, supporters=(replace(COPIED, receives_copy=False), COPIED))) == [
        "/supporters/1/receives_copy"
    ]
    assert pointers(replace(GOOD, supporters=(COPIED,), consents=(consent(Purpose.supporter_copy),))) == []


def test_somebody_close_is_not_written_to_at_the_persons_own_address() -> None:
    own = replace(COPIED, contact=Contact("email", "HARU@example.org"), receives_copy=False)
    stored = replace(GOOD, supporters=(own,))
    assert pointers(replace(GOOD, supporters=(replace(COPIED, receives_copy=False), own))) == [
        "/supporters/1/contact/address"
    ]
    assert pointers(stored, GOOD) == ["/supporters/0/contact/address"]
    assert pointers(replace(stored, alias="Natsu"), stored) == []  # it stood there before
    moved = replace(GOOD, contact=Contact("email", "mother@example.org"), supporters=(COPIED,))
    assert pointers(moved, replace(GOOD, supporters=(COPIED,))) == ["/supporters/0/contact/address"]
