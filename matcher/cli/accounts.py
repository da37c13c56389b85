"""Organisations, caseworkers and keys from the command line."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet

from matcher.api.forms.staff import CaseworkerForm, OrganisationForm, TeamForm
from matcher.cli.wiring import json_option, ready, show
from matcher.services.access import keys, staff
from matcher.services.listings import vetting


@click.group()
def organisation() -> None:
    """Organisations."""


@organisation.command("add")
@click.option("--name", required=True)
@click.option("--contact-email", required=True)
@click.option("--safeguarding-contact", required=True)
@json_option
def add_organisation(name: str, contact_email: str, safeguarding_contact: str, as_json: bool) -> None:
    """Register an organisation; two admins approve it before anything of it is matched."""
    told = {"name": name, "contact_email": contact_email, "safeguarding_contact": safeguarding_contact}
    read = OrganisationForm().read(told)
    with ready() as runtime, runtime.outside.database.writing() as session:
        row = vetting.register_organisation(session, **read, now=runtime.outside.clock())
    show({"id": row.id, "state": row.state}, as_json, f"{row.name}: {row.id} ({row.state})")


@click.group()
def caseworker() -> None:
    """Caseworkers."""


@caseworker.command("add")
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option("--team", "team_id", help="Id of an existing team.")
@click.option("--new-team", help="Name of a team to make for them.")
@json_option
def add_caseworker(name: str, email: str, team_id: str | None, new_team: str | None, as_json: bool) -> None:
    """Add a caseworker to a team, or with a new one."""
    if (team_id is None) == (new_team is None):
        raise click.UsageError("Give either --team ID or --new-team NAME.")
    named = None if new_team is None else TeamForm().read({"name": new_team})
    read = CaseworkerForm().read({"name": name, "email": email, "team_id": team_id or "made below"})
    with ready() as runtime, runtime.outside.database.writing() as session:
        now = runtime.outside.clock()
        team = team_id if named is None else staff.create_team(session, **named, now=now).id
        row = staff.create_caseworker(session, **{**read, "team_id": team}, now=now)
    show({"id": row.id, "team_id": team}, as_json, f"{row.name}: {row.id} (team {team})")


@click.group()
def key() -> None:
    """Keys for the API, and secrets."""


@key.command("create")
@click.option("--organisation", "organisation_id", metavar="ID")
@click.option("--caseworker", "caseworker_id", metavar="ID")
@click.option("--admin", is_flag=True, help="Make one more admin with a key.")
@json_option
def create_key(organisation_id: str | None, caseworker_id: str | None, admin: bool, as_json: bool) -> None:
    """Make a key; it is shown this once."""
    if sum((organisation_id is not None, caseworker_id is not None, admin)) != 1:
        raise click.UsageError("Give exactly one of --organisation ID, --caseworker ID, --admin.")
    with ready() as runtime, runtime.outside.database.writing() as session:
        now = runtime.outside.clock()
        role = keys.Role.admin if admin else keys.Role.caseworker if caseworker_id else keys.Role.organisation
        owner = (
            keys.create_admin(session, "Admin", now).id if admin else caseworker_id or organisation_id or ""
        )
        made = keys.issue_key(session, role, owner, now)
    show({"key": made, "role": role, "id": owner}, as_json, made)


@key.command("secret")
def secret() -> None:
    """Print a new secret for MATCHER_SECRET_KEYS (newest first)."""
    click.echo(Fernet.generate_key().decode())
