"""`/v1/organisations`, `/v1/teams`, `/v1/caseworkers`: what admins do."""

from __future__ import annotations

from http import HTTPStatus

from matcher.api.bodies import Body
from matcher.api.calls import Call, Done
from matcher.api.forms.staff import (
    CaseworkerForm,
    KeyForm,
    OrganisationForm,
    ShownCaseworkerForm,
    ShownOrganisationForm,
    ShownTeamForm,
    TeamForm,
)
from matcher.api.routes import Routes
from matcher.domain.audit import Act
from matcher.services.access import keys, staff
from matcher.services.access.keys import Role
from matcher.services.listings import vetting
from matcher.storage.tables import CaseworkerRow, TeamRow

routes = Routes("staff", __name__, description="Organisations, teams, caseworkers and their keys.")

_ORGANISATION, _TEAM, _CASEWORKER, _KEY = (
    ShownOrganisationForm(), ShownTeamForm(), ShownCaseworkerForm(), KeyForm(),
)  # fmt: skip


def _shown_organisation(call: Call, done: Done) -> Body:
    row = vetting.get_organisation(call.session, done.id)
    approvals = vetting.approvals(call.session, row)
    return _ORGANISATION.show(
        {name: getattr(row, name) for name in _ORGANISATION.fields if name != "approvals"}
        | {"approvals": approvals}
    )


def _shown_team(call: Call, done: Done) -> Body:
    return _TEAM.show(call.session.get_one(TeamRow, done.id))


def _shown_caseworker(call: Call, done: Done) -> Body:
    return _CASEWORKER.show(call.session.get_one(CaseworkerRow, done.id))


def _shown_key(_call: Call, done: Done) -> Body:
    return {"key": done.secret}


@routes.command(
    "/v1/organisations", Role.admin, _ORGANISATION, _shown_organisation,
    takes=OrganisationForm(), status=HTTPStatus.CREATED, location="/v1/organisations/{id}",
)  # fmt: skip
def register_organisation(call: Call) -> Done:
    """Register an organisation. It may post; nothing of it is matched until two admins have vetted it."""
    return Done(vetting.register_organisation(call.session, **call.form, now=call.now).id)


@routes.look("/v1/organisations/<organisation_id>", Role.admin, _ORGANISATION, reads=Act.organisation_read)
def organisation(call: Call, organisation_id: str) -> Body:
    """Show an organisation."""
    return _shown_organisation(call, Done(organisation_id))


@routes.command("/v1/organisations/<organisation_id>/vet", Role.admin, _ORGANISATION, _shown_organisation)
def vet_organisation(call: Call, organisation_id: str) -> Done:
    """Approve an organisation. The second different admin's approval makes it vetted, for twelve months."""
    return Done(vetting.vet(call.session, organisation_id, call.caller.id, call.now).id)


@routes.command("/v1/organisations/<organisation_id>/suspend", Role.admin, _ORGANISATION, _shown_organisation)
def suspend_organisation(call: Call, organisation_id: str) -> Done:
    """Stop every live path of an organisation at once."""
    return Done(vetting.suspend(call.session, organisation_id, call.now).id)


@routes.command(
    "/v1/organisations/<organisation_id>/keys", Role.admin, _KEY, _shown_key, status=HTTPStatus.CREATED
)
def make_organisation_key(call: Call, organisation_id: str) -> Done:
    """Make a key for an organisation. It is shown this once."""
    return Done(organisation_id, keys.issue_key(call.session, Role.organisation, organisation_id, call.now))


@routes.command("/v1/teams", Role.admin, _TEAM, _shown_team, takes=TeamForm(), status=HTTPStatus.CREATED)
def create_team(call: Call) -> Done:
    """Start a team of caseworkers."""
    return Done(staff.create_team(call.session, **call.form, now=call.now).id)


@routes.command(
    "/v1/caseworkers", Role.admin, _CASEWORKER, _shown_caseworker,
    takes=CaseworkerForm(), status=HTTPStatus.CREATED,
)  # fmt: skip
def create_caseworker(call: Call) -> Done:
    """Add a caseworker to a team."""
    return Done(staff.create_caseworker(call.session, **call.form, now=call.now).id)


@routes.command(
    "/v1/caseworkers/<caseworker_id>/keys", Role.admin, _KEY, _shown_key, status=HTTPStatus.CREATED
)
def make_caseworker_key(call: Call, caseworker_id: str) -> Done:
    """Make a key for a caseworker. It is shown this once."""
    return Done(caseworker_id, keys.issue_key(call.session, Role.caseworker, caseworker_id, call.now))
