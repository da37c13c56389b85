"""Accounts from the command line: the first admin's invitation, and help for somebody who is locked out."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from matcher.cli.wiring import json_option, ready, show
from matcher.domain.errors import NotFound
from matcher.services.access import accounts, keys
from matcher.services.access.keys import Role
from matcher.storage.tables import AccountRow


@click.group()
def account() -> None:
    """Accounts that sign in on the pages."""


@account.command()
@click.option("--admin", is_flag=True, help="For one more admin.")
@click.option("--caseworker", "caseworker_id", metavar="ID")
@click.option(
    "--organisation", "organisation_id", metavar="ID", help="As many members as it needs, one by one."
)
@click.option("--email", required=True)
@json_option
def invite(
    admin: bool, caseworker_id: str | None, organisation_id: str | None, email: str, as_json: bool
) -> None:
    """Send somebody the link that sets up their account; a repeat sends a new one. Workers send the letter."""
    if sum((organisation_id is not None, caseworker_id is not None, admin)) != 1:
        raise click.UsageError("Give exactly one of --admin, --caseworker ID, --organisation ID.")
    with ready() as runtime, runtime.outside.database.writing() as session:
        now = runtime.outside.clock()
        role = Role.admin if admin else Role.caseworker if caseworker_id else Role.organisation
        if admin:
            known = accounts.find(session, email)
            owner_id = (known and known.admin_id) or keys.create_admin(session, "Admin", now).id
        else:
            owner_id = caseworker_id or organisation_id or ""
        made = accounts.invite(session, role, owner_id, email, now)
    show({"id": made.id, "role": role, "owner_id": owner_id}, as_json, f"A letter goes to {made.email}.")


@account.command("start-over")
@click.option("--email", required=True)
def start_over(email: str) -> None:
    """For who has lost password, app and codes: forget all three, sign out everywhere, and invite anew."""
    with ready() as runtime, runtime.outside.database.writing() as session:
        found = _find(session, email)
        accounts.start_over(session, found.id, runtime.outside.clock())
        click.echo(f"A letter goes to {found.email}.")


@account.command()
@click.option("--email", required=True)
def remove(email: str) -> None:
    """End an account and every browser signed in with it, at once."""
    with ready() as runtime, runtime.outside.database.writing() as session:
        accounts.remove(session, _find(session, email).id, runtime.outside.clock())
    click.echo("The account is gone.")


def _find(session: Session, email: str) -> AccountRow:
    found = accounts.find(session, email)
    if found is None:
        raise NotFound("There is no account with this address.")
    return found
