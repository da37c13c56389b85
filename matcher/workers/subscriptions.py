"""The one table of who reacts to what (ARCHITECTURE §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.events import Event, EventType
from matcher.services.answers import correcting, ending, following, moving, visiting
from matcher.services.asking import delivering
from matcher.services.finding import allocating, matching, renewing, requesting
from matcher.services.listings import importing
from matcher.services.my_pace import privacy
from matcher.services.outside import Outside
from matcher.services.upkeep import sweeping

Inside = Callable[[Session, Event, datetime], None]
Talk = Callable[[Outside, Event], object]


@dataclass(frozen=True, slots=True)
class Reaction:
    """`inside` one transaction together with marking the event done; before it a `talk` that makes its own commits.

    `after` it what cannot be done in any transaction; a process that ends just then leaves it undone.
    """

    inside: Inside | None = None
    talk: Talk | None = None
    after: Talk | None = None


def _by(name: str, react: Callable[[Session, str, datetime], None]) -> Reaction:
    """A reaction that needs only the id called `name`."""
    return Reaction(inside=lambda session, event, now: react(session, event.subject(name), now))


_match_person = _by("person_id", matching.match_person)
_settle = Reaction(inside=ending.settle)

SUBSCRIPTIONS: Mapping[EventType, Reaction] = {
    EventType.opportunity_published: _by("opportunity_id", matching.match_opportunity),
    EventType.opportunity_changed: Reaction(inside=following.follow_change),
    EventType.opportunity_withdrawn: Reaction(inside=following.call_off_opportunity),
    EventType.organisation_vetted: Reaction(inside=following.match_organisation),
    EventType.organisation_suspended: Reaction(inside=following.call_off_organisation),
    EventType.person_registered: _match_person,
    EventType.person_changed: Reaction(inside=moving.follow_person),
    EventType.person_resumed: _match_person,
    EventType.talk_recorded: _match_person,
    EventType.person_paused: Reaction(inside=ending.stop_unanswered),
    EventType.person_frozen: Reaction(inside=ending.stop_in_crisis),
    EventType.person_erased: Reaction(
        talk=privacy.note_erasure, inside=privacy.finish_erasure, after=privacy.leave_no_trace
    ),
    EventType.consent_withdrawn: Reaction(inside=ending.stop_without_consent),
    EventType.exclusion_added: Reaction(inside=ending.stop_excluded),
    EventType.import_received: Reaction(talk=importing.read_import),
    EventType.match_requested: _by("request_id", requesting.answer_request),
    EventType.invitation_approved: Reaction(talk=delivering.deliver),
    EventType.invitation_accepted: Reaction(inside=ending.welcome),
    EventType.invitation_reopened: Reaction(inside=ending.take_back_welcome),
    EventType.invitation_expiring: Reaction(inside=ending.expire),
    EventType.invitation_lapsing: Reaction(inside=ending.lapse),
    EventType.invitation_declined: _settle,
    EventType.invitation_expired: _settle,
    EventType.invitation_withdrawn: _settle,
    EventType.invitation_cancelled: _settle,
    EventType.invitation_undeliverable: _settle,
    EventType.seat_held_long: Reaction(inside=ending.free_long_held_seat),
    EventType.session_full: _by("occurrence_id", matching.follow_full_session),
    EventType.visit_recorded: Reaction(inside=visiting.learn_from_visit),
    EventType.visit_corrected: Reaction(inside=correcting.learn_anew),
    EventType.letter_due: Reaction(talk=delivering.send_letter),
    EventType.sweep_due: Reaction(talk=privacy.erase_again, inside=sweeping.sweep),
    EventType.sweep_region_due: Reaction(talk=renewing.renew_region, inside=sweeping.end_region),
    EventType.sweep_allocation_due: Reaction(talk=allocating.allocate, inside=sweeping.end),
    # Facts that stand in the record for those who look, and that nothing has to follow:
    EventType.matches_proposed: Reaction(),
    EventType.invitation_sent: Reaction(),
}
