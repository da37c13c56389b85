"""What the machine asks the record at every step: plain columns, each question put together once.

Put together anew and asked through a session they took a third of every history.
"""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select

from matcher.services.asking.showing import revealable
from matcher.storage.tables import (
    EventRow,
    HistoryRow,
    InvitationHistoryRow,
    InvitationRow,
    LetterRow,
    MatchRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
    VisitRow,
)

# The product's own question, put together once.
REVEALABLE = revealable(bindparam("now")).with_only_columns(  # type: ignore[arg-type]
    InvitationRow.state, InvitationRow.person_id, InvitationRow.organisation_id
)
# The promises
INVITATIONS = select(
    InvitationRow.id, InvitationRow.person_id, InvitationRow.occurrence_id, InvitationRow.state, InvitationRow.live,
    InvitationRow.holds_seat,
)  # fmt: skip
ANY = select(InvitationRow.id).limit(1)
SEATS = select(Occurrence.id, Occurrence.taken, Occurrence.capacity)
STEPS = select(InvitationHistoryRow.invitation_id, InvitationHistoryRow.state).order_by(
    InvitationHistoryRow.version
)
UNASKED = (
    select(MatchRow.id)
    .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
    .where(
        MatchRow.state.in_(("proposed", "approved")),
        OpportunityRow.kind == "communal_living",
        ~MatchRow.requested,
    )
)
COMFORT = select(PersonRow.id, PersonRow.comfort)
UNDONE = select(EventRow.type, EventRow.available_at, EventRow.dead_at, EventRow.error).where(
    EventRow.done_at.is_(None)
)
LETTERS = select(LetterRow.id.label("letter_id"), LetterRow.kind, LetterRow.state, LetterRow.unsure)
LEARNED = select(HistoryRow.source)
CORRECTED = select(VisitRow.person_id).where(VisitRow.corrected_at.is_not(None))
STANDING = (
    select(
        InvitationRow.state, InvitationRow.person_id, InvitationRow.organisation_id, InvitationRow.expires_at,
        PersonRow.state.label("person"), OpportunityRow.state.label("posting"),
        OrganisationRow.state.label("organisation"), OrganisationRow.vetted_until,
    )
    .join(PersonRow, PersonRow.id == InvitationRow.person_id)
    .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
    .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
    .join(OrganisationRow, OrganisationRow.id == InvitationRow.organisation_id)
    .where(
        InvitationRow.live,
        InvitationRow.state != "declined",
        # A visit that is over waits to be recorded: nobody calls it off any more.
        or_(InvitationRow.state != "accepted", Occurrence.ends_at.is_(None), Occurrence.ends_at > bindparam("now")),
    )
)  # fmt: skip

# What acts choose from
PROPOSED = select(MatchRow.id).where(MatchRow.state == "proposed")
TO_BE_NOTED = select(InvitationRow.id, InvitationRow.state).where(
    InvitationRow.state.in_(("accepted", "visited"))
)
NEWEST = select(InvitationRow.id, InvitationRow.live).order_by(InvitationRow.id.desc()).limit(8)
POSTINGS = select(OpportunityRow.id, OpportunityRow.organisation_id, OpportunityRow.kind).order_by(
    OpportunityRow.id
)
STATES = select(InvitationHistoryRow.state)
JUST_DONE = select(EventRow.id).where(EventRow.done_at.is_not(None)).order_by(EventRow.id.desc()).limit(8)

# What is still to happen, and to whom
EVERYBODY = select(PersonRow.id).order_by(PersonRow.id)
LIVE_OF = select(InvitationRow.id).where(
    InvitationRow.person_id == bindparam("person_id"), InvitationRow.live
)
BEGUN = select(EventRow.lease_until, EventRow.available_at).where(
    EventRow.done_at.is_(None),
    EventRow.dead_at.is_(None),
    or_(EventRow.lease.is_not(None), EventRow.error.is_not(None)),
)
