"""The JSON forms of those who act: organisations, teams, caseworkers and their keys."""

from __future__ import annotations

from marshmallow import Schema, fields

from matcher.api.forms.base import Form
from matcher.api.forms.fields import Email, Line
from matcher.api.forms.opportunity import ID_MAX
from matcher.api.forms.times import Moment


class OrganisationForm(Form):
    """Who wants to post."""

    name = Line(required=True)
    contact_email = Email(required=True)
    safeguarding_contact = Line(
        required=True, metadata={"description": "Who is told when something is not all right, and how."}
    )


class ApprovalForm(Schema):
    """One admin's yes to an organisation."""

    admin_id = Line()
    approved_at = Moment()


class ShownOrganisationForm(OrganisationForm):
    """An organisation as admins read it."""

    id = Line(dump_only=True)
    state = Line(dump_only=True)
    vetted_until = Moment(dump_only=True)
    approvals = fields.List(fields.Nested(ApprovalForm), dump_only=True)
    created_at = Moment(dump_only=True)


class TeamForm(Form):
    """Caseworkers who share a caseload."""

    name = Line(required=True)


class ShownTeamForm(TeamForm):
    """A team as admins read it."""

    id = Line(dump_only=True)


class CaseworkerForm(Form):
    """A professional of one team."""

    name = Line(required=True)
    email = Email(required=True)
    team_id = Line(max_length=ID_MAX, required=True)


class ShownCaseworkerForm(CaseworkerForm):
    """A caseworker as admins read them."""

    id = Line(dump_only=True)


class KeyForm(Form):
    """A key, shown this once."""

    key = fields.String(dump_only=True)
