"""What one listing needs from the pages: reading it, saving a step of it, publishing, copying and taking it back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from matcher.domain.errors import Conflict, InvalidInput, TemporarilyUnavailable
from matcher.domain.opportunity import Opportunity, OpportunityState
from matcher.domain.values import is_id
from matcher.pages.portal.stated import stated
from matcher.pages.portal.steps import answered, step_of
from matcher.services.access.keys import Caller
from matcher.services.listings import overview, posting
from matcher.services.listings.overview import Group
from matcher.services.outside import Outside
from matcher.storage.opportunities import opportunity_of

NEW: Final = Opportunity()
WHERE: Final = "where"  # the one step whose answer is looked up on a map


def read(outside: Outside, caller: Caller, listing_id: str) -> Opportunity:
    """One listing of this organisation. Raises NotFound."""
    with outside.database.reading() as session:
        return opportunity_of(posting.get(session, caller.id, listing_id))


def start(outside: Outside, caller: Caller, step: str, form: MultiDict[str, str]) -> str:
    """Save the first answers as a new draft; gives its id. The same form sent again finds it. Raises InvalidInput."""
    draft = answered(step, form, NEW)
    with outside.database.writing() as session:
        return posting.create(session, caller.id, draft, outside.clock(), opportunity_id=_once(form)).id


def seen(step: str, standing: Opportunity) -> str:
    """A short mark that differs whenever the answers of one step do; a form carries that of what it was filled from."""
    mine = [(name, value) for name, value in stated(standing).items(multi=True) if step_of(name) == step]
    days = [(str(one.starts_at), str(one.ends_at)) for one in standing.sessions] if step == "when" else []
    return hashlib.sha256(repr((mine, days)).encode()).hexdigest()[:16]


def save(
    outside: Outside, caller: Caller, listing_id: str, step: str, form: MultiDict[str, str]
) -> Opportunity:
    """Save the answers of one step.

    Raises InvalidInput, and Conflict when the listing is over or (code `changed`) somebody else has answered the same step
    since this form was opened: nobody's words are lost silently.
    """
    wanted = answered(step, form, read(outside, caller, listing_id))
    located = _located(outside, wanted) if step == WHERE else wanted
    with outside.database.writing() as session:
        row = posting.locked(session, caller.id, listing_id)
        standing = opportunity_of(row)
        changed = answered(step, form, standing)
        if form.get("seen", seen(step, standing)) != seen(step, standing) and changed != standing:
            raise Conflict("Somebody else has answered this meanwhile.", code="changed")
        # Another step may have been saved meanwhile: what was looked up holds for the place alone.
        same_place = located.place and changed.place and located.place.address == changed.place.address
        if same_place and step == WHERE:
            changed = replace(changed, place=located.place)
        return opportunity_of(posting.change(session, row, changed, outside.clock()))


def publish(outside: Outside, caller: Caller, listing_id: str) -> None:
    """Show the listing to whoever it fits. Raises InvalidInput for what is still missing."""
    with outside.database.writing() as session:
        row = posting.locked(session, caller.id, listing_id)
        ready = replace(opportunity_of(row), state=OpportunityState.published)
        posting.change(session, row, ready, outside.clock())


def withdraw(outside: Outside, caller: Caller, listing_id: str) -> None:
    """Take the listing back for good."""
    with outside.database.writing() as session:
        posting.withdraw(session, posting.locked(session, caller.id, listing_id), outside.clock())


def copy(outside: Outside, caller: Caller, listing_id: str, form: MultiDict[str, str]) -> str:
    """A new draft that says the same, without its dates; gives its id. The same form sent again finds it."""
    with outside.database.writing() as session:
        same = opportunity_of(posting.get(session, caller.id, listing_id))
        draft = replace(same, id=None, sessions=(), open_session=None, state=OpportunityState.draft)
        return posting.create(session, caller.id, draft, outside.clock(), opportunity_id=_once(form)).id


def _once(form: MultiDict[str, str]) -> str | None:
    """The id that a form carries for what it makes, so that sending it twice makes one."""
    once = form.get("once", "")
    return once if is_id(once) else None


def group(session: Session, caller: Caller, name: Group, before: str | None, limit: int) -> list[Opportunity]:
    """Listings of one group of this organisation, newest first."""
    return [opportunity_of(row) for row in overview.of_group(session, caller.id, name, before, limit)]


def _located(outside: Outside, wanted: Opportunity) -> Opportunity:
    """With the coordinates of its address; a draft waits without them while the map is out of reach."""
    try:
        return posting.locate(outside.geocoder, wanted)
    except TemporarilyUnavailable:
        if wanted.state is OpportunityState.draft:
            return wanted
        raise InvalidInput.at("/place/address", "The map is out of reach; give the coordinates.") from None
