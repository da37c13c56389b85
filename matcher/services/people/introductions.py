"""Which organisations somebody was introduced to: whoever knows a face there has less to get used to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.person import Person
from matcher.storage.tables import IntroductionRow, OrganisationRow


def named_in(person: Person) -> dict[str, str]:
    """The organisations an intake names, each with where its id stands there."""
    return {one: f"/introduced_to/{index}" for index, one in enumerate(person.introduced_to)}


def add(session: Session, person_id: str, named: Mapping[str, str], now: datetime) -> bool:
    """Add the introductions that are new, each with its pointer; whether there were any.

    Raises InvalidInput at the pointer of an organisation that does not exist.
    """
    added = False
    for organisation_id, pointer in sorted(named.items()):
        if session.get(OrganisationRow, organisation_id) is None:
            raise InvalidInput([FieldProblem(pointer, "There is no such organisation.")])
        if session.get(IntroductionRow, (person_id, organisation_id)) is None:
            session.add(
                IntroductionRow(person_id=person_id, organisation_id=organisation_id, introduced_at=now)
            )
            added = True
    session.flush()
    return added
