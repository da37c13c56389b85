"""Match requests, menus, approvals, invitations and visits: what a caseworker decides with somebody."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from matcher.api.bodies import Body
from matcher.api.calls import Call, Done
from matcher.api.forms.care import (
    InvitationForm,
    MatchedOpportunityForm,
    MatchForm,
    MatchRequestForm,
    SetAsideForm,
    ShownMatchRequestForm,
    VisitForm,
    shown_session,
)
from matcher.api.requests import PageAsked, check_ids
from matcher.api.routes import Routes
from matcher.domain.audit import Act
from matcher.services.access.keys import Role
from matcher.services.answers import correcting, visiting
from matcher.services.asking import inviting, showing
from matcher.services.finding import matching, requesting
from matcher.services.people import people
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import InvitationRow, MatchRequestRow, MatchRow, VisitRow

routes = Routes("matches", __name__, description="What fits somebody, and asking them.")

_MATCH, _INVITATION, _REQUEST = MatchForm(), InvitationForm(), ShownMatchRequestForm()
_OPPORTUNITY = MatchedOpportunityForm()


def shown_match(row: MatchRow, language: str) -> Body:
    """A proposal with its reasons, in the reader's language where it was said in it."""
    said: dict[str, Any] = row.explanation
    shown: Body = _MATCH.dump(
        {**said, "id": row.id, "state": row.state, "score": row.score, "step": row.step}
    )
    shown["opportunity"] = _OPPORTUNITY.show(opportunity_of(row.opportunity))
    shown["session"] = shown_session(row.occurrence)
    shown["why"] = _in(language, said["why"])
    return shown


def _in(language: str, said: dict[str, Any]) -> Any:
    return said.get(language) or next(iter(said.values()))


def _shown_match(call: Call, done: Done) -> Body:
    return shown_match(inviting.get_match(call.session, call.caller, done.id), call.language)


def _shown_invitation(call: Call, done: Done) -> Body:
    return shown_invitation(call, visiting.get_invitation(call.session, call.caller, done.id))


def shown_invitation(call: Call, row: InvitationRow) -> Body:
    """An invitation, everything that happened to it, and how the visit went."""
    visit = call.session.get(VisitRow, row.id)
    shown: Body = _INVITATION.dump(row)
    shown["session"] = shown_session(row.occurrence)
    shown["outcome"] = None if visit is None else visit.outcome
    return shown


def _shown_request(call: Call, done: Done) -> Body:
    row: MatchRequestRow = requesting.get_request(call.session, call.caller, done.id)
    found = [call.session.get_one(MatchRow, match_id) for match_id in row.match_ids]
    return {
        "id": row.id,
        "person_id": row.person_id,
        "state": row.state,
        "matches": [shown_match(match, call.language) for match in found],
        "gaps": [{**gap, "example": _in(call.language, gap["example"])} for gap in row.gaps],
    }


@routes.command(
    "/v1/people/<person_id>/match-requests", Role.caseworker, _REQUEST, _shown_request,
    takes=MatchRequestForm(), status=HTTPStatus.ACCEPTED, location="/v1/match-requests/{id}",
)  # fmt: skip
def request_match(call: Call, person_id: str) -> Done:
    """Ask what there is for somebody now. The answer is worked out meanwhile; `Location` has it.

    No kinds mean all but communal living, which has to be asked for by name.
    """
    row = people.get(call.session, call.caller, person_id)
    form = call.form
    return Done(requesting.request(call.session, row, call.caller, form["kinds"], form["note"], call.now).id)


@routes.look("/v1/match-requests/<match_request_id>", Role.caseworker, _REQUEST, reads=Act.match_request_read)
def match_request(call: Call, match_request_id: str) -> Body:
    """Show what came of a request: at most three matches, and what stands in the way of more."""
    return _shown_request(call, Done(match_request_id))


@routes.listing("/v1/people/<person_id>/matches", Role.caseworker, _MATCH, reads=Act.matches_read)
def menu(call: Call, asked: PageAsked, person_id: str) -> list[Body]:
    """Show the current menu of somebody: at most three matches."""
    people.get(call.session, call.caller, person_id)
    rows = matching.current_menu(call.session, person_id, call.now)
    start = next((index + 1 for index, row in enumerate(rows) if row.id == asked.cursor), 0)
    return [shown_match(row, call.language) for row in rows[start : start + asked.limit]]


@routes.command(
    "/v1/matches/<match_id>/approve", Role.caseworker, _INVITATION, _shown_invitation,
    status=HTTPStatus.CREATED, location="/v1/invitations/{id}",
)  # fmt: skip
def approve_match(call: Call, match_id: str) -> Done:
    """Approve a match: a seat is held, and the invitation goes out when hours and pace allow."""
    match = inviting.get_match(call.session, call.caller, match_id)
    return Done(inviting.approve(call.session, match, call.caller.id, call.now).id)


@routes.command(
    "/v1/matches/<match_id>/set-aside", Role.caseworker, _MATCH, _shown_match, takes=SetAsideForm()
)
def set_match_aside(call: Call, match_id: str) -> Done:
    """Set a match aside, and say why."""
    match = inviting.get_match(call.session, call.caller, match_id)
    return Done(inviting.set_aside(call.session, match, call.form["reason"], call.now).id)


@routes.listing(
    "/v1/invitations", Role.caseworker, _INVITATION, parameters=("person_id",), reads=Act.invitations_listed
)
def invitations(call: Call, asked: PageAsked, person_id: str | None = None) -> list[Body]:
    """List the invitations of one's team, oldest first; of one person with `person_id`."""
    if person_id is not None:
        check_ids({"person_id": person_id})
        people.get(call.session, call.caller, person_id)
    rows = showing.invitations(call.session, call.caller, person_id, asked.cursor, asked.limit)
    return [shown_invitation(call, row) for row in rows]


@routes.look("/v1/invitations/<invitation_id>", Role.caseworker, _INVITATION, reads=Act.invitation_read)
def invitation(call: Call, invitation_id: str) -> Body:
    """Show an invitation and everything that happened to it."""
    return _shown_invitation(call, Done(invitation_id))


@routes.command("/v1/invitations/<invitation_id>/withdraw", Role.caseworker, _INVITATION, _shown_invitation)
def withdraw_invitation(call: Call, invitation_id: str) -> Done:
    """Take an invitation back; an accepted visit is cancelled."""
    row = visiting.get_invitation(call.session, call.caller, invitation_id)
    return Done(inviting.withdraw(call.session, row, call.now).id)


@routes.command(
    "/v1/invitations/<invitation_id>/visit",
    Role.caseworker,
    _INVITATION,
    _shown_invitation,
    takes=VisitForm(),
)
def record_visit(call: Call, invitation_id: str) -> Done:
    """Record how a visit went, in the person's own word."""
    row = visiting.get_invitation(call.session, call.caller, invitation_id)
    return Done(visiting.record_visit(call.session, row, call.form["outcome"], call.now).id)


@routes.command(
    "/v1/invitations/<invitation_id>/visit/correct",
    Role.caseworker,
    _INVITATION,
    _shown_invitation,
    takes=VisitForm(),
)
def correct_visit(call: Call, invitation_id: str) -> Done:
    """Note anew how a visit went; what was learned since is learned again from there."""
    row = visiting.get_invitation(call.session, call.caller, invitation_id)
    return Done(correcting.correct_visit(call.session, row, call.form["outcome"], call.now).id)
