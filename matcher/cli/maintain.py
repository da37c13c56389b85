"""Looking after a deployment: the database, dead events, and whether everything is in order."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click
from cryptography.fernet import Fernet

from matcher.api.application import openapi_document
from matcher.bootstrap import build, check_broker
from matcher.cli.backups import backup, restore
from matcher.cli.rotating import reencrypt
from matcher.cli.wiring import json_option, ready, show
from matcher.domain.audit import Act
from matcher.domain.errors import MatcherError, SettingError
from matcher.services.audit import auditing
from matcher.services.upkeep import health
from matcher.settings import load_settings
from matcher.storage import outbox, schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database


@click.group()
def db() -> None:
    """The database."""


db.add_command(backup)
db.add_command(restore)
db.add_command(reencrypt)


@db.command()
def upgrade() -> None:
    """Bring the tables to the newest version; safe to repeat."""
    with ready():
        click.echo("The database is up to date.")


@db.command()
def check() -> None:
    """Whether the migrations make exactly the tables that the code describes (for developers and CI)."""
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring((Fernet.generate_key().decode(),))
        database = Database(f"sqlite:///{Path(folder) / 'check.db'}", keyring)
        schema.upgrade(database)
        found = schema.differences(database)
        schema.downgrade(database)
        database.close()
    for difference in found:
        click.echo(str(difference), err=True)
    if found:
        sys.exit(1)
    click.echo("The migrations are complete.")


@click.group()
def events() -> None:
    """Events that were set aside."""


@events.command()
@json_option
def dead(as_json: bool) -> None:
    """List events that were begun five times and never ended."""
    with ready() as runtime, runtime.outside.database.reading() as session:
        found = [
            {
                "id": row.id,
                "type": row.type,
                "aggregate": row.aggregate,
                "dead_at": str(row.dead_at),
                "error": row.error,
            }
            for row in outbox.dead(session)
        ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for line in found:
        click.echo(f"{line['id']}  {line['type']}  {line['aggregate']}  {line['error']}")
    if not found:
        click.echo("No event was set aside.")


@events.command()
@click.argument("event_id")
def replay(event_id: str) -> None:
    """Give a dead event another five starts."""
    with ready() as runtime, runtime.outside.database.writing() as session:
        now = runtime.outside.clock()
        revived = outbox.replay(session, event_id, now)
        if revived:
            auditing.record(session, Act.event_replayed, now, about=f"event:{event_id}")
    if not revived:
        raise SettingError(f"There is no dead event {event_id}; `matcher events dead` lists them.")
    click.echo("It will be tried again.")


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check settings, database, ledger of erasures, broker and mail; the exit status is 1 when something is wrong."""
    found: dict[str, str] = {"settings": "ok"}
    runtime = build(load_settings())
    found["database"] = health.database(runtime.outside, why=True) or "ok"
    found["ledger"] = health.ledger(runtime.outside) or "ok"
    found["broker"] = check_broker(runtime) or "ok"
    try:
        runtime.outside.mailer.check()
        found["mail"] = "ok"
    except MatcherError as error:
        found["mail"] = str(error)
    runtime.close()
    healthy = set(found.values()) == {"ok"}
    show({"ok": healthy, **found}, as_json, "\n".join(f"{name:9} {said}" for name, said in found.items()))
    if not healthy:
        sys.exit(1)


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Only say whether it is valid.")
def openapi(only_check: bool) -> None:
    """Print the OpenAPI document of the API, checked."""
    from openapi_spec_validator import validate  # noqa: PLC0415 - a tool of developers

    document = openapi_document()
    validate(document)
    click.echo(
        "The OpenAPI document is valid." if only_check else json.dumps(document, ensure_ascii=False, indent=2)
    )
